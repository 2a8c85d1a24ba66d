package journey_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/delivery/method"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
	"korzo/value/calendar"
)

// counterIn has everybody collect in Berlin.
func counterIn(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		return method.Save(w.T.Context(), tx, method.Method{ID: "berlin_pickup", Market: "DE", Name: map[string]string{"en": "Pick up"}, Kind: method.Pickup,
			Rule: "flat", Settings: json.RawMessage(`{"amount":0}`), Location: "loc_berlin", CutOff: 12 * 60, Position: 9, Active: true})
	})
}

// reads is a page of the shop in English.
func reads(w *apptest.World, path string) string {
	w.T.Helper()
	r, err := http.NewRequestWithContext(w.T.Context(), "GET", w.Shop.URL+path, nil)
	if err != nil {
		w.T.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	got, err := w.Shop.Client().Do(r)
	if err != nil {
		w.T.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != 200 {
		w.T.Fatalf("%s: %d %v", path, got.StatusCode, err)
	}
	return string(body)
}

// A shop that is open on Saturdays from ten to two and not on Sundays says so to
// people, programs and machines.
func TestAShopWithAShortSaturdaySaysSoEverywhere(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		counterIn(w)
		place := map[string]any{"kind": "store", "accept_minutes": 60, "remind_days": []int{2}, "expire_days": 7, "hours": []any{
			map[string]any{"days": []string{"mon", "tue", "wed", "thu", "fri"}, "opens": "10:00", "closes": "19:00"},
			map[string]any{"days": []string{"sat"}, "opens": "10:00", "closes": "14:00"}}}
		if a := w.Call("PUT", "/admin/v1/places/loc_berlin", place); a.Status != 200 || a.Text("hours", 1, "closes") != "14:00" {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		place["hours"] = append(place["hours"].([]any), map[string]any{"days": []string{"sat"}, "opens": "15:00", "closes": "16:00"})
		if a := w.Call("PUT", "/admin/v1/places/loc_berlin", place); a.Status != 422 {
			t.Errorf("a Saturday that stands there twice: %d %s", a.Status, a.Bytes)
		}

		berlin, err := calendar.Zone("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		now := w.App.DB.Now()
		saturday := calendar.DateIn(now, berlin).AddDays(1)
		for saturday.Weekday() != time.Saturday || rests(saturday) {
			saturday = saturday.AddDays(1)
		}
		w.Pass(saturday.At(13*60+30, berlin).Sub(now))

		point := w.Call("GET", "/store/v1/pickup-points?market=DE", nil)
		want := []string{"10:00–14:00", "closed", "10:00–19:00"}
		for i, want := range want {
			got := point.Text("data", 0, "hours", i, "opens") + "–" + point.Text("data", 0, "hours", i, "closes")
			if point.At("data", 0, "hours", i, "closed") == true {
				got = "closed"
			}
			if got != want && !rests(saturday.AddDays(i)) {
				t.Errorf("day %d: %s, want %s", i, got, want)
			}
		}
		page := reads(w, "/stores")
		for _, says := range []string{"Open until 14:00", "Mon–Fri 10:00–19:00", "Sat 10:00–14:00",
			`"dayOfWeek":["https://schema.org/Saturday"],"opens":"10:00"`, `"openingHoursSpecification"`} {
			if !strings.Contains(page, says) {
				t.Errorf("the page does not say %q: %.4000s", says, page)
			}
		}
		w.Pass(time.Hour)
		if page := reads(w, "/stores"); !strings.Contains(page, "Closed now") {
			t.Errorf("at half past two it is not closed: %.4000s", page)
		}
	})
}

// rests reports whether a day is a public holiday.
func rests(d calendar.Date) bool {
	_, off := calendar.Holiday("DE", d)
	return off
}

// Who collects sees on the order's page how long it can be changed and canceled,
// counted down, as who is sent something does.
func TestAPickUpOrdersPageCountsDownUntilWhenItCanBeCanceled(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		counterIn(w)
		place := map[string]any{"kind": "store", "accept_minutes": 45, "remind_days": []int{2}, "expire_days": 7,
			"hours":      []any{map[string]any{"days": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "opens": "00:00", "closes": "00:00"}},
			"extra_days": []string{calendar.DateIn(w.App.DB.Now(), time.UTC).String()}}
		if a := w.Call("PUT", "/admin/v1/places/loc_berlin", place); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
		ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_option": "berlin_pickup", "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k")
		p := placed{World: w, id: done.Text("order", "id"), token: done.Text("order", "token")}
		by := ""
		w.Until("the counter has planned it", func() bool {
			by = p.ask("GET", "/tracking", nil).Text("changes", "planned_by")
			return by != ""
		})
		standsOn(t, seenBy(w, p.id, p.token), map[string]int{`data-until="` + by + `"`: 1, "is planned by": 1, `action="/orders/` + p.id + `/cancel"`: 1})
	})
}
