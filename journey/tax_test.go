package journey_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"korzo/app/apptest"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
	"korzo/value/address"
)

// A Hungarian business buys from a German seller: no tax is charged and none is
// left in the price, the order says why, and the books agree.
func TestABusinessAbroadIsChargedNoTax(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			m, err := market.Find(t.Context(), tx, "DE")
			e, err2 := market.FindEntity(t.Context(), tx, m.Entity)
			e.VATID, e.Address = "DE136695976", address.Address{Country: "DE"}
			m.Countries = append(append([]string{}, m.Countries...), "AT")
			return errors.Join(err, err2, market.SaveEntity(t.Context(), tx, e), market.Save(t.Context(), tx, m))
		})
		if got := w.Call("POST", "/admin/v1/tax/rates/european", map[string]any{"countries": []string{"AT"}}); got.Status/100 != 2 || got.Int("entries") < 5 {
			t.Fatalf("%d %s", got.Status, got.Bytes)
		}
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 2)}})
		at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")}).Text("id")
		vienna := map[string]any{"name": "Ada Beispiel", "line1": "Musterstraße 1", "city": "Wien", "postal_code": "1010", "country": "AT"}
		k := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": vienna, "company": "Beispiel Ges.m.b.H.", "vat_id": "ATU10223007"})
		if k.Text("messages", 0, "code") != "vat_id_invalid" || k.At("tax") != nil || k.Int("totals", "tax", "amount") == 0 {
			t.Fatalf("a mistyped VAT id: %s", k.Bytes)
		}
		gross := k.Int("totals", "subtotal", "amount")
		k = w.Call("PATCH", at, map[string]any{"vat_id": "ATU 10223006", "shipping_option": k.Text("shipping_options", 0, "id"),
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		if k.Text("tax", "reason") != "reverse_charge" || !slices.Contains([]string{"pending", "valid"}, k.Text("tax", "vat_id_check")) || k.Int("totals", "tax", "amount") != 0 {
			t.Fatalf("%s", k.Bytes)
		}
		one := (gross/2*100 + 60) / 120 // Austria's 20 % taken out of one mug, half up
		if net := k.Int("totals", "subtotal", "amount"); net != 2*one {
			t.Errorf("%d without tax, want %d of %d", net, 2*one, gross)
		}
		done := w.Call("POST", at+"/complete", map[string]any{"expected_total": k.At("totals", "total")}, "Idempotency-Key", "k")
		if done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		o := w.Call("GET", "/admin/v1/orders/"+done.Text("order", "id"), nil)
		if o.Int("totals", "tax", "amount") != 0 || o.Int("totals", "total", "amount") != k.Int("totals", "total", "amount") {
			t.Errorf("%s", o.Bytes)
		}
		w.Until("the office has answered, and its answer is with the order", func() bool {
			o = w.Call("GET", "/admin/v1/orders/"+done.Text("order", "id"), nil)
			return o.Text("tax_relief", "vat_id_check", "state") == "valid"
		})
		if o.Text("tax_relief", "reason") != "reverse_charge" || o.Text("tax_relief", "vat_id_check", "reference") != "FAKE-AT" ||
			o.Text("tax_relief", "company") != "Beispiel Ges.m.b.H." {
			t.Errorf("%s", o.Bytes)
		}
		var docs apptest.Answer
		w.Until("the invoice is issued", func() bool {
			docs = w.Call("GET", "/admin/v1/documents", nil)
			return docs.At("data", 0) != nil
		})
		xml := w.Call("GET", "/admin/v1/documents/"+docs.Text("data", 0, "id")+"?format=xml", nil)
		for _, part := range []string{"ATU10223006", "<cbc:ID>AE</cbc:ID>", "VATEX-EU-AE", "Beispiel Ges.m.b.H."} {
			if !bytes.Contains(xml.Bytes, []byte(part)) {
				t.Errorf("the invoice has no %s: %s", part, xml.Bytes)
			}
		}
		w.Whole()
	})
}

// A book and a mug share the tax of their delivery by what they cost, on the
// order and on the invoice.
func TestADeliveryIsTaxedAsTheGoodsInIt(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		for _, c := range []struct{ method, path, body string }{
			{"POST", "/tax/rates", `{"country":"DE","class":"books","name":"USt","percent":7,"from":"2020-01-01"}`},
			{"PUT", "/tax/settings/DE", `{"provider":"table","shipping_class":"shared"}`},
			{"POST", "/products", `{"title":"Book","slug":"book","tax_class":"books","kind":"service","variants":[{"sku":"BOOK","prices":[{"market":"DE","amount":2380,"currency":"EUR"}]}]}`},
		} {
			if a := w.Call(c.method, "/admin/v1"+c.path, c.body); a.Status/100 != 2 {
				t.Fatalf("%s: %d %s", c.path, a.Status, a.Bytes)
			}
		}
		checkout, _, total := ready(w, "sandbox:approve", line("BOOK", 1), line("MUG-RED", 1))
		done := complete(w, checkout, "k", total)
		if done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		id := done.Text("order", "id")
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			o, err := order.Find(t.Context(), tx, order.ID(id))
			if err != nil {
				return err
			}
			g := o.Groups[0] // 4.90: two thirds with the book's 7 %, one with the mug's 19 %
			if len(g.Taxes) != 2 || g.Taxes[0].PPM != 70_000 || g.Taxes[0].Amount.Minor != 21 || g.Taxes[1].Amount.Minor != 26 || g.Tax.Minor != 47 ||
				g.Taxes[0].Base.Minor+g.Taxes[1].Base.Minor+47 != 4_90 {
				t.Errorf("%+v", g)
			}
			return nil
		})
		w.Until("the invoice bears both rates of the delivery", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM document_documents`) == 1
		})
		docs := w.Call("GET", "/admin/v1/documents", nil)
		if docs.Int("data", 0, "tax", "amount") != done.Int("order", "totals", "tax", "amount") && docs.Int("data", 0, "tax", "amount") != 156+190+47 {
			t.Errorf("the invoice: %s", docs.Bytes)
		}
		w.Whole()
	})
}
