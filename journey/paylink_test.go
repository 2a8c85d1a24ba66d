package journey_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/engagement/message"
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
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
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

// A link goes out as a text too, to a number written as people of its market do,
// and the text brings whoever taps it to the page that is paid.
func TestALinkIsSentAsAText(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		body := map[string]any{"market": "DE", "amount": eur(50_00), "text": "Engraving", "phone": "030 1234567", "locale": "de", "send_sms": true}
		link := w.Call("POST", "/admin/v1/pay-links", body)
		if link.Status != 201 {
			t.Fatalf("%d %s", link.Status, link.Bytes)
		}
		inbox := w.App.Outbox.(message.Inbox)
		var text message.Mail
		w.Until("the text is sent", func() bool {
			kept, err := inbox.List(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range kept {
				if k.Mail.Subject == "" {
					text = k.Mail
				}
			}
			return text.To != ""
		})
		_, token, _ := strings.Cut(text.Text, "/pay/")
		if text.To != "+49301234567" || !strings.Contains(text.Text, "50,00") || token == "" {
			t.Errorf("%+v", text)
		}
		if a := w.Call("GET", "/store/v1/pay-links/"+token, nil); a.Text("text") != "Engraving" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		body["phone"] = "call me"
		if a := w.Call("POST", "/admin/v1/pay-links", body); a.Status != 422 || a.Text("code") != "paylink.phone" {
			t.Errorf("a number that is none: %d %s", a.Status, a.Bytes)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'payment.link'`); n != 1 {
			t.Errorf("%d messages were queued", n)
		}
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

// phoned fills a cart as staff do with somebody on the phone: everything but the
// payment is said.
func phoned(w *apptest.World, units int) (checkout string, total int64) {
	w.T.Helper()
	c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", units)}})
	k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")})
	p := w.Call("PATCH", "/store/v1/checkouts/"+k.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": berlin,
		"shipping_option": k.Text("shipping_options", 0, "id")})
	return k.Text("id"), p.Int("totals", "total", "amount")
}

func TestALinkForACartHoldsItAndPlacesItOnce(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 3)
		checkout, total := phoned(w, 2)
		link := w.Call("POST", "/admin/v1/pay-links", map[string]any{"checkout": checkout, "send": true})
		if link.Status != 201 || link.Int("amount", "amount") != total || !strings.Contains(link.Text("text"), "2 × ") {
			t.Fatalf("%d %s", link.Status, link.Bytes)
		}
		if _, reserved := w.Levels("MUG-RED"); reserved != 2 {
			t.Errorf("%d are held", reserved)
		}
		other, _ := phoned(w, 2)
		if a := w.Call("POST", "/admin/v1/pay-links", map[string]any{"checkout": other}); a.Text("code") != "checkout.reserve" {
			t.Errorf("what is held is promised again: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/pay-links", map[string]any{"checkout": checkout}); a.Text("code") != "checkout.paying" {
			t.Errorf("a second link for one cart: %d %s", a.Status, a.Bytes)
		}
		if a := payLink(w, link, "sandbox:decline"); a.Text("status") != "open" {
			t.Errorf("declined: %s", a.Bytes)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, _ = w.Try("POST", "/store/v1/pay-links/"+tokenOf(w, link)+"/pay", map[string]any{"method": "card", "instrument": "sandbox:approve"})
			})
		}
		wg.Wait()
		paid := w.Call("GET", "/admin/v1/pay-links/"+link.Text("id"), nil)
		if paid.Text("status") != "paid" || paid.Text("order") == "" {
			t.Fatalf("paid: %s", paid.Bytes)
		}
		order := w.Call("GET", "/admin/v1/orders/"+paid.Text("order"), nil)
		if order.Text("status") != "placed" || order.Int("total", "amount") != total || order.Int("payments", 0, "captured", "amount") != total {
			t.Errorf("the order: %s", order.Bytes)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM order_orders`); n != 1 {
			t.Errorf("%d orders", n)
		}
		if got := charged(w); got != total {
			t.Errorf("the bank took %d of %d", got, total)
		}
		w.Until("the buyer is told", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'order.confirmation' AND state = 'sent'`) == 1
		})
		w.Whole()
	})
}

func TestWhatAnEndedLinkHeldIsFreeAgain(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		checkout, _ := phoned(w, 2)
		if a := w.Call("POST", "/admin/v1/pay-links", map[string]any{"checkout": checkout, "expires_at": time.Now().Add(30 * 24 * time.Hour)}); a.Text("code") != "paylink.cart_end" {
			t.Errorf("a month: %d %s", a.Status, a.Bytes)
		}
		cancelled := w.Call("POST", "/admin/v1/pay-links", map[string]any{"checkout": checkout})
		if a := w.Call("POST", "/admin/v1/pay-links/"+cancelled.Text("id")+"/cancel", nil); a.Text("status") != "canceled" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if _, reserved := w.Levels("MUG-RED"); reserved != 0 {
			t.Errorf("%d are held for a link that was cancelled", reserved)
		}
		if a := payLink(w, cancelled, "sandbox:approve"); a.Text("code") != "paylink.ended" {
			t.Errorf("a cancelled link: %s", a.Bytes)
		}
		link := w.Call("POST", "/admin/v1/pay-links", map[string]any{"checkout": checkout, "expires_at": time.Now().Add(1500 * time.Millisecond)})
		if link.Status != 201 {
			t.Fatalf("%d %s", link.Status, link.Bytes)
		}
		w.Until("it has ended, and holds nothing", func() bool {
			_, reserved := w.Levels("MUG-RED")
			return reserved == 0 && w.Call("GET", "/admin/v1/pay-links/"+link.Text("id"), nil).Text("status") == "expired"
		})
		if a := w.Call("GET", "/store/v1/checkouts/"+checkout, nil); a.Text("status") == "complete_in_progress" {
			t.Errorf("the cart stays shut: %s", a.Bytes)
		}
		if got := charged(w); got != 0 {
			t.Errorf("the bank took %d", got)
		}
		w.Whole()
	})
}
