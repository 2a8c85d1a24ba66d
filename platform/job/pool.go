package job

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

const (
	// tick is how often Run looks without being woken: for other nodes' jobs and for what became due.
	tick = time.Second
	// gather is how long Run lets jobs come and end, so that one transaction
	// leases and finishes many: gatherBusy where some came within calm, and there
	// were workers for all.
	gather     = 3 * time.Millisecond
	gatherBusy = 15 * time.Millisecond
	calm       = 100 * time.Millisecond
	// grace is how long jobs may go on when Run ends; then their context is cancelled.
	grace = 5 * time.Second
	// longestPause bounds the pause between two attempts.
	longestPause = time.Hour
	// errorLength bounds what is kept of a job's error.
	errorLength = 500
)

// ErrLeaseLost is the cause of a job's context ending when the job outlived its lease.
var ErrLeaseLost = errors.New("the job ran longer than its lease: make it shorter, or the pool's lease longer")

// errCrashed is the error of a job whose last attempts ended with their process.
var errCrashed = errors.New("the last attempts ended neither well nor badly: their process did, or their lease")

// Pool runs jobs. Set its fields and fill it with Do and Every before the first
// Run; a job of a kind that no Do names stays for a pool that has it.
type Pool struct {
	// Workers is how many jobs run at a time (default 8).
	Workers int
	// Lease is how long a job may run (default 2 minutes); then its context ends
	// and another node may take it.
	Lease time.Duration
	// MaxAttempts is how often a job is tried before it is dead (default 20).
	MaxAttempts int64
	// OnDead is called in the transaction that gives a job up. When it fails
	// the job is not dead but tried again.
	OnDead func(ctx context.Context, tx *db.Tx, w Waiting) error
	// Log is told of failing jobs (default slog.Default()).
	Log *slog.Logger

	db      *db.DB
	runs    map[string]func(ctx context.Context, body []byte) error
	kinds   []any // the keys of runs, sorted
	periods []every

	mu    sync.Mutex
	ended []Waiting // done, and not yet deleted
	busy  map[string]bool
}

// NewPool returns a pool that takes its jobs from d.
func NewPool(d *db.DB) *Pool {
	return &Pool{
		Workers: 8, Lease: 2 * time.Minute, MaxAttempts: 20, Log: slog.Default(),
		db: d, runs: map[string]func(ctx context.Context, body []byte) error{}, busy: map[string]bool{},
	}
}

// Do makes run do the jobs of kind. Its context ends with the lease. A kind
// that is taken is a bug and panics.
func Do[T any](p *Pool, kind string, run func(ctx context.Context, body T) error) {
	if kind == "" || p.runs[kind] != nil {
		panic("job.Do: a kind needs a name, and one function does it: " + kind)
	}
	p.runs[kind] = func(ctx context.Context, body []byte) error {
		var b T
		if err := json.Unmarshal(body, &b); err != nil {
			return fmt.Errorf("read the job: %w", err)
		}
		return run(ctx, b)
	}
	p.kinds = append(p.kinds, kind)
	slices.SortFunc(p.kinds, func(x, y any) int { return strings.Compare(x.(string), y.(string)) })
}

// Run does due jobs and periodic work until ctx ends, then waits for the work
// under way, which gets five more seconds.
func (p *Pool) Run(ctx context.Context) {
	woken, stop := p.db.Listen(topic)
	defer stop()
	work, cancel := graceful(ctx)
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() { p.repeat(ctx, work) })
	slots := make(chan struct{}, p.Workers)
	freed := make(chan struct{}, 1)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	look := p.lap // the first look is for what waited while nobody ran
	var last time.Time
	for ctx.Err() == nil {
		free := p.Workers - len(slots)
		jobs, err := look(ctx, free)
		if err != nil && ctx.Err() == nil {
			p.Log.ErrorContext(ctx, "jobs not leased", "error", err)
		}
		for _, w := range jobs {
			slots <- struct{}{}
			running.Go(func() {
				p.do(work, w)
				<-slots
				poke(freed)
			})
		}
		look = p.lap
		long := gather
		if len(jobs) < free && time.Since(last) < calm {
			long = gatherBusy
		}
		if len(jobs) > 0 {
			last = time.Now()
		}
		select {
		case <-ctx.Done():
		case <-woken:
			pause(ctx, long)
		case <-freed:
			pause(ctx, long)
		case <-ticker.C:
			look = p.glance
		}
	}
	running.Wait()
	if _, err := p.lap(context.WithoutCancel(ctx), 0); err != nil {
		p.Log.ErrorContext(ctx, "finished jobs not written; they are run again", "error", err)
	}
}

