package journey_test

import (
	"bytes"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

func TestAnOrderGetsItsInvoiceAndARefundItsCreditNote(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		_, order := bought(w, "sandbox:approve")
		id := w.Call("GET", order, nil).Text("id")
		token := w.App.Keeper.Token("order", id)
		documents := func() apptest.Answer { return w.Call("GET", "/store/v1/orders/"+id+"/documents?token="+token, nil) }
		w.Until("the invoice is issued", func() bool { return documents().Text("data", 0, "number") == "T-000001" })
		a := documents()
		if a.Text("data", 0, "kind") != "invoice" || a.Int("data", 0, "total", "amount") != 28_70 {
			t.Errorf("%s", a.Bytes)
		}
		file := "/store/v1/orders/" + id + "/documents/" + a.Text("data", 0, "id")
		pdf, xml := w.Call("GET", file+"?token="+token, nil), w.Call("GET", file+"?format=xml&token="+token, nil)
		if pdf.Status != 200 || !bytes.HasPrefix(pdf.Bytes, []byte("%PDF-")) || pdf.Header.Get("Content-Type") != "application/pdf" ||
			!strings.Contains(pdf.Header.Get("Content-Disposition"), "T-000001.pdf") {
			t.Errorf("%d %v", pdf.Status, pdf.Header)
		}
		if xml.Status != 200 || !bytes.Contains(xml.Bytes, []byte("<cbc:ID>T-000001</cbc:ID>")) {
			t.Errorf("%d %s", xml.Status, xml.Bytes)
		}
		for path, want := range map[string]int{file: 404, file + "?token=x": 404, file + "?format=doc&token=" + token: 422,
			"/store/v1/orders/" + id + "/documents/doc_none?token=" + token: 404} {
			if got := w.Call("GET", path, nil); got.Status != want {
				t.Errorf("%s: %d, want %d: %s", path, got.Status, want, got.Bytes)
			}
		}
		amend := func(key string, body map[string]any) {
			body["kind"], body["reason"] = "refund", "broken"
			if m := w.Call("POST", order+"/amendments", body, "Idempotency-Key", key); m.Text("status") != "done" {
				t.Fatalf("%d %s", m.Status, m.Bytes)
			}
		}
		line := w.Call("GET", order, nil).Text("lines", 0, "id")
		amend("a mug and its way", map[string]any{"lines": []any{map[string]any{"line": line, "units": 1}}, "shipping": eur(4_90)})
		w.Until("the credit note is issued", func() bool { return documents().Int("data", 1, "total", "amount") == 16_80 })
		note := w.Call("GET", "/store/v1/orders/"+id+"/documents/"+documents().Text("data", 1, "id")+"?format=xml&token="+token, nil)
		if n := bytes.Count(note.Bytes, []byte("<cac:CreditNoteLine>")); n != 1 || !bytes.Contains(note.Bytes, []byte("<cbc:LineExtensionAmount currencyID=\"EUR\">10.00</cbc:LineExtensionAmount>")) {
			t.Errorf("the credit note is not of the one mug: %s", note.Bytes)
		}
		amend("late", map[string]any{"goodwill": eur(2_00)})
		w.Until("goodwill is credited too", func() bool { return documents().Int("data", 2, "total", "amount") == 2_00 })
		if b := documents(); b.Text("data", 1, "number") != "T-C-000001" || b.Text("data", 1, "corrects") != a.Text("data", 0, "id") {
			t.Errorf("%s", b.Bytes)
		}
		if all := w.Call("GET", "/admin/v1/documents?kind=credit_note", nil); all.Text("data", 1, "order") != id || all.At("data", 2) != nil {
			t.Errorf("%s", all.Bytes)
		}
		w.Whole()
	})
}
