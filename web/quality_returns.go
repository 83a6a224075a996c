package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/measure"
	"remit/metric"
	"remit/quality"
	"remit/register"
	"remit/store"
)

// returnLimit is the largest file of a return that is taken, in bytes.
const returnLimit = 8 << 20

// returnRoutes are the addresses of returns: drafts, for those who have a role, and
// for people of a provider their own alone.
func (s *Site) returnRoutes() []route {
	return []route{
		{pattern: "GET /quality/returns", may: store.Reader, or: colleagues, serve: s.returnList},
		{pattern: "GET /quality/returns/template", may: store.Reader, or: colleagues, serve: s.returnTemplate},
		{pattern: "GET /quality/returns/new", may: store.Editor, serve: s.newReturn},
		{pattern: "POST /quality/returns/new", may: store.Editor, serve: s.takeReturn, limit: returnLimit},
		{pattern: "GET /quality/returns/{id}", may: store.Reader, or: colleagues, serve: s.returnPage},
		{pattern: "POST /quality/returns/{id}/sign", may: store.Approver, serve: s.signReturn},
		{pattern: "POST /quality/returns/{id}/send-back", may: store.Approver, serve: s.sendReturnBack},
		{pattern: "GET /quality/publish", may: store.Approver, serve: s.publishForm},
		{pattern: "POST /quality/publish", may: store.Approver, serve: s.publishReturns},
		{pattern: "GET /quality/alerts/{id}", may: store.Reader, or: colleagues, serve: s.alertPage},
		{pattern: "POST /quality/alerts/{id}", may: store.Editor, or: []store.Role{store.Approver}, serve: s.noteAlert},
	}
}

var returnsTrail = []link{{"Quality", "/quality"}, {"Returns", "/quality/returns"}}

func (s *Site) quarterAsked(r *http.Request) (metric.Quarter, error) {
	text := r.URL.Query().Get("quarter")
	if text == "" {
		return metric.Latest(s.now().In(register.England)), nil
	}
	q, err := metric.ParseQuarter(text)
	if err != nil {
		return q, &problem{http.StatusBadRequest, "That is no quarter", err.Error(), "Write quarter=2026/27 Q1."}
	}
	return q, nil
}

// quarters are those that the reader may pick: the last twelve, and the asked one.
func (s *Site) quarters(asked metric.Quarter) (list []scenarioOption) {
	q := metric.Latest(s.now().In(register.England)).Next(1)
	for range 13 {
		list = append(list, scenarioOption{q.String(), q.String()})
		q = q.Next(-1)
	}
	if !slices.Contains(list, scenarioOption{asked.String(), asked.String()}) {
		list = append(list, scenarioOption{asked.String(), asked.String()})
	}
	return list
}

func longTime(t time.Time) string { return longDate(register.DayOf(t.Add(12 * time.Hour))) }

