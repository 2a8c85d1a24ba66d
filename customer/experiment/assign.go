package experiment

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/flaw"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/platform/rule"
	"korzo/platform/seal"
)

// NewVisitor issues a visitor id. It names nobody, and cannot be made up: who
// chooses their own could choose their arm.
func NewVisitor(k *seal.Keeper, now time.Time) string {
	vis := id.New[string]("vis", now)
	return vis + "." + k.Token("visitor", vis)[:16]
}

// Visitor returns the id in what NewVisitor issued; "" for anything else.
func Visitor(k *seal.Keeper, issued string) string {
	vis, proof, ok := strings.Cut(issued, ".")
	if !ok || len(proof) != 16 || k.Token("visitor", vis)[:16] != proof {
		return ""
	}
	return vis
}

// Assignment is the arm that a unit is given. The zero Assignment is none: the
// point is as it is without the experiment.
type Assignment struct {
	Experiment ID
	Phase      int64
	Arm        string
	Unit       string // the visitor id that counts: another device's of the same customer, where that came first
	Value      json.RawMessage
	bucket     float64
}

// Pin is what sessions and orders keep of it: "exp_01j…/1/treatment"; "" for none.
func (a Assignment) Pin() string {
	if a.Experiment == "" {
		return ""
	}
	return string(a.Experiment) + "/" + strconv.FormatInt(a.Phase, 10) + "/" + a.Arm
}

// ParsePin reads what Pin wrote.
func ParsePin(pin string) (experiment ID, phase int64, arm string, ok bool) {
	parts := strings.Split(pin, "/")
	if len(parts) != 3 {
		return "", 0, "", false
	}
	phase, err := strconv.ParseInt(parts[1], 10, 64)
	return ID(parts[0]), phase, parts[2], err == nil
}

// running is an experiment with what assigning needs.
type running struct {
	Experiment
	target *rule.Program
	broken bool // its target cannot be read any more: nobody takes part
	ranges []Range
	layer  Layer
}

// book is the running experiments by point, remembered.
type book struct{ at map[Point][]running }

var remembered = remember.New(memory, load)

func load(ctx context.Context, tx *db.Tx) (*book, error) {
	all, err := selectExperiments(ctx, tx, StateRunning)
	if err != nil {
		return nil, fmt.Errorf("load experiments: %w", err)
	}
	layers, err := selectLayers(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load layers: %w", err)
	}
	b := &book{at: map[Point][]running{}}
	for _, e := range all {
		r := running{Experiment: e, ranges: e.Ranges(), layer: layers[e.Layer]}
		if e.Target != "" {
			r.target, err = visitor.Compile(e.Target)
			r.broken = err != nil
		}
		b.at[e.Point] = append(b.at[e.Point], r)
	}
	return b, nil
}

// Running reports whether an experiment is running at a point: whether a visit
// is worth describing. It costs no statement of its own.
func Running(ctx context.Context, tx *db.Tx, at Point) (bool, error) {
	b, err := remembered.Get(ctx, tx)
	return err == nil && len(b.at[at]) > 0, err
}

// Needs reports whether the target of a running experiment at a kind of point
// speaks of a fact that begins with prefix ("customer."), so that what nobody
// asks is not read.
func Needs(ctx context.Context, tx *db.Tx, kind, prefix string) (bool, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return false, err
	}
	for at, all := range b.at {
		for _, r := range all {
			if at.Kind == kind && r.target != nil && slices.ContainsFunc(r.target.Facts(), func(fact string) bool { return strings.HasPrefix(fact, prefix) }) {
				return true, nil
			}
		}
	}
	return false, nil
}

// Decide returns the arm that a visit would be given at a point, and writes
// nothing: for explanations and previews. It does not know who was exposed
// before; Expose does.
func Decide(ctx context.Context, tx *db.Tx, at Point, v visitor.Visit) (Assignment, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil || v.Visitor == "" {
		return Assignment{}, err
	}
	for _, r := range b.at[at] {
		if a, ok := r.decide(&v); ok {
			return a, nil
		}
	}
	return Assignment{}, nil
}

// decide is pure: the same unit, facts and phase give the same arm.
func (r running) decide(v *visitor.Visit) (Assignment, bool) {
	if r.broken || !r.takes(v.Visitor) {
		return Assignment{}, false
	}
	if r.target != nil {
		if ok, err := r.target.True(v.Tell(r.target.Facts())); !ok || err != nil {
			return Assignment{}, false
		}
	}
	n := r.Hash.bucket(r.Salt, v.Visitor)
	i := pick(n, r.ranges)
	if i < 0 {
		return Assignment{}, false
	}
	a := r.Arms[i]
	return Assignment{Experiment: r.ID, Phase: r.Phase, Arm: a.Key, Unit: v.Visitor, Value: a.Value, bucket: n}, true
}

// takes reports whether the layer leaves a unit to this experiment.
func (r running) takes(unit string) bool {
	if r.layer.Name == "" {
		return true
	}
	n := r.layer.place(unit)
	return n < million-r.layer.Holdout && n >= r.From && n < r.To
}

