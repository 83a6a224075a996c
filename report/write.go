package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"remit/assign"
	"remit/method"
	"remit/register"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	style string
	//go:embed page.js
	script string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"visible": visibleText}).Parse(pageText))
)

// Write writes the report of a run. The same result, method and reference data
// give the same bytes.
func Write(w io.Writer, result *assign.Result, m *method.Method, pack *register.Pack) error {
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, struct {
		*page
		Style  template.CSS
		Script template.JS
		Policy string
	}{newPage(result, m, pack), template.CSS(style), template.JS(script), policy()})
	if err != nil {
		return err
	}
	_, err = w.Write(dropBlankLines(out.Bytes()))
	return err
}

// policy forbids the page everything but its own style and script, so that
// text from outside could do nothing even if it were not escaped.
func policy() string {
	return "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
		digest(style) + "'; script-src 'sha256-" + digest(script) + "'"
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// dropBlankLines takes out the lines that the template's own instructions left
// behind. The style and the script have none, so that their digests hold.
func dropBlankLines(page []byte) []byte {
	var out strings.Builder
	out.Grow(len(page))
	for line := range bytes.Lines(page) {
		if len(bytes.TrimSpace(line)) > 0 {
			out.Write(line)
		}
	}
	return []byte(out.String())
}
