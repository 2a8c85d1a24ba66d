package journey_test

import (
	"net/url"
	"slices"
	"testing"

	"korzo/app/apptest"
	"korzo/customer/experiment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// A shop of somebody else's pages shows the banners of ours: those of the place,
// to those their rules hold for, in the reader's language; and who was shown which
// arm is written down, once, for every arm.
func TestAHeadlessShopShowsBannersAndTheirArmsAreWrittenDown(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		hang := func(draft map[string]any) string { return w.Call("POST", "/admin/v1/banners", draft).Text("id") }
		said := func(en, de string) map[string]any {
			return map[string]any{"en": map[string]any{"title": en, "act": "Look"}, "de": map[string]any{"title": de, "act": "Ansehen"}}
		}
		old := hang(map[string]any{"name": "Old", "place": "home", "link": "/categories/mugs", "picture": "spring.webp", "texts": said("The old words", "Die alten Worte")})
		other := hang(map[string]any{"name": "New", "texts": said("The new words", "Die neuen Worte")})
		hang(map[string]any{"name": "Letter", "place": "home", "position": 1, "trigger": `campaign == "spring" && device.kind == "phone"`, "texts": said("Welcome, reader", "Willkommen")})
		hang(map[string]any{"name": "Cart", "place": "cart", "texts": said("Nearly there", "Fast da")})
		sameTitles(t, "home", titles(w, "place", "home", "locale", "de-AT"), "Die alten Worte")
		sameTitles(t, "of a campaign, on a phone", titles(w, "place", "home", "locale", "en", "campaign", "spring", "device", "phone"), "The old words", "Welcome, reader")
		sameTitles(t, "the cart", titles(w, "place", "cart", "locale", "hu"), "Nearly there")
		a := w.Call("GET", "/store/v1/banners?place=home", nil)
		if one, _ := a.At("data").([]any); len(one) != 1 || one[0].(map[string]any)["link"] != "/categories/mugs" || one[0].(map[string]any)["picture"].(map[string]any)["url"] != "/media/spring.webp" {
			t.Errorf("%s", a.Bytes)
		}
		if a := w.Call("GET", "/store/v1/banners?place=roof", nil); a.Status != 422 {
			t.Errorf("a place there is not: %d", a.Status)
		}

		made := w.Call("POST", "/admin/v1/experiments", map[string]any{"key": "words", "name": "Words", "kind": "test", "coverage": 1_000_000, "point": map[string]any{"kind": "banner", "key": old},
			"arms": []any{map[string]any{"key": "old", "weight": 400_000, "value": nil}, map[string]any{"key": "new", "weight": 300_000, "value": map[string]any{"banner": other}}, map[string]any{"key": "none", "weight": 300_000, "value": map[string]any{"hidden": true}}}})
		if a := w.Call("POST", "/admin/v1/experiments/"+made.Text("id")+"/status", map[string]any{"action": "start"}); a.Text("status") != "running" {
			t.Fatalf("%s %s", made.Bytes, a.Bytes)
		}
		sameTitles(t, "who brings no visitor id", titles(w, "place", "home", "locale", "en"), "The old words")
		sameTitles(t, "who made theirs up", titles(w, "place", "home", "locale", "en", "visitor", "vis_mine.0123456789abcdef"), "The old words")
		arms := map[string]int64{}
		for range 24 {
			vis := w.Call("POST", "/store/v1/visitors", nil).Text("visitor")
			arm := func() string {
				switch got := titles(w, "place", "home", "locale", "en", "visitor", vis); {
				case len(got) == 0:
					return "none"
				case got[0] == "The new words":
					return "new"
				}
				return "old"
			}
			first := arm()
			arms[first]++
			if again := arm(); again != first {
				t.Errorf("who was shown %s is shown %s the second time", first, again)
			}
		}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			counts, err := experiment.Counts(t.Context(), tx, experiment.ID(made.Text("id")))
			for _, c := range counts {
				if c.Units != arms[c.Arm] {
					t.Errorf("%d are written down for %s, shown to %d", c.Units, c.Arm, arms[c.Arm])
				}
			}
			if len(counts) != 3 {
				t.Errorf("only %v", counts)
			}
			return err
		})
	})
}

// titles are those of the banners that the store API shows.
func titles(w *apptest.World, query ...string) (all []string) {
	w.T.Helper()
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	data, _ := w.Call("GET", "/store/v1/banners?"+values.Encode(), nil).At("data").([]any)
	for _, one := range data {
		all = append(all, one.(map[string]any)["title"].(string))
	}
	return all
}

func sameTitles(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
