package assign

import (
	"cmp"
	"strings"
	"sync"

	"remit/method"
)

// agreement says how the answer stands to what was submitted.
type agreement uint8

const (
	same agreement = iota
	payerDiffers
	categoryDiffers
	submittedBlank
	computedBlank
)

// Agreements are the words for how an answer stands to what was submitted.
var Agreements = [...]string{"same", "payer_differs", "category_differs", "submitted_blank", "computed_blank"}

// outcome is what a decision comes to but for the payer's code, ready to be
// written: the texts between the payer, the payer again (some outcome codes
// contain it), the agreement and the warnings.
type outcome struct {
	id       uint32
	category uint32 // number of the text
	kind     Kind
	mid      []byte
	again    bool                    // the payer's code stands behind mid
	rest     [len(Agreements)][]byte // by agreement
}

// Kind is what rows with the same outcome share.
type Kind struct {
	Outcome  string // with {payer} for the payer's code
	Label    string // the end's label
	Category string
	Trace    string
	Source   string
	Warnings []string
	bits     uint64
}

// outcomes numbers the outcomes of a method. All workers share it.
type outcomes struct {
	mu    sync.Mutex
	texts *texts
	known map[string]*outcome
	all   []*outcome
}

func newOutcomes(t *texts) *outcomes { return &outcomes{texts: t, known: map[string]*outcome{}} }

func (o *outcomes) of(m *method.Method, d *method.Decision) *outcome {
	k := Kind{Outcome: d.Outcome, Label: d.End.Label, Category: d.Category, Trace: d.Trace(), Source: d.Source, bits: d.Warnings}
	if d.PayerAt >= 0 && d.End.Payers[d.PayerAt].Outcome != "" {
		k.Outcome = d.End.Payers[d.PayerAt].Outcome
	}
	for i, w := range m.Warnings {
		if d.Warnings>>i&1 == 1 {
			k.Warnings = append(k.Warnings, w.Code)
		}
	}
	return o.add(k)
}

// ranks numbers the outcomes in the order of what is shown of them.
func (o *outcomes) ranks() []uint32 {
	return rank(len(o.all), func(a, b int) int { return o.all[a].kind.compare(&o.all[b].kind) })
}

func (k *Kind) compare(o *Kind) int {
	return cmp.Or(strings.Compare(k.Category, o.Category), strings.Compare(k.Outcome, o.Outcome), strings.Compare(k.Trace, o.Trace),
		strings.Compare(k.Source, o.Source), cmp.Compare(k.bits, o.bits), strings.Compare(k.Label, o.Label))
}

func (o *outcomes) add(k Kind) *outcome {
	id := strings.Join([]string{k.Outcome, k.Label, k.Category, k.Trace, k.Source, strings.Join(k.Warnings, "|")}, "\x00")
	o.mu.Lock()
	defer o.mu.Unlock()
	if known, ok := o.known[id]; ok {
		return known
	}
	n := &outcome{id: uint32(len(o.all)), kind: k, category: o.texts.number(k.Category)}
	before, after, again := strings.Cut(k.Outcome, "{payer}")
	n.mid, n.again = []byte(","+quote(k.Category)+","), again
	if again {
		n.mid = append(n.mid, before...)
	} else {
		after = quote(k.Outcome)
	}
	for a, word := range Agreements {
		n.rest[a] = []byte(strings.Join([]string{after, quote(k.Trace), quote(k.Source), word, quote(strings.Join(k.Warnings, "|"))}, ",") + "\n")
	}
	o.known[id] = n
	o.all = append(o.all, n)
	return n
}

// quote writes a CSV field, in quotation marks where it needs them.
func quote(s string) string {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// appended are the columns that assign adds to every row.
var appended = []string{"assigned_commissioner", "assigned_category", "outcome", "trace", "payer_source", "agreement", "warnings"}

// write appends the answer's columns and the line end to a row.
func (a *answer) write(dst []byte, t *texts) []byte {
	payer := t.quoted(a.payer)
	dst = append(dst, payer...)
	dst = append(dst, a.outcome.mid...)
	if a.outcome.again {
		dst = append(dst, payer[1:]...)
	}
	return append(dst, a.outcome.rest[a.agreement]...)
}

// texts numbers texts, so that comparing them is comparing numbers. 0 is the
// blank. All workers share it; each reads its own copy and asks for the lock
// only for a text that it has not met.
type texts struct {
	shared *sharedTexts
	own    map[string]uint32
	list   []string
	ready  []string // by number: as written behind a row, with the comma before it
}

type sharedTexts struct {
	mu     sync.Mutex
	number map[string]uint32
	list   []string
}

func newSharedTexts() *sharedTexts {
	return &sharedTexts{number: map[string]uint32{"": 0}, list: []string{""}}
}

func newTexts(s *sharedTexts) *texts {
	return &texts{shared: s, own: map[string]uint32{}}
}

func (t *texts) number(s string) uint32 {
	if n, ok := t.own[s]; ok {
		return n
	}
	t.shared.mu.Lock()
	n, ok := t.shared.number[s]
	if !ok && len(t.shared.list) >= mostTexts {
		s = manyTexts
		n, ok = t.shared.number[s]
	}
	if !ok {
		n = uint32(len(t.shared.list))
		s = strings.Clone(s)
		t.shared.number[s] = n
		t.shared.list = append(t.shared.list, s)
	}
	t.list = t.shared.list
	t.shared.mu.Unlock()
	if len(t.own) < mostTexts {
		t.own[s] = n
	}
	return n
}

// mostTexts bounds the memory: a file whose codes are all different, which no
// list of codes is, has the rest of them counted under one name.
const (
	mostTexts = 1 << 18
	manyTexts = "(one of too many different values)"
)

func (t *texts) text(n uint32) string {
	if int(n) >= len(t.list) {
		t.shared.mu.Lock()
		t.list = t.shared.list
		t.shared.mu.Unlock()
	}
	return t.list[n]
}

// ranks numbers the texts in their order.
func (t *texts) ranks() []uint32 {
	return rank(len(t.list), func(a, b int) int { return strings.Compare(t.list[a], t.list[b]) })
}

// quoted is a text as it is written behind a row: after a comma, in quotation
// marks where it needs them.
func (t *texts) quoted(n uint32) string {
	for int(n) >= len(t.ready) {
		t.ready = append(t.ready, "")
	}
	if t.ready[n] == "" {
		t.ready[n] = "," + quote(t.text(n))
	}
	return t.ready[n]
}

// outcomeText is an outcome with the payer's code in its place.
func outcomeText(outcome, payer string) string {
	return strings.ReplaceAll(outcome, "{payer}", payer)
}
