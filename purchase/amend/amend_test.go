package amend_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/platform/remember"
	"korzo/purchase/amend"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gatewaytest/eviltest"
	"korzo/purchase/promotion"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, job.Schema, ledger.Schema, exception.Schema, market.Schema, catalog.Schema, inventory.Schema, profile.Schema,
	wallet.Schema, promotion.Schema, order.Schema, payment.Schema, giftcard.Schema, amend.Schema}

// desk is a shop with an order of three units at 33.33 and 5.00 of shipping:
// 104.99 in all.
type desk struct {
	*testing.T
	d       *db.DB
	pay     *payment.Payments
	amend   *amend.Amendments
	gateway *eviltest.Gateway
	order   order.ID
	payment payment.ID
}

func each(t *testing.T, mix eviltest.Mix, taken bool, test func(w *desk)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := &desk{T: t, d: d, gateway: eviltest.New("card", 1, mix, d.Now, func(string, http.Header, []byte) {})}
		w.pay = payment.New(d, []payment.Gateway{w.gateway}, nil, func(context.Context, *db.Tx, string, payment.Attempt, string) error { return nil })
		w.amend = amend.New(amend.Config{DB: d, Payments: w.pay})
		t.Cleanup(w.pay.Wait)
		w.buy(taken)
		test(w)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			r, err := ledger.Check(t.Context(), tx)
			if !r.Balanced {
				t.Errorf("the ledger: %v", r.Problems)
			}
			wrong, err2 := payment.Verify(t.Context(), tx)
			for _, text := range wrong {
				t.Error(text)
			}
			return errors.Join(err, err2)
		})
	})
}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

const line = order.LineID("oli_1")

func (w *desk) buy(taken bool) {
	w.Helper()
	zero := eur(0)
	w.place(taken, order.Draft{Cart: "c", Market: "DE", Channel: "web", TaxIncluded: true,
		Subtotal: eur(99_99), Discount: zero, Shipping: eur(5_00), Tax: zero, Total: eur(104_99), Groups: []order.Group{{ID: "g", Kind: "ship", Price: eur(5_00), Discount: zero, Tax: zero}},
		Lines: []order.Line{{ID: line, Group: "g", Kind: "goods", Quantity: 3, UnitPrice: eur(33_33), UnitCost: zero, Subtotal: eur(99_99), Discount: zero, Tax: zero, Total: eur(99_99), Refunded: zero}}})
}

// place pays for an order, its money held or taken, and places it.
func (w *desk) place(taken bool, d order.Draft) {
	w.Helper()
	w.order = order.NewID(w.d.Now())
	var a payment.Attempt
	for i := 0; !a.State.Paid(); i++ {
		dbtest.Write(w.T, w.d, func(tx *db.Tx) (err error) {
			a, err = w.pay.Open(w.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: fmt.Sprint(d.Cart, i)}, Market: "DE", Amount: d.Total, Method: "card",
				Kind: "card", Gateway: "card", Instrument: "tok", Capture: taken})
			return err
		})
		var err error
		if a, err = w.pay.Pay(w.Context(), a); err != nil {
			w.Fatal(err)
		}
	}
	w.payment, d.Payment = a.Payment, string(a.Payment)
	var n order.Numbers
	dbtest.Write(w.T, w.d, func(tx *db.Tx) error {
		_, err := n.Place(w.Context(), tx, w.order, d, "")
		return err
	})
}

func (w *desk) units(n int64) amend.Request {
	return amend.Request{Order: w.order, Key: "k", Kind: amend.KindRefund, Lines: []amend.Line{{Line: line, Units: n}}, Reason: "broken", Actor: "stf_ada"}
}

// is fails the test unless so much was taken and given back.
func (w *desk) is(captured, refunded int64, state order.State) {
	w.Helper()
	dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
		p, _, err := payment.Find(w.Context(), tx, w.payment)
		if err != nil {
			return err
		}
		o, err := order.Find(w.Context(), tx, w.order)
		if p.Captured != eur(captured) || p.Refunded != eur(refunded) || o.State != state {
			w.Errorf("taken %v, given back %v, the order is %s; want %d, %d, %s", p.Captured, p.Refunded, o.State, captured, refunded, state)
		}
		return err
	})
	var net int64
	for _, e := range w.gateway.Book() {
		net += e.Net().Minor
	}
	if net != captured-refunded {
		w.Errorf("the gateway has %d of ours, want %d", net, captured-refunded)
	}
}

