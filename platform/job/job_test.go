package job_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/job"
)

var schemas = []fs.FS{job.Schema}

type mail struct{ To string }

// log collects what jobs did; it is safe for concurrent use.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *log) want(t *testing.T, want ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	got := slices.Sorted(slices.Values(l.lines))
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("did %q, want %q", got, want)
	}
}

func newPool(d *db.DB) *job.Pool {
	p := job.NewPool(d)
	p.Log = slog.New(slog.DiscardHandler)
	return p
}

func enqueue(t *testing.T, d *db.DB, jobs ...job.Job) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		for _, j := range jobs {
			if err := job.Enqueue(t.Context(), tx, j); err != nil {
				return err
			}
		}
		return nil
	})
}

func runOnce(t *testing.T, p *job.Pool, want int) {
	t.Helper()
	done, err := p.RunOnce(t.Context())
	if err != nil || done != want {
		t.Fatalf("RunOnce did %d jobs, %v; want %d", done, err, want)
	}
}

func pending(t *testing.T, d *db.DB) (all []job.Waiting) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = job.Pending(t.Context(), tx, "mail", 1000)
		return err
	})
	return all
}

func dead(t *testing.T, d *db.DB) (all []job.Waiting) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = job.Dead(t.Context(), tx)
		return err
	})
	return all
}

func TestAJobIsDoneOnceAndNotBeforeItsTime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var l log
		p := newPool(d)
		job.Do(p, "mail", func(_ context.Context, m mail) error { l.add(m.To); return nil })
		enqueue(t, d,
			job.Job{Kind: "mail", Body: mail{"ada"}},
			job.Job{Kind: "mail", Body: mail{"later"}, At: dbtest.Noon.Add(time.Hour)},
			job.Job{Kind: "other pool's", Body: mail{"nobody"}})
		runOnce(t, p, 1)
		runOnce(t, p, 0)
		l.want(t, "ada")
		dbtest.Clock(d).Advance(time.Hour)
		runOnce(t, p, 1)
		l.want(t, "ada", "later")
	})
}

func TestAJobOfARolledBackTransactionIsNotDone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var l log
		p := newPool(d)
		job.Do(p, "mail", func(_ context.Context, m mail) error { l.add(m.To); return nil })
		no := errors.New("no")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return errors.Join(job.Enqueue(t.Context(), tx, job.Job{Kind: "mail", Body: mail{"ada"}}), no)
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		runOnce(t, p, 0)
		l.want(t)
	})
}

func TestAKeyWaitsOnceAndMayComeForward(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var l log
		p := newPool(d)
		job.Do(p, "mail", func(ctx context.Context, m mail) error {
			l.add(m.To)
			if m.To == "first" { // work that comes up while the job runs is not lost
				return d.Write(ctx, func(tx *db.Tx) error {
					return job.Enqueue(ctx, tx, job.Job{Kind: "mail", Key: "k", Body: mail{"second"}})
				})
			}
			return nil
		})
		enqueue(t, d,
			job.Job{Kind: "mail", Key: "k", Body: mail{"first"}, At: dbtest.Noon.Add(time.Hour)},
			job.Job{Kind: "mail", Key: "k", Body: mail{"ignored"}, At: dbtest.Noon.Add(time.Minute)},
			job.Job{Kind: "mail", Key: "k", Body: mail{"ignored"}, At: dbtest.Noon.Add(time.Hour)})
		runOnce(t, p, 0)
		dbtest.Clock(d).Advance(time.Minute)
		runOnce(t, p, 2)
		l.want(t, "first", "second")
	})
}

