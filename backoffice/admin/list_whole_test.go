package admin_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/backoffice/webhook"
	"korzo/offer/search"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// Each list that is read at once is narrowed, sorted and downloaded like the long ones.
func TestAShortListIsNarrowedSortedAndDownloaded(t *testing.T) {
	each(t, func(w *world) {
		table := func(list, query string) string {
			return w.get("/admin/lists/" + list + "/table.csv" + query).Body.String()
		}
		if got := table("staff", "?sort=-name&column=name&column=role&role="+auth.RoleSupport); strings.Count(got, "\n") != 2 || !strings.Contains(got, "SUPPORT,Support") {
			t.Errorf("%q", got)
		}
		up, down := table("staff", "?sort=name"), table("staff", "?sort=-name")
		if up == down || strings.Index(up, "ASSOCIATE") > strings.Index(up, "SUPPORT") || strings.Index(down, "ASSOCIATE") < strings.Index(down, "SUPPORT") {
			t.Errorf("%q %q", up, down)
		}
		if got := table("staff", "?q=support+nobody"); strings.Count(got, "\n") != 1 {
			t.Errorf("all words must be there: %q", got)
		}
		w.is(w.get("/admin/staff?status=left"), 200, "Show all")
		w.is(w.get("/admin/staff?after=-5"), 200, "SUPPORT")
		w.is(w.get("/admin/staff?after=5000"), 200)
	})
}

func TestRulesOfSearchAreDeletedTogetherAndGivenBack(t *testing.T) {
	dbtest.Each(t, append(slices.Clone(schemas), search.Schema), func(t *testing.T, d *db.DB) {
		w := open(t, d)
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			if _, err := search.SaveSynonym(t.Context(), tx, search.Synonym{Words: []string{"cup", "mug"}}); err != nil {
				return err
			}
			if err := search.SaveRanking(t.Context(), tx, search.Ranking{Query: "gift", Product: w.mug.ID, Position: 1}); err != nil {
				return err
			}
			return search.SaveRedirect(t.Context(), tx, search.Redirect{Language: "de", Query: "tassen", Target: "/c/cups"})
		})
		w.is(w.get("/admin/search/rules?kind=redirect"), 200, "tassen → /c/cups")
		a := w.send("POST", "/admin/lists/search_rules/change", url.Values{"verb": {"search.unrule"}, "all": {"1"}})
		w.is(a, http.StatusSeeOther, "/changes/chg_")
		page := a.Header().Get("Location")
		w.is(w.get(page), 200, "cup = mug", "tassen → /c/cups", "gift: ", "Change 3")
		w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/search/rules?change=")
		w.is(w.get("/admin/search/rules"), 200, "No rule yet")
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			return search.SaveRedirect(t.Context(), tx, search.Redirect{Language: "de", Query: "tassen", Target: "/elsewhere"})
		})
		w.is(w.do(page, "undo"), http.StatusSeeOther, page)
		w.is(w.get("/admin/search/rules"), 200, "cup = mug", "tassen → /elsewhere", "gift: Mug at place 1")
	})
}

func TestPagesAreTakenOfflineTogetherAndGivenBack(t *testing.T) {
	each(t, func(w *world) {
		form := w.fields("/admin/content/new", "/admin/content")
		form.Set("kind", "page")
		form.Set("en.title", "Care")
		form.Set("en.slug", "care")
		form.Set("en.body", "Wash by hand.")
		first := w.send("POST", "/admin/content", form)
		w.is(first, http.StatusSeeOther, "content_saved")
		edit, _, _ := strings.Cut(at(first), "?")
		id := edit[strings.LastIndex(edit, "/")+1:]
		page := w.changeOf("content", "content.publish", id)
		w.is(w.get(page), 200, "Care Draft Published")
		if w.seenAt("care") {
			t.Error("a preview has published it")
		}
		w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/content?change=")
		if !w.seenAt("care") {
			t.Error("published, it is not seen")
		}
		w.is(w.do(page, "undo"), http.StatusSeeOther)
		if w.seenAt("care") {
			t.Error("given back, it is seen")
		}
	})
}

// Whoever would revoke keys together proves again who they are, as for one.
func TestKeysAreRevokedTogetherByAFreshProofAlone(t *testing.T) {
	each(t, func(w *world) {
		var one, two auth.Key
		var secret string
		dbtest.Write(t, w.d, func(tx *db.Tx) (err error) {
			if one, secret, err = auth.CreateKey(t.Context(), tx, auth.NewKey{Kind: auth.Secret, Name: "old till", Scopes: []string{"orders.read"}}); err != nil {
				return err
			}
			two, _, err = auth.CreateKey(t.Context(), tx, auth.NewKey{Kind: auth.Secret, Name: "lost laptop", Scopes: []string{"orders.read"}})
			return err
		})
		good := func() (err error) {
			dbtest.Read(t, w.d, func(tx *db.Tx) error { _, err = auth.FindKey(t.Context(), tx, secret); return nil })
			return err
		}
		page := w.changeOf("keys", "keys.revoke", string(one.ID), string(two.ID))
		w.is(w.get(page), 200, "This cannot be taken back", "lost laptop")
		dbtest.Clock(w.d).Advance(20 * time.Minute)
		w.is(w.do(page, "run"), http.StatusForbidden, "Prove that it is you")
		if good() != nil {
			t.Error("a key was revoked without a proof")
		}
		w.as(auth.RoleOwner)
		w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/keys?change=")
		if good() == nil {
			t.Error("a revoked key opens")
		}
		w.is(w.get("/admin/keys?status=revoked"), 200, "old till", "lost laptop")
		w.is(w.do(page, "undo"), http.StatusConflict, "cannot be taken back")
	})
}

func TestMessagesAreSentAgainTogetherFromTheLog(t *testing.T) {
	each(t, func(w *world) {
		var e webhook.Endpoint
		var d webhook.Delivery
		dbtest.Write(t, w.d, func(tx *db.Tx) (err error) {
			if e, err = webhook.Create(t.Context(), tx, webhook.Endpoint{URL: "https://example.com/hook", Kinds: []string{"*"}}, false); err != nil {
				return err
			}
			d, err = webhook.Try(t.Context(), tx, e.ID)
			return err
		})
		log := "/admin/webhooks/deliveries"
		w.is(w.get(log+"?to="+string(e.ID)+"&status=pending&kind=webhook.test"), 200, "webhook.test", "example.com/hook")
		w.is(w.get(log+"?status=delivered"), 200, "Nothing")
		page := w.changeOf("webhook_deliveries", "webhooks.replay", string(d.ID))
		w.is(w.get(page), 200, "This cannot be taken back", "Nothing of what is shown would change")
		pause := w.changeOf("webhooks", "webhooks.pause", string(e.ID))
		w.is(w.do(pause, "run"), http.StatusSeeOther, "/admin/webhooks?change=")
		w.is(w.get("/admin/webhooks?status=paused"), 200, "example.com/hook")
		w.is(w.do(pause, "undo"), http.StatusSeeOther)
		w.is(w.get("/admin/webhooks?status=paused"), 200, "Show all")
	})
}
