// Package amend changes orders after they were placed: gives money back, for
// lines, for shipping or out of goodwill, and cancels what has not left.
//
// An Amendment is written with all its amounts before any money moves. What a
// line is worth is its share as frozen on the order, never a new price; what
// goes back goes to where it came from, gift cards first, then points, then store credit,
// then the payment. Above a limit a second person of staff must approve.
//
// The one idea: writing an amendment claims what it gives back, under the
// order's lock, so that all that is claimed together never exceeds what was
// paid, however many ask at once; moving the money under the amendment's own id
// is then a matter of repeating it until it is done.
//
// Never true: more given back than was paid, by line, by tender or in all; an
// amendment approved by who asked for it; goods shipped of a cancelled order;
// money moved inside a transaction.
package amend

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/value/address"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "amend.not_found", "there is no such amendment; take an id from the order's list")
	ErrTooMuch  = fault.New(fault.Conflict, "amend.too_much", "that is more than is left to give back; read the order again and ask for at most what is left")
	ErrNothing  = fault.New(fault.Invalid, "amend.nothing", "choose lines with units, or an amount of shipping or of goodwill, to give back")
	ErrReason   = fault.New(fault.Invalid, "amend.reason", "say why, in 1 to 500 characters")
	ErrShipped  = fault.New(fault.Conflict, "amend.shipped", "something of the order has left or the order is closed; refund its lines instead of cancelling it")
	ErrOrdered  = fault.New(fault.Conflict, "amend.ordered", "this payment paid an order: give it back from the order, which knows its lines, its other tenders and who must agree")
	ErrOwn      = fault.New(fault.Forbidden, "amend.own", "nobody approves what they asked for; have a second person approve it")
	ErrState    = fault.New(fault.Conflict, "amend.state", "the amendment is decided already; read it again")
	ErrNoKey    = fault.New(fault.Invalid, "amend.key", "send an Idempotency-Key of your own, so that the same request amends once")
	ErrKey      = fault.New(fault.Conflict, "amend.key_reused", "this key was used for another amendment; use a new key")
	ErrUnpaid   = fault.New(fault.Conflict, "amend.unpaid", "the money is held and not taken yet; capture it first, or cancel the order")
)

// ID names an amendment.
type ID string

// Kind is what an amendment does.
type Kind string

// The kinds.
const (
	KindCancel Kind = "cancel" // of a whole order that has not left
	KindRefund Kind = "refund" // of lines, shipping or goodwill
	KindEdit   Kind = "edit"   // of an order that nobody has begun to gather: less of it, more of it, to another address
)

// State is where an amendment is in its life.
type State string

// The states. Proposed waits for a second person, Approved for the money to go
// back, Awaiting for money to come: then nothing of the order has changed.
const (
	StateAwaiting State = "awaiting"
	StateProposed State = "proposed"
	StateApproved State = "approved"
	StateDone     State = "done"
	StateFailed   State = "failed"
	StateDeclined State = "declined"
)

// begun reports whether what an amendment changes at once was changed.
func (s State) begun() bool { return s == StateApproved || s == StateDone || s == StateFailed }

// Line is units of an order's line, in steps of its scale, and what they are
// worth.
type Line struct {
	Line   order.LineID
	Units  int64
	Amount money.Amount
}

// Request is what somebody wants amended.
type Request struct {
	Order    order.ID
	Key      string // the same key is the same amendment
	Kind     Kind
	Lines    []Line           // of a refund, or taken out by an edit; their amounts are computed
	Add      []Addition       // by an edit
	Address  *address.Address // where an edit sends what is sent; nil: where it went
	Mail     bool             // an edit's link, where money is to come, is mailed to the buyer
	Shipping money.Amount     // of a refund: how much of it
	Goodwill money.Amount     // of a refund: what goes back for no line of the order
	Restock  bool             // the units are fit to be sold again
	Reason   string
	Actor    string
	Payee    Payee // whose account what was paid at the door is transferred to; zero: nobody has asked yet
	// Proof says that the buyer has a right to it, so that no second person need
	// agree, or why not: that somebody has begun, as the floors above know. It is
	// asked under the order's lock, in the transaction that writes the amendment,
	// and no more for one that was written before. Nil: nobody claims a right.
	Proof func(ctx context.Context, tx *db.Tx) error
}

