package submission

import (
	"strings"
	"testing"
)

func TestKeyer(t *testing.T) {
	key := func(s *sheet, row int) string {
		l, err := Recognise(s.header)
		if err != nil {
			t.Fatal(err)
		}
		var fields [][]byte
		for _, f := range s.rows[row-1] {
			fields = append(fields, []byte(f))
		}
		return string(NewKeyer(l).Append(nil, fields))
	}
	const cdsKey = "cds:PLCM:RJ1:BRJ1000000000000000000000000000001"
	if got := key(plcm(), 1); got != cdsKey {
		t.Errorf("the key is %s, want %s", got, cdsKey)
	}
	if got := key(drplcm(), 1); got != "non:DrPLCM:RJ1:D1" {
		t.Errorf("the key of a drug is %s", got)
	}
	spell := func() *sheet { return plcm().with(0, cds, "").renamed(lpi, "HOSPITAL PROVIDER SPELL IDENTIFIER") }
	if got := key(spell(), 1); got != "spell:PLCM:RJ1:L1:EL" {
		t.Errorf("the key by spell is %s", got)
	}
	base := key(acm(), 1)
	for name, same := range map[string]*sheet{
		"another price":       acm().with(1, actP, "1"),
		"another count":       acm().with(1, actA, "1"),
		"made on another day": acm().with(0, made, "2026-07-20T09:30:00"),
		"spaces":              acm().with(1, pod, " DC "),
	} {
		if got := key(same, 1); got != base || !strings.HasPrefix(got, "row:") {
			t.Errorf("%s: the key is %s, was %s", name, got, base)
		}
	}
	for name, other := range map[string]*sheet{
		"another commissioner": acm().with(1, comm, "00L"),
		"another month":        acm().with(1, fm, "4"),
		"another POD":          acm().with(1, pod, "EL"),
	} {
		if key(other, 1) == base {
			t.Errorf("%s: the key is the same", name)
		}
	}
}
