package journey_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/ui/axetest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// typist is somebody of staff at a narrow screen, without a mouse.
type typist struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// typist signs an owner in, by keyboard.
func signedIn(t *testing.T, w *apptest.World) *typist {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("there is no browser: install chromium")
	}
	const email, password = "owner@example.com", "correct horse battery"
	hash, err := auth.HashPassword(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		_, err := auth.CreateStaff(t.Context(), tx, auth.Staff{Name: "Olga", Email: email, Role: auth.RoleOwner}, hash)
		return err
	})
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("lang", "en"))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // starts the browser
		t.Fatal(err)
	}
	k := &typist{t: t, ctx: ctx, base: w.Shop.URL}
	k.do(chromedp.EmulateViewport(360, 740))
	k.open("/admin/sign-in")
	k.fill(`[name=email]`, email)
	k.fill(`[name=password]`, password)
	k.press(kb.Enter)
	k.until(`location.pathname === '/admin'`)
	return k
}

func (k *typist) do(actions ...chromedp.Action[chromedp.Void]) {
	k.t.Helper()
	ctx, stop := context.WithTimeout(k.ctx, 30*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		k.fail(err)
	}
}

func (k *typist) fail(why any) {
	k.t.Helper()
	at, _ := chromedp.Run(k.ctx, chromedp.Location())
	body, _ := chromedp.Run(k.ctx, chromedp.Text(chromedp.CSS("main")))
	k.t.Fatalf("%v at %s:\n%.3000s", why, at, body)
}

func (k *typist) open(path string) {
	k.t.Helper()
	k.do(chromedp.Navigate(k.base+path), chromedp.WaitReady(chromedp.CSS("main")))
}

func (k *typist) press(keys string) {
	k.t.Helper()
	k.do(chromedp.KeyEvent(keys))
}

// says is what a script says in the page.
func says[T any](k *typist, script string) T {
	k.t.Helper()
	value, err := chromedp.Run(k.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		k.fail(fmt.Errorf("%s: %w", script, err))
	}
	return value
}

// until waits for something in the page.
func (k *typist) until(test string) {
	k.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		// While a page gives way to the next, there is nothing to ask.
		if is, err := chromedp.Run(k.ctx, chromedp.Evaluate[bool](`document.readyState === 'complete' && (`+test+`)`)); err == nil && is {
			return
		}
	}
	k.fail("waited for " + test)
}

// to goes on with the tab key until something has the focus: what cannot be
// reached so cannot be used by everybody.
func (k *typist) to(selector string) {
	k.t.Helper()
	for range 250 {
		if says[bool](k, fmt.Sprintf(`!!document.activeElement?.matches(%q)`, selector)) {
			if !says[bool](k, `(e => e.matches('.unseen') || getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none' || e.matches('[type=radio],[type=checkbox]'))(document.activeElement)`) {
				k.t.Errorf("%s does not show that it has the focus", selector)
			}
			return
		}
		k.press(kb.Tab)
	}
	k.fail("the tab key does not lead to " + selector)
}

// fill replaces what is in a field.
func (k *typist) fill(selector, text string) {
	k.t.Helper()
	k.to(selector)
	k.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(kb.ModifierCtrl)))
	k.press(text)
}

// hit goes to a button or link and presses it, and waits for what follows.
func (k *typist) hit(selector, then string) {
	k.t.Helper()
	k.to(selector)
	k.press(kb.Enter)
	k.until(then)
}

// leave is hit for what leads to another page, or to this one anew: it waits for
// that page, not for the one that is left.
func (k *typist) leave(selector, then string) {
	k.t.Helper()
	says[bool](k, `window.left = true`)
	k.hit(selector, `!window.left && (`+then+`)`)
}

// looks holds the page to what every page keeps: axe finds nothing, it does not
// scroll sideways. Pictures of it are kept where KORZO_SCREENSHOTS says.
func (k *typist) looks(name string) {
	k.t.Helper()
	script, err := axetest.Run()
	if err != nil {
		k.t.Fatal(err)
	}
	folder := os.Getenv("KORZO_SCREENSHOTS")
	for _, width := range []int64{320, 360, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			k.do(chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
				return err
			}))
			if wide := says[int64](k, `document.documentElement.scrollWidth`); wide > width {
				k.t.Errorf("%s scrolls sideways at %d px: %d", name, width, wide)
			}
			if width == 360 {
				found, err := chromedp.Run(k.ctx, chromedp.Evaluate[[]string](script, chromedp.EvalAwaitPromise))
				if err != nil {
					k.fail(err)
				}
				for _, violation := range slices.Compact(found) {
					k.t.Errorf("%s, %s: %s", name, scheme, violation)
				}
			}
			if folder != "" && width != 320 {
				picture, err := chromedp.Run(k.ctx, chromedp.FullScreenshot(100))
				if err == nil {
					err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600)
				}
				if err != nil {
					k.t.Fatal(err)
				}
			}
		}
	}
	k.do(chromedp.EmulateViewport(360, 740))
}
