package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"remit/store"
)

// Scopes of keys: what a program may do with one.
const (
	ScopeRead    = "read"    // names of who recorded facts, proposals, documents' metadata
	ScopeAudit   = "audit"   // the audit log
	ScopePropose = "propose" // propose changes, submit and withdraw them
	ScopeReview  = "review"  // approve and refuse what others propose
)

// Scopes are all scopes, for those who issue keys.
func Scopes() []string { return []string{ScopeRead, ScopeAudit, ScopePropose, ScopeReview} }

// rolesFor are the roles of which the account of a key needs one, by scope: a key
// never opens more than its account could.
var rolesFor = map[string][]store.Role{
	ScopeRead:    store.Roles,
	ScopeAudit:   {store.Reader, store.Approver, store.Administrator},
	ScopePropose: {store.Editor},
	ScopeReview:  {store.Approver},
}

// caller is who asks: the account of a key, or nobody in particular.
type caller struct {
	key     store.APIKey
	account store.Account
}

// may says whether the caller has a scope, by the key and by the account. Nil is
// the public.
func (c *caller) may(scope string) bool {
	return c != nil && slices.Contains(c.key.Scopes, scope) && slices.ContainsFunc(rolesFor[scope], c.account.Has)
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
		return nil, problem(http.StatusUnauthorized, "The key is not valid: it was revoked, has expired or never was. Ask an administrator for another, or leave it out to read what is public.")
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

// security is how an operation says which scope it needs.
func security(scope string) []map[string][]string {
	return []map[string][]string{{"bearer": {scope}}, {"header": {scope}}}
}

// scopeOf is the scope that an operation needs, or blank.
func scopeOf(op *huma.Operation) string {
	for _, way := range op.Security {
		for _, scopes := range way {
			return scopes[0]
		}
	}
	return ""
}

// permit refuses an operation to those without its scope.
func (s *server) permit(ctx huma.Context, next func(huma.Context)) {
	scope := scopeOf(ctx.Operation())
	c := callerOf(ctx.Context())
	if scope == "" || c.may(scope) {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	if c.public() {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Remit"`)
		s.problem(w, r, problem(http.StatusUnauthorized, "This needs a key with the scope %s: send it as Authorization: Bearer KEY. An administrator issues keys.", scope))
		return
	}
	s.problem(w, r, problem(http.StatusForbidden, "The key may not do this: it needs the scope %s, and its account the role that goes with it. Ask an administrator.", scope))
}
