package desk_test

import (
	"context"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Every page of the shop can be read by everybody: at 320, 360 and 1280 px, in
// the light and in the dark (each width in both where KORZO_LONG is set), axe finds nothing, nothing is wider than the screen,
// and what is loaded is light. The table is the
// router's own: a new page is looked at unasked.
func TestEveryPageOfTheShopLetsEverybodyIn(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the pages of the shop are looked at in the full run")
	}
	w, report := apptest.OpenDemo(t, bank.Config{})
	all := stands(t, w, report, "en", "DE")
	if only := os.Getenv("KORZO_PAGE"); only != "" {
		some := regexp.MustCompile(only)
		all = slices.DeleteFunc(all, func(s stand) bool { return !some.MatchString(s.name) })
	}
	browser := browser(t, 8*time.Minute)
	d := tab(browser, t, w.Shop.URL)
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			mine := &desk{t: t, ctx: d.ctx, base: d.base}
			mine.see(1280, "light")
			mine.standsBefore(s)
			mine.isLight(s)
			views := []view{{320, "light", true}, {360, "dark", true}, {768, "dark", false}, {1280, "light", true}}
			if os.Getenv("KORZO_LONG") != "" {
				views = append(views, view{320, "dark", true}, view{360, "light", true}, view{1280, "dark", true})
			}
			mine.lookIn("shop-"+s.name, views...)
		})
	}
}

// standsBefore goes to a page as who it is told, and does there what is told.
func (d *desk) standsBefore(s stand) {
	d.t.Helper()
	d.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil || s.who == nil {
			return err
		}
		home, err := url.Parse(d.base)
		if err != nil {
			return err
		}
		for _, c := range s.who.client.Jar.Cookies(home) {
			if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: d.base}); err != nil {
				return err
			}
		}
		return nil
	}))
	d.open(s.at)
	if s.then != "" {
		ask[bool](d, s.then)
	}
	if s.wait != "" {
		d.do(chromedp.WaitVisible(chromedp.CSS(s.wait)))
	}
}

// weighed is what a page loaded, in bytes as they travel, but scripts unpacked,
// as they are run: scripts, styles, pictures.
const weighed = `(() => {
	const of = (...kinds) => performance.getEntriesByType('resource').filter(e => kinds.includes(e.initiatorType)).reduce((n, e) => n + (kinds[0] === 'script' ? e.decodedBodySize : e.encodedBodySize), 0)
	return [of('script'), of('link', 'css'), of('img')]
})()`

// What a page of the shop may load, packed.
const (
	mostScript   = 30 << 10
	mostStyle    = 20 << 10
	mostPictures = 600 << 10
)

// isLight holds a page to its budgets.
func (d *desk) isLight(s stand) {
	d.t.Helper()
	got := ask[[]int64](d, weighed)
	for i, most := range []int64{mostScript, mostStyle, mostPictures} {
		if got[i] > most {
			d.t.Errorf("%s: %s %d, more than %d", s.name, []string{"scripts weigh", "styles weigh", "pictures weigh"}[i], got[i], most)
		}
	}
	if inline := ask[string](d, `document.documentElement.outerHTML.match(/ (on[a-z]+|style)="[^"]*"/)?.[0] ?? ''`); strings.TrimSpace(inline) != "" {
		d.t.Errorf("%s holds%s", s.name, inline)
	}
}
