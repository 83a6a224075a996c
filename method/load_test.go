package method

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/methods"
)

// good is a method without faults; each case spoils one line of it.
const good = `method: m
kind: flow
inputs:
  - {field: tfc, as: code}
  - {field: gp_practice, as: code}
lists:
  dental: {says: dental, codes: ["140"]}
readings:
  - {reading: T1, question: Which?, default: a, options: {a: this, b: that}}
assignment_date: "''"
lookups:
  - {lookup: practice, table: practice, by: gp_practice}
facts:
  - {fact: is_open, says: open, is: practice.status == 'A'}
start:
  - {to: D}
boxes:
  - {box: D, asks: Dental?, when: tfc in dental, yes: Hub, no: P}
  - {box: P, asks: Open?, when: is_open, yes: Hub, no: Nobody}
ends:
  - {end: Hub, payers: [{from: chart, pays: "'13Q'"}]}
  - {end: Nobody}
`

// loadText loads the text of a method file called m.yaml.
func loadText(t testing.TB, text string) (*Method, error) {
	lib := testLibrary(t)
	lib.Open = func(name string) ([]byte, string, error) {
		if name != "m" {
			return nil, "", fmt.Errorf("there is no method %q", name)
		}
		return []byte(text), "m.yaml", nil
	}
	return lib.Load("m")
}

