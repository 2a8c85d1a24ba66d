package profile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/value/address"
)

// The failures of bringing in customers from elsewhere.
var (
	ErrExternal = fault.New(fault.Conflict, "profile.external", "another customer has this external id: give each customer one of their own")
	ErrID       = fault.New(fault.Invalid, "profile.id", "this is not an id of a customer: leave it empty, or write it as an export does (cus_…)")
)

// Record is a customer whole, as files carry them. All but ID may be empty.
type Record struct {
	ID         CustomerID
	ExternalID string // what another system calls them: "system:number"; at most 200 characters
	Name       string
	Email      string
	Phone      string
	Locale     string
	Market     string
	CreatedAt  time.Time
	Book       []Saved // oldest first; an address' ID is not carried
	erased     bool
}

// Import makes a customer of a record and publishes nothing: nobody registered.
// An empty ID is made. It returns ErrID, ErrEmail, ErrEmailTaken, ErrExternal,
// ErrAddress, ErrAddresses or ErrTooLong.
func Import(ctx context.Context, tx *db.Tx, k *seal.Keeper, r Record) (CustomerID, error) {
	if r.ID == "" {
		r.ID = id.New[CustomerID]("cus", tx.Now)
	}
	if !id.Valid("cus", r.ID) {
		return "", ErrID
	}
	r, err := checkRecord(r)
	if err != nil {
		return "", err
	}
	contact := Contact{Name: r.Name, Email: r.Email, Phone: r.Phone}
	if contact.ID, contact.Person, err = saveContact(ctx, tx, k, contact); err != nil {
		return "", fmt.Errorf("import customer: %w", err)
	}
	if r.CreatedAt.IsZero() {
		r.CreatedAt = tx.Now
	}
	n, err := insertRecord(ctx, tx, r, contact, hashOrNil(k, r.Email))
	if err == nil && n == 0 {
		err = ErrEmailTaken
	}
	if errors.Is(err, db.ErrUnique) {
		err = ErrExternal
	}
	if err == nil {
		err = fillBook(ctx, tx, k, r, nil)
	}
	if err != nil {
		return "", fmt.Errorf("import customer: %w", err)
	}
	return r.ID, nil
}

// Merge gives a customer what a record says: names, locale, addresses that the
// book does not have. It takes nothing away. It returns what Import does, and
// ErrNotFound or ErrErased: an erased customer stays erased.
func Merge(ctx context.Context, tx *db.Tx, k *seal.Keeper, r Record) error {
	now, err := FindRecord(ctx, tx, k, r.ID)
	if err != nil {
		return err
	}
	if r, err = checkRecord(r); err != nil {
		return err
	}
	if r.Email != now.Email {
		if err := ChangeEmail(ctx, tx, k, r.ID, r.Email); err != nil {
			return err
		}
	}
	c, err := Find(ctx, tx, k, r.ID)
	if err == nil && (r.Name != now.Name || r.Phone != now.Phone) {
		err = changeContact(ctx, tx, k, c.Contact, func(s *secret, _ bool) { s.Name, s.Phone = r.Name, r.Phone })
	}
	if err == nil {
		err = updateRecord(ctx, tx, r)
	}
	if errors.Is(err, db.ErrUnique) {
		err = ErrExternal
	}
	if err == nil {
		err = fillBook(ctx, tx, k, r, now.Book)
	}
	if err != nil {
		return fmt.Errorf("merge customer %s: %w", r.ID, err)
	}
	return nil
}

func checkRecord(r Record) (Record, error) {
	r.ExternalID = strings.TrimSpace(r.ExternalID)
	if len(r.ExternalID) > 200 || len(r.Locale) > 35 || len(r.Market) > 60 {
		return r, ErrTooLong.With("an external id has at most 200 characters, a locale 35, a market 60: shorten it")
	}
	if r.Email == "" {
		return r, nil
	}
	var err error
	r.Email, err = checkEmail(r.Email)
	return r, err
}