// returnList says which returns are due for a quarter, and which are late or missing.
func (s *Site) returnList(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	q, err := s.quarterAsked(r)
	if err != nil {
		return err
	}
	own := ownProvider(a)
	all, err := s.store.Standing(r.Context(), s.quality.Metrics, own, q, s.now().In(register.England))
	if err != nil {
		return err
	}
	t := &Table{Name: "returns", Caption: "Returns for " + q.String(), Search: true, Empty: "No return is due: metrics/returners.csv in the data directory says who returns for which service.", Columns: []Column{{Key: "provider", Title: "Provider", Wide: true}, {Key: "service", Title: "Service", Filter: true}, {Key: "metrics", Title: "Metrics", Numeric: true}, {Key: "state", Title: "State", Filter: true}, {Key: "late", Title: "In time", Filter: true},
		{Key: "return", Title: "Return"}, {Key: "entered", Title: "Entered by"}, {Key: "signed", Title: "Signed by"}, {Key: "gatekeeper", Title: "Gatekeeper"}, {Key: "template", Title: "Template"}}}
	missing, late, waiting := 0, 0, 0
	for _, x := range all {
		switch x.Late {
		case store.ReturnMissing:
			missing++
		case store.ReturnLate, store.ReturnSignedLate:
			late++
		}
		if x.Return.State == store.ReturnSigned {
			waiting++
		}
		number0, entered := Cell{Lacks: "None"}, say(x.Return.By).or("Nobody yet")
		if x.Return.ID > 0 {
			number0 = Cell{Text: fmt.Sprintf("Version %d", x.Return.Version), Value: strconv.FormatInt(x.Return.ID, 10), Href: fmt.Sprintf("/quality/returns/%d", x.Return.ID)}
			entered.More = x.Return.At.In(register.England).Format("2 January 2006")
		}
		template := "/quality/returns/template?provider=" + url.QueryEscape(x.Provider) + "&service=" + url.QueryEscape(x.Service) + "&quarter=" + url.QueryEscape(q.String())
		t.Rows = append(t.Rows, Row{Cell{Text: a.Register.Name(x.Provider, a.On), Value: x.Provider, More: x.Provider}, Cell{Text: s.serviceName(a, x.Service), Value: x.Service}, number(len(x.Metrics)), say(sentence(x.Words())), say(sentence(x.Late)).or("In time"),
			number0, entered, say(x.Return.SignedBy).or("Nobody yet"), say(s.gatekeeper(x.Provider, x.Service, q)).or("Not named"), to("CSV", template)})
	}
	v := view{Place: "/quality", Trail: returnsTrail[:1], Title: fmt.Sprintf("Returns for %s: %s missing, %d late of %d due", q, plural(missing, "return is", "returns are"), late, len(all)), Page: "record"}
	if d, ok := s.quality.Metrics.Timetable.Of(q); ok {
		v.Lead = fmt.Sprintf("Taken from %s, due by %s, signed by %s, published on %s.", longTime(d.Opens), longTime(d.Due), longTime(d.Sign), longTime(d.Publish))
		v.Notes = []string{"Timetable: " + d.Source + ", " + d.Confidence + " confidence. The national timetable is not established here; a file metrics/timetable.csv in the data directory takes its place."}
	}
	links := []link{}
	if a.Account.Has(store.Editor) {
		links = append(links, link{"Enter a return", "/quality/returns/new"})
	}
	if a.Account.MayPublish() {
		links = append(links, link{fmt.Sprintf("Publish what is signed (%d wait of this quarter)", waiting), "/quality/publish?quarter=" + url.QueryEscape(q.String())})
	}
	v.Parts = []section{{ID: "more", Links: links}, {ID: "pick", Form: &scenarioForm{Title: "Quarter", Says: "Pick a quarter.", Action: "/quality/returns", Button: "Show", Fields: []scenarioField{{Name: "quarter", Label: "Quarter", Value: q.String(), Options: s.quarters(q)}}}}}
	v.Parts = append(v.Parts, section{ID: "returns", Table: t})
	return s.showWork(w, r, v)
}

func (s *Site) serviceName(a *Asked, code string) string {
	return (&board{asked: a}).service(code)
}

func (s *Site) gatekeeper(provider, service string, q metric.Quarter) string {
	for i := range s.quality.Metrics.Returners {
		if x := &s.quality.Metrics.Returners[i]; x.Provider == provider && x.Service == service && x.On(q) {
			return x.Gatekeeper
		}
	}
	return ""
}

