package payment_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/ledger"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/gateway"
	"korzo/value/money"
)

// shop is Payments with a sandbox bank, and an owner who is never told no.
type shop struct {
	*testing.T
	d    *db.DB
	bank *bank.Bank
	pay  *payment.Payments
	made int
}

// once is a gateway that captures once and lets go of the rest.
type once struct{ payment.Gateway }

func (o once) Traits() payment.Traits {
	t := o.Gateway.Traits()
	t.Parts = false
	return t
}

func each(t *testing.T, test func(s *shop)) {
	schemas := []fs.FS{event.Schema, ledger.Schema, exception.Schema, payment.Schema}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &shop{T: t, d: d}
		book := dbtest.SQLite(t, []fs.FS{bank.Schema})
		var server *httptest.Server
		s.bank = bank.New(book, func() string { return server.URL }, bank.Config{Secret: "s", Silence: 20 * time.Millisecond})
		server = httptest.NewServer(s.bank.Handler())
		t.Cleanup(server.Close)
		gateways, err := gateway.Open("sandbox://demo:s@"+strings.TrimPrefix(server.URL, "http://"), "manual://DE89370400440532013000?holder=Korzo")
		if err != nil {
			t.Fatal(err)
		}
		s.open(gateways)
		test(s)
		s.agree()
	})
}

// open starts the shop, again if need be.
func (s *shop) open(gateways []payment.Gateway) {
	report := func(ctx context.Context, tx *db.Tx, kind string, a payment.Attempt, text string) error {
		return exception.Raise(ctx, tx, exception.Problem{Kind: kind, Ref: string(a.ID), Text: text})
	}
	nothing := func(context.Context, *db.Tx, payment.Payment, payment.Attempt) error { return nil }
	s.pay = payment.New(s.d, gateways, map[string]payment.Forward{"test": nothing}, report)
	s.Cleanup(s.pay.Wait)
}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

var ada = payment.By{Actor: "stf_ada", Reason: "broken"}

// held is a payment of 100.00 that is held; taken also takes it.
func (s *shop) held(instrument string) payment.ID { return s.heldAt("sandbox", "sandbox:"+instrument) }

func (s *shop) heldAt(gateway, instrument string) payment.ID {
	s.Helper()
	var a payment.Attempt
	s.made++
	dbtest.Write(s.T, s.d, func(tx *db.Tx) (err error) {
		a, err = s.pay.Open(s.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: fmt.Sprint(s.made)}, Market: "DE", Amount: eur(100_00),
			Method: "card", Kind: map[string]string{"sandbox": "card", "manual": "transfer"}[gateway], Gateway: gateway, Instrument: instrument})
		return err
	})
	if a, err := s.pay.Pay(s.Context(), a); err != nil || a.State != payment.StateAuthorized {
		s.Fatalf("%+v, %v", a, err)
	}
	return a.Payment
}

func (s *shop) taken(instrument string) payment.ID {
	s.Helper()
	id := s.held(instrument)
	if err := s.pay.CaptureRest(s.Context(), id); err != nil {
		s.Fatal(err)
	}
	return id
}

// is fails the test unless the payment's amounts are these.
func (s *shop) is(id payment.ID, authorized, captured, refunded int64) {
	s.Helper()
	dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
		p, _, err := payment.Find(s.Context(), tx, id)
		if p.Authorized != eur(authorized) || p.Captured != eur(captured) || p.Refunded != eur(refunded) {
			s.Errorf("%s: held %v, taken %v, given back %v; want %d, %d, %d", id, p.Authorized, p.Captured, p.Refunded, authorized, captured, refunded)
		}
		return err
	})
}

// agree compares the shop's book with the bank's, with itself and the ledger.
func (s *shop) agree() {
	s.Helper()
	book, err := s.bank.Book(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	taken, given := int64(0), int64(0)
	for _, b := range book {
		taken, given = taken+b.Captured, given+b.Refunded
	}
	dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
		wrong, err := payment.Verify(s.Context(), tx)
		for _, w := range wrong {
			s.Error(w)
		}
		if err != nil {
			return err
		}
		report, err := ledger.Check(s.Context(), tx)
		if err != nil || !report.Balanced {
			s.Errorf("the ledger is out of balance: %+v, %v", report.Problems, err)
		}
		cleared, err := ledger.Balance(s.Context(), tx, "clearing:sandbox", "EUR")
		if err != nil {
			return err
		}
		kept, err := ledger.Balance(s.Context(), tx, "fees:sandbox", "EUR")
		cleared += kept
		if cleared != taken-given {
			s.Errorf("the bank took %d and gave back %d; the ledger has %d at it", taken, given, cleared)
		}
		return err
	})
}

