package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/assign"
	"remit/intake"
	"remit/price"
	"remit/register"
	"remit/submission"
)

// submitFlags say what is known of files beside their contents.
type submitFlags struct {
	feed, provider, year, kind, method string
	month                              int
	rules, prices                      []string
	owner                              string
	quiet, asJSON                      bool
}

func (s *session) submitCommand() *cobra.Command {
	var at place
	var f submitFlags
	var watch string
	c := &cobra.Command{
		Use:   "submit FILE...",
		Short: "Take in a provider's files: what is wrong, who should pay, what it costs",
		Long: `Take in the contract monitoring files that providers send: ACM, PLCM, DrPLCM,
DePLCM, activity plans, local price reports, and extracts of spells, attendances
and emergency care.

Each file is kept byte for byte, tested against the validation rules, and each of
its rows is given the commissioner who pays for it and its price. A file that is
refused is kept too, with what is wrong with it. Loading the same file twice
changes nothing. A later file restates the months that it holds: the latest
freeze counts, else the latest flex.

FILE is a file, a folder or a pattern. What a file does not say itself can be
said: --feed, --provider, --year, --flex or --freeze.

` + exitHelp,
		Example: "  remit submit --data remit-data RJ1_PLCM_2526_M03_FLEX.csv\n  remit submit --freeze submissions/\n  remit submit --watch inbox",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if watch == "" && len(args) == 0 {
				return fail(exitUsage, errors.New("there is no file to take in"), "name files or folders, or a folder to --watch")
			}
			if err := at.resolve(); err != nil {
				return err
			}
			desk, err := s.desk(&f, &at)
			if err != nil {
				return err
			}
			defer desk.Pack.Close()
			ledger, err := openLedger(at.dir)
			if err != nil {
				return err
			}
			defer ledger.Close()
			debug.SetGCPercent(300)
			debug.SetMemoryLimit(mostHeap)
			if watch != "" {
				return s.watch(c.Context(), ledger, desk, &f, watch)
			}
			return s.takeAll(c.Context(), ledger, desk, &f, args)
		},
	}
	at.add(c)
	f.add(c)
	c.Flags().StringVar(&watch, "watch", "", "take in the files that appear in this folder, until interrupted; each is moved to its folder done or refused, with what was found beside it")
	return c
}

// mostHeap is beyond which memory is collected at once rather than when it is
// cheap: a load of the largest files stays under 2 GB.
const mostHeap = 1200 << 20

func (f *submitFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.feed, "feed", "", "the feed, when the columns do not tell: ACM, PLCM, DrPLCM, DePLCM, IAP, LPR, APC, OP or ECDS")
	c.Flags().StringVar(&f.provider, "provider", "", "the provider that the files must be from")
	c.Flags().StringVar(&f.year, "year", "", "the financial year that they must be of: 202526")
	c.Flags().IntVar(&f.month, "month", 0, "the latest month that they should hold, 1 to 13")
	c.Flags().StringVar(&f.kind, "kind", "", "flex or freeze, when neither the file nor its name says so")
	c.Flags().StringVar(&f.method, "method", defaultMethod, "method by which payers are found")
	c.Flags().StringArrayVar(&f.rules, "rules", nil, "file of validation rules to lay over the shipped ones")
	c.Flags().StringArrayVar(&f.prices, "prices", nil, "directory of price sets to add to the shipped ones")
	c.Flags().StringVar(&f.owner, "for", "", "code of the organisation whose people may see the rows on the pages (default: the national team)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "print nothing but errors")
	c.Flags().BoolVar(&f.asJSON, "json", false, "write one JSON object for each file")
}

func (f *submitFlags) given() (submission.Given, error) {
	g := submission.Given{Provider: strings.ToUpper(f.provider), Month: f.month, Kind: submission.Kind(strings.ToLower(f.kind))}
	if g.Kind != submission.Unstated && g.Kind != submission.Flex && g.Kind != submission.Freeze {
		return g, fail(exitUsage, fmt.Errorf("--kind: %q is not known", f.kind), "write flex or freeze")
	}
	if f.year != "" {
		year, ok := activity.FinancialYear(f.year)
		if !ok {
			return g, fail(exitUsage, fmt.Errorf("--year: %q is no financial year", f.year), "write 202526 or 2025/26")
		}
		g.Year = year
	}
	if f.feed == "" {
		return g, nil
	}
	feed, err := activity.ParseFeed(f.feed)
	if err != nil {
		return g, fail(exitUsage, err, "")
	}
	g.Feed = feed
	return g, nil
}

