package web

import (
	"embed"
	"encoding/csv"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
)

//go:embed glossary.csv
var glossaryFile embed.FS

// word is an entry of the glossary.
type word struct{ Term, StandsFor, Meaning, ID string }

// glossary are the words, in order.
var glossary = sync.OnceValue(func() []word {
	f, err := glossaryFile.Open("glossary.csv")
	if err != nil {
		panic(err) // the file is in the program
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(err)
	}
	var list []word
	for _, l := range lines[1:] {
		list = append(list, word{l[0], l[1], l[2], anchor(strings.ToLower(l[0]))})
	}
	slices.SortStableFunc(list, func(x, y word) int { return strings.Compare(strings.ToLower(x.Term), strings.ToLower(y.Term)) })
	return list
})

func (s *Site) glossaryPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, view{Page: "glossary", Place: "/help", Trail: []link{{"Help", asked(r).To("/help")}}, Title: "Words and abbreviations",
		Lead: "What the words on these pages mean. Abbreviations in the text explain themselves when they are pointed at or reached by the keyboard.", Body: glossary()})
}

// abbreviation is a link to the glossary that says on focus and hover what the
// word stands for.
func abbreviation(term string) template.HTML {
	for _, w := range glossary() {
		if w.Term == term {
			says := w.StandsFor
			if says == "" {
				says = w.Meaning
			}
			return template.HTML(`<a class="app-abbr" href="/glossary#` + w.ID + `">` + template.HTMLEscapeString(term) + `<span class="app-abbr__says"> ` + template.HTMLEscapeString(says) + `</span></a>`)
		}
	}
	return template.HTML(template.HTMLEscapeString(term))
}
