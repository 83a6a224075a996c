package web

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/activity"
	"remit/assign"
	"remit/intake"
	"remit/method"
	"remit/price"
	"remit/submission"
)

var submissionsTrail = []link{{"Contracts", "/contracts"}, {"Submissions", "/submissions"}}

// submissions lists what came.
func (s *Site) submissions(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	if _, _, err := s.contractView(r); err != nil {
		return err
	}
	t := &Table{Name: "submissions", Caption: "Submissions, the latest first", Search: true, Empty: "Nothing has been taken in yet.", Columns: []Column{{Key: "file", Title: "File"}, {Key: "provider", Title: "Provider", Filter: true}, {Key: "feed", Title: "Feed", Filter: true},
		{Key: "year", Title: "Year", Filter: true}, {Key: "months", Title: "Months"}, {Key: "kind", Title: "Kind", Filter: true}, {Key: "rows", Title: "Rows", Numeric: true}, {Key: "money", Title: "Money (£)", Numeric: true}, {Key: "findings", Title: "Findings", Numeric: true}, {Key: "state", Title: "State", Filter: true}, {Key: "loaded", Title: "Taken in"}}}
	for _, sub := range slices.Backward(s.ledger.All()) {
		h := sub.Heading()
		if !maySubmission(a, sub) {
			continue
		}
		t.Rows = append(t.Rows, Row{to(sub.Name, "/submissions/"+sub.ID), say(h.Provider), say(string(h.Feed)), say(yearText(h.Year)), say(monthList(slices.Clone(h.Months))), say(string(h.Kind)).or("Not said"),
			number(int(sub.Result.Rows)), pounds(sub.Result.Money), number(len(sub.Result.Findings)), say(sentence(string(sub.State))), momentCell(sub.LoadedAt)})
	}
	return s.showWork(w, r, view{Place: "/contracts", Title: "Submissions", Trail: submissionsTrail[:1], Lead: "Every file that came, kept as it came.", Body: &workBody{Links: loadLink(a)}, Parts: []section{{ID: "submissions", Table: t}}})
}

// submissionOf is the submission that the address names, when the reader may see it.
func (s *Site) submissionOf(r *http.Request) (*intake.Submission, *intake.View, error) {
	v, _, err := s.contractView(r)
	if err != nil {
		return nil, nil, err
	}
	sub, err := s.ledger.Find(r.PathValue("id"))
	if err != nil || !maySubmission(asked(r), sub) {
		return nil, nil, &problem{http.StatusNotFound, "There is no such submission", "There is no submission at this address that you may see.", "The page about submissions lists those that you may."}
	}
	return sub, v, nil
}

// rowsOf is submissionOf for those who may see its rows: they are of patients.
func (s *Site) rowsOf(r *http.Request) (*intake.Submission, *intake.View, error) {
	sub, v, err := s.submissionOf(r)
	if err == nil && !mayRows(asked(r), sub) {
		err = &problem{http.StatusForbidden, "These rows are another organisation's", "Rows of patients are seen by " + organisationName(asked(r), sub.LoadedFor) + ", which loaded them, and by the provider that sent them.", "Ask them for what you need."}
	}
	return sub, v, err
}

