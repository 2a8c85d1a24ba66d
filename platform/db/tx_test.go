package db_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestAReadCannotWrite(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		err := d.Read(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, "a") })
		if !errors.Is(err, db.ErrReadOnly) {
			t.Errorf("a write in a Read: %v", err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Savepoint(t.Context(), func() error { return nil })
		})
		if !errors.Is(err, db.ErrReadOnly) {
			t.Errorf("a Savepoint in a Read: %v", err)
		}
		wantNames(t, d)
	})
}

func TestAReadIsOneSnapshot(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		count := func(tx *db.Tx) int64 {
			n, err := db.One(t.Context(), tx, scanInt, `SELECT COUNT(*) FROM thing_rows`)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			before := count(tx)
			written := make(chan error)
			go func() {
				written <- d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, "a") })
			}()
			if err := <-written; err != nil {
				t.Error(err)
			}
			if after := count(tx); before != 0 || after != 0 {
				t.Errorf("the snapshot went from %d rows to %d", before, after)
			}
			return nil
		})
		wantNames(t, d, "a")
	})
}

func TestAReadEndsWithItsContext(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Read(ctx, func(tx *db.Tx) error {
			cancel()
			_, err := db.One(ctx, tx, scanInt, `SELECT 1`)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		wantNames(t, d)
	})
}

