package inventory

import (
	"context"
	"fmt"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

// Show says which levels a list shows.
type Show string

// What a list of stock may be narrowed to.
const (
	ShowAll       Show = ""
	ShowLow       Show = "low"       // at most DefaultLow lie free
	ShowOut       Show = "out"       // none lies free
	ShowBackorder Show = "backorder" // more is promised than lies there
	ShowIncoming  Show = "incoming"  // some is on the way
)

// Filter chooses a page of levels, in order of variant and location.
type Filter struct {
	Location string              // "" is any
	Variants []catalog.VariantID // none is any; at most 1,000
	Show     Show
	After    Level // the last one of the page before; only its variant and location count
	Limit    int   // 1 to 100; 0 is 100
}

// List returns a page of levels. It returns ErrInvalid for what cannot be shown.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Level, error) {
	if _, ok := shows[f.Show]; !ok {
		return nil, ErrInvalid.With("show: use low, out, backorder or incoming, or leave it out")
	}
	f.Limit = page(f.Limit)
	all, err := listLevels(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("list stock: %w", err)
	}
	return all, nil
}

// LevelsAt returns what lies of variants at a location, in one statement for up
// to 1,024; those that never lay there are left out.
func LevelsAt(ctx context.Context, tx *db.Tx, location string, vs []catalog.VariantID) (map[catalog.VariantID]Level, error) {
	all := make(map[catalog.VariantID]Level, len(vs))
	for some := range slices.Chunk(vs, 1024) {
		found, err := selectLevelsAt(ctx, tx, location, some)
		if err != nil {
			return nil, fmt.Errorf("levels at %s: %w", location, err)
		}
		for _, l := range found {
			all[l.Variant] = l
		}
	}
	return all, nil
}
