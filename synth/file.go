package synth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"

	"remit/register"
	"remit/whole"
)

// Options say what to make.
type Options struct {
	Records  int64
	Seed     uint64
	Year     string // a financial year such as 2025/26; blank for DefaultYear
	Layout   string // one of Layouts; blank for the first
	ICB      string // code of the board whose patients they are; blank for all of England
	Workers  int    // 0 for as many as there are processors
	Program  string // name and version for the note
	Progress func(records int64)
}

// DefaultYear is the year that the shipped methods are best established for.
const DefaultYear = "2025/26"

func (o Options) settled() (Options, *layout, error) {
	if o.Records < 1 {
		return o, nil, errors.New("the number of records must be at least 1")
	}
	if o.Records > maxRecords {
		return o, nil, fmt.Errorf("the number of records must be at most %d, which is what identifiers have room for", int64(maxRecords))
	}
	if o.Year == "" {
		o.Year = DefaultYear
	}
	first, err := firstYear(o.Year)
	if err != nil {
		return o, nil, err
	}
	o.Year = fmt.Sprintf("%d/%02d", first, (first+1)%100)
	if o.Layout == "" {
		o.Layout = layouts[0].name
	}
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	l, err := layoutNamed(o.Layout)
	return o, l, err
}

const maxRecords = 9_999_999_999

// Note describes a synthetic file. It lies beside it as FILE.synth.json.
type Note struct {
	Synthetic     string      `json:"synthetic"`
	File          string      `json:"file"`
	Program       string      `json:"program"`
	Layout        string      `json:"layout"`
	Year          string      `json:"year"`
	Records       int64       `json:"records"`
	Seed          uint64      `json:"seed"`
	ICB           string      `json:"icb,omitempty"`
	Bytes         int64       `json:"bytes"`
	ReferenceHash string      `json:"reference_hash"`
	Cases         []CaseCount `json:"awkward_cases"`
}

// CaseCount says how often an awkward case occurs. A spell of several episodes
// counts once.
type CaseCount struct {
	Case  string  `json:"case"`
	Says  string  `json:"says"`
	Rate  float64 `json:"rate"` // meant
	Count int64   `json:"count"`
}

const noPatients = "Every record is made up. There are no real patients in this file; organisation and service codes and the postcodes of places of detention are real, postcodes in the area ZT are not."

// Write writes synthetic records, header first.
func Write(ctx context.Context, pack *register.Pack, out io.Writer, o Options) (Note, error) {
	o, l, err := o.settled()
	if err != nil {
		return Note{}, err
	}
	w, err := newWorld(pack, o.Year)
	if err == nil {
		err = w.only(o.ICB)
	}
	if err != nil {
		return Note{}, err
	}
	c := &counter{out: out}
	header, _ := Header(l.name)
	if _, err := io.WriteString(c, strings.Join(header, ",")+"\n"); err != nil {
		return Note{}, err
	}
	tally, err := stream(ctx, c, w, l, o)
	if err != nil {
		return Note{}, err
	}
	n := Note{Synthetic: noPatients, Program: o.Program, Layout: l.name, Year: o.Year, Records: o.Records, Seed: o.Seed, ICB: o.ICB, Bytes: c.n, ReferenceHash: pack.Hash}
	for i, a := range awkwardCases {
		if a.occursIn(w, l) {
			n.Cases = append(n.Cases, CaseCount{a.name, a.says, a.rate, tally[i]})
		}
	}
	return n, nil
}

type counter struct {
	out io.Writer
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	c.n += int64(n)
	return n, err
}

// WriteFile writes synthetic records to a file and the note beside it. Both
// appear whole or not at all.
func WriteFile(ctx context.Context, pack *register.Pack, path string, o Options) (Note, error) {
	var note Note
	err := whole.Write(path, func(out io.Writer) (err error) {
		note, err = Write(ctx, pack, out, o)
		return err
	})
	if err != nil {
		return Note{}, err
	}
	note.File = filepath.Base(path)
	err = whole.Write(NotePath(path), func(out io.Writer) error {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(note)
	})
	return note, err
}

// NotePath is where the note of a file lies.
func NotePath(path string) string { return path + ".synth.json" }
