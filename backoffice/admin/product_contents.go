package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/value/measure"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// contents is the page of what is in a product's variants: how much, which
// other goods, and which file is handed over.
func (a *Admin) contents() tab {
	return tab{name: "contents", fill: (*form).fillContents, read: (*form).readContents, find: findParts,
		body: func(v *visit, p *product, f *form) templ.Component { return v.productContents(p, f) }}
}

// spareParts is how many empty rows a bundle's form has at its end.
const spareParts = 2

// openContents is how many variants stand open by themselves.
const openContents = 3

// contentName is what a variant's fields begin with.
func contentName(id catalog.VariantID) string { return "contents[" + string(id) + "]" }

func partName(id catalog.VariantID, i int) string {
	return contentName(id) + ".parts[" + strconv.Itoa(i) + "]"
}

// contentUnits are the units in which somebody says how much is in a thing, and
// how many of the kept ones are in each, the larger after the smaller.
var contentUnits = []struct {
	name string
	kept measure.Unit
	of   int64
}{
	{"g", measure.Gram, 1}, {"kg", measure.Gram, 1000}, {"ml", measure.Millilitre, 1}, {"l", measure.Millilitre, 1000},
	{"mm", measure.Millimetre, 1}, {"m", measure.Millimetre, 1000}, {"cm2", measure.SquareCentimetre, 1}, {"m2", measure.SquareCentimetre, 10_000},
	{"piece", measure.Piece, 1},
}

// contentOf is how much is in a thing as somebody would say it: {1.5, l}.
func contentOf(m measure.Measure) (amount, unit string) {
	for _, u := range contentUnits {
		if u.kept == m.Unit && m.Amount >= u.of {
			amount, unit = strconv.FormatInt(m.Amount/u.of, 10), u.name
			if rest := m.Amount % u.of; rest > 0 {
				amount += "." + strings.TrimRight(strconv.FormatInt(u.of+rest, 10)[1:], "0")
			}
		}
	}
	return amount, unit
}

func (f *form) fillContents(p *product) {
	for _, variant := range p.Variants {
		name := contentName(variant.ID)
		amount, unit := contentOf(variant.Content)
		f.set(name+".amount", strings.Replace(amount, ".", decimalPoint(f.l), 1))
		f.set(name+".unit", unit)
		for i, part := range variant.Parts {
			f.set(partName(variant.ID, i)+".sku", p.Inside[part.Variant].SKU)
			f.setNumber(partName(variant.ID, i)+".quantity", part.Quantity)
		}
		f.setNumber(name+".rows", int64(len(variant.Parts)+spareParts))
		if variant.PartsDiscountPPM > 0 {
			percent := strings.TrimRight(strings.TrimRight(money.Of(variant.PartsDiscountPPM/100, "EUR").Decimal(), "0"), ".")
			f.set(name+".parts_discount", strings.Replace(percent, ".", decimalPoint(f.l), 1))
		}
		if variant.File.Blob != "" {
			f.set(name+".file_name", variant.File.Name)
			f.setNumber(name+".downloads", variant.File.Limit)
			f.setNumber(name+".file_days", variant.File.Days)
		}
	}
}

// partRows is how many rows for parts a variant's form has.
func (f *form) partRows(id catalog.VariantID) int {
	n, err := strconv.Atoi(f.get(contentName(id) + ".rows"))
	if err != nil {
		return spareParts
	}
	return max(spareParts, min(n, catalog.MaxParts))
}

// wrongIn blames a field of a variant, which it names by its SKU.
func (f *form) wrongIn(variant catalog.Variant, field, word, text string) {
	f.label(field, variant.SKU+" – "+f.l.T("admin.contents."+word))
	f.wrong(field, text)
}

// readContents reads what is in the variants that the form showed; others, that
// came meanwhile, stay as they are.
func (f *form) readContents(p *product) {
	for i := range p.Variants {
		variant := &p.Variants[i]
		if f.values.Has(contentName(variant.ID) + ".amount") {
			f.readAmount(variant)
			f.readDiscount(variant)
			f.readFile(variant)
		}
	}
}

func (f *form) readAmount(variant *catalog.Variant) {
	name := contentName(variant.ID)
	variant.Content = measure.Measure{}
	if !f.has(name + ".amount") {
		return
	}
	for _, u := range contentUnits {
		if n, ok := scaled(f.get(name+".amount"), u.of); ok && u.name == f.get(name+".unit") {
			variant.Content = measure.Measure{Amount: n, Unit: u.kept}
		}
	}
	if m := variant.Content; m.Amount == 0 || !m.Valid() {
		variant.Content = measure.Measure{}
		f.wrongIn(*variant, name+".amount", "amount", f.l.T("admin.problem.content", "Example", "0"+decimalPoint(f.l)+"75"))
	}
}

// scaled reads a number with decimals as how many of a smaller unit it is; there
// must be no part of one left.
func scaled(text string, of int64) (n int64, ok bool) {
	whole, part, _ := strings.Cut(decimal(text), ".")
	if len(part) > 4 || len(whole) > 8 {
		return 0, false
	}
	units, err := strconv.ParseUint(whole+(part + "0000")[:4], 10, 63)
	return int64(units) * of / 10_000, err == nil && whole != "" && int64(units)*of%10_000 == 0
}

