package web

import (
	"html"
	"html/template"
	"strings"
	"testing"
)

// cellTemplate says what Cell.HTML says, escaped by html/template.
var cellTemplate = template.Must(template.New("cell").Parse(`{{if .Href}}<a href="{{.Href}}">{{if .Code}}<code>{{.Shown}}</code>{{else}}{{.Shown}}{{end}}</a>{{else if .Code}}<code>{{.Shown}}</code>{{else if .Small}}<span class="app-more">{{.Shown}}</span>{{else if .Text}}{{.Shown}}{{else}}<span class="app-lacks">{{.Shown}}</span>{{end}}{{with .Tag}} <strong class="nhsuk-tag nhsuk-tag--yellow app-tag">{{.}}</strong>{{end}}{{with .More}}<span class="app-more">{{.}}</span>{{end}}`))

// FuzzCell holds what is written by hand against what html/template makes of it. A
// character may be escaped by the one and not by the other where both mean the same.
func FuzzCell(f *testing.F) {
	for _, text := range []string{"", "A & E", "<script>alert(1)</script>", "\x00", `" onclick="x`, "it's", "\xff", "1 + 1"} {
		f.Add(text, text, text, text, false, false)
		f.Add(text, "", text, "", true, true)
	}
	for _, href := range []string{"/services/11?on=2026-04-01&known=a b", "javascript:alert(1)", "JavaScript:x", "data:text/html,x", "https://example.org/a'b(c)", "/a%20b%zz%4", "//x", "?q=\"><script>", "é", "mailto:a@b", " javascript:x", "a/b:c", "#a:b"} {
		f.Add("x", href, "", "", true, false)
		f.Add("", href, "", "", false, true)
	}
	f.Fuzz(func(t *testing.T, text, href, tag, more string, code, small bool) {
		c := Cell{Text: text, Href: href, Tag: tag, More: more, Code: code, Small: small}
		var want strings.Builder
		if err := cellTemplate.Execute(&want, c); err != nil {
			t.Fatal(err)
		}
		if got := html.UnescapeString(string(c.HTML())); got != html.UnescapeString(want.String()) {
			t.Errorf("%#v:\n%s\nwant\n%s", c, got, want.String())
		}
		for _, part := range []string{"<script", `" on`} {
			if strings.Contains(string(c.HTML()), part) {
				t.Errorf("%q stands unescaped in %s", part, c.HTML())
			}
		}
	})
}
