package checkout

import (
	"context"
	"slices"

	"korzo/delivery/method"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/purchase/cart"
)

// startAtPlace lets a checkout begin with the pick-up at the place that was chosen in
// the shop: all that lies there is collected, and of the rest it is asked how it
// travels. What the checkout collects there already stays as it is.
func (c *Checkout) startAtPlace(ctx context.Context, tx *db.Tx, s *Session, v View, caller cart.Caller) (View, bool, error) {
	at := v.View.Cart.Collect
	if at == "" || s.State != StateOpen || slices.ContainsFunc(s.Groups, func(g Group) bool { return g.Kind == method.Pickup && g.Location == at }) {
		return v, false, nil
	}
	before := s.Groups
	s.Groups = nil
	whole, err := c.view(ctx, tx, *s, caller)
	if err != nil {
		return v, false, err
	}
	if s.Groups = whole.collecting(at); s.Groups == nil {
		s.Groups = before
		return v, false, nil
	}
	v, err = c.view(ctx, tx, *s, caller)
	return v, true, err
}

// collecting are the groups of a cart of which is collected what lies at a
// place; nil when nothing does.
func (v View) collecting(at string) []Group {
	here := func(o method.Option) bool { return o.Kind == method.Pickup && o.Location == at }
	if i := slices.IndexFunc(v.Deliveries[0].Options, here); i >= 0 {
		return []Group{{Kind: method.Pickup, Method: v.Deliveries[0].Options[i].ID, Location: at}}
	}
	collected := Group{Kind: method.Pickup, Location: at}
	for _, l := range v.Deliveries[0].Lines {
		if i := slices.IndexFunc(v.Collect[l], here); i >= 0 {
			collected.Method = v.Collect[l][i].ID
			collected.Lines = append(collected.Lines, string(l))
		}
	}
	if len(collected.Lines) == 0 {
		return nil
	}
	return []Group{{}, collected}
}

// sending leaves out the ways to send what lies only where it is collected.
func (v *View) sending() {
	if v.View.Cart.Collect == "" && !slices.ContainsFunc(v.Deliveries, func(d Delivery) bool { return d.Kind == method.Pickup }) {
		return
	}
	needs := v.Needs(func(l cart.LineID) string { return string(l) })
	for i := range v.Deliveries {
		d := &v.Deliveries[i]
		var mine []inventory.Line
		for _, n := range needs {
			if slices.Contains(d.Lines, cart.LineID(n.At)) {
				mine = append(mine, n)
			}
		}
		if d.Electronic || v.View.CanSend(mine) {
			continue
		}
		d.Options = slices.DeleteFunc(d.Options, func(o method.Option) bool {
			gone := o.Kind == method.Ship
			if gone && o.ID == d.Method {
				d.why = "not everything can be sent"
			}
			return gone
		})
	}
}

// note keeps with the cart where it is collected now, once every part of it has
// a way: bag and product pages say the same as the checkout.
func (v *View) note(ctx context.Context, tx *db.Tx) error {
	if !v.settled() {
		return nil
	}
	at := ""
	for _, d := range v.Deliveries {
		if d.Kind == method.Pickup && at == "" {
			at = d.Location
		}
	}
	return cart.NoteCollect(ctx, tx, &v.View.Cart, at)
}
