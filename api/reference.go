package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

var (
	//go:embed reference.html
	referenceHTML string
	//go:embed reference.css
	referenceCSS []byte

	referencePage = template.Must(template.New("reference").Parse(referenceHTML))
)

// operation is an operation as the reference shows it.
type operation struct {
	ID, Method, Path, Summary, Description, Needs string
	Example                                       string // an address that can be tried, for what is read
	Body                                          string // an example of what is sent
	Parameters                                    []*huma.Param
}

type chapter struct {
	Title, ID  string
	Operations []operation
}

// describe makes the page that people read. It is made of the same description
// that /openapi.json gives, and loads nothing from other machines.
func (s *server) describe() {
	var page bytes.Buffer
	err := referencePage.Execute(&page, struct {
		Prefix   string
		Chapters []chapter
	}{prefix, s.chapters()})
	if err != nil {
		panic(err) // the template and what it shows are both in the program
	}
	s.mux.HandleFunc("GET "+prefix+"/{$}", func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "public, max-age=300")
		s.send(w, page.Bytes())
	})
	s.mux.HandleFunc("GET "+prefix+"/reference.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=300")
		s.send(w, referenceCSS)
	})
	s.mux.Handle("GET "+prefix, http.RedirectHandler(prefix+"/", http.StatusMovedPermanently))
}

func (s *server) send(w http.ResponseWriter, body []byte) {
	if _, err := w.Write(body); err != nil {
		s.Log.Debug("an answer could not be sent", "error", err)
	}
}

func (s *server) chapters() []chapter {
	doc := s.api.OpenAPI()
	var list []chapter
	for _, tag := range doc.Tags {
		c := chapter{Title: tag.Name, ID: strings.ToLower(strings.NewReplacer(" ", "-", ",", "").Replace(tag.Name))}
		for _, op := range s.order {
			if op.Tags[0] == tag.Name {
				c.Operations = append(c.Operations, s.operation(op))
			}
		}
		list = append(list, c)
	}
	return list
}

func (s *server) operation(op *huma.Operation) operation {
	o := operation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description, Parameters: op.Parameters}
	if p := permissionOf(op); p != nil {
		o.Needs = p.String()
	}
	if op.Method == http.MethodGet {
		o.Example = exampleAddress(op)
	}
	if op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil {
		schema := s.api.OpenAPI().Components.Schemas.SchemaFromRef(op.RequestBody.Content["application/json"].Schema.Ref)
		body, err := json.MarshalIndent(s.example(schema), "", "  ")
		if err != nil {
			panic(err) // examples are made of JSON
		}
		o.Body = string(body)
	}
	return o
}

// exampleAddress is the address of an operation with the examples of its parameters.
func exampleAddress(op *huma.Operation) string {
	path, query := op.Path, url.Values{}
	for _, p := range op.Parameters {
		if p.Schema == nil || len(p.Schema.Examples) == 0 {
			continue
		}
		text := fmt.Sprint(p.Schema.Examples[0])
		if p.Schema.Type == huma.TypeArray {
			text = strings.Join(strings.Fields(strings.Trim(text, "[]")), ",")
		}
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text))
		} else if p.In == "query" {
			query.Set(p.Name, text)
		}
	}
	if strings.Contains(path, "{") {
		return "" // no example: a document is named by what is in it
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// example puts the examples of a schema's properties together.
func (s *server) example(schema *huma.Schema) any {
	if schema.Ref != "" {
		schema = s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if len(schema.Examples) > 0 {
		return schema.Examples[0]
	}
	switch schema.Type {
	case "object":
		object := map[string]any{}
		for name, p := range schema.Properties {
			if v := s.example(p); v != nil {
				object[name] = v
			}
		}
		if len(object) == 0 {
			return nil
		}
		return object
	case "array":
		if v := s.example(schema.Items); v != nil {
			return []any{v}
		}
	}
	return nil
}
