package checkout

import (
	"context"
	"errors"
	"fmt"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/value/money"
)

// AddGiftCard puts the card of a code on a cart, to pay for it. Whoever tries
// codes is counted by address. Nothing is promised until the order is placed.
// It fails with what giftcard.Look and giftcard.Apply return, ErrCurrency for a
// card of another currency, and what every change of a cart may return.
func (c *Checkout) AddGiftCard(ctx context.Context, id cart.ID, caller cart.Caller, code, ip string) error {
	card, err := giftcard.Look(ctx, c.DB, c.Keeper, code, ip)
	if err != nil {
		return err
	}
	return c.giftCards(ctx, id, caller, func(tx *db.Tx, into cart.Cart) error {
		if into.Currency != card.Currency {
			return giftcard.ErrCurrency
		}
		return giftcard.Apply(ctx, tx, string(id), card.ID)
	})
}

// RemoveGiftCard takes a card off a cart. It may be repeated.
func (c *Checkout) RemoveGiftCard(ctx context.Context, id cart.ID, caller cart.Caller, card giftcard.ID) error {
	return c.giftCards(ctx, id, caller, func(tx *db.Tx, _ cart.Cart) error {
		return giftcard.Remove(ctx, tx, string(id), card)
	})
}

func (c *Checkout) giftCards(ctx context.Context, id cart.ID, caller cart.Caller, alter func(tx *db.Tx, into cart.Cart) error) error {
	return c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := cart.SetGiftCards(ctx, tx, id, caller, func(into cart.Cart) (int64, error) {
			if err := alter(tx, into); err != nil {
				return 0, err
			}
			cards, err := giftcard.Applied(ctx, tx, string(id))
			return int64(len(cards)), err
		})
		return err
	})
}

// MergeGiftCards puts one cart's gift cards on the cart it went into.
func MergeGiftCards(ctx context.Context, tx *db.Tx, from, into cart.ID) error {
	if err := giftcard.Transfer(ctx, tx, string(from), string(into)); err != nil {
		return err
	}
	cards, err := giftcard.Applied(ctx, tx, string(into))
	if err != nil {
		return err
	}
	return cart.CountGiftCards(ctx, tx, into, int64(len(cards)))
}

// tender computes what stored value pays of a session: the cart's gift cards in
// the order they were put on it, then the customer's points and credit where they
// want them used, and what is left for a payment. Credit is spent last because it
// is the customer's own money: a card may expire and its holder may be somebody
// else, and points may expire and pay a share of an order only.
func (v *View) tender(ctx context.Context, tx *db.Tx) (err error) {
	v.Due = v.Quote.Total
	if v.View.Cart.GiftCards > 0 {
		if v.GiftCards, err = giftcard.Applied(ctx, tx, string(v.View.Cart.ID)); err != nil {
			return err
		}
		payable, err := giftcard.Payable(ctx, tx, v.Session.Market, v.Quote.Total, v.giftCardLines())
		if err != nil {
			return err
		}
		for _, p := range giftcard.Share(payable, v.GiftCards, func(c giftcard.Card) bool { return c.Usable(tx.Now) }) {
			v.pays(order.Tender{Kind: order.TenderGiftCard, Label: v.labelOf(p.Card), Ref: string(p.Card), Amount: p.Amount})
		}
	}
	if v.Session.Customer == "" || v.State != StateOpen {
		return nil
	}
	if err := v.payPoints(ctx, tx); err != nil {
		return err
	}
	return v.payCredit(ctx, tx)
}

// pays takes a tender off what is due.
func (v *View) pays(t order.Tender) {
	v.Tenders, v.Due = append(v.Tenders, t), v.Due.Minus(t.Amount)
}

// labelOf is how a shopper recognises a card.
func (v *View) labelOf(id giftcard.ID) string {
	for _, c := range v.GiftCards {
		if c.ID == id {
			return "•••• " + c.Last4
		}
	}
	return string(id)
}

