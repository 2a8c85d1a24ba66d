package checkout

import (
	"context"
	"errors"
	"fmt"

	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// The refusals of a refund. Nothing was given back.
var (
	ErrRefund    = fault.New(fault.Conflict, "checkout.refund_too_much", "that is more than is left of what was paid; read the order again and ask for less")
	ErrRefundKey = fault.New(fault.Conflict, "checkout.refund_key", "give each refund a key of its own; this one was used for another amount, or is missing")
)

// JobRefund names the job that gives back the payment's part of a refund, when
// whoever asked for it did not live to.
const JobRefund = "checkout.refund"

// Refund is money of an order given back. It goes back where it came from, by
// one rule: gift cards first, then store credit, then the payment, to each no
// more than it paid.
type Refund struct {
	Order   order.ID     `json:"order"`
	Key     string       `json:"key"`
	Cards   money.Amount `json:"cards"`
	Credit  money.Amount `json:"credit"`
	Money   money.Amount `json:"money"` // through the payment's gateway
	Payment payment.ID   `json:"payment"`
	By      payment.By   `json:"by"`
}

// total is all that the refund gives back.
func (r Refund) total() money.Amount { return r.Cards.Plus(r.Credit).Plus(r.Money) }

// StoredRefunded says that gift cards and store credit got back what they paid.
type StoredRefunded struct {
	Order  order.ID `json:"order"`
	Refund string   `json:"refund"`
	Amount int64    `json:"amount"` // minor units of the order's currency
}

// Kind names the fact.
func (StoredRefunded) Kind() string { return "order.stored_refunded" }

// Key is the order: its facts are delivered in order.
func (e StoredRefunded) Key() string { return string(e.Order) }

// Refund gives back amount of what was paid for an order. The same key again is
// the same refund, and tells how far its payment's part is; the zero Movement
// says that it has none. It must run outside any transaction. It returns
// ErrRefund or ErrRefundKey when nothing was given back.
func (c *Checkout) Refund(ctx context.Context, id order.ID, amount money.Amount, key string, by payment.By) (r Refund, m payment.Movement, err error) {
	err = c.DB.Write(ctx, func(tx *db.Tx) (err error) {
		r, err = c.giveBack(ctx, tx, id, amount, key, by)
		return err
	})
	if err == nil && r.Money.Minor > 0 {
		m, err = c.Payments().Refund(ctx, r.Payment, r.Money, r.Key, r.By)
	}
	if err != nil {
		return r, m, fmt.Errorf("refund %v of %s: %w", amount, id, err)
	}
	return r, m, nil
}

// RefundPayment is the job: it gives back the payment's part, once however often.
func (c *Checkout) RefundPayment(ctx context.Context, r Refund) error {
	m, err := c.Payments().Refund(ctx, r.Payment, r.Money, r.Key, r.By)
	if err == nil && m.State == payment.MovementFailed {
		err = fmt.Errorf("refund %s: %w: %s", r.Key, payment.ErrNo, m.DeclineCode)
	}
	return err
}

func (c *Checkout) giveBack(ctx context.Context, tx *db.Tx, id order.ID, amount money.Amount, key string, by payment.By) (Refund, error) {
	o, err := order.Head(ctx, tx, id)
	if err != nil {
		return Refund{}, err
	}
	if key == "" || amount.Minor <= 0 || amount.Currency != o.Currency() {
		return Refund{}, ErrRefundKey
	}
	before, err := selectRefund(ctx, tx, id, key)
	switch {
	case err == nil && before.total() != amount:
		return Refund{}, ErrRefundKey
	case !errors.Is(err, db.ErrNoRow):
		return before, err
	}
	r, err := split(ctx, tx, o, amount)
	if err != nil {
		return Refund{}, err
	}
	r.Key, r.By = key, by
	if err := insertRefund(ctx, tx, r); err != nil {
		return Refund{}, err
	}
	if err := storedBack(ctx, tx, o, r); err != nil {
		return Refund{}, err
	}
	if r.Money.Minor == 0 {
		return r, nil
	}
	return r, job.Enqueue(ctx, tx, job.Job{Kind: JobRefund, Key: string(id) + ":" + key, Body: r})
}

// split says what goes back where, or ErrRefund when too little is left.
func split(ctx context.Context, tx *db.Tx, o order.Order, amount money.Amount) (Refund, error) {
	cards, err := giftcard.Paid(ctx, tx, string(o.ID))
	if err != nil {
		return Refund{}, err
	}
	credit, err := wallet.Paid(ctx, tx, string(o.ID))
	if err != nil {
		return Refund{}, err
	}
	r := Refund{Order: o.ID, Payment: payment.ID(o.Payment)}
	take := func(left int64) money.Amount {
		part := money.Of(max(min(left, amount.Minor), 0), amount.Currency)
		amount = amount.Minus(part)
		return part
	}
	r.Cards, r.Credit, r.Money = take(cards.Left().Minor), take(credit.Left().Minor), money.Of(0, amount.Currency)
	if amount.IsZero() {
		return r, nil
	}
	if o.Payment == "" {
		return Refund{}, ErrRefund
	}
	p, _, err := payment.Find(ctx, tx, r.Payment)
	if err == nil && p.Refundable().Minor < amount.Minor {
		err = ErrRefund
	}
	r.Money = amount
	return r, err
}

// storedBack gives stored value back, and counts it among the market's refunds.
func storedBack(ctx context.Context, tx *db.Tx, o order.Order, r Refund) error {
	stored := r.Cards.Plus(r.Credit)
	if stored.IsZero() {
		return nil
	}
	key := string(o.ID) + ":" + r.Key
	if _, err := giftcard.Refund(ctx, tx, string(o.ID), r.Cards, key); err != nil {
		return err
	}
	if r.Credit.Minor > 0 {
		if err := wallet.Refund(ctx, tx, string(o.ID), r.Credit, key); err != nil {
			return err
		}
	}
	err := ledger.Post(ctx, tx, ledger.Transaction{Kind: "order.stored_refunded", Ref: string(o.ID), Key: "refund:" + key, Entries: []ledger.Entry{
		{Account: "refunds:" + o.Market, Amount: stored}, {Account: receivable, Amount: stored.Neg()}}})
	if err != nil {
		return err
	}
	return event.Publish(ctx, tx, StoredRefunded{Order: o.ID, Refund: key, Amount: stored.Minor})
}
