package holding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"remit/register"
)

// Task is one thing that a succession of organisations makes necessary. Its key
// stays the same as long as the succession does, so that it can be kept track of.
type Task struct {
	Key         string       `json:"key"`  // 2026-04-01/QMJ/novate/DELEGATION-SPEC-QMJ
	Kind        string       `json:"kind"` // novate, collapse_seat, re_point_host, re_sum_shares, check_condition, scheme_of_delegation, interests
	On          register.Day `json:"on"`
	Predecessor string       `json:"predecessor"`
	Successors  []string     `json:"successors"`
	About       Ref          `json:"about"`
	Title       string       `json:"title"` // what to do
	Detail      string       `json:"detail"`
	Recorded    string       `json:"recorded"` // what the register already says of it; blank: nothing
}

// Successions are the days on which ICBs succeed one another.
func (b *Book) Successions() []register.Day {
	var days []register.Day
	for _, list := range b.successors {
		for _, s := range list {
			if s.kind == "icb" {
				days = append(days, s.on)
			}
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// Tasks list all that the succession of ICBs on a day touches, for each
// predecessor: instruments to novate, seats to collapse, hosts to re-point,
// shares of contracts to add up anew, conditions to look at, schemes of
// delegation and interests to write anew. Ordered by key.
func (b *Book) Tasks(on register.Day) []Task {
	list := []Task{}
	for _, code := range sortedKeys(b.successors) {
		var to []succession
		for _, s := range b.successors[code] {
			if s.kind == "icb" && s.on == on {
				to = append(to, s)
			}
		}
		if len(to) > 0 {
			w := work{b, code, to, on}
			list = slices.Concat(list, w.instruments(), w.seats(), w.hosts(), w.conditions(), w.rest())
		}
	}
	slices.SortStableFunc(list, func(x, y Task) int { return cmp.Compare(x.Key, y.Key) })
	return list
}

// work is what one predecessor leaves to be done.
type work struct {
	b    *Book
	from string
	to   []succession
	on   register.Day
}

func (w *work) heirs() []string {
	var codes []string
	for _, s := range w.to {
		codes = append(codes, s.successor)
	}
	return codes
}

func (w *work) heirNames() string {
	var names []string
	for _, s := range w.to {
		name := shortName(w.b.Name(s.successor, w.on))
		if s.partial() {
			name += " (" + s.note + ")"
		}
		names = append(names, name)
	}
	return and(names)
}

func (w *work) task(kind string, about Ref, title, detail, recorded string) Task {
	return Task{Key: fmt.Sprintf("%s/%s/%s/%s", w.on, w.from, kind, about.Key), Kind: kind, On: w.on, Predecessor: w.from,
		Successors: w.heirs(), About: about, Title: title, Detail: detail, Recorded: recorded}
}

func (w *work) name() string { return shortName(w.b.Name(w.from, w.on-1)) }

// instruments to which the predecessor was party on its last day.
func (w *work) instruments() (list []Task) {
	b := w.b
	for _, code := range sortedKeys(b.parties) {
		i, ok := on(b.instruments[code], w.on-1)
		if !ok || !i.inForce() || !partyOn(b, code, w.from, w.on-1) {
			continue
		}
		recorded := ""
		if after, ok := on(b.instruments[code], w.on); ok && after.state == "novated" {
			recorded = "novated" + map[bool]string{true: " to " + after.supersededBy}[after.supersededBy != ""]
		}
		var joined []string
		for _, heir := range w.heirs() {
			if partyOn(b, code, heir, w.on) {
				joined = append(joined, heir)
			}
		}
		if recorded == "" && len(joined) > 0 {
			recorded = "party since: " + and(joined)
		}
		list = append(list, w.task("novate", Ref{"instrument", code}, "Novate "+i.title, fmt.Sprintf("%s was party to it until %s; it passes to %s.", w.name(), longDay(w.on-1), w.heirNames()), recorded))
	}
	return list
}

func partyOn(b *Book, instrument, code string, day register.Day) bool {
	return slices.ContainsFunc(b.parties[instrument], func(p *party) bool { return p.party == code && p.holds(day) })
}

// seats on committees: they fall together where successors or other
// predecessors have one there too.
func (w *work) seats() (list []Task) {
	b := w.b
	for _, m := range b.seats[w.from] {
		if !m.holds(w.on - 1) {
			continue
		}
		var taken []string
		for _, heir := range w.heirs() {
			if b.seated(heir, m.committee, w.on) != nil {
				taken = append(taken, heir)
			}
		}
		var before, after int
		for _, x := range b.members[m.committee] {
			if b.isICB(x.organisation) && x.holds(w.on-1) {
				before++
			}
			if b.isICB(x.organisation) && x.holds(w.on) {
				after++
			}
		}
		recorded := ""
		if len(taken) > 0 {
			recorded = fmt.Sprintf("seat of %s; %d ICB seats before, %d after", and(taken), before, after)
		}
		list = append(list, w.task("collapse_seat", Ref{"committee", m.committee}, "Settle the seat of "+w.name()+" on the "+b.Name(m.committee, w.on-1),
			"One body has one seat: see quorum, votes and deputies again in the terms of reference.", recorded))
	}
	return list
}

// hosts are teams that the predecessor employed.
func (w *work) hosts() (list []Task) {
	b := w.b
	for _, t := range b.teams {
		e, ok := on(b.employers[t.code], w.on-1)
		if !ok || e.employer != w.from {
			continue
		}
		recorded := ""
		if now, ok := on(b.employers[t.code], w.on); ok && now.employer != w.from && now.employer != "" {
			recorded = "employer since: " + now.employer
		}
		list = append(list, w.task("re_point_host", Ref{"team", t.code}, "Re-point the host of "+t.name, fmt.Sprintf("%s hosted it; staff pass to %s.", w.name(), w.heirNames()), recorded))
	}
	return list
}

// conditions that were laid on the predecessor, or on every ICB of a kind.
func (w *work) conditions() (list []Task) {
	each(w.b.pack, "condition", func(f *fields) {
		who := f.get("organisation")
		if !f.holds(w.on-1) || who != "" && who != w.from {
			return
		}
		list = append(list, w.task("check_condition", Ref{"condition", f.get("code")}, "Decide whether a condition follows to "+strings.Join(w.heirs(), ", "),
			f.get("trigger")+": "+f.get("effect")+".", ""))
	})
	return list
}

// rest are the tasks that every succession brings.
func (w *work) rest() []Task {
	about := Ref{"icb", w.from}
	return []Task{
		w.task("re_sum_shares", about, "Add up contract shares anew", fmt.Sprintf("Shares of %s in provider contracts, pools and plans pass to %s.", w.name(), w.heirNames()), ""),
		w.task("scheme_of_delegation", about, "Re-issue the scheme of reservation and delegation", "It must list the functions delegated outward and to joint committees.", ""),
		w.task("interests", about, "Declare interests anew", "Members of "+w.name()+" who serve a successor declare to it.", ""),
	}
}
