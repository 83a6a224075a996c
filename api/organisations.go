package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"remit/holding"
	"remit/register"
)

// Organisation is an organisation of any kind. Which fields it has depends on its
// kind.
type Organisation struct {
	Code          string `json:"code"`
	Name          string `json:"name"`
	Kind          string `json:"kind" doc:"Which table it is in: region, icb, sub_icb, reporting_entity, hub, health_board, provider, practice, armed_forces_practice, justice_facility or body"`
	Type          string `json:"type,omitempty" doc:"What it is within its kind: foundation_trust, national_body, ..."`
	ShortName     string `json:"short_name,omitempty"`
	Region        string `json:"region,omitempty"`
	ICB           string `json:"icb,omitempty" doc:"The integrated care board that it is part of or stands in"`
	SubICB        string `json:"sub_icb,omitempty"`
	Commissioner  string `json:"commissioner,omitempty"`
	Postcode      string `json:"postcode,omitempty"`
	ONSCode       string `json:"ons_code,omitempty" doc:"Code of the Office for National Statistics"`
	DelegatedFrom Date   `json:"delegated_from,omitempty" doc:"Since when it exercises delegated specialised functions"`
	Country       string `json:"country,omitempty"`
	Status        string `json:"status,omitempty"`
	Note          string `json:"note,omitempty"`
	Dated
}

// OrganisationPage is an organisation with its versions and neighbours.
type OrganisationPage struct {
	Organisation
	Active       bool               `json:"active" doc:"Whether it is so on the day asked; otherwise this is the version nearest to it"`
	Versions     []Organisation     `json:"versions"`
	Predecessors []register.Related `json:"predecessors"`
	Successors   []register.Related `json:"successors"`
	Parts        []register.Related `json:"parts" doc:"Organisations that belong to it on the day"`
}

// kinds of organisations, which are the tables that they are in.
var kinds = []string{"region", "icb", "sub_icb", "reporting_entity", "hub", "health_board", "provider", "practice", "armed_forces_practice", "justice_facility", "body"}

// anyICB stands in instruments for whichever ICB is responsible, and is nobody.
const anyICB = "any_icb"

// organisations are those of one kind on a day, or of any time for NoDay.
func organisations(v *view, kind string, on register.Day) []Organisation {
	list := rows[Organisation](v, kind, on)
	at := slices.Index(register.Columns(kind), "kind")
	i := 0
	for row := range v.Pack.Rows(kind) {
		if on != register.NoDay && (on < row.From || on > row.To) {
			continue
		}
		list[i].Kind = kind
		if at >= 0 {
			list[i].Type = row.Fields[at]
		}
		if kind == "justice_facility" {
			list[i].Code = row.Fields[0]
		}
		i++
	}
	return where(list, func(x *Organisation) bool { return x.Type != anyICB })
}

type organisationsIn struct {
	Listed
	Kind   string `query:"kind" enum:"region,icb,sub_icb,reporting_entity,hub,health_board,provider,practice,armed_forces_practice,justice_facility,body" doc:"Only those of a kind. Default: all but practices and prisons."`
	Query  string `query:"q" maxLength:"200" doc:"Part of the code or name"`
	ICB    string `query:"icb" maxLength:"20" doc:"The integrated care board that they are part of or stand in"`
	Region string `query:"region" maxLength:"20"`
}

type organisationIn struct {
	Asked
	Code string `path:"code" maxLength:"50" example:"QMJ"`
}

type holdsIn struct {
	Listed
	Code string `path:"code" maxLength:"50" example:"QMJ"`
	Role string `query:"role" enum:"accountable,responsible,decides,contracts,pays,employs,sets_standard,assures" doc:"Only what it holds in this role"`
}

type retainedIn struct{ Listed }

func (s *server) organisationRoutes() {
	many(s, huma.Operation{OperationID: "list-organisations", Method: http.MethodGet, Path: prefix + "/organisations", Tags: []string{tagBodies}, Summary: "Organisations of all kinds"},
		func(_ context.Context, in *organisationsIn, v *view) ([]Organisation, error) {
			of := []string{in.Kind}
			if in.Kind == "" {
				of = slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return strings.HasSuffix(k, "practice") || k == "justice_facility" })
			}
			list := []Organisation{}
			for _, kind := range of {
				list = append(list, organisations(v, kind, v.on)...)
			}
			return where(list, func(x *Organisation) bool {
				return mentions(in.Query, x.Code, x.Name) && is(in.ICB, x.ICB) && is(in.Region, x.Region)
			}), nil
		})
	one(s, huma.Operation{OperationID: "get-organisation", Method: http.MethodGet, Path: prefix + "/organisations/{code}", Tags: []string{tagBodies}, Summary: "An organisation with its versions, predecessors, successors and parts"},
		func(_ context.Context, in *organisationIn, v *view) (*OrganisationPage, error) {
			p := OrganisationPage{Versions: []Organisation{}}
			for _, kind := range kinds {
				p.Versions = append(p.Versions, where(organisations(v, kind, register.NoDay), func(x *Organisation) bool { return x.Code == in.Code })...)
			}
			var ok bool
			if p.Organisation, p.Active, ok = version(p.Versions, v.on); !ok {
				return nil, unknown("organisation", in.Code)
			}
			d := v.Pack.Describe(in.Code, v.on)
			p.Predecessors, p.Successors, p.Parts = d.Predecessors, d.Successors, d.Children
			return &p, nil
		})
	many(s, huma.Operation{OperationID: "list-holdings", Method: http.MethodGet, Path: prefix + "/organisations/{code}/holdings", Tags: []string{tagAsk},
		Summary: "Everything that an organisation, committee or body holds on a day, and in which roles"},
		func(_ context.Context, in *holdsIn, v *view) ([]holding.Held, error) {
			book, err := v.book()
			if err != nil {
				return nil, err
			}
			list, err := book.Holds(in.Code, v.on)
			return where(list, func(h *holding.Held) bool { return in.Role == "" || slices.Contains(h.Roles, holding.Role(in.Role)) }), err
		})
	many(s, huma.Operation{OperationID: "list-retained-services", Method: http.MethodGet, Path: prefix + "/retained-services", Tags: []string{tagAsk},
		Summary: "Everything that NHS England, or whoever owns a function, commissions itself on a day"},
		func(_ context.Context, _ *retainedIn, v *view) ([]holding.Held, error) {
			book, err := v.book()
			if err != nil {
				return nil, err
			}
			return book.Retained(v.on), nil
		})
}
