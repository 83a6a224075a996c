package web

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const slogError = slog.LevelError

func errAttr(err error) slog.Attr         { return slog.String("error", err.Error()) }
func routeAttr(r *http.Request) slog.Attr { return slog.String("route", r.Pattern) }

// meter counts requests for Prometheus.
type meter struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	show     http.Handler
}

func newMeter(program string) *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "remit_http_request_duration_seconds", Help: "Time to answer, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "remit_http_requests_in_flight", Help: "Requests being answered."}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "remit_build_info", Help: "1, with the version of the program.",
		ConstLabels: prometheus.Labels{"program": program}})
	build.Set(1)
	m.registry.MustRegister(m.seconds, m.inFlight, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.show = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
	return m
}

// measure logs and counts every request, by its route and not by its address:
// what people ask, and who they are, is in neither.
func (s *Site) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.meter.inFlight.Inc()
		seen := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			s.meter.inFlight.Dec()
			if fault := recover(); fault != nil {
				if fault == http.ErrAbortHandler {
					panic(fault)
				}
				s.log.LogAttrs(r.Context(), slogError, "request panicked", slog.Any("fault", fault), routeAttr(r))
				if !seen.wrote {
					http.Error(seen, "Sorry, there is a problem with the service. Try again in a minute.", http.StatusInternalServerError)
				}
			}
			took := time.Since(began)
			s.meter.seconds.WithLabelValues(r.Pattern, strconv.Itoa(seen.status)).Observe(took.Seconds())
			s.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), routeAttr(r),
				slog.Int("status", seen.status), slog.Int64("bytes", seen.bytes), slog.Duration("took", took))
		}()
		next.ServeHTTP(seen, r)
	})
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	wrote  bool
}

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.wrote = true
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (s *Site) metrics(w http.ResponseWriter, r *http.Request) error {
	s.meter.show.ServeHTTP(w, r)
	return nil
}
