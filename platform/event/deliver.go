package event

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"korzo/platform/db"
)

const (
	// page bounds the facts that are planned with at a time.
	page = 256
	// batch bounds the facts that one transaction delivers: on SQLite everybody waits for it.
	batch = 16
	// gather is how long Run lets facts come together, so that a transaction
	// delivers many: gatherBusy where it delivered some within calm.
	gather     = 5 * time.Millisecond
	gatherBusy = 25 * time.Millisecond
	calm       = 100 * time.Millisecond
	// rounds bounds one Deliver, in case reactions keep publishing facts that they react to.
	rounds = 1000
	// tick is how often Run looks without being woken: for other nodes' facts and second tries.
	tick = time.Second
	// errorLength bounds what is kept of a reaction's error.
	errorLength = 500
)

// Run delivers facts until ctx ends, then waits for the deliveries under way.
// It is woken by commits of this process and looks every second for the rest.
func (b *Bus) Run(ctx context.Context, d *db.DB) {
	woken, stop := d.Listen(topic)
	defer stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var delivered time.Time
	for {
		if n, err := b.Deliver(ctx, d); err != nil && ctx.Err() == nil {
			b.log().ErrorContext(ctx, "facts not delivered", "error", err)
		} else if n > 0 {
			delivered = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
			if time.Since(delivered) < calm {
				b.pause(ctx, gatherBusy)
			} else {
				b.pause(ctx, gather)
			}
		case <-ticker.C:
		}
	}
}

// pause lets facts come together.
func (b *Bus) pause(ctx context.Context, long time.Duration) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Deliver delivers all that is due, facts published meanwhile included, and
// returns how many facts it finished. A failing reaction is no error of
// Deliver: its fact is tried again later. Any number of processes may deliver
// at once.
func (b *Bus) Deliver(ctx context.Context, d *db.DB) (done int, err error) {
	for range rounds {
		c, err := b.batches(ctx, d)
		done += c.done
		if err != nil && ctx.Err() == nil {
			b.log().WarnContext(ctx, "a batch of facts fell through and is delivered one by one", "error", err)
			c, err = b.oneByOne(ctx, d)
			done += c.done
		}
		if err != nil || c.tried == 0 {
			return done, err
		}
		if more, err := b.due(ctx, d); err != nil || !more {
			return done, err
		}
	}
	return done, ctx.Err()
}

// count is how many facts were finished, and how many were finished or failed.
type count struct{ done, tried int }

// batches delivers batches until one is not full, side by side once the first was.
func (b *Bus) batches(ctx context.Context, d *db.DB) (count, error) {
	sum, err := b.batch(ctx, d)
	if err != nil || sum.tried < batch {
		return sum, err
	}
	var mu sync.Mutex
	var first error
	var workers sync.WaitGroup
	for range b.workers() {
		workers.Go(func() {
			for more := true; more && ctx.Err() == nil; {
				c, err := b.batch(ctx, d)
				mu.Lock()
				sum.done, sum.tried, first = sum.done+c.done, sum.tried+c.tried, cmp.Or(first, err)
				mu.Unlock()
				more = err == nil && c.tried == batch
			}
		})
	}
	workers.Wait()
	return sum, first
}

// one runs the reactions to a claimed fact and reports whether they are
// through; what failed is written down.
func (b *Bus) one(ctx context.Context, tx *db.Tx, f Fact) (through bool, err error) {
	succeeded, err := b.react(ctx, tx, &f)
	if err != nil {
		return false, err
	}
	if f.LastError != "" {
		return false, b.fail(ctx, tx, f, succeeded)
	}
	if f.Attempts > 0 {
		return true, deleteReceipts(ctx, tx, f.Seq)
	}
	return true, nil
}

// oneByOne delivers each fact in a transaction of its own, so that one which
// cannot even be written down as failed does not stop the others.
func (b *Bus) oneByOne(ctx context.Context, d *db.DB) (c count, err error) {
	due, err := b.plan(ctx, d)
	if err == nil {
		c.done, c.tried, err = b.work(ctx, d, due)
	}
	if err != nil {
		return c, fmt.Errorf("deliver: %w", err)
	}
	return c, nil
}

// plan returns the facts to deliver grouped by key.
func (b *Bus) plan(ctx context.Context, d *db.DB) (groups [][]waiting, err error) {
	var due []waiting
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = listDue(ctx, tx, page)
		return err
	})
	return byKey(due), err
}

