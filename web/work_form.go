package web

import (
	"net/http"
	"slices"
	"strings"
)

// workBody is the body of a page of signed-in work: forms, and what is wrong with
// what was sent by them.
type workBody struct {
	Problem string // heading of the faults that no field has; blank: "There is a problem"
	Faults  []workFault
	Links   []link
	Forms   []*workForm
}

// workFault is a sentence about what was sent, with the field to mend.
type workFault struct{ Text, Field string }

// workForm is a form of a page.
type workForm struct {
	ID, Title, Text, Action string
	Files                   bool // it sends files
	Hidden                  []parameter
	Fields                  []workField
	Buttons                 []workButton
}

// workField is a field of a form. Type is one of text, date, area, select, check
// and file.
type workField struct {
	ID, Name, Label, Hint, Value, Type, Fault string
	Options                                   []workOption
	Checked                                   bool
}

type workOption struct{ Value, Text string }

// workButton sends a form. What it is named tells the handler which was pressed.
type workButton struct {
	Text, Name, Value string
	Second            bool // not what most people come for
}

// field adds a field, whose identity follows from the form's.
func (f *workForm) field(x workField) {
	x.ID = f.ID + "-" + x.Name
	f.Fields = append(f.Fields, x)
}

// fault notes what is wrong with a field of a form, and with the whole when the
// form has no such field.
func (b *workBody) fault(field, text string) {
	for _, form := range b.Forms {
		for i := range form.Fields {
			if x := &form.Fields[i]; x.Name == field {
				x.Fault = strings.TrimSpace(x.Fault + " " + text)
				b.Faults = append(b.Faults, workFault{text, x.ID})
				return
			}
		}
	}
	anchor := "main"
	if len(b.Forms) > 0 {
		anchor = b.Forms[0].ID
	}
	b.Faults = append(b.Faults, workFault{text, anchor})
}

// wrong says whether anything is wrong with what was sent.
func (b *workBody) wrong() bool { return len(b.Faults) > 0 }

// showWork answers with a page of work, which nothing between here and the reader
// may keep.
func (s *Site) showWork(w http.ResponseWriter, r *http.Request, v view) error {
	w.Header().Set("Cache-Control", "no-store")
	if v.Page == "" {
		v.Page = "work"
	}
	v.Undated = true
	if v.Body == nil {
		v.Body = &workBody{}
	}
	if body, ok := v.Body.(interface{ wrong() bool }); ok && body.wrong() {
		return s.render(w, r, http.StatusUnprocessableEntity, arranged(r, v))
	}
	return s.show(w, r, v)
}

// arranged prepares the tables of a page that is rendered with another status
// than show gives.
func arranged(r *http.Request, v view) view {
	a := asked(r)
	a.tables = len(v.Tables) + len(v.Parts)
	for _, p := range v.Parts {
		if p.Table != nil {
			p.Table.arrange(a, nil)
		}
	}
	return v
}

// seeOther sends the browser on after something was done.
func seeOther(w http.ResponseWriter, r *http.Request, address string) error {
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// options are values to choose from, each shown as itself, after a blank.
func options(values []string) []workOption {
	list := []workOption{{"", ""}}
	for _, v := range values {
		list = append(list, workOption{v, v})
	}
	return list
}

// codes splits a list that somebody typed: by commas, semicolons or blanks.
func codes(text string) []string {
	list := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) })
	slices.Sort(list)
	return slices.Compact(list)
}
