package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/customer/experiment"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestAMessageIsWrittenOtherwiseTriedAgainstOursAndThenWrittenToEverybody(t *testing.T) {
	each(t, func(w *world) {
		w.as("owner")
		at := "/admin/wordings/new"
		if page := w.get(at + "?kind=pickup.ready").Body.String(); !strings.Contains(page, `value="Order {number} is ready to collect"`) && !strings.Contains(page, "{number}") || strings.Contains(page, "{{") {
			t.Errorf("the editor does not begin with our words:\n%s", page)
		}
		made := []string{"kind", "shipment.shipped", "name", "Shorter", "en.subject", "{number}: off it went", "de.subject", "{number}: schon weg", "hu.subject", "{number}: elindult"}
		w.lang = "de"
		w.is(w.post(at, at, append(made, "de.intro", "Es ist weg.")...), 422, "{number} steht nicht mehr darin")
		w.is(w.post(at, at, append(made, "en.text", "{shop}: {number} left")...), 422, "{link} steht nicht mehr darin")
		w.is(w.post(at, at, append(made, "kind", "order.withdrawn")...), 422, "nur mit unseren Worten")
		w.lang = "en"
		w.happened(nil, nil)
		a := w.post(at, at, made...)
		w.is(a, http.StatusSeeOther)
		page, _, _ := strings.Cut(a.Header().Get("Location"), "?")
		id := strings.TrimPrefix(page, "/admin/wordings/")
		w.is(w.get("/admin/wordings"), 200, "Shorter", "Shipped", "10042: off it went")
		w.is(w.get(page), 200, "10042: off it went", "10042: schon weg", "Write it to everybody", "Retire it")
		w.is(w.get(page+"/body?locale=hu"), 200, "10042: elindult")
		if next := w.get(at + "?like=" + id).Body.String(); !strings.Contains(next, "{number}: schon weg") {
			t.Error("another like it does not begin with its words")
		}

		plan := []string{"name", "Shorter?", "version", "message:shipment.shipped:" + id, "lift", "5", "days", "28", "share", "50", "currency", "EUR", "rate.HUF", "0.0025"}
		w.is(w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "do", "plan")...), 200, "Message “Shipped”: in the words of Shorter", "Write it down")
		a = w.post("/admin/experiments/new", "/admin/experiments/new", append(plan, "do", "create")...)
		w.is(a, http.StatusSeeOther)
		exp, _, _ := strings.Cut(a.Header().Get("Location"), "?")
		w.is(w.post("", exp, "do", "start"), http.StatusSeeOther)
		w.is(w.post("", page, "do", "stand"), http.StatusConflict, "An experiment is running")
		w.is(w.post("", exp, "do", "release", "arm", "new"), http.StatusSeeOther)
		w.is(w.get(page), 200, "For everybody", "Back to Korzo's own words")
		w.is(w.post("", page, "do", "reset"), http.StatusSeeOther)
		w.is(w.post("", page, "do", "retire"), http.StatusSeeOther)
		w.is(w.get("/admin/wordings"), 200, "No version yet")
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			e, err := experiment.Find(t.Context(), tx, experiment.ID(strings.TrimPrefix(exp, "/admin/experiments/")))
			if e.Point != message.Point(message.KindShipped) || string(e.Arms[1].Value) != `{"wording":"`+id+`"}` {
				t.Errorf("%+v", e)
			}
			return err
		})
		w.happened([]string{"experiment.moved", "experiment.moved"}, []string{"wording.create", "experiment.create", "experiment.start", "experiment.release", "wording.reset", "wording.retire"})
	})
}
