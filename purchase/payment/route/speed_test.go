package route_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/route"
)

// hundred publishes 100 rules of which the last asked takes the payment.
func hundred(t testing.TB, d *db.DB, r *route.Router) {
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		for i := range 100 {
			condition := fmt.Sprintf(`market == "DE" && card.brand == "brand%d" && amount > %d`, i%50, i)
			switch {
			case i == 0:
				condition = `amount > 0 && market == "DE"`
			case i%10 == 0:
				condition = fmt.Sprintf(`currency in ["SEK", "USD"] && amount > %d`, i)
			}
			v, err := r.Save(ctx, tx, route.Rule{Name: fmt.Sprint("rule ", i), Priority: int64(i), Condition: condition, Outcome: route.Outcome{Order: []string{"c", "a"}}})
			if err == nil {
				err = r.Publish(ctx, tx, v.ID, v.Version)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestDecidingAmongAHundredRulesTakesOneStatement(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		hundred(t, d, r)
		decide(t, d, r, card)
		count := dbtest.Count(d)
		if got := decide(t, d, r, card); got.Order[0] != "c" {
			t.Fatalf("%+v", got)
		}
		if n := count(); n > 1 {
			t.Errorf("a decision takes %d statements, want 1 at most", n)
		}
	})
}

// Of a hundred rules only those are evaluated whose equality clauses fit: what
// the others ask for costs nothing. BenchmarkDecide tells the time.
func TestDecidingAmongAHundredEvaluatesOnlyWhatMayFit(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	r := newRouter()
	hundred(t, d, r)
	var allocations float64
	dbtest.Read(t, d, func(tx *db.Tx) error {
		allocations = testing.AllocsPerRun(100, func() {
			if _, err := r.Decide(t.Context(), tx, card); err != nil {
				t.Error(err)
			}
		})
		return nil
	})
	t.Logf("%v allocations", allocations)
	if allocations > 40 {
		t.Errorf("a decision among 100 rules takes %v allocations, want 40 at most", allocations)
	}
}

func TestManyDecideAtOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		publish(t, d, r, route.Rule{Name: "by rate", Outcome: route.Outcome{Order: []string{"a", "b"}, ByRate: true}})
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				f := with(card, func(f *route.Facts) { f.Payment = fmt.Sprint("pay_", i) })
				for j := range 50 {
					err := d.Read(context.Background(), func(tx *db.Tx) error {
						_, err := r.Decide(context.Background(), tx, f)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					r.Observe(dbtest.Noon.Add(time.Duration(j)*time.Second), f, "a", []route.Seen{route.SeenApproved, route.SeenError}[j%2])
					r.Breakers(dbtest.Noon)
				}
			})
		}
		all.Wait()
	})
}

func BenchmarkDecide(b *testing.B) {
	d := dbtest.SQLite(b, schemas)
	r := newRouter()
	hundred(b, d, r)
	b.ReportAllocs()
	dbtest.Read(b, d, func(tx *db.Tx) error {
		for b.Loop() {
			if _, err := r.Decide(b.Context(), tx, card); err != nil {
				return err
			}
		}
		return nil
	})
}
