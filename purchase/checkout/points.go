package checkout

import (
	"context"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/purchase/flow/widget"
	"korzo/purchase/order"
	"korzo/value/money"
)

// AllPoints asks for as many points as possible.
const AllPoints = -1

// payPoints computes what the customer's points pay: at most their share of the
// order without its gift cards, because a card that points buy would be spent
// for what points must not.
func (v *View) payPoints(ctx context.Context, tx *db.Tx) error {
	worth, ok, err := wallet.WorthIn(ctx, tx, v.Quote.Currency)
	if err != nil || !ok {
		return err
	}
	has, err := wallet.PointsOf(ctx, tx, profile.CustomerID(v.Session.Customer))
	if err != nil || has.Available.IsZero() {
		return err
	}
	cards := v.giftCardLines()
	budget, left := worth.Payable(v.Quote.Total.Minus(cards)), v.Due.Minus(cards)
	if left.Less(budget) {
		budget = left
	}
	v.Points = widget.Points{Available: has.Available.Minor, Least: worth.Least, Asked: v.UsePoints}
	v.Points.Most, v.Points.Pays = worth.Use(has.Available.Minor, budget)
	asked := v.UsePoints
	if asked == AllPoints {
		asked = has.Available.Minor
	}
	used, pays := worth.Use(min(asked, has.Available.Minor), budget)
	if used > 0 {
		v.Points.Used = used
		v.pays(order.Tender{Kind: order.TenderPoints, Label: "Points", Points: used, Amount: pays})
	}
	return nil
}

// payCredit computes what the customer's credit pays, where they want it used.
func (v *View) payCredit(ctx context.Context, tx *db.Tx) (err error) {
	if v.Credit, err = wallet.Spendable(ctx, tx, profile.CustomerID(v.Session.Customer), v.Quote.Currency); err != nil {
		return err
	}
	if used := min(v.Credit.Minor, v.Due.Minor); v.UseCredit && used > 0 {
		v.pays(order.Tender{Kind: order.TenderCredit, Label: "Store credit", Amount: money.Of(used, v.Due.Currency)})
	}
	return nil
}

// walletTenders are the kinds that a customer's wallet pays, in the order in which
// all verbs of a wallet lock: by currency, with points under theirs.
func walletTenders(c money.Currency) []string {
	if c < wallet.Points {
		return []string{order.TenderCredit, order.TenderPoints}
	}
	return []string{order.TenderPoints, order.TenderCredit}
}

// holderOf names who holds a kind of tender: a placing holds points and credit
// under a name each.
func holderOf(kind string, placing PlacingID) string {
	if kind == order.TenderPoints {
		return string(placing) + ":points"
	}
	return string(placing)
}
