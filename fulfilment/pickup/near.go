package pickup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/delivery/method"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/value/calendar"
	"korzo/value/geo"
)

// Near asks where people may collect in a market, and how far that is.
type Near struct {
	Market  string
	Country string // where the asker is; "" is not known
	Code    string // and the postal code there
	Methods []string
}

// Point is a place where people may collect, by the method that leads there.
type Point struct {
	Method string
	At     inventory.Location
	Place  Place
	Zone   *time.Location
	Km     int // from the asker; -1 is not known
}

// Points returns the places of a market, the nearest first, and those whose
// distance is not known in the order of their methods. With Methods only
// those. It takes one statement, however many there are.
func Points(ctx context.Context, tx *db.Tx, n Near) ([]Point, error) {
	methods, err := method.All(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("places near %s %s: %w", n.Country, n.Code, err)
	}
	saved, err := selectPlaces(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("places near %s %s: %w", n.Country, n.Code, err)
	}
	asker, known := geo.Point{}, false
	if n.Country != "" && n.Code != "" {
		asker, known = geo.Locate(n.Country, n.Code)
	}
	var all []Point
	for _, m := range methods {
		if m.Kind != method.Pickup || m.Market != n.Market || !m.Active || len(m.Groups) > 0 || len(n.Methods) > 0 && !slices.Contains(n.Methods, m.ID) {
			continue
		}
		p, err := pointOf(ctx, tx, m, saved)
		if err != nil {
			return nil, err
		}
		if p.At.Closed || !p.At.Pickup {
			continue
		}
		if from, ok := geo.Locate(p.At.Country, p.At.Address.PostalCode); ok && known && p.At.Address.PostalCode != "" {
			p.Km = from.Km(asker)
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b Point) int { return far(a) - far(b) })
	return all, nil
}

// Counters are the locations of a market where people collect. It takes no
// statement: ways of delivery and locations are remembered.
func Counters(ctx context.Context, tx *db.Tx, market string) (at []string, err error) {
	methods, err := method.All(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("counters of %s: %w", market, err)
	}
	for _, m := range methods {
		if m.Kind != method.Pickup || m.Location == "" || m.Market != market || !m.Active || len(m.Groups) > 0 {
			continue
		}
		l, err := inventory.FindLocation(ctx, tx, m.Location)
		if err != nil {
			return nil, fmt.Errorf("counters of %s: %w", market, err)
		}
		if l.Pickup && !l.Closed {
			at = append(at, l.ID)
		}
	}
	return at, nil
}

// far puts those that nobody can place last.
func far(p Point) int {
	if p.Km < 0 {
		return 1 << 30
	}
	return p.Km
}

func pointOf(ctx context.Context, tx *db.Tx, m method.Method, saved map[string]Place) (Point, error) {
	l, err := inventory.FindLocation(ctx, tx, m.Location)
	if err != nil {
		return Point{}, fmt.Errorf("place of %s: %w", m.ID, err)
	}
	zone, err := calendar.Zone(l.Zone)
	if err != nil {
		zone = time.UTC
	}
	p, ok := saved[l.ID]
	if !ok {
		p = usual(l)
	}
	p, err = p.inYear(ctx, tx, l)
	return Point{Method: m.ID, At: l, Place: p, Zone: zone, Km: -1}, err
}
