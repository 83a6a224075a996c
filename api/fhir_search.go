package api

import (
	"strings"
	"time"
)

// matchAny reads alternatives, which have commas between; \, is a comma.
func matchAny(match func(*resource, string) (bool, error), r *resource, text string) (bool, error) {
	modifier := ""
	for _, m := range []string{"contains:", "exact:"} {
		if rest, ok := strings.CutPrefix(text, m); ok {
			modifier, text = m, rest
		}
	}
	const comma = "\x00"
	for one := range strings.SplitSeq(strings.ReplaceAll(text, `\,`, comma), ",") {
		if ok, err := match(r, modifier+strings.ReplaceAll(one, comma, ",")); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func matchID(r *resource, text string) (bool, error) { return r.ID == text, nil }

func matchActive(r *resource, text string) (bool, error) {
	_, code, coded := strings.Cut(text, "|")
	if !coded {
		code = text
	}
	if code != "true" && code != "false" {
		return false, badParameter("active", text, "it is neither true nor false")
	}
	return r.Active == (code == "true"), nil
}

// matchIdentifier reads SYSTEM|CODE, |CODE (without a system: none here is),
// SYSTEM| and CODE.
func matchIdentifier(r *resource, text string) (bool, error) {
	system, code, coded := strings.Cut(text, "|")
	if !coded {
		system, code = "", text
	}
	for _, i := range r.Identifier {
		switch {
		case coded && system != i.System:
		case code == "" && coded, strings.EqualFold(code, i.Value):
			return true, nil
		}
	}
	return false, nil
}

// matchName compares without regard to case, from the beginning unless a modifier
// says otherwise.
func matchName(r *resource, text string) (bool, error) {
	for _, name := range append([]string{r.Name}, r.Alias...) {
		lower := strings.ToLower(name)
		if part, ok := strings.CutPrefix(text, "contains:"); ok {
			if strings.Contains(lower, strings.ToLower(part)) {
				return true, nil
			}
		} else if whole, ok := strings.CutPrefix(text, "exact:"); ok {
			if name == whole {
				return true, nil
			}
		} else if strings.HasPrefix(lower, strings.ToLower(text)) {
			return true, nil
		}
	}
	return false, nil
}

func matchConcept(of func(*resource) []concept) func(*resource, string) (bool, error) {
	return func(r *resource, text string) (bool, error) {
		system, code, coded := strings.Cut(text, "|")
		if !coded {
			system, code = "", text
		}
		for _, c := range of(r) {
			for _, x := range c.Coding {
				if (system == "" || system == x.System) && (code == "" || code == x.Code) {
					return true, nil
				}
			}
		}
		return false, nil
	}
}

// matchReference reads QMJ, Organization/QMJ and the whole address.
func matchReference(of func(*resource) *reference) func(*resource, string) (bool, error) {
	return func(r *resource, text string) (bool, error) {
		to := of(r)
		return to != nil && strings.TrimPrefix(to.Reference, "Organization/") == text[strings.LastIndexByte(text, '/')+1:], nil
	}
}

// matchUpdated reads a date or a time with a prefix. A date is the whole day.
func matchUpdated(r *resource, text string) (bool, error) {
	prefix, rest := "eq", text
	if len(text) > 2 && text[0] >= 'a' && text[0] <= 'z' {
		prefix, rest = text[:2], text[2:]
	}
	from, to, ok := instant(rest)
	if !ok {
		return false, badParameter("_lastUpdated", text, "it is no date; write ge2026-11-20 or ge2026-11-20T09:00:00Z")
	}
	at := r.lastUpdated
	switch prefix {
	case "eq":
		return !at.Before(from) && at.Before(to), nil
	case "ne":
		return at.Before(from) || !at.Before(to), nil
	case "gt", "sa":
		return !at.Before(to), nil
	case "lt", "eb":
		return at.Before(from), nil
	case "ge":
		return !at.Before(from), nil
	case "le":
		return at.Before(to), nil
	}
	return false, badParameter("_lastUpdated", text, "the prefix is not known; use eq, ne, gt, lt, ge or le")
}

// instant is the stretch of time that a date or a time names.
func instant(text string) (from, to time.Time, ok bool) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, at.Add(time.Second), true
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, day.AddDate(0, 0, 1), true
	}
	if month, err := time.Parse("2006-01", text); err == nil {
		return month, month.AddDate(0, 1, 0), true
	}
	if year, err := time.Parse("2006", text); err == nil {
		return year, year.AddDate(1, 0, 0), true
	}
	return from, to, false
}
