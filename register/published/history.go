package published

import (
	"slices"

	"remit/register"
)

// span is a stretch of time with the values that hold in it.
type span struct {
	from, to   register.Day
	values     []string
	confidence string
	source     string
}

// known are the rows of a key that the pack has, in the order of time. Rows that
// follow on from one another with the same values are one.
func known(t *register.Table, key string, columns []string) []span {
	var spans []span
	for _, row := range t.Rows(key) {
		s := span{values: make([]string, len(columns)), confidence: t.Confidence(row), source: t.Source(row)}
		s.from, s.to = t.Valid(row)
		for i, c := range columns {
			s.values[i] = t.At(row, c)
		}
		spans = append(spans, s)
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.from) - int(b.from) })
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined) - 1; n >= 0 && joined[n].to+1 == s.from && slices.Equal(joined[n].values, s.values) {
			joined[n].to = s.to
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// on is the span that holds on a day, or nil.
func on(spans []span, day register.Day) *span {
	for i := range spans {
		if spans[i].from <= day && day <= spans[i].to {
			return &spans[i]
		}
	}
	return nil
}

// replace puts a span in the place of whatever was known of its days.
func replace(spans []span, s span) []span {
	if s.from > s.to {
		return spans
	}
	var out []span
	for _, old := range spans {
		if before := old; old.from < s.from {
			before.to = min(old.to, s.from-1)
			out = append(out, before)
		}
		if after := old; old.to > s.to {
			after.from = max(old.from, s.to+1)
			out = append(out, after)
		}
	}
	out = append(out, s)
	slices.SortFunc(out, func(a, b span) int { return int(a.from) - int(b.from) })
	return out
}

// rows writes spans as rows of a table; place arranges the values of one span.
func rows(spans []span, place func(values []string) []string) [][]string {
	var out [][]string
	for _, s := range spans {
		out = append(out, append(place(s.values), s.from.String(), s.to.String(), s.confidence, s.source))
	}
	return out
}
