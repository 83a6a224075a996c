package register

import "strings"

// NormalPostcode writes a postcode as the directory does: upper case, with one
// space before the last three characters. Text too short to be a postcode comes
// back trimmed and in upper case.
func NormalPostcode(s string) string {
	if normal(s) {
		return s
	}
	b := make([]byte, 0, len(s)+1)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		case c > ' ' && c < 0x7f:
			b = append(b, c)
		}
	}
	if len(b) < 5 {
		return string(b)
	}
	cut := len(b) - 3
	return string(b[:cut]) + " " + string(b[cut:])
}

// normal says that NormalPostcode would change nothing, which saves the copy.
func normal(s string) bool {
	n := len(s)
	if n < 6 || s[n-4] != ' ' {
		return false
	}
	return upper(s[:n-4]) && upper(s[n-3:])
}

func upper(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	}) < 0
}
