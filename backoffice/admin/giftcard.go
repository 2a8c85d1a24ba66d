package admin

import (
	"errors"
	"net/http"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
)

// giftCards is what the form for another gift card shows.
type giftCards struct {
	Markets []market.Market
	form    *form
}

// answerGiftCards shows the list with what was typed.
func (a *Admin) answerGiftCards(v *visit, status int, f *form) error {
	return showList(a, v, a.giftCardList(), shownList{Note: a.giftCardNote(v, f)}, status)
}

// issueGiftCard gives a card away. Where nobody gets it by mail its code is on
// the page that follows, once.
func (a *Admin) issueGiftCard(v *visit) error {
	f := v.form()
	var issued giftcard.Issued
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		m, err := market.Find(v.ctx(), tx, f.get("market"))
		if err != nil {
			return err
		}
		amount, given := f.amount("amount", m.Currency)
		if !given && f.ok() {
			f.blame("amount", "admin.problem.amount")
		}
		if f.get("reason") == "" {
			f.blame("reason", "admin.problem.reason")
		}
		at := f.moment("send_at", v.zone)
		if !f.ok() {
			return errForm
		}
		issued, err = giftcard.Issue(v.ctx(), tx, a.Keeper, giftcard.Draft{Market: m.ID, Amount: amount, Source: giftcard.SourceStaff,
			Key: v.staff.Subject + ":" + f.get("key"), By: giftcard.By{Actor: v.staff.Subject, Reason: f.get("reason")}})
		if err != nil {
			return err
		}
		if f.has("email") && issued.Code != "" {
			_, err = giftcard.Deliver(v.ctx(), tx, a.Keeper, giftcard.Delivery{Card: issued.Card.ID, Code: issued.Code, Way: giftcard.WayMail,
				Name: f.get("name"), Email: f.get("email"), From: f.get("from"), Text: f.get("message"), At: at})
		}
		if err != nil {
			return err
		}
		return v.record(tx, "giftcard.issue", string(issued.Card.ID))
	})
	switch {
	case err != nil:
		return a.refusedGiftCard(v, err, func(status int) error { return a.answerGiftCards(v, status, f) })
	case f.has("email") || issued.Code == "":
		return v.done(Prefix+"/gift-cards/"+string(issued.Card.ID), "gift_card_issued")
	}
	return a.answerGiftCard(v, http.StatusOK, issued.Card.ID, issued.Code, new(form))
}

// refusedGiftCard shows a page again on which something was wrong.
func (a *Admin) refusedGiftCard(v *visit, err error, again func(status int) error) error {
	if errors.Is(err, errForm) {
		return again(http.StatusUnprocessableEntity)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return again(status)
}

// giftCardView is all that the page of a card shows. Its code is there only
// when it was made a moment ago.
type giftCardView struct {
	giftcard.Card
	Code  string
	Story []giftcard.Move
	Names map[string]string
	form  *form
}

func (a *Admin) showGiftCard(v *visit) error {
	return a.answerGiftCard(v, http.StatusOK, giftcard.ID(v.r.PathValue("id")), "", v.form())
}

func (a *Admin) answerGiftCard(v *visit, status int, id giftcard.ID, code string, f *form) error {
	c := giftCardView{Code: code, form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if c.Card, err = giftcard.Find(v.ctx(), tx, id); err != nil {
			return err
		}
		if c.Story, err = giftcard.Story(v.ctx(), tx, id); err != nil {
			return err
		}
		c.Names, err = names(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.giftCardPage(c))
}

// moveGiftCard blocks a card, lets it go again, tops it up, or makes another
// code for it.
func (a *Admin) moveGiftCard(v *visit) error {
	id, f := giftcard.ID(v.r.PathValue("id")), v.form()
	what, code := f.get("do"), ""
	by := giftcard.By{Actor: v.staff.Subject, Reason: f.get("reason")}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		c, err := giftcard.Find(v.ctx(), tx, id)
		if err != nil {
			return err
		}
		switch what {
		case "block":
			err = giftcard.Block(v.ctx(), tx, id, by)
		case "unblock":
			err = giftcard.Unblock(v.ctx(), tx, id, by)
		case "recode":
			code, err = giftcard.Recode(v.ctx(), tx, a.Keeper, id, by)
		case "top_up":
			amount, given := f.amount("amount", c.Initial.Currency)
			if !given {
				f.blame("amount", "admin.problem.amount")
				return errForm
			}
			err = giftcard.TopUp(v.ctx(), tx, giftcard.Top{Card: id, Amount: amount, Source: giftcard.SourceStaff, By: by, Key: v.staff.Subject + ":" + f.get("key")})
		default:
			return errForm
		}
		if err != nil {
			return err
		}
		return v.record(tx, "giftcard."+what, string(id))
	})
	switch {
	case err != nil:
		return a.refusedGiftCard(v, err, func(status int) error { return a.answerGiftCard(v, status, id, "", f) })
	case code != "":
		return a.answerGiftCard(v, http.StatusOK, id, code, new(form))
	}
	return v.done(Prefix+"/gift-cards/"+string(id), "gift_card_"+what)
}
