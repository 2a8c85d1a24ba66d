package payment_test

import (
	"errors"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment"
)

// heldBy is a payment of 100.00 by a method that is held: also one whose scheme
// knows no hold, as a bank might hold it all the same.
func (s *shop) heldBy(method string) payment.ID {
	s.Helper()
	var a payment.Attempt
	dbtest.Write(s.T, s.d, func(tx *db.Tx) (err error) {
		a, err = s.pay.Open(s.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: method}, Market: "DE", Amount: eur(100_00),
			Method: method, Kind: "card", Gateway: "sandbox", Instrument: "sandbox:approve"})
		return err
	})
	if a, err := s.pay.Pay(s.Context(), a); err != nil || a.State != payment.StateAuthorized {
		s.Fatalf("%+v, %v", a, err)
	}
	return a.Payment
}

// What a scheme takes whole is taken whole, also where somebody asks for a part
// of it; what it takes in parts is not. Both give parts back.
func TestAPartIsTakenOnlyWhereTheSchemeTakesParts(t *testing.T) {
	each(t, func(s *shop) {
		swish, card := s.heldBy("swish"), s.heldBy("card")
		if _, err := s.pay.Capture(s.Context(), swish, eur(40_00), "k", ada); !errors.Is(err, payment.ErrWhole) {
			s.Errorf("a part of what is taken whole: %v", err)
		}
		s.is(swish, 100_00, 0, 0)
		if _, err := s.pay.Capture(s.Context(), card, eur(40_00), "k", ada); err != nil {
			s.Error(err)
		}
		s.is(card, 100_00, 40_00, 0)
		for _, id := range []payment.ID{swish, card} {
			if err := s.pay.CaptureFor(s.Context(), id, eur(60_00), ada); err != nil {
				s.Error(err)
			}
		}
		s.is(swish, 100_00, 100_00, 0)
		s.is(card, 100_00, 60_00, 0)
		if m, err := s.pay.Refund(s.Context(), swish, eur(10_00), "r", ada); err != nil || m.State != payment.MovementDone {
			s.Errorf("%+v, %v", m, err)
		}
		s.is(swish, 100_00, 100_00, 10_00)
	})
}

// A year after Swish, and half a year after a card and its hold, nothing goes
// back the way it came, and nobody asks.
func TestWhatIsTooLateToGiveBackIsNotAsked(t *testing.T) {
	each(t, func(s *shop) {
		clock := dbtest.Clock(s.d)
		swish, card := s.heldBy("swish"), s.heldBy("card")
		for _, id := range []payment.ID{swish, card} {
			if err := s.pay.CaptureRest(s.Context(), id); err != nil {
				s.Fatal(err)
			}
		}
		clock.Advance(188 * 24 * time.Hour)
		if _, err := s.pay.Refund(s.Context(), card, eur(1_00), "late", ada); !errors.Is(err, payment.ErrLate) {
			s.Errorf("after 188 days: %v", err)
		}
		s.is(card, 100_00, 100_00, 0)
		if m, err := s.pay.Refund(s.Context(), swish, eur(1_00), "early", ada); err != nil || m.State != payment.MovementDone {
			s.Errorf("after 188 days of 365: %+v, %v", m, err)
		}
		clock.Advance(178 * 24 * time.Hour)
		if _, err := s.pay.Refund(s.Context(), swish, eur(1_00), "late", ada); !errors.Is(err, payment.ErrLate) {
			s.Errorf("after 366 days: %v", err)
		}
		s.is(swish, 100_00, 100_00, 1_00)
	})
}
