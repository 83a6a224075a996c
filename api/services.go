package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/register"
)

// Service is a service of the Manual.
type Service struct {
	Code      string `json:"code" doc:"Its number"`
	Title     string `json:"title"`
	Programme string `json:"programme" doc:"Programme of care"`
	Category  string `json:"category" enum:"delegated,retained_specialised,retained_highly_specialised"`
	Note      string `json:"note,omitempty"`
	Dated
}

// ServicePage is a service with what belongs to it.
type ServicePage struct {
	Service
	Active   bool      `json:"active" doc:"Whether it is so on the day asked; otherwise this is the version nearest to it"`
	Lines    []Line    `json:"lines" doc:"Its service lines on the day"`
	Sets     []string  `json:"sets" doc:"The sets of services that it is in on the day, which instruments name"`
	Versions []Service `json:"versions" doc:"What the register says of it at any time"`
}

// Line is a service line.
type Line struct {
	Code              string `json:"code"`
	Title             string `json:"title"`
	Programme         string `json:"programme"`
	Status            string `json:"status" enum:"GREEN,AMBER,RED,BLUE,NOT APPLICABLE" doc:"Green: delegated. Amber: suitable, not yet delegated. Red: retained. Blue: highly specialised."`
	Service           string `json:"service,omitempty" doc:"The service that it is part of"`
	TopUpOf           string `json:"top_up_of,omitempty"`
	Specialised       bool   `json:"specialised"`
	HighlySpecialised bool   `json:"highly_specialised"`
	MentalHealth      bool   `json:"mental_health"`
	SecondaryDental   bool   `json:"secondary_dental"`
	ArmedForces       bool   `json:"armed_forces"`
	PublicHealth      bool   `json:"public_health"`
	HealthJustice     bool   `json:"health_justice"`
	Section7A         bool   `json:"section_7a"`
	Dated
}

// LinePage is a service line with its versions.
type LinePage struct {
	Line
	Active   bool   `json:"active" doc:"Whether it is so on the day asked; otherwise this is the version nearest to it"`
	Versions []Line `json:"versions"`
}

type servicesIn struct {
	Listed
	Query     string `query:"q" maxLength:"200" doc:"Part of the code or title"`
	Programme string `query:"programme" maxLength:"100"`
	Category  string `query:"category" enum:"delegated,retained_specialised,retained_highly_specialised"`
	Set       string `query:"set" maxLength:"50" doc:"A set of services, such as SET-59"`
}

type serviceIn struct {
	Asked
	Code string `path:"code" maxLength:"50" example:"11"`
}

type linesIn struct {
	Listed
	Query     string `query:"q" maxLength:"200" doc:"Part of the code or title"`
	Status    string `query:"status" enum:"GREEN,AMBER,RED,BLUE,NOT APPLICABLE"`
	Service   string `query:"service" maxLength:"50" doc:"The number of a service"`
	Programme string `query:"programme" maxLength:"100"`
}

type lineIn struct {
	Asked
	Code string `path:"code" maxLength:"50" example:"NCBPS11B"`
}

func (s *server) serviceRoutes() {
	many(s, huma.Operation{OperationID: "list-services", Method: http.MethodGet, Path: prefix + "/services", Tags: []string{tagCatalogue}, Summary: "The prescribed specialised services"},
		func(_ context.Context, in *servicesIn, v *view) ([]Service, error) {
			set := membersOf(v, in.Set)
			return where(rows[Service](v, "service", v.on), func(x *Service) bool {
				return mentions(in.Query, x.Code, x.Title) && is(in.Programme, x.Programme) && is(in.Category, x.Category) && (in.Set == "" || set[x.Code])
			}), nil
		})
	one(s, huma.Operation{OperationID: "get-service", Method: http.MethodGet, Path: prefix + "/services/{code}", Tags: []string{tagCatalogue}, Summary: "A service with its lines"},
		func(_ context.Context, in *serviceIn, v *view) (*ServicePage, error) {
			p := ServicePage{Versions: where(rows[Service](v, "service", register.NoDay), func(x *Service) bool { return x.Code == in.Code })}
			var ok bool
			if p.Service, p.Active, ok = version(p.Versions, v.on); !ok {
				return nil, unknown("service", in.Code)
			}
			p.Lines = where(rows[Line](v, "service_line", v.on), func(x *Line) bool { return x.Service == in.Code })
			p.Sets = []string{}
			for _, m := range rows[setMember](v, "service_set", v.on) {
				if m.Service == in.Code {
					p.Sets = append(p.Sets, m.Set)
				}
			}
			return &p, nil
		})
	many(s, huma.Operation{OperationID: "list-lines", Method: http.MethodGet, Path: prefix + "/lines", Tags: []string{tagCatalogue}, Summary: "The service lines with their status"},
		func(_ context.Context, in *linesIn, v *view) ([]Line, error) {
			return where(rows[Line](v, "service_line", v.on), func(x *Line) bool {
				return mentions(in.Query, x.Code, x.Title) && is(in.Status, x.Status) && is(in.Service, x.Service) && is(in.Programme, x.Programme)
			}), nil
		})
	one(s, huma.Operation{OperationID: "get-line", Method: http.MethodGet, Path: prefix + "/lines/{code}", Tags: []string{tagCatalogue}, Summary: "A service line"},
		func(_ context.Context, in *lineIn, v *view) (*LinePage, error) {
			p := LinePage{Versions: where(rows[Line](v, "service_line", register.NoDay), func(x *Line) bool { return x.Code == in.Code })}
			var ok bool
			if p.Line, p.Active, ok = version(p.Versions, v.on); !ok {
				return nil, unknown("line", in.Code)
			}
			return &p, nil
		})
}

type setMember struct {
	Set     string `json:"set"`
	Service string `json:"service"`
	Dated
}

// membersOf are the services of a set on the day.
func membersOf(v *view, set string) map[string]bool {
	members := map[string]bool{}
	for _, m := range rows[setMember](v, "service_set", v.on) {
		if m.Set == set {
			members[m.Service] = true
		}
	}
	return members
}

func unknown(what, code string) *Problem {
	return problem(http.StatusNotFound, "The register as asked for has no %s with the code %q; %s/%ss lists them.", what, code, prefix, what)
}
