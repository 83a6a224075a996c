package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"remit/store"
)

// TestWorkRoutesAsEveryone tries each address of signed-in work and of contracts as the public, as
// somebody without a role, and as each role that it is not for.
func TestWorkRoutesAsEveryone(t *testing.T) {
	o := newOffice(t)
	defer o.site.Close()
	people := map[store.Role]*desk{"": o.person("none", "")}
	for _, role := range store.Roles {
		people[role] = o.person(string(role), "", role)
	}
	wild := regexp.MustCompile(`\{[^}]*\}`)
	for _, rt := range slices.Concat(o.site.workRoutes(), o.site.contractRoutes(), o.site.returnRoutes()) {
		method, path, _ := strings.Cut(rt.pattern, " ")
		path = wild.ReplaceAllString(path, "1")
		ask := func(d *desk) *page {
			if method == http.MethodPost {
				return d.post(path)
			}
			return d.get(path)
		}
		if p := ask(o.public()); p.status != http.StatusSeeOther || !strings.HasPrefix(p.header.Get("Location"), "/sign-in?next=") {
			t.Errorf("%s as the public: %d to %q", rt.pattern, p.status, p.header.Get("Location"))
		}
		for role, d := range people {
			p := ask(d)
			switch allowed := role == rt.may || slices.Contains(rt.or, role); {
			case !allowed && p.status != http.StatusForbidden:
				t.Errorf("%s as %q: status %d, want 403", rt.pattern, role, p.status)
			case allowed && p.status == http.StatusForbidden && path != "/updates/propose":
				t.Errorf("%s as %q: refused", rt.pattern, role)
			case p.status >= http.StatusInternalServerError:
				t.Errorf("%s as %q: status %d", rt.pattern, role, p.status)
			}
		}
	}
}

func TestFormOfAnotherSite(t *testing.T) {
	o := newOffice(t)
	ann := o.person("ann", "", store.Editor)
	r := postRequest("/proposals/new", append(formOf(o.row("icb", "QMJ"), "note", "x"), "step", "submit")...)
	r.Header.Set("Origin", "https://elsewhere.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	ann.send(r)
	if list := must(o.store.Proposals(t.Context()))(t); len(list) != 0 {
		t.Error("a form of another site was taken")
	}
}
