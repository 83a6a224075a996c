package api

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"remit/store"
)

// Options say what an API answers from.
type Options struct {
	Store *store.Store
	// Now is the clock, which gives the day asked about when none is said; nil for the system's.
	Now func() time.Time
	Log *slog.Logger // of what went wrong here; nil for the default
	// Address is who asks, for the rate limit; nil takes the other end of the
	// connection, which behind a proxy is the proxy.
	Address func(*http.Request) string
	// Base is the address of the server as others see it, for FHIR: https://remit.example.
	// Blank takes it from the request.
	Base string
	// Version of the program, for the documents that describe the API.
	Version string
	Limits  Limits // zero for the usual
}

const (
	prefix     = "/api/v1"
	fhirPrefix = "/fhir"
)

// MaxBody is the most bytes that a request may have.
const MaxBody = 1 << 20

// Limit is the most bytes that the body of a request may have: a document that is
// attached may be larger than anything else.
func Limit(r *http.Request) int64 {
	if r.Method == http.MethodPost && r.URL.Path == prefix+"/documents" {
		return store.MaxDocument
	}
	return MaxBody
}

// server is what handlers share.
type server struct {
	Options
	books  books
	limits *limiter
	// resources are those of FHIR that were asked for last.
	resources resourceMemory
	api       huma.API
	mux       *http.ServeMux
	order     []*huma.Operation // as registered
	// started is when the program began to serve this, for its capability statement.
	started time.Time
}

// New makes the handler of /api/v1/ and /fhir/.
func New(o Options) http.Handler {
	s := newServer(o)
	return s.guard(s.identify(http.HandlerFunc(s.serve)))
}

func newServer(o Options) *server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Address == nil {
		o.Address = peer
	}
	s := &server{Options: o, started: o.Now(), mux: http.NewServeMux(), limits: newLimiter(o.Limits, o.Now)}
	s.api = humago.New(s.mux, config(o.Version))
	s.api.UseMiddleware(s.permit)
	doc := s.api.OpenAPI()
	doc.OnAddOperation = append(doc.OnAddOperation, s.note)
	s.routes()
	s.describe()
	s.fhirRoutes()
	return s
}

// routes registers every address of the JSON API, in the order in which the
// reference lists them.
func (s *server) routes() {
	s.whoRoutes()
	s.serviceRoutes()
	s.organisationRoutes()
	s.instrumentRoutes()
	s.committeeRoutes()
	s.functionRoutes()
	s.eventRoutes()
	s.changeRoutes()
	s.tableRoutes()
	s.historyRoutes()
	s.proposalRoutes()
	s.auditRoutes()
	s.documentRoutes()
}

// serve hands a request to its handler, and answers itself where there is none:
// ServeMux would answer in plain text.
func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	var none nothing
	handler.ServeHTTP(&none, r)
	if allow := none.Header().Get("Allow"); none.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allow)
		s.problem(w, r, problem(none.status, "%s is not possible here; possible are %s.", r.Method, allow))
		return
	}
	s.problem(w, r, problem(http.StatusNotFound, "There is nothing at %s; %s/ lists what there is.", r.URL.Path, prefix))
}

// nothing keeps the status of a response and drops the rest.
type nothing struct {
	header http.Header
	status int
}

func (n *nothing) Header() http.Header {
	if n.header == nil {
		n.header = http.Header{}
	}
	return n.header
}
func (n *nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n *nothing) WriteHeader(status int)      { n.status = status }

// guard is around everything: headers that keep browsers from misreading what is
// sent, the size of requests, other origins, and what must never happen.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		if crossOrigin(w, r) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, Limit(r))
		if accept := r.Header.Get("Accept"); strings.Contains(accept, ";") {
			r.Header.Set("Accept", plainAccept(accept))
		}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.Log.Error("a request could not be answered", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				s.problem(w, r, internal())
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// plainAccept writes a list of types with their weights and nothing besides: the
// reader of huma falls over a parameter without a value.
func plainAccept(header string) string {
	var types []string
	for one := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(one, ";")
		name = strings.TrimSpace(name)
		for p := range strings.SplitSeq(parameters, ";") {
			if q, weighed := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); weighed && q != "" {
				name += ";q=" + q
				break
			}
		}
		types = append(types, name)
	}
	return strings.Join(types, ", ")
}

// crossOrigin lets pages of other origins read what is public, and that alone: no
// header that could carry a key is allowed. It says whether it has answered.
func crossOrigin(w http.ResponseWriter, r *http.Request) bool {
	if keyOf(r) != "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Expose-Headers", "ETag, Link, Retry-After")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Accept, If-None-Match")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
	return true
}

func isFHIR(r *http.Request) bool {
	return r.URL.Path == fhirPrefix || strings.HasPrefix(r.URL.Path, fhirPrefix+"/")
}
