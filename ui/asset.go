package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"
)

// Asset is a file that never changes: its name holds a hash of its content, so
// browsers keep it for ever and a new release has a new name.
type Asset struct {
	URL  string // "/assets/shop.3f9a1c07d2e4.css"
	body []byte
	kind string
}

// NewAsset joins parts into one file under folder ("/assets/"). name is what
// people call it ("shop.css"); its ending decides what it is served as.
func NewAsset(folder, name string, parts ...string) Asset {
	body := []byte(strings.Join(parts, "\n"))
	sum := sha256.Sum256(body)
	ending := path.Ext(name)
	kind := "text/css; charset=utf-8"
	switch ending {
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".svg":
		kind = "image/svg+xml"
	}
	return Asset{URL: folder + strings.TrimSuffix(name, ending) + "." + hex.EncodeToString(sum[:6]) + ending, body: body, kind: kind}
}

// Size is the length of the file in bytes, before compression.
func (a Asset) Size() int { return len(a.body) }

// Handler serves assets at their URLs, to be kept for a year. Any other name
// is answered 404: an old page must not get new styles under an old name.
func Handler(assets ...Asset) http.Handler {
	byURL := make(map[string]Asset, len(assets))
	for _, a := range assets {
		byURL[a.URL] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a.kind)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
	})
}
