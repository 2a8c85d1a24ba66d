package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"korzo/app"
	"korzo/platform/db"
)

// place is which shop a command is about.
type place struct {
	Data     string `default:"korzo-data" help:"Folder of the shop: database, keys, pictures."`
	Database string `placeholder:"URL" help:"sqlite:PATH or postgres://USER@HOST/NAME. A file in the data folder if left out."`
}

func (p place) config() app.Config { return app.Config{Data: p.Data, Database: p.Database} }

// file is the path of the SQLite database, "" on PostgreSQL.
func (p place) file() string {
	if p.Database == "" {
		return filepath.Join(p.Data, "shop.db")
	}
	path, isFile := strings.CutPrefix(p.Database, "sqlite:")
	if !isFile {
		return ""
	}
	return path
}

// shop is where a command finds its shop: a server's socket or, without a
// server, the database.
type shop struct {
	client http.RoundTripper
	server bool
	close  func() error
}

// server is the server that runs on the data folder, nil when there is none.
func (p place) server() *shop {
	path := socketPath(p.Data)
	line, err := net.Dial("unix", path)
	if err != nil {
		return nil
	}
	_ = line.Close()
	return &shop{client: overSocket(path), server: true, close: func() error { return nil }}
}

// reach finds the shop. c is used only when no server runs.
func (p place) reach(ctx context.Context, c app.Config) (*shop, error) {
	if s := p.server(); s != nil {
		return s, nil
	}
	if file := p.file(); file != "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no shop at %s: start one with korzo serve or korzo demo, or name its folder with --data", file)
		}
	}
	d, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return &shop{client: direct{app.Local(d, c)}, close: d.Close}, nil
}

// open opens the shop's database in this process.
func (p place) open(ctx context.Context) (*db.DB, error) {
	url := p.Database
	if url == "" {
		url = "sqlite:" + p.file()
	}
	return db.OpenWith(ctx, db.Config{URL: url, MaxConns: 4, Log: slog.Default()})
}

// use reaches the shop, uses it and lets it go. The schema must be up to date.
func (p place) use(ctx context.Context, do func(s *shop) error) error {
	s, err := p.reach(ctx, p.config())
	if err != nil {
		return err
	}
	return errors.Join(s.ready(ctx, do), s.close())
}

func (s *shop) ready(ctx context.Context, do func(s *shop) error) error {
	if s.server {
		return do(s)
	}
	var all []app.Migration
	if err := s.ask(ctx, http.MethodGet, "/migrations", nil, &all); err != nil {
		return err
	}
	for _, m := range all {
		if !m.Applied {
			return errors.New("the database's schema is not up to date: run korzo migrate first")
		}
	}
	return do(s)
}

// ask sends one request and reads the answer into out.
func (s *shop) ask(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://shop"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	w, err := s.client.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("ask the running server: %w", err)
	}
	defer func() { _ = w.Body.Close() }()
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		return fmt.Errorf("ask the running server: %w", err)
	}
	if w.StatusCode != http.StatusOK {
		var p app.LocalProblem
		if json.Unmarshal(answer, &p) != nil || p.Detail == "" {
			return fmt.Errorf("the running server answered %d: use the same version of korzo for both", w.StatusCode)
		}
		return p
	}
	return json.Unmarshal(answer, out)
}

func overSocket(path string) http.RoundTripper {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
}

// direct answers requests in this process.
type direct struct{ http.Handler }

// RoundTrip calls the handler.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &answer{header: http.Header{}, status: http.StatusOK}
	d.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

// answer is what a handler of this process wrote.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is where the handler puts headers.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write keeps the body.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// socketName is the command line's door in a data folder.
const socketName = "korzo.sock"

// socketPath is the socket of a data folder, from here or from the root,
// whichever is shorter: the system allows about a hundred characters.
func socketPath(data string) string {
	path := filepath.Join(data, socketName)
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if !filepath.IsAbs(path) {
		if whole := filepath.Join(here, path); len(whole) < len(path) {
			return whole
		}
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && len(short) < len(path) {
		return short
	}
	return path
}

// listenLocal opens the command line's door. A server that is there already is
// an error; what a crash left behind is replaced.
func listenLocal(data string) (net.Listener, error) {
	path := socketPath(data)
	if line, err := net.Dial("unix", path); err == nil {
		_ = line.Close()
		return nil, fmt.Errorf("a server runs on the data folder %s already: stop it, or choose another folder with --data", data)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open the command line's socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the command line's socket (a shorter --data may help): %w", err)
	}
	return l, os.Chmod(path, 0o600)
}

// folder makes a data folder, and sees that files can be made in it.
func folder(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".new-*"); err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written to: choose another with --data, or make it this user's (%w)", dir, err)
	}
	return nil
}

// writeJSON prints a value for a machine.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
