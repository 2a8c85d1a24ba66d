package journey_test

import (
	"net/http"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// variant is a SKU as the shop tells of it.
func variant(w *apptest.World, slug string) map[string]any {
	w.T.Helper()
	v, _ := w.Call("GET", "/store/v1/products/"+slug, nil).At("variants", 0).(map[string]any)
	return v
}

// A poster that is not out yet is sold ahead up to its limit, promised from the
// day it comes, and not once more.
func TestAPreorderIsSoldUpToItsLimitAndPromisedFromItsDay(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("POSTER", 0)
		if v := variant(w, "poster"); v["available"] != 0.0 || v["availability"].(map[string]any)["status"] != "out" {
			t.Errorf("none: %v", v)
		}
		day := time.Now().UTC().AddDate(0, 2, 0).Format(time.DateOnly)
		a := w.Call("PUT", "/admin/v1/stock/policies/POSTER", map[string]any{"mode": "preorder", "limit": 3, "expected": day})
		if a.Status != 200 || a.Text("location") != "loc_berlin" {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		v := variant(w, "poster")
		if said := v["availability"].(map[string]any); v["available"] != 3.0 || said["status"] != "preorder" || said["date"] != day {
			t.Errorf("a pre-order: %v", v)
		}
		checkout, _, total := ready(w, "sandbox:approve", line("POSTER", 3))
		options := w.Call("GET", "/store/v1/checkouts/"+checkout, nil)
		if from := options.Text("shipping_options", 0, "promise", "from"); from < day {
			t.Errorf("promised from %s though it comes on %s: %s", from, day, options.Bytes)
		}
		if done := complete(w, checkout, "k", total); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		if c.Text("problems", 0, "code") != "insufficient_stock" {
			t.Errorf("one beyond the limit: %s", c.Bytes)
		}
		if on, reserved := w.Levels("POSTER"); on != 0 || reserved != 3 {
			t.Errorf("%d on hand, %d reserved", on, reserved)
		}
		w.Whole()
	})
}

// What is kept back from the channel cannot be bought in it.
func TestSafetyStockIsNotSoldInItsChannel(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("POSTER", 5)
		w.Call("PUT", "/admin/v1/stock/safety", map[string]any{"channel": "web", "units": 3, "sku": "POSTER"})
		if v := variant(w, "poster"); v["available"] != 2.0 {
			t.Errorf("available %v, want 2", v["available"])
		}
		checkout, _, total := ready(w, "sandbox:approve", line("POSTER", 2))
		if done := complete(w, checkout, "k", total); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		if v := variant(w, "poster"); v["available"] != 0.0 {
			t.Errorf("available %v, want 0", v["available"])
		}
		if on, reserved := w.Levels("POSTER"); on-reserved != 3 {
			t.Errorf("%d are left", on-reserved)
		}
		w.Whole()
	})
}

func TestStockIsMovedAndCountedOverTheAPI(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("POSTER", 5)
		made := w.Call("POST", "/admin/v1/locations", map[string]any{"id": "loc_new", "name": "New", "country": "DE", "zone": "Europe/Berlin", "ships": true})
		if made.Status != 201 {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		trf := w.Call("POST", "/admin/v1/transfers", map[string]any{"from": "loc_berlin", "to": "loc_new", "lines": []any{map[string]any{"sku": "POSTER", "units": 4}}})
		path := "/admin/v1/transfers/" + trf.Text("id")
		if sent := w.Call("POST", path+"/send", nil); sent.Text("status") != "in_transit" {
			t.Fatalf("%s", sent.Bytes)
		}
		came := map[string]any{"lines": []any{map[string]any{"sku": "POSTER", "units": 3}}}
		if without := w.Call("POST", path+"/receive", came); without.Status/100 == 2 {
			t.Errorf("received without a key: %s", without.Bytes)
		}
		for range 2 {
			if got := w.Call("POST", path+"/receive", came, "Idempotency-Key", "r1"); got.Int("lines", 0, "in_transit") != 1 {
				t.Errorf("%s", got.Bytes)
			}
		}
		if shut := w.Call("DELETE", "/admin/v1/locations/loc_new", nil); shut.Status != http.StatusConflict {
			t.Errorf("closed in use: %d", shut.Status)
		}
		if got := w.Call("GET", "/admin/v1/stock?show=incoming", nil); got.Text("data", 0, "sku") != "POSTER" || got.Int("data", 0, "incoming") != 1 {
			t.Errorf("%s", got.Bytes)
		}
		w.Call("POST", path+"/close", map[string]any{"reason": "lost"})
		count := "/admin/v1/counts/" + w.Call("POST", "/admin/v1/counts", map[string]any{"location": "loc_new"}).Text("id")
		if sheet := w.Call("GET", count+"/sheet", nil); sheet.Text("data", 0, "sku") != "POSTER" || sheet.At("data", 0, "expected") != nil {
			t.Errorf("%s", sheet.Bytes)
		}
		if l := w.Call("POST", count+"/lines", map[string]any{"sku": "POSTER", "counted": 2}); l.Int("variance") != -1 {
			t.Errorf("%s", l.Bytes)
		}
		if p := w.Call("POST", count+"/post", map[string]any{"reason": "count"}); p.Int("differences") != 1 {
			t.Errorf("%s", p.Bytes)
		}
		bulk := map[string]any{"reason": "delivery", "adjustments": []any{
			map[string]any{"sku": "POSTER", "location": "loc_berlin", "delta": 2}, map[string]any{"sku": "MUG-RED", "location": "loc_new", "delta": 1}}}
		for range 2 {
			if got := w.Call("POST", "/admin/v1/stock", bulk, "Idempotency-Key", "b1"); got.Status != 201 || got.Int("data", 0, "on_hand") != 3 {
				t.Errorf("%d %s", got.Status, got.Bytes)
			}
		}
		if got := w.Call("GET", "/admin/v1/stock/movements?cause=missing", nil); got.Int("data", 0, "incoming") != -1 || got.Text("data", 0, "sku") != "POSTER" {
			t.Errorf("%s", got.Bytes)
		}
		w.Whole()
	})
}
