package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/metric"
	"remit/register"
	"remit/store"
	"remit/whole"
)

func (s *session) metricTemplateCommand(p *place) *cobra.Command {
	var provider, service, out string
	var q quarterFlag
	c := &cobra.Command{
		Use:   "template --provider CODE",
		Short: "Write the return that a provider is to fill in",
		Long: `Write the return that a provider is to fill in for a quarter, as CSV: a row for each
metric, of one service or of all that it returns for. Figures, or a state that says why
there are none, go into the blank columns.`,
		Example: "  remit metric template --provider RJ7 --quarter '2026/27 Q2'\n  remit metric template --provider RJ7 --service NCBPSNIC --quarter '2026/27 Q2' --out RJ7.csv",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			set, _, err := p.metricData()
			if err != nil {
				return err
			}
			quarter, err := q.quarter()
			if err != nil {
				return err
			}
			due := set.DueFrom(strings.ToUpper(provider), quarter)
			if service != "" {
				due = slices.DeleteFunc(due, func(e metric.Expected) bool { return e.Service != service })
			}
			if len(due) == 0 {
				return fail(exitInput, fmt.Errorf("nothing is due from %s for %s", provider, quarter), "remit metric due lists who returns what; metrics/returners.csv in the data directory says who does")
			}
			var b bytes.Buffer
			if err := metric.Template(&b, due...); err != nil {
				return err
			}
			if out == "" {
				_, err := s.out.Write(b.Bytes())
				return err
			}
			if err := whole.Write(out, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s: the return of %s for %s\n", out, due[0].Provider, quarter)
			return nil
		},
	}
	c.Flags().StringVar(&provider, "provider", "", "the provider")
	c.Flags().StringVar(&service, "service", "", "one service (default: all that it returns for)")
	c.Flags().StringVar(&out, "out", "", "a file to write (default: print it)")
	q.add(c, "the quarter, as 2026/27 Q1 (default: the last that is over)")
	c.MarkFlagRequired("provider")
	return c
}

// files lists files that are named, and those of folders that are.
func returnFiles(args []string) ([]string, error) {
	var list []string
	for _, a := range args {
		info, err := os.Stat(a)
		if err != nil {
			return nil, fail(exitInput, err, "name a file, or a folder of them")
		}
		if !info.IsDir() {
			list = append(list, a)
			continue
		}
		err = filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.EqualFold(filepath.Ext(path), ".csv") {
				list = append(list, path)
			}
			return err
		})
		if err != nil {
			return nil, fail(exitInput, err, "")
		}
	}
	if len(list) == 0 {
		return nil, fail(exitInput, errors.New("there are no .csv files"), "name files, or a folder of them")
	}
	return list, nil
}

// readReturns reads files of returns, all at once; the faults of all come together.
func readReturns(set *metric.Collection, files []string, reason string) ([]store.Incoming, error) {
	var list []store.Incoming
	var faults metric.ReturnFaults
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fail(exitInput, err, "")
		}
		_, _, parts, err := set.Take(text, path)
		var cells metric.ReturnFaults
		if errors.As(err, &cells) {
			faults = append(faults, cells...)
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range parts {
			list = append(list, store.IncomingOf(&parts[i], filepath.Base(path), reason))
		}
	}
	if len(faults) > 0 {
		return nil, metricFault(faults)
	}
	return list, nil
}