// submission shows what came, what was found and who pays.
func (s *Site) submission(w http.ResponseWriter, r *http.Request) error {
	sub, _, err := s.submissionOf(r)
	if err != nil {
		return err
	}
	h := sub.Heading()
	v := view{Place: "/contracts", Page: "record", Trail: submissionsTrail, Title: sub.Name}
	v.Lead = fmt.Sprintf("%s rows, %s; %s rows rejected, %s at risk.", thousands(int(sub.Result.Rows)), short(sub.Result.Money), thousands(int(sub.Result.Rejected)), short(sub.Result.AtRisk))
	if sub.State == intake.Rejected {
		v.Warn = "This file was refused: none of its rows count. " + sub.Unreadable
	}
	now, all := s.ledger.Counts(sub)
	v.Facts = []named{{"Feed", say(string(h.Feed)).or("Not known")}, {"Provider", bodyCell(asked(r), h.Provider).or("Not known")}, {"Year", say(yearText(h.Year)).or("Not known")}, {"Months", say(monthList(slices.Clone(h.Months))).or("None")},
		{"Kind", say(string(h.Kind)).or("Not said")}, {"Counts", say(fmt.Sprintf("%d of %d parts", now, all))}, {"Taken in", momentCell(sub.LoadedAt)}, {"By", say(sub.LoadedBy)}, {"Rows are seen by", say(organisationName(asked(r), sub.LoadedFor) + ", and the provider")}, {"SHA-256", code(sub.SHA256)},
		{"Original", to("Download the file as it came", "/submissions/"+sub.ID+"/original")}}
	if mayRows(asked(r), sub) {
		v.Facts = append(v.Facts, named{"Reply to the provider", to("Download what was found", "/submissions/"+sub.ID+"/reply.html")},
			named{"Rows for correction", to("Download the rows with findings", "/submissions/"+sub.ID+"/reply.csv")})
		if last := s.ledger.Previous(sub); last != nil && sub.Assigned != nil && mayRows(asked(r), last) {
			v.Facts = append(v.Facts, named{"Since the last", to("What changed since "+last.Name, "/submissions/"+sub.ID+"/changes")})
		}
	}
	v.add("findings", "What the rules found", "", findingTable(sub))
	if sub.Assigned != nil {
		t := &Table{Name: "agreement", Caption: "Who pays, against what was submitted", Columns: []Column{{Key: "agreement", Title: "Agreement"}, {Key: "rows", Title: "Rows", Numeric: true}, {Key: "money", Title: "Money (£)", Numeric: true}}}
		for _, n := range sub.Assigned.Agreement {
			m, _, _ := activity.ParseAmount([]byte(n.Cost)) // written by the program
			t.Rows = append(t.Rows, Row{say(sentence(n.Name)), number(int(n.Rows)), pounds(m)})
		}
		v.add("agreement", "Who pays", "", t)
		v.Notes = []string{"Method " + sub.Assigned.Method.Name + ", SHA-256 " + sub.Assigned.Method.Hash, "Reference data SHA-256 " + sub.Assigned.Reference.Hash, "Validation rules SHA-256 " + sub.Result.Rules, "Prices SHA-256 " + sub.Assigned.Prices}
	}
	return s.showWork(w, r, v)
}

func findingTable(sub *intake.Submission) *Table {
	t := &Table{Name: "findings", Caption: "Findings, the gravest first", Search: true, Empty: "The rules found nothing.", Columns: []Column{{Key: "what", Title: "What"}, {Key: "rule", Title: "Rule"}, {Key: "severity", Title: "What becomes of it", Filter: true}, {Key: "column", Title: "Column"},
		{Key: "rows", Title: "Rows", Numeric: true}, {Key: "money", Title: "Money (£)", Numeric: true}, {Key: "do", Title: "What to do"}, {Key: "example", Title: "For example"}}}
	for _, f := range sub.Result.Findings {
		example := Cell{Lacks: "No row"}
		if len(f.Samples) > 0 {
			x := f.Samples[0]
			example = Cell{Text: fmt.Sprintf("Row %d", x.Row), More: x.Value, Href: fmt.Sprintf("/submissions/%s/rows/%d", sub.ID, x.Row)}
		}
		what := say(f.Message)
		if f.Rows > 0 && sub.Assigned != nil {
			what.Href = "/submissions/" + sub.ID + "/rows?rule=" + url.QueryEscape(f.Rule)
		}
		t.Rows = append(t.Rows, Row{what, code(f.Rule), say(severityWords[f.Severity]), say(f.Column).or("The row or the file"), number(int(f.Rows)), pounds(f.Money), say(f.Remedy), example})
	}
	return t
}

