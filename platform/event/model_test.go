package event_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"

	"pgregory.net/rapid"
)

// Each check runs transactions by the hundred on a real database: fewer of them than rapid's hundred.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	m.Run()
}

// change is what a domain does: it changes a row and publishes what it did, in
// one transaction. Changes of one key exclude each other.
func change(ctx context.Context, d *db.DB, key string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		n, err := db.One(ctx, tx, func(row db.Row) (n int, err error) { return n, row.Scan(&n) }, `
			INSERT INTO effect_counters (key, n) VALUES ($1, 1)
			ON CONFLICT (key) DO UPDATE SET n = effect_counters.n + 1 RETURNING n`, key)
		if err != nil {
			return err
		}
		return event.Publish(ctx, tx, placed{key, n})
	})
}

// unreliable returns a node whose two reactions fail, now and then, before or
// after they have written.
func unreliable(percent int) *event.Bus {
	b := quiet(&event.Bus{})
	for _, name := range []string{"mail", "ship"} {
		event.On(b, name, func(ctx context.Context, tx *db.Tx, e placed) error {
			luck := rand.IntN(100)
			if luck < percent/2 {
				return errors.New("before")
			}
			if err := note(ctx, tx, name, e.Order, e.N); err != nil {
				return err
			}
			if luck < percent*3/4 {
				return errors.New("after")
			}
			if luck < percent {
				panic("after")
			}
			return nil
		})
	}
	return b
}

// Whatever fails and however many deliver, each reaction to the facts of a key
// happens exactly once in effect, in the order of publishing.
func TestReactionsHappenExactlyOnceInOrderUnderFailures(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			keys := rapid.IntRange(1, 6).Draw(rt, "keys")
			each := rapid.IntRange(1, 12).Draw(rt, "facts of a key")
			nodes := rapid.IntRange(1, 4).Draw(rt, "nodes")
			percent := rapid.IntRange(0, 25).Draw(rt, "failing percent")
			ctx, stop := context.WithCancel(t.Context())
			defer stop()

			var publishing, delivering sync.WaitGroup
			for k := range keys {
				for range 2 {
					publishing.Go(func() {
						for range each {
							if err := change(ctx, d, fmt.Sprintf("%d-%d", round, k)); err != nil {
								t.Error(err)
							}
						}
					})
				}
			}
			for range nodes {
				b := unreliable(percent)
				delivering.Go(func() {
					for ctx.Err() == nil {
						if _, err := b.Deliver(ctx, d); err != nil && ctx.Err() == nil {
							t.Error(err)
							return
						}
						dbtest.Clock(d).Advance(time.Hour)
					}
				})
			}
			publishing.Wait()
			waitUntilDelivered(t, d)
			stop()
			delivering.Wait()
			for k := range keys {
				checkOrder(rt, t, d, fmt.Sprintf("%d-%d", round, k), 2*each)
			}
		})
	})
}

func waitUntilDelivered(t *testing.T, d *db.DB) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for waiting := true; waiting; {
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := event.Facts(t.Context(), tx, "", 0, 100_000)
			waiting = false
			for _, f := range all {
				waiting = waiting || f.DoneAt.IsZero()
			}
			return err
		})
		if time.Now().After(deadline) {
			t.Fatal("facts are left after 30 seconds")
		}
	}
}

func checkOrder(rt *rapid.T, t *testing.T, d *db.DB, key string, facts int) {
	dbtest.Read(t, d, func(tx *db.Tx) error {
		for _, reaction := range []string{"mail", "ship"} {
			got, err := db.All(t.Context(), tx, func(row db.Row) (n int, err error) { return n, row.Scan(&n) }, `
				SELECT n FROM effect_rows WHERE key = $1 AND reaction = $2 ORDER BY seq`, key, reaction)
			if err != nil {
				return err
			}
			if len(got) != facts {
				rt.Errorf("%s %s happened %d times, want %d: %v", reaction, key, len(got), facts, got)
				continue
			}
			for i, n := range got {
				if n != i+1 {
					rt.Errorf("%s %s is out of order: %v", reaction, key, got)
					break
				}
			}
		}
		return nil
	})
}

func BenchmarkDeliver(b *testing.B) {
	d := dbtest.SQLite(b, schemas)
	bus := quiet(&event.Bus{})
	event.On(bus, "ship", func(ctx context.Context, tx *db.Tx, e placed) error { return note(ctx, tx, "ship", e.Order, e.N) })
	ctx := context.Background()
	for range 100 {
		dbtest.Write(b, d, func(tx *db.Tx) error {
			for i := range b.N/100 + 1 {
				if err := event.Publish(ctx, tx, placed{fmt.Sprint(rand.Uint64()), i}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ResetTimer()
	if _, err := bus.Deliver(ctx, d); err != nil {
		b.Fatal(err)
	}
}
