package adminapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"korzo/offer/catalog"
	"korzo/platform/auth"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/checkout"
	"korzo/purchase/download"
	"korzo/purchase/order"

	"github.com/danielgtaylor/huma/v2"
)

var errNoFile = fault.New(fault.Invalid, "adminapi.no_file", "there is no such file: send it to /admin/v1/files first, and give its blob, name and bytes as they are answered")

// downloadRoutes are those of digital goods. A file is sent first, as it is,
// and then given to a variant as it is answered.
func (a *API) downloadRoutes(mux *http.ServeMux, r routes) {
	a.raw(mux, "POST /files", "catalog.write", a.keepFile)
	describe(r, "POST", "/files", "Products", "Keep a file of digital goods", "catalog.write",
		"The body is the file as it is. Give it to a variant as it is answered.",
		&huma.Operation{Parameters: []*huma.Param{inQuery("name", "What its buyer's download is called")}, RequestBody: fileBody("application/octet-stream"),
			Responses: map[string]*huma.Response{"201": jsonText("What a variant's file takes", "blob", "name"), "413": {Description: "Too large"}}})
	add(r, "GET", "/orders/{id}/downloads", "Orders", "List an order's downloads", "orders.read", a.listDownloads)
	add(r, "POST", "/orders/{id}/downloads", "Orders", "Grant an order's downloads anew", "orders.write", a.grantDownloads)
	add(r, "DELETE", "/orders/{id}/downloads", "Orders", "Revoke an order's downloads", "orders.write", a.revokeDownloads)
}

// keepFile keeps a file as it comes: nothing of it is held in memory.
func (a *API) keepFile(w http.ResponseWriter, r *http.Request, _ auth.Key) error {
	web.Widen(w, r, download.MaxBytes+1)
	f, err := download.Keep(r.Context(), a.Files, r.URL.Query().Get("name"), r.Body, a.DB.Now())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return json.NewEncoder(w).Encode(f)
}

// filed checks that the files of a product's variants are kept.
func (a *API) filed(ctx context.Context, variants []variantRequest) error {
	for _, v := range variants {
		if v.File == nil || *v.File == (catalog.File{}) {
			continue
		}
		f, err := a.Files.Open(ctx, v.File.Blob)
		if errors.Is(err, blob.ErrNotFound) {
			return errNoFile
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type rightBody struct {
	ID        download.ID    `json:"id"`
	Line      string         `json:"line"`
	Name      string         `json:"name"`
	Bytes     int64          `json:"bytes"`
	Status    download.State `json:"status"`
	Allowed   int64          `json:"allowed" doc:"Downloads; 0 is without end"`
	Used      int64          `json:"used"`
	EndsAt    string         `json:"ends_at,omitempty" format:"date-time"`
	LastAt    string         `json:"last_at,omitempty" format:"date-time"`
	GrantedAt string         `json:"granted_at" format:"date-time"`
}

func (a *API) listDownloads(ctx context.Context, in *orderInput) (*list[rightBody], error) {
	var all []checkout.Download
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		o, err := order.Find(ctx, tx, in.ID)
		if err == nil {
			all, err = a.Checkout.Downloads(ctx, tx, o)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var bodies []rightBody
	for _, d := range all {
		bodies = append(bodies, rightBody{d.ID, d.Line, d.Name, d.Bytes, d.State, d.Allowed, d.Used, rfc3339(d.EndsAt), rfc3339(d.BegunAt), rfc3339(d.GrantedAt)})
	}
	return listOf(bodies, ""), nil
}

// grantDownloads gives what was missing, and lets what is there begin anew.
func (a *API) grantDownloads(ctx context.Context, in *orderInput) (*list[rightBody], error) {
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := a.Checkout.Regrant(ctx, tx, in.ID); err != nil {
			return err
		}
		return a.note(ctx, tx, "download.grant", string(in.ID))
	})
	if err != nil {
		return nil, err
	}
	return a.listDownloads(ctx, in)
}

func (a *API) revokeDownloads(ctx context.Context, in *orderInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := order.Head(ctx, tx, in.ID); err != nil {
			return err
		}
		if err := download.Revoke(ctx, tx, string(in.ID)); err != nil {
			return err
		}
		return a.note(ctx, tx, "download.revoke", string(in.ID))
	})
}