func TestLoadFaults(t *testing.T) {
	if _, err := loadText(t, good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, spoilt, want string }{
		{"unknown label", "no: P}", "no: Q}", `m.yaml:18:64: there is no box or end called "Q". Add it under boxes: or ends:`},
		{"missing end", "no: Nobody}", "no: Nobodi}", `m.yaml:19:56: there is no box or end called "Nobodi". Did you mean Nobody?`},
		{"unreachable box", "no: P}", "no: Nobody}", "m.yaml:19:11: no record can reach box P. Lead an arrow to it or take it out"},
		{"unreachable end", "no: Nobody}", "no: Hub}", `m.yaml:22:11: no record can reach the end "Nobody". Lead an arrow to it or take it out`},
		{"cycle", "yes: Hub, no: Nobody}", "yes: D, no: Nobody}", "m.yaml:18:11: the boxes go round in a circle: D > P > D. Send one of these arrows elsewhere"},
		{"type error", "when: is_open", "when: tfc", "m.yaml:19:33: this must be true or false, but is a text. Compare it with something: == 'x', or in a list"},
		{"text and truth", "when: is_open", "when: is_open == 'A'", "m.yaml:19:41: true or false and a text cannot be compared. What is true or false stands alone, or behind !"},
		{"number and text", "when: tfc in dental", "when: tfc == 140", "m.yaml:18:39: a text and a number cannot be compared. Numbers are texts here: put it in quotation marks"},
		{"no operator", "when: tfc in dental", "when: tfc == '140' and is_open", "m.yaml:18:48: and is no operator. Write && for and, || for or, ! for not"},
		{"a single =", "when: tfc in dental", "when: tfc = '140'", "m.yaml:18:39: a single = compares nothing. Write =="},
		{"quotation mark", "when: tfc in dental", "when: tfc == '140", "m.yaml:18:42: the quotation mark is not closed"},
		{"an end too early", "when: tfc in dental", "when: tfc ==", "m.yaml:18:41: the expression ends too early"},
		{"no function", "when: tfc in dental", "when: \"lft(tfc, '1') == '1'\"", "m.yaml:18:39: there is no function called lft. Did you mean left?"},
		{"arguments of a function", "when: tfc in dental", "when: left(tfc) == '1'", "m.yaml:18:39: the function left cannot take a text. Write left(text, text)"},
		{"no list", "when: tfc in dental", "when: tfc in tfc", "m.yaml:18:39: what stands after in must be a list, but is a text. Write ['a', 'b'], or the name of a list"},
		{"a look-up as a whole", "when: is_open", "when: practice == 'A'", "m.yaml:19:33: practice stands for several things and cannot be asked for as a whole. Name one of them, such as practice."},
		{"upper and lower case", "when: tfc in dental", "when: TFC in dental", "m.yaml:18:35: there is no input, look-up, fact, list or reading called TFC. Did you mean tfc?"},
		{"asked before it is known", "when: is_open", "when: result.payer == ''", "m.yaml:19:39: result.payer is not known before the decision: only warnings may ask for it"},
		{"list for a text", "kind: flow", "kind: flow\ntitle: [a, b]", "m.yaml:3:8: a list stands where a text belongs"},
		{"text for a list", "start:\n  - {to: D}\n", "start: D\n", "m.yaml:15:8: a text stands where a list belongs"},
		{"based on nothing", "kind: flow", "kind: flow\nbased_on: nosuch", `m.yaml:3:11: there is no method "nosuch". Name a shipped method, or the path of a method file`},
		{"based on itself", "kind: flow", "kind: flow\nbased_on: m", "m.yaml:3:11: it is based on itself: m > m"},
		{"unknown name", "when: tfc in dental", "when: tfk in dental", "m.yaml:18:35: there is no input, look-up, fact, list or reading called tfk. Did you mean tfc?"},
		{"unknown column", "practice.status == 'A'", "practice.state == 'A'", "m.yaml:14:45: there is no input, look-up, fact, list or reading called practice.state. Did you mean practice.status?"},
		{"unknown key", "kind: flow", "kind: flow\nknd: flow", `m.yaml:3:1: unknown field "knd"`},
		{"unknown kind", "kind: flow", "kind: flo", `m.yaml:1:9: kind is "flo". Write kind: flow or kind: tool`},
		{"unknown table", "table: practice", "table: practise", `m.yaml:12:31: there is no reference table "practise". See remit reference check`},
		{"unknown cleaning", "{field: tfc, as: code}", "{field: tfc, as: codes}", `m.yaml:4:22: input tfc cannot be read as "codes"`},
		{"duplicate box", "{box: P,", "{box: D,", "m.yaml:19:11: there are two boxes labelled D. Give each box its own label"},
		{"duplicate end", "{end: Nobody}", "{end: Hub}", `m.yaml:22:11: there are two ends called "Hub". Give it another name`},
		{"reading with a bad default", "default: a", "default: c", `m.yaml:9:46: the default "c" is not an option of reading T1. Choose one of a, b`},
		{"unknown reading", "no: P}", "no: {reading: T2, a: P, b: P}}", `there is no reading "T2". Write reading: with the id of a reading`},
		{"option without a target", "no: P}", "no: {reading: T1, a: P}}", `there is no target for option "b". Name a target for every option of reading T1`},
		{"fact defined by itself", "is: practice.status == 'A'", "is: is_open", "m.yaml:14:37: fact is_open is defined by itself. Break the circle"},
		{"look-up defined by itself", "by: gp_practice", "by: practice.code", "m.yaml:12:45: look-up practice is defined by itself. Break the circle"},
		{"fact that says nothing", ", is: practice.status == 'A'", "", "m.yaml:14:12: fact is_open says nothing. Write is: (true or false) or value: (a text)"},
		{"start without default", "{to: D}", "{when: is_open, to: D}", "m.yaml:16:12: a record for which no start condition holds has nowhere to go. Let the last route have no condition"},
		{"no start", "start:\n  - {to: D}\n", "", "m.yaml:1:9: the method does not say where a record starts. Add start: with a route to the first box"},
		{"function that cannot be translated", "when: tfc in dental", "when: tfc.contains('1')", "m.yaml:18:47: contains cannot be translated. See the manual page on methods"},
		{"number literal", "when: tfc in dental", "when: 1 == 1", "m.yaml:18:35: only texts, true and false can be written here; put numbers in quotation marks"},
		{"box without a condition", "when: is_open, ", "", "m.yaml:19:11: box P has no condition. Write when: with a condition"},
		{"box without a question", "asks: Open?, ", "", "m.yaml:19:11: box P has no question. Write asks: with the question in plain words"},
		{"payer from nowhere", "{from: chart, pays:", "{pays:", "m.yaml:21:33: it is not said which look-up supplies this payer. Write from: practice, postcode, provider, ..."},
		{"unknown list of payers", "{end: Nobody}", "{end: Nobody, use: nobody}", `there is no list of payers "nobody". Define it under payers:`},
		{"broken date", "kind: flow", "kind: flow\napplies: {from: 2025-13-01}", "m.yaml:3:17:"},
		{"two names alike", "{field: tfc, as: code}", "{field: is_open, as: code}", "m.yaml:14:12: there are two things called is_open. Give each input, look-up, fact and list a name of its own"},
		{"no name", "method: m\n", "", "m.yaml:1:1: the method has no name. Start the file with method: NAME"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.spoilt, 1)
			if text == good {
				t.Fatalf("the good method has no %q", c.old)
			}
			_, err := loadText(t, text)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
			}
		})
	}
}

