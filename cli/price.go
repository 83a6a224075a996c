package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/price"
	"remit/prices"
)

// priceFlags choose the prices.
type priceFlags struct {
	at  place
	dir string
	set string
}

func (f *priceFlags) add(c *cobra.Command) {
	f.at.add(c)
	c.Flags().StringVar(&f.dir, "prices", "", "directory of your own price sets and rules, laid over those that ship and those of the data directory")
	c.Flags().StringVar(&f.set, "set", "", "take this price set where it is in effect, whatever was published later")
}

// library reads the price sets that the command line names.
func (f *priceFlags) library() (*price.Library, error) {
	layers, err := f.layers()
	if err != nil {
		return nil, err
	}
	l, err := price.Load(layers...)
	if err != nil {
		return nil, fail(exitReference, err, "run remit price check for the whole list")
	}
	if f.set == "" {
		return l, nil
	}
	if l, err = l.Pin(f.set); err != nil {
		return nil, fail(exitUsage, err, "see remit price list")
	}
	return l, nil
}

// layers are what ships, what the data directory has and what --prices names.
func (f *priceFlags) layers() ([]fs.FS, error) {
	if err := f.at.resolve(); err != nil {
		return nil, err
	}
	layers := []fs.FS{prices.FS}
	own := filepath.Join(f.at.dir, "prices")
	if info, err := os.Stat(own); err == nil && info.IsDir() {
		layers = append(layers, os.DirFS(own))
	}
	if f.dir == "" {
		return layers, nil
	}
	if _, err := os.Stat(f.dir); err != nil {
		return nil, fail(exitUsage, fmt.Errorf("--prices: %w", err), "name a directory with sets, policies or rules in it")
	}
	return append(layers, os.DirFS(f.dir)), nil
}

// lineFlags are the facts of one line, by the field that each is.
var lineFlags = []struct{ flag, field, says string }{
	{"hrg", "hrg", "HRG"},
	{"pod", "pod", "point of delivery (default: derived, as from a commissioning extract)"},
	{"tfc", "tfc", "treatment function code, for an attendance"},
	{"provider", "provider", "provider code"},
	{"service", "service_code", "specialised service line, for the top-up"},
	{"age", "age", "age in years"},
	{"count", "activity_count", "activity (default: 1)"},
	{"cost", "cost", "cost, of a drug or device"},
	{"stay", "length_of_stay", "length of stay in days"},
	{"critical-care", "critical_care_days", "days of it in critical care"},
	{"rehabilitation", "rehabilitation_days", "days of it in rehabilitation"},
	{"palliative", "palliative_days", "days of it in palliative care"},
	{"delayed", "delayed_discharge_days", "days of it after discharge was delayed"},
	{"best-practice", "best_practice", "best practice codes whose criteria are met, with commas"},
	{"unbundled", "unbundled_hrg", "unbundled HRGs, with commas"},
	{"admission-method", "admission_method", "admission method code"},
	{"patient-class", "patient_classification", "patient classification code"},
	{"first-attendance", "first_attendance", "first attendance code"},
	{"attended", "attended", "attended or did not attend code"},
	{"main-specialty", "main_specialty", "main specialty code"},
	{"admin-category", "admin_category", "administrative category code"},
	{"charging-category", "ov_charging_category", "overseas visitor charging category"},
	{"tariff-indicator", "national_tariff_indicator", "national tariff indicator"},
	{"serial-number", "commissioning_serial_number", "commissioning serial number"},
	{"exclusion-reason", "exclusion_reason", "reason for which it is left out of national prices"},
}

// priceRequest is what remit price is asked.
type priceRequest struct {
	priceFlags
	line    map[string]*string // by flag
	on      string
	dataset string
	out     string
	row     int64
	json    bool
}

