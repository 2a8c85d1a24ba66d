package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/measure"
	"korzo/value/money"
)

// productFields are those of products, in the order of an export.
var productFields = []field[catalog.Product]{
	{column{name: "id", keep: true}, func(p *catalog.Product) any { return &p.ID }},
	{column{name: "slug", keep: true}, func(p *catalog.Product) any { return &p.Slug }},
	{column{name: "old_slugs", form: asList, keep: true}, func(p *catalog.Product) any { return oldSlugs(&p.OldSlugs) }},
	{column{name: "status", keep: true}, func(p *catalog.Product) any { return &p.Status }},
	{column{name: "kind", keep: true}, func(p *catalog.Product) any { return &p.Kind }},
	{column{name: "tax_class", keep: true}, func(p *catalog.Product) any { return &p.TaxClass }},
	{column{name: "title", keep: true}, func(p *catalog.Product) any { return &p.Title }},
	{column{name: "description"}, func(p *catalog.Product) any { return &p.Description }},
	{column{name: "tags", form: asList}, func(p *catalog.Product) any { return &p.Tags }},
	{column{name: "categories", form: asList, keep: true}, func(p *catalog.Product) any { return &p.Categories }},
	{column{name: "attributes", form: asJSON, keep: true}, func(p *catalog.Product) any { return &p.Attributes }},
	{column{name: "product_options", form: asJSON, keep: true}, func(p *catalog.Product) any { return &p.Options }},
	{column{name: "safety", form: asJSON, keep: true}, func(p *catalog.Product) any { return &p.Safety }},
	{column{name: "relations", form: asJSON, keep: true}, func(p *catalog.Product) any { return &p.Relations }},
	{column{name: "publications", form: asJSON, keep: true}, publicationsOf},
	{column{name: "images", form: asJSON}, imagesOf},
	{column{name: "translations", form: asJSON}, translationsOf},
	{column{name: "metadata", form: asMap}, func(p *catalog.Product) any { return &p.Metadata }},
	{column{name: "private_metadata", form: asMap}, func(p *catalog.Product) any { return &p.PrivateMetadata }},
	{column{name: "external_ids", form: asMap}, func(p *catalog.Product) any { return &p.ExternalIDs }},
	{column{name: "source"}, func(p *catalog.Product) any { return &p.Source }},
	{column{name: "is_test", form: asTruth, keep: true}, func(p *catalog.Product) any { return &p.IsTest }},
}

// variantFields are those of a product's variants.
var variantFields = []field[variantRecord]{
	{column{name: "variant_id", part: true, keep: true}, func(v *variantRecord) any { return &v.ID }},
	{column{name: "sku", part: true, keep: true}, func(v *variantRecord) any { return &v.SKU }},
	{column{name: "variant_title", part: true}, func(v *variantRecord) any { return &v.Title }},
	{column{name: "options", form: asMap, part: true}, func(v *variantRecord) any { return &v.Options }},
	{column{name: "barcode", part: true}, func(v *variantRecord) any { return &v.Barcode }},
	{column{name: "weight_grams", form: asNumber, part: true, keep: true}, func(v *variantRecord) any { return &v.WeightGrams }},
	{column{name: "size_mm", form: asJSON, part: true, keep: true}, func(v *variantRecord) any { return &v.Size }},
	{column{name: "content", form: asJSON, part: true, keep: true}, contentOf},
	{column{name: "bundle", form: asJSON, part: true, keep: true}, func(v *variantRecord) any { return &v.Parts }},
	{column{name: "bundle_discount_ppm", form: asNumber, part: true, keep: true}, func(v *variantRecord) any { return &v.PartsDiscountPPM }},
	{column{name: "file", form: asJSON, part: true, keep: true}, func(v *variantRecord) any { return &v.File }},
	{column{name: "unit_cost", part: true}, func(v *variantRecord) any { return &v.cost }},
	{column{name: "unit_cost_currency", part: true}, func(v *variantRecord) any { return &v.currency }},
}

// variantRecord is a variant with its cost as a file has it: an amount and its
// currency, which are one thing only when both are read.
type variantRecord struct {
	catalog.Variant
	cost, currency string
}

type imageRecord struct {
	Blob    string              `json:"blob"`
	Alt     string              `json:"alt"`
	Width   int                 `json:"width"`
	Height  int                 `json:"height"`
	Variant catalog.VariantID   `json:"variant,omitempty"`
	Sizes   []catalog.ImageSize `json:"sizes,omitempty"`
	Video   string              `json:"video,omitempty"`
	Alts    map[string]string   `json:"alts,omitempty"`
}

func imagesOf(p *catalog.Product) any {
	return &codec{func() any {
		all := []imageRecord{}
		for _, m := range p.Images {
			all = append(all, imageRecord(m))
		}
		return all
	}, func(raw []byte) error {
		var all []imageRecord
		err := strictly(raw, &all)
		p.Images = nil
		for _, m := range all {
			p.Images = append(p.Images, catalog.Image(m))
		}
		return err
	}}
}

