package assign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"runtime"
	"strings"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// Job is a run of assign: what to read, by which method, and where to write.
type Job struct {
	Inputs    []string         // files, as package activity expands them
	Out       string           // PATH.csv or PATH.parquet; blank: nothing is written
	Dataset   activity.Dataset // blank: recognised from the columns
	Map       *Mapping
	Method    *method.Method
	Compare   *method.Method // set beside it in the summary; nil: none
	Pack      *register.Pack
	Overrides *Overrides
	Workers   int  // 0: one for each processor
	NoQuotes  bool // a quotation mark is a character like any other
	Delimiter byte // 0: found from the header
	Parquet   Parquet
	Stdin     io.Reader // what the input "-" reads
	Program   string    // version, for the manifest
	Progress  func(Progress)
	Also      Also // nil: the answer alone is appended
}

// Progress is how far a run has come.
type Progress struct {
	Rows       int64
	Read, Size int64 // bytes of the input files; Size is 0 when not known
}

// InputError lists everything found wrong with the input files.
type InputError struct{ Faults []string }

func (e *InputError) Error() string { return strings.Join(e.Faults, "\n") }

// OutputError says why the output could not be written.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }

// run is a Job on its way.
type run struct {
	job      *Job
	emit     bool
	texts    *sharedTexts
	outcomes []*outcomes
	spells   *spellBook
	inputs   []*input
	columns  []string // of the output
	size     int64
	rows     int64
	pool     []*worker
	tallies  []*tally
	before   int64 // bytes of the inputs before this one
	warned   [64]warned
	carried  bool // some rows lie after the activity that the method was published for
	faults   []string
	notes    []string
}

// Result is what a run left.
type Result struct {
	Summary  Summary
	Manifest Manifest
	Rows     []Rows // of each input
}

// Run assigns every row of the job's inputs. The output appears whole or not
// at all.
func Run(ctx context.Context, job *Job) (*Result, error) {
	r := &run{job: job, emit: job.Out != "", texts: newSharedTexts()}
	for range r.methods() {
		r.outcomes = append(r.outcomes, newOutcomes(newTexts(r.texts)))
	}
	if job.Overrides != nil {
		job.Overrides.forget()
	}
	if err := r.plan(); err != nil {
		return nil, err
	}
	if err := r.checkFresh(); err != nil {
		return nil, err
	}
	if err := r.readSpells(ctx); err != nil {
		return nil, err
	}
	sink, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer sink.discard()
	for _, in := range r.inputs {
		if err := r.assign(ctx, in, sink); err != nil {
			return nil, err
		}
	}
	if len(r.faults) > 0 {
		return nil, &InputError{r.faults}
	}
	result := r.result()
	if err := sink.commit(&result.Manifest); err != nil {
		return nil, err
	}
	return result, nil
}

func (r *run) methods() []*method.Method {
	if r.job.Compare == nil {
		return []*method.Method{r.job.Method}
	}
	return []*method.Method{r.job.Method, r.job.Compare}
}

