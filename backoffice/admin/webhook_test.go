package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/backoffice/webhook"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestAnOwnerAddsAReceiverAndSeesWhatItIsTold(t *testing.T) {
	each(t, func(w *world) {
		list := "/admin/webhooks"
		w.is(w.get(list), 200, "Nobody is told of anything yet")
		w.is(w.post(list, list, "url", "http://example.com", "kinds", "*"), http.StatusUnprocessableEntity, "begin with https://")
		refused := w.post(list, list, "url", "https://example.com/hook")
		if w.is(refused, http.StatusUnprocessableEntity, "at least one"); !strings.Contains(refused.Body.String(), `value="https://example.com/hook"`) {
			t.Error("what was typed is lost")
		}
		w.is(w.post(list, list, "url", "https://example.com/hook", "kinds", "order.placed"), http.StatusSeeOther, "done=webhook_created")
		var e webhook.Endpoint
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			all, err := webhook.List(t.Context(), tx)
			if len(all) == 1 {
				e = all[0]
			}
			return err
		})
		page := list + "/" + string(e.ID)
		secret := e.Secret(w.keeper)
		if a := w.get(page); strings.Contains(a.text, secret) {
			t.Error("the secret is shown to who did not ask for it")
		}
		w.is(w.post(page, page+"/secret"), 200, secret)
		w.is(w.post(page, page+"/do", "do", "test"), http.StatusSeeOther, "done=webhook_test")
		w.is(w.get(page), 200, "webhook.test", "Waiting")
		w.is(w.post(page, page, "url", "https://example.com/other", "kinds", "*"), http.StatusSeeOther, "done=webhook_saved")
		w.is(w.post(page, page+"/do", "do", "pause"), http.StatusSeeOther, "done=webhook_pause")
		w.is(w.post(page, page+"/do", "do", "test"), http.StatusConflict, "resume it first")
		var d webhook.Delivery
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			all, _, err := webhook.Deliveries(t.Context(), tx, e.ID, "", "", 1)
			d = all[0]
			return err
		})
		at := page + "/deliveries/" + string(d.ID)
		w.is(w.get(at), 200, `"type":"webhook.test"`, "Not tried yet")
		w.is(w.post("", at), http.StatusConflict)
		w.happened(nil, []string{"webhook.create", "webhook.reveal", "webhook.test", "webhook.update", "webhook.pause"})
		w.as(auth.RoleAssociate)
		w.is(w.get(list), http.StatusForbidden)
		w.is(w.post("", page+"/secret"), http.StatusForbidden)
	})
}
