package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/value/money"
)

const (
	// pricedProducts is how many products the table of a market's prices shows at once.
	pricedProducts = 25
	// sparePrices are empty rows for further prices of a list.
	sparePrices = 3
)

// priceRow is one price of the table: of a variant, from a number of units on.
type priceRow struct {
	SKU, Title string
	Variant    catalog.VariantID
	From       int64
	Own        money.Amount // the market's own price, beside that of a list
}

// priceGrid is all that the table of a list's prices shows. The market's own
// list has a row for every variant there is, another one those it has.
type priceGrid struct {
	pricing.List
	Own  bool
	Rows []priceRow
	Next string
}

func (a *Admin) loadPriceGrid(v *visit, id string, f *form) (g priceGrid, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		if g.Own, err = g.find(v.ctx(), tx, id); err != nil {
			return err
		}
		if g.Own {
			return g.loadOwn(v, tx, f)
		}
		return g.loadEntries(v, tx, f)
	})
	return g, err
}

// find reads the list; a market's own has the market's id.
func (g *priceGrid) find(ctx context.Context, tx *db.Tx, id string) (own bool, err error) {
	m, err := market.Find(ctx, tx, id)
	if err == nil {
		g.List = pricing.List{ID: pricing.ListID(m.ID), Name: m.Name, Market: m.ID, Currency: m.Currency}
		return true, nil
	}
	if !errors.Is(err, market.ErrNotFound) {
		return false, err
	}
	g.List, err = pricing.FindList(ctx, tx, pricing.ListID(id))
	return false, err
}

func (g *priceGrid) loadOwn(v *visit, tx *db.Tx, f *form) error {
	page, next, err := catalog.List(v.ctx(), tx, catalog.Filter{Query: v.query("q"), After: v.query("after"), Limit: pricedProducts})
	if err != nil {
		return err
	}
	g.Next = next
	var ids []catalog.VariantID
	for _, p := range page {
		for _, variant := range p.Variants {
			g.Rows = append(g.Rows, priceRow{SKU: variant.SKU, Title: v.titleOf(inStock{Product: p, Variant: variant}), Variant: variant.ID, From: 1})
			ids = append(ids, variant.ID)
		}
	}
	prices, err := pricesOf(v.ctx(), tx, []market.Market{{ID: g.Market}}, ids)
	for i, row := range g.Rows {
		if price, ok := prices[row.Variant][g.Market]; ok {
			f.setAmount(priceName(i)+".amount", price)
			f.set(priceName(i)+".was", f.get(priceName(i)+".amount"))
		}
	}
	return err
}

func (g *priceGrid) loadEntries(v *visit, tx *db.Tx, f *form) error {
	entries, next, err := pricing.Entries(v.ctx(), tx, g.ID, v.query("after"), 100)
	if err != nil {
		return err
	}
	g.Next = next
	ids := make([]catalog.VariantID, len(entries))
	for i, e := range entries {
		ids[i] = e.Variant
	}
	items, err := catalog.Sellable(v.ctx(), tx, ids)
	if err != nil {
		return err
	}
	own, err := pricing.Prices(v.ctx(), tx, g.Market, ids)
	for i, e := range entries {
		it := items[e.Variant]
		g.Rows = append(g.Rows, priceRow{SKU: it.SKU, Title: it.Title, Variant: e.Variant, From: e.From, Own: own[e.Variant]})
		f.setNumber(priceName(i)+".units", e.From)
		f.setAmount(priceName(i)+".amount", e.Amount)
		f.set(priceName(i)+".was", f.get(priceName(i)+".amount"))
	}
	return err
}

func priceName(i int) string { return "prices[" + strconv.Itoa(i) + "]" }

func (a *Admin) showPriceGrid(v *visit) error {
	f := v.newForm()
	g, err := a.loadPriceGrid(v, v.r.PathValue("id"), f)
	if err != nil {
		return err
	}
	f.readOnly = !v.can("catalog.write")
	return v.show(http.StatusOK, v.priceGridPage(g, f))
}

