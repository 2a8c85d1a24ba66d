package trial_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/insight/stat"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// Looking every hour for two weeks says better or worse, or harm, no oftener
// than its level allows, where the arms are the same. A test that is meant for
// one look is wrong several times as often when it is looked at so.
func TestLookingEveryHourDoesNoHarm(t *testing.T) {
	runs := long(t, 400)
	r := rand.New(rand.NewPCG(12, 34))
	said, naive := 0, 0
	for range runs {
		e := trial.Evidence{Arms: arms("old", "new"), Weights: []float64{1, 1}}
		spoke, fooled := false, false
		for hour := range 14 * 24 {
			for i := range e.Arms {
				shop{visitors: 12, rate: 0.1, returns: 0.1}.day(r, &e.Arms[i])
			}
			switch trial.Judge(e).Verdict {
			case trial.Win, trial.Lose, trial.RollBack:
				spoke = true
			}
			if w := stat.Relative(e.Arms[0].Value, e.Arms[1].Value); hour > 5 && w.Known() && math.Abs(w.Diff/w.SE) > 1.96 {
				fooled = true
			}
		}
		for _, c := range []struct {
			n  *int
			is bool
		}{{&said, spoke}, {&naive, fooled}} {
			if c.is {
				*c.n++
			}
		}
	}
	share := func(n int) float64 { return float64(n) / float64(runs) }
	t.Logf("%d times nothing differed, 336 hourly looks: something was said in %.1f %%, by a test for one look in %.1f %%", runs, 100*share(said), 100*share(naive))
	// Benefit and harm have a level of 5 % each.
	if share(said) > 0.10+3*math.Sqrt(0.1*0.9/float64(runs)) {
		t.Errorf("something was said in %.1f %%", 100*share(said))
	}
	if share(naive) < 0.15 || naive <= said {
		t.Errorf("a test for one look was wrong in %.1f %% only: then this test proves nothing", 100*share(naive))
	}
}

// An arm that loses visitors before they are counted looks better than it is:
// nothing is decided, the roll-out does not climb, and it is said why.
func TestUnevenArmsStopEveryDecision(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Rollout, experiment.Plan{AutoRelease: true})
		for stage := range int64(4) {
			b.do(func(ctx context.Context, tx *db.Tx) error {
				_, err := experiment.SetStage(ctx, tx, b.id, stage+1)
				return err
			})
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			lost := 0
			for i := range 1200 {
				v := visitor.Visit{Visitor: fmt.Sprint("vis_", i)}
				a, err := experiment.Decide(ctx, tx, button, v)
				if err != nil {
					return err
				}
				if a.Arm == "new" {
					if lost++; lost%3 == 0 {
						continue // the new page failed before it could say that it was shown
					}
				}
				if _, err := experiment.Expose(ctx, tx, button, v, ""); err != nil {
					return err
				}
				if a.Arm == "new" || i%3 == 0 {
					if err := buys(ctx, tx, fmt.Sprint("ord_", i), v.Visitor, "", 2000, tx.Now); err != nil {
						return err
					}
				}
			}
			return nil
		})
		b.clock.Advance(40 * 24 * time.Hour)
		r, e := b.look()
		if r.Verdict != trial.Hold || r.Because.Code != trial.BecauseMismatch || r.Mismatch >= 0.001 || e.State != experiment.StateRunning || e.Stage != 4 || len(r.Effects)+len(r.Guards) > 0 {
			t.Errorf("%s (%s), p %g; stage %d", r.Verdict, r.Reason, r.Mismatch, e.Stage)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := trial.Advance(t.Context(), tx, b.id, "stf_1")
			return err
		})
		if !errors.Is(err, experiment.ErrState) || !strings.Contains(err.Error(), "other shares of the visitors") || b.find().Stage != 4 {
			t.Errorf("by hand: %v", err)
		}
	})
}

