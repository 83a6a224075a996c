package holding

import (
	"fmt"
	"slices"
	"strings"

	"remit/register"
)

// Faults lists rows that contradict one another or the law. A pack with one is
// refused, since an answer from it could not be relied on:
//
//   - a line passes on a function that may not be delegated (SI 2022/642);
//   - two lines make two bodies responsible for the same on the same day;
//   - a service is delegated, and nobody is accountable or sets its standard;
//   - an instrument is in force without the signatures that it needs;
//   - a line, or a committee, is given more than those who give it hold;
//   - a unit that is no legal person is a party.
func (b *Book) faults() (faults []register.Fault) {
	for _, l := range b.lines {
		faults = append(faults, b.notDelegable(l)...)
		faults = append(faults, b.unowned(l)...)
		faults = append(faults, b.moreThanHeld(l)...)
		faults = append(faults, b.units(l.row, "delegator", l.delegator)...)
		faults = append(faults, b.units(l.row, "delegate", l.delegate)...)
	}
	faults = append(faults, b.overlaps()...)
	for _, code := range sortedKeys(b.instruments) {
		faults = append(faults, b.unsigned(code)...)
	}
	for _, code := range sortedKeys(b.parties) {
		for _, p := range b.parties[code] {
			faults = append(faults, b.units(p.row, "party", p.party)...)
		}
	}
	return faults
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// arrangement says that a line passes a function on by agreement.
func (l *line) arrangement() bool { return l.mode != "transfer" }

func (b *Book) notDelegable(l *line) []register.Fault {
	for code := l.function; code != "" && l.arrangement(); {
		f, ok := ever(b.functions[code], l.from)
		if !ok {
			return nil
		}
		if f.delegable == "no" {
			return []register.Fault{l.row.Fault("function", l.function,
				fmt.Sprintf("%s may not be passed on: regulation 2 of SI 2022/642 keeps it with %s", f.title, b.Name(f.owner, l.from)),
				"take the line out; only a change of the regulations could allow it (function.csv, delegable)")}
		}
		code = f.parent
	}
	return nil
}

// toICBs says that a line lets ICBs exercise the function, alone or jointly.
func (b *Book) toICBs(l *line) bool {
	return (l.mode == "by" || l.mode == "jointly") && (b.isICB(l.delegate) || b.anyICB(l.delegate) || b.committees[l.delegate] != nil)
}

// unowned finds days on which what a line delegates has no owner, who would be
// accountable, or nobody who sets its standard.
func (b *Book) unowned(l *line) (faults []register.Fault) {
	if !b.toICBs(l) {
		return nil
	}
	var owners, setters []fact
	for _, f := range b.functions[l.function] {
		owners = append(owners, f.fact)
	}
	for _, r := range b.reserved {
		if Role(r.role) == SetsStandard && b.within(l.function, r.function, l.from) {
			setters = append(setters, r.fact)
		}
	}
	if day, bare := gap(l.fact, owners); bare {
		faults = append(faults, l.row.Fault("function", l.function, fmt.Sprintf("it is delegated, but nobody is accountable for it on %s", day), "make the row of function.csv hold as long as the line does"))
	}
	if day, bare := gap(l.fact, setters); bare {
		faults = append(faults, l.row.Fault("function", l.function, fmt.Sprintf("it is delegated, but nobody sets its national standards on %s", day),
			"add a row to reserved_function.csv with the role sets_standard, or make one hold as long as the line does"))
	}
	return faults
}

// gap is the first day of a period on which none of the facts holds.
func gap(of fact, facts []fact) (day register.Day, bare bool) {
	facts = slices.Clone(facts)
	slices.SortFunc(facts, func(a, b fact) int { return int(a.from) - int(b.from) })
	day = of.from
	for _, f := range facts {
		if f.from > day {
			return day, true
		}
		if f.to >= of.to {
			return 0, false
		}
		day = max(day, f.to+1)
	}
	return day, true
}

// moments are the days of a line on which something that bears on it begins.
func (b *Book) moments(l *line, more ...fact) []register.Day {
	days := []register.Day{l.from}
	for _, i := range b.instruments[l.instrument] {
		days = append(days, i.from)
	}
	days = append(days, b.setDays[l.services]...)
	for _, f := range more {
		days = append(days, f.from)
	}
	slices.Sort(days)
	return slices.DeleteFunc(slices.Compact(days), func(d register.Day) bool { return !b.counts(l, d) })
}

// moreThanHeld finds lines by which somebody passes on what it does not hold.
func (b *Book) moreThanHeld(l *line) (faults []register.Fault) {
	if l.mode != "committee" {
		for _, day := range b.moments(l) {
			if !b.holdsFunction(l.delegator, l.function, day) {
				return []register.Fault{l.row.Fault("delegator", l.delegator,
					fmt.Sprintf("%s does not hold %s on %s and cannot pass it on", b.Name(l.delegator, day), b.title(l.function, day), day),
					"name the body that holds it, or add the line by which this one came to hold it")}
			}
		}
		return nil
	}
	for _, m := range b.members[l.delegate] {
		if !b.isICB(m.organisation) || m.to < l.from || m.from > l.to {
			continue
		}
		faults = append(faults, b.memberLacks(l, m)...)
	}
	return faults
}

func (b *Book) holdsFunction(code, function string, day register.Day) bool {
	if f, ok := on(b.functions[function], day); ok && f.owner == code {
		return true
	}
	for _, l := range b.linesTo[code] {
		if b.counts(l, day) && b.within(function, l.function, day) {
			return true
		}
	}
	return false
}

func (b *Book) title(function string, day register.Day) string {
	f, ok := ever(b.functions[function], day)
	if !ok {
		return function
	}
	return f.title
}

// memberLacks tells what a committee is given that one of its members has not.
func (b *Book) memberLacks(l *line, m *member) []register.Fault {
	for _, day := range b.moments(l, m.fact) {
		if !m.holds(day) {
			continue
		}
		var missing []string
		for _, code := range b.inSets[l.services] {
			if b.inSet(l.services, code, day) && !b.exercises(m.organisation, subject{l.function, code, ""}, day) {
				missing = append(missing, code)
			}
		}
		if l.services == "" && !b.exercises(m.organisation, subject{function: l.function}, day) {
			missing = append(missing, b.title(l.function, day))
		}
		if len(missing) == 0 {
			continue
		}
		return []register.Fault{l.row.Fault("delegate", l.delegate,
			fmt.Sprintf("the committee is given more than its members hold: on %s %s does not hold %s", day, shortName(b.Name(m.organisation, day)), some(missing)),
			"begin the line when every member holds it, or give the committee a smaller set of services")}
	}
	return nil
}

func some(codes []string) string {
	if len(codes) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(codes[:5], ", "), len(codes)-5)
	}
	return and(codes)
}