// TestLoadGivesEveryFault holds that a file with three faults is told of all three.
func TestLoadGivesEveryFault(t *testing.T) {
	text := strings.NewReplacer("when: tfc in dental", "when: tfk in dental", "is: practice.status", "is: practise.status", "when: is_open", "when: tfc").Replace(good)
	_, err := loadText(t, text)
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Fatalf("got %v", err)
	}
	for i, line := range []int{14, 18, 19} {
		if faults[i].Line != line {
			t.Errorf("fault %d is on line %d, want %d", i, faults[i].Line, line)
		}
	}
}

func TestLoadSpec(t *testing.T) {
	lib := testLibrary(t)
	for spec, want := range map[string]string{
		"cam-2025-26+A4":          `"A4" does not choose a reading. Write cam-2025-26+READING=OPTION`,
		"cam-2025-26+A4=41":       `reading A4 has no option "41". Choose one of both, 39, 40`,
		"cam-2025-26+Z9=x":        `the method has no reading "Z9". See remit method show cam-2025-26`,
		"cam-2025-26+A4=40":       "",
		"cam-2025-26+A4=40+A4=39": "reading A4 is chosen twice",
		"cam-2025-26+A4=40+A2":    "does not choose a reading",
	} {
		m, err := lib.Load(spec)
		switch {
		case want == "" && (err != nil || m.Spec() != spec):
			t.Errorf("%s: %v", spec, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", spec, err, want)
		}
		var wrong *SpecError
		if want != "" && (!errors.As(err, &wrong) || wrong.Spec != spec) {
			t.Errorf("%s: %v is not an error of the spec", spec, err)
		}
	}
}

// TestFaultsInFoldedText holds that a fault is told where it stands in the
// file, however YAML folds the lines and whatever is indented.
func TestFaultsInFoldedText(t *testing.T) {
	for name, spoilt := range map[string]string{
		"folded":           "  - box: D\n    asks: Dental?\n    yes: Hub\n    no: P\n    when: >-\n      tfc in dental ||\n\n        is_open &&\n      tfk == 'x'\n",
		"literal":          "  - box: D\n    asks: Dental?\n    yes: Hub\n    no: P\n    when: |\n      tfc in dental\n        || tfc == ''\n\n      || tfk == 'x'\n",
		"on several lines": "  - box: D\n    asks: Dental?\n    yes: Hub\n    no: P\n    when: tfc in dental ||\n      is_open\n\n      || tfk == 'x'\n",
	} {
		text := strings.Replace(good, "  - {box: D, asks: Dental?, when: tfc in dental, yes: Hub, no: P}\n", spoilt, 1)
		before, _, _ := strings.Cut(text, "tfk")
		line := strings.Count(before, "\n") + 1
		column := len(before) - strings.LastIndex(before, "\n")
		_, err := loadText(t, text)
		if want := fmt.Sprintf("m.yaml:%d:%d: there is no input", line, column); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// FuzzLoad holds that no text makes the program panic: it is a method that can be
// shown and drawn, or it is told its faults.
func FuzzLoad(f *testing.F) {
	f.Add(good)
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	tool, err := methods.Files.ReadFile("cam-tool-5.3.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(tool))
	for _, s := range []string{"", "{}", "[]", "method:", "boxes: [~]", "boxes: [{}]", "start: [{to: a}]\nends: [{}]", "a: &a [*a]", "method: !!binary x", "yes: {reading: ~}"} {
		f.Add(s)
	}
	lib := testLibrary(f)
	f.Fuzz(func(t *testing.T, text string) {
		lib := lib
		lib.Open = func(name string) ([]byte, string, error) {
			if name != "m" {
				return nil, "", os.ErrNotExist
			}
			return []byte(text), "m.yaml", nil
		}
		m, err := lib.Load("m")
		if err != nil {
			return
		}
		Diff(m, m)
		Bind(m, Binding{})
		if len(m.Boxes) < 40 {
			newPen(m)
		}
	})
}
