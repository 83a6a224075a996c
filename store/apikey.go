package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// APIKey is a key by which a program acts for an account.
type APIKey struct {
	ID        int64
	Name      string // what it is for
	Account   string
	Scopes    []string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // to within a minute
	RevokedAt time.Time
}

// keyPrefix lets people and scanners tell the keys apart from other secrets.
const keyPrefix = "remit_"

const keyColumns = "id, name, account, scopes, created_at, expires_at, used_at, revoked_at"

func scanKey(row scanner) (k APIKey, err error) {
	var scopes, created, expires, used, revoked string
	if err = row.Scan(&k.ID, &k.Name, &k.Account, &scopes, &created, &expires, &used, &revoked); err != nil {
		return k, err
	}
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = unstamp(created), unstamp(expires), unstamp(used), unstamp(revoked)
	k.Scopes, err = jsonList[string](scopes)
	return k, err
}

// IssueKey makes a key and gives it: the one time that it can be shown, for only
// its hash is kept. A key must expire.
func (s *Store) IssueKey(ctx context.Context, actor string, k APIKey) (key string, made APIKey, err error) {
	if strings.TrimSpace(k.Name) == "" {
		return "", k, refuse("say what the key is for")
	}
	key = keyPrefix + newToken()
	err = s.write(ctx, func(w *writing) error {
		if !k.ExpiresAt.After(unstamp(w.at)) {
			return refuse("the key must expire at some time to come")
		}
		if _, err := w.account(k.Account); err != nil {
			return orNotThere(err, "the account", k.Account)
		}
		id, err := w.number("SELECT COALESCE(MAX(id), 0) FROM api_key")
		if err != nil {
			return err
		}
		k.ID, k.CreatedAt, k.UsedAt, k.RevokedAt = id+1, unstamp(w.at), time.Time{}, time.Time{}
		row := []any{k.ID, tokenHash(key), k.Name, k.Account, jsonText(some(k.Scopes)), w.at, stamp(k.ExpiresAt), "", ""}
		if err := w.insert("api_key", "id, key_hash, name, account, scopes, created_at, expires_at, used_at, revoked_at", [][]any{row}); err != nil {
			return err
		}
		return w.audit(actor, "key.issue", fmt.Sprintf("key %d", k.ID), detail{Other: map[string]any{"name": k.Name, "account": k.Account, "scopes": k.Scopes, "expires": stamp(k.ExpiresAt)}})
	})
	return key, k, err
}

func orNotThere(err error, what, name string) error {
	if err == ErrNotFound {
		return refuse("%s %s is not there", what, name)
	}
	return err
}

// Key is the key as it was issued for the text of it; ErrNotFound when it was
// revoked, has expired or never was.
func (s *Store) Key(ctx context.Context, key string) (APIKey, error) {
	now := s.options.Now()
	k, err := first(ctx, s.reading, scanKey, "SELECT "+keyColumns+" FROM api_key WHERE key_hash = $1 AND revoked_at = '' AND expires_at > $2", tokenHash(key), stamp(now))
	if err != nil || now.Sub(k.UsedAt) < time.Minute {
		return k, err
	}
	k.UsedAt = now
	_, err = s.writing.ExecContext(ctx, "UPDATE api_key SET used_at = $2 WHERE id = $1", k.ID, stamp(now))
	return k, err
}

// Keys lists the keys of an account, or all for a blank name, the latest first.
func (s *Store) Keys(ctx context.Context, account string) ([]APIKey, error) {
	return list(ctx, s.reading, scanKey, "SELECT "+keyColumns+" FROM api_key WHERE account = $1 OR $1 = '' ORDER BY id DESC", account)
}

// RevokeKey makes a key void at once.
func (s *Store) RevokeKey(ctx context.Context, actor string, id int64) error {
	return s.write(ctx, func(w *writing) error {
		result, err := w.ExecContext(ctx, "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at = ''", id, w.at)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return orMissing(err)
		}
		return w.audit(actor, "key.revoke", fmt.Sprintf("key %d", id), detail{})
	})
}

func orMissing(err error) error {
	if err != nil {
		return err
	}
	return ErrNotFound
}
