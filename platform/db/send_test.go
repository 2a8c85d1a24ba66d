package db_test

import (
	"errors"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

const insertThing = `INSERT INTO thing_rows (name) VALUES ($1)`

// send drops the error, which SQLite tells at once and PostgreSQL later: the
// transaction must know it.
func send(t *testing.T, tx *db.Tx, name string, done func(int64) error) {
	t.Helper()
	_ = tx.Send(t.Context(), done, insertThing, name)
}

func TestWhatIsSentIsThereForWhatComesNext(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		var told []int64
		dbtest.Write(t, d, func(tx *db.Tx) error {
			told = nil
			note := func(n int64) error { told = append(told, n); return nil }
			send(t, tx, "a", note)
			send(t, tx, "b", nil)
			if err := tx.Send(t.Context(), note, `DELETE FROM thing_rows WHERE name = $1`, "b"); err != nil {
				t.Error(err)
			}
			n, err := tx.Exec(t.Context(), `UPDATE thing_rows SET name = name`)
			if err != nil || n != 1 || len(told) != 2 {
				t.Errorf("%d rows are there (%v), and %v was told", n, err, told)
			}
			send(t, tx, "c", note) // it goes out with the commit
			return nil
		})
		wantNames(t, d, "a", "c")
		if len(told) != 3 || told[0] != 1 || told[1] != 1 || told[2] != 1 {
			t.Errorf("told %v", told)
		}
	})
}

// A statement that fails, or whose outcome is refused, ends the transaction,
// however late it is known.
func TestWhatIsSentAndFailsIsNotCommitted(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		no := errors.New("no")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			send(t, tx, "a", nil)
			send(t, tx, "b", func(int64) error { return no })
			send(t, tx, "c", nil)
			return nil
		})
		if !errors.Is(err, no) {
			t.Errorf("a refused outcome: %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			send(t, tx, "a", nil)
			send(t, tx, "a", nil)
			send(t, tx, "d", nil)
			return nil
		})
		if !errors.Is(err, db.ErrUnique) {
			t.Errorf("two of a name: %v", err)
		}
		wantNames(t, d)
	})
}

func TestASavepointContainsWhatWasSentInIt(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			send(t, tx, "a", nil)
			err := tx.Savepoint(t.Context(), func() error {
				send(t, tx, "b", nil)
				send(t, tx, "a", nil)
				return nil
			})
			if !errors.Is(err, db.ErrUnique) {
				t.Errorf("a second a: %v", err)
			}
			err = tx.Savepoint(t.Context(), func() error {
				send(t, tx, "lost", nil)
				return errors.New("no")
			})
			if err == nil {
				t.Error("a Savepoint that failed says that it did not")
			}
			send(t, tx, "c", nil)
			return nil
		})
		wantNames(t, d, "a", "c")
	})
}
