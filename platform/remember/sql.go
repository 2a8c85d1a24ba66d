package remember

import (
	"context"
	"errors"

	"korzo/platform/db"
)

type row struct {
	name       string
	generation int64
}

// selectGenerations reads as many rows as there are memories ever touched: a few dozen.
func selectGenerations(ctx context.Context, tx *db.Tx) ([]row, error) {
	return db.All(ctx, tx, func(s db.Row) (r row, err error) {
		return r, s.Scan(&r.name, &r.generation)
	}, `SELECT name, generation FROM remember_generations`)
}

// selectGeneration is 0 for a memory that was never touched.
func selectGeneration(ctx context.Context, tx *db.Tx, name string) (int64, error) {
	n, err := db.One(ctx, tx, func(s db.Row) (n int64, err error) {
		return n, s.Scan(&n)
	}, `SELECT generation FROM remember_generations WHERE name = $1`, name)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	return n, err
}

func replaceGeneration(ctx context.Context, tx *db.Tx, name string, generation int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO remember_generations (name, generation) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET generation = excluded.generation`, name, generation)
	return err
}
