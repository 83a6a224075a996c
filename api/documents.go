package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"remit/store"
)

type documentIn struct {
	Hash string `path:"hash" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the content"`
}

type documentOut struct {
	CacheControl string `header:"Cache-Control"`
	Location     string `header:"Location"`
	Body         store.Document
}

type documentsIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Page  int `query:"page" minimum:"1" maximum:"1000000" default:"1"`
}

// Documents are a part of all documents.
type Documents struct {
	Items []store.Document `json:"items"`
	Total int              `json:"total"`
}

type documentsOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         Documents
}

type attachIn struct {
	Name    string `query:"name" required:"true" minLength:"1" maxLength:"200" example:"minutes.txt" doc:"What the file is called"`
	Type    string `header:"Content-Type" hidden:"true"`
	RawBody []byte `contentType:"application/octet-stream" required:"true" doc:"The file as it is: PDF, PNG, JPEG, XLSX, DOCX, CSV or plain text, of up to 20 MB. What it is follows from its content."`
}

func (s *server) documentRoutes() {
	at := prefix + "/documents"
	add(s, only(toRead, huma.Operation{OperationID: "list-documents", Method: http.MethodGet, Path: at, Tags: []string{tagOffice}, Summary: "Documents that were attached, the latest first"}),
		func(ctx context.Context, in *documentsIn) (*documentsOut, error) {
			all, err := s.Store.Documents(ctx)
			from := min((in.Page-1)*in.Limit, len(all))
			return &documentsOut{noStore, Documents{some(all[from:min(from+in.Limit, len(all))]), len(all)}}, err
		})
	add(s, only(toPropose, huma.Operation{OperationID: "attach-document", Method: http.MethodPost, Path: at, DefaultStatus: http.StatusCreated, Tags: []string{tagOffice}, MaxBodyBytes: store.MaxDocument,
		Summary: "Attach a document as evidence; proposals name it by its hash", Description: "The same file attached twice is one document. Documents about patients have no place here.",
		Errors: []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}}),
		func(ctx context.Context, in *attachIn) (*documentOut, error) {
			if in.Type != "application/octet-stream" {
				return nil, problem(http.StatusUnsupportedMediaType, "A document is sent as it is, with the type application/octet-stream; what it is follows from its content.")
			}
			d, err := s.Store.Attach(ctx, callerOf(ctx).account.Name, in.Name, bytes.NewReader(in.RawBody))
			return &documentOut{noStore, at + "/" + d.Hash, d}, err
		})
	add(s, only(toRead, huma.Operation{OperationID: "get-document", Method: http.MethodGet, Path: at + "/{hash}", Tags: []string{tagOffice}, Summary: "What a document is called, of what type and size, and who attached it when"}),
		func(ctx context.Context, in *documentIn) (*documentOut, error) {
			d, err := s.Store.Document(ctx, in.Hash)
			return &documentOut{CacheControl: noStore, Body: d}, err
		})
	content := &huma.Response{Description: "The document as it was attached, of the type that it has", Content: map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	add(s, only(toRead, huma.Operation{OperationID: "download-document", Method: http.MethodGet, Path: at + "/{hash}/content", Tags: []string{tagOffice}, Summary: "The content of a document; there is none after it was erased",
		Responses: map[string]*huma.Response{"200": content}}),
		func(ctx context.Context, in *documentIn) (*huma.StreamResponse, error) {
			d, err := s.Store.Document(ctx, in.Hash)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(c huma.Context) { s.download(c, &d) }}, nil
		})
}

// download sends the content of a document a part at a time.
func (s *server) download(c huma.Context, d *store.Document) {
	r, w := humago.Unwrap(c)
	h := w.Header()
	h.Set("Content-Type", d.MediaType)
	h.Set("Content-Disposition", cmp.Or(mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}), "attachment"))
	h.Set("Cache-Control", noStore)
	body := &begun{Writer: w}
	err := s.Store.ReadDocument(r.Context(), d.Hash, body)
	switch {
	case err == nil:
	case body.wrote:
		panic(http.ErrAbortHandler) // a part of a file must not look like all of it
	default:
		h.Del("Content-Disposition")
		p := internal()
		if errors.Is(err, store.ErrNotFound) {
			p = problem(http.StatusNotFound, "The content of %s was erased. Who did so, when and why is in the audit log.", d.Name)
		} else {
			s.Log.Error("a document could not be read", "error", err)
		}
		s.problem(w, r, p)
	}
}

// begun notes whether anything was written.
type begun struct {
	io.Writer
	wrote bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.wrote = true
	return b.Writer.Write(p)
}
