package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Troubles that a person must see, as kinds of exception.
const (
	TroubleMismatch = "payment.mismatch"     // the gateway's amount, currency, account or reference is not ours
	TroubleLate     = "payment.late_success" // money moved after the attempt was given up
	TroubleStale    = "payment.stale"        // undecided for more than a day
	TroubleLapsed   = "payment.hold_lost"    // the gateway let go of what it held before it was taken
	TroubleEnding   = "payment.hold_ends"    // what is held will be let go of soon, and is not taken
	TroubleForeign  = "payment.foreign"      // the gateway moved money that nobody asked for here
)

// of maps what a gateway says to what it means for an attempt.
var of = map[Status]State{
	StatusPending:        StatePending,
	StatusActionRequired: StateAction,
	StatusAuthorized:     StateAuthorized,
	StatusCaptured:       StateCaptured,
	StatusDeclined:       StateDeclined,
	StatusVoided:         StateVoided,
}

// settle hands a gateway's result to advance in a transaction of its own.
func (p *Payments) settle(ctx context.Context, id AttemptID, r Result) (a Attempt, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		a, err = p.advance(ctx, tx, id, r)
		return err
	})
	return a, err
}

// advance is the one funnel. It locks the attempt, compares what the gateway
// says with what was asked, makes the move if the attempt's life has it, and
// brings the owner forward. A result that tells nothing new changes nothing.
func (p *Payments) advance(ctx context.Context, tx *db.Tx, id AttemptID, r Result) (Attempt, error) {
	a, err := selectAttempt(ctx, tx, id, tx.ForUpdate())
	if err != nil {
		return Attempt{}, fmt.Errorf("advance %s: %w", id, err)
	}
	to := target(a, r)
	if to == "" || to == a.State {
		if a.State.Paid() {
			return a, p.totals(ctx, tx, a, r)
		}
		return a, updateLook(ctx, tx, a, nextLook(tx.Now, a))
	}
	if text := mismatch(a, r, to); text != "" {
		return a, errors.Join(p.report(ctx, tx, TroubleMismatch, a, text), updateLook(ctx, tx, a, tx.Now.Add(time.Hour)))
	}
	if !slices.Contains(next[a.State], to) {
		return a, p.unexpected(ctx, tx, a, to, r)
	}
	if a.State == StateAuthorized {
		waits, ours, err := p.underWay(ctx, tx, a, to)
		if waits || err != nil {
			return a, err
		}
		if to == StateVoided && !ours {
			if err := event.Publish(ctx, tx, Lapsed{a.Payment, a.ID}); err != nil {
				return a, err
			}
		}
	}
	return p.move(ctx, tx, a, to, r)
}

// totals compares a gateway's totals with ours for money that is taken already.
func (p *Payments) totals(ctx context.Context, tx *db.Tx, a Attempt, r Result) error {
	if a.State != StateCaptured || r.Captured.Minor <= a.Captured.Minor && r.Refunded.Minor <= a.Refunded.Minor {
		return nil
	}
	if text := mismatch(a, r, StateCaptured); text != "" {
		return p.report(ctx, tx, TroubleMismatch, a, text)
	}
	pay, err := selectPayment(ctx, tx, a.Payment)
	if err != nil {
		return err
	}
	return p.foreign(ctx, tx, a, pay, r)
}

// underWay looks for captures and voids of a hold whose answers are still to
// come. A capture that the gateway tells of is theirs to book. A void ends
// them: what was to be taken cannot be any more. ours is true when one of them
// was ours.
func (p *Payments) underWay(ctx context.Context, tx *db.Tx, a Attempt, to State) (waits, ours bool, err error) {
	pay, err := selectPayment(ctx, tx, a.Payment)
	if err != nil || pay.Moving.Minor == 0 {
		return false, false, err
	}
	if to == StateCaptured {
		return true, true, nil
	}
	ended, err := endMovements(ctx, tx, a.ID)
	if err != nil {
		return false, false, err
	}
	if ended != pay.Moving.Minor {
		return false, true, fmt.Errorf("payment %s: %d is under way, its movements say %d", pay.ID, pay.Moving.Minor, ended)
	}
	_, err = updatePayment(ctx, tx, pay.ID, delta{moving: -ended})
	return false, true, err
}

// target is the state a result speaks of, or "" when it tells nothing.
func target(a Attempt, r Result) State {
	to := of[r.Status]
	if to == StateVoided && a.State.Open() {
		return StateAbandoned
	}
	return to
}

// mismatch says in words how a result that tells of money is not the answer to
// what was asked; "" when it is.
func mismatch(a Attempt, r Result, to State) string {
	switch {
	case r.Reference != string(a.ID):
		return fmt.Sprintf("asked about %s, the gateway answered about %q", a.ID, r.Reference)
	case a.Account != "" && r.Account != a.Account:
		return fmt.Sprintf("the money was on account %q, now on %q", a.Account, r.Account)
	case to.Paid() && r.Amount != a.Amount:
		return fmt.Sprintf("asked for %v, the gateway has %v", a.Amount, r.Amount)
	case to == StateCaptured && (r.Captured.Minor <= 0 || r.Captured.Currency != a.Amount.Currency):
		return fmt.Sprintf("it is said to be taken, but %v of %v was", r.Captured, a.Amount)
	case r.Captured.Minor > a.Amount.Minor:
		return fmt.Sprintf("asked for %v, the gateway took %v", a.Amount, r.Captured)
	}
	return ""
}

