package desk_test

import (
	"errors"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// A code of forty letters and no gap wraps on the narrowest phone, wherever the
// admin and the shop show it: no page is moved sideways for it.
func TestLongCodesWrapOnTheNarrowestPhone(t *testing.T) {
	w, d := staffed(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	sku, code := strings.Repeat("WIDE", 10), strings.Repeat("SAVE", 10)
	var made catalog.Product
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) (err error) {
		made, err = catalog.Create(t.Context(), tx, catalog.Draft{Title: "Wide", Slug: "wide", Variants: []catalog.Variant{{SKU: sku}}})
		if err != nil {
			return err
		}
		v := made.Variants[0].ID
		_, err = inventory.Adjust(t.Context(), tx, inventory.Adjustment{Variant: v, Location: "loc_berlin", Delta: 9, Reason: "came in", Cause: inventory.CauseReceived})
		return errors.Join(err, pricing.Set(t.Context(), tx, "DE", v, money.Of(20_00, "EUR")))
	})
	promotion := w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Wide", "by_code": true, "percent": 10}).Text("id")
	w.Call("POST", "/admin/v1/promotions/"+promotion+"/codes", map[string]any{"codes": []any{code}})
	order := buy(w, sku, 1)
	var tasks, transfer, count string
	w.Until("it is to be picked", func() bool {
		tasks = w.Call("GET", "/admin/v1/fulfilments?order="+order, nil).Text("data", 0, "id")
		return tasks != ""
	})
	transfer = w.Call("POST", "/admin/v1/transfers", map[string]any{"from": "loc_berlin", "to": "loc_budapest", "lines": []any{map[string]any{"sku": sku, "units": 1}}}, "Idempotency-Key", "t").Text("id")
	count = w.Call("POST", "/admin/v1/counts", map[string]any{"location": "loc_berlin"}, "Idempotency-Key", "c").Text("id")
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": sku, "quantity": 2}}}).Text("id")
	if a := w.Call("POST", "/store/v1/carts/"+cart+"/codes", map[string]any{"code": code}); a.At("codes", 0, "applied") != true {
		t.Fatalf("%d %s", a.Status, a.Bytes)
	}
	resumed := w.Call("POST", "/store/v1/carts/"+cart+"/resume-links", map[string]any{}).Text("url")
	resumed = resumed[strings.Index(resumed[8:], "/")+8:]
	narrow := view{320, "light", false}
	for name, at := range map[string]string{
		"home": "", "products": "/products?q=wide", "product": "/products/" + string(made.ID), "variants": "/products/" + string(made.ID) + "/variants",
		"stock": "/stock?q=" + sku, "levels": "/stock?location=loc_berlin&q=" + sku, "sku": "/stock?sku=" + sku, "movements": "/movements?sku=" + sku, "prices": "/prices?sku=" + sku,
		"transfer": "/transfers/" + transfer, "count": "/counts/" + count, "promotion": "/promotions/" + promotion, "promotions": "/promotions", "codes": "/codes",
		"order": "/orders/" + order, "edit": "/orders/" + order + "/edit", "amend": "/orders/" + order + "/amend", "fulfilment": "/fulfilments/" + tasks, "find": "/find?q=" + sku,
	} {
		t.Run(name, func(t *testing.T) {
			mine := &desk{t: t, ctx: d.ctx, base: d.base}
			mine.open("/admin" + at)
			mine.lookIn("long-"+name, narrow)
		})
	}
	for name, at := range map[string]string{"shop": "/p/wide", "cart": resumed} {
		t.Run(name, func(t *testing.T) {
			mine := &desk{t: t, ctx: d.ctx, base: d.base}
			mine.open(at)
			mine.lookIn("long-"+name, narrow)
		})
	}
}
