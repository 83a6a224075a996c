package holding

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"remit/reference"
	"remit/register"
)

// edited is the shipped pack with changes to the text of its files.
func edited(t *testing.T, edits map[string]func(string) string) (*Book, error) {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(reference.FS, "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := reference.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if edit := edits[strings.TrimSuffix(name, ".csv")]; edit != nil {
			content = []byte(edit(string(content)))
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	p, err := register.LoadFS("edited", files)
	if err != nil {
		t.Fatal(err)
	}
	return New(p)
}

func with(rows ...string) func(string) string {
	return func(s string) string { return s + strings.Join(rows, "\n") + "\n" }
}

// without leaves out the rows that begin with a text.
func without(start string) func(string) string {
	return func(s string) string {
		var kept []string
		for _, line := range strings.Split(s, "\n") {
			if !strings.HasPrefix(line, start) {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "\n")
	}
}

func replaced(old, now string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, now, 1) }
}

// agreement is a made-up agreement with one line, to be broken in different ways.
func agreement(line string) map[string]func(string) string {
	return map[string]func(string) string{
		"instrument": with("X,An agreement,delegation_specialised,in_force,LB-65Z5,,2025-04-01,,,,,2025-04-01,,low,made up"),
		"instrument_party": with("X,NHSE,delegator,,yes,2025-03-01,,2025-04-01,,low,made up",
			"X,QMJ,delegate,,yes,2025-03-01,,2025-04-01,2026-03-31,low,made up"),
		"instrument_line": with(line),
	}
}

// TestFaults makes the register nonsense in every way that the rules refuse. Each
// must be told with its file, column and value, and a sentence.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits map[string]func(string) string
		want  []string // all in one fault
	}{
		{"a function that may not be delegated",
			agreement("X,1,ND-14Z59,,NHSE,QMJ,responsible,by,delegation_65Z5,,2025-04-01,2026-03-31,low,made up"),
			[]string{"instrument_line.csv row", `column function value "ND-14Z59"`, "may not be passed on", "SI 2022/642"}},
		{"two are responsible",
			agreement("X,1,SPEC,SET-11,NHSE,QMJ,responsible,by,delegation_65Z5,,2025-04-01,2026-03-31,low,made up"),
			[]string{"instrument_line.csv row", "two are responsible", "service 114", "NHS North Central London ICB", "DELEGATION-SPEC-QMJ"}},
		{"the joint arrangement goes on into delegation",
			map[string]func(string) string{
				"instrument_line": replaced("JWA-SE,1,SPEC,SET-59,NHSE,JC-SE,members,jointly,joint_65Z5,\"NHS England stays accountable, holds the contracts and pays\",2023-04-01,2025-03-31",
					"JWA-SE,1,SPEC,SET-59,NHSE,JC-SE,members,jointly,joint_65Z5,,2023-04-01,2025-04-30"),
				"instrument": func(s string) string {
					s = strings.Replace(s, "JWA-SE,\"Joint working agreement, South East\",joint_working,in_force,LB-65Z5,,2023-04-01,2025-03-31,,,continued for 2024/25,2023-04-01,2025-03-31",
						"JWA-SE,\"Joint working agreement, South East\",joint_working,in_force,LB-65Z5,,2023-04-01,2025-04-30,,,,2023-04-01,2025-04-30", 1)
					return strings.Replace(s, "JWA-SE,\"Joint working agreement, South East\",joint_working,expired,LB-65Z5,,2023-04-01,2025-03-31,,,followed by delegation to each ICB,2025-04-01",
						"JWA-SE,\"Joint working agreement, South East\",joint_working,expired,LB-65Z5,,2023-04-01,2025-03-31,,,,2025-05-01", 1)
				},
			},
			[]string{"two are responsible: on 2025-04-01", "JWA-SE"}},
		{"nobody sets the standard",
			map[string]func(string) string{"reserved_function": without("RESERVED-SPEC-STANDARDS")},
			[]string{"instrument_line.csv row", "nobody sets its national standards on 2024-04-01", "reserved_function.csv"}},
		{"the standard ends before the delegation",
			map[string]func(string) string{"reserved_function": replaced("sets_standard,NHSE,,2013-04-01,,high", "sets_standard,NHSE,,2013-04-01,2025-12-31,high")},
			[]string{"nobody sets its national standards on 2026-01-01"}},
		{"a delegate has not signed",
			map[string]func(string) string{"instrument_party": replaced("DELEGATION-SPEC-QWE,QWE,delegate,,inferred", "DELEGATION-SPEC-QWE,QWE,delegate,,no")},
			[]string{"instrument_party.csv row", `column signed value "no"`, "in force on 2025-04-01", "South West London", "has not signed it"}},
		{"a delegate is no party",
			map[string]func(string) string{"instrument_party": without("DELEGATION-SPEC-QWE,QWE")},
			[]string{"instrument.csv row", `column state value "in_force"`, "South West London", "is no party to it"}},
		{"a member of a committee is no party",
			map[string]func(string) string{"instrument_party": without("COLLAB-SE,QKS")},
			[]string{"COLLAB-SE", "Kent and Medway", "is no party to it"}},
		{"a committee is given more than its members hold",
			map[string]func(string) string{"instrument_line": replaced("COLLAB-NW,1,SPEC,SET-59,,JC-NW,members,committee,joint_committee_65Z6,,2024-04-01", "COLLAB-NW,1,SPEC,SET-70,,JC-NW,members,committee,joint_committee_65Z6,,2025-01-01")},
			[]string{"instrument_line.csv row", `column delegate value "JC-NW"`, "given more than its members hold: on 2025-01-01", "does not hold 114, 115, 115A, 124, 29 and 5 more"}},
		{"a committee is given what is retained",
			map[string]func(string) string{"instrument_line": replaced("COLLAB-NW,2,SPEC,SET-70,", "COLLAB-NW,2,SPEC,SET-RETAINED,")},
			[]string{`value "JC-NW"`, "given more than its members hold", "does not hold 1, 100, 101, 102, 103 and 80 more"}},
		{"an ICB passes on what it does not hold",
			agreement("X,1,HJ,,QWE,QMJ,responsible,by,delegation_65Z5,,2025-04-01,2026-03-31,low,made up"),
			[]string{`column delegator value "QWE"`, "does not hold Health and justice services", "cannot pass it on"}},
		{"an office is a party",
			map[string]func(string) string{"instrument_party": with("TRANSFER-2027,OPIC-Y56,other,,not_needed,,,2027-04-01,,low,made up")},
			[]string{"instrument_party.csv row", `column party value "OPIC-Y56"`, "unit and no legal person"}},
		{"an office is a delegate",
			map[string]func(string) string{"instrument_line": with("TRANSFER-2027,9,SPEC,SET-70,NHSE,OPIC-Y56,england,transfer,statutory_transfer,,2027-04-01,,low,made up")},
			[]string{`column delegate value "OPIC-Y56"`, "unit and no legal person"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := edited(t, c.edits)
			var bad *register.DataError
			if !errors.As(err, &bad) {
				t.Fatalf("nothing was found: %v", err)
			}
			for _, f := range bad.Faults {
				if f.File == "" || f.Row == 0 || f.Column == "" || f.Remedy == "" {
					t.Errorf("the fault does not say where it is and what to do: %s", f)
				}
				if said(f.String(), c.want) {
					return
				}
			}
			t.Errorf("no fault says %q:\n%v", c.want, err)
		})
	}
}