// fillBook adds the addresses that the book does not have, in their order.
func fillBook(ctx context.Context, tx *db.Tx, k *seal.Keeper, r Record, has []Saved) error {
	at := r.CreatedAt
	if len(has) > 0 {
		at = tx.Now
	}
	for i, s := range r.Book {
		known := slices.IndexFunc(has, func(h Saved) bool { return h.Address == s.Address })
		if known >= 0 {
			if s.Default && !has[known].Default {
				if err := SetDefaultAddress(ctx, tx, r.ID, has[known].ID); err != nil {
					return err
				}
			}
			continue
		}
		if err := addAt(ctx, tx, k, r.ID, s, at.Add(time.Duration(i)*time.Microsecond)); err != nil {
			return err
		}
	}
	return nil
}

// addAt adds an address to a book with the time that orders it there.
func addAt(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID, s Saved, at time.Time) error {
	if err := refuse(s.Address); err != nil {
		return err
	}
	book, err := selectBook(ctx, tx, customer, tx.ForUpdate())
	if err != nil {
		return notFound(err)
	}
	sealed, err := sealUp(k, book.wrapped, s.Address)
	if err != nil {
		return err
	}
	added := id.New[AddressID]("adr", at)
	n, err := insertAddress(ctx, tx, added, customer, sealed, at)
	if err == nil && n == 0 {
		err = ErrAddresses
	}
	if err == nil && s.Default {
		err = SetDefaultAddress(ctx, tx, customer, added)
	}
	return err
}

// refuse returns ErrAddress with what is wrong with an address, by field.
func refuse(a address.Address) error {
	problems := a.Check()
	if len(problems) == 0 {
		return nil
	}
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.Field + ": " + p.Text
	}
	return ErrAddress.With(strings.Join(texts, "; "))
}

// FindRecord returns a customer whole, ErrNotFound or ErrErased.
func FindRecord(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer CustomerID) (Record, error) {
	all, err := records(ctx, tx, k, func() ([]customerRow, error) {
		row, err := selectCustomer(ctx, tx, customer)
		return []customerRow{row}, err
	})
	if err == nil && all[0].erased {
		err = ErrErased
	}
	if err != nil {
		return Record{}, fmt.Errorf("find customer %.40q: %w", customer, notFound(err))
	}
	return all[0], nil
}

// FindExternal returns the id of the customer that another system calls so, or
// ErrNotFound.
func FindExternal(ctx context.Context, tx *db.Tx, external string) (CustomerID, error) {
	c, err := selectExternal(ctx, tx, external)
	if err != nil {
		return "", fmt.Errorf("find customer %.60q: %w", external, notFound(err))
	}
	return c, nil
}

// Records returns a page of customers whole, after an id, oldest first, and the
// id to go on after ("" at the end). Erased customers are left out.
func Records(ctx context.Context, tx *db.Tx, k *seal.Keeper, after CustomerID, limit int) (page []Record, next CustomerID, err error) {
	limit = max(1, min(limit, maxContacts))
	all, err := records(ctx, tx, k, func() ([]customerRow, error) { return selectCustomers(ctx, tx, after, limit+1) })
	if err != nil {
		return nil, "", fmt.Errorf("list customers: %w", err)
	}
	if len(all) > limit {
		all = all[:limit]
		next = all[limit-1].ID
	}
	for _, r := range all {
		if !r.erased {
			page = append(page, r)
		}
	}
	return page, next, nil
}

func records(ctx context.Context, tx *db.Tx, k *seal.Keeper, load func() ([]customerRow, error)) ([]Record, error) {
	rows, err := load()
	if err != nil {
		return nil, err
	}
	all := make([]Record, len(rows))
	for i, row := range rows {
		all[i] = Record{ID: row.ID, ExternalID: row.external, Locale: row.Locale, Market: row.Market, CreatedAt: row.CreatedAt}
		s, err := open[secret](k, row.wrapped, row.sealed)
		if errors.Is(err, ErrErased) {
			all[i].erased = true
			continue
		}
		if err == nil {
			all[i].Book, err = Addresses(ctx, tx, k, row.ID)
		}
		if err != nil {
			return nil, err
		}
		all[i].Name, all[i].Email, all[i].Phone = s.Name, s.Email, s.Phone
	}
	return all, nil
}
