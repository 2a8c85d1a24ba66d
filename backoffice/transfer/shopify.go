package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/money"
)

// The columns of Shopify's product export that are read.
const (
	shopifyHandle    = "Handle"
	shopifyTitle     = "Title"
	shopifyBody      = "Body (HTML)"
	shopifyVendor    = "Vendor"
	shopifyType      = "Type"
	shopifyTags      = "Tags"
	shopifyPublished = "Published"
	shopifyStatus    = "Status"
	shopifySKU       = "Variant SKU"
	shopifyGrams     = "Variant Grams"
	shopifyTracker   = "Variant Inventory Tracker"
	shopifyQuantity  = "Variant Inventory Qty"
	shopifyPrice     = "Variant Price"
	shopifyShipped   = "Variant Requires Shipping"
	shopifyBarcode   = "Variant Barcode"
	shopifyCost      = "Cost per item"
	shopifyImage     = "Image Src"
	shopifyPosition  = "Image Position"
	shopifyAlt       = "Image Alt Text"
	shopifyGiftCard  = "Gift Card"
	shopifyChannel   = "shopify" // in links and external ids
)

// shopifyNotes are columns whose text is kept with the product.
var shopifyNotes = map[string]string{
	"vendor": shopifyVendor, "product_type": shopifyType, "seo_title": "SEO Title", "seo_description": "SEO Description",
	"google_product_category": "Google Shopping / Google Product Category",
}

// shopifyColumn is how Shopify calls a field.
func shopifyColumn(field string) string {
	switch field {
	case "slug":
		return shopifyHandle
	case "title":
		return shopifyTitle
	case "description":
		return shopifyBody
	case "tags":
		return shopifyTags
	case "status":
		return shopifyStatus
	case "sku":
		return shopifySKU
	case "options", "variants":
		return "Option1 Value"
	case "barcode":
		return shopifyBarcode
	case "weight_grams":
		return shopifyGrams
	case "unit_cost":
		return shopifyCost
	}
	return field
}

// shopify reads Shopify's product export: rows of one handle are a product.
type shopify struct {
	*table
	run Run
}

// goods is a product of Shopify as its rows say.
type goods struct {
	row      int64
	handle   string
	whole    bool // the first row has a title, so it describes the product
	product  catalog.Product
	options  []string // names
	variants []goodsVariant
	images   []picture
	reports  []Row
}

type goodsVariant struct {
	row     int64
	v       catalog.Variant
	cost    string
	price   string
	units   int64
	counted bool // Shopify counts its stock
}

func (s *shopify) next() (item, error) {
	rows, err := s.group(func(r *record) string { return s.get(r, shopifyHandle) })
	if err != nil {
		return item{}, err
	}
	g := goods{row: rows[0].n, handle: s.get(rows[0], shopifyHandle)}
	g.reports = problems(rows, g.handle)
	it := item{row: g.row, rows: rows[len(rows)-1].n - g.row + 1, end: s.end()}
	if failed(g.reports) == 0 {
		s.read(&g, rows)
	}
	it.reports, it.apply = g.reports, g.apply
	return it, nil
}

func (g *goods) say(level string, row int64, column, reason string) {
	g.reports = append(g.reports, Row{Level: level, Row: row, Column: column, Subject: g.handle, Reason: reason})
}

// read reads a product's rows.
func (s *shopify) read(g *goods, rows []*record) {
	if g.handle == "" {
		g.say(LevelError, g.row, shopifyHandle, "names no product: write its handle, which rows of one product share")
		return
	}
	s.readProduct(g, rows[0])
	for _, r := range rows {
		s.readImage(g, r)
		if r == rows[0] || s.get(r, "Option1 Value")+s.get(r, shopifySKU)+s.get(r, shopifyPrice) != "" {
			s.readVariant(g, r)
		}
	}
}

