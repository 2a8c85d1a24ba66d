// Package profile keeps people: customers, the contacts of guests, addresses.
//
// The one idea is that a person is a key. Whatever would tell who someone is
// (name, e-mail, phone, addresses) stands in the database only sealed under
// that person's own key; the rest of the shop carries ids. Erase destroys the
// key, and every row about the person turns unreadable at once: orders keep
// their lines and totals, doors show "erased".
//
// A guest who leaves a contact is a person too, one per contact, because two
// orders with the same e-mail address need not be the same human. An e-mail
// address is found by its keyed hash, never by its text. No fact, log line or
// error of this package holds personal data.
package profile

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound   = fault.New(fault.NotFound, "profile.not_found", "there is no such customer: check the id")
	ErrErased     = fault.New(fault.NotFound, "profile.erased", "this person's data was erased and cannot be read again: show \"erased\"")
	ErrEmail      = fault.New(fault.Invalid, "profile.email", "this is not an e-mail address: write it like ada@example.com")
	ErrEmailTaken = fault.New(fault.Conflict, "profile.email_taken", "a customer with this e-mail address is registered already: sign in, or use another address")
	ErrTooLong    = fault.New(fault.Invalid, "profile.too_long", "a name has at most 200 characters, an e-mail address 254, a phone number 40, an address a few lines: shorten it")
)

// PersonID names a key: whom to erase.
type PersonID string

// CustomerID names a registered customer.
type CustomerID string

// Customer is a person who registered. Name and Email are opened from the
// customer's own contact.
type Customer struct {
	ID             CustomerID
	Person         PersonID
	Contact        ContactID
	Name           string
	Email          string // as written, trimmed
	Locale         string // "de-DE"
	Market         string // where they registered
	DefaultAddress AddressID
	CreatedAt      time.Time
}

// Registration is what a new customer tells. Only Email is required.
type Registration struct {
	Name, Email, Phone string
	Locale, Market     string
	Guest              PersonID // whom a guest's contact made of them: one key opens both. Empty: a new person
}

// Register makes a customer and publishes Registered. It returns ErrEmail, or
// ErrEmailTaken when the folded address is registered, whatever its case.
func Register(ctx context.Context, tx *db.Tx, k *seal.Keeper, r Registration) (Customer, error) {
	email, err := checkEmail(r.Email)
	if err != nil {
		return Customer{}, err
	}
	contact := Contact{Person: r.Guest, Name: r.Name, Email: email, Phone: r.Phone}
	if contact.ID, contact.Person, err = saveContact(ctx, tx, k, contact); err != nil {
		return Customer{}, fmt.Errorf("register customer: %w", err)
	}
	c := Customer{
		ID: id.New[CustomerID]("cus", tx.Now), Person: contact.Person, Contact: contact.ID,
		Name: contact.Name, Email: email, Locale: r.Locale, Market: r.Market, CreatedAt: tx.Now,
	}
	n, err := insertCustomer(ctx, tx, c, HashEmail(k, email))
	if err == nil && n == 0 {
		err = ErrEmailTaken
	}
	if err != nil {
		return Customer{}, fmt.Errorf("register customer: %w", err)
	}
	return c, event.Publish(ctx, tx, Registered{Customer: c.ID})
}

// Find returns a customer, ErrNotFound, or ErrErased.
func Find(ctx context.Context, tx *db.Tx, k *seal.Keeper, id CustomerID) (Customer, error) {
	row, err := selectCustomer(ctx, tx, id)
	return openCustomer(k, row, err)
}

// FindByEmail returns the customer registered under an address, whatever its
// case and the space around it, or ErrNotFound.
func FindByEmail(ctx context.Context, tx *db.Tx, k *seal.Keeper, email string) (Customer, error) {
	row, err := selectCustomerByHash(ctx, tx, HashEmail(k, email))
	return openCustomer(k, row, err)
}

// ChangeEmail gives a customer another e-mail address. It returns ErrEmail or
// ErrEmailTaken, and may be repeated.
func ChangeEmail(ctx context.Context, tx *db.Tx, k *seal.Keeper, id CustomerID, email string) error {
	email, err := checkEmail(email)
	if err != nil {
		return err
	}
	c, err := Find(ctx, tx, k, id)
	if err != nil {
		return err
	}
	n, err := updateEmailHash(ctx, tx, id, HashEmail(k, email))
	if err == nil && n == 0 {
		err = ErrEmailTaken
	}
	if err == nil {
		err = changeContact(ctx, tx, k, c.Contact, func(now *secret, _ bool) { now.Email = email })
	}
	if err != nil {
		return fmt.Errorf("change e-mail of %s: %w", id, err)
	}
	return nil
}

// CustomerOf returns the customer that a person is, erased or not; "" for a
// guest.
func CustomerOf(ctx context.Context, tx *db.Tx, person PersonID) (CustomerID, error) {
	c, err := selectCustomerOf(ctx, tx, person)
	if errors.Is(err, db.ErrNoRow) {
		return "", nil
	}
	return c, err
}

// Erase destroys a person's key and forgets their e-mail hashes, and publishes
// Erased. There is no way back. Erasing the erased changes nothing.
func Erase(ctx context.Context, tx *db.Tx, person PersonID) error {
	n, err := destroyKey(ctx, tx, person)
	if err != nil {
		return fmt.Errorf("erase %s: %w", person, err)
	}
	if n == 0 {
		_, err := selectKey(ctx, tx, person, "")
		return notFound(err)
	}
	if err := forgetHashes(ctx, tx, person); err != nil {
		return fmt.Errorf("erase %s: %w", person, err)
	}
	return event.Publish(ctx, tx, Erased{Person: person})
}

// PeopleByEmail lists everyone, customer or guest, who left an e-mail address:
// whom to erase when its owner asks to be forgotten. At most 1,000 at a time.
func PeopleByEmail(ctx context.Context, tx *db.Tx, k *seal.Keeper, email string) ([]PersonID, error) {
	return selectPeople(ctx, tx, HashEmail(k, email))
}

// customerRow is a customer as stored, with the key and the sealed contact.
type customerRow struct {
	Customer
	external        string
	wrapped, sealed []byte
}

func openCustomer(k *seal.Keeper, row customerRow, err error) (Customer, error) {
	if err != nil {
		return Customer{}, fmt.Errorf("find customer: %w", notFound(err))
	}
	s, err := open[secret](k, row.wrapped, row.sealed)
	if err != nil {
		return Customer{}, fmt.Errorf("find customer %s: %w", row.ID, err)
	}
	row.Name, row.Email = s.Name, s.Email
	return row.Customer, nil
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}
