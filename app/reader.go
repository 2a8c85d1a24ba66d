package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/buyer"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
)

// readerOf is who a message goes to as experiments know them: by the visit in
// which they bought, or as the customer they are where they agreed to be followed
// from page to page. Anybody else takes part in none, and so does who cannot be
// found any more.
func (a *App) readerOf(ctx context.Context, tx *db.Tx, s message.Sent) (r message.Reader, err error) {
	marketID := ""
	if slices.Contains(message.Letters, s.Kind) {
		r.Customer, err = a.customerOf(ctx, tx, profile.ContactID(s.Contact))
	} else {
		marketID, err = bought(ctx, tx, s, &r)
	}
	if fault.KindOf(err) == fault.NotFound {
		return message.Reader{}, nil
	}
	if err != nil {
		return r, err
	}
	if r.Visitor == "" && r.Customer != "" {
		agreed, err := consent.Allows(ctx, tx, profile.CustomerID(r.Customer), consent.Figures)
		if err != nil || !agreed {
			return r, err
		}
		r.Visitor = r.Customer
	}
	m, err := market.Find(ctx, tx, marketID)
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return r, err
	}
	r.Locale, r.At = s.Locale, tx.Now
	r.Visit.Customer, err = buyer.Know(ctx, tx, r.Customer, m.Currency, func(ctx context.Context, tx *db.Tx, fact string) (bool, error) {
		return experiment.Needs(ctx, tx, experiment.PointMessage, fact)
	})
	return r, err
}

// bought fills in the visit of the order that a message is about.
func bought(ctx context.Context, tx *db.Tx, s message.Sent, r *message.Reader) (marketID string, err error) {
	of, _, _ := strings.Cut(s.Ref, "/")
	o, err := order.Head(ctx, tx, order.ID(of))
	if err != nil {
		return "", err
	}
	seen, err := checkout.VisitOf(ctx, tx, cart.ID(o.Cart))
	r.Visit, r.Visit.Visitor, r.Customer = seen.Visit, seen.Visitor, o.Customer
	return o.Market, err
}

// customerOf is whose a contact is; "" for a guest.
func (a *App) customerOf(ctx context.Context, tx *db.Tx, id profile.ContactID) (string, error) {
	c, err := profile.FindContact(ctx, tx, a.Keeper, id)
	if err != nil {
		return "", err
	}
	customer, err := profile.CustomerOf(ctx, tx, c.Person)
	return string(customer), err
}
