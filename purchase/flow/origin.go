package flow

import (
	"context"
	"slices"

	"korzo/platform/db"
)

// Embeds reports whether some published flow may stand in the pages of an
// origin, such as "https://partner.example".
func Embeds(ctx context.Context, tx *db.Tx, origin string) (bool, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(b.flows, func(p published) bool { return p.Document.Embed.Allows(origin) }), nil
}

// Allows reports whether the checkout may stand in the pages of an origin.
func (e Embed) Allows(origin string) bool { return slices.Contains(e.Origins, origin) }
