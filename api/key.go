package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"remit/store"
)

// Scopes of keys, as people choose them where keys are issued: what a program may
// do of what its account may.
const (
	ScopeRead  = "read"
	ScopeWrite = "write"
)

// permission is what an operation needs that is not public: a scope of the key, and
// one of some roles of its account. A key never opens more than its account could.
type permission struct {
	scope string
	roles []store.Role
}

var (
	toRead    = &permission{ScopeRead, store.Roles}
	toPropose = &permission{ScopeWrite, []store.Role{store.Editor}}
	toReview  = &permission{ScopeWrite, []store.Role{store.Approver}}
)

func (p *permission) String() string {
	roles := make([]string, len(p.roles))
	for i, r := range p.roles {
		roles[i] = string(r)
	}
	return fmt.Sprintf("a key with the scope %s, of an account with the role %s", p.scope, strings.Join(roles, " or "))
}

// caller is who asks: the account of a key, or nobody in particular.
type caller struct {
	key     store.APIKey
	account store.Account
}

// may says whether the caller has a permission. Nil is the public.
func (c *caller) may(p *permission) bool {
	return c != nil && slices.Contains(c.key.Scopes, p.scope) && slices.ContainsFunc(p.roles, c.account.Has)
}

func (c *caller) public() bool { return c == nil }

type callerKey struct{}

func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

// keyOf is the key that a request shows, or blank.
func keyOf(r *http.Request) string {
	if key := r.Header.Get("X-API-Key"); key != "" {
		return key
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	return scheme // of a kind that is not taken: better told than passed over
}

// identify finds out who asks, and holds everybody to the rate limit.
func (s *server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := s.caller(r)
		if wait, ok := s.limits.take(c, s.Address(r)); !ok {
			w.Header().Set("Retry-After", wait)
			s.problem(w, r, problem(http.StatusTooManyRequests, "Too many requests in a short time; wait %s seconds, then go on more slowly.", wait))
			return
		}
		if err != nil {
			var p *Problem
			if !errors.As(s.translate(r.Context(), &huma.Operation{OperationID: "identify"}, err), &p) {
				p = internal()
			}
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="Remit"`)
			}
			s.problem(w, r, p)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// caller is who shows a key; nil and no error where none is shown.
func (s *server) caller(r *http.Request) (*caller, error) {
	text := keyOf(r)
	if text == "" {
		return nil, nil
	}
	key, err := s.Store.Key(r.Context(), text)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem(http.StatusUnauthorized, "The key is not valid: it was revoked, has expired or never was. Issue another on the page of your account, or leave it out to read what is public.")
	}
	if err != nil {
		return nil, err
	}
	account, err := s.Store.Account(r.Context(), key.Account)
	if err != nil {
		return nil, err
	}
	if account.Disabled {
		return nil, problem(http.StatusUnauthorized, "The account that the key acts for is disabled. Ask an administrator.")
	}
	return &caller{key, account}, nil
}

// only describes an operation that is not public.
func only(p *permission, op huma.Operation) huma.Operation {
	op.Metadata = map[string]any{"permission": p}
	op.Security = []map[string][]string{{"bearer": {p.scope}}, {"header": {p.scope}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	return op
}

// permissionOf is what an operation needs; nil: it is public.
func permissionOf(op *huma.Operation) *permission {
	p, _ := op.Metadata["permission"].(*permission)
	return p
}

// permit refuses an operation to those without its permission.
func (s *server) permit(ctx huma.Context, next func(huma.Context)) {
	p := permissionOf(ctx.Operation())
	c := callerOf(ctx.Context())
	if p == nil || c.may(p) {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	if c.public() {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Remit"`)
		s.problem(w, r, problem(http.StatusUnauthorized, "This needs %s: send it as Authorization: Bearer KEY. Keys are issued on the page of one's own account.", p))
		return
	}
	s.problem(w, r, problem(http.StatusForbidden, "This key may not do it: it needs %s.", p))
}
