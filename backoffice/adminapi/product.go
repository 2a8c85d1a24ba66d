package adminapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/money"
)

var (
	errTwoPrices = fault.New(fault.Invalid, "adminapi.two_prices", "a variant has one price in a market")
	errVersion   = fault.New(fault.Invalid, "adminapi.version", "send the version you read, as version in the body or in If-Match, so that nobody's change is lost")
)

type productOutput struct {
	ETag string `header:"ETag"`
	Body productBody
}

func productOutputOf(p catalog.Product) *productOutput {
	return &productOutput{ETag: fmt.Sprintf("%q", strconv.FormatInt(p.Version, 10)), Body: productOf(p)}
}

type createProductInput struct {
	Body struct {
		ProductFields
	}
}

func (a *API) createProduct(ctx context.Context, in *createProductInput) (*productOutput, error) {
	var out *productOutput
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.create(ctx, tx, in.Body.ProductFields)
		out = productOutputOf(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// create adds a product with its prices.
func (a *API) create(ctx context.Context, tx *db.Tx, f ProductFields) (catalog.Product, error) {
	var draft catalog.Product
	if err := errors.Join(f.onto(&draft), a.filed(ctx, f.Variants), a.known(f), f.inChannels(ctx, tx, nil)); err != nil {
		return draft, err
	}
	if f.Status != nil {
		draft.Status = catalog.Status(*f.Status)
	}
	p, err := catalog.Create(ctx, tx, catalog.Draft(draft))
	if err != nil {
		return p, err
	}
	if err := f.setPrices(ctx, tx, p); err != nil {
		return p, err
	}
	return p, audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "product.create", Subject: string(p.ID)})
}

type listProductsInput struct {
	PageInput
	Status   string `query:"status" enum:"draft,active,archived"`
	Query    string `query:"q" maxLength:"100"`
	Category string `query:"category" maxLength:"60" doc:"The id of a category; what stands below it belongs to it"`
}