// submissionOriginal gives the file as it came.
func (s *Site) submissionOriginal(w http.ResponseWriter, r *http.Request) error {
	sub, err := s.download(w, r, "original")
	if err != nil {
		return err
	}
	f, err := os.Open(s.ledger.Original(sub))
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", attachment(sub.Name))
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// submissionReply gives the reply to the provider: what was found.
func (s *Site) submissionReply(w http.ResponseWriter, r *http.Request) error {
	sub, err := s.download(w, r, "reply.html")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Disposition", attachment(sub.Name+".findings.html"))
	return s.ledger.WriteReply(w, sub)
}

// submissionReplyRows gives the rows that have findings, for correction.
func (s *Site) submissionReplyRows(w http.ResponseWriter, r *http.Request) error {
	sub, err := s.download(w, r, "reply.csv")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", attachment(sub.Name+".findings.csv"))
	return s.ledger.WriteReplyRows(w, sub, s.rules, asked(r).Register.Pack)
}

// download finds the submission of which something is asked for that may show
// patients, writes down who asked, and keeps browsers from keeping or running it.
func (s *Site) download(w http.ResponseWriter, r *http.Request, what string) (*intake.Submission, error) {
	sub, _, err := s.rowsOf(r)
	if err != nil {
		return nil, err
	}
	if err := s.store.Record(r.Context(), asked(r).Account.Name, "submission.read", "submission "+sub.ID, map[string]string{"file": what}); err != nil {
		return nil, err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadTime)) // where it is not supported there is no deadline either
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	return sub, nil
}

const mostRows = 1000

// submissionRows lists rows with findings.
func (s *Site) submissionRows(w http.ResponseWriter, r *http.Request) error {
	sub, view0, err := s.rowsOf(r)
	if err != nil {
		return err
	}
	rule := r.URL.Query().Get("rule")
	list, err := view0.Rows(r.Context(), sub, rule, 0, mostRows)
	if err != nil {
		return err
	}
	t := &Table{Name: "rows", Caption: "Rows with findings", Empty: "No row has this finding.", Columns: []Column{{Key: "row", Title: "Row", Numeric: true}, {Key: "findings", Title: "Findings"}, {Key: "service_line", Title: "Service line"}, {Key: "pod", Title: "Point of delivery"},
		{Key: "billed_to", Title: "Billed to"}, {Key: "pays", Title: "Pays"}, {Key: "money", Title: "Money (£)", Numeric: true}, {Key: "price", Title: "By the price set (£)", Numeric: true}}}
	for _, x := range list {
		m, _, _ := activity.ParseAmount([]byte(x.Values["money"])) // a decimal of the file of rows
		p, _, _ := activity.ParseAmount([]byte(x.Values["price"]))
		n := number(int(x.Row))
		n.Href = fmt.Sprintf("/submissions/%s/rows/%d", sub.ID, x.Row)
		t.Rows = append(t.Rows, Row{n, say(strings.ReplaceAll(x.Values["findings"], "|", ", ")), code(x.Field("service_code")), code(x.Field("pod")), code(x.Field("submitted_commissioner")), code(x.Values["assigned_commissioner"]), pence(m), pence(p)})
	}
	title := "Rows with findings"
	if rule != "" {
		title = "Rows with the finding " + rule
	}
	lead := ""
	if len(list) == mostRows {
		lead = fmt.Sprintf("The first %s of them.", thousands(mostRows))
	}
	return s.showWork(w, r, view{Place: "/contracts", Page: "record", Trail: append(slices.Clone(submissionsTrail), link{sub.Name, "/submissions/" + sub.ID}), Title: title, Lead: lead, Parts: []section{{ID: "rows", Table: t}}})
}

