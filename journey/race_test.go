package journey_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/value/money"
)

// Every race is run with pauses between statements, which is what makes a
// window between a look and a leap wide enough to fall through.
var pauses = []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond}

// contest is a shop in which what happens together happens with pauses.
type contest struct {
	*apptest.World
	pause time.Duration
}

// race runs a test on a shop of each database with each pause, and compares the
// books afterwards.
func race(t *testing.T, test func(t *testing.T, w contest)) {
	for _, pause := range pauses {
		if testing.Short() && pause > time.Millisecond {
			continue
		}
		t.Run(fmt.Sprint(pause), func(t *testing.T) {
			both(t, bank.Config{ChallengeAfter: time.Second}, func(t *testing.T, w *apptest.World) {
				test(t, contest{w, pause})
				agree(w)
			})
		})
	}
}

// together starts n goroutines at one moment and waits for them. Meanwhile
// there are pauses between the shop's statements: before each on PostgreSQL,
// where transactions run side by side; before some on SQLite, where one writer
// does one after the other. Longer pauses are rarer.
func (w contest) together(n int, do func(i int)) {
	every := max(1, int(w.pause/(20*time.Millisecond)))
	if !w.App.DB.Postgres() {
		every *= 40
	}
	previous := w.App.DB.OnStatement(func(context.Context, string) {
		if w.pause > 0 && rand.IntN(every) == 0 {
			time.Sleep(w.pause)
		}
	})
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
	w.App.DB.OnStatement(previous)
}

func TestSixtyFourBuyersOnTenUnitsAreTenOrders(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		w.Stock("MUG-RED", 10)
		checkouts := make([]string, 64)
		var total map[string]any
		for i := range checkouts {
			checkouts[i], _, total = ready(w.World, "sandbox:approve", line("MUG-RED", 1))
		}
		var done, short atomic.Int64
		w.together(64, func(i int) {
			a, err := w.Try("POST", "/store/v1/checkouts/"+checkouts[i]+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", "k")
			switch {
			case err != nil || a.Status != 200:
				t.Errorf("buyer %d: %v %d %s", i, err, a.Status, a.Bytes)
			case a.Text("status") == "completed":
				done.Add(1)
			case a.Text("messages", 0, "code") == "insufficient_stock":
				short.Add(1)
			case a.Text("status") != "complete_in_progress":
				t.Errorf("buyer %d: %s", i, a.Bytes)
			}
		})
		w.Until("ten orders", func() bool { return len(orders(w.World)) == 10 })
		if short.Load() != 54 {
			t.Errorf("%d completed, %d short", done.Load(), short.Load())
		}
		if on, held := w.Levels("MUG-RED"); on != 10 || held != 10 {
			t.Errorf("%d on hand, %d promised, want 10 and 10", on, held)
		}
	})
}

func TestTheSameRaceInProcess(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		w.Stock("MUG-RED", 10)
		ids := make([]checkout.ID, 64)
		var amount int64
		for i := range ids {
			id, _, total := ready(w.World, "sandbox:approve", line("MUG-RED", 1))
			ids[i], amount = checkout.ID(id), int64(total["amount"].(float64))
		}
		w.together(64, func(i int) {
			_, _, err := w.App.Checkout.Complete(t.Context(), checkout.Request{Session: ids[i], Expected: money.Of(amount, "EUR"),
				Key: idempotency.Key{Principal: "test", Route: string(ids[i]), Key: "k"}, BodyHash: "h"})
			if err != nil {
				t.Error(err)
			}
		})
		w.Until("ten orders", func() bool { return len(orders(w.World)) == 10 })
		if _, held := w.Levels("MUG-RED"); held != 10 {
			t.Errorf("%d promised, want 10", held)
		}
	})
}

