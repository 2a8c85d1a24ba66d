package admin

import (
	"errors"
	"net/http"

	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/payment"
)

// The methods of a till that the hand-over page takes money by.
const (
	inCash     = "cash"
	atTerminal = "terminal"
	byPhone    = "phone_code"
)

// takeMoney takes what is to be paid before it is handed over, or goes on with a
// card that is at the terminal.
func (a *Admin) takeMoney(v *visit, id shipment.ID, what string, f *form) error {
	var taken pickup.Taken
	owed, err := a.owes(v, id)
	if err == nil {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "fulfilment."+what, string(id)) })
	}
	if err == nil {
		taken, err = a.takeStep(v, id, what, owed, f)
	}
	if err != nil {
		status, err := v.refused(err)
		if err != nil {
			return err
		}
		return a.answerFulfilment(v, status, id, f)
	}
	if taken.State == payment.StateCaptured && taken.Change.Minor == 0 {
		return v.done(Prefix+"/fulfilments/"+string(id), "fulfil_paid")
	}
	return a.answerTaken(v, http.StatusOK, id, f, &taken)
}

// askByLink makes a link for what is to be paid, or takes it back.
func (a *Admin) askByLink(v *visit, id shipment.ID, what string) error {
	return a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if what != "till_unlink" {
			_, err := pickup.AskByLink(v.ctx(), tx, a.Payments, a.Links, id, what == "till_mail", v.staff.Subject)
			return errors.Join(err, v.record(tx, "fulfilment."+what, string(id)))
		}
		owed, err := pickup.Owes(v.ctx(), tx, a.Payments, id)
		if err == nil && owed.Link.ID != "" {
			err = a.Links.Cancel(v.ctx(), tx, owed.Link.ID)
		}
		return errors.Join(err, v.record(tx, "fulfilment."+what, string(id)))
	})
}

// owes is what is to be paid for a collection.
func (a *Admin) owes(v *visit, id shipment.ID) (owed pickup.Owed, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		owed, err = pickup.Owes(v.ctx(), tx, a.Payments, id)
		return err
	})
	return owed, err
}

func (a *Admin) takeStep(v *visit, id shipment.ID, what string, owed pickup.Owed, f *form) (taken pickup.Taken, err error) {
	t := pickup.Taking{Of: id, Method: inCash, Key: v.staff.Subject + ":" + f.get("key"), By: payment.By{Actor: v.staff.Subject}}
	switch what {
	case "take_cash":
		given, ok := f.amount("given", owed.Cash.Currency)
		if !ok {
			return taken, pickup.ErrGiven
		}
		t.Given = given
		return pickup.Take(v.ctx(), a.DB, a.Payments, t)
	case "take_card":
		if t.Method = atTerminal; f.has("present") {
			t.Instrument = atTerminal + ":" + f.get("present")
		}
		return pickup.Take(v.ctx(), a.DB, a.Payments, t)
	case "take_code":
		t.Method, t.Instrument = byPhone, f.get("scanned")
		return pickup.Take(v.ctx(), a.DB, a.Payments, t)
	case "till_look":
		taken.Attempt, err = a.Payments.Sync(v.ctx(), owed.Last.ID)
	case "till_yes", "till_no":
		taken.Attempt, err = a.Payments.Answer(v.ctx(), owed.Last.ID, what == "till_yes")
	case "till_leave":
		taken.Attempt, err = a.Payments.Abandon(v.ctx(), owed.Last.ID)
	}
	return taken, err
}

// waits reports whether somebody stands at the terminal, or is asked on their
// phone.
func (w work) waits() bool { return w.owed.Last.ID != "" && w.owed.Last.State.Open() }

// waiting says in a word what is waited for.
func (w work) waiting() string {
	switch last := w.owed.Last; {
	case last.State == payment.StateUnknown || last.State == payment.StateWritten:
		return "unknown"
	case last.Method == byPhone:
		return "phone"
	case last.State == payment.StateAction:
		return "signature"
	}
	return "waits"
}

// declined is why the last try came to nothing; "" when none was made, or it was
// given up.
func (w work) declined() string {
	if w.owed.Last.State != payment.StateDeclined {
		return ""
	}
	return w.owed.Last.DeclineCode
}
