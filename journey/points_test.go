package journey_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// worth says what 100 points are worth in euros.
func worth(w *apptest.World, minor, least, share int64) {
	w.T.Helper()
	if a := w.Call("PUT", "/admin/v1/points/worths", map[string]any{"points": 100, "amount": eur(minor), "least": least, "share": share}); a.Status != 200 {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
}

// grantPoints gives a customer points, or takes some.
func grantPoints(w *apptest.World, id string, n int64, key string) apptest.Answer {
	w.T.Helper()
	return w.Call("POST", "/admin/v1/customers/"+id+"/points", map[string]any{"points": n, "reason": "a test"}, "Idempotency-Key", key)
}

// hasPoints asserts what a customer has.
func hasPoints(w *apptest.World, id string, available, held int64) {
	w.T.Helper()
	a := w.Call("GET", "/admin/v1/customers/"+id+"/points", nil)
	if a.Int("available") != available || a.Int("held") != held {
		w.T.Errorf("the customer has %d points and %d held, want %d and %d", a.Int("available"), a.Int("held"), available, held)
	}
}

// pointsCost asserts what points cost the shop, in its books and in what orders left.
func pointsCost(w *apptest.World, minor int64) {
	w.T.Helper()
	if n := number(w.T, w.App.DB, `SELECT COALESCE(SUM(amount), 0) FROM ledger_entries WHERE account = 'expense:points'`); n != minor {
		w.T.Errorf("points cost %d in the books, want %d", n, minor)
	}
	w.Until(fmt.Sprintf("points cost %d", minor), func() bool {
		return number(w.T, w.App.DB, `SELECT COALESCE(MAX(points), -1) FROM metric_orders`) == minor
	})
}

// pointsCart makes a checkout of a poster, 16.80 with its delivery, that is ready.
func pointsCart(w *apptest.World, as []string, instrument string, points int64) (checkout string) {
	w.T.Helper()
	c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}}, as...)
	k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")}, as...)
	v := w.Call("PATCH", "/store/v1/checkouts/"+k.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
		"use_points": points, "payment": map[string]any{"method": "card", "instrument": instrument}}, as...)
	if v.Text("status") != "ready_for_complete" {
		w.T.Fatalf("%d %s", v.Status, v.Bytes)
	}
	return k.Text("id")
}

// A gift card, points, store credit and a card pay one order, each its part, and
// get it back in that order.
func TestGiftCardPointsCreditAndCardPayOneOrder(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, id := customer(w, "ada@example.com")
		worth(w, 1_00, 0, 100)
		code, card := gift(w, 10_00)
		for range 2 {
			if a := grantPoints(w, id, 700, "p"); a.Status != 200 && a.Status != 201 || a.Int("available") != 700 || a.Text("history", 0, "reason") != "a test" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Call("POST", "/admin/v1/customers/"+id+"/credit", map[string]any{"amount": eur(5_00), "source": "goodwill", "reason": "late"}, "Idempotency-Key", "c")
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 2)}}, ada...)
		w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/gift-cards", map[string]any{"code": code}, ada...)
		k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")}, ada...)
		at := "/store/v1/checkouts/" + k.Text("id")
		if k.Int("points", "available") != 700 || k.Int("points", "used") != 0 {
			t.Errorf("points are not offered: %s", k.Bytes)
		}
		v := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard", "use_credit": true, "use_points": 400,
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, ada...)
		if v.Text("tenders", 1, "kind") != "points" || v.Int("tenders", 1, "points") != 400 || v.Int("tenders", 1, "amount", "amount") != 4_00 ||
			v.Text("tenders", 2, "kind") != "credit" || v.Int("amount_due", "amount") != 28_70-19_00 || v.Int("points", "most") != 700 {
			t.Fatalf("%s", v.Bytes)
		}
		done := w.Call("POST", at+"/complete", agreed(w, k.Text("id"), ada...), append(ada, "Idempotency-Key", "k")...)
		if done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		hasPoints(w, id, 300, 0)
		mine := w.Call("GET", "/store/v1/customers/me/points", nil, ada...)
		if mine.Int("available") != 300 || mine.Text("history", 0, "kind") != "spent" || mine.Int("history", 0, "points") != -400 || mine.Text("history", 0, "order") != done.Text("order", "id") {
			t.Errorf("%s", mine.Bytes)
		}
		if got := charged(w); got != 9_70 {
			t.Errorf("the bank holds %d", got)
		}
		o := "/admin/v1/orders/" + done.Text("order", "id")
		if shown := w.Call("GET", o, nil); shown.Int("tenders", 1, "points") != 400 || shown.Int("tenders", 1, "amount", "amount") != 4_00 || shown.Int("amount_due", "amount") != 9_70 {
			t.Errorf("the admin shows %s", shown.Bytes)
		}
		pointsCost(w, 4_00)
		w.Until("the rest is taken", func() bool { return w.Call("GET", o, nil).Int("payments", 0, "captured", "amount") == 9_70 })
		back := func(key string, minor int64) apptest.Answer {
			return w.Call("POST", o+"/amendments", map[string]any{"kind": "refund", "goodwill": eur(minor), "reason": "broken"}, "Idempotency-Key", key)
		}
		for range 2 { // the second time it is the same refund
			if a := back("r1", 11_01); a.Int("to_gift_cards", "amount") != 10_00 || a.Int("to_points", "amount") != 1_01 || a.Int("to_store_credit", "amount") != 0 || a.Text("status") != "done" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		hasPoints(w, id, 401, 0)
		pointsCost(w, 2_99)
		if a := back("r2", 9_00); a.Int("to_points", "amount") != 2_99 || a.Int("to_store_credit", "amount") != 5_00 || a.Int("to_payment", "amount") != 1_01 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		hasPoints(w, id, 700, 0)
		if a := back("r3", 8_70); a.Status != 409 {
			t.Errorf("more than was paid is given back: %d %s", a.Status, a.Bytes)
		}
		if a := back("r4", 8_69); a.Int("to_payment", "amount") != 8_69 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		balance, _ := onCard(w, card)
		if n := number(t, w.App.DB, `SELECT SUM(amount) FROM ledger_entries WHERE account = 'refunds:DE'`); n != 28_70 || balance != 10_00 {
			t.Errorf("%d are counted as given back, the card has %d", n, balance)
		}
		pointsCost(w, 0)
		w.Until("everything that follows is done", func() bool { return number(t, w.App.DB, `SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL`) == 0 })
		w.Whole()
	})
}

