package db_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// both runs bench on each database there is.
func both(b *testing.B, bench func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, dbtest.SQLite(b, things)) })
	if os.Getenv("KORZO_TEST_POSTGRES") != "" {
		b.Run("postgres", func(b *testing.B) { bench(b, dbtest.Postgres(b, things)) })
	}
}

// A unit of three statements, from several goroutines.
func BenchmarkWrite(b *testing.B) {
	for _, goroutines := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			both(b, func(b *testing.B, d *db.DB) {
				var next atomic.Int64
				var all sync.WaitGroup
				ctx := context.Background()
				for range goroutines {
					all.Go(func() {
						for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
							if err := d.Write(ctx, func(tx *db.Tx) error { return threeStatements(ctx, tx, i) }); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
			})
		})
	}
}

func threeStatements(ctx context.Context, tx *db.Tx, i int64) error {
	name := fmt.Sprintf("thing %d", i)
	if _, err := tx.Exec(ctx, `INSERT INTO thing_rows (name, n) VALUES ($1, $2)`, name, i); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE thing_rows SET n = n + 1 WHERE name = $1 AND n < $2`, name, i+1); err != nil {
		return err
	}
	_, err := db.One(ctx, tx, scanInt, `SELECT n FROM thing_rows WHERE name = $1`, name)
	return err
}

func BenchmarkReadOneRow(b *testing.B) {
	both(b, func(b *testing.B, d *db.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		dbtest.Write(b, d, func(tx *db.Tx) error { return insert(ctx, tx, "a") })
		b.ReportAllocs()
		for b.Loop() {
			err := d.Read(ctx, func(tx *db.Tx) error {
				_, err := db.One(ctx, tx, scanInt, `SELECT n FROM thing_rows WHERE name = $1`, "a")
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What a statement costs beside the transaction around it.
func BenchmarkStatement(b *testing.B) {
	both(b, func(b *testing.B, d *db.DB) {
		ctx := context.Background()
		dbtest.Write(b, d, func(tx *db.Tx) error { return insert(ctx, tx, "a") })
		b.ReportAllocs()
		dbtest.Read(b, d, func(tx *db.Tx) error {
			for b.Loop() {
				if _, err := db.One(ctx, tx, scanInt, `SELECT n FROM thing_rows WHERE name = $1`, "a"); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
