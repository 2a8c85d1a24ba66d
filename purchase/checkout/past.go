package checkout

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/order"
)

// Past is a checkout that began before, as a shop's history has it: who came,
// and how often they tried to pay. It is over: it is never shown again, holds
// nothing, and no payment stands behind it.
type Past struct {
	Cart     cart.ID
	Locale   string
	Customer string // "" for a guest
	Contact  string
	Visit    flow.Visit // market and channel stand there
	At       time.Time  // when it began
	Declined []time.Time
	Order    order.ID // "" for one that ended in nothing
	PlacedAt time.Time
}

// Import writes a past checkout with the flow and the arm that its visit is
// given by the flows of today. The order, which says of itself that it was
// imported, is written by the caller.
func Import(ctx context.Context, tx *db.Tx, p Past) (Visited, []Try, error) {
	now := tx.Now
	defer func() { tx.Now = now }()
	tx.Now = p.At
	v, tries, err := p.write(ctx, tx)
	if err != nil {
		return Visited{}, nil, fmt.Errorf("import checkout of %s: %w", p.Cart, err)
	}
	return v, tries, nil
}

func (p Past) write(ctx context.Context, tx *db.Tx) (Visited, []Try, error) {
	visit := p.Visit
	visit.Locale = cmp.Or(visit.Locale, p.Locale)
	if err := near(ctx, tx, &visit.Place); err != nil {
		return Visited{}, nil, err
	}
	choice, err := flow.Choose(ctx, tx, visit)
	if err != nil {
		return Visited{}, nil, err
	}
	choice, arm, err := flow.Try(ctx, tx, choice, visit, p.Customer)
	if err != nil {
		return Visited{}, nil, err
	}
	v := Visited{Session: id.New[ID]("chk", p.At), Cart: p.Cart, Flow: choice.Flow, Version: choice.Version, Arm: arm.Pin(), Order: p.Order,
		Customer: p.Customer, Visitor: cmp.Or(arm.Unit, visit.Visitor), Visit: visit, At: p.At}
	tries := p.tries(v.Session)
	if err := insertPast(ctx, tx, p, v, tries); err != nil {
		return Visited{}, nil, err
	}
	for _, t := range tries {
		if err := insertPastTry(ctx, tx, p, t); err != nil {
			return Visited{}, nil, err
		}
	}
	return v, tries, nil
}

// tries are those that were declined and the one that was placed.
func (p Past) tries(of ID) (all []Try) {
	for _, at := range p.Declined {
		all = append(all, Try{ID: id.New[PlacingID]("plc", at), Session: of, State: placingFailed, At: at})
	}
	if p.Order != "" {
		all = append(all, Try{ID: id.New[PlacingID]("plc", p.PlacedAt), Session: of, Order: p.Order, State: placingPlaced, At: p.PlacedAt})
	}
	return all
}
