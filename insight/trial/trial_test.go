package trial_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/standing"
	"korzo/customer/visitor"
	"korzo/insight/lifetime"
	"korzo/insight/metric"
	"korzo/insight/trial"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/remember"
	"korzo/purchase/order"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, exception.Schema, audit.Schema, standing.Schema, experiment.Schema, metric.Schema, lifetime.Schema, trial.Schema}

var button = experiment.Point{Kind: experiment.PointFeature, Key: "button"}

// bench is an experiment that is running, and who comes to it.
type bench struct {
	t     *testing.T
	d     *db.DB
	id    experiment.ID
	clock *dbtest.Manual
	n     int
	came  []string // the visitors, in the order they came
	point experiment.Point
}

func begin(t *testing.T, d *db.DB, kind experiment.Kind, plan experiment.Plan) *bench {
	t.Helper()
	b := &bench{t: t, d: d, clock: dbtest.Clock(d), point: button}
	b.do(func(ctx context.Context, tx *db.Tx) error {
		if err := experiment.SaveFeature(ctx, tx, experiment.Feature{Key: "button", Default: json.RawMessage(`"grey"`)}); err != nil {
			return err
		}
		e, err := experiment.Create(ctx, tx, experiment.Draft{Key: "colour", Name: "Colour", Kind: kind, Point: button, Plan: plan, Arms: []experiment.Arm{
			{Key: "old", Weight: 500_000}, {Key: "new", Weight: 500_000, Value: json.RawMessage(`"green"`)}}})
		if err == nil {
			e, err = trial.Start(ctx, tx, e.ID)
		}
		b.id = e.ID
		return err
	})
	return b
}

func (b *bench) do(fn func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.d.Write(b.t.Context(), func(tx *db.Tx) error { return fn(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

// crowd returns who comes next of n visitors: as many to each arm as its weight
// says, whatever the salt. Without it one run in a thousand would be an alarm.
func (b *bench) crowd(n int) func(ctx context.Context, tx *db.Tx) (visitor.Visit, error) {
	b.t.Helper()
	room := map[string]int64{}
	for _, a := range b.find().Arms {
		room[a.Key] = int64(n)*a.Weight/1_000_000 + 1
	}
	return func(ctx context.Context, tx *db.Tx) (visitor.Visit, error) {
		for {
			b.n++
			v := visitor.Visit{Visitor: fmt.Sprint("vis_", b.n), Device: visitor.Device{Kind: "phone"}, Market: "DE"}
			a, err := experiment.Decide(ctx, tx, b.point, v)
			if room[a.Arm]--; err != nil || a.Arm == "" || room[a.Arm] >= 0 {
				return v, err
			}
		}
	}
}

// come lets n visitors come, of whom every kth in an arm buys for 20 euros that
// cost 12. It returns the orders by arm.
func (b *bench) come(n int, every map[string]int, currency money.Currency) map[string][]order.ID {
	b.t.Helper()
	orders, seen, next := map[string][]order.ID{}, map[string]int{}, b.crowd(n)
	b.do(func(ctx context.Context, tx *db.Tx) error {
		for range n {
			v, err := next(ctx, tx)
			if err != nil {
				return err
			}
			a, err := experiment.Expose(ctx, tx, b.point, v, "")
			if err != nil {
				return err
			}
			seen[a.Arm]++
			b.came = append(b.came, v.Visitor)
			if k := every[a.Arm]; a.Arm == "" || k == 0 || seen[a.Arm]%k != 0 {
				continue
			}
			line := order.Line{Kind: "goods", Quantity: 2, UnitCost: money.Of(600, currency), Total: money.Of(2380, currency), Tax: money.Of(380, currency)}
			o := order.Order{ID: order.ID(fmt.Sprintf("ord_%06d", b.n)), PlacedAt: tx.Now, Draft: order.Draft{TaxIncluded: true,
				Total: money.Of(2380, currency), Tax: money.Of(380, currency), Lines: []order.Line{line}}}
			if err := metric.Booked(ctx, tx, o, v.Visitor); err != nil {
				return err
			}
			orders[a.Arm] = append(orders[a.Arm], o.ID)
		}
		return nil
	})
	return orders
}

// look computes and returns the result with the state of the experiment after.
func (b *bench) look() (trial.Result, experiment.Experiment) {
	b.t.Helper()
	b.clock.Advance(time.Second)
	r, err := trial.Look(b.t.Context(), b.d, b.id)
	if err != nil {
		b.t.Fatal(err)
	}
	return r, b.find()
}

func (b *bench) find() (e experiment.Experiment) {
	b.t.Helper()
	dbtest.Read(b.t, b.d, func(tx *db.Tx) (err error) {
		e, err = experiment.Find(b.t.Context(), tx, b.id)
		return err
	})
	return e
}

func TestHarmIsTakenBackAuditedAndTold(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Rollout, experiment.Plan{AutoRelease: true})
		for stage := range int64(4) { // to 50 %
			b.do(func(ctx context.Context, tx *db.Tx) error {
				_, err := experiment.SetStage(ctx, tx, b.id, stage+1)
				return err
			})
		}
		b.come(1200, map[string]int{"old": 3, "new": 12}, "EUR")
		r, e := b.look()
		if r.Verdict != trial.RollBack || e.State != experiment.StateRolledBack || !strings.Contains(e.Reason, "completion is") {
			t.Fatalf("%s: %s; the experiment is %s, %q", r.Verdict, r.Reason, e.State, e.Reason)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := exception.About(t.Context(), tx, string(b.id))
			if len(all) != 1 || all[0].Kind != trial.TroubleHarm {
				t.Errorf("exceptions %+v", all)
			}
			value, err2 := experiment.Evaluate(t.Context(), tx, "button", visitor.Visit{Visitor: "vis_1"})
			if string(value.Value) != `"grey"` || value.Reason != experiment.Static {
				t.Errorf("after the roll-back a visitor is given %s by %s", value.Value, value.Reason)
			}
			return errors.Join(err, err2)
		})
		if _, again := b.look(); again.Version != e.Version {
			t.Error("looking again changed what was rolled back")
		}
	})
}

