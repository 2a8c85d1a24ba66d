package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
)

// changeOf plans a change of rows of a list and returns its page.
func (w *world) changeOf(list, verb string, picks ...string) string {
	w.t.Helper()
	a := w.send("POST", "/admin/lists/"+list+"/change", url.Values{"verb": {verb}, "pick": picks})
	w.is(a, http.StatusSeeOther, "/admin/lists/"+list+"/changes/chg_")
	return a.Header().Get("Location")
}

// isOpen says whether an exception waits.
func (w *world) isOpen(id string) (open bool) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		e, err := exception.Find(w.t.Context(), tx, id)
		open = e.IsOpen()
		return err
	})
	return open
}

func TestManyExceptionsAreHandedOverResolvedAndOpenedAgain(t *testing.T) {
	each(t, func(w *world) {
		one, two := w.raise("payment.mismatch", "ord_1"), w.raise("payment.stale", "pay_2")
		page := w.changeOf("exceptions", "exceptions.assign", one, two)
		w.is(w.do(page, "settle", "owner", string(w.staff["support"].ID)), http.StatusSeeOther, page)
		w.is(w.get(page), 200, "payment.mismatch ord_1 nobody yet SUPPORT")
		w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/exceptions?change=")
		w.is(w.get("/admin/exceptions?owner="+string(w.staff["support"].ID)), 200, "The gateway's figures are not ours", "SUPPORT")
		if strings.Contains(w.get("/admin/exceptions?show=mine").text, "ord_1") {
			t.Error("another's exception is called mine")
		}
		page = w.changeOf("exceptions", "exceptions.resolve", one, two)
		w.is(w.do(page, "settle", "note", ""), http.StatusUnprocessableEntity, "fill this in")
		w.is(w.do(page, "settle", "note", "looked at both"), http.StatusSeeOther, page)
		w.is(w.get(page), 200, "SUPPORT Resolved: looked at both")
		if !w.isOpen(one) {
			t.Error("a preview has resolved it")
		}
		w.is(w.do(page, "run"), http.StatusSeeOther, "/admin/exceptions?change=")
		w.is(w.get("/admin/exceptions/"+one), 200, "Resolved by OWNER", "looked at both")
		again := w.raise("payment.stale", "pay_2")
		w.is(w.do(page, "undo"), http.StatusSeeOther, page)
		w.is(w.get(page), 200, "Left as they are", "the same trouble has come again since")
		if !w.isOpen(one) || w.isOpen(two) || !w.isOpen(again) {
			t.Error("undoing opens again what is not open already, and nothing else")
		}
	})
}

func TestWhatCannotBeTakenBackSaysSoBefore(t *testing.T) {
	each(t, func(w *world) {
		lost := w.raise("payment.mismatch", "ord_1")
		page := w.changeOf("exceptions", "exceptions.retry", lost)
		w.is(w.get(page), 200, "This cannot be taken back", "not mended by trying again")
		w.is(w.do(page, "run"), http.StatusSeeOther, page)
		w.is(w.do(page, "undo"), http.StatusConflict, "cannot be taken back")
		if !w.isOpen(lost) {
			t.Error("what could not be tried again was resolved")
		}
	})
}
