package desk_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// paces has a page keep how long each press and key took until what came of it
// was painted, in milliseconds: the interaction to next paint. The browser tells
// nothing of what took less than 16.
const paces = `!window.paced && !!(window.paced = [], new PerformanceObserver(l => paced.push(...l.getEntries().filter(e => e.interactionId).map(e => e.duration)))
	.observe({type: 'event', durationThreshold: 16, buffered: true}), true)`

// On a phone four times slower than this machine every press is heard, and the
// browser tells how long it took until that was seen; figures are in
// docs/bench/lighthouse.md. Nothing that is pressed moves the page away.
func TestThePaceOfWhatIsPressedIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: pages are looked at in the full run")
	}
	w, report := apptest.OpenDemo(t, bank.Config{})
	d := tab(browser(t, 5*time.Minute), t, w.Shop.URL)
	d.enter(signedIn(t, w, report.StaffEmail))
	d.see(360, "light")
	d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
		return err
	}))
	heard := 0
	for _, p := range []struct {
		what, at string
		act      func()
		seen     string
	}{
		{"another variant", "/products/nera-mug", func() { d.pressOn(`[...document.querySelectorAll('input[name=variant]')].at(-1).parentElement`) }, `true`},
		{"into the bag", "/products/orla-bowl", func() { d.pressOn(`document.querySelector('.buy-button')`) }, `!!document.querySelector('.drawer .lines')`},
		{"a search", "/", func() {
			d.pressOn(`document.querySelector('.search input[name=q]')`)
			d.do(chromedp.KeyEvent("ner"))
		}, `!!document.querySelector('.search a')`},
		{"a field of the checkout", "/checkout", func() {
			d.pressOn(`document.querySelector('input[type=email]')`)
			d.do(chromedp.KeyEvent("ada@example.com"), chromedp.KeyEvent(kb.Tab))
		}, `document.activeElement?.name !== 'email'`},
		{"the palette of the admin", "/admin", func() {
			d.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(2)), chromedp.KeyEvent("webhoo"))
		}, `document.querySelector('#palette-found a')?.innerText.includes('Webhooks')`},
		{"a list of the admin", "/admin/products", func() {
			d.pressOn(`document.querySelector('main input[type=search]')`)
			d.do(chromedp.KeyEvent("mug"))
		}, `document.activeElement?.value === 'mug'`},
	} {
		d.open(p.at)
		d.until("the page is watched", paces)
		p.act()
		d.until(p.what+" is seen", p.seen)
		time.Sleep(300 * time.Millisecond) // entries come after the paint
		took := ask[[]float64](d, `window.paced`)
		if len(took) == 0 {
			t.Logf("%-26s under 16 ms", p.what)
			continue
		}
		heard += len(took)
		t.Logf("%-26s %4.0f ms at most of %d events", p.what, slices.Max(took), len(took))
	}
	if heard == 0 {
		t.Error("the browser told of no press")
	}
}
