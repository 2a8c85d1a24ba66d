package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

// shortestLease is the shortest lease that a pool shortens its own to.
const shortestLease = 20 * time.Second

// every is periodic work.
type every struct {
	name string
	each time.Duration
	run  func(ctx context.Context) error
}

// Every makes run happen each d, at once the first time, on one node at a
// time. A run that fails is logged and comes again with the next period. Its
// context ends with its lease, which is the pool's or, where d is short, four
// periods and at least 20 seconds: work that takes longer does a part at a
// time. A name that is taken is a bug and panics.
func (p *Pool) Every(name string, d time.Duration, run func(ctx context.Context) error) {
	for _, e := range p.periods {
		if e.name == name {
			panic("job.Every: this name is taken: " + name)
		}
	}
	if name == "" || d <= 0 {
		panic("job.Every: periodic work needs a name and a period: " + name)
	}
	p.periods = append(p.periods, every{name, d, run})
}

// repeat runs each period whenever it is due until ctx ends. work is the
// context of the runs themselves.
func (p *Pool) repeat(ctx, work context.Context) {
	pause := tick
	for _, e := range p.periods {
		pause = min(pause, e.each)
	}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	for ctx.Err() == nil {
		due, err := p.duePeriods(ctx)
		if err != nil && ctx.Err() == nil {
			p.Log.ErrorContext(ctx, "periodic work not looked up", "error", err)
		}
		for _, e := range due {
			if !p.begin(e) {
				continue // its last run is still under way
			}
			running.Go(func() {
				defer p.done(e)
				if _, err := p.period(work, e); err != nil && ctx.Err() == nil {
					p.Log.ErrorContext(ctx, "periodic work not leased", "name", e.name, "error", err)
				}
			})
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// begin notes that a period runs in this pool, and reports whether it did not.
func (p *Pool) begin(e every) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[e.name] {
		return false
	}
	p.busy[e.name] = true
	return true
}

func (p *Pool) done(e every) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy[e.name] = false
}

// period runs e if it is due and no other node has it, and reports whether it succeeded.
func (p *Pool) period(ctx context.Context, e every) (ok bool, err error) {
	lease, life := id.Secret("lease_"), p.leaseOf(e)
	var mine bool
	var began time.Time
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		began = tx.Now
		n, err := leasePeriod(ctx, tx, e.name, lease, tx.Now.Add(life))
		mine = n == 1
		return err
	})
	if err != nil || !mine {
		return false, err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, life*9/10, ErrLeaseLost)
	failed := caught(func() error { return e.run(bounded) })
	if failed != nil && errors.Is(context.Cause(bounded), ErrLeaseLost) {
		failed = fmt.Errorf("%w: %w", failed, ErrLeaseLost)
	}
	cancel()
	if failed != nil {
		p.Log.ErrorContext(ctx, "periodic work failed", "name", e.name, "error", failed)
	}
	ctx = context.WithoutCancel(ctx)
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		n, err := setPeriod(ctx, tx, e.name, lease, began.Add(e.each))
		mine = n == 1
		return err
	})
	if err == nil && !mine {
		p.Log.WarnContext(ctx, "periodic work outlived its lease", "name", e.name)
	}
	return failed == nil && err == nil, err
}

// leaseOf is how long one run may take, and so how long the work stands still
// when a node dies in the middle of it: what happens often does a little at a
// time, and must not wait minutes for a node that is gone.
func (p *Pool) leaseOf(e every) time.Duration {
	return min(p.Lease, max(4*e.each, shortestLease))
}

// duePeriods is a cheap look, at all periods at once, before the writer is asked for.
func (p *Pool) duePeriods(ctx context.Context) (due []every, err error) {
	if len(p.periods) == 0 {
		return nil, nil
	}
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		all, err := listPeriods(ctx, tx)
		due = nil
		for _, e := range p.periods {
			i := slices.IndexFunc(all, func(row period) bool { return row.name == e.name })
			if i < 0 || !all[i].runAt.After(tx.Now) {
				due = append(due, e)
			}
		}
		return err
	})
	return due, err
}
