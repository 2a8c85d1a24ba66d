package remember_test

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
)

// A lamp is remembered data: its owner writes it and touches "lamp".
var schemas = []fs.FS{remember.Schema, fstest.MapFS{"schema/lamp_001.sql": {Data: []byte(`
	CREATE TABLE lamp_lights (colour BIGINT NOT NULL);
	INSERT INTO lamp_lights (colour) VALUES (0);`)}}}

func read(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) {
		return n, row.Scan(&n)
	}, `SELECT colour FROM lamp_lights`)
}

func paint(ctx context.Context, tx *db.Tx, colour int64) error {
	if _, err := tx.Exec(ctx, `UPDATE lamp_lights SET colour = $1`, colour); err != nil {
		return err
	}
	return remember.Touch(ctx, tx, "lamp")
}

// lamp is a memory that counts how often it was loaded.
func lamp(name string) (m *remember.Memory[int64], loads *atomic.Int64) {
	loads = new(atomic.Int64)
	return remember.New(name, func(ctx context.Context, tx *db.Tx) (int64, error) {
		loads.Add(1)
		return read(ctx, tx)
	}), loads
}

func get(t *testing.T, d *db.DB, m *remember.Memory[int64]) (colour int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		colour, err = m.Get(t.Context(), tx)
		return err
	})
	return colour
}

func TestOneLookForAllMemoriesAndOneLoadForAllTransactions(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		a, loadsA := lamp("lamp")
		b, loadsB := lamp("other")
		both := func(tx *db.Tx) error {
			for _, m := range []*remember.Memory[int64]{a, b, a, b} {
				if v, err := m.Get(t.Context(), tx); err != nil || v != 0 {
					t.Errorf("%d, %v; want 0", v, err)
				}
			}
			return nil
		}
		dbtest.Write(t, d, both)
		dbtest.Read(t, d, both)
		n := 0
		d.OnStatement(func(context.Context, string) { n++ })
		dbtest.Read(t, d, both)
		dbtest.Write(t, d, both)
		d.OnStatement(nil)
		want := 0 // marks
		if d.Postgres() {
			want = 2 // a look at the generations each
		}
		if n != want {
			t.Errorf("two transactions took %d statements, want %d", n, want)
		}
		if loadsA.Load() != 1 || loadsB.Load() != 1 {
			t.Errorf("loaded %d and %d times, want once each", loadsA.Load(), loadsB.Load())
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return paint(t.Context(), tx, 7) })
		if v := get(t, d, a); v != 7 {
			t.Errorf("after a change: %d, want 7", v)
		}
		get(t, d, b)
		if loadsA.Load() != 2 || loadsB.Load() != 1 {
			t.Errorf("loaded %d and %d times, want the touched one again and the other not", loadsA.Load(), loadsB.Load())
		}
	})
}

func TestATransactionSeesItsOwnChangeAndNobodyElseDoes(t *testing.T) {
	for name, order := range map[string]func(ctx context.Context, tx *db.Tx, m *remember.Memory[int64]) error{
		"change, touch": func(ctx context.Context, tx *db.Tx, m *remember.Memory[int64]) error {
			return paint(ctx, tx, 7)
		},
		"get, change, touch": func(ctx context.Context, tx *db.Tx, m *remember.Memory[int64]) error {
			_, err := m.Get(ctx, tx)
			return errors.Join(err, paint(ctx, tx, 7))
		},
		"touch, get, change": func(ctx context.Context, tx *db.Tx, m *remember.Memory[int64]) error {
			err := remember.Touch(ctx, tx, "lamp")
			_, getErr := m.Get(ctx, tx)
			_, execErr := tx.Exec(ctx, `UPDATE lamp_lights SET colour = 7`)
			return errors.Join(err, getErr, execErr)
		},
		"change, get, touch": func(ctx context.Context, tx *db.Tx, m *remember.Memory[int64]) error {
			_, err := tx.Exec(ctx, `UPDATE lamp_lights SET colour = 7`)
			_, getErr := m.Get(ctx, tx)
			return errors.Join(err, getErr, remember.Touch(ctx, tx, "lamp"))
		},
	} {
		for _, warm := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
					m, loads := lamp("lamp")
					if warm {
						get(t, d, m)
					}
					undo := errors.New("undo")
					err := d.Write(t.Context(), func(tx *db.Tx) error {
						if err := order(t.Context(), tx, m); err != nil {
							return err
						}
						if v, err := m.Get(t.Context(), tx); err != nil || v != 7 {
							t.Errorf("inside: %d, %v; want its own 7", v, err)
						}
						return undo
					})
					if !errors.Is(err, undo) {
						t.Fatal(err)
					}
					before := loads.Load()
					if v := get(t, d, m); v != 0 {
						t.Errorf("after the undo: %d, want 0", v)
					}
					if warm && loads.Load() != before {
						t.Error("a change that was undone spoiled the shared copy")
					}
					dbtest.Write(t, d, func(tx *db.Tx) error { return order(t.Context(), tx, m) })
					if v := get(t, d, m); v != 7 {
						t.Errorf("after the commit: %d, want 7", v)
					}
				})
			})
		}
	}
}

