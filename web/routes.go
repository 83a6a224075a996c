package web

import (
	"net/http"

	"remit/store"
)

// handler answers a request, or gives back an error for translate.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is an address, who may call it, and what answers.
type route struct {
	pattern string
	may     store.Role // the least role that may call it; anyone: nobody needs to sign in
	serve   handler
	plain   bool         // answers without the register: no date, no moment of knowledge
	limit   int64        // largest body in bytes; 0: bodyLimit
	or      []store.Role // whose holders may call it as well
}

// anyone may call a public page.
const anyone store.Role = ""

// routes lists every address of the site.
func (s *Site) routes() []route {
	all := s.publicRoutes()
	all = append(all, s.workRoutes()...)
	return all
}

func (s *Site) publicRoutes() []route {
	return []route{
		{pattern: "GET /{$}", may: anyone, serve: s.home},
		{pattern: "GET /services", may: anyone, serve: s.services},
		{pattern: "GET /services/{code}", may: anyone, serve: s.service},
		{pattern: "GET /lines/{code}", may: anyone, serve: s.line},
		{pattern: "GET /organisations", may: anyone, serve: s.organisations},
		{pattern: "GET /organisations/{code}", may: anyone, serve: s.organisation},
		{pattern: "GET /map", may: anyone, serve: s.boardMap},
		{pattern: "GET /map.svg", may: anyone, serve: s.mapFile},
		{pattern: "GET /instruments", may: anyone, serve: s.instruments},
		{pattern: "GET /instruments/{code}", may: anyone, serve: s.instrument},
		{pattern: "GET /committees", may: anyone, serve: s.committees},
		{pattern: "GET /committees/{code}", may: anyone, serve: s.committee},
		{pattern: "GET /retained", may: anyone, serve: s.retained},
		{pattern: "GET /changes", may: anyone, serve: s.changesPage},
		{pattern: "GET /bulletin", may: anyone, serve: s.bulletin},
		{pattern: "GET /bulletin.atom", may: anyone, serve: s.bulletinFeed},
		{pattern: "GET /search", may: anyone, serve: s.search},
		{pattern: "GET /data", may: anyone, serve: s.data},
		{pattern: "GET /data/{table}", may: anyone, serve: s.dataTable},
		{pattern: "GET /help", may: anyone, serve: s.help},
		{pattern: "GET /help/{page...}", may: anyone, serve: s.help},
		{pattern: "GET /glossary", may: anyone, serve: s.glossaryPage},

		{pattern: "GET /method", may: anyone, serve: s.methodList},
		{pattern: "GET /method/{method}", may: anyone, serve: s.methodShown},
		{pattern: "GET /method/{method}/chart.svg", may: anyone, serve: s.methodChart},
		{pattern: "GET /method/{method}/try", may: anyone, serve: s.tryRecord},
		{pattern: "POST /method/{method}/try", may: anyone, serve: s.tryRecord},
		{pattern: "GET /method/{method}/compare/{other}", may: anyone, serve: s.methodCompared},

		{pattern: "GET /assets/{file...}", may: anyone, plain: true, serve: s.asset},
		{pattern: "GET /healthz", may: anyone, plain: true, serve: s.healthy},
		{pattern: "GET /readyz", may: anyone, plain: true, serve: s.ready},
		{pattern: "GET /metrics", may: anyone, plain: true, serve: s.metrics},
		{pattern: "/", may: anyone, serve: s.nowhere},
	}
}