func TestAFailingJobComesBackLaterAndLaterAndThenIsDead(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var tries atomic.Int64
		broken := true
		p := newPool(d)
		p.MaxAttempts = 4
		var alarms []job.Waiting
		p.OnDead = func(_ context.Context, _ *db.Tx, w job.Waiting) error { alarms = append(alarms, w); return nil }
		job.Do(p, "mail", func(context.Context, mail) error {
			if tries.Add(1); broken {
				panic("no \xff stamps\x00")
			}
			return nil
		})
		enqueue(t, d, job.Job{Kind: "mail", Body: mail{"ada"}})
		for i, pause := range []time.Duration{1, 2, 4} {
			runOnce(t, p, 0)
			dbtest.Clock(d).Advance(pause * time.Second / 2)
			runOnce(t, p, 0)
			if int(tries.Load()) != i+1 {
				t.Fatalf("%d tries after %d pauses: it came back too early", tries.Load(), i)
			}
			dbtest.Clock(d).Advance(pause * time.Second)
		}
		runOnce(t, p, 0)
		dbtest.Clock(d).Advance(100 * time.Hour)
		runOnce(t, p, 0)
		if tries.Load() != 4 || len(alarms) != 1 || alarms[0].Attempts != 4 || !strings.HasPrefix(alarms[0].LastError, "panic: no ? stamps?") {
			t.Errorf("%d tries, alarms %+v", tries.Load(), alarms)
		}
		all := dead(t, d)
		if len(all) != 1 || len(pending(t, d)) != 0 {
			t.Fatalf("dead: %+v", all)
		}

		broken = false
		dbtest.Write(t, d, func(tx *db.Tx) error { return job.Retry(t.Context(), tx, all[0].Seq) })
		runOnce(t, p, 1)
		if len(dead(t, d)) != 0 || len(pending(t, d)) != 0 {
			t.Error("a retried job that succeeded is still there")
		}
	})
}

func TestAJobWhoseDeathNobodyHearsOfIsTriedAgain(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := newPool(d)
		p.MaxAttempts = 1
		deaf := true
		p.OnDead = func(ctx context.Context, tx *db.Tx, w job.Waiting) error {
			if deaf {
				return errors.New("nobody listens")
			}
			return nil
		}
		job.Do(p, "mail", func(context.Context, mail) error { return errors.New("no") })
		enqueue(t, d, job.Job{Kind: "mail"})
		runOnce(t, p, 0)
		if len(dead(t, d)) != 0 || len(pending(t, d)) != 1 {
			t.Error("it died unheard")
		}
		deaf = false
		dbtest.Clock(d).Advance(time.Hour)
		runOnce(t, p, 0)
		if len(dead(t, d)) != 1 {
			t.Error("it is not dead")
		}
	})
}

func TestAFailedJobGivesWayToItsWaitingTwin(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := newPool(d)
		job.Do(p, "mail", func(ctx context.Context, m mail) error {
			err := d.Write(ctx, func(tx *db.Tx) error {
				return job.Enqueue(ctx, tx, job.Job{Kind: "mail", Key: "k", Body: mail{"twin"}, At: tx.Now.Add(time.Hour)})
			})
			return errors.Join(err, errors.New("no"))
		})
		enqueue(t, d, job.Job{Kind: "mail", Key: "k", Body: mail{"first"}})
		runOnce(t, p, 0)
		if all := pending(t, d); len(all) != 1 || string(all[0].Body) != `{"To":"twin"}` {
			t.Errorf("left: %+v", all)
		}
	})
}

func TestAJobThatOutlivesItsLeaseIsFinishedByItsNewHolderOnly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var first atomic.Bool
		first.Store(true)
		entered, leave := make(chan struct{}), make(chan struct{})
		slow := newPool(d)
		job.Do(slow, "mail", func(context.Context, mail) error {
			if first.Swap(false) {
				close(entered)
				<-leave
			}
			return nil
		})
		enqueue(t, d, job.Job{Kind: "mail"})
		var did int
		var waits sync.WaitGroup
		waits.Go(func() { did, _ = slow.RunOnce(t.Context()) })
		<-entered

		quick := newPool(d)
		broken := true
		job.Do(quick, "mail", func(context.Context, mail) error {
			if broken {
				return errors.New("no")
			}
			return nil
		})
		runOnce(t, quick, 0)
		dbtest.Clock(d).Advance(slow.Lease)
		runOnce(t, quick, 0) // takes it over, and fails: it waits now
		close(leave)
		waits.Wait()
		if did != 0 || len(pending(t, d)) != 1 {
			t.Errorf("the slow one finished %d, %d left", did, len(pending(t, d)))
		}
		broken = false
		dbtest.Clock(d).Advance(time.Minute)
		runOnce(t, quick, 1)
		if len(pending(t, d)) != 0 {
			t.Error("the new holder could not finish it")
		}
	})
}

