package web

import (
	"bytes"
	"cmp"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"remit/store"
)

// seenPages are the pages that are looked at in a browser, one of each kind and
// state. A number is the status of a page that is an error.
var seenPages = []string{
	"/", "/?service=NCBPS11B&for=Z9B2Z", "/?service=3&for=QNC&on=2023-06-01", "404 /?service=dialysis&for=Z9B2Z",
	"/services", "/services?programme=Trauma&sort=-title", "/services?q=unicorn", "/services/11", "/services/11?on=2024-06-01", "/services/1", "/lines/NCBPS11B",
	"/organisations", "/organisations?list=provider", "/organisations/Z9B2Z", "/organisations/QNQ", "/organisations/RJ7", "/organisations/NHSE", "/organisations/36L",
	"/map", "/map?on=2020-01-01", "/instruments?state=In+force", "/instruments/JWA-NENC?on=2024-06-01", "/committees", "/committees/JC-LON", "/retained",
	"/changes?from=2026-03-31&to=2026-04-01", "/bulletin", "/method", "/method/cam-2025-26", "/method/cam-2025-26/compare/cam-2024-25", "/method/cam-2025-26/try",
	"/method/cam-2025-26/try?dataset=PLCM&provider=RJ7&service_code=NCBPS11B&activity_date=2026-03-31&gp_practice=H85001&submitted_commissioner=36L&submitted_category=25",
	"/method/cam-2025-26/try?dataset=PLCM", "/search?q=dialisis", "/search?q=zzzzzz", "/data", "/data/service_set", "/help", "/help/assign", "/glossary", "404 /nowhere", "404 /services/999",
	"400 /services?on=tomorrow",
	"/budgets", "/budgets/worked", "/budgets/demonstration?policy=banded", "/budgets/worked/ICB-A", "/pools", "/pools/worked",
	"/pools/worked?rule=capped&cap=1%25&key=activity&out=ICB-D&spend-ICB-B=%2B5%25", "/pools/worked?rule=blend&spend-ICB-A=x", "404 /budgets/none",
}

// The pages are looked at in a real browser. It needs node, Chromium and the
// tools of the report's browser test, which make test installs.
func TestInBrowser(t *testing.T) { browse(t, site(t), seenPages) }

// browse looks at pages of a site in a real browser.
func browse(t *testing.T, s *Site, pages []string) {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	inBrowser(t, server.URL, "", seenPages)
}

// The pages of signed-in work, as somebody who may do everything sees them.
func TestWorkInBrowser(t *testing.T) {
	o := newOffice(t)
	ann, bob := o.person("ann", "", store.Editor, store.Approver, store.Administrator), o.person("bob", "", store.Editor, store.Approver)
	mine := ann.propose(o.row("icb", "QMJ"), "note", "Moved office")
	theirs := bob.propose(o.row("icb", "QWO"), "note", "Moved office as well")
	done := bob.propose(o.row("icb", "QRV"), "note", "Moved office too")
	ann.get(done).press(done + "/approve").wants(http.StatusSeeOther)
	run, bad := ann.load(someRecords(50)), ann.load("nothing\n1\n")
	o.site.waitRun(runID(run))
	o.site.waitRun(runID(bad))
	tasks := regexp.MustCompile(`href="(/work/[^"?#]+)`).FindStringSubmatch(ann.get("/work").text)
	if tasks == nil {
		t.Fatal("the work list has no task")
	}
	server := httptest.NewServer(o.site)
	defer server.Close()
	inBrowser(t, server.URL, ann.token, []string{
		"/proposals", "/proposals/new?table=icb&key=QMJ", "/proposals/new?table=event", mine, theirs, done, "404 /proposals/99",
		"/audit", "/audit?action=proposal.submit", "/changes/2", "/work", tasks[1], "/runs", "/runs/new", run, bad, "404 /runs/none",
		"/updates", "/account", "/accounts", "/accounts/new", "/accounts/bob", "/services/11", "/data/icb", "/organisations/QMJ",
	})
}

// inBrowser looks at pages in a browser, as whoever has a session (blank: nobody).
func inBrowser(t *testing.T, address, session string, pages []string) {
	t.Helper()
	chromium := cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium")
	for _, need := range []struct{ what, path string }{
		{"Chromium (or name it in CHROMIUM)", chromium},
		{"the check's tools (npm ci --prefix report/browser)", filepath.Join("..", "report", "browser", "node_modules", "axe-core")},
	} {
		if _, err := os.Stat(need.path); err != nil {
			t.Skipf("not looked at in a browser: %s is not installed", need.what)
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("not looked at in a browser: node is not installed")
	}
	if assetPath("app.css") == "" {
		t.Skip("not looked at in a browser: the styles and scripts are not built: run make assets")
	}
	if testing.Short() {
		t.Skip("not looked at in a browser: the test is short")
	}
	var said bytes.Buffer
	args := []string{filepath.Join("browser", "check.mjs"), address}
	if dir := os.Getenv("REMIT_SHOTS"); dir != "" {
		args = append(args, dir) // to look at by eye
	}
	check := exec.Command(node, args...)
	check.Stdin = strings.NewReader(strings.Join(pages, "\n"))
	check.Env = append(os.Environ(), "CHROMIUM="+chromium, "REMIT_COOKIE="+session)
	check.Stdout, check.Stderr = &said, &said
	if err := check.Run(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
}
