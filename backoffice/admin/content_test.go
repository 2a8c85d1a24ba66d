package admin_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// seenAt is whether shoppers see a page at an address.
func (w *world) seenAt(slug string) (seen bool) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		_, err := content.FindBySlug(w.t.Context(), tx, slug)
		seen = err == nil
		if errors.Is(err, content.ErrNotFound) {
			err = nil
		}
		return err
	})
	return seen
}

func TestAPageIsWrittenPreviewedPublishedAndTakenOffline(t *testing.T) {
	each(t, func(w *world) {
		form := w.fields("/admin/content/new", "/admin/content")
		form.Set("kind", "legal")
		form.Set("en.title", "Imprint")
		form.Set("en.slug", "Imprint!")
		form.Set("en.body", "## Who we are")
		w.is(w.send("POST", "/admin/content", form), http.StatusUnprocessableEntity, "use a–z", "## Who we are")
		form.Set("en.slug", "imprint")
		first := w.send("POST", "/admin/content", form)
		w.is(first, http.StatusSeeOther, "content_saved")
		page, _, _ := strings.Cut(at(first), "?")
		if w.seenAt("imprint") {
			t.Error("a draft is seen by shoppers")
		}
		if a := w.get(page); !strings.Contains(a.Body.String(), "/preview?key=") {
			t.Error("there is no link to the draft")
		}
		w.is(w.post(page, page, "do", "publish", "publish_at", "2090-01-01T00:00"), http.StatusSeeOther, "content_due")
		if w.seenAt("imprint") {
			t.Error("it is seen before its time")
		}
		w.is(w.post(page, page, "do", "publish", "publish_at", ""), http.StatusSeeOther, "content_publish")
		if !w.seenAt("imprint") {
			t.Error("published, it is not seen")
		}
		w.is(w.get("/admin/content"), http.StatusOK, "Imprint", "Published")
		w.is(w.post(page, page, "do", "withdraw"), http.StatusSeeOther, "content_withdraw")
		if w.seenAt("imprint") {
			t.Error("taken offline, it is seen")
		}
	})
}
