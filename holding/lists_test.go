package holding

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"remit/register"
)

// services counts what is listed by kind of subject.
func counted(list []Held, kind string, want func(h *Held) bool) int {
	n := 0
	for i := range list {
		if list[i].Subject.Kind == kind && want(&list[i]) {
			n++
		}
	}
	return n
}

func inRole(role Role) func(h *Held) bool {
	return func(h *Held) bool { return slices.Contains(h.Roles, role) }
}

func TestHolds(t *testing.T) {
	b := shipped(t)
	for _, c := range []struct {
		code, on string
		role     Role
		services int
		source   string
	}{
		{"QMJ", "2024-06-01", Responsible, 59, "jointly, for the 59"},
		{"QMJ", "2024-06-01", Contracts, 0, "a joint arrangement leaves the contracts with NHS England"},
		{"QMJ", "2025-06-01", Responsible, 69, "69 of the 70 are established"},
		{"QMJ", "2026-06-01", Responsible, 0, "closed on 31 March 2026"},
		{"Z9B2Z", "2026-06-01", Responsible, 69, "its successor"},
		{"QNC", "2024-06-01", Pays, 59, "delegated in the Midlands from 1 April 2024"},
		{"QNC", "2025-06-01", Pays, 69, "with those added on 1 April 2025"},
		{"NHSE", "2025-06-01", Accountable, 154, "accountable for all 154, delegated or not"},
		{"NHSE", "2025-06-01", SetsStandard, 154, "sets the standards of all"},
		{"NHSE", "2020-06-01", Responsible, 154, "the one commissioner"},
		{"JC-LON", "2025-06-01", Decides, 69, "the London committee"},
		{"JC-LON", "2024-06-01", Decides, 59, "the London committee with NHS England"},
	} {
		list, err := b.Holds(c.code, day(t, c.on))
		if err != nil {
			t.Fatal(err)
		}
		if n := counted(list, "service", inRole(c.role)); n != c.services {
			t.Errorf("%s on %s: %s for %d services, want %d (%s)", c.code, c.on, c.role, n, c.services, c.source)
		}
	}
	if _, err := b.Holds("ZZZ", day(t, "2025-06-01")); err == nil {
		t.Error("an unknown organisation holds something")
	}
	list, err := b.Holds("QMJ", day(t, "2023-05-01"))
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(list, func(h Held) bool { return h.Subject.Code == "11" }); i < 0 || !strings.Contains(list[i].With, "London joint committee") {
		t.Errorf("that the service is held jointly is not told: %+v", list[max(i, 0)])
	}
}

func TestRetained(t *testing.T) {
	b := shipped(t)
	everywhere := func(h *Held) bool { return h.People == "" }
	for on, want := range map[string][2]int{
		"2020-06-01": {154, 0}, // the one commissioner
		"2023-06-01": {95, 0},  // all but the 59 that are joint
		"2024-06-01": {95, 0},
		"2025-06-01": {85, 0}, // 154 less the 69 that are established
		"2026-06-01": {85, 0},
	} {
		list := b.Retained(day(t, on))
		all := counted(list, "service", everywhere)
		if some := counted(list, "service", func(h *Held) bool { return h.People != "" }); all != want[0] || some != want[1] {
			t.Errorf("on %s %d services are retained, and %d for some: want %v", on, all, some, want)
		}
	}
	var functions []string
	for _, h := range b.Retained(day(t, "2026-06-01")) {
		if h.Subject.Kind == "function" {
			functions = append(functions, h.Subject.Code)
		}
	}
	if want := []string{"S7A", "VACC", "SCREEN", "CHIS", "SARC", "HJ", "AF"}; !slices.Equal(functions, want) {
		t.Errorf("retained functions %q, want %q", functions, want)
	}
}

func TestBetween(t *testing.T) {
	b := shipped(t)
	count := func(from, to string) map[string]int {
		n := map[string]int{}
		for _, d := range b.Between(day(t, from), day(t, to)) {
			n[d.Kind+" "+d.What]++
			if d.Code == "" || d.Name == "" || d.Source == "" || d.Before == d.After && !strings.Contains(d.What, "SET-") {
				t.Errorf("%+v", d)
			}
			if d.On <= day(t, from) || d.On > day(t, to) {
				t.Errorf("between %s and %s: %+v", from, to, d)
			}
		}
		return n
	}
	// 12 ICBs, a sub-ICB location and 3 trusts closed; 6 ICBs and a location began.
	n := count("2026-03-31", "2026-04-01")
	if n["organisation closed"] != 16 || n["organisation began"] != 7 || n["holder responsible"] != 6 || n["team employer"] != 1 {
		t.Errorf("on 1 April 2026: %v", n)
	}
	// The 59 in the 22 ICBs of four regions, the rest in all 42.
	n = count("2025-03-31", "2025-04-01")
	if n["holder responsible"] != 64 || n["organisation closed"] != 0 || n["instrument state"] == 0 {
		t.Errorf("on 1 April 2025: %v", n)
	}
	// Staff moved, and nothing else was otherwise.
	n = count("2025-06-30", "2025-07-01")
	if n["holder employs"] == 0 || n["holder responsible"] != 0 || n["holder pays"] != 0 || n["team employer"] != 12 {
		t.Errorf("on 1 July 2025: %v", n)
	}
	if n = count("2025-07-02", "2025-07-03"); len(n) != 0 {
		t.Errorf("on a day of no change: %v", n)
	}
	for _, d := range b.Between(day(t, "2024-03-31"), day(t, "2024-04-01")) {
		if d.Kind == "holder" && d.What == "responsible" && d.People == "QNC" {
			if d.Before != "NHS England and NHS Staffordshire and Stoke-on-Trent ICB" || d.After != "NHS Staffordshire and Stoke-on-Trent ICB" || len(strings.Fields(d.Code)) != 59 {
				t.Errorf("%+v", d)
			}
			return
		}
	}
	t.Error("that Staffordshire took on delegation is not told")
}