// savePriceGrid writes the prices that are other than they were shown, or fills
// a change of all into the form.
func (a *Admin) savePriceGrid(v *visit) error {
	f := v.form()
	shown := v.newForm()
	g, err := a.loadPriceGrid(v, v.r.PathValue("id"), shown)
	if err != nil {
		return err
	}
	if f.get("do") == "fill" {
		f.fillPrices(g)
		return v.show(http.StatusOK, v.priceGridPage(g, f))
	}
	_, status, err := a.put(v, f, "prices.change", func(tx *db.Tx) (string, error) {
		return string(g.ID), f.writePrices(v, tx, g)
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(link(v.r.URL.Path, "q", v.query("q"), "after", v.query("after")), "prices_saved")
	}
	return v.show(status, v.priceGridPage(g, f))
}

// fillPrices writes an amount, or a change in percent, into the rows that are
// ticked, or into all.
func (f *form) fillPrices(g priceGrid) {
	value, picked := f.get("fill_value"), f.all("pick")
	part, relative := percentOf(value)
	if value == "" {
		f.blame("fill_value", "admin.problem.fill")
		return
	}
	for i, row := range g.Rows {
		if len(picked) > 0 && !contains(picked, i) {
			continue
		}
		name := priceName(i) + ".amount"
		switch {
		case !relative:
			f.set(name, value)
		case !f.has(name) && row.Own.Currency != "":
			f.setAmount(name, row.Own)
			f.scale(name, g.Currency, part)
		default:
			f.scale(name, g.Currency, part)
		}
	}
	f.set("fill_value", "")
}

// contains says whether a row is ticked.
func contains(picked []string, i int) bool { return slices.Contains(picked, strconv.Itoa(i)) }

// writePrices writes what is other than it was shown: a price that somebody else
// changed meanwhile and this form did not stays.
func (f *form) writePrices(v *visit, tx *db.Tx, g priceGrid) error {
	var entries []pricing.Entry
	var gone []catalog.VariantID
	for i := range len(g.Rows) + sparePrices {
		name := priceName(i)
		id := catalog.VariantID(f.get(name + ".id"))
		if sku := f.get(name + ".sku"); sku != "" && id == "" {
			found, err := catalog.FindSKU(v.ctx(), tx, sku)
			if errors.Is(err, catalog.ErrSKUNotFound) {
				f.wrong(name+".sku", v.T("admin.problem.no_sku", "SKU", sku))
				continue
			}
			if err != nil {
				return err
			}
			id = found.ID
		}
		amount, given := f.amount(name+".amount", g.Currency)
		switch same := f.get(name+".amount") == f.get(name+".was"); {
		case id == "":
		case f.has(name + ".drop"):
			gone = append(gone, id)
		case same:
		case !given && g.Own && f.error(name+".amount") == "":
			gone = append(gone, id)
		case !given:
			f.blame(name+".amount", "admin.problem.money_needed")
		default:
			entries = append(entries, pricing.Entry{Variant: id, From: max(f.whole(name+".units"), 1), Amount: amount})
		}
	}
	if !f.ok() {
		return errMend
	}
	if g.Own {
		return f.writeOwn(v, tx, g, entries, gone)
	}
	if len(gone) > 0 {
		if err := pricing.RemovePrices(v.ctx(), tx, g.ID, gone); err != nil {
			return err
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return pricing.SetPrices(v.ctx(), tx, g.ID, entries)
}

func (f *form) writeOwn(v *visit, tx *db.Tx, g priceGrid, entries []pricing.Entry, gone []catalog.VariantID) error {
	for _, e := range entries {
		if err := pricing.Set(v.ctx(), tx, g.Market, e.Variant, e.Amount); err != nil {
			return err
		}
	}
	for _, id := range gone {
		if err := pricing.Remove(v.ctx(), tx, g.Market, id); err != nil {
			return err
		}
	}
	return nil
}

// titled is a list's name: that of a market's own says so.
func (v *visit) titled(g priceGrid) string {
	if g.Own {
		return v.T("admin.price.own", "Market", strings.TrimSpace(g.Name))
	}
	return g.Name
}
