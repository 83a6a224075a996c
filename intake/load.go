package intake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/price"
	"remit/register"
	"remit/submission"
	"remit/warehouse"
	"remit/whole"
)

// The files of a submission.
const (
	original        = "original"
	descriptionFile = "submission.json"
	rowsFile        = "rows.parquet"
	cubeFile        = "cube.parquet"
	inputsFile      = "inputs.csv.zst"
)

// Desk is what files are taken in with.
type Desk struct {
	Pack    *register.Pack
	Method  *method.Method
	Rules   *submission.Rules
	Prices  *price.Library
	Program string // version
	By      string // who takes in
	For     string // whose people may see the rows: Submission.LoadedFor
	// Progress is told how far the reading has come.
	Progress func(assign.Progress)
}

// Take takes a file in. Its submission is new unless the same bytes, as the same
// kind of submission, were taken in before. A file that cannot be read or that
// the rules refuse is kept too, as rejected, with its findings: the error is for
// what is no fault of the file.
func (l *Ledger) Take(ctx context.Context, path string, given submission.Given, d *Desk, now time.Time) (s *Submission, fresh bool, err error) {
	if err := l.Refresh(); err != nil {
		return nil, false, err
	}
	work, err := os.MkdirTemp(l.dir, fmt.Sprintf("%s%d-", loading, os.Getpid()))
	if err != nil {
		return nil, false, &whole.Error{Path: l.dir, Err: err}
	}
	defer os.RemoveAll(work) // gone already when all went well
	s = &Submission{Name: cmp.Or(given.FileName, filepath.Base(path)), LoadedAt: now.UTC(), LoadedBy: d.By, LoadedFor: d.For, Given: saidOf(&given)}
	given.FileName = s.Name
	if err := s.keep(path, filepath.Join(work, original)); err != nil {
		return nil, false, err
	}
	s.ID = identity(s.SHA256, given.Kind, submission.ReadFileName(given.FileName, d.Pack).Kind)
	if known, err := l.Find(s.ID); err == nil {
		return known, false, nil
	}
	list := l.All()
	if len(list) > 0 {
		s.Order = list[len(list)-1].Order
	}
	s.Order++
	if err := s.work(ctx, work, given, d, list); err != nil {
		return nil, false, err
	}
	if err := l.commit(s, work); err != nil {
		return nil, false, err
	}
	return s, true, l.Refresh()
}

// identity names a submission by the bytes of its file and what kind of
// submission it is, for a provider may send the same file as flex and freeze.
func identity(sum string, kinds ...submission.Kind) string {
	for _, k := range kinds {
		if k != submission.Unstated {
			return sum[:16] + "-" + string(k)
		}
	}
	return sum[:16]
}

// keep copies the file as it is and takes its hash.
func (s *Submission) keep(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o640)
	if err != nil {
		return &whole.Error{Path: to, Err: err}
	}
	sum := sha256.New()
	s.Bytes, err = io.CopyBuffer(io.MultiWriter(out, sum), struct{ io.Reader }{in}, make([]byte, 1<<20))
	s.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return errors.Join(err, out.Sync(), out.Close())
}

// work reads, validates, assigns and prices the file whose original is in the folder.
func (s *Submission) work(ctx context.Context, work string, given submission.Given, d *Desk, list []*Submission) error {
	path := filepath.Join(work, original)
	foreign, err := sniff(path)
	if err != nil {
		return err
	}
	if foreign != "" {
		result := d.Rules.FaultResult(foreign, "", given)
		s.refuse(result, result.Findings[0].Message)
		return s.describe(work)
	}
	layout, err := s.recognise(path, &given)
	if err != nil {
		s.refuse(d.Rules.FaultResult(submission.FileFault(err), reason(err, path), given), reason(err, path))
		return s.describe(work)
	}
	if given.Previous == nil {
		given.Previous = shapeBefore(list, s, layout, given, d)
	}
	if assignable(layout.Dataset) {
		err = s.decide(ctx, work, layout, given, d)
	} else {
		err = s.store(ctx, work, layout, given, d)
	}
	var bad *assign.InputError
	if errors.As(err, &bad) { // rows that cannot be cut into fields, a reading that breaks off
		return s.inspect(work, layout, given, d, bad)
	}
	if err != nil {
		return err
	}
	s.State = Accepted
	if s.Result.Severity == submission.RejectFile {
		s.State = Rejected
	}
	return s.describe(work)
}

// sniff tells from the first bytes of a file what it is when it is no delimited
// text: the rule that it breaks.
func sniff(path string) (rule string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	return submission.Sniff(head[:n]), nil
}

func (s *Submission) recognise(path string, given *submission.Given) (activity.Layout, error) {
	source, err := activity.OpenCSV(path, activity.Options{})
	if err != nil {
		return activity.Layout{}, err
	}
	defer source.Close()
	given.Encoding = source.Encoding
	layout, err := submission.LayoutFor(given.Feed, source.Header)
	if err != nil {
		return layout, err
	}
	s.Columns, s.Fields = layout.Columns, map[string]string{}
	for id, c := range layout.Field {
		s.Fields[id] = layout.Columns[c]
	}
	return layout, nil
}

