package payment_test

import (
	"context"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/purchase/payment"
)

// fickle says no and then takes the money; its first answers to a void cannot
// be read.
type fickle struct {
	payment.Gateway
	unreadable []payment.Status // what the next voids answer, having done nothing
	voids      int
}

func (f *fickle) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	got, err := f.Gateway.Authorize(ctx, r)
	return payment.Result{Status: payment.StatusDeclined, Reference: got.Reference, DeclineCode: payment.DeclineCard}, err
}

func (f *fickle) Void(ctx context.Context, reference string) (payment.Result, error) {
	f.voids++
	if len(f.unreadable) == 0 {
		return f.Gateway.Void(ctx, reference)
	}
	status := f.unreadable[0]
	f.unreadable = f.unreadable[1:]
	return payment.Result{Status: status, Reference: reference}, nil
}

// What the evil gateway found with 100,000 payments: an answer to a void that
// says neither yes nor no was taken for a yes, and money that came after a no
// stayed.
func TestAnUndoIsOverWhenTheMoneyIsBack(t *testing.T) {
	each(t, func(s *shop) {
		inner, err := s.pay.Gateway("sandbox")
		if err != nil {
			s.Fatal(err)
		}
		f := &fickle{Gateway: inner, unreadable: []payment.Status{"", "gibberish", payment.StatusAuthorized}}
		s.open([]payment.Gateway{f})
		var a payment.Attempt
		dbtest.Write(s.T, s.d, func(tx *db.Tx) (err error) {
			a, err = s.pay.Open(s.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: "undo"}, Market: "DE", Amount: eur(73_60),
				Method: "card", Kind: "card", Gateway: "sandbox", Instrument: "sandbox:approve"})
			return err
		})
		if a, err = s.pay.Pay(s.Context(), a); err != nil || a.State != payment.StateDeclined {
			s.Fatalf("%+v, %v", a, err)
		}
		told := func() (n int) {
			dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
				all, err := exception.List(s.Context(), tx, exception.Filter{Kind: payment.TroubleLate})
				n = len(all)
				return err
			})
			return n
		}
		for i := range 3 {
			if _, err := s.pay.Sync(s.Context(), a.ID); !payment.IsSilence(err) {
				s.Errorf("try %d: %v, want silence: the money is still there", i, err)
			}
		}
		if told() != 0 {
			s.Error("it is told that the money is back, and it is not")
		}
		for range 2 { // done, and looked at once more
			if _, err := s.pay.Sync(s.Context(), a.ID); err != nil {
				s.Error(err)
			}
		}
		if told() != 1 || f.voids != 4 {
			s.Errorf("told %d times, voided %d times", told(), f.voids)
		}
		if r, err := inner.Lookup(s.Context(), string(a.ID)); err != nil || r.Status != payment.StatusVoided {
			s.Errorf("the bank's book says %+v, %v", r, err)
		}
	})
}
