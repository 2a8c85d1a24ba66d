package journey_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/engagement/message"
	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
	"korzo/value/calendar"
	"korzo/value/money"
)

// sellCards puts a gift card of 25 euros on sale, as GIFT-25.
func sellCards(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		made, err := catalog.Create(w.T.Context(), tx, catalog.Draft{Slug: "gift", Title: "Gift card", Kind: catalog.KindGiftCard,
			Variants: []catalog.Variant{{SKU: "GIFT-25"}}})
		if err == nil {
			err = pricing.Set(w.T.Context(), tx, "DE", made.Variants[0].ID, money.Of(25_00, "EUR"))
		}
		return err
	})
}

// cardMails are the mails that brought a gift card to an address.
func cardMails(w *apptest.World, to string) (all []message.Mail) {
	w.T.Helper()
	kept, err := w.App.Outbox.(message.Inbox).List(w.T.Context(), 50)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, k := range kept {
		if k.Mail.To == to && len(k.Mail.Attached) == 1 {
			all = append(all, k.Mail)
		}
	}
	return all
}

func codeIn(text string) string {
	for _, word := range []string{"Code: ", "Kód: "} {
		if _, after, ok := strings.Cut(text, word); ok {
			code, _, _ := strings.Cut(after, "\n")
			return code
		}
	}
	return ""
}

// One line of three gift cards: one goes to somebody on a day, one is printed,
// one is the buyer's own. Each gets its mail with its card, once, and no more is
// known of the recipient before than the row that is sealed.
func TestBoughtGiftCardsGoToWhomTheyAreForOnTheirDay(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		sellCards(w)
		day := calendar.DateIn(time.Now(), time.UTC).AddDays(10)
		gift := map[string]any{"name": "Grace", "email": "grace@example.com", "from": "Ada", "message": "Happy birthday", "send_on": day.String()}
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": "de-DE", "lines": []any{map[string]any{"sku": "GIFT-25", "quantity": 3, "gifts": []any{gift}}}})
		if c.Status != 201 || c.Text("lines", 0, "gifts", 0, "email") != "grace@example.com" || c.Text("lines", 0, "gifts", 0, "send_on") != day.String() {
			t.Fatalf("%d %s", c.Status, c.Bytes)
		}
		at := "/store/v1/carts/" + c.Text("id") + "/lines/" + c.Text("lines", 0, "id") + "/gifts"
		both := w.Call("PUT", at, map[string]any{"gifts": []any{gift, map[string]any{"name": "Charles", "from": "Ada"}}})
		if both.Status != 200 || both.Text("lines", 0, "gifts", 1, "name") != "Charles" || both.Text("lines", 0, "gifts", 0, "name") != "Grace" {
			t.Fatalf("%d %s", both.Status, both.Bytes)
		}
		order := buyCards(w, c.Text("id"))
		w.Until("two cards are mailed to the buyer", func() bool { return len(cardMails(w, "ada@example.com")) == 2 })
		if early := cardMails(w, "grace@example.com"); len(early) != 0 {
			t.Errorf("a card left before its day: %+v", early)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM giftcard_gifts`); n != 0 {
			t.Errorf("%d gifts are kept when their cards are made", n)
		}
		if at := number(t, w.App.DB, `SELECT MAX(send_at) FROM giftcard_deliveries WHERE state = 'waiting'`); db.Time(at).UTC().Format("2006-01-02") != day.String() {
			t.Errorf("the card waits until %v, not %v", db.Time(at), day)
		}
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE giftcard_deliveries SET send_at = 1 WHERE state = 'waiting'`)
			return err
		})
		w.Until("its day has come", func() bool { return len(cardMails(w, "grace@example.com")) == 1 })
		m := cardMails(w, "grace@example.com")[0]
		if m.Attached[0].Name != "gift-card.pdf" || !bytes.HasPrefix(m.Attached[0].Body, []byte("%PDF-")) || !strings.Contains(m.Text, "Happy birthday") || !strings.Contains(m.Subject, "Ada") || m.Locale != "de" {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		for _, own := range cardMails(w, "ada@example.com") {
			if strings.Contains(own.Subject, "Ada") || codeIn(own.Text) == codeIn(m.Text) {
				t.Errorf("%s\n%s", own.Subject, own.Text)
			}
		}
		cards := w.Call("GET", "/admin/v1/gift-cards?ref="+order, nil)
		if list, _ := cards.At("data").([]any); len(list) != 3 {
			t.Errorf("%s", cards.Bytes)
		}
		w.Whole()
	})
}

