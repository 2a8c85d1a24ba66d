// Package blob keeps files: pictures of goods, documents, uploads.
//
// A file is written whole or not at all, and is on the disk when Put returns.
// Most are named by their content (see Name): such a file never changes, so
// browsers may keep it for ever, and writing it twice costs nothing. A name is
// one plain word with an ending; nothing else reaches the file system, so no
// name leads out of the folder.
//
// What is served is served as data: with the type its ending says, never
// guessed, and in a sandbox, so that a script hidden in an uploaded drawing
// does not run as if the shop had written it.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"korzo/platform/fault"
)

// MaxBytes is the size up to which files are taken unless a store says otherwise.
const MaxBytes = 20 << 20

// What callers can act on.
var (
	ErrName     = fault.New(fault.Invalid, "blob.name", "a file's name is 1 to 80 small letters, digits, - and _, with one ending such as .png")
	ErrContent  = fault.New(fault.Invalid, "blob.content", "the file's name was made from other content; name it anew")
	ErrTooLarge = fault.New(fault.TooLarge, "blob.too_large", "the file is too large; make it smaller")
	ErrNotFound = fault.New(fault.NotFound, "blob.not_found", "there is no such file")
)

// FolderStore keeps files in a folder. It is safe for concurrent use, also by
// several processes.
type FolderStore struct {
	dir string
	// MaxBytes bounds one file; 0 means the constant MaxBytes.
	MaxBytes int64
}

// Folder returns a store on dir, which is made when the first file comes.
func Folder(dir string) *FolderStore { return &FolderStore{dir: dir} }

var (
	nameForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,79}\.[a-z0-9]{1,8}$`)
	contentForm = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{32}\.[a-z0-9]{1,8}$`)
	alphabet    = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)
)

// Name returns the name of content: 160 bits of its SHA-256, and ext without
// its dot. Equal content has equal names.
func Name(content []byte, ext string) string {
	h := sha256.New()
	h.Write(content)
	return nameOf(h, ext)
}

func nameOf(h hash.Hash, ext string) string {
	return alphabet.EncodeToString(h.Sum(nil)[:20]) + "." + ext
}

// path spreads files over folders: a thousand times a thousand is no trouble
// for any file system.
func (s *FolderStore) path(name string) (string, error) {
	if !nameForm.MatchString(name) {
		return "", ErrName
	}
	return filepath.Join(s.dir, name[:1], name), nil
}

// Put stores what r holds under name; a file of that name is replaced. Under a
// name made by Name only that content is taken, and nothing is written if it
// is there. Repeating Put is safe.
func (s *FolderStore) Put(ctx context.Context, name string, r io.Reader) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if contentForm.MatchString(name) {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
	}
	if err := s.write(ctx, path, name, r); err != nil {
		return fmt.Errorf("put %s: %w", name, err)
	}
	return nil
}

func (s *FolderStore) write(ctx context.Context, path, name string, r io.Reader) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".put-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(f.Close()), os.Remove(f.Name()))
		}
	}()
	sum := sha256.New()
	limit := s.limit()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(&reader{ctx, r}, limit+1))
	switch {
	case err != nil:
		return err
	case n > limit:
		return ErrTooLarge.With(fmt.Sprintf("the file is larger than %d bytes; make it smaller", limit))
	case contentForm.MatchString(name) && nameOf(sum, name[33:]) != name:
		return ErrContent
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// syncFolder makes a rename outlive a power cut, where folders can be synced.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

func (s *FolderStore) limit() int64 {
	if s.MaxBytes > 0 {
		return s.MaxBytes
	}
	return MaxBytes
}

// reader stops when its context does.
type reader struct {
	ctx context.Context
	io.Reader
}

// Read reads unless the context has ended.
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// Open returns a file's content, or ErrNotFound. The caller closes it.
func (s *FolderStore) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.open(name)
}

func (s *FolderStore) open(name string) (*os.File, error) {
	path, err := s.path(name)
	if err != nil {
		return nil, ErrNotFound // a name that cannot be is of no file
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return f, nil
}

// Has reports whether there is a file of that name.
func (s *FolderStore) Has(name string) bool {
	path, err := s.path(name)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}

// Remove deletes a file; one that is not there is no error.
func (s *FolderStore) Remove(_ context.Context, name string) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// types are the endings that browsers may show. Anything else is a download.
var types = map[string]string{
	"avif": "image/avif", "gif": "image/gif", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png",
	"svg": "image/svg+xml", "webp": "image/webp", "mp4": "video/mp4", "webm": "video/webm", "pdf": "application/pdf", "txt": "text/plain; charset=utf-8",
}

// sandbox keeps what an uploaded file contains from acting in the shop's name.
const sandbox = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"

// ServeHTTP answers the file that the request's path value {name} names.
// Mount it as "GET /blobs/{name}".
func (s *FolderStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	f, err := s.open(name)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", sandbox)
	_, ext, _ := strings.Cut(name, ".")
	if kind, ok := types[ext]; ok {
		h.Set("Content-Type", kind)
	} else {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", "attachment")
	}
	if contentForm.MatchString(name) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("ETag", `"`+name+`"`)
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, "", info.ModTime(), f)
}
