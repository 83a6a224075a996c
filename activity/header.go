package activity

import (
	"strings"
	"unicode/utf8"
)

// Normalise puts a column name into the form in which names are compared:
// upper case; underscores, dots, hyphens and non-breaking spaces as spaces;
// without byte order marks, zero-width characters and spaces at the ends.
// Spaces within a name are kept as they are, so that "GP  PRACTICE" with two
// is not taken for "GP PRACTICE": doubled spaces have marked misaligned files.
func Normalise(column string) string {
	var b strings.Builder
	b.Grow(len(column))
	for _, r := range column {
		switch {
		case invisible(r):
		case isSpace(r), r == '_', r == '.', r == '-':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Trim(strings.ToUpper(b.String()), " ")
}

// invisible characters come with text pasted from web pages and spreadsheets.
func invisible(r rune) bool {
	switch r {
	case '\uFEFF', '\u200B', '\u200C', '\u200D', '\u200E', '\u200F', '\u2060', '\u00AD', utf8.RuneError:
		return true
	}
	return r < ' ' && r != '\t' && r != '\n' && r != '\r'
}

func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\u00A0', '\u2007', '\u202F':
		return true
	}
	return false
}

// nearest gives up to three of the columns that look most like one of the
// wanted names, the likeliest first.
func nearest(columns []string, wanted []string) []string {
	var top []likeness
	for i, column := range columns {
		if score := bestLikeness(Normalise(column), wanted); score >= 0.5 {
			top = insertLikeness(top, likeness{i, score})
		}
	}
	var out []string
	for _, l := range top {
		out = append(out, columns[l.column])
	}
	return out
}

type likeness struct {
	column int
	score  float64
}

func insertLikeness(top []likeness, l likeness) []likeness {
	at := len(top)
	for at > 0 && top[at-1].score < l.score {
		at--
	}
	top = append(top, likeness{})
	copy(top[at+1:], top[at:])
	top[at] = l
	return top[:min(len(top), 3)]
}

func bestLikeness(column string, wanted []string) float64 {
	best := 0.0
	for _, w := range wanted {
		best = max(best, alike(column, w), shareOfWords(column, w))
	}
	return best
}

// alike is 1 less the edit distance as a share of the longer name: 1 for the
// same name. Names of very different length are not worth comparing.
func alike(a, b string) float64 {
	longer := max(len(a), len(b))
	if longer == 0 || min(len(a), len(b))*2 < longer {
		return 0
	}
	return 1 - float64(EditDistance(a, b))/float64(longer)
}

// shareOfWords is the share of words that two names have in common (Jaccard).
func shareOfWords(a, b string) float64 {
	seen := map[string]bool{}
	for _, w := range strings.Fields(withoutBrackets(a)) {
		seen[w] = true
	}
	total, common := len(seen), 0
	for _, w := range strings.Fields(withoutBrackets(b)) {
		if seen[w] {
			common++
			seen[w] = false
			continue
		}
		total++
	}
	if total == 0 {
		return 0
	}
	return float64(common) / float64(total)
}

// EditDistance counts the letters to change, put in or leave out, and the
// neighbours to swap, that make one text of the other. It counts bytes.
func EditDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := last[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
