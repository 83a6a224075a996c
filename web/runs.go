package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"remit/activity"
	"remit/store"
	"remit/whole"
)

// UploadLimit is the largest file of activity, in bytes, that a site takes where
// its options say nothing else.
const UploadLimit = 2 << 30

// formLimit is what a form may be besides its file.
const formLimit = 1 << 20

var runsTrail = []link{{"Runs", "/runs"}}

// runList shows the runs that the reader's organisation may see.
func (s *Site) runList(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	list, err := s.store.Runs(r.Context(), a.Account.Organisation)
	if err != nil {
		return err
	}
	t := &Table{Name: "runs", Caption: "Runs", Search: true, Empty: "No file has been loaded yet.", Columns: []Column{{Key: "title", Title: "Run"}, {Key: "state", Title: "State", Filter: true}, {Key: "method", Title: "Method", Filter: true},
		{Key: "rows", Title: "Records", Numeric: true}, {Key: "organisation", Title: "Loaded by"}, {Key: "account", Title: "Who"}, {Key: "created", Title: "When"}}}
	for i := range list {
		run := &list[i]
		t.Rows = append(t.Rows, Row{to(run.Title, runAddress(run)), say(sentence(string(run.State))), say(run.Method), number(int(detailOf(run).Rows)), say(organisationName(a, run.Organisation)), say(run.Account), momentCell(run.CreatedAt)})
	}
	return s.showWork(w, r, view{Title: "Runs of the assignment", Body: &workBody{Links: []link{{"Load a file", "/runs/new"}}}, Parts: []section{{ID: "runs", Table: t}},
		Lead: "Files of activity, and what the assignment made of them. They are seen by " + organisationName(a, a.Account.Organisation) + " and whom it names for each run, and by nobody else."})
}

func runAddress(run *store.Run) string { return "/runs/" + url.PathEscape(run.ID) }

// organisationName is the organisation of an account in words.
func organisationName(a *Asked, code string) string {
	if code == "" {
		return "the national team"
	}
	return a.Register.Name(code, a.On)
}

// runOf is the run that the address names, when the reader may see it. One that
// the reader may not see is not there.
func (s *Site) runOf(r *http.Request) (store.Run, error) {
	run, err := s.store.Run(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) || err == nil && !run.VisibleTo(asked(r).Account.Organisation) {
		return run, &problem{http.StatusNotFound, "There is no such run", "There is no run at this address that your organisation may see.", "The page about runs lists those that it may see."}
	}
	return run, err
}

// ownRun is the run that the address names, when the reader's organisation loaded
// it.
func (s *Site) ownRun(r *http.Request) (store.Run, error) {
	run, err := s.runOf(r)
	if err == nil && run.Organisation != asked(r).Account.Organisation {
		err = &problem{http.StatusForbidden, "This run is another organisation's", "It was shared with yours to be read.", "Ask the organisation that loaded it."}
	}
	return run, err
}

// newRun shows the form by which a file is loaded.
func (s *Site) newRun(w http.ResponseWriter, r *http.Request) error {
	return s.showNewRun(w, r, nil, nil)
}

func (s *Site) showNewRun(w http.ResponseWriter, r *http.Request, values map[string]string, faults []workFault) error {
	methods, err := asked(r).Register.methods()
	if err != nil {
		return err
	}
	f := &workForm{ID: "run", Action: "/runs/new", Files: true, Buttons: []workButton{{Text: "Load the file and start"}}}
	var list []workOption
	for _, m := range methods {
		list = append(list, workOption{m.Spec(), m.Title})
	}
	kinds := []workOption{{"", "Find out from the columns"}}
	for _, d := range activity.Datasets() {
		kinds = append(kinds, workOption{string(d), string(d)})
	}
	f.field(workField{Name: "title", Label: "Name of the run", Hint: "Leave it empty to name it after the file.", Value: values["title"]})
	f.field(workField{Name: "method", Label: "Method", Type: "select", Options: list, Value: values["method"]})
	f.field(workField{Name: "dataset", Label: "Data set", Type: "select", Options: kinds, Value: values["dataset"]})
	f.field(workField{Name: "file", Label: "File", Hint: "CSV (also gzip or zstd) or Parquet, up to " + sizeText(s.uploadLimit) + ".", Type: "file"})
	body := &workBody{Forms: []*workForm{f}}
	body.note(faults)
	return s.showWork(w, r, view{Title: "Load a file", Trail: runsTrail, Body: body,
		Lead: "The file stays on this server. Your organisation alone sees it and what comes of it, until you name others or delete it."})
}