// submissionRow tells the whole story of one row.
func (s *Site) submissionRow(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	sub, view0, err := s.rowsOf(r)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(r.PathValue("row"), 10, 64)
	if err != nil || n < 1 {
		return &problem{http.StatusNotFound, "There is no such row", "Rows are numbered from 1.", "Open the submission and pick a row."}
	}
	rec, err := view0.Row(r.Context(), sub, n)
	if err != nil {
		return &problem{http.StatusNotFound, "There is no such row", err.Error(), "Open the submission and pick a row."}
	}
	if err := s.store.Record(r.Context(), a.Account.Name, "submission.read", "submission "+sub.ID, map[string]string{"row": strconv.FormatInt(n, 10)}); err != nil {
		return err
	}
	money, _, _ := activity.ParseAmount([]byte(rec.Values["money"])) // decimals of the file of rows
	priced, _, _ := activity.ParseAmount([]byte(rec.Values["price"]))
	v := view{Place: "/contracts", Page: "record", Trail: append(slices.Clone(submissionsTrail), link{sub.Name, "/submissions/" + sub.ID}),
		Title: fmt.Sprintf("Row %d: %s pays", n, payerName(a, rec.Values["assigned_commissioner"]))}
	counts := "It does not count now"
	if rec.Counts {
		counts = "It counts now"
	}
	v.Facts = []named{{"Billed to", bodyCell(a, rec.Field("submitted_commissioner")).or("Not said")}, {"Pays", bodyCell(a, rec.Values["assigned_commissioner"]).or("Not found")}, {"Category", code(rec.Values["assigned_category"])},
		{"As billed", say("£" + money.Pounds())}, {"By the price set", say("£" + priced.Pounds())}, {"Contract element", say(strings.ReplaceAll(rec.Values["element"], "_", " "))}, {"In the current view", say(counts)}}
	findings, err := s.recordFindings(a, sub, rec)
	if err != nil {
		return err
	}
	v.add("findings", "Findings", "", findings)
	trace, err := s.traceTable(r, sub, n)
	if err != nil {
		return err
	}
	v.add("trace", "Why this body pays", "The boxes of the method, in the order in which they were asked.", trace)
	working, err := s.priceTable(rec)
	if err != nil {
		return err
	}
	v.add("price", "How the price was worked out", priceReason(rec), working)
	local, err := s.localPart(r, view0, rec)
	if err != nil {
		return err
	}
	if local != nil {
		v.Parts = append(v.Parts, *local)
	}
	versions, err := view0.Story(r.Context(), rec.Values["row_key"])
	if err != nil {
		return err
	}
	v.add("versions", "In each submission", "", versionTable(versions))
	challenges, err := s.rowChallenges(r, strings.ToUpper(strings.TrimSpace(rec.Field("provider"))), string(sub.Heading().Feed), rec.Values["row_key"])
	if err != nil {
		return err
	}
	v.add("challenges", "Challenges", "", challenges)
	v.Notes = s.priceNotes()
	v.add("fields", "The row as it came, and what was added", "", fieldTable(rec))
	return s.showWork(w, r, v)
}

func payerName(a *Asked, code string) string {
	if code == "" {
		return "nobody is found who"
	}
	return a.Register.Name(code, a.On)
}

func (s *Site) recordFindings(a *Asked, sub *intake.Submission, rec *intake.Record) (*Table, error) {
	t := &Table{Name: "row-findings", Caption: "What the rules find in this row", Empty: "The rules find nothing in this row.", Columns: []Column{{Key: "what", Title: "What"}, {Key: "rule", Title: "Rule"}, {Key: "column", Title: "Column"}, {Key: "do", Title: "What to do"}}}
	list, err := sub.RowFindings(rec, s.rules, a.Register.Pack)
	for _, f := range list {
		t.Rows = append(t.Rows, Row{say(f.Says), code(f.Rule.ID), say(f.Column).or("The row"), say(f.Rule.Remedy)})
	}
	return t, err
}