// Whatever parts an order is given back in, the parts are its total.
func TestUnitsGivenBackOneByOneAreTheWholeLine(t *testing.T) {
	each(t, eviltest.Mix{}, true, func(w *desk) {
		for i := range 3 {
			r := w.units(1)
			r.Key = fmt.Sprint(i)
			if i == 2 {
				r.Shipping = eur(5_00)
			}
			preview, err := w.amend.Preview(w.Context(), r)
			if err != nil {
				w.Fatal(err)
			}
			a, err := w.amend.Propose(w.Context(), r)
			if err != nil || a.State != amend.StateDone || a.Total() != preview.Total() {
				w.Fatalf("%+v, %v; the preview was %v", a, err, preview.Total())
			}
		}
		w.is(104_99, 104_99, order.StatePlaced)
		r := w.units(1)
		r.Key = "one more"
		if _, err := w.amend.Propose(w.Context(), r); !errors.Is(err, amend.ErrTooMuch) {
			w.Errorf("a fourth of three: %v", err)
		}
		r.Lines, r.Shipping = nil, eur(1)
		if _, err := w.amend.Propose(w.Context(), r); !errors.Is(err, amend.ErrTooMuch) {
			w.Errorf("more shipping than there was: %v", err)
		}
	})
}

func TestWhatIsWrongIsRefusedAndMovesNothing(t *testing.T) {
	each(t, eviltest.Mix{}, true, func(w *desk) {
		for name, c := range map[string]struct {
			change func(r *amend.Request)
			want   error
		}{
			"no reason":                    {func(r *amend.Request) { r.Reason = " " }, amend.ErrReason},
			"no units":                     {func(r *amend.Request) { r.Lines[0].Units = 0 }, amend.ErrNothing},
			"too many units":               {func(r *amend.Request) { r.Lines[0].Units = 4 }, amend.ErrTooMuch},
			"fewer than none":              {func(r *amend.Request) { r.Lines[0].Units = -1 }, amend.ErrTooMuch},
			"another's line":               {func(r *amend.Request) { r.Lines[0].Line = "oli_x" }, amend.ErrNothing},
			"too much shipping":            {func(r *amend.Request) { r.Shipping = eur(5_01) }, amend.ErrTooMuch},
			"goodwill below nothing":       {func(r *amend.Request) { r.Goodwill = eur(-1) }, amend.ErrTooMuch},
			"more goodwill than was paid":  {func(r *amend.Request) { r.Goodwill = eur(104_99) }, amend.ErrTooMuch},
			"no key":                       {func(r *amend.Request) { r.Key = "" }, amend.ErrNoKey},
			"shipping of another currency": {func(r *amend.Request) { r.Shipping = money.Of(1, "USD") }, amend.ErrTooMuch},
			"no order":                     {func(r *amend.Request) { r.Order = "ord_x" }, order.ErrNotFound},
		} {
			r := w.units(1)
			c.change(&r)
			if _, err := w.amend.Propose(w.Context(), r); !errors.Is(err, c.want) {
				w.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		w.is(104_99, 0, order.StatePlaced)
	})
}

func TestAKeyIsOneAmendmentAndNoOther(t *testing.T) {
	each(t, eviltest.Mix{}, true, func(w *desk) {
		first, err := w.amend.Propose(w.Context(), w.units(1))
		if err != nil {
			w.Fatal(err)
		}
		if again, err := w.amend.Propose(w.Context(), w.units(1)); err != nil || again.ID != first.ID {
			w.Errorf("the same request: %+v, %v", again, err)
		}
		goodwill := w.units(1)
		goodwill.Goodwill = eur(1)
		for _, r := range []amend.Request{w.units(2), goodwill, {Order: w.order, Key: "k", Kind: amend.KindCancel, Reason: "x", Actor: "stf_ada"}} {
			if _, err := w.amend.Propose(w.Context(), r); !errors.Is(err, amend.ErrKey) {
				w.Errorf("another request under the same key: %v", err)
			}
		}
		w.is(104_99, 33_33, order.StatePlaced)
	})
}

// Sixteen at once under one key are one; under keys of their own, no more than
// was paid goes back.
func TestManyAtOnceGiveBackOnceAndNeverTooMuch(t *testing.T) {
	for name, c := range map[string]struct {
		key  func(i int) string
		want int64
	}{
		"the same wish":                      {func(int) string { return "k" }, 66_66},
		"wishes for two of three units each": {func(i int) string { return fmt.Sprint(i) }, 66_66},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, eviltest.Mix{}, true, func(w *desk) {
				var wg sync.WaitGroup
				for i := range 16 {
					wg.Go(func() {
						r := w.units(2)
						r.Key = c.key(i)
						if _, err := w.amend.Propose(w.Context(), r); err != nil && !errors.Is(err, amend.ErrTooMuch) {
							w.Error(err)
						}
					})
				}
				wg.Wait()
				w.is(104_99, c.want, order.StatePlaced)
			})
		})
	}
}

