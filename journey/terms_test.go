package journey_test

import (
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// The terms of return that a program sets are what the shop tells at once; what
// the law gives counts beside them.
func TestTermsOfReturnAreSetByAProgramAndToldByTheShop(t *testing.T) {
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		w := apptest.Open(t, d, bank.Config{})
		told := func(query string, days int64, paidBy, how string) {
			t.Helper()
			a := w.Call("GET", "/store/v1/return-terms"+query, nil)
			if a.Status != 200 || a.Int("days") != days || a.Text("paid_by") != paidBy || a.Text("how") != how {
				t.Errorf("%s: %d %s", query, a.Status, a.Bytes)
			}
		}
		told("?country=DE", 14, "buyer", "parcel")
		set := func(days int, want int) {
			t.Helper()
			a := w.Call("PUT", "/admin/v1/return-terms/DE", map[string]any{"days": days, "paid_by": "shop", "how": "label"})
			if a.Status != want {
				t.Errorf("%d days: %d %s", days, a.Status, a.Bytes)
			}
		}
		set(400, 422)
		told("?market=DE", 14, "buyer", "parcel")
		set(7, 200)
		told("?market=DE&country=DE", 14, "shop", "label")
		set(30, 200)
		told("?market=DE", 30, "shop", "label")
		if a := w.Call("PUT", "/admin/v1/return-terms/XX", map[string]any{"days": 30, "paid_by": "shop", "how": "label"}); a.Status != 404 {
			t.Errorf("a market that is not there: %d %s", a.Status, a.Bytes)
		}
	})
}
