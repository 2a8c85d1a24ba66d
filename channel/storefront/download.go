package storefront

import (
	"net/http"
	"strconv"

	"korzo/purchase/checkout"
	"korzo/purchase/download"
)

// download hands out a file that was bought, to whoever has a link to it that
// is signed and has not ended.
func (s *Shop) download(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if r.Method != http.MethodGet || r.Header.Get("Sec-Purpose") != "" { // a look is no download
		w.Header().Set("Cache-Control", "private, no-store")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	right, err := s.Checkout.Fetch(r.Context(), download.ID(r.PathValue("right")), q.Get("until"), q.Get("token"), download.FromStart(r))
	if err != nil {
		return err
	}
	return download.Serve(w, r, s.Files, right)
}

// downloadText says how a file of an order stands.
func (p orderPage) downloadText(d checkout.Download) string {
	switch {
	case d.State != download.StateReady:
		return p.say("download."+string(d.State), "")
	case d.Left() >= 0 && !d.EndsAt.IsZero():
		return p.T("shop.download.left_until", "Count", d.Left(), "Date", p.Date(d.EndsAt, p.zone))
	case d.Left() >= 0:
		return p.T("shop.download.left", "Count", d.Left())
	case !d.EndsAt.IsZero():
		return p.T("shop.download.until", "Date", p.Date(d.EndsAt, p.zone))
	}
	return ""
}

// fileSize is a size as people read it.
func (p page) fileSize(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return strconv.FormatInt(bytes, 10) + " B"
	case bytes < 1<<20:
		return p.Number(bytes>>10) + " kB"
	}
	return p.Number(bytes>>20) + " MB"
}
