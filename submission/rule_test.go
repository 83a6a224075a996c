package submission

import (
	"strings"
	"testing"
)

func shippedRules(t testing.TB) *Rules {
	t.Helper()
	r, err := LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestShippedRules(t *testing.T) {
	r := shippedRules(t)
	for _, id := range []string{faultEmpty, faultWorkbook, faultArchive, faultWebPage, faultPDF, faultParquet, faultXML, faultZeroBytes, faultReturns,
		faultCompressed, faultFeed, faultColumns, faultHeader, faultCutShort, faultQuote, faultLongRow, faultUnreadable, FaultFields, FaultZeroByte} {
		if _, known := r.Rule(id); !known {
			t.Errorf("no rule says what to do about %s", id)
		}
	}
	for _, rule := range r.All() {
		for _, text := range []string{rule.Message, rule.Remedy} {
			if !strings.HasSuffix(text, ".") && !strings.Contains(text, "{value}") && !strings.Contains(text, "1234.56") {
				t.Errorf("%s: %q is not a sentence", rule.ID, text)
			}
		}
	}
}
