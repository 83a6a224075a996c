package web

import (
	"fmt"
	"net/http"
	"time"
)

// healthy says that the program runs.
func (s *Site) healthy(w http.ResponseWriter, _ *http.Request) error {
	return plainly(w, http.StatusOK, "healthy\n")
}

// ready says whether pages can be served: the database answers and the register
// can be read.
func (s *Site) ready(w http.ResponseWriter, r *http.Request) error {
	err := s.store.Ping(r.Context())
	if err == nil {
		_, err = s.knownAt(r.Context(), time.Time{})
	}
	if err != nil {
		s.log.LogAttrs(r.Context(), slogError, "not ready", errAttr(err))
		return plainly(w, http.StatusServiceUnavailable, "not ready: the register cannot be read\n")
	}
	return plainly(w, http.StatusOK, "ready\n")
}

func plainly(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := fmt.Fprint(w, text)
	return err
}
