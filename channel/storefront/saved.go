package storefront

import (
	"context"
	"net/http"
	"slices"

	"korzo/customer/wishlist"
	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/value/money"
)

// savedLine is something that was taken out of the cart to be bought later, as
// it is sold today.
type savedLine struct {
	catalog.Item
	quantity int64
	price    string       // of one; "" when it is not sold here
	prior    money.Amount // of one, before a sale; zero without one
}

// later finds what the visitor saved for later: no statement for a guest who
// keeps nothing here.
func (p *cartPage) later(ctx context.Context, tx *db.Tx, owner wishlist.ID) error {
	if owner == "" {
		return nil
	}
	all, err := wishlist.SavedOf(ctx, tx, owner)
	if err != nil || len(all) == 0 {
		return err
	}
	ids := make([]catalog.VariantID, len(all))
	for i, one := range all {
		ids[i] = one.Variant
	}
	items, err := catalog.SellableIn(ctx, tx, p.channel.ID, p.Tag(), ids)
	if err != nil {
		return err
	}
	q, err := cart.Pricing(ctx, tx, p.market.ID, p.channel.ID, p.customer)
	if err != nil {
		return err
	}
	for _, it := range items {
		ids = append(ids, catalog.PartIDs(it.Parts)...)
	}
	offers, err := pricing.Offers(ctx, tx, q, ids)
	prices := pricing.Singles(offers)
	for _, one := range all {
		it, known := items[one.Variant]
		if !known {
			continue
		}
		line := savedLine{Item: it, quantity: one.Quantity}
		o := offers[one.Variant]
		price, ok := o.At(one.Quantity)
		if !ok {
			price, ok = catalog.BundlePrice(one.Variant, it.Parts, it.PartsDiscountPPM, prices)
		}
		if ok && it.Active {
			line.price, line.prior = p.Money(price), o.PriorAt(one.Quantity)
		}
		p.saved = append(p.saved, line)
	}
	return err
}

// saveLine takes a line out of the cart and keeps it for later.
func (s *Shop) saveLine(w http.ResponseWriter, r *http.Request) error {
	line := cart.LineID(r.PathValue("line"))
	var begun wishlist.ID
	after := "/cart#saved"
	return s.changeTo(w, r, &after, func(tx *db.Tx, v *visit) error {
		i := slices.IndexFunc(v.cart.Lines, func(l cart.Line) bool { return l.ID == line })
		if i < 0 {
			return cart.ErrNoLine
		}
		owner := v.wisher(r)
		if owner == "" {
			owner = wishlist.NewGuest(tx.Now)
			begun = owner
		}
		l := v.cart.Lines[i]
		if err := wishlist.Save(r.Context(), tx, owner, wishlist.Saved{Variant: l.Variant, Quantity: l.Quantity}); err != nil {
			return err
		}
		if _, err := cart.RemoveLine(r.Context(), tx, v.cart.ID, v.caller(), line); err != nil {
			return err
		}
		if begun != "" {
			web.SetCookie(w, r, cookieWishes, string(begun), wishlist.GuestLife)
		}
		return nil
	}, func(p *cartPage, text string) { p.problem = text })
}

// fromSaved puts what was saved for later into the cart again, or forgets it.
func (s *Shop) fromSaved(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	variant := catalog.VariantID(in.Get("variant"))
	var id cart.ID
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		owner := v.wisher(r)
		all, err := wishlist.SavedOf(r.Context(), tx, owner)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(one wishlist.Saved) bool { return one.Variant == variant })
		if i < 0 {
			return nil // it was done before, in another tab
		}
		if !in.Has("remove") {
			into, err := v.add(r.Context(), tx, variant, all[i].Quantity)
			if err != nil {
				return err
			}
			id = into.ID
		}
		return wishlist.Drop(r.Context(), tx, owner, variant)
	})
	if err == nil && id != "" {
		web.SetCookie(w, r, cookieCart, string(id), month)
	}
	return s.changed(w, r, err, func(p *cartPage, text string) { p.problem = text })
}
