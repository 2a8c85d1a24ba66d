package dispute_test

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

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/purchase/dispute"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gatewaytest/eviltest"
	"korzo/purchase/settlement"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{event.Schema, job.Schema, ledger.Schema, exception.Schema, order.Schema, payment.Schema, settlement.Schema, dispute.Schema}

// desk is a shop with one order of 100.00 that was paid and not shipped.
type desk struct {
	*testing.T
	d       *db.DB
	pay     *payment.Payments
	attempt payment.Attempt
	order   order.ID
}

func each(t *testing.T, test func(w *desk)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := &desk{T: t, d: d}
		g := eviltest.New("card", 1, eviltest.Mix{}, d.Now, func(string, http.Header, []byte) {})
		report := func(context.Context, *db.Tx, string, payment.Attempt, string) error { return nil }
		w.pay = payment.New(d, []payment.Gateway{g}, nil, report)
		t.Cleanup(w.pay.Wait)
		w.buy()
		test(w)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			r, err := ledger.Check(t.Context(), tx)
			if !r.Balanced {
				t.Errorf("the ledger: %v", r.Problems)
			}
			return err
		})
	})
}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

func (w *desk) buy() {
	w.Helper()
	w.order = order.NewID(w.d.Now())
	for i := 0; !w.attempt.State.Paid(); i++ {
		dbtest.Write(w.T, w.d, func(tx *db.Tx) (err error) {
			w.attempt, err = w.pay.Open(w.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: fmt.Sprint(i)}, Market: "DE", Order: string(w.order),
				Amount: eur(100_00), Method: "card", Kind: "card", Gateway: "card", Instrument: "tok", Capture: true})
			return err
		})
		var err error
		if w.attempt, err = w.pay.Pay(w.Context(), w.attempt); err != nil {
			w.Fatal(err)
		}
	}
	var n order.Numbers
	zero := eur(0)
	dbtest.Write(w.T, w.d, func(tx *db.Tx) error {
		_, err := n.Place(w.Context(), tx, w.order, order.Draft{Cart: "c", Market: "DE", Channel: "web", Payment: string(w.attempt.Payment), TaxIncluded: true,
			Subtotal: eur(100_00), Discount: zero, Shipping: zero, Tax: zero, Total: eur(100_00), Groups: []order.Group{{ID: "g", Kind: "ship", Price: zero, Discount: zero, Tax: zero}},
			Lines: []order.Line{{ID: "l", Group: "g", Kind: "goods", Quantity: 1, UnitPrice: eur(100_00), UnitCost: zero, Subtotal: eur(100_00), Discount: zero, Tax: zero, Total: eur(100_00), Refunded: zero}}}, "")
		return err
	})
}

func (w *desk) hear(n payment.Disputed) {
	w.Helper()
	if n.ID == "" {
		n.ID = "dp_1"
	}
	n.Reference, n.Amount, n.Reason = string(w.attempt.ID), eur(100_00), "fraudulent"
	dbtest.Write(w.T, w.d, func(tx *db.Tx) error { return dispute.Hear(w.Context(), tx, "card", n) })
}

// is fails the test unless all that a dispute changes is as told.
func (w *desk) is(state dispute.State, held order.State, accounts map[string]int64, waiting ...string) {
	w.Helper()
	dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
		all, _, err := dispute.List(w.Context(), tx, "", "", 10)
		if err != nil {
			return err
		}
		if len(all) != 1 || all[0].State != state {
			w.Errorf("%+v, want one dispute that is %s", all, state)
		}
		o, err := order.Head(w.Context(), tx, w.order)
		if err != nil {
			return err
		}
		if o.State != held {
			w.Errorf("the order is %s, want %s", o.State, held)
		}
		for _, account := range []string{"clearing:card", "disputed:card", "chargebacks:DE"} {
			if n, err := ledger.Balance(w.Context(), tx, account, "EUR"); err != nil || n != accounts[account] {
				w.Errorf("%s has %d, want %d (%v)", account, n, accounts[account], err)
			}
		}
		open, err := exception.List(w.Context(), tx, exception.Filter{Open: true})
		var kinds []string
		for _, e := range open {
			kinds = append(kinds, e.Kind)
		}
		if diff := cmp.Diff(waiting, kinds); diff != "" {
			w.Errorf("what waits: %s", diff)
		}
		return err
	})
}

func TestTheLifeOfADispute(t *testing.T) {
	due := dbtest.Noon.Add(7 * 24 * time.Hour)
	open := payment.Disputed{State: "open", Taken: true, DueAt: due}
	disputed := map[string]int64{"disputed:card": 100_00}
	for name, c := range map[string]struct {
		heard    []payment.Disputed
		state    dispute.State
		order    order.State
		accounts map[string]int64
		waiting  []string
	}{
		"opened, and heard of three times":   {[]payment.Disputed{open, open, open}, dispute.StateOpen, order.StateOnHold, disputed, []string{dispute.TroubleOpen}},
		"an inquiry takes no money":          {[]payment.Disputed{{State: "open", DueAt: due}}, dispute.StateOpen, order.StateOnHold, map[string]int64{"clearing:card": 100_00}, []string{dispute.TroubleOpen}},
		"an inquiry that becomes a dispute":  {[]payment.Disputed{{State: "open"}, open}, dispute.StateOpen, order.StateOnHold, disputed, []string{dispute.TroubleOpen}},
		"won":                                {[]payment.Disputed{open, {State: "won"}, {State: "won"}}, dispute.StateWon, order.StatePlaced, map[string]int64{"clearing:card": 100_00}, nil},
		"lost":                               {[]payment.Disputed{open, {State: "lost"}, {State: "lost"}}, dispute.StateLost, order.StateOnHold, map[string]int64{"chargebacks:DE": 100_00}, nil},
		"answered, then won":                 {[]payment.Disputed{open, {State: "answered"}, {State: "won"}}, dispute.StateWon, order.StatePlaced, map[string]int64{"clearing:card": 100_00}, nil},
		"lost, then won in a later instance": {[]payment.Disputed{open, {State: "lost"}, {State: "won"}}, dispute.StateWon, order.StatePlaced, map[string]int64{"clearing:card": 100_00}, nil},
		"old news after it was won":          {[]payment.Disputed{open, {State: "won"}, {State: "answered"}}, dispute.StateWon, order.StatePlaced, map[string]int64{"clearing:card": 100_00}, nil},
		"told by its end first":              {[]payment.Disputed{{State: "lost", Taken: true}}, dispute.StateLost, order.StateOnHold, map[string]int64{"chargebacks:DE": 100_00}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *desk) {
				for _, n := range c.heard {
					w.hear(n)
				}
				w.is(c.state, c.order, c.accounts, c.waiting...)
			})
		})
	}
}

