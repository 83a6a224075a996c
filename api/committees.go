package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/register"
)

// Committee is a committee that decides, or a footprint that several ICBs share.
type Committee struct {
	Code          string `json:"code"`
	Name          string `json:"name"`
	Kind          string `json:"kind"`
	Parent        string `json:"parent,omitempty"`
	LegalBasis    string `json:"legal_basis,omitempty"`
	EstablishedBy string `json:"established_by,omitempty" doc:"Code of an instrument"`
	Region        string `json:"region,omitempty"`
	Note          string `json:"note,omitempty"`
	Dated
}

// Member is a seat on a committee.
type Member struct {
	Committee    string `json:"committee"`
	Organisation string `json:"organisation"`
	Voting       string `json:"voting" enum:"yes,no,not_established"`
	Note         string `json:"note,omitempty"`
	Dated
}

// CommitteePage is a committee with its members.
type CommitteePage struct {
	Committee
	Active   bool        `json:"active" doc:"Whether it is so on the day asked; otherwise this is the version nearest to it"`
	Members  []Member    `json:"members" doc:"Its members on the day"`
	Versions []Committee `json:"versions"`
}

// Team is a team that does the work of commissioning.
type Team struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Kind     string `json:"kind" enum:"delegated_services,retained_services,primary_care"`
	Function string `json:"function"`
	Note     string `json:"note,omitempty"`
	Dated
}

// Employer is who employs a team.
type Employer struct {
	Team       string `json:"team"`
	Employer   string `json:"employer,omitempty" doc:"Code of the organisation; blank: not established"`
	Basis      string `json:"basis" enum:"employer,support,tupe,succession"`
	Instrument string `json:"instrument,omitempty"`
	Note       string `json:"note,omitempty"`
	Dated
}

// Area is the committee or region that a team works for.
type Area struct {
	Team string `json:"team"`
	Area string `json:"area"`
	Note string `json:"note,omitempty"`
	Dated
}

// TeamPage is a team with its employers and areas.
type TeamPage struct {
	Team
	Active    bool       `json:"active" doc:"Whether it is so on the day asked; otherwise this is the version nearest to it"`
	Employers []Employer `json:"employers" doc:"Who employed it at any time"`
	Areas     []Area     `json:"areas"`
	Versions  []Team     `json:"versions"`
}

type committeesIn struct {
	Listed
	Kind   string `query:"kind" enum:"joint_with_nhs_england,joint_of_icbs,sub_committee,committees_in_common,footprint,advisory"`
	Member string `query:"member" maxLength:"50" doc:"Code of an organisation that has a seat on the day"`
}

type committeeIn struct {
	Asked
	Code string `path:"code" maxLength:"50" example:"JC-NENC"`
}

type teamsIn struct {
	Listed
	Kind     string `query:"kind" enum:"delegated_services,retained_services,primary_care"`
	Employer string `query:"employer" maxLength:"50" doc:"Code of who employs it on the day"`
}

type teamIn struct {
	Asked
	Code string `path:"code" maxLength:"50" example:"TEAM-SPEC-NENC"`
}

func (s *server) committeeRoutes() {
	many(s, huma.Operation{OperationID: "list-committees", Method: http.MethodGet, Path: prefix + "/committees", Tags: []string{tagBodies}, Summary: "Committees and footprints"},
		func(_ context.Context, in *committeesIn, v *view) ([]Committee, error) {
			of := map[string]bool{}
			for _, m := range rows[Member](v, "committee_member", v.on) {
				if is(in.Member, m.Organisation) {
					of[m.Committee] = true
				}
			}
			return where(rows[Committee](v, "committee", v.on), func(x *Committee) bool {
				return is(in.Kind, x.Kind) && (in.Member == "" || of[x.Code])
			}), nil
		})
	one(s, huma.Operation{OperationID: "get-committee", Method: http.MethodGet, Path: prefix + "/committees/{code}", Tags: []string{tagBodies}, Summary: "A committee with its members"},
		func(_ context.Context, in *committeeIn, v *view) (*CommitteePage, error) {
			p := CommitteePage{Versions: where(rows[Committee](v, "committee", register.NoDay), func(x *Committee) bool { return x.Code == in.Code })}
			var ok bool
			if p.Committee, p.Active, ok = version(p.Versions, v.on); !ok {
				return nil, unknown("committee", in.Code)
			}
			p.Members = where(rows[Member](v, "committee_member", v.on), func(x *Member) bool { return x.Committee == in.Code })
			return &p, nil
		})
	many(s, huma.Operation{OperationID: "list-teams", Method: http.MethodGet, Path: prefix + "/teams", Tags: []string{tagBodies}, Summary: "Commissioning teams"},
		func(_ context.Context, in *teamsIn, v *view) ([]Team, error) {
			of := map[string]bool{}
			for _, e := range rows[Employer](v, "team_employer", v.on) {
				if is(in.Employer, e.Employer) {
					of[e.Team] = true
				}
			}
			return where(rows[Team](v, "team", v.on), func(x *Team) bool { return is(in.Kind, x.Kind) && (in.Employer == "" || of[x.Code]) }), nil
		})
	one(s, huma.Operation{OperationID: "get-team", Method: http.MethodGet, Path: prefix + "/teams/{code}", Tags: []string{tagBodies}, Summary: "A team with its employers and areas"},
		func(_ context.Context, in *teamIn, v *view) (*TeamPage, error) {
			p := TeamPage{Versions: where(rows[Team](v, "team", register.NoDay), func(x *Team) bool { return x.Code == in.Code })}
			var ok bool
			if p.Team, p.Active, ok = version(p.Versions, v.on); !ok {
				return nil, unknown("team", in.Code)
			}
			p.Employers = where(rows[Employer](v, "team_employer", register.NoDay), func(x *Employer) bool { return x.Team == in.Code })
			p.Areas = where(rows[Area](v, "team_area", v.on), func(x *Area) bool { return x.Team == in.Code })
			return &p, nil
		})
}
