package cli

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"

	"remit/register"
	"remit/submission"
)

// firstLine reads the names of the columns of a table.
func firstLine(text []byte) []string {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF"))))
	r.Comment = '#'
	header, err := r.Read()
	if err != nil {
		return nil // whoever reads the table says so
	}
	return header
}

// isRuleCases tells a table of cases of validation rules from one of a method.
func isRuleCases(text []byte) bool {
	return strings.Join(firstLine(text), ",") == submission.CasesHeader
}

// checkRules holds validation rules against tables of cases and prints what
// differs. Of the files those that are rules are laid over the shipped rules;
// without a table of cases the shipped ones are run.
func (s *session) checkRules(pack *register.Pack, files []string, all *tally) error {
	var over []submission.Overlay
	var tables []submission.Overlay
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return fail(exitInput, err, "")
		}
		file := submission.Overlay{Name: name, Text: text}
		if slices.Contains(firstLine(text), "id") {
			over = append(over, file)
		} else {
			tables = append(tables, file)
		}
	}
	rules, err := submission.LoadRules(over...)
	if err != nil {
		return fail(exitReference, err, "see the page on validation in the manual")
	}
	if len(tables) == 0 {
		done, err := submission.CheckShipped(rules, pack)
		return s.checked(done, err, all)
	}
	for _, t := range tables {
		done, err := submission.CheckRules(t.Name, bytes.NewReader(t.Text), rules, pack)
		if err := s.checked(done, err, all); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) checked(done submission.Checked, err error, all *tally) error {
	if err != nil {
		return fail(exitInput, err, "")
	}
	for _, d := range done.Differences {
		fmt.Fprintln(s.out, d)
	}
	all.passed, all.differed = all.passed+done.Passed, all.differed+len(done.Differences)
	return nil
}
