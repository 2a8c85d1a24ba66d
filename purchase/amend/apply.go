package amend

import (
	"cmp"
	"context"
	"errors"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/money"
)

// apply makes an edit: in the books, at its address, in its order, and at last
// in what is being prepared and in stock.
func (s *Amendments) apply(ctx context.Context, tx *db.Tx, a Amendment) error {
	if err := s.Works.Stop(ctx, tx, Rework{Order: a.Order, Out: a.Lines, Actor: a.Actor}); err != nil {
		return errors.Join(ErrBegun, err)
	}
	if err := s.readdress(ctx, tx, a); err != nil {
		return err
	}
	o, err := order.Find(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	if a.Added.Minor > 0 {
		if o, err = order.Grow(ctx, tx, a.Order, a.Addition); err != nil {
			return err
		}
	}
	if err := ledger.Post(ctx, tx, a.posting(o)); err != nil {
		return err
	}
	if err := giveStored(ctx, tx, a, o); err != nil {
		return err
	}
	if err := s.waive(ctx, tx, a, o); err != nil {
		return err
	}
	if err := a.publish(ctx, tx); err != nil || len(a.Addition.Lines) == 0 {
		return err
	}
	if err := s.claimAdded(ctx, tx, a, o); err != nil {
		return err
	}
	return s.Works.Go(ctx, tx, a.Order)
}

// claimAdded claims the goods that were added. What waited for money and is gone
// meanwhile is left for those who prepare it: they look for it, and say so.
func (s *Amendments) claimAdded(ctx context.Context, tx *db.Tx, a Amendment, o order.Order) error {
	var lines []inventory.Line
	for _, l := range a.Addition.Lines {
		lines = append(lines, inventory.Line{Variant: catalog.VariantID(l.Variant), Units: l.Quantity, At: collectedAt(o, l.Group)})
	}
	if a.ToPay.Minor == 0 { // nobody waited: hold it now, or refuse
		if err := s.hold(ctx, tx, a, tx.Now.Add(grace)); err != nil {
			return err
		}
	}
	_, err := inventory.Claim(ctx, tx, string(a.ID), string(a.Order))
	if errors.Is(err, inventory.ErrNoHold) {
		_, err = inventory.ClaimAgain(ctx, tx, string(a.ID), string(a.Order), lines)
	}
	if errors.Is(err, inventory.ErrShort) {
		return nil
	}
	return err
}

// readdress sends an order where its edit says, and promises its days anew.
func (s *Amendments) readdress(ctx context.Context, tx *db.Tx, a Amendment) error {
	if a.Contact == "" {
		return nil
	}
	o, err := order.Head(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	c, err := profile.FindContact(ctx, tx, s.Keeper, profile.ContactID(o.Contact))
	if err != nil {
		return err
	}
	to, err := profile.FindContact(ctx, tx, s.Keeper, profile.ContactID(a.Contact))
	if err != nil {
		return err
	}
	if c.Billing == (address.Address{}) {
		c.Billing = c.Shipping // the bill stays where it was sent
	}
	c.Shipping = to.Shipping
	if err := profile.UpdateContact(ctx, tx, s.Keeper, c); err != nil {
		return err
	}
	return s.promise(ctx, tx, a.Order, c.Shipping.Country)
}

// keepAddress keeps where an edit sends its order, under the key of its buyer.
func (s *Amendments) keepAddress(ctx context.Context, tx *db.Tx, a *Amendment, to address.Address) error {
	o, err := order.Head(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	c, err := profile.FindContact(ctx, tx, s.Keeper, profile.ContactID(o.Contact))
	if err != nil {
		return err
	}
	id, err := profile.SaveContact(ctx, tx, s.Keeper, profile.Contact{Person: c.Person, Shipping: to})
	a.Contact = string(id)
	return err
}

// posting is an edit as the ledger keeps it: what the customer owes for what was
// added, and what of it is paid with what was taken out.
func (a Amendment) posting(o order.Order) ledger.Transaction {
	c := o.Currency()
	goods, shipping, taxes := money.Of(0, c), money.Of(0, c), money.Of(0, c)
	for _, l := range a.Addition.Lines {
		goods, taxes = goods.Plus(l.Subtotal), taxes.Plus(l.Tax)
		if o.TaxIncluded {
			goods = goods.Minus(l.Tax)
		}
	}
	for _, g := range a.Addition.Groups {
		shipping, taxes = shipping.Plus(g.Price), taxes.Plus(g.Tax)
		if o.TaxIncluded {
			shipping = shipping.Minus(g.Tax)
		}
	}
	offset := a.offset()
	t := ledger.Transaction{Kind: "order.edited", Ref: string(a.Order), Key: "edit:" + string(a.ID)}
	for _, e := range []ledger.Entry{
		{Account: receivable, Amount: a.Added.Minus(offset)},
		{Account: "revenue:" + o.Market, Amount: goods.Neg()},
		{Account: "shipping:" + o.Market, Amount: shipping.Neg()},
		{Account: "tax:" + o.Market, Amount: taxes.Neg()},
		{Account: "refunds:" + o.Market, Amount: offset},
	} {
		if !e.Amount.IsZero() {
			t.Entries = append(t.Entries, e)
		}
	}
	return t
}

// offset is how much of what goes back pays what is added.
func (a Amendment) offset() money.Amount {
	return money.Of(min(a.Total().Minor, a.Added.Minor), cmp.Or(a.Added.Currency, a.Goods.Currency))
}
