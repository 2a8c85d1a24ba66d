package checkout

import (
	"encoding/json"
	"slices"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/sourcing"
	"korzo/offer/catalog"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/purchase/quote"
	"korzo/value/money"
)

// draft freezes the purchase.
func (v View) draft(now time.Time) order.Draft {
	q := v.Quote
	d := order.Draft{
		Cart: string(v.Session.Cart), Market: v.Session.Market, Channel: v.Session.Channel, Entity: string(v.market.Entity),
		Locale: v.Session.Locale, Customer: v.Session.Customer, Contact: v.Session.Contact,
		Flow: string(v.Session.Flow), FlowVersion: v.Session.Version, Arm: v.Arm, TaxIncluded: q.TaxIncluded, TaxReason: v.Tax.Relief(),
		Subtotal: q.Subtotal, Discount: q.Discount, Shipping: q.ShippingTotal, Tax: q.Tax, Total: q.Total, Tenders: v.Tenders, Source: "checkout", Extras: v.extras(),
	}
	groups := v.groups(&d, now)
	for _, l := range q.Lines {
		if charge, ok := v.Charges[l.ID]; ok {
			d.Lines = append(d.Lines, v.charged(charge, l, d.Groups[0].ID, now))
			continue
		}
		item := v.Items[catalog.VariantID(l.Variant)]
		line := order.Line{
			ID: id.New[order.LineID]("oli", now), Group: groups[v.lineOf(l.ID)], Kind: item.Kind, Product: string(item.ProductID),
			Variant: l.Variant, SKU: item.SKU, Title: item.Title, Image: item.Image.Blob, Quantity: l.Quantity,
			UnitPrice: l.UnitPrice, UnitCost: item.UnitCost, TaxClass: l.TaxClass,
			Subtotal: l.Gross, Discount: l.Discount, Tax: l.Tax, Total: l.Total, Taxes: taxes(l.Taxes),
		}
		if part, bundled := v.Parts[l.ID]; bundled {
			line.Parent = v.bundle(&d, part.Line, line.Group, now)
			line.Quantity *= part.Units
			line.UnitPrice = l.UnitPrice.Ratio(1, part.Units, 1)
		}
		for _, s := range l.Shares {
			line.Shares = append(line.Shares, order.Share{Promotion: string(s.Promotion), Code: s.Code, Amount: s.Amount})
		}
		d.Lines = append(d.Lines, line)
	}
	return d
}

// groups writes the draft's delivery groups and says which group a line is in.
func (v View) groups(d *order.Draft, now time.Time) map[cart.LineID]order.GroupID {
	of := map[cart.LineID]order.GroupID{}
	for i, delivery := range v.Deliveries {
		o, _ := delivery.Chosen()
		g := order.Group{ID: id.New[order.GroupID]("grp", now), Kind: o.Kind, Method: o.ID, Name: o.Name, Location: o.Location,
			PromiseFrom: o.Promise.From.String(), PromiseTo: o.Promise.To.String()}
		g.Point = delivery.Point
		g.Promised, _ = json.Marshal(o.Inputs) // plain fields only
		if s := v.Quote.Shipping; len(s.Split) > 0 {
			l := s.Split[i]
			g.Price, g.Discount, g.Tax, g.Taxes = l.Gross, l.Discount, l.Tax, taxes(l.Taxes)
		} else {
			g.Price, g.Discount, g.Tax, g.Taxes = s.Gross, s.Discount, s.Tax, taxes(s.Taxes)
		}
		d.Groups = append(d.Groups, g)
		for _, l := range delivery.Lines {
			of[l] = g.ID
		}
	}
	return of
}

// promised are the days for which what is sent was promised.
func (v View) promised() (all []sourcing.Promised) {
	for _, delivery := range v.Deliveries {
		if o, ok := delivery.Chosen(); ok && o.Kind == method.Ship {
			all = append(all, sourcing.Promised{Method: o.ID, By: o.Promise.To, Inputs: o.Inputs})
		}
	}
	return all
}

// lineOf is the cart's line that a line of the basket is, or is a part of.
func (v View) lineOf(id string) cart.LineID {
	if part, bundled := v.Parts[id]; bundled {
		return part.Line
	}
	return cart.LineID(id)
}

// bundle returns the order's line of a bundle, which is written before the
// first of its parts. It says what was bought and bears no money: the parts do,
// each its share, so that one of them can be sent or refunded by itself.
func (v View) bundle(d *order.Draft, line cart.LineID, group order.GroupID, now time.Time) order.LineID {
	i := slices.IndexFunc(v.View.Cart.Lines, func(l cart.Line) bool { return l.ID == line })
	of := v.View.Cart.Lines[i]
	if n := len(d.Lines) - 1; n >= 0 && d.Lines[n].Parent != "" {
		above := slices.IndexFunc(d.Lines, func(l order.Line) bool { return l.ID == d.Lines[n].Parent })
		if d.Lines[above].Variant == string(of.Variant) {
			return d.Lines[above].ID
		}
	}
	item, none := v.Items[of.Variant], money.Of(0, v.Quote.Currency)
	b := order.Line{ID: id.New[order.LineID]("oli", now), Group: group, Kind: order.KindBundle, Product: string(item.ProductID), Variant: string(of.Variant),
		SKU: item.SKU, Title: item.Title, Image: item.Image.Blob, Quantity: of.Quantity, UnitPrice: none, TaxClass: item.TaxClass,
		Subtotal: none, Discount: none, Tax: none, Total: none}
	d.Lines = append(d.Lines, b)
	return b.ID
}

func taxes(lines []quote.TaxLine) []order.Tax {
	all := make([]order.Tax, len(lines))
	for i, t := range lines {
		all[i] = order.Tax{Name: t.Rate.Name, Country: t.Rate.Country, Region: t.Rate.Region, PPM: t.Rate.PPM, Base: t.Base, Amount: t.Amount}
	}
	return all
}