func (a *API) listProducts(ctx context.Context, in *listProductsInput) (*list[productBody], error) {
	if err := in.behind("prd"); err != nil {
		return nil, err
	}
	var bodies []productBody
	var next string
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		f := catalog.Filter{Status: catalog.Status(in.Status), Query: in.Query, After: in.After, Limit: in.Limit}
		if in.Category != "" {
			within, err := within(ctx, tx, in.Category)
			if err != nil {
				return err
			}
			f.Categories = within
		}
		page, after, err := catalog.List(ctx, tx, f)
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
	var out *productOutput
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := catalog.Find(ctx, tx, in.ID)
		out = productOutputOf(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// VersionInput says which version a change is made to.
type VersionInput struct {
	IfMatch string `header:"If-Match" doc:"The version you read, as the ETag told it"`
}

// version returns the version a change is made to, of the body or the header.
func (v VersionInput) version(body int64) (int64, error) {
	if v.IfMatch == "" && body > 0 {
		return body, nil
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(v.IfMatch, "W/"), `"`), 10, 64)
	if err != nil || n < 1 || body > 0 && body != n {
		return 0, errVersion
	}
	return n, nil
}

type updateProductInput struct {
	ProductInput
	VersionInput
	Body struct {
		Version int64 `json:"version,omitempty" minimum:"1" doc:"The version you read; or send it in If-Match"`
		ProductFields
		Prices []skuPriceRequest `json:"prices,omitempty" maxItems:"200"`
	}
}

type skuPriceRequest struct {
	SKU      string `json:"sku"`
	Market   string `json:"market"`
	Amount   int64  `json:"amount" doc:"Minor units"`
	Currency string `json:"currency" minLength:"3" maxLength:"3"`
}

func (a *API) updateProduct(ctx context.Context, in *updateProductInput) (*productOutput, error) {
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	var out *productOutput
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.update(ctx, tx, in.ID, version, in.Body.ProductFields)
		if err != nil {
			return err
		}
		for _, price := range in.Body.Prices {
			if err := setPrice(ctx, tx, p.ID, price); err != nil {
				return err
			}
		}
		out = productOutputOf(p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// update changes what f names of a product, whose version must be the one given
// unless that is 0.
func (a *API) update(ctx context.Context, tx *db.Tx, id catalog.ProductID, version int64, f ProductFields) (catalog.Product, error) {
	p, err := catalog.Find(ctx, tx, id)
	if err != nil {
		return p, err
	}
	if version != 0 {
		p.Version = version
	}
	before := p.Publications
	if err := errors.Join(f.onto(&p), a.filed(ctx, f.Variants), a.known(f), f.inChannels(ctx, tx, before)); err != nil {
		return p, err
	}
	if p, err = catalog.Update(ctx, tx, p); err != nil {
		return p, err
	}
	if f.Status != nil && *f.Status != string(p.Status) {
		if err := catalog.Move(ctx, tx, p.ID, catalog.Status(*f.Status)); err != nil {
			return p, err
		}
		p.Status, p.Version = catalog.Status(*f.Status), p.Version+1
	}
	if err := f.setPrices(ctx, tx, p); err != nil {
		return p, err
	}
	return p, audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "product.update", Subject: string(p.ID)})
}

func setPrice(ctx context.Context, tx *db.Tx, product catalog.ProductID, price skuPriceRequest) error {
	v, err := catalog.FindSKU(ctx, tx, price.SKU)
	if err == nil && v.Product != product {
		err = catalog.ErrSKUNotFound
	}
	if err != nil {
		return err
	}
	return pricing.Set(ctx, tx, price.Market, v.ID, money.Of(price.Amount, money.Currency(price.Currency)))
}

type archiveInput struct {
	ProductInput
}

// archiveProduct takes a product off sale. It keeps its links and its orders.
func (a *API) archiveProduct(ctx context.Context, in *archiveInput) (*productOutput, error) {
	var out *productOutput
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := catalog.Move(ctx, tx, in.ID, catalog.StatusArchived); err != nil {
			return err
		}
		p, err := catalog.Find(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out = productOutputOf(p)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "product.archive", Subject: string(in.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type bulkProductsInput struct {
	Body struct {
		Products []productRow `json:"products" minItems:"1" maxItems:"100"`
	}
}

type productRow struct {
	ID      string `json:"id,omitempty" doc:"Of the one to change; left out: a new one"`
	Version int64  `json:"version,omitempty" minimum:"0" doc:"The version you read; left out: whatever there is"`
	ProductFields
}

// bulkResult is what became of one row.
type bulkResult struct {
	Row     int    `json:"row" doc:"From 0, as sent"`
	Result  string `json:"result" enum:"created,updated,deleted,refused"`
	ID      string `json:"id,omitempty"`
	Version int64  `json:"version,omitempty"`
	Code    string `json:"code,omitempty" doc:"Why it was refused"`
	Detail  string `json:"detail,omitempty"`
}

type bulkOutput struct {
	Body struct {
		Data []bulkResult `json:"data"`
	}
}

// row runs one row of many: what is refused changes nothing and is told, the
// others go on.
func row(ctx context.Context, tx *db.Tx, n int, run func() (bulkResult, error)) (bulkResult, error) {
	var r bulkResult
	err := tx.Savepoint(ctx, func() (err error) {
		r, err = run()
		return err
	})
	if err != nil && (db.LostRace(err) || fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unavailable) {
		return r, err
	}
	if err != nil {
		r = bulkResult{Result: "refused", Code: fault.CodeOf(err), Detail: fault.TextOf(err)}
	}
	r.Row = n
	return r, nil
}

// bulkProducts creates and changes many products; each row is done whole or not
// at all.
func (a *API) bulkProducts(ctx context.Context, in *bulkProductsInput) (*bulkOutput, error) {
	out := new(bulkOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		out.Body.Data = nil
		for i, one := range in.Body.Products {
			r, err := row(ctx, tx, i, func() (bulkResult, error) {
				if one.ID == "" {
					p, err := a.create(ctx, tx, one.ProductFields)
					return bulkResult{Result: "created", ID: string(p.ID), Version: p.Version}, err
				}
				p, err := a.update(ctx, tx, catalog.ProductID(one.ID), one.Version, one.ProductFields)
				return bulkResult{Result: "updated", ID: string(p.ID), Version: p.Version}, err
			})
			if err != nil {
				return err
			}
			out.Body.Data = append(out.Body.Data, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
