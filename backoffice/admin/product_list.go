package admin

import (
	"context"
	"net/http"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/value/money"
)

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
		filter := catalog.Filter{Status: catalog.Status(v.query("status")), Query: v.query("q"), After: v.query("after"), Limit: pageSize}
		if in := taxonomy.CategoryID(v.query("category")); in != "" {
			tree, err := taxonomy.Load(v.ctx(), tx)
			if err != nil {
				return err
			}
			if filter.Categories = tree.Within(in); len(filter.Categories) == 0 {
				return taxonomy.ErrNotFound
			}
		}
		page, after, err := catalog.List(v.ctx(), tx, filter)
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
