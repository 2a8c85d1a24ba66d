package storefront_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db/dbtest"
	"korzo/purchase/payment"
	"korzo/ui/axetest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A person's whole way through the shop on a phone, with pictures of each page
// at three widths, light and dark, in $KORZO_SCREENSHOTS or a folder of the
// test's own.
func TestAJourneyInABrowser(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	p := w.phone(t)
	p.do(chromedp.Navigate(w.server.URL + "/"))
	p.shoot("list")
	p.do(chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)))
	p.do(chromedp.Click(chromedp.CSS(`a[href="/products/mug"]`)), chromedp.WaitVisible(chromedp.CSS(`.buy-button`)))
	p.shoot("product")
	p.do(chromedp.Click(chromedp.CSS(`.buy-button`)), chromedp.WaitVisible(chromedp.CSS(`.lines`)))
	if at := evaluate[string](p, `location.pathname`); at != "/products/mug" || !evaluate[bool](p, `document.querySelector('.drawer').open && document.querySelector('.bag-count').textContent === '1'`) {
		t.Errorf("after adding, the shopper is at %s without the bag beside it", at)
	}
	p.shoot("drawer")
	p.do(chromedp.Navigate(w.server.URL+"/cart"), chromedp.WaitVisible(chromedp.CSS(`.lines`)))
	p.shoot("cart")
	p.do(chromedp.SetValue(chromedp.CSS(`.line-quantity`), "11"), chromedp.WaitVisible(chromedp.CSS(`.error-line`)))
	p.shoot("cart-short")
	p.do(chromedp.Click(chromedp.CSS(`.line-form button[form]`)), chromedp.WaitNotPresent(chromedp.CSS(`.error-line`)),
		chromedp.Click(chromedp.CSS(`a[href="/checkout"]`)), chromedp.WaitVisible(chromedp.CSS(`#place .button-place`)))
	p.shoot("checkout")
	p.do(chromedp.Click(chromedp.CSS(`#place .button-place`)), chromedp.WaitVisible(chromedp.CSS(`.alert-error`)))
	p.shoot("checkout-wrong")
	if focus := evaluate[string](p, `document.activeElement.className`); !strings.Contains(focus, "alert-error") {
		t.Errorf("after a mistake the focus is on %q", focus)
	}
	before := p.text(`#brief-total`)
	p.do(chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"), chromedp.SetValue(chromedp.CSS(`#f-name`), "Ada Lovelace"), chromedp.SetValue(chromedp.CSS(`#f-line1`), "Torstraße 1"),
		chromedp.SetValue(chromedp.CSS(`#f-postal_code`), "10119"), chromedp.SetValue(chromedp.CSS(`#f-city`), "Berlin"),
		quiet, chromedp.Click(chromedp.CSS(`input[value="de_express"]`)), p.changed(`#brief-total`, before), quiet)
	if got := p.text(`.button-place`); !strings.Contains(got, "€141.90") {
		t.Errorf("the button says %q after another delivery was chosen", got)
	}
	p.do(p.tells("decline"), chromedp.Click(chromedp.CSS(`#place .button-place`)), chromedp.WaitVisible(chromedp.CSS(`.alert-error`)))
	p.shoot("checkout-declined")
	p.do(p.tells("late"), chromedp.Click(chromedp.CSS(`#place .button-place`)), chromedp.WaitVisible(chromedp.CSS(`.busy`)))
	p.shoot("wait")
	p.do(chromedp.Click(chromedp.CSS(`form[action="/checkout/cancel"] button`)), chromedp.WaitVisible(chromedp.CSS(`#place .button-place`)),
		p.tells("challenge"), chromedp.Click(chromedp.CSS(`#place .button-place`)),
		chromedp.WaitVisible(chromedp.CSS(`button.yes`))) // the bank's own page
	p.do(chromedp.Navigate(w.server.URL+"/checkout"), chromedp.WaitVisible(chromedp.CSS(`.busy`)))
	p.shoot("wait-bank")
	p.do(chromedp.Click(chromedp.CSS(`main a.button-primary`)), chromedp.Click(chromedp.CSS(`button.yes`)), chromedp.WaitVisible(chromedp.CSS(`.promise`)))
	p.shoot("order")
	if len(w.orders()) != 1 {
		t.Errorf("%d orders", len(w.orders()))
	}
	p.rest(w)
}

