package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Fact is one version of a row of the register.
type Fact struct {
	Version    int64     `json:"version"` // in the order in which versions were recorded
	Fact       int64     `json:"fact"`    // the first version of the row, which all its versions share
	Table      string    `json:"table"`
	Values     Values    `json:"values"` // shared: not to be written to
	Change     int64     `json:"change"` // the change that recorded it
	RecordedAt time.Time `json:"recorded_at"`
	RecordedBy string    `json:"recorded_by"`
	// The change that corrected or withdrew it; 0 and the zero time while it stands.
	Withdrawn   int64     `json:"withdrawn,omitempty"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
}

// Place names the row in words: icb QMJ from 2022-07-01.
func (f *Fact) Place() string { return Place(f.Table, f.Values) }

const selectFacts = `SELECT v.version, v.fact, v.in_table, v.valid_from, v.valid_to, v.content, v.source, v.confidence, v.change,
	c.recorded_at, c.recorded_by, COALESCE(w.change, 0), COALESCE(wc.recorded_at, '')
	FROM fact_version v JOIN change c ON c.number = v.change
	LEFT JOIN fact_withdrawn w ON w.version = v.version LEFT JOIN change wc ON wc.number = w.change`

func scanFact(row scanner) (*Fact, error) {
	var f Fact
	var from, to, content, source, confidence, recorded, withdrawn string
	err := row.Scan(&f.Version, &f.Fact, &f.Table, &from, &to, &content, &source, &confidence, &f.Change, &recorded, &f.RecordedBy, &f.Withdrawn, &withdrawn)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(content), &f.Values); err != nil {
		return nil, fmt.Errorf("read version %d: %w", f.Version, err)
	}
	for i, text := range []string{from, to, confidence, source} {
		if text != "" {
			f.Values[apart[i]] = text
		}
	}
	f.RecordedAt, f.WithdrawnAt = unstamp(recorded), unstamp(withdrawn)
	return &f, nil
}

// Fact is the version with the number, whether it still stands or not.
func (s *Store) Fact(ctx context.Context, version int64) (*Fact, error) {
	return first(ctx, s.reading, scanFact, selectFacts+" WHERE v.version = $1", version)
}

// History lists every version of every row with the identity, in the order in
// which they were recorded. The identity is given in the order of Identity(table).
func (s *Store) History(ctx context.Context, table string, codes ...string) ([]*Fact, error) {
	return list(ctx, s.reading, scanFact, selectFacts+" WHERE v.in_table = $1 AND v.identity = $2 ORDER BY v.version", table, jsonText(codes))
}

// factsAt reads the versions that stood after a change, each table's in the order
// in which its rows began.
func factsAt(ctx context.Context, q querier, change int64) ([]*Fact, error) {
	return list(ctx, q, scanFact, selectFacts+" WHERE v.change <= $1 AND (w.change IS NULL OR w.change > $1) ORDER BY v.fact", change)
}