func TestAJobsContextEndsWithItsLease(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := newPool(d)
		p.Lease = 20 * time.Millisecond
		job.Do(p, "mail", func(ctx context.Context, _ mail) error { <-ctx.Done(); return ctx.Err() })
		enqueue(t, d, job.Job{Kind: "mail"})
		runOnce(t, p, 0)
		if all := pending(t, d); len(all) != 1 || !strings.Contains(all[0].LastError, job.ErrLeaseLost.Error()) {
			t.Errorf("left: %+v", all)
		}
	})
}

func TestAJobThatEndsItsProcessEachTimeDies(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := newPool(d)
		p.MaxAttempts = 2
		var ran atomic.Int64
		leave := make(chan struct{})
		var stuck sync.WaitGroup
		job.Do(p, "mail", func(context.Context, mail) error { ran.Add(1); <-leave; return nil })
		enqueue(t, d, job.Job{Kind: "mail"})
		for attempts := range int64(2) { // two processes that never answer
			stuck.Go(func() { p.RunOnce(context.WithoutCancel(t.Context())) })
			for len(pending(t, d)) == 1 && pending(t, d)[0].Attempts == attempts {
				time.Sleep(time.Millisecond)
			}
			dbtest.Clock(d).Advance(p.Lease)
		}
		runOnce(t, p, 0)
		if len(dead(t, d)) != 1 {
			t.Errorf("not dead after %d attempts", ran.Load())
		}
		close(leave)
		stuck.Wait()
	})
}

func TestPeriodicWorkRunsOncePerPeriodOnOneNode(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var l log
		broken := false
		nodes := make([]*job.Pool, 3)
		for i := range nodes {
			nodes[i] = newPool(d)
			nodes[i].Every("clean", time.Hour, func(context.Context) error {
				l.add("cleaned")
				if broken {
					return errors.New("no broom")
				}
				return nil
			})
		}
		together := func() {
			var all sync.WaitGroup
			for _, p := range nodes {
				all.Go(func() {
					if _, err := p.RunOnce(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		together()
		together()
		l.want(t, "cleaned")
		dbtest.Clock(d).Advance(time.Hour - time.Second)
		together()
		l.want(t, "cleaned")
		dbtest.Clock(d).Advance(time.Second)
		broken = true
		together()
		together()
		l.want(t, "cleaned", "cleaned") // failing work waits for its next period
	})
}

func TestRunIsWokenByACommitAndWaitsForItsJobs(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var under, most atomic.Int64
		did := make(chan string, 100)
		p := newPool(d)
		p.Workers = 3
		job.Do(p, "mail", func(_ context.Context, m mail) error {
			if n := under.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer under.Add(-1)
			did <- m.To
			return nil
		})
		p.Every("tidy", time.Hour, func(context.Context) error { did <- "tidy"; return nil })
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { p.Run(ctx) })
		if got := <-did; got != "tidy" {
			t.Errorf("did %s", got)
		}
		for i := range 20 {
			enqueue(t, d, job.Job{Kind: "mail", Body: mail{fmt.Sprint(i)}})
		}
		for range 20 {
			select {
			case <-did:
			case <-time.After(10 * time.Second):
				t.Fatal("not done")
			}
		}
		stop()
		running.Wait()
		if under.Load() != 0 || most.Load() > 3 {
			t.Errorf("%d jobs under way after the end, %d at a time", under.Load(), most.Load())
		}
		if left := pending(t, d); len(left) != 0 {
			t.Errorf("done but not finished: %+v", left)
		}
	})
}
