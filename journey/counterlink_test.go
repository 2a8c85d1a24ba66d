package journey_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app/apptest"
)

// asks makes a link at the counter for what is to be paid there.
func asks(w *apptest.World, of string) apptest.Answer {
	w.T.Helper()
	if a := w.Call("PUT", "/admin/v1/payment-methods/card", map[string]any{"market": "DE", "enabled": true, "position": 1}); a.Status >= 300 {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
	a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/pay-link", map[string]any{})
	if a.Status >= 300 || !strings.Contains(a.Text("url"), "/pay/") {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
	return a
}

func TestWhatIsCollectedIsPaidByALinkFromTheTillsScreen(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, due := reserved(w, "k")
		link := asks(w, of)
		if link.Int("amount", "amount") != due || asks(w, of).Text("id") != link.Text("id") {
			t.Fatalf("%s", link.Bytes)
		}
		if a := payLink(w, link, "sandbox:decline"); a.Text("status") != "open" {
			t.Errorf("declined: %d %s", a.Status, a.Bytes)
		}
		if a := payLink(w, link, "sandbox:challenge"); a.Text("status") != "paying" {
			t.Fatalf("asked for proof: %d %s", a.Status, a.Bytes)
		}
		for key, body := range map[string]map[string]any{"cash": {"method": "cash"}, "card": {"method": "terminal", "instrument": "terminal:tap"}} {
			if a := pays(w, of, key, body); a.Status != 409 || a.Text("code") != "payment.busy" {
				t.Errorf("%s while somebody pays the link: %d %s", key, a.Status, a.Bytes)
			}
		}
		if a := hands(w, of); a.Status != 409 || a.Text("code") != "shipment.unpaid" {
			t.Fatalf("handed over unpaid: %d %s", a.Status, a.Bytes)
		}
		w.Until("the till sees that it is paid", func() bool {
			a := w.Call("GET", "/admin/v1/fulfilments/"+of, nil)
			return a.At("owed") == nil
		})
		if a := pays(w, of, "late", map[string]any{"method": "cash"}); a.Status != 409 {
			t.Errorf("paid again: %d %s", a.Status, a.Bytes)
		}
		if a := payLink(w, link, "sandbox:approve"); a.Text("code") != "paylink.ended" {
			t.Errorf("the link is paid again: %d %s", a.Status, a.Bytes)
		}
		if page := seenBy(w, p.id, p.token); strings.Contains(page, "To be paid at the counter") {
			t.Errorf("the order's page still asks for money: %.3000s", page)
		}
		if a := hands(w, of); a.Status != 200 || a.Text("status") != "delivered" {
			t.Errorf("paid, and not handed over: %d %s", a.Status, a.Bytes)
		}
		if has, owes, held := stands(w, "clearing:sandbox"), stands(w, "receivable:customers"), stands(w, "held:customers"); has != due || owes != 0 || held != 0 {
			t.Errorf("the bank has %d of %d, customers owe %d, %d is held", has, due, owes, held)
		}
		w.Whole()
	})
}

func TestALinkEndsOnceTheMoneyWasTakenAtTheCounter(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, due := reserved(w, "k")
		link := asks(w, of)
		if a := pays(w, of, "pin", map[string]any{"method": "terminal", "instrument": "terminal:signature"}); a.Text("status") != "action_required" {
			t.Fatalf("at the terminal: %d %s", a.Status, a.Bytes)
		}
		if a := payLink(w, link, "sandbox:approve"); a.Text("code") != "paylink.paying" {
			t.Errorf("while a customer stands at the terminal: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/payments/accept", nil); a.Text("status") != "captured" {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if a := payLink(w, link, "sandbox:approve"); a.Status != 409 {
			t.Errorf("after the counter: %d %s", a.Status, a.Bytes)
		}
		w.Until("the link has ended", func() bool {
			return w.Call("GET", "/admin/v1/pay-links/"+link.Text("id"), nil).Text("status") == "canceled"
		})
		if got := charged(w); got != 0 {
			t.Errorf("the bank took %d", got)
		}
		collectedAndPaid(w, p, of, "terminal", due)
	})
}

// The customer pays the link on their phone, twice, while two associates take cash
// and a card: the money is taken once, however they meet.
func TestALinkAndTheCounterTakeTheMoneyOnce(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		all := func() int64 {
			return stands(w, "clearing:cash") + stands(w, "clearing:terminal") + stands(w, "clearing:sandbox")
		}
		for round, pause := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond} {
			_, of, due := reserved(w, fmt.Sprint("k", round))
			link, before := asks(w, of), all()
			var taken atomic.Int64
			contest{w, pause}.together(6, func(i int) {
				if i%2 == 0 {
					a, err := w.Try("POST", "/store/v1/pay-links/"+tokenOf(w, link)+"/pay", map[string]any{"method": "card", "instrument": "sandbox:approve"})
					if err != nil {
						t.Error(err)
					} else if a.Status == 200 && a.Text("status") == "paid" {
						taken.Add(1)
					} else if a.Status != 409 {
						t.Errorf("link %d: %d %s", i, a.Status, a.Bytes)
					}
					return
				}
				body := map[string]any{"method": "cash"}
				if i == 3 {
					body = map[string]any{"method": "terminal", "instrument": "terminal:tap"}
				}
				a, err := w.Try("POST", "/admin/v1/fulfilments/"+of+"/payments", body, "Idempotency-Key", fmt.Sprint("press", round, i))
				if err != nil {
					t.Error(err)
				} else if a.Status == 201 && a.Text("status") == "captured" {
					taken.Add(1)
				} else if a.Status != 409 {
					t.Errorf("press %d: %d %s", i, a.Status, a.Bytes)
				}
			})
			if got := all() - before; got != due || taken.Load() != 1 {
				t.Errorf("round %d: taken %d times, %d of %d", round, taken.Load(), got, due)
			}
			if a := hands(w, of); a.Status != 200 {
				t.Errorf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Whole()
	})
}
