package published

import (
	"strings"

	"remit/register"
)

var practiceColumns = []string{"name", "postcode", "commissioner", "status", "national_grouping", "high_level_geography", "country"}

const (
	practiceCommissioner = 2
	practiceStatus       = 3
)

// epraccur restates a practice. The file tells since when the practice has had
// its commissioner; what the pack knows of the time before is kept.
func epraccur(pack *register.Pack, r odsRow, asAt register.Day, source string, f *faults) [][]string {
	if r.status != "A" && r.status != "P" && r.status != "C" {
		f.add(r.row, "status code", r.status, "the status is not known", "it is A, C, D or P, or Active, Inactive, Closed, Dormant or Proposed")
		return nil
	}
	old := known(pack.Table("practice"), r.code, practiceColumns)
	country := practiceCountry(r)
	grouping, geography := groupings(pack, r, country, asAt)
	fresh := span{from: since(old, r, asAt), to: register.Latest, confidence: "high", source: source,
		values: []string{r.name, r.postcode, r.commissioner, open(r.status), grouping, geography, country}}
	last := on(old, asAt)
	if last != nil && sameFacts(last.values, fresh.values) {
		fresh.from = last.from
	}
	spans := replace(old, fresh)
	if from := closing(old, r, asAt); from != register.NoDay {
		shut := fresh
		shut.from = from
		shut.values = append([]string{}, fresh.values...)
		shut.values[practiceStatus] = "C"
		spans = replace(spans, shut)
	}
	return rows(spans, func(v []string) []string { return append([]string{r.code}, v...) })
}

// open is the status that a practice had while it was open.
func open(status string) string {
	if status == "P" {
		return "P"
	}
	return "A"
}

// since is the first day of what the file says, where the pack says otherwise.
// The file dates a change of commissioner; any other change is dated by the file.
func since(old []span, r odsRow, asAt register.Day) register.Day {
	opened := r.opened
	if opened == register.NoDay {
		opened = register.Earliest
	}
	if len(old) == 0 {
		return opened
	}
	last := on(old, asAt)
	if r.joined == register.NoDay || (last != nil && last.values[practiceCommissioner] == r.commissioner) {
		return asAt
	}
	return max(opened, r.joined)
}

// closing is the first day on which the practice was closed, or NoDay. A file
// that gives no day shows it closed on its own day, if not known before.
func closing(old []span, r odsRow, asAt register.Day) register.Day {
	if r.closed != register.NoDay && (r.status == "C" || r.closed < asAt) {
		return r.closed + 1
	}
	if r.status != "C" {
		return register.NoDay
	}
	if last := on(old, asAt); last != nil && last.values[practiceStatus] == "C" {
		return last.from
	}
	return asAt
}

// sameFacts compares what decides a payer: everything but the name.
func sameFacts(a, b []string) bool {
	for i := 1; i < len(a); i++ {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// practiceCountry tells where a practice is. The newer layout leaves the
// grouping of Welsh practices blank, so that it cannot be the only test.
func practiceCountry(r odsRow) string {
	area := strings.TrimRight(r.postcode[:min(2, len(r.postcode))], "0123456789 ")
	switch area {
	case "BF":
		return "B"
	case "JE":
		return "J"
	case "GY":
		return "G"
	case "IM":
		return "M"
	case "BT":
		return "N"
	case "AB", "DD", "DG", "EH", "FK", "HS", "IV", "KA", "KW", "KY", "ML", "PA", "PH", "ZE":
		return "S"
	}
	switch {
	case strings.HasPrefix(r.postcode, "G") && area == "G":
		return "S"
	case r.grouping == "W00" || welshBoard(r.commissioner) || strings.HasPrefix(r.code, "W9"):
		return "W"
	case area == "CF" || area == "SA" || area == "LL":
		return "W"
	case r.postcode == "":
		return ""
	}
	return "E"
}

func welshBoard(code string) bool {
	return len(code) == 3 && strings.HasPrefix(code, "7A")
}

// groupings fills in what the newer layout leaves out, so that a method written
// for the older one reads both: W00 for Wales, YAC to YAF for the Crown
// dependencies, and the region and the board of an English commissioner.
func groupings(pack *register.Pack, r odsRow, country string, asAt register.Day) (grouping, geography string) {
	grouping, geography = r.grouping, r.geography
	switch country {
	case "W":
		return orElse(grouping, "W00"), orElse(geography, "W00")
	case "G":
		return orElse(grouping, "YAC"), orElse(geography, "YAC")
	case "M":
		return orElse(grouping, "YAD"), orElse(geography, "YAD")
	case "J":
		return orElse(grouping, "YAE"), orElse(geography, "YAE")
	case "E":
		subs := pack.Table("sub_icb")
		if row := subs.Find(r.commissioner, asAt, 0).Row; row != register.NoRow {
			return orElse(grouping, subs.At(row, "region")), orElse(geography, subs.At(row, "icb"))
		}
	}
	return grouping, geography
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
