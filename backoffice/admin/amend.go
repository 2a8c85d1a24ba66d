package admin

import (
	"net/http"
	"strconv"

	"korzo/platform/db"
	"korzo/purchase/amend"
	"korzo/purchase/order"
)

// amending is the page where an order is refunded or cancelled.
type amending struct {
	order.Order
	Before  []amend.Amendment
	Names   map[string]string
	Preview *amend.Amendment
	Payees  map[amend.ID]amend.Payee // whose accounts money is transferred to
	ByIBAN  bool                     // what goes back must be transferred
	form    *form
}

func (a *Admin) showAmend(v *visit) error {
	f := v.form()
	f.set("key", newKey())
	return a.answerAmend(v, http.StatusOK, f, nil)
}

func (a *Admin) answerAmend(v *visit, status int, f *form, preview *amend.Amendment) error {
	p := amending{form: f, Preview: preview}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Order, err = order.Find(v.ctx(), tx, order.ID(v.r.PathValue("id"))); err != nil {
			return err
		}
		if p.Before, err = amend.List(v.ctx(), tx, p.ID); err != nil {
			return err
		}
		if err := a.readPayees(v, tx, &p); err != nil {
			return err
		}
		p.Names, err = names(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.amendPage(p))
}

// readPayees finds whose accounts money goes to that cannot go back as it came.
func (a *Admin) readPayees(v *visit, tx *db.Tx, p *amending) (err error) {
	if p.ByIBAN, err = amend.ByTransfer(v.ctx(), tx, p.Order); err != nil {
		return err
	}
	p.Payees = map[amend.ID]amend.Payee{}
	for _, m := range p.Before {
		if m.Payee == "" || !v.can("payments.refund") {
			continue
		}
		if p.Payees[m.ID], err = a.Amend.PayeeOf(v.ctx(), tx, m); err != nil {
			return err
		}
	}
	return nil
}

// amendRequest reads the form: units by line, shipping, goodwill, reason.
func (a *Admin) amendRequest(v *visit, f *form, o order.Order) amend.Request {
	r := amend.Request{Order: o.ID, Key: v.staff.Subject + ":" + f.get("key"), Kind: amend.Kind(f.get("kind")), Restock: f.has("restock"), Reason: f.get("reason"),
		Actor: v.staff.Subject, Payee: amend.Payee{Holder: f.get("holder"), IBAN: f.get("iban")}}
	for _, l := range o.Lines {
		if n, err := strconv.ParseInt(f.get("units."+string(l.ID)), 10, 64); err == nil && n > 0 {
			r.Lines = append(r.Lines, amend.Line{Line: l.ID, Units: n})
		} else if f.has("units."+string(l.ID)) && err != nil {
			f.blame("units."+string(l.ID), "admin.problem.whole")
		}
	}
	if amount, given := f.amount("shipping", o.Currency()); given {
		r.Shipping = amount
	}
	if amount, given := f.amount("goodwill", o.Currency()); given {
		r.Goodwill = amount
	}
	return r
}

// amendOrder shows what a change would give back, or makes it when it was seen.
func (a *Admin) amendOrder(v *visit) error {
	f := v.form()
	var o order.Order
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		o, err = order.Find(v.ctx(), tx, order.ID(v.r.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	r := a.amendRequest(v, f, o)
	if r.Reason == "" {
		f.blame("reason", "admin.problem.reason")
	}
	if !r.Payee.Valid() {
		f.blame("iban", "admin.problem.iban")
	}
	if !f.ok() {
		return a.answerAmend(v, http.StatusUnprocessableEntity, f, nil)
	}
	if f.get("do") != "make" {
		p, err := a.Amend.Preview(v.ctx(), r)
		if err != nil {
			status, err := v.refused(err)
			if err != nil {
				return err
			}
			return a.answerAmend(v, status, f, nil)
		}
		return a.answerAmend(v, http.StatusOK, f, &p)
	}
	return a.amended(v, "amend."+string(r.Kind), func() (amend.Amendment, error) { return a.Amend.Propose(v.ctx(), r) })
}

// decideAmendment approves or declines what waits for a second person.
func (a *Admin) decideAmendment(v *visit) error {
	id, to := amend.ID(v.r.PostForm.Get("amendment")), v.r.PostForm.Get("to")
	if to == "approve" {
		return a.amended(v, "amend.approve", func() (amend.Amendment, error) { return a.Amend.Approve(v.ctx(), id, v.staff.Subject) })
	}
	return a.amended(v, "amend.decline", func() (amend.Amendment, error) { return a.Amend.Decline(v.ctx(), id, v.staff.Subject) })
}

func (a *Admin) amended(v *visit, action string, do func() (amend.Amendment, error)) error {
	m, err := do()
	if err != nil {
		status, err := v.refused(err)
		if err != nil {
			return err
		}
		return a.answerAmend(v, status, v.form(), nil)
	}
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		return v.record(tx, action, string(m.Order), "amendment", string(m.ID))
	}); err != nil {
		return err
	}
	return v.done(Prefix+"/orders/"+string(m.Order)+"/amend", "amended_"+string(m.State))
}
