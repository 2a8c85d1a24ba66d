package adminapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/measure"
	"korzo/value/money"
)

var errTime = fault.New(fault.Invalid, "adminapi.time", "times are RFC 3339, such as 2030-01-31T08:00:00Z")

type productBody struct {
	ID           string                     `json:"id"`
	Slug         string                     `json:"slug"`
	Title        string                     `json:"title"`
	Description  string                     `json:"description,omitempty"`
	Status       string                     `json:"status"`
	TaxClass     string                     `json:"tax_class"`
	Kind         string                     `json:"kind"`
	Tags         []string                   `json:"tags,omitempty"`
	Categories   []taxonomy.CategoryID      `json:"categories"`
	Attributes   taxonomy.Values            `json:"attributes"`
	Options      []catalog.Option           `json:"options"`
	Safety       *catalog.Safety            `json:"safety,omitempty"`
	Relations    []catalog.Relation         `json:"relations"`
	Publications []publicationBody          `json:"publications"`
	Translations map[string]translationBody `json:"translations,omitempty"`
	Images       []imageBody                `json:"images"`
	Version      int64                      `json:"version"`
	Variants     []variantBody              `json:"variants"`
	CreatedAt    string                     `json:"created_at" format:"date-time"`
	UpdatedAt    string                     `json:"updated_at" format:"date-time"`
	Metadata     map[string]string          `json:"metadata,omitempty" doc:"Fields of your own; shoppers' pages and programs see them"`

	PrivateMetadata map[string]string `json:"private_metadata,omitempty" doc:"Fields of your own that only staff see; not in lists"`
	ExternalIDs     map[string]string `json:"external_ids,omitempty" doc:"System to its id; not in lists"`
}

type variantBody struct {
	ID            string            `json:"id"`
	SKU           string            `json:"sku"`
	Title         string            `json:"title,omitempty"`
	Options       map[string]string `json:"options,omitempty"`
	Barcode       string            `json:"barcode,omitempty"`
	WeightGrams   int64             `json:"weight_grams"`
	Size          *catalog.Size     `json:"size_mm,omitempty"`
	Content       *contentBody      `json:"content,omitempty"`
	UnitCost      *amountBody       `json:"unit_cost,omitempty"`
	Parts         []catalog.Part    `json:"parts,omitempty"`
	PartsDiscount percent           `json:"parts_discount,omitempty"`
	File          *catalog.File     `json:"file,omitempty"`
}

// contentBody is how much is in a variant.
type contentBody struct {
	Amount int64  `json:"amount" minimum:"1"`
	Unit   string `json:"unit" enum:"g,ml,mm,cm2,piece"`
}

type publicationBody struct {
	Channel string `json:"channel"`
	From    string `json:"from,omitempty" doc:"RFC 3339; left out: it always was"`
	Until   string `json:"until,omitempty" doc:"RFC 3339; left out: it always will be"`
}

