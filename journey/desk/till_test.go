package desk_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/delivery/method"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/device"
	"korzo/value/money"

	"github.com/chromedp/chromedp"
)

// counter is a shop that is paid where people collect, with an owner behind it.
func counter(t *testing.T) (*apptest.World, *desk) {
	t.Helper()
	terminal := httptest.NewServer(device.New(device.Config{Key: "pairing", Pace: 50 * time.Millisecond}).Handler())
	t.Cleanup(terminal.Close)
	w := apptest.OpenWith(t, dbtest.SQLite(t, app.Schemas()), bank.Config{}, "cash://berlin?currencies=EUR", "terminal://T1:pairing@"+terminal.Listener.Addr().String()+"?simulated")
	hash, err := auth.HashPassword(t.Context(), ownerPassword)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		if _, err := auth.CreateStaff(t.Context(), tx, auth.Staff{Name: "Ottilie", Email: "owner@example.com", Role: auth.RoleOwner}, hash); err != nil {
			return err
		}
		err := method.Save(t.Context(), tx, method.Method{ID: "berlin_pickup", Market: "DE", Name: map[string]string{"en": "Pick up"}, Kind: method.Pickup,
			Rule: "flat", Settings: json.RawMessage(`{"amount":0}`), Location: "loc_berlin", CutOff: 12 * 60, Position: 9, Active: true})
		if err != nil {
			return err
		}
		v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "With counters", Trigger: `market == "DE"`, Layout: flow.OnePage, Priority: 100,
			Payments: map[string][]string{"DE": {"card", "in_store"}}})
		if err != nil {
			return err
		}
		return flow.Publish(t.Context(), tx, v.Flow, v.Version)
	})
	return w, tab(browser(t, 5*time.Minute), t, w.URL())
}

// waiting buys a poster that is paid when it is collected, makes it ready, and
// returns the page of its hand-over and that of its order in the shop.
func waiting(w *apptest.World) (page, shop string) {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": "POSTER", "quantity": 1}}})
	at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
	w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_option": "berlin_pickup", "shipping_address": map[string]any{"name": "Ada Beispiel",
		"line1": "Musterstraße 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}})
	ready := w.Call("PATCH", at, map[string]any{"payment": map[string]any{"method": "in_store"}})
	done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", cart.Text("id"))
	id := done.Text("order", "id")
	if id == "" {
		w.T.Fatalf("%s: %s", ready.Bytes, done.Bytes)
	}
	of := ""
	w.Until("its counter knows", func() bool {
		of = w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).Text("data", 0, "id")
		return of != ""
	})
	line := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("lines", 0, "id")
	for _, do := range []string{"accept", "pick", "ready"} {
		if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/"+do, map[string]any{"lines": []any{map[string]any{"line": line, "units": 1}}}); a.Status != 200 {
			w.T.Fatalf("%s: %d %s", do, a.Status, a.Bytes)
		}
	}
	return "/admin/fulfilments/" + of, "/orders/" + id + "?token=" + done.Text("order", "token")
}

// A place is told to take money; somebody comes with a note and gets change,
// somebody else with a card that is declined, then with one that is signed for.
func TestMoneyIsTakenWhereGoodsAreHandedOver(t *testing.T) {
	w, d := counter(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	d.see(360, "light")
	d.open("/admin/places/loc_berlin")
	d.do(chromedp.Click(chromedp.CSS(`[name=till]`)))
	d.look("place-till")
	d.press("Save")
	d.sees("The place is saved.")

	page, shop := waiting(w)
	d.open(shop)
	d.sees("To be paid at the counter")
	d.look("order-owed")
	d.open(page)
	d.sees("To be paid: ")
	d.look("till")
	d.set("given", "1")
	d.press("Take cash")
	d.sees("Say how much you were given")
	d.set("given", "100")
	d.press("Take cash")
	d.sees("Paid. Give back")
	d.look("till-change")
	d.set("reason", "a neighbour")
	d.press("Hand over")
	d.sees("Delivered")

	page, _ = waiting(w)
	d.open(page)
	d.do(chromedp.SetValue(chromedp.CSS(`[name=present]`), device.Refused))
	d.press("Take a card")
	d.sees("Not paid: the card was declined.")
	d.look("till-declined")
	d.do(chromedp.SetValue(chromedp.CSS(`[name=present]`), device.Signature))
	d.press("Take a card")
	d.sees("Compare the signatures")
	d.look("till-signature")
	d.press("They match")
	d.sees("Hand over")
	d.set("reason", "a neighbour")
	d.press("Hand over")
	d.sees("Delivered")
	for _, language := range []string{"de", "hu"} {
		page, _ := waiting(w)
		body, _ := fetch(t, w, signedIn(t, w, "owner@example.com"), page+"?lang="+language)
		if !strings.Contains(body, `value="take_cash"`) {
			t.Errorf("%s: no cash is taken: %.2000s", language, body)
		}
	}
	w.Whole()
}

// A code is scanned from a phone, whose owner is asked there; somebody else reads a
// pay link's code from the till's screen.
func TestACodeIsScannedAndALinkIsShownAtTheTill(t *testing.T) {
	w, d := counter(t)
	d.enter(signedIn(t, w, "owner@example.com"))
	if a := w.Call("PATCH", "/admin/v1/locations/loc_berlin", map[string]any{"till": true}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Bytes)
	}
	page, _ := waiting(w)
	d.open(page)
	d.set("scanned", "4242424242424242")
	d.press("Take the code")
	d.sees("This is no code for paying.")
	code, err := w.Bank.Show(t.Context(), money.Of(1_000_00, "EUR"), bank.AskPhone)
	if err != nil {
		t.Fatal(err)
	}
	d.open(page)
	d.do(chromedp.SendKeys(chromedp.CSS(`[name=scanned]`), code+"\r")) // as a scanner does
	d.sees("The customer is asked on their phone.")
	d.look("till-phone")
	if err := w.Bank.Say(t.Context(), code, true); err != nil {
		t.Fatal(err)
	}
	d.press("Look again")
	d.sees("Hand over")
	page, _ = waiting(w)
	d.open(page)
	d.press("Show a pay link")
	d.sees("The customer can read this code")
	d.look("till-link")
	d.press("Take the link back")
	d.sees("The link can no longer be paid.")
	w.Whole()
}
