package proof

import "testing"

// Episodes belong to one spell however their fields are written.
func TestSpellKeysWrittenInOtherWays(t *testing.T) {
	rows, want := episodeRows()
	half := len(rows) / 2
	for half > 0 && rows[half][1] != rows[half-1][1] { // cut within a spell
		half++
	}
	second := append([][]string{rows[0]}, rows[half:]...)
	compareEpisodes(t, "the second file quoted", spellJob(t, "cam-2025-26", writeTable(t, "1.csv", rows[:half]), writeFile(t, "2.csv", quotedAll(second))), want)
	lower := [][]string{rows[0]}
	for i, r := range rows[1:] {
		n := append([]string(nil), r...)
		if i%2 == 0 && n[2] == "RJ7" {
			n[2] = " rj7 "
		}
		lower = append(lower, n)
	}
	compareEpisodes(t, "provider in lower case now and then", spellJob(t, "cam-2025-26", writeTable(t, "in.csv", lower)), want)
}
