package journey_test

import (
	"net/url"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// An associate packs what fits and rejects one thing of what is left; compares
// what carriers ask, books, sends, and has the sandbox carrier deliver it; another
// program picks both orders in one walk, and delivers by the API.
func TestSingleUnitsArePackedAndTheSandboxCarrierIsTold(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p, q := order3(w), order3(w)
		staff := newAssociate(w)
		of := func(p placed) string {
			return w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
		}
		wave := w.Call("POST", "/admin/v1/waves", map[string]any{"fulfilments": []any{of(p), of(q)}})
		at := "/admin/v1/waves/" + wave.Text("id")
		if wave.Int("units_left") != 6 || wave.Text("boxes", 1, "fulfilment") != of(q) {
			t.Fatalf("%d %s", wave.Status, wave.Bytes)
		}
		if a := w.Call("POST", at+"/take", map[string]any{"code": "mug-red", "units": 3}); a.Int("into", 0, "units") != 2 || a.Int("into", 1, "units") != 1 || a.Int("wave", "units_left") != 3 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", at+"/take", map[string]any{"code": "mug-red", "units": 2}); a.Status != 422 || w.Call("GET", at, nil).Int("units_left") != 3 {
			t.Errorf("more than is lacking: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", at+"/take", map[string]any{"variant": w.Variant("POSTER"), "units": 2}); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("GET", "/admin/v1/waves?location=loc_berlin", nil); a.Text("data", 0, "id") != wave.Text("id") {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}

		page := "/admin/fulfilments/" + of(p)
		if a := staff.page("POST", page, url.Values{"do": {"pack"}, "pack." + p.mug: {"0"}, "pack." + p.poster: {"0"}}); a.Status != 422 {
			t.Errorf("nothing at all is packed: %d", a.Status)
		}
		staff.page("POST", page, url.Values{"do": {"pack"}, "weight": {"900"}, "pack." + p.mug: {"1"}, "pack." + p.poster: {"1"}})
		staff.page("POST", page, url.Values{"do": {"reject"}, "why": {"no_capacity"}, "reject." + p.mug: {"1"}})
		f := w.Call("GET", "/admin/v1/fulfilments/"+of(p), nil)
		parcel := f.Text("parcels", 0, "id")
		if f.Text("status") != "packed" || f.Int("lines", 0, "units") != 1 {
			t.Fatalf("%s", f.Bytes)
		}
		rates := w.Call("GET", "/admin/v1/parcels/"+parcel+"/rates", nil)
		if rates.Text("data", 0, "carrier") != "sandbox" || rates.Int("data", 0, "cost", "amount") <= 0 {
			t.Errorf("%d %s", rates.Status, rates.Bytes)
		}
		standsOn(t, string(staff.page("GET", page+"?rates="+parcel, nil).Bytes), map[string]int{`id="rates"`: 1, rates.Text("data", 0, "name"): 1, "on the way": 1})
		if a := w.Call("POST", "/admin/v1/parcels/"+parcel+"/tell", map[string]any{"status": "delivered"}, "Idempotency-Key", "t"); a.Status != 409 || a.Text("code") != "shipment.no_puppet" {
			t.Errorf("a parcel without a number is told: %d %s", a.Status, a.Bytes)
		}
		staff.page("POST", page, url.Values{"do": {"book"}, "parcel": {parcel}, "carrier": {"sandbox/standard"}})
		sent := staff.page("POST", page, url.Values{"do": {"ship"}, "parcel": {parcel}})
		standsOn(t, string(sent.Bytes), map[string]int{`value="tell"`: 1})
		staff.page("POST", page, url.Values{"do": {"tell"}, "parcel": {parcel}, "status": {"out_for_delivery"}})
		if got := p.Call("GET", "/store/v1/orders/"+p.id+"/tracking", nil, "Order-Token", p.token).Text("parcels", 0, "history", 0, "status"); got != "out_for_delivery" {
			t.Errorf("its buyer reads %q", got)
		}
		if a := w.Call("POST", "/admin/v1/parcels/"+parcel+"/tell", map[string]any{"status": "delivered"}, "Idempotency-Key", "t2"); a.Text("parcels", 0, "status") != "delivered" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}