func TestCartsWithTheSameGoodsInOppositeOrderNeverLockEachOther(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		w.Stock("MUG-RED", 40)
		w.Stock("MUG-BLUE", 40)
		checkouts := make([]string, 64)
		totals := make([]map[string]any, 64)
		for i := range checkouts {
			lines := []any{line("MUG-RED", 1), line("MUG-BLUE", 1)}
			if i%2 == 1 {
				lines[0], lines[1] = lines[1], lines[0]
			}
			checkouts[i], _, totals[i] = ready(w.World, "sandbox:approve", lines...)
		}
		w.together(64, func(i int) {
			a, err := w.Try("POST", "/store/v1/checkouts/"+checkouts[i]+"/complete", map[string]any{"expected_total": totals[i]}, "Idempotency-Key", "k")
			if err != nil || a.Status != 200 {
				t.Errorf("%v %d %s", err, a.Status, a.Bytes)
			}
		})
		w.Until("forty orders", func() bool { return len(orders(w.World)) == 40 })
	})
}

func TestACouponWithALimitIsUsedAsOftenAndNotOnceMore(t *testing.T) {
	euros := func(minor int) map[string]any { return map[string]any{"amount": minor, "currency": "EUR"} }
	for i, c := range []struct {
		name      string
		promotion map[string]any
		codes     map[string]any
		limit     int
	}{
		{"one use", map[string]any{"percent": 10, "usage_limit": 1}, nil, 1},
		{"seven uses", map[string]any{"percent": 10, "usage_limit": 7}, nil, 7},
		{"one use a customer, and they are all one", map[string]any{"percent": 10, "per_customer": 1}, nil, 1},
		{"three uses a day", map[string]any{"percent": 10, "period": "day", "per_period": 3}, nil, 3},
		{"a first order", map[string]any{"percent": 10, "conditions": []any{map[string]any{"kind": "customer", "settings": map[string]any{"first_order": true}}}}, nil, 1},
		{"a budget of 100 euros, 7 euros a cart", map[string]any{"amount": euros(7_00), "budget": euros(100_00)}, nil, 14},
		{"a code for two", map[string]any{"percent": 10}, map[string]any{"codes": []any{"ONCE"}, "usage_limit": 2}, 2},
	} {
		if testing.Short() && i > 0 && c.promotion["budget"] == nil {
			continue // the race detector is shown one that counts and one that adds up: the others go the same way
		}
		t.Run(c.name, func(t *testing.T) {
			race(t, func(t *testing.T, w contest) {
				promotion := maps.Clone(c.promotion)
				if c.codes == nil {
					promotion["code"] = "ONCE"
				} else {
					promotion["by_code"] = true
				}
				coupons(t, w, promotion, c.codes, c.limit)
			})
		})
	}
}

func coupons(t *testing.T, w contest, promotion, codes map[string]any, limit int) {
	promotion["name"] = "Once"
	made := w.Call("POST", "/admin/v1/promotions", promotion)
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Bytes)
	}
	if codes != nil {
		if a := w.Call("POST", "/admin/v1/promotions/"+made.Text("id")+"/codes", codes); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
	}
	checkouts := make([]string, 32)
	totals := make([]map[string]any, 32)
	for i := range checkouts {
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/codes", map[string]any{"code": "once"})
		checkouts[i], _, totals[i] = readyCart(w.World, c.Text("id"), "sandbox:approve")
	}
	w.together(32, func(i int) {
		a, err := w.Try("POST", "/store/v1/checkouts/"+checkouts[i]+"/complete", map[string]any{"expected_total": totals[i]}, "Idempotency-Key", "k")
		if err != nil || a.Status != 200 {
			t.Errorf("%v %d %s", err, a.Status, a.Bytes)
		}
		if code := a.Text("messages", 0, "code"); a.Text("status") != "completed" && code != "code_exhausted" && code != "total_changed" && code != "payment_in_progress" {
			t.Errorf("%s", a.Bytes)
		}
	})
	discounted := 0
	w.Until("the discounted are placed", func() bool { return len(orders(w.World)) >= limit })
	for _, id := range checkouts { // the others buy at the full price
		v := w.Call("GET", "/store/v1/checkouts/"+id, nil)
		if v.Text("status") == "ready_for_complete" {
			if a := complete(w.World, id, "k2", v.At("totals", "total")); a.Text("status") != "completed" {
				t.Errorf("%s", a.Bytes)
			}
		}
	}
	w.Until("all are placed", func() bool { return len(orders(w.World)) == 32 })
	for i := range orders(w.World) {
		o := w.Call("GET", "/admin/v1/orders/"+w.Call("GET", "/admin/v1/orders?limit=100", nil).Text("data", i, "id"), nil)
		if o.Int("totals", "discount", "amount") > 0 {
			discounted++
		}
	}
	if discounted != limit {
		t.Errorf("%d orders are discounted, want %d", discounted, limit)
	}
	now := w.Call("GET", "/admin/v1/promotions/"+made.Text("id"), nil)
	if now.Int("used") != int64(limit) {
		t.Errorf("%d uses are counted, want %d", now.Int("used"), limit)
	}
	if promotion["budget"] != nil && now.Int("spent", "amount") != int64(limit)*7_00 {
		t.Errorf("%d are spent, want %d", now.Int("spent", "amount"), limit*7_00)
	}
}