func (w *desk) limit(minor int64) {
	dbtest.Write(w.T, w.d, func(tx *db.Tx) error { return amend.SaveLimit(w.Context(), tx, eur(minor)) })
}

func TestTheLimitIsOfItsCurrencyUntilSomebodySetsIt(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		is := func(want string, used ...money.Currency) {
			t.Helper()
			dbtest.Read(t, d, func(tx *db.Tx) error {
				var got []string
				all, err := amend.Limits(t.Context(), tx, used...)
				for _, l := range all {
					got = append(got, fmt.Sprint(l.Amount.Decimal(), " ", l.Amount.Currency, " ", l.Preset))
				}
				if text := strings.Join(got, ", "); text != want {
					t.Errorf("%s; want %s", text, want)
				}
				return err
			})
		}
		is("500.00 EUR true, 200000.00 HUF true, 80000 JPY true", "HUF", "EUR", "JPY", "EUR")
		for _, wrong := range []money.Amount{money.Of(-1, "EUR"), money.Of(5, "EURO"), money.Of(5, "")} {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				if err := amend.SaveLimit(t.Context(), tx, wrong); !errors.Is(err, amend.ErrLimit) {
					t.Errorf("%+v: %v", wrong, err)
				}
				return nil
			})
		}
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error { return amend.SaveLimit(t.Context(), tx, money.Of(0, "USD")) })
		}
		is("500.00 EUR true, 0.00 USD false", "EUR")
	})
}

