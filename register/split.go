package register

import (
	"strings"
	"unicode/utf8"
)

// record is one row of a CSV file with its number in the file.
type record struct {
	row    int32
	fields []string
}

// splitCSV cuts CSV text (RFC 4180, with or without a byte order mark) into
// records. Fields share the memory of the text wherever they can: reading the
// shipped pack is most of the time the program takes to start. Blank lines are
// passed over but counted.
func splitCSV(file, text string) ([]record, []Fault) {
	text = strings.TrimPrefix(text, "\ufeff")
	s := splitter{file: file, rest: text}
	lines := strings.Count(text, "\n") + 1
	s.records = make([]record, 0, lines)
	s.slab = make([]string, 0, strings.Count(text, ",")+lines)
	if !utf8.ValidString(text) {
		s.fault(encodingRow(text), "the text is not UTF-8", "save the file as UTF-8 CSV")
		return nil, s.faults
	}
	for s.rest != "" {
		s.next()
	}
	return s.records, s.faults
}

type splitter struct {
	file    string
	rest    string
	row     int32
	slab    []string
	records []record
	faults  []Fault
}

func (s *splitter) fault(row int32, problem, remedy string) {
	s.faults = append(s.faults, Fault{File: s.file, Row: int(row), Problem: problem, Remedy: remedy})
}

func (s *splitter) next() {
	s.row++
	line, after := s.rest, ""
	if i := strings.IndexByte(s.rest, '\n'); i >= 0 {
		line, after = s.rest[:i], s.rest[i+1:]
	}
	if strings.IndexByte(line, '"') >= 0 {
		s.quoted()
		return
	}
	s.rest = after
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return
	}
	start := len(s.slab)
	for {
		i := strings.IndexByte(line, ',')
		if i < 0 {
			break
		}
		s.slab = append(s.slab, trim(line[:i]))
		line = line[i+1:]
	}
	s.slab = append(s.slab, trim(line))
	s.keep(start)
}

// quoted reads a record with at least one quoted field, which may run over
// several lines.
func (s *splitter) quoted() {
	start := len(s.slab)
	for {
		field, end, ok := s.field()
		if !ok {
			s.rest = ""
			s.slab = s.slab[:start]
			return
		}
		s.slab = append(s.slab, trim(field))
		if end {
			break
		}
	}
	s.keep(start)
}

func (s *splitter) keep(start int) {
	s.records = append(s.records, record{s.row, s.slab[start:len(s.slab):len(s.slab)]})
}

// field takes the next field off the rest of the text. end says that the
// record ends with it; ok is false when a quote is never closed.
func (s *splitter) field() (field string, end, ok bool) {
	if !strings.HasPrefix(s.rest, `"`) {
		i := strings.IndexAny(s.rest, ",\n")
		if i < 0 {
			field, s.rest = s.rest, ""
			return strings.TrimSuffix(field, "\r"), true, true
		}
		field, end = s.rest[:i], s.rest[i] == '\n'
		s.rest = s.rest[i+1:]
		if strings.IndexByte(field, '"') >= 0 {
			s.fault(s.row, "a quotation mark stands inside a field that does not begin with one", "put the whole field in quotation marks and double those inside it")
		}
		return strings.TrimSuffix(field, "\r"), end, true
	}
	text := s.rest[1:]
	var undone strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			s.fault(s.row, "a quotation mark is never closed", "close the quoted field")
			return "", true, false
		}
		if i+1 < len(text) && text[i+1] == '"' {
			undone.WriteString(text[:i+1])
			text = text[i+2:]
			continue
		}
		field, text = text[:i], text[i+1:]
		break
	}
	if undone.Len() > 0 {
		undone.WriteString(field)
		field = undone.String()
	}
	// A line break inside a cell is one line feed, however the file ends its lines.
	return strings.ReplaceAll(field, "\r\n", "\n"), s.closed(text), true
}

// closed steps over what follows a closing quotation mark and says whether the
// record ends there.
func (s *splitter) closed(text string) (end bool) {
	i := strings.IndexAny(text, ",\n")
	between := text
	if i >= 0 {
		between = text[:i]
	}
	if strings.TrimSuffix(between, "\r") != "" {
		s.fault(s.row, "text follows a closing quotation mark", "double a quotation mark that belongs to the field")
	}
	if i < 0 {
		s.rest = ""
		return true
	}
	s.rest = text[i+1:]
	return text[i] == '\n'
}

// trim takes blanks off the ends; most fields have none, and a look at two
// bytes tells.
func trim(s string) string {
	if s == "" || (s[0] > ' ' && s[0] < utf8.RuneSelf && s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf) {
		return s
	}
	return strings.TrimSpace(s)
}

func encodingRow(text string) int32 {
	row := int32(1)
	for i, r := range text {
		if r == utf8.RuneError {
			if _, width := utf8.DecodeRuneInString(text[i:]); width == 1 {
				return row
			}
		}
		if r == '\n' {
			row++
		}
	}
	return row
}
