package db_test

import (
	"errors"
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestHooksRunAfterTheCommitAndNeverAfterARollback(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		var told []string
		no := errors.New("no")
		dbtest.Write(t, d, func(tx *db.Tx) error {
			told = nil // a second run begins afresh
			tx.After(func() {
				wantNames(t, d, "a")
				told = append(told, "outer")
			})
			err := tx.Savepoint(t.Context(), func() error {
				tx.After(func() { told = append(told, "dropped") })
				return no
			})
			if !errors.Is(err, no) {
				t.Errorf("Savepoint: %v", err)
			}
			tx.After(func() { told = append(told, "last") })
			return insert(t.Context(), tx, "a")
		})
		if strings.Join(told, " ") != "outer last" {
			t.Errorf("told %q", told)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.After(func() { t.Error("a hook ran after a rollback") })
			return no
		})
		if !errors.Is(err, no) {
			t.Error(err)
		}
	})
}

func TestASavepointUndoesOnlyItself(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		no := errors.New("no")
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := insert(ctx, tx, "a"); err != nil {
				return err
			}
			err := tx.Savepoint(ctx, func() error { return insert(ctx, tx, "a") })
			if !errors.Is(err, db.ErrUnique) {
				t.Errorf("a second a: %v", err)
			}
			err = tx.Savepoint(ctx, func() error {
				if err := insert(ctx, tx, "b"); err != nil {
					return err
				}
				inner := tx.Savepoint(ctx, func() error { return errors.Join(insert(ctx, tx, "c"), no) })
				if !errors.Is(inner, no) {
					t.Errorf("inner: %v", inner)
				}
				return insert(ctx, tx, "d")
			})
			if err != nil {
				return err
			}
			err = tx.Savepoint(ctx, func() error {
				err := tx.Savepoint(ctx, func() error { return insert(ctx, tx, "e") })
				return errors.Join(err, no)
			})
			if !errors.Is(err, no) {
				t.Errorf("outer: %v", err)
			}
			return insert(ctx, tx, "f")
		})
		wantNames(t, d, "a", "b", "d", "f")
	})
}

// PostgreSQL ends a transaction at its first error; SQLite would go on. Both must do the same.
func TestADroppedErrorEndsTheTransaction(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Write(ctx, func(tx *db.Tx) error {
			insert(ctx, tx, "a")
			insert(ctx, tx, "a")
			return nil
		})
		if !errors.Is(err, db.ErrDropped) || !errors.Is(err, db.ErrUnique) {
			t.Errorf("a dropped error: %v", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			return tx.Savepoint(ctx, func() error {
				insert(ctx, tx, "a")
				insert(ctx, tx, "a")
				return insert(ctx, tx, "b")
			})
		})
		if !errors.Is(err, db.ErrDropped) {
			t.Errorf("a dropped error in a Savepoint: %v", err)
		}
		wantNames(t, d)
	})
}

func TestListenersHearOfCommitsOnly(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		woken, stop := d.Listen("bell")
		other, stopOther := d.Listen("other")
		defer stopOther()
		heard := func(c <-chan struct{}) bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		d.Write(t.Context(), func(tx *db.Tx) error { tx.Notify("bell"); return errors.New("no") })
		if heard(woken) {
			t.Error("a rollback was told")
		}
		for range 3 {
			dbtest.Write(t, d, func(tx *db.Tx) error { tx.Notify("bell"); tx.Notify("bell"); return nil })
		}
		if !heard(woken) || heard(woken) || heard(other) {
			t.Error("three commits are told of once, to who listens to their topic")
		}
		stop()
		dbtest.Write(t, d, func(tx *db.Tx) error { tx.Notify("bell"); return nil })
		if heard(woken) {
			t.Error("told after stop")
		}
	})
}

func TestATransactionIsOverWhenItsFunctionReturns(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		var kept *db.Tx
		dbtest.Write(t, d, func(tx *db.Tx) error {
			kept = tx
			tx.After(func() {
				if err := insert(t.Context(), tx, "late"); !errors.Is(err, db.ErrOver) {
					t.Errorf("in a hook: %v", err)
				}
			})
			return nil
		})
		late := func() error { return insert(t.Context(), kept, "late") }
		if err := late(); !errors.Is(err, db.ErrOver) {
			t.Errorf("after Write: %v", err)
		}
		if err := kept.Savepoint(t.Context(), late); !errors.Is(err, db.ErrOver) {
			t.Errorf("a Savepoint after Write: %v", err)
		}
		wantNames(t, d)
	})
}
