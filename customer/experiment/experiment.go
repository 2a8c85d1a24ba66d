// Package experiment says who is shown what, to learn which is better.
//
// An experiment names what it is about (a flow, a feature), who takes part, and
// its arms. Whoever comes to the point where the arms differ is put in one by a
// hash of their visitor id, the same on every node, and that is written down
// there and then, for every arm alike: the exposure. It is written once; what
// was written first holds, whatever the weights become and whoever signs in.
//
// A visitor id is issued by the shop, is kept through signing in, and says
// nothing about the person. Weights, coverage and salt belong to a phase. A
// change of weights begins a phase with a new salt, in which only those count
// who are new to it; a roll-out's larger share keeps its salt and moves nobody.
//
// Never true: a unit in two arms of an experiment; an exposure that was not
// shown its arm; an experiment that began again under the salt of another; an
// arm given by an experiment that is not running.
package experiment

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/remember"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "experiment.not_found", "there is no such experiment: list the experiments to see what there is")
	ErrInvalid  = fault.New(fault.Invalid, "experiment.invalid", "the experiment is not complete: mend the fields named")
	ErrState    = fault.New(fault.Conflict, "experiment.state", "the experiment's state does not allow this: read it again")
	ErrKey      = fault.New(fault.Conflict, "experiment.key_taken", "another experiment has this key: choose another")
	ErrBusy     = fault.New(fault.Conflict, "experiment.point_taken", "another running experiment is about the same thing: stop it first, or put both in one layer with ranges of their own")
)

// ID names an experiment: "exp_01j…".
type ID string

// Kind is what an experiment is for.
type Kind string

// The kinds.
const (
	Test    Kind = "test"    // which arm is better?
	Rollout Kind = "rollout" // does the new do no harm? its second arm grows by stages
)

// State is where an experiment is in its life.
type State string

// The states of an experiment.
const (
	StateDraft      State = "draft"
	StateRunning    State = "running"
	StatePaused     State = "paused" // nobody new takes part; everybody else is shown the first arm
	StateRolledBack State = "rolled_back"
	StateReleased   State = "released" // the winner is for everyone
	StateStopped    State = "stopped"
)

// next is the life of an experiment, whole.
var next = map[State][]State{
	StateDraft:   {StateRunning},
	StateRunning: {StatePaused, StateRolledBack, StateReleased, StateStopped},
	StatePaused:  {StateRunning, StateRolledBack, StateReleased, StateStopped},
}

// Stages are the shares of a roll-out's new arm, in percent.
var Stages = []int{1, 5, 10, 25, 50, 100}

// points are the kinds there are.
var points = []string{PointFlow, PointFeature, PointBanner, PointMessage}

// What is tested, by the kind of its point.
const (
	PointFlow    = "flow"    // Key is a flow's id; arms name versions
	PointFeature = "feature" // Key is a feature's key; arms hold its values
	PointBanner  = "banner"  // Key is a banner's id; arms name banners
	PointMessage = "message" // Key is a kind of message; arms name versions of its words
)

// Point is the place at which arms differ.
type Point struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

// Arm is one of the things that are compared. The first arm is the control.
type Arm struct {
	Key    string          `json:"key"`
	Name   string          `json:"name,omitempty"`
	Weight int64           `json:"weight"` // parts per million; all arms together a million
	Value  json.RawMessage `json:"value"`  // what the point is given; null: as it is
}

// Plan is what is decided before the first number is seen. Its JSON is stored:
// fields are added, never renamed.
type Plan struct {
	Hypothesis  string           `json:"hypothesis,omitempty"`
	Metric      string           `json:"metric,omitempty"`       // "contribution" when empty
	LiftPPM     int64            `json:"lift_ppm,omitempty"`     // the smallest effect worth knowing
	Days        int64            `json:"days,omitempty"`         // 7 to 90; 0: 28
	MatureDays  int64            `json:"mature_days,omitempty"`  // how long returns are waited for; 0: 14
	Units       int64            `json:"units,omitempty"`        // expected in all arms together: where the confidence sequence is tightest; 0: 5,000
	Looks       int64            `json:"looks,omitempty"`        // a gain is read at so many planned looks of Units matured visitors in all, 2 to 10; 0: at any time
	MarginPPM   map[string]int64 `json:"margin_ppm,omitempty"`   // by guardrail: the relative harm that is borne
	AutoRelease bool             `json:"auto_release,omitempty"` // a roll-out climbs by itself
	Currency    string           `json:"currency,omitempty"`     // that values are told in; empty: of the first order
	RatesPPM    map[string]int64 `json:"rates_ppm,omitempty"`    // by other currency: what a minor unit of it is worth in Currency's, frozen here
}