func said(s string, all []string) bool {
	for _, want := range all {
		if !strings.Contains(s, want) {
			return false
		}
	}
	return true
}

// TestAllFaultsAtOnce: everything that is wrong is told, not only the first.
func TestAllFaultsAtOnce(t *testing.T) {
	edits := agreement("X,1,ND-14Z59,,NHSE,QMJ,responsible,by,delegation_65Z5,,2025-04-01,2026-03-31,low,made up")
	edits["reserved_function"] = without("RESERVED-PRIMARY-STANDARDS")
	_, err := edited(t, edits)
	var bad *register.DataError
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	files := map[string]int{}
	for _, f := range bad.Faults {
		files[f.Problem[:12]]++
	}
	if len(bad.Faults) < 80 || len(files) < 2 {
		t.Errorf("%d faults: %v", len(bad.Faults), files)
	}
}

// TestSoundEdits: what looks unusual and is allowed is not refused.
func TestSoundEdits(t *testing.T) {
	b, err := edited(t, map[string]func(string) string{
		// An agreement that is only planned needs no signature, and does not count.
		"instrument": with("X,An agreement,delegation_specialised,planned,LB-65Z5,,2027-04-01,,,,,2025-04-01,,low,made up"),
		// A function may be held for some services by one line and for others by another.
		"instrument_line": with("X,1,SPEC,SET-RETAINED,NHSE,QWE,responsible,by,delegation_65Z5,,2027-04-01,,low,made up"),
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := b.Who(Question{Service: "90", For: "QWE", On: day(t, "2027-05-01")})
	if err != nil || a.Holdings[1].HolderCode != "NHSE" || planState(a, "X") != "planned" {
		t.Errorf("%v %+v", err, a)
	}
}

func TestPackWithoutGovernance(t *testing.T) {
	files := fstest.MapFS{}
	names, err := fs.Glob(reference.FS, "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		switch name {
		case "function.csv", "instrument.csv", "instrument_line.csv", "instrument_party.csv", "reserved_function.csv", "mandated_guidance.csv",
			"team.csv", "team_area.csv", "team_employer.csv", "committee.csv", "committee_member.csv", "condition.csv":
			continue
		}
		content, err := reference.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	p, err := register.LoadFS("small", files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(p); !errors.Is(err, ErrNoGovernance) {
		t.Errorf("%v", err)
	}
}
