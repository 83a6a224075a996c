package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/holding"
)

// book reads the reference data that the command line names for the question
// of who holds what.
func (s *session) book() (*holding.Book, error) {
	pack, err := s.pack()
	if err != nil {
		return nil, err
	}
	b, err := holding.New(pack)
	if err != nil {
		return nil, fail(exitReference, err, "run remit reference check for the whole list")
	}
	return b, nil
}

func (s *session) whoCommand() *cobra.Command {
	var q holding.Question
	var date, role string
	var asJSON bool
	c := &cobra.Command{
		Use:   "who --service SERVICE [--for PEOPLE] [--on DATE]",
		Short: "Who commissions a service, for whom, since when and on what authority",
		Long: `Say who commissions a service for the people of a place on a day: one sentence,
then each role with its holder, since when and on what authority, what changed
before, what is planned, and whom a provider bills.

SERVICE is a service by its number in the Manual, a service line by its code, a
function such as DENT or VACC, or a name or part of one. PEOPLE is an ICB, a
sub-ICB location, a practice, a postcode, a provider, a region or England, by
code or name. The roles are ` + roleList() + `.

` + exitHelp,
		Example: "  remit who --service 11 --for QXU --on 2025-06-01\n  remit who --service \"cystic fibrosis\" --for Cheshire --on 2024-06-01\n" +
			"  remit who --service 11 --for London --on 2025-08-01 --role employs --json",
		Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			var err error
			if q.On, err = referenceDay("--on", date); err != nil {
				return err
			}
			if q.Role = holding.Role(role); role != "" && !slices.Contains(holding.Roles(), q.Role) {
				return fail(exitUsage, fmt.Errorf("--role: %q is no role", role), "write one of "+roleList())
			}
			return s.who(q, asJSON)
		},
	}
	c.Flags().StringVar(&q.Service, "service", "", "the service, service line or function: code, name or part of the name")
	c.Flags().StringVar(&q.For, "for", "", "for whom: ICB, sub-ICB location, practice, postcode, provider, region (default: England)")
	c.Flags().StringVar(&q.Provider, "provider", "", "where care is given, when whom to bill depends on it")
	c.Flags().StringVar(&date, "on", "", "the day, YYYY-MM-DD (default: today)")
	c.Flags().StringVar(&role, "role", "", "only this role")
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON object")
	if err := c.MarkFlagRequired("service"); err != nil {
		panic(err) // the flag is the one defined above
	}
	return c
}

func roleList() string {
	var names []string
	for _, r := range holding.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func (s *session) who(q holding.Question, asJSON bool) error {
	b, err := s.book()
	if err != nil {
		return err
	}
	defer b.Pack().Close()
	a, err := b.Who(q)
	if err != nil {
		return asked(err)
	}
	if asJSON {
		err = writeJSON(s.out, a)
	} else {
		err = writeAnswer(s.out, a)
	}
	if err == nil && len(a.Holdings) == 0 {
		return fail(exitDifferences, errors.New(""), "")
	}
	return err
}

// asked turns a question that cannot be answered as put into bad usage.
func asked(err error) error {
	var ask *holding.AskError
	if !errors.As(err, &ask) {
		return fail(exitUsage, err, "")
	}
	hint := "look at remit help who for what can be asked"
	if len(ask.Candidates) > 0 {
		hint = "ask for one of those listed, by its code"
	}
	return fail(exitUsage, err, hint)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func writeAnswer(w io.Writer, a *holding.Answer) error {
	fmt.Fprintf(w, "%s\n\n", a.Answer)
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, h := range a.Holdings {
		fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\t%s\n", strings.ReplaceAll(string(h.Role), "_", " "), holder(h), during(h), authority(h), h.Confidence)
	}
	if err := tabs.Flush(); err != nil {
		return err
	}
	if a.BillTo != nil {
		fmt.Fprintf(w, "\nBill %s (%s) under category %s: %s.\n", a.BillTo.Commissioner, a.BillTo.Name, a.BillTo.Category, a.BillTo.Note)
	}
	for _, n := range a.Notes {
		fmt.Fprintf(w, "\n%s\n", n)
	}
	if len(a.Terms) > 0 {
		fmt.Fprint(w, "\nTerms\n")
	}
	for _, t := range a.Terms {
		fmt.Fprintf(w, "  %s  %s  %s  %s\n", t.Kind, strings.TrimSpace(t.Code+" "+t.Version), validity(t.ValidFrom.String(), t.ValidTo.String()), t.Text)
	}
	writeChanges(w, "Before", a.Before)
	writeChanges(w, "After", a.After)
	if len(a.Planned) > 0 {
		fmt.Fprint(w, "\nPlans\n")
	}
	for _, p := range a.Planned {
		fmt.Fprintf(w, "  %s  %s (%s): %s\n", p.From, p.Title, p.State, p.Text)
	}
	return writeSources(w, a.Holdings)
}

func holder(h holding.Holding) string {
	name := h.HolderName
	if h.HolderCode != "" {
		name += " (" + h.HolderCode + ")"
	}
	if h.People != "" {
		name += ", for " + h.People
	}
	return name
}

func during(h holding.Holding) string { return validity(h.ValidFrom.String(), h.ValidTo.String()) }

func authority(h holding.Holding) string {
	text := strings.ReplaceAll(h.Basis, "_", " ")
	if h.Instrument != "" {
		text += ", " + h.Instrument
	} else if h.LegalBasis != "" {
		text += ", " + h.LegalBasis
	}
	if h.Line != "" {
		text += " line " + h.Line
	}
	return text
}

// writeChanges lists what changed, the roles that passed alike together.
func writeChanges(w io.Writer, title string, list []holding.Change) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for len(list) > 0 {
		first := list[0]
		var roles []string
		list = slices.DeleteFunc(slices.Clone(list), func(c holding.Change) bool {
			same := c.On == first.On && c.Before == first.Before && c.After == first.After
			if same {
				roles = append(roles, strings.ReplaceAll(string(c.Role), "_", " "))
			}
			return same
		})
		fmt.Fprintf(w, "  %s  %s: from %s to %s\n", first.On, strings.Join(roles, ", "), first.Before, first.After)
	}
}

func writeSources(w io.Writer, list []holding.Holding) error {
	fmt.Fprint(w, "\nSources\n")
	var seen []string
	for _, h := range list {
		if !slices.Contains(seen, h.Source) {
			seen = append(seen, h.Source)
			fmt.Fprintf(w, "  %s\n", h.Source)
		}
	}
	return nil
}
