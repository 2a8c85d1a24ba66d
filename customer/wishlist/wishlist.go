// Package wishlist keeps what people would like to have: products, the latest
// wish first, and what they took out of the cart to buy later.
//
// Everybody has one list without asking for it. It has no row of its own: it
// begins with its first wish and is gone with its last. A customer's is named by
// their id; who is signed out has one by a key that nobody can guess, and brings
// it along when they sign in: Merge moves what the customer does not wish for
// already. Customers make further lists (List) and give them names, which are
// sealed like all that they write. A list is shown to others only by its link,
// and only until its owner takes the link back.
//
// Prices and stock are not kept: a wish is looked at as the product is now.
// Never true: the same product twice in a list; a customer's list opened by a
// guest's key; a list changed through its link.
package wishlist

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// MaxItems is how many wishes an owner has at most. Two wishes of one moment may
// both be the last.
const MaxItems = 200

// GuestLife is how long a guest's wish is kept after it was made.
const GuestLife = 180 * 24 * time.Hour

// sweep bounds one round of Expire.
const sweep = 1000

// ErrFull reports a list that can take no more.
var ErrFull = fault.New(fault.Conflict, "wishlist.full", "the wish list holds 200 things: take one out first")

// ID names a list: the one that a customer has by their id, a guest's by its key
// "wish_01j…", a further one of a customer's by "wl_01j…".
type ID string

const guest = "wish"

// NewGuest returns the key of a list that is empty so far.
func NewGuest(now time.Time) ID { return id.New[ID](guest, now) }

// GuestOf returns the list that a key names, "" when it is none: what a browser
// sends never opens a customer's list.
func GuestOf(key string) ID {
	if !id.Valid(guest, ID(key)) {
		return ""
	}
	return ID(key)
}

// Of is the list that a customer has without asking for it.
func Of(customer profile.CustomerID) ID { return ID(customer) }

// Add puts a product on a list. What is on it stays where it is. It returns
// ErrFull.
func Add(ctx context.Context, tx *db.Tx, list ID, product catalog.ProductID) error {
	added, err := insertItem(ctx, tx, list, product)
	if err != nil {
		return fmt.Errorf("wish for %s: %w", product, err)
	}
	if added > 0 {
		return nil
	}
	there, err := Has(ctx, tx, list, product)
	if err == nil && !there {
		return ErrFull
	}
	return err
}

// Remove takes a product off a list. What is not on it is no error.
func Remove(ctx context.Context, tx *db.Tx, list ID, product catalog.ProductID) error {
	if err := deleteItem(ctx, tx, list, product); err != nil {
		return fmt.Errorf("wish no more for %s: %w", product, err)
	}
	return nil
}

// Has reports whether a product is on a list.
func Has(ctx context.Context, tx *db.Tx, list ID, product catalog.ProductID) (bool, error) {
	n, err := countItem(ctx, tx, list, product)
	if err != nil {
		return false, fmt.Errorf("look for a wish: %w", err)
	}
	return n > 0, nil
}

// Products returns what is on a list, the latest wish first, MaxItems at most.
func Products(ctx context.Context, tx *db.Tx, list ID) ([]catalog.ProductID, error) {
	all, err := selectItems(ctx, tx, list)
	if err != nil {
		return nil, fmt.Errorf("list wishes: %w", err)
	}
	return all, nil
}

// Merge brings a guest's wishes, and what they saved for later, to a customer's
// and ends the guest's list. What both have is kept once; what goes beyond
// MaxItems stays unseen until there is room. Merging again changes nothing.
func Merge(ctx context.Context, tx *db.Tx, key string, customer ID) error {
	from := GuestOf(key)
	if from == "" || customer == "" || strings.HasPrefix(string(customer), guest+"_") {
		return nil
	}
	if err := moveItems(ctx, tx, from, customer); err != nil {
		return fmt.Errorf("merge wishes: %w", err)
	}
	if err := moveSaved(ctx, tx, from, customer); err != nil {
		return fmt.Errorf("merge what was saved for later: %w", err)
	}
	return forget(ctx, tx, from)
}

// Forget ends every list of a customer, their links, and what they saved for
// later.
func Forget(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	if err := deleteListed(ctx, tx, customer); err != nil {
		return fmt.Errorf("forget lists of wishes: %w", err)
	}
	return forget(ctx, tx, Of(customer))
}

func forget(ctx context.Context, tx *db.Tx, list ID) error {
	if err := deleteItems(ctx, tx, list); err != nil {
		return fmt.Errorf("forget wishes: %w", err)
	}
	if err := deleteSaved(ctx, tx, list); err != nil {
		return fmt.Errorf("forget what was saved for later: %w", err)
	}
	return nil
}

// Expire ends guests' wishes, and what guests saved for later, that are older
// than GuestLife: up to 1,000 of each a call.
func Expire(ctx context.Context, tx *db.Tx) error {
	before := tx.Now.Add(-GuestLife)
	if err := deleteOld(ctx, tx, before, sweep); err != nil {
		return fmt.Errorf("expire guests' wishes: %w", err)
	}
	if err := deleteOldSaved(ctx, tx, before, sweep); err != nil {
		return fmt.Errorf("expire what guests saved for later: %w", err)
	}
	return nil
}
