package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"korzo/customer/standing"
	"korzo/insight/lifetime"
	"korzo/insight/metric"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/value/money"
)

// regulars are customers who bought for a year, some oftener than others.
func (w *world) regulars(first, last int) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		for i := first; i < last; i++ {
			every := 20 + 13*(i%7)
			for day := 360 - i%90; day > 5*(i%40); day -= every {
				if err := w.bought(w.t.Context(), tx, fmt.Sprintf("ord_%d_%d", i, day), fmt.Sprint("cus_", i), tx.Now.Add(-time.Duration(day)*24*time.Hour), int64(2000+100*(i%30)), "EUR"); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (w *world) bought(ctx context.Context, tx *db.Tx, id, customer string, at time.Time, leaves int64, in money.Currency) error {
	return metric.Booked(ctx, tx, order.Order{ID: order.ID(id), PlacedAt: at, Draft: order.Draft{Customer: customer, Total: money.Of(leaves, in),
		Lines: []order.Line{{Kind: "goods", Quantity: 1, Total: money.Of(leaves, in), UnitCost: money.Of(0, in)}}}}, "")
}

func TestWhatACustomerIsExpectedToLeaveIsInTheCurrencyOfTheFit(t *testing.T) {
	each(t, func(w *world) {
		id := w.customer()
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			if err := w.bought(w.t.Context(), tx, "ord_1", string(id), tx.Now, 900, "HUF"); err != nil {
				return err
			}
			return standing.Predict(w.t.Context(), tx, []standing.Prediction{{Customer: string(id), Predicted: 3629, AlivePPM: 726_580}})
		})
		if _, err := lifetime.Refresh(w.t.Context(), w.d); err != nil {
			w.t.Fatal(err)
		}
		w.is(w.get("/admin/customers/"+string(id)), http.StatusOK, "HUF 36.29")
	})
}

func TestWhatCustomersAreWorthIsShownWithHowItCameTrue(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	refresh := func() {
		t.Helper()
		if _, err := lifetime.Refresh(t.Context(), w.d); err != nil {
			t.Fatal(err)
		}
	}
	w.is(w.get("/admin/value"), 200, "Nothing has been computed yet")
	w.regulars(0, 80)
	refresh()
	w.is(w.get("/admin/value"), 200, "customers have come back so far; from 500 on", "From which rows")
	w.regulars(80, 700)
	refresh()
	page := w.get("/admin/value")
	w.is(page, 200, "Expected within a year", "How it came true", "Tenth 10", "Orders that came", "Pareto/NBD", "Fader, Hardie and Lee 2005", "Gamma-Gamma p")
	for lang, says := range map[string]string{"de": "Wie es eintraf", "hu": "Hogyan vált be"} {
		w.lang = lang
		w.is(w.get("/admin/value"), 200, says)
	}
	w.lang = "en"
	w.as(auth.RoleSupport)
	w.is(w.get("/admin/value"), http.StatusForbidden)
}
