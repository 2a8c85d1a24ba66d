// Package dispute keeps what customers' banks take back.
//
// A dispute is heard of by a gateway's notice or in its statement, in whatever
// order and however often, and is one row by the gateway's own name. While it
// is open its order is on hold, if it has not left, and an exception with the
// day the evidence is due waits for a person, who gathers it here.
//
// In the ledger the money leaves clearing:GATEWAY for disputed:GATEWAY when it
// is taken, comes back when the dispute is won, and goes to chargebacks:MARKET
// when it is lost.
//
// Never true: a dispute booked twice because a notice and a statement both told
// of it; a lost dispute whose money still stands as ours; evidence that is
// changed once it was written.
package dispute

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "dispute.not_found", "there is no such dispute; take an id from the list")
	ErrClosed   = fault.New(fault.Conflict, "dispute.closed", "the dispute is decided; read it again")
	ErrEvidence = fault.New(fault.Invalid, "dispute.evidence", "write what speaks for the shop, in 1 to 5,000 characters; a file may have up to 5 MB")
)

// TroubleOpen is the exception of a dispute that waits for evidence, TroubleSum
// that of one whose notice and statement do not agree.
const (
	TroubleOpen = "dispute.open"
	TroubleSum  = "dispute.amount"
)

// HoldDisputed is why an order is on hold whose payment is disputed.
const HoldDisputed = "disputed"

// ID names a dispute.
type ID string

// Dispute is one time that a bank takes money back.
type Dispute struct {
	ID       ID
	Gateway  string
	Theirs   string // the gateway's own name
	Attempt  payment.AttemptID
	Payment  payment.ID
	Order    order.ID // "" when the payment is of no order
	State    State
	Reason   string
	Amount   money.Amount
	Taken    bool      // the money has left our account at the gateway
	DueAt    time.Time // zero when nobody said
	OpenedAt time.Time
	ClosedAt time.Time // zero while open
}

// State is where a dispute is in its life.
type State string

// The states of a dispute.
const (
	StateOpen     State = "open"
	StateAnswered State = "answered" // evidence was given; the bank decides
	StateWon      State = "won"
	StateLost     State = "lost"
)

// States are all of them, in the order of a life.
var States = []string{string(StateOpen), string(StateAnswered), string(StateWon), string(StateLost)}

// next is the life of a dispute, whole. What was won may be lost in a later
// instance, and the other way about.
var next = map[State][]State{
	StateOpen:     {StateAnswered, StateWon, StateLost},
	StateAnswered: {StateWon, StateLost},
	StateWon:      {StateOpen, StateLost},
	StateLost:     {StateWon},
}

// closed reports whether the bank has decided.
func (s State) closed() bool { return s == StateWon || s == StateLost }

// Hear acts on what a gateway says of a dispute. Hearing it again changes
// nothing; news of an attempt that is none of ours is payment.ErrNotFound.
func Hear(ctx context.Context, tx *db.Tx, gateway string, n payment.Disputed) error {
	d, err := find(ctx, tx, gateway, n)
	if err != nil {
		return fmt.Errorf("hear of dispute %s: %w", n.ID, err)
	}
	if n.Taken && !d.Taken {
		if err := take(ctx, tx, &d); err != nil {
			return err
		}
	}
	if n.State != "" && State(n.State) != d.State && slices.Contains(next[d.State], State(n.State)) {
		return move(ctx, tx, d, State(n.State))
	}
	if !n.DueAt.IsZero() && !n.DueAt.Equal(d.DueAt) && !d.State.closed() {
		d.DueAt = n.DueAt
		return errors.Join(updateDue(ctx, tx, d), remind(ctx, tx, d))
	}
	return nil
}

