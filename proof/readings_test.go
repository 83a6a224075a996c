package proof

import (
	"testing"

	"remit/assign"
)

// The readings whose answer is that there is no payer, whatever the boxes.
func TestReadingsWithoutPayer(t *testing.T) {
	pack := packOf(t, "testdata/cases")
	blue := map[string]string{"dataset_type": "130", "financial_year": "202526", "gp_practice": "H85000", "postcode": "ZT1 1AA", "provider": "RJ7", "service_code": "NCBPSACN", "ov_charging_category": "A"}
	guernsey := map[string]string{"dataset_type": "130", "financial_year": "202526", "gp_practice": "GUE001", "postcode": "ZT1 1AA", "provider": "RA7", "ov_charging_category": "A"}
	for _, c := range []struct {
		spec   string
		fields map[string]string
		with   string // the payer by the method's own reading
	}{
		{"A8=out_of_scope", blue, "13R"},
		{"A12=no_payer", guernsey, "ZCI"},
	} {
		usual := assign.NewSingle(load(t, pack, "cam-2025-26"), pack, c.fields).Decide()
		d := assign.NewSingle(load(t, pack, "cam-2025-26+"+c.spec), pack, c.fields).Decide()
		if usual.Payer != c.with || d.Payer != "" {
			t.Errorf("%s: %s %q by way of %s, want no payer; without it %q, want %q", c.spec, d.Outcome, d.Payer, d.Trace(), usual.Payer, c.with)
		}
	}
}
