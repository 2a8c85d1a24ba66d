package admin

import (
	"net/http"
	"net/url"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

// countView is all that the page of a count shows.
type countView struct {
	inventory.Count
	lines []inventory.SheetLine
	items map[catalog.VariantID]catalog.Item
	place string
	next  string
}

func (a *Admin) startCount(v *visit) error {
	f := v.form()
	var c inventory.Count
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		if c, err = inventory.StartCount(v.ctx(), tx, f.get("location"), f.get("note"), v.staff.Subject); err != nil {
			return err
		}
		return v.record(tx, "count.start", string(c.ID))
	})
	if err == nil {
		return v.done(Prefix+"/counts/"+string(c.ID), "count_started")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	l := a.countList(f)
	return showList(a, v, l, shownList{At: l.shape().Read(url.Values{})}, status)
}

func (a *Admin) showCount(v *visit) error { return a.answerCount(v, http.StatusOK, v.form()) }

func (a *Admin) answerCount(v *visit, status int, f *form) error {
	var c countView
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if c.Count, err = inventory.FindCount(v.ctx(), tx, inventory.CountID(v.r.PathValue("id"))); err != nil {
			return err
		}
		if c.lines, err = inventory.Sheet(v.ctx(), tx, c.Count, catalog.VariantID(v.query("after")), pageSize); err != nil {
			return err
		}
		vs := make([]catalog.VariantID, len(c.lines))
		for i, l := range c.lines {
			vs[i] = l.Variant
		}
		if c.items, err = catalog.SellableIn(v.ctx(), tx, "", v.Tag(), vs); err != nil {
			return err
		}
		l, err := inventory.FindLocation(v.ctx(), tx, c.Location)
		c.place = l.Name
		return err
	})
	if err != nil {
		return err
	}
	if len(c.lines) == pageSize {
		c.next = string(c.lines[pageSize-1].Variant)
	}
	return v.show(status, v.countPage(c, f))
}

// moveCount does what a button of the page of a count asks. Each may be sent
// twice: counting the same again changes nothing, and a count is posted once.
func (a *Admin) moveCount(v *visit) error {
	id, f := inventory.CountID(v.r.PathValue("id")), v.form()
	what := f.get("do")
	units := f.whole("counted")
	if what == "line" && (!f.has("counted") || !f.ok()) {
		v.refusal = v.T("admin.problem.counted")
		return a.answerCount(v, http.StatusUnprocessableEntity, f)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := v.stepCount(tx, id, what, f.get("sku"), units, f.get("reason")); err != nil {
			return err
		}
		return v.record(tx, "count."+what, string(id))
	})
	if err == nil {
		return v.done(link(Prefix+"/counts/"+string(id), "after", f.get("after")), "count_"+what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerCount(v, status, f)
}

func (v *visit) stepCount(tx *db.Tx, id inventory.CountID, what, sku string, units int64, reason string) error {
	switch what {
	case "line":
		found, err := catalog.FindSKU(v.ctx(), tx, sku)
		if err != nil {
			return err
		}
		_, err = inventory.CountUnits(v.ctx(), tx, id, found.ID, units, v.staff.Subject)
		return err
	case "post":
		_, err := inventory.PostCount(v.ctx(), tx, id, v.staff.Subject, reason)
		return err
	case "cancel":
		return inventory.CancelCount(v.ctx(), tx, id)
	}
	return errForm
}
