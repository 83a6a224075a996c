package web

import (
	"net/http"

	"remit/api"
	"remit/store"
)

// handler answers a request, or gives back an error for translate.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is an address, who may call it, and what answers.
type route struct {
	pattern string
	may     store.Role // the least role that may call it; anyone: nobody needs to sign in
	serve   handler
	// keep: what it says depends on the address and on nothing else of the request,
	// until the register or the day changes, for all who are not signed in.
	keep   bool
	plain  bool         // answers without the register: no date, no moment of knowledge
	person bool         // for people alone, not for programs with a key
	limit  int64        // largest body in bytes; 0: bodyLimit
	or     []store.Role // whose holders may call it as well
}

// anyone may call a public page, and everyone an own page, who has signed in.
const (
	anyone   store.Role = ""
	everyone store.Role = "signed in"
)

// routes lists every address of the site.
func (s *Site) routes() []route {
	all := s.publicRoutes()
	all = append(all, s.accountRoutes()...)
	all = append(all, s.contractRoutes()...)
	all = append(all, s.qualityRoutes()...)
	all = append(all, s.returnRoutes()...)
	return append(all, s.workRoutes()...)
}

func (s *Site) publicRoutes() []route {
	return []route{
		{pattern: "GET /{$}", may: anyone, keep: true, serve: s.home},
		{pattern: "GET /services", may: anyone, keep: true, serve: s.services},
		{pattern: "GET /services/{code}", may: anyone, keep: true, serve: s.service},
		{pattern: "GET /lines/{code}", may: anyone, keep: true, serve: s.line},
		{pattern: "GET /organisations", may: anyone, keep: true, serve: s.organisations},
		{pattern: "GET /organisations/{code}", may: anyone, keep: true, serve: s.organisation},
		{pattern: "GET /map", may: anyone, keep: true, serve: s.boardMap},
		{pattern: "GET /map.svg", may: anyone, keep: true, serve: s.mapFile},
		{pattern: "GET /instruments", may: anyone, keep: true, serve: s.instruments},
		{pattern: "GET /instruments/{code}", may: anyone, keep: true, serve: s.instrument},
		{pattern: "GET /committees", may: anyone, keep: true, serve: s.committees},
		{pattern: "GET /committees/{code}", may: anyone, keep: true, serve: s.committee},
		{pattern: "GET /retained", may: anyone, keep: true, serve: s.retained},
		{pattern: "GET /changes", may: anyone, keep: true, serve: s.changesPage},
		{pattern: "GET /bulletin", may: anyone, keep: true, serve: s.bulletin},
		{pattern: "GET /bulletin.atom", may: anyone, keep: true, serve: s.bulletinFeed},
		{pattern: "GET /search", may: anyone, keep: true, serve: s.search},
		{pattern: "GET /data", may: anyone, keep: true, serve: s.data},
		{pattern: "GET /data/{table}", may: anyone, keep: true, serve: s.dataTable},
		{pattern: "GET /help", may: anyone, keep: true, serve: s.help},
		{pattern: "GET /help/{page...}", may: anyone, keep: true, serve: s.help},
		{pattern: "GET /glossary", may: anyone, keep: true, serve: s.glossaryPage},

		{pattern: "GET /method", may: anyone, keep: true, serve: s.methodList},
		{pattern: "GET /method/{method}", may: anyone, keep: true, serve: s.methodShown},
		{pattern: "GET /method/{method}/chart.svg", may: anyone, keep: true, serve: s.methodChart},
		{pattern: "GET /method/{method}/try", may: anyone, serve: s.tryRecord},
		{pattern: "POST /method/{method}/try", may: anyone, serve: s.tryRecord},
		{pattern: "GET /method/{method}/compare/{other}", may: anyone, keep: true, serve: s.methodCompared},

		{pattern: "GET /budgets", may: anyone, keep: true, serve: s.budgetList},
		{pattern: "GET /budgets/{round}", may: anyone, keep: true, serve: s.budgetRound},
		{pattern: "GET /budgets/{round}/reports", may: anyone, keep: true, serve: s.budgetReports},
		{pattern: "GET /budgets/{round}/{icb}", may: anyone, keep: true, serve: s.budgetBoard},
		{pattern: "GET /pools", may: anyone, keep: true, serve: s.poolList},
		{pattern: "GET /pools/{pool}", may: anyone, keep: true, serve: s.poolShown},

		// What is under these says itself who may call it: see package api.
		{pattern: "/api/", may: anyone, plain: true, serve: s.forPrograms, limit: api.MaxBody},
		{pattern: "POST /api/v1/documents", may: anyone, plain: true, serve: s.forPrograms, limit: store.MaxDocument},
		{pattern: "/fhir/", may: anyone, plain: true, serve: s.forPrograms, limit: api.MaxBody},

		{pattern: "GET /assets/{file...}", may: anyone, plain: true, serve: s.asset},
		{pattern: "GET /healthz", may: anyone, plain: true, serve: s.healthy},
		{pattern: "GET /readyz", may: anyone, plain: true, serve: s.ready},
		{pattern: "GET /metrics", may: anyone, plain: true, serve: s.metrics},
		{pattern: "/", may: anyone, serve: s.nowhere},
	}
}