// giftCardLines is what the session's own gift card lines cost: by most laws a
// card does not buy a card.
func (v *View) giftCardLines() money.Amount {
	sum := money.Of(0, v.Quote.Currency)
	for _, l := range v.Quote.Lines {
		if v.Items[catalog.VariantID(l.Variant)].Kind == catalog.KindGiftCard {
			sum = sum.Plus(l.Total)
		}
	}
	return sum
}

// dueRefused says why the sum that is left to pay is not what was agreed to.
func (v View) dueRefused(agreed *money.Amount) (Message, bool) {
	switch {
	case agreed == nil && len(v.Tenders) > 0:
		return Message{Type: "error", Code: "due_required", Path: "$.amount_due", Severity: "requires_buyer_review",
			Content: fmt.Sprintf("gift cards, points or store credit pay a part: show the shopper that %s %s are left and send that as expected_due",
				v.Due.Decimal(), v.Due.Currency)}, true
	case agreed != nil && *agreed != v.Due:
		return Message{Type: "error", Code: "due_changed", Path: "$.amount_due", Severity: "requires_buyer_review",
			Content: fmt.Sprintf("%s %s are left to pay now, not %s %s; show it to the shopper and complete again with it",
				v.Due.Decimal(), v.Due.Currency, agreed.Decimal(), agreed.Currency)}, true
	}
	return Message{}, false
}

// holdTenders promises to a placing what stored value pays of it.
func holdTenders(ctx context.Context, tx *db.Tx, v View, placing PlacingID) error {
	var parts []giftcard.Part
	for _, t := range v.Tenders {
		if t.Kind == order.TenderGiftCard {
			parts = append(parts, giftcard.Part{Card: giftcard.ID(t.Ref), Amount: t.Amount})
		}
	}
	err := giftcard.Hold(ctx, tx, string(placing), parts)
	for _, kind := range walletTenders(v.Due.Currency) {
		for _, t := range v.Tenders {
			if err == nil && t.Kind == kind {
				err = holdWallet(ctx, tx, v, placing, t)
			}
		}
	}
	for _, short := range []error{giftcard.ErrShort, giftcard.ErrUnusable, wallet.ErrShort} {
		if errors.Is(err, short) {
			return refusal{v.refused(Message{Type: "error", Code: "tender_short", Path: "$.tenders", Severity: "requires_buyer_review",
				Content: "a gift card, the points or the store credit was spent a moment ago; read the checkout for what is left to pay"})}
		}
	}
	return err
}

// holdWallet promises to a placing what the customer's wallet pays of it.
func holdWallet(ctx context.Context, tx *db.Tx, v View, placing PlacingID, t order.Tender) error {
	holder, customer := holderOf(t.Kind, placing), profile.CustomerID(v.Session.Customer)
	if t.Kind == order.TenderPoints {
		return wallet.HoldPoints(ctx, tx, holder, customer, t.Points, t.Amount)
	}
	return wallet.Hold(ctx, tx, holder, customer, t.Amount)
}

// claimTenders makes what a placing held the payment of its order.
func claimTenders(ctx context.Context, tx *db.Tx, p placingRow) error {
	return eachTender(p.Draft, func(kind string) error {
		if kind == order.TenderGiftCard {
			return giftcard.Claim(ctx, tx, string(p.ID), string(p.Order))
		}
		return wallet.Claim(ctx, tx, holderOf(kind, p.ID), string(p.Order))
	})
}

// releaseTenders gives back what a placing held.
func releaseTenders(ctx context.Context, tx *db.Tx, p placingRow) error {
	return eachTender(p.Draft, func(kind string) error {
		if kind == order.TenderGiftCard {
			return giftcard.Release(ctx, tx, string(p.ID))
		}
		return wallet.Release(ctx, tx, holderOf(kind, p.ID))
	})
}

// eachTender asks once for each kind that pays, cards first, and for none where
// none does.
func eachTender(d order.Draft, do func(kind string) error) error {
	for _, kind := range append([]string{order.TenderGiftCard}, walletTenders(d.Currency())...) {
		if d.Tendered(kind).Minor == 0 {
			continue
		}
		if err := do(kind); err != nil {
			return err
		}
	}
	return nil
}
