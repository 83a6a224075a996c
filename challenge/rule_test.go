package challenge_test

import (
	"testing"

	"remit/challenge"
	"remit/register"
	"remit/rules"
)

var shipped = func() *register.Pack {
	pack, err := register.LoadShipped()
	if err != nil {
		panic(err)
	}
	return pack
}()

func shippedRules(t *testing.T) *challenge.Rules {
	t.Helper()
	rs, err := challenge.Load(rules.Challenges)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestShippedRulesPassTheirCases(t *testing.T) {
	rs := shippedRules(t)
	cases, wrong := rs.Test(shipped)
	for _, w := range wrong {
		t.Error(w)
	}
	if cases < 40 {
		t.Errorf("only %d cases", cases)
	}
	for _, r := range rs.Rules {
		if len(r.Cases) == 0 {
			t.Errorf("rule %s has no cases", r.ID)
		}
	}
}
