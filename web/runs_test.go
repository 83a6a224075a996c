package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"remit/store"
)

// someRecords are made-up records of specialised activity, the first a patient's
// who can be told apart.
func someRecords(n int) string {
	var b strings.Builder
	b.WriteString("local_patient,provider,service_code,activity_date,gp_practice,submitted_commissioner,submitted_category,note\n")
	for i := range n {
		fmt.Fprintf(&b, "PATIENT%06d,RJ7,NCBPS11B,2025-10-15,H85001,36L,25,<script>alert(1)</script>\n", i)
	}
	return b.String()
}

// load loads a file and gives back the address of its run.
func (d *desk) load(content string) string {
	d.Helper()
	return d.upload("/runs/new", "file", "activity.csv", content, "title", "", "method", "cam-2025-26", "dataset", "PLCM").wants(http.StatusSeeOther).header.Get("Location")
}

func runID(address string) string { return strings.TrimPrefix(address, "/runs/") }

func TestRun(t *testing.T) {
	o := newOffice(t)
	defer o.site.Close()
	ann := o.person("ann", "QMJ", store.Reader)
	ann.get("/runs/new").wants(http.StatusOK, "Load a file", "Commissioner Assignment Method", "up to 2 GiB")
	content := someRecords(200)
	address := ann.load(content)
	o.site.waitRun(runID(address))

	p := ann.get(address).wants(http.StatusOK, "activity.csv", "Done", "200 records", "Read the report")
	if strings.Contains(p.text, "hx-trigger") {
		t.Error("the page of a run that is done still asks again")
	}
	result := ann.get(address + "/files/result")
	lines := strings.Split(strings.TrimSpace(result.text), "\n")
	if len(lines) != 201 || !strings.HasPrefix(lines[1], "PATIENT000000,RJ7,NCBPS11B,2025-10-15,H85001,36L,25,") || !strings.Contains(lines[0], "assigned_commissioner") {
		t.Errorf("the result has %d lines, and begins %q", len(lines), lines[:2])
	}
	if got := result.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("the result comes as %q", got)
	}
	manifest := ann.get(address + "/files/manifest")
	var m struct {
		Rows   int64
		Inputs []struct{ File string }
	}
	if err := json.Unmarshal([]byte(manifest.text), &m); err != nil || m.Rows != 200 || len(m.Inputs) != 1 || m.Inputs[0].File != "activity.csv" {
		t.Errorf("the manifest says %+v (%v)", m, err)
	}
	report := ann.get(address + "/report")
	if got := report.header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "sandbox allow-scripts;") || strings.Contains(got, "allow-same-origin") {
		t.Errorf("the report comes under %q", got)
	}
	for _, text := range []string{manifest.text, report.text, p.text} {
		if strings.Contains(text, o.store.Dir()) {
			t.Error("the place of the files on the server comes out")
		}
	}
	if !strings.Contains(report.text, "activity.csv") {
		t.Error("the report does not name the file")
	}
}

func TestRunIsSeenByItsOrganisationAlone(t *testing.T) {
	o := newOffice(t)
	defer o.site.Close()
	ann, eve, nat := o.person("ann", "QMJ", store.Reader), o.person("eve", "QRV", store.Reader, store.Editor, store.Approver, store.Administrator), o.person("nat", "", store.Administrator)
	address := ann.load(someRecords(3))
	o.site.waitRun(runID(address))
	all := []string{address, address + "/report", address + "/files/result", address + "/files/manifest"}
	for _, other := range []*desk{eve, nat} {
		for _, a := range all {
			other.get(a).wants(http.StatusNotFound, "There is no such run")
		}
		other.post(address+"/share", "organisations", "QRV").wants(http.StatusNotFound)
		other.post(address + "/delete").wants(http.StatusNotFound)
		other.get("/runs").wants(http.StatusOK).lacks("activity.csv")
	}
	for _, a := range all {
		o.public().get(a).wants(http.StatusSeeOther)
	}
	ann.get(address).press(address+"/share", "organisations", "NOBODY").wants(http.StatusUnprocessableEntity, "There is no organisation NOBODY.")
	ann.get(address).press(address+"/share", "organisations", "qrv").wants(http.StatusSeeOther)
	if !strings.Contains(eve.get(address+"/files/result").text, "PATIENT000002") {
		t.Error("whom the run was shared with cannot read the result")
	}
	if p := eve.get(address).wants(http.StatusOK); p.offers(address+"/delete") || p.offers(address+"/share") {
		t.Error("whom the run was shared with may change it")
	}
	eve.post(address + "/delete").wants(http.StatusForbidden)
	nat.get(address).wants(http.StatusNotFound)

	dir := o.store.RunDir(runID(address))
	ann.get(address).press(address + "/delete").wants(http.StatusSeeOther)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the files are still there (%v)", err)
	}
	ann.get(address).wants(http.StatusNotFound)
	ann.get("/audit?action=run").wants(http.StatusOK, "create run", "share run", "read run", "delete run").lacks("PATIENT", "activity.csv")
}