func TestALineAddedWhileCompletingIsNeitherFreeNorForgotten(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		for round := range 4 {
			id, cartID, total := ready(w.World, "sandbox:approve", line("MUG-RED", 1))
			var added, refused atomic.Int64
			w.together(9, func(i int) {
				if i == 0 {
					a, err := w.Try("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", "k")
					if err != nil || a.Status != 200 {
						t.Errorf("round %d: %v %d %s", round, err, a.Status, a.Bytes)
					}
					return
				}
				a, err := w.Try("POST", "/store/v1/carts/"+cartID+"/lines", line("POSTER", 1))
				switch {
				case err != nil:
					t.Error(err)
				case a.Status == 200:
					added.Add(1)
				case a.Status == 409:
					refused.Add(1)
				default:
					t.Errorf("%d %s", a.Status, a.Bytes)
				}
			})
			w.Until("settled", func() bool {
				s := w.Call("GET", "/store/v1/checkouts/"+id, nil).Text("status")
				return s != "complete_in_progress"
			})
			v := w.Call("GET", "/store/v1/checkouts/"+id, nil)
			if v.Text("status") == "completed" && added.Load() > 0 && v.Int("order", "total", "amount") == int64(total["amount"].(float64)) {
				t.Errorf("%d lines were added, and the order still costs %v", added.Load(), total["amount"])
			}
		}
	})
}

func TestFiftyIdenticalSubmitsAreOneOrderAndTheSameBytes(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		id, _, total := ready(w.World, "sandbox:approve", line("MUG-RED", 1))
		answers := make([]string, 50)
		w.together(50, func(i int) {
			a, err := w.Try("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", "same")
			if err != nil || a.Status != 200 {
				t.Errorf("%v %d %s", err, a.Status, a.Bytes)
			}
			answers[i] = string(a.Bytes)
		})
		for _, a := range answers {
			if a != answers[0] {
				t.Errorf("two answers:\n%s%s", answers[0], a)
			}
		}
		w.Until("one order", func() bool { return len(orders(w.World)) == 1 })
	})
}

func TestFiftySubmitsUnderDifferentKeysAreOneOrder(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		id, _, total := ready(w.World, "sandbox:approve", line("MUG-RED", 1))
		w.together(50, func(i int) {
			a, err := w.Try("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", fmt.Sprint(i))
			if err != nil || a.Status != 200 {
				t.Errorf("%v %d %s", err, a.Status, a.Bytes)
			}
			if s := a.Text("status"); s != "completed" && s != "complete_in_progress" {
				t.Errorf("%s", a.Bytes)
			}
		})
		w.Until("one order", func() bool { return len(orders(w.World)) == 1 })
	})
}

