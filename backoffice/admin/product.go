package admin

import (
	"context"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// pageSize is the length of the lists of products and orders.
const pageSize = 50

// productMoves are the buttons of a product's status; the catalog has the last word.
var productMoves = map[catalog.Status][]catalog.Status{
	catalog.StatusDraft:    {catalog.StatusActive, catalog.StatusArchived},
	catalog.StatusActive:   {catalog.StatusDraft, catalog.StatusArchived},
	catalog.StatusArchived: {catalog.StatusActive},
}

// product is all that the pages of one show.
type product struct {
	catalog.Product
	Markets  []market.Market
	Channels []market.Channel
	Tree     *taxonomy.Tree
	Classes  []string // that there are tax rates of
	Prices   map[catalog.VariantID]map[string]money.Amount
	Units    map[catalog.VariantID]int64 // to be had, of all places
	Places   []inventory.Location        // open ones
	Place    string                      // where the grid counts stock; "" for nowhere
	Levels   map[catalog.VariantID]inventory.Level
	Related  map[catalog.ProductID]catalog.Product
	// Inside is what its bundles are made of, with the prices and units of that.
	Inside       map[catalog.VariantID]catalog.Item
	InsidePrices map[catalog.VariantID]map[string]money.Amount
	InsideUnits  map[catalog.VariantID]int64

	theirs []difference // what somebody else's version says, that was saved meanwhile
	// typed is what the grid was sent: rows of variants, and prices by row and
	// market.
	typed typedGrid
}

// loadProduct reads a product with what its pages need to know of the shop; of
// "" only the shop.
func loadProduct(ctx context.Context, tx *db.Tx, id catalog.ProductID, place string) (p product, err error) {
	if p.Markets, err = market.All(ctx, tx); err != nil {
		return p, err
	}
	if p.Channels, err = market.Channels(ctx, tx); err != nil {
		return p, err
	}
	if p.Tree, err = taxonomy.Load(ctx, tx); err != nil {
		return p, err
	}
	if p.Classes, err = tax.Classes(ctx, tx); err != nil {
		return p, err
	}
	if err := p.findPlaces(ctx, tx, place); err != nil || id == "" {
		return p, err
	}
	if p.Product, err = catalog.Find(ctx, tx, id); err != nil {
		return p, err
	}
	ids := p.VariantIDs()
	if p.Prices, err = pricesOf(ctx, tx, p.Markets, ids); err != nil {
		return p, err
	}
	if p.Units, err = inventory.Available(ctx, tx, ids); err != nil {
		return p, err
	}
	if p.Place != "" {
		if p.Levels, err = inventory.LevelsAt(ctx, tx, p.Place, ids); err != nil {
			return p, err
		}
	}
	if err := p.findInside(ctx, tx); err != nil {
		return p, err
	}
	return p, p.findRelated(ctx, tx)
}

// pricesOf are the markets' own prices of variants, by variant and market.
func pricesOf(ctx context.Context, tx *db.Tx, markets []market.Market, ids []catalog.VariantID) (map[catalog.VariantID]map[string]money.Amount, error) {
	all := make(map[catalog.VariantID]map[string]money.Amount, len(ids))
	for _, id := range ids {
		all[id] = map[string]money.Amount{}
	}
	for _, m := range markets {
		for some := range slices.Chunk(ids, 1000) {
			prices, err := pricing.Prices(ctx, tx, m.ID, some)
			if err != nil {
				return nil, err
			}
			for variant, price := range prices {
				all[variant][m.ID] = price
			}
		}
	}
	return all, nil
}

func (p *product) findPlaces(ctx context.Context, tx *db.Tx, asked string) error {
	all, err := inventory.Locations(ctx, tx)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.Closed {
			continue
		}
		p.Places = append(p.Places, l)
		if p.Place == "" || l.ID == asked {
			p.Place = l.ID
		}
	}
	return nil
}

func (p *product) findRelated(ctx context.Context, tx *db.Tx) error {
	ids := make([]catalog.ProductID, 0, len(p.Relations))
	for _, r := range p.Relations {
		ids = append(ids, r.Product)
	}
	found, err := catalog.Some(ctx, tx, ids, "")
	p.Related = map[catalog.ProductID]catalog.Product{}
	for _, other := range found {
		p.Related[other.ID] = other
	}
	return err
}

// load reads a product for a page that only shows it.
func (a *Admin) load(v *visit, id catalog.ProductID) (p product, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		p, err = loadProduct(v.ctx(), tx, id, v.query("at"))
		return err
	})
	return p, err
}

func (a *Admin) moveProduct(v *visit) error {
	id, to := catalog.ProductID(v.r.PathValue("id")), catalog.Status(v.r.PostForm.Get("to"))
	p, err := a.load(v, id)
	if err != nil {
		return err
	}
	if p.Status == to {
		return v.done(productPath(id, ""), "product_moved")
	}
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := catalog.Move(v.ctx(), tx, id, to); err != nil {
			return err
		}
		return v.record(tx, "product.move", string(id), "from", string(p.Status), "to", string(to))
	})
	if err == nil {
		return v.done(productPath(id, ""), "product_moved")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerTab(v, a.basics(), status)
}

// productPath is the address of one of a product's pages; "" is the first.
func productPath(id catalog.ProductID, tab string) string {
	path := Prefix + "/products/" + string(id)
	if tab != "" {
		path += "/" + tab
	}
	return path
}
