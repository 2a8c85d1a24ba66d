package admin

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// optionRows is how many options the form has: a product's and an empty one.
const optionRows = 4

// typedGrid is what the grid was sent. rows maps the product's variants to the
// form's rows, -1 for one that the form did not show; prices are by row and
// market, those that were left empty missing; stock is by row.
type typedGrid struct {
	rows   []int
	prices map[int]map[string]money.Amount
	stock  map[int]int64
	// knew are the markets that the form showed: a market opened meanwhile is left alone.
	knew map[string]bool
}

// grid is the page of all variants of a product in one table.
func (a *Admin) grid() tab {
	return tab{name: "variants", fill: (*form).fillGrid, read: (*form).readGrid, press: pressGrid, after: writeGrid,
		body: func(v *visit, p *product, f *form) templ.Component { return v.productGrid(p, f) }}
}

func (f *form) fillGrid(p *product) {
	f.set("at", p.Place)
	for i, o := range p.Options {
		f.set(optionName(i)+".name", o.Name)
		f.set(optionName(i)+".values", strings.Join(valuesOf(o), ", "))
	}
	for i, variant := range p.Variants {
		f.fillRow(p, rowName(i), variant)
	}
	f.setNumber("rows", int64(len(p.Variants)))
}

func (f *form) fillRow(p *product, row string, variant catalog.Variant) {
	f.set(row+".id", string(variant.ID))
	f.set(row+".sku", variant.SKU)
	f.set(row+".title", variant.Title)
	f.set(row+".barcode", variant.Barcode)
	f.setNumber(row+".weight_grams", variant.WeightGrams)
	if variant.Size != (catalog.Size{}) {
		f.set(row+".size_mm", fmt.Sprintf("%d × %d × %d", variant.Size.Length, variant.Size.Width, variant.Size.Height))
	}
	for i, o := range p.Options {
		f.set(row+"."+optionName(i), variant.Options[o.Name])
	}
	if variant.UnitCost.Currency != "" {
		f.setAmount(row+".unit_cost", variant.UnitCost)
		f.set(row+".cost_currency", string(variant.UnitCost.Currency))
	}
	for id, price := range p.Prices[variant.ID] {
		f.setAmount(row+".price."+id, price)
	}
	if p.Place != "" {
		f.setNumber(row+".on_hand", p.Levels[variant.ID].OnHand)
		f.setNumber(row+".was", p.Levels[variant.ID].OnHand)
	}
}

func rowName(i int) string    { return "variants[" + strconv.Itoa(i) + "]" }
func optionName(i int) string { return "options[" + strconv.Itoa(i) + "]" }

func valuesOf(o catalog.Option) []string {
	all := make([]string, len(o.Values))
	for i, value := range o.Values {
		all[i] = value.Value
	}
	return all
}

// rows is how many rows of variants the form has, an empty one at the end.
func (f *form) rows() int {
	n, err := strconv.Atoi(f.get("rows"))
	if err != nil {
		return 1
	}
	return max(0, min(n, catalog.MaxVariants)) + 1
}

// readOptions reads what variants differ in. Titles of options and values that
// stay are kept.
func (f *form) readOptions(p *product) {
	had := p.Options
	p.Options = nil
	for i := range optionRows {
		name, values := f.get(optionName(i)+".name"), words(f.get(optionName(i)+".values"))
		if name == "" && len(values) == 0 {
			continue
		}
		o := catalog.Option{Name: name}
		if i < len(had) { // a row is an option, also when it is called otherwise now
			o.Titles = had[i].Titles
		}
		for _, value := range values {
			o.Values = append(o.Values, catalog.OptionValue{Value: value, Titles: titlesOf(had, name, value)})
		}
		p.Options = append(p.Options, o)
	}
}

func titlesOf(options []catalog.Option, option, value string) map[string]string {
	for _, o := range options {
		for _, known := range o.Values {
			if o.Name == option && known.Value == value {
				return known.Titles
			}
		}
	}
	return nil
}

// readGrid reads all rows over the variants that there are. What a row does not
// show of a variant stays, and so do variants that were added meanwhile.
func (f *form) readGrid(p *product) {
	f.readOptions(p)
	p.typed = typedGrid{prices: map[int]map[string]money.Amount{}, stock: map[int]int64{}, knew: map[string]bool{}}
	for _, m := range p.Markets {
		p.typed.knew[m.ID] = f.values.Has(rowName(0) + ".price." + m.ID)
	}
	known := map[catalog.VariantID]catalog.Variant{}
	had := p.Variants
	for _, variant := range had {
		known[variant.ID] = variant
	}
	p.Variants = nil
	for i := range f.rows() {
		row := rowName(i)
		id := catalog.VariantID(f.get(row + ".id"))
		variant, was := known[id]
		delete(known, id)
		if f.has(row+".retire") || id == "" && !f.has(row+".sku") {
			continue
		}
		if id != "" && !was {
			variant.ID = id // somebody else's or retired meanwhile: the catalog refuses it
		}
		f.readRow(p, i, &variant)
		p.Variants, p.typed.rows = append(p.Variants, variant), append(p.typed.rows, i)
	}
	for _, variant := range had {
		if _, left := known[variant.ID]; left {
			p.Variants, p.typed.rows = append(p.Variants, variant), append(p.typed.rows, -1)
		}
	}
}

