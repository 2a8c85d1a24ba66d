package storeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"korzo/fulfilment/pickup"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
)

// productBody is a product as the API promises it.
type productBody struct {
	ID          string              `json:"id"`
	Slug        string              `json:"slug"`
	Redirect    string              `json:"redirect,omitempty" doc:"The slug to use from now on: the one asked for is an old one, or of another language"`
	Kind        string              `json:"kind"`
	Title       string              `json:"title"`
	Description string              `json:"description,omitempty"`
	Tags        []string            `json:"tags,omitempty"`
	Categories  []placeBody         `json:"categories,omitempty" doc:"The first is its home"`
	Attributes  []attributeBody     `json:"attributes,omitempty"`
	Options     []productOptionBody `json:"options,omitempty" doc:"What its variants differ in, in order"`
	Safety      *safetyBody         `json:"safety,omitempty"`
	Images      []imageBody         `json:"images"`
	Variants    []variantBody       `json:"variants"`
	Metadata    map[string]string   `json:"metadata,omitempty" doc:"The merchant's own fields, for pages of their own"`
}

type imageBody struct {
	URL     string     `json:"url"`
	Alt     string     `json:"alt"`
	Width   int        `json:"width,omitempty"`
	Height  int        `json:"height,omitempty"`
	Variant string     `json:"variant,omitempty" doc:"The only variant it shows"`
	Sizes   []sizeBody `json:"sizes,omitempty" doc:"Smaller ones of it, for srcset"`
	Video   string     `json:"video,omitempty" doc:"Where the film is that the picture stands for until it is played, in MP4 or WebM"`
}

type variantBody struct {
	ID        string            `json:"id"`
	SKU       string            `json:"sku"`
	Title     string            `json:"title,omitempty"`
	Options   map[string]string `json:"options,omitempty"`
	Price     *amountBody       `json:"price" doc:"null when it is not sold in this market"`
	Prior     *amountBody       `json:"prior_price,omitempty" doc:"With the price of a sale: the lowest of the thirty days before, which the law asks to show"`
	Tiers     []tierBody        `json:"tiers,omitempty" doc:"Prices of a line of more units, where they are others"`
	Available int64             `json:"available" doc:"Units that may still be bought here, backorders included"`
	// Availability says it in words.
	Availability availabilityBody `json:"availability"`
	UnitPrice    *unitPriceBody   `json:"unit_price,omitempty" doc:"What a litre, kilogram, metre, square metre or piece costs"`
	Barcode      string           `json:"barcode,omitempty"`
	Parts        []partBody       `json:"parts,omitempty" doc:"Of a bundle"`
}

// tierBody is what a unit costs in a line of so many or more.
type tierBody struct {
	From  int64      `json:"from"`
	Price amountBody `json:"price"`
}

type availabilityBody struct {
	Status string `json:"status" enum:"in_stock,low,backorder,preorder,out"`
	Date   string `json:"date,omitempty" format:"date" doc:"When it comes, as far as that is known"`

	Collect bool `json:"collect,omitempty" doc:"It is sent from nowhere and lies where people collect: say so, and choose a place with PUT /carts/{id}/collect"`
}

// availabilityOf says how a variant stands; of what nobody keeps stock, that it can be had.
func availabilityOf(stocked bool, s inventory.Availability) availabilityBody {
	switch {
	case !stocked:
		return availabilityBody{Status: string(inventory.InStock)}
	case s.Free > 0:
		return availabilityBody{Status: string(s.Status)}
	}
	return availabilityBody{Status: string(s.Status), Date: s.Expected.String()}
}

