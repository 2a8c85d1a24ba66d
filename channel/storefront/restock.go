package storefront

import (
	"net/http"

	"korzo/customer/profile"
	"korzo/engagement/restock"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
)

// tellBack notes that somebody wants to know when a variant can be bought again.
func (s *Shop) tellBack(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	var p productPage
	err = s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p, err = s.loadProduct(r, tx, in.Get("product"))
		return err
	})
	if err != nil {
		return err
	}
	p.here = productPath(p.Slug)
	o, ok := p.choose(in.Get("variant"))
	if !ok || o.buyable() {
		return see(w, r, p.here)
	}
	title := p.goods.Title
	if len(p.offers) > 1 {
		title += " – " + p.name(o)
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := auth.Ask(r.Context(), tx, auth.RealmCustomer, "restock", web.ClientIP(r)); err != nil {
			return err
		}
		return restock.Ask(r.Context(), tx, s.Keeper, restock.Wish{Variant: o.ID, Channel: p.channel.ID, Market: p.market.ID, Title: title,
			Customer: profile.CustomerID(p.customer), Words: p.T("shop.restock.words"), Locale: p.Tag()}, in.Get("email"))
	})
	p.chosen, p.waiter = o.ID, in.Get("email")
	if err == nil {
		p.waits = p.T("shop.restock.noted")
		return write(w, r, http.StatusOK, productTemplate(p))
	}
	text, ok := p.sayError(err)
	if !ok {
		return err
	}
	p.waitProblem = text
	return write(w, r, web.Status(fault.KindOf(err)), productTemplate(p))
}

// gone is the variant to be told about: the one that is chosen, when nobody can
// buy it, or else the first of those.
func (p productPage) gone() (o offer, ok bool) {
	for _, o := range p.offers {
		if o.ID == p.chosen && o.sold && !o.buyable() {
			return o, true
		}
	}
	for _, o := range p.offers {
		if o.sold && !o.buyable() {
			return o, true
		}
	}
	return o, false
}