// traceTable explains the assignment of a row again, by the method that it was
// assigned by.
func (s *Site) traceTable(r *http.Request, sub *intake.Submission, n int64) (*Table, error) {
	t := &Table{Name: "trace", Caption: "Boxes asked", Empty: "No payer is worked out for rows of this feed.", Columns: []Column{{Key: "box", Title: "Box"}, {Key: "asks", Title: "Asks"}, {Key: "answer", Title: "Answer"}, {Key: "because", Title: "Because"}}}
	if sub.Assigned == nil {
		return t, nil
	}
	a := asked(r)
	methods, err := a.Register.methods()
	if err != nil {
		return nil, err
	}
	for _, m := range methods {
		if m.Spec() != sub.Assigned.Method.Name && m.Name != sub.Assigned.Method.Name {
			continue
		}
		job := &assign.Job{Inputs: []string{s.ledger.Original(sub)}, Dataset: intake.DecidedAs(sub.Heading().Feed), Method: m, Pack: a.Register.Pack}
		list, err := assign.Explain(r.Context(), job, assign.Which{Row: n})
		if err != nil {
			return nil, err
		}
		for _, step := range list[0].Steps {
			var because []string
			for _, why := range step.Because {
				because = append(because, deciding(why))
			}
			t.Rows = append(t.Rows, Row{code(step.Box), say(step.Asks), say(step.Answer), say(strings.Join(because, "; "))})
		}
	}
	return t, nil
}

// deciding says what decided a box, with the source.
func deciding(why method.Reason) string {
	text := why.What + " is " + cmp.Or(why.Value, "blank")
	if why.Source != "" {
		text += " (" + why.Source + ")"
	}
	return text
}

func priceReason(rec *intake.Record) string {
	if why := rec.Values["price_reason"]; why != "" {
		return "The price set has no price for it: " + strings.ReplaceAll(why, "_", " ") + "."
	}
	return ""
}

