package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/money"
)

// productRecord is a product as an own file has it.
type productRecord struct {
	ID              string                       `json:"id"`
	Slug            string                       `json:"slug"`
	Status          string                       `json:"status"`
	Kind            string                       `json:"kind"`
	TaxClass        string                       `json:"tax_class"`
	Title           string                       `json:"title"`
	Description     string                       `json:"description"`
	Tags            []string                     `json:"tags"`
	Images          []imageRecord                `json:"images"`
	Translations    map[string]translationRecord `json:"translations"`
	Metadata        map[string]string            `json:"metadata"`
	PrivateMetadata map[string]string            `json:"private_metadata"`
	ExternalIDs     map[string]string            `json:"external_ids"`
	Source          string                       `json:"source"`
	IsTest          bool                         `json:"is_test"`
	Variants        []variantRecord              `json:"variants"`
}

type imageRecord struct {
	Blob    string              `json:"blob"`
	Alt     string              `json:"alt"`
	Width   int                 `json:"width"`
	Height  int                 `json:"height"`
	Variant catalog.VariantID   `json:"variant,omitempty"`
	Sizes   []catalog.ImageSize `json:"sizes,omitempty"`
}

type translationRecord struct {
	Slug        string `json:"slug"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type variantRecord struct {
	ID               string            `json:"variant_id"`
	SKU              string            `json:"sku"`
	Title            string            `json:"variant_title"`
	Options          map[string]string `json:"options"`
	Barcode          string            `json:"barcode"`
	WeightGrams      int64             `json:"weight_grams"`
	UnitCost         string            `json:"unit_cost"`
	UnitCostCurrency string            `json:"unit_cost_currency"`

	base catalog.Variant // what it was, with all that a file does not say
}

// places are where a record's fields go.
func (p *productRecord) places() map[string]any {
	return map[string]any{
		"id": &p.ID, "slug": &p.Slug, "status": &p.Status, "kind": &p.Kind, "tax_class": &p.TaxClass, "title": &p.Title,
		"description": &p.Description, "tags": &p.Tags, "images": &p.Images, "translations": &p.Translations, "metadata": &p.Metadata,
		"private_metadata": &p.PrivateMetadata, "external_ids": &p.ExternalIDs, "source": &p.Source, "is_test": &p.IsTest,
	}
}

func (v *variantRecord) places() map[string]any {
	return map[string]any{
		"variant_id": &v.ID, "sku": &v.SKU, "variant_title": &v.Title, "options": &v.Options, "barcode": &v.Barcode,
		"weight_grams": &v.WeightGrams, "unit_cost": &v.UnitCost, "unit_cost_currency": &v.UnitCostCurrency,
	}
}

func recordOf(p catalog.Product) productRecord {
	r := productRecord{ID: string(p.ID), Slug: p.Slug, Status: string(p.Status), Kind: p.Kind, TaxClass: p.TaxClass, Title: p.Title,
		Description: p.Description, Tags: append([]string{}, p.Tags...), Images: []imageRecord{}, Translations: map[string]translationRecord{},
		Metadata: filled(p.Metadata), PrivateMetadata: filled(p.PrivateMetadata), ExternalIDs: filled(p.ExternalIDs),
		Source: p.Source, IsTest: p.IsTest, Variants: []variantRecord{}}
	for _, m := range p.Images {
		r.Images = append(r.Images, imageRecord(m))
	}
	for l, t := range p.Translations {
		r.Translations[l] = translationRecord(t)
	}
	for _, v := range p.Variants {
		w := variantRecord{ID: string(v.ID), SKU: v.SKU, Title: v.Title, Options: filled(v.Options), Barcode: v.Barcode, WeightGrams: v.WeightGrams, base: v}
		if v.UnitCost.Currency != "" {
			w.UnitCost, w.UnitCostCurrency = v.UnitCost.Decimal(), string(v.UnitCost.Currency)
		}
		r.Variants = append(r.Variants, w)
	}
	return r
}

func filled(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// onto returns base with the record's texts; the variants are not touched.
func (r productRecord) onto(base catalog.Product) catalog.Product {
	p := base
	p.Slug, p.Status, p.Kind, p.TaxClass, p.Title, p.Description = r.Slug, catalog.Status(r.Status), r.Kind, r.TaxClass, r.Title, r.Description
	p.Tags, p.Metadata, p.PrivateMetadata, p.ExternalIDs = r.Tags, r.Metadata, r.PrivateMetadata, r.ExternalIDs
	p.Source, p.IsTest = r.Source, r.IsTest
	p.Images, p.Translations = nil, map[string]catalog.Translation{}
	for _, m := range r.Images {
		p.Images = append(p.Images, catalog.Image(m))
	}
	for l, t := range r.Translations {
		p.Translations[l] = catalog.Translation(t)
	}
	return p
}

// variant reads a variant record; what it holds is in the order of the file.
func (v variantRecord) variant() (catalog.Variant, error) {
	w := v.base
	w.ID, w.SKU, w.Title, w.Options, w.Barcode, w.WeightGrams = catalog.VariantID(v.ID), v.SKU, v.Title, v.Options, v.Barcode, v.WeightGrams
	w.UnitCost = money.Amount{}
	if v.UnitCost == "" {
		return w, nil
	}
	cost, err := money.Parse(v.UnitCost, money.Currency(v.UnitCostCurrency))
	w.UnitCost = cost
	return w, err
}

// product applies a product of an own file.
func (e entry) product(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	base, found, err := e.existing(ctx, tx)
	if err != nil {
		return same, err
	}
	subject := e.fields.text("slug")
	rec := recordOf(base)
	if !found {
		rec.Source = "import"
	}
	e.fields.into(rec.places(), func(column, reason string) { r.say(LevelError, e.row, column, subject, reason) })
	p := rec.onto(base)
	if !found {
		p.ID = catalog.ProductID(rec.ID)
		p.Slug = orElse(p.Slug, slugOf(p.Title))
	}
	lines := e.variantsOnto(&p, base, r)
	if failed(r.rows) > 0 {
		return same, errRefused
	}
	return save(ctx, tx, r, change{base: base, found: found, to: p, rows: lines, row: e.row, columns: ownColumn})
}

// existing finds the product an entry is about: by its id, else a SKU, else
// its slug.
func (e entry) existing(ctx context.Context, tx *db.Tx) (catalog.Product, bool, error) {
	p, err := catalog.Find(ctx, tx, catalog.ProductID(e.fields.text("id")))
	if err == nil || !errors.Is(err, catalog.ErrNotFound) {
		return p, err == nil, err
	}
	var skus []string
	for _, v := range e.variants {
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
	left := recordOf(base).Variants
	p.Variants = nil
	for _, v := range e.variants {
		if len(v.fields) == 0 {
			continue
		}
		rec, known := variantRecord{}, ""
		if i := indexOf(left, v.fields.text("variant_id"), v.fields.text("sku")); i >= 0 {
			rec, known = left[i], left[i].ID
			left = slices.Delete(left, i, i+1)
		}
		v.fields.into(rec.places(), func(column, reason string) { r.say(LevelError, v.row, column, v.fields.text("sku"), reason) })
		rec.ID = orElse(known, rec.ID)
		w, err := rec.variant()
		if err != nil {
			r.say(LevelError, v.row, "unit_cost", rec.SKU, fmt.Sprintf("%q %s is no amount: write it as 12.90 with a currency such as EUR", rec.UnitCost, rec.UnitCostCurrency))
		}
		p.Variants, rows = append(p.Variants, w), append(rows, v.row)
	}
	for _, rec := range left {
		w, _ := rec.variant() // written by recordOf
		p.Variants = append(p.Variants, w)
	}
	return rows
}

func indexOf(all []variantRecord, id, sku string) int {
	if i := slices.IndexFunc(all, func(v variantRecord) bool { return v.ID == id }); i >= 0 {
		return i
	}
	return slices.IndexFunc(all, func(v variantRecord) bool { return v.SKU == sku })
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
	before, after := recordOf(c.base), recordOf(to)
	after.Status = before.Status
	if !bytes.Equal(encode(before), encode(after)) {
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