func (f *form) readDiscount(variant *catalog.Variant) {
	field := contentName(variant.ID) + ".parts_discount"
	variant.PartsDiscountPPM = 0
	if !f.has(field) {
		return
	}
	ppm, ok := scaled(strings.TrimSuffix(f.get(field), "%"), 10_000)
	if !ok || ppm > money.Million {
		f.wrongIn(*variant, field, "discount", f.l.T("admin.problem.parts_discount"))
		return
	}
	variant.PartsDiscountPPM = ppm
}

// readFile reads how often and how long a file may be downloaded. The file
// itself is sent by another form.
func (f *form) readFile(variant *catalog.Variant) {
	name := contentName(variant.ID)
	if variant.File.Blob == "" {
		return
	}
	if f.has(name + ".drop") {
		variant.File = catalog.File{}
		return
	}
	variant.File.Name = f.get(name + ".file_name")
	if variant.File.Name == "" || len(variant.File.Name) > 120 || strings.ContainsAny(variant.File.Name, "/\\\"") {
		f.wrongIn(*variant, name+".file_name", "file_name", f.l.T("admin.problem.file_name"))
	}
	for _, limit := range []struct {
		field, word string
		into        *int64
		most        int64
	}{
		{name + ".downloads", "downloads", &variant.File.Limit, catalog.MaxDownloads}, {name + ".file_days", "days", &variant.File.Days, catalog.MaxFileDays},
	} {
		n, ok := scaled("0"+f.get(limit.field), 1)
		if !ok || n > limit.most {
			f.wrongIn(*variant, limit.field, limit.word, f.l.T("admin.problem.file_limit", "Most", f.l.Number(limit.most)))
			continue
		}
		*limit.into = n
	}
}

// findParts reads the parts of bundles: each row names a variant by its SKU.
func findParts(v *visit, tx *db.Tx, f *form, p *product) error {
	var skus []string
	for _, variant := range p.Variants {
		for i := range f.partRows(variant.ID) {
			if sku := f.get(partName(variant.ID, i) + ".sku"); sku != "" {
				skus = append(skus, sku)
			}
		}
	}
	found, err := catalog.SKUs(v.ctx(), tx, skus)
	if err != nil {
		return err
	}
	for i := range p.Variants {
		if variant := &p.Variants[i]; f.values.Has(contentName(variant.ID) + ".rows") {
			f.readParts(variant, found)
		}
	}
	return p.findInside(v.ctx(), tx)
}

func (f *form) readParts(variant *catalog.Variant, found map[string]catalog.Variant) {
	variant.Parts = nil
	for i := range f.partRows(variant.ID) {
		row := partName(variant.ID, i)
		sku := f.get(row + ".sku")
		if sku == "" {
			if f.has(row + ".quantity") {
				f.wrongIn(*variant, row+".sku", "part", f.l.T("admin.problem.part_missing"))
			}
			continue
		}
		part, known := found[sku]
		twice := slices.ContainsFunc(variant.Parts, func(b catalog.Part) bool { return b.Variant == part.ID })
		var text string
		switch {
		case !known:
			text = f.l.T("admin.problem.part_unknown", "SKU", sku)
		case part.ID == variant.ID:
			text = f.l.T("admin.problem.part_itself")
		case len(part.Parts) > 0:
			text = f.l.T("admin.problem.part_bundle", "SKU", sku)
		case twice:
			text = f.l.T("admin.problem.part_twice", "SKU", sku)
		}
		if text != "" {
			f.wrongIn(*variant, row+".sku", "part", text)
			continue
		}
		n, ok := int64(1), true
		if f.has(row + ".quantity") {
			n, ok = scaled(f.get(row+".quantity"), 1)
		}
		if !ok || n < 1 || n > catalog.MaxPartQuantity {
			f.wrongIn(*variant, row+".quantity", "quantity", f.l.T("admin.problem.part_quantity", "Most", catalog.MaxPartQuantity))
			continue
		}
		variant.Parts = append(variant.Parts, catalog.Part{Variant: part.ID, Quantity: n})
	}
}

// findInside reads what the parts of a product's bundles are, cost and how many
// there are.
func (p *product) findInside(ctx context.Context, tx *db.Tx) (err error) {
	var all [][]catalog.Part
	for _, variant := range p.Variants {
		all = append(all, variant.Parts)
	}
	ids := catalog.PartIDs(all...)
	if len(ids) == 0 {
		return nil
	}
	if p.Inside, err = catalog.Sellable(ctx, tx, ids); err != nil {
		return err
	}
	if p.InsidePrices, err = pricesOf(ctx, tx, p.Markets, ids); err != nil {
		return err
	}
	p.InsideUnits, err = inventory.Available(ctx, tx, ids)
	return err
}

// bundlePrices is what a bundle costs in each market where it can be sold.
func (v *visit) bundlePrices(p *product, variant catalog.Variant) string {
	var all []string
	for _, m := range p.Markets {
		prices := map[catalog.VariantID]money.Amount{}
		if own, has := p.Prices[variant.ID][m.ID]; has {
			prices[variant.ID] = own
		}
		for _, part := range variant.Parts {
			if price, has := p.InsidePrices[part.Variant][m.ID]; has {
				prices[part.Variant] = price
			}
		}
		if price, ok := catalog.BundlePrice(variant.ID, variant.Parts, variant.PartsDiscountPPM, prices); ok {
			all = append(all, m.ID+"\u00a0"+v.Money(price))
		}
	}
	return strings.Join(all, ", ")
}
