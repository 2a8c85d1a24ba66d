package wishlist

import (
	"context"
	"fmt"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// MaxSaved is how many things are saved for later at most.
const MaxSaved = 100

// The failures of saving for later.
var (
	ErrSaved     = fault.New(fault.Conflict, "wishlist.saved", "at most 100 things are saved for later: take one out first")
	ErrQuantity  = fault.New(fault.Invalid, "wishlist.quantity", "save 1 to 9999 pieces")
	ErrSavedGone = fault.New(fault.NotFound, "wishlist.saved_not_found", "this is not saved for later: read the list again")
)

// Saved is a variant that was taken out of a cart to be bought later.
type Saved struct {
	Variant  catalog.VariantID
	Quantity int64 // 1 to 9,999
}

// Save keeps a variant for later, for whoever has a list. Saving it again
// replaces how many. It returns ErrQuantity or ErrSaved.
func Save(ctx context.Context, tx *db.Tx, owner ID, s Saved) error {
	if s.Quantity < 1 || s.Quantity > 9999 {
		return ErrQuantity
	}
	n, err := upsertSaved(ctx, tx, owner, s.Variant, s.Quantity)
	if err != nil {
		return fmt.Errorf("save %s for later: %w", s.Variant, err)
	}
	if n == 0 {
		return ErrSaved
	}
	return nil
}

// SavedOf returns what an owner saved for later, the latest first, MaxSaved at
// most.
func SavedOf(ctx context.Context, tx *db.Tx, owner ID) ([]Saved, error) {
	all, err := selectSaved(ctx, tx, owner)
	if err != nil {
		return nil, fmt.Errorf("list what was saved for later: %w", err)
	}
	return all, nil
}

// Drop takes a variant out of what was saved. It returns ErrSavedGone, also when
// it is repeated.
func Drop(ctx context.Context, tx *db.Tx, owner ID, variant catalog.VariantID) error {
	n, err := deleteOneSaved(ctx, tx, owner, variant)
	if err != nil {
		return fmt.Errorf("save %s no more: %w", variant, err)
	}
	if n == 0 {
		return ErrSavedGone
	}
	return nil
}
