package storefront_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"korzo/delivery/method"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
	"korzo/value/calendar"
	"korzo/value/money"

	"github.com/chromedp/chromedp"
)

// abroad opens Sweden and Turkey beside the three markets, and lets people pay
// in each as they do there.
func (w *world) abroad() {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		for _, m := range []market.Market{
			{ID: "SE", Name: "Sweden", Currency: "SEK", Countries: []string{"SE"}, Country: "SE", Locale: "en", Zone: "Europe/Stockholm"},
			{ID: "TR", Name: "Turkey", Currency: "TRY", Countries: []string{"TR"}, Country: "TR", Locale: "en", Zone: "Europe/Istanbul"},
		} {
			m.Entity, m.TaxIncluded, m.TaxShipping = "ent_gmbh", true, true
			if err := market.Save(ctx, tx, m); err != nil {
				return err
			}
			if err := tax.SaveRate(ctx, tx, tax.Entry{Country: m.ID, Name: "VAT", PPM: 200_000, Class: tax.Standard, From: calendar.On(2020, 1, 1)}); err != nil {
				return err
			}
			if err := method.Save(ctx, tx, method.Method{ID: strings.ToLower(m.ID) + "_standard", Market: m.ID, Name: map[string]string{"en": "Standard"}, Kind: method.Ship,
				Rule: "flat", Settings: []byte(`{"amount":4900}`), CutOff: 14 * 60, TransitMin: 2, TransitMax: 4, Active: true}); err != nil {
				return err
			}
		}
		if err := market.SaveChannel(ctx, tx, market.Channel{ID: "web", Name: "Korzo", Kind: "storefront", Markets: []string{"DE", "HU", "US", "SE", "TR"}, DefaultMarket: "DE"}); err != nil {
			return err
		}
		return w.open(ctx, tx)
	})
}

// open sells the mugs abroad, by a flow that leaves the ways to pay to the markets.
func (w *world) open(ctx context.Context, tx *db.Tx) error {
	for i := range 3 {
		v, err := catalog.FindSKU(ctx, tx, "MUG-"+string(rune('0'+i)))
		if err != nil {
			return err
		}
		for id, a := range map[string]money.Amount{"SE": money.Of(189_00, "SEK"), "TR": money.Of(749_00, "TRY")} {
			if err := pricing.Set(ctx, tx, id, v.ID, a); err != nil {
				return err
			}
		}
	}
	for _, country := range []string{"DE", "HU", "US", "SE", "TR"} {
		if err := paymethod.Begin(ctx, tx, country, country); err != nil {
			return err
		}
	}
	v, err := flow.Save(ctx, tx, "", flow.Document{Name: "As people pay there", Layout: flow.OnePage, Priority: 20})
	if err != nil {
		return err
	}
	return flow.Publish(ctx, tx, v.Flow, v.Version)
}

// homes are where the buyers of the journeys live.
var homes = map[string][]string{
	"DE": {"name", "Ada Lovelace", "line1", "Torstraße 1", "postal_code", "10119", "city", "Berlin"},
	"HU": {"name", "Lovász Ada", "line1", "Fő utca 1.", "postal_code", "1011", "city", "Budapest"},
	"SE": {"name", "Ada Lovelace", "line1", "Storgatan 1", "postal_code", "111 22", "city", "Stockholm"},
	"TR": {"name", "Ada Lovelace", "line1", "Istiklal Cad. 1", "postal_code", "34430", "city", "Beyoğlu"},
}

