// Package dbtest gives a test a database of its own.
//
// A set of schemas is migrated once and kept as a template; each test gets a
// copy, so a test on a real database costs milliseconds. SQLite's template is
// a file's bytes, one per process. PostgreSQL's is a database named by the
// schemas' checksum, shared by all test binaries that run at once; what
// crashed runs left behind is dropped by a later one.
//
// SQLite is always tested; PostgreSQL when KORZO_TEST_POSTGRES holds the URL
// of a server where databases may be created.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
)

// Noon is the time at which every test's clock starts.
var Noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

// Each runs test on a fresh SQLite database and, when KORZO_TEST_POSTGRES
// holds a URL, on a fresh PostgreSQL database too. Both run in parallel.
func Each(t *testing.T, schemas []fs.FS, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t, schemas))
	})
	if os.Getenv("KORZO_TEST_POSTGRES") == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t, schemas))
	})
}

// SQLite returns a fresh SQLite database; the test's end closes it.
func SQLite(t testing.TB, schemas []fs.FS) *db.DB {
	t.Helper()
	return Open(t, SQLiteURL(t, schemas))
}

// SQLiteURL returns the URL of a fresh, migrated SQLite database that nobody has opened.
func SQLiteURL(t testing.TB, schemas []fs.FS) string {
	t.Helper()
	content, err := fileOf(schemas)
	if err != nil {
		t.Fatalf("make the SQLite template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// Copy returns the URL of a copy of a database that nobody has open; the test's
// end drops it.
func Copy(t testing.TB, url string) string {
	t.Helper()
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return copyPostgres(t, url)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "shop.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// Open opens the database at url with a clock that starts at Noon; the test's
// end closes it.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	return OpenWith(t, db.Config{URL: url})
}

// OpenWith is Open with all of db's settings. The log is discarded unless c has one.
func OpenWith(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d, err := db.OpenWith(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	clock := &Manual{now: Noon}
	clocks.Store(d, clock)
	d.Now = clock.Now
	t.Cleanup(func() {
		clocks.Delete(d)
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return d
}

// Write runs fn in a transaction that must succeed.
func Write(t testing.TB, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// Read runs fn on a snapshot; it must succeed.
func Read(t testing.TB, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// Count counts the statements that d runs from now on, transaction frames not
// counted, nor the look at what is remembered, which only PostgreSQL needs. Call
// the result for the number since.
func Count(d *db.DB) func() int {
	var n atomic.Int64
	before := d.OnStatement(nil)
	d.OnStatement(func(ctx context.Context, query string) {
		if !strings.Contains(query, "remember_generations") {
			n.Add(1)
		}
		if before != nil {
			before(ctx, query)
		}
	})
	return func() int { return int(n.Load()) }
}

// Manual is a clock that moves when the test says so. It is safe for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// clocks finds a database's clock: *db.DB → *Manual.
var clocks sync.Map

// Clock returns the clock of a database that this package opened.
func Clock(d *db.DB) *Manual {
	clock, ok := clocks.Load(d)
	if !ok {
		panic("dbtest.Clock: this database was not opened by dbtest")
	}
	return clock.(*Manual)
}

// Now returns the clock's time.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock forward.
func (m *Manual) Advance(by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(by)
}

// Set moves the clock to a time.
func (m *Manual) Set(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = now
}

// templates holds the bytes of migrated SQLite files by the schemas' checksum.
var templates struct {
	sync.Mutex
	files map[string]func() ([]byte, error)
}

// fileOf returns a SQLite file with the schemas in it; each set is migrated once.
func fileOf(schemas []fs.FS) ([]byte, error) {
	sum, err := checksum(schemas)
	if err != nil {
		return nil, err
	}
	templates.Lock()
	if templates.files == nil {
		templates.files = map[string]func() ([]byte, error){}
	}
	read, ok := templates.files[sum]
	if !ok {
		read = sync.OnceValues(func() ([]byte, error) { return migratedFile(schemas) })
		templates.files[sum] = read
	}
	templates.Unlock()
	return read()
}

func migratedFile(schemas []fs.FS) ([]byte, error) {
	dir, err := os.MkdirTemp("", "korzo-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "shop.db")
	if err := migrate("sqlite:"+path, schemas); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func migrate(url string, schemas []fs.FS) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx, schemas...); err != nil {
		d.Close()
		return err
	}
	return d.Close()
}

// checksum names a set of schemas by everything in it, the runner's own included.
func checksum(schemas []fs.FS) (string, error) {
	hash := sha256.New()
	for _, schema := range append([]fs.FS{db.Schema}, schemas...) {
		names, err := fs.Glob(schema, "schema/*.sql")
		if err != nil {
			return "", err
		}
		for _, name := range names {
			text, err := fs.ReadFile(schema, name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(hash, "%s %d %s\n", name, len(text), text)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:20], nil
}
