// Package wishlist keeps what people would like to have: products, the latest
// wish first.
//
// A list is an owner's and has no row of its own: it begins with its first wish
// and is gone with its last. A customer owns theirs by their id. Who is signed
// out owns one by a key that nobody can guess, and brings it along when they
// sign in: Merge moves what the customer does not wish for already.
//
// Prices and stock are not kept: a wish is looked at as the product is now.
// Never true: the same product twice in a list; a customer's list opened by a
// guest's key.
package wishlist

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

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

// Owner is whose list it is: a customer's id, or a guest's key "wish_01j…".
type Owner string

const guest = "wish"

// NewGuest returns the key of a list that is empty so far.
func NewGuest(now time.Time) Owner { return id.New[Owner](guest, now) }

// GuestOf returns the owner that a key names, "" when it is none: what a browser
// sends never opens a customer's list.
func GuestOf(key string) Owner {
	if !id.Valid(guest, Owner(key)) {
		return ""
	}
	return Owner(key)
}

// Add puts a product on a list. What is on it stays where it is. It returns
// ErrFull.
func Add(ctx context.Context, tx *db.Tx, owner Owner, product catalog.ProductID) error {
	added, err := insertItem(ctx, tx, owner, product)
	if err != nil {
		return fmt.Errorf("wish for %s: %w", product, err)
	}
	if added > 0 {
		return nil
	}
	there, err := Has(ctx, tx, owner, product)
	if err == nil && !there {
		return ErrFull
	}
	return err
}

// Remove takes a product off a list. What is not on it is no error.
func Remove(ctx context.Context, tx *db.Tx, owner Owner, product catalog.ProductID) error {
	if err := deleteItem(ctx, tx, owner, product); err != nil {
		return fmt.Errorf("wish no more for %s: %w", product, err)
	}
	return nil
}

// Has reports whether a product is on a list.
func Has(ctx context.Context, tx *db.Tx, owner Owner, product catalog.ProductID) (bool, error) {
	n, err := countItem(ctx, tx, owner, product)
	if err != nil {
		return false, fmt.Errorf("look for a wish: %w", err)
	}
	return n > 0, nil
}

// Products returns what is on a list, the latest wish first, MaxItems at most.
func Products(ctx context.Context, tx *db.Tx, owner Owner) ([]catalog.ProductID, error) {
	all, err := selectItems(ctx, tx, owner)
	if err != nil {
		return nil, fmt.Errorf("list wishes: %w", err)
	}
	return all, nil
}

// Merge brings a guest's wishes to a customer's and ends the guest's list. What
// both wish for is kept once; what goes beyond MaxItems stays unseen until there
// is room. Merging again changes nothing.
func Merge(ctx context.Context, tx *db.Tx, key string, customer Owner) error {
	from := GuestOf(key)
	if from == "" || customer == "" || strings.HasPrefix(string(customer), guest+"_") {
		return nil
	}
	if err := moveItems(ctx, tx, from, customer); err != nil {
		return fmt.Errorf("merge wishes: %w", err)
	}
	return Forget(ctx, tx, from)
}

// Forget ends a list.
func Forget(ctx context.Context, tx *db.Tx, owner Owner) error {
	if err := deleteItems(ctx, tx, owner); err != nil {
		return fmt.Errorf("forget wishes: %w", err)
	}
	return nil
}

// Expire ends guests' wishes that are older than GuestLife, up to 1,000 a call.
func Expire(ctx context.Context, tx *db.Tx) error {
	if err := deleteOld(ctx, tx, tx.Now.Add(-GuestLife), sweep); err != nil {
		return fmt.Errorf("expire guests' wishes: %w", err)
	}
	return nil
}
