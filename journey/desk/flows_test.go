package desk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// What browsers on a phone and at a desk say they are.
const (
	onPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	atDesk  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

// whom is a visitor whom a flow of the demo is for, and how its checkout looks
// to them first.
type whom struct {
	name   string
	agent  string
	width  int64
	comes  func(p *passer) // until the bag is packed
	first  string          // what stands on the first page
	taps   string          // a wallet tapped there; "": none
	says   []string        // in this order
	passes []string        // what is waited for after each page
}

// The demo's flows are bought through by those whom they are for: the usual
// three pages, also by a wallet tapped before anything is asked, a large basket at a desk that may pay later, a neighbour of a
// store who collects, and a customer who is back on a phone and taps once. The
// fifth stands in a partner's page, see TestTheDemosPartnerFlowIsBoughtThroughInTheExamplePage.
func TestTheDemosFlowsAreBoughtThroughByThoseTheyAreFor(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the demo's flows are walked in the full run")
	}
	w, report := apptest.OpenDemo(t, bank.Config{})
	trial := w.Call("GET", "/admin/v1/experiments", nil).Text("data", 0, "id")
	if a := w.Call("POST", "/admin/v1/experiments/"+trial+"/status", map[string]any{"action": "stop"}); a.Status != 200 {
		t.Fatalf("the demo's experiment goes on: %s", a.Bytes) // who is usual would be shown one page or three
	}
	d := tab(browser(t, 8*time.Minute), t, w.Shop.URL)
	mug := func(p *passer) { p.take("nera-mug") }
	express := func(p *passer) { // who first meant to pay by card
		p.take("nera-mug")
		p.open("/checkout")
		p.send("/checkout", "step", "contact", "intent", "refresh", "method", "card")
	}
	near := func(p *passer) {
		p.take("nera-mug")
		p.send("/place", "country", "DE", "postal_code", "10115", "back", "/cart")
	}
	large := func(p *passer) {
		for range 6 {
			p.take("isar-table-lamp")
		}
	}
	back := func(p *passer) {
		p.send("/sign-in", "email", report.Customer.Email, "password", report.Customer.Password)
		p.send("/account/cards", "agree", "yes", "instrument", "sandbox:card.424242.4242.abcdefghjkmnpq")
		p.take("nera-mug")
	}
	for _, one := range []whom{
		{"standard", onPhone, 360, mug, "#f-email", "", []string{"Contact", "Delivery", "Payment"}, []string{"#delivery", ".button-place"}},
		{"standard", atDesk, 1280, mug, "#f-email", "", []string{"Contact", "Delivery", "Payment"}, []string{"#delivery", ".button-place"}},
		{"express", atDesk, 1280, express, ".button-wallet", "paypal", []string{"Contact", "Delivery", "Payment", "PayPal", "more and delivery is free"}, nil},
		{"large", atDesk, 1280, large, "#f-email", "", []string{"Contact", "Delivery", "Payment"}, []string{"#delivery", ".button-place"}},
		{"near", onPhone, 360, near, "#place .button-place", "", []string{"Pick up", "Standard delivery"}, nil},
		{"near", atDesk, 1280, near, "#place .button-place", "", []string{"Pick up", "Standard delivery"}, nil},
		{"back", onPhone, 360, back, "#one-click .button-place", "", []string{"4242"}, nil},
	} {
		t.Run(fmt.Sprint(one.name, one.width), func(t *testing.T) {
			(&desk{t: t, ctx: d.ctx, base: d.base}).isBoughtBy(w, one)
		})
	}
}

// isBoughtBy goes through the checkout that somebody is given, and looks at each
// of its pages.
func (d *desk) isBoughtBy(w *apptest.World, one whom) {
	d.t.Helper()
	p := passBy(d.t, w, "en", "DE")
	one.comes(p)
	d.do(chromedp.EmulateViewport(one.width, 800), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: one.agent})
		return err
	}))
	d.standsBefore(stand{who: p, at: "/checkout", wait: one.first})
	text := ask[string](d, `document.querySelector('main').innerText`)
	for _, word := range one.says {
		_, after, found := strings.Cut(text, word)
		if !found {
			d.t.Errorf("after what came before the page does not say %q:\n%s", word, text)
		}
		text = after
	}
	views := []view{{one.width, "dark", true}, {one.width, "light", true}}
	d.lookIn("flow-"+one.name+"-1", views...)
	if one.taps != "" {
		if ask[bool](d, `document.querySelector('.button-wallet[aria-pressed], .button-wallet svg') !== null`) {
			d.t.Error("a wallet that nobody pressed looks pressed")
		}
		d.do(chromedp.Click(chromedp.CSS(`.button-wallet[value=`+one.taps+`]`)), chromedp.Click(chromedp.CSS(`button.yes`)), chromedp.WaitVisible(chromedp.CSS(`.button-place`)))
		d.lookIn("flow-"+one.name+"-tapped", views...)
	}
	ask[bool](d, fill)
	for i, next := range one.passes {
		d.do(chromedp.Click(chromedp.CSS("#next button")), chromedp.WaitVisible(chromedp.CSS(next)))
		d.lookIn(fmt.Sprintf("flow-%s-%d", one.name, i+2), views...)
	}
	if one.name == "large" {
		if first := ask[string](d, `document.querySelector('input[name=method]').value`); first != "pay_in_3" {
			d.t.Errorf("a large basket is asked for %s first", first)
		}
	}
	d.paysBy(one)
	if one.name == "back" {
		d.do(chromedp.WaitVisible(chromedp.CSS(`[role=timer]`)))
		d.lookIn("flow-back-2", views...)
		w.Pass(time.Minute)
	}
	d.until("the order is there", `location.pathname.startsWith('/orders/')`)
	d.lookIn("flow-"+one.name+"-order", views...)
}

// paysBy agrees to the sum: with the card that is approved, or with the wallet
// that was tapped, whose own page was the first.
func (d *desk) paysBy(one whom) {
	d.t.Helper()
	if one.taps != "" {
		if asked := ask[bool](d, `document.querySelector('#f-email, #f-line1, input[name=method]') !== null`); asked {
			d.t.Errorf("%s was tapped, and its owner is asked who they are", one.taps)
		}
		d.do(chromedp.Click(chromedp.CSS(".button-place")))
		return
	}
	ask[bool](d, `(() => { const way = document.querySelector('input[name=method][value=card]'), card = document.querySelector('input[value=approve]')
		if (way) { way.click() }
		if (card) { card.closest('details').open = true; card.checked = true }
		return true })()`)
	d.do(chromedp.Click(chromedp.CSS(".button-place")))
}

// fill writes into the fields of a page what it asks of a guest.
const fill = `(() => { for (const [field, text] of Object.entries({email: 'ada@example.com', name: 'Ada Lovelace', line1: 'Torstraße 1', postal_code: '10119', city: 'Berlin'})) {
	const e = document.querySelector('#f-' + field); if (e) { e.value = text } } return true })()`
