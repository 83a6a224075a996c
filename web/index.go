package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// hit is something that a search found.
type hit struct {
	Code, Name, Kind, Path string
	Until                  string // the last day, when it has ended
	score                  int
}

// index finds things by code, name or part of it, however misspelt.
type index struct{ entries []entry }

// entry is a thing that can be found, with its words folded.
type entry struct {
	hit
	code  string
	words []string
}

// kinds are the tables that are searched, how their rows are called and where
// their pages are, the ones that people most often mean first.
var kinds = []struct{ table, kind, path string }{
	{"service", "Service", "/services/"},
	{"icb", "Integrated care board", "/organisations/"},
	{"provider", "Provider", "/organisations/"},
	{"service_line", "Service line", "/lines/"},
	{"sub_icb", "Sub-ICB location", "/organisations/"},
	{"region", "NHS England region", "/organisations/"},
	{"body", "Body", "/organisations/"},
	{"hub", "Commissioning hub", "/organisations/"},
	{"committee", "Committee", "/committees/"},
	{"instrument", "Instrument", "/instruments/"},
	{"health_board", "Health board", "/organisations/"},
	{"practice", "GP practice", "/organisations/"},
}

func newIndex(f *facts) *index {
	x := &index{}
	for rank, k := range kinds {
		codes := make([]string, 0, len(f.byCode[k.table]))
		for code := range f.byCode[k.table] {
			codes = append(codes, code)
		}
		slices.SortFunc(codes, natural)
		for _, code := range codes {
			rows := f.byCode[k.table][code]
			last := rows[len(rows)-1]
			e := entry{hit: hit{Code: code, Name: nameOf(last), Kind: k.kind, Path: k.path + url.PathEscape(code), score: rank}, code: strings.ToLower(code)}
			if end := last.To.String(); end != "" {
				e.Until = longDate(last.To)
			}
			for _, r := range rows { // former names count too
				for _, w := range words(nameOf(r) + " " + r.Get("short_name")) {
					if !slices.Contains(e.words, w) {
						e.words = append(e.words, w)
					}
				}
			}
			x.entries = append(x.entries, e)
		}
	}
	return x
}

// small words that tell nothing apart.
var small = []string{"a", "and", "the", "of", "for", "in", "to", "nhs", "services", "service"}

// words are the words of a text in lower case, without the small ones unless
// there are no others.
func words(text string) []string {
	all := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	telling := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(small, w) })
	if len(telling) == 0 {
		return all
	}
	return telling
}

// find gives the best hits for a text, at most so many.
func (x *index) find(text string, most int) []hit {
	text = strings.TrimSpace(text)
	asked := words(text)
	if len(asked) == 0 {
		return nil
	}
	var found []hit
	code := strings.ToLower(text)
	for i := range x.entries {
		e := &x.entries[i]
		if score, ok := e.match(code, asked); ok {
			h := e.hit
			h.score += score
			if h.Until != "" {
				h.score += 15
			}
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b hit) int { return cmp.Compare(a.score, b.score) })
	return found[:min(len(found), most)]
}

// match says how far an entry is from what was asked: 0 is the code itself.
func (e *entry) match(code string, asked []string) (int, bool) {
	if e.code == code {
		return -100, true
	}
	score := 0
	for _, w := range asked {
		best := 1000
		for _, own := range e.words {
			best = min(best, apart(w, own))
		}
		if strings.HasPrefix(e.code, w) && len(w) > 2 {
			best = min(best, 5)
		}
		if best == 1000 {
			return 0, false
		}
		score += best
	}
	return score + max(0, len(e.words)-len(asked)), true
}

// apart says how far a word asked is from a word of a name: the same, its
// beginning, or misspelt by a letter or two. 1000 is too far.
func apart(asked, own string) int {
	switch {
	case asked == own:
		return 0
	case len(asked) >= 2 && strings.HasPrefix(own, asked):
		return 4
	case len(asked) < 4 || len(own) < 4:
		return 1000
	}
	allowed := 1
	if len(asked) > 6 {
		allowed = 2
	}
	if d := edits(asked, own, allowed); d <= allowed {
		return 20 * d
	}
	return 1000
}

// edits counts the letters to put in, take out, change or swap between two
// words, and stops above a limit.
func edits(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var rows [3][64]int
	if len(b) >= 64 || len(a) >= 64 {
		return limit + 1
	}
	before, last, this := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		this[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, this[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			this[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, last, this = last, this, before
	}
	return last[len(b)]
}
