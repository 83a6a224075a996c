package submission

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"html/template"
	"io"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
)

// WriteReply writes what was found in a file as one HTML page that needs
// nothing beside it, to be sent back to the provider. The page holds no values
// that identify patients. made is the date that it shows, as the caller writes it.
func WriteReply(w io.Writer, r *Result, fileName, made string) error {
	var page bytes.Buffer // a page is written whole or not at all
	if err := reportPage.Execute(&page, reportView{r, fileName, made}); err != nil {
		return err
	}
	_, err := page.WriteTo(w)
	return err
}

type reportView struct {
	*Result
	File string
	Made string
}

//go:embed reply.html
var reportText string

var reportPage = template.Must(template.New("reply").Funcs(template.FuncMap{
	"pounds":   func(a activity.Amount) string { return "£" + a.Pounds() },
	"months":   monthsText,
	"year":     yearText,
	"severity": severityText,
	"sample":   sampleText,
	"count":    countText,
}).Parse(reportText))

func monthsText(months []int) string {
	var names []string
	for _, m := range months {
		names = append(names, strconv.Itoa(m))
	}
	return strings.Join(names, ", ")
}

func yearText(year string) string {
	if len(year) != 6 {
		return year
	}
	return year[:4] + "/" + year[4:]
}

func severityText(s Severity) string {
	switch s {
	case RejectFile:
		return "File rejected"
	case RejectRow:
		return "Rows rejected"
	case Warn:
		return "Warning"
	}
	return "Nothing found"
}

func sampleText(samples []Sample) string {
	var rows []string
	for _, s := range samples {
		text := "row " + strconv.FormatInt(s.Row, 10)
		if s.Value != "" && !s.Hidden {
			text += ": " + s.Value
		}
		rows = append(rows, text)
	}
	return strings.Join(rows, "; ")
}

// countText writes a number with commas between thousands.
func countText(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// WriteReplyRows reads a file again and writes its rows that have findings as CSV,
// for the provider to correct: first a line for each finding of the file as a
// whole, then the rows as they came, with FindingColumns behind. result is what
// was found when the file was taken in; the rows are held against the rules given.
func WriteReplyRows(w io.Writer, from io.Reader, result *Result, rules *Rules, pack *register.Pack, g Given) error {
	source, v, err := reread(from, rules, pack, g)
	if err != nil {
		return err
	}
	var columns []string
	if source != nil {
		defer source.Close()
		columns = source.Header
	}
	out, err := NewRowWriter(w, columns)
	if err != nil {
		return err
	}
	for _, f := range result.Findings {
		if f.Level == FileLevel {
			if err := out.file(&f); err != nil {
				return err
			}
		}
	}
	if source == nil {
		return out.Flush()
	}
	var unwritten error
	_ = v.readAll(source, func(number int64, fields [][]byte, o *Outcome) error { // where reading breaks off, the findings of the file say so
		if len(o.Hits) > 0 {
			unwritten = out.Write(number, fields, o)
		}
		return unwritten
	})
	return errors.Join(unwritten, out.Flush())
}

// reread opens a file that was inspected before; without a source when it is no table.
func reread(from io.Reader, rules *Rules, pack *register.Pack, g Given) (*activity.Source, *Validator, error) {
	source, err := activity.OpenReader(g.FileName, from, activity.Options{})
	if err != nil {
		return nil, nil, nil
	}
	layout, err := LayoutFor(g.Feed, source.Header)
	if err != nil {
		return nil, nil, source.Close()
	}
	g.Encoding = source.Encoding
	v, err := rules.Bind(layout, pack, g)
	if err != nil {
		return nil, nil, errors.Join(err, source.Close())
	}
	return source, v, nil
}

// FindingColumns are the columns that a RowWriter puts behind those of the file.
var FindingColumns = []string{"finding", "what to do"}

// RowWriter writes rows of a file as CSV with what was found in each and what to
// do, for the provider to correct: the columns as they came, then FindingColumns.
// Give it the rows with findings, or all.
type RowWriter struct {
	csv    *csv.Writer
	header []string
	record []string
}

// NewRowWriter begins a CSV file with the header and the finding columns.
func NewRowWriter(w io.Writer, columns []string) (*RowWriter, error) {
	r := &RowWriter{csv: csv.NewWriter(w), header: columns}
	return r, r.csv.Write(append(append([]string{"row"}, columns...), FindingColumns...))
}

// file writes a finding of the file as a whole on a line without fields.
func (r *RowWriter) file(f *Finding) error {
	record := append([]string{"file"}, make([]string, len(r.header))...)
	return r.csv.Write(append(record, harmless(f.Rule+": "+f.Message), harmless(f.Remedy)))
}

// Write writes a row with its number in the file. Cells that a spreadsheet would
// take for a formula get an apostrophe before them.
func (r *RowWriter) Write(number int64, fields [][]byte, o *Outcome) error {
	r.record = append(r.record[:0], strconv.FormatInt(number, 10))
	for _, f := range fields {
		r.record = append(r.record, harmless(string(f)))
	}
	for range len(r.header) - len(fields) { // of a row that could not be cut into fields
		r.record = append(r.record, "")
	}
	findings, remedies := r.texts(fields, o)
	return r.csv.Write(append(r.record, harmless(findings), harmless(remedies)))
}

func (r *RowWriter) texts(fields [][]byte, o *Outcome) (findings, remedies string) {
	var says, does []string
	for _, h := range o.Hits {
		column, value := "", ""
		if h.Column >= 0 && h.Column < len(fields) {
			column, value = r.header[h.Column], shorten(trim(fields[h.Column]))
		}
		text := h.Rule.ID + ": " + h.Rule.explain(value, column)
		if column != "" && !strings.Contains(h.Rule.Message, "{column}") {
			text = h.Rule.ID + ", " + column + ": " + h.Rule.explain(value, column)
		}
		says = append(says, text)
		if len(does) == 0 || does[len(does)-1] != h.Rule.Remedy {
			does = append(does, h.Rule.Remedy)
		}
	}
	return strings.Join(says, " | "), strings.Join(does, " | ")
}

// harmless keeps a spreadsheet from running what a cell says. A number is no formula.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, _, err := activity.ParseAmount([]byte(cell)); err == nil {
		return cell
	}
	return "'" + cell
}

// Flush writes what is held back, and gives the error of any writing.
func (r *RowWriter) Flush() error {
	r.csv.Flush()
	return r.csv.Error()
}
