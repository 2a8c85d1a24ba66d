package storefront_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/paylink"
	"korzo/value/money"
)

// A link is paid on a phone of 360 pixels, once.
func TestALinkIsPaidOnAPhone(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.abroad()
	var link paylink.Link
	dbtest.Write(t, w.d, func(tx *db.Tx) (err error) {
		link, err = w.links.Make(t.Context(), tx, paylink.Draft{Market: "DE", Currency: "EUR", Channel: "web", Locale: "en", Amount: money.Of(49_00, "EUR"), Text: "Engraving", Actor: "staff"})
		return err
	})
	p := w.phone(t)
	p.do(chromedp.Navigate(w.links.URL(link.ID)), chromedp.WaitVisible(chromedp.CSS(`.link-sum`)))
	p.shoot("link-open")
	if wide := evaluate[int](p, `document.documentElement.scrollWidth`); wide > 360 {
		t.Errorf("the page is %d pixels wide", wide)
	}
	p.choose("card")
	p.typeCard("4242424242424242")
	p.do(chromedp.Click(chromedp.CSS(`form[data-once] button`)), chromedp.WaitVisible(chromedp.CSS(`.alert-good`)))
	p.shoot("link-paid")
	p.do(chromedp.Navigate(w.links.URL(link.ID)), chromedp.WaitVisible(chromedp.CSS(`.alert-good`)))
	if text := p.text(`main`); strings.Contains(text, "€50") || !strings.Contains(text, "49") {
		t.Errorf("the page says %q", text)
	}
}
