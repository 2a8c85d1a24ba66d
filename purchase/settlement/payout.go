package settlement

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/ledger"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// Payout is what a gateway says it sent to the bank.
type Payout struct {
	Source  string
	ID      string
	Amount  money.Amount
	At      time.Time
	Account string // where it arrived; "" until then
	Entry   string // the bank's id of it
	Arrived money.Amount
}

// late is how long a payout may be on its way.
const late = 7 * 24 * time.Hour

// matchPayouts holds each payout of a file against the rows that are said to be
// in it. A gateway whose rows name no payout is not held to that.
func (s *Settlements) matchPayouts(ctx context.Context, f File, result *Result) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		sums, err := selectPayoutSums(ctx, tx, f.ID)
		if err != nil {
			return err
		}
		wrong := 0
		for _, p := range sums {
			ref := payoutRef(p.Source, p.ID)
			if p.rows == 0 || p.sum == p.Amount {
				if err := exception.Clear(ctx, tx, Payouts.trouble(), ref, "the rows are complete"); err != nil {
					return err
				}
				continue
			}
			wrong++
			if err := exception.Raise(ctx, tx, exception.Problem{Kind: Payouts.trouble(), Ref: ref,
				Text: fmt.Sprintf("%s paid out %v, and its %d rows come to %v: look whether a report is missing, then ask the gateway", p.Source, p.Amount, p.rows, p.sum)}); err != nil {
				return err
			}
		}
		if wrong > 0 {
			result.Differences[Payouts] += wrong
		}
		return nil
	})
}

func payoutRef(source, id string) string { return source + ":payout:" + id }

// matchEntries says of each entry of a bank's statement what it is: a payout, a
// customer's transfer, or nothing of the shop's.
func (s *Settlements) matchEntries(ctx context.Context, f File, result *Result) error {
	for after := 0; ; {
		var entries []bankEntry
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			entries, err = selectEntries(ctx, tx, f.ID, after, chunk)
			return err
		})
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			after = e.Line
			if err := s.matchEntry(ctx, e, result); err != nil {
				return err
			}
		}
	}
}

func (s *Settlements) matchEntry(ctx context.Context, e bankEntry, result *Result) error {
	found := false
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := findPayout(ctx, tx, e)
		if found = err == nil; !found {
			if errors.Is(err, db.ErrNoRow) {
				err = nil
			}
			return err
		}
		return s.arrive(ctx, tx, p, e, result)
	})
	if err != nil || found {
		return err
	}
	return s.matchTransfer(ctx, e, result)
}

// findPayout finds the open payout that an entry is: named in its reference or
// text, else the only one of its amount in the days before.
func findPayout(ctx context.Context, tx *db.Tx, e bankEntry) (Payout, error) {
	open, err := selectOpenPayouts(ctx, tx, e.Amount.Currency, e.At.Add(-30*24*time.Hour), e.At.Add(3*24*time.Hour))
	if err != nil {
		return Payout{}, err
	}
	var same []Payout
	for _, p := range open {
		if p.ID == e.Reference || len(p.ID) >= 6 && strings.Contains(e.Text, p.ID) {
			return p, nil
		}
		if p.Amount == e.Amount {
			same = append(same, p)
		}
	}
	if len(same) == 1 {
		return same[0], nil
	}
	return Payout{}, db.ErrNoRow
}

// arrive books a payout that the bank has.
func (s *Settlements) arrive(ctx context.Context, tx *db.Tx, p Payout, e bankEntry, result *Result) error {
	n, err := updateArrived(ctx, tx, p, e)
	if err != nil || n == 0 {
		return err
	}
	err = ledger.Post(ctx, tx, ledger.Transaction{Kind: "settlement.arrived", Ref: p.ID, Key: "settlement:" + p.Source + ":arrived:" + p.ID, Entries: []ledger.Entry{
		{Account: "bank:" + e.Account, Amount: e.Amount}, {Account: "transit:" + p.Source, Amount: e.Amount.Neg()}}})
	if err == nil {
		err = updateEntry(ctx, tx, e, Matched, payoutRef(p.Source, p.ID))
	}
	ref := payoutRef(p.Source, p.ID)
	switch {
	case err != nil:
		return err
	case p.Amount == e.Amount:
		result.Matched++
		return exception.Clear(ctx, tx, Arrival.trouble(), ref, "it arrived")
	}
	result.Differences[Arrival]++
	return exception.Raise(ctx, tx, exception.Problem{Kind: Arrival.trouble(), Ref: ref,
		Text: fmt.Sprintf("%s paid out %v, and %v arrived on %s: ask the gateway and the bank for the rest", p.Source, p.Amount, e.Amount, e.Account)})
}