// Draft is an experiment as it is written. Its JSON is stored.
type Draft struct {
	Key      string `json:"key"` // "express-checkout": small letters, digits, hyphens
	Name     string `json:"name"`
	Kind     Kind   `json:"kind"`
	Point    Point  `json:"point"`
	Target   string `json:"target,omitempty"` // a rule over a visit; empty: everyone
	Layer    string `json:"layer,omitempty"`  // experiments of a layer share no unit; empty: one of its own
	From     int64  `json:"from,omitempty"`   // its place in the layer, in parts per million
	To       int64  `json:"to,omitempty"`
	Coverage int64  `json:"coverage"` // the share that takes part, in parts per million
	Hash     Hash   `json:"hash,omitempty"`
	Arms     []Arm  `json:"arms"`
	Plan     Plan   `json:"plan,omitzero"`
}

// Experiment is a draft with its life.
type Experiment struct {
	ID        ID
	State     State
	Phase     int64 // counted from 1; 0 before it begins
	Salt      string
	Stage     int64 // of a roll-out: an index into Stages
	Reason    string
	StartedAt time.Time
	EndedAt   time.Time
	PhaseAt   time.Time // when the phase, or a roll-out's stage, began
	Version   int64
	Draft
}

// memory is the name under which running experiments are remembered.
const memory = "experiment"

// Create writes an experiment as a draft. It returns ErrInvalid naming each
// field at fault, and ErrKey.
func Create(ctx context.Context, tx *db.Tx, d Draft) (Experiment, error) {
	d = d.completed()
	if err := d.check(); err != nil {
		return Experiment{}, err
	}
	e := Experiment{ID: id.New[ID]("exp", tx.Now), State: StateDraft, Draft: d, Version: 1}
	err := insertExperiment(ctx, tx, e)
	if errors.Is(err, db.ErrUnique) {
		err = ErrKey
	}
	if err != nil {
		return Experiment{}, fmt.Errorf("create experiment: %w", err)
	}
	return e, nil
}

// Start begins the first phase and publishes Moved. It returns ErrState, and
// ErrBusy where another experiment that is running could take the same units
// to the same point.
func Start(ctx context.Context, tx *db.Tx, id ID) (Experiment, error) {
	return move(ctx, tx, id, StateRunning, "", func(e *Experiment) error {
		if e.State != StateDraft {
			return ErrState
		}
		running, err := selectExperiments(ctx, tx, StateRunning)
		if err != nil {
			return err
		}
		for _, other := range running {
			if other.Point == e.Point && !apart(other.Draft, e.Draft) {
				return ErrBusy
			}
		}
		e.Phase, e.Salt, e.StartedAt, e.PhaseAt = 1, newSalt(e.ID), tx.Now, tx.Now
		return nil
	})
}

// newSalt is one that no phase ever had.
func newSalt(e ID) string { return string(e) + "." + id.Secret("")[:12] }

// apart reports whether no unit can take part in both.
func apart(a, b Draft) bool {
	return a.Layer != "" && a.Layer == b.Layer && (a.To <= b.From || b.To <= a.From)
}

// Resume lets a paused experiment go on as it was.
func Resume(ctx context.Context, tx *db.Tx, id ID, reason string) (Experiment, error) {
	return move(ctx, tx, id, StateRunning, reason, func(e *Experiment) error {
		if e.State != StatePaused {
			return ErrState
		}
		return nil
	})
}

// End takes an experiment out of the running: StatePaused, StateRolledBack,
// StateReleased or StateStopped, and publishes Moved. Ending it the same way
// again changes nothing.
func End(ctx context.Context, tx *db.Tx, id ID, to State, reason string) (Experiment, error) {
	return move(ctx, tx, id, to, reason, func(e *Experiment) error {
		if to != StatePaused {
			e.EndedAt = tx.Now
		}
		return nil
	})
}