// priceTable shows the steps by which the price was reached.
func (s *Site) priceTable(rec *intake.Record) (*Table, error) {
	t := &Table{Name: "price", Caption: "Steps of the price", Empty: "There is no working: the price set has no price for it.", Columns: []Column{{Key: "step", Title: "Step"}, {Key: "says", Title: "What"}, {Key: "value", Title: "Value", Numeric: true}, {Key: "source", Title: "From"}}}
	if rec.Values["price_working"] == "" || s.prices == nil {
		return t, nil
	}
	units, _, _ := activity.ParseAmount([]byte(rec.Values["units"]))
	cost, _, _ := activity.ParseAmount([]byte(rec.Values["money"]))
	working, err := s.prices.Explain(rec.Values["price_working"], units, cost)
	if errors.Is(err, price.ErrOtherPrices) {
		t.Empty = "The steps cannot be shown: prices or rules have changed since the file was loaded. Its price stands as it was worked out then."
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	for _, step := range working.Steps {
		t.Rows = append(t.Rows, priceStep(step))
	}
	for _, code := range price.Warnings() {
		if slices.Contains(working.Warnings, code.Code) {
			t.Rows = append(t.Rows, Row{say("Warning"), say(code.Says), {Lacks: "None"}, cited(code.Code)})
		}
	}
	return t, nil
}

func priceStep(step price.Step) Row {
	amount := Cell{Lacks: "None"}
	if step.Amount != nil {
		amount = pence(*step.Amount)
	}
	var from []string
	for _, f := range step.Facts {
		from = append(from, f.Key+" "+f.Value+" ("+f.Source+", "+f.Confidence+")")
	}
	return Row{say(step.Step), say(step.Says), amount, cited(strings.Join(from, "; "))}
}

func versionTable(list []intake.Record) *Table {
	t := &Table{Name: "versions", Caption: "This activity in every submission that has it, the latest first", Columns: []Column{{Key: "submission", Title: "Submission"}, {Key: "kind", Title: "Kind"}, {Key: "row", Title: "Row", Numeric: true}, {Key: "counts", Title: "Counts now"}, {Key: "billed_to", Title: "Billed to"}, {Key: "money", Title: "Money (£)", Numeric: true}}}
	for _, x := range list {
		m, _, _ := activity.ParseAmount([]byte(x.Values["money"])) // a decimal of the file of rows
		counts := "No"
		if x.Counts {
			counts = "Yes"
		}
		t.Rows = append(t.Rows, Row{to(x.Submission.Name, fmt.Sprintf("/submissions/%s/rows/%d", x.Submission.ID, x.Row)), say(string(x.Submission.Heading().Kind)).or("Not said"), number(int(x.Row)), say(counts), code(x.Field("submitted_commissioner")), pence(m)})
	}
	return t
}

func fieldTable(rec *intake.Record) *Table {
	t := &Table{Name: "fields", Caption: "Columns of the row", Columns: []Column{{Key: "column", Title: "Column"}, {Key: "value", Title: "Value"}}}
	for _, n := range rec.Names {
		t.Rows = append(t.Rows, Row{say(n), say(rec.Values[n]).or("Blank")})
	}
	return t
}

// newSubmission shows the form by which a file is taken in.
func (s *Site) newSubmission(w http.ResponseWriter, r *http.Request) error {
	return s.showNewSubmission(w, r, nil, nil)
}

func (s *Site) showNewSubmission(w http.ResponseWriter, r *http.Request, values map[string]string, faults []workFault) error {
	if s.ledger == nil {
		return errNoLedger
	}
	f := &workForm{ID: "submission", Action: "/submissions/new", Files: true, Buttons: []workButton{{Text: "Load the file"}}}
	f.field(workField{Name: "kind", Label: "Kind", Type: "select", Options: []workOption{{"", "As the file or its name says"}, {"flex", "Flex: the first reconciliation"}, {"freeze", "Freeze: the final reconciliation"}}, Value: values["kind"]})
	f.field(workField{Name: "provider", Label: "Provider that it must be from", Hint: "A code such as RJ1. Leave it empty to go by the file.", Value: values["provider"]})
	f.field(workField{Name: "file", Label: "File", Hint: "CSV (also gzip or zstd), up to " + sizeText(s.uploadLimit) + ". Its name is kept: it may say the provider, feed, year and month.", Type: "file"})
	body := &workBody{Forms: []*workForm{f}}
	body.note(faults)
	return s.showWork(w, r, view{Place: "/contracts", Title: "Load what a provider sent", Trail: submissionsTrail, Body: body,
		Lead: "The file is kept as it came. It is tested, given its payers and prices, and counts from then on for the months that it restates. Loading the same file twice changes nothing."})
}

// loadSubmission takes a file in as it comes and shows what was found.
func (s *Site) loadSubmission(w http.ResponseWriter, r *http.Request) error {
	if s.ledger == nil {
		return errNoLedger
	}
	return receive(w, r, func(values map[string]string, part *multipart.Part) error {
		if part == nil || part.FileName() == "" {
			return s.showNewSubmission(w, r, values, []workFault{{"Choose a file.", "file"}})
		}
		return s.takeSubmission(w, r, values, part)
	})
}

// takeSubmission receives a file whole and has it taken into the ledger, which
// goes on when the browser leaves.
func (s *Site) takeSubmission(w http.ResponseWriter, r *http.Request, values map[string]string, part *multipart.Part) error {
	a := asked(r)
	methods, err := a.Register.methods()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "remit-upload-")
	if err != nil {
		return err
	}
	if err := receiveFile(filepath.Join(dir, uploadName), part); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	given := submission.Given{FileName: part.FileName(), Provider: strings.ToUpper(values["provider"]), Kind: submission.Kind(values["kind"])}
	if own := ownProvider(a); own != "" {
		given.Provider = own
	}
	id, l := s.startLoad(dir, given, &intake.Desk{Pack: a.Register.Pack, Method: methods[0], Rules: s.rules, Prices: s.prices, Program: s.program, By: a.Account.Name, For: a.Account.Organisation})
	return s.showLoad(w, r, id, l)
}

// receiveFile keeps a file as it comes.
func receiveFile(path string, part *multipart.Part) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	source := &arriving{from: part}
	_, err = io.Copy(f, source)
	if err = errors.Join(err, f.Close()); err != nil && source.err != nil {
		return sent(source.err)
	}
	return err
}