// A number of points that cannot pay is told by field, with the number to keep
// to, in the checkout's language; it stops nobody who then orders without.
func TestANumberOfPointsThatCannotPayIsToldByField(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, id := customer(w, "ada@example.com")
		grantPoints(w, id, 700, "p")
		worth(w, 1_00, 200, 100)
		for locale, says := range map[string][2]string{"en": {"use at least 200", "use 700 or fewer"}, "de": {"mindestens 200", "höchstens 700"}, "hu": {"legalább 200", "legfeljebb 700"}} {
			c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "locale": locale, "lines": []any{line("POSTER", 1)}}, ada...)
			k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")}, ada...)
			for points, want := range map[int64]struct {
				code, says string
				used       int64
			}{199: {"points_few", says[0], 0}, 701: {"points_more", says[1], 700}, 200: {"", "", 200}, 700: {"", "", 700}, 0: {"", "", 0}, -1: {"", "", 700}} {
				v := w.Call("PATCH", "/store/v1/checkouts/"+k.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
					"use_points": points, "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, ada...)
				if v.Text("status") != "ready_for_complete" || v.Int("points", "used") != want.used || len(v.At("messages").([]any)) != min(len(want.code), 1) {
					t.Fatalf("%d points: %s", points, v.Bytes)
				}
				if want.code != "" && (v.Text("messages", 0, "code") != want.code || v.Text("messages", 0, "path") != "$.use_points" || !strings.Contains(v.Text("messages", 0, "content"), want.says)) {
					t.Errorf("%d points in %s: %s", points, locale, v.Bytes)
				}
			}
		}
	})
}

