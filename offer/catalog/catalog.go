// Package catalog keeps what the shop offers: products and their variants.
//
// A product is what a shopper looks at: a title, words, pictures. A variant is
// what is bought, priced, counted and shipped; every product has at least one.
// A variant's id never changes and is what other packages keep; its SKU is a
// label, unique in the shop, that a merchant may correct. A variant that is
// dropped is retired, not deleted, because orders name it.
//
// Texts are kept in a base language and translated row by row: a locale falls
// back to its language, then to the base. A slug names one product in all
// languages and for ever, so no link ever leads to another product.
//
// A product is seen in all channels, or in those and at those times that its
// publications say: whoever reads compares them with now, so nothing has to
// happen when the hour comes. A bundle is a variant with parts, which are
// variants too; only parts have stock.
//
// The catalog knows neither prices nor stock. A door composes a page from
// List, pricing.Prices and inventory.Available: four statements, however
// long the page and however many products there are.
package catalog

import (
	"embed"
	"time"

	"korzo/offer/taxonomy"
	"korzo/platform/fault"
	"korzo/value/measure"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	// ErrNotFound reports that there is no such product, or none a shopper may see.
	ErrNotFound = fault.New(fault.NotFound, "catalog.not_found", "no such product: it may have been taken off sale")
	// ErrSKUNotFound reports that no variant on offer has this SKU.
	ErrSKUNotFound = fault.New(fault.NotFound, "catalog.sku_not_found", "no such SKU: check its spelling, capitals count")
	// ErrVariantNotFound reports that there is no such variant.
	ErrVariantNotFound = fault.New(fault.NotFound, "catalog.variant_not_found", "no such variant: use the id of one that exists")
	// ErrInvalid reports a product that breaks a rule; its text names each bad field.
	ErrInvalid = fault.New(fault.Invalid, "catalog.invalid", "the product is not valid: mend the fields named")
	// ErrSlugTaken reports that the slug is, or once was, another product's.
	ErrSlugTaken = fault.New(fault.Conflict, "catalog.slug_taken", "the slug belongs to another product: choose another")
	// ErrSKUTaken reports that another variant has the SKU.
	ErrSKUTaken = fault.New(fault.Conflict, "catalog.sku_taken", "the SKU belongs to another variant: choose another")
	// ErrVersion reports that the product was changed since it was read.
	ErrVersion = fault.New(fault.Conflict, "catalog.version", "the product was changed meanwhile: read it again and repeat your change")
	// ErrMove reports a move between states that is not in the table.
	ErrMove = fault.New(fault.Conflict, "catalog.move", "the product cannot move to that status from the one it has")
)

// ProductID names a product: prd_….
type ProductID string

// VariantID names a variant: var_….
type VariantID string

// Status says who may see a product.
type Status string

// The life of a product: a draft is seen by staff only, an active product is
// on sale, an archived one keeps its links and orders but is not sold.
const (
	StatusDraft    Status = "draft"
	StatusActive   Status = "active"
	StatusArchived Status = "archived"
)

// A product that was public does not become a draft again: links point at it.
var next = map[Status][]Status{
	StatusDraft:    {StatusActive, StatusArchived},
	StatusActive:   {StatusArchived, StatusDraft},
	StatusArchived: {StatusActive, StatusDraft},
}

// Kinds of things sold. The list may grow.
const (
	KindGoods    = "goods"
	KindDigital  = "digital"
	KindGiftCard = "gift_card"
	KindService  = "service"
	KindFee      = "fee"
	KindDonation = "donation"
)

// TaxStandard is the tax class of a product that names none.
const TaxStandard = "standard"