// exercises says that a line in force lets an ICB exercise the function alone.
func (b *Book) exercises(icb string, s subject, day register.Day) bool {
	for _, l := range b.linesOf[icb] {
		if l.mode == "by" && (l.delegate == icb || b.anyICB(l.delegate)) && b.counts(l, day) && b.concerns(l, icb, day) && b.covers(l, s, day) {
			return true
		}
	}
	return false
}

// overlaps finds pairs of lines that give the same to two, or twice to one.
func (b *Book) overlaps() (faults []register.Fault) {
	type pair struct{ a, b *line }
	seen := map[pair]bool{}
	for _, code := range sortedKeys(b.icbs) {
		lines := b.linesOf[code]
		for i, x := range lines {
			for _, y := range lines[i+1:] {
				if x.mode == "committee" || y.mode == "committee" || x.delegator != y.delegator || x.from > y.to || y.from > x.to || seen[pair{x, y}] {
					continue
				}
				if day, what, found := b.both(x, y, code); found {
					seen[pair{x, y}] = true
					faults = append(faults, overlapFault(b, x, y, code, day, what))
				}
			}
		}
	}
	return faults
}

// both is a day on which two lines pass the same on for the people of an ICB.
func (b *Book) both(x, y *line, icb string) (register.Day, string, bool) {
	var seats []fact
	for _, m := range b.seats[icb] {
		seats = append(seats, m.fact)
	}
	for _, day := range append(b.moments(x, append(seats, y.fact)...), b.moments(y, append(seats, x.fact)...)...) {
		if !b.counts(x, day) || !b.counts(y, day) || !b.concerns(x, icb, day) || !b.concerns(y, icb, day) {
			continue
		}
		if !b.within(x.function, y.function, day) && !b.within(y.function, x.function, day) {
			continue
		}
		if what, same := b.shared(x, y, day); same {
			return day, what, true
		}
	}
	return 0, "", false
}

