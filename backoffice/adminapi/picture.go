package adminapi

import (
	"context"
	"strconv"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// pictureRoutes are the pictures of the shop, whether a product shows them or not.
func (a *API) pictureRoutes(r routes) {
	add(r, "GET", "/pictures", "Products", "List the shop's pictures", "catalog.read", a.listPictures)
	add(r, "GET", "/pictures/{blob}", "Products", "Show a picture and who shows it", "catalog.read", a.showPicture)
	add(r, "PATCH", "/pictures/{blob}", "Products", "Say what is seen on a picture", "catalog.write", a.describePicture)
	add(r, "DELETE", "/pictures/{blob}", "Products", "Delete a picture that no product shows", "catalog.write", a.deletePicture)
}

type pictureBody struct {
	Blob     string              `json:"blob"`
	File     string              `json:"file,omitempty" doc:"As it was called when it was sent"`
	Bytes    int64               `json:"bytes,omitempty" doc:"As it was sent"`
	Alt      string              `json:"alt"`
	Alts     map[string]string   `json:"alts,omitempty"`
	Width    int                 `json:"width"`
	Height   int                 `json:"height"`
	Sizes    []catalog.ImageSize `json:"sizes,omitempty"`
	Uses     int64               `json:"uses" doc:"Products that show it"`
	Products []string            `json:"products,omitempty" doc:"Which those are, of one picture: at most 100"`
	AddedAt  time.Time           `json:"added_at"`
}

func pictureOf(p catalog.Picture) pictureBody {
	return pictureBody{Blob: p.Blob, File: p.File, Bytes: p.Bytes, Alt: p.Alt, Alts: p.Alts, Width: p.Width, Height: p.Height, Sizes: p.Sizes, Uses: p.Uses, AddedAt: p.At}
}

type listPicturesInput struct {
	Query string `query:"q" maxLength:"200" doc:"Part of the file's name or of what is seen"`
	Used  string `query:"used" enum:",used,unused"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	After int64  `query:"after" minimum:"0"`
}

func (a *API) listPictures(ctx context.Context, in *listPicturesInput) (*list[pictureBody], error) {
	var bodies []pictureBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, err := catalog.Pictures(ctx, tx, catalog.PictureFilter{Query: in.Query, Usage: catalog.Usage(in.Used), After: in.After, Limit: in.Limit})
		bodies, next = nil, ""
		for _, p := range page {
			bodies = append(bodies, pictureOf(p))
		}
		if n := len(page); n == in.Limit {
			next = strconv.FormatInt(page[n-1].Position, 10)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type pictureInput struct {
	Blob string `path:"blob" maxLength:"200"`
}

type pictureOutput struct {
	Body pictureBody
}

func (a *API) showPicture(ctx context.Context, in *pictureInput) (*pictureOutput, error) {
	out := new(pictureOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := catalog.FindPicture(ctx, tx, in.Blob)
		if err != nil {
			return err
		}
		out.Body = pictureOf(p)
		shown, err := catalog.ShownBy(ctx, tx, in.Blob)
		for _, product := range shown {
			out.Body.Products = append(out.Body.Products, string(product.ID))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type describePictureInput struct {
	Blob string `path:"blob" maxLength:"200"`
	Body struct {
		Alt  string            `json:"alt" maxLength:"300" doc:"What is seen, for who cannot see it"`
		Alts map[string]string `json:"alts,omitempty" doc:"The same by locale"`
	}
}

func (a *API) describePicture(ctx context.Context, in *describePictureInput) (*pictureOutput, error) {
	out := new(pictureOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := catalog.DescribePicture(ctx, tx, in.Blob, in.Body.Alt, in.Body.Alts); err != nil {
			return err
		}
		p, err := catalog.FindPicture(ctx, tx, in.Blob)
		if err != nil {
			return err
		}
		out.Body = pictureOf(p)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "media.describe", Subject: in.Blob})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) deletePicture(ctx context.Context, in *pictureInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := catalog.RemovePicture(ctx, tx, in.Blob); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "media.delete", Subject: in.Blob})
	})
}