func (s *shopify) readProduct(g *goods, r *record) {
	p := &g.product
	p.Slug, p.Title = catalog.Slug(g.handle), strings.TrimSpace(s.get(r, shopifyTitle))
	g.whole = p.Title != ""
	p.Description = textOf(s.get(r, shopifyBody))
	for tag := range strings.SplitSeq(s.get(r, shopifyTags), ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(p.Tags, tag) {
			p.Tags = append(p.Tags, tag)
		}
	}
	p.Metadata = map[string]string{}
	for name, column := range shopifyNotes {
		if v := strings.TrimSpace(s.get(r, column)); v != "" {
			p.Metadata[name] = cut(v, 500)
		}
	}
	p.Status = catalog.StatusActive
	switch status := fold(s.get(r, shopifyStatus)); {
	case status == "draft" || status == "archived":
		p.Status = catalog.Status(status)
	case status != "" && status != "active":
		g.say(LevelWarning, g.row, shopifyStatus, fmt.Sprintf("%.40q is no status: it is taken for draft; use active, draft or archived", status))
		p.Status = catalog.StatusDraft
	case fold(s.get(r, shopifyPublished)) == "false":
		p.Status = catalog.StatusDraft
	}
	p.Kind = catalog.KindGoods
	if fold(s.get(r, shopifyGiftCard)) == "true" {
		p.Kind = catalog.KindGiftCard
	} else if fold(s.get(r, shopifyShipped)) == "false" {
		p.Kind = catalog.KindDigital
	}
	for i := 1; i <= 3; i++ {
		g.options = append(g.options, strings.TrimSpace(s.get(r, fmt.Sprintf("Option%d Name", i))))
	}
	if p.Slug != g.handle {
		g.say(LevelNote, g.row, shopifyHandle, fmt.Sprintf("an address has a–z, 0–9 and hyphens only: the product is at %q", p.Slug))
	}
}

func (s *shopify) readVariant(g *goods, r *record) {
	v := goodsVariant{row: r.n, price: strings.TrimSpace(s.get(r, shopifyPrice)), cost: strings.TrimSpace(s.get(r, shopifyCost)), counted: s.get(r, shopifyTracker) != ""}
	v.v = catalog.Variant{SKU: strings.TrimSpace(s.get(r, shopifySKU)), Barcode: unguarded(strings.TrimSpace(s.get(r, shopifyBarcode))), Options: map[string]string{}}
	var titles []string
	for i, name := range g.options {
		value := strings.TrimSpace(s.get(r, fmt.Sprintf("Option%d Value", i+1)))
		if value == "" || i == 0 && name == "Title" && value == "Default Title" {
			continue
		}
		v.v.Options[orElse(name, fmt.Sprintf("Option %d", i+1))] = value
		titles = append(titles, value)
	}
	v.v.Title = strings.Join(titles, " / ")
	if grams := strings.TrimSpace(s.get(r, shopifyGrams)); grams != "" {
		n, err := strconv.ParseFloat(grams, 64)
		if err != nil || !(n >= 0 && n < 1e12) {
			g.say(LevelError, r.n, shopifyGrams, fmt.Sprintf("%.40q is no weight: write grams as a number such as 350", grams))
		} else {
			v.v.WeightGrams = int64(math.Round(n))
		}
	}
	if units := strings.TrimSpace(s.get(r, shopifyQuantity)); units != "" {
		n, err := strconv.ParseInt(units, 10, 64)
		if err != nil {
			g.say(LevelError, r.n, shopifyQuantity, fmt.Sprintf("%.40q is no quantity: write a whole number", units))
		}
		if n < 0 {
			g.say(LevelWarning, r.n, shopifyQuantity, fmt.Sprintf("%d units are sold and not there: the stock begins at 0; settle those orders where they were placed", -n))
		}
		v.units = max(0, n)
	}
	g.variants = append(g.variants, v)
}

func (s *shopify) readImage(g *goods, r *record) {
	url := strings.TrimSpace(s.get(r, shopifyImage))
	if url == "" || slices.ContainsFunc(g.images, func(m picture) bool { return m.URL == url }) {
		return
	}
	if reason := wrongAddress(url); reason != "" {
		g.say(LevelWarning, r.n, shopifyImage, reason)
		return
	}
	position, err := strconv.ParseInt(strings.TrimSpace(s.get(r, shopifyPosition)), 10, 32)
	if err != nil || position < 0 {
		position = int64(len(g.images) + 1)
	}
	g.images = append(g.images, picture{URL: url, Position: position, Alt: cut(strings.TrimSpace(s.get(r, shopifyAlt)), 300)})
}

// apply writes a product of Shopify with its prices, opening stock and pictures.
func (g goods) apply(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	base, found, err := g.existing(ctx, tx)
	if err != nil {
		return same, err
	}
	if !found && !g.whole {
		r.say(LevelError, g.row, shopifyTitle, g.handle, "is empty in the first row of the product: write its title there, and keep the rows of a product together")
		return same, errRefused
	}
	p, rows := g.onto(base, found, r)
	if failed(r.rows) > 0 {
		return same, errRefused
	}
	what, err := save(ctx, tx, r, change{base: base, found: found, to: p, row: g.row, rows: rows, columns: shopifyColumn})
	if err != nil {
		return same, err
	}
	bySKUs, err := catalog.SKUs(ctx, tx, skusOf(p))
	if err != nil {
		return same, err
	}
	for i := range g.variants {
		g.variants[i].v = bySKUs[p.Variants[i].SKU]
	}
	product := g.variants[0].v.Product
	if err := upsertLink(ctx, tx, shopifyChannel, g.handle, product); err != nil {
		return same, err
	}
	priced, err := g.prices(ctx, tx, r)
	if err != nil {
		return same, err
	}
	stocked, err := g.opening(ctx, tx, r)
	if err != nil {
		return same, err
	}
	return max(what, priced, stocked), keepImages(ctx, tx, r, product, g.images)
}

