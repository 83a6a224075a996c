package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"remit/measure"
	"remit/metric"
	"remit/metrics"
	"remit/quality"
	"remit/rules"
	"remit/store"
	"remit/synth"
)

var lastQuarter = metric.Quarter{Year: 2026, Quarter: 2}

// newQualityOffice is a site with made-up metrics, of which all but the last quarter
// is published; made are the returns of all quarters.
func newQualityOffice(t *testing.T) (*office, *synth.Returns) {
	t.Helper()
	// Store and site have one clock: sessions end by it.
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Program: "remit test", Now: fixed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	o := &office{t, st, nil}
	made, err := synth.MakeReturns(synth.ReturnOptions{Seed: 1, Last: lastQuarter})
	if err != nil {
		t.Fatal(err)
	}
	own := fstest.MapFS{}
	for name, text := range made.Tables {
		own[name] = &fstest.MapFile{Data: text}
	}
	q, err := LoadQuality(metric.Laid{Shipped: metrics.Files, Own: own}, rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	if o.site, err = New(Options{Store: o.store, Program: "remit test", Quality: q, Now: fixed}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.site.Close)
	o.publish(q, made, func(f *synth.ReturnFile) bool { return f.Quarter != lastQuarter })
	return o, made
}

// publish takes returns through every step, by made-up people.
func (o *office) publish(q Quality, made *synth.Returns, pick func(*synth.ReturnFile) bool) store.Published {
	o.Helper()
	var list []store.Incoming
	for i := range made.Files {
		f := &made.Files[i]
		if !pick(f) {
			continue
		}
		_, _, parts, err := q.Metrics.Take(f.Text, f.Name)
		if err != nil {
			o.Fatal(err)
		}
		for j := range parts {
			list = append(list, store.IncomingOf(&parts[j], f.Name, ""))
		}
	}
	ids, err := o.store.SubmitReturns(o.Context(), "synthetic clerk", list)
	if err == nil {
		err = o.store.SignReturns(o.Context(), "synthetic keeper", ids, "")
	}
	if err != nil {
		o.Fatal(err)
	}
	out, err := o.store.Publish(o.Context(), "synthetic publisher", store.Publication{Title: "made up", Profile: measure.Profiles()[0], Rules: q.Rules})
	if err != nil {
		o.Fatal(err)
	}
	return out
}

// Every page on quality shows what is published to everybody, and says that it is
// made up.
func TestQualityPages(t *testing.T) {
	o, _ := newQualityOffice(t)
	anybody := o.public()
	for address, texts := range map[string][]string{
		"/quality": {"Synthetic:", "up to 2026/27 Q1", "Services by provider", "Adult critical care", "Nothing of 5 metrics", "Not applicable", "Release 1"},
		"/quality/metrics/synthetic-night-discharge?provider=R0A":    {"Synthetic:", "unusually high, a concern", "Control charts: Making Data Count 1", "Concern high", "target 5.0%", "stands out in 2026/27 Q1", "Lower is better"},
		"/quality/metrics/synthetic-parents-consulted":               {"a new series", "counts otherwise than version 1"},
		"/quality/metrics/synthetic-seen-in-a-year?provider=R0A":     {"Successive figures share three of their four quarters", "No rules"},
		"/quality/metrics/synthetic-consultant-at-weekends":          {"takes two values only", "has no funnel"},
		"/quality/metrics/synthetic-late-diagnosis?provider=RBV":     {"not submitted"},
		"/quality/metrics/synthetic-refused?profile=NHSRplotthedots": {"Control charts: NHSRplotthedots 0.2.2"},
		"/quality/providers/R0A":                                     {"Synthetic:", "What stands out", "seven points in a row", "Where it stands", "Summary on one page"},
		"/quality/areas/JC-LON":                                      {"Synthetic:", "Its providers together", "of"},
		"/quality/summary/R0A":                                       {"Synthetic:", "Furthest from the average, the unwanted way", "Sorted by"},
		"/quality/highlighted":                                       {"Synthetic:", "Release 1:", "Rule that fired", "NHS England's own rules for alerts are not established"},
	} {
		anybody.get(address).wants(http.StatusOK, texts...)
	}
	for _, address := range []string{"/quality/digest", "/quality/digest?organisation=R0A", "/quality/highlighted.atom"} {
		if p := anybody.get(address); p.status != http.StatusOK || !strings.Contains(strings.ToUpper(p.text), "SYNTHETIC") {
			t.Errorf("%s: %d %s", address, p.status, p.text)
		}
	}
	for _, chart := range []string{"series", "funnel", "ranked"} {
		if p := anybody.get("/quality/metrics/synthetic-night-discharge/" + chart + ".svg"); p.status != http.StatusOK || !strings.HasPrefix(p.text, "<svg xmlns") || p.header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s: %d", chart, p.status)
		}
	}
	if p := anybody.get("/quality/metrics/synthetic-night-discharge?table=organisations&format=csv"); !strings.HasPrefix(p.text, "organisation,value,numerator,denominator,state,funnel,") || strings.Count(p.text, "\n") != 17 {
		t.Errorf("%s", p.text)
	}
	anybody.get("/quality/metrics/synthetic-night-discharge/pie.svg").wants(http.StatusNotFound)
	anybody.get("/quality/metrics/synthetic-night-discharge?provider=XXX").wants(http.StatusNotFound, "has no figures of this metric")
}

