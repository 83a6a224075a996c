package web

import "net/http"

func (s *Site) home(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, view{Page: "home", Place: "/", Title: "Which service, for whom, when?", Dated: true})
}