// pause lets jobs come together.
func pause(ctx context.Context, long time.Duration) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// graceful returns a context that ends some seconds after ctx.
func graceful(ctx context.Context) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-work.Done():
		}
	})
	return work, func() { stop(); cancel() }
}

// RunOnce does everything that is due, periodic work too, until nothing is
// left, and returns how many jobs and periods succeeded. A failing job is no error of
// RunOnce. It may run beside other pools.
func (p *Pool) RunOnce(ctx context.Context) (done int, err error) {
	periods, err := p.duePeriods(ctx)
	if err != nil {
		return 0, err
	}
	for _, e := range periods {
		ran, err := p.period(ctx, e)
		if err != nil {
			return done, err
		}
		if ran {
			done++
		}
	}
	for ctx.Err() == nil {
		jobs, err := p.lap(ctx, p.Workers)
		if err != nil || len(jobs) == 0 {
			return done, err
		}
		var running sync.WaitGroup
		for _, w := range jobs {
			running.Go(func() { p.do(ctx, w) })
		}
		running.Wait()
		n, err := p.clear(context.WithoutCancel(ctx))
		if done += n; err != nil {
			return done, err
		}
	}
	return done, ctx.Err()
}

// glance is lap for when nobody said that there is anything: it looks before
// the writer is asked for.
func (p *Pool) glance(ctx context.Context, limit int) ([]Waiting, error) {
	p.mu.Lock()
	ended := len(p.ended)
	p.mu.Unlock()
	if ended > 0 {
		return p.lap(ctx, limit)
	}
	if limit < 1 || len(p.kinds) == 0 {
		return nil, nil
	}
	var due int64
	err := p.db.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = countDue(ctx, tx, p.kinds)
		return err
	})
	if err != nil || due == 0 {
		return nil, err
	}
	return p.lap(ctx, limit)
}

// lap deletes the jobs that are done and leases up to limit due ones, oldest
// first, in one transaction.
func (p *Pool) lap(ctx context.Context, limit int) (jobs []Waiting, err error) {
	ended := p.take()
	lease := limit > 0 && len(p.kinds) > 0
	if len(ended) == 0 && !lease {
		return nil, nil
	}
	var deleted map[int64]bool
	err = p.db.Write(ctx, func(tx *db.Tx) (err error) {
		if deleted, err = deleteLeased(ctx, tx, ended); err != nil || !lease {
			return err
		}
		jobs, err = leaseDue(ctx, tx, id.Secret("lease_"), tx.Now.Add(p.Lease), limit, p.kinds)
		return err
	})
	if err != nil {
		p.end(ended...) // they are deleted at the next lap
		return nil, fmt.Errorf("lease jobs: %w", err)
	}
	p.missed(ctx, ended, deleted)
	slices.SortFunc(jobs, func(a, b Waiting) int { return cmp.Compare(a.Seq, b.Seq) })
	return jobs, nil
}

// clear deletes the jobs that are done and returns how many were still ours.
func (p *Pool) clear(ctx context.Context) (n int, err error) {
	ended := p.take()
	var deleted map[int64]bool
	err = p.db.Write(ctx, func(tx *db.Tx) (err error) {
		deleted, err = deleteLeased(ctx, tx, ended)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("finish jobs: %w", err)
	}
	p.missed(ctx, ended, deleted)
	return len(deleted), nil
}

// missed tells of jobs that were done when their lease was another's.
func (p *Pool) missed(ctx context.Context, ended []Waiting, deleted map[int64]bool) {
	for _, w := range ended {
		if !deleted[w.Seq] {
			p.Log.WarnContext(ctx, "job outlived its lease", "kind", w.Kind, "job", w.Seq)
		}
	}
}

func (p *Pool) end(jobs ...Waiting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, jobs...)
}

