package desk_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/ui/axetest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// desk is a tab of a browser, in front of somebody of staff.
type desk struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// browser starts a browser that lives as long as the test. Without one the test
// fails: a journey that nobody walked is no green one.
func browser(t *testing.T, life time.Duration, extra ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("there is no browser: install chromium (make test does), for this journey is walked in one")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("lang", "en"))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), append(options, extra...)...)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, life)
	t.Cleanup(stop)
	return ctx
}

// heard is run in every page before its own scripts: what goes wrong in them,
// and what the policy refuses, is a sentence of window.heard.
const heard = `window.heard = []
addEventListener('error', (e) => heard.push(e.message ?? String(e)))
addEventListener('unhandledrejection', (e) => heard.push(String(e.reason)))
addEventListener('securitypolicyviolation', (e) => heard.push(e.violatedDirective + ' refuses ' + e.blockedURI))`

// tab opens a tab of the browser.
func tab(browser context.Context, t *testing.T, base string) *desk {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	d := &desk{t: t, ctx: ctx, base: base}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: heard})
		return err
	}))
	return d
}

// frame is the checkout's frame in the page, which is a process of its own.
func (d *desk) frame(address string) *desk {
	d.t.Helper()
	for late := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all, err := chromedp.Targets(d.ctx)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, one := range all {
			if strings.HasPrefix(one.URL, address) {
				ctx, stop := chromedp.NewContext(d.ctx, chromedp.WithTargetID(one.TargetID))
				d.t.Cleanup(stop)
				if err := chromedp.Do(ctx); err != nil { // which holds on to it for as long as this context lives
					d.t.Fatal(err)
				}
				return &desk{t: d.t, ctx: ctx, base: d.base}
			}
		}
		if time.Now().After(late) {
			d.t.Fatalf("there is no frame at %s among %d", address, len(all))
		}
	}
}

// signedIn is a session of somebody of staff, who has just proved who they are.
func signedIn(t *testing.T, w *apptest.World, email string) (token string) {
	t.Helper()
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		subject, err := auth.FindLogin(t.Context(), tx, auth.RealmStaff, email)
		if err != nil {
			return err
		}
		if _, token, err = auth.StartSession(t.Context(), tx, auth.RealmStaff, subject); err != nil {
			return err
		}
		token, err = auth.MarkProved(t.Context(), tx, auth.RealmStaff, token)
		return err
	})
	return token
}

// enter puts a session into the browser.
func (d *desk) enter(token string) {
	d.t.Helper()
	d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "admin", Value: token, URL: d.base})
		return err
	}))
}

func (d *desk) do(actions ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	ctx, stop := context.WithTimeout(d.ctx, 30*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		at, _ := chromedp.Run(d.ctx, chromedp.Location())
		body, _ := chromedp.Run(d.ctx, chromedp.Text(chromedp.CSS("body")))
		d.t.Fatalf("%v at %s:\n%s", err, at, body)
	}
}

// pressOn clicks where what a script finds stands, once it stands still. It
// clicks a place, as people do: on a page that moves, another may stand there
// that is the same.
func (d *desk) pressOn(find string) {
	d.t.Helper()
	where := func() string {
		return ask[string](d, `(() => { const it = `+find+`; it.scrollIntoView({block: 'center', behavior: 'instant'});
			const box = it.getClientRects()[0]; return (box.left + box.width / 2) + ' ' + (box.top + box.height / 2) })()`)
	}
	at, before := where(), ""
	for at != before {
		time.Sleep(50 * time.Millisecond)
		at, before = where(), at
	}
	var x, y float64
	if _, err := fmt.Sscan(at, &x, &y); err != nil {
		d.t.Fatalf("where it stands: %q %v", at, err)
	}
	d.do(chromedp.MouseClickXY(x, y))
}

// keyOn presses a key on what a selector finds. The page itself gives it the
// focus: a name held out here may be of a page that has gone.
func (d *desk) keyOn(selector, key string) {
	d.t.Helper()
	d.until("there is "+selector, `!!document.querySelector('`+selector+`')`)
	ask[bool](d, `(document.querySelector('`+selector+`').focus(), true)`)
	d.do(chromedp.KeyEvent(key))
}

