package equity

import (
	"os"
	"testing"

	"remit/measure"
)

func TestCases(t *testing.T) {
	text, err := os.ReadFile("testdata/flows.csv")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := measure.ReadCases(text, Statistics())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		differences, err := c.Check()
		if err != nil {
			t.Errorf("case %s: %v", c.ID, err)
		}
		for _, d := range differences {
			t.Errorf("case %s: %s: expected %s, got %s", c.ID, d.What, d.Expected, d.Got)
		}
	}
}
