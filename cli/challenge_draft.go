package cli

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/calendar"
	"remit/challenge"
	"remit/register"
	"remit/store"
)

func (s *session) challengeDraftCommand(p *place) *cobra.Command {
	var owner, as, received string
	var on dayFlag
	c := &cobra.Command{
		Use:   "draft FILE",
		Short: "Ask the rules of every row of a file, and file what they find as drafts",
		Long: `Ask the rules of every row of a file, and file what they find as drafts. The file
is CSV whose columns are named as the fields of rules (the manual page on challenges
lists them); row_key, provider, feed, year, month and price must be among them. It
restates every month in it: what is challenged already is not challenged again, and
challenges whose row is gone or put right are marked so.`,
		Example: "  remit challenge draft rows.csv --owner QHL --as ann --received 2026-07-24",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			rs, limits, err := p.challengeData()
			if err != nil {
				return err
			}
			who, err := challenger(cmd.Context(), st, as, owner)
			if err != nil {
				return err
			}
			today, err := on.day()
			if err != nil {
				return err
			}
			came := register.NoDay
			if received != "" {
				if came, err = register.ParseDay(received); err != nil {
					return fail(exitUsage, err, "")
				}
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			f, err := judgeFile(args[0], s.in, rs, pack)
			if err != nil {
				return err
			}
			for _, sender := range f.senders {
				filed, err := st.FileChallenges(cmd.Context(), who.Name, sender.found, sender.restated(owner, f, today, came), limits)
				if err != nil {
					return storeFault(err)
				}
				fmt.Fprintf(s.out, "%s %s: %s filed, %d challenged already, %d marked.\n", sender.provider, sender.feed, count(filed.New, "draft"), filed.Known, filed.Marked)
			}
			return s.tellJudge(f.judge)
		}),
	}
	c.Flags().StringVar(&owner, "owner", "", "organisation that challenges: code of an ICB or hub")
	c.Flags().StringVar(&as, "as", "", "who files")
	c.Flags().StringVar(&received, "received", "", "day on which the account came in, from which the time to contest runs: YYYY-MM-DD")
	c.Flags().StringVar(&on.text, "on", "", "day on which the drafts are filed (default: today)")
	c.MarkFlagRequired("owner")
	return c
}

// tellJudge says which rules were not asked, and which could not tell.
func (s *session) tellJudge(j *challenge.Judge) error {
	for _, x := range j.Skipped() {
		fmt.Fprintf(s.out, "Rule %s was not asked: %s.\n", x.Rule, x.Why)
	}
	for _, x := range j.Unable() {
		fmt.Fprintf(s.out, "Rule %s could not tell of %s; of row %d: %s.\n", x.Rule, count(x.Rows, "row"), x.Row, x.Why)
	}
	return nil
}

// judgedFile is a file of rows that the rules have been asked of.
type judgedFile struct {
	submission string // the first digits of the hash of the file
	judge      *challenge.Judge
	senders    []*sender
}

// sender is what one provider sends in one feed.
type sender struct {
	provider, feed string
	months         map[calendar.Month]bool
	rows           map[string]bool
	found          []challenge.Finding
}

func (x *sender) restated(owner string, f *judgedFile, on, received register.Day) challenge.Restated {
	return challenge.Restated{Owner: owner, Provider: x.provider, Feed: x.feed, Submission: f.submission,
		Has: func(m calendar.Month) bool { return x.months[m] }, Row: func(key string) bool { return x.rows[key] },
		Asked: f.judge.Asked, On: on, Received: received}
}

var draftNeeds = []string{"row_key", "provider", "feed", "year", "month", "price"}

func judgeFile(path string, stdin io.Reader, rs *challenge.Rules, pack *register.Pack) (*judgedFile, error) {
	in := stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fail(exitInput, err, "")
		}
		defer file.Close()
		in = file
	}
	sum := sha256.New()
	source, err := activity.OpenReader(path, io.TeeReader(in, sum), activity.Options{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	fields := make([]string, len(source.Header))
	for i, column := range source.Header {
		fields[i] = strings.ToLower(strings.ReplaceAll(activity.Normalise(column), " ", "_"))
	}
	for _, need := range draftNeeds {
		if !slices.Contains(fields, need) {
			return nil, fail(exitInput, fmt.Errorf("%s has no column %s", path, need), "name the columns as the manual page on challenges lists them")
		}
	}
	withRow := !slices.Contains(fields, "source_row")
	if withRow {
		fields = append(fields, "source_row")
	}
	f := &judgedFile{judge: rs.Judge(pack, fields)}
	r := csv.NewReader(bufio.NewReader(source))
	r.Comma, r.FieldsPerRecord = rune(source.Delimiter), len(source.Header)
	at := func(name string, values []string) string {
		return strings.TrimSpace(values[slices.Index(fields, name)])
	}
	for n := 2; ; n++ {
		values, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fail(exitInput, fmt.Errorf("%s row %d: %w", path, n, err), "put the row right; nothing was changed")
		}
		if withRow {
			values = append(values, fmt.Sprint(n))
		}
		year, err := calendar.ParseYear(at("year", values))
		var month int
		if _, scan := fmt.Sscan(at("month", values), &month); err != nil || scan != nil || month < 1 || month > calendar.LastMonth || at("row_key", values) == "" || at("provider", values) == "" {
			return nil, fail(exitInput, fmt.Errorf("%s row %d: it needs row_key, provider, a year such as 202627 and a month from 1 to 13", path, n), "put the row right; nothing was changed")
		}
		x := f.sender(at("provider", values), at("feed", values))
		key := at("row_key", values)
		if x.rows[key] {
			return nil, fail(exitInput, fmt.Errorf("%s row %d: row_key %s is there twice", path, n, key), "give each row a key of its own; nothing was changed")
		}
		x.rows[key], x.months[calendar.Month{Year: year, Month: month}] = true, true
		x.found = append(x.found, f.judge.Row(values)...)
	}
	for _, found := range f.judge.End() {
		x := f.sender(found.Provider, found.Feed)
		x.found = append(x.found, found)
	}
	f.submission = hex.EncodeToString(sum.Sum(nil))[:16]
	return f, nil
}

func (f *judgedFile) sender(provider, feed string) *sender {
	for _, x := range f.senders {
		if x.provider == provider && x.feed == feed {
			return x
		}
	}
	x := &sender{provider: provider, feed: feed, months: map[calendar.Month]bool{}, rows: map[string]bool{}}
	f.senders = append(f.senders, x)
	return x
}
