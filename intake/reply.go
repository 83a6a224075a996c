package intake

import (
	"io"
	"os"

	"remit/register"
	"remit/submission"
)

// WriteReply writes the reply to the provider: one page of what was found, with
// no rows and no values that tell who a patient is.
func (l *Ledger) WriteReply(w io.Writer, s *Submission) error {
	return submission.WriteReply(w, s.Result, s.Name, s.LoadedAt.Format("2 January 2006"))
}

// WriteReplyRows writes the rows that have findings, as they came, with what is
// wrong with each and what to do. The original is read again, so that rows of a
// file that was refused are there too; it is held against the rules given.
func (l *Ledger) WriteReplyRows(w io.Writer, s *Submission, rules *submission.Rules, pack *register.Pack) error {
	f, err := os.Open(l.Original(s))
	if err != nil {
		return err
	}
	defer f.Close()
	return submission.WriteReplyRows(w, f, s.Result, rules, pack, s.given())
}

// given is what is known of a submission beside its contents, once it is taken in.
func (s *Submission) given() submission.Given {
	return submission.Given{FileName: s.Name, Feed: s.Heading().Feed}
}

// RowFinding is what a rule says of one row.
type RowFinding struct {
	Rule   *submission.Rule
	Column string // as the file names it; blank for a rule of the row
	Says   string
}

// RowFindings holds a row against the rules given, and says what each that it
// breaks says of it.
func (s *Submission) RowFindings(rec *Record, rules *submission.Rules, pack *register.Pack) ([]RowFinding, error) {
	layout, err := submission.LayoutFor(s.Heading().Feed, s.Columns)
	if err != nil {
		return nil, err
	}
	v, err := rules.Bind(layout, pack, s.given())
	if err != nil {
		return nil, err
	}
	fields := make([][]byte, len(s.Columns))
	for i, c := range s.Columns {
		fields[i] = []byte(rec.Values[c])
	}
	var list []RowFinding
	for _, hit := range v.Row(rec.Row, fields).Hits {
		f := RowFinding{Rule: hit.Rule}
		value := ""
		if hit.Column >= 0 {
			f.Column, value = s.Columns[hit.Column], rec.Values[s.Columns[hit.Column]]
		}
		f.Says = hit.Rule.Says(value, f.Column)
		list = append(list, f)
	}
	return list, nil
}
