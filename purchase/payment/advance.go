package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Troubles that a person must see, as kinds of exception.
const (
	TroubleMismatch = "payment.mismatch"     // the gateway's amount, currency, account or reference is not ours
	TroubleLate     = "payment.late_success" // money moved after the attempt was given up
	TroubleStale    = "payment.stale"        // undecided for more than a day
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
		if !a.State.Open() {
			return a, nil
		}
		return a, updateLook(ctx, tx, a, nextLook(tx.Now, a))
	}
	if text := mismatch(a, r, to); text != "" {
		return a, errors.Join(p.report(ctx, tx, TroubleMismatch, a, text), updateLook(ctx, tx, a, tx.Now.Add(time.Hour)))
	}
	if !slices.Contains(next[a.State], to) {
		return a, p.unexpected(ctx, tx, a, to, r)
	}
	return p.move(ctx, tx, a, to, r)
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
	case r.Captured.Minor > a.Amount.Minor:
		return fmt.Sprintf("asked for %v, the gateway took %v", a.Amount, r.Captured)
	}
	return ""
}

// unexpected handles a result its attempt's life has no move for. News of an
// earlier state are old news; money after the end is for a person, and the
// poller is told to void it.
func (p *Payments) unexpected(ctx context.Context, tx *db.Tx, a Attempt, to State, r Result) error {
	if !a.State.Failed() || !to.Paid() {
		return nil
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
	look := time.Time{}
	if to.Open() {
		look = nextLook(tx.Now, a)
	}
	n, err := updateAttempt(ctx, tx, a, from, look)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return a, fmt.Errorf("move attempt %s from %s to %s: %w", a.ID, from, to, err)
	}
	pay, err := p.record(ctx, tx, a, from, to)
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

// record writes the event, the payment's amounts and the ledger's postings of
// a move.
func (p *Payments) record(ctx context.Context, tx *db.Tx, a Attempt, from, to State) (Payment, error) {
	moved := money.Of(0, a.Amount.Currency)
	if to.Paid() || to == StateVoided {
		moved = a.Amount
	}
	if err := insertEvent(ctx, tx, a, string(to), string(to), moved); err != nil {
		return Payment{}, err
	}
	var d delta
	switch {
	case to == StateAuthorized:
		d = delta{authorized: a.Amount.Minor}
	case to == StateCaptured && from == StateAuthorized:
		d = delta{captured: a.Amount.Minor}
	case to == StateCaptured:
		d = delta{authorized: a.Amount.Minor, captured: a.Amount.Minor}
	case to == StateVoided:
		d = delta{authorized: -a.Amount.Minor}
	default:
		return selectPayment(ctx, tx, a.Payment, "")
	}
	pay, err := updatePayment(ctx, tx, a.Payment, d)
	if err != nil {
		return Payment{}, err
	}
	return pay, ledger.Post(ctx, tx, posting(a, to, d))
}

// delta is a change of a payment's amounts, in minor units.
type delta struct{ authorized, captured int64 }

// The customers' side of what is posted: what is held for them, and what they owe.
const (
	heldFor = "held:customers"
	owedBy  = "receivable:customers"
)

// postingKey names the posting of an attempt's move.
func postingKey(id AttemptID, to State) string { return string(id) + ":" + string(to) }

// posting is a move as the ledger keeps it: a hold is a memo on both sides,
// taken money leaves the customers' debt and stands at the gateway until it is
// paid out.
func posting(a Attempt, to State, d delta) ledger.Transaction {
	held := money.Of(d.authorized-d.captured, a.Amount.Currency)
	taken := money.Of(d.captured, a.Amount.Currency)
	t := ledger.Transaction{Kind: "payment." + string(to), Ref: string(a.ID), Key: postingKey(a.ID, to)}
	if held.Minor != 0 {
		t.Entries = append(t.Entries,
			ledger.Entry{Account: "held:" + a.Gateway, Amount: held},
			ledger.Entry{Account: heldFor, Amount: held.Neg()})
	}
	if taken.Minor != 0 {
		t.Entries = append(t.Entries,
			ledger.Entry{Account: "clearing:" + a.Gateway, Amount: taken},
			ledger.Entry{Account: owedBy, Amount: taken.Neg()})
	}
	return t
}
