package journey_test

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
	"korzo/ui/axetest"
	"korzo/value/money"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// shopper is a person with a browser: of one width, by day or by night.
type shopper struct {
	t   *testing.T
	w   *apptest.World
	ctx context.Context
	who string // for what a failure says
}

// people open a shop with a teapot in two colours, and a browser.
func people(t *testing.T) *shopper {
	t.Helper()
	if testing.Short() {
		t.Skip("SHORT: the browser's journeys are walked in the full run")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no browser: scripts/need.sh installs chromium, which the shop's journeys need")
	}
	w := apptest.Open(t, dbtest.SQLite(t, app.Schemas()), bank.Config{})
	teapot(t, w)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("lang", "en"))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // starts the browser, which lives as long as this context
		t.Fatal(err)
	}
	return &shopper{t: t, w: w, ctx: ctx}
}

// teapot puts one on sale in Germany, grey or blue, and waits until it is found.
func teapot(t *testing.T, w *apptest.World) {
	t.Helper()
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		made, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "teapot", Title: "Teapot", Variants: []catalog.Variant{
			{SKU: "TEA-GREY", Title: "Grey", WeightGrams: 900}, {SKU: "TEA-BLUE", Title: "Blue", WeightGrams: 900}}})
		for _, v := range made.Variants {
			if err == nil {
				err = pricing.Set(t.Context(), tx, "DE", v.ID, money.Of(39_00, "EUR"))
			}
			if err == nil {
				_, err = inventory.Adjust(t.Context(), tx, inventory.Adjustment{Variant: v.ID, Location: "loc_berlin", Delta: 50, Reason: "fixture"})
			}
		}
		return err
	})
	w.Until("search knows the teapot", func() bool {
		return strings.Contains(string(w.Call("GET", "/store/v1/products?q=teaptot", nil).Bytes), "TEA-BLUE")
	})
}

// as begins anew as somebody nobody knows, with a screen of a width.
func (s *shopper) as(width int64, scheme string) {
	s.t.Helper()
	s.who = fmt.Sprintf("%d px, %s", width, scheme)
	s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}), chromedp.EmulateViewport(width, 800), chromedp.Navigate(s.w.Shop.URL+"/"))
	s.do(chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)))
}

func (s *shopper) do(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, 30*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		at, _ := chromedp.Run(s.ctx, chromedp.Location())
		body, _ := chromedp.Run(s.ctx, chromedp.Text(chromedp.CSS("body")))
		s.t.Fatalf("%s: %v at %s:\n%s", s.who, err, at, body)
	}
}

func (s *shopper) open(path, wait string) {
	s.t.Helper()
	s.do(chromedp.Navigate(s.w.Shop.URL+path), chromedp.WaitVisible(chromedp.CSS(wait)))
}

func (s *shopper) click(what, wait string) {
	s.t.Helper()
	s.do(chromedp.Click(chromedp.CSS(what)), chromedp.WaitVisible(chromedp.CSS(wait)))
}

func (s *shopper) fill(field, text string) {
	s.t.Helper()
	s.do(chromedp.SetValue(chromedp.CSS(field), text))
}

// reads fails the test unless the page says all of these.
func (s *shopper) reads(wanted ...string) {
	s.t.Helper()
	text, err := chromedp.Run(s.ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			s.t.Errorf("%s: the page does not say %q:\n%s", s.who, want, text)
		}
	}
}

// refused are reports of what a page did against its own policy.
const refused = `new Promise(done => {
	const seen = []
	new ReportingObserver(list => seen.push(...list.map(r => r.body.effectiveDirective + ' ' + r.body.blockedURL)), { types: ['csp-violation'], buffered: true }).observe()
	requestAnimationFrame(() => requestAnimationFrame(() => done(seen)))
})`

