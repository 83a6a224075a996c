package assign

import (
	"fmt"

	"remit/activity"
)

// Also adds columns of its own to every row of a run, behind the answer and in
// the same pass over the rows. What it adds must depend on the row and its spell
// alone, so that the result is the same whatever the number of workers.
type Also interface {
	// Columns are the names of the columns that it adds.
	Columns() []string
	// Bind is told of every input before its first row. It gives what each of so
	// many workers adds to the rows that it meets.
	Bind(file string, layout activity.Layout, workers int) ([]RowWriter, error)
}

// RowWriter appends a value for each of the columns of an Also, each with a
// comma before it and quoted where it needs to be. It is used by one worker.
type RowWriter interface {
	AppendRow(dst []byte, row *Row) []byte
}

// Row is a row of an input with its answer. It holds until the next row.
type Row struct {
	Ordinal  Ordinal
	Kind     *Kind // what the row shares with others: outcome, category, trace, warnings
	Payer    string
	Category string // assigned
	Agreed   string // one of Agreements
	Spell    InSpell
	index    *activity.Index
	at       int
	quotes   bool
}

// InSpell is how a row stands in the spell that it is an episode of, found in
// the first reading of the spell rule.
type InSpell struct {
	Known bool   // the row names a spell, and the method has the rule
	Later bool   // another row of the input has an earlier episode, or the same one further up
	Line  string // the specialised service line of the spell, blank for none
}

// Columns is how many fields the row has.
func (r *Row) Columns() int { return r.index.Columns() }

// Field is a field of the row, without quotation marks.
func (r *Row) Field(column int) []byte {
	field := r.index.Field(r.at, column)
	if r.quotes && len(field) > 0 && field[0] == '"' {
		return activity.Unquote(field)
	}
	return field
}

// Ordinal puts the rows of an input in their order. While a run goes on the rows
// before a block have not been counted, so a row's number is known at the end:
// see Rows. It is above 0.
type Ordinal int64

const ordinalBits = 24 // rows in a block: a block has fewer bytes than that

func ordinal(block, row int) Ordinal { return Ordinal(block)<<ordinalBits | Ordinal(row+1) }

// Rows tells the numbers of the rows of an input.
type Rows struct{ starts []int64 }

// Number is the number of a row, counted from 1 for the first record.
func (r *Rows) Number(o Ordinal) int64 {
	return r.starts[o>>ordinalBits] + int64(o&(1<<ordinalBits-1))
}

// bindAlso makes the writers of an input, one for each worker.
func (r *run) bindAlso(in *input) error {
	if r.job.Also == nil {
		return nil
	}
	writers, err := r.job.Also.Bind(in.path, in.layout, r.workers())
	if err != nil {
		return fmt.Errorf("%s: %w", in.path, err)
	}
	in.plan.also = writers
	return nil
}

// also appends the other columns of a row.
func (w *worker) also(dst []byte, d *done, a *answer, stands *InSpell, row int) []byte {
	r := &w.handed
	if d.plan.spell == nil {
		stands = &InSpell{}
	}
	*r = Row{
		Ordinal: ordinal(d.seq, row), Kind: &a.outcome.kind, Payer: w.texts.text(a.payer), Category: a.outcome.kind.Category,
		Agreed: Agreements[a.agreement], Spell: *stands, index: &w.index, at: row, quotes: d.plan.quotes,
	}
	dst = dst[:len(dst)-1] // the line end that the answer was written with
	dst = d.plan.also[w.number].AppendRow(dst, r)
	return append(dst, '\n')
}
