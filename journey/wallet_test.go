package journey_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/payment/bank"
)

// returned is what a shopper comes back with from a wallet's page after an answer there.
func returned(t *testing.T, page, answer, person string) string {
	t.Helper()
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := stay.PostForm(page, url.Values{"answer": {answer}, "person": {person}})
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	back, err := w.Location()
	if err != nil || !strings.HasPrefix(back.String(), "https://shop.example/bag") {
		t.Fatalf("%d leads to %v: %v", w.StatusCode, back, err)
	}
	return back.RawQuery
}

// A shop on the store API lets a wallet tell who buys: begin, come back, choose
// the delivery, complete.
func TestAWalletTellsAHeadlessShopWhoBuys(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withWidgets(w, flow.Headless, flow.Widget{Kind: "wallet", Place: widget.PlaceTop})
		bag := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": "en", "lines": []any{line("MUG-RED", 1)}})
		begun := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": bag.Text("id")})
		at := "/store/v1/checkouts/" + begun.Text("id")
		if begun.At("payment_methods", 0, "express") != nil || begun.Text("payment_methods", 1, "id") != "paypal" || begun.At("payment_methods", 1, "express") != true {
			t.Fatalf("which wallets tell who buys is not said: %s", begun.Bytes)
		}
		opened := w.Call("POST", at+"/wallets/paypal", map[string]any{"return_url": "https://shop.example/bag"})
		page := opened.Text("next_action", "url")
		none := w.Call("POST", at+"/wallets/paypal/returned", map[string]any{"returned": returned(t, page, "no", "")})
		if none.Status != 200 || none.Text("messages", 0, "code") != "wallet_not_shared" || none.Text("email") != "" || none.Text("status") != "incomplete" {
			t.Errorf("it told nothing: %s", none.Bytes)
		}
		said := returned(t, page, "yes", "0")
		told := w.Call("POST", at+"/wallets/paypal/returned", map[string]any{"returned": said})
		if told.Text("email") != "ada@example.com" || told.Text("shipping_address", "line1") != "Torstraße 1" || told.Text("payment", "method") != "paypal" {
			t.Fatalf("%s", told.Bytes)
		}
		if again := w.Call("POST", at+"/wallets/paypal/returned", map[string]any{"returned": "?" + said}); again.Text("shipping_address", "line1") != "Torstraße 1" {
			t.Errorf("taken over twice: %s", again.Bytes)
		}
		chosen := w.Call("PATCH", at, map[string]any{"shipping_option": "de_standard"})
		if chosen.Text("status") != "ready_for_complete" {
			t.Fatalf("%s", chosen.Bytes)
		}
		placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": chosen.At("totals", "total")}, "Idempotency-Key", "k")
		if placed.Text("status") != "completed" {
			t.Fatalf("%s", placed.Bytes)
		}
		order := w.Call("GET", "/store/v1/orders/"+placed.Text("order", "id"), nil, "Order-Token", placed.Text("order", "token"))
		if order.Text("email") != "ada@example.com" {
			t.Errorf("%s", order.Bytes)
		}
		late := w.Call("POST", at+"/wallets/paypal", map[string]any{"return_url": "https://shop.example/bag"})
		if late.Status != http.StatusConflict {
			t.Errorf("a wallet for what is placed: %d %s", late.Status, late.Bytes)
		}
		w.Whole()
	})
}

func TestAWalletIsOpenedForItsCheckoutAlone(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withWidgets(w, flow.Headless, flow.Widget{Kind: "wallet", Place: widget.PlaceTop})
		begin := func() string {
			bag := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": "de", "lines": []any{line("MUG-RED", 1)}})
			return "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": bag.Text("id")}).Text("id")
		}
		hers, his := begin(), begin()
		said := returned(t, w.Call("POST", hers+"/wallets/paypal", map[string]any{"return_url": "https://shop.example/bag"}).Text("next_action", "url"), "yes", "0")
		if a := w.Call("POST", his+"/wallets/paypal/returned", map[string]any{"returned": said}); a.Text("email") != "" || !strings.Contains(a.Text("messages", 0, "content"), "Wallet") {
			t.Errorf("told to another: %s", a.Bytes)
		}
		for name, c := range map[string]struct {
			at   string
			body map[string]any
			code string
		}{
			"a way to pay that is no wallet": {"/wallets/card", map[string]any{"return_url": "https://shop.example/bag"}, "checkout.payment_method"},
			"a script to come back to":       {"/wallets/paypal", map[string]any{"return_url": "javascript:alert(1)"}, "storeapi.return_url"},
			"nowhere to come back to":        {"/wallets/paypal", map[string]any{"return_url": "/bag"}, "storeapi.return_url"},
			"an answer that is none":         {"/wallets/paypal/returned", map[string]any{"returned": "a=%zz"}, "storeapi.returned"},
		} {
			if a := w.Call("POST", his+c.at, c.body); a.Status != http.StatusUnprocessableEntity || a.Text("code") != c.code {
				t.Errorf("%s: %d %s", name, a.Status, a.Bytes)
			}
		}
	})
}

// What a wallet costs beside its own calls: one look at the checkout to open it,
// one look and one answer to take over what it told.
func TestAWalletCostsItsStatements(t *testing.T) {
	calm(t)
	eachAlone(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withWidgets(w, flow.Headless, flow.Widget{Kind: "wallet", Place: widget.PlaceTop})
		goods := products(w, 20)
		want := map[string]int{"open": 2, "returned": 7} // SQLite's: what a command before it read is remembered
		if w.App.DB.Postgres() {
			want = map[string]int{"open": 3, "returned": 9}
		}
		for _, lines := range []int{1, 2, 20} { // the first reads what is read once
			c := &counter{World: w, counts: map[string]int{}, seen: map[string]bool{}}
			var all []any
			for _, sku := range goods[:lines] {
				all = append(all, line(sku, 1))
			}
			bag := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": all})
			at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": bag.Text("id")}).Text("id")
			previous := w.App.DB.OnStatement(c.statement)
			page := c.do("open", "POST", at+"/wallets/paypal", map[string]any{"return_url": "https://shop.example/bag"})
			c.do("returned", "POST", at+"/wallets/paypal/returned", map[string]any{"returned": returned(t, page.Text("next_action", "url"), "yes", "0")})
			w.App.DB.OnStatement(previous)
			if lines > 1 && !maps.Equal(c.counts, want) {
				t.Errorf("with %d lines: %v, want %v", lines, c.counts, want)
			}
		}
	})
}