func TestASecondPersonApprovesWhatIsOverTheLimitAndNobodyTheirOwn(t *testing.T) {
	each(t, eviltest.Mix{}, true, func(w *desk) {
		w.limit(50_00)
		a, err := w.amend.Propose(w.Context(), w.units(2))
		if err != nil || a.State != amend.StateProposed {
			w.Fatalf("%+v, %v", a, err)
		}
		if _, err := w.amend.Approve(w.Context(), a.ID, "stf_ada"); !errors.Is(err, amend.ErrOwn) {
			w.Errorf("her own: %v", err)
		}
		other := w.units(2)
		other.Key = "other"
		if _, err := w.amend.Propose(w.Context(), other); !errors.Is(err, amend.ErrTooMuch) {
			w.Errorf("what is proposed is claimed: %v", err)
		}
		w.is(104_99, 0, order.StatePlaced)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := w.amend.Approve(w.Context(), a.ID, "stf_eve"); err != nil && !errors.Is(err, amend.ErrState) {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		w.is(104_99, 66_66, order.StatePlaced)
		third := w.units(1)
		third.Key, third.Shipping = "third", eur(5_00)
		w.limit(0)
		b, err := w.amend.Propose(w.Context(), third)
		if err != nil {
			w.Fatal(err)
		}
		if b, err = w.amend.Decline(w.Context(), b.ID, "stf_ada"); err != nil || b.State != amend.StateDeclined {
			w.Errorf("%+v, %v", b, err)
		}
		if _, err := w.amend.Preview(w.Context(), third); err != nil {
			w.Errorf("what was declined is free again: %v", err)
		}
	})
}

// Half a year after a card and its hold nothing goes back to it: a preview says
// so, nobody can approve it any more, and an order is cancelled all the same.
func TestWhatASchemeGivesBackNoMoreIsSaidBeforeItIsApproved(t *testing.T) {
	each(t, eviltest.Mix{}, true, func(w *desk) {
		clock := dbtest.Clock(w.d)
		w.limit(50_00)
		r := w.units(2)
		if p, err := w.amend.Preview(w.Context(), r); err != nil || p.Refused != nil || p.Stopped() {
			w.Fatalf("in time: %+v, %v", p, err)
		}
		waits, err := w.amend.Propose(w.Context(), r)
		if err != nil || waits.State != amend.StateProposed {
			w.Fatalf("%+v, %v", waits, err)
		}
		clock.Advance(188 * 24 * time.Hour)
		if p, err := w.amend.Preview(w.Context(), w.units(1)); err != nil || !errors.Is(p.Refused, payment.ErrLate) || !p.Stopped() || p.ToPayment != eur(33_33) {
			w.Errorf("too late: %+v, %v", p, err)
		}
		if _, err := w.amend.Approve(w.Context(), waits.ID, "stf_eve"); !errors.Is(err, payment.ErrLate) {
			w.Errorf("approved too late: %v", err)
		}
		if a, err := w.amend.Find(w.Context(), waits.ID); err != nil || a.State != amend.StateProposed {
			w.Errorf("what was refused still waits: %+v, %v", a, err)
		}
		w.is(104_99, 0, order.StatePlaced)
		if a, err := w.amend.Decline(w.Context(), waits.ID, "stf_eve"); err != nil || a.State != amend.StateDeclined {
			w.Errorf("%+v, %v", a, err)
		}
		whole := amend.Request{Order: w.order, Key: "whole", Kind: amend.KindCancel, Reason: "never sent", Actor: "stf_ada", Proof: func(context.Context, *db.Tx) error { return nil }}
		if p, err := w.amend.Preview(w.Context(), whole); err != nil || !errors.Is(p.Refused, payment.ErrLate) || p.Stopped() {
			w.Errorf("to cancel too late: %+v, %v", p, err)
		}
		if a, err := w.amend.Propose(w.Context(), whole); err != nil || a.State != amend.StateFailed {
			w.Errorf("%+v, %v", a, err)
		}
		w.is(104_99, 0, order.StateCanceled)
	})
}

func TestWhatABuyerIsEntitledToWaitsForNobody(t *testing.T) {
	each(t, eviltest.Mix{}, true, func(w *desk) {
		w.limit(0)
		r := amend.Request{Order: w.order, Key: "k", Kind: amend.KindCancel, Reason: "changed their mind", Actor: "buyer"}
		begun := errors.New("somebody has begun")
		r.Proof = func(context.Context, *db.Tx) error { return begun }
		if a, err := w.amend.Propose(w.Context(), r); !errors.Is(err, begun) || a.ID != "" {
			w.Fatalf("nobody is entitled any more: %+v, %v", a, err)
		}
		w.is(104_99, 0, order.StatePlaced)
		r.Proof = func(context.Context, *db.Tx) error { return nil }
		if a, err := w.amend.Propose(w.Context(), r); err != nil || a.State != amend.StateDone {
			w.Fatalf("%+v, %v", a, err)
		}
		w.is(104_99, 104_99, order.StateCanceled)
	})
}

func TestAnOrderThatHasNotLeftIsCancelled(t *testing.T) {
	for name, taken := range map[string]bool{"its money was held": false, "its money was taken": true} {
		t.Run(name, func(t *testing.T) {
			each(t, eviltest.Mix{}, taken, func(w *desk) {
				r := amend.Request{Order: w.order, Key: "k", Kind: amend.KindCancel, Reason: "changed their mind", Actor: "stf_ada"}
				for range 2 {
					if a, err := w.amend.Propose(w.Context(), r); err != nil || a.State != amend.StateDone {
						w.Fatalf("%+v, %v", a, err)
					}
				}
				want := int64(0)
				if taken {
					want = 104_99
				}
				w.is(want, want, order.StateCanceled)
				for _, e := range w.gateway.Book() {
					if e.Held().Minor != 0 {
						w.Errorf("the gateway still holds %v", e.Held())
					}
				}
				r.Key = "again"
				if _, err := w.amend.Propose(w.Context(), r); !errors.Is(err, amend.ErrShipped) {
					w.Errorf("cancelled twice: %v", err)
				}
			})
		})
	}
}

// A gateway that is silent is asked again until the money is back, once.
func TestASilentGatewayIsAskedAgain(t *testing.T) {
	mix := eviltest.Mix{Change: []eviltest.Chance{{Fault: eviltest.TimeoutAfter, PPM: 500_000}, {Fault: eviltest.TimeoutBefore, PPM: 300_000}}}
	each(t, mix, true, func(w *desk) {
		a, err := w.amend.Propose(w.Context(), w.units(2))
		if err != nil {
			w.Fatal(err)
		}
		for range 200 {
			if a.State == amend.StateDone {
				break
			}
			dbtest.Clock(w.d).Advance(time.Minute)
			_, _ = w.pay.Resume(w.Context())
			if _, err := w.amend.Resume(w.Context()); err != nil {
				w.Fatal(err)
			}
			if a, err = w.amend.Find(w.Context(), a.ID); err != nil {
				w.Fatal(err)
			}
		}
		if a.State == amend.StateFailed { // its key was forgotten: known to have moved nothing
			w.is(104_99, 0, order.StatePlaced)
			return
		}
		w.is(104_99, 66_66, order.StatePlaced)
	})
}
