package banner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/db"
)

// Arm is what an experiment's arm says of a banner: which is shown in its
// place. The zero Arm leaves it as it is.
type Arm struct {
	Banner ID   `json:"banner,omitempty"`
	Hidden bool `json:"hidden,omitempty"` // nothing is shown
}

// Point is where arms of experiments on a banner differ.
func Point(id ID) experiment.Point {
	return experiment.Point{Kind: experiment.PointBanner, Key: string(id)}
}

// Shown returns what a visit sees at a place, the lowest position first, at most
// three; tried says that an experiment is running on one of them: call Reveal for
// each where it is shown. It costs no statement of its own.
func Shown(ctx context.Context, tx *db.Tx, at Place, v visitor.Visit) (all []Banner, tried bool, err error) {
	kept, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	for _, b := range kept {
		if b.Place != at || !b.At(tx.Now) || b.broken || len(all) == maxShown {
			continue
		}
		if b.trigger != nil {
			if holds, err := b.trigger.True(v.Tell(b.trigger.Facts())); !holds || err != nil {
				continue
			}
		}
		all = append(all, b.Banner)
		runs, err := experiment.Running(ctx, tx, Point(b.ID))
		if err != nil {
			return nil, false, err
		}
		tried = tried || runs
	}
	return all, tried, nil
}

// Reveal returns what stands in a banner's place for a visit, and writes an
// experiment's exposure down; ok is false where that is nothing.
func Reveal(ctx context.Context, tx *db.Tx, b Banner, v visitor.Visit, customer string) (shown Banner, ok bool, err error) {
	a, err := experiment.Expose(ctx, tx, Point(b.ID), v, customer)
	if err != nil {
		return b, true, fmt.Errorf("show banner %s: %w", b.ID, err)
	}
	return given(ctx, tx, b, a.Value)
}

// RevealAll is Reveal for all that Shown returned, in its order, without those in
// whose place nothing stands.
func RevealAll(ctx context.Context, tx *db.Tx, all []Banner, v visitor.Visit, customer string) (shown []Banner, err error) {
	for _, b := range all {
		given, ok, err := Reveal(ctx, tx, b, v, customer)
		if err != nil {
			return nil, err
		}
		if ok {
			shown = append(shown, given)
		}
	}
	return shown, nil
}

// Asks reports whether the rule of a banner that is shown now, or the target of an
// experiment on one, speaks of a fact that begins with prefix.
func Asks(ctx context.Context, tx *db.Tx, prefix string) (bool, error) {
	yes, err := Needs(ctx, tx, prefix)
	if yes || err != nil {
		return yes, err
	}
	return experiment.Needs(ctx, tx, experiment.PointBanner, prefix)
}

// given is a banner as an arm has it; one that there is no more leaves it as it is.
func given(ctx context.Context, tx *db.Tx, b Banner, value json.RawMessage) (Banner, bool, error) {
	arm, err := ParseArm(value)
	if err != nil || arm.Hidden {
		return b, err != nil, err
	}
	if arm.Banner == "" {
		return b, true, nil
	}
	other, err := Find(ctx, tx, arm.Banner)
	if errors.Is(err, ErrNotFound) {
		return b, true, nil
	}
	return other, true, err
}

const armShape = `{"banner": "ban_…"}, {"hidden": true}`

// ParseArm reads an arm's value; none at all is the zero Arm.
func ParseArm(value json.RawMessage) (Arm, error) { return experiment.ParseArm[Arm](value, armShape) }

// CheckArms returns ErrNotFound for an experiment on a banner that there is not, and
// experiment.ErrInvalid where its arms name what could not be shown. Call it before
// the experiment starts.
func CheckArms(ctx context.Context, tx *db.Tx, d experiment.Draft) error {
	if d.Point.Kind != experiment.PointBanner {
		return nil
	}
	if _, err := Find(ctx, tx, ID(d.Point.Key)); err != nil {
		return err
	}
	return experiment.CheckArms(d, armShape, func(arm Arm, blame func(id string, args ...any)) error {
		if arm.Banner == "" {
			return nil
		}
		_, err := Find(ctx, tx, arm.Banner)
		if errors.Is(err, ErrNotFound) {
			blame("experiment.flaw.arm_unknown", "Version", arm.Banner)
			return nil
		}
		return err
	})
}

// Keep makes what an arm showed what the banner is, for everyone; hidden is off.
func Keep(ctx context.Context, tx *db.Tx, id ID, value json.RawMessage) error {
	b, err := Find(ctx, tx, id)
	if err != nil {
		return err
	}
	other, shown, err := given(ctx, tx, b, value)
	if err != nil {
		return err
	}
	d := b.Draft
	d.Off, d.Texts, d.Link, d.Picture = b.Off || !shown, other.Texts, other.Link, other.Picture
	return Change(ctx, tx, id, 0, d)
}
