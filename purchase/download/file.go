package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/offer/catalog"
	"korzo/platform/blob"
	"korzo/platform/id"
)

// MaxBytes bounds a file of goods.
const MaxBytes = 2 << 30

// Keep stores a file that is to be sold and returns it as a variant has it; how
// often and how long it may be downloaded is for the caller to say. It returns
// ErrName, or blob.ErrTooLarge; then nothing is kept.
func Keep(ctx context.Context, store *blob.FolderStore, name string, body io.Reader, now time.Time) (catalog.File, error) {
	if name == "" || len(name) > 120 || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\"\r\n\x00") {
		return catalog.File{}, ErrName
	}
	f := catalog.File{Blob: string(id.New[ID]("fil", now)) + "." + ending(name), Name: name}
	read := &counted{Reader: body}
	if err := store.Put(ctx, f.Blob, read); err != nil {
		return catalog.File{}, fmt.Errorf("keep %s: %w", name, err)
	}
	f.Bytes = read.n
	return f, nil
}

// counted counts what is read.
type counted struct {
	io.Reader
	n int64
}

// Read counts.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// Serve answers a right's file, or the part of it that was asked for. It
// returns blob.ErrNotFound when the store has lost it.
func Serve(w http.ResponseWriter, r *http.Request, store *blob.FolderStore, right Right) error {
	f, err := store.Open(r.Context(), right.Blob)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	file, ok := f.(io.ReadSeeker)
	if !ok {
		return errors.New("the store's files cannot be read from the middle")
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": right.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	h.Set("ETag", `"`+string(right.ID)+"-"+right.Blob+`"`)
	http.ServeContent(w, r, "", right.GrantedAt, file)
	return nil
}

// FromStart reports whether a request asks for a file from its beginning, and
// so is a download to be counted; false for one that goes on with it.
func FromStart(r *http.Request) bool {
	from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
	return !ok || strings.HasPrefix(from, "0-") || strings.Contains(from, ",")
}