func TestRunOfABadFile(t *testing.T) {
	o := newOffice(t)
	defer o.site.Close()
	ann := o.person("ann", "QMJ", store.Reader)
	address := ann.load("provider,service_code\nRJ7\n")
	o.site.waitRun(runID(address))
	p := ann.get(address).wants(http.StatusOK, "Failed", "It did not end well", "Start again").lacks("Download the result")
	if strings.Contains(p.text, o.store.Dir()) {
		t.Error("the fault names the place of the file on the server")
	}
	ann.get(address + "/report").wants(http.StatusNotFound)
	ann.upload("/runs/new", "file", "a.exe", "MZ", "method", "cam-2025-26").wants(http.StatusUnprocessableEntity, "The name of the file must end in one of")
	ann.upload("/runs/new", "file", "a.csv", "x", "method", "none", "dataset", "none").wants(http.StatusUnprocessableEntity, "Choose a method", "Choose a data set")
	if list := must(o.store.Runs(t.Context(), "QMJ"))(t); len(list) != 1 {
		t.Errorf("%d runs are kept, want the one that was begun", len(list))
	}
}

func TestRunTooLarge(t *testing.T) {
	o := newOffice(t)
	site := must(New(Options{Store: o.store, Program: "remit test", UploadLimit: 1000}))(t)
	defer site.Close()
	o.site = site
	ann := o.person("ann", "QMJ", store.Reader)
	p := ann.upload("/runs/new", "file", "a.csv", strings.Repeat("x", 2*formLimit), "method", "cam-2025-26")
	p.wants(http.StatusRequestEntityTooLarge, "The file is too large", "1,000 bytes")
	left, err := os.ReadDir(filepath.Dir(o.store.RunDir("x")))
	if len(left) != 0 {
		t.Errorf("%v was left (%v)", left, err)
	}
	if list := must(o.store.Runs(t.Context(), "QMJ"))(t); len(list) != 0 {
		t.Errorf("%d runs are kept", len(list))
	}
}

// TestRunInterrupted stops a site while it runs, and starts another on what is
// left, as after a kill.
func TestRunInterrupted(t *testing.T) {
	o := newOffice(t)
	ann := o.person("ann", "QMJ", store.Reader)
	// Another run holds the turn, so that this one is under way when the site ends.
	o.site.runs.turn <- struct{}{}
	address := ann.load(someRecords(50))
	if p := ann.get(address).wants(http.StatusOK, "Queued", "Look again"); !strings.Contains(p.text, `hx-trigger="every 2s"`) {
		t.Error("the page does not ask again by itself")
	}
	o.site.Close()
	ann.get(address).wants(http.StatusOK, "Interrupted", "the program ended")
	<-o.site.runs.turn

	// What a kill leaves: a run that says it is going on, and half a result.
	id := runID(address)
	if _, err := o.store.UpdateRun(t.Context(), id, func(r *store.Run) { r.State, r.StartedAt = store.Running, time.Now() }); err != nil {
		t.Fatal(err)
	}
	dir := o.store.RunDir(id)
	for _, name := range []string{".result.csv.partial-1-2", "result.csv", "result.csv.run.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unknown := o.store.RunDir("unknown")
	if err := os.MkdirAll(unknown, 0o700); err != nil {
		t.Fatal(err)
	}
	o.site = must(New(Options{Store: o.store, Program: "remit test"}))(t)
	defer o.site.Close()
	if err := o.site.Mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := must(os.ReadDir(dir))(t)
	if len(left) != 1 || left[0].Name() != "input.csv" {
		t.Errorf("%v is left, want the input alone", left)
	}
	if _, err := os.Stat(unknown); err != nil {
		t.Errorf("a directory of no run of this register was removed (%v)", err)
	}
	ann.get(address).wants(http.StatusOK, "Interrupted", "start it again").lacks("Download the result")
	ann.get(address + "/files/result").wants(http.StatusNotFound)
	ann.get(address).press(address + "/start").wants(http.StatusSeeOther)
	o.site.waitRun(id)
	ann.get(address).wants(http.StatusOK, "Done", "50 records")
}
