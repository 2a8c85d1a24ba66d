package settlement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/settlement/statement"
	"korzo/value/money"
)

// A carrier that is paid at the door keeps the cash for days and remits a sum
// with a list. A line that names a payment of ours, in its currency and of at
// most what is still owed, is money: it is captured under the line's own id, so
// that a list read twice is booked once. All else is for a person.

// atTheDoor is the kind of payment that a carrier collects.
const atTheDoor = "cod"

// keeps is how long a carrier may keep what it collected.
const keeps = 14 * 24 * time.Hour

// Collected notes that a parcel of a payment was handed over: what is paid at
// the door is the carrier's to remit from now on, perhaps under its own number
// of the parcel. Any other payment is left alone.
func Collected(ctx context.Context, tx *db.Tx, id payment.ID, number string) error {
	_, attempts, err := payment.Find(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("await the remittance of %s: %w", id, err)
	}
	for _, a := range attempts {
		if a.Kind != atTheDoor || !a.State.Paid() {
			continue
		}
		if err := upsertAwaited(ctx, tx, a); err != nil {
			return fmt.Errorf("await the remittance of %s: %w", id, err)
		}
		if number == "" {
			continue
		}
		if err := upsertNumber(ctx, tx, a, number); err != nil {
			return fmt.Errorf("await the remittance of %s: %w", id, err)
		}
	}
	return nil
}

// byNumber finds whose the rows are that name an order's number, or the number
// by which the carrier knows a parcel.
func byNumber(ctx context.Context, tx *db.Tx, source string, rows []statement.Row, found []payment.Attempt) error {
	if err := byTracking(ctx, tx, source, rows, found); err != nil {
		return err
	}
	for i, r := range rows {
		if found[i].ID != "" || r.Kind != statement.Charge {
			continue
		}
		o, err := order.FindByNumber(ctx, tx, r.Reference)
		if errors.Is(err, order.ErrNotFound) || err == nil && o.Payment == "" {
			continue
		}
		if err != nil {
			return err
		}
		_, attempts, err := payment.Find(ctx, tx, payment.ID(o.Payment))
		if err != nil {
			return err
		}
		for _, a := range attempts {
			if a.Gateway == source && a.Kind == atTheDoor && !a.State.Failed() {
				found[i] = a
			}
		}
	}
	return nil
}

// byTracking finds whose the rows are that name a parcel.
func byTracking(ctx context.Context, tx *db.Tx, source string, rows []statement.Row, found []payment.Attempt) error {
	known, err := selectNumbers(ctx, tx, source, rows)
	if err != nil {
		return err
	}
	for i, r := range rows {
		id, ok := known[r.Reference]
		if !ok || found[i].ID != "" || r.Kind != statement.Charge {
			continue
		}
		if found[i], err = payment.FindAttempt(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// remit captures what the rows of a list say was collected.
func (s *Settlements) remit(ctx context.Context, f File, _ *Result) error {
	for after := 0; ; {
		var rows []Row
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = Rows(ctx, tx, f.ID, "", after, chunk)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			after = r.Line
			if r.Kind != statement.Charge || r.Attempt == "" {
				continue
			}
			if err := s.take(ctx, f, r); err != nil {
				return err
			}
		}
	}
}

// take captures one row's money. What is more than is owed, or in another
// currency, is not taken, and found by the match.
func (s *Settlements) take(ctx context.Context, f File, r Row) error {
	var p payment.Payment
	var a payment.Attempt
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if a, err = payment.FindAttempt(ctx, tx, r.Attempt); err == nil {
			p, _, err = payment.Find(ctx, tx, a.Payment)
		}
		return err
	})
	sum := r.Amount
	if rest := p.Uncaptured(); err == nil && a.Kind == atTheDoor && sum == payment.InCash(rest) {
		sum = rest // the carrier has no smaller coins either
	}
	if err != nil || !a.State.Paid() || sum.Currency != p.Amount.Currency || sum.Minor > p.Uncaptured().Minor {
		return err
	}
	_, err = s.payments.Capture(ctx, p.ID, sum, "remittance:"+r.ID, payment.By{Actor: statement.Remittance, Reason: f.Name})
	if errors.Is(err, payment.ErrTooMuch) || errors.Is(err, payment.ErrState) || errors.Is(err, payment.ErrAmount) {
		return nil // somebody was faster, or the currency has no such coin: the match tells
	}
	return err
}

