package intake

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"remit/activity"
	"remit/price"
)

// localPrices are the local price reports that count, each read once.
type localPrices struct {
	mu   sync.Mutex
	read map[[2]string]*LocalReport
	sums map[localQuestion]*LocalSums
}

type localQuestion struct {
	provider, year string
	basis          Basis
}

// LocalReport is the local price report of a provider for a year.
type LocalReport struct {
	Submission *Submission // nil: none counts
	Prices     *price.LocalPrices
	Unread     int // rows whose price cannot be read
}

// LocalReport reads the local price report that counts of a provider and year.
func (v *View) LocalReport(ctx context.Context, provider, year string) (*LocalReport, error) {
	v.local.mu.Lock()
	defer v.local.mu.Unlock()
	return v.localReport(ctx, provider, year)
}

func (v *View) localReport(ctx context.Context, provider, year string) (*LocalReport, error) {
	key := [2]string{provider, year}
	if r := v.local.read[key]; r != nil {
		return r, nil
	}
	r := &LocalReport{Prices: &price.LocalPrices{}}
	for slice, id := range v.current {
		if slice.Feed != activity.LPR || slice.Provider != provider || slice.Year != year {
			continue
		}
		for _, s := range v.list {
			if s.ID == id && (r.Submission == nil || r.Submission.Order < s.Order) {
				r.Submission = s
			}
		}
	}
	if err := v.fillLocal(ctx, r, provider, year); err != nil {
		return nil, err
	}
	if v.local.read == nil {
		v.local.read = map[[2]string]*LocalReport{}
	}
	v.local.read[key] = r
	return r, nil
}

// localFields are the fields of a row that a local price may depend on, in the
// order in which they are scanned into a line.
var localFields = [][]string{{"submitted_commissioner"}, {"submitted_category"}, {"service_code"}, {"pod"}, {"tariff_code"}, {"tfc"}, {"site"}, {"pod_detail"}, {"local_pod"}, {"sub_specialty"}}

func into(l *price.LocalLine) []any {
	return []any{&l.Commissioner, &l.Category, &l.Service, &l.POD, &l.Tariff, &l.TFC, &l.Site, &l.Detail, &l.LocalPOD, &l.Specialty}
}

// localColumns are the fields as SQL; columns of a rows file that a feed does not
// have are blank.
func (s *Submission) localColumns() []string {
	var list []string
	for _, ids := range localFields {
		list = append(list, s.text(ids...))
	}
	return list
}

func (v *View) fillLocal(ctx context.Context, r *LocalReport, provider, year string) error {
	if r.Submission == nil {
		return nil
	}
	s := r.Submission
	rows, err := v.db.QueryContext(ctx, fmt.Sprintf("SELECT %s, %s, %s, %s, row_number() OVER () FROM %s", strings.Join(s.localColumns(), ", "),
		s.text("provider"), s.text("financial_year"), s.text("local_price"), table(v.ledger.Path(s, rowsFile))))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l price.LocalLine
		var amount string
		var number int64
		if err := rows.Scan(append(into(&l), &l.Provider, &l.Year, &amount, &number)...); err != nil {
			return err
		}
		if y, _ := activity.FinancialYear(l.Year); y != year || !strings.EqualFold(strings.TrimSpace(l.Provider), provider) {
			continue
		}
		a, present, err := activity.ParseAmount([]byte(amount))
		if err != nil || !present || !r.Prices.Add(l, a, fmt.Sprintf("row %d", number)) {
			r.Unread++
		}
	}
	return rows.Err()
}

// LocalVerdict holds a row to the local price report of its provider and year. ok
// is false where it is not such a row: it has a national price, or is none that
// is paid at a price.
func (v *View) LocalVerdict(ctx context.Context, rec *Record, lib *price.Library) (verdict price.LocalVerdict, report *LocalReport, ok bool, err error) {
	if !price.Reason(rec.Values["price_reason"]).Held() || !heldFeed(rec.Submission.Heading().Feed) {
		return verdict, nil, false, nil
	}
	year, provider := rec.Values["row_year"], strings.ToUpper(strings.TrimSpace(rec.Field("provider")))
	if report, err = v.LocalReport(ctx, provider, year); err != nil {
		return verdict, nil, false, err
	}
	l := price.LocalLine{Year: year, Provider: provider}
	for i, to := range into(&l) {
		for _, id := range localFields[i] {
			*to.(*string) = rec.Field(id)
		}
	}
	l.Count, _, _ = activity.ParseAmount([]byte(rec.Values["units"])) // decimals of the file of rows
	l.Cost, _, _ = activity.ParseAmount([]byte(rec.Values["money"]))
	return report.verdict(l, lib), report, true, nil
}

func (r *LocalReport) verdict(l price.LocalLine, lib *price.Library) price.LocalVerdict {
	if r.Submission == nil {
		return price.LocalVerdict{Outcome: price.LocalNoReport}
	}
	return r.Prices.Test(l, lib.LocalTolerance(l.Year))
}

// heldFeed tells whether rows of a feed carry what a local price report is keyed by.
func heldFeed(feed activity.Dataset) bool { return feed == activity.PLCM || feed == activity.ACM }

// LocalSums say how the rows of a provider's year that have no national price
// stand to its local price report.
type LocalSums struct {
	Report *LocalReport
	By     map[price.LocalOutcome]*LocalSum
	Worst  []LocalDiffering // the largest differences first
}