func (s *session) metricSubmitCommand(p *place) *cobra.Command {
	var as, reason string
	c := &cobra.Command{
		Use:   "submit FILE...",
		Short: "Take returns in: all of them, or none with every fault told",
		Long: `Take returns in, files or folders of them. Every row is checked against the
definitions that are in force for its quarter, and all faults of all files are told at
once; then nothing is taken in. A return of which there is one already is a correction:
a new version, which needs a reason. A second person signs what is taken in.`,
		Example: "  remit metric submit RJ7.csv --as clerk\n  remit metric submit returns --as clerk\n  remit metric submit RJ7.csv --as clerk --reason 'two patients were counted twice'",
		Args:    needs(1, 0, "files of returns"),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			set, _, err := p.metricData()
			if err != nil {
				return err
			}
			who, err := actor(cmd.Context(), st, as, store.Editor)
			if err != nil {
				return err
			}
			files, err := returnFiles(args)
			if err != nil {
				return err
			}
			list, err := readReturns(set, files, reason)
			if err != nil {
				return err
			}
			for i := range list {
				if !who.MayEnter(list[i].Organisation) {
					return fail(exitInput, fmt.Errorf("%s of %s may not enter returns of %s", who.Name, who.Organisation, list[i].Organisation), "nothing was taken in")
				}
			}
			ids, err := st.SubmitReturns(cmd.Context(), who.Name, list)
			if err != nil {
				return storeFault(err)
			}
			for i, in := range list {
				if len(list) > 20 {
					break
				}
				fmt.Fprintf(s.out, "Return %d: %s, %s, %s, %s.\n", ids[i], in.Organisation, in.Service, in.Quarter, count(len(in.Figures), "figure"))
			}
			fmt.Fprintf(s.out, "%s taken in. A second person signs: remit metric sign\n", count(len(ids), "return"))
			return nil
		}),
	}
	c.Flags().StringVar(&as, "as", "", "who enters them")
	c.Flags().StringVar(&reason, "reason", "", "why returns that came before are corrected")
	return c
}

func (s *session) metricDueCommand(p *place) *cobra.Command {
	var f form
	var q quarterFlag
	var provider string
	var on dayFlag
	var open bool
	c := &cobra.Command{
		Use:     "due",
		Short:   "Say which returns are due for a quarter, and which are late or missing",
		Example: "  remit metric due\n  remit metric due --quarter '2026/27 Q2' --provider RJ7\n  remit metric due --open --csv",
		Args:    noArguments,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			set, _, err := p.metricData()
			if err != nil {
				return err
			}
			quarter, err := q.quarter()
			if err != nil {
				return err
			}
			today, err := on.day()
			if err != nil {
				return err
			}
			list, err := st.Standing(cmd.Context(), set, strings.ToUpper(provider), quarter, dayTimeOf(today))
			if err != nil {
				return storeFault(err)
			}
			l := &listing{Title: fmt.Sprintf("Returns for %s", quarter), Columns: []string{"provider", "service", "metrics", "state", "late", "due", "return", "version", "by", "signed_by"}}
			waiting := 0
			for _, x := range list {
				if !x.Done() {
					waiting++
				} else if open {
					continue
				}
				id, version := "", ""
				if x.Return.ID > 0 {
					id, version = strconv.FormatInt(x.Return.ID, 10), strconv.FormatInt(x.Return.Version, 10)
				}
				l.Rows = append(l.Rows, []value{word(x.Provider), word(x.Service), {itoa(len(x.Metrics)), itoa(len(x.Metrics)), true}, word(x.Words()), word(x.Late), word(dateOr(x.Dates.Due, "not set")), word(id), word(version), word(x.Return.By), word(x.Return.SignedBy)})
			}
			l.Notes = []string{fmt.Sprintf("%s due, %d not signed or published yet.", count(len(list), "return"), waiting)}
			if d, ok := set.Timetable.Of(quarter); ok {
				l.Notes = append(l.Notes, fmt.Sprintf("Timetable: opens %s, due %s, signed by %s, published %s (%s confidence: %s).", d.Opens.Format(time.DateOnly), d.Due.Format(time.DateOnly), d.Sign.Format(time.DateOnly), d.Publish.Format(time.DateOnly), d.Confidence, d.Source))
			}
			if len(list) == 0 {
				l.Notes = []string{"No return is due: metrics/returners.csv in the data directory says who returns for which service."}
			}
			return f.write(s.out, l)
		}),
	}
	c.Flags().StringVar(&provider, "provider", "", "of one provider")
	c.Flags().BoolVar(&open, "open", false, "those alone that are not signed or published")
	c.Flags().StringVar(&on.text, "on", "", "take this day for today: YYYY-MM-DD")
	q.add(c, "the quarter, as 2026/27 Q1 (default: the last that is over)")
	f.add(c)
	return c
}

