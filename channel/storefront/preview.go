package storefront

import (
	"cmp"
	"net/http"
	"net/url"

	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
)

// previewPolicy is that of a checkout one only looks at: no script runs, no form
// is sent, and the admin may frame it.
const previewPolicy = "default-src 'none'; script-src 'none'; style-src 'nonce-" + web.NonceMark + "'; img-src 'self' data:; connect-src 'none'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

// previewRoute opens the page behind the links of flow editors.
func (s *Shop) previewRoute(mux *http.ServeMux) {
	mux.Handle("GET /checkout/preview", web.WithCSP(web.Pages(s.trouble).Handle(s.preview), previewPolicy))
}

// preview shows the checkout page of a flow that nobody can have yet, as the
// shopper would see it. It knows no cookie of who looks, keeps nothing, and
// nothing on it can be bought.
func (s *Shop) preview(w http.ResponseWriter, r *http.Request) error {
	ask := r.URL.Query()
	var p checkout.Preview
	var v *visit
	err := s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if p, err = checkout.ReadPreview(s.Keeper, ask.Get("of"), tx.Now); err != nil {
			return err
		}
		as := url.Values{askMarket: {p.Market}}
		if p.Locale != "" {
			as.Set(askLanguage, p.Locale[:min(2, len(p.Locale))])
		}
		stranger := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/checkout", RawQuery: as.Encode()}, Header: http.Header{}}
		v, err = s.enter(r.Context(), tx, stranger)
		return err
	})
	if err != nil {
		return err
	}
	c, err := s.Checkout.Look(r.Context(), p)
	if err != nil {
		return err
	}
	page := s.checkoutPage(r.Context(), v, c.View, ask.Get("step"))
	page.preview, page.fate = true, fateOf(v, p, c.Fate)
	if shown, err := s.oneClick(w, r, page); shown || err != nil {
		return err
	}
	return write(w, r, http.StatusOK, checkoutTemplate(page))
}

// fateOf says whether whom a preview pretends to be would get its flow.
func fateOf(v *visit, p checkout.Preview, all []flow.Verdict) (said string) {
	for _, f := range all {
		mine := f.Flow == cmp.Or(p.Flow, flow.Placeholder)
		switch {
		case mine && f.Chosen:
			return v.T("shop.preview.gets")
		case f.Chosen:
			said = v.T("shop.preview.other", "Name", f.Name) + said
		case mine && f.Clause != "":
			said += " " + v.T("shop.preview.clause", "Clause", f.Clause)
		}
	}
	return said
}
