package journey_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/delivery/method"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/device"
	"korzo/value/money"
)

func huf(minor int64) map[string]any { return map[string]any{"amount": minor, "currency": "HUF"} }

// eachForint runs a test on a shop of each database that is paid at a counter and
// at the door in forints.
func eachForint(t *testing.T, test func(t *testing.T, w *apptest.World)) {
	t.Parallel()
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		terminal := httptest.NewServer(device.New(device.Config{Key: "pairing", Pace: 50 * time.Millisecond}).Handler())
		t.Cleanup(terminal.Close)
		w := apptest.OpenWith(t, d, bank.Config{}, "cash://budapest?currencies=HUF&ceiling=HUF:300000.00", "terminal://T1:pairing@"+terminal.Listener.Addr().String())
		dbtest.Write(t, d, func(tx *db.Tx) error {
			err := method.Save(t.Context(), tx, method.Method{ID: "hu_pickup", Market: "HU", Name: map[string]string{"en": "Pick up"}, Kind: method.Pickup,
				Rule: "flat", Settings: json.RawMessage(`{"amount":0}`), Location: "loc_berlin", CutOff: 12 * 60, Position: 9, Active: true})
			if err != nil {
				return err
			}
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Cash", Trigger: `market == "HU"`, Layout: flow.OnePage, Priority: 100, Payments: map[string][]string{"HU": {"cod", "in_store"}}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		if a := w.Call("PATCH", "/admin/v1/locations/loc_berlin", map[string]any{"till": true}); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		test(t, w)
	})
}

// forints buys posters at a price by a way to pay, and returns the order, what is
// to be done for it and what it costs.
func forints(w *apptest.World, key string, price int64, units int, option, way string) (id, of string, due int64) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		return pricing.Set(w.T.Context(), tx, "HU", w.Variant("POSTER"), money.Of(price, "HUF"))
	})
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "HU", "lines": []any{line("POSTER", units)}})
	at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
	w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_option": option,
		"shipping_address": map[string]any{"name": "Minta Ada", "line1": "Minta utca 1.", "city": "Budapest", "postal_code": "1051", "country": "HU", "phone": "+36 1 234 5678"}})
	ready := w.Call("PATCH", at, map[string]any{"payment": map[string]any{"method": way}})
	done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", key)
	if id = done.Text("order", "id"); id == "" {
		w.T.Fatalf("%s: %s", ready.Bytes, done.Bytes)
	}
	w.Until("it is to be given", func() bool {
		of = w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).Text("data", 0, "id")
		return of != ""
	})
	return id, of, ready.Int("totals", "total", "amount")
}

// readied has an order's goods wait at the counter.
func readied(w *apptest.World, id, of string, units int) {
	w.T.Helper()
	poster := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("lines", 0, "id")
	for _, do := range []string{"accept", "pick", "ready"} {
		if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/"+do, map[string]any{"lines": []any{map[string]any{"line": poster, "units": units}}}); a.Status != 200 {
			w.T.Fatalf("%s: %d %s", do, a.Status, a.Bytes)
		}
	}
}

// Forints come in coins of five: the drawer takes the next five, the customer has
// paid what they owe, and the difference has an account of its market.
func TestCashAtACounterIsRoundedToFiveForints(t *testing.T) {
	eachForint(t, func(t *testing.T, w *apptest.World) {
		var drawer, rounded int64
		for _, c := range []struct{ price, cash int64 }{{4_990_00, 4_990_00}, {4_991_00, 4_990_00}, {4_992_00, 4_990_00}, {4_993_00, 4_995_00}, {4_997_00, 4_995_00}, {4_998_00, 5_000_00}} {
			id, of, due := forints(w, fmt.Sprint(c.price), c.price, 1, "hu_pickup", "in_store")
			readied(w, id, of, 1)
			if o := w.Call("GET", "/admin/v1/fulfilments/"+of, nil); due != c.price || o.Int("owed", "amount", "amount") != c.price || o.Int("owed", "cash", "amount") != c.cash {
				t.Fatalf("%d costs %d: %s", c.price, due, o.Bytes)
			}
			if a := pays(w, of, "little"+of, map[string]any{"method": "cash", "given": huf(c.cash - 5_00)}); a.Status != 422 {
				t.Errorf("a coin too little: %d %s", a.Status, a.Bytes)
			}
			if a := pays(w, of, "cash"+of, map[string]any{"method": "cash", "given": huf(c.cash + 10_00)}); a.Status != 201 || a.Int("change", "amount") != 10_00 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
			if o := w.Call("GET", "/admin/v1/orders/"+id, nil); o.Int("payments", 0, "captured", "amount") != due {
				t.Errorf("captured: %s", o.Bytes)
			}
			drawer, rounded = drawer+c.cash, rounded+c.cash-due
			w.Until("the drawer is counted", func() bool {
				return stands(w, "clearing:cash") == drawer && stands(w, "cash_rounding:HU") == -rounded
			})
			if a := hands(w, of); a.Status != 200 {
				t.Errorf("%d %s", a.Status, a.Bytes)
			}
		}
		id, of, due := forints(w, "card", 4_993_00, 1, "hu_pickup", "in_store")
		readied(w, id, of, 1)
		if a := pays(w, of, "card", map[string]any{"method": "terminal", "instrument": "terminal:tap"}); a.Text("status") != "captured" || stands(w, "clearing:terminal") != due {
			t.Errorf("a card pays to the forint: %d %s", a.Status, a.Bytes)
		}
		balanced(w)
	})
}

