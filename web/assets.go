package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// built are the styles and scripts that make assets builds. Without them, there
// is a placeholder alone, and pages are plain and say how to build them.
//
//go:embed all:assets/dist
var built embed.FS

// file is a built file under the name that it is served by, which has a hash of
// the content in it: an address never changes its content.
type file struct {
	content []byte
	kind    string
}

var files = sync.OnceValue(func() (all struct {
	byName map[string]file   // app.1a2b3c4d5e6f.css
	names  map[string]string // app.css -> app.1a2b3c4d5e6f.css
}) {
	all.byName, all.names = map[string]file{}, map[string]string{}
	dist, err := fs.Sub(built, "assets/dist")
	if err != nil {
		panic(err) // the path is in the program
	}
	names, err := fs.Glob(dist, "*.*")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(dist, name)
		if err != nil || strings.HasPrefix(name, ".") {
			continue
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		all.byName[hashed] = file{content, mime.TypeByExtension(ext)}
		all.names[name] = hashed
	}
	return all
})

// assetPath is the address of a built file, or blank when it is not built.
func assetPath(name string) string {
	if hashed, ok := files().names[name]; ok {
		return "/assets/" + hashed
	}
	return ""
}

func (s *Site) asset(w http.ResponseWriter, r *http.Request) error {
	f, ok := files().byName[r.PathValue("file")]
	if !ok {
		return plainly(w, http.StatusNotFound, "there is no such file\n")
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", f.kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
	return nil
}
