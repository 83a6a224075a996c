package synth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"remit/register"
	"remit/whole"
)

// ContractOptions say what contract monitoring files to make.
type ContractOptions struct {
	Records   int64 // lines of the year, of all providers together
	Seed      uint64
	Year      string   // blank for DefaultYear
	Month     int      // the latest that is reported, 1 to 12; blank for 12
	Providers []string // blank: the four with most activity
	ICB       string   // whose patients they are, and whose providers by default; blank for all of England
	Program   string
	Progress  func(records int64)
}

// ContractNote describes a folder of contract monitoring files.
type ContractNote struct {
	Synthetic     string         `json:"synthetic"`
	Program       string         `json:"program"`
	Year          string         `json:"year"`
	Month         int            `json:"month"`
	Records       int64          `json:"records"`
	Seed          uint64         `json:"seed"`
	ICB           string         `json:"icb,omitempty"`
	ReferenceHash string         `json:"reference_hash"`
	Files         []ContractFile `json:"files"`
}

// ContractFile is one of them.
type ContractFile struct {
	File string `json:"file"`
	Feed string `json:"feed"`
	Kind string `json:"kind,omitempty"` // flex or freeze
	Rows int    `json:"rows"`
}

// The feeds of contract monitoring with a line for each activity.
const (
	plcmFeed   = "PLCM"
	drugFeed   = "DrPLCM"
	deviceFeed = "DePLCM"
)

// drugShare and deviceShare are the percentages of specialised lines that are of
// an excluded drug or device.
const (
	drugShare   = 9
	deviceShare = 2
)

// contractLine is a line of the year.
type contractLine struct {
	number int64
	month  int // 1 to 12
	feed   string
	text   []byte // as finally reported
	early  []byte // as reported at first, where that differs; empty: not reported at first
	key    string // of the aggregate row that it is part of
	head   string // that row's columns up to the tariff code
	count  int
	pence  int64
}

// WriteContracts makes what providers send in a year of contract monitoring: for
// each provider a plan, and cumulative files of the aggregate feed and of those
// of patients, drugs and devices. The month before the last comes as freeze, the
// last as flex; what comes later changes, adds and takes away a few lines. The
// aggregate files are the sums of the others, so the reconciliation identities hold.
func WriteContracts(ctx context.Context, pack *register.Pack, dir string, o ContractOptions) (ContractNote, error) {
	settled, l, err := (Options{Records: o.Records, Seed: o.Seed, Year: o.Year, Layout: "plcm", Workers: 1}).settled()
	if err != nil {
		return ContractNote{}, err
	}
	if o.Month == 0 {
		o.Month = 12
	}
	if o.Month < 1 || o.Month > 12 {
		return ContractNote{}, fmt.Errorf("the month is %d: it must be 1 (April) to 12 (March)", o.Month)
	}
	w, err := newWorld(pack, settled.Year)
	if err == nil {
		err = w.only(o.ICB)
	}
	if err != nil {
		return ContractNote{}, err
	}
	providers, err := w.contractProviders(o.Providers, o.ICB)
	if err != nil {
		return ContractNote{}, err
	}
	g := newGenerator(w, l, settled)
	lines, err := g.contractLines(ctx, providers, o)
	if err != nil {
		return ContractNote{}, err
	}
	note := ContractNote{Synthetic: noPatients, Program: o.Program, Year: settled.Year, Month: o.Month, Records: o.Records, Seed: o.Seed, ICB: o.ICB, ReferenceHash: pack.Hash}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return note, &whole.Error{Path: dir, Err: err}
	}
	for _, code := range providers {
		if err := note.provider(dir, g, code, lines[code]); err != nil {
			return note, err
		}
	}
	return note, whole.Write(filepath.Join(dir, "contracts.synth.json"), func(out io.Writer) error {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(note)
	})
}