// find returns the dispute that news are of, opened if it is new.
func find(ctx context.Context, tx *db.Tx, gateway string, n payment.Disputed) (Dispute, error) {
	d, err := selectByName(ctx, tx, gateway, n.ID, tx.ForUpdate())
	if !errors.Is(err, db.ErrNoRow) {
		return d, err
	}
	a, err := attemptOf(ctx, tx, gateway, n)
	if err != nil {
		return Dispute{}, err
	}
	p, _, err := payment.Find(ctx, tx, a.Payment)
	if err != nil {
		return Dispute{}, err
	}
	if known, err := nameless(ctx, tx, a, &n); err == nil || !errors.Is(err, db.ErrNoRow) {
		return known, err
	}
	d = Dispute{ID: id.New[ID]("dsp", tx.Now), Gateway: gateway, Theirs: n.ID, Attempt: a.ID, Payment: a.Payment, Order: order.ID(p.Order), State: StateOpen,
		Reason: n.Reason, Amount: n.Amount, DueAt: n.DueAt, OpenedAt: tx.Now}
	if err := insertDispute(ctx, tx, d); err != nil {
		return Dispute{}, err
	}
	return d, errors.Join(remind(ctx, tx, d), hold(ctx, tx, d))
}

// unnamed begins the name of a dispute that only a statement told of so far.
const unnamed = "statement:"

// nameless finds the dispute of an attempt where its name does not: a statement
// has none, and means the attempt's only one; and one that a statement told of
// first gets its name by the notice.
func nameless(ctx context.Context, tx *db.Tx, a payment.Attempt, n *payment.Disputed) (Dispute, error) {
	known, err := selectOfAttempt(ctx, tx, a.ID)
	if n.FromStatement {
		n.ID = unnamed + n.ID
		return known, err
	}
	if err == nil && !strings.HasPrefix(known.Theirs, unnamed) {
		return Dispute{}, db.ErrNoRow // another dispute of the same payment
	}
	if err == nil {
		known.Theirs = n.ID
		err = updateName(ctx, tx, known)
	}
	return known, err
}

func attemptOf(ctx context.Context, tx *db.Tx, gateway string, n payment.Disputed) (payment.Attempt, error) {
	found, err := payment.FindAttempts(ctx, tx, []payment.AttemptID{payment.AttemptID(n.Reference)})
	if err == nil && len(found) == 0 && len(n.GatewayIDs) > 0 {
		found, err = payment.FindByGatewayID(ctx, tx, gateway, n.GatewayIDs)
	}
	if err != nil {
		return payment.Attempt{}, err
	}
	for _, a := range found {
		if a.Gateway == gateway {
			return a, nil
		}
	}
	return payment.Attempt{}, payment.ErrNotFound
}

// remind tells a person what is due, and until when.
func remind(ctx context.Context, tx *db.Tx, d Dispute) error {
	text := fmt.Sprintf("the customer's bank disputes %v (%s); gather what speaks for the shop", d.Amount, d.Reason)
	if !d.DueAt.IsZero() {
		text += " and give it to " + d.Gateway + " by " + d.DueAt.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleOpen, Ref: string(d.ID), Text: text + "; do not refund it too"})
}

// hold keeps the goods here while the money is disputed.
func hold(ctx context.Context, tx *db.Tx, d Dispute) error {
	if d.Order == "" {
		return nil
	}
	o, err := order.Head(ctx, tx, d.Order)
	if errors.Is(err, order.ErrNotFound) || err == nil && o.State != order.StatePlaced {
		return nil
	}
	if err != nil {
		return err
	}
	return order.Move(ctx, tx, d.Order, order.StateOnHold, HoldDisputed)
}

// letGo ends the hold that a dispute put on its order.
func letGo(ctx context.Context, tx *db.Tx, d Dispute) error {
	if d.Order == "" {
		return nil
	}
	o, err := order.Head(ctx, tx, d.Order)
	if errors.Is(err, order.ErrNotFound) || err == nil && (o.State != order.StateOnHold || o.HoldReason != HoldDisputed) {
		return nil
	}
	if err != nil {
		return err
	}
	return order.Move(ctx, tx, d.Order, order.StatePlaced, "")
}

// take books that the money is gone until the bank decides.
func take(ctx context.Context, tx *db.Tx, d *Dispute) error {
	d.Taken = true
	if err := updateTaken(ctx, tx, d.ID); err != nil {
		return err
	}
	return ledger.Post(ctx, tx, ledger.Transaction{Kind: "dispute.taken", Ref: string(d.ID), Key: "dispute:" + string(d.ID) + ":taken", Entries: []ledger.Entry{
		{Account: "disputed:" + d.Gateway, Amount: d.Amount}, {Account: "clearing:" + d.Gateway, Amount: d.Amount.Neg()}}})
}