func (s *session) priceCommand() *cobra.Command {
	q := priceRequest{line: map[string]*string{}}
	c := &cobra.Command{
		Use:   "price [FILE]",
		Short: "What activity costs at national prices, with the working",
		Long: `Price one line that the flags describe, or the rows of a file of activity, and
show the working: each step, the facts it used and where they are from.

Of a file the totals are shown: what is priced, and why the rest is not. --row N
shows the working of one row. --out writes the file with these columns behind it:

  price           pounds, exact; the sum of the pieces
  price_reason    why there is no national price; blank when there is one
  price_pod       the point of delivery that was priced
  element         the contract element of such a line, where no contract says otherwise
  price_warnings  codes, joined by |
  price_working   a short text from which the working can be shown

The prices that ship are made up. remit price import reads published ones.`,
		Example: "  remit price --hrg AA35F --pod NEL --provider RJ7 --service NCBPS08S --stay 30 --critical-care 4 --on 2025-11-30\n" +
			"  remit price plcm.csv\n  remit price plcm.csv --row 12 --json\n  remit price plcm.csv --out priced.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return s.price(c, &q, args) },
	}
	q.add(c)
	f := c.Flags()
	for _, l := range lineFlags {
		q.line[l.flag] = f.String(l.flag, "", l.says)
	}
	f.StringVar(&q.on, "on", "", "the day on which the activity ended, YYYY-MM-DD (default: today)")
	f.StringVar(&q.dataset, "dataset", "", "the data set of the file or line (default of a line: APC, a whole spell)")
	f.StringVar(&q.out, "out", "", "the CSV file to write")
	f.Int64Var(&q.row, "row", 0, "show the working of this row, counted from 1 after the header")
	f.BoolVar(&q.json, "json", false, "write JSON")
	c.AddCommand(s.priceListCommand(), s.priceShowCommand(), s.priceCheckCommand(), s.priceImportCommand())
	return c
}

func (s *session) price(c *cobra.Command, q *priceRequest, args []string) error {
	var described []string
	for _, l := range lineFlags {
		if c.Flags().Changed(l.flag) {
			described = append(described, "--"+l.flag)
		}
	}
	switch {
	case len(args) == 0 && len(described) == 0:
		return fail(exitUsage, errors.New("there is nothing to price"), "name a file, or describe a line with --hrg, --pod and --provider")
	case len(args) == 1 && len(described) > 0:
		return fail(exitUsage, fmt.Errorf("%s describes a line, and %s is a file", described[0], args[0]), "give either")
	case len(args) == 0 && (q.out != "" || q.row != 0):
		return fail(exitUsage, errors.New("--out and --row are for a file"), "name a file")
	case q.row < 0 || q.row > 0 && q.out != "":
		return fail(exitUsage, errors.New("--row shows one row, counted from 1"), "leave --out out")
	}
	lib, err := q.library()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return s.priceLine(lib, q)
	}
	return s.priceFile(lib, q, args[0])
}

// priceLine prices the line that the flags describe.
func (s *session) priceLine(lib *price.Library, q *priceRequest) error {
	day, err := referenceDay("--on", q.on)
	if err != nil {
		return err
	}
	dataset := activity.APC
	if q.dataset != "" {
		if dataset, err = activity.ParseDataset(q.dataset); err != nil {
			return fail(exitUsage, err, "")
		}
	}
	ids, fields := []string{"activity_date"}, [][]byte{[]byte(day.String())}
	for _, l := range lineFlags {
		if value := *q.line[l.flag]; value != "" {
			ids, fields = append(ids, l.field), append(fields, []byte(value))
		}
	}
	cost, _, err := activity.ParseAmount([]byte(*q.line["cost"]))
	if err != nil {
		return fail(exitUsage, fmt.Errorf("--cost: %w", err), "write pounds as 1234.56")
	}
	return s.writeWorking(lib, lib.Bind(dataset, ids).Row(fields), cost, q.json)
}

// writeWorking shows a line. A line without a national price is a finding.
func (s *session) writeWorking(lib *price.Library, line price.Line, cost activity.Amount, asJSON bool) error {
	w, err := lib.Explain(line.Working, line.Count, cost)
	if err != nil {
		return err
	}
	w.Reason, w.Price, w.Pounds, w.Pieces = line.Reason, line.Price, line.Price.Pounds(), line.Pieces
	w.Warnings = strings.FieldsFunc(line.Warnings, func(r rune) bool { return r == '|' })
	if asJSON {
		err = writeJSON(s.out, w)
	} else {
		err = writeWorkingText(s.out, w)
	}
	if err == nil && w.Reason != price.Priced && w.Reason != price.PassThrough {
		return fail(exitDifferences, errors.New(""), "")
	}
	return err
}

