package journey_test

import "testing"

// A buyer's program takes units out of an order until somebody begins to gather
// it: what goes back is shown first, it goes back once however often and by how
// many at once that is asked, and afterwards nothing is taken out any more.
func TestABuyersProgramTakesUnitsOutOnceUntilSomebodyBegins(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		p := order3(w.World)
		at := "/store/v1/orders/" + p.id + "/lines"
		ask := func(line string, stay int, more ...string) map[string]any {
			body := map[string]any{"lines": []any{map[string]any{"id": line, "quantity": stay}}}
			if len(more) > 0 {
				body["seen"] = more[0]
			}
			return body
		}
		looked := w.Call("POST", at, ask(p.mug, 1), "Order-Token", p.token)
		back := looked.Int("back", "amount")
		refunded := func() int64 { return w.Call("GET", p.admin, nil).Int("payments", 0, "refunded", "amount") }
		if looked.Status != 200 || looked.Text("status") != "preview" || back <= 0 || refunded() != 0 {
			t.Fatalf("%d %s", looked.Status, looked.Bytes)
		}
		for name, body := range map[string]any{"more than there is": ask(p.mug, 3), "a line of nobody": ask("oli_none", 0)} {
			if a := w.Call("POST", at, body, "Order-Token", p.token); a.Status != 422 {
				t.Errorf("%s: %d %s", name, a.Status, a.Bytes)
			}
		}
		if a := w.Call("POST", at, ask(p.mug, 1, looked.Text("seen"))); a.Status != 404 {
			t.Errorf("without the order's token: %d %s", a.Status, a.Bytes)
		}
		w.together(4, func(int) {
			a, err := w.Try("POST", at, ask(p.mug, 1, looked.Text("seen")), "Order-Token", p.token)
			if err != nil || a.Status != 200 || a.Text("status") != "done" {
				t.Errorf("%v %d %s", err, a.Status, a.Bytes)
			}
		})
		w.Until("its money is back", func() bool { return refunded() == back })
		f := w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
		if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/pick", map[string]any{}, "Idempotency-Key", "p"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", at, ask(p.mug, 0), "Order-Token", p.token); a.Status != 409 || a.Text("code") != "shipment.begun" {
			t.Errorf("after somebody began: %d %s", a.Status, a.Bytes)
		}
		refundedIs(w.World, back)
		w.Whole()
	})
}