// move changes a state by the table of lives.
func move(ctx context.Context, tx *db.Tx, id ID, to State, reason string, change func(e *Experiment) error) (Experiment, error) {
	e, err := Locked(ctx, tx, id)
	if err != nil {
		return Experiment{}, err
	}
	if e.State == to {
		return e, nil
	}
	if !slices.Contains(next[e.State], to) {
		return Experiment{}, ErrState.With(fmt.Sprintf("the experiment is %s: %s", e.State, ErrState.Text))
	}
	from := e.State
	if err := change(&e); err != nil {
		return Experiment{}, fmt.Errorf("move experiment %s to %s: %w", id, to, err)
	}
	e.State, e.Reason = to, reason
	if err := keep(ctx, tx, &e); err != nil {
		return Experiment{}, fmt.Errorf("move experiment %s to %s: %w", id, to, err)
	}
	return e, event.Publish(ctx, tx, Moved{Experiment: id, From: from, To: to, Stage: e.Stage, Reason: reason})
}

// keep writes an experiment and the phase it is in.
func keep(ctx context.Context, tx *db.Tx, e *Experiment) error {
	e.Version++
	if err := updateExperiment(ctx, tx, *e); err != nil {
		return err
	}
	if e.Phase > 0 {
		if err := insertPhase(ctx, tx, *e); err != nil {
			return err
		}
	}
	return remember.Touch(ctx, tx, memory)
}

// SetStage brings a running roll-out to a stage, which is an index into Stages;
// the last, everyone, is reached by releasing it (End).
// The salt stays, so whoever had an arm keeps it. It returns ErrState for what
// is no running roll-out.
func SetStage(ctx context.Context, tx *db.Tx, id ID, stage int64) (Experiment, error) {
	e, err := Locked(ctx, tx, id)
	if err != nil {
		return Experiment{}, err
	}
	if e.State != StateRunning || e.Kind != Rollout || stage < 0 || stage >= int64(len(Stages))-1 {
		return Experiment{}, ErrState
	}
	e.Stage, e.PhaseAt = stage, tx.Now
	if err := keep(ctx, tx, &e); err != nil {
		return Experiment{}, fmt.Errorf("stage %d of %s: %w", stage, id, err)
	}
	return e, event.Publish(ctx, tx, Moved{Experiment: id, From: e.State, To: e.State, Stage: stage})
}

// Reweigh begins a phase with other weights and another coverage. Its salt is
// new and only those who come new count in it; who had an arm keeps it. It
// returns ErrInvalid, and ErrState for what is no running test.
func Reweigh(ctx context.Context, tx *db.Tx, id ID, weights []int64, coverage int64) (Experiment, error) {
	e, err := Locked(ctx, tx, id)
	if err != nil {
		return Experiment{}, err
	}
	if e.State != StateRunning || e.Kind != Test || len(weights) != len(e.Arms) {
		return Experiment{}, ErrState
	}
	e.Arms, e.Coverage = slices.Clone(e.Arms), coverage
	for i := range e.Arms {
		e.Arms[i].Weight = weights[i]
	}
	if err := e.Draft.check(); err != nil {
		return Experiment{}, err
	}
	e.Phase, e.Salt, e.PhaseAt = e.Phase+1, newSalt(e.ID), tx.Now
	if err := keep(ctx, tx, &e); err != nil {
		return Experiment{}, fmt.Errorf("reweigh %s: %w", id, err)
	}
	return e, nil
}

// Find returns an experiment, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Experiment, error) {
	e, err := selectExperiment(ctx, tx, id, "")
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return e, err
}

// Locked is Find in a transaction that is going to change it.
func Locked(ctx context.Context, tx *db.Tx, id ID) (Experiment, error) {
	e, err := selectExperiment(ctx, tx, id, tx.ForUpdate())
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return e, err
}

// List returns the newest experiments of a state, "" for all: at most 200.
func List(ctx context.Context, tx *db.Tx, of State) ([]Experiment, error) {
	return selectExperiments(ctx, tx, of)
}

// Phase is a time in which weights and coverage were the same.
type Phase struct {
	Number  int64
	Salt    string
	Weights []int64 // of the arms, in parts per million of those who take part
	Stage   int64
	At      time.Time
}

// Phases returns an experiment's phases, the oldest first; a roll-out has one
// a stage, of one number.
func Phases(ctx context.Context, tx *db.Tx, id ID) ([]Phase, error) { return selectPhases(ctx, tx, id) }