// quiet is when the page has shown what follows from the last change: what it
// replaces meanwhile cannot be clicked.
var quiet = chromedp.WaitNotPresent(chromedp.CSS(`form[aria-busy]`))

// tells the sandbox what to do instead of taking a card.
func (p *phone) tells(outcome string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('details.cards').open = true`)); err != nil {
			return err
		}
		return chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`input[value="`+outcome+`"]`)))
	})
}

// rest are the pages beside the way.
func (p *phone) rest(w *world) {
	for _, page := range []struct{ name, path string }{{"cart-empty", "/cart"}, {"sign-in", "/sign-in"}, {"register", "/register"}, {"lost", "/nowhere"}, {"found-nothing", "/?q=zzz"}, {"one-long-word", "/?q=" + strings.Repeat("a", 300)}} {
		p.do(chromedp.Navigate(w.server.URL + page.path))
		p.shoot(page.name)
	}
	p.do(chromedp.Navigate(w.server.URL+"/register"), chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"),
		chromedp.SetValue(chromedp.CSS(`#f-password`), "correct horse battery"), chromedp.Click(chromedp.CSS(`main button[type=submit]`)), chromedp.WaitVisible(chromedp.CSS(`.account-head`)))
	p.shoot("account")
	p.do(chromedp.SetValue(chromedp.CSS(`#market`), "HU"), chromedp.SetValue(chromedp.CSS(`#language`), "hu"), chromedp.Click(chromedp.CSS(`.settings button`)), chromedp.WaitVisible(chromedp.CSS(`html[lang=hu]`)),
		chromedp.Navigate(w.server.URL+"/products/throw"), chromedp.Click(chromedp.CSS(`.buy-button`)), chromedp.WaitVisible(chromedp.CSS(`.lines`)),
		chromedp.Navigate(w.server.URL+"/checkout"), chromedp.WaitVisible(chromedp.CSS(`.trail`)))
	p.shoot("three-contact")
	p.do(chromedp.SetValue(chromedp.CSS(`#f-name`), "Lovász Ada"), chromedp.SetValue(chromedp.CSS(`#f-line1`), "Fő utca 1."), chromedp.SetValue(chromedp.CSS(`#f-postal_code`), "1011"), chromedp.SetValue(chromedp.CSS(`#f-city`), "Budapest"),
		chromedp.Click(chromedp.CSS(`#next button`)), chromedp.WaitVisible(chromedp.CSS(`#delivery`)))
	p.shoot("three-delivery")
	p.do(chromedp.Click(chromedp.CSS(`#next button`)), chromedp.WaitVisible(chromedp.CSS(`.cards`)))
	p.shoot("three-payment")
	p.waitsByItself(w)
}

// waitsByItself: the shopper proves who they are on another device, and the
// page that waits goes on to the order without being touched.
func (p *phone) waitsByItself(w *world) {
	p.do(p.tells("challenge"), chromedp.Click(chromedp.CSS(`#place .button-place`)), chromedp.WaitVisible(chromedp.CSS(`button.yes`)),
		chromedp.Navigate(w.server.URL+"/checkout/wait"), chromedp.WaitVisible(chromedp.CSS(`.busy`)))
	w.prove(evaluate[string](p, `document.querySelector('main a.button-primary').href`))
	book, err := w.bank.Book(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, paid := range book {
		if _, err := w.payments.Sync(p.t.Context(), payment.AttemptID(paid.Reference)); err != nil {
			p.t.Fatal(err)
		}
	}
	p.do(chromedp.WaitVisible(chromedp.CSS(`.promise`)))
}

// phone is a browser with a small screen.
type phone struct {
	t      *testing.T
	ctx    context.Context
	folder string
	named  bool // the shop is opened by another name than its own, which its bank does not know: what the bank does in a frame is refused
}

func (w *world) phone(t *testing.T) *phone {
	t.Helper()
	if testing.Short() {
		t.Skip("SHORT: the browser's journey is walked in the full run")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no browser: scripts/need.sh installs chromium, which the shop's journey needs")
	}
	folder := os.Getenv("KORZO_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("lang", "en"))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // starts the browser, which lives as long as this context
		t.Fatal(err)
	}
	p := &phone{t: t, ctx: ctx, folder: folder}
	p.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	return p
}

func (p *phone) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, 20*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		at, _ := chromedp.Run(p.ctx, chromedp.Location())
		body, _ := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS("body")))
		p.t.Fatalf("%v at %s:\n%s", err, at, body)
	}
}

