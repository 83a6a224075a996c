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
	plain   bool  // answers without the register: no date, no moment of knowledge
	limit   int64 // largest body in bytes; 0: bodyLimit
}

// anyone may call a public page.
const anyone store.Role = ""

// routes lists every address of the site.
func (s *Site) routes() []route {
	return []route{
		{pattern: "GET /{$}", may: anyone, serve: s.home},
		{pattern: "GET /services", may: anyone, serve: s.services},

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
