package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/seal"
	"korzo/purchase/cart"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/value/calendar"
)

// PutGifts says for whom the cards of a variant in a cart are: the first keep
// units stay as they are, then each gift is written, or written anew where it has
// an id. The caller changed the cart in the same transaction, or does so by
// cart.Note: a cart that is being paid keeps its gifts. It returns
// giftcard.ErrNotCard for a variant that is no gift card, giftcard.ErrTooManyGifts
// for more gifts than the cart has cards, and what giftcard.Gift.Check and
// giftcard.PutGift return.
func PutGifts(ctx context.Context, tx *db.Tx, k *seal.Keeper, into cart.Cart, variant catalog.VariantID, keep int64, gifts []giftcard.Gift) error {
	if int64(len(gifts)) > into.Units(variant) {
		return giftcard.ErrTooManyGifts.With("there are more recipients than gift cards: raise the line's quantity first")
	}
	items, err := catalog.SellableIn(ctx, tx, into.Channel, "", []catalog.VariantID{variant})
	if err != nil {
		return err
	}
	if items[variant].Kind != catalog.KindGiftCard {
		return giftcard.ErrNotCard
	}
	today, err := todayIn(ctx, tx, into.Market)
	if err != nil {
		return err
	}
	if err := giftcard.KeepGifts(ctx, tx, string(into.ID), string(variant), keep); err != nil {
		return err
	}
	for _, g := range gifts {
		g.Variant = string(variant)
		if g, err = g.Check(today); err == nil {
			err = giftcard.PutGift(ctx, tx, k, string(into.ID), g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func todayIn(ctx context.Context, tx *db.Tx, id string) (calendar.Date, error) {
	zone, err := zoneOf(ctx, tx, id)
	return calendar.DateIn(tx.Now, zone), err
}

func zoneOf(ctx context.Context, tx *db.Tx, id string) (*time.Location, error) {
	m, err := market.Find(ctx, tx, id)
	if err != nil {
		return time.UTC, err
	}
	return calendar.Zone(m.Zone)
}

// Gifts returns for whom the gift cards in a cart are, by variant. No statement
// where none of its items is a gift card.
func Gifts(ctx context.Context, tx *db.Tx, k *seal.Keeper, v cart.View) (map[string][]giftcard.Gift, error) {
	for _, it := range v.Items {
		if it.Kind == catalog.KindGiftCard {
			return giftcard.Gifts(ctx, tx, k, string(v.Cart.ID))
		}
	}
	return nil, nil
}

// issueGiftCards makes a card for each unit that was not given back, worth what
// the unit costs, and has it mailed to whom it is for. Each has a key, so that
// none is made twice.
func (c *Checkout) issueGiftCards(ctx context.Context, tx *db.Tx, o order.Order) error {
	if o.State == order.StateCanceled || !slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.Kind == catalog.KindGiftCard }) {
		return nil
	}
	buyer, err := profile.FindContact(ctx, tx, c.Keeper, profile.ContactID(o.Contact))
	if err != nil && !errors.Is(err, profile.ErrErased) {
		return err
	}
	gifts, err := giftcard.Gifts(ctx, tx, c.Keeper, o.Cart)
	if err != nil {
		return err
	}
	zone, err := zoneOf(ctx, tx, o.Market)
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		if l.Kind != catalog.KindGiftCard {
			continue
		}
		for n := range l.Quantity - unitsBack(o, l) {
			var g giftcard.Gift
			if mine := gifts[l.Variant]; n < int64(len(mine)) {
				g = mine[n]
			}
			if err := c.issueGiftCard(ctx, tx, o, l, n, deliveryOf(g, buyer, o.Locale, zone)); err != nil {
				return fmt.Errorf("issue gift card %d of line %s: %w", n+1, l.ID, err)
			}
		}
	}
	return giftcard.DropGifts(ctx, tx, o.Cart)
}

// unitsBack is how many units of a line were given back before it was delivered.
func unitsBack(o order.Order, l order.Line) (n int64) {
	for n < l.Quantity && l.Refunded.Minor > 0 && paidShare(o, l, n+1) <= l.Refunded.Minor {
		n++
	}
	return n
}

// paidShare is what the first n units of a line cost with their tax, in minor
// units: what amend gives back for them.
func paidShare(o order.Order, l order.Line, n int64) int64 {
	paid := l.Total
	paid.Minor = paidFor(o, l)
	return paid.Ratio(n, l.Quantity, 1).Minor
}

// deliveryOf is how a card reaches whom it is for: the recipient that the buyer
// named, or the buyer, who prints it.
func deliveryOf(g giftcard.Gift, buyer profile.Contact, locale string, zone *time.Location) giftcard.Delivery {
	v := giftcard.Delivery{Way: giftcard.WayMail, Name: g.Name, Email: g.Email, From: g.From, Text: g.Text, For: g.Name, Locale: locale, At: g.SendAt(zone)}
	if g.Email == "" {
		v.Own, v.Name, v.Email = true, buyer.Shipping.Name, buyer.Email
	}
	if v.Email == "" { // who bought it was erased: staff print it
		v.Way = giftcard.WayPrint
	}
	return v
}

func (c *Checkout) issueGiftCard(ctx context.Context, tx *db.Tx, o order.Order, l order.Line, n int64, to giftcard.Delivery) error {
	voucher := giftcard.VoucherMulti
	if !l.Tax.IsZero() {
		voucher = giftcard.VoucherSingle
	}
	issued, err := giftcard.Issue(ctx, tx, c.Keeper, giftcard.Draft{Market: o.Market, Amount: l.UnitPrice, Source: giftcard.SourcePurchase, Ref: string(o.ID),
		By: giftcard.By{Actor: "system", Reason: "bought with order " + o.Number}, Voucher: voucher, Key: giftcard.KeyOf(string(o.ID), string(l.ID), n)})
	if err != nil || issued.Code == "" { // made before
		return err
	}
	to.Card, to.Code = issued.ID, issued.Code
	_, err = giftcard.Deliver(ctx, tx, c.Keeper, to)
	return err
}
