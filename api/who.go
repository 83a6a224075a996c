package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/holding"
)

const (
	tagAsk       = "Who holds what"
	tagCatalogue = "Services and functions"
	tagBodies    = "Organisations, committees and teams"
	tagAuthority = "Instruments"
	tagNews      = "What changed"
	tagFacts     = "Facts and their history"
	tagWork      = "Proposals"
	tagOffice    = "Audit and documents"
)

type whoIn struct {
	Asked
	Service  string `query:"service" required:"true" minLength:"1" maxLength:"200" example:"11" doc:"A service by its number, a service line by its code, a function such as DENT, or a name or part of one"`
	For      string `query:"for" maxLength:"200" example:"QMJ" doc:"For whom: an ICB, sub-ICB location, practice, postcode, provider or region by code or name. Default: England."`
	Provider string `query:"provider" maxLength:"200" doc:"Where care is given, when whom to bill depends on it"`
	Role     string `query:"role" enum:"accountable,responsible,decides,contracts,pays,employs,sets_standard,assures" doc:"Only this role"`
}

// Answer is the answer to who commissions what: the object that remit who --json
// prints.
type Answer struct{ holding.Answer }

// TransformSchema says that there may be nobody to bill.
func (Answer) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["bill_to"] = &huma.Schema{AnyOf: []*huma.Schema{s.Properties["bill_to"], {Type: "null"}}, Description: "Whom a provider bills, when one payer follows"}
	return s
}

func (s *server) whoRoutes() {
	one(s, huma.Operation{OperationID: "who", Method: http.MethodGet, Path: prefix + "/who", Tags: []string{tagAsk},
		Summary:     "Who commissions a service, for whom, since when and on what authority",
		Description: "The answer is one sentence; then each role with its holder and what it rests on, what changed before, what is planned, and whom a provider bills. It is the object that remit who --json prints."},
		func(_ context.Context, in *whoIn, v *view) (*Answer, error) {
			book, err := v.book()
			if err != nil {
				return nil, err
			}
			a, err := book.Who(holding.Question{Service: in.Service, For: in.For, Provider: in.Provider, On: v.on, Role: holding.Role(in.Role)})
			if err != nil {
				return nil, err
			}
			return &Answer{*a}, nil
		})
}
