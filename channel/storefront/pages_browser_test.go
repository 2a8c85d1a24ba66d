package storefront_test

import (
	"strings"
	"testing"

	"korzo/offer/content"
	"korzo/platform/db/dbtest"

	"github.com/chromedp/chromedp"
)

// The pages beside the way of a purchase are looked at as all pages are: what
// the merchant wrote, the withdrawal, the choices about being followed, and the
// lists of somebody who keeps several.
func TestThePagesBesideTheWayInABrowser(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.wrote(content.Page{Kind: content.KindLegal, Draft: content.Texts{"en": {Slug: "imprint", Title: "Imprint",
		Body: "## Who we are\nKorzo **GmbH**, a shop for things that last.\n\n- Torstraße 1\n- 10119 Berlin\n\n[Write to us](mailto:a@example.com)"}}})
	p := w.phone(t)
	p.do(chromedp.Navigate(w.server.URL + "/consent"))
	p.shoot("consent")
	p.do(chromedp.Navigate(w.server.URL+"/"), chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)))
	for _, page := range []struct{ name, path string }{{"content", "/pages/imprint"}, {"withdrawal", "/withdrawal"}, {"wishes-empty", "/wishes"}, {"category-none", "/categories/nowhere"}, {"search", "/?q=mug"}} {
		p.do(chromedp.Navigate(w.server.URL + page.path))
		p.shoot(page.name)
	}
	p.do(chromedp.Navigate(w.server.URL+"/register"), chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"),
		chromedp.SetValue(chromedp.CSS(`#f-password`), password), chromedp.Click(chromedp.CSS(`main .button-primary`)), chromedp.WaitVisible(chromedp.CSS(`.account-head`)))
	p.do(chromedp.Navigate(w.server.URL+"/products/mug"), chromedp.Click(chromedp.CSS(`button.wish`)), chromedp.WaitVisible(chromedp.CSS(`.wish-on`)))
	p.do(chromedp.Navigate(w.server.URL+"/wishes"), chromedp.Click(chromedp.CSS(`.wish-more summary`)), chromedp.SetValue(chromedp.CSS(`#list-name`), "Gifts for my mother’s sixtieth"),
		chromedp.Click(chromedp.CSS(`.wish-more[open] button`)), chromedp.WaitVisible(chromedp.CSS(`.chips`)))
	p.shoot("wishes-new")
	p.do(chromedp.Navigate(w.server.URL+"/wishes"), chromedp.Click(chromedp.CSS(`.wish-more:nth-of-type(2) summary`)), chromedp.Click(chromedp.CSS(`button[value=share]`)), chromedp.WaitVisible(chromedp.CSS(`#share`)))
	p.do(chromedp.Click(chromedp.CSS(`.wish-move summary`)), chromedp.WaitVisible(chromedp.CSS(`.wish-move button`)))
	p.shoot("wishes-shared")
	_, wishes, _ := strings.Cut(evaluate[string](p, `document.getElementById('share').value`), "/wishes/")
	p.do(chromedp.Navigate(w.server.URL + "/wishes/" + wishes))
	p.shoot("wishes-theirs")
	p.do(chromedp.Navigate(w.server.URL+"/products/mug"), chromedp.Click(chromedp.CSS(`.buy-button`)), chromedp.WaitVisible(chromedp.CSS(`.drawer .lines`)),
		chromedp.Navigate(w.server.URL+"/cart"), chromedp.Click(chromedp.CSS(`button[form^="later-"]`)), chromedp.WaitVisible(chromedp.CSS(`#saved`)))
	p.shoot("cart-saved")
}
