package transfer

import (
	"context"
	"encoding/json"
	"slices"

	"korzo/platform/db"
)

// kind is all that is particular to what a file holds.
type kind struct {
	columns []column // in the order of an export; those of parts last
	parts   string   // what an object calls its parts; "" without any
	key     []string // columns that name an entity in each of its rows
	needed  []string // columns without which nothing can be done
	apply   func(e entry, ctx context.Context, tx *db.Tx, r *reporter) (outcome, error)
	page    func(ctx context.Context, tx *db.Tx, d *Desk, after string) (records []json.RawMessage, next string, err error)
}

// kinds are the shop's own. Shopify's export is read by code of its own.
var kinds = map[Kind]kind{
	KindAttributes: {columns: columnsIn(attributeFields), needed: []string{"code"}, apply: entry.attribute, page: attributePage},
	KindCategories: {columns: columnsIn(categoryFields), apply: entry.category, page: categoryPage},
	KindPriceLists: {columns: columnsIn(listFields), needed: []string{"name"}, apply: entry.priceList, page: listPage},
	KindListPrices: {columns: columnsIn(listPriceFields), needed: []string{"price_list", "sku", "amount"}, apply: entry.listPrice, page: listPricePage},
	KindProducts: {columns: slices.Concat(columnsIn(productFields), columnsIn(variantFields)), parts: variantParts, key: []string{"id", "slug"},
		needed: []string{"sku"}, apply: entry.product, page: productPage},
	KindPolicies:  {columns: columnsIn(policyFields), needed: []string{"sku", "mode"}, apply: entry.policy, page: policyPage},
	KindSafety:    {columns: columnsIn(safetyFields), needed: []string{"channel", "units"}, apply: entry.safety, page: safetyPage},
	KindHistory:   {columns: columnsIn(historyFields), needed: []string{"price_list", "sku", "amount", "from"}, apply: entry.history, page: historyPage},
	KindGroups:    {columns: columnsIn(groupFields), needed: []string{"name"}, apply: entry.group, page: groupPage},
	KindMembers:   {columns: columnsIn(memberFields), needed: []string{"group", "customer"}, apply: entry.member, page: memberPage},
	KindStock:     {columns: columnsIn(stockFields), needed: []string{"sku", "on_hand"}, apply: entry.stock, page: stockPage},
	KindPrices:    {columns: columnsIn(priceFields), needed: []string{"sku", "amount"}, apply: entry.price, page: pricePage},
	KindCustomers: {columns: columnsIn(customerFields), apply: entry.customer, page: customerPage},
	KindOrders: {columns: slices.Concat(columnsIn(orderFields), columnsIn(lineFields)), parts: lineParts, key: []string{"id", "number"},
		needed: []string{"number", "sku", "quantity", "unit_price"}, apply: entry.order, page: orderPage},
}

// What objects call their parts.
const (
	variantParts = "variants"
	lineParts    = "lines"
)

// Kinds are what an export writes and an import reads, in the order in which a
// shop is filled.
var Kinds = []Kind{KindAttributes, KindCategories, KindProducts, KindPolicies, KindSafety, KindStock, KindPrices, KindGroups, KindPriceLists, KindListPrices, KindHistory,
	KindCustomers, KindMembers, KindOrders}

// Column is what a page or a mapping may know of a column.
type Column struct {
	Name   string `json:"name"`
	Form   string `json:"form"`             // text, number, truth, list, map or json
	Needed bool   `json:"needed,omitempty"` // without it nothing can be done
	Part   bool   `json:"part,omitempty"`   // of a variant or a line
}

// Columns are those of a kind, in the order of an export; none for Shopify's.
func Columns(k Kind) (all []Column) {
	of := kinds[k]
	for _, c := range of.columns {
		all = append(all, Column{c.name, c.form.String(), slices.Contains(of.needed, c.name), c.part})
	}
	return all
}

func (k kind) column(name string) (column, bool) {
	i := slices.IndexFunc(k.columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return column{}, false
	}
	return k.columns[i], true
}
