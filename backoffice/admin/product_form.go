package admin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/value/money"
)

// Empty rows for further variants: there is no script to add one.
const (
	spareRows = 1
	newRows   = 1 // more of them for a product that has none
)

// fieldError is a refusal about one field of a form.
type fieldError struct {
	field string
	error
}

// Unwrap keeps the refusal's code and kind.
func (e *fieldError) Unwrap() error { return e.error }

// draft is a product as a form says it should be. rows maps its variants to
// the form's rows; prices are by row and market, zero for one to be removed.
type draft struct {
	catalog.Product
	rows   []int
	prices map[int]map[string]money.Amount
	// knew are the markets that the form showed: a market opened meanwhile is left alone.
	knew map[string]bool
}

// filled is the form of a product as it is.
func (v *visit) filled(p product) *form {
	f := v.form()
	f.readOnly = !v.can("catalog.write")
	f.setNumber("version", p.Version)
	f.set("title", p.Title)
	f.set("slug", p.Slug)
	f.set("description", p.Description)
	f.set("tags", strings.Join(p.Tags, ", "))
	f.set("tax_class", p.TaxClass)
	f.set("kind", p.Kind)
	for locale, t := range p.Translations {
		name := "translations[" + locale + "]"
		f.set(name+".title", t.Title)
		f.set(name+".slug", t.Slug)
		f.set(name+".description", t.Description)
	}
	for i, variant := range p.Variants {
		row := rowName(i)
		f.set(row+".id", string(variant.ID))
		f.set(row+".sku", variant.SKU)
		f.set(row+".title", variant.Title)
		f.set(row+".barcode", variant.Barcode)
		f.setNumber(row+".weight_grams", variant.WeightGrams)
		if variant.UnitCost.Currency != "" {
			f.setAmount(row+".unit_cost", variant.UnitCost)
			f.set(row+".cost_currency", string(variant.UnitCost.Currency))
		}
		for id, price := range p.Prices[variant.ID] {
			f.setAmount(row+".price."+id, price)
		}
	}
	f.setNumber("rows", int64(len(p.Variants)))
	return f
}

func rowName(i int) string { return "variants[" + strconv.Itoa(i) + "]" }

// rows is how many rows of variants the form has, filled and spare.
func (f *form) rows() int {
	n, err := strconv.Atoi(f.get("rows"))
	if err != nil {
		return spareRows
	}
	return max(0, min(n, catalog.MaxVariants)) + spareRows
}

// locales are the languages a product's texts can be translated into: ours and
// those it has already.
func locales(p catalog.Product) []string {
	known := slices.Clone(i18n.Languages)
	for _, locale := range slices.Sorted(maps.Keys(p.Translations)) {
		if !slices.Contains(known, locale) {
			known = append(known, locale)
		}
	}
	return known
}

// product reads the form over the product as it is now. What the form does not
// show stays: pictures, options, variants that were added meanwhile.
func (f *form) product(p product) draft {
	d := draft{Product: p.Product, prices: map[int]map[string]money.Amount{}, knew: map[string]bool{}}
	d.Title, d.Slug, d.Description = f.get("title"), f.get("slug"), strings.ReplaceAll(f.get("description"), "\r\n", "\n")
	d.TaxClass, d.Kind = cmp.Or(f.get("tax_class"), catalog.TaxStandard), cmp.Or(f.get("kind"), catalog.KindGoods)
	d.Tags = nil
	for tag := range strings.SplitSeq(f.get("tags"), ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(d.Tags, tag) {
			d.Tags = append(d.Tags, tag)
		}
	}
	d.Translations = maps.Clone(p.Translations)
	for _, locale := range locales(p.Product) {
		f.translate(&d, locale)
	}
	for _, m := range p.Markets {
		d.knew[m.ID] = f.values.Has(rowName(0) + ".price." + m.ID)
	}
	f.variants(&d, p)
	return d
}

func (f *form) translate(d *draft, locale string) {
	name := "translations[" + locale + "]"
	if !f.values.Has(name + ".title") {
		return
	}
	t := catalog.Translation{Slug: f.get(name + ".slug"), Title: f.get(name + ".title"),
		Description: strings.ReplaceAll(f.get(name+".description"), "\r\n", "\n")}
	delete(d.Translations, locale)
	if t != (catalog.Translation{}) {
		if d.Translations == nil {
			d.Translations = map[string]catalog.Translation{}
		}
		d.Translations[locale] = t
	}
}