func (s *shop) resume() {
	s.Helper()
	dbtest.Clock(s.d).Advance(time.Minute)
	if _, err := s.pay.Resume(s.Context()); err != nil {
		s.Error(err)
	}
}

// together does it n times at once.
func together(n int, do func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; do(i) })
	}
	close(start)
	wg.Wait()
}

func (s *shop) count(kind string) (n int) {
	s.Helper()
	dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
		facts, err := event.Facts(s.Context(), tx, kind, 0, 100)
		n = len(facts)
		return err
	})
	return n
}

func TestOfTwoRefundsOfSixtyPercentAtOnceOnePasses(t *testing.T) {
	each(t, func(s *shop) {
		id := s.taken("approve")
		errs := make([]error, 2)
		together(2, func(i int) { _, errs[i] = s.pay.Refund(s.Context(), id, eur(60_00), fmt.Sprint(i), ada) })
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), payment.ErrTooMuch) {
			s.Errorf("%v and %v, want one refused", errs[0], errs[1])
		}
		s.is(id, 100_00, 100_00, 60_00)
		if n := s.count("payment.refunded"); n != 1 {
			s.Errorf("%d facts", n)
		}
	})
}

func TestSixteenRefundsUnderOneKeyAreOne(t *testing.T) {
	each(t, func(s *shop) {
		id := s.taken("approve")
		together(16, func(int) {
			if m, err := s.pay.Refund(s.Context(), id, eur(30_00), "same", ada); err != nil || m.State != payment.MovementDone {
				s.Errorf("%+v, %v", m, err)
			}
		})
		s.is(id, 100_00, 100_00, 30_00)
		if _, err := s.pay.Refund(s.Context(), id, eur(31_00), "same", ada); !errors.Is(err, payment.ErrKey) {
			s.Errorf("another amount under the same key: %v", err)
		}
		if n := s.count("payment.refunded"); n != 1 {
			s.Errorf("%d facts", n)
		}
	})
}

func TestSixteenRefundsUnderSixteenKeysStopAtWhatWasTaken(t *testing.T) {
	each(t, func(s *shop) {
		id := s.taken("approve")
		together(16, func(i int) {
			if _, err := s.pay.Refund(s.Context(), id, eur(30_00), fmt.Sprint(i), ada); err != nil && !errors.Is(err, payment.ErrTooMuch) {
				s.Error(err)
			}
		})
		s.is(id, 100_00, 100_00, 90_00)
	})
}

func TestSixteenCapturesTakeWhatIsHeldAndNoMore(t *testing.T) {
	each(t, func(s *shop) {
		same, other, all := s.held("approve"), s.held("approve"), s.held("approve")
		together(16, func(i int) {
			if m, err := s.pay.Capture(s.Context(), same, eur(40_00), "same", ada); err != nil || m.State != payment.MovementDone {
				s.Errorf("%+v, %v", m, err)
			}
			if _, err := s.pay.Capture(s.Context(), other, eur(40_00), fmt.Sprint(i), ada); err != nil && !errors.Is(err, payment.ErrTooMuch) {
				s.Error(err)
			}
			if err := s.pay.CaptureRest(s.Context(), all); err != nil {
				s.Error(err)
			}
		})
		s.is(same, 100_00, 40_00, 0)
		s.is(other, 100_00, 80_00, 0)
		s.is(all, 100_00, 100_00, 0)
		if err := s.pay.CaptureRest(s.Context(), other); err != nil {
			s.Error(err)
		}
		s.is(other, 100_00, 100_00, 0)
	})
}

