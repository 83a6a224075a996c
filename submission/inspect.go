package submission

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// The rules that a file breaks before its rows are read, and a row before its
// fields are. They are rows of validation.csv like all others.
const (
	faultEmpty      = "file_empty"
	faultWorkbook   = "file_is_workbook"
	faultArchive    = "file_is_archive"
	faultWebPage    = "file_is_web_page"
	faultPDF        = "file_is_pdf"
	faultParquet    = "file_is_parquet"
	faultXML        = "file_is_xml"
	faultZeroBytes  = "file_has_zero_bytes"
	faultReturns    = "file_ends_lines_in_returns"
	faultCompressed = "file_compression_damaged"
	faultFeed       = "file_feed_unknown"
	faultColumns    = "file_columns_missing"
	faultHeader     = "file_header_unreadable"
	faultCutShort   = "file_cut_short"
	faultQuote      = "file_quote_open"
	faultLongRow    = "file_row_too_long"
	faultUnreadable = "file_unreadable"

	// FaultFields is the rule of a row with more or fewer fields than the header.
	FaultFields = "row_fields"
	// FaultZeroByte is the rule of a row that holds a NUL byte.
	FaultZeroByte = "row_zero_byte"
)

// signatures are the first bytes of what is sent as .csv and is not.
var signatures = []struct {
	start string
	fault string
}{
	{"\xD0\xCF\x11\xE0", faultWorkbook}, // the Excel of before 2007
	{"%PDF", faultPDF},
	{"PAR1", faultParquet},
	{"7z\xBC\xAF", faultArchive},
	{"Rar!", faultArchive},
}

// sniff tells from the first bytes what a file is when it is not delimited text.
func sniff(head []byte) (fault string) {
	if len(head) == 0 {
		return faultEmpty
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		if bytes.Contains(head, []byte("xl/")) || bytes.Contains(head, []byte("[Content_Types].xml")) {
			return faultWorkbook
		}
		return faultArchive
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.start)) {
			return s.fault
		}
	}
	text := strings.ToLower(string(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\uFEFF")))))
	switch {
	case text == "":
		return faultEmpty
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<table"):
		return faultWebPage
	case strings.HasPrefix(text, "<?xml"):
		if strings.Contains(text, "urn:schemas-microsoft-com:office:spreadsheet") {
			return faultWorkbook
		}
		return faultXML
	}
	return ""
}

func fileFault(err error) string {
	var unknown *activity.UnknownDatasetError
	var missing *activity.MissingColumnsError
	var parquet *activity.ParquetError
	switch {
	case errors.As(err, &unknown):
		return faultFeed
	case errors.As(err, &missing):
		return faultColumns
	case errors.As(err, &parquet):
		return faultParquet
	case errors.Is(err, activity.ErrOpenQuotes):
		return faultQuote
	case errors.Is(err, activity.ErrLongRow):
		return faultLongRow
	}
	return faultOfText(err)
}

// faultOfText reads the sentence of a FileError, which has no code.
func faultOfText(err error) string {
	var file *activity.FileError
	if !errors.As(err, &file) {
		return faultUnreadable
	}
	for _, known := range []struct{ words, fault string }{
		{"is empty", faultEmpty}, {"workbook", faultWorkbook}, {"zero bytes", faultZeroBytes}, {"carriage returns alone", faultReturns},
		{"data is cut short", faultCompressed}, {"data is damaged", faultCompressed}, {"cut short", faultCutShort}, {"header line", faultHeader},
	} {
		if strings.Contains(file.Problem, known.words) {
			return known.fault
		}
	}
	return faultUnreadable
}

const headSize = 64 << 10

func inspect(from io.Reader, rules *Rules, pack *register.Pack, g Given) (*Result, error) {
	buffered := bufio.NewReaderSize(from, headSize)
	head, err := buffered.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if fault := sniff(head); fault != "" {
		return rules.FaultResult(fault, "", g), nil
	}
	source, err := activity.OpenReader(g.FileName, buffered, activity.Options{})
	if err != nil {
		return rules.FaultResult(fileFault(err), err.Error(), g), nil
	}
	defer source.Close()
	layout, err := LayoutFor(g.Feed, source.Header)
	if err != nil {
		return rules.FaultResult(fileFault(err), err.Error(), g), nil
	}
	g.Encoding = source.Encoding
	v, err := rules.Bind(layout, pack, g)
	if err != nil {
		return nil, err
	}
	if err := v.readAll(source, func(int64, [][]byte, *Outcome) error { return nil }); err != nil {
		return v.cutShort(fileFault(err), err), nil
	}
	return v.Finish(), nil
}

// readAll gives every row of a file to the validator, and what it came to to told.
// Of a row that cannot be cut told gets the text as its only field.
func (v *Validator) readAll(source *activity.Source, told func(number int64, fields [][]byte, o *Outcome) error) error {
	const blockSize = 256 << 10
	blocks := activity.NewBlockReader(source, blockSize, true)
	var buf []byte
	var index activity.Index
	var number int64
	fields := make([][]byte, len(v.layout.Columns))
	for {
		rows, err := blocks.Next(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		buf = rows
		index.Read(rows, source.Delimiter, len(fields), true)
		for i := range index.Rows() {
			number++
			row, o := v.readRow(number, &index, i, fields)
			if err := told(number, row, o); err != nil {
				return err
			}
		}
	}
}

func (v *Validator) readRow(number int64, index *activity.Index, i int, fields [][]byte) ([][]byte, *Outcome) {
	if index.Width(i) != len(fields) {
		return [][]byte{index.Row(i)}, v.BadRow(number, FaultFields)
	}
	if bytes.IndexByte(index.Row(i), 0) >= 0 {
		return [][]byte{index.Row(i)}, v.BadRow(number, FaultZeroByte)
	}
	for c := range fields {
		fields[c] = activity.Unquote(index.Field(i, c))
	}
	return fields, v.Row(number, fields)
}

// cutShort is the result of a file whose reading ended early: what was found so
// far, and that.
func (v *Validator) cutShort(fault string, err error) *Result {
	r := v.Finish()
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Level == FileLevel }) // of half a file they would mislead
	r.Findings = append(r.Findings, v.rules.FaultResult(fault, err.Error(), v.given).Findings...)
	r.settle()
	r.Slices = nil
	return r
}