// atCheckout puts a mug in the bag in a market and says who and where.
func (p *phone) atCheckout(w *world, marketID string) {
	p.t.Helper()
	p.do(chromedp.Navigate(w.server.URL+"/"), chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)),
		chromedp.SetValue(chromedp.CSS(`#market`), marketID), chromedp.SetValue(chromedp.CSS(`#language`), "en"))
	evaluate[bool](p, `(document.body.dataset.old = 'yes') === 'yes'`) // the page that follows looks the same
	p.do(chromedp.Click(chromedp.CSS(`.settings button`)), chromedp.WaitNotPresent(chromedp.CSS(`body[data-old]`)),
		chromedp.WaitVisible(chromedp.CSS(`a[href="/products/mug"]`)), chromedp.Navigate(w.server.URL+"/products/mug"), chromedp.Click(chromedp.CSS(`.buy-button`)), chromedp.WaitVisible(chromedp.CSS(`.lines`)),
		chromedp.Navigate(w.server.URL+"/checkout"), chromedp.WaitVisible(chromedp.CSS(`#place .button-place`)), chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"))
	home := homes[marketID]
	for i := 0; i < len(home); i += 2 {
		p.do(chromedp.SetValue(chromedp.CSS(`#f-`+home[i]), home[i+1]))
	}
}

// choose taps a way to pay.
func (p *phone) choose(id string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(`input[name=method][value="` + id + `"]`)))
}

// typeCard types a card into the bank's fields as a person does: the page
// around them cannot.
func (p *phone) typeCard(number string) {
	p.t.Helper()
	p.do(chromedp.WaitVisible(chromedp.CSS(`iframe`)), chromedp.ScrollIntoView(chromedp.CSS(`iframe`)))
	visible := `[...document.querySelectorAll('iframe')].find(f => f.checkVisibility())`
	for range 100 { // the frame tells its height once it is ready
		if evaluate[bool](p, visible+`.style.height !== ''`) {
			break
		}
		p.do(chromedp.Sleep(50_000_000))
	}
	at := evaluate[[]float64](p, `(() => { const b = `+visible+`.getBoundingClientRect(); return [b.x + 60, b.y + 50] })()`)
	p.do(chromedp.MouseClickXY(at[0], at[1]), chromedp.KeyEvent(number), chromedp.KeyEvent("\t"), chromedp.KeyEvent("1234"), chromedp.KeyEvent("\t"), chromedp.KeyEvent("123"))
}

func (p *phone) order() { p.t.Helper(); p.do(chromedp.Click(chromedp.CSS(`#place .button-place`))) }

