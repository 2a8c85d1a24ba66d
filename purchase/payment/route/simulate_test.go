package route_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"

	"pgregory.net/rapid"
)

// pay decides and logs as a caller does.
func pay(t testing.TB, d *db.DB, r *route.Router, f route.Facts) {
	t.Helper()
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		got, err := r.Decide(ctx, tx, f)
		if err != nil {
			return err
		}
		return route.Record(ctx, tx, f, got)
	})
}

func simulate(t testing.TB, d *db.DB, r *route.Router, rules []route.Rule, since time.Time) (rep route.Report) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		rep, err = r.Simulate(context.Background(), tx, rules, since)
		return err
	})
	return rep
}

func TestDecisionsAreLoggedWithTheirReasons(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		v := publish(t, d, r, route.Rule{Name: "to b", Condition: `market == "DE"`, Outcome: route.Outcome{Order: []string{"b"}}})
		pay(t, d, r, card)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			n, err := r.After(ctx, tx, card, []route.Try{{"b", payment.StateDeclined, payment.DeclineGateway}})
			if err != nil {
				return err
			}
			return route.RecordNext(ctx, tx, card, n)
		})
		var lost = errors.New("lost")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			got, err := r.Decide(t.Context(), tx, card)
			return errors.Join(err, route.Record(t.Context(), tx, card, got), lost)
		})
		if !errors.Is(err, lost) {
			t.Fatal(err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := route.Decisions(t.Context(), tx, card.Payment)
			if err != nil {
				return err
			}
			if len(all) != 2 {
				t.Fatalf("%d rows, want two: one more was rolled back with its transaction", len(all))
			}
			one, two := all[0], all[1]
			if one.Action != "first" || one.Chosen != "b" || one.Rule != v.ID || one.Version != 1 || !reflect.DeepEqual(one.Facts, card) || !one.At.Equal(dbtest.Noon) {
				t.Errorf("%+v", one)
			}
			if two.Action != string(route.ActionRetry) || two.Chosen != "a" || len(two.Why) == 0 || two.Why[0].Text != "gateway_error means retry_elsewhere" {
				t.Errorf("%+v", two)
			}
			return nil
		})
	})
}

func TestSimulation(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r, clock := newRouter(), dbtest.Clock(d)
		pay(t, d, r, with(card, func(f *route.Facts) { f.Payment = "pay_old" }))
		clock.Advance(time.Hour)
		since := clock.Now()
		trip(r, "b", since)
		for i := range 10 {
			pay(t, d, r, with(card, func(f *route.Facts) { f.Payment, f.Amount = fmt.Sprint("pay_", i), int64(i*1000) }))
		}
		draft := []route.Rule{
			{Name: "dear to c", Priority: 2, Condition: `amount >= 6000`, Outcome: route.Outcome{Order: []string{"c"}}},
			{Name: "one to b", Priority: 1, Condition: `amount == 3000`, Outcome: route.Outcome{Order: []string{"b", "a"}}},
		}
		got := simulate(t, d, r, draft, since)
		want := route.Report{Decisions: 10, Changed: 4, ChangedPPM: 400_000, Moves: []route.Move{{"a", "c", 4, 400_000}},
			Rules: []route.Taken{{"", 5, 500_000}, {"draft_1", 4, 400_000}, {"draft_2", 1, 100_000}}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\nwant %+v (b was down)", got, want)
		}
		if got := simulate(t, d, r, draft, time.Time{}); got.Decisions != 11 {
			t.Errorf("%d decisions in all, want 11", got.Decisions)
		}
		if got := simulate(t, d, r, nil, clock.Now().Add(time.Second)); got.Decisions != 0 || got.ChangedPPM != 0 {
			t.Errorf("%+v of nothing", got)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := r.Simulate(t.Context(), tx, []route.Rule{{Name: "x", Outcome: route.Outcome{Order: []string{"z"}}}}, since)
			return err
		})
		if !errors.Is(err, route.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
	})
}

func TestDraftsStandInTheirRulesPlace(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		v := publish(t, d, r, route.Rule{Name: "to b", Outcome: route.Outcome{Order: []string{"b"}}})
		kept := publish(t, d, r, route.Rule{Name: "kept", Priority: -1, Outcome: route.Outcome{Order: []string{"a"}}})
		pay(t, d, r, card)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := r.Save(ctx, tx, route.Rule{ID: v.ID, Name: "to c", Outcome: route.Outcome{Order: []string{"c"}}})
			return err
		})
		var drafts []route.Rule
		dbtest.Read(t, d, func(tx *db.Tx) (err error) {
			drafts, err = route.Drafts(t.Context(), tx)
			return err
		})
		if len(drafts) != 2 || drafts[0].Version != 2 || drafts[1].ID != kept.ID {
			t.Fatalf("%+v, want the draft and the rule without one", drafts)
		}
		if got := simulate(t, d, r, drafts, time.Time{}); len(got.Moves) != 1 || got.Moves[0] != (route.Move{From: "b", To: "c", Count: 1, PPM: 1_000_000}) {
			t.Errorf("%+v", got)
		}
	})
}

// Simulating the rules that decided changes nothing.
func TestSimulatingTheLiveRulesChangesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			r := newRouter()
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				for range rapid.IntRange(0, 4).Draw(rt, "rules") {
					draft := anyRule(rt)
					draft.Outcome.ByRate = false
					v, err := r.Save(t.Context(), tx, draft)
					if err == nil {
						err = r.Publish(t.Context(), tx, v.ID, v.Version)
					}
					if err != nil {
						return err
					}
				}
				for range rapid.IntRange(1, 5).Draw(rt, "payments") {
					f := anyFacts(rt)
					seenBy(rt, f, r)
					got, err := r.Decide(t.Context(), tx, f)
					if errors.Is(err, route.ErrNone) {
						continue
					}
					if err := errors.Join(err, route.Record(t.Context(), tx, f, got)); err != nil {
						return err
					}
				}
				live, err := route.Live(t.Context(), tx)
				if err != nil {
					return err
				}
				rep, err := r.Simulate(t.Context(), tx, live, time.Time{})
				if rep.Changed != 0 || len(rep.Moves) != 0 {
					rt.Fatalf("%+v, want nothing changed", rep)
				}
				return errors.Join(err, errUndo)
			})
			if !errors.Is(err, errUndo) {
				rt.Fatal(err)
			}
		})
	})
}

func TestASimulationOfMoreThanAPageCountsEachOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		const n = 1203 // all at one time: pages are cut by place
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			for i := range n {
				f := with(card, func(f *route.Facts) { f.Payment = fmt.Sprint("pay_", i) })
				got, err := r.Decide(ctx, tx, f)
				if err := errors.Join(err, route.Record(ctx, tx, f, got)); err != nil {
					return err
				}
			}
			return nil
		})
		rules := []route.Rule{{Name: "half", Outcome: route.Outcome{Split: []route.Share{{"a", 50}, {"b", 50}}}}}
		got := simulate(t, d, r, rules, dbtest.Noon)
		if got.Decisions != n || got.Partial || got.Changed < n*45/100 || got.Changed > n*55/100 || len(got.Moves) != 1 {
			t.Errorf("%+v of %d, want about half moved from a to b", got, n)
		}
	})
}
