package trial

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/stat"
	"korzo/platform/db"
)

// Failures collects whom something of ours failed, until Flush writes it. The
// zero Failures is ready; it is safe for concurrent use.
type Failures struct {
	mu  sync.Mutex
	all map[string]string // by visitor
}

// FlushEvery is how often failures are written, and so how soon an arm that
// breaks is taken back.
const FlushEvery = 10 * time.Second

// maxFailures bounds what is kept between two Flushes; more is not noted.
const maxFailures = 10_000

// Note remembers that something ("page", "checkout", "widget", "gateway") failed a visitor.
// It waits for nobody.
func (f *Failures) Note(visitor, what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = map[string]string{}
	}
	if visitor != "" && len(f.all) < maxFailures {
		f.all[visitor] = what
	}
}

// Flush writes what was noted since, and takes back at once what breaks: it does
// not wait for the next Look. What could not be written is noted again.
func (f *Failures) Flush(ctx context.Context, d *db.DB) error {
	f.mu.Lock()
	all := f.all
	f.all = nil
	f.mu.Unlock()
	touched := map[experiment.ID]bool{}
	var err error
	for some := range slices.Chunk(slices.Sorted(maps.Keys(all)), 200) {
		err = d.Write(ctx, func(tx *db.Tx) error {
			for _, visitor := range some {
				ids, err := experiment.Fail(ctx, tx, visitor, all[visitor])
				if err != nil {
					return err
				}
				for _, id := range ids {
					touched[id] = true
				}
			}
			return nil
		})
		if err != nil {
			break
		}
		for _, visitor := range some {
			delete(all, visitor)
		}
	}
	if err != nil {
		for visitor, what := range all {
			f.Note(visitor, what)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		err = errors.Join(err, trip(ctx, d, id))
	}
	return err
}

// trip takes an experiment back whose arm breaks. Where the other numbers cannot
// be computed it does so without them.
func trip(ctx context.Context, d *db.DB, id experiment.ID) error {
	var why Because
	var e experiment.Experiment
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		if e, err = experiment.Find(ctx, tx, id); err != nil || e.State != experiment.StateRunning {
			return err
		}
		why, err = breaks(ctx, tx, e)
		return err
	})
	if err != nil || why.Code == "" {
		return err
	}
	r, failed := Look(ctx, d, id)
	if failed == nil && r.Verdict == RollBack {
		return nil
	}
	r = Result{Experiment: id, Phase: e.Phase, Stage: e.Stage, Verdict: RollBack, Arm: why.Arm, Reason: why.String(), Because: why}
	return d.Write(ctx, func(tx *db.Tx) error {
		if e, err = experiment.Locked(ctx, tx, id); err != nil || e.State != experiment.StateRunning {
			return err
		}
		r.At = tx.Now
		if err := insertResult(ctx, tx, r); err != nil {
			return err
		}
		return rollBack(ctx, tx, e, r.Reason)
	})
}

// breaks judges by failures alone.
func breaks(ctx context.Context, tx *db.Tx, e experiment.Experiment) (Because, error) {
	counts, err := experiment.Counts(ctx, tx, e.ID)
	if err != nil {
		return Because{}, err
	}
	failed, err := experiment.Failures(ctx, tx, e.ID, e.Phase)
	if err != nil {
		return Because{}, fmt.Errorf("judge what breaks: %w", err)
	}
	arms := make([]Measure, len(e.Arms))
	for i, a := range e.Arms {
		arms[i].Arm = a.Key
		for _, c := range counts {
			if c.Phase == e.Phase && c.Arm == a.Key {
				arms[i].Units = float64(c.Units)
			}
		}
		arms[i].Unbroken = stat.Proportion(arms[i].Units-float64(failed[a.Key]), arms[i].Units)
	}
	return broken(arms), nil
}
