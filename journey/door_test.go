package journey_test

import (
	"bytes"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/delivery/carriage"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// atTheDoor is a shop in which three mugs were bought to be paid at the door, the
// order, its fulfilment and what it costs.
func atTheDoor(t *testing.T, d *db.DB) (w *apptest.World, id, of string, total int64) {
	t.Helper()
	w = apptest.OpenWith(t, d, bank.Config{}, "cash://counter?currencies=HUF&ceiling=HUF:300000.00")
	dbtest.Write(t, d, func(tx *db.Tx) error {
		v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "At the door", Trigger: `market == "HU"`, Layout: flow.OnePage, Priority: 100, Payments: map[string][]string{"HU": {"cod"}}})
		if err != nil {
			return err
		}
		return flow.Publish(t.Context(), tx, v.Flow, v.Version)
	})
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "HU", "lines": []any{line("MUG-RED", 3)}})
	at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
	ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_option": "hu_standard", "payment": map[string]any{"method": "cod"},
		"shipping_address": map[string]any{"name": "Minta Ada", "line1": "Minta utca 1.", "city": "Budapest", "postal_code": "1051", "country": "HU", "phone": "+36 1 234 5678"}})
	id = w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k").Text("order", "id")

	w.Until("it is to be sent", func() bool {
		of = w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).Text("data", 0, "id")
		return of != ""
	})
	return w, id, of, ready.Int("totals", "total", "amount")
}

// What is paid at the door is told to the carrier, parcel by parcel: together they
// collect what the order costs, and a booking that is repeated after a silence
// says the same sum.
func TestTheCarrierIsToldWhatToCollectAtTheDoor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		w, id, of, total := atTheDoor(t, d)
		mug, sum := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("lines", 0, "id"), int64(0)
		w.Call("POST", "/admin/v1/fulfilments/"+of+"/accept", map[string]any{})
		for i, units := range []int{1, 2} {
			packed := w.Call("POST", "/admin/v1/fulfilments/"+of+"/pack", map[string]any{"lines": []any{map[string]any{"line": mug, "units": units}}})
			parcel, collect := packed.Text("parcels", i, "id"), packed.Int("parcels", i, "collect", "amount")
			if sum += collect; parcel == "" || collect <= 0 || collect%100 != 0 {
				t.Fatalf("parcel %d collects %d: %d %s", i, collect, packed.Status, packed.Bytes)
			}
			if i == 0 { // the first answer is lost
				sandbox(w).Fail("book", carriage.Silence)
			}
			asked := w.Call("POST", "/admin/v1/parcels/"+parcel+"/label", map[string]any{"carrier": "sandbox"})
			if asked.Status != 200 {
				t.Fatalf("%d %s", asked.Status, asked.Bytes)
			}
			w.Pass(time.Minute) // a silent carrier is left alone for a while
			w.Until("its label is made", func() bool {
				return w.Call("GET", "/admin/v1/fulfilments/"+of, nil).Text("parcels", i, "label") == "made"
			})
			var p shipment.Parcel
			dbtest.Read(t, d, func(tx *db.Tx) (err error) {
				p, err = shipment.FindParcel(t.Context(), tx, shipment.ParcelID(parcel))
				return err
			})
			booked, err := sandbox(w).Find(t.Context(), p.Reference)
			if err != nil || booked.Collect != p.Collect || p.Collect.Minor != collect {
				t.Errorf("the carrier collects %v, the parcel says %v (%v)", booked.Collect, p.Collect, err)
			}
			if pdf := w.Call("GET", "/admin/v1/parcels/"+parcel+"/label", nil); !bytes.HasPrefix(pdf.Bytes, []byte("%PDF")) {
				t.Errorf("no label: %d", pdf.Status)
			}
		}
		if sum != total {
			t.Errorf("the parcels collect %d of %d", sum, total)
		}
		w.Whole()
	})
}

// What was handed over at the door and is not remitted is an exception after its
// days, which ends when the money is there. What was not delivered is awaited from
// nobody.
func TestWhatWasDeliveredAndIsNotRemittedIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		w, id, of, total := atTheDoor(t, d)
		absent := func() (open int64) {
			t.Helper()
			if err := w.App.Settle.Overdue(t.Context()); err != nil {
				t.Fatal(err)
			}
			return number(t, d, `SELECT COUNT(*) FROM exception_problems WHERE kind LIKE 'settlement%absent' AND resolved_at = 0`)
		}
		w.Call("POST", "/admin/v1/fulfilments/"+of+"/accept", map[string]any{})
		packed := w.Call("POST", "/admin/v1/fulfilments/"+of+"/pack", map[string]any{})
		parcel := "/admin/v1/parcels/" + packed.Text("parcels", 0, "id")
		w.Call("POST", parcel+"/label", map[string]any{"carrier": "sandbox"})
		if a := w.Call("POST", parcel+"/ship", nil); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		w.Pass(20 * 24 * time.Hour)
		if n := absent(); n != 0 {
			t.Errorf("%d are told of while the parcel is on its way", n)
		}
		if a := w.Call("POST", parcel+"/deliver", nil); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		w.Until("its money is awaited", func() bool { return number(t, d, `SELECT COUNT(*) FROM settlement_awaited`) == 1 })
		if n := absent(); n != 0 {
			t.Errorf("%d are told of on the day", n)
		}
		w.Pass(15 * 24 * time.Hour)
		if n := absent(); n != 1 {
			t.Fatalf("after fifteen days %d are told of", n)
		}
		pay := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "id")
		if a := w.Call("POST", "/admin/v1/payments/"+pay+"/captures", map[string]any{"amount": map[string]any{"amount": total, "currency": "HUF"}, "reason": "remitted"}, "Idempotency-Key", "k"); a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if n := absent(); n != 0 {
			t.Errorf("%d are told of once it is paid", n)
		}
		w.Whole()
	})
}
