package published

import "remit/register"

var providerColumns = []string{"name", "postcode", "icb", "kind"}

const providerKind = 3

// boardsBegan is the first day of which the pack tells the board of a trust.
var boardsBegan, _ = register.ParseDay("2022-07-01")

// etr restates a trust: its main site, and the board in whose area that is. The
// file does not say since when, so that a change holds from the file's day.
func etr(pack *register.Pack, r odsRow, asAt register.Day, source string, f *faults) [][]string {
	icb := r.geography
	boards := pack.Table("icb")
	if icb != "" && len(boards.Rows(icb)) == 0 {
		icb = "" // Wales, or a special grouping: no board
	}
	if icb != "" && boards.Find(icb, asAt, 0).Row == register.NoRow {
		f.add(r.row, "high level health geography", icb, "the board does not exist on "+asAt.String(), "say with --as-at on which day the file was published")
		return nil
	}
	old := known(pack.Table("provider"), r.code, providerColumns)
	fresh := span{from: trustSince(old, r, asAt), to: lastDay(old, boards, icb, asAt), confidence: "high", source: source}
	kind := ""
	if len(old) > 0 {
		kind = old[len(old)-1].values[providerKind] // the file does not tell
	}
	fresh.values = []string{r.name, r.postcode, icb, kind}
	if last := on(old, asAt); last != nil && sameFacts(last.values, fresh.values) {
		fresh.from = last.from
	}
	spans := replace(old, fresh)
	if r.closed != register.NoDay {
		spans = endOn(spans, r.closed)
	}
	return rows(spans, func(v []string) []string {
		return []string{r.code, v[0], v[providerKind], v[1], v[2], ""}
	})
}

func trustSince(old []span, r odsRow, asAt register.Day) register.Day {
	if len(old) > 0 {
		return asAt
	}
	if r.opened == register.NoDay {
		return boardsBegan
	}
	return max(r.opened, boardsBegan)
}

// lastDay is until when a file may speak: to the end of the board it names, and
// no further than what the pack knows of later days.
func lastDay(old []span, boards *register.Table, icb string, asAt register.Day) register.Day {
	to := register.Latest
	for _, s := range old {
		if s.from > asAt {
			to = min(to, s.from-1)
		}
	}
	if icb == "" {
		return to
	}
	end := asAt
	for f := boards.Find(icb, end, 0); f.Row != register.NoRow; f = boards.Find(icb, end, 0) {
		if end = f.To; end >= register.Latest {
			return to
		}
		end++
	}
	return min(to, end-1)
}

func endOn(spans []span, last register.Day) []span {
	var out []span
	for _, s := range spans {
		s.to = min(s.to, last)
		if s.from <= s.to {
			out = append(out, s)
		}
	}
	return out
}
