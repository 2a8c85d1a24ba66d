// Package trial judges experiments by what they are worth, and takes back what
// harms.
//
// The primary measure is the net contribution of an exposed visitor, bought
// something or not, matured for returns; conversion, order value and lifetime
// value explain it. Whoever was exposed counts for the arm they were shown, from
// that moment on.
//
// Look computes, judges and acts, and may run at any time and on any node. Harm
// is watched with one-sided confidence sequences and tripwires: what is proved
// to harm is taken back at once, written to the audit and told as an exception.
// Every computation is kept with its time, so that a decision can be read with
// the numbers it was taken on, though returns have changed them since.
//
// Never true: a roll-out that grows on a number that could not be computed; a
// number compared across phases of other weights; an amount converted at a rate
// that changed during the experiment.
package trial

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"korzo/customer/experiment"
	"korzo/engagement/banner"
	"korzo/engagement/message"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/purchase/flow"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrNothing reports that nothing has been computed yet.
var ErrNothing = fault.New(fault.NotFound, "trial.nothing", "nothing has been computed for this experiment yet: look again in an hour, or ask for a computation")

// The exceptions that people see.
const (
	TroubleHarm   = "trial.rolled_back" // an arm was taken back
	TroubleFailed = "trial.failed"      // an experiment could not be judged
)

// actor is who the audit says did what was done by itself.
const actor = "system:trial"

// standardMature is how long returns are waited for when the plan does not say.
const standardMature = 14 * 24 * time.Hour

// patience is how long a roll-out stays at a stage before it climbs.
const patience = 24 * time.Hour

// Result is what was known of an experiment at a moment. Its JSON is kept.
type Result struct {
	Experiment experiment.ID     `json:"experiment"`
	At         time.Time         `json:"at"`
	Phase      int64             `json:"phase"`
	Stage      int64             `json:"stage"`
	Currency   string            `json:"currency,omitempty"`
	LeftOut    int64             `json:"orders_left_out,omitempty"` // of currencies without a rate
	Uncosted   int64             `json:"orders_without_cost,omitempty"`
	Crossed    int64             `json:"customers_in_two_arms,omitempty"`
	Remembered int64             `json:"visitors_who_bought_before,omitempty"`
	Cap        float64           `json:"cap,omitempty"` // that extreme values of a visitor are set to
	Verdict    Verdict           `json:"verdict"`
	Arm        string            `json:"arm,omitempty"`
	Reason     string            `json:"reason"` // in English
	Because    Because           `json:"because"`
	Mismatch   float64           `json:"mismatch_p"`
	Arms       []ArmResult       `json:"arms"`
	Effects    []EffectResult    `json:"effects"`
	Guards     []Guard           `json:"guardrails,omitempty"`
	Planned    Planned           `json:"planned,omitzero"` // where a gain is read at planned looks
	Splits     map[string]Splits `json:"splits,omitempty"` // by device, market, new or returning
}

// ArmResult is an arm's own numbers.
type ArmResult struct {
	Arm                 string  `json:"arm"`
	Visitors            int64   `json:"visitors"`
	Buyers              int64   `json:"buyers"`
	Orders              int64   `json:"orders"`
	Conversion          float64 `json:"conversion"`
	OrderValue          float64 `json:"average_order_value"` // minor units
	Contribution        float64 `json:"contribution_per_visitor"`
	MaturedContribution float64 `json:"matured_contribution_per_visitor"`
	Matured             int64   `json:"matured_visitors"`
	Lifetime            float64 `json:"lifetime_value"`           // of visitors whose customer is known: to date and predicted
	ToDate              float64 `json:"lifetime_value_to_date"`   // what they left here
	Expected            float64 `json:"lifetime_value_predicted"` // what they are expected to leave within twelve months
	Customers           int64   `json:"customers"`                // the visitors whose customer is known
}

// EffectResult is what an arm does over the control; shares of the control's.
type EffectResult struct {
	Arm          string   `json:"arm"`
	Contribution Interval `json:"contribution"`
	Matured      Interval `json:"matured_contribution"`
	Conversion   Interval `json:"conversion"`
	OrderValue   Interval `json:"average_order_value"`
	Lifetime     Interval `json:"lifetime_value"`
	Plain        Interval `json:"unadjusted_contribution"`        // Matured, before what was foreseen is taken out
	Explained    float64  `json:"explained_by_history,omitempty"` // the share of its variance that was foreseen
	Better       float64  `json:"chance_better,omitempty"`        // to a skeptical reader; left out while a difference of contribution is not proved, so that looking often does no harm
}