func sizeText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.3g %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return plural(int(n), "byte", "bytes")
}

// inputExtensions are those that a file of activity may have.
var inputExtensions = []string{".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".tsv.zst", ".txt", ".txt.gz", ".txt.zst", ".parquet"}

// inputExtension is the extension of a file name, or blank when it is none of those.
func inputExtension(name string) string {
	name = strings.ToLower(name)
	for _, e := range inputExtensions {
		if strings.HasSuffix(name, e) {
			return e
		}
	}
	return ""
}

// loadRun takes a file in as it comes, without holding it in memory, and starts
// the run. The fields of the form come before the file.
func (s *Site) loadRun(w http.ResponseWriter, r *http.Request) error {
	if s.store.Dir() == "" {
		return &problem{http.StatusConflict, "Files cannot be loaded here", "This Remit was started without a data directory.", "Ask whoever runs it to name one with --data."}
	}
	return receive(w, r, func(values map[string]string, part *multipart.Part) error {
		if part == nil {
			return s.showNewRun(w, r, values, []workFault{{"Choose a file.", "file"}})
		}
		faults, err := checkRun(asked(r), values, part.FileName())
		if err != nil {
			return err
		}
		if len(faults) == 0 {
			return s.takeRun(w, r, values, part)
		}
		if _, err := io.Copy(io.Discard, part); err != nil { // a browser listens only when it has sent everything
			return sent(err)
		}
		return s.showNewRun(w, r, values, faults)
	})
}

// receive reads a form as it comes: its fields, then its file, which is handed on
// without being held in memory. The file is nil where the form has none.
func receive(w http.ResponseWriter, r *http.Request, take func(values map[string]string, file *multipart.Part) error) error {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // where it is not supported there is no deadline either
	r.Body = &patient{r.Body, control}
	form, err := r.MultipartReader()
	if err != nil {
		return errFormSent
	}
	values := map[string]string{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return take(values, nil)
		}
		if err != nil {
			return sent(err)
		}
		if part.FormName() == "file" {
			return take(values, part)
		}
		text, err := io.ReadAll(io.LimitReader(part, 1000))
		if err != nil {
			return sent(err)
		}
		values[part.FormName()] = strings.TrimSpace(string(text))
	}
}

// sent makes a problem of a form that broke off.
func sent(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &problem{http.StatusRequestEntityTooLarge, "The file is too large", "It is larger than " + sizeText(large.Limit-formLimit) + ", and nothing of it was kept.",
			"Compress it or split it. Whoever runs this Remit can allow more with --upload-limit."}
	}
	return &problem{http.StatusBadRequest, "The file did not arrive", "The connection ended before all of it was here, and nothing of it was kept.", "Load it again."}
}

func checkRun(a *Asked, values map[string]string, file string) (faults []workFault, err error) {
	methods, err := a.Register.methods()
	if err != nil {
		return nil, err
	}
	known := false
	for _, m := range methods {
		known = known || m.Spec() == values["method"]
	}
	if !known {
		faults = append(faults, workFault{"Choose a method of the list.", "method"})
	}
	if d := values["dataset"]; d != "" {
		if _, err := activity.ParseDataset(d); err != nil {
			faults = append(faults, workFault{"Choose a data set of the list.", "dataset"})
		}
	}
	switch {
	case file == "":
		faults = append(faults, workFault{"Choose a file.", "file"})
	case inputExtension(file) == "":
		faults = append(faults, workFault{"The name of the file must end in one of " + strings.Join(inputExtensions, ", ") + ".", "file"})
	}
	return faults, nil
}

// takeRun writes the file into the directory of a new run. When it does not arrive
// whole, nothing of the run is left.
func (s *Site) takeRun(w http.ResponseWriter, r *http.Request, values map[string]string, part *multipart.Part) error {
	account := asked(r).Account
	name := part.FileName()
	title := values["title"]
	if title == "" {
		title = name
	}
	run, err := s.store.CreateRun(r.Context(), account.Name, store.Run{Organisation: account.Organisation, Account: account.Name, Title: title, Method: values["method"], Detail: runDetail{Dataset: values["dataset"], File: name}.kept()})
	if err != nil {
		return err
	}
	file := store.RunFile{Name: inputName + inputExtension(name), Role: "input"}
	err = s.keepInput(run.ID, &file, part)
	if err == nil {
		_, err = s.store.UpdateRun(r.Context(), run.ID, func(x *store.Run) { x.Files = []store.RunFile{file} })
	}
	if err != nil {
		return errors.Join(err, s.removeRun(r, account.Name, run.ID))
	}
	s.startRun(run.ID)
	return seeOther(w, r, runAddress(&run))
}

