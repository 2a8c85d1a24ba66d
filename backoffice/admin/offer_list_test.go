package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/offer/pricing"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/promotion"
)

// plan plans a change of some rows of a list, and returns the page of it.
func (w *world) plan(list, verb string, rows ...string) string {
	w.t.Helper()
	a := w.send("POST", "/admin/lists/"+list+"/change", url.Values{"verb": {verb}, "pick": rows})
	w.is(a, http.StatusSeeOther, "/admin/lists/"+list+"/changes/chg_")
	return a.Header().Get("Location")
}

func TestPromotionsArePausedTogetherAndGoOnAgain(t *testing.T) {
	each(t, func(w *world) {
		one := strings.TrimPrefix(w.promo(), "/admin/promotions/")
		w.is(w.post("/admin/promotions/new", "/admin/promotions", "name", "Dear", "state", "draft", "benefit.percent", "5", "market", "DE", "budget", "500", "budget_currency", "HUF"),
			422, "in the currency of the promotion's market")
		a := w.post("/admin/promotions/new", "/admin/promotions", "name", "Later", "state", "draft", "benefit.percent", "5")
		two, _, _ := strings.Cut(strings.TrimPrefix(at(a), "/admin/promotions/"), "?")
		w.is(w.get("/admin/promotions?sort=-name&column=priority"), 200, "Later", "Friends")
		w.is(w.get("/admin/promotions?q=frie&applies=code&state=active"), 200, "Friends", "15%")
		if strings.Contains(w.get("/admin/promotions?applies=code").text, "Later") {
			t.Error("one that applies by itself stands among those by code")
		}
		w.happened(nil, []string{"promotion.create", "promotion.create"})

		page := w.plan("promotions", "promotions.pause", one, two)
		w.is(w.get(page), 200, "Friends Active Paused", "it was never started", "Change 1")
		w.happened(nil, nil)
		w.is(w.do(page, "run"), http.StatusSeeOther)
		if got := w.promotion(one).State; got != promotion.StatePaused {
			t.Errorf("%s", got)
		}
		if got := w.promotion(two).State; got != promotion.StateDraft {
			t.Errorf("a draft became %s", got)
		}
		w.is(w.do(page, "undo"), http.StatusSeeOther)
		if got := w.promotion(one).State; got != promotion.StateActive {
			t.Errorf("not given back: %s", got)
		}

		ends := w.plan("promotions", "promotions.ends", one, two)
		w.is(w.do(ends, "settle", "ends", "2030-06-30T23:59"), http.StatusSeeOther)
		w.is(w.get(ends), 200, "never 30 June 2030, 23:59")
		w.is(w.do(ends, "run"), http.StatusSeeOther)
		w.is(w.post("/admin/promotions/"+two, "/admin/promotions/"+two, "ends", ""), http.StatusSeeOther)
		w.is(w.do(ends, "undo"), http.StatusSeeOther)
		w.is(w.get(ends), 200, "1 somebody has changed since were left alone")
		if !w.promotion(one).Ends.IsZero() || !w.promotion(two).Ends.IsZero() {
			t.Error("an end is left")
		}
		limit := w.plan("promotions", "promotions.limit", one)
		w.is(w.do(limit, "settle", "limit", "few"), http.StatusSeeOther)
		w.is(w.get(limit), 200, "write a whole number")
		w.as(auth.RoleAssociate)
		w.is(w.do(limit, "run"), http.StatusForbidden)
	})
}

func TestCodesAreLimitedAndTakenBackTogether(t *testing.T) {
	each(t, func(w *world) {
		page := w.promo() + "/codes"
		w.is(w.post(page, page, "codes", "ANNA\nBELA"), http.StatusSeeOther)
		limit := w.plan("codes", "codes.limit", "ANNA", "BELA")
		w.is(w.do(limit, "settle", "limit", "3"), http.StatusSeeOther)
		w.is(w.get(limit), 200, "ANNA without limit 3", "Change 2")
		w.is(w.do(limit, "run"), http.StatusSeeOther, "/admin/codes?change=")
		w.is(w.get("/admin/codes"), 200, "ANNA Friends 0 3")
		gone := w.plan("codes", "codes.remove", "ANNA")
		w.is(w.get(gone), 200, "ANNA can be used taken back")
		w.is(w.do(gone, "run"), http.StatusSeeOther)
		w.is(w.get("/admin/codes?q=anna"), 200, "Nothing here ma")
		w.is(w.do(gone, "undo"), http.StatusSeeOther)
		w.is(w.get("/admin/codes"), 200, "ANNA Friends 0 3", "BELA Friends 0 3")
	})
}

func TestPriceListsArePutIntoForceTogetherButAMarketsOwn(t *testing.T) {
	each(t, func(w *world) {
		id := strings.TrimPrefix(w.list(), "/admin/price-lists/")
		w.is(w.get("/admin/price-lists"), 200, "the market’s own prices", "Dealers")
		w.is(w.get("/admin/price-lists?q=deal&sort=-priority&column=priority"), 200, "Dealers")
		page := w.plan("prices", "prices.archive", id, "DE")
		w.is(w.get(page), 200, "Dealers Active Archived", "a market’s own prices hold always", "Change 1")
		w.is(w.do(page, "run"), http.StatusSeeOther)
		state := func() (l pricing.List) {
			dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
				l, err = pricing.FindList(w.t.Context(), tx, pricing.ListID(id))
				return err
			})
			return l
		}
		if got := state().State; got != pricing.StateArchived {
			t.Errorf("%s", got)
		}
		if strings.Contains(w.get("/admin/price-lists").text, "Dealers") {
			t.Error("an archived list is shown unasked")
		}
		w.is(w.get("/admin/price-lists?status=archived"), 200, "Dealers")
		w.is(w.do(page, "undo"), http.StatusSeeOther)
		priority := w.plan("prices", "prices.priority", id)
		w.is(w.do(priority, "settle", "priority", "5000"), http.StatusSeeOther)
		w.is(w.get(priority), 200, "use -1000 to 1000")
		w.is(w.do(priority, "settle", "priority", "7"), http.StatusSeeOther)
		w.is(w.do(priority, "run"), http.StatusSeeOther)
		if got := state(); got.State != pricing.StateActive || got.Priority != 7 {
			t.Errorf("%+v", got)
		}
	})
}
