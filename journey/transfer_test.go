package journey_test

import (
	"slices"
	"strings"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
)

// What was paid in cash at the door goes back by transfer: staff write down whose
// account it is, which is kept sealed, and somebody is told to transfer it.
func TestCashFromTheDoorGoesBackToAnAccount(t *testing.T) {
	c := countries[slices.IndexFunc(countries, func(c country) bool { return c.id == "HU" })]
	const iban = "HU42117730161111101800000000"
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		w := apptest.OpenWith(t, d, bank.Config{}, "cash://counter?currencies=HUF&ceiling=HUF:300000.00")
		c.opens(w)
		checkout, ready := c.choose(w)
		done := complete(w, checkout, "k", ready.At("totals", "total"))
		id, sum := done.Text("order", "id"), ready.At("totals", "total")
		pay := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "id")
		if a := w.Call("POST", "/admin/v1/payments/"+pay+"/captures", map[string]any{"amount": sum}, "Idempotency-Key", "came"); a.Status/100 != 2 {
			t.Fatalf("the cash that came: %d %s", a.Status, a.Bytes)
		}
		part := map[string]any{"amount": 1000_00, "currency": "HUF"}
		back := func(key string, payee map[string]any) apptest.Answer {
			body := map[string]any{"kind": "refund", "goodwill": part, "reason": "a chip"}
			if payee != nil {
				body["payee"] = payee
			}
			return w.Call("POST", "/admin/v1/orders/"+id+"/amendments", body, "Idempotency-Key", key)
		}
		for _, wrong := range []map[string]any{{"holder": "Minta Ada", "iban": "HU43117730161111101800000000"}, {"holder": "", "iban": iban}} {
			if a := back("wrong", wrong); a.Status/100 != 4 || a.Text("code") != "amend.payee" {
				t.Errorf("%v: %d %s", wrong, a.Status, a.Bytes)
			}
		}
		if a := back("k1", map[string]any{"holder": "Minta Ada", "iban": "hu42 1177 3016 1111 1018 0000 0000"}); a.Text("status") != "done" {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("GET", "/admin/v1/orders/"+id+"/amendments", nil); a.Text("data", 0, "payee", "iban") != iban || a.Text("data", 0, "payee", "holder") != "Minta Ada" {
			t.Errorf("whose account: %s", a.Bytes)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := amend.List(t.Context(), tx, order.ID(id))
			if err != nil {
				return err
			}
			if strings.Contains(all[0].Payee, "1177") || all[0].Payee == "" {
				t.Errorf("the account is not sealed: %q", all[0].Payee)
			}
			told, err := exception.About(t.Context(), tx, string(all[0].ID))
			if len(told) != 1 || told[0].Kind != amend.TroubleTransfer || strings.Contains(told[0].Text, iban) || !strings.Contains(told[0].Text, "the account stands on") {
				t.Errorf("%+v", told)
			}
			return err
		})
		second := back("k2", nil)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			told, err := exception.About(t.Context(), tx, second.Text("id"))
			if len(told) != 1 || !strings.Contains(told[0].Text, "nobody has asked for the account") {
				t.Errorf("%s: %+v", second.Bytes, told)
			}
			return err
		})
		w.Whole()
	})
}
