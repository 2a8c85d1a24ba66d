package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/value/calendar"
)

// transferView is all that the page of a transfer shows.
type transferView struct {
	inventory.Transfer
	items  map[catalog.VariantID]catalog.Item
	places map[string]string
}

// placeNames are the locations' names by id.
func placeNames(v *visit, tx *db.Tx) (map[string]string, error) {
	all, err := inventory.Locations(v.ctx(), tx)
	names := make(map[string]string, len(all))
	for _, l := range all {
		names[l.ID] = l.Name
	}
	return names, err
}

func (a *Admin) newTransfer(v *visit) error {
	f := v.form()
	f.set("key", newKey())
	return a.answerTransferForm(v, http.StatusOK, f)
}

func (a *Admin) answerTransferForm(v *visit, status int, f *form) error {
	open, err := a.openLocations(v)
	if err != nil {
		return err
	}
	return v.show(status, v.transferForm(f, open))
}

func (a *Admin) openLocations(v *visit) (open []inventory.Location, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		all, err := inventory.Locations(v.ctx(), tx)
		for _, l := range all {
			if !l.Closed {
				open = append(open, l)
			}
		}
		return err
	})
	return open, err
}

// units reads lines of "SKU units".
func (f *form) units(v *visit, tx *db.Tx, name string) ([]inventory.Line, error) {
	var lines []inventory.Line
	for text := range strings.Lines(f.get(name)) {
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		n, err := strconv.ParseInt(fields[len(fields)-1], 10, 64)
		if len(fields) != 2 || err != nil || n < 1 {
			f.wrong(name, f.l.T("admin.problem.lines", "Line", strings.TrimSpace(text)))
			return nil, nil
		}
		found, err := catalog.FindSKU(v.ctx(), tx, fields[0])
		if errors.Is(err, catalog.ErrSKUNotFound) {
			f.wrong(name, f.l.T("admin.problem.no_sku", "SKU", fields[0]))
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, inventory.Line{Variant: found.ID, Units: n})
	}
	if len(lines) == 0 {
		f.wrong(name, f.l.T("admin.problem.lines", "Line", "MUG-RED 12"))
	}
	return lines, nil
}

// day reads a civil date; empty is none.
func (f *form) day(name string) (d calendar.Date) {
	if !f.has(name) {
		return d
	}
	d, err := calendar.Parse(f.get(name))
	if err != nil {
		f.blame(name, "admin.problem.time")
	}
	return d
}

// errMend ends a transaction whose form has to be mended.
var errMend = errors.New("the form has to be mended")

func (a *Admin) createTransfer(v *visit) error {
	f := v.form()
	plan := inventory.TransferPlan{From: f.get("from"), To: f.get("to"), Expected: f.day("expected"), Note: f.get("note"), Actor: v.staff.Subject}
	var id string
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		if plan.Lines, err = f.units(v, tx, "lines"); err != nil {
			return err
		}
		if !f.ok() {
			return errMend
		}
		id, err = v.once(tx, "admin.transfer.create", func() (string, error) {
			t, err := inventory.CreateTransfer(v.ctx(), tx, plan)
			if err != nil {
				return "", err
			}
			return string(t.ID), v.record(tx, "transfer.create", string(t.ID))
		})
		return err
	})
	if err == nil {
		return v.done(Prefix+"/transfers/"+id, "transfer_created")
	}
	status := http.StatusUnprocessableEntity
	if errors.Is(err, idempotency.ErrReused) {
		f.set("key", newKey())
	}
	if !errors.Is(err, errMend) {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	return a.answerTransferForm(v, status, f)
}

func (a *Admin) showTransfer(v *visit) error { return a.answerTransfer(v, http.StatusOK) }

func (a *Admin) answerTransfer(v *visit, status int) error {
	var t transferView
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if t.Transfer, err = inventory.FindTransfer(v.ctx(), tx, inventory.TransferID(v.r.PathValue("id"))); err != nil {
			return err
		}
		vs := make([]catalog.VariantID, len(t.Lines))
		for i, l := range t.Lines {
			vs[i] = l.Variant
		}
		if t.items, err = catalog.SellableIn(v.ctx(), tx, "", v.Tag(), vs); err != nil {
			return err
		}
		t.places, err = placeNames(v, tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.transferPage(t, newKey()))
}

// moveTransfer does what a button of the page of a transfer asks, once per form.
func (a *Admin) moveTransfer(v *visit) error {
	id, f := inventory.TransferID(v.r.PathValue("id")), v.form()
	what := f.get("do")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		_, err := v.once(tx, "admin.transfer."+string(id), func() (string, error) {
			if err := v.stepTransfer(tx, id, what, f); err != nil {
				return "", err
			}
			return "", v.record(tx, "transfer."+what, string(id))
		})
		return err
	})
	if err == nil {
		return v.done(Prefix+"/transfers/"+string(id), "transfer_"+what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerTransfer(v, status)
}

func (v *visit) stepTransfer(tx *db.Tx, id inventory.TransferID, what string, f *form) (err error) {
	switch what {
	case "send":
		_, err = inventory.SendTransfer(v.ctx(), tx, id, v.staff.Subject)
	case "cancel":
		err = inventory.CancelTransfer(v.ctx(), tx, id)
	case "close":
		_, err = inventory.CloseTransfer(v.ctx(), tx, id, v.staff.Subject, f.get("reason"))
	case "receive":
		t, err := inventory.FindTransfer(v.ctx(), tx, id)
		if err != nil {
			return err
		}
		var came []inventory.Line
		for _, l := range t.Lines {
			if units := f.whole("came." + string(l.Variant)); units != 0 {
				came = append(came, inventory.Line{Variant: l.Variant, Units: units})
			}
		}
		if !f.ok() {
			return inventory.ErrInvalid.With(f.problems[0].text)
		}
		_, err = inventory.ReceiveTransfer(v.ctx(), tx, id, came, v.staff.Subject)
		return err
	default:
		return errForm
	}
	return err
}
