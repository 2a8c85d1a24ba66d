package trial_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/insight/metric"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/value/money"
)

// buys books an order that leaves an amount.
func buys(ctx context.Context, tx *db.Tx, id, visitor, customer string, leaves int64, at time.Time) error {
	return metric.Booked(ctx, tx, order.Order{ID: order.ID(id), PlacedAt: at, Draft: order.Draft{Customer: customer, Total: money.Of(leaves, "EUR"),
		Lines: []order.Line{{Kind: "goods", Quantity: 1, UnitCost: money.Of(0, "EUR"), Total: money.Of(leaves, "EUR")}}}}, visitor)
}

// What customers left before they were shown an arm is taken out of what they
// leave after: the same visitors say more. Of half of them it is known by who
// they are, of some by their visitor id; what becomes known only after the arm
// was shown is not used.
func TestWhatCustomersBoughtBeforeMakesTheIntervalNarrower(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{Currency: "EUR"})
		r, next := rand.New(rand.NewPCG(4, 2)), b.crowd(600)
		b.do(func(ctx context.Context, tx *db.Tx) error {
			for i := range 600 {
				v, err := next(ctx, tx)
				if err != nil {
					return err
				}
				vis, cus := v.Visitor, ""
				if i%2 == 0 {
					cus = fmt.Sprint("cus_", i)
				}
				usual := int64(1000 + r.IntN(9000))
				if i%3 != 0 { // bought before: by account on another device, or as the same visitor
					device := vis
					if cus != "" {
						device = "vis_other" + vis
					}
					if err := buys(ctx, tx, fmt.Sprint("ord_a", i), device, cus, usual, tx.Now.Add(-24*time.Hour)); err != nil {
						return err
					}
				}
				if _, err := experiment.Expose(ctx, tx, button, v, cus); err != nil {
					return err
				}
				if err := buys(ctx, tx, fmt.Sprint("ord_b", i), vis, cus, usual+int64(r.IntN(2000)), tx.Now.Add(time.Hour)); err != nil {
					return err
				}
			}
			// Somebody who signs in after the arm was shown, with a great past:
			// signing in may follow from the arm, so their past is not used.
			if _, err := experiment.Expose(ctx, tx, button, visitor.Visit{Visitor: "vis_late"}, ""); err != nil {
				return err
			}
			return buys(ctx, tx, "ord_c", "vis_elsewhere", "cus_late", 99_999_900, tx.Now.Add(-time.Hour))
		})
		b.do(func(ctx context.Context, tx *db.Tx) error {
			return experiment.Recognise(ctx, tx, "vis_late", "cus_late")
		})
		b.clock.Advance(15 * 24 * time.Hour)
		got, _ := b.look()
		if got.Remembered != 400 {
			t.Errorf("%d visitors had bought before, want 400 and nobody who signed in later", got.Remembered)
		}
		x := got.Effects[0]
		narrow, wide := x.Matured.High-x.Matured.Low, x.Plain.High-x.Plain.Low
		if x.Explained < 0.4 || math.Abs(narrow/wide-math.Sqrt(1-x.Explained)) > 0.05 {
			t.Errorf("%.2f of the variance was explained, and the interval is %.3f wide instead of %.3f", x.Explained, narrow, wide)
		}
		if got.Verdict != trial.Continue {
			t.Errorf("%s: %s", got.Verdict, got.Reason)
		}
	})
}

// Where the arms are the same, knowing the past says better or worse no more
// often than the level allows; where one is better, it is seen sooner.
func TestKnowingThePastKeepsTheLevelAndSeesSooner(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	runs := long(t, 2000)
	run := func(lift float64, known bool) (day int) {
		e := trial.Evidence{Arms: arms("old", "new"), Weights: []float64{1, 1}}
		for day = 1; day <= 28; day++ {
			for i := range e.Arms {
				m := &e.Arms[i]
				for range 60 {
					past := math.Exp(0.6 * r.NormFloat64())
					value := 10 * past * math.Exp(0.3*r.NormFloat64())
					if i == 1 {
						value *= 1 + lift
					}
					m.Units++
					m.Buyers.Add(1)
					m.Value.Add(value)
					m.Matured.Add(value)
					if known {
						m.Foreseen.Add(past, value)
						m.ForeseenMatured.Add(past, value)
					}
				}
			}
			if v := trial.Judge(e).Verdict; v == trial.Win || v == trial.Lose {
				return day
			}
		}
		return 99
	}
	false1, sum := 0, map[bool]int{}
	for range runs {
		if run(0, true) < 99 {
			false1++
		}
	}
	for range runs / 5 {
		for _, known := range []bool{true, false} {
			sum[known] += run(0.1, known)
		}
	}
	t.Logf("same arms: %d of %d said better or worse; a lift of 10 %% is proved after %.1f days, without the past after %.1f (99: not within 28)",
		false1, runs, float64(sum[true])/float64(runs/5), float64(sum[false])/float64(runs/5))
	if share := float64(false1) / float64(runs); share > 0.05+3*math.Sqrt(0.05*0.95/float64(runs)) {
		t.Errorf("wrong in %.1f %%", 100*share)
	}
	if 2*sum[true] > sum[false] {
		t.Errorf("the past makes it %d days instead of %d", sum[true], sum[false])
	}
}