// balanced checks that customers owe nothing and that the ledger comes to nothing.
func balanced(w *apptest.World) {
	w.T.Helper()
	w.Until("all is quiet", func() bool {
		return number(w.T, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
	})
	if owes, held, all := stands(w, "receivable:customers"), stands(w, "held:customers"), number(w.T, w.App.DB, `SELECT COALESCE(SUM(amount), 0) FROM ledger_entries`); owes != 0 || held != 0 || all != 0 {
		w.T.Errorf("customers owe %d, %d is held, the ledger comes to %d", owes, held, all)
	}
	if open := w.Call("GET", "/admin/v1/exceptions", nil); open.At("data", 0) != nil {
		w.T.Errorf("exceptions: %s", open.Bytes)
	}
	w.Whole()
}

// The carrier has no smaller coins either: what it is told to collect can be paid,
// its parcels come to the rounded sum, and its list settles the order.
func TestCashAtTheDoorIsRoundedToFiveForints(t *testing.T) {
	eachForint(t, func(t *testing.T, w *apptest.World) {
		var came, rounded int64
		for i, price := range []int64{4_991_00, 4_996_00} {
			id, of, due := forints(w, fmt.Sprint("k", i), price, 3, "hu_standard", "cod")
			poster := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("lines", 0, "id")
			w.Call("POST", "/admin/v1/fulfilments/"+of+"/accept", map[string]any{})
			list, sum := "remittance;reference;amount;fee;currency;date\n", int64(0)
			for n, units := range []int{1, 2} {
				packed := w.Call("POST", "/admin/v1/fulfilments/"+of+"/pack", map[string]any{"lines": []any{map[string]any{"line": poster, "units": units}}})
				collect := packed.Int("parcels", n, "collect", "amount")
				if collect <= 0 || collect%5_00 != 0 {
					t.Fatalf("parcel %d collects %d: %s", n, collect, packed.Bytes)
				}
				sum += collect
				list += fmt.Sprintf("R-%d;%s;%s;0;HUF;2030-01-0%d\n", i, w.Call("GET", "/admin/v1/orders/"+id, nil).Text("number"), money.Of(collect, "HUF").Decimal(), n+2)
			}
			if diff := sum - due; diff == 0 || diff < -2_00 || diff > 2_00 {
				t.Errorf("the parcels collect %d of %d", sum, due)
			}
			if a := w.Call("POST", "/admin/v1/settlements?format=remittance&source=cash&name=gls.csv", list, "Content-Type", "text/csv"); a.Status/100 != 2 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
			came, rounded = came+sum, rounded+sum-due
			w.Until("the list is booked", func() bool {
				return w.Call("GET", "/admin/v1/orders/"+id, nil).Int("payments", 0, "captured", "amount") == due && stands(w, "cash_rounding:HU") == -rounded
			})
		}
		if got := stands(w, "transit:cash") + stands(w, "clearing:cash"); got != came {
			t.Errorf("the carrier brought %d of %d", got, came)
		}
		balanced(w)
	})
}

// Each way to pay is switched by market: at the till as in the checkout.
func TestEachWayToPayAtACounterIsSwitchedByMarket(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		_, of, _ := reserved(w, "k")
		turn := func(market, way string, on bool) {
			t.Helper()
			if a := w.Call("PUT", "/admin/v1/payment-methods/"+way, map[string]any{"market": market, "enabled": on, "position": 5}); a.Status >= 300 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		ways := func() (all []string) {
			for _, way := range w.Call("GET", "/admin/v1/fulfilments/"+of, nil).At("owed", "ways").([]any) {
				all = append(all, way.(string))
			}
			slices.Sort(all)
			return all
		}
		turn("HU", "cash", false)
		if got := ways(); !slices.Equal(got, []string{"cash", "phone_code", "terminal"}) {
			t.Errorf("another market's switch: %v", got)
		}
		for _, c := range []struct {
			way  string
			body map[string]any
		}{{"cash", map[string]any{"method": "cash"}}, {"terminal", map[string]any{"method": "terminal", "instrument": "terminal:tap"}},
			{"phone_code", map[string]any{"method": "phone_code", "instrument": "281234567890123456"}}} {
			turn("DE", c.way, false)
			if got := ways(); len(got) != 2 || slices.Contains(got, c.way) {
				t.Errorf("without %s: %v", c.way, got)
			}
			if a := pays(w, of, "off"+c.way, c.body); a.Status != 422 || a.Text("code") != "payment.till" {
				t.Errorf("%s is taken though it is off: %d %s", c.way, a.Status, a.Bytes)
			}
			turn("DE", c.way, true)
		}
		turn("DE", "in_store", false)
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
		got := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "berlin_pickup"})
		if strings.Contains(string(mustJSON(got.At("payment_methods"))), "in_store") {
			t.Errorf("it is offered though it is off: %s", got.Bytes)
		}
		if a := pays(w, of, "still", map[string]any{"method": "cash"}); a.Status != 201 || a.Text("status") != "captured" {
			t.Errorf("what was promised before is paid still: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}
