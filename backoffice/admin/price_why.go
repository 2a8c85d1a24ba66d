package admin

import (
	"net/http"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/value/money"
)

// priceWhy is all that the page of one price shows.
type priceWhy struct {
	Market  market.Market
	Variant catalog.Variant
	History []pricing.Applied
	Prior   []pricing.Past // what a reduction that begins now has to name
	Lists   []pricing.Why  // which list wins now
	Names   map[pricing.ListID]string
}

func (a *Admin) loadPriceWhy(v *visit, sku, id string) (w priceWhy, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		if id == "" { // opened without one: the first that there is
			all, err := market.All(v.ctx(), tx)
			if err != nil {
				return err
			}
			if len(all) > 0 {
				id = all[0].ID
			}
		}
		if w.Market, err = market.Find(v.ctx(), tx, id); err != nil {
			return err
		}
		if w.Variant, err = catalog.FindSKU(v.ctx(), tx, sku); err != nil {
			return err
		}
		if w.History, err = pricing.History(v.ctx(), tx, id, w.Variant.ID, 100); err != nil {
			return err
		}
		if w.Prior, err = pricing.PriorAt(v.ctx(), tx, pricing.Query{Market: id}, w.Variant.ID); err != nil {
			return err
		}
		w.Lists, err = pricing.Explain(v.ctx(), tx, pricing.Query{Market: id}, w.Variant.ID, 1)
		w.Names = map[pricing.ListID]string{}
		for _, l := range w.Lists {
			w.Names[l.List] = l.Name
		}
		return err
	})
	return w, err
}

// lowestOf is the price that a reduction has to name.
func lowestOf(prior []pricing.Past) (a money.Amount) {
	for _, p := range prior {
		if p.Lowest {
			a = p.Amount
		}
	}
	return a
}

// showPrices is the why of a price: what it was, and when; which list it is of;
// and what a reduction would have to name.
func (a *Admin) showPrices(v *visit) error {
	if v.query("sku") == "" { // of no variant: the lists are where prices begin
		http.Redirect(v.w, v.r, Prefix+"/price-lists", http.StatusSeeOther)
		return nil
	}
	f := v.newForm()
	f.set("key", newKey())
	return a.answerPriceWhy(v, http.StatusOK, f, v.query("sku"), v.query("market"))
}

func (a *Admin) answerPriceWhy(v *visit, status int, f *form, sku, id string) error {
	w, err := a.loadPriceWhy(v, sku, id)
	if err != nil {
		return err
	}
	f.readOnly = !v.can("catalog.write")
	return v.show(status, v.pricesPage(w, f))
}

// schedulePrice makes a list of its own for a price that begins later.
func (a *Admin) schedulePrice(v *visit) error {
	f := v.form()
	_, status, err := a.put(v, f, "price.schedule", func(tx *db.Tx) (string, error) {
		m, err := market.Find(v.ctx(), tx, f.get("market"))
		if err != nil {
			return "", err
		}
		variant, err := catalog.FindSKU(v.ctx(), tx, f.get("sku"))
		if err != nil {
			return "", err
		}
		amount, given := f.amount("amount", m.Currency)
		starts, ends := f.moment("starts", zoneOf(m)), f.moment("ends", zoneOf(m))
		if !given && f.error("amount") == "" {
			f.blame("amount", "admin.problem.money_needed")
		}
		if starts.IsZero() && f.error("starts") == "" {
			f.blame("starts", "admin.problem.starts")
		}
		if !f.ok() {
			return "", errMend
		}
		l, err := pricing.CreateList(v.ctx(), tx, pricing.List{Name: v.T("admin.price.scheduled_name", "SKU", variant.SKU, "From", v.DateTime(starts, zoneOf(m))),
			Market: m.ID, Kind: pricing.Kind(f.get("kind")), Starts: starts, Ends: ends, State: pricing.StateActive, Priority: 100})
		if err != nil {
			return "", err
		}
		return string(l.ID), pricing.SetPrices(v.ctx(), tx, l.ID, []pricing.Entry{{Variant: variant.ID, From: 1, Amount: amount}})
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(link(Prefix+"/prices", "sku", f.get("sku"), "market", f.get("market")), "price_scheduled")
	}
	return a.answerPriceWhy(v, status, f, f.get("sku"), f.get("market"))
}
