package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"korzo/platform/blob"
)

func put(t *testing.T, s *blob.FolderStore, name, content string) error {
	t.Helper()
	return s.Put(t.Context(), name, strings.NewReader(content))
}

func content(t *testing.T, s *blob.FolderStore, name string) string {
	t.Helper()
	f, err := s.Open(t.Context(), name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files lists everything under dir, left-overs too.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestNames(t *testing.T) {
	for name, want := range map[string]error{
		"logo.png":                       nil,
		"a-b_c.jpeg":                     nil,
		"":                               blob.ErrName,
		"logo":                           blob.ErrName,
		".png":                           blob.ErrName,
		"../logo.png":                    blob.ErrName,
		"a/b.png":                        blob.ErrName,
		`a\b.png`:                        blob.ErrName,
		"..":                             blob.ErrName,
		"Logo.png":                       blob.ErrName,
		"a.b.png":                        blob.ErrName,
		"logo.png\x00.exe":               blob.ErrName,
		"logo.png\n":                     blob.ErrName,
		strings.Repeat("a", 81) + ".png": blob.ErrName,
	} {
		dir := t.TempDir()
		err := put(t, blob.Folder(filepath.Join(dir, "blobs")), name, "x")
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
		if wrote := len(files(t, dir)) == 1; wrote != (want == nil) {
			t.Errorf("%q: files %q", name, files(t, dir))
		}
	}
}

func TestContentIsNamedOnce(t *testing.T) {
	dir := t.TempDir()
	s := blob.Folder(dir)
	name := blob.Name([]byte("a red mug"), "png")
	if err := put(t, s, name, "a blue mug"); !errors.Is(err, blob.ErrContent) {
		t.Errorf("other content under a content's name: %v", err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
	for range 2 {
		if err := put(t, s, name, "a red mug"); err != nil {
			t.Fatal(err)
		}
	}
	if got := content(t, s, name); got != "a red mug" {
		t.Errorf("got %q", got)
	}
	if blob.Name([]byte("a"), "png") == blob.Name([]byte("b"), "png") {
		t.Error("two contents, one name")
	}
}

func TestAPlainNameIsReplaced(t *testing.T) {
	dir := t.TempDir()
	s := blob.Folder(dir)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if err := put(t, s, "logo.png", strings.Repeat(string(rune('a'+i)), 100_000)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := content(t, s, "logo.png")
	if len(got) != 100_000 || strings.Trim(got, got[:1]) != "" {
		t.Error("two writers' bytes are mixed")
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("files: %q", got)
	}
	for range 2 {
		if err := s.Remove(t.Context(), "logo.png"); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Open(t.Context(), "logo.png"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("after removing: %v", err)
	}
}

type failing struct{ after io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.after.Read(p)
	if err == io.EOF {
		err = errors.New("the line broke")
	}
	return n, err
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    io.Reader
	}{
		{"too large", t.Context(), bytes.NewReader(make([]byte, 101))},
		{"broken off", t.Context(), failing{strings.NewReader("half")}},
		{"cancelled", cancelled, strings.NewReader("x")},
	} {
		dir := t.TempDir()
		s := blob.Folder(dir)
		s.MaxBytes = 100
		if err := put(t, s, "logo.png", "old"); err != nil {
			t.Fatal(err)
		}
		if err := s.Put(c.ctx, "logo.png", c.r); err == nil {
			t.Errorf("%s: no error", c.name)
		}
		if got := content(t, s, "logo.png"); got != "old" || len(files(t, dir)) != 1 {
			t.Errorf("%s: %q is left, files %q", c.name, got, files(t, dir))
		}
	}
	s := blob.Folder(t.TempDir())
	s.MaxBytes = 100
	if err := s.Put(t.Context(), "a.bin", bytes.NewReader(make([]byte, 100))); err != nil {
		t.Errorf("just at the limit: %v", err)
	}
}

func TestServing(t *testing.T) {
	s := blob.Folder(t.TempDir())
	hashed := blob.Name([]byte("<svg/>"), "svg")
	for name, text := range map[string]string{hashed: "<svg/>", "page.html": "<script>", "logo.png": "png"} {
		if err := put(t, s, name, text); err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /blobs/{name}", s)
	for _, c := range []struct {
		name, path, etag    string
		status              int
		kind, cache, attach string
	}{
		{"named by content", hashed, "", 200, "image/svg+xml", "public, max-age=31536000, immutable", ""},
		{"known already", hashed, `"` + hashed + `"`, 304, "image/svg+xml", "public, max-age=31536000, immutable", ""},
		{"named by hand", "logo.png", "", 200, "image/png", "no-cache", ""},
		{"what could act is a download", "page.html", "", 200, "application/octet-stream", "no-cache", "attachment"},
		{"unknown", "none.png", "", 404, "", "no-store", ""},
		{"a way out", "..%2f..%2fetc%2fpasswd", "", 404, "", "no-store", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/blobs/"+c.path, nil)
			r.Header.Set("If-None-Match", c.etag)
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			h := w.Header()
			if w.Code != c.status || h.Get("Cache-Control") != c.cache || h.Get("Content-Disposition") != c.attach {
				t.Errorf("%d %v", w.Code, h)
			}
			if c.status == 200 && (h.Get("Content-Type") != c.kind || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox")) {
				t.Errorf("%v", h)
			}
		})
	}
}
