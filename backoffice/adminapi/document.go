package adminapi

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/document"
	"korzo/purchase/document/file"
)

type documentBody struct {
	ID       string     `json:"id"`
	Number   string     `json:"number"`
	Kind     string     `json:"kind" doc:"invoice, credit_note"`
	Entity   string     `json:"entity" doc:"The seller whose series it stands in"`
	Order    string     `json:"order"`
	Corrects string     `json:"corrects,omitempty" doc:"The invoice that a credit note takes back, by id"`
	Net      amountBody `json:"net"`
	Tax      amountBody `json:"tax"`
	Total    amountBody `json:"total"`
	IssuedAt string     `json:"issued_at" format:"date-time"`
}

type listDocumentsInput struct {
	PageInput
	Kind   document.Kind `query:"kind" enum:"invoice,credit_note" doc:"Only these"`
	Entity string        `query:"entity" doc:"Only this seller's"`
}

func (a *API) listDocuments(ctx context.Context, in *listDocumentsInput) (*list[documentBody], error) {
	if err := in.behind("doc"); err != nil {
		return nil, err
	}
	var data []documentBody
	var next document.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		data = nil
		all, more, err := document.List(ctx, tx, document.Filter{Kind: in.Kind, Entity: in.Entity, After: document.ID(in.After), Limit: in.Limit})
		for _, d := range all {
			data = append(data, documentBody{string(d.ID), d.Number, string(d.Kind), d.Entity, d.Order, string(d.Corrects),
				amountOf(d.Net), amountOf(d.Tax), amountOf(d.Total), rfc3339(d.IssuedAt)})
		}
		next = more
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(data, string(next)), nil
}

type showDocumentInput struct {
	ID     document.ID `path:"id"`
	Format string      `query:"format" enum:"pdf,xml" default:"pdf" doc:"pdf for people; xml is UBL as EN 16931 has it"`
}

type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *API) showDocument(ctx context.Context, in *showDocumentInput) (*fileOutput, error) {
	var c document.Content
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		_, c, err = document.Find(ctx, tx, a.Keeper, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	f, err := file.Render(c, in.Format, a.Catalog.Locale(c.Locale), "")
	if err != nil {
		return nil, err
	}
	return &fileOutput{f.Type, f.Disposition(), f.Body}, nil
}
