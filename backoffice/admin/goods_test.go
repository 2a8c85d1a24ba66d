package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

func (w *world) product() (p catalog.Product) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		p, err = catalog.Find(w.t.Context(), tx, w.mug.ID)
		return err
	})
	return p
}

func (w *world) prices(v catalog.VariantID) (all map[string]money.Amount) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		all, err = pricing.InMarkets(w.t.Context(), tx, v)
		return err
	})
	return all
}

func (w *world) onHand() (n int64) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		levels, err := inventory.Levels(w.t.Context(), tx, w.mug.Variants[0].ID)
		n = levels[0].OnHand
		return err
	})
	return n
}

func TestStockAdjustedTwiceWithOneKeyIsAdjustedOnce(t *testing.T) {
	each(t, func(w *world) {
		w.as(auth.RoleAssociate)
		form := w.fields("/admin/stock?sku=MUG-RED", "/admin/stock")
		form.Set("location", "loc_berlin")
		form.Set("delta", "+5")
		form.Set("reason", "counted")
		form.Set("cause", "adjusted")
		for range 2 {
			w.is(w.send("POST", "/admin/stock", form), http.StatusSeeOther, "done=stock_adjusted")
		}
		if n := w.onHand(); n != 15 {
			w.t.Errorf("%d on hand, want 15", n)
		}
		w.happened([]string{"stock.adjusted"}, []string{"stock.adjust"})
		w.is(w.get("/admin/stock?sku=MUG-RED"), 200, "Counted or corrected BERLIN +5 counted ASSOCIATE")
		form.Set("delta", "7")
		w.is(w.send("POST", "/admin/stock", form), http.StatusConflict, "An earlier version of this form")
		w.happened(nil, nil)
	})
}

func TestStockThatCannotBeTakenAwayIsExplained(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			_, err := inventory.Hold(w.t.Context(), tx, "plc_1", []inventory.Line{{Variant: w.mug.Variants[0].ID, Units: 6}}, tx.Now.Add(1e12))
			return err
		})
		for _, c := range []struct{ field, value, says string }{
			{"delta", "-5", "promised to buyers. Take fewer away"},
			{"delta", "-50", "There are fewer units than that"},
			{"delta", "0", "how many units came or went"},
			{"delta", "many", "write a whole number"},
			{"reason", " ", "say why"},
			{"location", "loc_moon", "no such location"},
		} {
			pairs := []string{"location", "loc_berlin", "delta", "-1", "reason", "broken", "cause", "adjusted", "ref", "NOTE-7", c.field, c.value}
			a := w.post("/admin/stock?sku=MUG-RED", "/admin/stock", pairs...)
			if a.Code != 409 && a.Code != 422 && a.Code != 404 {
				w.t.Errorf("%s %q: %d", c.field, c.value, a.Code)
			}
			w.is(a, a.Code, c.says)
			if !strings.Contains(a.Body.String(), `value="NOTE-7"`) {
				w.t.Errorf("%s %q: what was typed is not kept", c.field, c.value)
			}
		}
		if n := w.onHand(); n != 10 {
			w.t.Errorf("%d on hand, want 10 as before", n)
		}
		w.happened(nil, nil)
	})
}