// Small numbers are shown to colleagues, and to nobody else in any form.
func TestSmallNumbersOfQuality(t *testing.T) {
	o, made := newQualityOffice(t)
	small, returned := 0, 0
	for _, f := range made.Files {
		for line := range strings.SplitSeq(string(f.Text), "\n") {
			c := strings.Split(line, ",")
			if f.Quarter != lastQuarter.Next(-1) || len(c) != 10 || c[3] != "synthetic-steroids-before-birth" {
				continue
			}
			n, err1 := strconv.Atoi(c[6])
			of, err2 := strconv.Atoi(c[7])
			switch rest := of - n; {
			case err1 != nil || err2 != nil:
				returned++
			case n > 0 && n < 5 || rest > 0 && rest < 5:
				small++
			}
		}
	}
	if small == 0 || returned == 0 {
		t.Fatalf("%d small numbers and %d that the provider suppressed", small, returned)
	}
	steroids := "/quality/metrics/synthetic-steroids-before-birth?table=organisations&format=csv"
	withheld := func(d *desk) int { return strings.Count(d.get(steroids).text, ",Suppressed,") }
	national, provider, nobody := o.person("ann", "", store.Reader), o.person("clerk", "RJ7", store.Editor), o.person("none", "")
	for _, d := range []*desk{o.public(), provider, nobody} {
		if n := withheld(d); n != small+returned {
			t.Errorf("%s: %d figures are suppressed, want %d", d.name, n, small+returned)
		}
		d.get("/quality").wants(http.StatusOK, "withheld")
	}
	if n := withheld(national); n != returned {
		t.Errorf("a colleague: %d figures are suppressed, want that which the provider suppressed", n)
	}
}

