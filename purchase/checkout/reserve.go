package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// ErrReserve reports a checkout that cannot be held for somebody to pay; its
// text says what is missing.
var ErrReserve = fault.New(fault.Conflict, "checkout.reserve", "the checkout cannot be held yet: complete it but for the payment")

// Reserved is a purchase that was frozen and is held until somebody pays it.
type Reserved struct {
	Placing PlacingID
	Market  string
	Channel string
	Locale  string
	Contact string
	Due     money.Amount
	Text    string // what is bought, in one line
}

// Reserve freezes a checkout that lacks only its payment: prices and delivery
// stay as they are, stock, codes and stored value are held until a time. It is a
// placing without a payment: PlaceReserved makes it an order, ReleaseReserved
// gives everything back. It is a verb for staff, whosever the checkout is. It fails with ErrReserve, ErrPaying or ErrPlaced.
func (c *Checkout) Reserve(ctx context.Context, tx *db.Tx, of ID, until time.Time) (Reserved, error) {
	s, err := selectSessionLocked(ctx, tx, of)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Reserved{}, err
	}
	switch s.State {
	case StatePaying:
		return Reserved{}, ErrPaying
	case StatePlaced, StateCanceled:
		return Reserved{}, ErrPlaced
	}
	s.Method, s.Instrument, s.Saved, s.Keep = "", "", "", false // its payer chooses
	placing := id.New[PlacingID]("plc", tx.Now)
	if err := cart.Lock(ctx, tx, s.Cart, 0, string(placing)); err != nil {
		return Reserved{}, err
	}
	v, err := c.view(ctx, tx, s, cart.Caller{Customer: s.Customer})
	if err != nil {
		return Reserved{}, err
	}
	if lacks := slices.DeleteFunc(slices.Clone(v.Requirements), func(r string) bool { return r == NeedPayment }); len(lacks) > 0 {
		return Reserved{}, ErrReserve.With("the checkout still needs " + strings.Join(lacks, ", "))
	}
	if v.Due.IsZero() {
		return Reserved{}, ErrReserve.With("nothing is left to pay: complete the checkout itself")
	}
	if err := c.reserve(ctx, tx, v, placing, until); err != nil {
		return Reserved{}, err
	}
	return Reserved{placing, s.Market, s.Channel, s.Locale, s.Contact, v.Due, v.inOneLine()}, nil
}

// reserve writes the placing and holds what it needs.
func (c *Checkout) reserve(ctx context.Context, tx *db.Tx, v View, placing PlacingID, until time.Time) error {
	row := placingRow{ID: placing, Session: v.Session.ID, Cart: v.Session.Cart, Order: order.NewID(tx.Now), Draft: v.draft(tx.Now), Redeemed: len(v.Uses()) > 0}
	text, err := json.Marshal(row.Draft)
	if err != nil {
		return err
	}
	row.text = string(text)
	if err := c.write(ctx, tx, v.Session, row); err != nil {
		return err
	}
	var refused refusal
	if err = c.hold(ctx, tx, v, placing, row.Order, until); errors.As(err, &refused) && len(refused.Messages) > 0 {
		err = ErrReserve.With(refused.Messages[0].Content)
	}
	return err
}

// inOneLine is what is bought, as people say it.
func (v View) inOneLine() string {
	var parts []string
	for _, l := range v.draft(time.Time{}).Lines {
		if l.Parent == "" {
			parts = append(parts, fmt.Sprintf("%d × %s", l.Quantity, l.Title))
		}
	}
	return strings.Join(parts, ", ")
}

// OrderOf is the id that a placing's order has, or will have.
func OrderOf(ctx context.Context, tx *db.Tx, id PlacingID) (order.ID, error) {
	p, err := selectSealed(ctx, tx, id)
	return p.Order, err
}

// PlaceReserved places the order of what was reserved, now that a payment holds
// its money. It returns "" when everything was given back meanwhile. Placing it
// again changes nothing.
func (c *Checkout) PlaceReserved(ctx context.Context, tx *db.Tx, id PlacingID, paid payment.ID) (order.ID, error) {
	p, err := selectPlacing(ctx, tx, id)
	if err != nil || p.State != placingOpen {
		if p.State == placingPlaced {
			return p.Order, err
		}
		return "", err
	}
	p.Draft.Payment = string(paid)
	text, err := json.Marshal(p.Draft)
	if err != nil {
		return "", err
	}
	if err := updateDraft(ctx, tx, id, string(text)); err != nil {
		return "", err
	}
	return p.Order, c.finalise(ctx, tx, id)
}

// ReleaseReserved gives back what was reserved: stock, codes, stored value and
// the cart. Releasing what was placed or released changes nothing.
func (c *Checkout) ReleaseReserved(ctx context.Context, tx *db.Tx, id PlacingID) error {
	p, err := selectPlacing(ctx, tx, id)
	if err != nil || p.State != placingOpen {
		return err
	}
	return c.end(ctx, tx, p, failure(payment.Attempt{State: payment.StateAbandoned}))
}