func TestCaptureBesideVoidEndsInOneOfTheTwo(t *testing.T) {
	each(t, func(s *shop) {
		for range 8 {
			id := s.held("approve")
			errs := make([]error, 2)
			together(2, func(i int) {
				if i == 0 {
					_, errs[0] = s.pay.Capture(s.Context(), id, eur(100_00), "c", ada)
				} else {
					_, errs[1] = s.pay.Void(s.Context(), id, "v", ada)
				}
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				s.Errorf("capture: %v, void: %v", errs[0], errs[1])
			}
			if errs[0] == nil {
				s.is(id, 100_00, 100_00, 0)
			} else {
				s.is(id, 0, 0, 0)
			}
		}
	})
}

func TestWhatIsHeldAndNotTakenIsLetGoOnce(t *testing.T) {
	each(t, func(s *shop) {
		whole, part, taken := s.held("approve"), s.held("approve"), s.taken("approve")
		if _, err := s.pay.Capture(s.Context(), part, eur(25_00), "c", ada); err != nil {
			s.Fatal(err)
		}
		for range 2 {
			for _, id := range []payment.ID{whole, part} {
				if m, err := s.pay.Void(s.Context(), id, "v", ada); err != nil || m.State != payment.MovementDone {
					s.Errorf("%+v, %v", m, err)
				}
			}
		}
		if _, err := s.pay.Void(s.Context(), taken, "v", ada); !errors.Is(err, payment.ErrState) {
			s.Errorf("taken money was voided: %v", err)
		}
		if _, err := s.pay.Capture(s.Context(), part, eur(1_00), "c2", ada); !errors.Is(err, payment.ErrTooMuch) {
			s.Errorf("what was let go was taken: %v", err)
		}
		s.is(whole, 0, 0, 0)
		s.is(part, 25_00, 25_00, 0)
		s.is(taken, 100_00, 100_00, 0)
	})
}

func TestAGatewayThatCapturesOnceLetsGoOfTheRest(t *testing.T) {
	each(t, func(s *shop) {
		g, err := s.pay.Gateway("sandbox")
		if err != nil {
			s.Fatal(err)
		}
		s.open([]payment.Gateway{once{g}})
		id := s.held("approve")
		if _, err := s.pay.Capture(s.Context(), id, eur(25_00), "c", ada); err != nil {
			s.Fatal(err)
		}
		s.is(id, 25_00, 25_00, 0)
	})
}

func TestAPromiseIsPaidInPartsAndEachKeyOnce(t *testing.T) {
	each(t, func(s *shop) {
		id := s.heldAt("manual", "transfer")
		together(8, func(i int) {
			if _, err := s.pay.Capture(s.Context(), id, eur(10_00), fmt.Sprint(i%4), ada); err != nil {
				s.Error(err)
			}
		})
		s.is(id, 100_00, 40_00, 0)
		if _, err := s.pay.Refund(s.Context(), id, eur(40_00), "r", ada); err != nil {
			s.Error(err)
		}
		s.is(id, 100_00, 40_00, 40_00)
	})
}

func TestASilentRefundIsLookedUpAndNeverMadeTwice(t *testing.T) {
	for _, instrument := range []string{"refund_silent", "refund_lost"} {
		t.Run(instrument, func(t *testing.T) {
			each(t, func(s *shop) {
				id := s.taken(instrument)
				m, err := s.pay.Refund(s.Context(), id, eur(60_00), "k", ada)
				if err != nil || m.State != payment.MovementUnknown {
					s.Fatalf("%+v, %v; want unknown", m, err)
				}
				if _, err := s.pay.Refund(s.Context(), id, eur(60_00), "other", ada); !errors.Is(err, payment.ErrTooMuch) {
					s.Errorf("while one is unknown its amount is free: %v", err)
				}
				s.is(id, 100_00, 100_00, 0)
				s.resume()
				if m, err = s.pay.Refund(s.Context(), id, eur(60_00), "k", ada); err != nil || m.State != payment.MovementDone {
					s.Errorf("%+v, %v; want done", m, err)
				}
				s.is(id, 100_00, 100_00, 60_00)
			})
		})
	}
}

func TestADeclinedRefundLeavesItsAmountFree(t *testing.T) {
	each(t, func(s *shop) {
		id := s.taken("refund_decline")
		for _, key := range []string{"1", "2", "2"} {
			m, err := s.pay.Refund(s.Context(), id, eur(60_00), key, ada)
			if err != nil || m.State != payment.MovementFailed || m.DeclineCode != payment.DeclineUnsupported {
				s.Errorf("%+v, %v; want declined", m, err)
			}
		}
		s.is(id, 100_00, 100_00, 0)
		if n := s.count("payment.refunded"); n != 0 {
			s.Errorf("%d facts", n)
		}
	})
}

func TestRefundBesideWebhookBesidePoller(t *testing.T) {
	each(t, func(s *shop) {
		id := s.taken("approve")
		var attempt payment.AttemptID
		dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
			_, attempts, err := payment.Find(s.Context(), tx, id)
			attempt = attempts[0].ID
			return err
		})
		together(16, func(i int) {
			var err error
			switch i % 4 {
			case 0:
				_, err = s.pay.Refund(s.Context(), id, eur(20_00), fmt.Sprint(i), ada)
			case 1:
				err = s.pay.Notified(s.Context(), "sandbox", payment.Notice{ID: fmt.Sprint(i), Reference: string(attempt), Kind: "payment.refunded", Status: "refunded"})
			case 2:
				_, err = s.pay.Sync(s.Context(), attempt)
			default:
				_, err = s.pay.Resume(s.Context())
			}
			if err != nil {
				s.Error(err)
			}
		})
		s.is(id, 100_00, 100_00, 80_00)
		if n := s.count("payment.refunded"); n != 4 {
			s.Errorf("%d facts", n)
		}
	})
}

