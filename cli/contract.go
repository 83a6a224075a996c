package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/intake"
	"remit/price"
	"remit/register"
	"remit/whole"
)

func (s *session) contractCommand() *cobra.Command {
	var at place
	c := &cobra.Command{
		Use:   "contract",
		Short: "Contracts with providers: their elements, and what they owe",
		Long: `Keep the terms of contracts with providers, and work out what they owe month by
month from the submissions that count.`,
		Example: "  remit contract elements\n  remit contract settle --provider RJ7 --year 2026-27",
	}
	at.add(c)
	c.AddCommand(s.contractElementsCommand(&at), s.contractSettleCommand(&at))
	return c
}

const elementsLong = `List the elements of the contracts in force: how each is paid, which lines fall in
it, and its annual value.

Terms are CSV files in a folder, which load keeps as a version. The latest
version is in force; every earlier one stays and can be listed, written out and
settled by. export writes a version to a folder, to be changed and loaded again.`

func (s *session) contractElementsCommand(at *place) *cobra.Command {
	var f form
	var provider, year string
	var version int
	c := &cobra.Command{
		Use:     "elements",
		Short:   "List the elements of contracts; load, check and export them",
		Long:    elementsLong,
		Example: "  remit contract elements --provider RJ7 --year 2026-27\n  remit contract elements load terms/ --note \"as varied in June\"",
		Args:    noArguments,
		RunE: withLedger(at, func(_ *cobra.Command, _ []string, l *intake.Ledger) error {
			t, err := termsOf(l, version)
			if err != nil {
				return err
			}
			key := ""
			if year != "" {
				if key, err = financialYear("--year", year); err != nil {
					return err
				}
			}
			return f.write(s.out, elementList(t, strings.ToUpper(provider), key))
		}),
	}
	f.add(c)
	c.Flags().StringVar(&provider, "provider", "", "those of this provider alone")
	c.Flags().StringVar(&year, "year", "", "those of this financial year alone, 2026-27")
	c.Flags().IntVar(&version, "version", 0, "those of this version of the terms (default: the latest)")
	c.AddCommand(s.elementsLoadCommand(at), s.elementsCheckCommand(), s.elementsHistoryCommand(at), s.elementsExportCommand(at))
	return c
}

func termsOf(l *intake.Ledger, version int) (*intake.Terms, error) {
	t, err := l.Terms(version)
	var bad *register.DataError
	switch {
	case errors.Is(err, intake.ErrNoTerms):
		return nil, fail(exitInput, err, "load them: remit contract elements load FOLDER")
	case errors.As(err, &bad):
		return nil, fail(exitReference, err, "load the terms again")
	case err != nil:
		return nil, fail(exitInput, err, "see remit contract elements history")
	}
	return t, nil
}

func elementList(t *intake.Terms, provider, year string) *listing {
	l := &listing{Title: fmt.Sprintf("Elements of contracts, version %d of %s", t.Number, t.LoadedAt.Format("2 January 2006")),
		Columns: []string{"contract", "holder", "commissioner", "provider", "element", "kind", "categories", "pods", "service_lines", "annual_value", "from", "to"}}
	for _, c := range t.Contracts.List() {
		if provider != "" && c.Provider != provider || year != "" && c.Year != year {
			continue
		}
		for _, e := range c.Elements {
			lines := e.Lines()
			row := []value{word(c.Code), word(string(c.Holder)), word(c.Commissioner), word(c.Provider), word(e.Code), word(string(e.Kind))}
			for _, list := range lines {
				row = append(row, orAny(list))
			}
			l.Rows = append(l.Rows, append(row, pounds(e.Annual), word(e.From.String()), word(e.To.String())))
		}
		if c.Synthetic && !slices.Contains(l.Notes, madeUpTerms) {
			l.Notes = append(l.Notes, madeUpTerms)
		}
	}
	return l
}

const madeUpTerms = "Some of these contracts are made up."

func orAny(list []string) value {
	text := strings.Join(list, "|")
	if text == "" {
		return value{text: "any"}
	}
	return word(text)
}

func (s *session) elementsLoadCommand(at *place) *cobra.Command {
	var note string
	c := &cobra.Command{
		Use:     "load FOLDER",
		Short:   "Keep the terms in a folder as the version in force",
		Long:    "Keep " + strings.Join(price.ContractTables(), ", ") + " of a folder as the next version of the terms of contracts, whole or not at all. Every fault of every file is told at once, and then nothing is kept.",
		Example: "  remit contract elements load terms/ --note \"as signed\"",
		Args:    needs(1, 1, "the folder of the terms"),
		RunE: withLedger(at, func(_ *cobra.Command, args []string, l *intake.Ledger) error {
			if err := isFolder(args[0]); err != nil {
				return err
			}
			t, fresh, err := l.SetTerms(os.DirFS(args[0]), operator(), note, time.Now())
			if err != nil {
				return s.termFaults(err)
			}
			if !fresh {
				_, err = fmt.Fprintf(s.out, "these are the terms in force, version %d; nothing is changed\n", t.Number)
				return err
			}
			_, err = fmt.Fprintf(s.out, "version %d: %s with %s\n", t.Number, count(int64(len(t.Contracts.List())), "contract"), count(elementsIn(t.Contracts), "element"))
			return err
		}),
	}
	c.Flags().StringVar(&note, "note", "", "why the terms are as they are now")
	return c
}

