package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestAFeatureIsMadeGivenByRuleTriedAndArchived(t *testing.T) {
	each(t, func(w *world) {
		w.as("owner")
		made := []string{"name", "Hero text", "kind", "text", "default", "Hello", "note", "What the front page says", "rules.1.target", `device.kind == "phone"`, "rules.1.value", "Hi"}
		w.is(w.post("/admin/features/new", "/admin/features/new", append(made, "kind", "number")...), 422, "write a number")
		w.is(w.post("/admin/features/new", "/admin/features/new", append(made, "rules.1.target", "device.colour == 1")...), 422, "colour")
		w.happened(nil, nil)
		w.is(w.post("/admin/features/new", "/admin/features/new", made...), http.StatusSeeOther, "/admin/features/hero-text")
		w.is(w.post("/admin/features/new", "/admin/features/new", made...), 422, "another feature has this name")
		w.is(w.get("/admin/features"), 200, "hero-text", "What the front page says", "Hello", "Active")
		is := func(device, want string, why experiment.Reason) {
			w.t.Helper()
			dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
				e, err := experiment.Evaluate(w.t.Context(), tx, "hero-text", visitor.Visit{Visitor: "vis_1", Device: visitor.Device{Kind: device}})
				if string(e.Value) != want || e.Reason != why {
					w.t.Errorf("on a %s it is %s by %s, want %s by %s", device, e.Value, e.Reason, want, why)
				}
				return err
			})
		}
		is("phone", `"Hi"`, experiment.Targeting)
		is("desktop", `"Hello"`, experiment.Static)

		plan := []string{"name", "Warmer?", "version", "feature:hero-text", "value", "Welcome", "lift", "5", "days", "28", "share", "99", "currency", "EUR", "rate.HUF", "0.0025"}
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "do", "plan")...), 200, "Feature hero-text", "Write it down")
		a := w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "do", "create")...)
		w.is(a, http.StatusSeeOther)
		page, _, _ := strings.Cut(a.Header().Get("Location"), "?")
		w.is(w.post("", page, "do", "start"), http.StatusSeeOther)
		w.is(w.post("", "/admin/features/hero-text", "do", "archive"), http.StatusConflict, "an experiment is running on this feature")
		w.is(w.post("", page, "do", "release", "arm", "new"), http.StatusSeeOther)
		is("desktop", `"Welcome"`, experiment.Static)
		w.is(w.post("", "/admin/features/hero-text", "do", "archive"), http.StatusSeeOther)
		is("phone", `"Welcome"`, experiment.Disabled)
		w.is(w.get("/admin/features?state=archived"), 200, "hero-text", "Archived")
		w.happened([]string{"experiment.moved", "experiment.moved"}, []string{"feature.save", "experiment.create", "experiment.start", "experiment.release", "feature.archive"})
	})
}