// shared is a service that both lines are about, or their function.
func (b *Book) shared(x, y *line, day register.Day) (string, bool) {
	if x.services == "" || y.services == "" {
		return b.title(x.function, day), true
	}
	for _, code := range b.inSets[x.services] {
		if b.inSet(x.services, code, day) && b.inSet(y.services, code, day) {
			return "service " + code, true
		}
	}
	return "", false
}

func overlapFault(b *Book, x, y *line, icb string, day register.Day, what string) register.Fault {
	if y.row.Line < x.row.Line {
		x, y = y, x
	}
	return y.row.Fault("instrument", y.instrument,
		fmt.Sprintf("two are responsible: on %s line %s of %s passes on %s for the people of %s, and so does line %s of %s (row %d)",
			day, y.line, y.instrument, what, shortName(b.Name(icb, day)), x.line, x.instrument, x.row.Line),
		"end one the day before the other begins, or take the service out of one of the sets")
}

// unsigned finds those whose signature an instrument in force lacks.
func (b *Book) unsigned(code string) (faults []register.Fault) {
	for _, i := range b.instruments[code] {
		if !i.inForce() || i.kind == "statutory_transfer" || i.kind == "direction" {
			continue
		}
		for _, p := range b.parties[code] {
			if p.signed == "no" && p.from <= i.to && i.from <= p.to {
				faults = append(faults, p.row.Fault("signed", p.signed, fmt.Sprintf("%s is in force on %s, but %s has not signed it", code, max(p.from, i.from), b.Name(p.party, i.from)),
					"write the day of signature, or give the instrument the state that it is in (approved, say)"))
			}
		}
		for _, l := range b.linesIn[code] {
			if l.from <= i.to && i.from <= l.to {
				faults = append(faults, b.missingParties(i, l)...)
			}
		}
	}
	return faults
}

func (b *Book) missingParties(i *instrument, l *line) (faults []register.Fault) {
	for _, who := range b.needed(l) {
		span := fact{from: max(i.from, l.from, who.from), to: min(i.to, l.to, who.to)}
		if span.from > span.to {
			continue
		}
		var signed []fact
		for _, p := range b.parties[i.code] {
			if p.party == who.party {
				signed = append(signed, p.fact)
			}
		}
		if day, bare := gap(span, signed); bare {
			faults = append(faults, i.row.Fault("state", i.state, fmt.Sprintf("the instrument is in force on %s, but %s, to whom or from whom line %s passes, is no party to it", day, b.Name(who.party, day), l.line),
				"add the party to instrument_party.csv with its signature"))
		}
	}
	return faults
}

// needed are those who must have signed for a line to count.
func (b *Book) needed(l *line) []party {
	var list []party
	for _, code := range []string{l.delegator, l.delegate} {
		switch {
		case code == "" || b.anyICB(code):
		case b.committees[code] != nil:
			for _, m := range b.members[code] {
				list = append(list, party{fact: m.fact, party: m.organisation})
			}
		default:
			list = append(list, party{fact: l.fact, party: code})
		}
	}
	return list
}

// units refuses a unit, which is no legal person, where a party must stand.
func (b *Book) units(row register.Row, column, code string) []register.Fault {
	if v, ok := ever(b.bodies[code], register.Latest); !ok || v.kind != "office" {
		return nil
	}
	return []register.Fault{row.Fault(column, code, b.Name(code, register.Latest)+" is a unit and no legal person: it cannot be party to an instrument",
		"name the body that hosts it")}
}
