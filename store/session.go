package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Session is what the server remembers of a browser.
type Session struct {
	Account   string // blank before signing in
	Data      []byte // whatever the web layer keeps
	CreatedAt time.Time
	ExpiresAt time.Time
}

// newToken is a secret that cannot be guessed: 26 letters and digits, 130 bits.
func newToken() string { return rand.Text() }

// tokenHash is what is kept of a token. Tokens are random, not chosen, so that a
// fast hash is enough.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// NewSession begins a session and gives its token, which is kept only as a hash.
// Sign a person in under a new session, never under the one before.
func (s *Store) NewSession(ctx context.Context, account string, data []byte, expires time.Time) (token string, err error) {
	token = newToken()
	return token, s.SaveSession(ctx, token, Session{Account: account, Data: data, ExpiresAt: expires})
}

const sessionColumns = "account, data, created_at, expires_at"

func scanSession(row scanner) (v Session, err error) {
	var created, expires string
	err = row.Scan(&v.Account, &v.Data, &created, &expires)
	v.CreatedAt, v.ExpiresAt = unstamp(created), unstamp(expires)
	return v, err
}

// Session is the session of a token; ErrNotFound when it has ended or expired.
func (s *Store) Session(ctx context.Context, token string) (Session, error) {
	return first(ctx, s.reading, scanSession, "SELECT "+sessionColumns+" FROM session WHERE token_hash = $1 AND expires_at > $2", tokenHash(token), stamp(s.options.Now()))
}

// SaveSession keeps a session under a token, in place of what was kept under it.
func (s *Store) SaveSession(ctx context.Context, token string, v Session) error {
	if v.Data == nil {
		v.Data = []byte{}
	}
	if v.CreatedAt.IsZero() {
		v.CreatedAt = s.options.Now()
	}
	// No entry of the log and no waiting for other writers: the web layer records
	// who signs in, and a session is nobody's fact.
	_, err := s.writing.ExecContext(ctx, `INSERT INTO session (token_hash, account, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (token_hash) DO UPDATE SET account = excluded.account, data = excluded.data, expires_at = excluded.expires_at`,
		tokenHash(token), v.Account, v.Data, stamp(v.CreatedAt), stamp(v.ExpiresAt))
	return err
}

// KeepSession changes what is kept of a session, and when it expires. One that has
// ended in the meantime stays ended.
func (s *Store) KeepSession(ctx context.Context, token string, data []byte, expires time.Time) error {
	if data == nil {
		data = []byte{}
	}
	_, err := s.writing.ExecContext(ctx, "UPDATE session SET data = $2, expires_at = $3 WHERE token_hash = $1", tokenHash(token), data, stamp(expires))
	return err
}

// EndSession ends the session of a token.
func (s *Store) EndSession(ctx context.Context, token string) error {
	_, err := s.writing.ExecContext(ctx, "DELETE FROM session WHERE token_hash = $1", tokenHash(token))
	return err
}

// EndSessions ends every session of an account: on a new password, on new roles,
// when it is disabled.
func (s *Store) EndSessions(ctx context.Context, account string) error {
	_, err := s.writing.ExecContext(ctx, "DELETE FROM session WHERE account = $1", account)
	return err
}

// PurgeSessions removes the sessions that have expired.
func (s *Store) PurgeSessions(ctx context.Context) error {
	_, err := s.writing.ExecContext(ctx, "DELETE FROM session WHERE expires_at <= $1", stamp(s.options.Now()))
	return err
}
