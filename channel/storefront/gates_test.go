package storefront_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db/dbtest"

	"github.com/chromedp/cdproto/network"
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

// shifted tells what of a page moved by itself since it was opened, in millionths
// of a screen, and what its pictures weighed. Less than a pixel is not seen.
const shifted = `new Promise(done => {
	const moved = []
	const far = ({ previousRect: a, currentRect: b }) => Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y), Math.abs(a.width - b.width)) >= 1
	const name = n => n?.nodeType === 1 ? n.tagName + '.' + n.className : n?.parentElement?.tagName
	new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput && e.sources.some(far)) moved.push({
		By: Math.round(e.value * 1e6), What: e.sources.map(s => name(s.node) + ' from ' + s.previousRect.y + ' to ' + s.currentRect.y).join(', ') })
	}).observe({ type: 'layout-shift', buffered: true })
	requestAnimationFrame(() => requestAnimationFrame(() => done({ Moved: moved,
		Pictures: performance.getEntriesByType('resource').filter(e => e.initiatorType === 'img').reduce((n, e) => n + e.encodedBodySize, 0) })))
})`

// maxShift is a hundredth of what counts as good, in millionths.
const maxShift = 1000

// inPieces answers pages as a slow line does: a piece at a time, each painted
// before the next is there.
func inPieces(h http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Dest") != "document" {
			h.ServeHTTP(w, r)
			return
		}
		r.Header.Del("Accept-Encoding")
		whole := httptest.NewRecorder()
		h.ServeHTTP(whole, r)
		maps.Copy(w.Header(), whole.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(whole.Code)
		for piece := range slices.Chunk(whole.Body.Bytes(), 800) {
			_, _ = w.Write(piece)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(25 * time.Millisecond)
		}
	}
}

// Nothing moves by itself on any page, on a phone as on a desk, however slowly
// it comes, and its pictures are light.
func TestNothingMovesByItself(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.server.Config.Handler = inPieces(w.server.Config.Handler)
	p := w.phone(t)
	still := func(paths ...string) {
		for _, width := range []int64{360, 1280} {
			for _, path := range paths {
				p.do(chromedp.EmulateViewport(width, 800), chromedp.Navigate(w.server.URL+path))
				got, err := chromedp.Run(p.ctx, chromedp.Evaluate[struct {
					Moved []struct {
						By   int64
						What string
					}
					Pictures int64
				}](shifted, chromedp.EvalAwaitPromise))
				if err != nil {
					t.Fatal(err)
				}
				sum := int64(0)
				for _, m := range got.Moved {
					sum += m.By
				}
				if sum > maxShift {
					t.Errorf("%s at %d px shifts: %v", path, width, got.Moved)
				}
				if got.Pictures > 300<<10 {
					t.Errorf("%s at %d px loads %d bytes of pictures", path, width, got.Pictures)
				}
			}
		}
	}
	still("/", "/?q=mug", "/products/mug", "/cart", "/sign-in", "/register", "/withdrawal", "/consent", "/wishes", "/nowhere")

	ada := w.ada()
	ada.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "2").at(200, "/cart")
	home, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range ada.client.Jar.Cookies(home) {
		if _, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: w.server.URL}); err != nil {
			t.Fatal(err)
		}
	}
	still("/products/mug", "/cart", "/checkout", "/account", "/account/addresses", "/account/wallet", "/account/messages", "/account/security", "/account/privacy")
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
