package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/value/money"
)

// pageSize is the length of the lists of products and orders.
const pageSize = 50

// productMoves are the buttons of a product's status; the catalog has the last word.
var productMoves = map[catalog.Status][]catalog.Status{
	catalog.StatusDraft:    {catalog.StatusActive, catalog.StatusArchived},
	catalog.StatusActive:   {catalog.StatusArchived},
	catalog.StatusArchived: {catalog.StatusActive},
}

// listed is a product in the list.
type listed struct {
	catalog.Product
	Units  int64
	Prices []money.Amount // from, in each market where it has one
}

func (a *Admin) listProducts(v *visit) error {
	var rows []listed
	var next string
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		page, after, err := catalog.List(v.ctx(), tx, catalog.Filter{Status: catalog.Status(v.query("status")), Query: v.query("q"),
			After: v.query("after"), Limit: pageSize})
		if err != nil {
			return err
		}
		next = after
		rows, err = listing(v.ctx(), tx, page)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.productsPage(rows, next))
}

// listing adds stock and lowest prices to a page of products.
func listing(ctx context.Context, tx *db.Tx, products []catalog.Product) ([]listed, error) {
	rows := make([]listed, len(products))
	index, ids := map[catalog.ProductID]int{}, []catalog.VariantID{}
	for i, p := range products {
		rows[i].Product, index[p.ID] = p, i
		for _, variant := range p.Variants {
			ids = append(ids, variant.ID)
		}
	}
	stock, err := stockOf(ctx, tx, products)
	if err != nil {
		return nil, err
	}
	for _, s := range stock {
		rows[index[s.Product.ID]].Units += s.Available
	}
	markets, err := market.All(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, m := range markets {
		prices := map[catalog.VariantID]money.Amount{}
		for chunk := range slices.Chunk(ids, 1000) {
			some, err := pricing.Prices(ctx, tx, m.ID, chunk)
			if err != nil {
				return nil, err
			}
			for id, price := range some {
				prices[id] = price
			}
		}
		for i := range rows {
			if low, ok := lowest(rows[i].Variants, prices); ok {
				rows[i].Prices = append(rows[i].Prices, low)
			}
		}
	}
	return rows, nil
}

func lowest(variants []catalog.Variant, prices map[catalog.VariantID]money.Amount) (low money.Amount, any bool) {
	for _, variant := range variants {
		if price, ok := prices[variant.ID]; ok && (!any || price.Minor < low.Minor) {
			low, any = price, true
		}
	}
	return low, any
}

// product is all that the page of one shows.
type product struct {
	catalog.Product
	Markets []market.Market
	Prices  map[catalog.VariantID]map[string]money.Amount
	Units   map[catalog.VariantID]int64
}

func loadProduct(ctx context.Context, tx *db.Tx, id catalog.ProductID) (p product, err error) {
	if p.Markets, err = market.All(ctx, tx); err != nil || id == "" {
		return p, err
	}
	if p.Product, err = catalog.Find(ctx, tx, id); err != nil {
		return p, err
	}
	p.Prices = map[catalog.VariantID]map[string]money.Amount{}
	ids := make([]catalog.VariantID, len(p.Variants))
	for i, variant := range p.Variants {
		ids[i] = variant.ID
		p.Prices[variant.ID] = map[string]money.Amount{}
	}
	for _, m := range p.Markets {
		prices, err := pricing.Prices(ctx, tx, m.ID, ids)
		if err != nil {
			return p, err
		}
		for variant, price := range prices {
			p.Prices[variant][m.ID] = price
		}
	}
	p.Units, err = inventory.Available(ctx, tx, ids)
	return p, err
}

func (a *Admin) load(v *visit, id catalog.ProductID) (p product, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		p, err = loadProduct(v.ctx(), tx, id)
		return err
	})
	return p, err
}

func (a *Admin) newProduct(v *visit) error {
	p, err := a.load(v, "")
	if err != nil {
		return err
	}
	f := v.form()
	f.set("key", newKey())
	f.setNumber("rows", newRows)
	return v.show(http.StatusOK, v.productPage(p, f, nil))
}

func (a *Admin) showProduct(v *visit) error {
	p, err := a.load(v, catalog.ProductID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.productPage(p, v.filled(p), nil))
}

