package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/offer/catalog"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/seal"
	"korzo/purchase/order"
)

// ErrOthers refuses an order to an account of another e-mail address than it was
// placed with: who was sent its link is not yet its buyer.
var ErrOthers = fault.New(fault.Forbidden, "checkout.others", "this order was placed with another e-mail address: sign in to the account that has it")

// Enrol makes an account of a guest's order, with the hash of a password: the
// person of its contact registers, so that name and address come along, and what
// they ask to be forgotten one day is forgotten with the order's contact. The
// caller has checked the order's token. It fails with order.ErrState for an order
// that is a customer's, and with profile.ErrTaken where the address has an account.
func Enrol(ctx context.Context, tx *db.Tx, k *seal.Keeper, o order.Order, locale, hash string) (profile.CustomerID, error) {
	if o.Customer != "" || o.State == order.StateCanceled {
		return "", order.ErrState
	}
	contact, err := profile.FindContact(ctx, tx, k, profile.ContactID(o.Contact))
	if err != nil {
		return "", fmt.Errorf("enrol who placed %s: %w", o.ID, err)
	}
	c, err := profile.Register(ctx, tx, k, profile.Registration{Name: cmp.Or(contact.Name, contact.Shipping.Name), Email: contact.Email, Phone: contact.Phone,
		Locale: locale, Market: o.Market, Guest: contact.Person})
	if err == nil {
		err = auth.SetPassword(ctx, tx, auth.RealmCustomer, string(c.ID), profile.HashEmail(k, c.Email), hash)
	}
	if err == nil {
		err = order.Adopt(ctx, tx, o.ID, string(c.ID))
	}
	if err == nil && homeward(o) {
		_, err = profile.AddAddress(ctx, tx, k, c.ID, contact.Shipping)
		if errors.Is(err, profile.ErrAddress) { // it was good enough to send to; the book is stricter
			err = nil
		}
	}
	return c.ID, err
}

// Claim gives a guest's order to the account of whoever placed it, who has signed
// in meanwhile. The caller has checked the order's token; the account must have
// the order's e-mail address, or it is ErrOthers: neither the link alone, which may
// be passed on, nor the address alone, which anybody may type, is enough.
// Claiming what one has already changes nothing.
func Claim(ctx context.Context, tx *db.Tx, k *seal.Keeper, o order.Order, customer profile.CustomerID) error {
	if o.Customer == string(customer) {
		return nil
	}
	if o.Customer != "" {
		return ErrOthers
	}
	theirs, err := Claimable(ctx, tx, k, o, customer)
	if err == nil && !theirs {
		err = ErrOthers
	}
	if err != nil {
		return err
	}
	return order.Adopt(ctx, tx, o.ID, string(customer))
}

// Claimable reports whether a guest's order bears the address of an account.
func Claimable(ctx context.Context, tx *db.Tx, k *seal.Keeper, o order.Order, customer profile.CustomerID) (bool, error) {
	if o.Customer != "" || customer == "" {
		return false, nil
	}
	contact, err := profile.FindContact(ctx, tx, k, profile.ContactID(o.Contact))
	if errors.Is(err, profile.ErrErased) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	who, err := profile.Find(ctx, tx, k, customer)
	return contact.Email != "" && profile.HashEmail(k, contact.Email) == profile.HashEmail(k, who.Email), err
}

// homeward reports whether something of an order goes to the buyer's own door.
func homeward(o order.Order) bool {
	for _, g := range o.Groups {
		if g.Kind != method.Ship || g.Point != nil {
			continue
		}
		for _, l := range o.Lines {
			if l.Group == g.ID && l.Kind == catalog.KindGoods {
				return true
			}
		}
	}
	return false
}