func (f *form) readRow(p *product, i int, variant *catalog.Variant) {
	row := rowName(i)
	variant.SKU, variant.Title, variant.Barcode = f.get(row+".sku"), f.get(row+".title"), f.get(row+".barcode")
	variant.WeightGrams, variant.Size = f.whole(row+".weight_grams"), f.box(row+".size_mm")
	variant.UnitCost, _ = f.amount(row+".unit_cost", money.Currency(cmp.Or(f.get(row+".cost_currency"), base(p.Markets))))
	options := map[string]string{}
	for k, o := range p.Options {
		if value := f.get(row + "." + optionName(k)); value != "" {
			options[o.Name] = value
		}
	}
	if variant.Options = options; len(options) == 0 {
		variant.Options = nil
	}
	p.typed.prices[i] = map[string]money.Amount{}
	for _, m := range p.Markets {
		if price, given := f.amount(row+".price."+m.ID, m.Currency); given {
			p.typed.prices[i][m.ID] = price
		}
	}
	if f.has(row + ".on_hand") {
		if units := f.whole(row + ".on_hand"); units != f.whole(row+".was") {
			p.typed.stock[i] = units - f.whole(row+".was")
		}
	}
}

// base is the currency that costs are in unless someone says another.
func base(markets []market.Market) string {
	if len(markets) == 0 {
		return "EUR"
	}
	return string(markets[0].Currency)
}

// writeGrid makes the typed prices and units those of the saved variants, and
// tells what it changed.
func writeGrid(v *visit, tx *db.Tx, f *form, p, saved *product) (told []string, err error) {
	var moved []inventory.Adjustment
	for at, row := range p.typed.rows {
		if row < 0 {
			continue
		}
		id := saved.Variants[at].ID
		some, err := p.typed.setPrices(v, tx, row, id, p.Markets)
		if err != nil {
			return nil, err
		}
		told = append(told, some...)
		if delta := p.typed.stock[row]; delta != 0 {
			moved = append(moved, inventory.Adjustment{Variant: id, Location: f.get("at"), Delta: delta, Reason: v.T("admin.grid.reason"), Actor: v.staff.Subject})
			told = append(told, "stock "+string(id), v.signed(delta))
		}
	}
	if len(moved) > 0 && !v.can("stock.write") {
		return nil, v.staff.Can("stock.write")
	}
	for some := range slices.Chunk(moved, 100) {
		if _, err := inventory.AdjustAll(v.ctx(), tx, some); err != nil {
			return nil, err
		}
	}
	return told, nil
}

func (t typedGrid) setPrices(v *visit, tx *db.Tx, row int, id catalog.VariantID, markets []market.Market) (told []string, err error) {
	now, err := pricing.InMarkets(v.ctx(), tx, id)
	if err != nil {
		return nil, err
	}
	for _, m := range markets {
		was, priced := now[m.ID]
		price, typed := t.prices[row][m.ID]
		switch {
		case typed && (!priced || was != price):
			err = pricing.Set(v.ctx(), tx, m.ID, id, price)
			told = append(told, "price "+m.ID+" "+string(id), price.String())
		case !typed && priced && t.knew[m.ID]:
			err = pricing.Remove(v.ctx(), tx, m.ID, id)
			told = append(told, "price "+m.ID+" "+string(id), "removed")
		}
		if err != nil {
			return nil, &fieldError{fmt.Sprintf("%s.price.%s", rowName(row), m.ID), err}
		}
	}
	return told, nil
}

// box reads three sides in millimetres, as 300 × 200 × 100; left empty it is not
// known.
func (f *form) box(name string) (s catalog.Size) {
	if !f.has(name) {
		return s
	}
	sides := strings.FieldsFunc(f.get(name), func(r rune) bool { return strings.ContainsRune(" x×X*,;", r) })
	at := []*int64{&s.Length, &s.Width, &s.Height}
	for i, text := range sides {
		if n, err := strconv.ParseInt(text, 10, 32); err == nil && n > 0 && i < len(at) {
			*at[i] = n
		}
	}
	if len(sides) != len(at) || s.Height == 0 || s.Width == 0 || s.Length == 0 {
		f.blame(name, "admin.problem.box")
		return catalog.Size{}
	}
	return s
}