// Gift cards alone travel nowhere: no address is asked for, no delivery, and
// nothing is charged for one. With a mug beside them, all of it is asked for
// again; and what was chosen for the mug costs nothing when the mug is gone.
func TestGiftCardsAloneAreAskedForNoAddress(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		sellCards(w)
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": "GIFT-25", "quantity": 1}}})
		c := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		at := "/store/v1/checkouts/" + c.Text("id")
		if got := fmt.Sprintf("%v %v %v %v", c.At("requirements"), c.At("shipping_options"), c.At("groups", 0, "kind"), c.At("flow", "steps")); got != "[email payment] [] electronic [contact payment]" {
			t.Fatalf("asks for %s: %s", got, c.Bytes)
		}
		mug := w.Call("POST", "/store/v1/carts/"+cart.Text("id")+"/lines", map[string]any{"sku": "MUG-RED", "quantity": 1})
		with := w.Call("GET", at, nil)
		if got := fmt.Sprint(with.At("requirements")); got != "[email shipping_address shipping_option payment]" {
			t.Errorf("with a mug it asks for %s: %s", got, mug.Bytes)
		}
		chosen := w.Call("PATCH", at, map[string]any{"shipping_option": with.Text("shipping_options", 0, "id")})
		if chosen.Text("groups", 0, "kind") != "ship" {
			t.Errorf("%s", chosen.Bytes)
		}
		line := ""
		for i := range 2 {
			if mug.Text("lines", i, "sku") == "MUG-RED" {
				line = mug.Text("lines", i, "id")
			}
		}
		w.Call("DELETE", "/store/v1/carts/"+cart.Text("id")+"/lines/"+line, nil)
		ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		if ready.Text("status") != "ready_for_complete" || ready.At("totals", "total", "amount") != 25_00.0 || ready.At("totals", "tax", "amount") != 0.0 {
			t.Fatalf("a card is taxed with what it pays for, not before: %s", ready.Bytes)
		}
		done := complete(w, c.Text("id"), "k1", ready.At("totals", "total"))
		if done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		w.Until("the card is mailed", func() bool { return len(cardMails(w, "ada@example.com")) == 1 })
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM shipment_fulfilments`); n != 0 {
			t.Errorf("%d things are to be sent", n)
		}
		o := w.Call("GET", "/admin/v1/orders/"+done.Text("order", "id"), nil)
		if o.At("totals", "total", "amount") != 25_00.0 {
			t.Errorf("%s", o.Bytes)
		}
		w.Whole()
	})
}

// buyCards pays a cart and returns its order, once the money is taken.
func buyCards(w *apptest.World, cart string) (order string) {
	w.T.Helper()
	checkout, _, total := readyCart(w, cart, "sandbox:approve")
	done := complete(w, checkout, "k"+cart, total)
	if done.Text("status") != "completed" {
		w.T.Fatalf("%s", done.Bytes)
	}
	order = done.Text("order", "id")
	w.Until("the cards are made", func() bool {
		return number(w.T, w.App.DB, `SELECT COUNT(*) FROM giftcard_cards`) > 0
	})
	return order
}

// A card whose price goes back is worth nothing and is not sent any more; one that
// was spent from does not go back.
func TestARefundTakesGiftCardsBackThatNobodySpent(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		sellCards(w)
		day := calendar.DateIn(time.Now(), time.UTC).AddDays(10).String()
		gift := map[string]any{"email": "grace@example.com", "send_on": day}
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": "GIFT-25", "quantity": 2}}})
		w.Call("PUT", "/store/v1/carts/"+c.Text("id")+"/lines/"+c.Text("lines", 0, "id")+"/gifts", map[string]any{"gifts": []any{map[string]any{"name": "me"}, gift}})
		order := buyCards(w, c.Text("id"))
		w.Until("the buyer's card is mailed", func() bool { return len(cardMails(w, "ada@example.com")) == 1 })
		line := w.Call("GET", "/admin/v1/orders/"+order, nil).Text("lines", 0, "id")
		refund := func(key string, units int) apptest.Answer {
			return w.Call("POST", "/admin/v1/orders/"+order+"/amendments", map[string]any{"kind": "refund", "reason": "changed their mind",
				"lines": []any{map[string]any{"line": line, "units": units}}}, "Idempotency-Key", key)
		}
		one := refund("one", 1)
		if one.Status >= 300 || one.Text("status") != "done" || one.Int("to_payment", "amount") != 25_00 {
			t.Fatalf("%d %s", one.Status, one.Bytes)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM giftcard_cards WHERE state = 'cancelled'`); n != 1 {
			t.Errorf("%d cards were taken back", n)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM giftcard_deliveries WHERE state = 'waiting'`); n != 0 {
			t.Errorf("%d cards are still to be sent", n)
		}
		code := codeIn(cardMails(w, "ada@example.com")[0].Text)
		spend := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": "POSTER", "quantity": 1}}}).Text("id")
		payWith(w, spend, code)
		next, _, _ := readyCart(w, spend, "sandbox:approve")
		if done := w.Call("POST", "/store/v1/checkouts/"+next+"/complete", agreed(w, next), "Idempotency-Key", "spend"); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		if no := refund("two", 1); no.Status != 409 || no.Text("code") != "giftcard.spent" {
			t.Errorf("a card that was spent from is given back: %d %s", no.Status, no.Bytes)
		}
		if no := w.Call("POST", "/admin/v1/orders/"+order+"/amendments", map[string]any{"kind": "cancel", "reason": "x"}, "Idempotency-Key", "all"); no.Status != 409 {
			t.Errorf("an order whose card was spent from is cancelled: %d %s", no.Status, no.Bytes)
		}
		w.Until("everything that follows is done", func() bool { return number(t, w.App.DB, `SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL`) == 0 })
		w.Whole()
	})
}

// What cannot be a gift is refused by its field, and nothing is put into the cart.
func TestAGiftThatCannotBeIsRefused(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		sellCards(w)
		past := calendar.DateIn(time.Now(), time.UTC).AddDays(-2).String()
		for i, x := range []struct {
			sku   string
			gifts []any
			code  string
		}{
			{"GIFT-25", []any{map[string]any{"email": "grace"}}, "giftcard.recipient"},
			{"GIFT-25", []any{map[string]any{"send_on": past}}, "giftcard.day"},
			{"GIFT-25", []any{map[string]any{"name": "a"}, map[string]any{"name": "b"}}, "giftcard.too_many_gifts"},
			{"POSTER", []any{map[string]any{"name": "a"}}, "giftcard.not_a_card"},
		} {
			a := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": x.sku, "quantity": 1, "gifts": x.gifts}}})
			if a.Status != 422 || a.Text("code") != x.code {
				t.Errorf("%d: %d %s", i, a.Status, a.Bytes)
			}
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM giftcard_gifts`) + number(t, w.App.DB, `SELECT COUNT(*) FROM cart_lines`); n != 0 {
			t.Error(fmt.Sprint(n, " rows are kept of what was refused"))
		}
	})
}
