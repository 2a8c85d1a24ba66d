package journey_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
)

// A lender must know when the buyer was born: it is asked for, told to the
// lender, which lends to nobody without it, and forgotten once it has decided.
func TestALenderIsToldWhenTheBuyerWasBornAndTheShopForgetsIt(t *testing.T) {
	c := countries[slices.IndexFunc(countries, func(c country) bool { return c.id == "SE" })]
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		c.opens(w)
		checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": w.Call("POST", "/store/v1/carts", map[string]any{"market": c.id, "lines": []any{line("MUG-RED", 2)}}).Text("id")}).Text("id")
		path := "/store/v1/checkouts/" + checkout
		home := map[string]any{"phone": "+46 8 123 456"}
		for k, v := range c.home {
			home[k] = v
		}
		says := func(body map[string]any, missing bool, code string) (a apptest.Answer) {
			t.Helper()
			a = w.Call("PATCH", path, body)
			got := strings.Contains(string(mustJSON(a.At("requirements"))), "birth_date")
			if said := strings.Contains(string(mustJSON(a.At("messages"))), "birth_date_"); a.Status != 200 || got != missing || said != (code != "") || !strings.Contains(string(a.Bytes), code) {
				t.Fatalf("%v: %s", body, a.Bytes)
			}
			return a
		}
		says(map[string]any{"email": "ada@example.com", "shipping_address": home, "shipping_option": "se_standard", "payment": map[string]any{"method": "pay_later"}}, true, "")
		says(map[string]any{"birth_date": "long ago"}, true, "birth_date_invalid")
		says(map[string]any{"birth_date": w.App.DB.Now().AddDate(-18, 0, 1).Format("2006-01-02")}, true, "birth_date_minor")
		says(map[string]any{"birth_date": "1990-05-17"}, false, "")
		says(map[string]any{"payment": map[string]any{"method": "swish"}}, false, "") // forgets it
		says(map[string]any{"payment": map[string]any{"method": "pay_later"}}, true, "")
		ready := says(map[string]any{"birth_date": "1990-05-17"}, false, "")
		done := complete(w, checkout, "k", ready.At("totals", "total"))
		if done.Text("status") != "requires_escalation" {
			t.Fatalf("the lender was not told: %s", done.Bytes)
		}
		payer{w: w}.prove(done.Text("next_action", "url"))
		w.Until("the order is placed", func() bool { return w.Call("GET", path, nil).Text("order", "id") != "" })
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			o, err := order.Head(t.Context(), tx, order.ID(w.Call("GET", path, nil).Text("order", "id")))
			if err != nil {
				return err
			}
			who, err := profile.FindContact(t.Context(), tx, w.App.Keeper, profile.ContactID(o.Contact))
			if who.Birth != "" || who.Shipping.City != "Stockholm" {
				t.Errorf("%+v", who)
			}
			return err
		})
		left := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": w.Call("POST", "/store/v1/carts", map[string]any{"market": c.id, "lines": []any{line("MUG-RED", 2)}}).Text("id")}).Text("id")
		w.Call("PATCH", "/store/v1/checkouts/"+left, map[string]any{"email": "bob@example.com", "birth_date": "1991-06-18"})
		kept := func() (n int64) {
			dbtest.Read(t, w.App.DB, func(tx *db.Tx) (err error) {
				n, err = db.One(t.Context(), tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `SELECT COUNT(*) FROM profile_contacts WHERE born = 1`)
				return err
			})
			return n
		}
		if n := kept(); n != 1 {
			t.Errorf("%d days of birth are kept, want the one that a lender may still ask for", n)
		}
		w.Pass(25 * time.Hour)
		w.Until("a checkout that was left forgets it, too", func() bool { return kept() == 0 })
		w.Whole()
	})
}