// Product is what a shopper looks at.
type Product struct {
	ID           ProductID
	Slug         string   // a–z, 0–9 and hyphens, at most 120
	OldSlugs     []string // it had before, in order of the alphabet; they lead on to it for ever. Loaded by Find only
	Title        string
	Description  string
	Status       Status // moved by Move; "" is active for Create
	TaxClass     string // "" is TaxStandard for Create
	Kind         string // "" is KindGoods for Create
	Tags         []string
	Categories   []taxonomy.CategoryID // the first is its home: what a page's path shows
	Attributes   taxonomy.Values
	Options      []Option // in order; Create makes them of the variants when there are none
	Safety       Safety
	Relations    []Relation             // in order, kind by kind
	Publications []Publication          // none: seen in every channel
	Images       []Image                // in order; List loads only the first
	Variants     []Variant              // in order; retired ones are left out
	Translations map[string]Translation // by locale; loaded by Find only

	Metadata        map[string]string // anyone may read it
	PrivateMetadata map[string]string // staff may read it; loaded by Find only
	ExternalIDs     map[string]string // system → its id; loaded by Find only
	Source          string            // what made it: "import", "" for staff
	IsTest          bool

	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64 // 1 when created, one more with every change
}

// Draft is a product to be. Version and times are Create's to set; an ID is
// given only by who must have the same ids again (a demo, a restored import).
type Draft Product

// Translation is a product's texts in one locale. An empty text falls back.
type Translation struct {
	Slug        string
	Title       string
	Description string
}

// Variant is what is bought.
type Variant struct {
	ID          VariantID
	Product     ProductID
	SKU         string // 1–64 visible characters, unique, compared exactly
	Title       string // what tells it from its siblings: "Red, XL"; may be empty
	Options     map[string]string
	Barcode     string // of 8, 12, 13 or 14 digits: a GTIN, its check digit right
	WeightGrams int64
	Size        Size
	Content     measure.Measure // what is in it, for the price per litre; zero while not known
	UnitCost    money.Amount    // what one unit cost us; zero while not known
	Position    int             // its place among its siblings, from 0
	Parts       []Part          // of a bundle; none for what is sold by itself
	// PartsDiscountPPM is what a bundle without a price of its own costs less
	// than the sum of its parts.
	PartsDiscountPPM int64
	File             File // of digital goods; zero for all else
}

// VariantIDs are the ids of the variants, in order.
func (p *Product) VariantIDs() []VariantID {
	ids := make([]VariantID, len(p.Variants))
	for i, v := range p.Variants {
		ids[i] = v.ID
	}
	return ids
}

// Image is a picture kept in the blob store.
type Image struct {
	Blob    string // its name there
	Alt     string // says what is seen, for who cannot see it
	Width   int    // pixels
	Height  int
	Variant VariantID   // the only variant it shows; "" shows them all
	Sizes   []ImageSize // smaller ones of it, the smallest first
	Video   string      // the film in the blob store that it stands for until that is played; "" for none
	// Alts is Alt by locale; what is missing falls back to it. Only Find loads
	// them: shoppers get Alt in their language.
	Alts map[string]string
}

// VideoType is the media type of the film that a picture stands for; "" for none.
func (m Image) VideoType() string { return videoType(m.Video) }

// ImageSize is a picture made smaller.
type ImageSize struct {
	Blob  string `json:"blob"`
	Width int    `json:"width"`
}

// Item is what a cart needs to know of a variant.
type Item struct {
	VariantID    VariantID
	ProductID    ProductID
	SKU          string
	Title        string // product's and variant's: "Mug – Red"
	ProductTitle string
	VariantTitle string // of option values where the merchant wrote nothing else
	Slug         string
	Kind         string
	TaxClass     string
	WeightGrams  int64
	Size         Size
	UnitCost     money.Amount
	Tags         []string
	Categories   []taxonomy.CategoryID
	Image        Image // the product's first; zero without one
	Active       bool  // may be bought: the product is active and seen, the variant not retired
	Retired      bool
	// Parts and PartsDiscountPPM are a bundle's, as the variant's.
	Parts            []Part
	PartsDiscountPPM int64
}