// evaluate returns what a script says in the page.
func evaluate[T any](p *phone, script string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return value
}

func (p *phone) text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		p.t.Fatalf("%s: %v", selector, err)
	}
	return text
}

// changed waits until a part of the page says something else.
func (p *phone) changed(selector, before string) chromedp.Action[chromedp.Void] {
	test := fmt.Sprintf(`document.querySelector(%q)?.textContent.trim() !== %q`, selector, strings.TrimSpace(before))
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](test))
		return err
	})
}

// shoot takes pictures of the page, and holds it to what every page keeps: it
// does not scroll sideways, and what is tapped is large enough.
func (p *phone) shoot(name string) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(320, 640))
	if wide := evaluate[int64](p, `document.documentElement.scrollWidth`); wide > 320 {
		p.t.Errorf("%s does not fit 320 px: %d", name, wide)
	}
	broken, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](refused, chromedp.EvalAwaitPromise))
	broken = slices.DeleteFunc(broken, func(report string) bool { return p.named && strings.HasPrefix(report, "frame-ancestors ") })
	if err != nil || len(broken) > 0 {
		p.t.Errorf("%s breaks its own policy: %v %v", name, broken, err)
	}
	var pictures [][]byte
	var names []string
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 768, 1280} {
			p.do(chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
				return err
			}))
			wide := evaluate[int64](p, `document.documentElement.scrollWidth`)
			small := evaluate[[]string](p, smallTargets)
			if width == 360 {
				p.axe(name, scheme)
			}
			picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				p.t.Fatal(err)
			}
			if wide > width {
				p.t.Errorf("%s scrolls sideways at %d px: %d", name, width, wide)
			}
			if len(small) > 0 && width == 360 {
				p.t.Errorf("%s has targets that are too small to tap: %v", name, small)
			}
			pictures, names = append(pictures, picture), append(names, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
		}
	}
	for i, picture := range pictures {
		if err := os.WriteFile(filepath.Join(p.folder, names[i]), picture, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	p.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
}

// refused are reports of what a page did against its own policy, from when it
// was opened.
const refused = `new Promise(done => {
	const seen = []
	new ReportingObserver(list => seen.push(...list.map(r => r.body.effectiveDirective + ' ' + r.body.blockedURL)), { types: ['csp-violation'], buffered: true }).observe()
	requestAnimationFrame(() => requestAnimationFrame(() => done(seen)))
})`

// axe lets axe-core look for what keeps people out. It finds nothing.
func (p *phone) axe(name, scheme string) {
	p.t.Helper()
	script, err := axetest.Run()
	if err != nil {
		p.t.Fatal(err)
	}
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, violation := range found {
		p.t.Errorf("%s, %s: %s", name, scheme, violation)
	}
}

// smallTargets finds what can be tapped and is under 44 px high or wide; links
// within a sentence may be as high as its line.
const smallTargets = `[...document.querySelectorAll('button, input:not([type=hidden]), select, summary, a[href], .choice, .tick')].filter(e => {
	const box = (e.closest('.choice, .tick') ?? e).getBoundingClientRect()
	if (!e.checkVisibility() || e.closest('.unseen, .skip') || box.width === 0) return false
	if (e.matches('a') && e.closest('p, li, .line-words, .checkout-head') && !e.matches('.button, .icon-button')) return false
	return box.height < 43.5 || box.width < 43.5
}).map(e => e.outerHTML.slice(0, 90))`
