package journey_test

import (
	"testing"

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
