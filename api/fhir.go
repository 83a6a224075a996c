package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"remit/register"
)

// FHIR R4 (4.0.1), for systems that read organisations and services that way:
//
//	Organization             organisations of all kinds, and committees
//	HealthcareService        the prescribed specialised services and their lines
//	OrganizationAffiliation  the lines of instruments, and seats on committees
//
// Only what the register says is given; nothing can be written.
// https://hl7.org/fhir/R4/

const typeFHIR = "application/fhir+json"

// Systems of codes. ODS codes have the one that the NHS has published; for the
// rest there is none, and a name of our own says so.
const (
	systemODS        = "https://fhir.nhs.uk/Id/ods-organization-code"
	systemBody       = "urn:remit:body"
	systemCommittee  = "urn:remit:committee"
	systemONS        = "urn:remit:ons-code"
	systemKind       = "urn:remit:organisation-kind"
	systemService    = "urn:remit:prescribed-specialised-service"
	systemLine       = "urn:remit:service-line"
	systemProgramme  = "urn:remit:programme-of-care"
	systemCategory   = "urn:remit:service-category"
	systemStatus     = "urn:remit:service-line-status"
	systemInstrument = "urn:remit:instrument-line"
	systemSeat       = "urn:remit:committee-seat"
	systemMode       = "urn:remit:instrument-line-mode"
)

type reference struct {
	Reference string `json:"reference,omitempty"`
	Display   string `json:"display,omitempty"`
}

type coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

type concept struct {
	Coding []coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

type during struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

type identifier struct {
	System string  `json:"system"`
	Value  string  `json:"value"`
	Period *during `json:"period,omitempty"`
}

type meta struct {
	VersionID   string `json:"versionId,omitempty"`
	LastUpdated string `json:"lastUpdated,omitempty"`
}

// resource is a resource of any of the three types, with what searches go by.
type resource struct {
	Type        string       `json:"resourceType"`
	ID          string       `json:"id"`
	Meta        meta         `json:"meta"`
	Identifier  []identifier `json:"identifier,omitempty"`
	Active      bool         `json:"active"`
	Kind        []concept    `json:"type,omitempty"`
	Category    []concept    `json:"category,omitempty"`
	Name        string       `json:"name,omitempty"`
	Alias       []string     `json:"alias,omitempty"`
	Comment     string       `json:"comment,omitempty"`
	Address     []address    `json:"address,omitempty"`
	PartOf      *reference   `json:"partOf,omitempty"`
	Period      *during      `json:"period,omitempty"`
	From        *reference   `json:"organization,omitempty"`
	To          *reference   `json:"participatingOrganization,omitempty"`
	Code        []concept    `json:"code,omitempty"`
	Services    []reference  `json:"healthcareService,omitempty"`
	lastUpdated time.Time
}

type address struct {
	PostalCode string `json:"postalCode,omitempty"`
	Country    string `json:"country,omitempty"`
}

// fhirType is one of the types of resources and what it can be searched by.
type fhirType struct {
	name    string
	profile string
	search  []fhirParameter
	all     func(*view) []resource
}

type fhirParameter struct {
	name, kind, doc string
	match           func(*resource, string) (bool, error)
}

func (s *server) fhirTypes() []fhirType {
	common := []fhirParameter{
		{"_id", "token", "Its id", matchID},
		{"_lastUpdated", "date", "When the register last recorded something about it; prefixes eq, gt, lt, ge, le", matchUpdated},
		{"identifier", "token", "SYSTEM|CODE, or CODE alone", matchIdentifier},
		{"active", "token", "Whether it is so on the day: true or false", matchActive},
	}
	named := append(slices.Clone(common), fhirParameter{"name", "string", "The beginning of the name or of another name for it; name:contains for any part, name:exact for all of it", matchName})
	return []fhirType{
		{"Organization", "http://hl7.org/fhir/StructureDefinition/Organization", append(slices.Clone(named),
			fhirParameter{"type", "token", "Kind of organisation: icb, sub_icb, provider, practice, ...", matchConcept(func(r *resource) []concept { return r.Kind })},
			fhirParameter{"partof", "reference", "Organization/QMJ", matchReference(func(r *resource) *reference { return r.PartOf })}), fhirOrganizations},
		{"HealthcareService", "http://hl7.org/fhir/StructureDefinition/HealthcareService", append(slices.Clone(named),
			fhirParameter{"service-category", "token", "delegated, retained_specialised, retained_highly_specialised", matchConcept(func(r *resource) []concept { return r.Category })}), fhirServices},
		{"OrganizationAffiliation", "http://hl7.org/fhir/StructureDefinition/OrganizationAffiliation", append(slices.Clone(common),
			fhirParameter{"primary-organization", "reference", "Who passes a function on, or the committee", matchReference(func(r *resource) *reference { return r.From })},
			fhirParameter{"participating-organization", "reference", "Who receives it, or the member", matchReference(func(r *resource) *reference { return r.To })},
			fhirParameter{"role", "token", "by, jointly, committee, transfer, or member", matchConcept(func(r *resource) []concept { return r.Code })}), fhirAffiliations},
	}
}

func (s *server) fhirRoutes() {
	types := s.fhirTypes()
	s.fhir("GET "+fhirPrefix+"/metadata", func(w http.ResponseWriter, r *http.Request) error {
		return s.sendFHIR(w, r, http.StatusOK, capability(types, s.Version, s.base(r), s.started))
	})
	for _, t := range types {
		s.fhir("GET "+fhirPrefix+"/"+t.name, func(w http.ResponseWriter, r *http.Request) error { return s.fhirSearch(w, r, &t) })
		s.fhir("GET "+fhirPrefix+"/"+t.name+"/{id}", func(w http.ResponseWriter, r *http.Request) error { return s.fhirRead(w, r, &t) })
	}
}

// fhir registers an address whose errors become OperationOutcomes.
func (s *server) fhir(pattern string, handle func(http.ResponseWriter, *http.Request) error) {
	op := &huma.Operation{OperationID: pattern}
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		err := acceptsFHIR(r)
		if err == nil {
			err = handle(w, r)
		}
		if err == nil {
			return
		}
		p, ok := s.translate(r.Context(), op, err).(*Problem)
		if !ok {
			p = internal()
		}
		s.outcome(w, r, p)
	})
}

