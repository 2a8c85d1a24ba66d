package storeapi

import (
	"context"

	"korzo/customer/profile"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
)

type enrolInput struct {
	OrderInput
	Body struct {
		Password string `json:"password" maxLength:"1000" doc:"8 characters or more"`
		Locale   string `json:"locale,omitempty" maxLength:"20"`
	}
}

// enrol makes an account of a guest's order and signs its buyer in.
func (a *API) enrol(ctx context.Context, in *enrolInput) (*sessionOutput, error) {
	open := func(tx *db.Tx) (o order.Order, err error) {
		if o, err = a.openOrder(ctx, tx, &in.OrderInput); err == nil && o.Customer != "" {
			err = order.ErrState
		}
		return o, err
	}
	err := a.DB.Read(ctx, func(tx *db.Tx) error { _, err := open(tx); return err })
	if err != nil {
		return nil, err
	}
	hash, err := auth.HashPassword(ctx, in.Body.Password) // slow on purpose: outside any transaction, and not for everybody
	if err != nil {
		return nil, err
	}
	var s auth.Session
	var token string
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := open(tx)
		if err != nil {
			return err
		}
		id, err := checkout.Enrol(ctx, tx, a.Keeper, o, in.Body.Locale, hash)
		if err == nil {
			s, token, err = auth.StartSession(ctx, tx, auth.RealmCustomer, string(id))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return signedIn(s, token), nil
}

// claimOrder gives a guest's order to the account of its buyer, who has signed in.
func (a *API) claimOrder(ctx context.Context, in *OrderInput) (*orderOutput, error) {
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := a.openOrder(ctx, tx, in)
		if err != nil {
			return err
		}
		who := profile.CustomerID(from(ctx).Customer)
		if who == "" {
			return errNotSignedIn
		}
		return checkout.Claim(ctx, tx, a.Keeper, o, who)
	})
	if err != nil {
		return nil, err
	}
	return a.showOrder(ctx, in)
}
