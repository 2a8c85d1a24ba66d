package db_test

import (
	"errors"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// A unit that fails because of what a neighbour in its batch wrote must not
// say so before that is on disk: its caller would look, and find nothing.
func TestARefusalThatRestsOnANeighbourIsToldAfterTheCommit(t *testing.T) {
	d := dbtest.SQLite(t, nil)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE TABLE x (id BIGINT PRIMARY KEY)`)
		return err
	})
	errTaken := errors.New("taken")
	for round := range 200 {
		answers := make(chan error, 8)
		for range cap(answers) {
			go func() {
				answers <- d.Write(t.Context(), func(tx *db.Tx) error {
					n, err := tx.Exec(t.Context(), `INSERT INTO x (id) VALUES ($1) ON CONFLICT DO NOTHING`, round)
					if err == nil && n == 0 {
						err = errTaken
					}
					return err
				})
			}()
		}
		for range cap(answers) {
			err := <-answers
			if err != nil && !errors.Is(err, errTaken) {
				t.Fatal(err)
			}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				_, err := db.One(t.Context(), tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `SELECT id FROM x WHERE id = $1`, round)
				if err != nil {
					t.Errorf("round %d: told that it is taken, and then: %v", round, err)
				}
				return nil
			})
		}
	}
}