func TestEvents(t *testing.T) {
	b := shipped(t)
	all := b.Events(EventFilter{})
	if len(all) != 31 {
		t.Errorf("%d events", len(all))
	}
	status := map[string]string{}
	for i, e := range all {
		status[e.Code] = e.Status
		if i > 0 && all[i-1].On > e.On {
			t.Errorf("%s stands before %s", all[i-1].Code, e.Code)
		}
		for _, about := range e.About {
			if about.Table == "service_set" {
				if b.sets[about.Key] == nil {
					t.Errorf("%s is about %v, which is not there", e.Code, about)
				}
			} else if tb := b.pack.Table(about.Table); tb == nil || tb.Rows(about.Key) == nil {
				t.Errorf("%s is about %v, which is not there", e.Code, about)
			}
		}
	}
	for code, want := range map[string]string{"2025-02-06-vaccination": "overtaken", "2022-10-01-deferral": "deferred", "2027-04-01-transfer": "planned", "2026-05-14-bill": "bill", "2025-04-01-delegation": "done"} {
		if status[code] != want {
			t.Errorf("%s is %q, want %s", code, status[code], want)
		}
	}
	for _, c := range []struct {
		f    EventFilter
		code string
		want bool
	}{
		{EventFilter{Region: "Y60"}, "2024-04-01-delegation", true},
		{EventFilter{Region: "Y56"}, "2024-04-01-delegation", false},
		{EventFilter{ICB: "QNC"}, "2024-04-01-delegation", true},
		{EventFilter{ICB: "QMJ"}, "2024-04-01-delegation", false},
		{EventFilter{ICB: "QNQ"}, "2026-04-01-mergers", true},
		{EventFilter{ICB: "QOP"}, "2026-04-01-mergers", false},
		{EventFilter{Kind: "staff"}, "2025-07-01-staff", true},
		{EventFilter{Kind: "staff"}, "2025-04-01-delegation", false},
		{EventFilter{From: day(t, "2025-04-02")}, "2025-04-01-delegation", false},
		{EventFilter{To: day(t, "2025-04-01")}, "2025-04-01-delegation", true},
	} {
		if got := slices.ContainsFunc(b.Events(c.f), func(e Event) bool { return e.Code == c.code }); got != c.want {
			t.Errorf("%+v chooses %s: %v, want %v", c.f, c.code, got, c.want)
		}
	}
}

func TestTasks(t *testing.T) {
	b := shipped(t)
	on := day(t, "2026-04-01")
	if days := b.Successions(); !slices.Equal(days, []register.Day{on}) {
		t.Errorf("successions on %v", days)
	}
	tasks := b.Tasks(on)
	keys := map[string]Task{}
	of := map[string]int{}
	for _, task := range tasks {
		if _, twice := keys[task.Key]; twice {
			t.Errorf("%s is there twice", task.Key)
		}
		keys[task.Key] = task
		of[task.Predecessor]++
		if task.Title == "" || task.Detail == "" || len(task.Successors) == 0 {
			t.Errorf("%+v", task)
		}
	}
	if len(of) != 12 {
		t.Errorf("%d ICBs closed, want 12", len(of))
	}
	// North Central London: two delegations, the collaboration, the hosting; a seat;
	// the team that it hosted; the condition; shares, scheme and interests.
	if of["QMJ"] != 10 {
		t.Errorf("%d tasks for QMJ, want 10", of["QMJ"])
	}
	for key, recorded := range map[string]string{
		"2026-04-01/QMJ/novate/DELEGATION-SPEC-QMJ":    "novated to DELEGATION-SPEC-Z9B2Z",
		"2026-04-01/QMJ/novate/HOST-LON":               "party since: Z9B2Z",
		"2026-04-01/QMJ/re_point_host/TEAM-SPEC-LON":   "employer since: Z9B2Z",
		"2026-04-01/QMJ/collapse_seat/JC-LON":          "5 ICB seats before, 4 after",
		"2026-04-01/QNQ/collapse_seat/JC-SE":           "6 ICB seats before, 4 after",
		"2026-04-01/QM7/collapse_seat/JC-EOE":          "6 ICB seats before, 3 after",
		"2026-04-01/QNQ/re_sum_shares/QNQ":             "",
		"2026-04-01/QJG/check_condition/CONDITION-NOF": "",
	} {
		if task, ok := keys[key]; !ok || !strings.Contains(task.Recorded, recorded) {
			t.Errorf("%s: %+v, want %q", key, task, recorded)
		}
	}
	if d := keys["2026-04-01/QNQ/re_sum_shares/QNQ"].Detail; !strings.Contains(d, "244 LSOA11s") || !strings.Contains(d, "Hampshire and Isle of Wight") {
		t.Errorf("the three ways of Frimley are not told: %s", d)
	}
	if again := b.Tasks(on); fmt.Sprint(again) != fmt.Sprint(tasks) {
		t.Error("asked again the tasks are others")
	}
	if n := len(b.Tasks(on - 1)); n != 0 {
		t.Errorf("%d tasks on a day without a succession", n)
	}
}
