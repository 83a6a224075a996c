package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/holding"
)

type changesIn struct {
	Listed
	From string `query:"from" format:"date" required:"true" example:"2025-03-31" doc:"The earlier day"`
	To   string `query:"to" format:"date" required:"true" example:"2025-04-01" doc:"The later day"`
	Kind string `query:"kind" enum:"organisation,holder,service,instrument,committee,team"`
}

func (s *server) changeRoutes() {
	many(s, huma.Operation{OperationID: "list-changes", Method: http.MethodGet, Path: prefix + "/changes", Tags: []string{tagNews}, Summary: "What is otherwise on one day than on another: organisations, holders, services, instruments",
		Description: "This compares two days in the world; on has no effect here. What was recorded when is in the change log."},
		func(_ context.Context, in *changesIn, v *view) ([]holding.Difference, error) {
			from, to, err := period(in.From, in.To)
			if err != nil {
				return nil, err
			}
			book, err := v.book()
			if err != nil {
				return nil, err
			}
			return where(book.Between(from, to), func(d *holding.Difference) bool { return is(in.Kind, d.Kind) }), nil
		})
}
