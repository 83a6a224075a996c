package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Entry is one entry of the audit log.
type Entry struct {
	Seq      int64           `json:"seq"` // from 1, without gaps
	At       time.Time       `json:"at"`
	Actor    string          `json:"actor"`
	Action   string          `json:"action"`  // proposal.approve, account.change, ...
	Subject  string          `json:"subject"` // what it was done to: proposal 12, account a.khan
	Detail   json.RawMessage `json:"detail"`
	Previous string          `json:"previous"`
	Hash     string          `json:"hash"`
}

// detail is what an entry says beyond its subject. Changes are those that the
// entry vouches for.
type detail struct {
	Reason   string       `json:"reason,omitempty"`
	Revision int64        `json:"revision,omitempty"`
	Digest   string       `json:"digest,omitempty"` // of the edits of a proposal
	Row      string       `json:"row,omitempty"`    // digest of the row that the entry is about, as it left it
	Changes  []vouched    `json:"changes,omitempty"`
	Columns  []Difference `json:"columns,omitempty"`
	Events   *eventRange  `json:"events,omitempty"` // of challenges
	Kept     []keptRange  `json:"kept,omitempty"`   // rows about metrics
	Other    any          `json:"other,omitempty"`
}

type vouched struct {
	Number int64  `json:"number"`
	Digest string `json:"digest"`
}

// chain is the hash of an entry: SHA-256 over the hash of the entry before and
// everything that the entry says, as a JSON list.
func chain(previous string, seq int64, at, actor, action, subject, detail string) string {
	sum := sha256.Sum256([]byte(jsonText([]any{previous, seq, at, actor, action, subject, detail})))
	return hex.EncodeToString(sum[:])
}

// audit adds an entry to the log, in the transaction of what it tells of.
func (w *writing) audit(actor, action, subject string, d any) error {
	if actor == "" {
		return errors.New("an entry of the audit log needs an actor")
	}
	seq, err := w.number("SELECT COALESCE(MAX(seq), 0) FROM audit_entry")
	if err != nil {
		return err
	}
	previous := ""
	if seq > 0 {
		if err := w.QueryRowContext(w.ctx, "SELECT hash FROM audit_entry WHERE seq = $1", seq).Scan(&previous); err != nil {
			return err
		}
	}
	if x, ours := d.(detail); ours {
		if x.Row, err = w.rowDigest(subject); err != nil {
			return err
		}
		d = x
	}
	text := jsonText(d)
	row := []any{seq + 1, w.at, actor, action, subject, text, previous, chain(previous, seq+1, w.at, actor, action, subject, text)}
	if err := w.insert("audit_entry", entryColumns, [][]any{row}); err != nil {
		return err
	}
	// Two entries of one transaction are two moments: order shows in the times too.
	w.at = stamp(unstamp(w.at).Add(time.Microsecond))
	return nil
}

// vouch gives the digests of changes for the entry that records them.
func (w *writing) vouch(from, to int64) (all []vouched, err error) {
	return all, digests(w.ctx, w, from, to, func(change int64, digest string) error {
		all = append(all, vouched{change, digest})
		return nil
	})
}

// Record adds an entry to the audit log for something that happened outside the
// store: a sign-in, a download. detail becomes JSON and must hold no secrets.
func (s *Store) Record(ctx context.Context, actor, action, subject string, detail any) error {
	if slices.Contains(vouchers, action) || strings.HasPrefix(action, aboutChallenges) || strings.HasPrefix(action, aboutMetrics) {
		return fmt.Errorf("record %s: the store records it itself", action)
	}
	return s.write(ctx, func(w *writing) error { return w.audit(actor, action, subject, detail) })
}

const entryColumns = "seq, at, actor, action, subject, detail, previous, hash"

func scanEntry(row scanner) (e Entry, err error) {
	var at, detail string
	err = row.Scan(&e.Seq, &at, &e.Actor, &e.Action, &e.Subject, &detail, &e.Previous, &e.Hash)
	e.At, e.Detail = unstamp(at), json.RawMessage(detail)
	return e, err
}

// Entries lists entries of the audit log, the latest first, from the one before
// the number given (0 for the latest). A subject picks those about it.
func (s *Store) Entries(ctx context.Context, subject string, before int64, limit int) ([]Entry, error) {
	if before == 0 {
		before = 1 << 62
	}
	if subject == "" {
		return list(ctx, s.reading, scanEntry, "SELECT "+entryColumns+" FROM audit_entry WHERE seq < $1 ORDER BY seq DESC LIMIT $2", before, limit)
	}
	return list(ctx, s.reading, scanEntry, "SELECT "+entryColumns+" FROM audit_entry WHERE subject = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3", subject, before, limit)
}

// Verified is what Verify has read and found in order.
type Verified struct {
	Entries, Changes, Facts, Documents int64
	Rows                               int64  // of proposals, accounts, keys and tasks, and about metrics
	Head                               string // hash of the last entry: note it elsewhere
}

// ChainError is the first thing that is wrong with the audit log, or with what it
// vouches for.
type ChainError struct {
	Seq     int64 // the entry; 0 when no entry can be named
	Problem string
}

func (e *ChainError) Error() string {
	if e.Seq == 0 {
		return "the audit log does not hold: " + e.Problem
	}
	return fmt.Sprintf("the audit log does not hold: entry %d: %s", e.Seq, e.Problem)
}