// dead is a gateway whose machine nobody reaches: the process dies in the call.
type dead struct{ payment.Gateway }

func (dead) Refund(context.Context, payment.Change) (payment.Result, error) { panic("killed") }

func TestARefundThatWasWrittenAndNeverSentIsSentByResume(t *testing.T) {
	each(t, func(s *shop) {
		id := s.taken("approve")
		g, err := s.pay.Gateway("sandbox")
		if err != nil {
			s.Fatal(err)
		}
		s.open([]payment.Gateway{dead{g}})
		func() {
			defer func() { _ = recover() }()
			_, _ = s.pay.Refund(s.Context(), id, eur(60_00), "k", ada)
		}()
		s.open([]payment.Gateway{g})
		s.is(id, 100_00, 100_00, 0)
		s.resume()
		s.is(id, 100_00, 100_00, 60_00)
		s.resume()
		s.is(id, 100_00, 100_00, 60_00)
	})
}

func TestWhatTheGatewayRefundedByItselfIsBookedAndTold(t *testing.T) {
	each(t, func(s *shop) {
		id := s.taken("approve")
		g, err := s.pay.Gateway("sandbox")
		if err != nil {
			s.Fatal(err)
		}
		var attempt payment.AttemptID
		dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
			_, attempts, err := payment.Find(s.Context(), tx, id)
			attempt = attempts[0].ID
			return err
		})
		if _, err := g.Refund(s.Context(), payment.Change{Reference: string(attempt), Key: "dashboard", Amount: eur(10_00)}); err != nil {
			s.Fatal(err)
		}
		for range 3 {
			if _, err := s.pay.Sync(s.Context(), attempt); err != nil {
				s.Error(err)
			}
		}
		s.is(id, 100_00, 100_00, 10_00)
		dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
			open, err := exception.List(s.Context(), tx, exception.Filter{Open: true})
			if len(open) != 1 || open[0].Kind != payment.TroubleForeign {
				s.Errorf("exceptions: %+v", open)
			}
			return err
		})
	})
}

func TestARefundIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	each(t, func(s *shop) {
		held, taken := s.held("approve"), s.taken("approve")
		for _, c := range []struct {
			name   string
			id     payment.ID
			amount money.Amount
			want   error
		}{
			{"nothing taken", held, eur(1), payment.ErrTooMuch},
			{"more than taken", taken, eur(100_01), payment.ErrTooMuch},
			{"nothing", taken, eur(0), payment.ErrAmount},
			{"less than nothing", taken, eur(-1), payment.ErrAmount},
			{"another currency", taken, money.Of(1, "USD"), payment.ErrAmount},
			{"nobody's", "pay_none", eur(1), payment.ErrNotFound},
		} {
			if _, err := s.pay.Refund(s.Context(), c.id, c.amount, c.name, ada); !errors.Is(err, c.want) {
				s.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
			for _, id := range []payment.ID{held, taken} {
				all, err := payment.Movements(s.Context(), tx, id)
				if n := len(payment.Refunds(all)); err != nil || n != 0 {
					s.Errorf("%d refunds, %v", n, err)
				}
			}
			return nil
		})
	})
}
