package admin_test

import (
	"net/http"
	"testing"

	"korzo/customer/segment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// segment makes one and returns its id.
func (w *world) segment() (id segment.ID) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
		id, err = segment.Create(w.t.Context(), tx, segment.Draft{Name: "Regulars", Rule: "customer.orders >= 3"})
		return err
	})
	return id
}

func TestASegmentIsTriedKeptChangedAndDeleted(t *testing.T) {
	each(t, func(w *world) {
		ada := "/admin/customers/" + string(w.customer())
		all := func() (all []segment.Segment) {
			dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
				all, err = segment.All(w.t.Context(), tx)
				return err
			})
			return all
		}
		at := "/admin/segments/new"
		w.is(w.post(at, at, "name", "New", "rule", "cart.total > 5"), 422, "cannot ask for cart.total")
		w.is(w.post(at, at, "name", "New", "rule", "customer.orders == 0", "do", "try"), 200, "1 of the 1 newest customers", "Ada@example.com")
		w.is(w.post(at, at, "name", "New", "rule", "customer.orders > 0", "do", "try"), 200, "0 of the 1 newest customers")
		w.lang = "de"
		w.is(w.post(at, at, "name", "New", "rule", "customer.orders >", "do", "try"), 422, "Hier bricht die Regel ab")
		w.is(w.post(at, at, "rule", "cart.total > 5", "do", "try"), 422, "kann nicht nach cart.total fragen")
		w.is(w.post(at, at, "name", "", "rule", ""), 422, "geben Sie dem Segment einen Namen", "für alle braucht es kein Segment")
		w.lang = "en"
		if len(all()) != 0 {
			w.t.Fatalf("trying kept %+v", all())
		}
		w.is(w.post(at, at, "name", "New here", "rule", "customer.orders == 0"), http.StatusSeeOther)
		page := "/admin/segments/" + string(all()[0].ID)
		w.is(w.get("/admin/segments"), 200, "New here")
		w.is(w.get(page), 200, "1 of the 1 newest customers", all()[0].Rule, string(all()[0].ID))
		w.is(w.get(ada), 200, "New here")
		w.is(w.post(page, page, "name", "New here", "rule", "customer.orders == 1", "version", "1"), http.StatusSeeOther)
		if s := all()[0]; s.Rule != "customer.orders == 1" || s.Version != 2 {
			w.t.Errorf("%+v", s)
		}
		w.is(w.post(page, page, "name", "New here", "rule", "customer.orders == 2", "version", "1"), 409)
		w.is(w.post(page, page+"/delete"), http.StatusSeeOther)
		if len(all()) != 0 {
			w.t.Errorf("deleted, and yet there: %+v", all())
		}
		w.happened([]string{"customer.registered"}, []string{"segment.save", "segment.save", "segment.delete"})
	})
}