// desk is what files are taken in with.
func (s *session) desk(f *submitFlags, at *place) (*intake.Desk, error) {
	pack, err := s.pack()
	if err != nil {
		return nil, err
	}
	m, err := library(pack).Load(f.method)
	if err != nil {
		return nil, err
	}
	rules, err := loadRules(at.dir, f.rules)
	if err != nil {
		return nil, err
	}
	prices, err := loadPrices(at.dir, f.prices)
	if err != nil {
		return nil, err
	}
	return &intake.Desk{Pack: pack, Method: m, Rules: rules, Prices: prices, Program: programVersion(), By: operator(), For: strings.ToUpper(f.owner)}, nil
}

// loadRules reads the shipped validation rules, those of the data directory and
// those named.
func loadRules(dataDir string, named []string) (*submission.Rules, error) {
	own, err := filepath.Glob(filepath.Join(dataDir, "rules", "validation*.csv"))
	if err != nil {
		return nil, err
	}
	var overlays []submission.Overlay
	for _, path := range slices.Concat(own, named) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fail(exitUsage, fmt.Errorf("reading validation rules: %w", err), "")
		}
		overlays = append(overlays, submission.Overlay{Name: path, Text: text})
	}
	rules, err := submission.LoadRules(overlays...)
	if err != nil {
		return nil, fail(exitReference, err, "mend the file of rules, or leave it out")
	}
	return rules, nil
}

// loadPrices reads the shipped price sets, those of the data directory and those named.
func loadPrices(dataDir string, named []string) (*price.Library, error) {
	var layers []string
	own := filepath.Join(dataDir, "prices")
	if info, err := os.Stat(own); err == nil && info.IsDir() {
		layers = append(layers, own)
	}
	return price.LoadDirs(append(layers, named...)...)
}

func openLedger(dataDir string) (*intake.Ledger, error) {
	ledger, err := intake.Open(dataDir)
	if err != nil {
		return nil, fail(exitInput, err, "look at the data directory and its permissions")
	}
	return ledger, nil
}