// A notice and a statement tell of the same dispute: it is booked once,
// whichever comes first.
func TestANoticeAndAStatementAreOneDispute(t *testing.T) {
	const head = "id,kind,reference,amount,fee,currency,at\n"
	for name, statementFirst := range map[string]bool{"the notice comes first": false, "the statement comes first": true} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *desk) {
				s := settlement.New(w.d, w.pay)
				read := func(row string) {
					if _, _, err := s.Read(w.Context(), settlement.Upload{Source: "card", Format: "generic", Name: "x", Text: strings.NewReader(head + row)}); err != nil {
						w.Fatal(err)
					}
				}
				taken := fmt.Sprintf("r1,dispute,%s,-100.00,15.00,EUR,2030-01-03\n", w.attempt.ID)
				notice := payment.Disputed{State: "open", Taken: true}
				if statementFirst {
					read(taken)
				}
				w.hear(notice)
				read(taken)
				w.is(dispute.StateOpen, order.StateOnHold, map[string]int64{"disputed:card": 100_00, "clearing:card": -15_00}, dispute.TroubleOpen)
				read(fmt.Sprintf("r2,dispute_reversal,%s,100.00,0,EUR,2030-01-20\n", w.attempt.ID))
				w.is(dispute.StateWon, order.StatePlaced, map[string]int64{"clearing:card": 85_00})
			})
		})
	}
}

func TestEvidenceIsKeptAndNeverChanged(t *testing.T) {
	each(t, func(w *desk) {
		w.hear(payment.Disputed{State: "open", Taken: true})
		var id dispute.ID
		add := func(e dispute.Evidence) error {
			return w.d.Write(w.Context(), func(tx *db.Tx) error {
				all, _, err := dispute.List(w.Context(), tx, "", "", 1)
				if err != nil {
					return err
				}
				id, e.Dispute = all[0].ID, all[0].ID
				_, err = dispute.AddEvidence(w.Context(), tx, e)
				return err
			})
		}
		if err := errors.Join(add(dispute.Evidence{Text: "shipped on Monday", Actor: "stf_ada"}), add(dispute.Evidence{Text: "the slip", File: "slip.pdf", Content: []byte("%PDF")})); err != nil {
			w.Fatal(err)
		}
		for name, e := range map[string]dispute.Evidence{"nothing": {}, "a file without a name": {Text: "x", Content: []byte("x")}, "an empty file": {Text: "x", File: "x"},
			"too much": {Text: strings.Repeat("x", 5001)}} {
			if err := add(e); !errors.Is(err, dispute.ErrEvidence) {
				w.Errorf("%s: %v", name, err)
			}
		}
		dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
			all, err := dispute.AllEvidence(w.Context(), tx, id)
			if len(all) != 2 || err != nil {
				w.Fatalf("%+v, %v", all, err)
			}
			for _, e := range all {
				f, err := dispute.ReadFile(w.Context(), tx, id, e.ID)
				if e.File == "" && !errors.Is(err, dispute.ErrNotFound) || e.File != "" && string(f.Content) != "%PDF" {
					w.Errorf("%+v, %v", f, err)
				}
			}
			return nil
		})
		w.hear(payment.Disputed{State: "lost"})
		if err := add(dispute.Evidence{Text: "too late"}); !errors.Is(err, dispute.ErrClosed) {
			w.Errorf("evidence after the end: %v", err)
		}
	})
}

// Sixteen notices of the same dispute at once are one.
func TestADisputeHeardOfByManyAtOnceIsOne(t *testing.T) {
	each(t, func(w *desk) {
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				n := payment.Disputed{ID: "dp_1", Reference: string(w.attempt.ID), State: []string{"open", "lost"}[i%2], Taken: true, Amount: eur(100_00)}
				for range 20 { // a gateway sends again what was not answered with yes
					if err := w.d.Write(w.Context(), func(tx *db.Tx) error { return dispute.Hear(w.Context(), tx, "card", n) }); err == nil {
						return
					}
				}
				w.Error("never heard")
			})
		}
		wg.Wait()
		w.is(dispute.StateLost, order.StateOnHold, map[string]int64{"chargebacks:DE": 100_00})
	})
}

func TestADisputeOfNobodysPaymentIsNotOurs(t *testing.T) {
	each(t, func(w *desk) {
		err := w.d.Write(w.Context(), func(tx *db.Tx) error {
			return dispute.Hear(w.Context(), tx, "card", payment.Disputed{ID: "dp_9", Reference: "att_x", State: "open", Amount: eur(1)})
		})
		if !errors.Is(err, payment.ErrNotFound) {
			w.Error(err)
		}
	})
}