func (f *form) variants(d *draft, p product) {
	known := map[catalog.VariantID]catalog.Variant{}
	for _, variant := range p.Variants {
		known[variant.ID] = variant
	}
	d.Variants, d.rows = nil, nil
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
		variant.SKU, variant.Title, variant.Barcode = f.get(row+".sku"), f.get(row+".title"), f.get(row+".barcode")
		variant.WeightGrams = f.whole(row + ".weight_grams")
		variant.UnitCost, _ = f.amount(row+".unit_cost", money.Currency(cmp.Or(f.get(row+".cost_currency"), base(p.Markets))))
		d.Variants, d.rows = append(d.Variants, variant), append(d.rows, i)
		d.prices[i] = map[string]money.Amount{}
		for _, m := range p.Markets {
			if price, given := f.amount(row+".price."+m.ID, m.Currency); given {
				d.prices[i][m.ID] = price
			}
		}
	}
	for _, variant := range p.Variants { // added since the form was read
		if _, left := known[variant.ID]; left {
			d.Variants, d.rows = append(d.Variants, variant), append(d.rows, -1)
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

// check finds what can be seen to be wrong, and names the form's fields.
func (f *form) check(p catalog.Product, rows []int) {
	d := catalog.Draft(p)
	d.Status = cmp.Or(d.Status, catalog.StatusActive)
	for _, found := range catalog.Check(d) {
		field := found.Field
		var i int
		if n, _ := fmt.Sscanf(field, "variants[%d]", &i); n == 1 && i < len(rows) && rows[i] >= 0 {
			_, rest, _ := strings.Cut(field, "]")
			field = rowName(rows[i]) + rest
		}
		if strings.HasPrefix(field, "tags[") {
			field = "tags"
		}
		if f.error(field) != "" {
			continue
		}
		text := found.Text
		if key := "admin.problem." + plain(field); f.l.Has(key) {
			text = f.l.T(key)
		}
		f.wrong(field, text)
	}
}

// setPrices makes the typed prices those of the saved variants, and tells what
// it changed in pairs for the audit.
func (d draft) setPrices(ctx context.Context, tx *db.Tx, saved []catalog.Variant, markets []market.Market) (told []string, err error) {
	for at, row := range d.rows {
		if row < 0 {
			continue
		}
		now, err := pricing.InMarkets(ctx, tx, saved[at].ID)
		if err != nil {
			return nil, err
		}
		for _, m := range markets {
			was, priced := now[m.ID]
			price, typed := d.prices[row][m.ID]
			switch {
			case typed && (!priced || was != price):
				err = pricing.Set(ctx, tx, m.ID, saved[at].ID, price)
				told = append(told, "price "+m.ID+" "+string(saved[at].ID), price.String())
			case !typed && priced && d.knew[m.ID]:
				err = pricing.Remove(ctx, tx, m.ID, saved[at].ID)
				told = append(told, "price "+m.ID+" "+string(saved[at].ID), "removed")
			}
			if err != nil {
				return nil, &fieldError{rowName(row) + ".price." + m.ID, err}
			}
		}
	}
	return told, nil
}

// changed names what differs between two products, for the audit.
func changed(a, b catalog.Product) string {
	var names []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title}, {"slug", a.Slug == b.Slug}, {"description", a.Description == b.Description},
		{"tax_class", a.TaxClass == b.TaxClass}, {"kind", a.Kind == b.Kind}, {"tags", slices.Equal(a.Tags, b.Tags)},
		{"translations", maps.Equal(a.Translations, b.Translations)}, {"variants", slices.EqualFunc(a.Variants, b.Variants, sameVariant)},
	} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ",")
}

func sameVariant(a, b catalog.Variant) bool {
	return a.ID == b.ID && a.SKU == b.SKU && a.Title == b.Title && a.Barcode == b.Barcode &&
		a.WeightGrams == b.WeightGrams && a.UnitCost == b.UnitCost
}

// difference is what somebody else's version says where ours says other.
type difference struct{ Label, Theirs string }

func differences(v *visit, theirs product, ours draft) []difference {
	var all []difference
	add := func(field, a, b string) {
		if a != b {
			all = append(all, difference{v.T("admin.field." + field), cmp.Or(a, v.T("admin.empty"))})
		}
	}
	add("title", theirs.Title, ours.Title)
	add("slug", theirs.Slug, ours.Slug)
	add("description", theirs.Description, ours.Description)
	add("tags", strings.Join(theirs.Tags, ", "), strings.Join(ours.Tags, ", "))
	add("tax_class", theirs.TaxClass, ours.TaxClass)
	add("kind", theirs.Kind, ours.Kind)
	add("variants", skus(theirs.Variants), skus(ours.Variants))
	return all
}

func skus(variants []catalog.Variant) string {
	texts := make([]string, len(variants))
	for i, variant := range variants {
		texts[i] = variant.SKU
		if variant.Title != "" {
			texts[i] += " " + variant.Title
		}
	}
	return strings.Join(texts, ", ")
}