// Amendment is a change of an order as it was written.
type Amendment struct {
	ID        ID
	Order     order.ID
	Key       string
	Kind      Kind
	State     State
	Lines     []Line
	Goods     money.Amount
	Shipping  money.Amount
	Goodwill  money.Amount
	ToCards   money.Amount
	ToPoints  money.Amount // what the points that go back paid
	ToCredit  money.Amount
	ToPayment money.Amount
	Waived    money.Amount   // what was but promised, and is not asked for any more
	Added     money.Amount   // what an edit adds, with tax; of it, what goes back pays as far as it reaches
	ToPay     money.Amount   // and this is the rest, which the buyer pays
	Addition  order.Addition // by an edit, as it is frozen
	Contact   string         // where an edit sends the order, under its buyer's key; "" where it went
	Promises  []Promise      // when it arrives there, in a preview only: the order says it once the edit is made
	Link      paylink.ID     // by which ToPay is paid; "" for none
	Payee     string         // the contact that money is transferred to; "" for none: see PayeeOf
	Restock   bool
	Reason    string
	Actor     string
	Approver  string
	Failure   string
	Refused   error // in a preview: the rule of a payment's scheme that keeps its part from going back; nil for none
	CreatedAt time.Time
	fresh     bool
	moves     bool
}

// Total is all that goes back.
func (a Amendment) Total() money.Amount { return a.Goods.Plus(a.Shipping).Plus(a.Goodwill) }

// Stopped reports whether a preview was refused so that nothing should be asked.
// What is cancelled is cancelled all the same: its money is then an exception.
func (a Amendment) Stopped() bool { return a.Refused != nil && a.Kind != KindCancel }

// Config is what amendments need.
type Config struct {
	DB       *db.DB
	Payments *payment.Payments
	Keeper   *seal.Keeper   // of edits
	Links    *paylink.Links // of edits
	Works    Works          // of edits
}

// Amendments amends orders.
type Amendments struct{ Config }

// New returns Amendments. It does no I/O.
func New(c Config) *Amendments { return &Amendments{c} }

// Preview computes what a request would give back, and to where, and whether a
// payment's scheme would refuse its part. It writes nothing.
func (s *Amendments) Preview(ctx context.Context, r Request) (a Amendment, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		a, err = s.compute(ctx, tx, r)
		return err
	})
	return a, err
}

// Propose writes an amendment and, when no second person is needed, moves the
// money. What it returns may still be approved: the gateway is silent, and
// Resume goes on. The same key again is the same amendment.
func (s *Amendments) Propose(ctx context.Context, r Request) (a Amendment, err error) {
	if r.Reason = strings.TrimSpace(r.Reason); r.Reason == "" || len(r.Reason) > 500 {
		return a, ErrReason
	}
	if r.Key == "" || r.Actor == "" {
		return a, ErrNoKey
	}
	if !r.Payee.Valid() {
		return a, ErrPayee
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err = s.write(ctx, tx, r)
		return err
	})
	if err != nil {
		return Amendment{}, fmt.Errorf("amend order %s: %w", r.Order, err)
	}
	if a.State == StateApproved {
		return s.Run(ctx, a.ID)
	}
	return a, nil
}

func (s *Amendments) write(ctx context.Context, tx *db.Tx, r Request) (Amendment, error) {
	if err := order.Lock(ctx, tx, r.Order); err != nil {
		return Amendment{}, err
	}
	before, err := selectByKey(ctx, tx, r.Order, r.Key)
	switch {
	case err == nil:
		if before, err = load(ctx, tx, before.ID); err == nil && !before.answers(r) {
			err = ErrKey
		}
		return before, err
	case !errors.Is(err, db.ErrNoRow):
		return Amendment{}, err
	}
	if r.Proof != nil {
		if err := r.Proof(ctx, tx); err != nil {
			return Amendment{}, err
		}
	}
	a, err := s.compute(ctx, tx, r)
	if err != nil {
		return Amendment{}, err
	}
	a.ID, a.State, a.CreatedAt, a.fresh = id.New[ID]("amd", tx.Now), StateApproved, tx.Now, true
	limit, err := LimitIn(ctx, tx, a.Goods.Currency)
	if err != nil {
		return Amendment{}, err
	}
	if r.Proof == nil && limit.Amount.Less(a.Total().Minus(a.offset())) {
		a.State = StateProposed
	}
	if a.Addition.By = string(a.ID); r.Address != nil && a.moves {
		if err := s.keepAddress(ctx, tx, &a, r.Address.Clean()); err != nil {
			return Amendment{}, err
		}
	}
	if err := s.keepPayee(ctx, tx, &a, r.Payee); err != nil {
		return Amendment{}, err
	}
	if a.ToPay.Minor > 0 {
		if err := s.await(ctx, tx, &a, r.Mail); err != nil {
			return Amendment{}, err
		}
	}
	if err := insertAmendment(ctx, tx, a); err != nil {
		return Amendment{}, err
	}
	if err := claim(ctx, tx, a, 1); err != nil {
		return Amendment{}, err
	}
	if a.State == StateApproved {
		err = s.begin(ctx, tx, a)
	}
	return a, err
}