func TestATouchThatWasUndoneInASavepointHarmsNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		m, _ := lamp("lamp")
		undo := errors.New("undo")
		dbtest.Write(t, d, func(tx *db.Tx) error {
			err := tx.Savepoint(t.Context(), func() error {
				return errors.Join(paint(t.Context(), tx, 7), undo)
			})
			if !errors.Is(err, undo) {
				t.Errorf("%v, want the savepoint undone", err)
			}
			if v, err := m.Get(t.Context(), tx); err != nil || v != 0 {
				t.Errorf("%d, %v; want 0", v, err)
			}
			return nil
		})
		if v := get(t, d, m); v != 0 {
			t.Errorf("%d, want 0", v)
		}
	})
}

func TestAFailedLoadIsToldAndNotKept(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dark, fail := errors.New("dark"), true
		m := remember.New("lamp", func(ctx context.Context, tx *db.Tx) (int64, error) {
			if fail {
				return 0, dark
			}
			return read(ctx, tx)
		})
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := m.Get(t.Context(), tx)
			return err
		})
		if !errors.Is(err, dark) {
			t.Errorf("%v, want the load's error", err)
		}
		fail = false
		if v := get(t, d, m); v != 0 {
			t.Errorf("%d, want 0", v)
		}
	})
}

// One memory and two databases: neither sees the other's value.
func TestDatabasesShareNoCopy(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, a *db.DB) {
		dbtest.Each(t, schemas, func(t *testing.T, b *db.DB) {
			m, loads := lamp("lamp")
			dbtest.Write(t, b, func(tx *db.Tx) error { // without a touch: both have no generation
				_, err := tx.Exec(t.Context(), `UPDATE lamp_lights SET colour = 7`)
				return err
			})
			for range 3 {
				if got := [2]int64{get(t, a, m), get(t, b, m)}; got != [2]int64{0, 7} {
					t.Errorf("%v, want 0 and 7", got)
				}
			}
			if loads.Load() != 2 {
				t.Errorf("%d loads, want one for each database", loads.Load())
			}
		})
	})
}

// A reader never sees an older value than one committed before it began, nor
// one that was never committed.
func TestReadersNeverSeeAnOlderValueThanCommittedBefore(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		const changes = 60
		m, _ := lamp("lamp")
		undo := errors.New("undo")
		var committed atomic.Int64
		done := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			defer close(done)
			for n := int64(1); n <= changes; n++ {
				err := d.Write(t.Context(), func(tx *db.Tx) error { return errors.Join(paint(t.Context(), tx, -n), undo) })
				if !errors.Is(err, undo) {
					t.Error(err)
				}
				if err := d.Write(t.Context(), func(tx *db.Tx) error { return paint(t.Context(), tx, n) }); err != nil {
					t.Error(err)
				}
				committed.Store(n)
			}
		})
		check := func(run func(ctx context.Context, fn func(tx *db.Tx) error) error) {
			for {
				select {
				case <-done:
					return
				default:
				}
				least := committed.Load()
				err := run(t.Context(), func(tx *db.Tx) error {
					v, err := m.Get(t.Context(), tx)
					if v < least {
						t.Errorf("saw %d after %d was committed", v, least)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		}
		for range 4 {
			wg.Go(func() { check(d.Read) })
			wg.Go(func() { check(d.Write) })
		}
		wg.Wait()
		if v := get(t, d, m); v != changes {
			t.Errorf("at last %d, want %d", v, changes)
		}
	})
}

// A shelf reads what it has not, once, and never shows what has changed since.
func TestAShelfReadsOnlyWhatItHasNotAndForgetsWhatChanged(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var asked []int
		s := remember.NewShelf("lamp", 3, func(ctx context.Context, tx *db.Tx, keys []int) (map[int]int64, error) {
			asked = append(asked, keys...)
			colour, err := read(ctx, tx)
			all := map[int]int64{}
			for _, k := range keys {
				if k < 100 { // the others are not there
					all[k] = colour
				}
			}
			return all, err
		})
		look := func(want int64, reads int, keys ...int) {
			t.Helper()
			asked = nil
			dbtest.Write(t, d, func(tx *db.Tx) error {
				got, err := s.Get(t.Context(), tx, keys)
				for _, k := range keys {
					if colour, ok := got[k]; ok != (k < 100) || colour != want && ok {
						t.Errorf("%d is %d (%v), want %d", k, colour, ok, want)
					}
				}
				return err
			})
			if len(asked) != reads {
				t.Errorf("%v were read of %v, want %d", asked, keys, reads)
			}
		}
		look(0, 2, 1, 2)
		look(0, 1, 1, 2, 3)
		look(0, 1, 1, 100)
		look(0, 1, 1, 100) // what is not there is looked for again
		dbtest.Write(t, d, func(tx *db.Tx) error { return paint(t.Context(), tx, 7) })
		look(7, 2, 1, 2)
		look(7, 4, 4, 5, 6, 7) // more than there is room for
		undo := errors.New("undo")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := paint(t.Context(), tx, 9); err != nil {
				return err
			}
			if got, err := s.Get(t.Context(), tx, []int{4}); err != nil || got[4] != 9 {
				t.Errorf("%v, %v; want its own 9", got, err)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := s.Get(t.Context(), tx, []int{4})
			if got[4] != 7 {
				t.Errorf("after the undo: %d, want 7", got[4])
			}
			return err
		})
	})
}
