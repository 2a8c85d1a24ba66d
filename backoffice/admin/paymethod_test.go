package admin_test

import (
	"net/http"
	"testing"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/paymethod"
)

func TestAMarketBeginsWithItsUsualMethodsAndIsThenDecided(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/payment-methods"
		w.is(w.get(page+"?market=DE"), 200, "Payment methods", "Nothing is decided here yet", "Begin with what is usual in Germany", "Only where a flow names it")
		w.as(auth.RoleAssociate)
		w.is(w.post("", page+"/begin", "market", "DE"), http.StatusForbidden)
		w.happened(nil, nil)
		w.as(auth.RoleManager)
		w.is(w.post(page, page+"/begin", "market", "DE"), http.StatusSeeOther, "done=ways_begun")
		w.happened(nil, []string{"paymethod.begin"})
		w.is(w.get(page+"?market=DE"), 200, "Offered", "Invoice", "up to €250.00", "€35.00 to €1,500.00")
		w.is(w.get(page+"?market=DE&method=card"), 200, "The money is held, and taken as goods leave", "A hold lives 7 days", "Refunds for 180 days", "sandbox2")

		w.is(w.post(page+"?market=DE&method=card", page, "market", "DE", "method", "card", "enabled", "1", "max", "lots", "position", "1"), 422, "such as")
		w.is(w.post(page+"?market=DE&method=card", page, "market", "DE", "method", "venmo", "enabled", "1"), 422)
		w.is(w.post(page+"?market=DE&method=card", page, "market", "DE", "method", "card", "enabled", "1", "min", "20.00", "max", "10.00"), 422)
		w.happened(nil, nil)
		w.is(w.post(page+"?market=DE&method=card", page, "market", "DE", "method", "card", "enabled", "1", "min", "5.00", "max", "900.00", "fee", "1.50", "fee_percent", "2", "position", "1"), http.StatusSeeOther, "done=way_saved")
		w.happened(nil, []string{"paymethod.save"})
		w.is(w.get(page+"?market=DE&method=card"), 200, "€5.00 to €900.00", "€1.50 + 2%")
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			all, err := paymethod.Settings(t.Context(), tx, "DE")
			for _, s := range all {
				if want := (paymethod.Setting{Market: "DE", Method: "card", Enabled: true, Position: 1, Min: 5_00, Max: 900_00, Fee: 1_50, FeePPM: 20_000, Capture: paymethod.Now}); s.Method == "card" && s != want {
					t.Errorf("kept %+v", s)
				}
			}
			return err
		})
	})
}