func writeWorkingText(out io.Writer, w *price.Working) error {
	switch {
	case w.Reason == price.Priced:
		fmt.Fprintf(out, "£%s at national prices (price set %s)\n", w.Pounds, w.Set)
	case w.Reason == price.PassThrough:
		fmt.Fprintf(out, "£%s, passed through at cost\n", w.Pounds)
	default:
		fmt.Fprintf(out, "No national price: %s\n", codeText(price.Reasons(), string(w.Reason)))
	}
	if w.Example {
		fmt.Fprintln(out, "The prices are made up: load published ones before money moves.")
	}
	fmt.Fprintln(out)
	tabs := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tabs, "line\tHRG\tcount\tprice")
	for _, p := range w.Pieces {
		text := p.Price.Pounds()
		if p.Reason != price.Priced && p.Reason != price.PassThrough {
			text = "none: " + string(p.Reason)
		}
		fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\n", p.POD, p.HRG, p.Count, text)
	}
	if err := tabs.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nWorking\n%s", stepTable(w.Steps))
	for _, code := range w.Warnings {
		fmt.Fprintf(out, "\nWarning %s: %s\n", code, codeText(price.Warnings(), code))
	}
	writePriceSources(out, w)
	return nil
}

// stepTable has a line for each step: what it adds, and what it comes to.
func stepTable(steps []price.Step) string {
	var b strings.Builder
	tabs := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, step := range steps {
		adds, amount := "", ""
		if step.Adds != nil {
			adds = "+ " + step.Adds.String()
		}
		if step.Amount != nil {
			amount = "= " + step.Amount.String()
		}
		fmt.Fprintf(tabs, "  %s\t%s\t%s\t%s\t%s\n", step.Piece, step.Step, step.Says, adds, amount)
	}
	_ = tabs.Flush() // a builder takes all
	var trimmed strings.Builder
	for line := range strings.Lines(b.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

func codeText(list []price.Code, code string) string {
	for _, c := range list {
		if c.Code == code {
			return c.Says
		}
	}
	return code
}

func writePriceSources(out io.Writer, w *price.Working) {
	var lines []string
	for _, step := range w.Steps {
		for _, f := range step.Facts {
			if line := fmt.Sprintf("  %s: %s (%s)", f.Table, f.Source, f.Confidence); !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(out, "\nSources\n%s\n", strings.Join(lines, "\n"))
	}
}

// pricedFile is a file of activity while it is priced.
type pricedFile struct {
	source *activity.Source
	layout activity.Layout
	rows   *csv.Reader
	pricer *price.Pricer
	number int64
	faults []string
	fields [][]byte
	buffer []byte
}

func openPriced(lib *price.Library, path, dataset string, stdin io.Reader) (*pricedFile, error) {
	source, err := activity.OpenCSV(path, activity.Options{Stdin: stdin})
	if err != nil {
		return nil, err
	}
	f := &pricedFile{source: source}
	if dataset == "" {
		f.layout, err = activity.Recognise(source.Header)
	} else if f.layout.Dataset, err = activity.ParseDataset(dataset); err == nil {
		f.layout, err = activity.LayoutFor(f.layout.Dataset, source.Header)
	}
	if err != nil {
		return nil, errors.Join(fail(exitInput, fmt.Errorf("%s: %w", path, err), ""), source.Close())
	}
	f.rows = csv.NewReader(source)
	f.rows.Comma, f.rows.FieldsPerRecord, f.rows.ReuseRecord, f.rows.LazyQuotes = rune(source.Delimiter), -1, true, true
	f.pricer = lib.BindLayout(f.layout)
	return f, nil
}

// next prices the next row. A row of another width is a fault, and is passed over.
func (f *pricedFile) next() (record []string, line price.Line, err error) {
	for {
		record, err = f.rows.Read()
		if err != nil {
			return nil, price.Line{}, err
		}
		f.number++
		if len(record) == len(f.layout.Columns) {
			break
		}
		f.faults = append(f.faults, fmt.Sprintf("%s row %d: has %d fields where the header has %d; look for a missing or an extra delimiter",
			f.source.Path, f.number+1, len(record), len(f.layout.Columns)))
	}
	f.fields, f.buffer = f.fields[:0], f.buffer[:0]
	for _, value := range record {
		f.buffer = append(f.buffer, value...)
	}
	at := 0
	for _, value := range record {
		f.fields = append(f.fields, f.buffer[at:at+len(value)])
		at += len(value)
	}
	return record, f.pricer.Row(f.fields), nil
}

// each prices every row. The error has all faults.
func (f *pricedFile) each(do func([]string, price.Line) error) error {
	for {
		record, line, err := f.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = do(record, line)
		}
		if err != nil {
			return fail(exitInput, fmt.Errorf("%s: %w", f.source.Path, err), "")
		}
	}
	if len(f.faults) > 0 {
		return fail(exitInput, errors.New(strings.Join(f.faults[:min(len(f.faults), 20)], "\n")), fmt.Sprintf("%d rows cannot be read", len(f.faults)))
	}
	return nil
}

var pricedColumns = []string{"price", "price_reason", "price_pod", "element", "price_warnings", "price_working"}

func (s *session) priceFile(lib *price.Library, q *priceRequest, path string) (err error) {
	f, err := openPriced(lib, path, q.dataset, s.in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.source.Close()) }()
	if q.row > 0 {
		return s.priceRow(lib, f, q)
	}
	totals := newPriceTotals()
	if q.out == "" {
		err = f.each(totals.add)
	} else {
		err = s.writeWhole(q.out, func(w io.Writer) error { return writePriced(w, f, totals) })
	}
	if err != nil || q.out == "-" {
		return err
	}
	if q.json {
		return writeJSON(s.out, totals.list())
	}
	return totals.write(s.out, path, lib)
}

func writePriced(w io.Writer, f *pricedFile, totals *priceTotals) error {
	out := csv.NewWriter(w)
	if err := out.Write(append(slices.Clone(f.source.Header), pricedColumns...)); err != nil {
		return err
	}
	var row []string
	err := f.each(func(record []string, l price.Line) error {
		row = append(row[:0], record...)
		row = append(row, l.Price.String(), string(l.Reason), l.POD, string(l.Element), l.Warnings, l.Working)
		return errors.Join(totals.add(record, l), out.Write(row))
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

func (s *session) priceRow(lib *price.Library, f *pricedFile, q *priceRequest) error {
	for {
		record, line, err := f.next()
		if err == io.EOF {
			return fail(exitUsage, fmt.Errorf("%s has %d rows", f.source.Path, f.number), "name a row between 1 and the last")
		}
		if err != nil {
			return fail(exitInput, fmt.Errorf("%s: %w", f.source.Path, err), "")
		}
		if f.number < q.row {
			continue
		}
		if f.number > q.row {
			return fail(exitInput, errors.New(f.faults[len(f.faults)-1]), "")
		}
		var cost activity.Amount
		if at, ok := f.layout.Field["cost"]; ok {
			cost, _, _ = activity.ParseAmount([]byte(record[at])) // one that cannot be read is a reason by itself
		}
		return s.writeWorking(lib, line, cost, q.json)
	}
}

// priceTotals count lines by reason.
type priceTotals struct {
	by map[price.Reason]*priceTotal
}

type priceTotal struct {
	Reason price.Reason    `json:"reason"`
	Rows   int64           `json:"rows"`
	Price  activity.Amount `json:"price"`
}

func newPriceTotals() *priceTotals { return &priceTotals{map[price.Reason]*priceTotal{}} }

func (t *priceTotals) add(_ []string, l price.Line) error {
	n := t.by[l.Reason]
	if n == nil {
		n = &priceTotal{Reason: l.Reason}
		t.by[l.Reason] = n
	}
	n.Rows++
	n.Price = n.Price.Add(l.Price)
	return nil
}

// list has the totals in the order in which reasons are tested, priced first.
func (t *priceTotals) list() []priceTotal {
	var list []priceTotal
	reasons := []price.Reason{price.Priced}
	for _, c := range price.Reasons() {
		reasons = append(reasons, price.Reason(c.Code))
	}
	for _, r := range reasons {
		if n := t.by[r]; n != nil {
			list = append(list, *n)
		}
	}
	return list
}

func (t *priceTotals) write(out io.Writer, path string, lib *price.Library) error {
	tabs := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tabs, "rows\tprice\t ")
	for _, n := range t.list() {
		says := "nationally priced"
		if n.Reason != price.Priced {
			says = string(n.Reason)
		}
		fmt.Fprintf(tabs, "%d\t%s\t %s\n", n.Rows, n.Price.Pounds(), says)
	}
	if err := tabs.Flush(); err != nil {
		return err
	}
	if slices.ContainsFunc(lib.Sets(), func(s *price.Set) bool { return s.Synthetic }) {
		fmt.Fprintf(out, "\n%s: price sets that are made up are among those in use; see remit price list\n", path)
	}
	return nil
}

// setValidity says when a set is in effect.
func setValidity(s *price.Set) string { return validity(s.From.String(), s.To.String()) }
