package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Entry is an entry of the audit log.
type Entry struct {
	Seq      int64           `json:"seq" doc:"From 1, without gaps"`
	At       time.Time       `json:"at"`
	Actor    string          `json:"actor"`
	Action   string          `json:"action" doc:"proposal.approve, key.issue, ..."`
	Subject  string          `json:"subject" doc:"What it was done to: proposal 12, account a.khan"`
	Detail   json.RawMessage `json:"detail"`
	Previous string          `json:"previous" doc:"Hash of the entry before"`
	Hash     string          `json:"hash"`
}

// Log is a part of the audit log.
type Log struct {
	Items []Entry `json:"items"`
}

type auditIn struct {
	Subject string `query:"subject" maxLength:"200" doc:"Only entries about this: proposal 12" example:"key 1"`
	Before  int64  `query:"before" minimum:"1" doc:"Only entries before this one; the Link header has the address of the next part"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type auditOut struct {
	CacheControl string `header:"Cache-Control"`
	Link         string `header:"Link"`
	Body         Log
}

func (s *server) auditRoutes() {
	add(s, only(toRead, huma.Operation{OperationID: "list-audit", Method: http.MethodGet, Path: prefix + "/audit", Tags: []string{tagOffice}, Summary: "The audit log, the latest entry first",
		Description: "Each entry carries the hash of the one before; remit audit verify reads the whole chain."}),
		func(ctx context.Context, in *auditIn) (*auditOut, error) {
			entries, err := s.Store.Entries(ctx, in.Subject, in.Before, in.Limit)
			out := &auditOut{CacheControl: noStore, Body: Log{[]Entry{}}}
			for _, e := range entries {
				out.Body.Items = append(out.Body.Items, Entry(e))
			}
			if len(entries) == in.Limit {
				q := url.Values{"before": {strconv.FormatInt(entries[len(entries)-1].Seq, 10)}, "limit": {strconv.Itoa(in.Limit)}}
				if in.Subject != "" {
					q.Set("subject", in.Subject)
				}
				out.Link = fmt.Sprintf("<%s/audit?%s>; rel=\"next\"", prefix, q.Encode())
			}
			return out, err
		})
}