// Interval is an estimate and where the truth lies, at any time; Known is false
// where nothing can be said.
type Interval struct {
	Known bool    `json:"known"`
	Diff  float64 `json:"diff"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	P     float64 `json:"p,omitempty"` // valid at any time; of conversion, order value and lifetime value corrected for how many are looked at
}

// Proved reports whether the difference is proved at five in a hundred.
func (i Interval) Proved() bool { return i.Known && i.P > 0 && i.P < alphaWin }

// Splits counts visitors and buyers by a property's value, then by arm.
type Splits map[string]map[string]Split

// Split is how many came and how many of them bought.
type Split struct {
	Visitors int64 `json:"visitors"`
	Buyers   int64 `json:"buyers"`
}

// Start begins an experiment: its arms must be such as can be given.
func Start(ctx context.Context, tx *db.Tx, id experiment.ID) (experiment.Experiment, error) {
	e, err := experiment.Find(ctx, tx, id)
	if err != nil {
		return e, err
	}
	if err := errors.Join(flow.CheckArms(ctx, tx, e.Draft), banner.CheckArms(ctx, tx, e.Draft), message.CheckArms(ctx, tx, e.Draft)); err != nil {
		return e, err
	}
	return experiment.Start(ctx, tx, id)
}

// Look computes a running experiment, judges it, keeps both and acts: harm is
// rolled back, and a roll-out that may climb climbs. What cannot be computed
// changes nothing and becomes an exception.
func Look(ctx context.Context, d *db.DB, id experiment.ID) (Result, error) {
	var r Result
	failed := d.Write(ctx, func(tx *db.Tx) (err error) {
		r, err = LookAt(ctx, tx, id)
		return err
	})
	if failed == nil || errors.Is(failed, experiment.ErrNotFound) {
		return r, failed
	}
	failed = fmt.Errorf("judge experiment %s: %w", id, failed)
	return r, errors.Join(failed, d.Write(ctx, func(tx *db.Tx) error {
		return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleFailed, Ref: string(id),
			Text: "the experiment could not be judged and does not grow meanwhile: read the log for the cause, or pause it"})
	}))
}

// LookAt is Look within a transaction, as of its time: it returns why a
// computation failed.
func LookAt(ctx context.Context, tx *db.Tx, id experiment.ID) (Result, error) {
	e, err := experiment.Locked(ctx, tx, id)
	if err != nil {
		return Result{}, err
	}
	weights, err := weightsOf(ctx, tx, e)
	if err != nil {
		return Result{}, err
	}
	r, err := compute(ctx, tx, e, weights)
	if err != nil {
		return r, err
	}
	if err := insertResult(ctx, tx, r); err != nil || e.State != experiment.StateRunning {
		return r, err
	}
	if err := exception.Clear(ctx, tx, TroubleFailed, string(id), "it was computed again"); err != nil {
		return r, err
	}
	return r, act(ctx, tx, e, r)
}

// LookAtAll looks at every running experiment; one that fails does not keep the
// others from being judged.
func LookAtAll(ctx context.Context, d *db.DB) error {
	var all []experiment.Experiment
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = experiment.List(ctx, tx, experiment.StateRunning)
		return err
	})
	for _, e := range all {
		_, one := Look(ctx, d, e.ID)
		err = errors.Join(err, one)
	}
	return err
}

// act does what a judgement asks for.
func act(ctx context.Context, tx *db.Tx, e experiment.Experiment, r Result) error {
	switch {
	case r.Verdict == RollBack:
		return rollBack(ctx, tx, e, r.Reason)
	case e.Kind == experiment.Rollout && e.Plan.AutoRelease && (r.Verdict == Continue || r.Verdict == Win) && tx.Now.Sub(e.PhaseAt) >= patience:
		_, err := Advance(ctx, tx, e.ID, actor)
		return err
	}
	return nil
}

// rollBack gives everybody new what they had before. Checkouts under way keep
// the arm that is pinned on them.
func rollBack(ctx context.Context, tx *db.Tx, e experiment.Experiment, why string) error {
	if _, err := experiment.End(ctx, tx, e.ID, experiment.StateRolledBack, why); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "experiment.roll_back", Subject: string(e.ID)}); err != nil {
		return err
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleHarm, Ref: string(e.ID),
		Text: fmt.Sprintf("%s was rolled back by itself: %s. Look at the numbers, mend the arm and begin a new experiment", e.Name, why)})
}

// Advance brings a roll-out to its next stage, and from the last to everyone.
// The last computation must not be old, must have said that nothing is wrong
// and be of this stage: it returns experiment.ErrState with the reason where it
// does not.
func Advance(ctx context.Context, tx *db.Tx, id experiment.ID, by string) (experiment.Experiment, error) {
	e, err := experiment.Locked(ctx, tx, id)
	if err != nil {
		return e, err
	}
	last, err := selectLast(ctx, tx, id)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return e, experiment.ErrState.With("nothing was computed yet: a roll-out grows on numbers only")
	case err != nil:
		return e, err
	case last.Verdict != Continue && last.Verdict != Win:
		return e, experiment.ErrState.With("the roll-out is held: " + last.Reason)
	case last.Stage != e.Stage || tx.Now.Sub(last.At) >= 2*Every:
		return e, experiment.ErrState.With("the last computation is not of this stage, or is out of date: compute again")
	}
	if e.Stage < int64(len(experiment.Stages))-2 {
		e, err = experiment.SetStage(ctx, tx, id, e.Stage+1)
	} else {
		e, err = Release(ctx, tx, id, e.Arms[len(e.Arms)-1].Key, by)
	}
	if err != nil {
		return e, err
	}
	return e, audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "experiment.advance", Subject: string(id)})
}

// Every is how often experiments are looked at.
const Every = time.Hour

// Release gives an arm to everyone: a flow's version is published, a feature's
// value becomes its default, a message's words stand. The experiment is over.
func Release(ctx context.Context, tx *db.Tx, id experiment.ID, arm, by string) (experiment.Experiment, error) {
	e, err := experiment.Locked(ctx, tx, id)
	if err != nil {
		return e, err
	}
	var value json.RawMessage
	found := false
	for _, a := range e.Arms {
		if a.Key == arm {
			value, found = a.Value, true
		}
	}
	if !found {
		return e, experiment.ErrInvalid.With("arm: this experiment has no such arm")
	}
	if e, err = experiment.End(ctx, tx, id, experiment.StateReleased, arm); err != nil {
		return e, err
	}
	if len(value) > 0 && e.Point.Kind == experiment.PointFeature {
		if err := experiment.Keep(ctx, tx, e.Point.Key, value); err != nil {
			return e, err
		}
	}
	if e.Point.Kind == experiment.PointBanner {
		if err := banner.Keep(ctx, tx, banner.ID(e.Point.Key), value); err != nil {
			return e, err
		}
	}
	if e.Point.Kind == experiment.PointMessage {
		if err := message.Keep(ctx, tx, value); err != nil {
			return e, err
		}
	}
	if len(value) > 0 && e.Point.Kind == experiment.PointFlow {
		given, err := flow.ParseArm(value)
		if err == nil && given.Version > 0 {
			err = give(ctx, tx, cmp.Or(given.Flow, flow.ID(e.Point.Key)), given.Version)
		}
		if err != nil {
			return e, err
		}
	}
	return e, audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "experiment.release", Subject: string(id)})
}

// give publishes a version, whatever it was before.
func give(ctx context.Context, tx *db.Tx, id flow.ID, version int64) error {
	v, err := flow.Find(ctx, tx, id, version)
	if err != nil {
		return err
	}
	if v.State == flow.StateArchived {
		return flow.Rollback(ctx, tx, id, version)
	}
	return flow.Publish(ctx, tx, id, version)
}

// Last returns the newest computation, or ErrNothing.
func Last(ctx context.Context, tx *db.Tx, id experiment.ID) (Result, error) {
	r, err := selectLast(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNothing
	}
	return r, err
}

// History returns an experiment's computations, the newest first: at most limit.
func History(ctx context.Context, tx *db.Tx, id experiment.ID, limit int) ([]Result, error) {
	return selectResults(ctx, tx, id, limit)
}