type translationBody struct {
	Slug        string `json:"slug,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
}

type imageBody struct {
	Blob    string              `json:"blob"`
	URL     string              `json:"url"`
	Alt     string              `json:"alt"`
	Alts    map[string]string   `json:"alts,omitempty"`
	Width   int                 `json:"width,omitempty"`
	Height  int                 `json:"height,omitempty"`
	Variant string              `json:"variant,omitempty"`
	Sizes   []catalog.ImageSize `json:"sizes,omitempty"`
	Video   string              `json:"video,omitempty" doc:"The film that the picture stands for, as /media named it"`
}

func productOf(p catalog.Product) productBody {
	b := productBody{ID: string(p.ID), Slug: p.Slug, Title: p.Title, Description: p.Description, Status: string(p.Status),
		TaxClass: p.TaxClass, Kind: p.Kind, Tags: p.Tags, Categories: append([]taxonomy.CategoryID{}, p.Categories...), Attributes: p.Attributes,
		Options: append([]catalog.Option{}, p.Options...), Relations: append([]catalog.Relation{}, p.Relations...),
		Publications: []publicationBody{}, Images: imagesOf(p.Images),
		Version: p.Version, CreatedAt: rfc3339(p.CreatedAt), UpdatedAt: rfc3339(p.UpdatedAt), Variants: []variantBody{},
		Metadata: p.Metadata, PrivateMetadata: p.PrivateMetadata, ExternalIDs: p.ExternalIDs}
	if b.Attributes == nil {
		b.Attributes = taxonomy.Values{}
	}
	if !p.Safety.IsZero() {
		b.Safety = &p.Safety
	}
	for _, u := range p.Publications {
		b.Publications = append(b.Publications, publicationBody{u.Channel, rfc3339(u.From), rfc3339(u.Until)})
	}
	for locale, t := range p.Translations {
		if b.Translations == nil {
			b.Translations = map[string]translationBody{}
		}
		b.Translations[locale] = translationBody(t)
	}
	for _, v := range p.Variants {
		b.Variants = append(b.Variants, variantOf(v))
	}
	return b
}

func variantOf(v catalog.Variant) variantBody {
	b := variantBody{ID: string(v.ID), SKU: v.SKU, Title: v.Title, Options: v.Options, Barcode: v.Barcode, WeightGrams: v.WeightGrams,
		Parts: v.Parts, PartsDiscount: percent(v.PartsDiscountPPM)}
	if v.UnitCost.Currency != "" {
		cost := amountOf(v.UnitCost)
		b.UnitCost = &cost
	}
	if v.Content != (measure.Measure{}) {
		b.Content = &contentBody{v.Content.Amount, string(v.Content.Unit)}
	}
	if v.Size != (catalog.Size{}) {
		b.Size = &v.Size
	}
	if v.File != (catalog.File{}) {
		b.File = &v.File
	}
	return b
}

func imagesOf(images []catalog.Image) []imageBody {
	all := []imageBody{}
	for _, m := range images {
		all = append(all, imageBody{m.Blob, "/media/" + m.Blob, m.Alt, m.Alts, m.Width, m.Height, string(m.Variant), m.Sizes, m.Video})
	}
	return all
}

type priceRequest struct {
	Market   string `json:"market" example:"DE"`
	Amount   int64  `json:"amount" doc:"Minor units"`
	Currency string `json:"currency" minLength:"3" maxLength:"3"`
}

type variantRequest struct {
	ID            string            `json:"id,omitempty" doc:"Of the one to change; left out: the one that has the SKU, or a new one"`
	SKU           string            `json:"sku"`
	Title         string            `json:"title,omitempty"`
	Options       map[string]string `json:"options,omitempty"`
	Barcode       string            `json:"barcode,omitempty" doc:"Of 8, 12, 13 or 14 digits the last must be their check digit"`
	WeightGrams   int64             `json:"weight_grams,omitempty"`
	Size          *catalog.Size     `json:"size_mm,omitempty" doc:"The box it takes when packed, in millimetres; delivery prices may ask for it"`
	Content       *contentBody      `json:"content,omitempty" doc:"How much is in it, for the price per litre or kilogram"`
	UnitCost      *amountBody       `json:"unit_cost,omitempty"`
	Parts         []catalog.Part    `json:"parts,omitempty" maxItems:"20" doc:"Makes it a bundle; stock is kept of the parts"`
	PartsDiscount percent           `json:"parts_discount,omitempty" doc:"What a bundle without a price of its own costs less than its parts"`
	File          *catalog.File     `json:"file,omitempty" doc:"Of digital goods"`
	Prices        []priceRequest    `json:"prices,omitempty" maxItems:"100"`
}

// ProductFields are what may be said of a product. What is left out of a change
// stays as it is; a list is replaced whole.
type ProductFields struct {
	Title        *string                    `json:"title,omitempty"`
	Slug         *string                    `json:"slug,omitempty"`
	Description  *string                    `json:"description,omitempty"`
	Status       *string                    `json:"status,omitempty" enum:"draft,active,archived" doc:"Left out of a new one: active"`
	TaxClass     *string                    `json:"tax_class,omitempty" doc:"Left out of a new one: standard"`
	Kind         *string                    `json:"kind,omitempty" doc:"Left out of a new one: goods"`
	Tags         []string                   `json:"tags,omitempty"`
	Categories   []taxonomy.CategoryID      `json:"categories,omitempty" maxItems:"20" doc:"Ids; the first is its home"`
	Attributes   taxonomy.Values            `json:"attributes,omitempty" doc:"Code to values: numbers as 12.5, dates as 2030-01-31, options as their code"`
	Options      []catalog.Option           `json:"options,omitempty" doc:"What its variants differ in, in order"`
	Safety       *catalog.Safety            `json:"safety,omitempty"`
	Relations    []catalog.Relation         `json:"relations,omitempty" maxItems:"60"`
	Publications []publicationBody          `json:"publications,omitempty" maxItems:"50" doc:"None: seen in every channel"`
	Translations map[string]translationBody `json:"translations,omitempty"`
	Images       []imageRequest             `json:"images,omitempty" maxItems:"50" doc:"In order, as /media answered them"`
	Variants     []variantRequest           `json:"variants,omitempty" maxItems:"200" doc:"All there shall be: those left out are taken off sale"`
	Metadata     map[string]string          `json:"metadata,omitempty" doc:"Fields of your own, at most 50; shoppers' pages and programs see them"`

	PrivateMetadata map[string]string `json:"private_metadata,omitempty" doc:"Fields of your own that only staff see, at most 50"`
	ExternalIDs     map[string]string `json:"external_ids,omitempty" doc:"System to its id"`
}

// onto writes the fields over a product.
func (f ProductFields) onto(p *catalog.Product) error {
	for _, v := range f.Variants {
		if err := onePerMarket(v.Prices); err != nil {
			return err
		}
	}
	set(&p.Title, f.Title)
	set(&p.Slug, f.Slug)
	set(&p.Description, f.Description)
	set(&p.TaxClass, f.TaxClass)
	set(&p.Kind, f.Kind)
	if f.Tags != nil {
		p.Tags = f.Tags
	}
	for at, given := range map[*map[string]string]map[string]string{&p.Metadata: f.Metadata, &p.PrivateMetadata: f.PrivateMetadata, &p.ExternalIDs: f.ExternalIDs} {
		if given != nil {
			*at = given
		}
	}
	if f.Categories != nil {
		p.Categories = f.Categories
	}
	if f.Attributes != nil {
		p.Attributes = f.Attributes
	}
	if f.Options != nil {
		p.Options = f.Options
	}
	if f.Safety != nil {
		p.Safety = *f.Safety
	}
	if f.Relations != nil {
		p.Relations = f.Relations
	}
	if f.Images != nil {
		p.Images = f.pictures()
	}
	if f.Translations != nil {
		p.Translations = map[string]catalog.Translation{}
		for locale, t := range f.Translations {
			p.Translations[locale] = catalog.Translation(t)
		}
	}
	if f.Variants != nil {
		p.Variants = f.variants(p.Variants)
	}
	if f.Publications == nil {
		return nil
	}
	var err error
	p.Publications, err = publicationsOf(f.Publications)
	return err
}

func set[T any](at *T, given *T) {
	if given != nil {
		*at = *given
	}
}

func (f ProductFields) variants(had []catalog.Variant) (all []catalog.Variant) {
	for _, v := range f.Variants {
		w := catalog.Variant{ID: catalog.VariantID(v.ID), SKU: v.SKU, Title: v.Title, Options: v.Options, Barcode: v.Barcode,
			WeightGrams: v.WeightGrams, Parts: v.Parts, PartsDiscountPPM: int64(v.PartsDiscount)}
		if i := slices.IndexFunc(had, func(b catalog.Variant) bool { return b.SKU == v.SKU }); i >= 0 {
			w.ID = cmp.Or(w.ID, had[i].ID)
		}
		if v.UnitCost != nil {
			w.UnitCost = v.UnitCost.money()
		}
		if v.Content != nil {
			w.Content = measure.Measure{Amount: v.Content.Amount, Unit: measure.Unit(v.Content.Unit)}
		}
		set(&w.Size, v.Size)
		if v.File != nil {
			w.File = *v.File
		}
		all = append(all, w)
	}
	return all
}

// inChannels refuses channels that do not exist: nobody would ever see the
// product. One that is gone since stays where it stood before.
func (f ProductFields) inChannels(ctx context.Context, tx *db.Tx, before []catalog.Publication) error {
	if len(f.Publications) == 0 {
		return nil
	}
	channels, err := market.Channels(ctx, tx)
	if err != nil {
		return err
	}
	for i, b := range f.Publications {
		if b.Channel == "" || slices.ContainsFunc(channels, func(c market.Channel) bool { return c.ID == b.Channel }) ||
			slices.ContainsFunc(before, func(p catalog.Publication) bool { return p.Channel == b.Channel }) {
			continue
		}
		return catalog.ErrInvalid.With(fmt.Sprintf("publications[%d].channel: use the id of one that exists, or give no publications for all", i))
	}
	return nil
}

func publicationsOf(bodies []publicationBody) ([]catalog.Publication, error) {
	var all []catalog.Publication
	for _, b := range bodies {
		from, err := moment(b.From)
		if err != nil {
			return nil, err
		}
		until, err := moment(b.Until)
		if err != nil {
			return nil, err
		}
		all = append(all, catalog.Publication{Channel: b.Channel, From: from, Until: until})
	}
	return all, nil
}

func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errTime
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// onePerMarket says no to two prices in one market: nobody knows which is meant.
func onePerMarket(prices []priceRequest) error {
	seen := map[string]bool{}
	for _, p := range prices {
		if seen[p.Market] {
			return errTwoPrices.With("prices: market " + p.Market + " has two prices; give one")
		}
		seen[p.Market] = true
	}
	return nil
}

// setPrices sets the prices that variants were sent with; p holds the variants
// in the order they were sent in.
func (f ProductFields) setPrices(ctx context.Context, tx *db.Tx, p catalog.Product) error {
	for i, v := range f.Variants {
		for _, price := range v.Prices {
			if err := pricing.Set(ctx, tx, price.Market, p.Variants[i].ID, money.Of(price.Amount, money.Currency(price.Currency))); err != nil {
				return err
			}
		}
	}
	return nil
}