func TestLateReturnsRestateWhatWasSaidAndTheOldNumbersStay(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{})
		orders := b.come(400, map[string]int{"old": 4, "new": 4}, "EUR")
		before, _ := b.look()
		if a := before.Arms[1]; a.Buyers != int64(len(orders["new"])) || a.OrderValue != 2000 || math.Round(a.Contribution*float64(a.Visitors)) != 800*float64(a.Buyers) {
			t.Errorf("%+v", a)
		}
		b.clock.Advance(20 * 24 * time.Hour)
		b.do(func(ctx context.Context, tx *db.Tx) error {
			for range 2 { // a fact may be delivered twice
				for i, id := range orders["new"] {
					if err := metric.Refunded(ctx, tx, id, fmt.Sprint("ref_", i), 2380); err != nil {
						return err
					}
				}
			}
			return metric.Canceled(ctx, tx, orders["old"][0])
		})
		after, e := b.look()
		if e.State != experiment.StateRolledBack && after.Verdict != trial.Lose && after.Verdict != trial.RollBack {
			t.Errorf("all of the new arm's orders came back: %s, %s", after.Verdict, after.Reason)
		}
		if a := after.Arms[1]; a.Buyers != before.Arms[1].Buyers || math.Round(a.Contribution*float64(a.Visitors)) != -1200*float64(a.Buyers) {
			t.Errorf("restated %+v", a)
		}
		if a := after.Arms[0]; a.Buyers != before.Arms[0].Buyers-1 || a.Matured != a.Visitors {
			t.Errorf("control %+v", a)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := trial.History(t.Context(), tx, b.id, 10)
			if len(all) != 2 || all[1].Arms[1].Contribution != before.Arms[1].Contribution {
				t.Errorf("history %+v", all)
			}
			return err
		})
	})
}

func TestAComputationThatFailsNeverLetsARolloutGrow(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Rollout, experiment.Plan{AutoRelease: true, Currency: "EUR"})
		advance := func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := trial.Advance(t.Context(), tx, b.id, "stf_1")
				return err
			})
		}
		if err := advance(); !errors.Is(err, experiment.ErrState) || !strings.Contains(err.Error(), "grows on numbers only") {
			t.Errorf("without a number: %v", err)
		}
		b.come(6000, map[string]int{"old": 3, "new": 3}, "HUF") // no rate: contribution cannot be told
		b.clock.Advance(48 * time.Hour)
		r, e := b.look()
		if r.Verdict != trial.Hold || r.LeftOut == 0 || e.Stage != 0 || e.State != experiment.StateRunning {
			t.Errorf("%s: %s, %d left out; stage %d", r.Verdict, r.Reason, r.LeftOut, e.Stage)
		}
		if err := advance(); !errors.Is(err, experiment.ErrState) || b.find().Stage != 0 {
			t.Errorf("by hand: %v, stage %d", err, b.find().Stage)
		}
	})
}

