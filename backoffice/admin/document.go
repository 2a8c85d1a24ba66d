package admin

import (
	"strconv"

	"korzo/platform/db"
	"korzo/purchase/document"
	"korzo/purchase/document/file"
)

// showDocument hands out an invoice or a credit note.
func (a *Admin) showDocument(v *visit) error {
	var c document.Content
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		_, c, err = document.Find(v.ctx(), tx, a.Keeper, document.ID(v.r.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	f, err := file.Render(c, v.query("format"), a.Catalog.Locale(c.Locale), "")
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", f.Disposition())
	h.Set("Content-Length", strconv.Itoa(len(f.Body)))
	h.Set("Cache-Control", "private, no-store")
	_, err = v.w.Write(f.Body)
	return err
}
