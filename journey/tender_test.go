package journey_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"korzo/app/apptest"
	"korzo/engagement/message"
	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
	"korzo/purchase/giftcard"
	"korzo/purchase/payment/bank"
	"korzo/value/money"
)

// gift issues a gift card of the shop's and returns its code and id.
func gift(w *apptest.World, minor int64) (code, id string) {
	w.T.Helper()
	made := w.Call("POST", "/admin/v1/gift-cards", map[string]any{"market": "DE", "amount": eur(minor), "reason": "a test"}, "Idempotency-Key", fmt.Sprint("gift", made.Add(1)))
	if made.Status != 201 || made.Text("code") == "" {
		w.T.Fatalf("%d %s", made.Status, made.Bytes)
	}
	return made.Text("code"), made.Text("id")
}

var made atomic.Int64

// onCard is what a gift card has.
func onCard(w *apptest.World, id string) (balance, held int64) {
	w.T.Helper()
	c := w.Call("GET", "/admin/v1/gift-cards/"+id, nil)
	return c.Int("balance", "amount"), c.Int("held", "amount")
}

// payWith puts a gift card on a cart.
func payWith(w *apptest.World, cart, code string) {
	w.T.Helper()
	if a := w.Call("POST", "/store/v1/carts/"+cart+"/gift-cards", map[string]any{"code": code}); a.Status != 200 || a.Text("gift_cards", 0, "id") == "" {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
}

// apply puts a card on a cart whose code was looked up before.
func apply(w *apptest.World, id, card string) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		_, err := cart.SetGiftCards(w.T.Context(), tx, cart.ID(id), cart.Caller{}, func(cart.Cart) (int64, error) {
			return 1, giftcard.Apply(w.T.Context(), tx, id, giftcard.ID(card))
		})
		return err
	})
}

// agreed is what a buyer sends who has read a checkout.
func agreed(w *apptest.World, checkout string, header ...string) map[string]any {
	v := w.Call("GET", "/store/v1/checkouts/"+checkout, nil, header...)
	return map[string]any{"expected_total": v.At("totals", "total"), "expected_due": v.At("amount_due")}
}

// charged is what the bank holds or took.
func charged(w *apptest.World) (sum int64) {
	w.T.Helper()
	book, err := w.Bank.Book(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, p := range book {
		if p.State == "authorized" || p.State == "captured" {
			sum += p.Amount
		}
	}
	return sum
}

// customer registers somebody and returns their session as a header, and id.
func customer(w *apptest.World, email string) (header []string, id string) {
	w.T.Helper()
	a := w.Call("POST", "/store/v1/customers", map[string]any{"email": email, "password": "correct horse battery"})
	if a.Status != 201 {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
	header = []string{"Customer-Token", a.Text("token")}
	return header, w.Call("GET", "/store/v1/customers/me", nil, header...).Text("id")
}

// A gift card, store credit and a card pay one order, each its part, once.
func TestGiftCardCreditAndCardPayOneOrder(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, id := customer(w, "ada@example.com")
		code, card := gift(w, 10_00)
		given := w.Call("POST", "/admin/v1/customers/"+id+"/credit", map[string]any{"amount": eur(5_00), "source": "goodwill", "reason": "late"}, "Idempotency-Key", "c")
		if given.Status != 200 && given.Status != 201 || given.Int("data", 0, "available", "amount") != 5_00 {
			t.Fatalf("%d %s", given.Status, given.Bytes)
		}
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 2)}}, ada...)
		if a := w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/gift-cards", map[string]any{"code": code}, ada...); a.Int("gift_cards", 0, "balance", "amount") != 10_00 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")}, ada...)
		at := "/store/v1/checkouts/" + k.Text("id")
		if k.Int("store_credit", "available", "amount") != 5_00 || k.At("store_credit", "used") != false {
			t.Errorf("credit is not offered: %s", k.Bytes)
		}
		v := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard", "use_credit": true,
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, ada...)
		if v.Int("tenders", 0, "amount", "amount") != 10_00 || v.Text("tenders", 1, "kind") != "credit" || v.Int("amount_due", "amount") != 2*11_90+4_90-15_00 {
			t.Fatalf("%s", v.Bytes)
		}
		blind := w.Call("POST", at+"/complete", map[string]any{"expected_total": v.At("totals", "total")}, append(ada, "Idempotency-Key", "blind")...)
		if blind.Text("messages", 0, "code") != "due_required" {
			t.Errorf("who does not say what is left is not asked: %s", blind.Bytes)
		}
		done := w.Call("POST", at+"/complete", agreed(w, k.Text("id"), ada...), append(ada, "Idempotency-Key", "k")...)
		if done.Text("status") != "completed" || done.Int("order", "total", "amount") != 28_70 {
			t.Fatalf("%s", done.Bytes)
		}
		if balance, held := onCard(w, card); balance != 0 || held != 0 {
			t.Errorf("the card has %d, and %d held", balance, held)
		}
		mine := w.Call("GET", "/store/v1/customers/me/credit", nil, ada...)
		if mine.Int("data", 0, "available", "amount") != 0 || mine.Text("data", 0, "history", 0, "kind") != "spent" {
			t.Errorf("%s", mine.Bytes)
		}
		if got := charged(w); got != 13_70 {
			t.Errorf("the bank holds %d", got)
		}
		o := w.Call("GET", "/admin/v1/orders/"+done.Text("order", "id"), nil)
		if o.Int("tenders", 0, "amount", "amount") != 10_00 || o.Int("tenders", 1, "amount", "amount") != 5_00 || o.Int("amount_due", "amount") != 13_70 {
			t.Errorf("the admin shows %s", o.Bytes)
		}
		w.Until("the rest is taken", func() bool {
			return w.Call("GET", "/admin/v1/orders/"+done.Text("order", "id"), nil).Int("payments", 0, "captured", "amount") == 13_70
		})
		back := func(key string, minor int64) apptest.Answer {
			return w.Call("POST", "/admin/v1/orders/"+done.Text("order", "id")+"/amendments", map[string]any{"kind": "refund", "goodwill": eur(minor), "reason": "broken"}, "Idempotency-Key", key)
		}
		for range 2 { // the second time it is the same refund
			a := back("r1", 17_00)
			if a.Int("to_gift_cards", "amount") != 10_00 || a.Int("to_store_credit", "amount") != 5_00 || a.Int("to_payment", "amount") != 2_00 || a.Text("status") != "done" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if a := back("r2", 11_71); a.Status != 409 {
			t.Errorf("more than was paid is given back: %d %s", a.Status, a.Bytes)
		}
		if a := back("r3", 11_70); a.Int("to_gift_cards", "amount") != 0 || a.Int("to_payment", "amount") != 11_70 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		balance, _ := onCard(w, card)
		if n := number(t, w.App.DB, `SELECT SUM(amount) FROM ledger_entries WHERE account = 'refunds:DE'`); n != 28_70 || balance != 10_00 {
			t.Errorf("%d are counted as given back, the card has %d", n, balance)
		}
		w.Until("everything that follows is done", func() bool { return number(t, w.App.DB, `SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL`) == 0 })
		w.Whole()
	})
}

