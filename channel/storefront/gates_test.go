package storefront_test

import (
	"regexp"
	"strings"
	"testing"

	"korzo/platform/db/dbtest"

	"github.com/chromedp/chromedp"
)

// maxScript is how much script a shopper's page may load, in bytes before it is
// packed.
const maxScript = 30 << 10

// loaded are the tags that a policy asks for a nonce.
var loaded = regexp.MustCompile(`<(script[^>]*src|link rel="stylesheet")[^>]*>`)

var scriptTag = regexp.MustCompile(`<script[^>]*src="([^"]+)"`)

// Every page loads one script, and that is small; none stands within a page.
func TestPagesLoadLittleScriptAndHoldNone(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	b := w.ada()
	for _, path := range []string{"/", "/products/mug", "/?q=mug", "/cart", "/account", "/account/security", "/withdrawal", "/sign-in", "/nowhere"} {
		page := b.open(path)
		total := 0
		for _, src := range scriptTag.FindAllStringSubmatch(page.body, -1) {
			total += len(b.open(src[1]).body)
		}
		if total == 0 || total > maxScript {
			t.Errorf("%s loads %d bytes of script", path, total)
		}
		if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		_, rest, _ := strings.Cut(page.header.Get("Content-Security-Policy"), "'nonce-")
		nonce, _, _ := strings.Cut(rest, "'")
		for _, tag := range loaded.FindAllString(page.body, -1) {
			if nonce == "" || !strings.Contains(tag, `nonce="`+nonce+`"`) {
				t.Errorf("%s: %s does not bear the nonce %q of its answer", path, tag, nonce)
			}
		}
		for _, inline := range []string{" onclick=", " onload=", " style=", "<script>"} {
			if strings.Contains(page.body, inline) {
				t.Errorf("%s holds%s", path, inline)
			}
		}
	}
}

// shifted is how much of a page moved by itself since it was opened, and what its
// pictures weighed.
const shifted = `new Promise(done => {
	let sum = 0
	new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value }).observe({ type: 'layout-shift', buffered: true })
	requestAnimationFrame(() => requestAnimationFrame(() => done([Math.round(sum * 1e6),
		performance.getEntriesByType('resource').filter(e => e.initiatorType === 'img').reduce((n, e) => n + e.encodedBodySize, 0)])))
})`

// maxShift is a tenth of what counts as good: a page that is painted while its
// end is still being read may settle by a hair on a busy machine.
const maxShift = 10_000

// Nothing moves by itself on any page, on a phone as on a desk, and its pictures
// are light.
func TestNothingMovesByItself(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	p := w.phone(t)
	for _, width := range []int64{360, 1280} {
		for _, path := range []string{"/", "/?q=mug", "/products/mug", "/cart", "/sign-in", "/withdrawal", "/consent"} {
			p.do(chromedp.EmulateViewport(width, 800), chromedp.Navigate(w.server.URL+path))
			got, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]int64](shifted, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			if got[0] > maxShift {
				t.Errorf("%s at %d px shifts by %d millionths", path, width, got[0])
			}
			if got[1] > 300<<10 {
				t.Errorf("%s at %d px loads %d bytes of pictures", path, width, got[1])
			}
		}
	}
}

// A keyboard is enough to buy: every step is reached by Tab and Enter. Which
// answer the sandbox's bank gives is chosen by hand: shoppers have no such list.
func TestAPurchaseByKeyboard(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	p := w.phone(t)
	p.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(w.server.URL+"/products/mug"))
	p.tabTo(`.buy-button`)
	p.do(chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(`.drawer .lines`)))
	p.tabTo(`.drawer a[href="/checkout"]`)
	p.do(chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(`#place .button-place`)))
	for _, field := range []struct{ at, text string }{{`#f-email`, "ada@example.com"}, {`#f-name`, "Ada Lovelace"}, {`#f-line1`, "Torstraße 1"}, {`#f-postal_code`, "10119"}, {`#f-city`, "Berlin"}} {
		p.tabTo(field.at)
		p.do(chromedp.KeyEvent(field.text))
	}
	p.do(p.tells("approve"), quiet)
	p.tabTo(`#place .button-place`)
	p.do(chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	if len(w.orders()) != 1 {
		t.Errorf("%d orders", len(w.orders()))
	}
}

// tabTo presses Tab until something has the focus, as a person does.
func (p *phone) tabTo(selector string) {
	p.t.Helper()
	for range 90 {
		if evaluate[bool](p, `document.activeElement?.matches(`+"`"+selector+"`"+`) ?? false`) {
			if !evaluate[bool](p, `document.activeElement.checkVisibility()`) {
				p.t.Fatalf("%s has the focus and cannot be seen", selector)
			}
			return
		}
		p.do(chromedp.KeyEvent("\t"))
	}
	p.t.Fatalf("no Tab leads to %s", selector)
}
