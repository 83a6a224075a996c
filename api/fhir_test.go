package api

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFHIRValid holds everything that the FHIR interface gives against the
// definitions of R4: every resource of every type, bundles, outcomes and the
// capability statement. It needs Node and the tools of the directory fhir
// (npm ci --prefix api/fhir).
func TestFHIRValid(t *testing.T) { onBoth(t, testFHIRValid) }

func testFHIRValid(t *testing.T, h *house) {
	var lines bytes.Buffer
	seen := 0
	keep := func(path string, wanted int) answer {
		t.Helper()
		a := h.ask(t, "public", "GET", path, "")
		if a.status != wanted || !strings.HasPrefix(a.header.Get("Content-Type"), typeFHIR) {
			t.Errorf("%s: %d %s: %.300s", path, a.status, a.header.Get("Content-Type"), a.body)
		}
		fmt.Fprintf(&lines, `{"name":%q,"resource":%s}`+"\n", path, a.body)
		return a
	}
	keep("/fhir/metadata", 200)
	keep("/fhir/Organization/nobody", 404)
	keep("/fhir/Organization?_lastUpdated=yesterday", 400)
	keep("/fhir/Patient", 404)
	for _, kind := range []string{"Organization", "HealthcareService", "OrganizationAffiliation"} {
		for _, on := range []string{"2022-06-30", "2025-08-01", "2026-11-24"} {
			path := "/fhir/" + kind + "?_count=1000&on=" + on
			if kind == "Organization" {
				path += "&type=icb,sub_icb,region,hub,body,committee,health_board,reporting_entity,provider" // practices: below
			}
			for path != "" {
				var b bundle
				keep(path, 200).into(t, &b)
				seen += len(b.Entry)
				path = ""
				for _, l := range b.Link {
					if l.Relation == "next" {
						path = strings.TrimPrefix(l.URL, h.URL)
					}
				}
			}
		}
	}
	for _, path := range []string{"/fhir/Organization?type=practice&_count=100", "/fhir/Organization?type=armed_forces_practice", "/fhir/Organization?type=justice_facility", "/fhir/Organization?_count=0",
		"/fhir/Organization/QMJ", "/fhir/HealthcareService/11", "/fhir/OrganizationAffiliation/DELEGATION-SPEC-QMJ-1?on=2025-08-01", "/fhir/Organization?name=no+such+name"} {
		keep(path, 200)
	}
	if seen < 1000 {
		t.Errorf("only %d resources", seen)
	}
	// The tools are looked for last: what does not need them is tested without.
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("not held against FHIR R4: node is not installed")
	}
	if _, err := os.Stat(filepath.Join("fhir", "node_modules", "fhir")); err != nil {
		t.Skip("not held against FHIR R4: its definitions are not installed (npm ci --prefix api/fhir)")
	}
	check := exec.Command(node, "check.mjs")
	check.Dir, check.Stdin = "fhir", &lines
	out, err := check.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %.4000s", err, out)
	}
	t.Logf("%s", out[max(0, len(out)-200):])
}

// TestFHIRCheckFinds: the check itself finds what is wrong.
func TestFHIRCheckFinds(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat(filepath.Join("fhir", "node_modules", "fhir")); err != nil {
		t.Skip("the definitions of FHIR R4 are not installed (npm ci --prefix api/fhir)")
	}
	check := exec.Command(node, "check.mjs")
	check.Dir = "fhir"
	check.Stdin = strings.NewReader(`{"name":"bad","resource":{"resourceType":"Organization","id":"x","colour":"red"}}` + "\n")
	if out, err := check.Output(); err == nil || !strings.Contains(string(out), "colour") {
		t.Errorf("a resource with a colour passes: %v %s", err, out)
	}
}

// TestFHIRSearch is a table of searches and how many resources each finds.
func TestFHIRSearch(t *testing.T) { onBoth(t, testFHIRSearch) }