// When the weights change, who had an arm keeps it and counts no longer: the
// numbers are of those who came since, whose shares are the new ones. Nobody is
// moved, and no alarm is raised by mixing two times.
func TestAChangeOfWeightsBeginsTheNumbersAnew(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{})
		b.come(600, map[string]int{"old": 4, "new": 4}, "EUR")
		first, _ := b.look()
		b.do(func(ctx context.Context, tx *db.Tx) error {
			_, err := experiment.Reweigh(ctx, tx, b.id, []int64{900_000, 100_000}, 1_000_000)
			return err
		})
		had := map[string]string{}
		b.do(func(ctx context.Context, tx *db.Tx) error { // all of the first come again, and buy
			return comeAgain(ctx, tx, b.came[:600], func(vis string, a experiment.Assignment) error {
				had[vis] = a.Arm
				if a.Phase != 1 {
					t.Errorf("%s was moved to phase %d", vis, a.Phase)
				}
				return buys(ctx, tx, "ord_again_"+vis, vis, "", 500_000, tx.Now)
			})
		})
		b.come(800, map[string]int{"old": 4, "new": 4}, "EUR")
		r, _ := b.look()
		if r.Phase != 2 || r.Arms[0].Visitors+r.Arms[1].Visitors != 800 || r.Arms[1].Visitors > 130 || r.Mismatch < 0.001 || r.Because.Code == trial.BecauseMismatch {
			t.Errorf("phase %d, %+v, %s", r.Phase, r.Arms, r.Reason)
		}
		if r.Arms[0].OrderValue > 10_000 || first.Arms[0].Visitors+first.Arms[1].Visitors != 600 {
			t.Errorf("orders of the first phase count in the second: %+v", r.Arms)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			return comeAgain(ctx, tx, b.came[:600], func(vis string, a experiment.Assignment) error {
				if a.Arm != had[vis] {
					t.Errorf("%s was given %s, then %s", vis, had[vis], a.Arm)
				}
				return nil
			})
		})
	})
}

// comeAgain exposes visitors again.
func comeAgain(ctx context.Context, tx *db.Tx, visitors []string, fn func(vis string, a experiment.Assignment) error) error {
	for _, vis := range visitors {
		a, err := experiment.Expose(ctx, tx, button, visitor.Visit{Visitor: vis}, "")
		if err == nil {
			err = fn(vis, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Somebody who signs in during the test, and comes again on another device, is
// shown the arm they had and counts once, for it.
func TestWhoSignsInDuringTheTestCountsOnceForTheirArm(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b := begin(t, d, experiment.Test, experiment.Plan{Currency: "EUR"})
		arms := map[string]int64{}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			for i := range 200 {
				phone, laptop, cus := fmt.Sprint("vis_phone", i), fmt.Sprint("vis_laptop", i), fmt.Sprint("cus_", i)
				a, err := experiment.Expose(ctx, tx, button, visitor.Visit{Visitor: phone}, "")
				if err != nil {
					return err
				}
				arms[a.Arm]++
				if err := experiment.Recognise(ctx, tx, phone, cus); err != nil {
					return err
				}
				again, err := experiment.Expose(ctx, tx, button, visitor.Visit{Visitor: laptop}, cus)
				if err != nil || again.Arm != a.Arm || again.Unit != phone {
					t.Fatalf("%s of %s on the phone, %s of %s on the laptop: %v", a.Arm, a.Unit, again.Arm, again.Unit, err)
				}
				if err := buys(ctx, tx, fmt.Sprint("ord_", i), again.Unit, cus, 2000, tx.Now.Add(time.Hour)); err != nil {
					return err
				}
			}
			return nil
		})
		b.clock.Advance(2 * time.Hour)
		r, _ := b.look()
		for _, a := range r.Arms {
			if a.Visitors != arms[a.Arm] || a.Buyers != arms[a.Arm] {
				t.Errorf("arm %s: %d visitors, %d of them bought, want %d", a.Arm, a.Visitors, a.Buyers, arms[a.Arm])
			}
		}
		if r.Crossed != 0 || r.Because.Code == trial.BecauseCrossed {
			t.Errorf("%d customers were shown two arms", r.Crossed)
		}
	})
}
