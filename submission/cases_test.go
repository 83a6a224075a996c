package submission

import (
	"strings"
	"sync"
	"testing"

	"remit/register"
)

var shipped = sync.OnceValues(func() (*register.Pack, error) { return register.LoadShipped() })

func shippedPack(t testing.TB) *register.Pack {
	t.Helper()
	p, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestShippedCases runs the cases that are shipped beside the rules. Every rule
// has a row that breaks it and one that does not.
func TestShippedCases(t *testing.T) {
	done, err := CheckShipped(shippedRules(t), shippedPack(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range done.Differences {
		t.Error(d)
	}
	if len(done.Untested) > 0 {
		t.Errorf("rules without a case that breaks them and one that does not: %s", strings.Join(done.Untested, ", "))
	}
	if done.Passed < 500 {
		t.Errorf("%d cases passed; where are the others?", done.Passed)
	}
}