func elementsIn(cs *price.Contracts) (n int64) {
	for _, c := range cs.List() {
		n += int64(len(c.Elements))
	}
	return n
}

func isFolder(path string) error {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return fail(exitUsage, fmt.Errorf("%s is not a folder that can be read", path), "name a folder with "+price.ContractTables()[0]+" in it")
	}
	return nil
}

// termFaults prints every fault of terms of contracts.
func (s *session) termFaults(err error) error {
	var bad *register.DataError
	if !errors.As(err, &bad) {
		return err
	}
	for _, f := range bad.Faults {
		fmt.Fprintln(s.out, f)
	}
	return fail(exitInput, fmt.Errorf("the terms of contracts have %s", count(int64(len(bad.Faults)), "fault")), "put them right, and load them again; nothing was kept")
}

func (s *session) elementsCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "check FOLDER",
		Short:   "Check the terms in a folder without keeping them",
		Example: "  remit contract elements check terms/",
		Args:    needs(1, 1, "the folder of the terms"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := isFolder(args[0]); err != nil {
				return err
			}
			cs, err := price.LoadContracts(os.DirFS(args[0]))
			if err != nil {
				return s.termFaults(err)
			}
			_, err = fmt.Fprintf(s.out, "%s with %s: nothing wrong\n", count(int64(len(cs.List())), "contract"), count(elementsIn(cs), "element"))
			return err
		},
	}
}

func (s *session) elementsHistoryCommand(at *place) *cobra.Command {
	var f form
	c := &cobra.Command{
		Use:     "history",
		Short:   "List the versions of the terms of contracts",
		Example: "  remit contract elements history",
		Args:    noArguments,
		RunE: withLedger(at, func(_ *cobra.Command, _ []string, l *intake.Ledger) error {
			history, err := l.TermsHistory()
			if err != nil {
				return err
			}
			list := &listing{Title: "Versions of the terms of contracts, the last in force", Columns: []string{"version", "loaded_at", "loaded_by", "note", "files", "hash"}}
			for _, t := range history {
				list.Rows = append(list.Rows, []value{word(strconv.Itoa(t.Number)), word(t.LoadedAt.Format(time.RFC3339)), word(t.LoadedBy), word(t.Note), word(strings.Join(t.Files, " ")), word(t.Hash[:16])})
			}
			return f.write(s.out, list)
		}),
	}
	f.add(c)
	return c
}

func (s *session) elementsExportCommand(at *place) *cobra.Command {
	var version int
	var blank bool
	c := &cobra.Command{
		Use:     "export FOLDER",
		Short:   "Write a version of the terms to a folder",
		Long:    "Write the files of a version of the terms to a folder, to be changed and loaded again. Files that are there are not overwritten. --blank writes the files with their headers alone, to begin with.",
		Example: "  remit contract elements export terms/\n  remit contract elements export --blank terms/",
		Args:    needs(1, 1, "the folder to write to"),
		RunE: withLedger(at, func(_ *cobra.Command, args []string, l *intake.Ledger) error {
			texts := map[string][]byte{}
			if blank {
				for _, name := range price.ContractTables() {
					texts[name] = []byte(strings.Join(price.ContractColumns(name), ",") + "\n")
				}
				return s.writeTerms(args[0], texts)
			}
			t, err := termsOf(l, version)
			if err != nil {
				return err
			}
			for _, name := range t.Files {
				if texts[name], err = os.ReadFile(t.Path(name)); err != nil {
					return fail(exitInput, err, "look at the data directory")
				}
			}
			return s.writeTerms(args[0], texts)
		}),
	}
	c.Flags().IntVar(&version, "version", 0, "the version (default: the latest)")
	c.Flags().BoolVar(&blank, "blank", false, "the headers alone")
	return c
}

func (s *session) writeTerms(dir string, texts map[string][]byte) error {
	for name := range texts {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fail(exitUsage, fmt.Errorf("%s is there already", filepath.Join(dir, name)), "name another folder, or move the file away; nothing was written")
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fail(exitInput, err, "")
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		path := filepath.Join(dir, name)
		if err := whole.Write(path, writing(texts[name])); err != nil {
			return err
		}
		fmt.Fprintln(s.out, path)
	}
	return nil
}
