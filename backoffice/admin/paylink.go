package admin

import (
	"errors"
	"net/http"

	"korzo/customer/profile"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
)

// payLinks is what the form for another link shows.
type payLinks struct {
	Markets []market.Market
	form    *form
}

// answerPayLinks shows the list with what was typed.
func (a *Admin) answerPayLinks(v *visit, status int, f *form) error {
	return showList(a, v, a.payLinkList(), shownList{Note: a.payLinkNote(v, f)}, status)
}

// makePayLink makes a link for what an order lacks, or for an amount by itself.
func (a *Admin) makePayLink(v *visit) error {
	f := v.form()
	var id string
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		id, err = v.once(tx, "paylink", func() (string, error) { return a.payLink(v, tx, f) })
		return err
	})
	if err == nil {
		return v.done(Prefix+"/pay-links/"+id, "pay_link_made")
	}
	status := http.StatusUnprocessableEntity
	if !errors.Is(err, errForm) {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	return a.answerPayLinks(v, status, f)
}

// payLink reads the form and makes the link; errForm when a field is wrong.
func (a *Admin) payLink(v *visit, tx *db.Tx, f *form) (string, error) {
	d := paylink.Draft{Market: f.get("market"), Text: f.get("text"), Mail: f.get("send") == "yes", SMS: f.get("sms") == "yes", Actor: v.staff.Subject}
	m, err := market.Find(v.ctx(), tx, d.Market)
	if err != nil {
		return "", err
	}
	if number := f.get("order"); number != "" {
		found, _, err := order.List(v.ctx(), tx, order.Filter{Number: number, Limit: 1})
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			f.blame("order", "admin.problem.order_number")
			return "", errForm
		}
		d.Order = found[0].ID
		if m, err = market.Find(v.ctx(), tx, found[0].Market); err != nil {
			return "", err
		}
	}
	d.Currency, d.ExpiresAt = m.Currency, f.moment("expires_at", v.zone)
	d.Amount, _ = f.amount("amount", m.Currency)
	if email := f.get("email"); email != "" {
		if ok, _ := profile.CheckEmail(email); !ok {
			f.blame("email", "admin.problem.email")
		}
	}
	phone := ""
	if f.has("phone") {
		if phone, err = paylink.Number(v.ctx(), tx, f.get("phone"), m.ID); err != nil {
			f.blame("phone", "admin.problem.phone")
		}
	}
	if !f.ok() {
		return "", errForm
	}
	if email := f.get("email"); email != "" || phone != "" {
		contact, err := profile.SaveContact(v.ctx(), tx, a.Keeper, profile.Contact{Email: email, Name: f.get("name"), Phone: phone})
		if err != nil {
			return "", err
		}
		d.Contact = string(contact)
	}
	l, err := a.Links.Make(v.ctx(), tx, d)
	if err != nil {
		return "", err
	}
	return string(l.ID), v.record(tx, "paylink.made", string(l.ID))
}

func (a *Admin) showPayLink(v *visit) error {
	var l paylink.Link
	var number string
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if l, err = paylink.Find(v.ctx(), tx, paylink.ID(v.r.PathValue("id"))); err != nil || l.Order == "" {
			return err
		}
		o, err := order.Head(v.ctx(), tx, l.Order)
		number = o.Number
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.payLinkPage(l, a.Links.URL(l.ID), number))
}

func (a *Admin) cancelPayLink(v *visit) error {
	id := paylink.ID(v.r.PathValue("id"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := a.Links.Cancel(v.ctx(), tx, id); err != nil {
			return err
		}
		return v.record(tx, "paylink.canceled", string(id))
	})
	if err != nil {
		if _, err := v.refused(err); err != nil {
			return err
		}
		return a.showPayLink(v)
	}
	return v.done(Prefix+"/pay-links/"+string(id), "pay_link_canceled")
}