// fhirParameters are taken by every request: formats, the two times, paging.
var fhirParameters = []string{"_format", "_pretty", "_summary", "_elements", "on", "known", "_count", "_page", "_total", "_sort"}

func acceptsFHIR(r *http.Request) error {
	asked := r.URL.Query().Get("_format")
	if asked == "" {
		asked = r.Header.Get("Accept")
	}
	if strings.Contains(asked, "xml") && !strings.Contains(asked, "json") && !strings.Contains(asked, "*/*") {
		return problem(http.StatusNotAcceptable, "Resources are given as JSON only; ask for %s.", typeFHIR)
	}
	return nil
}

// fhirView is the register as a request asks for it.
func (s *server) fhirView(r *http.Request) (*view, error) {
	q := r.URL.Query()
	return s.view(r.Context(), q.Get("on"), q.Get("known"))
}

func (s *server) fhirRead(w http.ResponseWriter, r *http.Request, t *fhirType) error {
	v, err := s.fhirView(r)
	if err != nil {
		return err
	}
	if s.stillStands(w, r, v) {
		return nil
	}
	id := r.PathValue("id")
	all := s.resources.of(t, v)
	i := slices.IndexFunc(all, func(x resource) bool { return x.ID == id })
	if i < 0 {
		return problem(http.StatusNotFound, "There is no %s with the id %q; search for it by identifier or name.", t.name, id)
	}
	w.Header().Set("Last-Modified", all[i].lastUpdated.UTC().Format(http.TimeFormat))
	return s.sendFHIR(w, r, http.StatusOK, all[i])
}

// stillStands answers 304 to those who have the answer.
func (s *server) stillStands(w http.ResponseWriter, r *http.Request, v *view) bool {
	q := &Asked{IfNoneMatch: r.Header.Get("If-None-Match"), url: *r.URL, accept: r.Header.Get("Accept") + " " + s.base(r)}
	status, etag, cache, vary := http.StatusOK, "", "", ""
	v.stamp(q, &status, &etag, &cache, &vary)
	h := w.Header()
	h.Set("ETag", "W/"+etag)
	h.Set("Vary", vary)
	if h.Set("Cache-Control", cache); s.Base == "" {
		h.Set("Cache-Control", "private, no-cache") // addresses in it are those of who asked
	}
	if status == http.StatusNotModified {
		w.WriteHeader(status)
		return true
	}
	return false
}

