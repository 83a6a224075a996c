package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/measure"
	"remit/metric"
	"remit/quality"
	"remit/register"
	"remit/store"
)

// held is a column of the row of a code that holds on a day, blank where none does.
func held(pack *register.Pack, table, code string, on register.Day, column string) string {
	t := pack.Table(table)
	return t.Value(t.Find(code, on, 0).Row, t.Column(column))
}

// names names organisations, services and lines as of today.
func names(pack *register.Pack) quality.Names {
	today := register.DayOf(time.Now())
	return func(code string) string {
		for table, column := range map[string]string{"provider": "name", "icb": "name", "service_line": "title", "service": "title"} {
			if name := held(pack, table, code, today, column); name != "" {
				return name + " (" + code + ")"
			}
		}
		return code
	}
}

func (s *session) metricFiguresCommand(p *place) *cobra.Command {
	var f form
	var organisation, id, profile string
	var release int64
	c := &cobra.Command{
		Use:   "figures",
		Short: "List published figures with what their control charts and funnels say",
		Long: `List the published figures of a metric or an organisation: the latest of each series,
with what its control chart and its funnel say. Absent figures say in which of the ways
they are absent. Small numbers are shown: keep the output among colleagues.`,
		Example: "  remit metric figures --metric synthetic-night-discharge\n  remit metric figures --organisation RJ7 --csv\n  remit metric figures --metric synthetic-night-discharge --release 1 --profile NHSRplotthedots",
		Args:    noArguments,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			set, _, err := p.metricData()
			if err != nil {
				return err
			}
			pr, err := profileOf(profile)
			if err != nil {
				return err
			}
			b, err := board(cmd.Context(), st, set, pr, release)
			if err != nil {
				return err
			}
			l := &listing{Title: "Published figures", Columns: []string{"organisation", "service", "metric", "period", "state", "value", "numerator", "denominator", "mean", "lower", "upper", "variation", "assurance", "rule", "funnel"}}
			for _, subject := range b.Subjects {
				for _, x := range subject.Series {
					if id != "" && subject.Metric != id || organisation != "" && x.Organisation != strings.ToUpper(organisation) {
						continue
					}
					l.Rows = append(l.Rows, figureRow(subject, x))
				}
			}
			l.Notes = []string{fmt.Sprintf("%s. Control charts: %s.", count(len(l.Rows), "series"), pr)}
			if len(l.Rows) == 1 {
				l.Notes[0] = fmt.Sprintf("1 series. Control charts: %s.", pr)
			} else {
				l.Notes[0] = fmt.Sprintf("%d series. Control charts: %s.", len(l.Rows), pr)
			}
			return f.write(s.out, l)
		}),
	}
	c.Flags().StringVar(&organisation, "organisation", "", "of one organisation")
	c.Flags().StringVar(&id, "metric", "", "of one metric")
	c.Flags().Int64Var(&release, "release", 0, "as a release left them (default: the latest)")
	profileFlag(c, &profile)
	f.add(c)
	return c
}

func figureRow(subject *quality.Subject, x *quality.Series) []value {
	p := &x.Points[len(x.Points)-1]
	number := func(v float64) value {
		if !measure.Exists(v) {
			return value{"", "", true}
		}
		text := strconv.FormatFloat(v, 'g', -1, 64)
		return value{strconv.FormatFloat(v, 'f', subject.Definition.Decimals, 64), text, true}
	}
	count := func(v float64) value {
		if !measure.Exists(v) {
			return value{"", "", true}
		}
		text := strconv.FormatFloat(v, 'f', -1, 64)
		return value{text, text, true}
	}
	funnel := "not on it"
	if x.OnFunnel {
		funnel = x.Stands.Label()
	}
	variation, rule := "too few points", ""
	if x.Judged {
		variation, rule = x.Variation.String(), x.Cause.String()
	}
	return []value{word(x.Organisation), word(subject.Service), word(subject.Metric), word(p.Period.String()), word(string(p.State)), number(p.Value), count(p.Numerator), count(p.Denominator),
		number(x.Mean), number(x.Limits.Lower), number(x.Limits.Upper), word(variation), word(x.Assurance.String()), word(rule), word(funnel)}
}

func (s *session) metricAlertsCommand(p *place) *cobra.Command {
	var f form
	var organisation string
	var states []string
	c := &cobra.Command{
		Use:     "alerts",
		Short:   "List alerts: what stands out, by which rule, and what became of it",
		Example: "  remit metric alerts\n  remit metric alerts --state new --organisation RJ7\n  remit metric alerts --state resolved --csv",
		Args:    noArguments,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			for _, state := range states {
				if !slices.Contains([]string{"new", "continuing", "acknowledged", "resolved"}, state) {
					return fail(exitUsage, fmt.Errorf("%q is no state of an alert", state), "write new, continuing, acknowledged or resolved")
				}
			}
			list, err := st.Alerts(cmd.Context())
			if err != nil {
				return storeFault(err)
			}
			slices.SortStableFunc(list, quality.ByWeight)
			l := &listing{Title: "Alerts", Columns: []string{"alert", "state", "severity", "judgement", "organisation", "service", "metric", "chart", "rule", "way", "period", "value", "raised_by_release", "acknowledged_by"}}
			for _, a := range list {
				if organisation != "" && a.Organisation != strings.ToUpper(organisation) || len(states) > 0 && !slices.Contains(states, string(a.State)) || len(states) == 0 && !a.Active() {
					continue
				}
				l.Rows = append(l.Rows, []value{word(a.ID), word(string(a.State)), word(a.Severity), word(a.Judgement), word(a.Organisation), word(a.Service), word(a.Metric), word(a.Chart), word(a.Rule), word(a.Way), word(a.Period.String()),
					{strconv.FormatFloat(a.Value, 'g', 5, 64), strconv.FormatFloat(a.Value, 'g', -1, 64), true}, word(strconv.FormatInt(a.Raised, 10)), word(a.AcknowledgedBy)})
			}
			l.Notes = []string{count(len(l.Rows), "alert") + ", concerns and alarms first."}
			return f.write(s.out, l)
		}),
	}
	c.Flags().StringVar(&organisation, "organisation", "", "about one organisation")
	c.Flags().StringArrayVar(&states, "state", nil, "in a state: new, continuing, acknowledged, resolved (default: all but resolved)")
	f.add(c)
	return c
}

func (s *session) metricAcknowledgeCommand(p *place) *cobra.Command {
	var as, note string
	var remark bool
	c := &cobra.Command{
		Use:   "acknowledge ALERT",
		Short: "Acknowledge an alert: say what is known or done about it",
		Long: `Acknowledge an alert, with a note of what is known or done about it. It stays
acknowledged until it is resolved or grows worse. Editors and approvers of the board in
whose area the provider lies may, and national ones; the provider's own people may not.
With --remark the note is added and the alert stays as it is.`,
		Example: "  remit metric acknowledge 8b1f4e20c3aa --note 'the trust audits the wards in May' --as ann",
		Args:    needs(1, 1, "one alert"),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			a, err := st.Alert(cmd.Context(), args[0])
			if errors.Is(err, store.ErrNotFound) {
				return fail(exitInput, fmt.Errorf("there is no alert %q", args[0]), "run remit metric alerts")
			}
			if err != nil {
				return storeFault(err)
			}
			who, err := actor(cmd.Context(), st, as, store.Editor)
			if err != nil {
				if who, err = actor(cmd.Context(), st, as, store.Approver); err != nil {
					return err
				}
			}
			board, err := boardOf(cmd.Context(), st, a.Organisation)
			if err != nil {
				return err
			}
			if !who.MayAcknowledge(board) {
				return fail(exitInput, fmt.Errorf("%s of %s may not acknowledge alerts about %s", who.Name, who.Organisation, a.Organisation), "nothing was changed")
			}
			action := quality.Acknowledge
			if remark {
				action = quality.Remark
			}
			if a, err = st.NoteAlert(cmd.Context(), who.Name, a.ID, action, note, len(a.Events)); err != nil {
				return storeFault(err)
			}
			fmt.Fprintf(s.out, "Alert %s is %s.\n", a.ID, a.State)
			return nil
		}),
	}
	c.Flags().StringVar(&as, "as", "", "who acknowledges")
	c.Flags().StringVar(&note, "note", "", "what is known or done about it")
	c.Flags().BoolVar(&remark, "remark", false, "only remark on it")
	c.MarkFlagRequired("note")
	return c
}

