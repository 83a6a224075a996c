package challenge

import (
	"archive/zip"
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/activity"
	"remit/calendar"
	"remit/register"
)

// Bundle is what an owner sends to a provider: a letter, and the rows that it is
// about as CSV.
type Bundle struct {
	Owner, OwnerName       string
	Provider, ProviderName string
	On                     register.Day // of the letter
	Challenges             []Challenge  // of one owner and provider
	Rules                  *Rules       // for titles and bases; rules that are gone are named by id
	Limits                 *calendar.Calendar
}

// BundleFile is one file of a bundle.
type BundleFile struct {
	Name  string
	Write func(io.Writer) error
}

// Files are the files of the bundle.
func (b *Bundle) Files() []BundleFile {
	return []BundleFile{{"letter.html", b.letter}, {"challenges.csv", b.rows}, {"summary.csv", b.summary}}
}

// WriteZip writes the files as one ZIP. The same bundle is the same bytes.
func (b *Bundle) WriteZip(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, f := range b.Files() {
		into, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: time.Unix(int64(b.On)*86400, 0).UTC()})
		if err != nil {
			return err
		}
		if err := f.Write(into); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	return z.Close()
}

// total is what the challenges of one rule come to.
type total struct {
	Rule, Title, Basis, Remedy string
	Rows                       int
	Claimed                    activity.Amount
}

func (b *Bundle) totals() (byRule []total, all total) {
	at := map[string]int{}
	for _, c := range b.Challenges {
		if _, seen := at[c.Rule]; !seen {
			at[c.Rule] = len(byRule)
			t := total{Rule: c.Rule, Title: c.Rule, Remedy: c.Remedy}
			if r := b.Rules.Rule(c.Rule); r != nil {
				t.Title, t.Basis = r.Title, r.Basis
			}
			byRule = append(byRule, t)
		}
		t := &byRule[at[c.Rule]]
		t.Rows, t.Claimed = t.Rows+1, t.Claimed.Add(c.Claimed)
		all.Rows, all.Claimed = all.Rows+1, all.Claimed.Add(c.Claimed)
	}
	slices.SortStableFunc(byRule, func(x, y total) int { return y.Claimed.Cmp(x.Claimed) })
	return byRule, all
}

func (b *Bundle) rows(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"challenge", "rule", "year", "month", "feed", "submission", "source_row", "row_key", "commissioner", "claimed", "reason", "remedy", "raised_on", "answer_due", "state", "answer"})
	for _, x := range b.Challenges {
		due := ""
		if x.DueFor == "answer" {
			due = x.Due.String()
		}
		row := ""
		if x.SourceRow > 0 {
			row = strconv.Itoa(x.SourceRow)
		}
		c.Write([]string{x.ID, x.Rule, calendar.YearCode(x.Month.Year), strconv.Itoa(x.Month.Month), plain(x.Feed), plain(x.Submission), row, plain(x.RowKey), plain(x.Commissioner),
			x.Claimed.String(), plain(x.Reason), plain(x.Remedy), x.RaisedOn.String(), due, string(x.State), plain(x.Answer)})
	}
	c.Flush()
	return c.Error()
}

// plain keeps a spreadsheet from taking a text for a formula: it was in somebody's file.
func plain(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func (b *Bundle) summary(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"rule", "title", "rows", "claimed", "basis"})
	byRule, all := b.totals()
	for _, t := range byRule {
		c.Write([]string{t.Rule, t.Title, strconv.Itoa(t.Rows), t.Claimed.String(), t.Basis})
	}
	c.Write([]string{"all", "All challenges; a row that several rules challenge is counted with each", strconv.Itoa(all.Rows), all.Claimed.String(), ""})
	c.Flush()
	return c.Error()
}

func (b *Bundle) letter(w io.Writer) error {
	byRule, all := b.totals()
	due := register.NoDay
	for _, c := range b.Challenges {
		if c.DueFor == "answer" && (due == register.NoDay || c.Due < due) {
			due = c.Due
		}
	}
	limit, known := b.Limits.Limit("answer", b.On)
	return letterPage.Execute(w, map[string]any{"B": b, "ByRule": byRule, "All": all, "On": longDay(b.On), "Due": longDay(due), "Limit": limit, "LimitKnown": known})
}

func longDay(d register.Day) string {
	if d.String() == "" {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format("2 January 2006")
}

var letterPage = template.Must(template.New("letter").Parse(`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Challenges to {{.B.ProviderName}} from {{.B.OwnerName}}, {{.On}}</title>
<style>
body { font: 1rem/1.5 Arial, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #212b32; background: #fff }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: bold; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid #aeb7bd }
.n { text-align: right; white-space: nowrap }
</style>
</head>
<body>
<p>{{.On}}</p>
<p>From {{.B.OwnerName}} ({{.B.Owner}})<br>To {{.B.ProviderName}} ({{.B.Provider}})</p>
<h1>Challenges to activity that was billed</h1>
<p>We challenge {{.All.Rows}} {{if eq .All.Rows 1}}row{{else}}rows{{end}} that you have billed, for £{{.All.Claimed.Pounds}} in all. Each row, with what we challenge and what would put it right, is in challenges.csv.
A row that is challenged for several reasons is counted with each.</p>
<table>
<caption>Challenges by reason</caption>
<thead><tr><th scope="col">Reason</th><th scope="col">Basis</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Claimed (£)</th></tr></thead>
<tbody>
{{range .ByRule}}<tr><th scope="row">{{.Title}}</th><td>{{.Basis}}</td><td class="n">{{.Rows}}</td><td class="n">{{.Claimed.Pounds}}</td></tr>
{{end}}</tbody>
<tfoot><tr><th scope="row" colspan="2">All</th><td class="n">{{.All.Rows}}</td><td class="n">{{.All.Claimed.Pounds}}</td></tr></tfoot>
</table>
{{if .Due}}<p>Please answer by <strong>{{.Due}}</strong>{{if .LimitKnown}} ({{.Limit}}){{end}}, for each challenge by its number in the first column.</p>{{end}}
<p>What is not challenged is not contested by this letter.</p>
</body>
</html>
`))