func (a *Admin) createProduct(v *visit) error {
	p, err := a.load(v, "")
	if err != nil {
		return err
	}
	f := v.form()
	d := f.product(p)
	d.Status = catalog.Status(f.get("status"))
	f.check(d.Product, d.rows)
	id := ""
	if f.ok() {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			id, err = v.once(tx, "admin.product.create", func() (string, error) { return v.create(tx, d, p.Markets) })
			return err
		})
	}
	if err == nil && f.ok() {
		return v.done(Prefix+"/products/"+id, "product_created")
	}
	return a.refuseProduct(v, p, f, d, err)
}

func (v *visit) create(tx *db.Tx, d draft, markets []market.Market) (string, error) {
	p, err := catalog.Create(v.ctx(), tx, catalog.Draft(d.Product))
	if err != nil {
		return "", err
	}
	if _, err := d.setPrices(v.ctx(), tx, p.Variants, markets); err != nil {
		return "", err
	}
	return string(p.ID), v.record(tx, "product.create", string(p.ID), "title", p.Title, "slug", p.Slug)
}

func (a *Admin) updateProduct(v *visit) error {
	p, err := a.load(v, catalog.ProductID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	f := v.form()
	d := f.product(p)
	d.Version = f.whole("version")
	f.check(d.Product, d.rows)
	if f.ok() {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.update(tx, p, d) })
	}
	if err == nil && f.ok() {
		return v.done(Prefix+"/products/"+string(p.ID), "product_saved")
	}
	return a.refuseProduct(v, p, f, d, err)
}

func (v *visit) update(tx *db.Tx, before product, d draft) error {
	after, err := catalog.Update(v.ctx(), tx, d.Product)
	if err != nil {
		return err
	}
	prices, err := d.setPrices(v.ctx(), tx, after.Variants, before.Markets)
	if err != nil {
		return err
	}
	return v.record(tx, "product.update", string(after.ID), append(prices,
		"version", strconv.FormatInt(after.Version, 10), "fields", changed(before.Product, after))...)
}

// refuseProduct shows the form again, as it was typed, with what is wrong. If
// someone else saved meanwhile it shows what theirs says differently.
func (a *Admin) refuseProduct(v *visit, p product, f *form, d draft, err error) error {
	if errors.Is(err, idempotency.ErrReused) {
		f.set("key", newKey())
	}
	var theirs []difference
	if errors.Is(err, catalog.ErrVersion) {
		now, err := a.load(v, p.ID)
		if err != nil {
			return err
		}
		p, theirs = now, differences(v, now, d)
		f.setNumber("version", p.Version)
	}
	status := http.StatusUnprocessableEntity
	if err != nil {
		if status, err = v.refusedProduct(f, err); err != nil {
			return err
		}
	}
	return v.show(status, v.productPage(p, f, theirs))
}

// refusedProduct puts a refusal beside the field it is about, where there is one.
func (v *visit) refusedProduct(f *form, err error) (status int, rest error) {
	status, rest = v.refused(err)
	if rest != nil {
		return status, rest
	}
	field := ""
	at, found := errors.AsType[*fieldError](err)
	switch {
	case found:
		field = at.field
	case errors.Is(err, catalog.ErrSlugTaken):
		field = "slug"
	}
	if field != "" {
		f.wrong(field, v.refusal)
		v.refusal = ""
	}
	return status, nil
}

func (a *Admin) moveProduct(v *visit) error {
	id, to := catalog.ProductID(v.r.PathValue("id")), catalog.Status(v.r.PostForm.Get("to"))
	p, err := a.load(v, id)
	if err != nil {
		return err
	}
	if p.Status == to {
		return v.done(Prefix+"/products/"+string(id), "product_moved")
	}
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := catalog.Move(v.ctx(), tx, id, to); err != nil {
			return err
		}
		return v.record(tx, "product.move", string(id), "from", string(p.Status), "to", string(to))
	})
	if err == nil {
		return v.done(Prefix+"/products/"+string(id), "product_moved")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	if p, err = a.load(v, id); err != nil {
		return err
	}
	return v.show(status, v.productPage(p, v.filled(p), nil))
}

// showPrices is the why of a price: what it was, and when.
func (a *Admin) showPrices(v *visit) error {
	var m market.Market
	var variant catalog.Variant
	var history []pricing.Applied
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if m, err = market.Find(v.ctx(), tx, v.query("market")); err != nil {
			return err
		}
		if variant, err = catalog.FindSKU(v.ctx(), tx, v.query("sku")); err != nil {
			return err
		}
		history, err = pricing.History(v.ctx(), tx, m.ID, variant.ID, 100)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.pricesPage(m, variant, history))
}
