package storeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/value/money"
)

// productBody is a product as the API promises it.
type productBody struct {
	ID          string        `json:"id"`
	Slug        string        `json:"slug"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	Tags        []string      `json:"tags,omitempty"`
	Images      []imageBody   `json:"images"`
	Variants    []variantBody `json:"variants"`
}

type imageBody struct {
	URL    string `json:"url"`
	Alt    string `json:"alt"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

type variantBody struct {
	ID        string            `json:"id"`
	SKU       string            `json:"sku"`
	Title     string            `json:"title,omitempty"`
	Options   map[string]string `json:"options,omitempty"`
	Price     *amountBody       `json:"price" doc:"null when it is not sold in this market"`
	Available int64             `json:"available" doc:"Units anyone may still buy, over all locations"`
}

type productPage struct {
	Data []productBody `json:"data"`
	Page pageBody      `json:"page"`
}

type listProductsInput struct {
	Market string `query:"market" doc:"Left out: the channel's own"`
	Locale string `query:"locale" maxLength:"20"`
	Tag    string `query:"tag" maxLength:"100"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After  string `query:"after" maxLength:"100"`
}

// bytesOutput carries an answer that may come from the cache.
type bytesOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) listProducts(ctx context.Context, in *listProductsInput) (*bytesOutput, error) {
	m, err := from(ctx).market(in.Market)
	if err != nil {
		return nil, err
	}
	key := m + "\x00" + in.Locale + "\x00" + in.Tag + "\x00" + strconv.Itoa(in.Limit) + "\x00" + in.After
	return a.cached(ctx, key, func(tx *db.Tx) (any, []catalog.VariantID, error) {
		page, next, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, Locale: in.Locale, Tag: in.Tag,
			After: in.After, Limit: in.Limit})
		if err != nil {
			return nil, nil, err
		}
		bodies, err := productsOf(ctx, tx, m, page)
		return productPage{bodies, pageBody{next, next != ""}}, idsOf(page), err
	})
}

type showProductInput struct {
	Slug   string `path:"slug"`
	Market string `query:"market"`
	Locale string `query:"locale" maxLength:"20"`
}

func (a *API) showProduct(ctx context.Context, in *showProductInput) (*bytesOutput, error) {
	m, err := from(ctx).market(in.Market)
	if err != nil {
		return nil, err
	}
	key := m + "\x00" + in.Locale + "\x00slug\x00" + in.Slug
	return a.cached(ctx, key, func(tx *db.Tx) (any, []catalog.VariantID, error) {
		p, err := catalog.FindBySlug(ctx, tx, in.Slug, in.Locale)
		if err == nil && p.Status != catalog.StatusActive {
			err = catalog.ErrNotFound
		}
		if err != nil {
			return nil, nil, err
		}
		bodies, err := productsOf(ctx, tx, m, []catalog.Product{p})
		if err != nil {
			return nil, nil, err
		}
		return bodies[0], idsOf([]catalog.Product{p}), nil
	})
}

// cached answers from the cache, or loads, writes and keeps.
func (a *API) cached(ctx context.Context, key string, load func(tx *db.Tx) (any, []catalog.VariantID, error)) (*bytesOutput, error) {
	if body, ok := a.pages.find(key); ok {
		return &bytesOutput{"application/json", body}, nil
	}
	since := a.pages.now()
	var buffer bytes.Buffer
	var shown []catalog.VariantID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		body, products, err := load(tx)
		if err != nil {
			return err
		}
		shown = products
		e := json.NewEncoder(&buffer)
		e.SetEscapeHTML(false)
		return e.Encode(body)
	})
	if err != nil {
		return nil, err
	}
	a.pages.keep(key, buffer.Bytes(), shown, since)
	return &bytesOutput{"application/json", buffer.Bytes()}, nil
}

// productsOf adds price and stock to products: two statements, however many.
func productsOf(ctx context.Context, tx *db.Tx, market string, products []catalog.Product) ([]productBody, error) {
	ids := idsOf(products)
	prices, err := pricing.Prices(ctx, tx, market, ids)
	if err != nil {
		return nil, err
	}
	stock, err := inventory.Available(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	bodies := make([]productBody, len(products))
	for i, p := range products {
		bodies[i] = productOf(p, prices, stock)
	}
	return bodies, nil
}

func productOf(p catalog.Product, prices map[catalog.VariantID]money.Amount, stock map[catalog.VariantID]int64) productBody {
	b := productBody{ID: string(p.ID), Slug: p.Slug, Title: p.Title, Description: p.Description, Tags: p.Tags,
		Images: make([]imageBody, len(p.Images)), Variants: make([]variantBody, len(p.Variants))}
	for i, m := range p.Images {
		b.Images[i] = imageBody{"/media/" + m.Blob, m.Alt, m.Width, m.Height}
	}
	for i, v := range p.Variants {
		b.Variants[i] = variantBody{ID: string(v.ID), SKU: v.SKU, Title: v.Title, Options: v.Options, Available: stock[v.ID]}
		if price, ok := prices[v.ID]; ok {
			amount := amountOf(price)
			b.Variants[i].Price = &amount
		}
	}
	return b
}

func idsOf(products []catalog.Product) []catalog.VariantID {
	var ids []catalog.VariantID
	for _, p := range products {
		for _, v := range p.Variants {
			ids = append(ids, v.ID)
		}
	}
	return ids
}