func (s *Site) keepInput(id string, file *store.RunFile, from io.Reader) error {
	dir := s.store.RunDir(id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := whole.Create(filepath.Join(dir, file.Name))
	if err != nil {
		return err
	}
	defer f.Drop()
	source := &arriving{from: from}
	if file.Size, err = io.Copy(f, source); err != nil {
		if source.err != nil {
			return sent(source.err)
		}
		return err
	}
	return f.Keep()
}

// arriving remembers that it was the sender who failed, and not the disk.
type arriving struct {
	from io.Reader
	err  error
}

func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		a.err = err
	}
	return n, err
}

// patient waits for the next part of a body as long as parts keep coming: a large
// file takes longer than a page may.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
}

// partTime is how long a part of a file may be on its way.
const partTime = 30 * time.Second

func (p *patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(partTime)) // where it is not supported there is no deadline either
	return p.ReadCloser.Read(b)
}

// removeRun takes away the files of a run, and then the run.
func (s *Site) removeRun(r *http.Request, actor, id string) error {
	if err := os.RemoveAll(s.store.RunDir(id)); err != nil {
		return err
	}
	return s.store.DeleteRun(context.WithoutCancel(r.Context()), actor, id)
}

// runBody is the page of one run.
type runBody struct {
	*workBody
	Run      *store.Run
	Detail   runDetail
	State    string
	Going    bool
	Percent  int64
	Address  string
	Downward []link
}

// run shows one run: how far it has come and what came of it.
func (s *Site) run(w http.ResponseWriter, r *http.Request) error {
	run, err := s.runOf(r)
	if err != nil {
		return err
	}
	return s.showRun(w, r, &run, nil)
}

func (s *Site) showRun(w http.ResponseWriter, r *http.Request, run *store.Run, faults []workFault) error {
	a := asked(r)
	d := detailOf(run)
	body := &runBody{workBody: &workBody{}, Run: run, Detail: d, State: sentence(string(run.State)), Going: run.Going(), Address: runAddress(run)}
	if d.Size > 0 {
		body.Percent = min(100, 100*d.Read/d.Size)
	}
	v := view{Page: "run", Title: run.Title, Trail: runsTrail, Body: body, Facts: []named{{"File", say(d.File)}, {"Method", say(run.Method)}, {"Data set", say(d.Dataset).or("Found out from the columns")},
		{"Loaded by", say(run.Account + ", " + organisationName(a, run.Organisation))}, {"Loaded", momentCell(run.CreatedAt)}, {"Started", momentCell(run.StartedAt)}, {"Ended", momentCell(run.FinishedAt)},
		{"Shared with", say(strings.Join(run.SharedWith, ", ")).or("Nobody")}}}
	if d.Change > 0 {
		v.Facts = append(v.Facts, named{"Register", to(fmt.Sprintf("change %d", d.Change), changeAddress(d.Change))})
	}
	if run.State == store.Done {
		body.Downward = []link{{"Read the report", body.Address + "/report"}}
		for _, f := range []struct{ role, text string }{{"result", "Download the result"}, {"manifest", "Download the manifest"}} {
			if x := runFile(run, f.role); x != nil {
				body.Downward = append(body.Downward, link{f.text + " (" + sizeText(x.Size) + ")", body.Address + "/files/" + f.role})
			}
		}
		t := &Table{Name: "agreement", Caption: "How the answers stand to what was submitted", Columns: []Column{{Key: "agreement", Title: "Agreement"}, {Key: "rows", Title: "Records", Numeric: true}, {Key: "cost", Title: "Cost (£)", Numeric: true}}}
		for _, n := range d.Agreement {
			t.Rows = append(t.Rows, Row{say(sentence(n.Name)), number(int(n.Rows)), say(n.Cost).or("None given")})
		}
		v.add("agreement", "In short", "", t)
	}
	if run.Organisation == a.Account.Organisation {
		body.Forms = ownRunForms(run)
	}
	body.note(faults)
	return s.showWork(w, r, v)
}