// shapeBefore is the size of the last submission of the same provider, feed and
// year, as far as the file name tells them.
func shapeBefore(list []*Submission, s *Submission, layout activity.Layout, given submission.Given, d *Desk) *submission.Shape {
	h := submission.ReadFileName(given.FileName, d.Pack)
	h.Feed = layout.Dataset
	if given.Provider != "" {
		h.Provider = given.Provider
	}
	if given.Year != "" {
		h.Year = given.Year
	}
	last := previous(list, s.Order, h)
	if last == nil {
		return nil
	}
	return &submission.Shape{Rows: last.Result.Rows, Money: last.Result.Money, Months: last.Heading().Months}
}

// decide makes rows.parquet and its totals in one pass over the file.
func (s *Submission) decide(ctx context.Context, work string, layout activity.Layout, given submission.Given, d *Desk) error {
	a := &annotation{rules: d.Rules, prices: d.Prices, pack: d.Pack, given: given, layout: layout}
	sums := s.newTotals(work, layout.Dataset, d.Method)
	defer sums.drop()
	job := &assign.Job{
		Inputs: []string{filepath.Join(work, original)}, Out: filepath.Join(work, rowsFile), Dataset: DecidedAs(layout.Dataset), Method: d.Method, Pack: d.Pack,
		Program: d.Program, Progress: d.Progress, Also: a, Parquet: rowsParquet{sums},
	}
	result, err := assign.Run(ctx, job)
	if err != nil {
		return err
	}
	if err := sums.keep(); err != nil {
		return err
	}
	s.Result = a.finish(&result.Rows[0])
	m := &result.Manifest
	s.Assigned = &Assigned{
		Program: d.Program, At: s.LoadedAt, By: s.LoadedBy, Method: m.Method, Reference: m.Reference, Prices: d.Prices.Hash,
		Agreement: m.Agreement, Warnings: m.Warnings, Payers: m.Payers,
	}
	s.ReadingNote = slices.Concat(m.Inputs[0].Told, m.Notes)
	for i := range s.ReadingNote {
		s.ReadingNote[i] = strings.ReplaceAll(s.ReadingNote[i], work+string(filepath.Separator), "")
	}
	return os.Remove(filepath.Join(work, rowsFile+".run.json")) // what it says is in the description
}

// DecidedAs is the data set by whose fields the payer of a feed's rows is found.
// A plan is laid out as the aggregate feed is, for what is still to be done.
func DecidedAs(feed activity.Dataset) activity.Dataset {
	if feed == activity.IAP {
		return activity.ACM
	}
	return feed
}

// store keeps the rows of a file for which no payer is worked out.
func (s *Submission) store(ctx context.Context, work string, layout activity.Layout, given submission.Given, d *Desk) error {
	if err := s.read(work, d, given); err != nil {
		return err
	}
	source, err := activity.OpenCSV(filepath.Join(work, original), activity.Options{})
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = warehouse.CSVToParquet(ctx, commaText(source), nil, filepath.Join(work, rowsFile))
	return err
}

func (s *Submission) read(work string, d *Desk, given submission.Given) error {
	file, err := os.Open(filepath.Join(work, original))
	if err != nil {
		return err
	}
	defer file.Close()
	s.Result, err = submission.Inspect(file, d.Rules, d.Pack, given)
	return err
}

// inspect finds everything that is wrong with a file whose rows cannot all be read.
func (s *Submission) inspect(work string, layout activity.Layout, given submission.Given, d *Desk, bad *assign.InputError) error {
	given.Feed = layout.Dataset
	if err := s.read(work, d, given); err != nil {
		return err
	}
	s.refuse(s.Result, reason(bad, filepath.Join(work, original)))
	for _, name := range []string{rowsFile, rowsFile + ".run.json"} {
		_ = os.Remove(filepath.Join(work, name))
	}
	return s.describe(work)
}

func (s *Submission) refuse(result *submission.Result, why string) {
	s.State, s.Result, s.Unreadable = Rejected, result, why
	s.Assigned, s.Result.Slices = nil, nil
}

// describe writes submission.json.
func (s *Submission) describe(work string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(work, descriptionFile), append(text, '\n'), 0o640)
}

// commit puts the folder in its place: on the disk first, then under its name.
func (l *Ledger) commit(s *Submission, work string) error {
	if err := flushFolder(work); err != nil {
		return err
	}
	if err := os.Rename(work, filepath.Join(l.dir, s.ID)); err != nil {
		return &whole.Error{Path: filepath.Join(l.dir, s.ID), Err: err}
	}
	return flush(l.dir)
}

// flushFolder puts a folder on the disk with its files.
func flushFolder(work string) error {
	entries, err := os.ReadDir(work)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := flush(filepath.Join(work, e.Name())); err != nil {
			return err
		}
	}
	return errors.Join(os.Chmod(work, 0o750), flush(work))
}

func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
