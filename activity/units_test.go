package activity

import "testing"

func TestRoundToPence(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "0.005": "0.01", "0.00499999": "0", "-0.005": "-0.01", "-0.00499999": "0",
		"8910": "8910", "8910.12499999": "8910.12", "8910.125": "8910.13",
		"-999999999999999999.99999999": "-1000000000000000000",
	} {
		a, _, err := ParseAmount([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := a.RoundToPence().String(); got != want {
			t.Errorf("%s rounded to pence is %s, want %s", text, got, want)
		}
	}
}

func TestUnitsAndBack(t *testing.T) {
	for _, text := range []string{"0", "0.00000001", "-0.00000001", "999999999999999999.99999999", "-999999999999999999.99999999", "184467440737.09551616"} {
		a, _, err := ParseAmount([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if back := AmountOfUnits(a.Words()); back != a {
			t.Errorf("%s came back as %s", a, back)
		}
	}
}
