package profile

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/value/address"
)

// The failures of an address book.
var (
	ErrAddress   = fault.New(fault.Invalid, "profile.address", "the address is not complete: fill in what is missing")
	ErrAddresses = fault.New(fault.Invalid, "profile.addresses", "an address book holds at most 50 addresses: remove one first")
	ErrNoAddress = fault.New(fault.NotFound, "profile.address_not_found", "there is no such address in this customer's address book: list it to see what there is")
)

// maxAddresses is how many addresses a customer keeps.
const maxAddresses = 50

// AddressID names an address in a customer's book.
type AddressID string

// Saved is an address in a customer's book.
type Saved struct {
	ID      AddressID
	Address address.Address
	Default bool // what a checkout fills in first
}

// AddAddress writes an address into a customer's book. The first becomes the
// default. It returns ErrAddress, naming each field, or ErrAddresses when the
// book is full.
func AddAddress(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID, a address.Address) (AddressID, error) {
	if err := refuse(a); err != nil {
		return "", err
	}
	book, err := selectBook(ctx, tx, customer, tx.ForUpdate())
	if err != nil {
		return "", fmt.Errorf("add address to %s: %w", customer, notFound(err))
	}
	sealed, err := sealUp(k, book.wrapped, a)
	if err != nil {
		return "", fmt.Errorf("add address to %s: %w", customer, err)
	}
	added := id.New[AddressID]("adr", tx.Now)
	n, err := insertAddress(ctx, tx, added, customer, sealed, tx.Now)
	if err == nil && n == 0 {
		err = ErrAddresses
	}
	if err != nil {
		return "", fmt.Errorf("add address to %s: %w", customer, err)
	}
	if book.standard != "" {
		return added, nil
	}
	return added, SetDefaultAddress(ctx, tx, customer, added)
}

// Addresses returns a customer's book, oldest first. An erased customer's is ErrErased.
func Addresses(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID) ([]Saved, error) {
	rows, err := selectAddresses(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("list addresses of %s: %w", customer, err)
	}
	book := make([]Saved, len(rows))
	for i, row := range rows {
		a, err := open[address.Address](k, row.wrapped, row.sealed)
		if err != nil {
			return nil, fmt.Errorf("list addresses of %s: %w", customer, err)
		}
		book[i] = Saved{ID: row.id, Address: a, Default: row.standard}
	}
	return book, nil
}

// SetDefaultAddress says which address a checkout fills in first. It returns
// ErrNoAddress for an address of somebody else.
func SetDefaultAddress(ctx context.Context, tx *db.Tx, customer CustomerID, a AddressID) error {
	n, err := updateDefault(ctx, tx, customer, a)
	if err == nil && n == 0 {
		err = ErrNoAddress
	}
	if err != nil {
		return fmt.Errorf("make %s the default of %s: %w", a, customer, err)
	}
	return nil
}

// RemoveAddress takes an address out of a customer's book. Removing what is
// not there changes nothing. When the default goes, none is default.
func RemoveAddress(ctx context.Context, tx *db.Tx, customer CustomerID, a AddressID) error {
	n, err := deleteAddress(ctx, tx, customer, a)
	if err == nil && n > 0 {
		err = clearDefault(ctx, tx, customer, a)
	}
	if err != nil {
		return fmt.Errorf("remove %s from %s: %w", a, customer, err)
	}
	return nil
}
