package desk_test

import (
	"bytes"
	"errors"
	"image/color"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/purchase/dispute"
	"korzo/purchase/payment"
)

// furnish does in a demo what a first week brings: somebody buys and pays, is
// sent a mail, a receiver is told, a card is given, an experiment is thought of, something goes wrong,
// a bank takes a payment back and sends a statement, a table is tried, somebody plans a change of many products and goes to pick. It returns the
// addresses of what no list of the first page leads to.
func furnish(t *testing.T, w *apptest.World, token string) (at []string) {
	t.Helper()
	for path, body := range map[string]any{
		"/admin/v1/webhooks":    map[string]any{"url": w.Shop.URL + "/nobody", "kinds": []string{"order.placed"}},
		"/admin/v1/gift-cards":  map[string]any{"market": "DE", "amount": map[string]any{"amount": 2500, "currency": "EUR"}, "reason": "thanks"},
		"/admin/v1/pay-links":   map[string]any{"market": "DE", "amount": map[string]any{"amount": 1000, "currency": "EUR"}, "text": "A repair"},
		"/admin/v1/experiments": strings.NewReader(experiment),
	} {
		if r, ok := body.(*strings.Reader); ok {
			text := new(strings.Builder)
			_, _ = r.WriteTo(text) // never fails
			body = text.String()
		}
		if a := w.Call("POST", path, body, "Idempotency-Key", path); a.Status/100 != 2 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Bytes)
		}
	}
	if a := w.Call("PUT", "/admin/v1/features/hero-text", map[string]any{"note": "What the front page says first", "default": "Hello"}); a.Status/100 != 2 {
		t.Fatalf("a feature: %d %s", a.Status, a.Bytes)
	}
	for _, b := range []map[string]any{{"name": "Spring", "place": "home", "link": "/", "texts": map[string]any{"en": map[string]any{"title": "Spring is here", "act": "Look"}}},
		{"name": "Spring, shorter", "texts": map[string]any{"en": map[string]any{"title": "Spring"}}}} {
		if a := w.Call("POST", "/admin/v1/banners", b); a.Status/100 != 2 {
			t.Fatalf("a banner: %d %s", a.Status, a.Bytes)
		}
	}
	shot, err := os.ReadFile(picture(t, "sand.png", color.RGBA{214, 190, 150, 255}))
	if err != nil {
		t.Fatal(err)
	}
	if a := w.Call("POST", "/admin/v1/media", string(shot), "Content-Type", "image/png"); a.Status != http.StatusOK {
		t.Fatalf("a picture: %d %s", a.Status, a.Bytes)
	}
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		if err := exception.Raise(t.Context(), tx, exception.Problem{Kind: "stock.oversold", Ref: "PLN-NER-GRA-14", Text: "One too many was sold: ask the buyer to wait."}); err != nil {
			return err
		}
		_, err := auth.SaveRole(t.Context(), tx, auth.Role{Name: "Packing", Actions: []string{"orders.read", "stock.read"}})
		return err
	})
	order := buy(w, "PLN-NER-GRA-14", 2)
	w.Until("the order is paid, invoiced, told and to be picked", func() bool {
		body, _ := fetch(t, w, token, "/admin/orders/"+order)
		told, _ := fetch(t, w, token, "/admin/mails")
		return strings.Contains(body, "/admin/payments/") && strings.Contains(body, "/admin/fulfilments/") && strings.Contains(told, `href="/admin/mails/`)
	})
	disputed(t, w)
	files(t, w)
	toPick := w.Call("GET", "/admin/v1/fulfilments?order="+order, nil)
	return []string{
		send(t, w, token, "/admin/settlements", "Buchung;Vorgang;Betrag;Tag\n1;Kauf;9,90;02.01.2030\n", url.Values{"source": {"sandbox"}, "format": {"generic"}}),
		post(t, w, token, "/admin/lists/products/change", url.Values{"query": {""}, "all": {"1"}, "verb": {"products.tag"}}),
		post(t, w, token, "/admin/waves", url.Values{"location": {toPick.Text("data", 0, "location")}, "of": {toPick.Text("data", 0, "id")}}),
		"/admin/codes?promotion=" + w.Call("GET", "/admin/v1/promotions", nil).Text("data", 0, "id"),
	}
}

// disputed has a buyer's bank take a payment back.
func disputed(t *testing.T, w *apptest.World) {
	t.Helper()
	at := "/admin/v1/orders/" + buy(w, "PLN-NER-GRA-14", 1)
	w.Until("it is paid", func() bool { return w.Call("GET", at, nil).Int("payments", 0, "captured", "amount") > 0 })
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		paid, attempts, err := payment.Find(t.Context(), tx, payment.ID(w.Call("GET", at, nil).Text("payments", 0, "id")))
		if err != nil {
			return err
		}
		return dispute.Hear(t.Context(), tx, "sandbox", payment.Disputed{ID: "dp_1", Reference: string(attempts[0].ID), State: "open", Reason: "fraudulent", Amount: paid.Amount, DueAt: tx.Now.Add(72 * time.Hour)})
	})
}