type publicationRecord struct {
	Channel string    `json:"channel"`
	From    time.Time `json:"from,omitzero"`
	Until   time.Time `json:"until,omitzero"`
}

func publicationsOf(p *catalog.Product) any {
	return &codec{func() any {
		all := []publicationRecord{}
		for _, u := range p.Publications {
			all = append(all, publicationRecord(u))
		}
		return all
	}, func(raw []byte) error {
		var all []publicationRecord
		err := strictly(raw, &all)
		p.Publications = nil
		for _, u := range all {
			p.Publications = append(p.Publications, catalog.Publication(u))
		}
		return err
	}}
}

type measureRecord struct {
	Amount int64        `json:"amount"`
	Unit   measure.Unit `json:"unit"`
}

// contentOf is what is in a variant; {} while not known.
func contentOf(v *variantRecord) any {
	return &codec{func() any {
		if v.Content == (measure.Measure{}) {
			return struct{}{}
		}
		return measureRecord(v.Content)
	}, func(raw []byte) error {
		var m measureRecord
		err := strictly(raw, &m)
		v.Content = measure.Measure(m)
		return err
	}}
}

type translationRecord struct {
	Slug        string `json:"slug"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

func translationsOf(p *catalog.Product) any {
	return &codec{func() any {
		all := map[string]translationRecord{}
		for l, t := range p.Translations {
			all[l] = translationRecord(t)
		}
		return all
	}, func(raw []byte) error {
		all := map[string]translationRecord{}
		err := strictly(raw, &all)
		p.Translations = map[string]catalog.Translation{}
		for l, t := range all {
			p.Translations[l] = catalog.Translation(t)
		}
		return err
	}}
}

// productText is a product as a file has it.
func productText(p catalog.Product) json.RawMessage {
	variants := []json.RawMessage{}
	for _, v := range p.Variants {
		w := variantText(v)
		variants = append(variants, object(members(variantFields, &w)))
	}
	return object(append(members(productFields, &p), member{variantParts, array(variants)}))
}

func variantText(v catalog.Variant) variantRecord {
	w := variantRecord{Variant: v}
	if v.UnitCost.Currency != "" {
		w.cost, w.currency = v.UnitCost.Decimal(), string(v.UnitCost.Currency)
	}
	return w
}

func filled(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// variant is what was read.
func (v variantRecord) variant() (w catalog.Variant, err error) {
	w = v.Variant
	w.UnitCost = money.Amount{}
	if v.cost != "" {
		w.UnitCost, err = money.Parse(v.cost, money.Currency(v.currency))
	}
	return w, err
}

// product applies a product of an own file.
func (e entry) product(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	base, found, err := e.existing(ctx, tx)
	if err != nil {
		return same, err
	}
	subject := e.fields.text("slug")
	p := base
	if !found {
		p.Source = "import"
	}
	e.fields.into(places(productFields, &p), func(column, reason string) { r.say(LevelError, e.row, column, subject, reason) })
	if found {
		p.ID = base.ID
	} else {
		p.Slug = orElse(p.Slug, catalog.Slug(p.Title))
	}
	p.OldSlugs = slices.DeleteFunc(p.OldSlugs, func(s string) bool { return s == p.Slug || translated(p, s) })
	lines := e.variantsOnto(&p, base, r)
	if failed(r.rows) > 0 {
		return same, errRefused
	}
	return save(ctx, tx, r, change{base: base, found: found, to: p, rows: lines, row: e.row, columns: ownColumn})
}

// translated reports whether a slug is what the product is called in some language.
func translated(p catalog.Product, slug string) bool {
	for _, t := range p.Translations {
		if t.Slug == slug {
			return true
		}
	}
	return false
}

// oldSlugs are added to those that are there: a slug once given leads on for ever.
func oldSlugs(at *[]string) any {
	return &codec{func() any { return append([]string{}, *at...) }, func(raw []byte) error {
		var more []string
		if err := strictly(raw, &more); err != nil {
			return err
		}
		*at = append(slices.Clone(*at), more...)
		slices.Sort(*at)
		*at = slices.Compact(*at)
		return nil
	}}
}

// existing finds the product an entry is about: by its id, else a SKU, else
// its slug.
func (e entry) existing(ctx context.Context, tx *db.Tx) (catalog.Product, bool, error) {
	p, err := catalog.Find(ctx, tx, catalog.ProductID(e.fields.text("id")))
	if err == nil || !errors.Is(err, catalog.ErrNotFound) {
		return p, err == nil, err
	}
	var skus []string
	for _, v := range e.parts {
		skus = append(skus, v.fields.text("sku"))
	}
	return bySKU(ctx, tx, skus, e.fields.text("slug"))
}

// bySKU finds the product that has one of the SKUs, else an active one with the slug.
func bySKU(ctx context.Context, tx *db.Tx, skus []string, slug string) (catalog.Product, bool, error) {
	all, err := catalog.SKUs(ctx, tx, skus)
	if err != nil {
		return catalog.Product{}, false, err
	}
	for _, sku := range skus {
		if v, ok := all[sku]; ok {
			p, err := catalog.Find(ctx, tx, v.Product)
			return p, err == nil, err
		}
	}
	p, err := catalog.FindBySlug(ctx, tx, slug, "", "")
	if err == nil {
		p, err = catalog.Find(ctx, tx, p.ID)
	}
	if errors.Is(err, catalog.ErrNotFound) {
		return catalog.Product{}, false, nil
	}
	return p, err == nil, err
}

// variantsOnto puts the entry's variants first and keeps those of base that it
// does not name. It returns the rows of the former.
func (e entry) variantsOnto(p *catalog.Product, base catalog.Product, r *reporter) (rows []int64) {
	left := slices.Clone(base.Variants)
	p.Variants = nil
	for _, v := range e.parts {
		if len(v.fields) == 0 {
			continue
		}
		rec, known := variantRecord{}, catalog.VariantID("")
		if i := indexOf(left, v.fields.text("variant_id"), v.fields.text("sku")); i >= 0 {
			rec, known = variantText(left[i]), left[i].ID
			left = slices.Delete(left, i, i+1)
		}
		v.fields.into(places(variantFields, &rec), func(column, reason string) { r.say(LevelError, v.row, column, v.fields.text("sku"), reason) })
		if known != "" {
			rec.ID = known
		}
		w, err := rec.variant()
		if err != nil {
			r.say(LevelError, v.row, "unit_cost", rec.SKU, fmt.Sprintf("%q %s is no amount: write it as 12.90 with a currency such as EUR", rec.cost, rec.currency))
		}
		p.Variants, rows = append(p.Variants, w), append(rows, v.row)
	}
	p.Variants = append(p.Variants, left...)
	return rows
}

func indexOf(all []catalog.Variant, id, sku string) int {
	if i := slices.IndexFunc(all, func(v catalog.Variant) bool { return string(v.ID) == id }); i >= 0 {
		return i
	}
	return slices.IndexFunc(all, func(v catalog.Variant) bool { return v.SKU == sku })
}

// change is a product before and after.
type change struct {
	base    catalog.Product
	found   bool
	to      catalog.Product
	row     int64
	rows    []int64 // of the first variants
	columns func(field string) string
}

// save writes a product that is new or different.
func save(ctx context.Context, tx *db.Tx, r *reporter, c change) (outcome, error) {
	to := c.to
	to.Status = catalog.Status(orElse(string(to.Status), string(catalog.StatusActive)))
	to.TaxClass, to.Kind = orElse(to.TaxClass, catalog.TaxStandard), orElse(to.Kind, catalog.KindGoods)
	for _, p := range catalog.Check(catalog.Draft(to)) {
		row, field := c.place(p.Field)
		r.say(LevelError, row, c.columns(field), to.Slug, p.Text)
	}
	if failed(r.rows) > 0 {
		return same, errRefused
	}
	if !c.found {
		_, err := catalog.Create(ctx, tx, catalog.Draft(to))
		return created, c.refused(r, err)
	}
	what := same
	after := to
	after.Status = c.base.Status
	if !bytes.Equal(productText(c.base), productText(after)) {
		if _, err := catalog.Update(ctx, tx, to); err != nil {
			return same, c.refused(r, err)
		}
		what = changed
	}
	if to.Status == c.base.Status {
		return what, nil
	}
	err := catalog.Move(ctx, tx, to.ID, to.Status)
	if errors.Is(err, catalog.ErrMove) {
		r.say(LevelWarning, c.row, c.columns("status"), to.Slug, fault.TextOf(err)+": it stays as it is")
		return what, nil
	}
	return changed, err
}

// refused reports what only the database knows.
func (c change) refused(r *reporter, err error) error {
	field, sku := "", false
	switch {
	case errors.Is(err, catalog.ErrSlugTaken):
		field = "slug"
	case errors.Is(err, catalog.ErrSKUTaken):
		field, sku = "sku", true
	case errors.Is(err, catalog.ErrVariantNotFound):
		field = "variant_id"
		if slices.ContainsFunc(c.to.Variants, func(v catalog.Variant) bool { return len(v.Parts) > 0 }) {
			r.say(LevelError, c.row, c.columns("bundle"), c.to.Slug, "a part of this bundle is not here yet: import the file once more when the rest of it is")
			return errRefused
		}
	default:
		return err
	}
	text := fault.TextOf(err)
	if sku && len(c.to.Variants) > 1 {
		text = "one of the SKUs of this product belongs to another product: choose another"
	}
	r.say(LevelError, c.row, c.columns(field), c.to.Slug, text)
	return errRefused
}

var variantField = regexp.MustCompile(`^variants\[(\d+)\]\.?(.*)$`)

// place finds the row of a field that catalog.Check complains of.
func (c change) place(field string) (row int64, name string) {
	m := variantField.FindStringSubmatch(field)
	if m == nil {
		name, _, _ = strings.Cut(field, "[")
		return c.row, name
	}
	if i, err := strconv.Atoi(m[1]); err == nil && i < len(c.rows) {
		return c.rows[i], orElse(m[2], "sku")
	}
	return c.row, m[2]
}

// ownColumn is how own files call a field.
func ownColumn(field string) string {
	return field
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
