package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
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

// keptPage is an answer, compressed once for all who ask for it.
type keptPage struct {
	header http.Header
	packed []byte
	tag    string
	status int
}

// keptBytes bounds the memory for answers as they are compressed, and largestKept is the
// largest one that is kept. Levels above 2 take longer than they save.
const (
	keptBytes   = 64 << 20
	largestKept = 2 << 20
	gzipLevel   = 2
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
		packed, err := pack(seen.body.Bytes())
		if err != nil {
			return nil, err
		}
		page := &keptPage{seen.header, packed, `W/"` + hex.EncodeToString(sum[:12]) + `"`, cmp.Or(seen.status, http.StatusOK)}
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
		if name == "Vary" { // on the compression too, which is already there
			values = slices.Concat(h[name], values)
		}
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
	if !takesGzip(r) {
		w.WriteHeader(status)
		if r.Method == http.MethodHead {
			return nil
		}
		body, err := gzip.NewReader(bytes.NewReader(p.packed))
		if err != nil {
			return err
		}
		_, err = io.Copy(w, body)
		return err
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(len(p.packed)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(p.packed)
	return err
}

func pack(body []byte) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzipLevel)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(body)
	err = errors.Join(err, z.Close())
	return packed.Bytes(), err
}

// takesGzip says that a reader can unpack what is compressed (RFC 9110, 12.5.3).
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, weighed := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
		n, err := strconv.ParseFloat(q, 64)
		return !weighed || err == nil && n > 0
	}
	return false
}

func (k *keptPages) find(key string) *keptPage {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byKey[key]
}

func (k *keptPages) add(key string, p *keptPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byKey[key] != nil || len(p.packed) > largestKept {
		return
	}
	if k.byKey == nil {
		k.byKey = map[string]*keptPage{}
	}
	k.byKey[key] = p
	k.order = append(k.order, key)
	k.size += len(p.packed)
	for k.size > keptBytes {
		oldest := k.order[0]
		k.order = k.order[1:]
		k.size -= len(k.byKey[oldest].packed)
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