// boardOf is the board in whose area a provider lies today; blank for none.
func boardOf(ctx context.Context, st *store.Store, provider string) (string, error) {
	pack, err := st.Pack(ctx, time.Time{})
	if err != nil {
		return "", storeFault(err)
	}
	return held(pack, "provider", provider, register.DayOf(time.Now()), "icb"), nil
}

func (s *session) metricDigestCommand(p *place) *cobra.Command {
	var organisation, address, profile string
	var release int64
	c := &cobra.Command{
		Use:   "digest",
		Short: "Write what a release changed, as a letter to send",
		Long: `Write what a release changed as plain text with a line of subject, to send as an
e-mail: what is new, worse, resolved and continuing, concerns first, and which returns
did not come. With --organisation, about one provider, or the providers in a board's area.`,
		Example: "  remit metric digest\n  remit metric digest --organisation RJ7 --release 2\n  remit metric digest --organisation QWE --address https://remit.example.org",
		Args:    noArguments,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			set, _, err := p.metricData()
			if err != nil {
				return err
			}
			pr, err := profileOf(profile)
			if err != nil {
				return err
			}
			releases, err := st.MetricReleases(cmd.Context())
			if err != nil {
				return storeFault(err)
			}
			if len(releases) == 0 {
				return fail(exitInput, errors.New("nothing is published yet"), "run remit metric publish")
			}
			of := releases[0]
			if i := slices.IndexFunc(releases, func(r store.MetricRelease) bool { return r.Number == release }); i >= 0 {
				of = releases[i]
			} else if release != 0 {
				return fail(exitInput, fmt.Errorf("there is no release %d", release), fmt.Sprintf("the latest is %d", of.Number))
			}
			b, err := board(cmd.Context(), st, set, pr, of.Number)
			if err != nil {
				return err
			}
			alerts, err := st.Alerts(cmd.Context())
			if err != nil {
				return storeFault(err)
			}
			pack, err := st.Pack(cmd.Context(), time.Time{})
			if err != nil {
				return storeFault(err)
			}
			mine := providersOf(pack, strings.ToUpper(organisation))
			letter := quality.Letter{Of: "England", Title: fmt.Sprintf("Release %d of %s: %s", of.Number, of.At.In(register.England).Format("2 January 2006"), of.Title), Board: b, Names: names(pack), Address: address,
				Changed: quality.ChangedBy(alerts, of.Number, func(a *quality.Alert) bool { return mine(a.Organisation) }), Synthetic: synthetic(b)}
			if organisation != "" {
				letter.Of = letter.Names(strings.ToUpper(organisation))
			}
			for _, e := range set.DueFrom("", b.Latest) {
				if mine(e.Provider) && !returned(b, e) {
					letter.Missing = append(letter.Missing, fmt.Sprintf("%s: %s, %s", letter.Names(e.Provider), letter.Names(e.Service), e.Period))
				}
			}
			return letter.Write(s.out)
		}),
	}
	c.Flags().StringVar(&organisation, "organisation", "", "a provider, or a board for the providers in its area (default: England)")
	c.Flags().Int64Var(&release, "release", 0, "a release (default: the latest)")
	c.Flags().StringVar(&address, "address", "", "address of the site, for a link")
	profileFlag(c, &profile)
	return c
}

// providersOf picks the providers that a code stands for.
func providersOf(pack *register.Pack, organisation string) func(provider string) bool {
	today := register.DayOf(time.Now())
	return func(provider string) bool {
		if organisation == "" || provider == organisation {
			return true
		}
		return held(pack, "provider", provider, today, "icb") == organisation
	}
}

func synthetic(b *quality.Board) bool {
	return slices.ContainsFunc(b.Subjects, func(s *quality.Subject) bool { return s.Definition.Synthetic })
}

// returned says whether a return that is due has been published, whatever it says.
func returned(b *quality.Board, e metric.Expected) bool {
	for _, x := range b.Of(e.Provider) {
		if x.Subject.Service == e.Service {
			if p := x.At(e.Period); p != nil && p.Came {
				return true
			}
		}
	}
	return false
}
