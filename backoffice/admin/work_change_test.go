package admin_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// unchanged are the lists whose rows are not changed many at once, with the
// reason.
var unchanged = map[string]string{
	"audit":           "what was done stays as it was done",
	"movements":       "what was moved is set right by another movement",
	"payments":        "money goes back from its order, which says why and what it came to",
	"disputes":        "each is answered with its own evidence",
	"settlements":     "a statement is what a bank said; it is matched by itself",
	"settlement_rows": "what a statement said stays as it said it",
	"entries":         "what was posted is set right by another posting",
	"promises":        "how many dates were kept is counted, and a lane is set by its own figures",
	"imports":         "an import is tried, run or taken back as one",
	"parcels":         "a parcel moves when its carrier says so",
	"pay_links":       "whoever holds a link is told why it ends, one by one",
	"channels":        "where a channel sells and how it looks is decided for each, and it keeps one market to begin in",
	"search":          "what was looked for was looked for; a rule is made of one query",
	"staff":           "a right is given or taken one by one, and asks who gives it to prove themselves",
	"experiments":     "each ends by its own figures",
	"banners":         "each has words, days and a rule of its own",
	"wordings":        "each is written, tried and let stand by itself",
	"segments":        "each is a rule of its own, which other rules may name",
	"features":        "programs see each at once, and one that is tried cannot be archived: one by one",
}

// Rows of every list are changed many at once, or there is a reason why not.
func TestEveryListChangesManyOrSaysWhyNot(t *testing.T) {
	elsewhere := map[string]string{"prices": "price-lists", "search_rules": "search/rules", "webhook_deliveries": "webhooks/deliveries", "methods": "payment-methods",
		"entries": "ledger/entries", "settlement_rows": "settlements/rows", "tax_exemptions": "tax/exemptions"}
	dbtest.Each(t, append(slices.Clone(schemas), search.Schema), func(t *testing.T, d *db.DB) {
		w := open(t, d)
		lists := 0
		for _, r := range w.admin.Pages() {
			name, ok := strings.CutSuffix(strings.TrimPrefix(r.Pattern, "GET /admin/lists/"), "/table.csv")
			if !ok {
				continue
			}
			lists++
			a := w.get("/admin/" + cmp.Or(elsewhere[name], strings.ReplaceAll(name, "_", "-")))
			w.is(a, http.StatusOK)
			if offers, why := strings.Contains(a.Body.String(), `href="/admin/lists/`+name+`/changes"`), unchanged[name]; offers == (why != "") {
				t.Errorf("%s: changes many: %v, and the reason why not is %q", name, offers, why)
			}
		}
		if lists < 44 {
			t.Errorf("only %d lists were found", lists)
		}
	})
}

// Stolen cards are blocked together, and can be used again when that was wrong.
func TestGiftCardsAreBlockedTogetherAndGivenBack(t *testing.T) {
	each(t, func(w *world) {
		var cards []string
		for _, key := range []string{"k1", "k2"} {
			w.is(w.post("", "/admin/gift-cards", "market", "DE", "amount", "25.00", "reason", "Lost parcel", "key", key), http.StatusOK, "€25.00")
		}
		for _, part := range strings.Split(w.get("/admin/gift-cards").Body.String(), `href="/admin/gift-cards/`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			cards = append(cards, id)
		}
		page := w.changeOf("gift_cards", "gift_cards.block", cards...)
		w.is(w.do(page, "settle", "reason", "Stolen in the post"), http.StatusSeeOther, page)
		w.is(w.get(page), http.StatusOK, "Active", "Blocked", "2")
		w.is(w.get("/admin/gift-cards?status=blocked"), http.StatusOK, "Nothing here matches")
		w.is(w.do(page, "run"), http.StatusSeeOther)
		w.is(w.get("/admin/gift-cards/"+cards[0]), http.StatusOK, "Blocked", "Stolen in the post")
		w.is(w.do(page, "undo"), http.StatusSeeOther)
		w.is(w.get("/admin/gift-cards?status=blocked"), http.StatusOK, "Nothing here matches")
		w.is(w.get("/admin/gift-cards/"+cards[0]), http.StatusOK, "was taken back")
	})
}
