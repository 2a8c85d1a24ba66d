package db_test

import (
	"errors"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"
)

// What befalls PostgreSQL is told as something that passes, and passes.
func TestALostLineIsToldAsSuchAndTheNextCallHasANewOne(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		if !d.Postgres() {
			return // a file has no line
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := insert(t.Context(), tx, "lost"); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
			return err
		})
		if !errors.Is(err, db.ErrDown) || !fault.Retryable(err) {
			t.Errorf("the line was cut: %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `SET LOCAL statement_timeout = 20`)
			if err == nil {
				_, err = tx.Exec(t.Context(), `SELECT pg_sleep(5)`)
			}
			return err
		})
		if !errors.Is(err, db.ErrBusy) {
			t.Errorf("a statement took too long: %v", err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `SET LOCAL statement_timeout = 20`)
			if err == nil {
				err = tx.Unhurried(t.Context())
			}
			if err == nil {
				_, err = tx.Exec(t.Context(), `SELECT pg_sleep(0.2)`)
			}
			return err
		})
		if err != nil {
			t.Errorf("what may take its time took it: %v", err)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return insert(t.Context(), tx, "lost") }) // it is not there yet
	})
}