func skusOf(p catalog.Product) (all []string) {
	for _, v := range p.Variants {
		all = append(all, v.SKU)
	}
	return all
}

func (g goods) existing(ctx context.Context, tx *db.Tx) (catalog.Product, bool, error) {
	id, err := selectLink(ctx, tx, shopifyChannel, g.handle)
	if err == nil {
		p, err := catalog.Find(ctx, tx, id)
		return p, err == nil, err
	}
	if !errors.Is(err, db.ErrNoRow) {
		return catalog.Product{}, false, err
	}
	var skus []string
	for _, v := range g.variants {
		skus = append(skus, v.v.SKU)
	}
	p, found, err := bySKU(ctx, tx, skus, g.product.Slug)
	if known := p.ExternalIDs[shopifyChannel]; found && known != "" && known != g.handle {
		return catalog.Product{}, false, nil // somebody else has the SKU, which the catalog will say
	}
	return p, found, err
}

// onto returns base with what the rows say: the file's variants first.
func (g goods) onto(base catalog.Product, found bool, r *reporter) (p catalog.Product, rows []int64) {
	p = base
	if g.whole {
		p.Title, p.Description, p.Tags = g.product.Title, g.product.Description, g.product.Tags
		p.Kind, p.Status = g.product.Kind, g.product.Status
		p.Metadata = maps.Clone(filled(base.Metadata))
		maps.Copy(p.Metadata, g.product.Metadata)
	}
	if !found {
		p.Slug, p.Source, p.ExternalIDs = g.product.Slug, "import", map[string]string{shopifyChannel: cut(g.handle, 500)}
	}
	left, taken := slices.Clone(base.Variants), map[string]bool{}
	p.Variants = nil
	for _, in := range g.variants {
		v := in.v
		if i := slices.IndexFunc(left, func(w catalog.Variant) bool { return v.SKU == w.SKU || v.SKU == "" && maps.Equal(v.Options, w.Options) }); i >= 0 {
			v.ID, v.SKU, v.UnitCost = left[i].ID, left[i].SKU, left[i].UnitCost
			v.Content, v.Parts, v.PartsDiscountPPM, v.File = left[i].Content, left[i].Parts, left[i].PartsDiscountPPM, left[i].File
			left = slices.Delete(left, i, i+1)
		} else if v.SKU == "" {
			v.SKU = madeSKU(g.product.Slug, v.Title)
			r.say(LevelNote, in.row, shopifySKU, g.handle, fmt.Sprintf("is empty: the variant is called %s", v.SKU))
		}
		if taken[v.SKU] {
			r.say(LevelError, in.row, shopifySKU, g.handle, fmt.Sprintf("%q is given to two variants of the product: give each its own, and each its own options", v.SKU))
		}
		taken[v.SKU] = true
		if in.cost != "" {
			cost, err := priceOf(in.cost, r.currency)
			if err != nil {
				r.say(LevelError, in.row, shopifyCost, g.handle, err.Error())
			}
			v.UnitCost = cost
		}
		p.Variants, rows = append(p.Variants, v), append(rows, in.row)
	}
	p.Variants = append(p.Variants, left...)
	return p, rows
}

// madeSKU makes a SKU of a handle and options: the same of the same.
func madeSKU(slug, options string) string {
	const longest = 64
	sku := strings.ToUpper(slug)
	if o := catalog.Slug(options); o != "" {
		sku += "-" + strings.ToUpper(o)
	}
	sum := sha256.Sum256([]byte(slug + "\x00" + options))
	if tail := strings.ToUpper(hex.EncodeToString(sum[:4])); options != "" && catalog.Slug(options) == "" || len(sku) > longest {
		sku = sku[:min(len(sku), longest-len(tail)-1)] + "-" + tail
	}
	return sku
}

// priceOf reads a price as shops write it: 12, 12.9 or 12.90.
func priceOf(text string, c money.Currency) (money.Amount, error) {
	a, err := money.Parse(text, c)
	if err == nil && a.Minor < 0 {
		err = money.ErrRange
	}
	if err != nil {
		return a, fmt.Errorf("%.40q is no amount in %s: write it as 12.90, with a point and without a currency", text, c)
	}
	return a, nil
}
