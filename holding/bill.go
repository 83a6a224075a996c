package holding

import (
	"fmt"

	"remit/register"
)

// bill works out whom a provider bills. Delegated care is billed to the sub-ICB
// location of the patient's practice; care that NHS England has kept, to the
// specialised hub of the provider; care on its way to delegation, to the hub of
// the patient's region. No payer is given where none follows from the question.
func (b *Book) bill(a *Answer, g *segment, provider string) {
	f, ok := on(b.functions[a.Service.Function], a.On)
	if !ok || len(g.states) == 0 || f.billedDirect == "" {
		return
	}
	if a.Service.Status == "BLUE" {
		a.Notes = append(a.Notes, "Whom to bill is set by the local contract.")
		return
	}
	if len(g.parts) > 1 {
		a.Notes = append(a.Notes, "Whom to bill depends on the patient: ask for one practice, sub-ICB location or ICB.")
		return
	}
	st, p := g.states[0], g.parts[0]
	if st.delegated(b) {
		b.billLocation(a, f, p)
		return
	}
	hub, note := b.directPayer(a, f, st, p, provider)
	if hub == "" {
		a.Notes = append(a.Notes, fmt.Sprintf("Bill NHS England under category %s; %s.", f.billedDirect, note))
		return
	}
	a.BillTo = &BillTo{hub, b.Name(hub, a.On), f.billedDirect, note}
}

func (b *Book) billLocation(a *Answer, f *function, p part) {
	switch {
	case f.billedDelegated == "":
	case a.For.Kind == "provider":
		a.Notes = append(a.Notes, fmt.Sprintf("Bill the sub-ICB location of each patient's practice under category %s: patients of other ICBs are billed to theirs.",
			f.billedDelegated))
	case p.sub == "":
		a.Notes = append(a.Notes, fmt.Sprintf("Bill the sub-ICB location of the patient's practice under category %s: %s has several.",
			f.billedDelegated, shortName(b.Name(p.icb, a.On))))
	default:
		a.BillTo = &BillTo{p.sub, b.placeName("sub_icb", p.sub, a.On), f.billedDelegated, "the sub-ICB location of the patient's practice"}
	}
}

// directPayer is the code under which NHS England pays, and why that one.
func (b *Book) directPayer(a *Answer, f *function, st *state, p part, provider string) (hub, note string) {
	icb := b.pack.Table("icb")
	of := func(column string) string { return icb.At(icb.Find(p.icb, a.On, 0).Row, column) }
	switch f.directPayer {
	case "":
		return "", "under which code is not established"
	case "specialised_hub":
		if st.joint {
			return of("specialised_hub"), "the specialised hub of the patient's region"
		}
		if provider == "" {
			return "", "the code is that of the specialised hub of the provider: ask with the provider"
		}
		t := b.pack.Table("provider")
		row := t.Find(provider, a.On, 0).Row
		note = "the specialised hub of the provider"
		if t.At(row, "hub_basis") == "stand_in" {
			note += ", taken to be that of its region"
		}
		return t.At(row, "specialised_hub"), note
	case "health_justice_hub":
		return of("health_justice_hub"), "the health and justice hub of the region, for a place of detention there"
	case "region":
		return p.region, "the region of the patient's practice"
	}
	if b.pack.Table("hub").FindEver(f.directPayer, 0).Row != register.NoRow {
		return f.directPayer, "one code for all of England"
	}
	return "", "under which code is not established"
}
