package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/report"
)

func (s *session) explainCommand() *cobra.Command {
	var flags jobFlags
	var which assign.Which
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain INPUT (--row N | --key K)",
		Short: "Show why one record was given its commissioner",
		Long: `Show why one record was given its commissioner: each box asked, the answer, and
what it rests on, with the validity and source of every reference fact; then the
same by the method set beside it, and where the two part.

--row 1 is the first row after the header. --key is the record's key, such as
its CDS unique identifier.`,
		Example: "  remit explain plcm.csv --row 12\n  remit explain plcm.csv --key CDS0042 --json\n  remit explain plcm.csv --row 12 --method cam-2025-26+A4=40 --compare cam-2025-26",
		Args:    needs(1, 1, "the one file that holds the record"),
		RunE: func(c *cobra.Command, args []string) error {
			if (which.Row > 0) == (which.Key != "") {
				return fail(exitUsage, errors.New("say which record"), "give either --row N, counted from 1, or --key K")
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			job, err := s.job(&flags, pack, args, true)
			if err != nil {
				return err
			}
			if len(job.Inputs) != 1 {
				return fail(exitUsage, fmt.Errorf("%s names %d files", args[0], len(job.Inputs)), "name the one file that holds the record")
			}
			list, err := assign.Explain(c.Context(), job, which)
			if err != nil {
				return err
			}
			why := ""
			if len(list) == 2 {
				why = report.CommonReason(job.Method, job.Compare, &list[0], &list[1])
			}
			if asJSON {
				return s.explainJSON(list, why)
			}
			return explainText(s.out, list, why)
		},
	}
	flags.add(c)
	c.Flags().Int64Var(&which.Row, "row", 0, "row of the record, counted from 1 after the header")
	c.Flags().StringVar(&which.Key, "key", "", "key of the record")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (s *session) explainJSON(list []assign.Explanation, why string) error {
	out := struct {
		Explanations []assign.Explanation `json:"explanations"`
		Parting      string               `json:"parting,omitempty"`
		Why          string               `json:"parting_common_reason,omitempty"`
	}{Explanations: list, Why: why}
	if len(list) == 2 {
		out.Parting = assign.Parting(&list[0], &list[1])
	}
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func explainText(w io.Writer, list []assign.Explanation, why string) error {
	var b strings.Builder
	for i := range list {
		explainOne(&b, &list[i])
	}
	if len(list) == 2 {
		fmt.Fprintln(&b, assign.Parting(&list[0], &list[1]))
	}
	if why != "" {
		fmt.Fprintln(&b, "A common reason:", why)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainOne(b *strings.Builder, x *assign.Explanation) {
	fmt.Fprintf(b, "%s row %d (%s) by %s: %s\n", x.File, x.Row, x.Dataset, x.Method, x.Title)
	fmt.Fprintf(b, "assignment date %s\n\n", shown(x.Date))
	for _, s := range x.Steps {
		fmt.Fprintf(b, "%-6s %s  %s\n", s.Box, s.Asks, strings.ToUpper(s.Answer))
		reasons(b, s.Because)
		if len(s.Because) == 0 {
			fmt.Fprintf(b, "         no field of this record bears on it\n")
		}
	}
	fmt.Fprintf(b, "\n=> %s: %s", x.Outcome, shown(x.Payer))
	if x.PayerName != "" {
		fmt.Fprintf(b, " (%s)", x.PayerName)
	}
	fmt.Fprintf(b, ", category %s", shown(x.Category))
	if x.Source != "" {
		fmt.Fprintf(b, ", from the %s", strings.ReplaceAll(x.Source, "_", " "))
	}
	b.WriteString("\n")
	reasons(b, x.PayerWhy)
	if x.Override != "" {
		fmt.Fprintf(b, "override: %s\n", x.Override)
	}
	fmt.Fprintf(b, "trace     %s\n", shown(x.Trace))
	fmt.Fprintf(b, "submitted %s, category %s: %s\n", shown(x.Submitted), shown(x.SubmittedCategory), agreementWords[x.Agreement])
	for _, d := range x.Warnings {
		fmt.Fprintf(b, "warning   %s: %s %s\n", d.Code, d.Says, d.Do)
	}
	if len(x.Duplicates) > 1 {
		fmt.Fprintf(b, "the public tool would return this record %d times: %s\n", len(x.Duplicates), strings.Join(x.Duplicates, ", "))
	}
	for _, n := range x.Notes {
		fmt.Fprintf(b, "note      %s\n", n)
	}
	b.WriteString("\n")
}

// reasons prints what an answer rests on: the record's fields in one line, and
// each reference fact with its validity and source.
func reasons(b *strings.Builder, list []method.Reason) {
	var fields []string
	for _, r := range list {
		if r.Kind == "input" || r.Kind == "date" {
			fields = append(fields, fmt.Sprintf("%s %s", fieldTitle(r.What), shown(r.Value)))
		}
	}
	if fields != nil {
		fmt.Fprintf(b, "         record: %s\n", strings.Join(fields, "; "))
	}
	for _, r := range list {
		switch {
		case r.Kind == "fact" && r.Says != "":
			fmt.Fprintf(b, "         %s: %s\n", r.Says, shown(r.Value))
		case r.Kind == "lookup" && !r.Found:
			fmt.Fprintf(b, "         %s: %s is not in the table %s on the date\n", r.What, shown(r.Key), r.Table)
		case r.Kind == "lookup":
			fmt.Fprintf(b, "         %s of %s: %s%s [%s, %s]\n", r.What, shown(r.Key), shown(r.Value), holds(r), r.Source, r.Confidence)
		}
	}
}

func holds(r method.Reason) string {
	switch {
	case r.From != "" && r.To != "":
		return ", " + r.From + " to " + r.To
	case r.From != "":
		return ", since " + r.From
	case r.To != "":
		return ", until " + r.To
	}
	return ""
}

func fieldTitle(id string) string {
	return strings.ReplaceAll(id, "_", " ")
}

// poundsOf shows an exact amount as pounds and pence.
func poundsOf(exact string) string {
	a, _, err := activity.ParseAmount([]byte(exact))
	if err != nil {
		return exact
	}
	return a.Pounds()
}
