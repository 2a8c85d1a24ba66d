package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/delivery/locality"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/order"
)

// learnPlace hears which city a parcel's postal code is of. What was collected
// tells nothing of where its buyer lives.
func (a *App) learnPlace(ctx context.Context, tx *db.Tx, e shipment.Delivered) error {
	if e.Parcel == "" {
		return nil
	}
	o, err := order.Find(ctx, tx, e.Order)
	if err != nil || slices.ContainsFunc(o.Groups, func(g order.Group) bool { return g.Point != nil }) {
		return err
	}
	contact, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Contact))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return nil
	}
	if err != nil {
		return err
	}
	person := cmp.Or(strings.ToLower(strings.TrimSpace(contact.Email)), string(contact.Person))
	return locality.Learn(ctx, tx, a.Keeper, contact.Shipping, person)
}
