package web

import (
	"net/http"
	"slices"
	"strings"

	"remit/intake"
	"remit/store"
)

// contractRoutes are the addresses of contract monitoring. What they show is of
// patients or of money that is not public: colleagues alone see it, and those of
// a provider that provider's alone.
func (s *Site) contractRoutes() []route {
	return []route{
		{pattern: "GET /contracts", may: store.Reader, or: colleagues, serve: s.contracts},
		{pattern: "GET /contracts/{provider}", may: store.Reader, or: colleagues, serve: s.providerContract},
		{pattern: "GET /contracts/{provider}/{year}", may: store.Reader, or: colleagues, serve: s.providerContract},
		{pattern: "GET /contracts/{provider}/{year}/identities", may: store.Reader, or: colleagues, serve: s.identities},
		{pattern: "GET /contracts/{provider}/{year}/settlement", may: store.Reader, or: colleagues, serve: s.settlement},
		{pattern: "GET /contracts/{provider}/{year}/settlement/{contract}/{element}/{month}", may: store.Reader, or: colleagues, serve: s.settlementLine},
		{pattern: "GET /flows", may: store.Reader, or: colleagues, serve: s.flows},
		{pattern: "GET /challenges", may: store.Reader, or: colleagues, serve: s.challenges},
		{pattern: "POST /challenges", may: store.Editor, serve: s.raiseDrafts},
		{pattern: "GET /challenges/new", may: store.Editor, serve: s.newChallenges},
		{pattern: "POST /challenges/new", may: store.Editor, serve: s.findChallenges},
		{pattern: "GET /challenges/bundle", may: store.Reader, or: colleagues, serve: s.challengeBundle},
		{pattern: "GET /challenges/{id}", may: store.Reader, or: colleagues, serve: s.challenge},
		{pattern: "POST /challenges/{id}", may: store.Editor, serve: s.stepChallenge},
		{pattern: "GET /what-if", may: store.Reader, or: colleagues, serve: s.whatifs},
		{pattern: "POST /what-if", may: store.Editor, serve: s.suppose},
		{pattern: "GET /what-if/{name}", may: store.Reader, or: colleagues, serve: s.whatifShown},
		{pattern: "GET /submissions", may: store.Reader, or: colleagues, serve: s.submissions},
		{pattern: "GET /submissions/new", may: store.Editor, serve: s.newSubmission},
		{pattern: "POST /submissions/new", may: store.Editor, serve: s.loadSubmission, limit: s.uploadLimit + formLimit},
		{pattern: "GET /loads/{load}", may: store.Editor, serve: s.loadingSubmission},
		{pattern: "GET /submissions/{id}", may: store.Reader, or: colleagues, serve: s.submission},
		{pattern: "GET /submissions/{id}/original", may: store.Reader, or: colleagues, serve: s.submissionOriginal},
		{pattern: "GET /submissions/{id}/reply.html", may: store.Reader, or: colleagues, serve: s.submissionReply},
		{pattern: "GET /submissions/{id}/reply.csv", may: store.Reader, or: colleagues, serve: s.submissionReplyRows},
		{pattern: "GET /submissions/{id}/changes", may: store.Reader, or: colleagues, serve: s.submissionChanges},
		{pattern: "GET /submissions/{id}/changes.csv", may: store.Reader, or: colleagues, serve: s.submissionChangedRows},
		{pattern: "GET /submissions/{id}/rows", may: store.Reader, or: colleagues, serve: s.submissionRows},
		{pattern: "GET /submissions/{id}/rows/{row}", may: store.Reader, or: colleagues, serve: s.submissionRow},
	}
}

// errNoLedger says that there is no data directory for submissions.
var errNoLedger = &problem{http.StatusConflict, "There are no submissions here", "This Remit was started without a data directory.", "Ask whoever runs it to name one with --data."}

// ownProvider is the provider to which the reader is held, blank for none: those
// whose organisation is a provider see that provider's contracts alone.
func ownProvider(a *Asked) string {
	code := a.Account.Organisation
	if code == "" {
		return ""
	}
	if table, _, ok := a.Register.organisation(code, a.On); ok && table == "provider" {
		return code
	}
	return ""
}

// mayProvider says whether the reader may see a provider's contracts.
func mayProvider(a *Asked, provider string) bool {
	own := ownProvider(a)
	return own == "" || own == provider
}

// maySubmission says whether the reader may see that a submission came and what
// was found: people of a provider where all of it is theirs.
func maySubmission(a *Asked, sub *intake.Submission) bool {
	own := ownProvider(a)
	return own == "" || sub.Wholly(own)
}

// mayRows says whether the reader may see the rows of a submission: the people of
// the organisation that loaded it, and of the provider whose it is.
func mayRows(a *Asked, sub *intake.Submission) bool {
	own := ownProvider(a)
	return sub.LoadedFor == a.Account.Organisation || own != "" && sub.Wholly(own)
}

// contractView is the view of the ledger, with the conditions that hold for the reader.
func (s *Site) contractView(r *http.Request) (*intake.View, []intake.Where, error) {
	if s.ledger == nil {
		return nil, nil, errNoLedger
	}
	if err := s.ledger.Refresh(); err != nil {
		return nil, nil, err
	}
	v, err := s.ledger.View(r.Context())
	if err != nil {
		return nil, nil, err
	}
	var where []intake.Where
	if own := ownProvider(asked(r)); own != "" {
		where = append(where, intake.Is(intake.Provider, own))
	}
	return v, where, nil
}

// basisOf is the basis that the address asks for.
func basisOf(r *http.Request) intake.Basis {
	b := intake.Basis(r.URL.Query().Get("basis"))
	if slices.Contains(intake.Bases, b) {
		return b
	}
	return intake.Patient
}

var feedWords = map[intake.Basis]string{
	intake.Patient: "patient-level contract monitoring", intake.Aggregate: "aggregate contract monitoring", intake.Planned: "activity plans", intake.Hospital: "extracts of hospital activity",
}

// basisLinks lead to the same page on another basis.
func basisLinks(r *http.Request) []link {
	a := asked(r)
	var list []link
	for _, b := range intake.Bases {
		if b != basisOf(r) {
			list = append(list, link{"By " + feedWords[b], a.with("basis", string(b), "page", "", "format", "")})
		}
	}
	return list
}

// yearText writes 202526 as 2025/26.
func yearText(year string) string {
	if len(year) != 6 {
		return year
	}
	return year[:4] + "/" + year[4:]
}

// yearKey reads 2025-26, 2025/26 or 202526.
func yearKey(text string) string {
	return strings.NewReplacer("-", "", "/", "").Replace(text)
}

func contractAddress(provider, year string) string {
	if len(year) == 6 {
		year = year[:4] + "-" + year[4:]
	}
	return "/contracts/" + provider + "/" + year
}
