package storeapi

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/document"
	"korzo/purchase/document/file"
	"korzo/purchase/order"
)

// documentBody is an invoice or credit note in a list.
type documentBody struct {
	ID       string     `json:"id"`
	Number   string     `json:"number"`
	Kind     string     `json:"kind" doc:"invoice, credit_note"`
	Corrects string     `json:"corrects,omitempty" doc:"The invoice that a credit note takes back, by id"`
	Net      amountBody `json:"net"`
	Tax      amountBody `json:"tax"`
	Total    amountBody `json:"total"`
	IssuedAt string     `json:"issued_at" format:"date-time"`
}

type documentsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []documentBody `json:"data"`
	}
}

// listDocuments lists what was issued for an order, to who may see the order.
func (a *API) listDocuments(ctx context.Context, in *OrderInput) (*documentsOutput, error) {
	out := &documentsOutput{CacheControl: "private, no-store"}
	return out, a.DB.Read(ctx, func(tx *db.Tx) error {
		out.Body.Data = []documentBody{}
		if _, err := a.openOrder(ctx, tx, in); err != nil {
			return err
		}
		all, err := document.OfOrder(ctx, tx, string(in.ID))
		for _, d := range all {
			out.Body.Data = append(out.Body.Data, documentBody{string(d.ID), d.Number, string(d.Kind), string(d.Corrects),
				amountOf(d.Net), amountOf(d.Tax), amountOf(d.Total), rfc3339(d.IssuedAt)})
		}
		return err
	})
}

type showDocumentInput struct {
	OrderInput
	Document document.ID `path:"document"`
	Format   string      `query:"format" enum:"pdf,xml" default:"pdf" doc:"pdf for people; xml is UBL as EN 16931 has it"`
}

type fileOutput struct {
	CacheControl string `header:"Cache-Control"`
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	Body         []byte
}

// showDocument hands out an order's document as a file.
func (a *API) showDocument(ctx context.Context, in *showDocumentInput) (*fileOutput, error) {
	var c document.Content
	var o order.Order
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if o, err = a.openOrder(ctx, tx, &in.OrderInput); err != nil {
			return err
		}
		var d document.Document
		if d, c, err = document.Find(ctx, tx, a.Keeper, in.Document); err == nil && d.Order != string(o.ID) {
			err = document.ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	f, err := file.Render(c, in.Format, a.Catalog.Locale(c.Locale), a.Checkout.OrderLink(o.ID))
	if err != nil {
		return nil, err
	}
	return &fileOutput{"private, no-store", f.Type, f.Disposition(), f.Body}, nil
}
