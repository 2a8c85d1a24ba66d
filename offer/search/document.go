package search

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/search/language"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/value/money"
)

// shop is what is the same for all documents.
type shop struct {
	markets []market.Market
	locales []string // of the markets, each once
	base    string   // language of untranslated texts
	tree    *taxonomy.Tree
}

func readShop(ctx context.Context, tx *db.Tx, base string) (shop, error) {
	markets, err := market.All(ctx, tx)
	if err != nil {
		return shop{}, err
	}
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return shop{}, err
	}
	s := shop{markets: markets, base: base, tree: tree}
	for _, m := range markets {
		if m.Locale != "" && !slices.Contains(s.locales, m.Locale) {
			s.locales = append(s.locales, m.Locale)
		}
	}
	return s, nil
}

// made names how documentOf makes documents. Change it with what it writes, so
// that every node fills its index afresh.
const made = "2"

// stamp tells documents of this shop from those of one in other languages.
func (s shop) stamp() string {
	languages := []string{s.base}
	for _, l := range s.locales {
		languages = append(languages, language.Of(l))
	}
	slices.Sort(languages)
	return made + " " + strings.Join(slices.Compact(languages), " ")
}

// onOffer reports whether shoppers may find a product.
func onOffer(p catalog.Product) bool { return p.Status == catalog.StatusActive }

// documents makes documents of products, in one statement a market and one for
// the stock. The products hold their texts in every locale in Translations.
func (s shop) documents(ctx context.Context, tx *db.Tx, products []catalog.Product) ([]Document, error) {
	variants := variantsOf(products)
	available, err := inventory.Available(ctx, tx, variants)
	if err != nil {
		return nil, fmt.Errorf("stock of %d variants: %w", len(variants), err)
	}
	prices := map[string]map[catalog.VariantID]money.Amount{}
	for _, m := range s.markets {
		if prices[m.ID], err = pricing.Prices(ctx, tx, m.ID, variants); err != nil {
			return nil, err
		}
	}
	all := make([]Document, len(products))
	for i, p := range products {
		all[i] = s.documentOf(p)
		all[i].Prices = lowest(p, prices)
		for _, v := range p.Variants {
			left := available[v.ID]
			if len(v.Parts) > 0 {
				left = catalog.BundleAvailable(v.Parts, available)
			}
			all[i].Variants = append(all[i].Variants, Stocked{v.ID, left > 0, v.Parts})
		}
	}
	return all, nil
}

// variantsOf returns the variants of products and those that are in their bundles.
func variantsOf(products []catalog.Product) (ids []catalog.VariantID) {
	for _, p := range products {
		for _, v := range p.Variants {
			ids = append(ids, v.ID)
			ids = append(ids, catalog.PartIDs(v.Parts)...)
		}
	}
	return ids
}

// lowest returns the lowest price of a product in each market it is sold in.
func lowest(p catalog.Product, prices map[string]map[catalog.VariantID]money.Amount) map[string]money.Amount {
	all := map[string]money.Amount{}
	for id, list := range prices {
		for _, v := range p.Variants {
			price, sold := catalog.BundlePrice(v.ID, v.Parts, v.PartsDiscountPPM, list)
			if had, ok := all[id]; sold && (!ok || price.Minor < had.Minor) {
				all[id] = price
			}
		}
	}
	return all
}

