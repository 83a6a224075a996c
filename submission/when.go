package submission

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// predicate is one condition under which a rule applies: it looks at one value,
// so that it is answered once for each distinct value.
type predicate struct {
	text  string
	field string
	holds func(value []byte, pack *register.Pack) bool // of a blank too
}

// parseWhen reads predicates joined by " and ". Each is a field and one of
//
//	filled, blank, nonzero, is A|B, not A|B,
//	has_activity, no_activity, unlisted (of the point of delivery)
func parseWhen(text string) ([]predicate, error) {
	if text == "" {
		return nil, nil
	}
	var all []predicate
	for part := range strings.SplitSeq(text, " and ") {
		p, err := parsePredicate(strings.TrimSpace(part))
		if err != nil {
			return nil, &columnError{"when", err.Error()}
		}
		all = append(all, p)
	}
	return all, nil
}

func parsePredicate(text string) (predicate, error) {
	words := strings.SplitN(text, " ", 3)
	p := predicate{text: text}
	if len(words) < 2 {
		return p, fmt.Errorf("%q is not a field and what it must be", text)
	}
	p.field = words[0]
	if _, known := activity.FieldByID(p.field); !known {
		return p, fmt.Errorf("there is no field %q", p.field)
	}
	takes := words[1] == "is" || words[1] == "not"
	if takes != (len(words) == 3) {
		return p, fmt.Errorf("%q: is and not take values joined by |, the others take nothing", text)
	}
	switch words[1] {
	case "filled":
		p.holds = func(b []byte, _ *register.Pack) bool { return len(b) > 0 }
	case "blank":
		p.holds = func(b []byte, _ *register.Pack) bool { return len(b) == 0 }
	case "nonzero":
		p.holds = func(b []byte, _ *register.Pack) bool {
			a, _, err := activity.ParseAmount(b)
			return err == nil && !a.IsZero()
		}
	case "is", "not":
		values := strings.Split(strings.ToUpper(words[2]), "|")
		in := words[1] == "is"
		p.holds = func(b []byte, _ *register.Pack) bool { return slices.Contains(values, string(bytes.ToUpper(b))) == in }
	case "has_activity":
		p.holds = func(b []byte, pack *register.Pack) bool { return activityOf(b, pack) == "1" }
	case "no_activity":
		p.holds = func(b []byte, pack *register.Pack) bool { return activityOf(b, pack) == "0" }
	case "unlisted":
		p.holds = func(b []byte, pack *register.Pack) bool { return len(b) > 0 && activityOf(b, pack) == "" }
	default:
		return p, fmt.Errorf("%q: a field is filled, blank, nonzero, is A|B, not A|B, has_activity, no_activity or unlisted", text)
	}
	return p, nil
}

// activityOf tells whether a point of delivery is activity: 1, 0 for money
// alone, blank for a code that is not listed.
func activityOf(pod []byte, pack *register.Pack) string {
	t := pack.Table("point_of_delivery")
	if t == nil {
		return ""
	}
	return t.Value(t.FindEver(string(bytes.ToUpper(pod)), 0).Row, t.Column("has_activity"))
}
