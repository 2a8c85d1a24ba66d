package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/customer/experiment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
)

func TestAnExperimentIsPlannedBeforeItIsWrittenStartedWatchedAndRolledBack(t *testing.T) {
	each(t, func(w *world) {
		id := w.flow("Everyone")
		path := "/admin/flows/" + id
		w.is(w.post(path, path, "do", "save", "layout", "three_page"), http.StatusSeeOther)
		plan := []string{"name", "Three pages?", "version", id + ":2", "lift", "5", "days", "28", "share", "50", "margin.completion", "2", "currency", "EUR", "rate.HUF", "0.0025", "looks", "planned"}
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "do", "plan")...), 200, "There is no traffic", "Write it down")
		w.happened(nil, []string{"flow.save"})
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "days", "3")...), 422, "write 7 to 90 days")
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "kind", "rollout", "do", "create")...), 422, "begins anew with each stage")
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "rate.HUF", "")...), 422, "write what 1 HUF is worth in EUR")
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "layer", "checkout", "layer.from", "60", "layer.to", "40", "do", "create")...), 422, "ends after it begins")
		a := w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "layer", "checkout", "layer.to", "40", "layer.holdout", "10", "do", "create")...)
		w.is(a, http.StatusSeeOther)
		page, _, _ := strings.Cut(a.Header().Get("Location"), "?")
		if v := w.versions(id); v[0].State != flow.StateStaged {
			w.t.Errorf("the arm's version is %s and may still change", v[0].State)
		}
		w.is(w.get(page), 200, "Three pages?", "Nothing has been computed yet", "Start")
		w.is(w.post("", page, "do", "start"), http.StatusSeeOther)
		w.is(w.post("", page, "do", "compute"), http.StatusSeeOther)
		w.is(w.get(page), 200, "Nothing may be said yet", "Conversion", "As it is", "The new", "Average order", "Lifetime value")
		w.is(w.get("/admin/experiments"), 200, "together brought", "10% of visitors", "Nothing may be said yet")
		w.is(w.post("", page, "do", "roll_back", "reason", "It confuses people"), http.StatusSeeOther)
		w.is(w.get(page), 200, "Rolled back", "It confuses people")
		if next := w.get("/admin/experiments/new"); !strings.Contains(next.Body.String(), `value="0.0025"`) {
			w.t.Error("the next plan does not begin with the rates of the last")
		}
		w.is(w.post("", page, "do", "start"), http.StatusConflict)
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			e, err := experiment.Find(w.t.Context(), tx, experiment.ID(strings.TrimPrefix(page, "/admin/experiments/")))
			if e.State != experiment.StateRolledBack || e.Plan.MarginPPM["completion"] != 20_000 || e.Arms[1].Weight != 500_000 || e.Layer != "checkout" || e.To != 400_000 || e.Plan.Currency != "EUR" || e.Plan.RatesPPM["HUF"] != 2_500 ||
				e.Plan.Looks != 5 || e.Plan.Units < 10_000 {
				w.t.Errorf("%+v", e)
			}
			return err
		})
		w.happened([]string{"experiment.moved", "experiment.moved"}, []string{"experiment.create", "experiment.start", "experiment.roll_back"})
	})
}
