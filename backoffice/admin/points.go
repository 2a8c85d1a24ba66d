package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/money"
)

// pointsAccount is what a customer has of them, and what that pays at most.
type pointsAccount struct {
	wallet.Balance
	Worth   []money.Amount // by currency that they are spent in
	History []wallet.Change
}

// shownPoints are the lines of a customer's points that their page shows.
const shownPoints = 10

func readPoints(ctx context.Context, tx *db.Tx, id profile.CustomerID) (p pointsAccount, err error) {
	if p.Balance, err = wallet.PointsOf(ctx, tx, id); err != nil {
		return p, err
	}
	worths, err := wallet.Worths(ctx, tx)
	if err != nil {
		return p, err
	}
	for _, w := range worths {
		if pays := w.Of(p.Available.Minor); !pays.IsZero() {
			p.Worth = append(p.Worth, pays)
		}
	}
	p.History, err = wallet.History(ctx, tx, id, wallet.Points, 0, shownPoints)
	return p, err
}

// adjustPoints gives a customer points or takes some, once per form.
func (a *Admin) adjustPoints(v *visit) error {
	f := v.form()
	n := f.whole("points")
	if !f.ok() {
		return a.answerCustomer(v, http.StatusUnprocessableEntity, f)
	}
	return a.keepCustomer(v, "customer.points", "points_adjusted", func(ctx context.Context, tx *db.Tx, id profile.CustomerID) ([]string, error) {
		if _, err := profile.Find(ctx, tx, a.Keeper, id); err != nil {
			return nil, err
		}
		return []string{"points", strconv.FormatInt(n, 10)},
			wallet.AdjustPoints(ctx, tx, id, n, wallet.By{Actor: v.staff.Subject, Reason: f.get("points_reason")}, f.get("key"))
	})
}

// worthRow is what points are worth in a currency; zero where nobody has said.
type worthRow struct {
	currency money.Currency
	worth    wallet.Worth
}

// field names a part of a currency's worth.
func (r worthRow) field(part string) string { return string(r.currency) + "_" + part }

// worthRows are those of the currencies that are sold in, and of which points
// are worth something.
func (a *Admin) worthRows(v *visit) (rows []worthRow, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		markets, err := market.All(v.ctx(), tx)
		if err != nil {
			return err
		}
		worths, err := wallet.Worths(v.ctx(), tx)
		if err != nil {
			return err
		}
		var used []money.Currency
		for _, m := range markets {
			used = append(used, m.Currency)
		}
		for _, w := range worths {
			used = append(used, w.Amount.Currency)
		}
		slices.Sort(used)
		for _, c := range slices.Compact(used) {
			w, _, err := wallet.WorthIn(v.ctx(), tx, c)
			if err != nil {
				return err
			}
			rows = append(rows, worthRow{c, w})
		}
		return nil
	})
	return rows, err
}

func (a *Admin) showWorths(v *visit) error {
	rows, err := a.worthRows(v)
	if err != nil {
		return err
	}
	f := v.newForm()
	for _, r := range rows {
		if w := r.worth; w.Points > 0 {
			f.setNumber(r.field("points"), w.Points)
			f.setAmount(r.field("amount"), w.Amount)
			f.setNumber(r.field("least"), w.Least)
			f.setNumber(r.field("share"), w.Share)
		}
	}
	return v.show(http.StatusOK, v.worthPage(rows, f))
}

func (a *Admin) saveWorths(v *visit) error {
	rows, err := a.worthRows(v)
	if err != nil {
		return err
	}
	f := v.form()
	_, status, err := a.put(v, f, "points.worths", func(tx *db.Tx) (string, error) {
		for _, r := range rows {
			if err := saveWorth(v, tx, f, r); err != nil {
				return "", err
			}
		}
		return "shop", nil
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/points", "saved")
	}
	return v.show(status, v.worthPage(rows, f))
}

// saveWorth keeps what a form says of a currency: without points they are not
// spent in it.
func saveWorth(v *visit, tx *db.Tx, f *form, r worthRow) error {
	for _, part := range []string{"points", "amount", "least", "share"} {
		f.label(r.field(part), v.T("admin.points.currency", "Currency", string(r.currency)))
	}
	w := wallet.Worth{Points: f.whole(r.field("points")), Least: f.whole(r.field("least")), Share: 100}
	w.Amount, _ = f.amount(r.field("amount"), r.currency)
	if f.has(r.field("share")) {
		w.Share = f.whole(r.field("share"))
	}
	w.Amount.Currency = r.currency
	if !f.ok() || w == r.worth {
		return nil
	}
	if !f.has(r.field("points")) && !f.has(r.field("amount")) {
		if r.worth.Points == 0 {
			return nil
		}
		if err := wallet.DropWorth(v.ctx(), tx, r.currency); err != nil {
			return err
		}
		return v.record(tx, "points.worth", string(r.currency), "before", worthText(r.worth))
	}
	if err := wallet.SaveWorth(v.ctx(), tx, w); err != nil {
		f.wrong(r.field("points"), v.faultText(err))
		return nil
	}
	return v.record(tx, "points.worth", string(r.currency), "before", worthText(r.worth), "after", worthText(w))
}

// worthText is a worth as the audit keeps it; "" for none.
func worthText(w wallet.Worth) string {
	if w.Points == 0 {
		return ""
	}
	return strconv.FormatInt(w.Points, 10) + " = " + w.Amount.Decimal() + ", least " + strconv.FormatInt(w.Least, 10) + ", share " + strconv.FormatInt(w.Share, 10) + " %"
}
