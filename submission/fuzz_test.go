package submission

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"remit/activity"
)

// FuzzInspect: no bytes stop the reading of a file, and whatever comes of them,
// rows and money are accounted for.
func FuzzInspect(f *testing.F) {
	files, err := filepath.Glob(brokenFolder + "/*")
	if err != nil || len(files) == 0 {
		f.Fatal("no corpus", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "RJ1_PLCM_2627_M03_FLEX.csv")
	}
	rules, pack := shippedRules(f), shippedPack(f)
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		r, err := Inspect(bytes.NewReader(text), rules, pack, Given{FileName: name})
		if err != nil {
			t.Fatal(err)
		}
		var kept activity.Amount
		var rows int64
		for _, s := range r.Slices {
			kept, rows = kept.Add(s.Money), rows+s.Rows
		}
		if r.Severity < RejectFile && (rows+r.Rejected != r.Rows || kept.Add(r.AtRisk) != r.Money) {
			t.Errorf("%d rows, %d rejected and %d in slices; %s, %s and %s", r.Rows, r.Rejected, rows, r.Money, r.AtRisk, kept)
		}
		if r.Rejected > r.Rows || r.Flagged > r.Rows {
			t.Errorf("%d rejected and %d flagged of %d", r.Rejected, r.Flagged, r.Rows)
		}
		var page bytes.Buffer
		if err := WriteReply(&page, r, name, ""); err != nil {
			t.Error(err)
		}
	})
}

// FuzzRules: a file of rules is read or refused with the place, never worse.
func FuzzRules(f *testing.F) {
	f.Add([]byte("id,state\nyear_layout,off\n"))
	f.Add([]byte("id,kind,argument\nyear_layout,line_total,a * b within 1 or 2\n"))
	f.Add([]byte("id,when\nyear_layout,pod is DC|EL and cost nonzero\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := LoadRules(Overlay{"f.csv", text})
		if err == nil && len(rules.All()) < 200 {
			t.Error("rules were lost")
		}
	})
}
