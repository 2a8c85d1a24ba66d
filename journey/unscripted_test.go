package journey_test

import (
	"context"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
	"korzo/value/address"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// unscripted turns scripts off in the pages that are opened from now on. What a
// test asks of a page is still answered.
func (e *eyes) unscripted() {
	e.t.Helper()
	e.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// types fills in fields, each by its id without f-.
func (e *eyes) types(fields ...string) {
	e.t.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		e.do(chromedp.SetValue(chromedp.CSS("#f-"+fields[i]), fields[i+1]))
	}
}

// taps clicks and waits for a part of the page that comes.
func (e *eyes) taps(part, next string) {
	e.t.Helper()
	e.do(chromedp.Click(chromedp.CSS(part)))
	e.until(`document.readyState === "complete" && document.querySelector('` + next + `') !== null`)
}

// paysByCard pays with the sandbox's card that is approved, and waits for the order.
func (e *eyes) paysByCard() {
	e.t.Helper()
	e.do(chromedp.Click(chromedp.CSS(`details.cards summary`)), chromedp.WaitVisible(chromedp.CSS(`input[value=approve]`)),
		chromedp.Click(chromedp.CSS(`input[value=approve]`)), chromedp.Click(chromedp.CSS(`.button-place`)))
	e.until(`location.pathname.startsWith('/orders/') && document.readyState === "complete"`)
}

// An embedded checkout without scripts has no element to stand in; its pages are
// bought through by TestAnEmbeddedCheckoutNeedsNeitherScriptNorCookie. A headless
// one is its client's.
func TestEveryLayoutIsBoughtThroughInABrowserWithoutScripts(t *testing.T) {
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	ada, _ := oneClick(w, 60, visa)
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		id, err := profile.AddAddress(t.Context(), tx, w.App.Keeper, profile.CustomerID(ada.id), address.Address{Name: "Ada Lovelace", Line1: "Torstr. 1", PostalCode: "10119", City: "Berlin", Country: "DE"})
		if err != nil {
			return err
		}
		return profile.SetDefaultAddress(t.Context(), tx, profile.CustomerID(ada.id), id)
	})
	e := look(t, w)
	e.unscripted()
	e.goes("/", ".consent")
	e.do(chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)))
	e.buysOnOnePage(w)
	e.buysOnThreePages(w)
	e.buysByOneClick(w)
	if n := orderCount(w); n != 3 {
		t.Errorf("%d orders", n)
	}
	w.Whole()
}

func (e *eyes) buysOnOnePage(w *apptest.World) {
	e.t.Helper()
	withWidgets(w, flow.OnePage, flow.Widget{Kind: "order_note"})
	e.packs()
	e.goes("/checkout", ".button-place")
	if e.said(`document.querySelector('main noscript *') ? 'off' : 'on'`) != "off" {
		e.t.Fatal("scripts are not off")
	}
	e.taps(".button-place", ".alert-error") // what is missing is told
	e.types("email", "bo@example.com", "name", "Bo Beispiel", "line1", "Torstr. 1", "postal_code", "10119", "city", "Berlin")
	e.shoot("unscripted-one-page")
	e.paysByCard()
}

func (e *eyes) buysOnThreePages(w *apptest.World) {
	e.t.Helper()
	withWidgets(w, flow.ThreePage, flow.Widget{Kind: "order_note"})
	e.packs()
	e.goes("/checkout", "#next button")
	e.types("email", "bo@example.com", "name", "Bo Beispiel", "line1", "Torstr. 1", "postal_code", "10119", "city", "Berlin")
	e.taps("#next button", "#delivery")
	e.taps("#next button", ".button-place")
	e.taps(`a[href="/checkout?step=delivery"]`, "#delivery") // back, and on again
	e.taps("#next button", ".button-place")
	e.shoot("unscripted-three-pages")
	e.paysByCard()
}

// buysByOneClick taps, takes it back, and taps for good.
func (e *eyes) buysByOneClick(w *apptest.World) {
	e.t.Helper()
	dbtest.Write(e.t, w.App.DB, func(tx *db.Tx) error { // from here on it is before those for everybody
		all, err := flow.Live(e.t.Context(), tx)
		if err != nil {
			return err
		}
		for _, v := range all {
			if v.Document.Layout == flow.OneClick {
				v.Document.Priority = 1000
				next, err := flow.Save(e.t.Context(), tx, v.Flow, v.Document)
				if err != nil {
					return err
				}
				return flow.Publish(e.t.Context(), tx, next.Flow, next.Version)
			}
		}
		return nil
	})
	e.goes("/sign-in", "#f-email")
	e.types("email", "ada@example.com", "password", "correct horse battery")
	e.taps("main button.button-primary", ".account-head")
	e.packs()
	e.goes("/checkout", "#one-click .button-place")
	e.taps("#one-click .button-place", tapped)
	e.shoot("unscripted-tap")
	e.taps(`form[action="/checkout/undo"] button`, `form[action="/checkout/tap"]`)
	if n := orderCount(w); n != 2 {
		e.t.Errorf("%d orders after a tap that was undone", n)
	}
	e.taps("#one-click .button-place", tapped)
	w.Pass(time.Minute)
	e.until(`location.pathname.startsWith('/orders/') && document.readyState === "complete"`) // the page asks again by itself
}

// packs puts a mug into the bag by its form.
func (e *eyes) packs() {
	e.t.Helper()
	e.goes("/products/mug", ".buy-button")
	e.taps(".buy-button", ".lines")
}
