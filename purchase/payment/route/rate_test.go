package route_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/route"
)

// explorer draws what the test says.
func explorer(draw int64) *route.Router {
	return route.New(gateways, route.Config{Explore: func(string) int64 { return draw }})
}

func byRate(t *testing.T, d *db.DB, r *route.Router, explorePPM int64) {
	t.Helper()
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		return r.SaveSettings(ctx, tx, route.Settings{
			Default: route.Outcome{Order: []string{"a", "b", "c"}, ByRate: true}, MaxAttempts: 3, ExplorePPM: explorePPM})
	})
}

func calls(r *route.Router, at time.Time, f route.Facts, gateway string, approved, declined int) {
	for range approved {
		r.Observe(at, f, gateway, route.SeenApproved)
	}
	for range declined {
		r.Observe(at, f, gateway, route.SeenDeclined)
	}
}

func TestOrderByRate(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := explorer(999_999)
		byRate(t, d, r, 50_000)
		is := func(what, want string, f route.Facts) {
			t.Helper()
			if got := decide(t, d, r, f); fmt.Sprint(got.Order) != want {
				t.Errorf("%s: %v, want %s: %v", what, got.Order, want, got.Why)
			}
		}
		is("nothing is known", "[a b c]", card)
		calls(r, dbtest.Noon, card, "a", 70, 30)
		calls(r, dbtest.Noon, card, "b", 90, 10)
		is("the better rate is first, the untried counts as average", "[b c a]", card)
		calls(r, dbtest.Noon, card, "c", 0, 1)
		is("one refusal makes the untried no better than average", "[b c a]", card)
		is("another segment knows nothing of it", "[a b c]", with(card, func(f *route.Facts) { f.CardCountry = "US" }))
		trip(r, "b", dbtest.Noon)
		is("the best is last while it is down", "[c a b]", card)
		dbtest.Clock(d).Advance(25 * time.Hour)
		is("a day later it is forgotten", "[a b c]", with(card, func(f *route.Facts) { f.Payment = "pay_probe" }))
	})
}

// The score is (approved × 1,000,000 + 20 × prior) ÷ (decided + 20).
func TestScoreIsTheDocumentedFormula(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := explorer(999_999)
		byRate(t, d, r, 0)
		calls(r, dbtest.Noon, card, "a", 30, 10)
		calls(r, dbtest.Noon, card, "b", 50, 10)
		want := map[string]string{"a": "766666", "b": "825000", "c": "800000"} // prior 800,000
		for _, s := range decide(t, d, r, card).Why {
			if s.Kind == "rate" && s.Text != want[s.Name]+" of a million approved" {
				t.Errorf("%s: %s, want %s", s.Name, s.Text, want[s.Name])
			}
		}
	})
}

func TestExplorationDrawsEvenly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for draw, want := range map[int64]string{0: "a", 19_999: "a", 20_000: "b", 40_000: "c", 59_999: "c", 60_000: "b", 999_999: "b"} {
			r := explorer(draw)
			byRate(t, d, r, 60_000)
			calls(r, dbtest.Noon, card, "b", 100, 0)
			calls(r, dbtest.Noon, card, "a", 50, 50)
			if got := decide(t, d, r, card); got.Order[0] != want || len(got.Order) != 3 {
				t.Errorf("draw %d: %v, want %s first", draw, got.Order, want)
			}
		}
		r := newRouter()
		byRate(t, d, r, 60_000)
		calls(r, dbtest.Noon, card, "b", 100, 0)
		calls(r, dbtest.Noon, card, "a", 50, 50)
		first := map[string]int{}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for i := range 20_000 {
				got, err := r.Decide(t.Context(), tx, with(card, func(f *route.Facts) { f.Payment = fmt.Sprint("pay_", i) }))
				if err != nil {
					return err
				}
				first[got.Order[0]]++
			}
			return nil
		})
		for _, name := range []string{"a", "c"} {
			if first[name] < 300 || first[name] > 500 {
				t.Errorf("%s is first in %d of 20,000, want about 400 (2 %%)", name, first[name])
			}
		}
	})
}
