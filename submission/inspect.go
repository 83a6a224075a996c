package submission

import (
	"errors"
	"io"
	"strings"

	"remit/activity"
	"remit/register"
)

const inspectBlock = 256 << 10

// inspect reads a file by itself, without assignment beside it.
func inspect(from io.Reader, rules *Rules, pack *register.Pack, g Given) (*Result, error) {
	source, err := activity.OpenReader(g.FileName, from, activity.Options{})
	if err != nil {
		return rules.faultResult(fileFault(err), detail(err), g), nil
	}
	defer source.Close()
	var l activity.Layout
	if g.Feed != "" {
		l, err = layoutFor(g.Feed, source.Header)
	} else {
		l, err = recognise(source.Header)
	}
	if err != nil {
		return rules.faultResult(fileFault(err), detail(err), g), nil
	}
	v, err := rules.bind(l, pack, g)
	if err != nil {
		return nil, err
	}
	broke := readRows(v, source, len(source.Header))
	result := v.finish(nil)
	if broke != nil {
		rules.refuse(result, fileFault(broke), detail(broke))
	}
	if rule, ok := rules.rule("row_fields"); ok && v.result.counts[rule.at].rows > 0 {
		rules.refuse(result, "", "")
	}
	return result, nil
}

// readRows gives every row to the validator. Rows that cannot be cut into fields
// are counted by themselves.
func readRows(v *Validator, source *activity.Source, columns int) error {
	blocks := activity.NewBlockReader(source, inspectBlock, true)
	var x activity.Index
	var buf []byte
	number := int64(0)
	fields := make([][]byte, 0, columns)
	for {
		data, err := blocks.Next(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		buf = data[:0]
		x.Read(data, source.Delimiter, columns, true)
		for row := range x.Rows() {
			number++
			var ok bool
			if fields, ok = cut(&x, row, columns, fields[:0]); !ok {
				v.badRow(number, "row_fields")
				continue
			}
			v.row(number, fields)
		}
	}
}

func cut(x *activity.Index, row, columns int, fields [][]byte) ([][]byte, bool) {
	if x.Width(row) != columns {
		return fields, false
	}
	for c := range columns {
		fields = append(fields, activity.Unquote(x.Field(row, c)))
	}
	return fields, true
}

// refuse makes a result that of a file that is rejected, for a rule more.
func (r *Rules) refuse(result *Result, id, what string) {
	result.Severity, result.Slices = RejectFile, nil
	result.Rejected, result.AtRisk = result.Rows, result.Money
	if rule, ok := r.rule(id); ok {
		f := Finding{Rule: id, Level: FileLevel, Severity: RejectFile, Message: rule.Message, Remedy: rule.Remedy}
		if what != "" {
			f.Samples = []Sample{{Value: what}}
		}
		result.Findings = append([]Finding{f}, result.Findings...)
	}
}

// fileFault tells which rule an error met in opening or reading a file breaks.
func fileFault(err error) string {
	var missing *activity.MissingColumnsError
	var unknown *activity.UnknownDatasetError
	text := strings.ToLower(err.Error())
	switch {
	case errors.As(err, &missing):
		return "columns_missing"
	case errors.As(err, &unknown):
		return "feed_unknown"
	case strings.Contains(text, "is empty"):
		return "file_empty"
	case strings.Contains(text, "cut short"), strings.Contains(text, "damaged"):
		return "file_damaged"
	}
	return "file_not_text"
}

// detail is an error without the name of the file at its beginning.
func detail(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, ": "); ok && len(after) > 0 {
		text = after
	}
	return text
}

func (r *Rules) faultResult(id, what string, g Given) *Result {
	name := readFileName(g.FileName, nil)
	result := &Result{Heading: name, Rules: r.Hash}
	if g.Provider != "" {
		result.Heading.Provider, result.Heading.ProviderFrom = g.Provider, FromGiven
	}
	if g.Kind != Unstated {
		result.Heading.Kind, result.Heading.KindFrom = g.Kind, FromGiven
	}
	r.refuse(result, id, what)
	return result
}
