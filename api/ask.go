package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"remit/holding"
	"remit/register"
	"remit/store"
)

// Asked is what every question can be asked with.
type Asked struct {
	On          string `query:"on" format:"date" doc:"As at this day, YYYY-MM-DD. Default: today in England." example:"2025-08-01"`
	Known       string `query:"known" maxLength:"40" doc:"As known at this moment: a day (by the end of it, in England) or a time such as 2026-11-20T09:00:00Z. Default: now."`
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an answer that you have: when it still stands you get 304 and no body."`

	url    url.URL
	accept string
}

// Resolve keeps what the answer's links and ETag are made of. huma calls it.
func (a *Asked) Resolve(ctx huma.Context) []error {
	a.url, a.accept = ctx.URL(), ctx.Header("Accept")
	return nil
}

func (a *Asked) common() *Asked { return a }

// question is an input that holds what every question can be asked with.
type question[I any] interface {
	*I
	common() *Asked
}

// view is the register as a question sees it.
type view struct {
	*store.Known
	on     register.Day
	caller *caller
	read   func(*register.Pack) (*holding.Book, error)
}

func (v *view) book() (*holding.Book, error) { return v.read(v.Pack) }

// today is the day in England.
func (s *server) today() register.Day { return register.DayOf(s.Now()) }

// view finds the register as known at the moment asked.
func (s *server) view(ctx context.Context, on, known string) (*view, error) {
	v := &view{on: s.today(), caller: callerOf(ctx), read: s.books.of}
	if on != "" {
		day, err := register.ParseDay(on)
		if err != nil {
			return nil, badParameter("on", on, "it is no date; write it YYYY-MM-DD")
		}
		v.on = day
	}
	at, err := s.moment(known)
	if err != nil {
		return nil, err
	}
	if v.Known, err = s.Store.Known(ctx, at); errors.Is(err, store.ErrNotFound) {
		return nil, problem(http.StatusNotFound, "Nothing had been recorded by %s; ask as known at a later moment.", known)
	}
	return v, err
}

// moment reads a day, by the end of it in England, or a time. Zero is now.
func (s *server) moment(known string) (time.Time, error) {
	if known == "" {
		return time.Time{}, nil
	}
	if day, err := register.ParseDay(known); err == nil {
		return register.DayEnd(day), nil
	}
	if at, err := time.Parse(time.RFC3339, known); err == nil && at.Year() >= 0 && at.Year() <= 9999 {
		return at, nil
	}
	return time.Time{}, badParameter("known", known, "it is neither a day nor a time; write 2026-11-20 or 2026-11-20T09:00:00Z")
}

func badParameter(name, value, message string) *Problem {
	d := &huma.ErrorDetail{Message: message, Location: "query." + name, Value: value}
	p := problem(http.StatusUnprocessableEntity, "%s", faultsIn([]*huma.ErrorDetail{d}))
	p.Errors = []*huma.ErrorDetail{d}
	return p
}

// reply is an answer with the headers that belong to it.
type reply[T any] struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	ETag         string `header:"ETag" doc:"Send it as If-None-Match to learn whether the answer still stands"`
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary"`
	Link         string `header:"Link" doc:"The neighbouring pages of a list, as RFC 8288 has it"`
	Body         T
}

// one registers a question with one thing for an answer.
func one[I, T any, Q question[I]](s *server, op huma.Operation, answer func(context.Context, *I, *view) (T, error)) {
	op.Responses = notModified()
	add(s, op, func(ctx context.Context, in *I) (*reply[T], error) {
		q := Q(in).common()
		v, err := s.view(ctx, q.On, q.Known)
		if err != nil {
			return nil, err
		}
		out := &reply[T]{Status: http.StatusOK}
		if v.stamp(q, &out.Status, &out.ETag, &out.CacheControl, &out.Vary); out.Status == http.StatusNotModified {
			return out, nil
		}
		out.ContentType = "application/json"
		out.Body, err = answer(ctx, in, v)
		return out, err
	})
}

// add registers an operation whose errors are translated.
func add[I, O any](s *server, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	op.Errors = append(op.Errors, http.StatusNotFound, http.StatusTooManyRequests)
	op.RejectUnknownQueryParameters = true
	op.MaxBodyBytes = cmp.Or(op.MaxBodyBytes, MaxBody)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.translate(ctx, &op, err)
		}
		return out, nil
	})
}

func notModified() map[string]*huma.Response {
	return map[string]*huma.Response{"304": {Description: "The answer that you have still stands"}}
}

// stamp gives an answer its ETag and says how long it may be kept. The same
// question about the same state of the register has the same answer, so that both
// together name it.
func (v *view) stamp(q *Asked, status *int, etag, cache, vary *string) {
	who := "public"
	*cache = "public, max-age=60"
	if !v.caller.public() {
		who, *cache = fmt.Sprintf("key %d", v.caller.key.ID), "private, no-cache"
	}
	*vary = "Accept, Authorization, X-API-Key"
	sum := sha256.Sum256([]byte(strings.Join([]string{fmt.Sprint(v.Change.Number), v.Pack.Hash, v.on.String(), q.url.Path, q.url.RawQuery, q.accept, who}, "\n")))
	*etag = `"` + hex.EncodeToString(sum[:16]) + `"`
	if matches(q.IfNoneMatch, *etag) {
		*status = http.StatusNotModified
	}
}

// matches reads If-None-Match, which compares weakly.
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == etag {
			return true
		}
	}
	return false
}

// books keeps the books of the packs asked about last: reading one takes longer
// than answering from it.
type books struct {
	mu   sync.Mutex
	last []*holding.Book
}

const mostBooks = 4

func (b *books) of(p *register.Pack) (*holding.Book, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, have := range b.last {
		if have.Pack() == p {
			copy(b.last[1:i+1], b.last[:i])
			b.last[0] = have
			return have, nil
		}
	}
	made, err := holding.New(p)
	if err != nil {
		return nil, err
	}
	b.last = append([]*holding.Book{made}, b.last[:min(len(b.last), mostBooks-1)]...)
	return made, nil
}
