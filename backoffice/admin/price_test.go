package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// list makes a price list and returns its page.
func (w *world) list() string {
	w.t.Helper()
	a := w.post("/admin/price-lists/new", "/admin/price-lists", "name", "Dealers", "market", "DE", "state", "active", "priority", "5")
	w.is(a, http.StatusSeeOther, "price_list_created")
	return strings.TrimSuffix(at(a), "/prices")
}

func (w *world) offer() (o pricing.Offer) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		all, err := pricing.Offers(w.t.Context(), tx, pricing.Query{Market: "DE"}, w.mug.VariantIDs())
		o = all[w.mug.Variants[0].ID]
		return err
	})
	return o
}

func TestAPriceListIsMadeFilledAndChanged(t *testing.T) {
	each(t, func(w *world) {
		a := w.post("/admin/price-lists/new", "/admin/price-lists", "name", "", "market", "DE", "priority", "5000", "starts", "2030-05-01T10:00", "ends", "2030-04-01T10:00")
		w.is(a, http.StatusUnprocessableEntity, "write a name", "use −1000 to 1000")
		w.is(w.post("/admin/price-lists/new", "/admin/price-lists", "name", "N", "market", "DE", "kind", "sale", "group", "grp_1"), http.StatusUnprocessableEntity, "announced to everyone")
		w.happened(nil, nil)
		page := w.list()
		prices := page + "/prices"
		w.is(w.post(prices, prices, "prices[0].sku", "MUG-RED", "prices[0].amount", "11.00", "prices[1].sku", "MUG-RED", "prices[1].units", "10", "prices[1].amount", "9.50"), http.StatusSeeOther)
		if o := w.offer(); len(o.Tiers) != 2 || o.Tiers[1].From != 10 || o.Tiers[1].Amount != money.Of(950, "EUR") {
			w.t.Errorf("%+v", o)
		}
		w.is(w.get(prices), 200, "MUG-RED", "€12.90")
		w.is(w.post(prices, prices, "prices[2].sku", "NOPE", "prices[2].amount", "1"), http.StatusUnprocessableEntity, "There is no SKU NOPE")
		a = w.post(prices, prices, "do", "fill", "fill_value", "-10%")
		if w.is(a, 200); !strings.Contains(a.Body.String(), `value="9.90"`) {
			w.t.Error("11.00 less 10 % is not 9.90")
		}
		w.is(w.post(prices, prices, "prices[0].drop", "yes"), http.StatusSeeOther)
		if o := w.offer(); o.Tiers[0].Amount != money.Of(1290, "EUR") {
			w.t.Errorf("after taking it out: %+v", o)
		}
		w.is(w.post(page, page, "state", "archived"), http.StatusSeeOther)
		w.is(w.get("/admin/price-lists?status=archived"), 200, "Dealers")
	})
}

func TestAMarketsOwnPricesAreEditedTogetherAndOnlyWhatChangedIsSaved(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/price-lists/DE/prices"
		form := w.fields(page, page)
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			return pricing.Set(w.t.Context(), tx, "DE", w.mug.Variants[0].ID, money.Of(1500, "EUR"))
		})
		w.happened([]string{"price.changed"}, nil)
		w.is(w.send("POST", page, form), http.StatusSeeOther)
		w.happened(nil, []string{"prices.change"})
		if got := w.prices(w.mug.Variants[0].ID)["DE"]; got != money.Of(1500, "EUR") {
			w.t.Errorf("a price that nobody typed is written over: %v", got)
		}
		w.is(w.post(page, page, "prices[0].amount", "cheap"), http.StatusUnprocessableEntity, "write an amount")
		w.is(w.post(page, page, "prices[0].amount", "16.00"), http.StatusSeeOther)
		if got := w.prices(w.mug.Variants[0].ID)["DE"]; got != money.Of(1600, "EUR") {
			w.t.Errorf("%v", got)
		}
		w.d.Now = func() time.Time { return dbtest.Noon.AddDate(0, 0, 5) }
		w.as("owner")
		w.is(w.get("/admin/prices?sku=MUG-RED&market=DE"), 200, "The prior price", "has to name €", "Lowest")
	})
}

func TestAPriceIsScheduledAndBeginsByItself(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/prices?sku=MUG-RED&market=DE"
		w.is(w.post(page, "/admin/prices", "amount", "", "starts", ""), http.StatusUnprocessableEntity, "write an amount", "say when it begins")
		w.is(w.post(page, "/admin/prices", "amount", "9.90", "kind", "sale", "starts", "2030-01-02T13:00", "ends", "2030-01-01T12:00"), http.StatusUnprocessableEntity)
		w.is(w.post(page, "/admin/prices", "amount", "9.90", "kind", "sale", "starts", "2030-02-01T10:00", "ends", "2030-03-01T10:00"), http.StatusSeeOther, "price_scheduled")
		w.is(w.get(page), 200, "MUG-RED from", "not yet")
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			id := w.mug.Variants[0].ID
			all, err := pricing.Offers(w.t.Context(), tx, pricing.Query{Market: "DE", At: tx.Now.AddDate(0, 1, 5)}, w.mug.VariantIDs())
			if o := all[id]; err == nil && (o.Tiers[0].Amount != money.Of(990, "EUR") || o.Prior != money.Of(1290, "EUR")) {
				w.t.Errorf("in February it costs %+v", o)
			}
			return err
		})
	})
}
