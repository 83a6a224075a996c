package submission

import (
	"math/rand/v2"
	"strings"
	"testing"

	"remit/activity"
)

func pounds(t testing.TB, s string) activity.Amount {
	t.Helper()
	a, _, err := activity.ParseAmount([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestReconcile holds the identities against a month that agrees, and against
// one fault at a time. A total is feed service POD pounds.
func TestReconcile(t *testing.T) {
	const agreed = "ACM A DC 100; ACM A DRUG 30; ACM B DEVICE 20; PLCM A DC 100; DrPLCM A DRUG 30; DePLCM B DEVICE 20"
	all := map[IdentityID]State{ACMIsInvoice: Holds, ACMIsPatients: Holds, ACMIsPLCM: Holds, ACMIsDrPLCM: Holds, ACMIsDePLCM: Holds}
	but := func(changes ...any) map[IdentityID]State {
		m := map[IdentityID]State{}
		for id, s := range all {
			m[id] = s
		}
		for i := 0; i < len(changes); i += 2 {
			m[changes[i].(IdentityID)] = changes[i+1].(State)
		}
		return m
	}
	for _, c := range []struct {
		name, totals, invoice string
		want                  map[IdentityID]State
		lines                 string // of the patient level identity: service POD left right
	}{
		{"all agree", agreed, "150", all, ""},
		{"an invoice of more", agreed, "151", but(ACMIsInvoice, Differs), ""},
		{"no invoice", agreed, "", but(ACMIsInvoice, NotTested), ""},
		{"a penny of rounding", strings.Replace(agreed, "PLCM A DC 100", "PLCM A DC 100.01", 1), "150", all, "A DC 100.00 100.01"},
		{"one line more", agreed + "; PLCM C EL 5", "150", but(ACMIsPatients, Differs, ACMIsPLCM, Differs), "C EL 0.00 5.00"},
		{"a drug short", strings.Replace(agreed, "DrPLCM A DRUG 30", "DrPLCM A DRUG 25", 1), "150", but(ACMIsPatients, Differs, ACMIsDrPLCM, Differs), "A DRUG 30.00 25.00"},
		{"devices not sent", strings.Replace(agreed, "; DePLCM B DEVICE 20", "", 1), "150", but(ACMIsPatients, NotTested, ACMIsDePLCM, NotTested), ""},
		{"a drug among the patients' activity", strings.Replace(agreed, "DrPLCM A DRUG 30", "PLCM A DRUG 30; DrPLCM Z DRUG 0", 1), "150",
			but(ACMIsPLCM, Differs, ACMIsDrPLCM, Differs), ""},
		{"no aggregate", "PLCM A DC 100", "", map[IdentityID]State{ACMIsInvoice: NotTested, ACMIsPatients: NotTested, ACMIsPLCM: NotTested, ACMIsDrPLCM: NotTested, ACMIsDePLCM: NotTested}, ""},
	} {
		var totals []Total
		for text := range strings.SplitSeq(c.totals, "; ") {
			w := strings.Fields(text)
			totals = append(totals, Total{Feed: activity.Dataset(w[0]), Provider: "RJ1", Commissioner: "72Q", Year: "202627", Month: 1, Service: w[1], POD: w[2], Price: pounds(t, w[3])})
		}
		var invoices []Invoice
		if c.invoice != "" {
			invoices = []Invoice{{Provider: "RJ1", Commissioner: "72Q", Year: "202627", Month: 1, Value: pounds(t, c.invoice)}}
		}
		got := Reconcile(totals, invoices, Sent{}, shippedPack(t), activity.Pence(1))
		if len(got) != 5 {
			t.Fatalf("%s: %d identities", c.name, len(got))
		}
		for _, i := range got {
			if i.State != c.want[i.ID] {
				t.Errorf("%s: %s %s (£%s against £%s, missing %v), want %s", c.name, i.ID, i.State, i.Left.Pounds(), i.Right.Pounds(), i.Missing, c.want[i.ID])
			}
			if i.ID == ACMIsPatients && i.State != NotTested {
				var lines []string
				for _, l := range i.Lines {
					lines = append(lines, strings.Join([]string{l.Service, l.POD, l.Left.Pounds(), l.Right.Pounds()}, " "))
				}
				if text := strings.Join(lines, "; "); text != c.lines {
					t.Errorf("%s: the lines are %q, want %q", c.name, text, c.lines)
				}
			}
		}
	}
}

// TestReconcileNothingSent: a feed that was sent for the provider and month, and
// has nothing of the commissioner, is nothing and not missing.
func TestReconcileNothingSent(t *testing.T) {
	totals := []Total{{Feed: activity.ACM, Provider: "RJ1", Commissioner: "72Q", Year: "202627", Month: 1, POD: "DC", Price: activity.Pence(100)}}
	sent := SentIn(map[Slice]string{slice(activity.PLCM, 1, ""): "a", slice(activity.DrPLCM, 1, ""): "b", slice(activity.DePLCM, 1, ""): "c"})
	for _, i := range Reconcile(totals, nil, sent, shippedPack(t), activity.Amount{}) {
		want := map[IdentityID]State{ACMIsInvoice: NotTested, ACMIsPatients: Differs, ACMIsPLCM: Differs, ACMIsDrPLCM: Holds, ACMIsDePLCM: Holds}[i.ID]
		if i.State != want {
			t.Errorf("%s is %s, want %s (missing %v)", i.ID, i.State, want, i.Missing)
		}
	}
}

// TestReconcileProperties: the lines of an identity add up to its difference,
// and the three parts to the whole.
func TestReconcileProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var totals []Total
		for range random.IntN(60) {
			feed := []activity.Dataset{activity.ACM, activity.PLCM, activity.DrPLCM, activity.DePLCM}[random.IntN(4)]
			pod := map[activity.Dataset][]string{activity.ACM: {"DC", "EL", "DRUG", "DEVICE"}, activity.PLCM: {"DC", "EL"}, activity.DrPLCM: {"DRUG"}, activity.DePLCM: {"DEVICE"}}[feed]
			totals = append(totals, Total{Feed: feed, Provider: "RJ1", Commissioner: []string{"72Q", "00L"}[random.IntN(2)], Year: "202627", Month: 1 + random.IntN(2),
				Service: string(rune('A' + random.IntN(3))), POD: pod[random.IntN(len(pod))], Price: activity.Units(random.Int64N(1e12) - 5e11)})
		}
		sent := Sent{}
		for _, f := range []activity.Dataset{activity.ACM, activity.PLCM, activity.DrPLCM, activity.DePLCM} {
			sent[slice(f, 1, "")], sent[slice(f, 2, "")] = true, true
		}
		difference := map[IdentityID]activity.Amount{}
		for _, i := range Reconcile(totals, nil, sent, shippedPack(t), activity.Amount{}) {
			difference[i.ID] = difference[i.ID].Add(i.Difference)
			var sum activity.Amount
			for _, l := range i.Lines {
				sum = sum.Add(l.Difference)
			}
			if i.ID != ACMIsInvoice && sum != i.Difference {
				t.Fatalf("%s: the lines come to %s, the difference is %s", i.ID, sum, i.Difference)
			}
		}
		parts := difference[ACMIsPLCM].Add(difference[ACMIsDrPLCM]).Add(difference[ACMIsDePLCM])
		if parts != difference[ACMIsPatients] {
			t.Fatalf("the parts differ by %s, the whole by %s", parts, difference[ACMIsPatients])
		}
	}
}
