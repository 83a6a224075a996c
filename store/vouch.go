package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ledger is a table whose rows may change, and every change of which is told in
// the audit log with a digest of the row as it then was. What changes without an
// entry is left out: failed attempts, moments of use.
type ledger struct {
	subject string // of the entries, before the key
	table   string
	key     string   // the column
	columns []string // the key first
}

var ledgers = []ledger{
	{"proposal ", "proposal", "id", strings.Split(proposalColumns, ", ")},
	{"account ", "account", "name", strings.Split("name, full_name, email, organisation, roles, password_hash, subject, setup_hash, setup_expires, disabled, created_at", ", ")},
	{"key ", "api_key", "id", strings.Split("id, key_hash, name, account, scopes, created_at, expires_at, revoked_at", ", ")},
	{"pool request ", "pool_request", "id", strings.Split(poolRequestColumns, ", ")},
	{"task ", "succession_task", "task_key", strings.Split(taskColumns, ", ")},
}

// rowDigests calls the function with the subject and the digest of rows: of those
// that condition picks, or of all.
func (l *ledger) rowDigests(ctx context.Context, q querier, do func(subject, digest string) error, condition string, args ...any) error {
	return each(ctx, q, func(row scanner) error {
		values := make([]any, len(l.columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := row.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if b, is := v.([]byte); is {
				v = string(b)
			}
			values[i] = fmt.Sprint(v)
		}
		sum := sha256.Sum256([]byte(jsonText(values)))
		return do(l.subject+values[0].(string), hex.EncodeToString(sum[:]))
	}, "SELECT "+strings.Join(l.columns, ", ")+" FROM "+l.table+condition, args...)
}

// rowDigest is the digest of the row that an entry is about, or blank when it is
// about none.
func (w *writing) rowDigest(subject string) (digest string, err error) {
	for i := range ledgers {
		l := &ledgers[i]
		if key, about := strings.CutPrefix(subject, l.subject); about {
			// The key is compared as text: some are numbers.
			err = l.rowDigests(w.ctx, w, func(_, d string) error { digest = d; return nil }, " WHERE CAST("+l.key+" AS TEXT) = $1", key)
			return digest, err
		}
	}
	return "", nil
}

// told is what the log said of a row last.
type told struct {
	seq    int64
	digest string // blank: by entries of a program that kept none
}

// checkRows holds the rows of the ledgers against what the log said of them last.
func (l *auditLog) checkRows(ctx context.Context, q querier, v *Verified) error {
	left := maps.Clone(l.rows)
	for i := range ledgers {
		err := ledgers[i].rowDigests(ctx, q, func(subject, digest string) error {
			n, known := l.rows[subject]
			delete(left, subject)
			switch {
			case !known:
				return &ChainError{0, "no entry tells of " + subject}
			case n.digest != "" && n.digest != digest:
				return &ChainError{n.seq, subject + ", of which it tells last, has been altered since"}
			}
			v.Rows++
			return nil
		}, "")
		if err != nil {
			return err
		}
	}
	if len(left) > 0 {
		subject := slices.MinFunc(slices.Collect(maps.Keys(left)), func(a, b string) int { return int(left[a].seq - left[b].seq) })
		return &ChainError{left[subject].seq, subject + ", of which it tells, is missing"}
	}
	return nil
}

// noteRow keeps what an entry says of a row. Entries that are recorded from
// outside the store tell nothing of it.
func (l *auditLog) noteRow(seq int64, action, subject, digest string) {
	for i := range ledgers {
		if strings.HasPrefix(subject, ledgers[i].subject) && (digest != "" || slices.Contains(making, action)) {
			l.rows[subject] = told{seq, digest}
		}
	}
}

// making are the actions after which a row is there.
var making = []string{actionDraft, "account.create", "key.issue", "task.change", actionAskPool}