// A card that asks for proof, and a tab that is closed at the bank: the way
// back opens the order in another browser that knows nothing.
func TestACardAsksForProofAndTheTabIsDead(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.abroad()
	p := w.phone(t)
	p.atCheckout(w, "DE")
	p.choose("card")
	p.typeCard("4242424242424241")
	p.order()
	p.shoot("pay-card-refused")
	if len(w.orders()) != 0 {
		t.Error("an order without a card")
	}
	p.do(chromedp.Navigate(w.server.URL+"/checkout"), chromedp.WaitVisible(chromedp.CSS(`#place .button-place`)), chromedp.SetValue(chromedp.CSS(`#f-city`), "Berlin"))
	p.choose("card")
	p.typeCard("4000002760003184")
	p.shoot("pay-card")
	p.order()
	p.do(chromedp.WaitVisible(chromedp.CSS(`button.yes`)))
	p.shoot("bank-proof")
	page := evaluate[string](p, `location.href`)

	other := w.phone(t) // the first tab is dead from here on
	other.do(chromedp.Navigate(page), chromedp.Click(chromedp.CSS(`button.yes`)), chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	other.shoot("order-elsewhere")
	if n := len(w.orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
	p.do(chromedp.Navigate(w.server.URL+"/checkout"), chromedp.WaitNotPresent(chromedp.CSS(`#place .button-place`)))
}

func TestADeclineAndThenAnotherWay(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.abroad()
	p := w.phone(t)
	p.atCheckout(w, "DE")
	p.choose("card")
	p.typeCard("4000000000009995")
	p.order()
	p.do(chromedp.WaitVisible(chromedp.CSS(`.alert-error`)))
	p.shoot("pay-declined")
	if text := p.text(`.alert-error`); !strings.Contains(text, "nothing was charged") || strings.Contains(text, "funds") {
		t.Errorf("the decline says %q", text)
	}
	p.choose("transfer")
	p.order()
	p.do(chromedp.WaitVisible(chromedp.CSS(`.transfer .qr`)))
	p.shoot("order-transfer")
	if text := p.text(`main`); !strings.Contains(text, "Payment open") || strings.Contains(text, "Approved") {
		t.Errorf("of money that is only promised it says %q", text)
	}
	if n := len(w.orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// The bank that is asked first is stopped: the shopper types their card once, is
// asked nothing twice and never hears of it, and the other bank alone has the
// money.
func TestTheFirstBankIsStoppedAndTheShopperBuysOnce(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.abroad()
	w.bank.Stop(true)
	p := w.phone(t)
	p.atCheckout(w, "DE")
	p.choose("card")
	p.typeCard("4242424242424242")
	p.order()
	p.do(chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	p.shoot("order-by-backup")
	if n := len(w.orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
	first, err := w.bank.Book(t.Context())
	if err != nil || len(first) != 0 {
		t.Errorf("the stopped bank has %+v, %v", first, err)
	}
	second, err := w.backup.Book(t.Context())
	if err != nil || len(second) != 1 || second[0].State != "authorized" && second[0].State != "captured" {
		t.Errorf("the other bank has %+v, %v", second, err)
	}
	w.bank.Stop(false)
	if first, err = w.bank.Book(t.Context()); err != nil || len(first) != 0 {
		t.Errorf("started again it has %+v, %v", first, err)
	}
}

func TestPaidByReadingACode(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.abroad()
	p := w.phone(t)
	p.atCheckout(w, "SE")
	p.choose("swish")
	p.shoot("pay-swish")
	p.order()
	p.do(chromedp.WaitVisible(chromedp.CSS(`.qr`)))
	p.shoot("wait-qr")
	app := evaluate[string](p, `document.querySelector('main p.small a').href`)
	hand := w.phone(t)
	hand.do(chromedp.Navigate(app), chromedp.WaitVisible(chromedp.CSS(`button.yes`)))
	hand.shoot("bank-app")
	hand.do(chromedp.Click(chromedp.CSS(`button.yes`)))
	p.do(chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	if n := len(w.orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestPaidInInstalments(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.abroad()
	p := w.phone(t)
	p.atCheckout(w, "TR")
	p.choose("instalments")
	p.typeCard("5526080000000006")
	p.order()
	p.do(chromedp.WaitVisible(chromedp.CSS(`#plans`)))
	p.shoot("pay-plans")
	p.do(chromedp.Click(chromedp.CSS(`input[name=plan][value="3"]`)))
	p.order()
	p.do(chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	if n := len(w.orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestCashOnDeliveryCostsItsFeeAndNeedsATelephone(t *testing.T) {
	each(t, func(w *world) {
		w.abroad()
		b := w.browser("en")
		b.send("/settings", "market", "HU", "language", "en", "back", "/")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "2")
		form := []string{"email", "ada@example.com", "country", "HU", "name", "Lovász Ada", "line1", "Fő utca 1.", "line2", "", "city", "Budapest", "postal_code", "1011", "option", "hu_standard"}
		card := b.send("/checkout", append(form, "intent", "refresh", "method", "card")...)
		cod := b.send("/checkout", append(form, "intent", "refresh", "method", "cod")...).says("HUF 12,300", "HUF 1,980", "+ HUF 490")
		if card.value("agreed") != "1181000" || cod.value("agreed") != "1230000" {
			t.Errorf("%s by card, %s at the door", card.value("agreed"), cod.value("agreed"))
		}
		place := append(slices.Clone(form), "intent", "place", "method", "cod", "key", cod.value("key"), "agreed", cod.value("agreed"))
		b.send("/checkout", append(place, "phone", "")...).at(422, "/checkout").says("Give a telephone number")
		if n := len(w.orders()); n != 0 {
			t.Fatalf("%d orders without a telephone number", n)
		}
		done := b.send("/checkout", append(place, "phone", "+36 1 234 5678")...)
		if !strings.HasPrefix(done.path, "/orders/") {
			t.Fatalf("at %s: %s", done.path, done.text())
		}
		if all := w.orders(); len(all) != 1 || all[0].Total != money.Of(12_300_00, "HUF") || all[0].Shipping != money.Of(1_980_00, "HUF") {
			t.Errorf("%+v", all)
		}
	})
}

func TestOnlyTheCheckoutMayFrameAndOnlyTheBank(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	b := w.bag("en")
	page := b.open("/checkout").says("Test cards of the sandbox")
	policy := page.header.Get("Content-Security-Policy")
	_, frames, found := strings.Cut(policy, "frame-src ")
	fields, _ := w.payments.Fields("sandbox")
	if banks := strings.Join(w.payments.FieldOrigins(), " "); !found || frames != banks || !strings.Contains(banks, fields.Origin) || !strings.Contains(page.body, `data-origin="`+fields.Origin+`"`) {
		t.Errorf("%q frames %q", policy, frames)
	}
	if other := b.open("/cart").header.Get("Content-Security-Policy"); strings.Contains(other, "frame-src") {
		t.Errorf("the bag may frame: %s", other)
	}
}

// Without a script the card is typed on the bank's own page.
func TestWithoutAScriptTheCardIsTypedAtTheBank(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	b := w.bag("en")
	page := b.open("/checkout")
	fields, _ := w.payments.Fields("sandbox")
	if !strings.Contains(page.body, `<input type="hidden" name="instrument" value="`+fields.Page+`">`) {
		t.Fatal("nothing is said to those without a script")
	}
	done := b.send("/checkout", "intent", "place", "email", "ada@example.com", "country", "DE", "name", "Ada Lovelace", "line1", "Torstraße 1", "line2", "", "city", "Berlin", "postal_code", "10119",
		"option", "de_standard", "method", "card", "instrument", fields.Page, "card", "", "key", page.value("key"), "agreed", page.value("agreed"))
	if done.path != "/checkout/wait" || !strings.Contains(done.body, fields.Origin+"/pay/") {
		t.Errorf("at %s: %s", done.path, done.text())
	}
}

// atItsPage is the sandbox's gateway as one that has no fields to frame.
type atItsPage struct{ payment.Gateway }

func (g atItsPage) Fields() payment.Fields {
	return payment.Fields{Page: g.Gateway.(payment.Hosting).Fields().Page}
}

// A gateway may have no fields for a shop's page: the card is typed at the
// gateway's, from the checkout as from a link; nothing is framed for it, and
// nothing asks for a card that cannot be typed.
func TestACardIsTypedAtAGatewayThatHasNothingToFrame(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.paidThrough(append([]payment.Gateway{atItsPage{w.gateways[0]}}, w.gateways[2:]...))
	fields, _ := w.payments.Fields("sandbox")
	b := w.bag("en")
	page := b.open("/checkout")
	if !strings.Contains(page.body, `<input type="hidden" name="instrument" value="`+fields.Page+`">`) || strings.Contains(page.body, "data-fields") {
		t.Fatalf("what stands for the card: %s", page.text())
	}
	if policy := page.header.Get("Content-Security-Policy"); strings.Contains(policy, "frame-src") && !strings.Contains(policy, "frame-src 'none'") {
		t.Errorf("something is framed: %s", policy)
	}
	done := b.send("/checkout", "intent", "place", "email", "ada@example.com", "country", "DE", "name", "Ada Lovelace", "line1", "Torstraße 1", "line2", "", "city", "Berlin", "postal_code", "10119",
		"option", "de_standard", "method", "card", "instrument", fields.Page, "key", page.value("key"), "agreed", page.value("agreed"))
	if done.path != "/checkout/wait" || !strings.Contains(done.body, "/pay/") || len(w.orders()) != 0 {
		t.Errorf("at %s: %s", done.path, done.text())
	}
	if account := w.ada().open("/account/wallet"); strings.Contains(account.body, `action="/account/cards"`) {
		t.Error("a card is asked for where none can be typed")
	}
}