// byKey groups facts that must be delivered one after the other.
func byKey(facts []waiting) (groups [][]waiting) {
	at := map[string]int{}
	for _, f := range facts {
		i, ok := at[f.key]
		if !ok || f.key == "" {
			i = len(groups)
			groups = append(groups, nil)
			at[f.key] = i
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

// work delivers the groups side by side. tried counts the facts that were
// finished or failed; what another process delivers is neither.
func (b *Bus) work(ctx context.Context, d *db.DB, groups [][]waiting) (done, tried int, err error) {
	var next, finished, touched atomic.Int64
	var first error
	var once sync.Once
	var workers sync.WaitGroup
	for range min(b.workers(), len(groups)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(groups)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				n, failed, err := b.group(ctx, d, groups[i])
				finished.Add(int64(n))
				touched.Add(int64(n + failed))
				if err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	workers.Wait()
	return int(finished.Load()), int(touched.Load()), first
}

// group delivers facts of one key in order and stops at the first that is not finished.
func (b *Bus) group(ctx context.Context, d *db.DB, facts []waiting) (done, failed int, err error) {
	for _, f := range facts {
		if ctx.Err() != nil {
			return done, 0, nil
		}
		switch outcome, err := b.deliver(ctx, d, f.seq); {
		case err != nil:
			return done, 0, fmt.Errorf("fact %d: %w", f.seq, err)
		case outcome == failing:
			return done, 1, nil
		case outcome == elsewhere:
			return done, 0, nil
		}
		done++
	}
	return done, 0, nil
}

type outcome int

const (
	elsewhere outcome = iota // done, not due, or in other hands
	delivered
	failing
)

// deliver runs all reactions to one fact in one transaction.
func (b *Bus) deliver(ctx context.Context, d *db.DB, seq int64) (o outcome, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		o = elsewhere
		f, err := claimFact(ctx, tx, seq)
		if errors.Is(err, db.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		through, err := b.one(ctx, tx, f)
		if err != nil {
			return err
		}
		if o = failing; !through {
			return nil
		}
		o = delivered
		return guarded(setDone(ctx, tx, seq))
	})
	return o, err
}

// react runs the reactions that have no receipt, each in a savepoint, and
// returns those that succeeded. What failed is told in f.LastError.
func (b *Bus) react(ctx context.Context, tx *db.Tx, f *Fact) (through []string, err error) {
	var before []string
	if f.Attempts > 0 {
		if before, err = listReceipts(ctx, tx, f.Seq); err != nil {
			return nil, err
		}
	}
	f.LastError = ""
	for _, r := range b.reacting(f.Kind) {
		if slices.Contains(before, r.name) {
			continue
		}
		if wanted, err := r.wanted(ctx, tx, f.Kind); err != nil || !wanted {
			if err != nil {
				return nil, err
			}
			continue
		}
		failed := tx.Savepoint(ctx, func() error { return caught(ctx, tx, r, f) })
		if failed == nil {
			through = append(through, r.name)
			continue
		}
		if db.LostRace(failed) {
			return nil, failed // the whole transaction is run again
		}
		b.log().ErrorContext(ctx, "reaction failed", "reaction", r.name, "fact", f.ID, "kind", f.Kind, "attempt", f.Attempts+1, "error", failed)
		if f.LastError == "" {
			f.LastError = shorten(r.name + ": " + failed.Error())
		}
	}
	return through, nil
}

// reacting returns who reacts to a kind of fact, and then who may.
func (b *Bus) reacting(kind string) []reaction {
	if len(b.listeners) == 0 {
		return b.reactions[kind]
	}
	return slices.Concat(b.reactions[kind], b.listeners)
}

// caught turns a reaction's panic into an error: one bug must not end the process.
func caught(ctx context.Context, tx *db.Tx, r reaction, f *Fact) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.run(ctx, tx, f)
}

// fail keeps what succeeded and sets the time of the next try, or suspends the fact.
func (b *Bus) fail(ctx context.Context, tx *db.Tx, f Fact, through []string) error {
	for _, name := range through {
		if err := insertReceipt(ctx, tx, f.Seq, name); err != nil {
			return err
		}
	}
	f.Attempts++
	if f.Attempts >= maxAttempts {
		f.SuspendedAt = tx.Now
		err := b.suspend(ctx, tx, f)
		if err == nil || db.LostRace(err) {
			return err
		}
		b.log().ErrorContext(ctx, "failing fact not suspended", "fact", f.ID, "kind", f.Kind, "error", err)
		f.SuspendedAt, f.Attempts = time.Time{}, maxAttempts-1 // again, until somebody hears of it
	}
	return guarded(setFailed(ctx, tx, f, tx.Now.Add(backoff(f.Attempts))))
}

// suspend gives a fact up and tells OnSuspend, both or neither.
func (b *Bus) suspend(ctx context.Context, tx *db.Tx, f Fact) error {
	return tx.Savepoint(ctx, func() error {
		if err := guarded(setFailed(ctx, tx, f, tx.Now)); err != nil || b.OnSuspend == nil {
			return err
		}
		return b.OnSuspend(ctx, tx, f)
	})
}

// guarded refuses a guarded update that changed nothing: the fact is locked, so that is a bug.
func guarded(changed int64, err error) error {
	if err == nil && changed != 1 {
		return fmt.Errorf("a fact changed while it was delivered (%d rows)", changed)
	}
	return err
}

// backoff is the pause after a failed try: 1 s, 2 s, 4 s … 34 minutes, about 70 minutes in all.
func backoff(attempts int64) time.Duration {
	return time.Second << min(attempts-1, 12)
}

// shorten makes text fit the column and PostgreSQL, which takes neither broken UTF-8 nor NUL.
func shorten(text string) string {
	if len(text) > errorLength {
		text = text[:errorLength] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
}

func (b *Bus) workers() int {
	if b.Workers > 0 {
		return b.Workers
	}
	return 8
}

func (b *Bus) log() *slog.Logger {
	if b.Log != nil {
		return b.Log
	}
	return slog.Default()
}
