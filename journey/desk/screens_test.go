package desk_test

import (
	"context"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// screens is where the pictures lie: those of the README, and below it those of
// every page of the shop and of the admin.
const screens = "../../docs/screens"

// How large one of them, and all of them, may be, in bytes: they are read on the
// way, and each clone carries them.
const (
	maxScreen  = 60_000
	maxScreens = 6_000_000
)

var shown = regexp.MustCompile(`(?:\(docs/screens/|src=")([a-z0-9/-]+\.webp)`)

// Each picture that the README or the folder's own page shows is there and
// small, and each that is there is shown. scripts/screens.sh takes them anew from
// the demo.
func TestThePicturesAreThereAndSmall(t *testing.T) {
	named := map[string]bool{}
	for _, file := range []string{"../../README.md", screens + "/README.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shown.FindAllSubmatch(text, -1) {
			named[string(m[1])] = true
		}
	}
	var whole int64
	err := filepath.WalkDir(screens, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "README.md" {
			return err
		}
		at, err := e.Info()
		if err != nil {
			return err
		}
		if whole += at.Size(); at.Size() > maxScreen {
			t.Errorf("%s has %d bytes, more than %d", path, at.Size(), maxScreen)
		}
		name, err := filepath.Rel(screens, path)
		if err == nil && !named[filepath.ToSlash(name)] {
			t.Errorf("%s is shown nowhere", name)
		}
		delete(named, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range named {
		t.Errorf("%s is shown and not there", name)
	}
	if whole > maxScreens {
		t.Errorf("all have %d bytes, more than %d", whole, maxScreens)
	}
}

// screen is one picture: a page at a width, in a light, a share of its size.
type screen struct {
	name, scheme  string
	width, height int64
	scale         float64
}

// shots are how each page is shown: the shop to who holds a phone and to who sits
// at a desk, by day and by night.
func shots(name string, dark bool) []screen {
	all := []screen{{name + "-phone", "light", 360, 740, 0.75}, {name + "-desk", "light", 1280, 860, 0.5}}
	if dark {
		return append(all, screen{name + "-phone-dark", "dark", 360, 740, 0.75}, screen{name + "-desk-dark", "dark", 1280, 860, 0.5})
	}
	all[0].scheme = "dark"
	return all
}

// TestScreens takes the pictures when KORZO_SCREENS is set, and writes the page
// that shows them.
func TestScreens(t *testing.T) {
	if os.Getenv("KORZO_SCREENS") == "" {
		return // scripts/screens.sh asks for it
	}
	w, report := apptest.OpenDemo(t, bank.Config{})
	token := signedIn(t, w, report.StaffEmail)
	pages := everyPage(t, w, token, furnish(t, w, token)...)
	shop := stands(t, w, report, "en", "DE")
	d := tab(browser(t, 20*time.Minute), t, w.Shop.URL)
	for _, part := range []string{"shop", "admin"} {
		if err := os.RemoveAll(filepath.Join(screens, part)); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(screens, part), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	var text strings.Builder
	text.WriteString("# Every page, as it looks\n\nTaken from the demo by `scripts/screens.sh`, in Chromium; looked at before they are committed.\n\n## The shop\n\n| page | phone | desk | phone, dark | desk, dark |\n|---|---|---|---|---|\n")
	for _, s := range shop {
		d.row(&text, s.name, s.pattern, shots("shop/"+s.name, true), func() { d.standsBefore(s) })
	}
	text.WriteString("\n## The admin\n\n| page | phone, dark | desk |\n|---|---|---|\n")
	slices.SortFunc(pages, func(a, b visited) int { return strings.Compare(a.pattern, b.pattern) })
	d.enter(token)
	for _, p := range pages {
		name := strings.Trim(strings.NewReplacer("/admin/", "", "/admin", "home", "/", "-", "{", "", "}", "").Replace(p.pattern), "-")
		d.row(&text, name, p.pattern, shots("admin/"+name, false), func() { d.open(p.at) })
	}
	if err := os.WriteFile(filepath.Join(screens, "README.md"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// row takes the pictures of one page and writes its row of the table.
func (d *desk) row(text *strings.Builder, name, pattern string, views []screen, open func()) {
	d.t.Helper()
	fmt.Fprintf(text, "| %s", html.EscapeString(name))
	if pattern != "" {
		fmt.Fprintf(text, "<br>`%s`", pattern)
	}
	for _, v := range views {
		d.see(v.width, v.scheme)
		d.do(chromedp.EmulateViewport(v.width, v.height))
		open()
		d.take(v)
		fmt.Fprintf(text, " | <img src=%q width=%q alt=%q>", v.name+".webp", fmt.Sprint(int(float64(v.width)*v.scale)), v.name)
	}
	text.WriteString(" |\n")
}

// take keeps a picture of the page's beginning, also where its address leads
// further down.
func (d *desk) take(s screen) {
	d.t.Helper()
	ask[bool](d, `scrollTo({top: 0, behavior: "instant"}) === undefined`)
	d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		quality := int64(60)
		taken, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "webp", Quality: &quality,
			Clip: &page.Viewport{Width: float64(s.width), Height: float64(s.height), Scale: s.scale}})
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(screens, s.name+".webp"), taken.Data, 0o600)
	}))
}