// bundle is the answer to a search.
type bundle struct {
	Type  string        `json:"resourceType"`
	Kind  string        `json:"type"`
	Total int           `json:"total"`
	Link  []bundleLink  `json:"link"`
	Entry []bundleEntry `json:"entry,omitempty"`
}

type bundleLink struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

type bundleEntry struct {
	FullURL  string            `json:"fullUrl"`
	Resource resource          `json:"resource"`
	Search   map[string]string `json:"search"`
}

const (
	usualCount = 50
	mostCount  = 1000
)

func (s *server) fhirSearch(w http.ResponseWriter, r *http.Request, t *fhirType) error {
	v, err := s.fhirView(r)
	if err != nil {
		return err
	}
	if s.stillStands(w, r, v) {
		return nil
	}
	q := r.URL.Query()
	count, page, err := fhirPaging(q)
	if err != nil {
		return err
	}
	found, used, err := t.find(s.resources.of(t, v), q, strings.Contains(r.Header.Get("Prefer"), "handling=strict"))
	if err != nil {
		return err
	}
	b := bundle{Type: "Bundle", Kind: "searchset", Total: len(found), Link: []bundleLink{}}
	used.Set("on", v.on.String())
	if q.Has("known") || len(found) > count {
		used.Set("known", v.Change.RecordedAt.Format(time.RFC3339Nano)) // the pages of a search belong together
	}
	base := s.base(r)
	to := func(relation string, n int) {
		used.Set("_count", strconv.Itoa(count))
		used.Set("_page", strconv.Itoa(n))
		b.Link = append(b.Link, bundleLink{relation, base + "/" + t.name + "?" + used.Encode()})
	}
	to("self", page)
	if count > 0 {
		last := max(1, (len(found)+count-1)/count)
		to("first", 1)
		if page > 1 && page <= last {
			to("previous", page-1)
		}
		if page < last {
			to("next", page+1)
		}
		to("last", last)
		from := min((page-1)*count, len(found))
		for _, x := range found[from:min(from+count, len(found))] {
			b.Entry = append(b.Entry, bundleEntry{base + "/" + t.name + "/" + x.ID, x, map[string]string{"mode": "match"}})
		}
	}
	return s.sendFHIR(w, r, http.StatusOK, b)
}

func fhirPaging(q url.Values) (count, page int, err error) {
	count, page = usualCount, 1
	if text := q.Get("_count"); text != "" {
		if count, err = strconv.Atoi(text); err != nil || count < 0 {
			return 0, 0, badParameter("_count", text, "it is no number of resources; 0 asks for the total alone")
		}
		count = min(count, mostCount)
	}
	if text := q.Get("_page"); text != "" {
		if page, err = strconv.Atoi(text); err != nil || page < 1 || page > 1_000_000 {
			return 0, 0, badParameter("_page", text, "it is no number of a page")
		}
	}
	return count, page, nil
}

// find gives the resources that pass every parameter, and the parameters that were
// used. Unknown ones are passed over unless the client wants to be told.
func (t *fhirType) find(all []resource, q url.Values, strict bool) ([]resource, url.Values, error) {
	used := url.Values{}
	var tests []func(*resource) (bool, error)
	for name, values := range q {
		base, modifier, _ := strings.Cut(name, ":")
		i := slices.IndexFunc(t.search, func(p fhirParameter) bool { return p.name == base })
		if i < 0 {
			if !strict || slices.Contains(fhirParameters, name) {
				continue
			}
			return nil, nil, badParameter(name, values[0], t.name+" cannot be searched by it; /fhir/metadata lists what it can be searched by")
		}
		if modifier != "" && (base != "name" || modifier != "contains" && modifier != "exact") {
			return nil, nil, badParameter(name, values[0], "the modifier is not known here")
		}
		for _, value := range values { // repeated: all must hold
			if value == "" {
				continue
			}
			used.Add(name, value)
			match, text := t.search[i].match, value
			if modifier != "" {
				text = modifier + ":" + value
			}
			tests = append(tests, func(r *resource) (bool, error) { return matchAny(match, r, text) })
		}
	}
	found := []resource{}
	for i := range all {
		ok := true
		for _, test := range tests {
			passed, err := test(&all[i])
			if err != nil {
				return nil, nil, err
			}
			ok = ok && passed
		}
		if ok {
			found = append(found, all[i])
		}
	}
	return found, used, nil
}

