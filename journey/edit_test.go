package journey_test

import (
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/purchase/payment/bank"
)

// placed is an order of two red mugs and a poster that is paid and that nobody
// has begun to gather.
type placed struct {
	*apptest.World
	id, token, admin string
	mug, poster      string // its lines
}

func order3(w *apptest.World) placed {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 2), line("POSTER", 1)}})
	checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
	at := "/store/v1/checkouts/" + checkout.Text("id")
	ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
		"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
	done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k"+cart.Text("id"))
	p := placed{World: w, id: done.Text("order", "id"), token: done.Text("order", "token")}
	p.admin = "/admin/v1/orders/" + p.id
	w.Until("it is paid and to be gathered", func() bool {
		return w.Call("GET", p.admin, nil).Int("payments", 0, "captured", "amount") > 0 && w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).At("data", 0) != nil
	})
	o := w.Call("GET", p.admin, nil)
	p.mug, p.poster = o.Text("lines", 0, "id"), o.Text("lines", 1, "id")
	return p
}

func (p placed) edit(key string, body map[string]any) apptest.Answer {
	body["reason"] = "the buyer called"
	return p.Call("POST", p.admin+"/edits", body, "Idempotency-Key", key)
}

// toSend sums up the units of an order that are to be sent, by SKU.
func (p placed) toSend() map[string]int64 {
	all := map[string]int64{}
	list := p.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil)
	for i := 0; list.At("data", i) != nil; i++ {
		for j := 0; list.At("data", i, "lines", j) != nil; j++ {
			all[list.Text("data", i, "lines", j, "sku")] += list.Int("data", i, "lines", j, "units")
		}
	}
	return all
}

func (p placed) sends(want map[string]int64) {
	p.T.Helper()
	got := p.toSend()
	for sku, units := range want {
		if got[sku] != units {
			p.T.Errorf("%d of %s are to be sent, want %d", got[sku], sku, units)
		}
	}
}

// owedNothing checks that no customer owes us anything, nor we them.
func owedNothing(w *apptest.World) {
	w.T.Helper()
	w.Until("customers owe nothing and are owed nothing", func() bool {
		var owed int64
		dbtest.Read(w.T, w.App.DB, func(tx *db.Tx) (err error) {
			owed, err = ledger.Balance(w.T.Context(), tx, "receivable:customers", "EUR")
			return err
		})
		return owed == 0
	})
}

// What an edit adds waits until it is paid: then, and not before, it is in the
// order, and on an invoice of its own.
func TestWhatIsAddedToAnOrderIsPaidFirst(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := order3(w)
		total := w.Call("GET", p.admin, nil).Int("total", "amount")
		_, reserved := w.Levels("MUG-RED")
		looked := p.edit("", map[string]any{"preview": true, "lines": []any{map[string]any{"line": p.mug, "quantity": 3}}})
		if looked.Status != 200 || looked.Text("status") != "preview" || looked.Int("to_pay", "amount") <= 0 || looked.Text("added", 0, "sku") != "MUG-RED" {
			t.Fatalf("%d %s", looked.Status, looked.Bytes)
		}
		for range 2 {
			made := p.edit("more", map[string]any{"lines": []any{map[string]any{"line": p.mug, "quantity": 3}}})
			if made.Status != 200 || made.Text("status") != "awaiting" || made.Int("to_pay", "amount") != looked.Int("to_pay", "amount") {
				t.Fatalf("%d %s", made.Status, made.Bytes)
			}
		}
		if o := w.Call("GET", p.admin, nil); o.Int("total", "amount") != total || o.Text("status") != "on_hold" {
			t.Errorf("nothing has changed but that it waits: %s", o.Bytes)
		}
		if _, now := w.Levels("MUG-RED"); now != reserved+1 {
			t.Errorf("%d are reserved, want %d: what is to be paid is held", now, reserved+1)
		}
		p.sends(map[string]int64{"MUG-RED": 2})
		link := p.edit("more", map[string]any{"lines": []any{map[string]any{"line": p.mug, "quantity": 3}}}).Text("link")
		_, pay, _ := strings.Cut(link, "/pay/")
		if a := w.Call("POST", "/store/v1/pay-links/"+pay+"/pay", map[string]any{"method": "card", "instrument": "sandbox:approve"}); a.Status >= 300 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		w.Until("it is in the order", func() bool {
			o := w.Call("GET", p.admin, nil)
			return o.Text("status") == "placed" && o.Int("total", "amount") == total+looked.Int("to_pay", "amount")
		})
		p.sends(map[string]int64{"MUG-RED": 3, "POSTER": 1})
		list := "/store/v1/orders/" + p.id + "/documents"
		w.Until("what was added is invoiced by itself", func() bool {
			a := w.Call("GET", list, nil, "Order-Token", p.token)
			return a.At("data", 1) != nil && a.Int("data", 0, "total", "amount")+a.Int("data", 1, "total", "amount") == total+looked.Int("to_pay", "amount")
		})
		if a := w.Call("POST", p.admin+"/amendments", map[string]any{"kind": "cancel", "reason": "changed their mind"}, "Idempotency-Key", "c"); a.Status >= 300 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		refundedIs(w, total+looked.Int("to_pay", "amount"))
		w.Until("both invoices are taken back", func() bool { return w.Call("GET", list, nil, "Order-Token", p.token).At("data", 3) != nil })
		owedNothing(w)
		w.Whole()
	})
}