// matchLate raises the payouts that should have arrived by now.
func (s *Settlements) matchLate(ctx context.Context, f File, result *Result) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		open, err := selectOpenPayouts(ctx, tx, "", time.Time{}, f.Until.Add(-late))
		if err != nil {
			return err
		}
		for _, p := range open {
			if err := exception.Raise(ctx, tx, exception.Problem{Kind: Arrival.trouble(), Ref: payoutRef(p.Source, p.ID),
				Text: fmt.Sprintf("%s says it paid out %v on %s, and no bank statement has it: ask the gateway", p.Source, p.Amount, p.At.Format(time.DateOnly))}); err != nil {
				return err
			}
		}
		if len(open) > 0 {
			result.Differences[Arrival] += len(open)
		}
		return nil
	})
}

// byHand are the gateways whose money comes by transfer, with nothing behind
// them: the bank's statement is their book.
func (s *Settlements) byHand(name string) bool {
	g, err := s.payments.Gateway(name)
	return err == nil && g.Traits().Offline
}

// matchTransfer takes a customer's transfer for what it names: a payment by
// hand is captured, once per entry, if it is owed.
func (s *Settlements) matchTransfer(ctx context.Context, e bankEntry, result *Result) error {
	if e.Amount.Minor <= 0 {
		return s.entryIs(ctx, e, Other, "", "")
	}
	var a payment.Attempt
	var p payment.Payment
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if a, err = s.findTransfer(ctx, tx, e); err == nil && a.ID != "" {
			p, _, err = payment.Find(ctx, tx, a.Payment)
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.ID == "" {
		return s.entryIs(ctx, e, Other, "", "")
	}
	if e.Amount.Currency != p.Amount.Currency || e.Amount.Minor > p.Uncaptured().Minor {
		result.Differences[Transfer]++
		return s.entryIs(ctx, e, Transfer, a.ID, fmt.Sprintf("%v came in for a payment of which %v is still owed: give the surplus back or book it by hand", e.Amount, p.Uncaptured()))
	}
	m, err := s.payments.Capture(ctx, a.Payment, e.Amount, "bank:"+e.Account+":"+e.ID, payment.By{Actor: Bank, Reason: e.Text})
	if err != nil || m.State != payment.MovementDone {
		result.Differences[Transfer]++
		return s.entryIs(ctx, e, Transfer, a.ID, fmt.Sprintf("%v came in and could not be booked: capture it by hand", e.Amount))
	}
	result.Matched++
	if e.Amount.Minor < p.Uncaptured().Minor {
		result.Differences[Transfer]++
		return s.entryIs(ctx, e, Transfer, a.ID, fmt.Sprintf("%v came in of %v that was owed; it is booked, the rest is open: ask the customer", e.Amount, p.Uncaptured()))
	}
	return s.entryIs(ctx, e, Matched, a.ID, "")
}

// findTransfer finds the payment by hand that an entry names: by our reference
// or by the one the customer was told to write.
func (s *Settlements) findTransfer(ctx context.Context, tx *db.Tx, e bankEntry) (payment.Attempt, error) {
	words := strings.FieldsFunc(e.Reference+" "+e.Text, func(r rune) bool { return strings.ContainsRune(" ,;:/+()", r) })
	whole := strings.Join(words, "")
	var ids []payment.AttemptID
	for _, w := range words {
		if strings.HasPrefix(w, "att_") {
			ids = append(ids, payment.AttemptID(w))
		}
	}
	found, err := payment.FindAttempts(ctx, tx, ids)
	if err != nil {
		return payment.Attempt{}, err
	}
	for _, name := range s.payments.Names() {
		if !s.byHand(name) {
			continue
		}
		named, err := payment.FindByGatewayID(ctx, tx, name, append(words, whole))
		if err != nil {
			return payment.Attempt{}, err
		}
		found = append(found, named...)
	}
	for _, a := range found {
		if s.byHand(a.Gateway) {
			return a, nil
		}
	}
	return payment.Attempt{}, nil
}

// entryIs writes down what an entry turned out to be, with the exception that
// goes with it or the end of one.
func (s *Settlements) entryIs(ctx context.Context, e bankEntry, v Verdict, about payment.AttemptID, why string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := updateEntry(ctx, tx, e, v, string(about)); err != nil || v != Transfer {
			return err
		}
		return exception.Raise(ctx, tx, exception.Problem{Kind: Transfer.trouble(), Ref: string(about), Text: why})
	})
}
