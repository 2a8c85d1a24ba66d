package paylink

import (
	"context"
	"errors"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/ledger"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// Forward brings a link forward when its payment has moved; the app gives it to
// the payments as the owner of kind OwnerKind. Money that comes late is taken:
// the link is paid, whatever it had become.
func (l *Links) Forward(ctx context.Context, tx *db.Tx, p payment.Payment, a payment.Attempt) error {
	switch {
	case a.State.Paid():
		l.Guard.Approved(tx, a.Kind)
		return l.paid(ctx, tx, p)
	case a.State.Failed():
		again, err := l.Router.Again(ctx, tx, l.Payments(), a)
		if err != nil || again {
			return err
		}
		if err := l.Guard.Failed(ctx, tx, a); err != nil {
			return err
		}
		failure := "payment_declined"
		if a.State == payment.StateAbandoned {
			failure = "payment_not_completed"
		}
		_, err = endTry(ctx, tx, p.ID, failure)
		return err
	}
	return nil
}

func (l *Links) paid(ctx context.Context, tx *db.Tx, p payment.Payment) error {
	link, err := markPaid(ctx, tx, p.ID)
	if errors.Is(err, db.ErrNoRow) {
		return nil // told before
	}
	if err == nil && link.Placing != "" {
		link.Order, err = l.place(ctx, tx, link, p)
	}
	if err == nil && link.Order != "" && link.Edit == "" {
		err = l.waive(ctx, tx, link)
	}
	if err == nil && link.Order == "" {
		err = ledger.Post(ctx, tx, deposit(link, string(link.ID), p.Amount))
	}
	if err != nil {
		return fmt.Errorf("link of %s is paid: %w", p.ID, err)
	}
	return event.Publish(ctx, tx, Paid{link.ID, link.Order, p.ID})
}

// waive asks for less of what was promised for an order, now that a link has paid it.
func (l *Links) waive(ctx context.Context, tx *db.Tx, link Link) error {
	all, _, err := payment.List(ctx, tx, payment.Filter{Order: string(link.Order)})
	left := link.Amount
	for _, p := range all {
		if err != nil || left.Minor == 0 {
			break
		}
		if p.Owner.Kind == OwnerKind {
			continue
		}
		var waived money.Amount
		waived, err = l.Payments().Waive(ctx, tx, p.ID, left, string(link.ID))
		left = left.Minus(waived)
	}
	return err
}

// deposit posts what the shop owes the payer of a link for an amount by itself;
// less than zero gives it back.
func deposit(link Link, key string, a money.Amount) ledger.Transaction {
	return ledger.Transaction{Kind: "paylink.deposit", Ref: string(link.ID), Key: "paylink:" + key, Entries: []ledger.Entry{
		{Account: "receivable:customers", Amount: a}, {Account: "deposits:" + link.Market, Amount: a.Neg()}}}
}

// Refunded posts that a deposit was given back. Call it for payment.Refunded.
func Refunded(ctx context.Context, tx *db.Tx, e payment.Refunded) error {
	if e.Owner != OwnerKind {
		return nil
	}
	link, err := selectByPayment(ctx, tx, e.Payment)
	if err != nil || link.Order != "" {
		return err
	}
	return ledger.Post(ctx, tx, deposit(link, string(e.Refund), money.Of(-e.Amount, money.Currency(e.Currency))))
}
