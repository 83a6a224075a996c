package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"remit/holding"
	"remit/store"
)

// Problem is an error as RFC 9457 has it: detail says in a sentence what is wrong
// and what to do, errors has each fault with its place.
type Problem struct {
	Title  string              `json:"title" doc:"What kind of problem it is: the text of the status"`
	Status int                 `json:"status" doc:"The HTTP status"`
	Detail string              `json:"detail" doc:"What is wrong here, and what to do"`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" doc:"Each fault, with its place in the request"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problems, whatever else was asked for: nobody wants a
// fault as a row of CSV.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, format string, args ...any) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

func internal() *Problem {
	return problem(http.StatusInternalServerError, "Something went wrong here. It is in the log of the server; try again, and tell who runs it if it stays.")
}

// huma is told by these variables how errors are made and worded.
func init() {
	huma.DefaultArrayNullable = false
	validation.MsgExpectedRFC3339Date = "it is no date; write it YYYY-MM-DD"
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := problem(status, "%s", message)
		for _, err := range errs {
			var d huma.ErrorDetailer
			if errors.As(err, &d) {
				p.Errors = append(p.Errors, d.ErrorDetail())
			} else if err != nil {
				p.Errors = append(p.Errors, &huma.ErrorDetail{Message: err.Error()})
			}
		}
		switch {
		case len(p.Errors) > 0 && status < http.StatusInternalServerError:
			p.Detail = faultsIn(p.Errors)
		case status >= http.StatusInternalServerError:
			return internal()
		case status == http.StatusRequestEntityTooLarge:
			p.Detail = fmt.Sprintf("The request is too large: at most %d bytes are taken, and %d of a document. Send less, in several proposals, or attach the pages that matter.", MaxBody, store.MaxDocument)
		case status == http.StatusUnsupportedMediaType:
			p.Detail = "The body is of a type that is not read here; send application/json."
		}
		return p
	}
}

// faultsIn makes a sentence of the faults of a request.
func faultsIn(faults []*huma.ErrorDetail) string {
	var list []string
	for _, f := range faults {
		if f.Location != "" {
			list = append(list, f.Location+": "+f.Message)
		} else {
			list = append(list, f.Message)
		}
	}
	return "The request cannot be used as it is: " + strings.Join(list, "; ") + ". Correct it and send it again."
}

// translate turns what went wrong into a problem for who asked. What nobody
// outside can help is logged, and not told.
func (s *server) translate(ctx context.Context, op *huma.Operation, err error) error {
	var ask *holding.AskError
	var conflict *store.ConflictError
	var refused *store.RefusedError
	var rule *store.RuleError
	var known huma.StatusError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.As(err, &ask):
		return unanswerable(ask)
	case errors.As(err, &conflict):
		return conflicting(conflict)
	case errors.As(err, &refused):
		return invalid(refused)
	case errors.As(err, &rule):
		return problem(http.StatusConflict, "%s.", upper(rule.Text))
	case errors.Is(err, store.ErrNotFound):
		return problem(http.StatusNotFound, "There is no such thing in the register; look at the list it should be in.")
	case errors.Is(err, holding.ErrNoGovernance):
		return problem(http.StatusNotFound, "The register as asked for does not say who holds which function; ask as known at a later moment.")
	case ctx.Err() != nil:
		return problem(http.StatusServiceUnavailable, "The request was given up before it was answered; try again.")
	}
	s.Log.Error("a request could not be answered", "operation", op.OperationID, "error", err)
	return internal()
}

// unanswerable tells that a question names what is unknown, or what may be one of
// several, which are listed.
func unanswerable(e *holding.AskError) *Problem {
	p := problem(http.StatusNotFound, "%s.", upper(e.Error()))
	if len(e.Candidates) == 0 {
		return p
	}
	p.Status, p.Title = http.StatusUnprocessableEntity, http.StatusText(http.StatusUnprocessableEntity)
	p.Detail = upper(e.Error()) + "; ask for one of those listed, by its code."
	for _, c := range e.Candidates {
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: c.Kind + " " + c.Code + " " + c.Name, Location: "query." + parameterOf(e.Part), Value: c.Code})
	}
	return p
}

// parameterOf is the parameter that a part of a question stands in.
func parameterOf(part string) string {
	if part == "population" {
		return "for"
	}
	return part
}

func conflicting(e *store.ConflictError) *Problem {
	p := problem(http.StatusConflict, "Somebody else has changed what this rests on. Look at the facts as they are now, and propose again.")
	for i := range e.Conflicts {
		c := &e.Conflicts[i]
		d := &huma.ErrorDetail{Message: c.String(), Location: "body.edits"}
		if c.Now != nil {
			d.Value = c.Now
		}
		p.Errors = append(p.Errors, d)
	}
	return p
}

func invalid(e *store.RefusedError) *Problem {
	p := problem(http.StatusUnprocessableEntity, "The register would not be valid with this. Correct what is listed and send it again.")
	for _, f := range e.Faults {
		d := &huma.ErrorDetail{Message: f.Text, Location: "body.edits"}
		if f.Edit >= 0 {
			d.Location = fmt.Sprintf("body.edits[%d]", f.Edit)
		}
		if f.Register != nil && f.Register.Column != "" {
			d.Location, d.Value = d.Location+".after."+f.Register.Column, f.Register.Value
		}
		p.Errors = append(p.Errors, d)
	}
	return p
}

// problem writes a problem where huma does not: before a handler was found.
func (s *server) problem(w http.ResponseWriter, r *http.Request, p *Problem) {
	if isFHIR(r) {
		s.outcome(w, r, p)
		return
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.Log.Debug("a problem could not be sent", "error", err)
	}
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimRight(s[1:], ".")
}
