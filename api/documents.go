package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"remit/store"
)

type documentIn struct {
	Hash string `path:"hash" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the content"`
}

type documentOut struct {
	CacheControl string         `header:"Cache-Control"`
	Body         store.Document // its content is for people who have signed in
}

func (s *server) documentRoutes() {
	add(s, only(toRead, huma.Operation{OperationID: "get-document", Method: http.MethodGet, Path: prefix + "/documents/{hash}", Tags: []string{tagOffice}, Summary: "What a document is called, of what type and size, and who attached it when"}),
		func(ctx context.Context, in *documentIn) (*documentOut, error) {
			d, err := s.Store.Document(ctx, in.Hash)
			return &documentOut{noStore, d}, err
		})
}
