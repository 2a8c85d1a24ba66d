package journey_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/delivery/carriage"
	"korzo/delivery/promise"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// slower has what goes from Germany to Germany take five to nine days from now on.
func slower(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		return promise.SaveLane(w.T.Context(), tx, promise.Lane{From: "DE", To: "DE", Method: "de_standard", Mode: promise.Fixed, P50: 5, P90: 9})
	})
}

// promised are the last days that an order's first group and what is prepared of
// it are promised for.
func (p placed) promised() (group, prepared string) {
	p.T.Helper()
	group = p.Call("GET", "/store/v1/orders/"+p.id, nil, "Order-Token", p.token).Text("delivery_groups", 0, "promise", "to")
	return group, p.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "promise", "to")
}

// An order that staff send elsewhere is promised anew: the day is shown before,
// kept with what it was computed from, told to the buyer, and scored.
func TestAnOrderThatGoesElsewhereIsPromisedAnew(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := order3(w)
		before, prepared := p.promised()
		if before == "" || before != prepared {
			t.Fatalf("promised for %q, prepared for %q", before, prepared)
		}
		slower(w)
		to := map[string]any{"name": "Ada", "line1": "Elsewhere 1", "postal_code": "20095", "city": "Hamburg", "country": "DE"}
		looked := p.edit("", map[string]any{"preview": true, "shipping_address": to})
		day := looked.Text("promises", 0, "to")
		if now, _ := p.promised(); looked.Status != 200 || day <= before || now != before {
			t.Fatalf("looked at it says %q, and the order %q, after %q: %s", day, now, before, looked.Bytes)
		}
		if a := p.edit("move", map[string]any{"shipping_address": to}); a.Text("status") != "done" {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if group, prepared := p.promised(); group != day || prepared != day {
			t.Errorf("the order says %q, what is prepared %q, want %q", group, prepared, day)
		}
		w.Until("the buyer is told", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'order.edited'`) == 1
		})
		p.arrives(w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id"))
		w.Until("the new day is scored", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM promise_scores WHERE order_id = $1 AND promised = $2`, p.id, day) == 1
		})
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM promise_scores WHERE promised = $1`, before); n != 0 {
			t.Error("the old day was scored too")
		}
		w.Whole()
	})
}

// arrives sends all of a fulfilment, and has its carrier say that it was delivered.
func (p placed) arrives(of string) {
	p.T.Helper()
	by := shipment.By{Actor: "stf_test", Reason: "test"}
	dbtest.Write(p.T, p.App.DB, func(tx *db.Tx) error {
		ctx := p.T.Context()
		parcel, err := shipment.Pack(ctx, tx, shipment.ID(of), nil, 900, by)
		return errors.Join(err, shipment.SetLabel(ctx, tx, parcel.ID, shipment.Label{Carrier: "manual", Number: "00340"}, by), shipment.Ship(ctx, tx, parcel.ID, by),
			shipment.Observe(ctx, tx, parcel.ID, []carriage.Event{{ID: "1", At: tx.Now, Status: carriage.StatusDelivered}}))
	})
}

// form posts a form of a buyer's page and returns the page that answers; a
// browser that is sent on stays where it is.
func (p placed) form(path string, fields url.Values) (status int, page string) {
	p.T.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(context.WithoutCancel(p.T.Context()), http.MethodPost, p.Shop.URL+"/orders/"+p.id+path, strings.NewReader(fields.Encode()))
	if err != nil {
		p.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.Shop.URL)
	r.Header.Set("Cookie", "orders="+p.id+"."+p.token)
	got, err := client.Do(r)
	if err != nil {
		p.T.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	var b strings.Builder
	if err := got.Write(&b); err != nil {
		p.T.Fatal(err)
	}
	return got.StatusCode, b.String()
}

var seenField = regexp.MustCompile(`name="seen" value="([^"]*)"`)

// A buyer who sends an order elsewhere sees the day on which it arrives there
// before anything is changed, and changes nothing once somebody has begun.
func TestABuyerSeesTheNewDayBeforeAnAddressIsChanged(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := order3(w)
		before, _ := p.promised()
		slower(w)
		fields := url.Values{"name": {"Ada Lovelace"}, "line1": {"Alsterufer 1"}, "line2": {""}, "postal_code": {"20095"}, "city": {"Hamburg"}}
		city := func() string { return w.Call("GET", p.admin, nil).Text("shipping_address", "city") }
		status, page := p.form("/address", fields)
		seen := seenField.FindStringSubmatch(page)
		if status != 200 || len(seen) < 2 || city() != "Berlin" {
			t.Fatalf("%d, in %s: %.2000s", status, city(), page)
		}
		fields.Set("seen", "something else")
		if status, _ := p.form("/address", fields); status != 200 || city() != "Berlin" {
			t.Errorf("what was not looked at was made: %d, in %s", status, city())
		}
		fields.Set("seen", seen[1])
		for range 2 {
			if status, page := p.form("/address", fields); status != 303 || city() != "Hamburg" {
				t.Fatalf("%d, in %s: %.2000s", status, city(), page)
			}
		}
		after, prepared := p.promised()
		if after <= before || after != prepared || !strings.HasSuffix(seen[1], after) {
			t.Errorf("promised for %q before, %q after, prepared for %q, looked at %q", before, after, prepared, seen[1])
		}
		if total := w.Call("GET", p.admin, nil).Int("payments", 0, "refunded", "amount"); total != 0 {
			t.Errorf("%d went back", total)
		}
		f := w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
		if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/pick", map[string]any{}, "Idempotency-Key", "p"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		fields.Set("city", "Köln")
		if status, _ := p.form("/address", fields); status != 409 || city() != "Hamburg" {
			t.Errorf("after picking began: %d, in %s", status, city())
		}
		w.Whole()
	})
}
