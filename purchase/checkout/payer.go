package checkout

import (
	"context"
	"errors"
	"fmt"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
)

// Payer is what a lender is told of who pays an attempt; the app gives it to
// the payments. It is read when the gateway is asked and kept nowhere.
func (c *Checkout) Payer(ctx context.Context, tx *db.Tx, a payment.Attempt) (payment.Payer, error) {
	contact, err := c.payer(ctx, tx, a)
	if err != nil || contact.ID == "" {
		return payment.Payer{}, err
	}
	to := contact.Billing
	if to.IsZero() {
		to = contact.Shipping
	}
	return payment.Payer{Name: to.Name, Email: contact.Email, Phone: contact.Phone, BirthDate: contact.Birth, Address: to}, nil
}

// payer is the contact of the placing that an attempt is to pay.
func (c *Checkout) payer(ctx context.Context, tx *db.Tx, a payment.Attempt) (profile.Contact, error) {
	pay, _, err := payment.Find(ctx, tx, a.Payment)
	if err != nil || pay.Owner.Kind != OwnerKind {
		return profile.Contact{}, err
	}
	p, err := selectPlacing(ctx, tx, PlacingID(pay.Owner.ID))
	if err == nil {
		var contact profile.Contact
		if contact, err = profile.FindContact(ctx, tx, c.Keeper, profile.ContactID(p.Draft.Contact)); err == nil {
			return contact, nil
		}
	}
	if errors.Is(err, profile.ErrErased) {
		return profile.Contact{}, nil
	}
	return profile.Contact{}, fmt.Errorf("find who pays %s: %w", a.ID, err)
}

// forgetBirth forgets the day of birth that a lender has decided by.
func (c *Checkout) forgetBirth(ctx context.Context, tx *db.Tx, a payment.Attempt) error {
	if m, ok := paymethod.Find(a.Method); !ok || !m.Wants(paymethod.NeedBirthDate) {
		return nil
	}
	contact, err := c.payer(ctx, tx, a)
	if err != nil || contact.Birth == "" {
		return err
	}
	return profile.ForgetBirth(ctx, tx, c.Keeper, contact.ID)
}