func dayTimeOf(d register.Day) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (s *session) metricReturnsCommand(p *place) *cobra.Command {
	var f form
	var filter store.ReturnFilter
	var quarter, state string
	states := []string{store.ReturnSubmitted, store.ReturnSigned, store.ReturnSentBack, store.ReturnPublished}
	c := &cobra.Command{
		Use:     "returns",
		Short:   "List returns with every version, who entered, signed and published them",
		Example: "  remit metric returns --provider RJ7\n  remit metric returns --quarter '2026/27 Q2' --state submit",
		Args:    noArguments,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) (err error) {
			if quarter != "" {
				if filter.Quarter, err = metric.ParseQuarter(quarter); err != nil {
					return fail(exitUsage, err, "")
				}
			}
			if state != "" {
				if !slices.Contains(states, state) {
					return fail(exitUsage, fmt.Errorf("%q is no step of a return", state), "write one of "+strings.Join(states, ", "))
				}
				filter.States = []string{state}
			}
			filter.Organisation = strings.ToUpper(filter.Organisation)
			list, err := st.Returns(cmd.Context(), filter)
			if err != nil {
				return storeFault(err)
			}
			l := &listing{Title: "Returns", Columns: []string{"return", "provider", "service", "quarter", "version", "last_step", "by", "signed_by", "release", "reason", "note"}}
			for _, r := range list {
				l.Rows = append(l.Rows, []value{word(strconv.FormatInt(r.ID, 10)), word(r.Organisation), word(r.Service), word(r.Quarter.String()), word(strconv.FormatInt(r.Version, 10)), word(r.State), word(r.By), word(r.SignedBy), word(numberOr(r.Release)), word(r.Reason), word(r.Note)})
			}
			l.Notes = []string{count(len(list), "return") + "."}
			return f.write(s.out, l)
		}),
	}
	c.Flags().StringVar(&filter.Organisation, "provider", "", "of one provider")
	c.Flags().StringVar(&filter.Service, "service", "", "of one service")
	c.Flags().StringVar(&quarter, "quarter", "", "of one quarter, as 2026/27 Q1")
	c.Flags().StringVar(&state, "state", "", "whose last step is one of "+strings.Join(states, ", "))
	mustComplete(c, "state", states, cobra.ShellCompDirectiveNoFileComp)
	f.add(c)
	return c
}

