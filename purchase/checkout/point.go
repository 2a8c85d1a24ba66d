package checkout

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"korzo/delivery/carriage"
	"korzo/delivery/method"
	"korzo/delivery/point"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

// maxNear is the longest postal code that points are looked for near.
const maxNear = 12

// at names where a group goes that does not go to the shopper.
func (g Group) at() string {
	if g.Point != nil {
		return g.Points + "/" + g.Point.Code
	}
	return g.Location
}

// point gives a group the point that was named, or the one it had.
func (g *Group) point(ctx context.Context, tx *db.Tx, code string, before []Group) error {
	if g.Points == "" {
		if code != "" {
			return ErrPoint
		}
		return nil
	}
	for _, b := range before {
		if b.Points == g.Points {
			g.Near = b.Near
		}
		if b.Method == g.Method && b.Points == g.Points && b.Point != nil && (code == "" || b.Point.Code == code) {
			g.Point = b.Point
			return nil
		}
	}
	if code == "" {
		return nil
	}
	p, err := point.Find(ctx, tx, g.Points, code)
	if errors.Is(err, point.ErrUnknown) {
		return ErrPoint
	}
	g.Point = &p
	return err
}

// choosePoint keeps the point that a patch names beside its option, or for what
// was chosen before, and where points are looked for.
func (s *Session) choosePoint(ctx context.Context, tx *db.Tx, p Patch) error {
	for i := range s.Groups {
		g := &s.Groups[i]
		if p.Near != nil && g.Points != "" {
			near := strings.ToUpper(strings.TrimSpace(*p.Near))
			g.Near = near[:min(len(near), maxNear)]
		}
	}
	if p.Point == nil || *p.Point == "" {
		return nil
	}
	i := slices.IndexFunc(s.Groups, func(g Group) bool { return g.Points != "" })
	if i < 0 {
		return ErrPoint
	}
	return s.Groups[i].point(ctx, tx, *p.Point, nil)
}

// reach looks whether the point that was chosen is one where the delivery can
// wait: of the option's carrier, in the country it goes to, and large enough.
// One that is not is chosen no more.
func (d *Delivery) reach(q method.Query) {
	o, _ := d.Chosen()
	d.Points = o.Points
	d.grams, d.long = q.Basket.WeightGrams, q.Basket.LongestMM
	if p := d.Point; p != nil && (p.Carrier != o.Points || p.Address.Country != q.Country || !d.fits(*p)) {
		d.Point = nil
	}
}

// fits reports whether a point is large enough. Whether it is full is looked at
// when it is chosen: boxes are free again before the parcel is there.
func (d Delivery) fits(p point.Point) bool {
	p.Free = -1
	return p.Takes(d.grams, d.long)
}

// seek finds the points that the deliveries of a view may go to, outside of any
// transaction: for what was chosen, and for a widget that shows places. A
// carrier that does not answer leaves the other ways of delivery alone.
func (c *Checkout) seek(ctx context.Context, v *View) {
	if c.Points == nil || v.State != StateOpen {
		return
	}
	shown := slices.ContainsFunc(v.Flow.Widgets, func(w flow.Widget) bool { return w.Kind == "pickup_point" })
	for i := range v.Deliveries {
		d := &v.Deliveries[i]
		name := d.Points
		if j := slices.IndexFunc(d.Options, func(o method.Option) bool { return o.Points != "" }); name == "" && shown && i == 0 && j >= 0 {
			name = d.Options[j].Points
		}
		to := v.Contact.Shipping
		code := cmp.Or(d.Near, to.PostalCode)
		if name == "" || code == "" {
			continue
		}
		q := carriage.PointQuery{Country: cmp.Or(to.Country, v.market.Country), PostalCode: code}
		if d.Near == "" || d.Near == to.PostalCode {
			q.City = to.City
		}
		found, err := c.Points.Near(ctx, name, q)
		if err != nil {
			c.log.WarnContext(ctx, "pick-up points are not shown", "carrier", name, "error", err)
			found.Silent = true
		}
		d.SilentPoints = found.Silent
		for _, p := range found.Points {
			if d.fits(p) {
				d.Nearby = append(d.Nearby, p)
			}
		}
	}
	v.sayPoints()
}

// sayPoints says that a carrier does not answer, where that keeps something from
// being chosen.
func (v *View) sayPoints() {
	for _, d := range v.Deliveries {
		if d.SilentPoints && d.Points != "" && d.Point == nil && len(d.Nearby) == 0 {
			v.Messages = append(v.Messages, told(v.Session.Locale, []Message{{Type: "warning", Code: "pickup_points_silent", Path: "$.pickup_point", Severity: "recoverable",
				Content: "the carrier does not tell its pick-up points at the moment; try again soon, or choose another delivery"}})...)
			return
		}
	}
}

// WayToPoints is a way of delivery that ends at a carrier's points, and those
// near where somebody asked.
type WayToPoints struct {
	Method string
	point.Found
}

// PointsNear are the carriers' points near a postal code of a market, for each
// way of delivery that anybody may choose, without a checkout. Country "" is the
// market's own. A silent carrier is no error: its way says so. It calls
// carriers, at most once an hour for a postal code, and returns market.ErrNotFound.
func (c *Checkout) PointsNear(ctx context.Context, in, country, postalCode string) (all []WayToPoints, err error) {
	var ways []method.Method
	err = c.DB.Read(ctx, func(tx *db.Tx) error {
		if country == "" {
			m, err := market.Find(ctx, tx, in)
			if err != nil {
				return err
			}
			country = m.Country
		}
		ways, err = method.AtPoints(ctx, tx, in, country)
		return err
	})
	if err != nil || c.Points == nil {
		return nil, err
	}
	for _, w := range ways {
		found, err := c.Points.Near(ctx, w.Points, carriage.PointQuery{Country: country, PostalCode: postalCode})
		if err != nil {
			c.log.WarnContext(ctx, "pick-up points are not shown", "carrier", w.Points, "error", err)
			found.Silent = true
		}
		all = append(all, WayToPoints{w.ID, found})
	}
	return all, nil
}

// pointsOf are the points that an option goes to, for a widget to show.
func (v View) pointsOf(o method.Option) []point.Point {
	if d := v.Deliveries[0]; o.Points != "" {
		return d.Nearby
	}
	return nil
}
