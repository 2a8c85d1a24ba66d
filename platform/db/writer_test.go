package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func insert(ctx context.Context, tx *db.Tx, name string) error {
	_, err := tx.Exec(ctx, `INSERT INTO thing_rows (name) VALUES ($1)`, name)
	return err
}

// names returns all names in thing_rows, sorted.
func names(t *testing.T, d *db.DB) (all []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = db.All(context.Background(), tx, func(row db.Row) (s string, err error) { return s, row.Scan(&s) },
			`SELECT name FROM thing_rows ORDER BY name`)
		return err
	})
	return all
}

func wantNames(t *testing.T, d *db.DB, want ...string) {
	t.Helper()
	if got := names(t, d); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rows %v, want %v", got, want)
	}
}

// behind runs fn in a Write that holds the turn until every call of others
// waits in the queue; so all of them share one commit.
func behind(t *testing.T, d *db.DB, others ...func()) {
	t.Helper()
	var all sync.WaitGroup
	queued := false
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		if queued { // the shared commit failed, and this is the second run
			return nil
		}
		queued = true
		for i, other := range others {
			all.Go(other)
			for db.Waiting(d) != i+1 {
				runtime.Gosched()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

func TestUnitsThatQueueUpShareACommit(t *testing.T) {
	d := dbtest.SQLite(t, things)
	db.BatchTime(d, time.Hour) // a slow machine makes no second batch
	before := db.Commits(d)
	var units []func()
	for i := range 63 {
		units = append(units, func() {
			dbtest.Write(t, d, func(tx *db.Tx) error { return insert(context.Background(), tx, fmt.Sprint(i)) })
		})
	}
	behind(t, d, units...)
	if n := db.Commits(d) - before; n != 1 {
		t.Errorf("64 units took %d commits", n)
	}
	if n := len(names(t, d)); n != 63 {
		t.Errorf("%d rows", n)
	}
}

func TestABadUnitDoesNotHurtItsNeighbours(t *testing.T) {
	d := dbtest.SQLite(t, things)
	no := errors.New("no")
	var told atomic.Int64
	write := func(name string, err error) func() {
		return func() {
			got := d.Write(context.Background(), func(tx *db.Tx) error {
				tx.After(func() { told.Add(1) })
				return errors.Join(insert(context.Background(), tx, name), err)
			})
			if !errors.Is(got, err) {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
	ended := func() { // as t.Fatal ends a test in the middle of a transaction
		defer func() { recover() }()
		d.Write(context.Background(), func(tx *db.Tx) error {
			insert(context.Background(), tx, "ended")
			runtime.Goexit()
			return nil
		})
	}
	panics := func() {
		defer func() {
			if p := recover(); p != "a bug" {
				t.Errorf("the caller's goroutine got %v", p)
			}
		}()
		d.Write(context.Background(), func(tx *db.Tx) error {
			insert(context.Background(), tx, "panics")
			panic("a bug")
		})
	}
	behind(t, d, write("a", nil), write("bad", no), write("b", nil), panics, write("c", nil), ended)
	wantNames(t, d, "a", "b", "c")
	if told.Load() != 3 {
		t.Errorf("%d hooks ran, want 3", told.Load())
	}
	dbtest.Write(t, d, func(tx *db.Tx) error { return insert(t.Context(), tx, "d") })
	wantNames(t, d, "a", "b", "c", "d")
}

func TestAPanicIsThatOfTheCallerAndNothingIsWritten(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		func() {
			defer func() {
				if p := recover(); p != "a bug" {
					t.Errorf("recovered %v", p)
				}
			}()
			d.Write(t.Context(), func(tx *db.Tx) error {
				tx.After(func() { t.Error("a hook ran") })
				insert(t.Context(), tx, "a")
				panic("a bug")
			})
		}()
		wantNames(t, d)
		dbtest.Write(t, d, func(tx *db.Tx) error { return insert(t.Context(), tx, "b") })
		wantNames(t, d, "b")
	})
}

func TestWhenACommitFailsEveryUnitIsRunAgain(t *testing.T) {
	d := dbtest.SQLite(t, things)
	var runs atomic.Int64
	var failures int
	db.FailCommits(d, func(units int) error {
		if units == 5 && failures == 0 {
			failures++
			return errors.New("no space")
		}
		return nil
	})
	var units []func()
	for i := range 5 {
		units = append(units, func() {
			told := 0
			dbtest.Write(t, d, func(tx *db.Tx) error {
				runs.Add(1)
				tx.After(func() { told++ })
				return insert(context.Background(), tx, fmt.Sprint(i))
			})
			if told != 1 {
				t.Errorf("unit %d was told %d times", i, told)
			}
		})
	}
	// The one in front commits alone: it holds the turn until its batch is old.
	behind(t, d, append([]func(){func() {
		dbtest.Write(t, d, func(tx *db.Tx) error { time.Sleep(20 * time.Millisecond); return nil })
	}}, units...)...)
	if failures != 1 || runs.Load() != 10 {
		t.Errorf("%d failures, %d runs; want 1 and 10", failures, runs.Load())
	}
	wantNames(t, d, "0", "1", "2", "3", "4")
}

func TestACommitThatKeepsFailingIsAnsweredAsFailed(t *testing.T) {
	d := dbtest.SQLite(t, things)
	full := errors.New("no space")
	db.FailCommits(d, func(int) error { return full })
	runs := 0
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		runs++
		tx.After(func() { t.Error("a hook ran") })
		return insert(t.Context(), tx, "a")
	})
	if !errors.Is(err, full) || runs != 3 {
		t.Errorf("%v after %d runs", err, runs)
	}
	db.FailCommits(d, nil)
	wantNames(t, d)
}

// A deferred reference is checked at the commit, which then fails for the whole
// batch: the others must not suffer.
func TestAUnitThatCannotBeCommittedFailsAlone(t *testing.T) {
	d := dbtest.SQLite(t, append(things, schemaOf("child_001.sql", `
		CREATE TABLE child_rows (name TEXT NOT NULL REFERENCES thing_rows (name) DEFERRABLE INITIALLY DEFERRED)`)))
	behind(t, d,
		func() {
			dbtest.Write(t, d, func(tx *db.Tx) error { return insert(context.Background(), tx, "a") })
		},
		func() {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec(context.Background(), `INSERT INTO child_rows (name) VALUES ('orphan')`)
				return err
			})
			if !errors.Is(err, db.ErrReference) {
				t.Errorf("the orphan: %v", err)
			}
		},
		func() {
			dbtest.Write(t, d, func(tx *db.Tx) error { return insert(context.Background(), tx, "b") })
		})
	wantNames(t, d, "a", "b")
}

