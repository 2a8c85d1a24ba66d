package amend

import (
	"context"

	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// receivable is what customers owe; giving stored value back makes us owe it,
// until it is counted among the market's refunds.
const receivable = "receivable:customers"

// stored is what goes back to stored value.
func (a Amendment) stored() money.Amount { return a.ToCards.Plus(a.ToPoints).Plus(a.ToCredit) }

// giveStored gives gift cards, points and credit back what they paid, and counts it among
// the market's refunds; a payment counts its own.
func giveStored(ctx context.Context, tx *db.Tx, a Amendment, o order.Order) error {
	stored := a.stored()
	if stored.Minor == 0 {
		return nil
	}
	if a.ToCards.Minor > 0 {
		if _, err := giftcard.Refund(ctx, tx, string(a.Order), a.ToCards, string(a.ID)); err != nil {
			return err
		}
	}
	if a.ToCredit.Minor > 0 {
		if err := wallet.Refund(ctx, tx, string(a.Order), a.ToCredit, string(a.ID)); err != nil {
			return err
		}
	}
	if a.ToPoints.Minor > 0 {
		if err := wallet.RefundPoints(ctx, tx, string(a.Order), a.ToPoints, string(a.ID)); err != nil {
			return err
		}
	}
	return ledger.Post(ctx, tx, ledger.Transaction{Kind: "order.stored_refunded", Ref: string(a.Order), Key: "refund:" + string(a.ID), Entries: []ledger.Entry{
		{Account: refunds(o), Amount: stored}, {Account: receivable, Amount: stored.Neg()}}})
}

// waive asks for less of what was promised for an order, and owes the customer's
// debt that much less. What came meanwhile goes back with the rest.
func (s *Amendments) waive(ctx context.Context, tx *db.Tx, a Amendment, o order.Order) error {
	all, err := paymentsOf(ctx, tx, o)
	left := a.Waived
	for _, p := range all {
		m, _ := paymethod.Find(p.Method)
		if part := promised(p, m); err == nil && left.Minor > 0 && part.Minor > 0 {
			part.Minor = min(part.Minor, left.Minor)
			part, err = s.Payments.Waive(ctx, tx, p.ID, part, string(a.ID))
			left = left.Minus(part)
		}
	}
	waived := a.Waived.Minus(left)
	if err == nil && left.Minor > 0 {
		err = updateWaived(ctx, tx, a.ID, waived)
	}
	if err != nil || waived.Minor == 0 {
		return err
	}
	return ledger.Post(ctx, tx, ledger.Transaction{Kind: "order.waived", Ref: string(a.Order), Key: "waived:" + string(a.ID), Entries: []ledger.Entry{
		{Account: refunds(o), Amount: waived}, {Account: receivable, Amount: waived.Neg()}}})
}

// closeBooks posts what an amendment that is done means beside the money that
// moved: what a cancelled order was never paid is owed no more, and what was given
// back of donations is neither owed on nor a refund of the market's own sales.
func closeBooks(ctx context.Context, tx *db.Tx, a Amendment) error {
	o, err := order.Find(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	post := func(kind, key string, debit, credit string, amount money.Amount) error {
		if amount.Minor <= 0 {
			return nil
		}
		return ledger.Post(ctx, tx, ledger.Transaction{Kind: kind, Ref: string(a.Order), Key: key + string(a.ID), Entries: []ledger.Entry{
			{Account: debit, Amount: amount}, {Account: credit, Amount: amount.Neg()}}})
	}
	if a.Kind == KindCancel {
		unpaid, err := unpaid(ctx, tx, o)
		if err != nil {
			return err
		}
		if err := post("order.unpaid_canceled", "unpaid:", refunds(o), receivable, unpaid); err != nil {
			return err
		}
	}
	given := money.Of(0, o.Currency())
	for _, l := range o.Lines {
		if l.OwedOn() {
			given = given.Plus(a.of(l))
		}
	}
	return post("order.donation_refunded", "donation:", order.DonationsOwed, refunds(o), given)
}

// refunds is the account that an order's refunds stand on.
func refunds(o order.Order) string { return "refunds:" + o.Market }

// unpaid is what nobody ever paid of an order and still owes: neither by what is
// stored, nor by any of its payments, nor by what an edit took out for what it
// added, nor what was taken out before it was paid.
func unpaid(ctx context.Context, tx *db.Tx, o order.Order) (money.Amount, error) {
	cards, err := giftcard.Paid(ctx, tx, string(o.ID))
	if err != nil {
		return o.Total, err
	}
	credit, err := wallet.Paid(ctx, tx, string(o.ID))
	if err != nil {
		return o.Total, err
	}
	points, err := wallet.PointsPaid(ctx, tx, string(o.ID))
	if err != nil {
		return o.Total, err
	}
	left := money.Of(o.Total.Minor-cards.Paid.Minor-points.Paid.Minor-credit.Paid.Minor, o.Currency())
	all, err := paymentsOf(ctx, tx, o)
	if err != nil {
		return o.Total, err
	}
	for _, p := range all {
		left = left.Minus(p.Captured)
	}
	edits, err := List(ctx, tx, o.ID)
	for _, e := range edits {
		if e.State.begun() {
			left = left.Minus(e.Waived)
		}
		if e.Kind == KindEdit && e.State.begun() {
			left = left.Minus(e.offset())
		}
	}
	return left, err
}

// of is what an amendment gives back of a line: all that was left of it where
// the order is cancelled.
func (a Amendment) of(l order.Line) money.Amount {
	if a.Kind == KindCancel {
		return l.Total.Minus(l.Refunded)
	}
	for _, back := range a.Lines {
		if back.Line == l.ID {
			return back.Amount
		}
	}
	return money.Of(0, l.Total.Currency)
}
