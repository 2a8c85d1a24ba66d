package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/ui"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// listed is a product in the list.
type listed struct {
	catalog.Product
	Units  int64
	Prices []money.Amount // from, in each market where it has one
	Tree   *taxonomy.Tree
}

// productList describes the list of products.
func (a *Admin) productList() list[listed] {
	return list[listed]{
		name: "products", path: Prefix + "/products", read: "catalog.read",
		columns: productColumns(), filters: productFilters(), tabs: "status", changes: a.productChanges(),
		page: productPage, keys: productKeys,
		key:   func(p listed) string { return string(p.ID) },
		label: func(p listed) string { return p.Title },
		none:  "admin.product.none",
		first: func(v *visit) (string, string) {
			if v.can("catalog.write") {
				return Prefix + "/products/new", "admin.product.new"
			}
			return "", ""
		},
		head: func(v *visit) templ.Component { return v.newProductButton() },
	}
}

func productColumns() []column[listed] {
	text := func(get func(v *visit, p listed) string) (func(*visit, listed) templ.Component, func(*visit, listed) string) {
		return plainCell(get), get
	}
	all := []column[listed]{
		{name: "title", title: "admin.field.title", fixed: true, sorts: true, cell: func(v *visit, p listed) templ.Component { return v.productCell(p) },
			text: func(_ *visit, p listed) string { return p.Title }},
		{name: "sku", title: "admin.field.sku", extra: true},
		{name: "status", title: "admin.col.status", cell: func(v *visit, p listed) templ.Component { return v.badge(string(p.Status)) },
			text: func(_ *visit, p listed) string { return string(p.Status) }},
		{name: "kind", title: "admin.field.kind", extra: true},
		{name: "categories", title: "admin.product.categories", extra: true},
		{name: "tags", title: "admin.field.tags", extra: true},
		{name: "tax_class", title: "admin.field.tax_class", extra: true},
		{name: "variants", title: "admin.col.variants", number: true},
		{name: "available", title: "admin.col.available", number: true},
		{name: "from", title: "admin.col.from", number: true, cell: func(v *visit, p listed) templ.Component { return v.productPrices(p) }, text: pricesText},
		{name: "updated", title: "admin.col.changed", extra: true, sorts: true},
	}
	plain := map[string]func(v *visit, p listed) string{
		"sku":        func(_ *visit, p listed) string { return firstSKU(p.Product) },
		"kind":       func(v *visit, p listed) string { return v.word("kind", p.Kind) },
		"categories": func(v *visit, p listed) string { return categoryNames(v, p.Tree, p.Categories) },
		"tags":       func(_ *visit, p listed) string { return strings.Join(p.Tags, ", ") },
		"tax_class":  func(v *visit, p listed) string { return v.word("tax_class", p.TaxClass) },
		"variants":   func(_ *visit, p listed) string { return strconv.Itoa(len(p.Variants)) },
		"available":  func(_ *visit, p listed) string { return strconv.FormatInt(p.Units, 10) },
		"updated":    func(v *visit, p listed) string { return v.time(p.UpdatedAt) },
	}
	for i, c := range all {
		if get := plain[c.name]; get != nil {
			all[i].cell, all[i].text = text(get)
		}
	}
	return all
}

func pricesText(_ *visit, p listed) string {
	all := make([]string, len(p.Prices))
	for i, price := range p.Prices {
		all[i] = price.Decimal() + " " + string(price.Currency)
	}
	return strings.Join(all, "; ")
}

func productFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.product.search", kind: "search"},
		{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("state", "admin.all", productStates...), nil
		}},
		{name: "category", label: "admin.product.categories", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			tree, err := taxonomy.Load(v.ctx(), tx)
			if err != nil {
				return nil, err
			}
			return v.categoryOptions(tree, v.T("admin.all")), nil
		}},
		{name: "kind", label: "admin.field.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("kind", "admin.all", productKinds...), nil
		}},
		{name: "tag", label: "admin.list.tag"},
	}
}

// productFilter is what of the catalog a state of the list asks for.
func productFilter(v *visit, tx *db.Tx, at listing.State, limit int) (catalog.Filter, error) {
	f := catalog.Filter{Status: catalog.Status(at.Filter("status")), Query: at.Filter("q"), Kind: at.Filter("kind"), Tag: at.Filter("tag"),
		After: at.After, Limit: limit}
	f.Sort = map[string]catalog.Sort{"title": catalog.SortTitle, "-title": catalog.SortTitleLast, "-updated": catalog.SortUpdated,
		"updated": catalog.SortUpdatedLast}[at.Sort]
	in := taxonomy.CategoryID(at.Filter("category"))
	if in == "" {
		return f, nil
	}
	tree, err := taxonomy.Load(v.ctx(), tx)
	if err != nil {
		return f, err
	}
	if f.Categories = tree.Within(in); len(f.Categories) == 0 {
		return f, taxonomy.ErrNotFound
	}
	return f, nil
}

func productPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []listed, next string, err error) {
	f, err := productFilter(v, tx, at, limit)
	if err != nil {
		return nil, "", err
	}
	page, next, err := catalog.List(v.ctx(), tx, f)
	if err != nil {
		return nil, "", err
	}
	rows, err = withStock(v.ctx(), tx, page)
	return rows, next, err
}

func productKeys(v *visit, tx *db.Tx, at listing.State, limit int) (keys []string, next string, err error) {
	f, err := productFilter(v, tx, at, limit)
	if err != nil {
		return nil, "", err
	}
	page, next, err := catalog.ListIDs(v.ctx(), tx, f)
	for _, id := range page {
		keys = append(keys, string(id))
	}
	return keys, next, err
}

// withStock adds stock and lowest prices to a page of products.
func withStock(ctx context.Context, tx *db.Tx, products []catalog.Product) ([]listed, error) {
	rows := make([]listed, len(products))
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	index, ids := map[catalog.ProductID]int{}, []catalog.VariantID{}
	for i, p := range products {
		rows[i].Product, rows[i].Tree, index[p.ID] = p, tree, i
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
