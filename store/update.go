package store

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"remit/reference"
)

// Update is what another pack would change in the register, for somebody to look
// at and decide. Nothing of it is in effect.
type Update struct {
	Hash  string // of the release of the shipped pack; blank for other files
	Items []Item // conflicts first, then by table
}

// Item is one row that the other pack has differently.
type Item struct {
	ID      string   `json:"id"` // short, and the same whenever it is asked for
	Kind    ItemKind `json:"kind"`
	Table   string   `json:"table"`
	Version int64    `json:"version,omitempty"` // that stands now; 0 for none
	Base    Values   `json:"base,omitempty"`    // in the release taken in last; nil for none, as below
	Ours    Values   `json:"ours,omitempty"`    // in the register now
	Theirs  Values   `json:"theirs,omitempty"`  // in the other pack
}

// ItemKind says what an update does to a row.
type ItemKind string

// The kinds of items. A conflict is a row that was changed here as well.
const (
	Conflicting ItemKind = "conflict"
	Added       ItemKind = "added"
	Changed     ItemKind = "changed"
	Ended       ItemKind = "ended"
	Removed     ItemKind = "removed" // no longer in the pack: it was an error
)

// Place names the row in words.
func (i *Item) Place() string {
	for _, v := range []Values{i.Ours, i.Theirs, i.Base} {
		if v != nil {
			return Place(i.Table, v)
		}
	}
	return i.Table
}

// Edit is the edit that does as the other pack has it.
func (i *Item) Edit() Edit { return Edit{Table: i.Table, Version: i.Version, After: i.Theirs} }

// Update compares the pack that ships with this program with the one taken in
// last and with the register. It has no items when there is nothing new, or when
// this release was decided on already.
func (s *Store) Update(ctx context.Context) (*Update, error) {
	r, err := packRelease(reference.FS)
	if err != nil {
		return nil, err
	}
	u := &Update{Hash: r.hash}
	decided, err := first(ctx, s.reading, number, "SELECT COUNT(*) FROM pack_release WHERE hash = $1", r.hash)
	if err != nil || decided > 0 {
		return u, err
	}
	base, err := s.baseRows(ctx)
	if err != nil {
		return nil, err
	}
	u.Items, err = s.compare(ctx, base, reference.FS)
	return u, err
}

// Compare says what would have to change for the register to be as the files of
// another pack have it.
func (s *Store) Compare(ctx context.Context, files fs.FS) (*Update, error) {
	items, err := s.compare(ctx, nil, files)
	return &Update{Items: items}, err
}

// baseRows are the rows of the release that was taken in last.
func (s *Store) baseRows(ctx context.Context) (map[key]Values, error) {
	content, err := first(ctx, s.reading, func(row scanner) (b []byte, err error) { return b, row.Scan(&b) },
		"SELECT content FROM pack_release WHERE decision = $1 ORDER BY seq DESC LIMIT 1", releaseTaken)
	if errors.Is(err, ErrNotFound) {
		return map[key]Values{}, nil
	}
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("read the release taken in last: %w", err)
	}
	return keyed(z)
}

func keyed(files fs.FS) (map[key]Values, error) {
	rows, err := readPack(files)
	byKey := make(map[key]Values, len(rows))
	for _, r := range rows {
		byKey[keyOf(r.Table, r.Values)] = r.Values
	}
	return byKey, err
}

// compare sets three states of each row side by side: as the base has it, as the
// register has it (ours) and as the files have it (theirs). Without a base,
// ours is the base: whatever differs is a change to be made.
func (s *Store) compare(ctx context.Context, base map[key]Values, files fs.FS) ([]Item, error) {
	known, err := s.Known(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	theirs, err := keyed(files)
	if err != nil {
		return nil, err
	}
	ours := map[key]*Fact{}
	all := map[key]bool{}
	for _, table := range Tables() {
		for _, f := range known.Facts(table) {
			ours[keyOf(table, f.Values)] = f
			all[keyOf(table, f.Values)] = true
		}
	}
	for k := range theirs {
		all[k] = true
	}
	var items []Item
	for k := range all {
		i := Item{Table: k.table, Theirs: theirs[k]}
		if f := ours[k]; f != nil {
			i.Version, i.Ours = f.Version, f.Values
		}
		if i.Base = base[k]; base == nil {
			i.Base = i.Ours
		}
		if i.Kind = i.kind(); i.Kind != "" {
			sum := sha256.Sum256([]byte(jsonText([]string{k.table, k.identity, k.from})))
			i.ID = hex.EncodeToString(sum[:4])
			items = append(items, i)
		}
	}
	slices.SortFunc(items, func(a, b Item) int {
		if (a.Kind == Conflicting) != (b.Kind == Conflicting) {
			return map[bool]int{true: -1, false: 1}[a.Kind == Conflicting]
		}
		return strings.Compare(a.Place(), b.Place())
	})
	return items, nil
}

// kind says what is to be done about a row, or nothing.
func (i *Item) kind() ItemKind {
	unchangedHere, unchangedThere := alike(i.Ours, i.Base), alike(i.Theirs, i.Base)
	switch {
	case alike(i.Ours, i.Theirs), unchangedThere:
		return ""
	case !unchangedHere:
		return Conflicting
	case i.Ours == nil:
		return Added
	case i.Theirs == nil:
		return Removed
	}
	if d := Differences(i.Table, i.Ours, i.Theirs); len(d) == 1 && d[0].Column == "valid_to" && d[0].Before == "" {
		return Ended
	}
	return Changed
}

// alike says whether two rows say the same, where nil is no row.
func alike(a, b Values) bool { return (a == nil) == (b == nil) && same(a, b) }

// ProposeUpdate drafts a proposal that takes in the items picked, for others to
// review as any other. Once it is approved the update counts as decided, and what
// was not picked stays as it is here.
func (s *Store) ProposeUpdate(ctx context.Context, author string, u *Update, pick func(Item) bool, p Proposal) (Proposal, error) {
	var left []string
	p.Edits = nil
	for _, i := range u.Items {
		if pick(i) {
			p.Edits = append(p.Edits, i.Edit())
		} else {
			left = append(left, i.Place())
		}
	}
	p.ID, p.Pack = 0, u.Hash
	p, err := s.Propose(ctx, author, p)
	if err != nil {
		return p, err
	}
	return p, s.Record(ctx, author, "update.propose", fmt.Sprintf("proposal %d", p.ID), detail{Other: map[string]any{"release": u.Hash, "taken": len(p.Edits), "left": some(left)}})
}

// DeclineUpdate records that a release of the shipped pack is not taken in. It is
// not offered again; the next release is compared with the last one taken in.
func (s *Store) DeclineUpdate(ctx context.Context, actor, hash, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return refuse("say why the update is declined")
	}
	return s.write(ctx, func(w *writing) error {
		if err := w.keepRelease(release{hash: hash}, releaseDeclined, actor, reason, 0); err != nil {
			return err
		}
		return w.audit(actor, "update.decline", "release "+hash, detail{Reason: reason})
	})
}