func TestWebhookRedirectPollerAndPersonAtOnceMakeOneOrder(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		id, _, total := ready(w.World, "sandbox:challenge", line("MUG-RED", 2))
		complete(w.World, id, "k", total)
		var attempt payment.AttemptID
		w.Until("an attempt at the bank", func() bool {
			book, err := w.Bank.Book(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(book) == 1 {
				attempt = payment.AttemptID(book[0].Reference)
			}
			return attempt != ""
		})
		end := time.Now().Add(1500 * time.Millisecond)
		w.together(16, func(i int) {
			for time.Now().Before(end) && t.Context().Err() == nil {
				var err error
				switch i % 4 {
				case 0:
					err = w.App.Payments.Notified(t.Context(), "sandbox", payment.Notice{ID: fmt.Sprint(rand.Uint64()), Reference: string(attempt), Kind: "payment.authorized"})
				case 1:
					_, err = w.App.Payments.Sync(t.Context(), attempt)
				case 2:
					_, err = w.App.Payments.Resume(t.Context())
				default:
					_, err = w.App.Checkout.Find(t.Context(), checkout.ID(id), cart.Caller{})
				}
				if err != nil {
					t.Error(err)
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
		w.Until("completed", func() bool { return w.Call("GET", "/store/v1/checkouts/"+id, nil).Text("status") == "completed" })
		if n := len(orders(w.World)); n != 1 {
			t.Errorf("%d orders", n)
		}
		if _, held := w.Levels("MUG-RED"); held != 2 {
			t.Errorf("%d promised, want 2", held)
		}
	})
}

func TestResumeBesideASlowAnswerLeavesMoneyStockAndOrderAgreeing(t *testing.T) {
	for _, instrument := range []string{"sandbox:timeout_after", "sandbox:timeout_before", "sandbox:late"} {
		t.Run(instrument, func(t *testing.T) {
			both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
				ids := make([]string, 8)
				for i := range ids {
					var total map[string]any
					ids[i], _, total = ready(w, instrument, line("MUG-RED", 1))
					go func() { // the client does not wait
						_, _ = w.Try("POST", "/store/v1/checkouts/"+ids[i]+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", "k")
					}()
				}
				resumeUntilSettled(w, ids)
				placed := int64(len(orders(w)))
				if _, held := w.Levels("MUG-RED"); held != placed {
					t.Errorf("%d promised for %d orders", held, placed)
				}
				agree(w)
			})
		})
	}
}

// resumeUntilSettled plays several nodes that resume as fast as they can, with
// every attempt due all the time.
func resumeUntilSettled(w *apptest.World, ids []string) {
	w.T.Helper()
	w.Until("all settled", func() bool {
		contest{w, time.Millisecond}.together(4, func(int) {
			if _, err := w.App.Payments.Resume(w.T.Context()); err != nil {
				w.T.Error(err)
			}
		})
		for _, id := range ids {
			v := w.Call("GET", "/store/v1/checkouts/"+id, nil)
			if s := v.Text("status"); s != "completed" && (s != "ready_for_complete" || len(v.At("messages").([]any)) == 0) {
				return false
			}
		}
		return true
	})
}

func TestAHoldThatExpiresWhileTheCustomerPaysIsTakenAgainOrPutOnHold(t *testing.T) {
	for name, left := range map[string]int64{"the goods are still there": 1, "the goods are gone": 0} {
		t.Run(name, func(t *testing.T) {
			each(t, bank.Config{ChallengeAfter: 2 * time.Second}, func(t *testing.T, w *apptest.World) {
				w.Stock("MUG-RED", 1)
				id, _, total := ready(w, "sandbox:challenge", line("MUG-RED", 1))
				complete(w, id, "k", total)
				err := w.App.DB.Write(t.Context(), func(tx *db.Tx) error {
					_, err := inventory.Expire(t.Context(), tx, tx.Now.Add(time.Hour))
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				w.Stock("MUG-RED", left)
				w.Until("completed", func() bool { return w.Call("GET", "/store/v1/checkouts/"+id, nil).Text("status") == "completed" })
				o := w.Call("GET", "/admin/v1/orders?limit=1", nil)
				state, exceptions := o.Text("data", 0, "status"), w.Call("GET", "/admin/v1/exceptions", nil).At("data").([]any)
				if left == 1 && (state != "placed" || len(exceptions) != 0) || left == 0 && (state != "on_hold" || len(exceptions) != 1) {
					t.Errorf("the order is %s, %d exceptions", state, len(exceptions))
				}
				agree(w)
			})
		})
	}
}