// documentOf is the one place that knows what of a product is found and
// filtered by: its categories with all they stand in, those of its attributes
// that shoppers filter by, its options, and its tags, where "colour:red" is a
// filter too.
func (s shop) documentOf(p catalog.Product) Document {
	d := Document{ID: p.ID, CreatedAt: p.CreatedAt, Untracked: p.Kind != catalog.KindGoods, Attributes: map[string][]string{}, Texts: map[string]Text{},
		Tags: p.Tags, Publications: p.Publications}
	for _, id := range p.Categories {
		for _, above := range s.tree.Path(id) {
			if !slices.Contains(d.Categories, string(above)) {
				d.Categories = append(d.Categories, string(above))
			}
		}
	}
	attributes := s.tree.Of(p.Categories...)
	for _, a := range attributes {
		if values := p.Attributes[a.Code]; a.Facet && len(values) > 0 {
			d.Attributes[a.Code] = slices.Clone(values)
		}
	}
	var terms []string
	for _, tag := range p.Tags {
		terms = append(terms, tag)
		if name, value, ok := strings.Cut(tag, ":"); ok && name != "" && value != "" {
			d.Attributes[name] = append(d.Attributes[name], value)
		}
	}
	for _, v := range p.Variants {
		d.Keys = append(d.Keys, v.SKU)
		if v.Barcode != "" {
			d.Keys = append(d.Keys, v.Barcode)
		}
		terms = append(terms, v.Title)
		for name, value := range v.Options {
			terms = append(terms, value)
			if facet := attribute(name); !slices.Contains(d.Attributes[facet], value) {
				d.Attributes[facet] = append(d.Attributes[facet], value)
			}
		}
	}
	d.Titles = titlesOf(p)
	s.write(d.Texts, p, func(locale string) []string {
		all := append(slices.Clone(terms), s.said(p, d.Categories, attributes, locale)...)
		slices.Sort(all)
		return slices.Compact(all)
	})
	return d
}

// titlesOf is what the values of a product's options are called.
func titlesOf(p catalog.Product) map[FacetValue]map[string]string {
	all := map[FacetValue]map[string]string{}
	for _, o := range p.Options {
		for _, v := range o.Values {
			if len(v.Titles) > 0 {
				all[FacetValue{attribute(o.Name), v.Value}] = v.Titles
			}
		}
	}
	return all
}

// said is what a product's categories, attributes and options are called in a
// locale: words that it is found by. "" is the base language.
func (s shop) said(p catalog.Product, categories []string, attributes []taxonomy.Attribute, locale string) (all []string) {
	for _, id := range categories {
		if c, ok := s.tree.Find(taxonomy.CategoryID(id)); ok {
			all = append(all, c.In(locale).Title)
		}
	}
	for _, a := range attributes {
		for _, value := range p.Attributes[a.Code] {
			if !a.Private && (a.Type == taxonomy.TypeOption || a.Type == taxonomy.TypeText) {
				all = append(all, a.Show(value, locale))
			}
		}
	}
	for _, o := range p.Options {
		for _, v := range o.Values {
			all = append(all, v.In(locale))
		}
	}
	return all
}

// attribute is the name of a facet that an option belongs to: "Colour" and
// "colour" are one.
func attribute(option string) string {
	return strings.Join(strings.Fields(language.Fold(option)), "_")
}

// write fills in a product's texts in every language the shop speaks, as a
// shopper sees them: what is not translated is in the base language.
func (s shop) write(texts map[string]Text, p catalog.Product, terms func(locale string) []string) {
	texts[s.base] = Text{Title: p.Title, Terms: terms(""), Body: p.Description}
	for _, locale := range s.locales {
		lang := language.Of(locale)
		t := Text{Title: p.Title, Terms: terms(locale), Body: p.Description}
		for _, key := range []string{lang, locale} {
			own := p.Translations[key]
			if own.Title != "" {
				t.Title = own.Title
			}
			if own.Description != "" {
				t.Body = own.Description
			}
		}
		if other, twice := texts[lang]; twice && other.Title != t.Title { // de-AT beside de-DE
			t.Terms = append(slices.Clone(other.Terms), other.Title)
		}
		texts[lang] = t
	}
}

// checksum tells whether an index has to be told of a document again.
func (d Document) checksum() uint64 {
	h := fnv.New64a()
	say := func(s string) { h.Write([]byte(s)); h.Write([]byte{0}) }
	for _, lang := range slices.Sorted(maps.Keys(d.Texts)) {
		t := d.Texts[lang]
		say(lang)
		say(t.Title)
		say(t.Body)
		for _, s := range t.Terms {
			say(s)
		}
	}
	for _, k := range d.Keys {
		say(k)
	}
	return h.Sum64() | 1
}
