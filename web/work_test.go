package web

import (
	"bytes"
	"encoding/csv"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"remit/store"
)

// office is a site with people in it.
type office struct {
	*testing.T
	store *store.Store
	site  *Site
}

func newOffice(t *testing.T) *office {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Program: "remit test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	site, err := New(Options{Store: st, Program: "remit test"})
	if err != nil {
		t.Fatal(err)
	}
	return &office{t, st, site}
}

// desk is somebody who is signed in at a browser.
type desk struct {
	*office
	name, token string
}

// person makes an account of an organisation (blank: national) and signs it in.
func (o *office) person(name, organisation string, roles ...store.Role) *desk {
	o.Helper()
	if _, err := o.store.CreateAccount(o.Context(), "test", store.Account{Name: name, FullName: name, Organisation: organisation, Roles: roles}); err != nil {
		o.Fatal(err)
	}
	token, err := o.store.NewSession(o.Context(), name, nil, time.Now().Add(time.Hour))
	if err != nil {
		o.Fatal(err)
	}
	return &desk{o, name, token}
}

// public is a browser in which nobody has signed in.
func (o *office) public() *desk { return &desk{office: o} }

type page struct {
	*desk
	status int
	header http.Header
	text   string
}

func (d *desk) send(r *http.Request) *page {
	if d.token != "" {
		r.AddCookie(&http.Cookie{Name: plainCookie, Value: d.token})
	}
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	d.site.ServeHTTP(w, r)
	return &page{d, w.Code, w.Header(), w.Body.String()}
}

func (d *desk) get(address string) *page {
	return d.send(httptest.NewRequest(http.MethodGet, address, nil))
}

func (d *desk) post(address string, pairs ...string) *page {
	return d.send(postRequest(address, pairs...))
}