// keeps holds the page to what all pages keep: it fits, nobody is kept out, and
// nothing in it breaks the policy.
func (s *shopper) keeps(name string) {
	s.t.Helper()
	wide, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
	if err != nil || wide {
		s.t.Errorf("%s, %s scrolls sideways: %v", name, s.who, err)
	}
	axe, err := axetest.Run()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, script := range []string{refused, axe} {
		found, err := chromedp.Run(s.ctx, chromedp.Evaluate[[]string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, one := range found {
			s.t.Errorf("%s, %s: %s", name, s.who, one)
		}
	}
}

// sent has an order packed and handed to the carrier.
func (s *shopper) sent(o order.ID) {
	s.t.Helper()
	f := awaitFulfilment(s.w, string(o))
	for _, action := range []string{"accept", "pick"} {
		if a := s.w.Call("POST", "/admin/v1/fulfilments/"+f+"/"+action, map[string]any{}); a.Status != 200 {
			s.t.Fatalf("%s: %d %s", action, a.Status, a.Bytes)
		}
	}
	send(s.w, f, nil)
}

// blue is the second of the teapots on their page.
const blue = `.choices .choice:nth-child(2)`

// Somebody misspells what they look for, chooses which one, buys it without an
// account and follows its parcel, at every width, by day and by night.
func TestAGuestFindsBuysAndTracksAtEveryWidth(t *testing.T) {
	s := people(t)
	for _, width := range []int64{360, 768, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			s.as(width, scheme)
			s.open("/?q=teaptot", ".product")
			s.keeps("search")
			s.click(`a[href="/products/teapot"]`, ".buy-button")
			s.do(chromedp.Click(chromedp.CSS(blue)), chromedp.WaitReady(chromedp.CSS(blue+" input:checked")))
			s.keeps("product")
			s.click(".buy-button", ".drawer .lines")
			s.reads("Teapot", "Blue")
			s.click(`.drawer a[href="/checkout"]`, `#f-email`)
			for field, text := range map[string]string{"#f-email": "ada@example.com", "#f-name": "Ada Lovelace", "#f-line1": "Torstraße 1", "#f-postal_code": "10119", "#f-city": "Berlin"} {
				s.fill(field, text)
			}
			s.keeps("checkout")
			s.click("#next button", "#delivery")
			s.click("#next button", ".cards")
			s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('details.cards').open = document.querySelector('input[value="approve"]').checked = true`))
				return err
			}))
			s.click("#place .button-place", "#way")
			s.reads("Teapot", "ada@example.com")
			s.keeps("confirmation")
			s.tracks()
		}
	}
	s.w.Whole()
}

// tracks follows the order that was just placed from its letter, on a device
// that knows nothing of it.
func (s *shopper) tracks() {
	s.t.Helper()
	at, err := chromedp.Run(s.ctx, chromedp.Location())
	if err != nil {
		s.t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		s.t.Fatal(err)
	}
	o := order.ID(u.Path[strings.LastIndex(u.Path, "/")+1:])
	s.sent(o)
	s.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
		return err
	}), chromedp.Navigate(s.w.App.Checkout.OrderLink(o)), chromedp.WaitVisible(chromedp.CSS("#way")))
	s.reads("Teapot", "On its way")
	s.keeps("tracking")
}

// What somebody put into the bag on one device is there when they sign in on
// another, once, whichever the two are.
func TestTheBagIsFoundOnASecondDevice(t *testing.T) {
	s := people(t)
	widths, schemes := []int64{360, 768, 1280}, []string{"light", "dark"}
	for i := range len(widths) * len(schemes) {
		email := fmt.Sprintf("ada.%d@example.com", i)
		s.as(widths[i%3], schemes[i%2])
		s.open("/register", "#f-email")
		s.fill("#f-email", email)
		s.fill("#f-password", "correct horse battery")
		s.click("main button[type=submit]", ".account-head")
		s.open("/products/teapot", ".buy-button")
		s.click(".buy-button", ".drawer .lines")

		s.as(widths[(i+1)%3], schemes[(i+1)%2])
		s.open("/cart", ".empty")
		s.open("/products/mug", ".buy-button")
		s.click(".buy-button", ".drawer .lines") // a guest still, with something else
		s.open("/sign-in", "#f-email")
		s.fill("#f-email", email)
		s.fill("#f-password", "correct horse battery")
		s.click("main .button-primary", ".account-head")
		s.open("/cart", ".lines")
		s.reads("Teapot", "Mug", "€50.90")
		s.keeps("cart")
	}
}

// A price that is lowered for a sale stands beside the lowest of the thirty days
// before; one that is changed for good does not.
func TestALoweredPriceShowsThePriorOne(t *testing.T) {
	s := people(t)
	s.as(768, "light")
	s.open("/products/teapot", ".buy-button")
	s.reads("€39.00")
	list := s.w.Call("POST", "/admin/v1/price-lists", map[string]any{"name": "Autumn", "market": "DE", "kind": "sale"})
	for _, sku := range []string{"TEA-GREY", "TEA-BLUE"} {
		a := s.w.Call("PUT", "/admin/v1/price-lists/"+list.Text("id")+"/prices", map[string]any{"prices": []any{map[string]any{"sku": sku, "amount": 29_00, "currency": "EUR"}}})
		if a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
	}
	s.open("/products/teapot", ".buy-button")
	s.reads("€29.00", "Lowest price of the last 30 days: €39.00")
	s.keeps("product on sale")
	s.open("/?q=teapot", ".product")
	s.reads("€29.00", "Lowest price of the last 30 days: €39.00")
	s.open("/products/mug", ".buy-button")
	if text, err := chromedp.Run(s.ctx, chromedp.Text(chromedp.CSS("body"))); err != nil || strings.Contains(text, "Lowest price") {
		t.Errorf("a price that nobody lowered has a prior one: %v", err)
	}
}
