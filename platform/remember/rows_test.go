package remember_test

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
)

var hooks = []fs.FS{remember.Schema, fstest.MapFS{"schema/hook_001.sql": {Data: []byte(`
	CREATE TABLE hook_coats (id BIGINT PRIMARY KEY, n BIGINT NOT NULL);
	INSERT INTO hook_coats (id, n) VALUES (0, 0), (1, 0), (2, 0), (3, 0);`)}}}

// coats are rows, each read through a memory that counts the reads.
type coats struct {
	kept  *remember.Rows[int64, int64]
	reads atomic.Int64
}

func hang() *coats { return &coats{kept: remember.NewRows[int64, int64](3, nil)} }

func stored(ctx context.Context, tx *db.Tx, key int64) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `SELECT n FROM hook_coats WHERE id = $1`, key)
}

func (c *coats) get(ctx context.Context, tx *db.Tx, key int64) (int64, error) {
	if n, ok := c.kept.Get(tx, key); ok {
		return n, nil
	}
	c.reads.Add(1)
	n, err := stored(ctx, tx, key)
	if err == nil {
		c.kept.Keep(tx, key, n)
	}
	return n, err
}

// add counts a coat up; told keeps what it is now.
func (c *coats) add(ctx context.Context, tx *db.Tx, key int64, told bool) error {
	c.kept.Forget(tx, key)
	n, err := db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`UPDATE hook_coats SET n = n + 1 WHERE id = $1 RETURNING n`, key)
	if err == nil && told {
		c.kept.Keep(tx, key, n)
	}
	return err
}

func TestARowIsReadOnceUntilItIsWritten(t *testing.T) {
	dbtest.Each(t, hooks, func(t *testing.T, d *db.DB) {
		c := hang()
		look := func(want, reads int64) {
			t.Helper()
			for _, run := range []func(context.Context, func(tx *db.Tx) error) error{d.Read, d.Write, d.Read} {
				if err := run(t.Context(), func(tx *db.Tx) error {
					n, err := c.get(t.Context(), tx, 1)
					if n != want {
						t.Errorf("%d, want %d", n, want)
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
			if got := c.reads.Load(); !d.Postgres() && got != reads {
				t.Errorf("%d reads, want %d", got, reads)
			}
		}
		look(0, 1)
		dbtest.Write(t, d, func(tx *db.Tx) error { return c.add(t.Context(), tx, 1, true) })
		look(1, 1)
		dbtest.Write(t, d, func(tx *db.Tx) error { return c.add(t.Context(), tx, 1, false) })
		look(2, 2)
		undo := errors.New("undo")
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return errors.Join(c.add(t.Context(), tx, 1, true), undo) }); !errors.Is(err, undo) {
			t.Fatal(err)
		}
		look(2, 3)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			err := tx.Savepoint(t.Context(), func() error { return errors.Join(c.add(t.Context(), tx, 1, true), undo) })
			if n, gone := c.get(t.Context(), tx, 1); n != 2 || gone != nil || !errors.Is(err, undo) {
				t.Errorf("after the savepoint %d, %v, %v; want 2", n, gone, err)
			}
			return nil
		})
		look(2, 4)
	})
}

var errUndo = errors.New("undo")

// change counts a coat up and returns what it is then: how 0 does it once before
// in a savepoint that is undone, how 1 has all undone.
func (c *coats) change(t *testing.T, d *db.DB, key int64, how int, told bool) (after int64, err error) {
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		before, err := c.get(t.Context(), tx, key)
		if n, _ := stored(t.Context(), tx, key); err == nil && n != before && !d.Postgres() {
			t.Errorf("remembered %d, stored %d", before, n)
		}
		if how == 0 {
			_ = tx.Savepoint(t.Context(), func() error { return errors.Join(c.add(t.Context(), tx, key, true), errUndo) })
		}
		err = errors.Join(err, c.add(t.Context(), tx, key, told))
		if how == 1 {
			return errors.Join(err, errUndo)
		}
		n, failed := c.get(t.Context(), tx, key)
		after = n
		return errors.Join(err, failed)
	})
	return after, err
}

// Whatever is written, told, undone and read at once: a writer finds in memory
// what the database says, and nobody what is older than what was committed
// before they began, or was never committed.
func TestWhatIsRememberedOfARowIsWhatTheDatabaseSays(t *testing.T) {
	dbtest.Each(t, hooks, func(t *testing.T, d *db.DB) {
		const keys, changes = 4, 150
		c := hang()
		var committed [keys]atomic.Int64
		var writers, readers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for range changes {
					key := rand.Int64N(keys)
					after, err := c.change(t, d, key, rand.IntN(4), rand.IntN(2) == 0)
					if err != nil && !errors.Is(err, errUndo) {
						t.Error(err)
					}
					for old := committed[key].Load(); err == nil && old < after && !committed[key].CompareAndSwap(old, after); {
						old = committed[key].Load()
					}
				}
			})
		}
		done := make(chan struct{})
		for i := range 4 {
			readers.Go(func() {
				run := []func(context.Context, func(tx *db.Tx) error) error{d.Read, d.Write}[i%2]
				for {
					select {
					case <-done:
						return
					default:
					}
					key := rand.Int64N(keys)
					least := committed[key].Load()
					if err := run(t.Context(), func(tx *db.Tx) error {
						n, err := c.get(t.Context(), tx, key)
						if n < least {
							t.Errorf("saw %d after %d was committed", n, least)
						}
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		close(done)
		readers.Wait()
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for key := range int64(keys) {
				n, err := c.get(t.Context(), tx, key)
				if now, failed := stored(t.Context(), tx, key); n != now || n != committed[key].Load() || err != nil || failed != nil {
					t.Errorf("coat %d: remembered %d, stored %d, committed %d: %v, %v", key, n, now, committed[key].Load(), err, failed)
				}
			}
			return nil
		})
	})
}

// A caller who changes what it was handed changes nobody else's.
func TestARowIsHandedOutAsACopy(t *testing.T) {
	dbtest.Each(t, hooks, func(t *testing.T, d *db.DB) {
		kept := remember.NewRows[string, []int](8, slices.Clone)
		dbtest.Write(t, d, func(tx *db.Tx) error { kept.Keep(tx, "a", []int{1}); return nil })
		for range 2 {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				v, ok := kept.Get(tx, "a")
				if d.Postgres() {
					if ok {
						t.Error("PostgreSQL remembers what another node may change")
					}
					return nil
				}
				if !ok || v[0] != 1 {
					t.Fatal(v, ok)
				}
				v[0] = 2
				return nil
			})
		}
	})
}

// A guest's cart that is made and given to its customer in one transaction is
// written twice, and kept after the first time only.
func TestWhatIsWrittenAgainAfterItWasKeptIsNotRemembered(t *testing.T) {
	dbtest.Each(t, hooks, func(t *testing.T, d *db.DB) {
		c := hang()
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return errors.Join(c.add(t.Context(), tx, 1, true), c.add(t.Context(), tx, 1, false))
		})
		dbtest.Write(t, d, func(tx *db.Tx) error {
			n, err := c.get(t.Context(), tx, 1)
			if n != 2 {
				t.Errorf("remembered is %d, and 2 is stored", n)
			}
			return err
		})
	})
}