func TestWhoseContextEndsWhileHeWaitsRunsNothing(t *testing.T) {
	d := dbtest.SQLite(t, things)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	dbtest.Write(t, d, func(tx *db.Tx) error {
		all.Go(func() {
			err := d.Write(ctx, func(tx *db.Tx) error { t.Error("it ran"); return nil })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		for db.Waiting(d) != 1 {
			runtime.Gosched()
		}
		cancel()
		for db.Waiting(d) != 0 {
			runtime.Gosched()
		}
		return insert(t.Context(), tx, "a")
	})
	all.Wait()
	wantNames(t, d, "a")
}

func TestAContextThatEndsInsideAUnitCancelsNothing(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, func(tx *db.Tx) error {
			err := insert(ctx, tx, "a")
			cancel()
			return errors.Join(err, insert(ctx, tx, "b"))
		})
		if err != nil {
			t.Error(err)
		}
		wantNames(t, d, "a", "b")
		if err := d.Write(ctx, func(tx *db.Tx) error { return insert(ctx, tx, "c") }); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context got %v", err)
		}
		if err := d.Read(ctx, func(tx *db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context got %v", err)
		}
		wantNames(t, d, "a", "b")
	})
}

func TestATransactionInsideATransactionIsRefused(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		nothing := func(tx *db.Tx) error { return nil }
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := d.Write(t.Context(), nothing); !errors.Is(err, db.ErrNested) {
				t.Errorf("Write in Write: %v", err)
			}
			if err := d.Read(t.Context(), nothing); !errors.Is(err, db.ErrNested) {
				t.Errorf("Read in Write: %v", err)
			}
			return tx.Savepoint(t.Context(), func() error {
				if err := d.Write(t.Context(), nothing); !errors.Is(err, db.ErrNested) {
					t.Errorf("Write in Savepoint: %v", err)
				}
				return nil
			})
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			if err := d.Write(t.Context(), nothing); !errors.Is(err, db.ErrNested) {
				t.Errorf("Write in Read: %v", err)
			}
			return nil
		})
		var deep func(n int) error
		deep = func(n int) error {
			if n > 0 {
				return deep(n - 1)
			}
			return d.Write(t.Context(), nothing)
		}
		if err := deep(100); err != nil {
			t.Errorf("a deep stack without a transaction: %v", err)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			tx.After(func() { // the transaction is over: here one may write
				if err := d.Write(t.Context(), nothing); err != nil {
					t.Errorf("Write in a hook: %v", err)
				}
			})
			return nil
		})
	})
}

func TestCloseWaitsForTheWorkUnderWay(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		entered, leave := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		var ended atomic.Bool
		all.Go(func() {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				close(entered)
				<-leave
				return insert(context.Background(), tx, "a")
			})
			ended.Store(true)
		})
		<-entered
		closed := make(chan error)
		go func() {
			err := d.Close()
			if !ended.Load() {
				// The write's own return may come a moment after Close's; its commit may not.
				all.Wait()
			}
			closed <- err
		}()
		for d.Read(context.Background(), func(*db.Tx) error { return nil }) == nil {
			runtime.Gosched()
		}
		if err := d.Write(context.Background(), func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrClosed) {
			t.Errorf("work on a closing database: %v", err)
		}
		close(leave)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	})
}