// Expose gives a visit its arm at the point where arms differ and writes down
// that it was shown, for every arm alike. Who was exposed before, here or as
// the same customer elsewhere, keeps that arm. Call it where the arm is really
// shown, and pin what it returns. Without a visitor id or a running experiment
// it writes nothing.
func Expose(ctx context.Context, tx *db.Tx, at Point, v visitor.Visit, customer string) (Assignment, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil || v.Visitor == "" {
		return Assignment{}, err
	}
	for _, r := range b.at[at] {
		a, err := r.expose(ctx, tx, &v, customer)
		if err != nil {
			return Assignment{}, fmt.Errorf("expose to %s: %w", r.ID, err)
		}
		if a.Experiment != "" {
			return a, nil
		}
	}
	return Assignment{}, nil
}

func (r running) expose(ctx context.Context, tx *db.Tx, v *visitor.Visit, customer string) (Assignment, error) {
	if tx.Now.Before(r.StartedAt) {
		return Assignment{}, nil // a visit of before, which is told afterwards
	}
	before, err := selectExposure(ctx, tx, r.ID, v.Visitor, customer)
	if err != nil {
		return Assignment{}, err
	}
	if before.Arm == "" {
		a, ok := r.decide(v)
		if !ok {
			return Assignment{}, nil
		}
		if before, err = insertExposure(ctx, tx, a, customer, v.Device.Kind, v.Channel, v.Market, v.Path.New); err != nil {
			return Assignment{}, err
		}
	}
	for _, arm := range r.Arms {
		if arm.Key == before.Arm {
			before.Experiment, before.Value = r.ID, arm.Value
			return before, nil
		}
	}
	return Assignment{}, nil // of an arm that there is no more
}

// Recognise says that a visitor is a customer from now on. Their arms stay what
// they were; whoever is known by two visitor ids in two arms can then be told.
func Recognise(ctx context.Context, tx *db.Tx, visitor, customer string) error {
	if visitor == "" || customer == "" {
		return nil
	}
	if err := updateCustomer(ctx, tx, visitor, customer); err != nil {
		return fmt.Errorf("recognise visitor: %w", err)
	}
	return nil
}

// Count is how many units entered an arm in a phase, and when.
type Count struct {
	Phase       int64
	Arm         string
	Units       int64
	First, Last time.Time
}

// Counts returns an experiment's exposures by phase and arm.
func Counts(ctx context.Context, tx *db.Tx, id ID) ([]Count, error) {
	return countExposures(ctx, tx, id)
}

// Exposure is who was shown which arm, and how they came.
type Exposure struct {
	Visitor  string
	Phase    int64
	Arm      string
	Customer string // "" while nobody has signed in
	Known    bool   // Customer was known before the arm was shown, so it says nothing of the arm
	Device   string
	Channel  string
	Market   string
	New      bool
	At       time.Time
}

// Exposures returns a page of an experiment's exposures after a visitor, by id.
func Exposures(ctx context.Context, tx *db.Tx, id ID, after string, limit int) ([]Exposure, error) {
	return selectExposures(ctx, tx, id, after, limit)
}

// Crossed returns how many customers were shown more than one arm, by more than
// one visitor id.
func Crossed(ctx context.Context, tx *db.Tx, id ID) (int64, error) { return countCrossed(ctx, tx, id) }

// Layer is a set of experiments of which a unit sees one at most. Holdout is
// the share, in parts per million, that sees none: what all of them together
// are worth is told against it.
type Layer struct {
	Name    string
	Salt    string
	Holdout int64
	Since   time.Time // when the holdout was set to this: only visits from then on compare
}

// place is where a unit stands in the layer, in parts per million.
func (l Layer) place(unit string) int64 { return int64(SHA256.bucket(l.Salt, unit) * million) }

// Holds reports whether a unit is held out: it sees no experiment of the layer.
func (l Layer) Holds(unit string) bool { return l.place(unit) >= million-l.Holdout }

// Layers returns all layers by name.
func Layers(ctx context.Context, tx *db.Tx) ([]Layer, error) {
	byName, err := selectLayers(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list layers: %w", err)
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b Layer) int { return strings.Compare(a.Name, b.Name) }), nil
}

// SaveLayer makes a layer or changes its holdout; its salt stays for ever. It
// returns ErrInvalid.
func SaveLayer(ctx context.Context, tx *db.Tx, name string, holdout int64) error {
	var wrong flaw.List
	wrong.If(!keyForm.MatchString(name), "name", "experiment.flaw.key")
	wrong.If(holdout < 0 || holdout > million/2, "holdout", "experiment.flaw.holdout")
	if err := wrong.As(ErrInvalid, english); err != nil {
		return err
	}
	if err := upsertLayer(ctx, tx, Layer{name, "layer." + name + "." + id.Secret("")[:12], holdout, tx.Now}); err != nil {
		return fmt.Errorf("save layer %s: %w", name, err)
	}
	return remember.Touch(ctx, tx, memory)
}
