package storefront_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/engagement/banner"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// hang keeps banners.
func (w *world) hang(all ...banner.Draft) (ids []banner.ID) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		for _, d := range all {
			id, err := banner.Create(w.t.Context(), tx, d)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids
}

// try starts an experiment.
func (w *world) try(at experiment.Point, arms ...experiment.Arm) (id experiment.ID) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		e, err := experiment.Create(w.t.Context(), tx, experiment.Draft{Key: "try", Name: "Try", Point: at, Arms: arms})
		if err == nil {
			_, err = trial.Start(w.t.Context(), tx, e.ID)
		}
		id = e.ID
		return err
	})
	return id
}

// entered is how many were shown each arm.
func (w *world) entered(id experiment.ID) map[string]int64 {
	w.t.Helper()
	units := map[string]int64{}
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		counts, err := experiment.Counts(w.t.Context(), tx, id)
		for _, c := range counts {
			units[c.Arm] = c.Units
		}
		return err
	})
	return units
}

func said(title, words string) map[string]banner.Text {
	return map[string]banner.Text{"en": {Title: title, Words: words, Act: "Look"}}
}

func TestABannerIsShownAtItsPlaceInItsTimeToThoseItsRuleHoldsFor(t *testing.T) {
	each(t, func(w *world) {
		now := w.d.Now()
		w.hang(
			banner.Draft{Name: "Home", Place: banner.Home, Link: "/products/mug", Texts: map[string]banner.Text{"en": {Title: "Mugs are <here>", Act: "Look"}, "de": {Title: "Becher sind da", Act: "Ansehen"}}},
			banner.Draft{Name: "Product", Place: banner.Product, Texts: said("Only beside goods", "")},
			banner.Draft{Name: "Cart", Place: banner.Cart, Texts: said("Nearly there", "")},
			banner.Draft{Name: "Campaign", Place: banner.Home, Trigger: `campaign == "spring"`, Texts: said("Welcome, reader of our letter", "")},
			banner.Draft{Name: "Later", Place: banner.Home, From: now.Add(time.Hour), Texts: said("Not yet", "")},
			banner.Draft{Name: "Over", Place: banner.Home, Until: now.Add(-time.Hour), Texts: said("Long ago", "")},
			banner.Draft{Name: "Off", Place: banner.Home, Off: true, Texts: said("Switched off", "")},
			banner.Draft{Name: "Arm", Texts: said("Nowhere by itself", "")},
			banner.Draft{Name: "Friends", Place: banner.Home, Trigger: `customer.known`, Texts: said("Good to see you again", "")})
		b := w.browser("en")
		b.open("/").says("Mugs are <here>").silent("Only beside goods", "Welcome, reader", "Not yet", "Long ago", "Switched off", "Nowhere by itself", "Good to see you")
		b.open("/?utm_campaign=spring").says("Mugs are <here>", "Welcome, reader of our letter")
		b.open("/?q=mug").silent("Mugs are <here>")
		b.open("/products/mug").says("Only beside goods").silent("Mugs are <here>")
		b.open("/cart").silent("Nearly there")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		b.open("/cart").says("Nearly there")
		w.browser("de").open("/").says("Becher sind da").silent("Mugs are")
		b.send("/register", "name", "Ada", "email", "ada@example.com", "password", "correct horse battery", "next", "/")
		b.open("/").says("Good to see you again")
		wrong := banner.Draft{Name: "Wrong", Place: "roof", Link: "javascript:alert(1)", Trigger: `cart.total > 5`, Texts: map[string]banner.Text{"en": {}}}
		err := w.d.Write(t.Context(), func(tx *db.Tx) error { _, err := banner.Create(t.Context(), tx, wrong); return err })
		for _, field := range []string{"place:", "link:", "trigger: pages do not know cart.total", "en.title:", "en.act:"} {
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("a wrong banner: %v, which does not name %s", err, field)
			}
		}
	})
}

func TestArmsOfABannerAreWrittenDownWhereAPageWithItIsMade(t *testing.T) {
	each(t, func(w *world) {
		ids := w.hang(banner.Draft{Name: "Old", Place: banner.Home, Texts: said("The old words", "")}, banner.Draft{Name: "New", Texts: said("The new words", "")})
		exp := w.try(banner.Point(ids[0]), experiment.Arm{Key: "old", Weight: 400_000}, experiment.Arm{Key: "new", Weight: 300_000, Value: json.RawMessage(`{"banner":"` + string(ids[1]) + `"}`)},
			experiment.Arm{Key: "none", Weight: 300_000, Value: json.RawMessage(`{"hidden":true}`)})
		b := w.browser("en")
		b.open("/").says("The old words") // who has not agreed takes part in nothing
		b.agree().open("/products/mug")
		if units := w.entered(exp); len(units) != 0 {
			t.Errorf("who never came where the banner stands was counted: %v", units)
		}
		want := map[string]int64{}
		for range 24 {
			b := w.browser("en").agree()
			arm := func() string {
				page := b.open("/").body
				switch {
				case strings.Contains(page, "The old words"):
					return "old"
				case strings.Contains(page, "The new words"):
					return "new"
				}
				return "none"
			}
			first := arm()
			want[first]++
			if again := arm(); again != first {
				t.Errorf("who saw %s sees %s the second time", first, again)
			}
		}
		units := w.entered(exp)
		if len(want) != 3 || units["old"] != want["old"] || units["new"] != want["new"] || units["none"] != want["none"] {
			t.Errorf("written down are %v, shown were %v", units, want)
		}
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			_, err := trial.Release(t.Context(), tx, exp, "new", "test")
			return err
		})
		w.browser("en").open("/").says("The new words").silent("The old words")
	})
}

func TestAFeatureSaysWhatAProductsPageTellsFirst(t *testing.T) {
	each(t, func(w *world) {
		before := func(b *browser) bool { // the description before the delivery
			page := b.open("/products/mug").body
			words, delivery := strings.Index(page, `class="words`), strings.Index(page, `class="promise`)
			if words < 0 || delivery < 0 {
				t.Fatalf("the page lacks a block: %d %d", words, delivery)
			}
			return words < delivery
		}
		b := w.browser("en").agree()
		if before(b) {
			t.Error("without the feature the description comes first")
		}
		save := func(f experiment.Feature) {
			dbtest.Write(t, w.d, func(tx *db.Tx) error { return experiment.SaveFeature(t.Context(), tx, f) })
		}
		f := experiment.Feature{Key: "product-blocks", Default: json.RawMessage(`"delivery"`), Rules: []experiment.Case{{Target: `campaign == "words"`, Value: json.RawMessage(`"words"`)}}}
		save(f)
		if before(b) {
			t.Error("the feature says delivery, and the description comes first")
		}
		b.open("/?utm_campaign=words")
		if !before(b) {
			t.Error("its rule is not followed")
		}
		f.Rules = nil
		save(f)
		exp := w.try(experiment.Point{Kind: experiment.PointFeature, Key: f.Key}, experiment.Arm{Key: "delivery", Weight: 500_000}, experiment.Arm{Key: "words", Weight: 500_000, Value: json.RawMessage(`"words"`)})
		want := map[string]int64{}
		for range 12 {
			arm := map[bool]string{true: "words", false: "delivery"}[before(w.browser("en").agree())]
			want[arm]++
		}
		if units := w.entered(exp); len(want) != 2 || units["words"] != want["words"] || units["delivery"] != want["delivery"] {
			t.Errorf("written down are %v, shown were %v", units, want)
		}
	})
}
