package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/register"
)

// Function is a commissioning function: what statute gives to an owner.
type Function struct {
	Code            string `json:"code"`
	Title           string `json:"title"`
	Also            string `json:"also,omitempty" doc:"Other names"`
	Parent          string `json:"parent,omitempty"`
	Owner           string `json:"owner" doc:"Code of the body that statute gives it to"`
	LegalBasis      string `json:"legal_basis,omitempty"`
	Delegable       string `json:"delegable" enum:"yes,no,restricted"`
	Category        string `json:"category"`
	BilledDirect    string `json:"billed_direct,omitempty" doc:"Commissioned service category when its owner commissions"`
	BilledDelegated string `json:"billed_delegated,omitempty" doc:"Commissioned service category when it is delegated"`
	Note            string `json:"note,omitempty"`
	Dated
}

// Reserved is a part of a function that is kept back when the rest is delegated.
type Reserved struct {
	Code       string `json:"code"`
	Function   string `json:"function"`
	Title      string `json:"title"`
	Role       string `json:"role,omitempty"`
	ReservedTo string `json:"reserved_to"`
	Note       string `json:"note,omitempty"`
	Dated
}

// FunctionPage is a function with what is reserved of it.
type FunctionPage struct {
	Function
	Active   bool             `json:"active" doc:"Whether it is so on the day asked; otherwise this is the version nearest to it"`
	Reserved []Reserved       `json:"reserved" doc:"What stays with its owner on the day"`
	Lines    []InstrumentLine `json:"lines" doc:"The lines by which it is passed on, on the day"`
	Versions []Function       `json:"versions"`
}

type functionsIn struct {
	Listed
	Category  string `query:"category" enum:"specialised,primary_care,public_health,armed_forces,health_and_justice,nhs_england_only,other"`
	Delegable string `query:"delegable" enum:"yes,no,restricted"`
}

type functionIn struct {
	Asked
	Code string `path:"code" maxLength:"50" example:"SPEC"`
}

func (s *server) functionRoutes() {
	many(s, huma.Operation{OperationID: "list-functions", Method: http.MethodGet, Path: prefix + "/functions", Tags: []string{tagCatalogue}, Summary: "Commissioning functions, who owns them and whether they may be delegated"},
		func(_ context.Context, in *functionsIn, v *view) ([]Function, error) {
			return where(rows[Function](v, "function", v.on), func(x *Function) bool { return is(in.Category, x.Category) && is(in.Delegable, x.Delegable) }), nil
		})
	one(s, huma.Operation{OperationID: "get-function", Method: http.MethodGet, Path: prefix + "/functions/{code}", Tags: []string{tagCatalogue}, Summary: "A function with what is reserved and what is passed on"},
		func(_ context.Context, in *functionIn, v *view) (*FunctionPage, error) {
			p := FunctionPage{Versions: where(rows[Function](v, "function", register.NoDay), func(x *Function) bool { return x.Code == in.Code })}
			var ok bool
			if p.Function, p.Active, ok = version(p.Versions, v.on); !ok {
				return nil, unknown("function", in.Code)
			}
			p.Reserved = where(rows[Reserved](v, "reserved_function", v.on), func(x *Reserved) bool { return x.Function == in.Code })
			p.Lines = where(rows[InstrumentLine](v, "instrument_line", v.on), func(x *InstrumentLine) bool { return x.Function == in.Code })
			return &p, nil
		})
}
