package holding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"remit/register"
)

// Subject is what a question is about, found from its words.
type Subject struct {
	Kind      string `json:"kind"` // service, line or function
	Code      string `json:"code"`
	Title     string `json:"title"`
	Programme string `json:"programme,omitempty"`
	Category  string `json:"category,omitempty"` // of a service: delegated, retained_specialised or retained_highly_specialised
	Function  string `json:"function"`
	Service   string `json:"service,omitempty"` // of a line, the service it is part of
	Status    string `json:"status,omitempty"`  // of a line on the day: GREEN, AMBER, RED, BLUE, NOT APPLICABLE
}

func (s *Subject) subject() subject {
	switch s.Kind {
	case "service":
		return subject{s.Function, s.Code, ""}
	case "line":
		return subject{s.Function, s.Service, s.Code}
	}
	return subject{s.Function, "", ""}
}

// Candidate is one of several things that may have been meant.
type Candidate struct {
	Kind string `json:"kind"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// AskError says that a question cannot be answered as it was put: what it names
// is unknown, or may be one of several.
type AskError struct {
	Part       string // service or population
	Value      string
	Problem    string
	Candidates []Candidate
}

func (e *AskError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q: %s", e.Part, e.Value, e.Problem)
	for _, c := range e.Candidates {
		fmt.Fprintf(&b, "\n  %s  %s (%s)", c.Code, c.Name, strings.ReplaceAll(c.Kind, "_", " "))
	}
	return b.String()
}

// most is how many candidates are listed.
const most = 12

func ambiguous(part, value string, list []Candidate) *AskError {
	problem := "it may be one of several; ask for one by its code"
	if len(list) > most {
		problem = fmt.Sprintf("it may be one of %d; give more of the name", len(list))
		list = list[:most]
	}
	return &AskError{part, value, problem, list}
}

// Find finds a service, service line or function by its code, its name or part
// of its name. A number is a service of the Manual; a service line may be
// written without NCBPS. An *AskError has the candidates where there are several.
func (b *Book) Find(text string, day register.Day) (*Subject, error) {
	text = strings.TrimSpace(text)
	code := strings.ToUpper(text)
	if s := b.byService[code]; s != nil {
		return b.serviceSubject(s), nil
	}
	for _, c := range []string{code, "NCBPS" + code} {
		if s := b.lineSubject(c, day); s != nil {
			if s.Function == "" {
				return nil, &AskError{"service", text, "it is a code that belongs to no function of the register: " + s.Title, nil}
			}
			return s, nil
		}
	}
	if b.functions[code] != nil {
		return b.functionSubject(code, day)
	}
	return b.byName(text, day)
}

func (b *Book) serviceSubject(s *service) *Subject {
	function := b.functionOf[s.code]
	if function == "" {
		function = b.specialised()
	}
	return &Subject{Kind: "service", Code: s.code, Title: s.title, Programme: s.programme, Category: s.category, Function: function}
}

// specialised is the function of commissioning specialised services: that
// whose flag is the one every specialised line has.
func (b *Book) specialised() string {
	for _, code := range b.order {
		if b.functions[code][0].lineFlag == "specialised" {
			return code
		}
	}
	return ""
}

func (b *Book) lineSubject(code string, day register.Day) *Subject {
	t := b.pack.Table("service_line")
	row := t.Find(code, day, 0).Row
	if row == register.NoRow {
		if row = t.FindEver(code, 0).Row; row == register.NoRow {
			return nil
		}
	}
	s := &Subject{Kind: "line", Code: code, Title: t.At(row, "title"), Programme: t.At(row, "programme"), Function: b.functionOfLine(row), Service: t.At(row, "service")}
	s.Status = t.At(t.Find(code, day, 0).Row, "status")
	if of := b.byService[s.Service]; of != nil {
		s.Category = of.category
	}
	return s
}

// functionSubject refuses a function that has no one answer: its services or
// its parts are held apart.
func (b *Book) functionSubject(code string, day register.Day) (*Subject, error) {
	f, _ := ever(b.functions[code], day)
	whole, services := false, false
	for _, l := range b.lines {
		if b.within(code, l.function, day) {
			services = services || l.services != ""
			whole = whole || l.services == ""
		}
	}
	if services {
		return nil, &AskError{"service", code, "who commissions " + f.title + " differs from service to service; ask for one", nil}
	}
	if parts := b.parts(code, day); !whole && len(parts) > 0 {
		return nil, &AskError{"service", code, "its parts are held apart; ask for one", parts}
	}
	return &Subject{Kind: "function", Code: code, Title: f.title, Category: f.category, Function: code}, nil
}

func (b *Book) parts(code string, day register.Day) []Candidate {
	var list []Candidate
	for _, c := range b.order {
		if f, _ := ever(b.functions[c], day); f.parent == code {
			list = append(list, Candidate{"function", c, f.title})
		}
	}
	return list
}

// byName looks among services first, then functions, then lines: a name that
// fits one service is that service, though its lines have the words too.
func (b *Book) byName(text string, day register.Day) (*Subject, error) {
	words := wordsOf(text)
	if len(words) == 0 {
		return nil, &AskError{"service", text, "nothing was asked for; give a service by code or name", nil}
	}
	var found []Candidate
	for _, s := range b.services {
		found = match(found, words, "service", s.code, s.title, "")
	}
	for _, code := range b.order {
		if f, _ := ever(b.functions[code], day); f.delegable != "no" {
			found = match(found, words, "function", code, f.title, f.also)
		}
	}
	if len(found) == 0 {
		t := b.pack.Table("service_line")
		for _, code := range t.Keys() {
			if code != notDirect {
				found = match(found, words, "line", code, t.At(t.FindEver(code, 0).Row, "title"), "")
			}
		}
	}
	if exact := slices.IndexFunc(found, func(c Candidate) bool { return slices.Equal(wordsOf(c.Name), words) }); exact >= 0 {
		found = found[exact : exact+1]
	}
	switch len(found) {
	case 0:
		return nil, &AskError{"service", text, "no service, service line or function has that code or name", b.near(words)}
	case 1:
		return b.Find(found[0].Code, day)
	}
	return nil, ambiguous("service", text, found)
}

// match adds a candidate when its name, or one of its other names, has a word
// beginning with each of the words.
func match(found []Candidate, words []string, kind, code, name, also string) []Candidate {
	for _, n := range append([]string{name}, strings.Split(also, ";")...) {
		if has(wordsOf(n), words) {
			return append(found, Candidate{kind, code, name})
		}
	}
	return found
}

func has(name, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool {
		return !slices.ContainsFunc(name, func(n string) bool { return strings.HasPrefix(n, w) })
	})
}

// near are services that share the most words with what was asked.
func (b *Book) near(words []string) []Candidate {
	type scored struct {
		Candidate
		n int
	}
	var list []scored
	for _, s := range b.services {
		n := 0
		for _, w := range words {
			if len(w) > 3 && has(wordsOf(s.title), []string{w[:min(len(w), 6)]}) {
				n++
			}
		}
		if n > 0 {
			list = append(list, scored{Candidate{"service", s.code, s.title}, n})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.n, a.n) })
	var found []Candidate
	for _, s := range list[:min(len(list), 5)] {
		found = append(found, s.Candidate)
	}
	return found
}

// wordsOf cuts a name into words in lower case, without those that every name has.
func wordsOf(s string) []string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.DeleteFunc(words, func(w string) bool {
		return slices.Contains([]string{"a", "an", "and", "for", "in", "of", "the", "to", "with", "service", "services"}, w)
	})
}
