package measure

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCases runs the tables of cases, whose answers are published figures or
// worked by hand, as each row says.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d tables, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !IsCaseTable(text) {
			t.Errorf("%s has no column statistic", file)
		}
		cases, err := ReadCases(text, Statistics())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range cases {
			differences, err := c.Check()
			if err != nil {
				t.Errorf("%s, case %s: %v", file, c.ID, err)
			}
			for _, d := range differences {
				t.Errorf("%s row %d, case %s: %s: expected %s, got %s", file, c.Row, c.ID, d.What, d.Expected, d.Got)
			}
		}
	}
}

func TestCaseFaults(t *testing.T) {
	_, err := ReadCases([]byte("id,statistic,numerator,numbr,values,expected_lower,expected_x\n1,byar,5,,3,,\n2,biar,5,,,1,\n3,byar\n"), Statistics())
	if err == nil {
		t.Fatal("no fault")
	}
	for _, want := range []string{"column numbr", "no statistic reads it", "column expected_x", "no statistic gives it",
		`row 1 column values value "3" byar does not read it`, "row 1 expects nothing", `row 2 column statistic value "biar"`, "row 3 has 2 fields where the header has 7"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the faults:\n%v", want, err)
		}
	}
	cases, err := ReadCases([]byte("statistic,numerator,expected_lower\nbyar,five,1\n"), Statistics())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cases[0].Check(); err == nil || !strings.Contains(err.Error(), `row 1 column numerator value "five" is not a number`) {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"", "\"", "statistic\nbyar\n", "expected_lower\n1\n", "statistic,statistic,expected_lower\nbyar,byar,1\n"} {
		if _, err := ReadCases([]byte(text), Statistics()); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func FuzzReadCases(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.csv")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		lines := strings.SplitAfter(string(text), "\n")
		f.Add([]byte(lines[0] + lines[1]))
	}
	f.Add([]byte("statistic,values,profile,rebase_at,expected_mean\nxmr,1 2 3,NHSRplotthedots,-1,2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cases, err := ReadCases(text, Statistics())
		if err != nil {
			return
		}
		for _, c := range cases {
			c.Check() // must come back
		}
	})
}