// A swap is settled by the difference: what is taken out pays for what is added.
func TestASwapGivesBackOnlyTheDifference(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := order3(w)
		swap := map[string]any{"lines": []any{map[string]any{"line": p.mug, "quantity": 0}}, "add": []any{map[string]any{"sku": "MUG-BLUE", "units": 1}}}
		swap["preview"] = true
		looked := p.edit("", swap)
		back := looked.Int("to_payment", "amount")
		if looked.Status != 200 || back <= 0 || looked.Int("total", "amount") != back+looked.Int("adds", "amount") {
			t.Fatalf("%d %s", looked.Status, looked.Bytes)
		}
		delete(swap, "preview")
		for range 2 {
			if a := p.edit("swap", swap); a.Status != 200 || a.Text("status") != "done" && a.Text("status") != "approved" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Until("the difference is back", func() bool { return w.Call("GET", p.admin, nil).Int("payments", 0, "refunded", "amount") == back })
		p.sends(map[string]int64{"MUG-RED": 0, "MUG-BLUE": 1, "POSTER": 1})
		w.Until("an invoice, a credit note and another invoice", func() bool {
			return w.Call("GET", "/store/v1/orders/"+p.id+"/documents", nil, "Order-Token", p.token).At("data", 2) != nil
		})
		owedNothing(w)
		total := w.Call("GET", p.admin, nil).Int("payments", 0, "captured", "amount")
		if a := w.Call("POST", p.admin+"/amendments", map[string]any{"kind": "cancel", "reason": "changed their mind"}, "Idempotency-Key", "c"); a.Status >= 300 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		refundedIs(w, total)
		owedNothing(w)
		w.Whole()
	})
}

func TestAnEditThatIsNotPaidIsDropped(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := order3(w)
		_, reserved := w.Levels("MUG-RED")
		body := map[string]any{"lines": []any{map[string]any{"line": p.mug, "quantity": 3}}}
		made := p.edit("more", body)
		if a := p.edit("other", body); a.Status != 409 {
			t.Errorf("two edits wait: %d", a.Status)
		}
		for range 2 {
			if a := w.Call("POST", "/admin/v1/amendments/"+made.Text("id")+"/drop", nil, "Idempotency-Key", "d"); a.Status != 200 || a.Text("status") != "declined" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if o := w.Call("GET", p.admin, nil); o.Text("status") != "placed" || o.At("lines", 2) != nil {
			t.Errorf("%s", o.Bytes)
		}
		if _, now := w.Levels("MUG-RED"); now != reserved {
			t.Errorf("%d are reserved, want %d", now, reserved)
		}
		p.sends(map[string]int64{"MUG-RED": 2})
		w.Whole()
	})
}

func TestAnOrderIsSentElsewhereAndItsDeliveryPricedAnew(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p := order3(w)
		to := map[string]any{"name": "Ada", "line1": "Elsewhere 1", "postal_code": "20095", "city": "Hamburg", "country": "DE"}
		if a := p.edit("move", map[string]any{"shipping_address": to}); a.Status != 200 || a.Text("status") != "done" {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if o := w.Call("GET", p.admin, nil); o.Text("shipping_address", "city") != "Hamburg" {
			t.Errorf("%s", o.Bytes)
		}
		to["country"], to["postal_code"], to["city"] = "AT", "1010", "Wien"
		if a := p.edit("abroad", map[string]any{"shipping_address": to}); a.Status != 409 {
			t.Errorf("where other tax is due it is placed anew: %d %s", a.Status, a.Bytes)
		}
		f := w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
		if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/pick", map[string]any{}, "Idempotency-Key", "p"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		to["country"], to["postal_code"], to["city"] = "DE", "50667", "Köln"
		if a := p.edit("late", map[string]any{"shipping_address": to}); a.Status != 409 || w.Call("GET", p.admin, nil).Text("shipping_address", "city") != "Hamburg" {
			t.Errorf("what is being picked is not changed: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}

// A card that its customer lets be charged while they are away pays an edit at
// once; one that they do not is not charged.
func TestAnEditIsPaidWithASavedCard(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada := newKeeper(w, "ada@example.com")
		kept := ada.ask("POST", "/customers/me/cards", map[string]any{"instrument": "sandbox:approve", "consent": true, "off_session": false})
		card := kept.Text("id")
		w.Until("the card is kept", func() bool { return len(ada.cards()) == 1 })
		done := ada.complete(ada.buy(map[string]any{"saved_card": card}))
		p := placed{World: w, id: done.Text("order", "id"), admin: "/admin/v1/orders/" + done.Text("order", "id")}
		w.Until("it is to be gathered", func() bool { return w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).At("data", 0) != nil })
		made := p.edit("more", map[string]any{"add": []any{map[string]any{"sku": "POSTER", "units": 1}}})
		if made.Text("status") != "awaiting" {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		charge := func() apptest.Answer {
			return w.Call("POST", "/admin/v1/amendments/"+made.Text("id")+"/charge", map[string]any{"card": card}, "Idempotency-Key", "c")
		}
		if a := charge(); a.Status != 403 || w.Call("GET", p.admin, nil).Text("status") != "on_hold" {
			t.Errorf("charged without consent: %d %s", a.Status, a.Bytes)
		}
		ada.ask("PATCH", "/customers/me/cards/"+card, map[string]any{"off_session": true})
		for range 2 {
			if a := charge(); a.Status != 200 || a.Text("status") != "done" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Until("it goes on", func() bool { return w.Call("GET", p.admin, nil).Text("status") == "placed" })
		p.sends(map[string]int64{"MUG-RED": 1, "POSTER": 1})
		w.Whole()
	})
}
