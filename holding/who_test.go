package holding

import (
	"fmt"
	"remit/register"
	"testing"
	"time"
)

func TestTry(t *testing.T) {
	p, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	s := time.Now()
	b, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("new", time.Since(s))
	for _, q := range [][4]string{{"11", "QNC", "2023-06-01", ""}, {"11", "QNC", "2024-06-01", ""}, {"11", "QXU", "2024-06-01", ""}, {"11", "QXU", "2025-06-01", ""}, {"11", "QXU", "2026-06-01", ""}, {"45", "QYG", "2024-06-01", ""}, {"proton", "QMJ", "2025-08-01", ""}, {"proton", "RRV", "2025-08-01", ""},
		{"11", "London", "2025-05-01", "employs"}, {"11", "London", "2025-08-01", "employs"}, {"11", "London", "2026-05-01", "employs"}, {"DENT", "QYG", "2023-05-01", ""}, {"childhood vaccination", "QOP", "2026-05-01", ""}, {"11", "QNQ", "2026-06-01", ""}, {"11", "", "2024-06-01", ""}, {"11", "QMJ", "2027-06-01", ""}, {"11", "QMJ", "2020-06-01", ""}, {"22U", "QMJ", "2025-06-01", ""}, {"AF", "QMJ", "2025-06-01", ""}, {"HJ", "QMJ", "2025-06-01", ""}, {"8", "E83003", "2025-06-01", ""}, {"SARC", "Barnet", "2025-06-01", ""}} {
		d, _ := register.ParseDay(q[2])
		s := time.Now()
		a, err := b.Who(Question{Service: q[0], For: q[1], On: d, Role: Role(q[3])})
		el := time.Since(s)
		if err != nil {
			fmt.Println(q, err)
			continue
		}
		fmt.Println(q, el)
		fmt.Println("  ", a.Answer)
		if len(a.Holdings) < 12 {
			for _, h := range a.Holdings {
				fmt.Println("     ", h.Role, h.HolderCode, h.ValidFrom, h.ValidTo, h.Basis, h.Instrument, h.Line, h.Confidence, h.People)
			}
		}
		fmt.Println("   bill", a.BillTo, a.Notes, len(a.Before), len(a.After))
		for _, p := range a.Planned {
			fmt.Println("   plan", p)
		}
		if q[3] == "employs" {
			fmt.Println(a.Before, a.After)
		}
	}
}
