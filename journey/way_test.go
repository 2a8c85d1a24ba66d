package journey_test

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// seenBy reads an order's page as its buyer, in English.
func seenBy(w *apptest.World, id, token string) string {
	w.T.Helper()
	a := w.Call("GET", "/orders/"+id, nil, "Cookie", "orders="+id+"."+token, "Accept-Language", "en")
	if a.Status != 200 {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
	return string(a.Bytes)
}

// standsOn checks how often words stand on a page.
func standsOn(t *testing.T, page string, words map[string]int) {
	t.Helper()
	for word, want := range words {
		if n := strings.Count(page, word); n != want && (want != 1 || n == 0) {
			t.Errorf("%q stands %d times, want %d", word, n, want)
		}
	}
}

func TestAMixedOrderShowsBothPartsAndAnInvoiceOfBoth(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		at, ready := mixed(w, 1)
		placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k")
		id, token := placed.Text("order", "id"), placed.Text("order", "token")
		standsOn(t, seenBy(w, id, token), map[string]int{"Delivered to you": 1, "Collected by you": 1, "Musterstra": 1})
		list := "/store/v1/orders/" + id + "/documents"
		w.Until("the invoice is issued", func() bool { return w.Call("GET", list, nil, "Order-Token", token).At("data", 0) != nil })
		invoice := w.Call("GET", list+"/"+w.Call("GET", list, nil, "Order-Token", token).Text("data", 0, "id")+"?format=xml&token="+token, nil)
		if invoice.Status != 200 || bytes.Count(invoice.Bytes, []byte("<cac:InvoiceLine>")) < 2 || !bytes.Contains(invoice.Bytes, []byte("<cbc:Percent>20")) ||
			!bytes.Contains(invoice.Bytes, []byte("<cbc:Percent>19")) {
			t.Errorf("%d %s", invoice.Status, invoice.Bytes)
		}
		w.Whole()
	})
}

func TestWhatIsCollectedHasNoAddressToChange(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		at := "/store/v1/checkouts/" + checkout.Text("id")
		ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "wien_pickup",
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k")
		id, token := placed.Text("order", "id"), placed.Text("order", "token")
		w.Until("the counter knows", func() bool { return w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).At("data", 0) != nil })
		standsOn(t, seenBy(w, id, token), map[string]int{"Collected by you": 1, "Delivered to you": 0, `action="/orders/` + id + `/address"`: 0, "Musterstra": 0})
		form := url.Values{"name": {"Eve"}, "line1": {"Elsewhere 1"}, "postal_code": {"10115"}, "city": {"Berlin"}}
		if a := w.Call("POST", "/orders/"+id+"/address", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", w.Shop.URL, "Cookie", "orders="+id+"."+token); a.Status != 409 {
			t.Errorf("its address is changed: %d", a.Status)
		}
		w.Whole()
	})
}

func TestAQuantityIsLoweredBeforePickingAndItsMoneyGoesBack(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 3), line("POSTER", 1)}})
		checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		at := "/store/v1/checkouts/" + checkout.Text("id")
		ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k")
		id, token := placed.Text("order", "id"), placed.Text("order", "token")
		admin := "/admin/v1/orders/" + id
		w.Until("it is paid and to be gathered", func() bool {
			return w.Call("GET", admin, nil).Int("payments", 0, "captured", "amount") > 0 && w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).At("data", 0) != nil
		})
		mug := w.Call("GET", admin, nil).Text("lines", 0, "id")
		try := func(form url.Values) (apptest.Answer, error) {
			return w.Try("POST", "/orders/"+id+"/lines", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", w.Shop.URL,
				"Cookie", "orders="+id+"."+token, "Accept-Language", "en")
		}
		send := func(form url.Values) apptest.Answer {
			a, err := try(form)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		refunded := func() int64 { return w.Call("GET", admin, nil).Int("payments", 0, "refunded", "amount") }
		looked := send(url.Values{"keep." + mug: {"2"}})
		_, rest, found := strings.Cut(string(looked.Bytes), `name="back" value="`)
		back, _, _ := strings.Cut(rest, `"`)
		if looked.Status != 200 || !found || refunded() != 0 {
			t.Fatalf("looking gives %d, %q, and %d back", looked.Status, back, refunded())
		}
		if a := send(url.Values{"keep." + mug: {"0"}, "do": {"save"}, "back": {back}}); a.Status != 200 || refunded() != 0 {
			t.Errorf("another change than was looked at is made: %d", a.Status)
		}
		var all sync.WaitGroup // four taps at once take out one
		for range 4 {
			all.Go(func() {
				if a, err := try(url.Values{"keep." + mug: {"2"}, "do": {"save"}, "back": {back}}); err != nil || a.Status != 200 {
					t.Errorf("%v %d %s", err, a.Status, a.Bytes)
				}
			})
		}
		all.Wait()
		w.Until("the money is back", func() bool { return fmt.Sprint(refunded()) == back })
		if f := w.Call("GET", "/admin/v1/fulfilments?order="+id, nil); f.Int("data", 0, "lines", 0, "units") != 2 {
			t.Errorf("to be sent: %s", f.Bytes)
		}
		w.Whole()
	})
}