func (p *Pool) take() []Waiting {
	p.mu.Lock()
	defer p.mu.Unlock()
	ended := p.ended
	p.ended = nil
	return ended
}

// do runs one leased job. One that is done is deleted at the next lap; what
// goes wrong is written down and logged.
func (p *Pool) do(ctx context.Context, w Waiting) {
	bounded, cancel := context.WithTimeoutCause(ctx, p.Lease*9/10, ErrLeaseLost)
	failed := errCrashed
	if w.Attempts <= p.MaxAttempts {
		failed = caught(func() error { return p.runs[w.Kind](bounded, w.Body) })
	}
	if failed != nil && errors.Is(context.Cause(bounded), ErrLeaseLost) {
		failed = fmt.Errorf("%w: %w", failed, ErrLeaseLost)
	}
	cancel()
	if failed == nil {
		p.end(w)
		return
	}
	ctx = context.WithoutCancel(ctx) // what came out is written down although the shop is stopping
	p.Log.ErrorContext(ctx, "job failed", "kind", w.Kind, "job", w.Seq, "attempt", w.Attempts, "error", failed)
	w.LastError = shorten(failed.Error())
	switch mine, err := p.fail(ctx, w); {
	case err != nil: // it is run again when its lease ends
		p.Log.ErrorContext(ctx, "job's outcome not written", "kind", w.Kind, "job", w.Seq, "error", err)
	case !mine:
		p.Log.WarnContext(ctx, "job outlived its lease", "kind", w.Kind, "job", w.Seq)
	}
}

// caught turns a panic into an error: one bug must not end the process.
func caught(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run()
}

// fail puts the job back for another attempt, or gives it up.
func (p *Pool) fail(ctx context.Context, w Waiting) (mine bool, err error) {
	write := func() error {
		return p.db.Write(ctx, func(tx *db.Tx) (err error) {
			mine, err = p.setFailed(ctx, tx, w)
			return err
		})
	}
	if err = write(); errors.Is(err, db.ErrUnique) { // a job of the same key was enqueued in this moment
		err = write()
	}
	return mine, err
}

func (p *Pool) setFailed(ctx context.Context, tx *db.Tx, w Waiting) (mine bool, err error) {
	if n, err := deleteDoubled(ctx, tx, w); err != nil || n == 1 {
		return n == 1, err
	}
	if w.Attempts >= p.MaxAttempts {
		mine, err := p.giveUp(ctx, tx, w)
		if err == nil || db.LostRace(err) {
			return mine, err
		}
		p.Log.ErrorContext(ctx, "failing job not given up", "kind", w.Kind, "job", w.Seq, "error", err)
	}
	w.RunAt = tx.Now.Add(backoff(w.Attempts))
	n, err := setWaiting(ctx, tx, w)
	return n == 1, err
}

// giveUp makes the job dead and tells OnDead, both or neither.
func (p *Pool) giveUp(ctx context.Context, tx *db.Tx, w Waiting) (mine bool, err error) {
	err = tx.Savepoint(ctx, func() error {
		w.DeadAt = tx.Now
		n, err := setDead(ctx, tx, w)
		mine = n == 1
		if err != nil || !mine || p.OnDead == nil {
			return err
		}
		return p.OnDead(ctx, tx, w)
	})
	return mine, err
}

// backoff is the pause after a failed attempt: about 1 s, 2 s, 4 s … an hour,
// a quarter more or less, so that what failed together does not return together.
func backoff(attempts int64) time.Duration {
	pause := min(time.Second<<min(attempts-1, 30), longestPause)
	return pause*3/4 + rand.N(pause/2)
}

// shorten makes text fit the column and PostgreSQL, which takes neither broken UTF-8 nor NUL.
func shorten(text string) string {
	if len(text) > errorLength {
		text = text[:errorLength] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
}
