package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/engagement/message"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestWhoWritesIsSetTriedAndTakenBack(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/sending"
		w.is(w.get(page), 200, "Who writes", "Everybody else", "shop@shop.example")
		w.is(w.post(page, page+"/letterheads", "market", "DE", "language", "de", "sender_name", "Korzo Berlin", "email", "nobody"), http.StatusUnprocessableEntity, "no e-mail address")
		w.is(w.post(page, page+"/letterheads", "market", "DE", "language", "de", "sender_name", "Korzo Berlin", "email", "berlin@shop.example"), http.StatusSeeOther, "done=letterhead_saved")
		w.mailed = nil
		w.is(w.post(page, page+"/try", "to", "", "language", "de"), http.StatusUnprocessableEntity, "write an e-mail address")
		w.is(w.post(page, page+"/try", "to", "me@example.com", "market", "DE", "language", "de"), http.StatusSeeOther, "done=tried")
		if len(w.mailed) != 1 || w.mailed[0].From != "Korzo Berlin <berlin@shop.example>" || w.mailed[0].To != "me@example.com" {
			t.Fatalf("%+v", w.mailed)
		}
		w.is(w.post(page, page+"/try", "to", "+4930123456", "language", "de"), http.StatusUnprocessableEntity, "It was not taken", "the shop sends no texts")
		w.is(w.post(page, page+"/letterheads/delete", "market", "DE", "language", "de"), http.StatusSeeOther)
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			all, err := message.Letterheads(t.Context(), tx)
			if len(all) != 0 {
				t.Errorf("%+v", all)
			}
			return err
		})
		w.happened(nil, []string{"sending.letterhead", "sending.try", "sending.try", "sending.letterhead_delete"})
	})
}

// Who could set the server could read every link to a password: so the owner
// alone may, and proves again who they are.
func TestTheServerIsSetByAFreshProofAndItsSecretIsNeverShown(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/sending"
		save := func(pairs ...string) answer {
			return w.post(page, page+"/server", append([]string{"medium", "mail"}, pairs...)...)
		}
		w.is(save("way", "start", "host", ""), http.StatusUnprocessableEntity, "names no server")
		kept := save("way", "start", "host", "mail.example.com", "user", "ada", "secret", "hunter22")
		w.is(kept, http.StatusSeeOther, "done=server_saved")
		if a := w.get(page); strings.Contains(a.Body.String(), "hunter22") || !strings.Contains(a.Body.String(), `value="mail.example.com"`) {
			t.Error("the page shows the secret, or not the server")
		}
		refused := save("way", "start", "host", "evil.example", "user", "ada")
		if w.is(refused, http.StatusUnprocessableEntity, "type its password again"); strings.Contains(refused.Body.String(), "hunter22") {
			t.Error("a refusal shows the secret")
		}
		w.is(save("way", "start", "host", "mail.example.com", "user", "ada"), http.StatusSeeOther)
		if a := w.get("/admin/audit?action=sending.server"); strings.Contains(a.Body.String(), "hunter22") {
			t.Error("the audit shows the secret")
		}
		dbtest.Clock(w.d).Advance(20 * time.Minute)
		w.is(save("way", "keep"), http.StatusForbidden, "Prove that it is you")
		w.as(auth.RoleManager)
		w.is(w.post("", page+"/server", "medium", "mail", "way", "keep"), http.StatusForbidden)
	})
}