// adds reports whether an edit is of the additions that r asks for.
func (a Amendment) adds(r Request) bool {
	units := map[string]int64{}
	for _, l := range a.Addition.Lines {
		units[l.Variant] += l.Quantity
	}
	for _, x := range r.Add {
		units[string(x.Variant)] -= x.Units
	}
	for _, n := range units {
		if n != 0 {
			return false
		}
	}
	return (a.Contact != "") == (r.Address != nil)
}

// answers reports whether an amendment is the one that r asks for.
func (a Amendment) answers(r Request) bool {
	units := map[order.LineID]int64{}
	for _, l := range r.Lines {
		units[l.Line] += l.Units
	}
	for _, l := range a.Lines {
		units[l.Line] -= l.Units
	}
	for _, n := range units {
		if n != 0 {
			return false
		}
	}
	if a.Kind == KindEdit {
		return r.Kind == KindEdit && a.adds(r)
	}
	return a.Kind == r.Kind && a.Shipping.Minor == r.Shipping.Minor && a.Goodwill.Minor == r.Goodwill.Minor
}

// claim adds what an amendment gives back to the lines it is of; times −1 it
// takes that off again.
func claim(ctx context.Context, tx *db.Tx, a Amendment, times int64) error {
	for _, l := range a.Lines {
		if err := order.AddRefunded(ctx, tx, l.Line, money.Of(times*l.Amount.Minor, l.Amount.Currency)); err != nil {
			return errors.Join(err, ErrTooMuch)
		}
	}
	return nil
}

// compute prices a request from what is frozen on the order and what is left.
func (s *Amendments) compute(ctx context.Context, tx *db.Tx, r Request) (Amendment, error) {
	o, err := order.Find(ctx, tx, r.Order)
	if err != nil {
		return Amendment{}, err
	}
	left, err := readLeft(ctx, tx, o)
	if err != nil {
		return Amendment{}, err
	}
	zero := money.Of(0, o.Currency())
	a := Amendment{Order: o.ID, Key: r.Key, Kind: r.Kind, Goods: zero, Shipping: zero, Goodwill: zero, Added: zero, ToPay: zero, Restock: r.Restock, Reason: r.Reason, Actor: r.Actor}
	if r.Kind == KindCancel {
		if err := checkGifts(ctx, tx, a, o); err != nil {
			return Amendment{}, err
		}
		return a, left.cancel(&a, o)
	}
	units, err := selectUnits(ctx, tx, o.ID)
	if err != nil {
		return Amendment{}, err
	}
	for _, want := range r.Lines {
		if want.Units == 0 {
			continue
		}
		l, err := priced(o, want, units[want.Line])
		if err != nil {
			return Amendment{}, err
		}
		a.Lines, a.Goods = append(a.Lines, l), a.Goods.Plus(l.Amount)
	}
	if r.Shipping.Minor != 0 {
		if r.Shipping.Currency != o.Currency() || r.Shipping.Minor < 0 || left.shipping.Less(r.Shipping) {
			return Amendment{}, ErrTooMuch
		}
		a.Shipping = r.Shipping
	}
	if r.Goodwill.Minor != 0 {
		if r.Goodwill.Currency != o.Currency() || r.Goodwill.Minor < 0 {
			return Amendment{}, ErrTooMuch
		}
		a.Goodwill = r.Goodwill
	}
	if r.Kind == KindEdit {
		if err := s.edit(ctx, tx, r, o, &a, left); err != nil {
			return Amendment{}, err
		}
		return a, left.spread(&a)
	}
	if a.Total().Minor == 0 {
		return Amendment{}, ErrNothing
	}
	if err := checkGifts(ctx, tx, a, o); err != nil {
		return Amendment{}, err
	}
	return a, left.spread(&a)
}

// priced is what units of a line are worth: their share of what was paid for
// it, the last unit taking the rest, so that all units together are the line.
func priced(o order.Order, want Line, before int64) (Line, error) {
	for _, l := range o.Lines {
		if l.ID != want.Line {
			continue
		}
		paid := l.Total
		if !o.TaxIncluded {
			paid = paid.Plus(l.Tax)
		}
		if want.Units < 0 || before+want.Units > l.Quantity {
			return Line{}, ErrTooMuch
		}
		upTo := paid.Ratio(before+want.Units, l.Quantity, 1)
		return Line{l.ID, want.Units, upTo.Minus(paid.Ratio(before, l.Quantity, 1))}, nil
	}
	return Line{}, ErrNothing.With("the order has no such line; take the lines' ids from the order")
}
