package storefront_test

import (
	"regexp"
	"strings"
	"testing"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/ui"
)

var dressLink = regexp.MustCompile(`/assets/dress\.css\?v=[0-9a-z]+`)

func TestAShopWearsItsMerchantsTheme(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.open("/").silent("dress.css")
		wear := func(theme ui.Theme) string {
			dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
				c, err := market.FindChannel(t.Context(), tx, "web")
				if err != nil {
					return err
				}
				c.Theme = theme.String()
				return market.SaveChannel(t.Context(), tx, c)
			})
			return dressLink.FindString(b.open("/").body)
		}
		navy := wear(ui.Theme{Light: ui.Colours{"accent": "#123a7a", "surface": "#ffffff"}, Radius: "2"})
		sheet := b.open(navy)
		sheet.says("--accent:#123a7a;", "--radius:2px;")
		if strings.Contains(sheet.body, "prefers-color-scheme") || !strings.Contains(sheet.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%v\n%s", sheet.header, sheet.body)
		}
		for _, ground := range []string{`content="#ffffff" media="(prefers-color-scheme: light)"`, `content="#161512" media="(prefers-color-scheme: dark)"`} {
			if !strings.Contains(b.open("/").body, ground) {
				t.Errorf("a phone's frame is not %s", ground)
			}
		}
		if other := wear(ui.Theme{Light: ui.Colours{"accent": "#7a1212"}}); other == navy || other == "" {
			t.Errorf("another theme is kept under %q too: browsers would show the old one", other)
		}
		if none := wear(ui.Theme{}); none != "" {
			t.Errorf("without a theme there is still %s", none)
		}
	})
}