// contractProviders checks the codes asked for, or picks the providers with most activity.
func (w *world) contractProviders(codes []string, icb string) ([]string, error) {
	known := map[string]bool{}
	for _, p := range w.providers {
		known[p.code] = true
	}
	var unknown []string
	for _, c := range codes {
		if !known[c] {
			unknown = append(unknown, c)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("no provider of made-up activity: %s", strings.Join(unknown, ", "))
	}
	if len(codes) > 0 {
		return codes, nil
	}
	list := slices.DeleteFunc(slices.Clone(w.providers), func(p *provider) bool { return icb != "" && p.icb != icb })
	slices.SortFunc(list, func(a, b *provider) int {
		return cmp.Or(-cmp.Compare(sizeOf(a.code, 1), sizeOf(b.code, 1)), strings.Compare(a.code, b.code))
	})
	for _, p := range list[:min(4, len(list))] {
		codes = append(codes, p.code)
	}
	if len(codes) == 0 {
		return nil, errors.New("the reference data has no providers for the year")
	}
	return codes, nil
}

// contractLines draws lines until there are enough of the providers.
func (g *generator) contractLines(ctx context.Context, providers []string, o ContractOptions) (map[string][]contractLine, error) {
	wanted := map[string]bool{}
	for _, p := range providers {
		wanted[p] = true
	}
	lines := map[string][]contractLine{}
	for number, found := int64(0), int64(0); found < o.Records; number++ {
		if number%blockRecords == 0 {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			g.chance = blockChance(g.seed, uint64(number/blockRecords))
			if o.Progress != nil {
				o.Progress(found)
			}
		}
		r := g.draw(number)
		if !wanted[r.trust] || r.across || r.style != 0 || r.private {
			continue
		}
		found++
		lines[r.trust] = append(lines[r.trust], g.contractLine(r))
	}
	return lines, nil
}

// contractLine writes a record as a line of the feed that it belongs to.
func (g *generator) contractLine(r *record) contractLine {
	l := contractLine{number: r.number, month: r.month + 1, feed: g.feedOf(r)}
	l.count, l.pence = r.count, r.price*int64(r.count)
	l.text = g.lineOf(nil, l.feed, r)
	l.head = string(g.aggregateHead(r))
	l.key = strconv.Itoa(l.month) + "\x00" + l.head
	switch n := mix(uint64(r.number)*golden) % 100; {
	case n < 3: // reported late
	case n < 6: // priced anew
		r.price += r.price / 20
		l.early = g.lineOf(nil, l.feed, r)
	case n < 7: // coded anew
		r.tfc = "300"
		l.early = g.lineOf(nil, l.feed, r)
	default:
		l.early = l.text
	}
	return l
}

// feedOf puts some specialised lines into the feeds of drugs and devices.
func (g *generator) feedOf(r *record) string {
	if r.care == specialisedCare && r.pod.setting != financial {
		switch n := g.below(100); {
		case n < drugShare:
			g.become(r, "DRUG")
		case n < drugShare+deviceShare:
			g.become(r, "DEVICE")
		}
	}
	switch r.pod.code {
	case "DRUG":
		return drugFeed
	case "DEVICE":
		return deviceFeed
	}
	return plcmFeed
}

func (g *generator) become(r *record, pod string) {
	r.pod, r.hrg = g.podByCode[pod], ""
	r.count, r.price = 1, r.pod.prices[g.below(len(r.pod.prices))]
}

// lineOf writes a line of a feed, without a line end.
func (g *generator) lineOf(b []byte, feed string, r *record) []byte {
	for i := range contractColumns[feed] {
		if i > 0 {
			b = append(b, ',')
		}
		b = contractColumns[feed][i].write(b, g, r)
	}
	return b
}

func (g *generator) aggregateHead(r *record) []byte {
	var b []byte
	for i := range aggregateColumns {
		if i > 0 {
			b = append(b, ',')
		}
		b = aggregateColumns[i].write(b, g, r)
	}
	return b
}

var (
	created = column{"DATE AND TIME DATA SET CREATED", func(b []byte, g *generator, r *record) []byte {
		first, _ := strconv.Atoi(g.yearPlain[:4])
		return fmt.Appendf(b, "%d-06-20T09:00:00", first+1)
	}}
	nonCDS = column{"NON CDS UNIQUE IDENTIFIER", cdsIdentifier.write}
	// aggregateColumns are what rows of the aggregate feed and of a plan are told apart by.
	aggregateColumns = []column{financialMonth, financialYear, created, trust, site, gp, residence, submitted, tfc, category, service, podCode, tariff}
	personColumns    = []column{financialMonth, financialYear, created, trust, site, gp, residence, submitted, practice, patientKey, age, sex, ethnic, tfc}
	priceColumns     = []column{
		{"UNIT PRICE (COMMISSIONER)", func(b []byte, g *generator, r *record) []byte { return money(b, r.price) }},
		totalCost, synthetic,
	}
	contractColumns = map[string][]column{
		plcmFeed: slices.Concat([]column{financialMonth, financialYear, created}, plcmColumns[2:]),
		drugFeed: slices.Concat(personColumns, []column{
			date("CLINICAL INTERVENTION DATE (DRUG DISPENSED)", func(r *record) int { return r.end }),
			constant("DRUG NAME (HIGH COST TARIFF EXCLUDED DRUG)", "Synthetic drug"),
			{"DRUG QUANTITY OR WEIGHT PROPORTION (HIGH COST TARIFF EXCLUDED DRUG)", func(b []byte, g *generator, r *record) []byte { return strconv.AppendInt(b, int64(r.count), 10) }},
			nonCDS, category, service, podCode,
		}, priceColumns),
		deviceFeed: slices.Concat(personColumns, []column{
			date("CLINICAL INTERVENTION DATE (MEDICAL DEVICE IMPLEMENTATION)", func(r *record) int { return r.end }),
			constant("MEDICAL DEVICE NAME (HIGH COST TARIFF EXCLUDED DEVICE)", "Synthetic device"),
			{"MEDICAL DEVICE QUANTITY (HIGH COST TARIFF EXCLUDED DEVICE)", func(b []byte, g *generator, r *record) []byte { return strconv.AppendInt(b, int64(r.count), 10) }},
			nonCDS, category, service, podCode,
		}, priceColumns),
	}
)

func titles(columns []column, more ...string) string {
	var list []string
	for _, c := range columns {
		list = append(list, c.title)
	}
	return strings.Join(append(list, more...), ",") + "\n"
}

// provider writes the files of one provider.
func (n *ContractNote) provider(dir string, g *generator, code string, lines []contractLine) error {
	if err := n.plan(dir, g, code, lines); err != nil {
		return err
	}
	if n.Month > 1 {
		if err := n.month(dir, g, code, "freeze", n.Month-1, lines); err != nil {
			return err
		}
	}
	return n.month(dir, g, code, "flex", n.Month, lines)
}

// month writes the cumulative files of one month. The last month is reported
// with what is changed later.
func (n *ContractNote) month(dir string, g *generator, code, kind string, last int, lines []contractLine) error {
	sums := newAggregates()
	files := map[string]*bytes.Buffer{plcmFeed: {}, drugFeed: {}, deviceFeed: {}}
	rows := map[string]int{}
	for i := range lines {
		l := &lines[i]
		text := l.text
		if kind == "freeze" && l.month == last {
			text = l.early
		}
		if l.month > last || text == nil {
			continue
		}
		files[l.feed].Write(text)
		files[l.feed].WriteByte('\n')
		rows[l.feed]++
		sums.add(l, text)
	}
	for _, feed := range []string{plcmFeed, drugFeed, deviceFeed} {
		if rows[feed] == 0 {
			continue // nothing is sent where there is nothing
		}
		if err := n.write(dir, g, code, feed, kind, last, rows[feed], titles(contractColumns[feed]), files[feed].Bytes()); err != nil {
			return err
		}
	}
	text, count := sums.text(1)
	return n.write(dir, g, code, "ACM", kind, last, count, titles(aggregateColumns, "CONTRACT MONITORING PLANNED ACTIVITY", "CONTRACT MONITORING PLANNED PRICE",
		"CONTRACT MONITORING ACTUAL ACTIVITY", "CONTRACT MONITORING ACTUAL PRICE", "SYNTHETIC"), text)
}

func (n *ContractNote) plan(dir string, g *generator, code string, lines []contractLine) error {
	sums := newAggregates()
	for i := range lines {
		sums.add(&lines[i], lines[i].text)
	}
	text, count := sums.text(2)
	return n.write(dir, g, code, "IAP", "", 0, count, titles(aggregateColumns, "CONTRACT MONITORING PLANNED ACTIVITY", "CONTRACT MONITORING PLANNED PRICE", "NAME OF SUBMITTER", "SYNTHETIC"), text)
}

func (n *ContractNote) write(dir string, g *generator, code, feed, kind string, month, rows int, header string, body []byte) error {
	name := fmt.Sprintf("%s_%s_%s", code, feed, g.yearPlain[2:])
	if month > 0 {
		name += fmt.Sprintf("_M%02d_%s", month, strings.ToUpper(kind))
	}
	name += ".csv"
	err := whole.Write(filepath.Join(dir, name), func(out io.Writer) error {
		if _, err := io.WriteString(out, header); err != nil {
			return err
		}
		_, err := out.Write(body)
		return err
	})
	n.Files = append(n.Files, ContractFile{File: name, Feed: feed, Kind: kind, Rows: rows})
	return err
}

// aggregates sums lines into rows of the aggregate feed.
type aggregates struct {
	at   map[string]int
	list []aggregate
}

type aggregate struct {
	head    string
	count   int
	pence   int64
	planned int
	budget  int64
}

func newAggregates() *aggregates { return &aggregates{at: map[string]int{}} }

// add counts a line as it is reported, whose cost is its last column but one.
func (a *aggregates) add(l *contractLine, text []byte) {
	i, ok := a.at[l.key]
	if !ok {
		i = len(a.list)
		a.at[l.key] = i
		a.list = append(a.list, aggregate{head: l.head})
	}
	pence := l.pence
	if !bytes.Equal(text, l.text) {
		pence = costOf(text)
	}
	x := &a.list[i]
	x.count, x.pence = x.count+l.count, x.pence+pence
	share := 90 + int64(mix(uint64(l.number))%21) // plans are within a tenth of what was done
	x.planned, x.budget = x.planned+l.count, x.budget+l.pence*share/100
}

// costOf reads the cost off a line, in pence.
func costOf(text []byte) int64 {
	fields := bytes.Split(text, []byte{','})
	pence, _ := strconv.ParseInt(strings.Replace(string(fields[len(fields)-2]), ".", "", 1), 10, 64) // written by money
	return pence
}

// text writes the rows: 1 for the aggregate feed, 2 for a plan.
func (a *aggregates) text(kind int) ([]byte, int) {
	var b []byte
	for i := range a.list {
		x := &a.list[i]
		b = append(append(b, x.head...), ',')
		b = append(strconv.AppendInt(b, int64(x.planned), 10), ',')
		b = append(money(b, x.budget), ',')
		if kind == 2 {
			b = append(b, "Synthetic,Y\n"...)
			continue
		}
		b = append(strconv.AppendInt(b, int64(x.count), 10), ',')
		b = append(money(b, x.pence), ",Y\n"...)
	}
	return b, len(a.list)
}