func TestAnOrderThatAGiftCardPaysAsksNoGateway(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		code, card := gift(w, 100_00)
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		payWith(w, c.Text("id"), code)
		k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")})
		at := "/store/v1/checkouts/" + k.Text("id")
		v := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard"})
		if v.Text("status") != "ready_for_complete" || v.Int("amount_due", "amount") != 0 {
			t.Fatalf("%s", v.Bytes)
		}
		body := agreed(w, k.Text("id"))
		first := w.Call("POST", at+"/complete", body, "Idempotency-Key", "k")
		second := w.Call("POST", at+"/complete", body, "Idempotency-Key", "k")
		if first.Text("status") != "completed" || string(first.Bytes) != string(second.Bytes) {
			t.Fatalf("%s%s", first.Bytes, second.Bytes)
		}
		if balance, held := onCard(w, card); balance != 100_00-16_80 || held != 0 {
			t.Errorf("the card has %d, and %d held", balance, held)
		}
		if book, err := w.Bank.Book(t.Context()); err != nil || len(book) != 0 {
			t.Errorf("the bank was asked: %v %v", book, err)
		}
		o := w.Call("GET", "/admin/v1/orders/"+first.Text("order", "id"), nil)
		if n, _ := o.At("payments").([]any); len(n) != 0 {
			t.Errorf("%s", o.Bytes)
		}
		w.Whole()
	})
}

// What a declined payment had held is there again, for whoever comes first.
func TestADeclineGivesTheGiftCardBack(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		code, card := gift(w, 10_00)
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
		payWith(w, c.Text("id"), code)
		checkout, _, _ := readyCart(w, c.Text("id"), "sandbox:decline")
		a := w.Call("POST", "/store/v1/checkouts/"+checkout+"/complete", agreed(w, checkout), "Idempotency-Key", "k1")
		if a.Text("messages", 0, "code") != "payment_declined" {
			t.Fatalf("%s", a.Bytes)
		}
		if balance, held := onCard(w, card); balance != 10_00 || held != 0 {
			t.Errorf("the card has %d, and %d held", balance, held)
		}
		w.Call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		if a := w.Call("POST", "/store/v1/checkouts/"+checkout+"/complete", agreed(w, checkout), "Idempotency-Key", "k2"); a.Text("status") != "completed" {
			t.Fatalf("%s", a.Bytes)
		}
		if balance, held := onCard(w, card); balance != 0 || held != 0 || charged(w) != 6_80 {
			t.Errorf("the card has %d, and %d held; the bank %d", balance, held, charged(w))
		}
		w.Whole()
	})
}