// remitted compares what a carrier's lists tell of a parcel with what it was to
// collect.
func remitted(ctx context.Context, tx *db.Tx, t told, a payment.Attempt) (Verdict, string, error) {
	p, _, err := payment.Find(ctx, tx, a.Payment)
	if err != nil {
		return "", "", err
	}
	came, rest := money.Of(t.charged, t.currency), p.Uncaptured()
	switch {
	case a.State.Failed():
		return Ended, fmt.Sprintf("%v was remitted for a parcel whose payment was %s: ask who paid it, and give it back", came, a.State), nil
	case t.currencies > 1 || t.currency != a.Amount.Currency:
		return Currency, fmt.Sprintf("%v was remitted for a parcel of %v; nothing was booked: ask the carrier", came, a.Amount), nil
	case a.Kind == atTheDoor && rest.Minor == 0 && came != a.Captured && came == payment.InCash(a.Captured):
		return Matched, "", payment.Round(ctx, tx, a, p.Market, came.Minus(a.Captured))
	case t.charges > 1 && t.charged > a.Captured.Minor:
		return Twice, fmt.Sprintf("%d lines of %v in all for a parcel of %v, of which %v was booked: ask the carrier whose money the rest is", t.charges, came, a.Amount, a.Captured), nil
	case t.charged > a.Captured.Minor:
		return More, fmt.Sprintf("%v was remitted for a parcel of which %v was owed; nothing was booked: ask the carrier", came, rest), nil
	case rest.Minor > 0:
		return Short, fmt.Sprintf("%v was remitted and booked; %v is still owed: ask the carrier for the rest", came, rest), nil
	}
	return Matched, "", nil
}

// matchAbsent raises what the source of a list has collected and not remitted.
func (s *Settlements) matchAbsent(ctx context.Context, f File, result *Result) error {
	n, err := s.overdue(ctx, f.Source)
	if n > 0 {
		result.Differences[Absent] += n
	}
	return err
}

// Overdue raises the parcels that were handed over and whose cash no carrier
// has remitted in time. It may be repeated.
func (s *Settlements) Overdue(ctx context.Context) error {
	_, err := s.overdue(ctx, "")
	return err
}

func (s *Settlements) overdue(ctx context.Context, source string) (n int, err error) {
	for after := payment.AttemptID(""); ; {
		var all []awaited
		missing := 0
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			missing = 0
			if all, err = selectAwaited(ctx, tx, source, tx.Now, after, chunk); err != nil {
				return err
			}
			for _, one := range all {
				late, err := missed(ctx, tx, one)
				if err != nil {
					return err
				}
				if late {
					missing++
				}
			}
			return nil
		})
		if err != nil || len(all) == 0 {
			return n, err
		}
		n, after = n+missing, all[len(all)-1].attempt
	}
}

// missed raises one parcel whose cash is late; one that is paid, or that nobody
// owes any more, is awaited no longer.
func missed(ctx context.Context, tx *db.Tx, one awaited) (bool, error) {
	a, err := payment.FindAttempt(ctx, tx, one.attempt)
	if err != nil {
		return false, err
	}
	p, _, err := payment.Find(ctx, tx, a.Payment)
	if err != nil {
		return false, err
	}
	rest := p.Uncaptured()
	switch {
	case a.State.Failed() || rest.Minor == 0:
		if err := deleteAwaited(ctx, tx, a.ID); err != nil {
			return false, err
		}
		return false, exception.Clear(ctx, tx, Absent.trouble(), string(a.ID), "nothing is owed any more")
	case tx.Now.Sub(one.at) < keeps || a.Captured.Minor > 0: // what came in part is told as short
		return false, nil
	}
	return true, raise(ctx, tx, Absent, a, fmt.Sprintf("the parcel was handed over on %s, and no carrier has remitted the %v: ask the carrier", one.at.Format(time.DateOnly), rest))
}
