package web

import (
	"bytes"
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

// wordsHere marks the place in the layout where the abbreviations of the page
// are explained. Only the finished page tells which those are.
const wordsHere = "\x00words\x00"

// explainWords lists the abbreviations that a page uses, each with what it stands
// for on focus and hover, and leads to the glossary.
func explainWords(page []byte) []byte {
	var out strings.Builder
	for _, w := range glossary() {
		if w.StandsFor == "" || strings.ToUpper(w.Term) != w.Term || !mentioned(page, w.Term) {
			continue
		}
		if out.Len() == 0 {
			out.WriteString(`<p class="app-small app-words">Abbreviations on this page: `)
		} else {
			out.WriteString(", ")
		}
		out.WriteString(`<a class="app-abbr" href="/glossary#` + w.ID + `">` + template.HTMLEscapeString(w.Term) + `<span class="app-abbr__says"> ` + template.HTMLEscapeString(w.StandsFor) + `</span></a>`)
	}
	if out.Len() > 0 {
		out.WriteString("</p>")
	}
	return bytes.Replace(page, []byte(wordsHere), []byte(out.String()), 1)
}

// mentioned says whether a word stands in the text of a page.
func mentioned(page []byte, word string) bool {
	for at := 0; ; {
		i := bytes.Index(page[at:], []byte(word))
		if i < 0 {
			return false
		}
		i += at
		at = i + len(word)
		if !letter(page, i-1) && (!letter(page, at) || page[at] == 's' && !letter(page, at+1)) {
			return true
		}
	}
}

func letter(page []byte, i int) bool {
	return i >= 0 && i < len(page) && (page[i] == '-' || page[i] == '=' || page[i] == '/' || page[i] >= '0' && page[i] <= '9' || page[i]|0x20 >= 'a' && page[i]|0x20 <= 'z')
}
