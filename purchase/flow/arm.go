package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"korzo/customer/experiment"
	"korzo/platform/db"
)

// Arm is what an experiment's arm says of a flow: which version of which flow
// is given instead. The zero Arm leaves the flow as it was chosen.
type Arm struct {
	Flow    ID    `json:"flow,omitempty"` // empty: the flow that is tested
	Version int64 `json:"version,omitempty"`
}

// Point is where arms of experiments on a flow differ.
func Point(flow ID) experiment.Point {
	return experiment.Point{Kind: experiment.PointFlow, Key: string(flow)}
}

// Try gives a visit the version that a running experiment on its flow shows it,
// and writes the exposure down: the checkout begins here. Without one the
// choice stays and nothing is written.
func Try(ctx context.Context, tx *db.Tx, c Choice, v Visit, customer string) (Choice, experiment.Assignment, error) {
	if runs, err := experiment.Running(ctx, tx, Point(c.Flow)); err != nil || !runs {
		return c, experiment.Assignment{}, err
	}
	if v.At.IsZero() {
		var err error
		if v.At, err = MarketTime(ctx, tx, v.Market); err != nil {
			return c, experiment.Assignment{}, fmt.Errorf("try flow %s: %w", c.Flow, err)
		}
	}
	a, err := experiment.Expose(ctx, tx, Point(c.Flow), v, customer)
	if err != nil {
		return c, a, fmt.Errorf("try flow %s: %w", c.Flow, err)
	}
	shown, err := c.in(ctx, tx, a)
	return shown, a, err
}

// Preview is Try without an exposure, for explanations.
func Preview(ctx context.Context, tx *db.Tx, c Choice, v Visit) (Choice, experiment.Assignment, error) {
	a, err := experiment.Decide(ctx, tx, Point(c.Flow), v)
	if err != nil {
		return c, a, err
	}
	shown, err := c.in(ctx, tx, a)
	return shown, a, err
}

// in is the choice as an arm has it.
func (c Choice) in(ctx context.Context, tx *db.Tx, a experiment.Assignment) (Choice, error) {
	arm, err := ParseArm(a.Value)
	if err != nil || arm.Version == 0 {
		return c, err
	}
	if arm.Flow == "" {
		arm.Flow = c.Flow
	}
	v, err := Find(ctx, tx, arm.Flow, arm.Version)
	if err != nil {
		return c, fmt.Errorf("arm %s: %w", a.Pin(), err)
	}
	return Choice{v.Flow, v.Version, v.Document}, nil
}

const armShape = `{"version": 3}`

// ParseArm reads an arm's value; none at all is the zero Arm.
func ParseArm(value json.RawMessage) (Arm, error) { return experiment.ParseArm[Arm](value, armShape) }

// CheckArms returns experiment.ErrInvalid for an experiment on a flow whose
// arms name what could not be given: a version there is not, or one that may
// still change. Call it before the experiment starts.
func CheckArms(ctx context.Context, tx *db.Tx, d experiment.Draft) error {
	if d.Point.Kind != experiment.PointFlow {
		return nil
	}
	return experiment.CheckArms(d, armShape, func(arm Arm, blame func(id string, args ...any)) error {
		if arm.Version == 0 {
			return nil
		}
		v, err := Find(ctx, tx, cmp.Or(arm.Flow, ID(d.Point.Key)), arm.Version)
		switch {
		case errors.Is(err, ErrNotFound):
			blame("experiment.flaw.arm_unknown", "Version", arm.Version)
			return nil
		case err == nil && v.State == StateDraft:
			blame("experiment.flaw.arm_draft", "Version", arm.Version)
		}
		return err
	})
}
