package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/holding"
	"remit/register"
)

// Instrument is what a holding rests on: an agreement, a direction, an act.
type Instrument struct {
	Code          string `json:"code"`
	Title         string `json:"title"`
	Kind          string `json:"kind" doc:"delegation_specialised, joint_working, collaboration, ..."`
	State         string `json:"state" doc:"in_force, planned, deferred, superseded, ..."`
	LegalBasis    string `json:"legal_basis,omitempty"`
	Parent        string `json:"parent,omitempty"`
	EffectiveFrom Date   `json:"effective_from"`
	EffectiveTo   Date   `json:"effective_to"`
	SupersededBy  string `json:"superseded_by,omitempty"`
	Publication   string `json:"publication,omitempty"`
	Note          string `json:"note,omitempty"`
	Dated
}

// Party is a party to an instrument.
type Party struct {
	Instrument string `json:"instrument"`
	Party      string `json:"party" doc:"Code of the organisation"`
	Role       string `json:"role" enum:"delegator,delegate,member,host,other"`
	ApprovedOn Date   `json:"approved_on"`
	Signed     string `json:"signed" enum:"yes,no,inferred,not_needed"`
	SignedOn   Date   `json:"signed_on"`
	Note       string `json:"note,omitempty"`
	Dated
}

// InstrumentLine passes a function on, or part of it, for some services and people.
type InstrumentLine struct {
	Instrument string `json:"instrument"`
	Line       string `json:"line"`
	Function   string `json:"function"`
	Services   string `json:"services,omitempty" doc:"The set of services; blank for all of the function"`
	Delegator  string `json:"delegator,omitempty"`
	Delegate   string `json:"delegate"`
	Population string `json:"population" enum:"responsible,members,england"`
	Mode       string `json:"mode" enum:"by,jointly,committee,transfer"`
	Basis      string `json:"basis"`
	Note       string `json:"note,omitempty"`
	Dated
}

// InstrumentPage is an instrument with its parties, lines and states.
type InstrumentPage struct {
	Instrument
	Active   bool             `json:"active" doc:"Whether there is a version for the day asked; otherwise this is the one nearest to it"`
	Parties  []Party          `json:"parties"`
	Lines    []InstrumentLine `json:"lines" doc:"Its lines at any time"`
	Terms    []holding.Term   `json:"terms" doc:"Conditions and guidance on which it passes functions on, on the day"`
	Versions []Instrument     `json:"versions" doc:"The states that it was in"`
}

type instrumentsIn struct {
	Listed
	Kind  string `query:"kind" maxLength:"50"`
	State string `query:"state" maxLength:"50" example:"in_force"`
	Party string `query:"party" maxLength:"50" doc:"Code of an organisation that is party to it on the day"`
	Query string `query:"q" maxLength:"200" doc:"Part of the code or title"`
}

type instrumentIn struct {
	Asked
	Code string `path:"code" maxLength:"50" example:"JWA-NENC"`
}

type instrumentLinesIn struct {
	Listed
	Instrument string `query:"instrument" maxLength:"50" doc:"Code of an instrument"`
	Function   string `query:"function" maxLength:"50"`
	Delegate   string `query:"delegate" maxLength:"50" doc:"Who receives"`
	Delegator  string `query:"delegator" maxLength:"50" doc:"Who passes on"`
}

func (s *server) instrumentRoutes() {
	many(s, huma.Operation{OperationID: "list-instruments", Method: http.MethodGet, Path: prefix + "/instruments", Tags: []string{tagAuthority}, Summary: "Agreements, directions and acts with their state on the day"},
		func(_ context.Context, in *instrumentsIn, v *view) ([]Instrument, error) {
			of := map[string]bool{}
			for _, p := range rows[Party](v, "instrument_party", v.on) {
				if is(in.Party, p.Party) {
					of[p.Instrument] = true
				}
			}
			return where(rows[Instrument](v, "instrument", v.on), func(x *Instrument) bool {
				return is(in.Kind, x.Kind) && is(in.State, x.State) && mentions(in.Query, x.Code, x.Title) && (in.Party == "" || of[x.Code])
			}), nil
		})
	one(s, huma.Operation{OperationID: "get-instrument", Method: http.MethodGet, Path: prefix + "/instruments/{code}", Tags: []string{tagAuthority}, Summary: "An instrument with its parties, lines, terms and states"},
		func(_ context.Context, in *instrumentIn, v *view) (*InstrumentPage, error) {
			p := InstrumentPage{Versions: where(rows[Instrument](v, "instrument", register.NoDay), func(x *Instrument) bool { return x.Code == in.Code })}
			var ok bool
			if p.Instrument, p.Active, ok = version(p.Versions, v.on); !ok {
				return nil, unknown("instrument", in.Code)
			}
			p.Parties = where(rows[Party](v, "instrument_party", register.NoDay), func(x *Party) bool { return x.Instrument == in.Code })
			p.Lines = where(rows[InstrumentLine](v, "instrument_line", register.NoDay), func(x *InstrumentLine) bool { return x.Instrument == in.Code })
			book, err := v.book()
			if err != nil {
				return nil, err
			}
			p.Terms = book.Terms(in.Code, v.on)
			return &p, nil
		})
	many(s, huma.Operation{OperationID: "list-instrument-lines", Method: http.MethodGet, Path: prefix + "/instrument-lines", Tags: []string{tagAuthority}, Summary: "The lines by which functions are passed on, on the day"},
		func(_ context.Context, in *instrumentLinesIn, v *view) ([]InstrumentLine, error) {
			return where(rows[InstrumentLine](v, "instrument_line", v.on), func(x *InstrumentLine) bool {
				return is(in.Instrument, x.Instrument) && is(in.Function, x.Function) && is(in.Delegate, x.Delegate) && is(in.Delegator, x.Delegator)
			}), nil
		})
}
