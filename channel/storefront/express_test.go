package storefront_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"

	"github.com/chromedp/chromedp"
)

// expresses publishes a flow with an express area for Germany, and leaves the
// others without one.
func (w *world) expresses(layout flow.Layout, asks flow.Asks) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		v, err := flow.Save(w.t.Context(), tx, "", flow.Document{Name: "Express", Layout: layout, Trigger: `market == "DE"`, Priority: 20, Asks: asks,
			Payments: map[string][]string{"DE": {"card", "google_pay", "paypal"}}, Widgets: []flow.Widget{{Kind: "wallet"}}})
		if err != nil {
			return err
		}
		return flow.Publish(w.t.Context(), tx, v.Flow, v.Version)
	})
}

// atWallet opens the page of the wallet that a page of the shop leads to, and
// presses a button there; it returns where that leads.
func (w *world) atWallet(page shown, answer, person string) *url.URL {
	w.t.Helper()
	found := regexp.MustCompile(`href="(http[^"]*/wallets/[^"]*)"`).FindStringSubmatch(page.body)
	if found == nil {
		w.t.Fatalf("%s leads to no wallet:\n%s", page.path, page.text())
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := stay.PostForm(found[1], url.Values{"answer": {answer}, "person": {person}})
	if err != nil {
		w.t.Fatal(err)
	}
	_ = got.Body.Close()
	back, err := got.Location()
	if err != nil {
		w.t.Fatalf("%d: %v", got.StatusCode, err)
	}
	return back
}

// goesBack follows the way back from a wallet.
func (b *browser) goesBack(to *url.URL) shown {
	b.w.t.Helper()
	return b.open(to.RequestURI())
}

func TestAWalletOnTheProductsPageBuysWithoutTyping(t *testing.T) {
	each(t, func(w *world) {
		for _, layout := range []flow.Layout{flow.OnePage, flow.ThreePage} {
			w.expresses(layout, flow.Asks{})
			b := w.browser("en")
			b.open("/products/mug").says("or buy at once", "Buy at once with Google Pay", "PayPal")
			to := b.send("/checkout/express", "product", "mug", "variant", w.variant("MUG-1"), "quantity", "1", "wallet", "paypal").
				at(200, "/checkout/express").says("On to PayPal", "Nothing is ordered or paid yet")
			before := len(w.orders())
			back := b.goesBack(w.atWallet(to, "yes", "0")).at(200, "/checkout").
				says("ada@example.com", "Torstraße 1", "10119 Berlin", "PayPal", "Standard", "€17.80", "Change").silent("Card", "Pay faster")
			for _, field := range []string{`name="email"`, `name="line1"`, `name="method"`, `name="instrument"`} {
				if strings.Contains(back.body, field) {
					t.Errorf("%s: it asks for %s again", layout, field)
				}
			}
			if len(w.orders()) != before {
				t.Fatal("an order was placed before its total was agreed to")
			}
			form := url.Values{"intent": {"place"}, "step": {""}, "option": {"de_express"}, "key": {back.value("key")}, "agreed": {back.value("agreed")}, "due": {back.value("due")}}
			moved := b.post("/checkout", form).at(422, "/checkout").says("€25.80")
			form.Set("key", moved.value("key"))
			form.Set("agreed", moved.value("agreed"))
			form.Set("due", moved.value("due"))
			b.post("/checkout", form).says("Thank you", "€25.80", "Torstraße 1")
			if len(w.orders()) != before+1 {
				t.Errorf("%d orders", len(w.orders()))
			}
		}
	})
}

func TestTheBagIsBoughtByAWalletAndNothingInItIsLeftBehind(t *testing.T) {
	each(t, func(w *world) {
		w.expresses(flow.OnePage, flow.Asks{})
		b := w.browser("en")
		b.send("/cart/lines", "product", "throw", "variant", w.variant("THROW-0"), "quantity", "1").says("or buy at once", "Google Pay")
		b.open("/products/mug").says("Together with the other thing in your bag")
		b.send("/checkout/express", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "2", "wallet", "google_pay").says("On to Google Pay")
		again := b.send("/checkout/express", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "2", "wallet", "google_pay").says("On to Google Pay")
		b.open("/cart").says("€114.80") // two mugs, not four, and the throw
		b.goesBack(w.atWallet(again, "no", "")).at(200, "/cart").says("Wool throw", "Stoneware mug")
		b.send("/checkout/express", "product", "mug", "variant", w.variant("MUG-2"), "quantity", "1", "wallet", "google_pay").at(200, "/checkout").says("This is sold out")
	})
}

func TestAPageAfterAWalletAsksOnlyWhatIsMissing(t *testing.T) {
	each(t, func(w *world) {
		w.expresses(flow.OnePage, flow.Asks{Company: flow.AskRequired})
		b := w.browser("en")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		page := b.goesBack(w.atWallet(b.send("/checkout/express", "wallet", "paypal"), "yes", "0")).at(200, "/checkout").says("Company", "Torstraße 1")
		if strings.Contains(page.body, `name="email"`) || strings.Contains(page.body, `name="line1"`) || !strings.Contains(page.body, `name="company"`) {
			t.Errorf("it asks for something else than the company: %s", page.text())
		}
		mail := b.goesBack(w.atWallet(b.send("/checkout/express", "wallet", "paypal"), "yes", "")) // the first address is kept
		mail.says("Torstraße 1")

		other := w.browser("en")
		other.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		bare := other.goesBack(w.atWallet(other.send("/checkout/express", "wallet", "paypal"), "yes", "")).at(200, "/checkout")
		if strings.Contains(bare.body, `name="email"`) || !strings.Contains(bare.body, `name="line1"`) {
			t.Errorf("the address is missing, the e-mail address is not: %s", bare.text())
		}
		change := other.open("/checkout?step=payment").says("Card", "PayPal")
		if !strings.Contains(change.body, `name="method"`) {
			t.Error("another way to pay cannot be chosen")
		}
		other.send("/checkout", "intent", "refresh", "method", "card")
		card := other.open("/checkout")
		if !strings.Contains(card.body, `name="instrument"`) || strings.Contains(card.body, "sandbox:wallet") {
			t.Error("what the wallet gave is taken for a card")
		}
	})
}

func TestWhatAWalletToldOneShopperIsToldToNoOther(t *testing.T) {
	each(t, func(w *world) {
		w.expresses(flow.OnePage, flow.Asks{})
		ada, eve := w.browser("en"), w.browser("en")
		for _, b := range []*browser{ada, eve} {
			b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		}
		back := w.atWallet(ada.send("/checkout/express", "wallet", "paypal"), "yes", "0")
		eve.goesBack(back).at(200, "/cart")
		eve.open("/checkout").silent("Torstraße", "ada@example.com")
		w.browser("en").goesBack(back).at(200, "/cart").silent("Torstraße")
		eve.open("/checkout/express/paypal?wallet=x.y").at(200, "/cart")
		eve.open("/checkout/express/nothing").at(200, "/checkout")
		ada.goesBack(back).says("Torstraße 1")
		ada.goesBack(back).says("Torstraße 1") // and again
	})
}

func TestNoWalletIsShownWhereFlowMarketOrGatewayHaveNone(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1").silent("buy at once")
		b.open("/products/mug").silent("buy at once", "PayPal")
		b.send("/checkout/express", "wallet", "paypal").at(200, "/checkout").says("Card").silent("On to PayPal")

		w.expresses(flow.OnePage, flow.Asks{})
		b.open("/products/mug").says("buy at once")
		b.open("/products/lamp").says("Sold out").silent("buy at once")
		b.send("/settings", "market", "HU", "language", "en", "back", "/products/mug").silent("buy at once")
		b.open("/cart").silent("buy at once")
		b.send("/settings", "market", "DE", "language", "en", "back", "/")
		b.send("/checkout/express", "wallet", "nothing").at(200, "/checkout")
		w.browser("en").send("/checkout/express", "wallet", "paypal").at(200, "/cart")

		w.bank.Stop(true)
		shopper := w.browser("en")
		shopper.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		shopper.send("/checkout/express", "wallet", "paypal").at(200, "/checkout").says("The wallet does not answer at the moment", "€17.80")
	})
}

