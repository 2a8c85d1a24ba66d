package admin

import (
	"slices"

	"korzo/customer/wishlist"
	"korzo/engagement/restock"
	"korzo/fulfilment/withdrawal"
	"korzo/platform/db"
	"korzo/purchase/dispute"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/vault"
)

// wants are what a customer wishes for and keeps, and what went wrong between
// them and the shop: of their latest orders, as far as the page shows them.
type wants struct {
	lists       []wishlist.List // those with something in them
	saved       []wishlist.Saved
	waits       []restock.Wish
	cards       []vault.Card
	gifts       []giftcard.Card // that they bought
	withdrawals []withdrawal.Declaration
	disputes    []dispute.Dispute
	numbers     map[order.ID]string
}

// readWants takes one statement for each kind, however many orders there are.
func (a *Admin) readWants(v *visit, tx *db.Tx, d *dossier) (err error) {
	w := &d.wants
	if w.lists, err = wishlist.Lists(v.ctx(), tx, a.Keeper, d.ID); err != nil {
		return err
	}
	w.lists = slices.DeleteFunc(w.lists, func(l wishlist.List) bool { return l.Items == 0 })
	if w.waits, err = restock.List(v.ctx(), tx, d.ID); err != nil {
		return err
	}
	if w.cards, err = vault.List(v.ctx(), tx, string(d.ID)); err != nil {
		return err
	}
	var ids []order.ID
	var refs []string
	var payments []payment.ID
	w.numbers = map[order.ID]string{}
	for _, o := range d.Orders {
		ids, refs, w.numbers[o.ID] = append(ids, o.ID), append(refs, string(o.ID)), o.Number
		if o.Payment != "" {
			payments = append(payments, payment.ID(o.Payment))
		}
	}
	if v.can("giftcards.read") {
		if w.gifts, err = giftcard.BoughtIn(v.ctx(), tx, refs); err != nil {
			return err
		}
	}
	if !v.can("orders.read") {
		return nil
	}
	if w.withdrawals, err = withdrawal.OfOrders(v.ctx(), tx, ids); err != nil {
		return err
	}
	w.disputes, err = dispute.OfPayments(v.ctx(), tx, payments)
	return err
}
