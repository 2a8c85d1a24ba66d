package adminapi

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/money"
)

var errTwoPrices = fault.New(fault.Invalid, "adminapi.two_prices", "a variant has one price in a market")

type productBody struct {
	ID          string        `json:"id"`
	Slug        string        `json:"slug"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	Status      string        `json:"status"`
	TaxClass    string        `json:"tax_class"`
	Kind        string        `json:"kind"`
	Tags        []string      `json:"tags,omitempty"`
	Version     int64         `json:"version"`
	Variants    []variantBody `json:"variants"`
	CreatedAt   string        `json:"created_at" format:"date-time"`
}

type variantBody struct {
	ID          string            `json:"id"`
	SKU         string            `json:"sku"`
	Title       string            `json:"title,omitempty"`
	Options     map[string]string `json:"options,omitempty"`
	Barcode     string            `json:"barcode,omitempty"`
	WeightGrams int64             `json:"weight_grams"`
	UnitCost    *amountBody       `json:"unit_cost,omitempty"`
}

type productOutput struct {
	Body productBody
}

func productOf(p catalog.Product) productBody {
	b := productBody{ID: string(p.ID), Slug: p.Slug, Title: p.Title, Description: p.Description, Status: string(p.Status),
		TaxClass: p.TaxClass, Kind: p.Kind, Tags: p.Tags, Version: p.Version, CreatedAt: rfc3339(p.CreatedAt), Variants: []variantBody{}}
	for _, v := range p.Variants {
		body := variantBody{ID: string(v.ID), SKU: v.SKU, Title: v.Title, Options: v.Options, Barcode: v.Barcode, WeightGrams: v.WeightGrams}
		if v.UnitCost.Currency != "" {
			cost := amountOf(v.UnitCost)
			body.UnitCost = &cost
		}
		b.Variants = append(b.Variants, body)
	}
	return b
}

type priceRequest struct {
	Market   string `json:"market" example:"DE"`
	Amount   int64  `json:"amount" doc:"Minor units"`
	Currency string `json:"currency" minLength:"3" maxLength:"3"`
}

type variantRequest struct {
	SKU         string            `json:"sku"`
	Title       string            `json:"title,omitempty"`
	Options     map[string]string `json:"options,omitempty"`
	Barcode     string            `json:"barcode,omitempty"`
	WeightGrams int64             `json:"weight_grams,omitempty"`
	UnitCost    *amountBody       `json:"unit_cost,omitempty"`
	Prices      []priceRequest    `json:"prices,omitempty" maxItems:"100"`
}

type createProductInput struct {
	Body struct {
		Title       string           `json:"title"`
		Slug        string           `json:"slug"`
		Description string           `json:"description,omitempty"`
		Status      string           `json:"status,omitempty" enum:"draft,active" doc:"Left out: active"`
		TaxClass    string           `json:"tax_class,omitempty" doc:"Left out: standard"`
		Kind        string           `json:"kind,omitempty" doc:"Left out: goods"`
		Tags        []string         `json:"tags,omitempty"`
		Variants    []variantRequest `json:"variants" minItems:"1" maxItems:"200"`
	}
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

func (a *API) createProduct(ctx context.Context, in *createProductInput) (*productOutput, error) {
	draft := catalog.Draft{Title: in.Body.Title, Slug: in.Body.Slug, Description: in.Body.Description,
		Status: catalog.Status(in.Body.Status), TaxClass: in.Body.TaxClass, Kind: in.Body.Kind, Tags: in.Body.Tags}
	for _, v := range in.Body.Variants {
		if err := onePerMarket(v.Prices); err != nil {
			return nil, err
		}
		variant := catalog.Variant{SKU: v.SKU, Title: v.Title, Options: v.Options, Barcode: v.Barcode, WeightGrams: v.WeightGrams}
		if v.UnitCost != nil {
			variant.UnitCost = v.UnitCost.money()
		}
		draft.Variants = append(draft.Variants, variant)
	}
	out := new(productOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := catalog.Create(ctx, tx, draft)
		if err != nil {
			return err
		}
		for i, v := range in.Body.Variants {
			for _, price := range v.Prices {
				if err := pricing.Set(ctx, tx, price.Market, p.Variants[i].ID, money.Of(price.Amount, money.Currency(price.Currency))); err != nil {
					return err
				}
			}
		}
		out.Body = productOf(p)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "product.create", Subject: string(p.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type listProductsInput struct {
	PageInput
	Status string `query:"status" enum:"draft,active,archived"`
	Query  string `query:"q" maxLength:"100"`
}

func (a *API) listProducts(ctx context.Context, in *listProductsInput) (*list[productBody], error) {
	var bodies []productBody
	var next string
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, after, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.Status(in.Status), Query: in.Query, After: in.After, Limit: in.Limit})
		for _, p := range page {
			bodies = append(bodies, productOf(p))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

// ProductInput names a product in the path.
type ProductInput struct {
	ID catalog.ProductID `path:"id"`
}

func (a *API) showProduct(ctx context.Context, in *ProductInput) (*productOutput, error) {
	out := new(productOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := catalog.Find(ctx, tx, in.ID)
		out.Body = productOf(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type updateProductInput struct {
	ProductInput
	Body struct {
		Version     int64    `json:"version" minimum:"1" doc:"The version you read"`
		Title       *string  `json:"title,omitempty"`
		Description *string  `json:"description,omitempty"`
		Tags        []string `json:"tags,omitempty"`
		Status      *string  `json:"status,omitempty" enum:"active,archived"`
		Prices      []struct {
			SKU      string `json:"sku"`
			Market   string `json:"market"`
			Amount   int64  `json:"amount" doc:"Minor units"`
			Currency string `json:"currency" minLength:"3" maxLength:"3"`
		} `json:"prices,omitempty" maxItems:"200"`
	}
}

func (a *API) updateProduct(ctx context.Context, in *updateProductInput) (*productOutput, error) {
	out := new(productOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.update(ctx, tx, in)
		if err != nil {
			return err
		}
		out.Body = productOf(p)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "product.update", Subject: string(p.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) update(ctx context.Context, tx *db.Tx, in *updateProductInput) (catalog.Product, error) {
	p, err := catalog.Find(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	p.Version = in.Body.Version
	if in.Body.Title != nil {
		p.Title = *in.Body.Title
	}
	if in.Body.Description != nil {
		p.Description = *in.Body.Description
	}
	if in.Body.Tags != nil {
		p.Tags = in.Body.Tags
	}
	if p, err = catalog.Update(ctx, tx, p); err != nil {
		return p, err
	}
	if in.Body.Status != nil && *in.Body.Status != string(p.Status) {
		if err := catalog.Move(ctx, tx, p.ID, catalog.Status(*in.Body.Status)); err != nil {
			return p, err
		}
		if p, err = catalog.Find(ctx, tx, p.ID); err != nil {
			return p, err
		}
	}
	for _, price := range in.Body.Prices {
		v, err := catalog.FindSKU(ctx, tx, price.SKU)
		if err == nil && v.Product != p.ID {
			err = catalog.ErrSKUNotFound
		}
		if err == nil {
			err = pricing.Set(ctx, tx, price.Market, v.ID, money.Of(price.Amount, money.Currency(price.Currency)))
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}
