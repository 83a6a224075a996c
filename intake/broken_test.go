package intake

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"remit/activity"
	"remit/submission"
)

// TestBrokenFiles takes in every file of the corpus of broken files, as a whole
// program would, and finds in each what must be found. A file that is refused
// leaves no rows; of one that is accepted every row is there once.
func TestBrokenFiles(t *testing.T) {
	const folder = "../submission/testdata/broken"
	text, err := os.ReadFile(filepath.Join(folder, "expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	cases, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 61 {
		t.Fatalf("the corpus has %d files; it is to have 60", len(cases)-1)
	}
	d := newDesk(t)
	for _, c := range cases[1:] {
		t.Run(c[0], func(t *testing.T) {
			given := givenOf(t, c[1])
			if given.FileName == "" {
				given.FileName = c[0]
			}
			l := open(t, t.TempDir())
			s, _, err := l.Take(t.Context(), filepath.Join(folder, c[0]), given, d, time.Date(2026, 5, 20, 9, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := found(s, c[2]), strings.TrimSuffix(c[2], " ..."); got != want {
				t.Errorf("found    %s\nexpected %s", got, want)
			}
			holdRows(t, l, s)
		})
	}
}

// givenOf reads what is said of a file: provider=RJ1; year=202627.
func givenOf(t *testing.T, text string) (g submission.Given) {
	t.Helper()
	for pair := range strings.SplitSeq(text, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		var err error
		switch name {
		case "":
		case "provider":
			g.Provider = value
		case "year":
			g.Year = value
		case "file":
			g.FileName = value
		case "month":
			g.Month, err = strconv.Atoi(value)
		case "previous":
			rows, pounds, _ := strings.Cut(value, " ")
			g.Previous = &submission.Shape{}
			if g.Previous.Rows, err = strconv.ParseInt(rows, 10, 64); err == nil {
				g.Previous.Money, _, err = activity.ParseAmount([]byte(pounds))
			}
		default:
			t.Fatalf("%q is not known", name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// found lists the findings as expected.csv does: rules with their rows, in order
// of their names. Three dots at the end of what is expected stand for others.
func found(s *Submission, expected string) string {
	var got []string
	for _, f := range s.Result.Findings {
		id := f.Rule
		if f.Rows > 0 {
			id = fmt.Sprintf("%s=%d", id, f.Rows)
		}
		got = append(got, id)
	}
	slices.Sort(got)
	if listed, more := strings.CutSuffix(expected, " ..."); more {
		got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(strings.Fields(listed), id) })
	}
	return strings.Join(got, " ")
}

func holdRows(t *testing.T, l *Ledger, s *Submission) {
	t.Helper()
	_, missing := os.Stat(l.Path(s, rowsFile))
	if refused := s.Result.Severity == submission.RejectFile; refused != (s.State == Rejected) {
		t.Errorf("it is %s, and the gravest finding is %s", s.State, s.Result.Severity)
	}
	if s.State == Rejected {
		if len(l.Current()) > 0 {
			t.Error("rows of a file that is refused count")
		}
		return
	}
	if missing != nil || s.Assigned == nil {
		if s.Assigned != nil {
			t.Error(missing)
		}
		return
	}
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := v.records(t.Context(), s, "true")
	if err != nil || int64(len(rows)) != s.Result.Rows {
		t.Errorf("%d rows are kept of %d: %v", len(rows), s.Result.Rows, err)
	}
	var rejected int64
	for _, r := range rows {
		if r.Values["row_state"] == "rejected" {
			rejected++
		}
	}
	if rejected != s.Result.Rejected {
		t.Errorf("%d rows are kept as rejected, and %d are", rejected, s.Result.Rejected)
	}
}
