package web

import (
	"fmt"
	"net/http"
	"strings"
)

const mostHits = 200

// search finds services, organisations and codes, however they are spelt.
func (s *Site) search(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	words := strings.TrimSpace(r.URL.Query().Get("q"))
	if len(words) > 100 {
		words = words[:100]
	}
	v := view{Page: "search", Title: "Search", Lead: "Type a code, a name or a part of one. Spelling is forgiven."}
	body := struct {
		Words string
		Table *Table
	}{Words: words}
	if words != "" {
		hits := a.Register.index().find(words, mostHits)
		v.Title = fmt.Sprintf("%s for “%s”", plural(len(hits), "result", "results"), words)
		v.Lead = ""
		if len(hits) == mostHits {
			v.Title = fmt.Sprintf("The first %d results for “%s”", mostHits, words)
		}
		t := &Table{Name: "results", Caption: "Results, the best first", Columns: []Column{{Key: "name", Title: "Name"}, {Key: "code", Title: "Code"}, {Key: "kind_of", Title: "Kind", Filter: true}, {Key: "until", Title: "Ended"}}}
		for _, h := range hits {
			t.Rows = append(t.Rows, Row{to(h.Name, a.To(h.Path)), code(h.Code), say(h.Kind), say(h.Until).or("No")})
		}
		body.Table = t
		if len(hits) > 0 {
			v.Tables = []*Table{t}
		}
	}
	v.Body = body
	return s.show(w, r, v)
}
