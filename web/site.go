package web

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"remit/api"
	"remit/assign"
	"remit/challenge"
	"remit/intake"
	"remit/price"
	"remit/register"
	"remit/store"
	"remit/submission"
)

// Options are what a site is made of.
type Options struct {
	Store   *store.Store
	Program string // name and version
	// UploadLimit is the largest file of activity that is taken, in bytes; 0: UploadLimit.
	UploadLimit int64
	// Parquet reads files in that format; nil: they are refused.
	Parquet assign.Parquet
	Log     *slog.Logger
	// Ledger holds the submissions of providers; nil: there are no pages about contracts.
	// Rules and Prices are what files are taken in with.
	Ledger *intake.Ledger
	Rules  *submission.Rules
	Prices *price.Library
	// Now is the clock; nil for the system's. Pages that name no date show the
	// day that it says.
	Now func() time.Time

	// PublicURL is where people find the site, such as https://remit.example.nhs.uk;
	// blank when it is only where it listens.
	PublicURL string
	// BehindProxy says that every request comes through a proxy that speaks TLS and
	// adds the address of the client to X-Forwarded-For.
	BehindProxy bool
	OIDC        OIDC

	// Budgets has the organisation's own rounds and pools, in directories rounds and pools; nil: there
	// are samples alone.
	Budgets fs.FS
	// DataDir has populations and rules of the organisation's own; blank: there are none.
	DataDir string

	// Quality is what pages on quality rest on; without its metrics, what ships.
	Quality Quality
}

// Site is the web application. It is safe for concurrent use.
type Site struct {
	store   *store.Store
	program string
	log     *slog.Logger
	now     func() time.Time
	pages   *pages
	memory  memory
	kept    keptPages
	charts  charts
	ahead   atomic.Bool // what pages will need is worked out before they are asked for
	meter   *meter

	verifying   sync.Mutex // one reading of the whole audit log at a time
	runs        *runner
	uploadLimit int64
	parquet     assign.Parquet
	ledger      *intake.Ledger
	rules       *submission.Rules
	prices      *price.Library
	intaking    sync.Mutex // one file is taken in at a time
	loads       loads
	patience    time.Duration // with which an answer waits for a load

	judging      sync.Mutex
	challengeSet *challenge.Rules // as first read

	handler http.Handler
	api     http.Handler // for programs

	publicURL   string
	behindProxy bool
	first       firstLink
	identity    *identity // nil: no OpenID Connect
	limits      limits

	ownBudgets  fs.FS
	budgetFiles keptFiles
	spending    spending
	dataDir     string
	equity      equityDesk

	quality    Quality
	dashboards dashboards
}

// New makes the site. Its store must be open and have something in it.
func New(o Options) (*Site, error) {
	if o.Store == nil {
		return nil, errors.New("a site needs a store")
	}
	s := &Site{store: o.Store, program: o.Program, log: o.Log, now: o.Now}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.publicURL, s.behindProxy, s.limits = strings.TrimRight(o.PublicURL, "/"), o.BehindProxy, newLimits()
	s.ownBudgets, s.dataDir = o.Budgets, o.DataDir
	var err error
	if s.identity, err = newIdentity(o.OIDC, s.publicURL); err != nil {
		return nil, err
	}
	if s.pages, err = readPages(); err != nil {
		return nil, err
	}
	s.meter = newMeter(s.program)
	noPassword()
	s.api = api.New(api.Options{Store: s.store, Now: s.now, Log: s.log, Address: s.client, Base: s.publicURL, Version: s.program})
	s.runs, s.uploadLimit, s.parquet = newRunner(), cmp.Or(o.UploadLimit, UploadLimit), o.Parquet
	s.ledger, s.rules, s.prices = o.Ledger, o.Rules, o.Prices
	s.loads.by, s.patience = map[string]*load{}, loadPatience
	if s.quality = o.Quality; s.quality.Metrics == nil {
		if s.quality, err = shippedQuality(); err != nil {
			return nil, err
		}
	}
	if s.handler, err = s.assemble(); err != nil {
		return nil, err
	}
	return s, nil
}

// ServeHTTP serves every address of the site.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// assemble puts the routes behind what every request passes through.
func (s *Site) assemble() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, rt := range s.routes() {
		mux.Handle(rt.pattern, s.serve(rt))
	}
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(gzipLevel), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		return nil, err
	}
	// A form on another site cannot post here.
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(s.serve(route{serve: func(http.ResponseWriter, *http.Request) error { return errOrigin }}))
	return s.measure(secure(compress(origin.Handler(mux)))), nil
}

// forPrograms hands a request to the API, which writes its own errors.
func (s *Site) forPrograms(w http.ResponseWriter, r *http.Request) error {
	s.api.ServeHTTP(w, r)
	return nil
}

// bodyLimit is the largest body of a request whose route does not say otherwise.
const bodyLimit = 64 << 10

// serve makes a handler of a route: it limits the body, works out what was
// asked, and translates the error.
func (s *Site) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(rt.limit, bodyLimit))
		if !rt.plain {
			asked, err := s.ask(r)
			r = r.WithContext(withAsked(r.Context(), asked))
			if err != nil {
				s.translate(w, r, err)
				return
			}
			if err = s.recognise(w, r, asked); err == nil {
				err = admit(rt, r, asked)
			}
			if err != nil {
				s.translate(w, r, err)
				return
			}
		}
		answer := rt.serve
		if a := asked(r); rt.keep && a.Account == nil && a.Flash == "" {
			answer = func(w http.ResponseWriter, r *http.Request) error { return s.serveKept(w, r, rt.serve) }
		}
		if err := answer(w, r); err != nil {
			s.translate(w, r, err)
		}
	})
}

// today is the day in England on the site's clock.
func (s *Site) today() register.Day { return register.DayOf(s.now()) }
