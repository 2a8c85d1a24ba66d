package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"korzo/app"
)

// stand is a shop to be measured, with its bank, each in a process of its own.
type stand struct {
	dir      string
	database string         // the shop's URL
	admin    string         // of the PostgreSQL server where it was made; "" on SQLite
	copies   map[int]copied // of it, for each concurrency, to replay purchases on
	drop     func() error
	version  string
	plan     Plan
	keys     keys
	goods    goods
	gateway  string
	bank     *process
	server   *process
	addr     string
	socket   *http.Client
	backends string // the name of the database in PostgreSQL's process titles; "" on SQLite
}

type keys struct{ publishable, secret string }

// goods is what there is to look at and to buy.
type goods struct {
	pages    []string // cursors of the product list's pages
	slugs    []string
	skus     []string // with stock enough for every purchase
	location string
}

// openStand makes a shop in dir, records a purchase, and starts the processes.
func openStand(ctx context.Context, c Config, dir string) (*stand, error) {
	s := &stand{dir: dir, copies: map[int]copied{}, drop: func() error { return nil }}
	err := s.open(ctx, c)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stand) open(ctx context.Context, c Config) (err error) {
	if err := s.makeDatabase(ctx, c.Database); err != nil {
		return err
	}
	var opened struct{ Gateway, URL string }
	if s.bank, err = start(ctx, nil, &opened, "sandbox", "--listen", "127.0.0.1:0", "--data", filepath.Join(s.dir, "bank"), "--json"); err != nil {
		return fmt.Errorf("start the bank: %w", err)
	}
	s.gateway = opened.Gateway
	if err := s.prepare(ctx, c); err != nil {
		return fmt.Errorf("prepare the shop: %w", err)
	}
	if s.server, err = start(ctx, nil, &opened, "serve", "--listen", "127.0.0.1:0", "--data", s.data(), "--database", s.database,
		"--gateway", s.gateway, "--log", "error", "--json"); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	u, err := url.Parse(opened.URL)
	if err != nil {
		return err
	}
	s.addr = u.Host
	s.socket = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(s.data(), "korzo.sock"))
	}}}
	if c.Profiles != "" {
		return os.MkdirAll(c.Profiles, 0o755)
	}
	return nil
}

func (s *stand) data() string { return filepath.Join(s.dir, "shop") }

// close ends the processes and drops the database.
func (s *stand) close() error {
	var err error
	for _, p := range []*process{s.server, s.bank} {
		if p != nil {
			err = errors.Join(err, p.stop())
		}
	}
	return errors.Join(err, s.drop())
}

// cpu is the processor time that the server and the database have used.
func (s *stand) cpu() (server, base time.Duration) {
	if s.backends != "" {
		base = cpuOfBackends(s.backends)
	}
	return cpuOf(s.server.pid()), base
}

func (s *stand) status(ctx context.Context) (st app.Status, err error) {
	err = s.get(ctx, "/status", func(body io.Reader) error { return json.NewDecoder(body).Decode(&st) })
	return st, err
}

// settled waits until the server has done what its buyers left to be done.
func (s *stand) settled(ctx context.Context) error {
	end := time.Now().Add(drainTime)
	for {
		st, err := s.status(ctx)
		if err != nil || st.Settled {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("facts or jobs were not done %v after the last operation", drainTime)
		}
		pause(20 * time.Millisecond)
	}
}

// writeProfile writes the server's CPU profile of some seconds.
func (s *stand) writeProfile(ctx context.Context, file string, d time.Duration) error {
	return s.get(ctx, fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(1, int(d.Seconds()))), func(body io.Reader) error {
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, body)
		return errors.Join(err, f.Close())
	})
}

// get asks the server over its socket.
func (s *stand) get(ctx context.Context, path string, read func(io.Reader) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://shop"+path, nil)
	if err != nil {
		return err
	}
	w, err := s.socket.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = w.Body.Close() }()
	if w.StatusCode != http.StatusOK {
		return fmt.Errorf("the server's %s answered %d", path, w.StatusCode)
	}
	return read(w.Body)
}
