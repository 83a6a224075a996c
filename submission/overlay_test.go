package submission

import (
	"os"
	"strings"
	"testing"
)

func TestOverlay(t *testing.T) {
	over := func(text string) (*Rules, error) { return LoadRules(Overlay{"mine.csv", []byte(text)}) }
	plain := shippedRules(t)

	switched, err := over("# off until the providers have changed their exports\nid,state\nyear_layout,off\n")
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := switched.Rule("year_layout"); r.On || r.Message == "" || switched.Hash == plain.Hash {
		t.Errorf("the rule was not switched off alone: %+v", r)
	}
	if r, _ := plain.Rule("year_layout"); !r.On {
		t.Error("an overlay changed the shipped rules")
	}

	added, err := over("id,state,feeds,field,kind,argument,when,severity,message,remedy,valid_from,valid_to,confidence,source\n" +
		"our_ward,on,ACM,ward,pattern,^W[0-9]+$,pod has_activity,reject_row,{value} is no ward of ours.,Ask us.,2026-04-01,2027-03-31,high,Schedule 6\n")
	if err != nil {
		t.Fatal(err)
	}
	s := acm().renamed(localPOD, "WARD CODE").with(1, "WARD CODE", "Ward 9").with(2, "WARD CODE", "W9").with(3, "WARD CODE", "")
	v := validatorFor(t, added, s, Given{})
	for i, row := range s.rows {
		v.Row(int64(i+1), bytesOf(row))
	}
	r := v.Finish()
	if len(r.Findings) != 1 || r.Findings[0].Message != "Ward 9 is no ward of ours." || r.Findings[0].Rows != 1 || r.Rejected != 1 {
		t.Errorf("the rule that was added found %+v", r.Findings)
	}
}

// TestRuleFaults: all faults of a file of rules are told, each with its place.
func TestRuleFaults(t *testing.T) {
	const header = "id,state,feeds,field,kind,argument,when,severity,message,remedy,valid_from,valid_to,confidence,source\n"
	const good = "new_one,on,ACM,ward,length,3,,warn,Wrong.,Mend it.,,,high,Us\n"
	change := func(from, to string) string { return header + strings.Replace(good, from, to, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"no such column":      {"id,colour\nyear_layout,red\n", "there is no such column"},
		"no such rule":        {"id,state\nno_such_rule,off\n", "no rule has this id"},
		"twice":               {"id,state\nyear_layout,off\nyear_layout,on\n", "the rule is there twice"},
		"neither on nor off":  {"id,state\nyear_layout,maybe\n", "a rule is on or off"},
		"unknown feed":        {change("ACM", "SUS"), "a part of it is not a feed"},
		"unknown field":       {change("ward", "bed"), "there is no such field"},
		"unknown kind":        {change("length", "size"), "there is no such kind"},
		"bad range":           {change("length,3", "length,6-3"), "it is not a range"},
		"bad severity":        {change("warn", "fatal"), "it is not a severity"},
		"no remedy":           {change("Mend it.", ""), "it is blank"},
		"bad date":            {change(",,,high", ",1 April,,high"), "the period cannot be read"},
		"dates turned round":  {change(",,,high", ",2026-05-01,2026-04-01,high"), "is after"},
		"bad confidence":      {change("high", "sure"), "it is not a confidence"},
		"bad pattern":         {change("length,3", "pattern,("), "the pattern is not written correctly"},
		"unknown table":       {change("length,3", "table,wards"), "is not a table of the reference pack"},
		"bad predicate":       {change(",,warn", ",pod rhymes,warn"), "a field is filled, blank, nonzero"},
		"predicate of nobody": {change(",,warn", ",bed filled,warn"), `there is no field "bed"`},
		"a ragged row":        {header + "new_one,on\n", "wrong number of fields"},
		"no field":            {change("ward,", ","), "needs a field"},
		"bad layout":          {change("length,3", "date_layout,iso|roman"), "is not a layout"},
		"id with capitals":    {change("new_one", "New One"), "an id is lower case"},
		"bad formula":         {change("length,3", "line_total,a times b"), "it is not written count * price"},
		"nothing":             {"", "the header cannot be read"},
	} {
		_, err := LoadRules(Overlay{"mine.csv", []byte(c.text)})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "mine.csv row ") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	_, err := LoadRules(Overlay{"mine.csv", []byte(header + strings.Replace(strings.Replace(good, "ACM", "SUS", 1), "warn", "fatal", 1) + strings.Replace(strings.Replace(good, "new_one", "other", 1), "ward", "bed", 1))})
	if faults, ok := err.(Faults); !ok || len(faults) != 3 {
		t.Errorf("three faults in two rows, and got %v", err)
	}
}

func TestCasesTell(t *testing.T) {
	const header = "rule,feed,values,given,expected,why\n"
	run := func(text string) (Checked, error) {
		return CheckRules("c.csv", strings.NewReader(header+text), shippedRules(t), shippedPack(t))
	}
	done, err := run("pod_needed,ACM,pod=,,,it is expected to pass and does not\npod_needed,ACM,pod=,,pod_needed,\n")
	if err != nil || done.Passed != 1 || len(done.Differences) != 1 {
		t.Fatalf("got %+v, %v", done, err)
	}
	if got := done.Differences[0].String(); got != "c.csv row 2, pod_needed: expected none, got pod_needed" {
		t.Errorf("the difference reads %q", got)
	}
	for text, want := range map[string]string{
		"no_rule,ACM,pod=,,,\n":         "there is no rule no_rule",
		"pod_needed,SUS,pod=,,,\n":      "is not a feed",
		"pod_needed,ACM,pod,,,\n":       "is not field=value",
		"pod_needed,ACM,pod=,day=1,,\n": "is not provider, year, month, file or previous",
	} {
		if _, err := run(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// TestKindsAreDescribed holds the manual of the rules against the kinds there are.
func TestKindsAreDescribed(t *testing.T) {
	text, err := os.ReadFile("../rules/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds() {
		if !strings.Contains(string(text), "`"+kind+"`") {
			t.Errorf("rules/README.md does not describe the kind %s", kind)
		}
	}
}
