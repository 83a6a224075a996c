package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"
)

// keptPages holds answers of public pages. The same address says the same until
// the register changes or the day does, so an answer is worked out once.
type keptPages struct {
	mu    sync.Mutex
	byKey map[string]*keptPage
	order []string // the oldest first
	size  int

	making singleflight.Group // one is worked out while the others who ask wait for it
}

type keptPage struct {
	header http.Header
	body   []byte
	tag    string
	status int
}

// keptBytes bounds the memory for answers, and the largest one that is kept.
const (
	keptBytes   = 64 << 20
	largestKept = 2 << 20
)

// keyOf names an answer: what was known, the day, the form that is wanted, and
// the whole address, of which feeds hold the host too.
func keyOf(a *Asked, r *http.Request) string {
	return fmt.Sprintf("%d %t %s %s %s%s", a.Register.Change.Number, a.Newer, a.Today, wanted(r), siteRoot(r), r.URL.RequestURI())
}

// serveKept answers from what is kept, or has it answered and keeps that. An
// error is not kept.
func (s *Site) serveKept(w http.ResponseWriter, r *http.Request, answer handler) error {
	key := keyOf(asked(r), r)
	if strings.HasPrefix(r.URL.Path, "/quality") { // what is published changes without the register
		state, err := s.store.MetricState(r.Context())
		if err != nil {
			return err
		}
		key += " " + state
	}
	if page := s.kept.find(key); page != nil {
		return page.send(w, r, http.StatusOK)
	}
	made, err, _ := s.kept.making.Do(key, func() (any, error) {
		seen := &held{header: http.Header{}}
		// Others may wait for it: it does not end with the reader who came first.
		if err := answer(seen, r.WithContext(context.WithoutCancel(r.Context()))); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(seen.body.Bytes())
		page := &keptPage{seen.header, seen.body.Bytes(), `W/"` + hex.EncodeToString(sum[:12]) + `"`, cmp.Or(seen.status, http.StatusOK)}
		if page.status == http.StatusOK {
			s.kept.add(key, page)
		}
		return page, nil
	})
	if err != nil {
		return err
	}
	page := made.(*keptPage)
	return page.send(w, r, page.status)
}

// send answers with the page, or says that the reader has it already.
func (p *keptPage) send(w http.ResponseWriter, r *http.Request, status int) error {
	h := w.Header()
	for name, values := range p.header {
		h[name] = values
	}
	if status == http.StatusOK {
		h.Set("ETag", p.tag)
		for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
			if strings.TrimSpace(tag) == p.tag {
				w.WriteHeader(http.StatusNotModified)
				return nil
			}
		}
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(p.body)
	return err
}

func (k *keptPages) find(key string) *keptPage {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byKey[key]
}

func (k *keptPages) add(key string, p *keptPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byKey[key] != nil || len(p.body) > largestKept {
		return
	}
	if k.byKey == nil {
		k.byKey = map[string]*keptPage{}
	}
	k.byKey[key] = p
	k.order = append(k.order, key)
	k.size += len(p.body)
	for k.size > keptBytes {
		oldest := k.order[0]
		k.order = k.order[1:]
		k.size -= len(k.byKey[oldest].body)
		delete(k.byKey, oldest)
	}
}

// held is an answer that is not sent yet.
type held struct {
	header http.Header
	body   bytes.Buffer
	status int
}

func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }
