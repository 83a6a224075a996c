package web

import (
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// form is a form as a page shows it: its fields with what was typed and what is
// wrong with it.
type form struct {
	Name   string // of the form, in the identifiers of its fields
	Action string
	Button string
	Danger bool // what it does cannot be taken back
	Hidden []parameter
	Fields []*field
}

// field is a field of a form. One with options is a list to pick from, or boxes to
// tick when Many.
type field struct {
	Name, Label, Hint string
	Type              string // of the input: text, password, email, number
	Value             string
	Autocomplete      string
	Options           []string
	Many              bool
	Picked            map[string]bool
	Fault             string
	ID                string // made by the form
}

// set gives the fields their identifiers.
func (f *form) set() *form {
	for _, x := range f.Fields {
		x.ID = f.Name + "-" + x.Name
		if x.Type == "" {
			x.Type = "text"
		}
	}
	return f
}

// fault says what is wrong with a field.
func (f *form) fault(name, text string) {
	for _, x := range f.Fields {
		if x.Name == name && x.Fault == "" {
			x.Fault = text
		}
	}
}

// faulty says whether anything is wrong.
func (f *form) faulty() bool {
	return slices.ContainsFunc(f.Fields, func(x *field) bool { return x.Fault != "" })
}

// text is what was typed into a field.
func (f *form) text(name string) string {
	for _, x := range f.Fields {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

const fieldLongest = 200

// read fills the fields in from a request. Blanks around a text are dropped, but
// for a password, which is taken as typed.
func (f *form) read(r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	for _, x := range f.Fields {
		if x.Many {
			x.Picked = map[string]bool{}
			for _, v := range r.PostForm[x.Name] {
				if !slices.Contains(x.Options, v) {
					x.Fault = "Choose from the list: " + x.Label
					continue
				}
				x.Picked[v] = true
			}
			continue
		}
		x.Value = r.PostForm.Get(x.Name)
		if x.Type == "password" {
			continue
		}
		x.Value = strings.TrimSpace(x.Value)
		switch {
		case utf8.RuneCountInString(x.Value) > fieldLongest:
			x.Value, x.Fault = "", x.Label+" is too long"
		case !utf8.ValidString(x.Value) || strings.ContainsFunc(x.Value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			x.Value, x.Fault = "", x.Label+" has characters that cannot be kept; type it again"
		case x.Options != nil && !slices.Contains(x.Options, x.Value):
			x.Fault = "Choose from the list: " + x.Label
		}
	}
	return nil
}

var errForm = &problem{http.StatusBadRequest, "That form cannot be read", "What was sent is not a form.", "Open the page again and fill the form in."}

// readForm reads the body of a form.
func readForm(r *http.Request) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" && r.ContentLength != 0 {
		return errForm
	}
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return errForm
	}
	return nil
}

// part is a piece of a page of forms.
type part struct {
	ID, Title, Text string
	Facts           []named
	Secret          string // shown this one time
	Form            *form
	Links           []link
}

// forms are the parts of a page.
type forms []part

// Faulty says whether a form of the page has something wrong.
func (f forms) Faulty() bool {
	return slices.ContainsFunc(f, func(p part) bool { return p.Form != nil && p.Form.faulty() })
}

// formsPage shows a page of forms. It is nobody's but the reader's, and not kept
// by browsers. Passwords are never sent back.
func (s *Site) formsPage(w http.ResponseWriter, r *http.Request, v view, parts ...part) error {
	for _, p := range parts {
		if p.Form == nil {
			continue
		}
		p.Form.set()
		for _, x := range p.Form.Fields {
			if x.Type == "password" {
				x.Value = ""
			}
		}
	}
	v.Page, v.Undated, v.Body = "forms", true, forms(parts)
	status := http.StatusOK
	if forms(parts).Faulty() {
		status = http.StatusUnprocessableEntity
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.render(w, r, status, v)
}
