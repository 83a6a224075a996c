package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/budget"
)

// listing is a table to print: for people, as CSV or as JSON.
type listing struct {
	Title   string
	Columns []string // keys of CSV and JSON; people see them with spaces
	Rows    [][]value
	Notes   []string // beneath, for people and in JSON
}

// value is a value for people and for programs.
type value struct {
	text, plain string
	right       bool
}

func word(s string) value { return value{s, s, false} }

func pounds(a activity.Amount) value { return value{a.Pounds(), a.String(), true} }

// part is a fraction as a percentage, for programs as a decimal.
func part(r *big.Rat, digits int) value {
	if r == nil {
		return value{"", "", true}
	}
	return value{budget.Percent(r, digits), r.FloatString(10), true}
}

// signed is part with a plus where it is above zero.
func signed(r *big.Rat, digits int) value {
	v := part(r, digits)
	if r != nil && r.Sign() > 0 {
		v.text = "+" + v.text
	}
	return v
}

// figure is a number with so many digits.
func figure(r *big.Rat, digits int) value {
	text := r.FloatString(digits)
	return value{grouped(text), text, true}
}

// grouped parts thousands by commas.
func grouped(s string) string {
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return whole
}

// form is how a listing is written.
type form struct{ json, csv bool }

func (f *form) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.json, "json", false, "write one JSON object")
	c.Flags().BoolVar(&f.csv, "csv", false, "write the table as CSV")
}

func (f *form) write(w io.Writer, l *listing) error {
	switch {
	case f.json && f.csv:
		return fail(exitUsage, errors.New("--json and --csv are both given"), "give one of them")
	case f.json:
		return writeJSON(w, l.object())
	case f.csv:
		return l.writeCSV(w)
	}
	return l.writeText(w)
}

func (l *listing) object() any {
	rows := make([]map[string]string, 0, len(l.Rows))
	for _, r := range l.Rows {
		line := map[string]string{}
		for i, v := range r {
			line[l.Columns[i]] = v.plain
		}
		rows = append(rows, line)
	}
	return struct {
		Title string              `json:"title"`
		Rows  []map[string]string `json:"rows"`
		Notes []string            `json:"notes"`
	}{l.Title, rows, l.Notes}
}

func (l *listing) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(l.Columns); err != nil {
		return err
	}
	for _, r := range l.Rows {
		line := make([]string, len(r))
		for i, v := range r {
			line[i] = v.plain
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (l *listing) writeText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, l.Title)
	widths := make([]int, len(l.Columns))
	for i, c := range l.Columns {
		widths[i] = utf8.RuneCountInString(c)
		for _, r := range l.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i].text))
		}
	}
	if len(l.Rows) > 0 {
		b.WriteByte('\n')
		head := make([]value, len(l.Columns))
		for i, c := range l.Columns {
			head[i] = value{text: strings.ReplaceAll(c, "_", " "), right: l.Rows[0][i].right}
		}
		for _, r := range append([][]value{head}, l.Rows...) {
			writeLine(&b, r, widths)
		}
	}
	if len(l.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, n := range l.Notes {
		fmt.Fprintln(&b, n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeLine(b *strings.Builder, r []value, widths []int) {
	var line strings.Builder
	for i, v := range r {
		if i > 0 {
			line.WriteString("  ")
		}
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(v.text))
		if v.right {
			line.WriteString(space + v.text)
		} else {
			line.WriteString(v.text + space)
		}
	}
	fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
}