// move takes a dispute on in its life, with the ledger, the exception and the
// order.
func move(ctx context.Context, tx *db.Tx, d Dispute, to State) error {
	n, err := updateState(ctx, tx, d, to)
	if err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("move dispute %s to %s: %w", d.ID, to, ErrClosed))
	}
	if err := settle(ctx, tx, d, to); err != nil {
		return err
	}
	switch to {
	case StateOpen:
		return errors.Join(remind(ctx, tx, d), hold(ctx, tx, d))
	case StateWon:
		err = letGo(ctx, tx, d)
	}
	return errors.Join(err, exception.Clear(ctx, tx, TroubleOpen, string(d.ID), string(to)))
}

// settle books where disputed money goes.
func settle(ctx context.Context, tx *db.Tx, d Dispute, to State) error {
	if !d.Taken {
		return nil
	}
	p, _, err := payment.Find(ctx, tx, d.Payment)
	if err != nil {
		return err
	}
	stands := map[State]string{StateWon: "clearing:" + d.Gateway, StateLost: "chargebacks:" + market(p)}
	from, ended := stands[d.State]
	if !ended {
		from = "disputed:" + d.Gateway
	}
	into, ends := stands[to]
	if !ends {
		into = "disputed:" + d.Gateway
	}
	if from == into {
		return nil
	}
	return ledger.Post(ctx, tx, ledger.Transaction{Kind: "dispute." + string(to), Ref: string(d.ID),
		Key:     fmt.Sprintf("dispute:%s:%s:%s:%d", d.ID, d.State, to, db.Micros(d.ClosedAt)),
		Entries: []ledger.Entry{{Account: into, Amount: d.Amount}, {Account: from, Amount: d.Amount.Neg()}}})
}

func market(p payment.Payment) string {
	if p.Market == "" {
		return "none"
	}
	return p.Market
}

// Answered notes that the evidence was given to the gateway; the bank decides.
// Answering again changes nothing. A dispute that is decided is ErrClosed.
func Answered(ctx context.Context, tx *db.Tx, id ID) error {
	d, err := lock(ctx, tx, id)
	if err != nil || d.State == StateAnswered {
		return err
	}
	if d.State.closed() {
		return ErrClosed
	}
	return move(ctx, tx, d, StateAnswered)
}

// Close notes how the bank decided, for gateways that do not tell.
func Close(ctx context.Context, tx *db.Tx, id ID, to State) error {
	d, err := lock(ctx, tx, id)
	if err != nil || d.State == to {
		return err
	}
	if !to.closed() || d.State.closed() {
		return ErrClosed
	}
	return move(ctx, tx, d, to)
}

func lock(ctx context.Context, tx *db.Tx, id ID) (Dispute, error) {
	d, err := selectDispute(ctx, tx, id, tx.ForUpdate())
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return d, fmt.Errorf("find dispute %s: %w", id, err)
	}
	return d, nil
}

// Find returns a dispute, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Dispute, error) {
	d, err := selectDispute(ctx, tx, id, "")
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return d, fmt.Errorf("find dispute %s: %w", id, err)
	}
	return d, nil
}

// List returns a page of disputes, newest first, only those of a state if one
// is given, and the id to go on after.
func List(ctx context.Context, tx *db.Tx, state State, after ID, limit int) ([]Dispute, ID, error) {
	if limit < 1 || limit > 100 {
		limit = 100
	}
	page, err := selectPage(ctx, tx, state, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list disputes: %w", err)
	}
	if len(page) <= limit {
		return page, "", nil
	}
	return page[:limit], page[limit-1].ID, nil
}

// OfPayment returns the disputes of a payment, oldest first, at most 100.
func OfPayment(ctx context.Context, tx *db.Tx, p payment.ID) ([]Dispute, error) {
	all, err := selectOfPayment(ctx, tx, p)
	if err != nil {
		return nil, fmt.Errorf("disputes of %s: %w", p, err)
	}
	return all, nil
}

// OfPayments returns the disputes of any of the payments, at most 1,000 of them,
// the newest first, at most 100.
func OfPayments(ctx context.Context, tx *db.Tx, payments []payment.ID) ([]Dispute, error) {
	if len(payments) == 0 {
		return nil, nil
	}
	all, err := selectOfPayments(ctx, tx, payments)
	if err != nil {
		return nil, fmt.Errorf("disputes of %d payments: %w", len(payments), err)
	}
	return all, nil
}
