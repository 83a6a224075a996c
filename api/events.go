package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/holding"
	"remit/register"
)

// Succession is an organisation that took another's place, or part of it.
type Succession struct {
	Predecessor string `json:"predecessor"`
	Successor   string `json:"successor,omitempty" doc:"Blank: nobody"`
	Kind        string `json:"kind"`
	EffectiveOn Date   `json:"effective_on"`
	Type        string `json:"type" doc:"merger, split, rename_and_reparent, ..."`
	Note        string `json:"note,omitempty"`
	Dated
}

type eventsIn struct {
	Listed
	From      string `query:"from" format:"date" example:"2025-01-01"`
	To        string `query:"to" format:"date" example:"2026-12-31"`
	Kind      string `query:"kind" enum:"law,policy,rules,plan,delegation,committee,organisation,cluster,staff"`
	ICB       string `query:"icb" maxLength:"20" doc:"Those about an ICB and its region"`
	Region    string `query:"region" maxLength:"20"`
	Programme string `query:"programme" maxLength:"100"`
}

type successionsIn struct {
	Listed
	From string `query:"from" format:"date" example:"2026-04-01"`
	To   string `query:"to" format:"date"`
	Kind string `query:"kind" maxLength:"30" example:"icb"`
	Code string `query:"code" maxLength:"20" doc:"An organisation that is predecessor or successor"`
}

func (s *server) eventRoutes() {
	many(s, huma.Operation{OperationID: "list-events", Method: http.MethodGet, Path: prefix + "/events", Tags: []string{tagNews}, Summary: "The bulletin: dated news of commissioning, done, planned and overtaken",
		Description: "Events are of all times: on has no effect here, from and to choose."},
		func(_ context.Context, in *eventsIn, v *view) ([]holding.Event, error) {
			book, err := v.book()
			if err != nil {
				return nil, err
			}
			from, to, err := period(in.From, in.To)
			if err != nil {
				return nil, err
			}
			return book.Events(holding.EventFilter{From: from, To: to, Kind: in.Kind, Region: in.Region, ICB: in.ICB, Programme: in.Programme}), nil
		})
	many(s, huma.Operation{OperationID: "list-successions", Method: http.MethodGet, Path: prefix + "/successions", Tags: []string{tagNews}, Summary: "Which organisation took another's place, and when",
		Description: "Successions are of all times: on has no effect here, from and to choose."},
		func(_ context.Context, in *successionsIn, v *view) ([]Succession, error) {
			if _, _, err := period(in.From, in.To); err != nil {
				return nil, err
			}
			return where(rows[Succession](v, "succession", register.NoDay), func(x *Succession) bool {
				return is(in.Kind, x.Kind) && (in.From == "" || string(x.EffectiveOn) >= in.From) && (in.To == "" || string(x.EffectiveOn) <= in.To) &&
					(is(in.Code, x.Predecessor) || is(in.Code, x.Successor))
			}), nil
		})
}

// period reads the ends of a period, of which both may be open.
func period(from, to string) (first, last register.Day, err error) {
	first, last = register.NoDay, register.NoDay
	if from != "" {
		if first, err = register.ParseDay(from); err != nil {
			return first, last, badParameter("from", from, "it is no date; write it YYYY-MM-DD")
		}
	}
	if to != "" {
		if last, err = register.ParseDay(to); err != nil {
			return first, last, badParameter("to", to, "it is no date; write it YYYY-MM-DD")
		}
	}
	if from != "" && to != "" && last < first {
		return first, last, badParameter("to", to, "it lies before from")
	}
	return first, last, nil
}
