package journey_test

import (
	"bytes"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

func TestAnOrderSpeaksOfVariantsInItsBuyersLanguage(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Call("POST", "/admin/v1/products", map[string]any{"title": "Shirt", "slug": "shirt",
			"translations": map[string]any{"de": map[string]any{"title": "Hemd", "slug": "hemd"}},
			"options":      []any{map[string]any{"name": "Colour", "values": []any{map[string]any{"value": "Red", "titles": map[string]any{"de": "Rot"}}}}},
			"variants": []any{map[string]any{"sku": "SHIRT", "title": "Red", "options": map[string]any{"Colour": "Red"},
				"prices": []any{map[string]any{"market": "DE", "amount": 10_00, "currency": "EUR"}}}}})
		w.Call("POST", "/admin/v1/stock/adjustments", map[string]any{"sku": "SHIRT", "location": "loc_berlin", "delta": 5, "reason": "new"}, "Idempotency-Key", "s")
		if p := w.Call("GET", "/store/v1/products/shirt?market=DE&locale=de", nil); p.Text("variants", 0, "title") != "Rot" {
			t.Errorf("%s", p.Bytes)
		}
		for locale, want := range map[string]string{"de-DE": "Hemd – Rot", "en": "Shirt – Red"} {
			c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": locale, "lines": []any{line("SHIRT", 1)}})
			if c.Text("lines", 0, "title") != want {
				t.Errorf("%s: the cart: %s", locale, c.Bytes)
			}
			checkout, _, total := readyCart(w, c.Text("id"), "sandbox:approve")
			id := complete(w, checkout, locale, total).Text("order", "id")
			if o := w.Call("GET", "/admin/v1/orders/"+id, nil); o.Text("lines", 0, "title") != want {
				t.Errorf("%s: the order: %s", locale, o.Bytes)
			}
			at := "/store/v1/orders/" + id + "/documents"
			token := "token=" + w.App.Keeper.Token("order", id)
			var document string
			w.Until("the invoice is issued", func() bool {
				document = w.Call("GET", at+"?"+token, nil).Text("data", 0, "id")
				return document != ""
			})
			if xml := w.Call("GET", at+"/"+document+"?format=xml&"+token, nil); !bytes.Contains(xml.Bytes, []byte(want)) {
				t.Errorf("%s: the invoice: %s", locale, xml.Bytes)
			}
			w.Until("the mail says "+want, func() bool {
				for _, m := range lettersTo(t, w, "ada@example.com", "") {
					if strings.Contains(m.Text, want) {
						return true
					}
				}
				return false
			})
		}
	})
}
