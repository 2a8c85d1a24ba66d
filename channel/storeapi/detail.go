package storeapi

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/value/money"
)

// placeBody is a category that a product stands in.
type placeBody struct {
	ID    string `json:"id"`
	Slug  string `json:"slug"`
	Title string `json:"title"`
}

type attributeBody struct {
	Code   string           `json:"code"`
	Title  string           `json:"title"`
	Type   string           `json:"type" enum:"text,number,bool,option,date"`
	Unit   string           `json:"unit,omitempty"`
	Values []attributeValue `json:"values"`
}

type attributeValue struct {
	Value string `json:"value" doc:"Numbers as 12.5, dates as 2030-01-31, options as their code"`
	Title string `json:"title"`
}

type productOptionBody struct {
	Name   string             `json:"name" doc:"As the options of variants name it"`
	Title  string             `json:"title"`
	Values []productValueBody `json:"values"`
}

type productValueBody struct {
	Value string `json:"value"`
	Title string `json:"title"`
}

type safetyBody struct {
	Manufacturer *partyBody `json:"manufacturer,omitempty"`
	Responsible  *partyBody `json:"responsible_person,omitempty" doc:"In the European Union"`
	Warnings     string     `json:"warnings,omitempty"`
}

type partyBody struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Contact string `json:"contact" doc:"An e-mail address or a web page"`
}

type sizeBody struct {
	URL   string `json:"url"`
	Width int    `json:"width"`
}

type unitPriceBody struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Per      string `json:"per" enum:"kg,l,m,m2,piece"`
}

type partBody struct {
	Variant  string `json:"variant"`
	Quantity int64  `json:"quantity"`
}

// shelf is what products are shown with.
type shelf struct {
	tree   *taxonomy.Tree
	locale string
	prices map[catalog.VariantID]money.Amount
	offers map[catalog.VariantID]pricing.Offer
	stock  map[catalog.VariantID]inventory.Availability
	lies   map[catalog.VariantID]int64 // where people collect, of what cannot be sent
}

func (s shelf) product(p catalog.Product) productBody {
	b := productBody{ID: string(p.ID), Slug: p.Slug, Kind: p.Kind, Title: p.Title, Description: p.Description, Tags: p.Tags,
		Categories: s.places(p), Attributes: s.attributes(p), Options: s.options(p), Safety: s.safety(p.Safety), Metadata: p.Metadata,
		Images: make([]imageBody, len(p.Images)), Variants: make([]variantBody, len(p.Variants))}
	for i, m := range p.Images {
		b.Images[i] = imageOf(m)
	}
	for i, v := range p.Variants {
		b.Variants[i] = s.variant(p, v, cart.Stocked(catalog.Item{Kind: p.Kind}))
	}
	return b
}

func imageOf(m catalog.Image) imageBody {
	b := imageBody{URL: mediaPath + m.Blob, Alt: m.Alt, Width: m.Width, Height: m.Height, Variant: string(m.Variant)}
	if m.Video != "" {
		b.Video = mediaPath + m.Video
	}
	for _, size := range m.Sizes {
		b.Sizes = append(b.Sizes, sizeBody{mediaPath + size.Blob, size.Width})
	}
	return b
}

// mediaPath is where the app serves pictures.
const mediaPath = "/media/"

func (s shelf) variant(p catalog.Product, v catalog.Variant, stocked bool) variantBody {
	stock := s.stock[v.ID]
	if len(v.Parts) > 0 {
		stock = inventory.Bundled(v.Parts, s.stock)
	}
	b := variantBody{ID: string(v.ID), SKU: v.SKU, Title: p.VariantIn(v, s.locale), Options: v.Options, Available: stock.Units, Barcode: v.Barcode,
		Availability: availabilityOf(stocked, stock)}
	b.Availability.Collect = stocked && len(v.Parts) == 0 && s.lies[v.ID] > 0
	for _, part := range v.Parts {
		b.Parts = append(b.Parts, partBody{string(part.Variant), part.Quantity})
	}
	price, ok := catalog.BundlePrice(v.ID, v.Parts, v.PartsDiscountPPM, s.prices)
	if !ok {
		return b
	}
	amount := amountOf(price)
	b.Price = &amount
	o := s.offers[v.ID]
	if !o.Prior.IsZero() {
		prior := amountOf(o.Prior)
		b.Prior = &prior
	}
	for _, t := range o.Tiers {
		if t.From > 1 {
			b.Tiers = append(b.Tiers, tierBody{t.From, amountOf(t.Amount)})
		}
	}
	if unit, per := v.Content.Price(price); per != "" {
		b.UnitPrice = &unitPriceBody{unit.Minor, string(unit.Currency), per}
	}
	return b
}

func (s shelf) places(p catalog.Product) (all []placeBody) {
	for _, id := range p.Categories {
		if c, ok := s.tree.Find(id); ok && !c.Hidden {
			t := c.In(s.locale)
			all = append(all, placeBody{string(id), t.Slug, t.Title})
		}
	}
	return all
}

func (s shelf) attributes(p catalog.Product) (all []attributeBody) {
	if len(p.Attributes) == 0 {
		return nil
	}
	for _, a := range s.tree.Of(p.Categories...) {
		values := p.Attributes[a.Code]
		if a.Private || len(values) == 0 {
			continue
		}
		b := attributeBody{Code: a.Code, Title: a.In(s.locale), Type: string(a.Type), Unit: a.Unit}
		for _, v := range values {
			b.Values = append(b.Values, attributeValue{v, a.Show(v, s.locale)})
		}
		all = append(all, b)
	}
	return all
}

func (s shelf) options(p catalog.Product) (all []productOptionBody) {
	for _, o := range p.Options {
		b := productOptionBody{Name: o.Name, Title: o.In(s.locale)}
		for _, v := range o.Values {
			b.Values = append(b.Values, productValueBody{v.Value, v.In(s.locale)})
		}
		all = append(all, b)
	}
	return all
}

func (s shelf) safety(of catalog.Safety) *safetyBody {
	if of.IsZero() {
		return nil
	}
	b := &safetyBody{Warnings: of.Warning(s.locale)}
	if of.Manufacturer.Name != "" {
		b.Manufacturer = &partyBody{of.Manufacturer.Name, of.Manufacturer.Address, of.Manufacturer.Contact}
	}
	if of.Responsible.Name != "" {
		b.Responsible = &partyBody{of.Responsible.Name, of.Responsible.Address, of.Responsible.Contact}
	}
	return b
}

type relatedInput struct {
	Slug   string `path:"slug"`
	Market string `query:"market"`
	Locale string `query:"locale" maxLength:"20"`
}

type relatedOutput struct {
	Body struct {
		Data []relatedBody `json:"data"`
	}
}

type relatedBody struct {
	Kind    string      `json:"kind" enum:"accessory,similar,upsell"`
	Product productBody `json:"product"`
}

// related shows what the merchant puts beside a product, of what is seen here.
func (a *API) related(ctx context.Context, in *relatedInput) (*relatedOutput, error) {
	out := new(relatedOutput)
	out.Body.Data = []relatedBody{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		who := from(ctx)
		m, err := who.market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		p, err := catalog.FindBySlug(ctx, tx, in.Slug, who.key.Channel, in.Locale)
		if err != nil {
			return err
		}
		kinds, found, err := catalog.Related(ctx, tx, p, who.key.Channel, in.Locale)
		if err != nil {
			return err
		}
		shapes, err := productsOf(ctx, tx, who.key.Channel, m, in.Locale, found)
		for i, shape := range shapes {
			out.Body.Data = append(out.Body.Data, relatedBody{kinds[i], shape})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
