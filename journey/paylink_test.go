package journey_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/purchase/payment/bank"
)

// pay opens a link at the store's API and pays it.
func payLink(w *apptest.World, link apptest.Answer, instrument string) apptest.Answer {
	w.T.Helper()
	return w.Call("POST", "/store/v1/pay-links/"+tokenOf(w, link)+"/pay", map[string]any{"method": "card", "instrument": instrument})
}

func tokenOf(w *apptest.World, link apptest.Answer) string {
	w.T.Helper()
	u, err := url.Parse(link.Text("url"))
	if err != nil || link.Text("url") == "" {
		w.T.Fatalf("no link: %d %s", link.Status, link.Bytes)
	}
	return strings.TrimPrefix(u.Path, "/pay/")
}

func balance(w *apptest.World, account string) (n int64) {
	w.T.Helper()
	dbtest.Read(w.T, w.App.DB, func(tx *db.Tx) (err error) {
		n, err = ledger.Balance(w.T.Context(), tx, account, "EUR")
		return err
	})
	return n
}

func TestALinkIsPaidOnceHoweverOftenItIsOpened(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		link := w.Call("POST", "/admin/v1/pay-links", map[string]any{"market": "DE", "amount": eur(50_00), "text": "Engraving, as agreed by telephone",
			"email": "ada@example.com", "name": "Ada", "locale": "de", "send": true})
		if link.Status != 201 || link.Text("status") != "open" {
			t.Fatalf("%d %s", link.Status, link.Bytes)
		}
		seen := w.Call("GET", "/store/v1/pay-links/"+tokenOf(w, link), nil)
		if seen.Text("text") != "Engraving, as agreed by telephone" || strings.Contains(string(seen.Bytes), "ada") {
			t.Errorf("seen: %s", seen.Bytes)
		}
		if a := w.Call("GET", "/store/v1/pay-links/"+link.Text("id")+".forged", nil); a.Status != 404 {
			t.Errorf("a forged link: %d %s", a.Status, a.Bytes)
		}
		if a := payLink(w, link, "sandbox:decline"); a.Text("status") != "open" || a.Text("failure") != "payment_declined" {
			t.Errorf("declined: %s", a.Bytes)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, _ = w.Try("POST", "/store/v1/pay-links/"+tokenOf(w, link)+"/pay", map[string]any{"method": "card", "instrument": "sandbox:approve"})
			})
		}
		wg.Wait()
		if a := w.Call("GET", "/admin/v1/pay-links/"+link.Text("id"), nil); a.Text("status") != "paid" || a.Text("paid_at") == "" {
			t.Errorf("paid: %s", a.Bytes)
		}
		if a := payLink(w, link, "sandbox:approve"); a.Text("code") != "paylink.ended" {
			t.Errorf("paid again: %d %s", a.Status, a.Bytes)
		}
		if got := charged(w); got != 50_00 {
			t.Errorf("the bank took %d", got)
		}
		if got := balance(w, "deposits:DE"); got != -50_00 {
			t.Errorf("deposits:DE is %d", got)
		}
		w.Until("the mail is sent", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'payment.link' AND state = 'sent'`) == 1
		})
		pay := w.Call("GET", "/admin/v1/pay-links/"+link.Text("id"), nil).Text("payment")
		if a := w.Call("POST", "/admin/v1/payments/"+pay+"/refunds", map[string]any{"amount": eur(20_00), "reason": "x"}, "Idempotency-Key", "r"); a.Status/100 != 2 {
			t.Fatalf("refund: %d %s", a.Status, a.Bytes)
		}
		w.Until("the deposit is less", func() bool { return balance(w, "deposits:DE") == -30_00 })
		w.Whole()
	})
}

func TestALinkThatHasEndedIsNotPaid(t *testing.T) {
	each(t, bank.Config{ChallengeAfter: 1500 * time.Millisecond}, func(t *testing.T, w *apptest.World) {
		ada := newKeeper(w, "ada@example.com")
		done := ada.complete(ada.buy(map[string]any{"method": "card", "instrument": "sandbox:approve"}))
		order := done.Text("order", "id")
		if a := w.Call("POST", "/admin/v1/pay-links", map[string]any{"order": order}); a.Text("code") != "paylink.nothing_due" {
			t.Errorf("a paid order: %d %s", a.Status, a.Bytes)
		}
		for _, c := range []struct {
			name string
			body map[string]any
			code string
		}{
			{"no amount", map[string]any{"market": "DE", "text": "x"}, "paylink.draft"},
			{"another currency", map[string]any{"market": "DE", "text": "x", "amount": map[string]any{"amount": 100, "currency": "USD"}}, "paylink.draft"},
			{"no text", map[string]any{"market": "DE", "amount": eur(1_00)}, "paylink.draft"},
			{"an end that has passed", map[string]any{"market": "DE", "amount": eur(1_00), "text": "x", "expires_at": "2020-01-01T00:00:00Z"}, "paylink.draft"},
			{"a card number", map[string]any{"market": "DE", "amount": eur(1_00), "text": "4242 4242 4242 4242"}, "payment.card_number"},
			{"no market", map[string]any{"amount": eur(1_00), "text": "x"}, "market.not_found"},
		} {
			if a := w.Call("POST", "/admin/v1/pay-links", c.body); a.Text("code") != c.code {
				t.Errorf("%s: %d %s", c.name, a.Status, a.Bytes)
			}
		}
		link := w.Call("POST", "/admin/v1/pay-links", map[string]any{"market": "DE", "amount": eur(9_90), "text": "Express"})
		if a := payLink(w, link, "sandbox:challenge"); a.Text("status") != "paying" || a.Text("next_action", "url") == "" {
			t.Errorf("asked for proof: %s", a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/pay-links/"+link.Text("id")+"/cancel", nil); a.Text("code") != "paylink.paying" {
			t.Errorf("cancelled while it is paid: %d %s", a.Status, a.Bytes)
		}
		w.Until("the proof is given", func() bool {
			return w.Call("GET", "/store/v1/pay-links/"+tokenOf(w, link), nil).Text("status") == "paid"
		})
		other := w.Call("POST", "/admin/v1/pay-links", map[string]any{"market": "DE", "amount": eur(9_90), "text": "Express"})
		w.Call("POST", "/admin/v1/pay-links/"+other.Text("id")+"/cancel", nil)
		if a := payLink(w, other, "sandbox:approve"); a.Text("code") != "paylink.ended" {
			t.Errorf("a cancelled link: %d %s", a.Status, a.Bytes)
		}
		late := w.Call("POST", "/admin/v1/pay-links", map[string]any{"market": "DE", "amount": eur(9_90), "text": "Express",
			"expires_at": time.Now().Add(time.Second).Format(time.RFC3339Nano)})
		w.Until("it has expired", func() bool {
			return w.Call("GET", "/store/v1/pay-links/"+tokenOf(w, late), nil).Text("status") == "expired"
		})
		if a := payLink(w, late, "sandbox:approve"); a.Text("code") != "paylink.ended" {
			t.Errorf("an expired link: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}