// As many points as possible pay what the merchant lets them: a share of the
// order, from a least number, and nothing where they are worth nothing.
func TestPointsPayNoMoreThanTheMerchantLetsThem(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, id := customer(w, "ada@example.com")
		grantPoints(w, id, 5000, "p")
		checkout := pointsCart(w, ada, "sandbox:approve", -1)
		read := func() apptest.Answer { return w.Call("GET", "/store/v1/checkouts/"+checkout, nil, ada...) }
		if v := read(); v.At("points") != nil || v.Int("amount_due", "amount") != 16_80 {
			t.Errorf("points pay before anybody said what they are worth: %s", v.Bytes)
		}
		worth(w, 33, 0, 50)
		v := read() // 8.40 at most, 2,546 points
		if v.Int("points", "used") != 2546 || v.Int("tenders", 0, "amount", "amount") != 8_40 || v.Int("amount_due", "amount") != 8_40 {
			t.Errorf("%s", v.Bytes)
		}
		worth(w, 33, 2547, 50)
		if v := read(); v.Int("points", "used") != 0 || v.Int("points", "most") != 0 || v.Int("points", "least") != 2547 || v.Int("amount_due", "amount") != 16_80 {
			t.Errorf("fewer than the least pay: %s", v.Bytes)
		}
		worth(w, 1_00, 0, 100)
		done := w.Call("POST", "/store/v1/checkouts/"+checkout+"/complete", agreed(w, checkout, ada...), append(ada, "Idempotency-Key", "k")...)
		if done.Text("status") != "completed" || charged(w) != 0 {
			t.Fatalf("the bank holds %d: %s", charged(w), done.Bytes)
		}
		hasPoints(w, id, 5000-1680, 0)
		if a := grantPoints(w, id, -3321, "t"); a.Status != 409 {
			t.Errorf("more is taken than there is: %d %s", a.Status, a.Bytes)
		}
		for range 2 {
			grantPoints(w, id, -320, "u")
		}
		hasPoints(w, id, 3000, 0)
		canceled := w.Call("POST", "/admin/v1/orders/"+done.Text("order", "id")+"/amendments", map[string]any{"kind": "cancel", "reason": "by mistake"}, "Idempotency-Key", "x")
		if canceled.Int("to_points", "amount") != 16_80 || canceled.Text("status") != "done" {
			t.Errorf("%d %s", canceled.Status, canceled.Bytes)
		}
		hasPoints(w, id, 4680, 0)
		stranger, _ := customer(w, "eve@example.com")
		if v := w.Call("GET", "/store/v1/customers/me/points", nil, stranger...); v.Int("available") != 0 {
			t.Errorf("%s", v.Bytes)
		}
		w.Whole()
	})
}

// What a declined payment had held is there again.
func TestADeclineGivesThePointsBack(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, id := customer(w, "ada@example.com")
		worth(w, 1_00, 0, 100)
		grantPoints(w, id, 500, "p")
		checkout := pointsCart(w, ada, "sandbox:decline", 500)
		a := w.Call("POST", "/store/v1/checkouts/"+checkout+"/complete", agreed(w, checkout, ada...), append(ada, "Idempotency-Key", "k1")...)
		if a.Text("messages", 0, "code") != "payment_declined" {
			t.Fatalf("%s", a.Bytes)
		}
		hasPoints(w, id, 500, 0)
		w.Call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, ada...)
		if a := w.Call("POST", "/store/v1/checkouts/"+checkout+"/complete", agreed(w, checkout, ada...), append(ada, "Idempotency-Key", "k2")...); a.Text("status") != "completed" {
			t.Fatalf("%s", a.Bytes)
		}
		hasPoints(w, id, 0, 0)
		if charged(w) != 11_80 {
			t.Errorf("the bank holds %d", charged(w))
		}
		w.Whole()
	})
}

// Points that are spent between the look and the order pay nothing here, and
// nobody is charged a sum that was not shown.
func TestPointsDrainedBetweenApplyAndPlaceChargeNobodyMore(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		ada, id := customer(w.World, "ada@example.com")
		worth(w.World, 1_00, 0, 100)
		grantPoints(w.World, id, 1680, "p")
		a, b := pointsCart(w.World, ada, "sandbox:approve", -1), pointsCart(w.World, ada, "sandbox:approve", -1)
		body := agreed(w.World, b, ada...)
		if done := w.Call("POST", "/store/v1/checkouts/"+a+"/complete", agreed(w.World, a, ada...), append(ada, "Idempotency-Key", "k")...); done.Text("status") != "completed" {
			t.Fatalf("%s", done.Bytes)
		}
		if late := w.Call("POST", "/store/v1/checkouts/"+b+"/complete", body, append(ada, "Idempotency-Key", "k")...); late.Text("messages", 0, "code") != "due_changed" {
			t.Errorf("%s", late.Bytes)
		}
		hasPoints(w.World, id, 0, 0)
		if charged(w.World) != 0 {
			t.Errorf("the bank holds %d", charged(w.World))
		}
	})
}

// The same points in sixteen carts pay once; the others are told, and charged nothing.
func TestTheSamePointsInSixteenCartsPayOnce(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		ada, id := customer(w.World, "ada@example.com")
		worth(w.World, 1_00, 0, 100)
		grantPoints(w.World, id, 1680, "p")
		checkouts, bodies := make([]string, 16), make([]map[string]any, 16)
		for i := range checkouts {
			checkouts[i] = pointsCart(w.World, ada, "sandbox:approve", -1)
			bodies[i] = agreed(w.World, checkouts[i], ada...)
		}
		var done, told atomic.Int64
		w.together(len(checkouts), func(i int) {
			a, err := w.Try("POST", "/store/v1/checkouts/"+checkouts[i]+"/complete", bodies[i], ada[0], ada[1], "Idempotency-Key", fmt.Sprint("k", i))
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
		hasPoints(w.World, id, 0, 0)
		if charged(w.World) != 0 {
			t.Errorf("the bank holds %d", charged(w.World))
		}
	})
}