func TestRefusalsHaveNames(t *testing.T) {
	schemas := append(slices.Clone(things), schemaOf("child_001.sql", `
		CREATE TABLE child_rows (id TEXT PRIMARY KEY, thing BIGINT NOT NULL REFERENCES thing_rows (seq))`))
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		dbtest.Write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO thing_rows (seq, name) VALUES (7, 'a')`)
			if err == nil {
				_, err = tx.Exec(ctx, `INSERT INTO child_rows (id, thing) VALUES ('x', 7)`)
			}
			return err
		})
		for _, c := range []struct {
			name, query string
			want        error
		}{
			{"a second value in a unique column", `INSERT INTO thing_rows (name) VALUES ('a')`, db.ErrUnique},
			{"a second primary key of text", `INSERT INTO child_rows (id, thing) VALUES ('x', 7)`, db.ErrUnique},
			{"a second primary key of numbers", `INSERT INTO thing_rows (seq, name) VALUES (7, 'b')`, db.ErrUnique},
			{"a second value told by RETURNING", `INSERT INTO thing_rows (name) VALUES ('a') RETURNING seq`, db.ErrUnique},
			{"a number below its check", `UPDATE thing_rows SET n = -1`, db.ErrCheck},
			{"a reference to nothing", `INSERT INTO child_rows (id, thing) VALUES ('y', 8)`, db.ErrReference},
			{"a row that is referred to", `DELETE FROM thing_rows`, db.ErrReference},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				if strings.Contains(c.query, "RETURNING") {
					_, err := db.One(ctx, tx, scanInt, c.query)
					return err
				}
				_, err := tx.Exec(ctx, c.query)
				return err
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		err := d.Read(ctx, func(tx *db.Tx) error {
			_, err := db.One(ctx, tx, scanInt, `SELECT seq FROM thing_rows WHERE name = $1`, "nobody")
			return err
		})
		if !errors.Is(err, db.ErrNoRow) {
			t.Errorf("no row: %v", err)
		}
	})
}

// PostgreSQL's connection cannot do this, so nobody should; but it must not break SQLite's cached statements.
func TestAQueryInsideAScanDoesNotDisturbIt(t *testing.T) {
	d := dbtest.SQLite(t, things)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return errors.Join(insert(t.Context(), tx, "a"), insert(t.Context(), tx, "b"))
	})
	dbtest.Read(t, d, func(tx *db.Tx) error {
		const query = `SELECT seq FROM thing_rows ORDER BY seq`
		counts, err := db.All(t.Context(), tx, func(db.Row) (int, error) {
			inner, err := db.All(t.Context(), tx, scanInt, query)
			return len(inner), err
		}, query)
		if len(counts) != 2 || counts[0] != 2 || counts[1] != 2 {
			t.Errorf("read %v", counts)
		}
		return err
	})
}

func TestManyTextsDoNotFillTheStatementCache(t *testing.T) {
	d := dbtest.SQLite(t, things)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		for i := range 1000 {
			if _, err := db.One(t.Context(), tx, scanInt, fmt.Sprint("SELECT ", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if n := db.Cached(d); n > 256 {
		t.Errorf("%d statements are kept", n)
	}
}

func TestExecTellsHowManyRowsItChanged(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for _, c := range []struct {
				query string
				want  int64
			}{
				{`INSERT INTO thing_rows (name) VALUES ('a'), ('b')`, 2},
				{`INSERT INTO thing_rows (name) VALUES ('a') ON CONFLICT DO NOTHING`, 0},
				{`INSERT INTO thing_rows (name) VALUES ('a'), ('c') ON CONFLICT DO NOTHING`, 1},
				{`UPDATE thing_rows SET n = 5 WHERE name = 'nobody'`, 0},
				{`UPDATE thing_rows SET n = 0`, 3},
				{`WITH x AS (SELECT name FROM thing_rows WHERE name < 'c') UPDATE thing_rows SET n = 1 WHERE name IN (SELECT name FROM x)`, 2},
				{`UPDATE thing_rows SET n = 2 WHERE name = 'a' RETURNING n`, 1},
				{`DELETE FROM thing_rows WHERE n = 1`, 1},
				{`DELETE FROM thing_rows WHERE n = 1`, 0},
			} {
				n, err := tx.Exec(t.Context(), c.query)
				if err != nil {
					return err
				}
				if n != c.want {
					t.Errorf("%s changed %d rows, want %d", c.query, n, c.want)
				}
			}
			return nil
		})
	})
}

func TestOnStatementSeesTheStatementsAndTheCallersContext(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		type key struct{}
		ctx := context.WithValue(t.Context(), key{}, "mine")
		var mu sync.Mutex
		var seen []string
		d.OnStatement(func(ctx context.Context, query string) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprint(ctx.Value(key{}), " ", strings.Fields(query)[0]))
		})
		since := dbtest.Count(d)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return tx.Savepoint(ctx, func() error { return insert(ctx, tx, "a") })
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			_, err := db.All(ctx, tx, scanInt, `SELECT n FROM thing_rows`)
			return err
		})
		if strings.Join(seen, ", ") != "mine INSERT, mine SELECT" || since() != 2 {
			t.Errorf("saw %q, counted %d", seen, since())
		}
	})
}

func TestALostRaceIsRunAgain(t *testing.T) {
	if os.Getenv("KORZO_TEST_POSTGRES") == "" {
		t.Skip("KORZO_TEST_POSTGRES is not set, and only PostgreSQL has races to lose")
	}
	d := dbtest.Postgres(t, things)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return errors.Join(insert(t.Context(), tx, "a"), insert(t.Context(), tx, "b"))
	})
	var meet sync.WaitGroup
	meet.Add(2)
	var runs, told atomic.Int64
	cross := func(first, second string) error {
		begun := false
		return d.Write(t.Context(), func(tx *db.Tx) error {
			runs.Add(1)
			tx.After(func() { told.Add(1) })
			add := func(name string) error {
				_, err := tx.Exec(t.Context(), `UPDATE thing_rows SET n = n + 1 WHERE name = $1`, name)
				return err
			}
			if err := add(first); err != nil {
				return err
			}
			if !begun { // both hold a row now, and want the other's
				begun = true
				meet.Done()
				meet.Wait()
			}
			return tx.Savepoint(t.Context(), func() error { return add(second) })
		})
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := cross("a", "b"); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() {
		if err := cross("b", "a"); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if runs.Load() < 3 || told.Load() != 2 {
		t.Errorf("%d runs, %d told", runs.Load(), told.Load())
	}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		n, err := db.One(t.Context(), tx, scanInt, `SELECT CAST(SUM(n) AS BIGINT) FROM thing_rows`)
		if n != 4 {
			t.Errorf("sum %d, want 4", n)
		}
		return err
	})
}

func TestATransactionHasOneTime(t *testing.T) {
	d := dbtest.SQLite(t, things)
	dbtest.Clock(d).Advance(time.Nanosecond)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		dbtest.Clock(d).Advance(time.Hour)
		if !tx.Now.Equal(dbtest.Noon) {
			t.Errorf("now is %v", tx.Now)
		}
		return nil
	})
}

func TestTimesKeepTheirMicroseconds(t *testing.T) {
	for _, want := range []time.Time{{}, dbtest.Noon, time.UnixMicro(1).UTC(), time.UnixMicro(-1).UTC()} {
		if got := db.Time(db.Micros(want)); got != want {
			t.Errorf("%v became %v", want, got)
		}
	}
}

func TestValuesNumbersItsPlaceholders(t *testing.T) {
	for range 2 { // made, then remembered
		if got := db.Values(2, 3, 4); got != "($4,$5,$6),($7,$8,$9)" {
			t.Error(got)
		}
	}
	for _, bad := range [][3]int{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {math.MaxInt16, 2, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Values(%v) was made", bad)
				}
			}()
			db.Values(bad[0], bad[1], bad[2])
		}()
	}
}
