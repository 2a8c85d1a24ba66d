package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
)

// issueGiftCards makes a card for each unit, worth what the unit costs, and has
// it mailed to the buyer. Each has a key, so that none is made twice.
func (c *Checkout) issueGiftCards(ctx context.Context, tx *db.Tx, o order.Order) error {
	if !slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.Kind == catalog.KindGiftCard }) {
		return nil
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