func ownRunForms(run *store.Run) []*workForm {
	address := runAddress(run)
	share := &workForm{ID: "share", Title: "Share", Text: "Organisations that are named see the file, the result and the report. They can change nothing.", Action: address + "/share", Buttons: []workButton{{Text: "Share with these", Second: true}}}
	share.field(workField{Name: "organisations", Label: "Codes of organisations", Hint: "Such as QMJ; several with commas. Empty: nobody else.", Value: strings.Join(run.SharedWith, ", ")})
	list := []*workForm{share}
	if (run.State == store.Interrupted || run.State == store.Failed || run.State == store.Cancelled) && runFile(run, "input") != nil {
		list = append(list, &workForm{ID: "start", Title: "Start again", Action: address + "/start", Buttons: []workButton{{Text: "Start again"}}})
	}
	return append(list, &workForm{ID: "delete", Title: "Delete", Text: "The file, the result and the report are removed from this server. That there was a run stays in the audit log.", Action: address + "/delete", Buttons: []workButton{{Text: "Delete this run", Second: true}}})
}

// reportPolicy lets the report run its own few lines of script, in an origin of
// its own from which it can reach nothing of this site nor anything else.
const reportPolicy = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

func (s *Site) runReport(w http.ResponseWriter, r *http.Request) error {
	return s.giveRunFile(w, r, "report", func(h http.Header) {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", reportPolicy)
	})
}

// runDownload gives the result or the manifest as a file.
func (s *Site) runDownload(w http.ResponseWriter, r *http.Request) error {
	role := r.PathValue("role")
	if !slices.Contains([]string{"result", "manifest"}, role) {
		return store.ErrNotFound
	}
	return s.giveRunFile(w, r, role, func(h http.Header) {
		h.Set("Content-Type", map[string]string{"result": "text/csv; charset=utf-8", "manifest": "application/json"}[role])
		h.Set("Content-Disposition", attachment(map[string]string{"result": "result.csv", "manifest": "result.csv.run.json"}[role]))
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	})
}

// downloadTime is how long a client may take over a result.
const downloadTime = time.Hour

func (s *Site) giveRunFile(w http.ResponseWriter, r *http.Request, role string, headers func(http.Header)) error {
	run, err := s.runOf(r)
	if err != nil {
		return err
	}
	file := runFile(&run, role)
	if run.State != store.Done || file == nil {
		return &problem{http.StatusNotFound, "There is no result yet", "The run is " + string(run.State) + ".", "Look at the page of the run."}
	}
	f, err := os.Open(filepath.Join(s.store.RunDir(run.ID), file.Name))
	if errors.Is(err, os.ErrNotExist) {
		return &problem{http.StatusNotFound, "The file is not there", "The files of this run were removed from the server.", "Load the file again."}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.store.Record(r.Context(), asked(r).Account.Name, "run.read", "run "+run.ID, map[string]string{"file": role}); err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadTime)) // where it is not supported there is no deadline either
	w.Header().Set("Cache-Control", "no-store")
	headers(w.Header())
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

func (s *Site) shareRun(w http.ResponseWriter, r *http.Request) error {
	run, err := s.ownRun(r)
	if err != nil {
		return err
	}
	a := asked(r)
	list := codes(strings.ToUpper(r.PostFormValue("organisations")))
	var faults []workFault
	for _, c := range list {
		if _, _, ok := a.Register.organisation(c, a.On); !ok {
			faults = append(faults, workFault{"There is no organisation " + c + ".", "organisations"})
		}
	}
	if len(faults) > 0 {
		return s.showRun(w, r, &run, faults)
	}
	if _, err := s.store.ShareRun(r.Context(), a.Account.Name, run.ID, list); err != nil {
		return err
	}
	return seeOther(w, r, runAddress(&run))
}

func (s *Site) restartRun(w http.ResponseWriter, r *http.Request) error {
	run, err := s.ownRun(r)
	if err != nil {
		return err
	}
	again := false
	if _, err = s.store.UpdateRun(r.Context(), run.ID, func(x *store.Run) {
		if again = x.State != store.Queued && x.State != store.Running && x.State != store.Done && runFile(x, "input") != nil; again {
			x.State, x.Error = store.Queued, ""
		}
	}); err != nil {
		return err
	}
	if again {
		s.startRun(run.ID)
	}
	return seeOther(w, r, runAddress(&run))
}

func (s *Site) deleteRun(w http.ResponseWriter, r *http.Request) error {
	run, err := s.ownRun(r)
	if err != nil {
		return err
	}
	s.endRun(run.ID)
	if err := s.removeRun(r, asked(r).Account.Name, run.ID); err != nil {
		return err
	}
	return seeOther(w, r, "/runs")
}