type listProductsInput struct {
	Market string `query:"market" doc:"Left out: the channel's own"`
	Locale string `query:"locale" maxLength:"20"`
	Tag    string `query:"tag" maxLength:"100"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After  string `query:"after" maxLength:"200"`
	Looking
}

// bytesOutput carries an answer that may come from the cache.
type bytesOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func bytesOf(body []byte) *bytesOutput { return &bytesOutput{"application/json", body} }

// key names what is kept; each part ends, so that no two keys are alike.
func key(parts ...string) string { return strings.Join(parts, "\x00") }

// listProducts answers from the page as it was kept for this very address or for
// its market and the locale that is spoken, or from its products as they were
// kept, and reads only what none of them has.
func (a *API) listProducts(ctx context.Context, in *listProductsInput) (*bytesOutput, error) {
	if in.asked() {
		return a.search(ctx, in)
	}
	who := from(ctx)
	page := key("page", who.key.Channel, in.Market, in.Locale, in.Tag, strconv.Itoa(in.Limit), in.After)
	if body, ok := a.pages.find(page); ok {
		return bytesOf(body), nil
	}
	since := a.pages.now()
	var body []byte
	var depends []string
	worth, spoken := false, ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		m, err := who.market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		locale, err := catalog.Spoken(ctx, tx, in.Locale)
		if err != nil {
			return err
		}
		spoken = key("spoken page", who.key.Channel, m, locale, in.Tag, strconv.Itoa(in.Limit), in.After)
		if kept, ok := a.pages.find(spoken); ok {
			body, spoken = kept, ""
			return nil
		}
		f := catalog.Filter{Status: catalog.StatusActive, Channel: who.key.Channel, Locale: locale, Tag: in.Tag, After: in.After, Limit: in.Limit}
		ids, next, err := catalog.ListIDs(ctx, tx, f)
		if err != nil {
			return err
		}
		worth = lasting(in.Locale, locale)
		depends = append(depends, lists)
		for _, id := range ids {
			depends = append(depends, string(id))
		}
		products, err := a.products(ctx, tx, m, locale, ids, since)
		body = pageOf(products, next, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	if spoken != "" {
		a.pages.keep(spoken, body, depends, since)
	}
	if worth {
		a.pages.keep(page, body, depends, since)
	}
	return bytesOf(body), nil
}

// products returns the bytes of each of these products, and reads those that
// are not kept: four statements, however many.
func (a *API) products(ctx context.Context, tx *db.Tx, market, locale string, ids []catalog.ProductID, since moment) ([][]byte, error) {
	channel := from(ctx).key.Channel
	bodies := make(map[catalog.ProductID][]byte, len(ids))
	var missing []catalog.ProductID
	for _, id := range ids {
		if body, ok := a.pages.find(key("product", channel, market, locale, string(id))); ok {
			bodies[id] = body
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		found, err := catalog.Some(ctx, tx, missing, locale)
		if err != nil {
			return nil, err
		}
		shapes, err := productsOf(ctx, tx, channel, market, locale, found)
		if err != nil {
			return nil, err
		}
		for i, shape := range shapes {
			body, err := encode(shape)
			if err != nil {
				return nil, err
			}
			bodies[found[i].ID] = body
			a.pages.keep(key("product", channel, market, locale, shape.ID), body, dependsOn(found[i]), since)
		}
	}
	all := make([][]byte, 0, len(ids))
	for _, id := range ids {
		if body, ok := bodies[id]; ok {
			all = append(all, body)
		}
	}
	return all, nil
}

// dependsOn is what the bytes of a product depend on.
func dependsOn(p catalog.Product) []string {
	ids := []string{string(p.ID), taxonomy.Topic}
	for _, v := range p.Variants {
		ids = append(ids, string(v.ID))
		for _, part := range v.Parts {
			ids = append(ids, string(part.Variant))
		}
	}
	return ids
}

// pageOf puts a page together from its products' bytes, and what else is to be
// said of it: fields of its own, each with a comma before it.
func pageOf(products [][]byte, next string, more []byte) []byte {
	end, _ := json.Marshal(pageBody{next, next != ""})
	return slices.Concat([]byte(`{"data":[`), bytes.Join(products, []byte{','}), []byte(`],"page":`), end, more, []byte("}\n"))
}

// encode writes JSON as the doors do: without escaping what is safe in JSON.
func encode(v any) ([]byte, error) {
	var buffer bytes.Buffer
	e := json.NewEncoder(&buffer)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(buffer.Bytes(), []byte{'\n'}), err
}

type showProductInput struct {
	Slug   string `path:"slug"`
	Market string `query:"market"`
	Locale string `query:"locale" maxLength:"20"`
}

// showProduct answers from the page as it was kept for this very address, or
// for its market and the locale that is spoken.
func (a *API) showProduct(ctx context.Context, in *showProductInput) (*bytesOutput, error) {
	who := from(ctx)
	page := key("slug", who.key.Channel, in.Market, in.Locale, in.Slug)
	if body, ok := a.pages.find(page); ok {
		return bytesOf(body), nil
	}
	since := a.pages.now()
	var body []byte
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		m, err := who.market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		locale, err := catalog.Spoken(ctx, tx, in.Locale)
		if err != nil {
			return err
		}
		spoken := key("spoken", who.key.Channel, m, locale, in.Slug)
		if kept, ok := a.pages.find(spoken); ok {
			body = kept
			return nil
		}
		p, err := catalog.FindBySlug(ctx, tx, in.Slug, who.key.Channel, locale)
		if err != nil {
			return err
		}
		shapes, err := productsOf(ctx, tx, who.key.Channel, m, locale, []catalog.Product{p})
		if err != nil {
			return err
		}
		if p.Slug != in.Slug {
			shapes[0].Redirect = p.Slug
		}
		if body, err = encode(shapes[0]); err != nil {
			return err
		}
		a.pages.keep(spoken, body, dependsOn(p), since)
		if lasting(in.Locale, locale) {
			a.pages.keep(page, body, dependsOn(p), since)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bytesOf(body), nil
}

// productsOf adds price and stock to products: two statements, however many.
func productsOf(ctx context.Context, tx *db.Tx, channel, market, locale string, products []catalog.Product) ([]productBody, error) {
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	var ids []catalog.VariantID
	for _, p := range products {
		for _, v := range p.Variants {
			ids = append(ids, v.ID)
			ids = append(ids, catalog.PartIDs(v.Parts)...)
		}
	}
	offers, err := pricing.Offers(ctx, tx, pricing.Query{Market: market, Channel: channel}, ids)
	if err != nil {
		return nil, err
	}
	standing, err := inventory.StandingIn(ctx, tx, channel, ids)
	if err != nil {
		return nil, err
	}
	counters, err := pickup.Counters(ctx, tx, market)
	if err != nil {
		return nil, err
	}
	stock, lies := standing.All(), standing.OnlyAt(counters)
	bodies := make([]productBody, len(products))
	for i, p := range products {
		bodies[i] = shelf{tree, locale, pricing.Singles(offers), offers, stock, lies}.product(p)
	}
	return bodies, nil
}