// Verify reads the whole audit log and everything that it vouches for: that each
// entry follows from the one before, that changes have the facts that were
// recorded and no others, and that documents have the content that was attached.
// noted may be blank, or the hash of an entry that was noted elsewhere and must
// still be there: only so can it be told that entries were cut off at the end.
// It fails with a *ChainError.
func (s *Store) Verify(ctx context.Context, noted string) (v Verified, err error) {
	err = s.view(ctx, func(q querier) error { return verify(ctx, q, noted, &v) })
	return v, err
}

func verify(ctx context.Context, q querier, noted string, v *Verified) error {
	log, err := readChain(ctx, q, noted)
	v.Entries, v.Head = log.entries, log.head
	if err != nil {
		return err
	}
	if err := log.checkChanges(ctx, q, v); err != nil {
		return err
	}
	if err := log.checkEvents(ctx, q); err != nil {
		return err
	}
	if err := log.checkRows(ctx, q, v); err != nil {
		return err
	}
	if err := log.checkKept(ctx, q, v); err != nil {
		return err
	}
	return log.checkDocuments(ctx, q, v)
}

type auditLog struct {
	entries  int64
	head     string
	vouched  map[int64]vouching // by change
	attached map[string]int64   // hash of a document to the entry
	erased   map[string]bool
	events   []vouchedEvents
	kept     []vouchedRange
	rows     map[string]told // what was said last of a row, by its subject
}

type vouchedEvents struct {
	seq int64
	eventRange
}

type vouching struct {
	seq    int64
	digest string
}

func readChain(ctx context.Context, q querier, noted string) (*auditLog, error) {
	log := &auditLog{vouched: map[int64]vouching{}, attached: map[string]int64{}, erased: map[string]bool{}, rows: map[string]told{}}
	var last string
	found := noted == ""
	err := each(ctx, q, func(row scanner) error {
		var seq int64
		var at, actor, action, subject, text, previous, hash string
		if err := row.Scan(&seq, &at, &actor, &action, &subject, &text, &previous, &hash); err != nil {
			return err
		}
		switch {
		case seq != log.entries+1:
			return &ChainError{log.entries + 1, "it is missing"}
		case previous != log.head:
			return &ChainError{seq, "it does not follow from the entry before"}
		case hash != chain(previous, seq, at, actor, action, subject, text):
			return &ChainError{seq, "it has been altered: its content does not match its hash"}
		case at < last:
			return &ChainError{seq, "it was recorded before the entry before it"}
		}
		log.entries, log.head, last = seq, hash, at
		found = found || hash == noted
		return log.note(seq, action, subject, text)
	}, "SELECT "+entryColumns+" FROM audit_entry ORDER BY seq")
	if err == nil && !found {
		err = &ChainError{0, "no entry has the hash " + noted + ": entries have been cut off or replaced"}
	}
	return log, err
}

// vouchers are the actions whose entries vouch for changes and documents.
var vouchers = slices.Concat([]string{actionAttach, actionErase}, telling)

// telling are the actions whose entries vouch for changes or for rows. Record
// refuses them all.
var telling = slices.Concat([]string{actionLoad, actionImport, actionSubmit, actionApprove, actionRefuse, actionRetract,
	"account.change", "account.set-up", "key.revoke", actionApprovePool, actionRefusePool, actionRetractPool}, making)

// note keeps what an entry vouches for.
func (l *auditLog) note(seq int64, action, subject, text string) error {
	switch action {
	case actionAttach:
		l.attached[subject] = seq
		return nil
	case actionErase:
		l.erased[subject] = true
		return nil
	}
	if strings.HasPrefix(action, aboutChallenges) {
		return l.noteEvents(seq, text)
	}
	if strings.HasPrefix(action, aboutMetrics) {
		return l.noteKept(seq, text)
	}
	if !slices.Contains(telling, action) {
		return nil // entries of others may say anything; only these vouch
	}
	var d detail
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return &ChainError{seq, "what it says is not readable"}
	}
	l.noteRow(seq, action, subject, d.Row)
	for _, c := range d.Changes {
		l.vouched[c.Number] = vouching{seq, c.Digest}
	}
	return nil
}

func (l *auditLog) noteEvents(seq int64, text string) error {
	var d detail
	if err := json.Unmarshal([]byte(text), &d); err != nil || d.Events == nil {
		return &ChainError{seq, "what it says of challenges is not readable"}
	}
	l.events = append(l.events, vouchedEvents{seq, *d.Events})
	return nil
}

func (l *auditLog) checkChanges(ctx context.Context, q querier, v *Verified) (err error) {
	err = digests(ctx, q, 1, 1<<62, func(change int64, digest string) error {
		v.Changes++
		by, known := l.vouched[change]
		switch {
		case !known:
			return &ChainError{0, fmt.Sprintf("no entry tells of change %d", change)}
		case by.digest != digest:
			return &ChainError{by.seq, fmt.Sprintf("the facts of change %d, which it tells of, have been altered", change)}
		}
		delete(l.vouched, change)
		return nil
	})
	if err != nil {
		return err
	}
	if len(l.vouched) > 0 {
		change := slices.Min(slices.Collect(maps.Keys(l.vouched)))
		return &ChainError{l.vouched[change].seq, fmt.Sprintf("change %d, which it tells of, is missing", change)}
	}
	// A version outside every change would be read by nobody; it is still not ours.
	v.Facts, err = first(ctx, q, number, "SELECT COUNT(*) FROM fact_version")
	if err != nil {
		return err
	}
	stray, err := first(ctx, q, number, "SELECT COUNT(*) FROM fact_version WHERE change NOT IN (SELECT number FROM change)")
	if err == nil && stray > 0 {
		err = &ChainError{0, fmt.Sprintf("%d versions of facts belong to no change", stray)}
	}
	return err
}