// files has a statement read and an import tried.
func files(t *testing.T, w *apptest.World) {
	t.Helper()
	if a := w.Call("POST", "/admin/v1/settlements?source=sandbox&format=generic&name=report.csv", "id,kind,reference,amount,fee,currency,at\n1,charge,att_strange,9.90,0.30,EUR,2030-01-02\n", "Content-Type", "text/csv"); a.Status/100 != 2 {
		t.Fatalf("a statement: %d %s", a.Status, a.Bytes)
	}
	table := "Buchung;Vorgang;Betrag;Gebühr;Tag\n1;Kauf;9,90;0,30;02.01.2030\n"
	tried := w.Call("POST", "/admin/v1/settlements/preview?source=sandbox&format=generic&mapping="+url.QueryEscape(`{"id":"Buchung","amount":"Betrag","at":"Tag","in":"EUR","comma":true}`), table, "Content-Type", "text/csv")
	if tried.Int("rows") != 1 || tried.Text("verdicts", 0, "verdict") != "unknown" {
		t.Fatalf("a preview: %d %s", tried.Status, tried.Bytes)
	}
	if wrong := w.Call("POST", "/admin/v1/settlements/preview?source=sandbox&format=generic&mapping="+url.QueryEscape(`{"id":"Buchung","amount":"Vorgang","at":"Tag","in":"EUR"}`), table, "Content-Type", "text/csv"); wrong.Text("problem", "field") != "amount" {
		t.Fatalf("a wrong mapping: %d %s", wrong.Status, wrong.Bytes)
	}
	sent := w.Call("POST", "/admin/v1/imports/files?format=csv", "sku,on_hand\nPLN-NER-GRA-14,4\nNOBODYS,1\n")
	run := w.Call("POST", "/admin/v1/imports", map[string]any{"file": sent.Text("file"), "dry_run": true, "mapping": map[string]any{"kind": "stock", "source": "table",
		"columns": []map[string]any{{"to": "sku", "from": "sku"}, {"to": "on_hand", "from": "on_hand"}}}})
	if run.Status != http.StatusCreated {
		t.Fatalf("an import: %d %s %s", run.Status, run.Bytes, sent.Bytes)
	}
	w.Until("the import is tried", func() bool { return w.Call("GET", "/admin/v1/imports/"+run.Text("id"), nil).Text("state") != "running" })
}

const experiment = `{"key":"k","name":"Larger pictures","kind":"test","point":{"kind":"feature","key":"f"},"coverage":1000000,"arms":[{"key":"a","weight":500000,"value":null},{"key":"b","weight":500000,"value":1}]}`

// buy is a purchase that is approved, and returns the order.
func buy(w *apptest.World, sku string, quantity int) string {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": sku, "quantity": quantity}}}).Text("id")
	checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart}).Text("id")
	at := "/store/v1/checkouts/" + checkout
	ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_option": "de_standard",
		"shipping_address": map[string]any{"name": "Ada Beispiel", "line1": "Musterweg 1", "postal_code": "10115", "city": "Berlin", "country": "DE"},
		"payment":          map[string]any{"method": "card", "instrument": "sandbox:approve"}})
	done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", cart)
	if done.Text("order", "id") == "" {
		w.T.Fatalf("%s\n%s", ready.Bytes, done.Bytes)
	}
	return done.Text("order", "id")
}

// post sends a form of the admin and returns where it leads.
func post(t *testing.T, w *apptest.World, token, path string, form url.Values) (at string) {
	t.Helper()
	return led(t, w, token, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// send posts a form with a file.
func send(t *testing.T, w *apptest.World, token, path, file string, form url.Values) (at string) {
	t.Helper()
	var body bytes.Buffer
	to := multipart.NewWriter(&body)
	for name := range form {
		if err := to.WriteField(name, form.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	part, err := to.CreateFormFile("file", "report.csv")
	if err == nil {
		_, err = io.WriteString(part, file)
	}
	if err = errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	return led(t, w, token, path, to.FormDataContentType(), &body)
}

// led is where an answer leads.
func led(t *testing.T, w *apptest.World, token, path, kind string, body io.Reader) (at string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Shop.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", w.Shop.URL)
	r.AddCookie(&http.Cookie{Name: "admin", Value: token})
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
	if got.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %d", path, got.StatusCode)
	}
	return got.Header.Get("Location")
}
