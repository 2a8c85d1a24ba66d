package storefront

import (
	"net/http"
	"strconv"

	"korzo/platform/db"
	"korzo/purchase/document"
	"korzo/purchase/document/file"
	"korzo/purchase/order"
)

// document hands out an order's invoice or credit note to who may see the order.
func (s *Shop) document(w http.ResponseWriter, r *http.Request) error {
	p, err := s.loadOrder(r, order.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	var c document.Content
	err = s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		var d document.Document
		if d, c, err = document.Find(r.Context(), tx, s.Keeper, document.ID(r.PathValue("document"))); err == nil && d.Order != string(p.ID) {
			err = document.ErrNotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	f, err := file.Render(c, r.URL.Query().Get("format"), s.Catalog.Locale(c.Locale), s.Checkout.OrderLink(p.ID))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", f.Disposition())
	h.Set("Content-Length", strconv.Itoa(len(f.Body)))
	h.Set("Cache-Control", "private, no-store")
	_, err = w.Write(f.Body)
	return err
}
