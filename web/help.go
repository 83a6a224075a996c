package web

import (
	"bytes"
	"errors"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"remit/docs"
)

// manualPage is a page of the manual, ready to be shown.
type manualPage struct {
	Title string
	HTML  template.HTML
}

// markdown reads the manual. HTML within it is left out.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(manualLinks{}, 500))),
)

// manual renders every page once.
var manual = sync.OnceValues(func() (map[string]manualPage, error) {
	names, err := fs.Glob(docs.Files, "*.md")
	if err != nil {
		return nil, err
	}
	decisions, err := fs.Glob(docs.Files, "decisions/*.md")
	if err != nil {
		return nil, err
	}
	pages := map[string]manualPage{}
	for _, name := range append(names, decisions...) {
		source, err := fs.ReadFile(docs.Files, name)
		if err != nil {
			return nil, err
		}
		title, rest, _ := bytes.Cut(source, []byte("\n"))
		var out bytes.Buffer
		if err := markdown.Convert(rest, &out); err != nil {
			return nil, err
		}
		page := strings.NewReplacer("<table>", `<div class="app-scroll" tabindex="0" role="group" aria-label="Table, which scrolls"><table class="nhsuk-table app-table__table">`, "</table>", "</table></div>",
			"<pre>", `<pre tabindex="0">`).Replace(out.String())
		pages[manualName(name)] = manualPage{strings.TrimPrefix(string(title), "# "), template.HTML(page)}
	}
	return pages, nil
})

// manualName is the end of a page's address: 020-assign.md is at /help/assign.
func manualName(file string) string {
	dir, name := path.Split(strings.TrimSuffix(file, ".md"))
	if dir == "" && len(name) > 4 && name[3] == '-' && name[0] >= '0' && name[0] <= '9' {
		name = name[4:]
	}
	if name == "README" {
		name = ""
	}
	return dir + name
}

// manualLinks leads the links of the manual to where its pages are served.
type manualLinks struct{}

func (manualLinks) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch x := n.(type) {
		case *ast.Link:
			x.Destination = []byte(manualAddress(string(x.Destination)))
		case *ast.Image:
			x.Destination = []byte(manualAddress(string(x.Destination)))
		}
		return ast.WalkContinue, nil
	})
}

// manualAddress is where a link of the manual leads. What lies outside the manual
// is not served: those links lead to its first page.
func manualAddress(to string) string {
	file, fragment, found := strings.Cut(to, "#")
	if found {
		fragment = "#" + fragment
	}
	switch {
	case strings.Contains(to, "://"), file == "":
		return to
	case strings.HasPrefix(file, "../docs/"):
		file = strings.TrimPrefix(file, "../docs/")
	case strings.HasPrefix(file, "../"):
		return "/help"
	}
	if strings.HasSuffix(file, ".md") {
		return strings.TrimSuffix("/help/"+manualName(file), "/") + fragment
	}
	return "/help/" + file
}

// help shows a page of the manual.
func (s *Site) help(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	name := r.PathValue("page")
	if strings.HasPrefix(name, "images/") {
		return helpPicture(w, name)
	}
	pages, err := manual()
	if err != nil {
		return err
	}
	page, ok := pages[name]
	if !ok {
		return missing("page of the manual", name, "The first page of the manual lists all of them.")
	}
	v := view{Page: "help", Place: "/help", Title: page.Title, Body: page}
	if name != "" {
		v.Trail = []link{{"Help", a.To("/help")}}
	}
	return s.show(w, r, v)
}

func helpPicture(w http.ResponseWriter, name string) error {
	picture, err := fs.ReadFile(docs.Files, path.Clean(name))
	if errors.Is(err, fs.ErrNotExist) {
		return missing("picture", name, "")
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "no-cache")
	_, err = w.Write(picture)
	return err
}