// A card that is spent between the look and the order pays nothing here, and
// nobody is charged a sum that was not shown.
func TestAGiftCardDrainedBetweenApplyAndPlaceChargesNobodyMore(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		code, card := gift(w.World, 16_80)
		first := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}}).Text("id")
		second := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}}).Text("id")
		payWith(w.World, first, code)
		payWith(w.World, second, code)
		a, _, _ := readyCart(w.World, first, "sandbox:approve")
		b, _, _ := readyCart(w.World, second, "sandbox:approve")
		body := agreed(w.World, b)
		if done := w.Call("POST", "/store/v1/checkouts/"+a+"/complete", agreed(w.World, a), "Idempotency-Key", "k"); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		if late := w.Call("POST", "/store/v1/checkouts/"+b+"/complete", body, "Idempotency-Key", "k"); late.Text("messages", 0, "code") != "due_changed" {
			t.Errorf("%s", late.Bytes)
		}
		if balance, held := onCard(w.World, card); balance != 0 || held != 0 || charged(w.World) != 0 {
			t.Errorf("the card has %d, and %d held; the bank %d", balance, held, charged(w.World))
		}
	})
}

// One card in sixteen carts pays once; the others are told, and charged nothing.
func TestOneGiftCardInSixteenCartsPaysOnce(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		code, card := gift(w.World, 16_80)
		checkouts := make([]string, 16)
		for i := range checkouts {
			c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}}).Text("id")
			if i < 8 {
				payWith(w.World, c, code)
			} else { // eight looks an hour are left to one address
				apply(w.World, c, card)
			}
			checkouts[i], _, _ = readyCart(w.World, c, "sandbox:approve")
		}
		bodies := make([]map[string]any, len(checkouts))
		for i, id := range checkouts {
			bodies[i] = agreed(w.World, id)
		}
		var done, told atomic.Int64
		w.together(len(checkouts), func(i int) {
			a, err := w.Try("POST", "/store/v1/checkouts/"+checkouts[i]+"/complete", bodies[i], "Idempotency-Key", "k")
			switch code := a.Text("messages", 0, "code"); {
			case err != nil || a.Status != 200:
				t.Errorf("%v %d %s", err, a.Status, a.Bytes)
			case a.Text("status") == "completed":
				done.Add(1)
			case code == "due_changed" || code == "tender_short":
				told.Add(1)
			default:
				t.Errorf("%s", a.Bytes)
			}
		})
		if done.Load() != 1 || told.Load() != 15 {
			t.Errorf("%d were placed, %d were told", done.Load(), told.Load())
		}
		if balance, held := onCard(w.World, card); balance != 0 || held != 0 || charged(w.World) != 0 {
			t.Errorf("the card has %d, and %d held; the bank %d", balance, held, charged(w.World))
		}
	})
}

// A gift card that is bought is issued when it is paid, mailed once, and pays.
func TestAGiftCardIsBoughtMailedAndSpent(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			made, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "gift", Title: "Gift card", Kind: catalog.KindGiftCard, TaxClass: "zero",
				Variants: []catalog.Variant{{SKU: "GIFT-25"}}})
			if err == nil {
				err = pricing.Set(t.Context(), tx, "DE", made.Variants[0].ID, money.Of(25_00, "EUR"))
			}
			return err
		})
		checkout, _, total := ready(w, "sandbox:approve", line("GIFT-25", 2), line("POSTER", 1))
		if done := complete(w, checkout, "k", total); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		inbox := w.App.Outbox.(message.Inbox)
		var codes []string
		w.Until("both cards are mailed", func() bool {
			kept, err := inbox.List(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			codes = nil
			for _, k := range kept {
				full, err := inbox.Find(t.Context(), k.ID)
				if err != nil {
					t.Fatal(err)
				}
				if _, after, ok := strings.Cut(full.Mail.Text, "Code: "); ok && full.Mail.To == "ada@example.com" {
					code, _, _ := strings.Cut(after, "\n")
					codes = append(codes, code)
				}
			}
			return len(codes) == 2
		})
		w.Until("nothing waits", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM giftcard_deliveries WHERE state = 'waiting'`) == 0
		})
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}}).Text("id")
		payWith(w, c, codes[0])
		next, _, _ := readyCart(w, c, "sandbox:approve")
		if done := w.Call("POST", "/store/v1/checkouts/"+next+"/complete", agreed(w, next), "Idempotency-Key", "k"); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		left := w.Call("POST", "/store/v1/gift-cards/balance", map[string]any{"code": codes[0]})
		if left.Int("balance", "amount") != 25_00-16_80 {
			t.Errorf("%s", left.Bytes)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM giftcard_cards`); n != 2 {
			t.Errorf("%d cards were made", n)
		}
		if n := number(t, w.App.DB, `SELECT COALESCE(SUM(amount), 0) FROM ledger_entries WHERE account = 'giftcards:sold'`); n != 0 {
			t.Errorf("%d wait on giftcards:sold", n)
		}
		cards := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("GIFT-25", 1)}}).Text("id")
		payWith(w, cards, codes[1])
		k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cards})
		if k.Int("amount_due", "amount") != k.Int("totals", "total", "amount") || k.Int("amount_due", "amount") == 0 {
			t.Errorf("a card buys a card: %s", k.Bytes)
		}
		w.Whole()
	})
}