func postRequest(address string, pairs ...string) *http.Request {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// upload posts a form with a file, whose fields come first.
func (d *desk) upload(address, field, file, content string, pairs ...string) *page {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = m.WriteField(pairs[i], pairs[i+1])
	}
	part, err := m.CreateFormFile(field, file)
	if err != nil {
		d.Fatal(err)
	}
	_, _ = io.WriteString(part, content)
	m.Close()
	r := httptest.NewRequest(http.MethodPost, address, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return d.send(r)
}

// wants holds a page to its status and to what stands on it.
func (p *page) wants(status int, texts ...string) *page {
	p.Helper()
	if p.status != status {
		p.Fatalf("status %d, want %d: %s", p.status, status, p.plain())
	}
	for _, text := range texts {
		if !strings.Contains(p.plain(), text) {
			p.Errorf("the page does not say %q:\n%s", text, p.plain())
		}
	}
	return p
}

// records are the rows of a page that is CSV.
func (p *page) records() [][]string {
	p.Helper()
	list, err := csv.NewReader(strings.NewReader(p.text)).ReadAll()
	if err != nil {
		p.Fatal(err)
	}
	return list
}

func (p *page) lacks(texts ...string) *page {
	p.Helper()
	for _, text := range texts {
		if strings.Contains(p.plain(), text) {
			p.Errorf("the page says %q", text)
		}
	}
	return p
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// plain is the main part of the page without its tags.
func (p *page) plain() string {
	_, main, found := strings.Cut(p.text, "<main")
	if !found {
		main = p.text
	}
	main, _, _ = strings.Cut(main, "</main>")
	text := tags.ReplaceAllString(main, " ")
	text = html.UnescapeString(text)
	return strings.Join(strings.Fields(text), " ")
}

// fields are the hidden fields of the form with an action.
func (p *page) fields(action string) (pairs []string) {
	p.Helper()
	_, form, found := strings.Cut(p.text, `action="`+action+`"`)
	if !found {
		p.Fatalf("there is no form to %s: %s", action, p.plain())
	}
	form, _, _ = strings.Cut(form, "</form>")
	for _, m := range hidden.FindAllStringSubmatch(form, -1) {
		pairs = append(pairs, m[1], html.UnescapeString(m[2]))
	}
	return pairs
}

// offers says whether the page has a form with an action.
func (p *page) offers(action string) bool { return strings.Contains(p.text, `action="`+action+`"`) }

// press sends the form of a page as it is, with more filled in.
func (p *page) press(action string, pairs ...string) *page {
	p.Helper()
	return p.post(action, append(p.fields(action), pairs...)...)
}

func (o *office) row(table, code string) *store.Fact {
	o.Helper()
	known, err := o.store.Known(o.Context(), time.Time{})
	if err != nil {
		o.Fatal(err)
	}
	rows := known.Find(table, code)
	if len(rows) == 0 {
		o.Fatalf("there is no %s %s", table, code)
	}
	return rows[0]
}

// formOf is the form of a correction of a row with some columns changed.
func formOf(f *store.Fact, pairs ...string) []string {
	values := copied(f.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	list := []string{"table", f.Table, "version", strconv.FormatInt(f.Version, 10), "kind", kindCorrect, "reason", "A letter says so", "source", "Letter of 3 March 2026"}
	for c, v := range values {
		list = append(list, "v-"+c, v)
	}
	return list
}

// propose takes a correction through form, review and submission, and gives back
// the address of the proposal.
func (d *desk) propose(f *store.Fact, pairs ...string) string {
	d.Helper()
	review := d.post("/proposals/new", append(formOf(f, pairs...), "step", "review")...).wants(http.StatusOK, "Review the change", "Nothing has been kept yet")
	return review.press("/proposals/new", "step", "submit").wants(http.StatusSeeOther).header.Get("Location")
}

func TestProposalTakesTwoPeople(t *testing.T) {
	o := newOffice(t)
	ann, bob := o.person("ann", "QMJ", store.Editor, store.Approver), o.person("bob", "QMJ", store.Approver)
	fact := o.row("icb", "QMJ")
	ann.get("/data/icb").wants(http.StatusOK, "Propose a change")
	ann.get("/proposals/new?table=icb&key=QMJ").wants(http.StatusOK, "Propose a change of icb QMJ", "It was recorded wrongly", "Reason", "Document it rests on")

	review := ann.upload("/proposals/new", "file", "letter.pdf", "%PDF-1.7\n1", append(formOf(fact, "note", "Moved <b>office</b>"), "step", "review")...)
	review.wants(http.StatusOK, "Moved", "letter.pdf", "Whose facts it touches", "(QMJ)")
	if strings.Contains(review.text, "<b>office") {
		t.Error("what was typed comes out unescaped")
	}
	address := review.press("/proposals/new", "step", "submit").wants(http.StatusSeeOther).header.Get("Location")

	own := ann.get(address).wants(http.StatusOK, "Submitted", "a second person decides")
	if own.offers(address + "/approve") {
		t.Error("the author is offered to approve")
	}
	ann.post(address+"/approve", "revision", "2").wants(http.StatusUnprocessableEntity, "Ann proposed this; a second person must decide")
	if got := o.row("icb", "QMJ").Values["note"]; got != fact.Values["note"] {
		t.Errorf("the note is %q before anybody approved", got)
	}
	bob.get("/proposals").wants(http.StatusOK, "1 proposal waits", "Correct icb QMJ")
	seen := bob.get(address).wants(http.StatusOK, "Moved <b>office</b>", "letter.pdf", "Letter of 3 March 2026")
	seen.press(address+"/approve", "note", "Seen the letter").wants(http.StatusSeeOther)
	if got := o.row("icb", "QMJ").Values["note"]; got != "Moved <b>office</b>" {
		t.Errorf("the note is %q after approval", got)
	}
	bob.get(address).wants(http.StatusOK, "Approved", "Seen the letter", "change 2")
	bob.post(address+"/approve", "revision", "3").wants(http.StatusUnprocessableEntity, "only what is submitted can be approved")
}

func TestProposalOfAnotherBoard(t *testing.T) {
	o := newOffice(t)
	other, national := o.person("eve", "QRV", store.Editor), o.person("nat", "", store.Editor)
	fact := o.row("icb", "QMJ")
	other.post("/proposals/new", append(formOf(fact, "note", "x"), "step", "submit")...).wants(http.StatusForbidden, "not your organisation's facts")
	region := o.row("region", o.row("icb", "QMJ").Values["region"])
	other.post("/proposals/new", append(formOf(region, "name", "Elsewhere"), "step", "submit")...).wants(http.StatusForbidden, "all of England")
	if all, err := o.store.Proposals(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d proposals were kept (%v)", len(all), err)
	}
	address := national.propose(fact, "note", "x")
	o.person("app", "QRV", store.Approver).post(address+"/approve", "revision", "2").wants(http.StatusForbidden, "not your organisation's facts")
	o.person("rea", "QMJ", store.Reader).post("/proposals/new", append(formOf(fact, "note", "x"), "step", "submit")...).wants(http.StatusForbidden)
	o.public().get("/proposals").wants(http.StatusSeeOther)
}

func TestTwoEditorsAtOnce(t *testing.T) {
	o := newOffice(t)
	ann, ben, bob := o.person("ann", "QMJ", store.Editor), o.person("ben", "QMJ", store.Editor), o.person("bob", "", store.Approver)
	fact := o.row("icb", "QMJ")
	first, second := ann.propose(fact, "note", "The first"), ben.propose(fact, "note", "The second")
	both := bob.get(second)
	bob.get(first).press(first + "/approve").wants(http.StatusSeeOther)
	both.press(second+"/approve").wants(http.StatusUnprocessableEntity, "Somebody changed this since", "was changed by ann", `is "The first"`)
	if bob.get(second).wants(http.StatusOK, "Somebody changed this since").offers(second + "/approve") {
		t.Error("what would be refused is offered")
	}
	// A form that was opened before the change is told too.
	ben.post("/proposals/new", append(formOf(fact, "note", "The third"), "step", "review")...).wants(http.StatusUnprocessableEntity, "Somebody changed this since", "Begin again with the row as it is now")
	// The author takes the proposal up again upon the row as it is now.
	again := ben.get("/proposals/new?draft=2").wants(http.StatusOK, "The second")
	now := o.row("icb", "QMJ")
	ben.post("/proposals/new", append(append(formOf(now, "note", "The second"), again.fields("/proposals/new")...), "step", "submit")...).wants(http.StatusSeeOther)
	bob.get(second).press(second + "/approve").wants(http.StatusSeeOther)
	if got := o.row("icb", "QMJ").Values["note"]; got != "The second" {
		t.Errorf("the note is %q", got)
	}
}

func TestProposalFaults(t *testing.T) {
	o := newOffice(t)
	ann := o.person("ann", "", store.Editor)
	fact := o.row("icb", "QMJ")
	blank := append(formOf(fact, "note", "x"), "step", "review")
	for i, v := range blank {
		if v == "A letter says so" || v == "Letter of 3 March 2026" {
			blank[i] = ""
		}
	}
	p := ann.post("/proposals/new", blank...).wants(http.StatusUnprocessableEntity, "Say why the change is made.", "Name the document that the change rests on.")
	if !strings.Contains(p.text, `<a href="#change-reason">`) || !strings.Contains(p.text, `aria-describedby="change-reason-hint change-reason-fault"`) {
		t.Error("the fault does not lead to its field")
	}
	p = ann.post("/proposals/new", append(formOf(fact, "region", "NOWHERE"), "step", "review")...).wants(http.StatusUnprocessableEntity, "The register would not be valid", "NOWHERE")
	if !strings.Contains(p.text, `<a href="#change-v-region">`) {
		t.Error("the fault of a column does not lead to its field")
	}
	from := append(formOf(fact, "note", "New"), "step", "review", "from", "2025-10-01")
	for i, v := range from {
		if v == kindCorrect {
			from[i] = kindFrom
		}
	}
	ann.post("/proposals/new", from...).wants(http.StatusOK, "2025-09-30", "2025-10-01", "Add icb QMJ from 2025-10-01")
	ann.get("/proposals/new?table=nothing").wants(http.StatusNotFound)
	ann.get("/proposals/new").wants(http.StatusOK, "Add a row to icb")
	ann.get("/proposals/99").wants(http.StatusNotFound, "There is no proposal 99")
}

func TestProposalEnds(t *testing.T) {
	o := newOffice(t)
	ann, bob := o.person("ann", "QMJ", store.Editor), o.person("bob", "", store.Approver)
	fact := o.row("icb", "QMJ")
	address := ann.propose(fact, "note", "x")
	bob.get(address).press(address+"/refuse", "note", "").wants(http.StatusUnprocessableEntity, "Say why the proposal is refused")
	bob.get(address).press(address+"/refuse", "note", "The letter says otherwise").wants(http.StatusSeeOther)
	ann.get(address).wants(http.StatusOK, "Refused", "The letter says otherwise")
	second := ann.propose(fact, "note", "y")
	ann.get(second).press(second+"/withdraw", "note", "A slip").wants(http.StatusSeeOther)
	ann.get("/proposals?state=Withdrawn").wants(http.StatusOK, "1 of 2 match")
}