// LocalSum is what rows of one outcome come to.
type LocalSum struct {
	Rows       int64
	Money      activity.Amount // as submitted
	Expected   activity.Amount // by the report
	Difference activity.Amount
}

// LocalDiffering are rows that are alike and whose price differs from the report, or
// is not in it.
type LocalDiffering struct {
	Line       price.LocalLine // with the count and cost of one of them
	Verdict    price.LocalVerdict
	Rows       int64
	Money      activity.Amount
	Difference activity.Amount // of all of them
	Submission *Submission
	Row        int64 // the first of them
}

// mostDiffering bounds the list of what differs.
const mostDiffering = 500

// LocalSums holds the rows that count of a provider and year to its local price
// report. They are kept as long as the view is.
func (v *View) LocalSums(ctx context.Context, provider, year string, basis Basis, lib *price.Library) (*LocalSums, error) {
	v.local.mu.Lock()
	defer v.local.mu.Unlock()
	q := localQuestion{provider, year, basis}
	if known := v.local.sums[q]; known != nil {
		return known, nil
	}
	report, err := v.localReport(ctx, provider, year)
	if err != nil {
		return nil, err
	}
	sums := &LocalSums{Report: report, By: map[price.LocalOutcome]*LocalSum{}}
	for _, s := range v.list {
		if !slices.Contains(basisFeeds[basis], s.Heading().Feed) || !heldFeed(s.Heading().Feed) || !v.countsOf(s, provider, year) {
			continue
		}
		if err := v.addLocal(ctx, sums, s, provider, year, lib); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(sums.Worst, func(a, b LocalDiffering) int {
		return cmp.Or(absolute(b.Difference).Cmp(absolute(a.Difference)), absolute(b.Money).Cmp(absolute(a.Money)), cmp.Compare(a.Row, b.Row))
	})
	sums.Worst = sums.Worst[:min(len(sums.Worst), mostDiffering)]
	if v.local.sums == nil {
		v.local.sums = map[localQuestion]*LocalSums{}
	}
	v.local.sums[q] = sums
	return sums, nil
}

func absolute(a activity.Amount) activity.Amount {
	if a.Sign() < 0 {
		return a.Neg()
	}
	return a
}

func (v *View) countsOf(s *Submission, provider, year string) bool {
	for slice, id := range v.current {
		if id == s.ID && slice.Provider == provider && slice.Year == year {
			return true
		}
	}
	return false
}

func (v *View) addLocal(ctx context.Context, sums *LocalSums, s *Submission, provider, year string, lib *price.Library) error {
	path := v.ledger.Path(s, rowsFile)
	if _, err := os.Stat(path); err != nil {
		return nil // a file whose rows are given no price
	}
	rows, err := v.db.QueryContext(ctx, s.localQuery(path), s.ID, string(s.Heading().Feed), provider, year)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		x := LocalDiffering{Line: price.LocalLine{Provider: provider, Year: year}, Submission: s}
		var units, money string
		if err := rows.Scan(append(into(&x.Line), &units, &money, &x.Rows, &x.Row)...); err != nil {
			return err
		}
		x.Line.Count, _, _ = activity.ParseAmount([]byte(units)) // decimals of the file of rows
		x.Line.Cost, _, _ = activity.ParseAmount([]byte(money))
		x.Verdict = sums.Report.verdict(x.Line, lib)
		sums.add(x)
	}
	return rows.Err()
}

func (t *LocalSums) add(x LocalDiffering) {
	sum := t.By[x.Verdict.Outcome]
	if sum == nil {
		sum = &LocalSum{}
		t.By[x.Verdict.Outcome] = sum
	}
	sum.Rows += x.Rows
	expected := times(x.Verdict.Expected, x.Rows)
	x.Money, x.Difference = times(x.Line.Cost, x.Rows), times(x.Verdict.Difference, x.Rows)
	sum.Money, sum.Expected, sum.Difference = sum.Money.Add(x.Money), sum.Expected.Add(expected), sum.Difference.Add(x.Difference)
	if x.Verdict.Outcome != price.LocalAgrees {
		t.Worst = append(t.Worst, x)
	}
}

// times multiplies by adding doubles up, for amounts of many rows that are alike.
func times(a activity.Amount, n int64) (sum activity.Amount) {
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			sum = sum.Add(a)
		}
		a = a.Add(a)
	}
	return sum
}

// localQuery sums the rows that count and have no national price, alike in what a
// local price depends on, in activity and in money.
func (s *Submission) localQuery(path string) string {
	var reasons []string
	for _, r := range price.HeldReasons() {
		reasons = append(reasons, literal(string(r)))
	}
	commissioner := ""
	if s.Heading().Feed == activity.ACM {
		commissioner = " AND c.commissioner = " + s.text("submitted_commissioner")
	}
	file := strings.TrimSuffix(table(path), ")") + ", file_row_number = true)"
	return fmt.Sprintf(`SELECT %s, units::VARCHAR, coalesce(money, 0)::VARCHAR, count(*), min(file_row_number) + 1 FROM %s
		WHERE row_state <> 'rejected' AND price_reason IN (%s)
		AND EXISTS (FROM current c WHERE c.submission = ? AND c.feed = ? AND c.provider = ? AND c.year = ?
			AND c.provider = %s AND c.year = row_year AND c.month IS NOT DISTINCT FROM row_month%s)
		GROUP BY ALL`, strings.Join(s.localColumns(), ", "), file, strings.Join(reasons, ", "), s.text("provider"), commissioner)
}
