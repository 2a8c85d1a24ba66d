package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/order"
)

// Visited is a checkout that began: what was known of who came, and what they
// were given. It names nobody.
type Visited struct {
	Session  ID
	Cart     cart.ID
	Flow     flow.ID
	Version  int64
	Arm      string   // experiment.Assignment.Pin; "" outside of experiments
	Order    order.ID // "" while nothing was placed
	Customer string   // "" for a guest
	Visitor  string   // the unit of experiments; "" where unknown
	Visit    flow.Visit
	At       time.Time
}

// maxVisits is how many visits are read at once.
const maxVisits = 2000

// VisitsSince returns a page of at most limit checkouts (2,000 or fewer) that
// began after one, the earliest first.
func VisitsSince(ctx context.Context, tx *db.Tx, after ID, limit int) ([]Visited, error) {
	all, err := selectVisitedAfter(ctx, tx, after, min(max(limit, 1), maxVisits))
	if err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	return all, nil
}

// LatestVisits returns the latest checkouts that began, at most limit (2,000 or
// fewer), the newest first.
func LatestVisits(ctx context.Context, tx *db.Tx, limit int) ([]Visited, error) {
	all, err := selectVisitedBefore(ctx, tx, "chk_~", min(max(limit, 1), maxVisits))
	if err != nil {
		return nil, fmt.Errorf("read the latest visits: %w", err)
	}
	return all, nil
}

// VisitOf is the visit whose cart was checked out; zero where there is none.
func VisitOf(ctx context.Context, tx *db.Tx, id cart.ID) (Visited, error) {
	v, err := selectVisited(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		return Visited{}, nil
	}
	return v, err
}

// Glimpse is what a shopper was told of a checkout at a moment.
type Glimpse struct {
	Session ID
	Needs   []string // what was missing, as View.Requirements
	Wrong   []string // the fields that were given and not right: "shipping_address.postal_code"
	At      time.Time
}

// told lets whoever listens know what a shopper is about to be told.
func (c *Checkout) told(v View) View {
	if c.Seen == nil || v.State != StateOpen {
		return v
	}
	g := Glimpse{Session: v.Session.ID, Needs: v.Requirements, At: c.DB.Now()}
	for _, m := range v.Messages {
		if field, ok := strings.CutPrefix(m.Path, "$."); ok && m.Severity == "requires_buyer_input" {
			g.Wrong = append(g.Wrong, field)
		}
	}
	c.Seen(g)
	return v
}

// Replays are the latest visits as flow.Simulate takes them, the newest first,
// each at the time it was by its market's clock. What was not known of a
// customer then, because no flow asked for it, is not known now.
func Replays(ctx context.Context, tx *db.Tx, limit int) ([]flow.Visit, error) {
	all, err := LatestVisits(ctx, tx, limit)
	if err != nil {
		return nil, err
	}
	visits := make([]flow.Visit, 0, len(all))
	for _, v := range all {
		if v.Visit.Market == "" {
			continue
		}
		if v.Visit.At, err = flow.Clock(ctx, tx, v.Visit.Market, v.At); err != nil {
			return nil, err
		}
		visits = append(visits, v.Visit)
	}
	return visits, nil
}

// Try is a try to place the order of a checkout.
type Try struct {
	ID      PlacingID
	Session ID
	Order   order.ID  // "" unless it was placed
	State   string    // "open", "placed" or "failed"
	At      time.Time // when it ended; when it began, while it is open
}

// TriesSince returns a page of at most limit tries (2,000 or fewer) after one,
// the earliest first.
func TriesSince(ctx context.Context, tx *db.Tx, after PlacingID, limit int) ([]Try, error) {
	all, err := selectTries(ctx, tx, after, min(max(limit, 1), maxVisits))
	if err != nil {
		return nil, fmt.Errorf("read tries: %w", err)
	}
	return all, nil
}