// base is the address under which resources are named.
func (s *server) base(r *http.Request) string {
	if s.Base != "" {
		return strings.TrimRight(s.Base, "/") + fhirPrefix
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host, Path: fhirPrefix}).String()
}

func (s *server) sendFHIR(w http.ResponseWriter, _ *http.Request, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", typeFHIR+"; charset=utf-8")
	w.WriteHeader(status)
	s.send(w, body)
	return nil
}

// outcome tells of a problem as FHIR does.
func (s *server) outcome(w http.ResponseWriter, r *http.Request, p *Problem) {
	w.Header().Del("ETag")
	w.Header().Set("Cache-Control", noStore)
	code := map[int]string{http.StatusNotFound: "not-found", http.StatusMethodNotAllowed: "not-supported", http.StatusNotAcceptable: "not-supported", http.StatusUnauthorized: "login",
		http.StatusForbidden: "forbidden", http.StatusTooManyRequests: "throttled", http.StatusUnprocessableEntity: "invalid", http.StatusServiceUnavailable: "transient"}[p.Status]
	if code == "" {
		code = "exception"
	}
	status := p.Status
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest // what FHIR has for parameters that cannot be used
	}
	err := s.sendFHIR(w, r, status, map[string]any{
		"resourceType": "OperationOutcome",
		"issue":        []map[string]any{{"severity": "error", "code": code, "diagnostics": p.Detail}},
	})
	if err != nil {
		s.Log.Error("a problem could not be told", "error", err)
	}
}

// resourceMemory keeps the resources of the last few days and states asked about:
// making those of all practices takes longer than finding one.
type resourceMemory struct {
	mu   sync.Mutex
	last []rememberedResources
}

type rememberedResources struct {
	name string
	pack *register.Pack
	on   register.Day
	list []resource
}

const mostResources = 6

// of are the resources of a type; not to be written to.
func (m *resourceMemory) of(t *fhirType, v *view) []resource {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, have := range m.last {
		if have.name == t.name && have.pack == v.Pack && have.on == v.on {
			copy(m.last[1:i+1], m.last[:i])
			m.last[0] = have
			return have.list
		}
	}
	made := rememberedResources{t.name, v.Pack, v.on, t.all(v)}
	m.last = append([]rememberedResources{made}, m.last[:min(len(m.last), mostResources-1)]...)
	return made.list
}

// capability says what can be read and searched, as the specification wants.
func capability(types []fhirType, version, base string, started time.Time) map[string]any {
	var resources []map[string]any
	for _, t := range types {
		var search []map[string]string
		for _, p := range t.search {
			search = append(search, map[string]string{"name": p.name, "type": p.kind, "documentation": p.doc})
		}
		resources = append(resources, map[string]any{
			"type": t.name, "profile": t.profile, "versioning": "versioned",
			"interaction": []map[string]string{{"code": "read"}, {"code": "search-type"}}, "searchParam": search,
		})
	}
	software := map[string]string{"name": "Remit"}
	if version != "" {
		software["version"] = version
	}
	return map[string]any{
		"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1", "format": []string{typeFHIR, "json"},
		"date": started.UTC().Format(time.RFC3339), "software": software,
		"implementation": map[string]string{"description": "The register of who commissions what, to be read", "url": base},
		"rest": []map[string]any{{"mode": "server", "resource": resources,
			"documentation": "Besides the parameters listed, on=YYYY-MM-DD asks as at a day (default: today in England) and known=DATE or time as known at a moment. _count and _page choose a part."}},
	}
}

// updated is when the register last recorded the row, and which version it was.
func (v *view) updated(table string, row register.Row) (at time.Time, m meta) {
	at = v.Change.RecordedAt
	columns := register.Columns(table)
	values := map[string]string{}
	for _, c := range append(register.Identity(table), "valid_from") {
		values[c] = row.Fields[slices.Index(columns, c)]
	}
	if f := v.Row(table, values); f != nil {
		at, m.VersionID = f.RecordedAt, fmt.Sprint(f.Version)
	}
	m.LastUpdated = at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	return at, m
}
