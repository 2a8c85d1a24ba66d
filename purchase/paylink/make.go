package paylink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/id"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/address"
	"korzo/value/money"
)

// Draft is what staff say of a link.
type Draft struct {
	Market    string
	Currency  money.Currency // the market's
	Channel   string
	Locale    string
	Order     order.ID     // "" for an amount by itself
	Edit      string       // the edit of the order that Amount is for, beside what the order lacks; "" for none
	Checkout  checkout.ID  // of a cart that is to be paid; "" otherwise
	Amount    money.Amount // zero for an order: all that it lacks
	Text      string       // at most 300 characters
	Contact   string
	ExpiresAt time.Time // zero: in three days
	Mail      bool      // the contact gets the link by mail
	SMS       bool      // and as a text, where their number is known
	Actor     string
}

// Number is a telephone number as texts are sent to it, "+4930123456": one
// without a country's code is of the market's country. It returns ErrPhone for
// what is none.
func Number(ctx context.Context, tx *db.Tx, phone, id string) (string, error) {
	m, err := market.Find(ctx, tx, id)
	if err != nil {
		return "", err
	}
	number := address.Dial(phone, m.Country)
	if number == "" {
		return "", ErrPhone
	}
	return number, nil
}

// Make writes a link. It returns ErrDraft, ErrNothing, ErrTwice, or
// payment.ErrCardNumber for a text that holds one.
func (l *Links) Make(ctx context.Context, tx *db.Tx, d Draft) (Link, error) {
	if err := payment.NoCardNumber(d.Text); err != nil {
		return Link{}, err
	}
	if d.ExpiresAt.IsZero() {
		d.ExpiresAt = tx.Now.Add(Life)
	}
	var held checkout.PlacingID
	switch {
	case d.Checkout != "":
		if !d.ExpiresAt.After(tx.Now) || d.ExpiresAt.After(tx.Now.Add(longestCart)) {
			return Link{}, ErrCartEnd
		}
		r, err := l.Checkout.Reserve(ctx, tx, d.Checkout, d.ExpiresAt.Add(grace))
		if err != nil {
			return Link{}, err
		}
		held, d.Amount, d.Currency, d.Market, d.Channel, d.Contact = r.Placing, r.Due, r.Due.Currency, r.Market, r.Channel, r.Contact
		d.Text, d.Locale = cmp.Or(d.Text, short(r.Text)), cmp.Or(d.Locale, r.Locale)
	case d.Order != "":
		if err := l.lacking(ctx, tx, &d); err != nil {
			return Link{}, err
		}
	}
	if d.Amount.Minor <= 0 || d.Amount.Currency != d.Currency || !payableSum(d.Amount) || strings.TrimSpace(d.Text) == "" || len(d.Text) > 600 ||
		!d.ExpiresAt.After(tx.Now) || d.ExpiresAt.After(tx.Now.Add(longest)) {
		return Link{}, ErrDraft
	}
	link := Link{ID: id.New[ID]("lnk", tx.Now), Market: d.Market, Channel: d.Channel, Locale: d.Locale, Order: d.Order, Edit: d.Edit, Placing: held, Contact: d.Contact,
		Text: strings.TrimSpace(d.Text), Amount: d.Amount, State: StateOpen, ExpiresAt: d.ExpiresAt, Actor: d.Actor, CreatedAt: tx.Now}
	if d.Order != "" {
		if err := cancelExpired(ctx, tx, d.Order); err != nil {
			return Link{}, err
		}
	}
	n, err := insertLink(ctx, tx, link)
	if err == nil && n == 0 {
		err = ErrTwice
	}
	if err != nil {
		return Link{}, fmt.Errorf("make a link: %w", err)
	}
	return link, event.Publish(ctx, tx, Made{link.ID, d.Mail && link.Contact != "", d.SMS && link.Contact != ""})
}

func payableSum(a money.Amount) bool {
	info, ok := money.Find(a.Currency)
	return ok && a.Minor <= money.MaxPrice && a.Minor%info.ChargeStep == 0
}

// lacking fills in what an order lacks: its total less stored value and less
// what its payments hold or took. A promise to transfer counts once it is kept.
// More than what is lacking is not asked for.
func (l *Links) lacking(ctx context.Context, tx *db.Tx, d *Draft) error {
	o, err := order.Find(ctx, tx, d.Order)
	if err != nil {
		return err
	}
	lacks := o.Due()
	if d.Edit != "" {
		lacks = lacks.Plus(d.Amount) // it is added once it is paid
	}
	payments, _, err := payment.List(ctx, tx, payment.Filter{Order: string(o.ID)})
	for _, p := range payments {
		if l.promised(p) {
			lacks = lacks.Minus(p.Captured)
			continue
		}
		lacks = lacks.Minus(p.Authorized)
	}
	if err != nil {
		return err
	}
	if d.Amount.IsZero() {
		d.Amount = lacks
	}
	if lacks.Minor <= 0 || o.State == order.StateCanceled || d.Amount.Minor > lacks.Minor {
		return ErrNothing
	}
	d.Market, d.Channel, d.Currency = o.Market, o.Channel, o.Currency()
	if d.Text == "" {
		d.Text = o.Number
	}
	if d.Contact == "" {
		d.Contact = o.Contact
	}
	if d.Locale == "" {
		d.Locale = o.Locale
	}
	return nil
}

// promised reports whether a payment is but a promise: no machine holds anything.
func (l *Links) promised(p payment.Listed) bool {
	g, err := l.Payments().Gateway(p.Gateway)
	return err == nil && g.Traits().Offline
}

// Asked returns the link of an order that can be paid or is being paid; false for
// none.
func Asked(ctx context.Context, tx *db.Tx, id order.ID) (Link, bool, error) {
	link, err := selectAsked(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		return link, false, nil
	}
	return link, err == nil && !link.Ended(tx.Now), err
}

// Covered ends the link of an order that was paid another way meanwhile. Call it
// for payment.Captured.
func (l *Links) Covered(ctx context.Context, tx *db.Tx, e payment.Captured) error {
	p, err := payment.Head(ctx, tx, e.Payment)
	if err != nil || p.Order == "" || p.Owner.Kind == OwnerKind {
		return err
	}
	link, asked, err := Asked(ctx, tx, order.ID(p.Order))
	if err != nil || !asked || link.State != StateOpen {
		return err
	}
	d := Draft{Order: link.Order, Edit: link.Edit, Amount: link.Amount}
	if err = l.lacking(ctx, tx, &d); errors.Is(err, ErrNothing) {
		_, err = updateState(ctx, tx, link.ID, StateCanceled)
	}
	return err
}

// Cancel ends a link that is not paid and not being paid. Cancelling it again
// changes nothing.
func (l *Links) Cancel(ctx context.Context, tx *db.Tx, id ID) error {
	link, err := selectLink(ctx, tx, id, tx.ForUpdate())
	switch {
	case errors.Is(err, db.ErrNoRow):
		return ErrNotFound
	case err != nil:
		return err
	case link.State == StatePaying:
		return ErrPaying
	case link.State == StatePaid:
		return ErrEnded
	}
	if _, err = updateState(ctx, tx, link.ID, StateCanceled); err != nil {
		return err
	}
	return l.letGo(ctx, tx, link)
}