func TestARolloutThatDoesNoHarmClimbsToEveryone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Rollout, experiment.Plan{AutoRelease: true})
		if _, e := b.look(); e.Stage != 0 {
			t.Error("it climbed without visitors")
		}
		b.come(12_000, map[string]int{"old": 3, "new": 3}, "EUR") // a hundredth of them sees the new arm: more than 50, whatever the salt
		if _, e := b.look(); e.Stage != 0 {
			t.Error("it climbed before a day was over")
		}
		for range len(experiment.Stages) - 1 {
			b.clock.Advance(25 * time.Hour)
			b.look()
		}
		e := b.find()
		if e.State != experiment.StateReleased || e.Reason != "new" {
			t.Fatalf("it is %s at stage %d: %s", e.State, e.Stage, e.Reason)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			f, err := experiment.FindFeature(t.Context(), tx, "button")
			if string(f.Default) != `"green"` {
				t.Errorf("everyone is given %s", f.Default)
			}
			return err
		})
	})
}

func TestAPlanSaysUpFrontWhenThereIsNotEnoughTraffic(t *testing.T) {
	d := experiment.Draft{Coverage: 1_000_000, Arms: make([]experiment.Arm, 2), Plan: experiment.Plan{LiftPPM: 100_000, Days: 28}}
	few, many := trial.Plan(d, 500, 0.025), trial.Plan(d, 40_000, 0.025)
	if few.Enough || few.Days < 1000 || few.UnitsAnArm < 365_000 || few.UnitsAnArm > 375_000 {
		t.Errorf("500 visitors a day: %+v", few)
	}
	if !many.Enough || many.Days > 28 || many.DetectablePPM > 100_000 || many.DetectablePPM < 50_000 {
		t.Errorf("40,000 visitors a day: %+v", many)
	}
	if none := trial.Plan(d, 0, 0); none.Enough || none.Days != 0 {
		t.Errorf("nobody: %+v", none)
	}
}

// What customers left and what they are expected to leave are told apart, in the
// currency of the plan; where there is no rate for it, nothing is said.
func TestLifetimeValueIsToldToDateAndPredicted(t *testing.T) {
	for _, c := range []struct {
		name     string
		rates    map[string]int64
		expected float64
	}{{"with a rate", map[string]int64{"EUR": 1_250_000}, 3750}, {"without", nil, 0}} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				b := begin(t, d, experiment.Test, experiment.Plan{Currency: "USD", RatesPPM: c.rates})
				b.do(func(ctx context.Context, tx *db.Tx) error {
					if err := lifetime.Keep(ctx, tx, lifetime.Report{At: tx.Now, Currency: "EUR", Repeaters: lifetime.MinRepeaters}); err != nil {
						return err
					}
					for i := range 200 {
						vis, cus := fmt.Sprint("vis_", i), fmt.Sprint("cus_", i)
						if _, err := experiment.Expose(ctx, tx, button, visitor.Visit{Visitor: vis}, cus); err != nil {
							return err
						}
						if err := standing.Predict(ctx, tx, []standing.Prediction{{Customer: cus, Predicted: 3000}}); err != nil {
							return err
						}
					}
					return nil
				})
				r, _ := b.look()
				for _, a := range r.Arms {
					if a.ToDate != 0 || a.Expected != c.expected || a.Lifetime != a.ToDate+a.Expected || (a.Customers > 0) != (c.rates != nil) {
						t.Errorf("%+v", a)
					}
				}
			})
		})
	}
}

// What a planned look said is remembered from one computation to the next:
// nothing before the first, no second reading of the same, and no other word
// when the difference is gone.
func TestWhatAPlannedLookSaidIsRemembered(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{Looks: 2, Units: 1000})
		grown := func(n int, every map[string]int) trial.Result {
			t.Helper()
			b.come(n, every, "EUR")
			b.clock.Advance(20 * 24 * time.Hour)
			r, _ := b.look()
			return r
		}
		if r := grown(400, map[string]int{"old": 4, "new": 2}); r.Verdict != trial.Continue || r.Planned.Looks != 0 || r.Because.Code != trial.BecauseWaits || r.Because.Wanted != 500 {
			t.Errorf("before the first look: %+v", r)
		}
		first := grown(200, map[string]int{"old": 4, "new": 2})
		if first.Verdict != trial.Win || first.Planned.Looks != 1 || first.Planned.Of != 2 || first.Arm != "new" {
			t.Errorf("the first look: %+v", first)
		}
		if r := grown(500, map[string]int{"old": 2, "new": 4}); r.Verdict != trial.Win || r.Planned != first.Planned {
			t.Errorf("what was said was read again: %s %+v, want %+v", r.Verdict, r.Planned, first.Planned)
		}
	})
}
