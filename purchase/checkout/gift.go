package checkout

import (
	"context"
	"errors"
	"fmt"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// SellGiftCards has the gift cards that an order bought issued: at once when
// its payment is taken already or nothing had to be paid, else when
// GiftCardsPaid is called for it. It may be repeated.
func (c *Checkout) SellGiftCards(ctx context.Context, tx *db.Tx, id order.ID, paidBy payment.ID) error {
	if paidBy == "" {
		return c.issueGiftCards(ctx, tx, id)
	}
	if err := giftcard.Await(ctx, tx, string(id), string(paidBy)); err != nil {
		return err
	}
	return c.GiftCardsPaid(ctx, tx, paidBy)
}

// GiftCardsPaid issues the gift cards that wait for a payment, if there are any
// and it is taken whole.
func (c *Checkout) GiftCardsPaid(ctx context.Context, tx *db.Tx, id payment.ID) error {
	waiting, err := giftcard.Awaited(ctx, tx, string(id))
	if err != nil || waiting == "" {
		return err
	}
	p, _, err := payment.Find(ctx, tx, id)
	if err != nil || p.Captured != p.Amount {
		return err
	}
	if err := c.issueGiftCards(ctx, tx, order.ID(waiting)); err != nil {
		return err
	}
	return giftcard.Settled(ctx, tx, waiting)
}

// issueGiftCards makes a card for each unit, worth what the unit costs, and has
// it mailed to the buyer. Each has a key, so that none is made twice.
func (c *Checkout) issueGiftCards(ctx context.Context, tx *db.Tx, id order.ID) error {
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return err
	}
	buyer, err := profile.FindContact(ctx, tx, c.Keeper, profile.ContactID(o.Contact))
	if err != nil && !errors.Is(err, profile.ErrErased) {
		return err
	}
	for _, l := range o.Lines {
		for n := range l.Quantity {
			if l.Kind != catalog.KindGiftCard {
				break
			}
			if err := c.issueGiftCard(ctx, tx, o, l, n, buyer); err != nil {
				return fmt.Errorf("issue gift card %d of line %s: %w", n+1, l.ID, err)
			}
		}
	}
	return nil
}

func (c *Checkout) issueGiftCard(ctx context.Context, tx *db.Tx, o order.Order, l order.Line, n int64, buyer profile.Contact) error {
	voucher := giftcard.VoucherMulti
	if !l.Tax.IsZero() {
		voucher = giftcard.VoucherSingle
	}
	issued, err := giftcard.Issue(ctx, tx, c.Keeper, giftcard.Draft{Market: o.Market, Amount: l.UnitPrice, Source: giftcard.SourcePurchase, Ref: string(o.ID),
		By: giftcard.By{Actor: "system", Reason: "bought with order " + o.Number}, Voucher: voucher, Key: fmt.Sprintf("%s:%s:%d", o.ID, l.ID, n)})
	if err != nil || issued.Code == "" { // made before
		return err
	}
	v := giftcard.Delivery{Card: issued.ID, Code: issued.Code, Way: giftcard.WayMail, Name: buyer.Shipping.Name, Email: buyer.Email, Locale: o.Locale}
	if v.Email == "" { // who bought it was erased: staff print it
		v.Way = giftcard.WayPrint
	}
	_, err = giftcard.Deliver(ctx, tx, c.Keeper, v)
	return err
}
