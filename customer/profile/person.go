package profile

import (
	"context"
	"errors"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/seal"
	"korzo/value/address"
)

// ChangeAddress replaces an address in a customer's book. It returns ErrAddress,
// or ErrNoAddress for one of somebody else, and may be repeated.
func ChangeAddress(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID, id AddressID, a address.Address) error {
	if err := refuse(a); err != nil {
		return err
	}
	book, err := selectBook(ctx, tx, customer, tx.ForUpdate())
	if err != nil {
		return fmt.Errorf("change address %s: %w", id, notFound(err))
	}
	sealed, err := sealUp(k, book.wrapped, a)
	if err != nil {
		return fmt.Errorf("change address %s: %w", id, err)
	}
	n, err := updateAddress(ctx, tx, customer, id, sealed)
	if err == nil && n == 0 {
		err = ErrNoAddress
	}
	if err != nil {
		return fmt.Errorf("change address %s: %w", id, err)
	}
	return nil
}

// Rename changes what a customer is called and under which number they are
// reached. It returns ErrTooLong and may be repeated.
func Rename(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID, name, phone string) error {
	c, err := Find(ctx, tx, k, customer)
	if err != nil {
		return err
	}
	now, err := FindContact(ctx, tx, k, c.Contact)
	if err != nil {
		return err
	}
	now.Name, now.Phone = name, phone
	return UpdateContact(ctx, tx, k, now)
}

// PersonOf returns whose key a customer's data is under, erased or not, or
// ErrNotFound.
func PersonOf(ctx context.Context, tx *db.Tx, customer CustomerID) (PersonID, error) {
	person, err := selectPersonOf(ctx, tx, customer)
	if err != nil {
		return "", fmt.Errorf("find the person of %s: %w", customer, notFound(err))
	}
	return person, nil
}

// PersonContacts lists the contacts of one person, at most 1,000: a customer's
// own and those of their orders.
func PersonContacts(ctx context.Context, tx *db.Tx, person PersonID) ([]ContactID, error) {
	return selectPersonContacts(ctx, tx, person)
}

// Seal makes what is kept of a customer elsewhere unreadable to all who cannot
// open this person: it is lost with them. It returns ErrErased.
func Seal(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID, plain []byte) ([]byte, error) {
	row, err := selectCustomer(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("seal for %s: %w", customer, notFound(err))
	}
	if len(row.wrapped) == 0 {
		return nil, ErrErased
	}
	return k.Seal(row.wrapped, plain)
}

// Unseal opens what Seal made. It returns ErrErased.
func Unseal(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID, sealed []byte) ([]byte, error) {
	row, err := selectCustomer(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("unseal of %s: %w", customer, notFound(err))
	}
	plain, err := k.Open(row.wrapped, sealed)
	if errors.Is(err, seal.ErrDestroyed) {
		return nil, ErrErased
	}
	return plain, err
}
