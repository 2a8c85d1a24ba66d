package journey_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A buyer who cancels before anybody has begun waits for nobody, however much it
// is, and is given back all of it, once.
func TestABuyerCancelsADearOrderWithoutWaitingForStaff(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		checkout, _, total := ready(w, "sandbox:approve", line("POSTER", 1), line("MUG-RED", 60))
		done := complete(w, checkout, "k", total)
		id, token := done.Text("order", "id"), done.Text("order", "token")
		order := "/admin/v1/orders/" + id
		paid := done.Int("order", "total", "amount")
		if paid <= 500_00 {
			t.Fatalf("%d is not over the limit", paid)
		}
		w.Until("the money is taken and the goods are to be gathered", func() bool {
			return w.Call("GET", order, nil).Int("payments", 0, "captured", "amount") == paid && w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).At("data", 0) != nil
		})
		if a := w.Call("POST", "/orders/"+id+"/cancel", nil, "Origin", w.Shop.URL); a.Status != 404 {
			t.Errorf("a stranger is answered %d", a.Status)
		}
		for range 2 {
			if a := w.Call("POST", "/orders/"+id+"/cancel", nil, "Origin", w.Shop.URL, "Cookie", "orders="+id+"."+token); a.Status >= 400 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Until("it is cancelled", func() bool { return w.Call("GET", order, nil).Text("status") == "canceled" })
		refundedIs(w, paid)
		w.Whole()
	})
}

// A buyer who cancels while somebody begins to pick is told so, or the picker is:
// never is an order picked and canceled both.
func TestNoOrderIsPickedAndCanceledBoth(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, shop *apptest.World) {
		w := contest{shop, time.Millisecond}
		const orders = 4
		type bought struct{ id, token, fulfilment string }
		all := make([]bought, orders)
		for i := range all {
			checkout, _, total := ready(w.World, "sandbox:approve", line("MUG-RED", 1))
			done := complete(w.World, checkout, fmt.Sprint("k", i), total)
			all[i] = bought{id: done.Text("order", "id"), token: done.Text("order", "token")}
			w.Until("its goods are to be gathered", func() bool {
				all[i].fulfilment = w.Call("GET", "/admin/v1/fulfilments?order="+all[i].id, nil).Text("data", 0, "id")
				return all[i].fulfilment != ""
			})
		}
		var picked, canceled [orders]atomic.Bool
		w.together(2*orders, func(i int) {
			b := all[i/2]
			if i%2 == 0 {
				a, err := w.Try("POST", "/admin/v1/fulfilments/"+b.fulfilment+"/pick", map[string]any{}, "Idempotency-Key", "p"+b.id)
				picked[i/2].Store(err == nil && a.Status < 300)
				return
			}
			a, err := w.Try("POST", "/orders/"+b.id+"/cancel", nil, "Origin", w.Shop.URL, "Cookie", "orders="+b.id+"."+b.token)
			canceled[i/2].Store(err == nil && a.Status < 400)
		})
		for i, b := range all {
			if picked[i].Load() == canceled[i].Load() {
				t.Errorf("picked: %v, canceled: %v", picked[i].Load(), canceled[i].Load())
			}
			want := map[bool]string{true: "canceled", false: "placed"}[canceled[i].Load()]
			if got := w.Call("GET", "/admin/v1/orders/"+b.id, nil).Text("status"); got != want {
				t.Errorf("the order is %s, want %s", got, want)
			}
		}
	})
}
