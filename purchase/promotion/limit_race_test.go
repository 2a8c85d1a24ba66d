package promotion_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/promotion"
)

var ada = promotion.Buyer{Customer: "cus_1", Email: "ada@example.com"}

// limits are all that a promotion can be limited by; code is a limit of the
// code's own, limit how many uses there are.
var limits = []struct {
	name  string
	draft promotion.Draft
	use   promotion.Use
	buyer promotion.Buyer
	code  int64
	limit int64
}{
	{"one in all", promotion.Draft{UsageLimit: 1}, promotion.Use{}, promotion.Buyer{}, 0, 1},
	{"seven in all", promotion.Draft{UsageLimit: 7}, promotion.Use{}, promotion.Buyer{}, 0, 7},
	{"one a customer", promotion.Draft{PerCustomer: 1}, promotion.Use{Counted: promotion.Counted{Customers: true}}, ada, 0, 1},
	{"two a guest", promotion.Draft{PerCustomer: 2}, promotion.Use{Counted: promotion.Counted{Customers: true}}, promotion.Buyer{Email: "ada@example.com"}, 0, 2},
	{"three a day", promotion.Draft{Period: promotion.PeriodDay, PerPeriod: 3}, promotion.Use{Counted: promotion.Counted{Period: "2030-01-02"}}, promotion.Buyer{}, 0, 3},
	{"100 euros at 7 each", promotion.Draft{Budget: eur(100_00)}, promotion.Use{Amount: eur(7_00)}, promotion.Buyer{}, 0, 14},
	{"a code for two", promotion.Draft{ByCode: true}, promotion.Use{Code: "TWICE", Counted: promotion.Counted{Code: true}}, promotion.Buyer{}, 2, 2},
	{"all of them", promotion.Draft{UsageLimit: 9, PerCustomer: 5, Period: promotion.PeriodDay, PerPeriod: 6, Budget: eur(100_00)},
		promotion.Use{Amount: eur(1_00), Counted: promotion.Counted{Customers: true, Period: "2030-01-02"}}, ada, 0, 5},
}

// Thirty-two buyers at once, whatever the limit is and however long the pauses
// between statements: exactly as many hold the promotion as it allows, and when
// all let go, nothing is counted any more.
func TestEachLimitHoldsInARace(t *testing.T) {
	for _, pause := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond} {
		t.Run(fmt.Sprint("pauses of ", pause), func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				open(t, d)
				for _, c := range limits {
					use := c.use
					use.Promotion = create(t, d, c.draft).ID
					if use.Amount.Currency == "" {
						use.Amount = eur(1_00)
					}
					if c.code > 0 {
						dbtest.Write(t, d, func(tx *db.Tx) error {
							return promotion.AddCodes(t.Context(), tx, use.Promotion, []string{use.Code}, c.code)
						})
					}
					t.Run(c.name, func(t *testing.T) { contend(t, d, use, c.buyer, pause, c.limit) })
				}
			})
		})
	}
}

// contend has 32 buyers redeem, and then all let go.
func contend(t *testing.T, d *db.DB, use promotion.Use, buyer promotion.Buyer, pause time.Duration, limit int64) {
	t.Helper()
	const buyers = 32
	paused(d, pause)
	var won atomic.Int64
	race(buyers, func(i int) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return promotion.Redeem(t.Context(), tx, fmt.Sprint("attempt_", i), buyer, []promotion.Use{use})
		})
		switch {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, promotion.ErrExhausted) && !errors.Is(err, promotion.ErrBudget):
			t.Error(err)
		}
	})
	if won.Load() != limit {
		t.Errorf("%d buyers hold it, want %d", won.Load(), limit)
	}
	paused(d, 0)
	used(t, d, use.Promotion, limit)
	for i := range buyers {
		release(t, d, fmt.Sprint("attempt_", i))
	}
	used(t, d, use.Promotion, 0)
	redeem := func(holder string) error {
		return d.Write(t.Context(), func(tx *db.Tx) error {
			return promotion.Redeem(t.Context(), tx, holder, buyer, []promotion.Use{use})
		})
	}
	for i := range limit {
		if err := redeem(fmt.Sprint("later_", i)); err != nil {
			t.Errorf("use %d after all let go: %v", i, err)
		}
	}
	if err := redeem("one more"); !errors.Is(err, promotion.ErrExhausted) && !errors.Is(err, promotion.ErrBudget) {
		t.Errorf("one use too many: %v", err)
	}
}

// paused has statements wait: each on PostgreSQL, where transactions run side by
// side; some on SQLite, where one writer does one after the other. Longer pauses
// are rarer.
func paused(d *db.DB, pause time.Duration) {
	every := max(1, int(pause/(10*time.Millisecond)))
	if !d.Postgres() {
		every *= 20
	}
	d.OnStatement(func(context.Context, string) {
		if pause > 0 && rand.IntN(every) == 0 {
			time.Sleep(pause)
		}
	})
}
