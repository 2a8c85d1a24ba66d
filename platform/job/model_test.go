package job_test

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
	"korzo/platform/job"

	"pgregory.net/rapid"
)

// Each check runs transactions by the hundred on a real database: fewer of them than rapid's hundred.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	m.Run()
}

// Whatever fails, however many pools there are and however often leases end
// early, no job is lost and none is finished twice.
func TestNoJobIsLostOrFinishedTwice(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			jobs := rapid.IntRange(1, 60).Draw(rt, "jobs")
			nodes := rapid.IntRange(1, 4).Draw(rt, "pools")
			percent := rapid.IntRange(0, 40).Draw(rt, "failing percent")
			var mu sync.Mutex
			succeeded := map[string]int{}
			finished := 0

			for i := range jobs {
				enqueue(t, d, job.Job{Kind: "mail", Body: mail{fmt.Sprintf("%d-%d", round, i)}})
			}
			ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
			defer stop()
			var running sync.WaitGroup
			for range nodes {
				p := newPool(d)
				p.MaxAttempts = 1000
				job.Do(p, "mail", func(_ context.Context, m mail) error {
					switch luck := rand.IntN(100); {
					case luck < percent/2:
						return errors.New("no stamps")
					case luck < percent: // it outlives its lease
						dbtest.Clock(d).Advance(p.Lease)
					}
					mu.Lock()
					defer mu.Unlock()
					succeeded[m.To]++
					return nil
				})
				running.Go(func() {
					for ctx.Err() == nil {
						n, err := p.RunOnce(ctx)
						if err != nil && ctx.Err() == nil {
							t.Error(err)
							return
						}
						mu.Lock()
						finished += n
						mu.Unlock()
						if len(pending(t, d)) == 0 {
							return
						}
						dbtest.Clock(d).Advance(time.Hour)
					}
				})
			}
			running.Wait()
			if len(succeeded) != jobs || finished != jobs {
				rt.Errorf("%d of %d jobs succeeded, %d were finished", len(succeeded), jobs, finished)
			}
			if left, gone := pending(t, d), dead(t, d); len(left)+len(gone) > 0 {
				rt.Errorf("left: %+v, dead: %+v", left, gone)
			}
		})
	})
}

func BenchmarkRunOnce(b *testing.B) {
	d := dbtest.SQLite(b, schemas)
	ctx := context.Background()
	p := newPool(d)
	job.Do(p, "mail", func(context.Context, mail) error { return nil })
	for range 100 {
		dbtest.Write(b, d, func(tx *db.Tx) error {
			for range b.N/100 + 1 {
				if err := job.Enqueue(ctx, tx, job.Job{Kind: "mail", Body: mail{"ada"}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ResetTimer()
	if _, err := p.RunOnce(ctx); err != nil {
		b.Fatal(err)
	}
}