func (r *run) workers() int {
	if r.job.Workers > 0 {
		return r.job.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// blockSize is small enough that a block, its index and its output stay in the
// processor's cache.
const blockSize = 256 << 10

// assign decides the rows of one input and hands them on in order.
func (r *run) assign(ctx context.Context, in *input, sink *sink) error {
	stream, err := in.open(ctx, r)
	if err != nil {
		return err
	}
	defer stream.Close()
	process := make([]func(block, []byte) done, r.workers())
	for i := range process {
		process[i] = r.worker(i).process
	}
	if err := r.bindAlso(in); err != nil {
		return err
	}
	base := int64(0)
	err = r.pipeline(ctx, stream, in.plan, process, func(d done) error {
		for _, f := range d.faults {
			r.fault(in.plan.file, base+int64(f.Row)+1, f.Problem)
		}
		r.sample(in.plan.file, base, d.samples)
		in.starts = append(in.starts, base)
		base += int64(d.rows)
		r.rows += int64(d.rows)
		if len(r.faults) > 0 || !r.emit {
			return nil
		}
		_, err := sink.Write(d.out)
		return err
	})
	var unreadable *unreadableError
	if errors.As(err, &unreadable) { // reported together with the rows that cannot be read
		r.faults = append(r.faults, unreadable.after(in.plan.file, base))
		return nil
	}
	if err != nil {
		return err
	}
	in.rows = base
	r.before += in.size
	in.sum, err = stream.Sum()
	return err
}

// unreadableError says that a file could not be read on. The rows before have
// all been decided when it is told.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }

func (e *unreadableError) after(file string, rows int64) string {
	text := strings.TrimPrefix(e.Error(), file+": ")
	if rows == 0 {
		return file + ": " + text
	}
	return fmt.Sprintf("%s: after row %d: %s", file, rows, text)
}

const mostFaults = 200

func (r *run) fault(file string, row int64, problem string) {
	if len(r.faults) < mostFaults {
		r.faults = append(r.faults, fmt.Sprintf("%s: row %d (line %d if no field holds a line break) %s", file, row, row+1, problem))
	}
}

func (r *run) sample(file string, base int64, samples []blockSample) {
	for _, s := range samples {
		if w := &r.warned[s.warning]; len(w.samples) < mostSamples {
			w.samples = append(w.samples, Sample{file, base + int64(s.row) + 1})
		}
	}
}

func (r *run) worker(i int) *worker {
	for len(r.pool) <= i {
		w := newWorker(r)
		w.number = i
		r.pool = append(r.pool, w)
		r.tallies = append(r.tallies, w.tally)
	}
	return r.pool[i]
}

// pipeline reads blocks, lets the workers decide them and gives the results to
// collect in the order in which the blocks were read.
func (r *run) pipeline(ctx context.Context, stream *stream, plan *layoutPlan, process []func(block, []byte) done, collect func(done) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tokens := 2*len(process) + 2 // blocks in the air, which bounds the memory
	free := make(chan buffers, tokens)
	for i := 0; i < tokens; i++ {
		free <- buffers{}
	}
	todo := make(chan work, len(process))
	results := make(chan work, tokens)
	go r.read(ctx, cancel, stream, plan, free, todo)
	finished := make(chan struct{}, len(process))
	for _, decide := range process {
		go func() {
			for t := range todo {
				t.done = decide(t.block, t.buffers.out)
				t.buffers.out = t.done.out
				results <- t
			}
			finished <- struct{}{}
		}()
	}
	go func() {
		for range process {
			<-finished
		}
		close(results)
	}()
	waiting := map[int]work{}
	next := 0
	var failed error
	for t := range results {
		waiting[t.seq] = t
		for {
			w, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			next++
			if failed == nil {
				failed = w.done.err
			}
			if failed == nil {
				failed = collect(w.done)
			}
			if failed != nil {
				cancel(failed)
			}
			r.progress(stream)
			free <- w.buffers
		}
	}
	if failed != nil {
		return failed
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return nil
}

type buffers struct{ in, out []byte }

type work struct {
	block
	buffers buffers
	done    done
}

// read cuts the stream into blocks until it ends, fails or is cancelled.
func (r *run) read(ctx context.Context, cancel context.CancelCauseFunc, s *stream, plan *layoutPlan, free <-chan buffers, todo chan<- work) {
	defer close(todo)
	blocks := activity.NewBlockReader(s, blockSize, plan.quotes)
	for seq := 0; ; seq++ {
		var b buffers
		select {
		case <-ctx.Done():
			return
		case b = <-free:
		}
		data, err := blocks.Next(b.in)
		if err == io.EOF {
			return
		}
		if err != nil {
			cancel(&unreadableError{err})
			return
		}
		b.in = data[:0]
		select {
		case <-ctx.Done():
			return
		case todo <- work{block: block{seq, plan, data}, buffers: b}:
		}
	}
}

func (r *run) progress(s *stream) {
	if r.job.Progress != nil {
		r.job.Progress(Progress{Rows: r.rows, Read: r.before + s.Consumed(), Size: r.size})
	}
}

// result adds the workers' counts up.
func (r *run) result() *Result {
	total := newTally()
	for i, t := range r.tallies {
		total.merge(t)
		*t, r.tallies[i] = tally{}, nil // its memory is needed for the next step
	}
	for _, w := range r.pool {
		for _, engines := range w.engines {
			r.carried = r.carried || engines[0].carried
		}
	}
	r.pool = nil
	names := newTexts(r.texts)
	names.list = r.texts.list
	s := Summary{Rows: total.rows, Cost: total.cost, Costed: r.costed(), Unpriced: total.unpriced, Cells: total.cellList(names, r.outcomes[0])}
	s.Warnings = r.warnings(total)
	if r.job.Compare != nil {
		s.Against = &Against{Method: r.job.Compare.Spec(), Cells: total.pairList(names)}
	}
	result := &Result{Summary: s, Manifest: r.manifest(&s)}
	for _, in := range r.inputs {
		result.Rows = append(result.Rows, Rows{in.starts})
	}
	return result
}

func (r *run) costed() bool {
	for _, in := range r.inputs {
		if in.plan.cost >= 0 {
			return true
		}
	}
	return false
}

// warnings lists the warnings that occurred, with their counts.
func (r *run) warnings(total *tally) []WarningCount {
	var sums [64]cell
	for c := range total.cells.all {
		for set := r.outcomes[0].all[c.outcome].kind.bits; set != 0; set &= set - 1 {
			sums[bits.TrailingZeros64(set)].add(c.rows, c.cost)
		}
	}
	var list []WarningCount
	m := r.job.Method
	for bit := range sums {
		if sums[bit].rows == 0 {
			continue
		}
		n := WarningCount{Rows: sums[bit].rows, Cost: sums[bit].cost, Samples: r.warned[bit].samples}
		if bit < len(m.Warnings) {
			n.Code, n.Says, n.Do = m.Warnings[bit].Code, m.Warnings[bit].Says, m.Warnings[bit].Do
		} else {
			n.Code, n.Says, n.Do = costUnreadable, "The cost could not be read and counts as nothing.", "Write the cost as a plain number."
		}
		list = append(list, n)
	}
	return list
}