// takeAll takes in every file and says of each what was found.
func (s *session) takeAll(ctx context.Context, ledger *intake.Ledger, desk *intake.Desk, f *submitFlags, args []string) error {
	given, err := f.given()
	if err != nil {
		return err
	}
	paths, err := activity.Expand(args)
	if err != nil {
		return fail(exitInput, err, "")
	}
	refused := 0
	for i, path := range paths {
		if path == activity.StandardInput {
			return fail(exitUsage, errors.New("a submission is a file, not standard input"), "name the file: its name is kept")
		}
		sub, err := s.take(ctx, ledger, desk, f, given, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if sub.State == intake.Rejected {
			refused++
		}
		if !f.quiet && !f.asJSON && i < len(paths)-1 {
			fmt.Fprintln(s.out)
		}
	}
	if refused > 0 {
		return fail(exitDifferences, fmt.Errorf("%s of %d refused", count(refused, "file"), len(paths)), "see what is wrong: remit submissions findings ID")
	}
	return nil
}

func (s *session) take(ctx context.Context, ledger *intake.Ledger, desk *intake.Desk, f *submitFlags, given submission.Given, path string) (*intake.Submission, error) {
	p := newProgress(s.err, f.quiet)
	desk.Progress = func(n assign.Progress) { p.show(n.Rows, n.Read, n.Size) }
	sub, fresh, err := ledger.Take(ctx, path, given, desk, time.Now())
	p.done()
	if err != nil {
		return nil, err
	}
	switch {
	case f.asJSON:
		return sub, writeJSON(s.out, sub)
	case f.quiet:
		return sub, nil
	case !fresh:
		_, err = fmt.Fprintf(s.out, "%s was taken in before, as submission %s on %s; nothing is changed\n", path, sub.ID, sub.LoadedAt.Format("2 January 2006"))
		return sub, err
	}
	return sub, describeSubmission(s.out, sub, desk.Pack)
}

// describeSubmission says in a few lines what came and what was found.
func describeSubmission(w io.Writer, sub *intake.Submission, pack *register.Pack) error {
	h := sub.Heading()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", sub.Name, headingText(h, pack))
	fmt.Fprintf(&b, "  submission %s, %s, %s, £%s\n", sub.ID, sub.State, count(sub.Result.Rows, "row"), sub.Result.Money.Pounds())
	if sub.Unreadable != "" {
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(sub.Unreadable, "\n", "\n  "))
	}
	fmt.Fprintf(&b, "  findings   %s with any; %s rejected, £%s at risk\n", count(sub.Result.Flagged, "row"), thousands(sub.Result.Rejected), sub.Result.AtRisk.Pounds())
	for _, one := range sub.Result.Findings[:min(5, len(sub.Result.Findings))] {
		fmt.Fprintf(&b, "    %-11s %9s  %-24s %s\n", severityWord(one.Severity), thousands(one.Rows), one.Rule, one.Message)
	}
	if more := len(sub.Result.Findings) - 5; more > 0 {
		fmt.Fprintf(&b, "    and %d more: remit submissions findings %s\n", more, sub.ID)
	}
	if sub.Assigned != nil {
		fmt.Fprintf(&b, "  who pays   by %s\n", sub.Assigned.Method.Name)
		for _, n := range sub.Assigned.Agreement {
			fmt.Fprintf(&b, "    %-18s %9s  £%s\n", n.Name, thousands(n.Rows), poundsOf(n.Cost))
		}
	}
	for _, n := range sub.ReadingNote {
		fmt.Fprintf(&b, "  note: %s\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func headingText(h submission.Heading, pack *register.Pack) string {
	parts := []string{string(h.Feed)}
	if h.Feed == "" {
		parts[0] = "unknown feed"
	}
	if h.Provider != "" {
		parts = append(parts, "from "+h.Provider)
	}
	if h.Year != "" {
		parts = append(parts, "for "+h.Year[:4]+"/"+h.Year[4:])
	}
	if n := len(h.Months); n > 0 {
		parts = append(parts, monthsText(h.Months))
	}
	if h.Kind != submission.Unstated {
		parts = append(parts, string(h.Kind))
	}
	return strings.Join(parts, " ")
}

func monthsText(months []int) string {
	first, last := months[0], months[len(months)-1]
	switch {
	case first == last && first == 0:
		return "whole year"
	case first == last:
		return fmt.Sprintf("month %d", first)
	}
	return fmt.Sprintf("months %d to %d", first, last)
}

func severityWord(s submission.Severity) string {
	return [...]string{"", "warn", "reject row", "reject file"}[s]
}

// watch takes in files as they appear, with a look every second.
func (s *session) watch(ctx context.Context, ledger *intake.Ledger, desk *intake.Desk, f *submitFlags, dir string) error {
	given, err := f.given()
	if err != nil {
		return err
	}
	for _, name := range []string{"done", "refused"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o750); err != nil {
			return fail(exitInput, err, "look at the folder and its permissions")
		}
	}
	fmt.Fprintf(s.err, "watching %s; interrupt to stop\n", dir)
	seen := map[string]sight{}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.lookInto(ctx, ledger, desk, f, given, dir, seen); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sight is what a look saw of a file, and how many looks before saw the same.
type sight struct {
	size    int64
	changed time.Time
	looks   int
}

// wholeAfter is how many looks must see no change before a file counts as whole:
// one that is still being written grows.
const wholeAfter = 5

func (s *session) lookInto(ctx context.Context, ledger *intake.Ledger, desk *intake.Desk, f *submitFlags, given submission.Given, dir string, seen map[string]sight) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fail(exitInput, err, "look at the folder and its permissions")
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		was, is := seen[e.Name()], sight{size: info.Size(), changed: info.ModTime()}
		if is.looks = was.looks + 1; is.size != was.size || !is.changed.Equal(was.changed) {
			is.looks = 0
		}
		if seen[e.Name()] = is; is.looks < wholeAfter {
			continue
		}
		delete(seen, e.Name())
		path := filepath.Join(dir, e.Name())
		sub, err := s.take(ctx, ledger, desk, f, given, path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody took it away again
		}
		if err != nil {
			return err
		}
		if err := settle(dir, path, sub, desk.Pack); err != nil {
			return fail(exitInput, err, "look at the folder and its permissions")
		}
	}
	return nil
}

// settle moves a file that was taken in out of the way, with what was found beside it.
func settle(dir, path string, sub *intake.Submission, pack *register.Pack) error {
	folder := "done"
	if sub.State == intake.Rejected {
		folder = "refused"
	}
	to := filepath.Join(dir, folder, sub.ID+"-"+filepath.Base(path))
	note, err := os.Create(to + ".txt")
	if err != nil {
		return err
	}
	err = describeSubmission(note, sub, pack)
	return errors.Join(err, note.Close(), os.Rename(path, to))
}

// table writes tab-separated lines as columns.
func table(w io.Writer, write func(io.Writer)) error {
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	write(tabs)
	return tabs.Flush()
}