// returnTemplate gives the return to fill in.
func (s *Site) returnTemplate(w http.ResponseWriter, r *http.Request) error {
	q, err := s.quarterAsked(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	provider, service := query.Get("provider"), query.Get("service")
	due := s.quality.Metrics.DueFrom(provider, q)
	due = slices.DeleteFunc(due, func(e metric.Expected) bool {
		return service != "" && e.Service != service || !mayProvider(asked(r), e.Provider)
	})
	if provider == "" || len(due) == 0 {
		return &problem{http.StatusNotFound, "No such return is due", "Nothing is due of that provider, service and quarter that you may enter.", "The page about returns lists what is due."}
	}
	var b bytes.Buffer
	if err := metric.Template(&b, due...); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", attachment(fmt.Sprintf("%s_%d-%02d_Q%d.csv", provider, q.Year, (q.Year+1)%100, q.Quarter)))
	_, err = w.Write(b.Bytes())
	return err
}

func (s *Site) newReturn(w http.ResponseWriter, r *http.Request) error {
	return s.showNewReturn(w, r, "", nil)
}

func (s *Site) showNewReturn(w http.ResponseWriter, r *http.Request, reason string, faults []string) error {
	f := &workForm{ID: "return", Action: "/quality/returns/new", Files: true, Text: "The file is checked whole: nothing is taken in while anything in it is wrong, and every fault is told. Then a second person signs it.", Buttons: []workButton{{Text: "Check and take in"}}}
	f.field(workField{Name: "reason", Label: "Why it is corrected", Hint: "only where a return came before", Value: reason})
	f.field(workField{Name: "file", Label: "The filled-in template, as CSV", Type: "file"})
	body := &workBody{Forms: []*workForm{f}, Problem: "The file was not taken in"}
	for _, x := range faults {
		body.fault("file", x)
	}
	if len(faults) > 1 { // each is told above; beside the field one line is enough
		f.Fields[1].Fault = plural(len(faults), "thing is wrong", "things are wrong") + ": see the top of the page."
	}
	return s.showWork(w, r, view{Place: "/quality", Trail: returnsTrail, Title: "Enter a return", Body: body})
}

// takeReturn checks a file and takes it in.
func (s *Site) takeReturn(w http.ResponseWriter, r *http.Request) error {
	account := asked(r).Account
	file, header, err := r.FormFile("file")
	reason := strings.TrimSpace(r.FormValue("reason"))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	if err != nil {
		return s.showNewReturn(w, r, reason, []string{"Choose a file."})
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	provider, _, err := metric.Heading(text, header.Filename)
	var parts []metric.Part
	if err == nil && !account.MayEnter(provider) {
		return s.showNewReturn(w, r, reason, []string{"The file is the return of " + provider + ", and you enter returns of " + account.Organisation + " alone."})
	}
	if err == nil {
		_, _, parts, err = s.quality.Metrics.Take(text, header.Filename)
	}
	var faults metric.ReturnFaults
	if errors.As(err, &faults) {
		var lines []string
		for i, f := range faults {
			if i == 100 {
				lines = append(lines, fmt.Sprintf("and %d more", len(faults)-i))
				break
			}
			lines = append(lines, f.String())
		}
		return s.showNewReturn(w, r, reason, lines)
	}
	if err != nil {
		return err
	}
	var list []store.Incoming
	for i := range parts {
		list = append(list, store.IncomingOf(&parts[i], header.Filename, reason))
	}
	ids, err := s.store.SubmitReturns(r.Context(), account.Name, list)
	var rule *store.RuleError
	if errors.As(err, &rule) {
		return s.showNewReturn(w, r, reason, []string{rule.Text})
	}
	if err != nil {
		return err
	}
	return s.done(w, r, fmt.Sprintf("/quality/returns/%d", ids[0]), plural(len(ids), "return was", "returns were")+" taken in. A second person signs.")
}

// returnOf is the return that the address names, when the reader may see it.
func (s *Site) returnOf(r *http.Request) (store.Return, error) {
	gone := &problem{http.StatusNotFound, "There is no such return", "There is no return at this address that you may see.", "The page about returns lists those that you may."}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return store.Return{}, gone
	}
	x, err := s.store.MetricReturn(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !mayProvider(asked(r), x.Organisation) {
		return x, gone
	}
	return x, err
}

// returnPage shows a return, what became of it, and what may be done with it.
func (s *Site) returnPage(w http.ResponseWriter, r *http.Request) error {
	return s.showReturn(w, r, nil)
}

func (s *Site) showReturn(w http.ResponseWriter, r *http.Request, faults []workFault) error {
	a := asked(r)
	x, err := s.returnOf(r)
	if err != nil {
		return err
	}
	versions, err := s.store.Returns(r.Context(), store.ReturnFilter{Organisation: x.Organisation, Service: x.Service, Quarter: x.Quarter})
	if err != nil {
		return err
	}
	latest := versions[len(versions)-1].ID == x.ID
	v := view{Place: "/quality", Page: "work", Trail: returnsTrail, Title: fmt.Sprintf("%s, %s, %s: version %d is %s", a.Register.Name(x.Organisation, a.On), s.serviceName(a, x.Service), x.Quarter, x.Version, stepWords[x.State])}
	if !latest {
		v.Warn = fmt.Sprintf("A later version has taken its place: version %d.", versions[len(versions)-1].Version)
	}
	v.Facts = []named{{"Return", number(int(x.ID))}, {"Entered", Cell{Text: x.By, More: x.At.In(register.England).Format("2 January 2006, 15:04")}}, {"File", say(x.File)}, {"Why it was corrected", say(x.Reason).or("It is the first")}, {"Signed by", say(x.SignedBy).or("Nobody yet")}, {"Published", Cell{Lacks: "Not yet"}}}
	if x.Release > 0 {
		v.Facts[5] = named{"Published", Cell{Text: fmt.Sprintf("Release %d, by %s", x.Release, x.PublishedBy), Href: fmt.Sprintf("/quality?release=%d", x.Release)}}
	}
	before := map[string]quality.Figure{}
	if x.Version > 1 {
		earlier, err := s.store.MetricReturn(r.Context(), versions[x.Version-2].ID)
		if err != nil {
			return err
		}
		for _, f := range earlier.Figures {
			before[f.Metric] = f
		}
	}
	v.add("figures", "Figures", "", s.returnTable(&x, before))
	v.add("steps", "What became of it", "", stepTable(&x))
	t := &Table{Name: "versions", Caption: "Versions", Columns: []Column{{Key: "version", Title: "Version"}, {Key: "state", Title: "State"}, {Key: "by", Title: "Entered by"}, {Key: "reason", Title: "Reason"}}}
	for _, y := range slices.Backward(versions) {
		t.Rows = append(t.Rows, Row{Cell{Text: fmt.Sprintf("Version %d", y.Version), Href: fmt.Sprintf("/quality/returns/%d", y.ID)}, say(sentence(stepWords[y.State])), Cell{Text: y.By, More: y.At.In(register.England).Format("2 January 2006")}, say(y.Reason).or("It is the first")})
	}
	v.add("versions", "Versions", "", t)
	body := &workBody{}
	if latest && a.Account.MaySign(x.Organisation) {
		s.signForms(body, a, &x)
	}
	for _, f := range faults {
		body.fault(f.Field, f.Text)
	}
	v.Body = body
	return s.showWork(w, r, v)
}

var stepWords = map[string]string{store.ReturnSubmitted: "submitted", store.ReturnSigned: "signed", store.ReturnSentBack: "sent back", store.ReturnPublished: "published"}

// signForms offers what an approver may do with a return.
func (s *Site) signForms(body *workBody, a *Asked, x *store.Return) {
	if x.State == store.ReturnSubmitted && x.By != a.Account.Name {
		f := &workForm{ID: "sign", Title: "Sign it off", Text: "You vouch for the figures as a second person. A national approver then publishes them.", Action: fmt.Sprintf("/quality/returns/%d/sign", x.ID), Buttons: []workButton{{Text: "Sign off"}}}
		f.field(workField{Name: "note", Label: "Note for the record", Hint: "optional"})
		body.Forms = append(body.Forms, f)
	}
	if x.State == store.ReturnSubmitted || x.State == store.ReturnSigned {
		f := &workForm{ID: "back", Title: "Send it back", Text: "It goes back to who entered it, and a new version is wanted.", Action: fmt.Sprintf("/quality/returns/%d/send-back", x.ID), Buttons: []workButton{{Text: "Send back", Second: true}}}
		f.field(workField{Name: "reason", Label: "What is to be put right", Type: "area"})
		body.Forms = append(body.Forms, f)
	}
}

func (s *Site) returnTable(x *store.Return, before map[string]quality.Figure) *Table {
	t := &Table{Name: "figures", Caption: "Figures as they were returned", Columns: []Column{{Key: "metric", Title: "Metric", Wide: true}, {Key: "state", Title: "State"}, {Key: "numerator", Title: "Numerator", Numeric: true}, {Key: "denominator", Title: "Denominator", Numeric: true}, {Key: "value", Title: "Value", Numeric: true}, {Key: "before", Title: "Version before"}, {Key: "version", Title: "Definition", Numeric: true}, {Key: "note", Title: "Note"}}}
	for _, f := range x.Figures {
		value, title := Cell{Lacks: "None"}, f.Metric
		if d := s.quality.Metrics.Version(f.Metric, f.Version); d != nil {
			title = d.Title
			value = shownCell(d, metric.Entry{Numerator: f.Numerator, Denominator: f.Denominator}.Value(d))
		}
		old := Cell{Lacks: "Not applicable"}
		if y, ok := before[f.Metric]; ok {
			old = say(figureWords(y))
			if figureWords(y) == figureWords(f) {
				old = say("The same")
			}
		}
		t.Rows = append(t.Rows, Row{Cell{Text: title, Value: f.Metric, Href: "/quality/metrics/" + url.PathEscape(f.Metric)}, say(sentence(string(f.State))), countCell(f.Numerator), countCell(f.Denominator), value, old, number(f.Version), say(f.Note).or("None")})
	}
	return t
}

func figureWords(f quality.Figure) string {
	if f.State != metric.Submitted && f.State != metric.Zero {
		return sentence(string(f.State))
	}
	text := strconv.FormatFloat(f.Numerator, 'f', -1, 64)
	if measure.Exists(f.Denominator) {
		text += " of " + strconv.FormatFloat(f.Denominator, 'f', -1, 64)
	}
	return text
}

func stepTable(x *store.Return) *Table {
	t := &Table{Name: "steps", Caption: "Steps, the latest first", Columns: []Column{{Key: "at", Title: "When"}, {Key: "what", Title: "What"}, {Key: "by", Title: "By"}, {Key: "note", Title: "Note"}}}
	for _, e := range slices.Backward(x.Steps) {
		t.Rows = append(t.Rows, Row{momentCell(e.At), say(sentence(stepWords[e.Action])), say(e.By), say(e.Note).or("None")})
	}
	t.Rows = append(t.Rows, Row{momentCell(x.At), say("Submitted"), say(x.By), say(x.Reason).or("None")})
	return t
}

// signReturn signs a return off.
func (s *Site) signReturn(w http.ResponseWriter, r *http.Request) error {
	x, err := s.returnOf(r)
	if err != nil {
		return err
	}
	account := asked(r).Account
	if !account.MaySign(x.Organisation) {
		return &problem{http.StatusForbidden, "This return is for others to sign", "Approvers of the provider may, and national ones.", "Ask its gatekeeper."}
	}
	if err := s.store.SignReturns(r.Context(), account.Name, []int64{x.ID}, strings.TrimSpace(r.PostFormValue("note"))); err != nil {
		return err
	}
	return s.done(w, r, fmt.Sprintf("/quality/returns/%d", x.ID), "The return is signed, and waits to be published.")
}

// sendReturnBack gives a return back with what is to be put right.
func (s *Site) sendReturnBack(w http.ResponseWriter, r *http.Request) error {
	x, err := s.returnOf(r)
	if err != nil {
		return err
	}
	account := asked(r).Account
	if !account.MaySign(x.Organisation) {
		return &problem{http.StatusForbidden, "This return is for others to send back", "Approvers of the provider may, and national ones.", "Ask its gatekeeper."}
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if reason == "" {
		return s.showReturn(w, r, []workFault{{"Say what is to be put right.", "reason"}})
	}
	if err := s.store.SendReturnBack(r.Context(), account.Name, x.ID, reason); err != nil {
		return err
	}
	return s.done(w, r, fmt.Sprintf("/quality/returns/%d", x.ID), "The return was sent back.")
}

// publishForm lists what would be published.
func (s *Site) publishForm(w http.ResponseWriter, r *http.Request) error {
	return s.showPublish(w, r, nil)
}

func (s *Site) showPublish(w http.ResponseWriter, r *http.Request, faults []workFault) error {
	a := asked(r)
	f := store.ReturnFilter{Latest: true, States: []string{store.ReturnSigned}, Organisation: ownProvider(a)}
	quarter := r.FormValue("quarter")
	if quarter != "" {
		q, err := metric.ParseQuarter(quarter)
		if err != nil {
			return &problem{http.StatusBadRequest, "That is no quarter", err.Error(), "Write quarter=2026/27 Q1."}
		}
		f.Quarter = q
	}
	list, err := s.store.Returns(r.Context(), f)
	if err != nil {
		return err
	}
	t := &Table{Name: "signed", Caption: "Signed and not published", Search: true, Empty: "No return is signed and waits.", Columns: []Column{{Key: "return", Title: "Return"}, {Key: "provider", Title: "Provider"}, {Key: "service", Title: "Service", Filter: true}, {Key: "quarter", Title: "Quarter", Filter: true}, {Key: "version", Title: "Version", Numeric: true}, {Key: "reason", Title: "Why it is corrected"}, {Key: "signed", Title: "Signed by"}}}
	corrections := 0
	for _, x := range list {
		if x.Version > 1 {
			corrections++
		}
		t.Rows = append(t.Rows, Row{to(strconv.FormatInt(x.ID, 10), fmt.Sprintf("/quality/returns/%d", x.ID)), Cell{Text: a.Register.Name(x.Organisation, a.On), Value: x.Organisation}, Cell{Text: s.serviceName(a, x.Service), Value: x.Service}, say(x.Quarter.String()), number(int(x.Version)), say(x.Reason).or("It is the first"), say(x.SignedBy)})
	}
	body := &workBody{}
	if a.Account.MayPublish() && len(list) > 0 {
		form := &workForm{ID: "publish", Title: "Publish them", Text: "They become a release that stays as it is: a correction is a new version in a later one. Alerts are raised, continued and resolved by what the figures then say. Everybody sees what is published, but for small numbers.",
			Action: "/quality/publish", Hidden: []parameter{{"quarter", quarter}}, Buttons: []workButton{{Text: "Publish"}}}
		form.field(workField{Name: "title", Label: "What the release is called", Value: r.PostFormValue("title")})
		body.Forms = []*workForm{form}
	}
	for _, x := range faults {
		body.fault(x.Field, x.Text)
	}
	v := view{Place: "/quality", Trail: returnsTrail, Page: "work", Title: fmt.Sprintf("%s to be published, %d of them corrections", plural(len(list), "return waits", "returns wait"), corrections), Body: body, Parts: []section{{ID: "signed", Table: t}}}
	if !a.Account.MayPublish() {
		v.Lead = "A national approver publishes them."
	}
	return s.showWork(w, r, v)
}

// publishReturns publishes what is signed as a release.
func (s *Site) publishReturns(w http.ResponseWriter, r *http.Request) error {
	account := asked(r).Account
	if !account.MayPublish() {
		return &problem{http.StatusForbidden, "Releases are for others to publish", "It takes a national approver.", "Ask one."}
	}
	title := strings.TrimSpace(r.PostFormValue("title"))
	if title == "" {
		return s.showPublish(w, r, []workFault{{"Say what the release is called.", "title"}})
	}
	p := store.Publication{Title: title, Profile: measure.Profiles()[0], Rules: s.quality.Rules, Rebases: s.quality.Metrics.Rebases}
	if text := r.PostFormValue("quarter"); text != "" {
		q, err := metric.ParseQuarter(text)
		if err != nil {
			return &problem{http.StatusBadRequest, "That is no quarter", err.Error(), "Go back and pick one."}
		}
		p.Quarter = q
	}
	out, err := s.store.Publish(r.Context(), account.Name, p)
	if err != nil {
		return err
	}
	return s.done(w, r, "/quality/highlighted", fmt.Sprintf("Release %d is published: %s, %d new alerts, %d resolved.", out.Release, plural(out.Returns, "return", "returns"), out.Raised, out.Settled))
}
