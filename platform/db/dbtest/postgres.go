package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

const (
	// templatePrefix begins the name of a template: the schemas' checksum follows.
	templatePrefix = "korzo_template_"
	// clonePrefix begins the name of a test's database: the second it was made follows.
	clonePrefix = "korzo_test_"
	// building begins the name of a template that is not ready.
	building = "korzo_building_"
	// leftover is the age at which a test's database belongs to a run that crashed.
	leftover = time.Hour
	// testConns bounds a test's pool: many tests share one server.
	testConns = 12
	// templateLock is the advisory lock under which templates are made.
	templateLock = 7305822
)

// Postgres returns a fresh PostgreSQL database; the test's end drops it.
func Postgres(t testing.TB, schemas []fs.FS) *db.DB {
	t.Helper()
	return OpenWith(t, db.Config{URL: PostgresURL(t, schemas), MaxConns: testConns})
}

// PostgresURL returns the URL of a fresh, migrated PostgreSQL database. It
// fails the test when KORZO_TEST_POSTGRES is not set.
func PostgresURL(t testing.TB, schemas []fs.FS) string {
	t.Helper()
	server := os.Getenv("KORZO_TEST_POSTGRES")
	if server == "" {
		t.Fatal("KORZO_TEST_POSTGRES is not set: let it hold the URL of a PostgreSQL server")
	}
	admin, err := adminOf(server)
	if err != nil {
		t.Fatal(err)
	}
	template, err := templateOf(admin, server, schemas)
	if err != nil {
		t.Fatalf("make the PostgreSQL template: %v", err)
	}
	return clone(t, admin, server, template)
}

// copyPostgres clones the database of a URL that this package gave.
func copyPostgres(t testing.TB, of string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	server := os.Getenv("KORZO_TEST_POSTGRES")
	admin, err := adminOf(server)
	if err != nil {
		t.Fatal(err)
	}
	return clone(t, admin, server, strings.TrimPrefix(u.Path, "/"))
}

// clone makes a database like template, which the test's end drops.
func clone(t testing.TB, admin *sql.DB, server, template string) string {
	t.Helper()
	name := fmt.Sprintf("%s%d_%d_%x", clonePrefix, time.Now().Unix(), os.Getpid(), rand.Uint32())
	var byFile bool
	if err := admin.QueryRow(copiesFiles).Scan(&byFile); err != nil {
		t.Fatal(err)
	}
	if err := run(admin, cloneDatabase(name, template, byFile)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run(admin, dropDatabase(name)); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return withDatabase(server, name)
}

// admins holds one small pool per server for making and dropping databases.
var admins sync.Map

func adminOf(server string) (*sql.DB, error) {
	open, _ := admins.LoadOrStore(server, sync.OnceValues(func() (*sql.DB, error) {
		pool, err := sql.Open("pgx", server)
		if err != nil {
			return nil, err
		}
		pool.SetMaxOpenConns(3)
		return pool, nil
	}))
	return open.(func() (*sql.DB, error))()
}

// made remembers the templates that this process has seen ready.
var made sync.Map

// templateOf returns the name of a database with the schemas in it, made by
// whichever process comes first.
func templateOf(admin *sql.DB, server string, schemas []fs.FS) (string, error) {
	sum, err := checksum(schemas)
	if err != nil {
		return "", err
	}
	name := templatePrefix + sum
	if _, ok := made.Load(name); ok {
		return name, nil
	}
	ctx := context.Background()
	c, err := admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, lock, templateLock); err != nil {
		return "", err
	}
	defer c.ExecContext(ctx, unlock, templateLock)

	var n int
	if err := c.QueryRowContext(ctx, countDatabases, name).Scan(&n); err != nil {
		return "", err
	}
	if n == 0 {
		if err := build(ctx, c, server, name, schemas); err != nil {
			return "", err
		}
	}
	made.Store(name, true)
	return name, nil
}

// build migrates a database under another name first, so that a template that
// is there is whole.
func build(ctx context.Context, c *sql.Conn, server, name string, schemas []fs.FS) error {
	if err := dropLeftovers(ctx, c); err != nil {
		return err
	}
	part := building + strings.TrimPrefix(name, templatePrefix)
	if _, err := c.ExecContext(ctx, dropDatabase(part)); err != nil {
		return err
	}
	if _, err := c.ExecContext(ctx, createDatabase(part)); err != nil {
		return err
	}
	if err := migrate(withDatabase(server, part), schemas); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, renameDatabase(part, name))
	return err
}

// dropLeftovers drops the databases of test runs that crashed.
func dropLeftovers(ctx context.Context, c *sql.Conn) error {
	rows, err := c.QueryContext(ctx, listClones)
	if err != nil {
		return err
	}
	defer rows.Close()
	var old []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		second, _, _ := strings.Cut(strings.TrimPrefix(name, clonePrefix), "_")
		made, err := strconv.ParseInt(second, 10, 64)
		if err == nil && time.Since(time.Unix(made, 0)) > leftover {
			old = append(old, name)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range old {
		if _, err := c.ExecContext(ctx, dropDatabase(name)); err != nil {
			return err
		}
	}
	return nil
}

func run(admin *sql.DB, statement string) error {
	_, err := admin.ExecContext(context.Background(), statement)
	return err
}

// withDatabase returns server's URL with another database in it.
func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}
