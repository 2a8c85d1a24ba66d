package placement

import (
	"context"
	"slices"
	"strconv"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/rule"
	"korzo/value/money"
)

// own are the facts that every product has.
var own = []rule.Fact{
	{Name: "product.title", Type: "string", Doc: "its title in the base language", Example: `product.title.contains("Mug")`},
	{Name: "product.kind", Type: "string", Doc: "goods, digital, service or another kind", Example: `product.kind == "digital"`},
	{Name: "product.status", Type: "string", Doc: "draft or active", Example: `product.status == "active"`},
	{Name: "product.tags", Type: "list<string>", Doc: "its tags", Example: `"linen" in product.tags`},
	{Name: "product.categories", Type: "list<string>", Doc: "slugs of the categories it was put into by hand, and of all they stand under", Example: `"kitchen" in product.categories`},
	{Name: "product.options", Type: "list<string>", Doc: "what its variants differ in, each as name=value", Example: `"Colour=Red" in product.options`},
	{Name: "product.metadata", Type: "list<string>", Doc: "its metadata, each as name=value", Example: `"vendor=ACME" in product.metadata`},
	{Name: "product.source", Type: "string", Doc: "what made it: import, or empty for staff", Example: `product.source == "import"`},
	{Name: "product.variants", Type: "int", Doc: "how many variants it has", Example: `product.variants > 1`},
	{Name: "product.bundle", Type: "bool", Doc: "whether it is made of other products", Example: `product.bundle`},
	{Name: "product.weight_grams", Type: "int", Doc: "weight of its heaviest variant; 0 while not known", Example: `product.weight_grams > 5000`},
	{Name: "product.age_days", Type: "int", Doc: "whole days since it was created", Example: `product.age_days < 30`},
}

// types are those of attributes, as rules have them.
var types = map[taxonomy.Type]string{taxonomy.TypeText: "string", taxonomy.TypeOption: "string", taxonomy.TypeNumber: "double", taxonomy.TypeBool: "bool", taxonomy.TypeDate: "timestamp"}

func facts(tree *taxonomy.Tree, markets []market.Market) []rule.Fact {
	all := slices.Clone(own)
	known := map[string]bool{}
	add := func(f rule.Fact) {
		if !known[f.Name] {
			known[f.Name] = true
			all = append(all, f)
		}
	}
	for _, a := range tree.Attributes() {
		name := named(a.Code)
		if name == "" {
			continue
		}
		f := rule.Fact{Name: "attribute." + name, Type: types[a.Type], Doc: "the attribute " + a.In("")}
		if a.Unit != "" {
			f.Doc += ", in " + a.Unit
		}
		if a.Several {
			f.Type = "list<string>"
		}
		add(f)
	}
	for _, m := range markets {
		if name := named(m.ID); name != "" {
			add(rule.Fact{Name: "price." + name, Type: "int", Doc: "its lowest price in " + m.Name + ", in the smallest units of " + string(m.Currency) + "; 0 while it is not sold there",
				Example: "price." + name + " > 0 && price." + name + " < 2000"})
		}
	}
	return all
}

// look reads what rules may ask of products that the products do not say
// themselves, in one statement a market, and returns what tells it of one.
func (r *rules) look(ctx context.Context, tx *db.Tx, products []catalog.Product) (func(catalog.Product) map[string]any, error) {
	var variants []catalog.VariantID
	for _, p := range products {
		for _, v := range p.Variants {
			variants = append(append(variants, v.ID), catalog.PartIDs(v.Parts)...)
		}
	}
	prices := map[string]map[catalog.VariantID]money.Amount{}
	for _, m := range r.markets {
		var err error
		if prices[m.ID], err = pricing.Prices(ctx, tx, m.ID, variants); err != nil {
			return nil, err
		}
	}
	return func(p catalog.Product) map[string]any { return r.factsOf(p, prices, tx.Now) }, nil
}

func (r *rules) factsOf(p catalog.Product, prices map[string]map[catalog.VariantID]money.Amount, now time.Time) map[string]any {
	all := map[string]any{
		"product.title": p.Title, "product.kind": p.Kind, "product.status": string(p.Status), "product.tags": p.Tags,
		"product.categories": r.byHand(p.Categories), "product.metadata": lists(p.Metadata, "="), "product.source": p.Source,
		"product.variants": int64(len(p.Variants)), "product.age_days": int64(now.Sub(p.CreatedAt) / (24 * time.Hour)),
	}
	var options []string
	var weight int64
	for _, v := range p.Variants {
		options = append(options, lists(v.Options, "=")...)
		weight = max(weight, v.WeightGrams)
		if len(v.Parts) > 0 {
			all["product.bundle"] = true
		}
	}
	slices.Sort(options)
	all["product.options"], all["product.weight_grams"] = slices.Compact(options), weight
	for _, a := range r.tree.Attributes() {
		if values := p.Attributes[a.Code]; len(values) > 0 {
			if v, ok := valueOf(a, values); ok {
				all["attribute."+named(a.Code)] = v
			}
		}
	}
	for market, list := range prices {
		if lowest, sold := lowestOf(p, list); sold {
			all["price."+named(market)] = lowest
		}
	}
	return all
}

// byHand are the slugs of those categories that no rule fills, with all they
// stand under.
func (r *rules) byHand(categories []taxonomy.CategoryID) (slugs []string) {
	for _, id := range categories {
		if c, ok := r.tree.Find(id); !ok || c.Rule != "" {
			continue
		}
		for _, at := range r.tree.Path(id) {
			if c, ok := r.tree.Find(at); ok && !slices.Contains(slugs, c.Slug) {
				slugs = append(slugs, c.Slug)
			}
		}
	}
	slices.Sort(slugs)
	return slugs
}

// valueOf is an attribute's value as its fact has it.
func valueOf(a taxonomy.Attribute, values []string) (any, bool) {
	if a.Several {
		return values, true
	}
	switch a.Type {
	case taxonomy.TypeNumber:
		n, err := strconv.ParseFloat(values[0], 64)
		return n, err == nil
	case taxonomy.TypeBool:
		return values[0] == "true", true
	case taxonomy.TypeDate:
		at, err := time.Parse(time.DateOnly, values[0])
		return at, err == nil
	}
	return values[0], true
}

func lowestOf(p catalog.Product, prices map[catalog.VariantID]money.Amount) (lowest int64, sold bool) {
	for _, v := range p.Variants {
		if price, ok := catalog.BundlePrice(v.ID, v.Parts, v.PartsDiscountPPM, prices); ok && (!sold || price.Minor < lowest) {
			lowest, sold = price.Minor, true
		}
	}
	return lowest, sold
}
