package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/engagement/banner"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestABannerIsMadeTriedAgainstAnotherAndReplacedByIt(t *testing.T) {
	each(t, func(w *world) {
		w.as("owner")
		all := func() map[string]banner.Banner {
			w.t.Helper()
			byName := map[string]banner.Banner{}
			dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
				all, err := banner.All(w.t.Context(), tx)
				for _, b := range all {
					byName[b.Name] = b
				}
				return err
			})
			return byName
		}
		made := []string{"name", "Spring", "place", "home", "position", "1", "trigger", `campaign == "spring"`, "link", "/categories/mugs", "from", "2030-03-01T08:00",
			"en.title", "Spring is here", "en.act", "Look", "de.title", "Der Frühling ist da", "de.act", "Ansehen"}
		w.is(w.post("/admin/banners/new", "/admin/banners/new", append(made, "trigger", "cart.total > 5")...), 422, "cart.total")
		w.is(w.post("/admin/banners/new", "/admin/banners/new", append(made, "link", "javascript:alert(1)")...), 422)
		w.lang = "hu"
		w.is(w.post("/admin/banners/new", "/admin/banners/new", append(made, "trigger", "cart.total > 5", "link", "javascript:alert(1)")...), 422, "az oldalak nem ismerik ezt: cart.total", "vezessen a bolt egy oldalára")
		w.is(w.post("/admin/banners/new", "/admin/banners/new", append(made, "trigger", "campaign = 5", "name", "")...), 422, "==", "karakteres nevet")
		w.lang = "en"
		w.happened(nil, nil)
		w.is(w.post("/admin/banners/new", "/admin/banners/new", made...), http.StatusSeeOther)
		w.is(w.post("/admin/banners/new", "/admin/banners/new", "name", "Short", "place", "", "en.title", "Spring!"), http.StatusSeeOther)
		spring, short := all()["Spring"], all()["Short"]
		w.is(w.get("/admin/banners"), 200, "Spring is here", "Front page", "By experiments only")
		at := "/admin/banners/" + string(spring.ID)
		if page := w.get(at).Body.String(); !strings.Contains(page, `value="Der Frühling ist da"`) || !strings.Contains(page, `value="2030-03-01T08:00"`) {
			t.Errorf("the editor does not show what was written:\n%s", page)
		}
		w.is(w.post("", at, append(made, "version", "1", "from", "")...), http.StatusSeeOther)
		w.is(w.post("", at, append(made, "version", "1")...), http.StatusConflict)

		plan := []string{"name", "Shorter?", "version", "banner:" + string(spring.ID) + ":" + string(short.ID), "lift", "5", "days", "28", "share", "50", "currency", "EUR", "rate.HUF", "0.0025"}
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "do", "plan")...), 200, "Banner Spring: Short in its place", "Banner Spring: nothing in its place", "Write it down")
		a := w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "do", "create")...)
		w.is(a, http.StatusSeeOther)
		page, _, _ := strings.Cut(a.Header().Get("Location"), "?")
		w.is(w.post("", page, "do", "start"), http.StatusSeeOther)
		w.is(w.post("", page, "do", "release", "arm", "new"), http.StatusSeeOther)
		if b := all()["Spring"]; b.Texts["en"].Title != "Spring!" || b.Place != banner.Home || b.Trigger != `campaign == "spring"` || b.Link != "" {
			t.Errorf("after the release it is %+v", b)
		}
		w.happened([]string{"experiment.moved", "experiment.moved"}, []string{"banner.save", "banner.save", "banner.save", "experiment.create", "experiment.start", "experiment.release"})
	})
}