// A return goes from its provider's clerk to its gatekeeper to a national approver,
// and nobody takes a step that is another's.
func TestReturnTakesTwoPeople(t *testing.T) {
	o, made := newQualityOffice(t)
	clerk, keeper := o.person("clerk", "RJ7", store.Editor, store.Approver), o.person("keeper", "RJ7", store.Approver)
	rival, board, national := o.person("rival", "RJ1", store.Editor, store.Approver), o.person("board", "QWE", store.Reader, store.Approver), o.person("national", "", store.Approver)
	i := slices.IndexFunc(made.Files, func(f synth.ReturnFile) bool { return f.Provider == "RJ7" && f.Quarter == lastQuarter })
	file := string(made.Files[i].Text)

	clerk.get("/quality/returns").wants(http.StatusOK, "Returns for 2026/27 Q2: 3 returns are missing, 0 late of 3 due", "Missing", "made-up gatekeeper").lacks("Guy")
	rival.get("/quality/returns").wants(http.StatusOK).lacks("St George")
	if p := clerk.get("/quality/returns/template?provider=RJ7&service=ACC&quarter=2026/27+Q2"); p.status != http.StatusOK || !strings.Contains(p.text, "RJ7,ACC,2026/27 Q2,synthetic-night-discharge,1,") {
		t.Errorf("%d %s", p.status, p.text)
	}
	clerk.get("/quality/returns/template?provider=RJ1&quarter=2026/27+Q2").wants(http.StatusNotFound)

	bad := strings.Replace(strings.Replace(file, ",made up,", ",", 1), "RJ7,ACC,2026/27 Q2,synthetic-night-discharge,1", "RJ7,ACC,2026/27 Q2,synthetic-night-discharge,9", 1)
	clerk.upload("/quality/returns/new", "file", "r.csv", bad, "reason", "").wants(http.StatusUnprocessableEntity, "The file was not taken in", "version 1 is in force")
	rival.upload("/quality/returns/new", "file", "r.csv", file, "reason", "").wants(http.StatusUnprocessableEntity, "you enter returns of RJ1 alone")
	clerk.upload("/quality/returns/new", "file", "", "", "reason", "").wants(http.StatusUnprocessableEntity, "Choose a file.")
	address := clerk.upload("/quality/returns/new", "file", "r.csv", file, "reason", "").wants(http.StatusSeeOther).header.Get("Location")
	if p := clerk.get(address); p.offers(address + "/sign") {
		t.Error("who entered it may sign it")
	}
	clerk.post(address+"/sign").wants(http.StatusConflict, "a second person signs")
	rival.get(address).wants(http.StatusNotFound)
	rival.post(address + "/sign").wants(http.StatusNotFound)
	board.get(address).wants(http.StatusOK, "Nobody yet")
	board.post(address + "/sign").wants(http.StatusForbidden)
	keeper.post(address+"/send-back", "reason", "").wants(http.StatusUnprocessableEntity, "Say what is to be put right")
	keeper.get(address).press(address+"/sign", "note", "checked").wants(http.StatusSeeOther)
	board.post("/quality/publish", "title", "x").wants(http.StatusForbidden)
	national.post("/quality/publish", "title", "").wants(http.StatusUnprocessableEntity, "Say what the release is called")
	national.get("/quality/publish?quarter=2026/27+Q2").wants(http.StatusOK, "1 return waits to be published").press("/quality/publish", "title", "Second quarter").wants(http.StatusSeeOther)
	o.public().get("/quality/providers/RJ7").wants(http.StatusOK, "Release 2", "2026/27 Q2")
	o.public().get("/quality/providers/RJ7?release=1").wants(http.StatusOK, "More has been published since").lacks("2026/27 Q2")

	// A correction.
	clerk.upload("/quality/returns/new", "file", "r.csv", file, "reason", "").wants(http.StatusUnprocessableEntity, "say why it is corrected")
	again := clerk.upload("/quality/returns/new", "file", "r.csv", file, "reason", "recounted").wants(http.StatusSeeOther).header.Get("Location")
	keeper.get(again).wants(http.StatusOK, "version 2 is submitted", "recounted", "The same")
}

// Alerts are acknowledged by the board in whose area the provider lies.
func TestAlertsOnPages(t *testing.T) {
	o, _ := newQualityOffice(t)
	list, err := o.store.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(a *quality.Alert) bool { return a.Organisation == "R0A" })
	if i < 0 {
		t.Fatalf("no alert about R0A among %d", len(list))
	}
	address := "/quality/alerts/" + list[i].ID
	known := must(o.store.Known(t.Context(), time.Time{}))(t)
	board := ""
	for _, f := range known.Find("provider", "R0A") {
		if f.Values["valid_to"] == "" {
			board = f.Values["icb"]
		}
	}
	own, other, provider := o.person("own", board, store.Editor), o.person("other", "QWE", store.Approver), o.person("trust", "R0A", store.Editor, store.Approver)
	o.public().get(address).wants(http.StatusSeeOther)
	other.get(address).wants(http.StatusOK, "Raised").lacks("Acknowledge it")
	for _, d := range []*desk{other, provider} {
		d.post(address, "action", "acknowledge", "text", "x", "events", "1").wants(http.StatusForbidden)
	}
	own.get(address).press(address, "action", "acknowledge", "text", " ").wants(http.StatusUnprocessableEntity, "Say what is known or done")
	page := own.get(address).wants(http.StatusOK, "Acknowledge it")
	page.press(address, "action", "acknowledge", "text", "the trust audits its wards").wants(http.StatusSeeOther)
	page.press(address, "action", "acknowledge", "text", "me too").wants(http.StatusConflict, "has changed meanwhile")
	own.get(address).wants(http.StatusOK, "Acknowledged", "the trust audits its wards", "Remark on it")
	own.get("/quality/highlighted").wants(http.StatusOK, "Acknowledged", "by own")
	o.public().get("/quality/highlighted").wants(http.StatusOK, "Acknowledged").lacks("by own")
}

// The pages on quality with figures are looked at in a browser.
func TestQualityInBrowser(t *testing.T) {
	o, _ := newQualityOffice(t)
	browse(t, o.site, []string{"/quality", "/quality/metrics", "/quality/metrics/synthetic-night-discharge?provider=R0A", "/quality/metrics/synthetic-parents-consulted?provider=RJ1&funnel=plain", "/quality/metrics/synthetic-late-diagnosis",
		"/quality/providers/R0A", "/quality/areas/JC-LON", "/quality/summary/R0A", "/quality/highlighted"})
}
