package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/fulfilment/pickup"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
	"korzo/value/calendar"
)

// ask calls the store API about an order as its buyer's own program.
func (p placed) ask(method, path string, body any) apptest.Answer {
	p.T.Helper()
	return p.Call(method, "/store/v1/orders/"+p.id+path, body, "Order-Token", p.token)
}

// A buyer's own program looks at a change of address, makes it once it was
// looked at, and cancels, until somebody has begun; a stranger's finds nothing.
func TestAProgramChangesAndCancelsAnOrderAsItsPageDoes(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := order3(w)
		slower(w)
		to := map[string]any{"name": "Ada Lovelace", "line1": "Alsterufer 1", "postal_code": "20095", "city": "Hamburg"}
		city := func() string { return w.Call("GET", p.admin, nil).Text("shipping_address", "city") }
		for _, path := range []string{"/address", "/cancel"} {
			if a := w.Call("POST", "/store/v1/orders/"+p.id+path, to); a.Status != 404 {
				t.Errorf("%s by who has no token: %d %s", path, a.Status, a.Bytes)
			}
		}
		to["preview"] = true
		looked := p.ask("POST", "/address", to)
		day := looked.Text("promises", 0, "to")
		if before, _ := p.promised(); looked.Text("status") != "preview" || day <= before || looked.Text("to_pay", "currency") != "EUR" || city() != "Berlin" {
			t.Fatalf("%d %s, after %q", looked.Status, looked.Bytes, before)
		}
		delete(to, "preview")
		if a := p.ask("POST", "/address", to); a.Text("status") != "preview" || city() != "Berlin" {
			t.Errorf("what was not looked at was made: %s", a.Bytes)
		}
		to["seen"] = looked.Text("seen")
		for range 2 {
			if a := p.ask("POST", "/address", to); a.Text("status") != "done" || city() != "Hamburg" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if group, prepared := p.promised(); group != day || prepared != day {
			t.Errorf("promised for %q, prepared for %q, want %q", group, prepared, day)
		}
		to["postal_code"] = "1"
		if a := p.ask("POST", "/address", to); a.Status != 422 || a.Text("code") != "storeapi.address" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}

		q := order3(w)
		for range 2 {
			if a := q.ask("POST", "/cancel", nil); a.Status != 200 || a.Text("status") != "canceled" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Until("its money is back", func() bool {
			o := w.Call("GET", q.admin, nil)
			return o.Int("payments", 0, "refunded", "amount") == o.Int("total", "amount")
		})
		if q.ask("GET", "/tracking", nil).At("changes", "open") != false {
			t.Error("a canceled order may be changed")
		}

		of := w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
		if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/pick", map[string]any{}, "Idempotency-Key", "p"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		to["postal_code"], to["city"] = "50667", "Köln"
		for _, path := range []string{"/address", "/cancel"} {
			if a := p.ask("POST", path, to); a.Status != 409 || city() != "Hamburg" {
				t.Errorf("%s after picking began: %d %s", path, a.Status, a.Bytes)
			}
		}
		w.Whole()
	})
}

// While a place is closed its buyers are told when somebody begins at the
// earliest; while it is open, by when that is planned: both are counted down.
func TestHowLongAnOrderMayBeChangedIsCountedDown(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error { // open at any time
			return pickup.SavePlace(t.Context(), tx, pickup.Place{Location: "loc_berlin", AcceptMinutes: 30, ExpireDays: 7,
				Hours: calendar.Hours{Days: calendar.Daily(calendar.EveryDay, 0, 0)}})
		})
		p := order3(w)
		changes := p.ask("GET", "/tracking", nil)
		by := changes.Text("changes", "planned_by")
		if changes.At("changes", "open") != true || changes.Text("changes", "begins_at") != "" || by == "" {
			t.Fatalf("%s", changes.Bytes)
		}
		standsOn(t, seenBy(w, p.id, p.token), map[string]int{`data-until="` + by + `"`: 1, "is planned by": 1})
		restsToday(w)
		from := p.ask("GET", "/tracking", nil).Text("changes", "begins_at")
		if from == "" {
			t.Fatal("nobody says when the place opens")
		}
		standsOn(t, seenBy(w, p.id, p.token), map[string]int{`data-until="` + from + `"`: 1, "at the earliest": 1, "is planned by": 0})
	})
}