// open goes to a page of the admin.
func (d *desk) open(path string) {
	d.t.Helper()
	d.do(chromedp.Navigate(d.base + path))
}

// ask returns what a script says in the page.
func ask[T any](d *desk, script string, options ...chromedp.EvaluateOption) T {
	d.t.Helper()
	value, err := chromedp.Run(d.ctx, chromedp.Evaluate[T](script, options...))
	if err != nil {
		d.t.Fatalf("%s: %v", script, err)
	}
	return value
}

// until waits until a script says yes in a page that has come whole: in one
// still on its way, what was found is gone before it can be pressed.
func (d *desk) until(what, script string) {
	d.t.Helper()
	ctx, stop := context.WithTimeout(d.ctx, 20*time.Second)
	defer stop()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.readyState === 'complete' && !!(`+script+`)`))
		if err == nil {
			return
		}
		if ctx.Err() != nil { // else the page went on to another while it was asked
			body, _ := chromedp.Run(d.ctx, chromedp.Text(chromedp.CSS("main")))
			at, _ := chromedp.Run(d.ctx, chromedp.Location())
			d.t.Fatalf("%s: %v at %s\n%s", what, err, at, body)
		}
	}
}

// see sets how wide the page is and by which light it is read.
func (d *desk) see(width int64, scheme string) {
	d.t.Helper()
	d.do(chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

// axe lets axe-core look for what keeps people out.
func (d *desk) axe() []string {
	d.t.Helper()
	script, err := axetest.Run()
	if err != nil {
		d.t.Fatal(err)
	}
	return ask[[]string](d, script, chromedp.EvalAwaitPromise)
}

// look holds the page to what every page of the admin keeps: nothing is wider
// than the screen from 320 px on, axe finds nothing in the light and in the
// dark, nothing moves where that is not wished, and no script has failed. Pictures go to $KORZO_SCREENSHOTS.
func (d *desk) look(name string) {
	d.t.Helper()
	d.lookIn(name, view{320, "light", false}, view{360, "dark", true}, view{768, "dark", false}, view{1280, "light", true})
}

// view is how a page is seen, and whether axe judges it there.
type view struct {
	width  int64
	scheme string
	judged bool
}

// lookIn is look in views of one's own.
func (d *desk) lookIn(name string, views ...view) {
	d.t.Helper()
	for _, v := range views {
		d.see(v.width, v.scheme)
		if wide := ask[int64](d, `document.documentElement.scrollWidth`); wide > v.width {
			d.t.Errorf("%s does not fit %d px: %d, by %v", name, v.width, wide, ask[[]string](d, fmt.Sprintf(tooWide, v.width)))
		}
		if v.judged {
			for _, violation := range d.axe() {
				d.t.Errorf("%s at %d px, %s: %s", name, v.width, v.scheme, violation)
			}
		}
		d.shoot(fmt.Sprintf("%s-%d-%s.png", name, v.width, v.scheme))
	}
	if moving := ask[[]string](d, moves); len(moving) > 0 {
		d.t.Errorf("%s moves for who asked for stillness: %v", name, moving)
	}
	if wrong := ask[[]string](d, `window.heard`); len(wrong) > 0 {
		d.t.Errorf("%s: %s", name, strings.Join(wrong, "; "))
	}
}

// tooWide finds what reaches beyond the screen, and is not scrolled by itself.
const tooWide = `[...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > %d + 1 && !e.closest('.scroll'))
	.slice(0, 3).map(e => e.outerHTML.slice(0, 120))`

// moves finds what is animated: nothing is where less motion is asked for, as it
// is in every test of a page.
const moves = `[...document.querySelectorAll('body, body *')].filter(e => ['', '::before', '::after'].some(part => {
	const s = getComputedStyle(e, part)
	return (s.animationName || 'none') !== 'none' || s.scrollBehavior === 'smooth' || s.transitionDuration.split(',').some(d => parseFloat(d) > 0)
})).slice(0, 3).map(e => e.outerHTML.slice(0, 120))`

// shoot keeps a picture where somebody wants to look at it.
func (d *desk) shoot(name string) {
	d.t.Helper()
	folder := os.Getenv("KORZO_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(d.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name), picture, 0o600)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}
