package desk_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// screens is where the pictures of the README lie.
const screens = "../../docs/screens"

// maxScreen is how large one of them may be, in bytes: a README is read on the way.
const maxScreen = 100_000

var shown = regexp.MustCompile(`\(docs/screens/([a-z-]+\.(?:png|webp))\)`)

// Each picture that the README shows is there and small, and each that is there is
// shown. scripts/screens.sh takes them anew from the demo.
func TestThePicturesOfTheREADMEAreThereAndSmall(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range shown.FindAllSubmatch(text, -1) {
		named[string(m[1])] = true
		at, err := os.Stat(filepath.Join(screens, string(m[1])))
		if err != nil {
			t.Error(err)
		} else if at.Size() > maxScreen {
			t.Errorf("%s has %d bytes, more than %d", m[1], at.Size(), maxScreen)
		}
	}
	all, err := os.ReadDir(screens)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if !named[e.Name()] {
			t.Errorf("%s is shown nowhere", e.Name())
		}
	}
}

// screen is one picture: a page at a width, in a light.
type screen struct {
	name, at, scheme string
	width, height    int64
}

// TestScreens takes the pictures of the README when KORZO_SCREENS is set.
func TestScreens(t *testing.T) {
	if os.Getenv("KORZO_SCREENS") == "" {
		return // scripts/screens.sh asks for it
	}
	w, report := apptest.OpenDemo(t, dbtest.SQLite(t, app.Schemas()), bank.Config{}, true)
	token := signedIn(t, w, report.StaffEmail)
	pages := everyPage(t, w, token, furnish(t, w, token)...)
	one := func(pattern string) string {
		for _, p := range pages {
			if p.pattern == pattern {
				return p.at
			}
		}
		t.Fatalf("there is no %s", pattern)
		return ""
	}
	d := tab(browser(t, 5*time.Minute), t, w.Shop.URL)
	d.enter(token)
	d.open("/")
	d.do(chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)))
	for _, s := range []screen{
		{"shop", "/", "light", 1280, 860},
		{"shop-phone", "/products/" + slug(d), "light", 360, 740},
		{"admin-order", one("/admin/orders/{id}"), "light", 1280, 860},
		{"admin-variants", one("/admin/products/{id}/variants"), "light", 1280, 860},
		{"admin-flow", one("/admin/flows/{id}"), "dark", 1280, 860},
		{"admin-look", "/admin/theme", "light", 1280, 860},
	} {
		d.take(s)
	}
}

// slug is the address of a product that is shown first.
func slug(d *desk) string {
	d.t.Helper()
	return ask[string](d, `document.querySelector('main a[href^="/products/"]').getAttribute('href').split('/')[2]`)
}

// take keeps a picture of a page.
func (d *desk) take(s screen) {
	d.t.Helper()
	d.see(s.width, s.scheme)
	d.do(chromedp.EmulateViewport(s.width, s.height))
	d.open(s.at)
	d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		quality := int64(72)
		taken, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "webp", Quality: &quality})
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(screens, s.name+".webp"), taken.Data, 0o600)
	}))
}
