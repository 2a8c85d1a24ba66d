package trial

import (
	"context"
	"errors"
	"math"

	"korzo/customer/experiment"
	"korzo/insight/stat"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// Follow begins a phase of an experiment on a banner in which each arm is given as
// often as its conversion says that it may be the best (stat.Shares): for what is
// shown and forgotten, of which less is lost than proved. Checkouts, features and
// messages are compared with weights that stay. It returns experiment.ErrState
// with the reason where the numbers do not allow it.
func Follow(ctx context.Context, tx *db.Tx, id experiment.ID, by string) (experiment.Experiment, error) {
	e, err := experiment.Locked(ctx, tx, id)
	if err != nil {
		return e, err
	}
	last, err := selectLast(ctx, tx, id)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return e, err
	}
	switch {
	case e.Point.Kind != experiment.PointBanner:
		return e, experiment.ErrState.With("weights follow the numbers of banners only: all else is compared with weights that stay")
	case last.Phase != e.Phase || len(last.Arms) != len(e.Arms) || tx.Now.Sub(last.At) >= 2*Every:
		return e, experiment.ErrState.With("the last computation is not of this phase, or is out of date: compute again")
	case last.Verdict == Hold || last.Verdict == RollBack:
		return e, experiment.ErrState.With("the experiment is held: " + last.Reason)
	}
	arms := make([]stat.Sample, len(last.Arms))
	for i, a := range last.Arms {
		if a.Visitors < stat.BestUnits {
			return e, experiment.ErrState.With("wait until each arm was shown to a hundred visitors")
		}
		arms[i] = stat.Proportion(float64(a.Buyers), float64(a.Visitors))
	}
	weights, left := make([]int64, len(arms)), int64(1_000_000)
	for i, share := range stat.Shares(arms) {
		weights[i] = int64(math.Round(share * 1_000_000))
		left -= weights[i]
	}
	weights[0] += left // what rounding left over
	if e, err = experiment.Reweigh(ctx, tx, id, weights, e.Coverage); err != nil {
		return e, err
	}
	return e, audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "experiment.follow", Subject: string(id)})
}
