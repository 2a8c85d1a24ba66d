package db_test

import (
	"errors"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestATextThatCannotBeKeptIsTheSendersFault(t *testing.T) {
	dbtest.Each(t, things, func(t *testing.T, d *db.DB) {
		for _, text := range []string{"a\x00b", "\xff\xfe"} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, text) })
			if d.Postgres() && !errors.Is(err, db.ErrText) || !d.Postgres() && err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