func testFHIRSearch(t *testing.T, h *house) {
	const all = -1 // some, whose number is a matter of the register
	for _, c := range []struct {
		path   string
		status int
		total  int
		has    string
	}{
		{"Organization?identifier=https://fhir.nhs.uk/Id/ods-organization-code|QMJ", 200, 1, `"name":"NHS North Central London Integrated Care Board"`},
		{"Organization?identifier=QMJ", 200, 1, `"active":false`},
		{"Organization?identifier=QMJ&on=2025-08-01", 200, 1, `"active":true`},
		{"Organization?identifier=qmj,QHM", 200, 2, ""},
		{"Organization?identifier=urn:remit:body|NHSE", 200, 1, "urn:remit:body"},
		{"Organization?identifier=urn:remit:body|QMJ", 200, 0, ""},
		{"Organization?identifier=|QMJ", 200, 0, ""},
		{"Organization?identifier=urn:remit:ons-code|E54000028", 200, 1, `"id":"QMJ"`},
		{"Organization?name=nhs north central london&type=icb", 200, 1, `"id":"QMJ"`},
		{"Organization?name:contains=central london&type=icb&on=2025-08-01&active=true", 200, 1, `"id":"QMJ"`},
		{"Organization?name:exact=North Central London", 200, 1, `"alias"`},
		{"Organization?name:exact=north central london", 200, 0, ""},
		{"Organization?name:near=x", 400, 0, "modifier"},
		{"Organization?type=icb&active=true&on=2025-08-01", 200, 42, ""},
		{"Organization?type=icb&active=true&on=2026-04-01", 200, 36, ""},
		{"Organization?type=icb&active=maybe", 400, 0, "neither true nor false"},
		{"Organization?partof=Organization/QMJ&on=2025-08-01&type=sub_icb", 200, 1, `"id":"93C"`},
		{"Organization?_id=QMJ", 200, 1, ""},
		{"Organization?_lastUpdated=ge2020-01-01&type=region", 200, all, `"mode":"match"`},
		{"Organization?_lastUpdated=lt2020&type=region", 200, 0, ""},
		{"Organization?_lastUpdated=xx2020", 400, 0, "prefix"},
		{"Organization?colour=red&type=icb", 200, all, ""},
		{"Organization?_count=x", 400, 0, "_count"},
		{"Organization?on=x", 400, 0, "YYYY-MM-DD"},
		{"HealthcareService?identifier=urn:remit:prescribed-specialised-service|11", 200, 1, "neurosciences"},
		{"HealthcareService?identifier=NCBPS11B", 200, 1, ""},
		{"HealthcareService?service-category=delegated&on=2025-08-01", 200, all, ""},
		{"OrganizationAffiliation?participating-organization=Organization/QMJ&primary-organization=NHSE&active=true&on=2025-08-01&role=by", 200, all, `"id":"DELEGATION-SPEC-QMJ-1"`},
		{"OrganizationAffiliation?participating-organization=QMJ&role=member&active=true&on=2025-08-01", 200, all, "has a seat on the committee"},
		{"OrganizationAffiliation?identifier=DELEGATION-SPEC-QMJ/1", 200, 1, "HealthcareService/11"},
	} {
		a := h.ask(t, "public", "GET", "/fhir/"+strings.NewReplacer(" ", "%20", "|", "%7C").Replace(c.path), "")
		var b bundle
		a.into(t, &b)
		if a.status != c.status || c.status == 200 && (b.Total != c.total && c.total != all || c.total == all && b.Total == 0) || !strings.Contains(a.body, c.has) {
			t.Errorf("%s: %d, %d found, want %d, %d and %q: %.600s", c.path, a.status, b.Total, c.status, c.total, c.has, a.body)
		}
		if a.status != 200 && !strings.Contains(a.body, `"resourceType":"OperationOutcome"`) {
			t.Errorf("%s: %s", c.path, a.body)
		}
	}
	if a := h.ask(t, "public", "GET", "/fhir/Organization?colour=red", "", "Prefer: handling=strict"); a.status != 400 || !strings.Contains(a.body, "colour") {
		t.Errorf("strict: %d %s", a.status, a.body)
	}
	if a := h.ask(t, "public", "GET", "/fhir/Organization/QMJ", "", "Accept: application/fhir+xml"); a.status != 406 {
		t.Errorf("XML: %d", a.status)
	}
	if a := h.ask(t, "public", "POST", "/fhir/Organization", "{}"); a.status != 405 || !strings.Contains(a.body, "OperationOutcome") {
		t.Errorf("POST: %d %s", a.status, a.body)
	}
}

var fhirID = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// TestFHIRWhole: ids are told apart and are ids, and every reference leads somewhere.
func TestFHIRWhole(t *testing.T) { onBoth(t, testFHIRWhole) }

func testFHIRWhole(t *testing.T, h *house) {
	s := newServer(Options{Store: h.store})
	v, err := s.view(t.Context(), "2025-08-01", "")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	var every []resource
	for _, kind := range s.fhirTypes() {
		for _, r := range kind.all(v) {
			id := r.Type + "/" + r.ID
			if ids[id] || !fhirID.MatchString(r.ID) {
				t.Errorf("%s is no id, or there twice", id)
			}
			ids[id] = true
			every = append(every, r)
		}
	}
	for _, r := range every {
		for _, to := range append([]reference{deref(r.PartOf), deref(r.From), deref(r.To)}, r.Services...) {
			if to.Reference != "" && !ids[to.Reference] {
				t.Errorf("%s/%s names %s, which is not there", r.Type, r.ID, to.Reference)
			}
		}
	}
}

func deref(r *reference) reference {
	if r == nil {
		return reference{}
	}
	return *r
}