// unexpected handles a result its attempt's life has no move for. News of an
// earlier state are old news; money after the end is for a person, and the
// poller is told to void it.
func (p *Payments) unexpected(ctx context.Context, tx *db.Tx, a Attempt, to State, r Result) error {
	if !a.State.Failed() {
		return nil
	}
	if !to.Paid() {
		return updateLook(ctx, tx, a, nextLook(tx.Now, a))
	}
	if err := p.report(ctx, tx, TroubleLate, a, fmt.Sprintf("the attempt was %s, then the gateway says %s %v", a.State, to, r.Amount)); err != nil {
		return err
	}
	return updateLook(ctx, tx, a, tx.Now) // the poller voids it
}

// move makes one step of an attempt's life, with all that follows from it.
func (p *Payments) move(ctx context.Context, tx *db.Tx, a Attempt, to State, r Result) (Attempt, error) {
	from := a.State
	a.State, a.ActionURL = to, r.ActionURL
	if r.GatewayID != "" {
		a.GatewayID = r.GatewayID
	}
	if r.Account != "" {
		a.Account = r.Account
	}
	a.DeclineCode = r.DeclineCode
	if r.Card != (Card{}) {
		a.Card = r.Card
	}
	if r.Proof != (Authentication{}) {
		a.Proof.Given = r.Proof
	}
	taken := money.Of(0, a.Amount.Currency)
	if to == StateCaptured {
		taken = r.Captured.Minus(a.Captured)
		a.Captured = r.Captured
	}
	look := time.Time{}
	if !to.Paid() {
		look = nextLook(tx.Now, a)
	}
	n, err := updateAttempt(ctx, tx, a, from, look)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return a, fmt.Errorf("move attempt %s from %s to %s: %w", a.ID, from, to, err)
	}
	pay, err := p.record(ctx, tx, a, from, taken)
	if err != nil {
		return a, fmt.Errorf("record %s of %s: %w", to, a.ID, err)
	}
	forward, ok := p.owners[pay.Owner.Kind]
	if !ok || from == StateAuthorized && to == StateCaptured { // the owner was told that it is paid
		return a, nil
	}
	if err := forward(ctx, tx, pay, a); err != nil {
		return a, fmt.Errorf("bring %s %s forward: %w", pay.Owner.Kind, pay.Owner.ID, err)
	}
	return a, nil
}

// record books a move: what is held now, what was taken, what was let go. Money
// that was taken at once was held for no time; it is told only where not all
// of it was taken.
func (p *Payments) record(ctx context.Context, tx *db.Tx, a Attempt, from State, taken money.Amount) (Payment, error) {
	kind, moved, d := string(a.State), a.Amount, delta{captured: taken.Minor}
	switch a.State {
	case StateAuthorized:
		d.authorized = a.Amount.Minor
	case StateCaptured:
		moved = taken
		if from == StateAuthorized {
			break
		}
		if taken == a.Amount {
			d.authorized = a.Amount.Minor
			break
		}
		if _, err := book(ctx, tx, a, string(StateAuthorized), string(StateAuthorized), a.Amount, delta{authorized: a.Amount.Minor}); err != nil {
			return Payment{}, err
		}
	case StateVoided:
		d.authorized, d.voided = -a.Amount.Minor, a.Amount.Minor
	default:
		if err := note(ctx, tx, a, kind, kind, money.Of(0, a.Amount.Currency)); err != nil {
			return Payment{}, err
		}
		return selectPayment(ctx, tx, a.Payment)
	}
	return book(ctx, tx, a, kind, kind, moved, d)
}

// delta is a change of a payment's amounts, in minor units.
type delta struct{ authorized, captured, voided, refunded, moving, refunding int64 }

// The customers' side of what is posted: what is held for them, and what they owe.
const (
	heldFor = "held:customers"
	owedBy  = "receivable:customers"
)

// postingKey names the posting of an attempt's event.
func postingKey(id AttemptID, event string) string { return string(id) + ":" + event }

// posting is an event as the ledger keeps it: a hold is a memo on both sides,
// taken money leaves the customers' debt and stands at the gateway until it is
// paid out, and what is given back leaves the gateway for the market's refunds.
func posting(a Attempt, market, kind, key string, d delta) ledger.Transaction {
	t := ledger.Transaction{Kind: "payment." + kind, Ref: string(a.ID), Key: postingKey(a.ID, key)}
	for _, e := range []struct {
		debit, credit string
		minor         int64
	}{
		{"held:" + a.Gateway, heldFor, d.authorized - d.captured},
		{"clearing:" + a.Gateway, owedBy, d.captured},
		{refundsOf(market), "clearing:" + a.Gateway, d.refunded},
	} {
		if e.minor != 0 {
			moved := money.Of(e.minor, a.Amount.Currency)
			t.Entries = append(t.Entries, ledger.Entry{Account: e.debit, Amount: moved}, ledger.Entry{Account: e.credit, Amount: moved.Neg()})
		}
	}
	return t
}

// refundsOf is the account that a market's refunds stand on, gross.
func refundsOf(market string) string {
	if market == "" {
		market = "none"
	}
	return "refunds:" + market
}