func numberOr(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// returnIDs reads the numbers of returns, or finds all that are in a state.
func returnIDs(ctx context.Context, st *store.Store, args []string, all bool, quarter string, state string) (ids []int64, err error) {
	f := store.ReturnFilter{Latest: true, States: []string{state}}
	if quarter != "" {
		if f.Quarter, err = metric.ParseQuarter(quarter); err != nil {
			return nil, fail(exitUsage, err, "")
		}
	}
	if all == (len(args) > 0) {
		return nil, fail(exitUsage, errors.New("name returns by number, or give --all"), "run remit metric returns --state "+state)
	}
	if all {
		list, err := st.Returns(ctx, f)
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		if err == nil && len(ids) == 0 {
			err = fail(exitInput, errors.New("no return waits for that"), "run remit metric returns")
		}
		return ids, err
	}
	for _, a := range args {
		id, err := strconv.ParseInt(a, 10, 64)
		if err != nil {
			return nil, fail(exitUsage, fmt.Errorf("%q is not the number of a return", a), "run remit metric returns")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// maySign holds who signs or sends back to the returns that are theirs.
func maySign(ctx context.Context, st *store.Store, who *store.Account, ids []int64) error {
	if who.Organisation == "" {
		return nil
	}
	for _, id := range ids {
		r, err := st.MetricReturn(ctx, id)
		if err != nil {
			return storeFault(err)
		}
		if !who.MaySign(r.Organisation) {
			return fail(exitInput, fmt.Errorf("%s of %s may not sign returns of %s", who.Name, who.Organisation, r.Organisation), "nothing was changed")
		}
	}
	return nil
}

func (s *session) metricSignCommand(p *place) *cobra.Command {
	var as, note, quarter string
	var all bool
	c := &cobra.Command{
		Use:     "sign RETURN...",
		Short:   "Sign returns off, as a second person",
		Long:    `Sign returns off. Who entered one cannot sign it. All that are named are signed, or none.`,
		Example: "  remit metric sign 12 13 --as keeper\n  remit metric sign --all --quarter '2026/27 Q2' --as keeper",
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			who, err := actor(cmd.Context(), st, as, store.Approver)
			if err != nil {
				return err
			}
			ids, err := returnIDs(cmd.Context(), st, args, all, quarter, store.ReturnSubmitted)
			if err == nil {
				err = maySign(cmd.Context(), st, &who, ids)
			}
			if err == nil {
				err = st.SignReturns(cmd.Context(), who.Name, ids, note)
			}
			if err != nil {
				return storeFault(err)
			}
			fmt.Fprintf(s.out, "%s signed by %s.\n", count(len(ids), "return"), who.Name)
			return nil
		}),
	}
	c.Flags().StringVar(&as, "as", "", "who signs")
	c.Flags().StringVar(&note, "note", "", "a note for the record")
	c.Flags().BoolVar(&all, "all", false, "all that were submitted and wait")
	c.Flags().StringVar(&quarter, "quarter", "", "with --all: those of one quarter")
	return c
}

func (s *session) metricSendBackCommand(p *place) *cobra.Command {
	var as, reason string
	c := &cobra.Command{
		Use:     "send-back RETURN",
		Short:   "Give a return back to who entered it, with what is to be put right",
		Example: "  remit metric send-back 12 --reason 'the denominator is of another ward' --as keeper",
		Args:    needs(1, 1, "one return"),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			who, err := actor(cmd.Context(), st, as, store.Approver)
			if err != nil {
				return err
			}
			ids, err := returnIDs(cmd.Context(), st, args, false, "", store.ReturnSubmitted)
			if err == nil {
				err = maySign(cmd.Context(), st, &who, ids)
			}
			if err == nil {
				err = st.SendReturnBack(cmd.Context(), who.Name, ids[0], reason)
			}
			if err != nil {
				return storeFault(err)
			}
			fmt.Fprintf(s.out, "Return %d was sent back.\n", ids[0])
			return nil
		}),
	}
	c.Flags().StringVar(&as, "as", "", "who sends it back")
	c.Flags().StringVar(&reason, "reason", "", "what is to be put right")
	c.MarkFlagRequired("reason")
	return c
}

func (s *session) metricPublishCommand(p *place) *cobra.Command {
	var as, title, quarter, profile string
	c := &cobra.Command{
		Use:   "publish",
		Short: "Publish what is signed, as a release that stays as it is",
		Long: `Publish what is signed, as a release, and take the alerts on by what the figures then
say. What is published is frozen: a correction is a new version of a return in a later
release. It takes a national approver.`,
		Example: "  remit metric publish --quarter '2026/27 Q2' --title 'Second quarter' --as national",
		Args:    noArguments,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) (err error) {
			set, rules, err := p.metricData()
			if err != nil {
				return err
			}
			pub := store.Publication{Title: title, Rules: rules, Rebases: set.Rebases}
			if pub.Profile, err = profileOf(profile); err != nil {
				return err
			}
			if quarter != "" {
				if pub.Quarter, err = metric.ParseQuarter(quarter); err != nil {
					return fail(exitUsage, err, "")
				}
			}
			who, err := actor(cmd.Context(), st, as, store.Approver)
			if err != nil {
				return err
			}
			if !who.MayPublish() {
				return fail(exitInput, fmt.Errorf("%s of %s may not publish: it takes a national approver", who.Name, who.Organisation), "nothing was published")
			}
			pub.Title = cmp.Or(pub.Title, "Returns of "+cmp.Or(quarter, "all quarters"))
			out, err := st.Publish(cmd.Context(), who.Name, pub)
			if err != nil {
				return storeFault(err)
			}
			fmt.Fprintf(s.out, "Release %d: %s published. Alerts: %d new, %d continuing, %d resolved.\n", out.Release, count(out.Returns, "return"), out.Raised, out.Continued, out.Settled)
			return nil
		}),
	}
	c.Flags().StringVar(&as, "as", "", "who publishes")
	c.Flags().StringVar(&title, "title", "", "what the release is called")
	c.Flags().StringVar(&quarter, "quarter", "", "signed returns of one quarter (default: of all)")
	profileFlag(c, &profile)
	return c
}