// A shopper on a phone buys from the product's page without typing a letter.
func TestAWalletIsTappedOnAPhoneAndTheOrderIsThere(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.expresses(flow.OnePage, flow.Asks{})
	p := w.phone(t)
	p.do(chromedp.Navigate(w.server.URL+"/products/mug"), chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)),
		chromedp.WaitVisible(chromedp.CSS(`.button-wallet[value=google_pay]`)))
	p.shoot("product-express")
	p.do(chromedp.Click(chromedp.CSS(`.button-wallet[value=google_pay]`)), chromedp.WaitVisible(chromedp.CSS(`button.yes`)))
	if !strings.HasPrefix(evaluate[string](p, `location.pathname`), "/wallets/") {
		t.Fatalf("the wallet's page is %s", evaluate[string](p, `location.href`))
	}
	p.do(chromedp.Click(chromedp.CSS(`button.yes`)), chromedp.WaitVisible(chromedp.CSS(`#place .button-place`)))
	p.shoot("checkout-express")
	if typed := evaluate[int64](p, `document.querySelectorAll('main input:not([type=hidden], [type=radio], [type=checkbox])').length`); typed != 0 {
		t.Errorf("%d fields are to be typed into", typed)
	}
	if text := p.text(`#place .button-place`); !strings.Contains(text, "€17.80") {
		t.Errorf("the button says %q", text)
	}
	p.do(chromedp.Click(chromedp.CSS(`input[value="de_express"]`)), quiet, p.changed(`#brief-total`, "€17.80"),
		chromedp.Click(chromedp.CSS(`#place .button-place`)), chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	if all := w.orders(); len(all) != 1 || all[0].Total.Minor != 25_80 {
		t.Errorf("%+v", all)
	}
	p.do(chromedp.Navigate(w.server.URL+"/products/throw"), chromedp.Click(chromedp.CSS(`.buy-button`)), chromedp.WaitVisible(chromedp.CSS(`.drawer .button-wallet`)))
	p.shoot("drawer-express")
	p.do(chromedp.Click(chromedp.CSS(`.drawer .button-wallet[value=paypal]`)), chromedp.Click(chromedp.CSS(`button.yes`)), chromedp.Click(chromedp.CSS(`#place .button-place`)), chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	if n := len(w.orders()); n != 2 {
		t.Errorf("%d orders", n)
	}
}
