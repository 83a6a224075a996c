package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"remit/store"
)

// Version is one version of a row: what was recorded when, why, and on what.
type Version struct {
	Version    int64             `json:"version"`
	Fact       int64             `json:"fact" doc:"The first version of the row, which all its versions share"`
	Table      string            `json:"table"`
	Values     map[string]string `json:"values" doc:"By column; blank ones are left out"`
	Change     int64             `json:"change" doc:"The number of the change that recorded it"`
	RecordedAt time.Time         `json:"recorded_at"`
	By         string            `json:"by,omitempty" doc:"Who proposed the change; only for keys with the scope read"`
	ApprovedBy string            `json:"approved_by,omitempty" doc:"Only for keys with the scope read"`
	Reason     string            `json:"reason"`
	Source     string            `json:"source" doc:"The document that the change rests on"`
	// Until it was corrected or withdrawn, a version stands.
	WithdrawnBy int64     `json:"withdrawn_by,omitempty" doc:"The number of the change that corrected or withdrew it; absent while it stands"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
}

// Recorded is a change: a set of edits that took effect together.
type Recorded struct {
	Number     int64     `json:"number"`
	RecordedAt time.Time `json:"recorded_at"`
	By         string    `json:"by,omitempty" doc:"Who proposed it; only for keys with the scope read"`
	ApprovedBy string    `json:"approved_by,omitempty" doc:"Only for keys with the scope read"`
	Reason     string    `json:"reason"`
	Source     string    `json:"source"`
	Documents  []string  `json:"documents" doc:"SHA-256 of attached documents; only for keys with the scope read"`
}

// ChangePage is a change with its edits.
type ChangePage struct {
	Recorded
	Edits []Edit `json:"edits" doc:"Each row before and after; the first change, which has them all, gives none"`
}

// Edit is a row before and after.
type Edit struct {
	Table  string            `json:"table"`
	Before map[string]string `json:"before,omitempty" doc:"Absent: the row was added"`
	After  map[string]string `json:"after,omitempty" doc:"Absent: the row was withdrawn"`
}

// changeOf leaves out who, for those who may not see names.
func changeOf(c store.Change, who *caller) Recorded {
	out := Recorded{Number: c.Number, RecordedAt: c.RecordedAt, Reason: c.Reason, Source: c.Source, Documents: []string{}}
	if who.may(toRead) {
		out.By, out.ApprovedBy, out.Documents = c.RecordedBy, c.ApprovedBy, some(c.Documents)
	}
	return out
}

type historyIn struct {
	Listed
	Table string   `query:"table" required:"true" maxLength:"50" example:"icb"`
	Key   []string `query:"key" required:"true" maxItems:"10" example:"QMJ" doc:"The values of the table's identity in order, with commas between"`
}

type factIn struct {
	Asked
	Version int64 `path:"version" minimum:"1" example:"1"`
}

type changeLogIn struct {
	Listed
}

type changeIn struct {
	Asked
	Number int64 `path:"number" minimum:"1" example:"1"`
}

func (s *server) historyRoutes() {
	many(s, huma.Operation{OperationID: "get-history", Method: http.MethodGet, Path: prefix + "/history", Tags: []string{tagFacts}, Summary: "Every version of a row: what was recorded when, and why",
		Description: "As known at a moment, versions recorded later are left out."},
		func(ctx context.Context, in *historyIn, v *view) ([]Version, error) {
			if err := rightKey(in); err != nil {
				return nil, err
			}
			facts, err := s.Store.History(ctx, in.Table, in.Key...)
			if err != nil {
				return nil, err
			}
			list := []Version{}
			for _, f := range facts {
				if f.Change > v.Change.Number {
					continue
				}
				one, err := s.versionOf(ctx, f, v)
				if err != nil {
					return nil, err
				}
				list = append(list, one)
			}
			if len(list) == 0 {
				return nil, problem(http.StatusNotFound, "The table %s has and had no row with that key; %s/tables/%s/rows?all=true lists its rows.", in.Table, prefix, in.Table)
			}
			return list, nil
		})
	one(s, huma.Operation{OperationID: "get-version", Method: http.MethodGet, Path: prefix + "/versions/{version}", Tags: []string{tagFacts}, Summary: "One version of a row, whether it still stands or not"},
		func(ctx context.Context, in *factIn, v *view) (*Version, error) {
			f, err := s.Store.Fact(ctx, in.Version)
			if err != nil {
				return nil, err
			}
			if f.Change > v.Change.Number {
				return nil, store.ErrNotFound
			}
			one, err := s.versionOf(ctx, f, v)
			return &one, err
		})
	many(s, huma.Operation{OperationID: "list-change-log", Method: http.MethodGet, Path: prefix + "/change-log", Tags: []string{tagFacts}, Summary: "What was recorded when, why and on what document, the latest first"},
		func(ctx context.Context, _ *changeLogIn, v *view) ([]Recorded, error) {
			changes, err := s.Store.Changes(ctx, v.Change.Number+1, mostLimit)
			list := []Recorded{}
			for _, c := range changes {
				list = append(list, changeOf(c, v.caller))
			}
			return list, err
		})
	one(s, huma.Operation{OperationID: "get-change", Method: http.MethodGet, Path: prefix + "/change-log/{number}", Tags: []string{tagFacts}, Summary: "A change with each row before and after"},
		func(ctx context.Context, in *changeIn, v *view) (*ChangePage, error) {
			if in.Number > v.Change.Number {
				return nil, store.ErrNotFound
			}
			c, edits, err := s.Store.Change(ctx, in.Number)
			if err != nil {
				return nil, err
			}
			p := ChangePage{Recorded: changeOf(c, v.caller), Edits: []Edit{}}
			if in.Number == 1 {
				return &p, nil // the tables are there to be read
			}
			for _, e := range edits {
				p.Edits = append(p.Edits, Edit{e.Table, e.Before, e.After})
			}
			return &p, nil
		})
}

// rightKey says whether a key has as many values as the identity of the table.
func rightKey(in *historyIn) error {
	identity := store.Identity(in.Table)
	if identity == nil {
		return badParameter("table", in.Table, "there is no such table; "+prefix+"/tables lists them")
	}
	if len(in.Key) != len(identity) {
		return &Problem{Title: http.StatusText(http.StatusUnprocessableEntity), Status: http.StatusUnprocessableEntity,
			Detail: "The key of " + in.Table + " is " + strings.Join(identity, ", ") + ": give that many values with commas between."}
	}
	return nil
}

func (s *server) versionOf(ctx context.Context, f *store.Fact, v *view) (Version, error) {
	c, err := s.change(ctx, f.Change, v)
	if err != nil {
		return Version{}, err
	}
	out := Version{Version: f.Version, Fact: f.Fact, Table: f.Table, Values: f.Values, Change: f.Change, RecordedAt: f.RecordedAt,
		By: c.By, ApprovedBy: c.ApprovedBy, Reason: c.Reason, Source: c.Source}
	if f.Withdrawn > 0 && f.Withdrawn <= v.Change.Number {
		out.WithdrawnBy, out.WithdrawnAt = f.Withdrawn, f.WithdrawnAt
	}
	return out, nil
}

// change is a change without its edits.
func (s *server) change(ctx context.Context, number int64, v *view) (Recorded, error) {
	list, err := s.Store.Changes(ctx, number+1, 1)
	if err != nil {
		return Recorded{}, err
	}
	if len(list) == 0 {
		return Recorded{}, store.ErrNotFound
	}
	return changeOf(list[0], v.caller), nil
}
