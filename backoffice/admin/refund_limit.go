package admin

import (
	"net/http"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/amend"
	"korzo/value/money"
)

func (a *Admin) showRefundLimits(v *visit) error {
	limits, err := a.refundLimits(v)
	if err != nil {
		return err
	}
	f := v.newForm()
	for _, l := range limits {
		f.setAmount(string(l.Amount.Currency), l.Amount)
	}
	return v.show(http.StatusOK, v.refundLimitPage(limits, f))
}

// refundLimits are those of the currencies that are sold in, and of which one was set.
func (a *Admin) refundLimits(v *visit) (all []amend.Limit, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		markets, err := market.All(v.ctx(), tx)
		if err != nil {
			return err
		}
		var used []money.Currency
		for _, m := range markets {
			used = append(used, m.Currency)
		}
		all, err = amend.Limits(v.ctx(), tx, used...)
		return err
	})
	return all, err
}

func (a *Admin) saveRefundLimits(v *visit) error {
	limits, err := a.refundLimits(v)
	if err != nil {
		return err
	}
	f := v.form()
	_, status, err := a.put(v, f, "refund.limits", func(tx *db.Tx) (string, error) {
		for _, l := range limits {
			name := string(l.Amount.Currency)
			f.label(name, name)
			most, given := f.amount(name, l.Amount.Currency)
			if !given || most == l.Amount {
				continue
			}
			if err := amend.SaveLimit(v.ctx(), tx, most); err != nil {
				f.wrong(name, v.faultText(err))
			} else if err := v.record(tx, "refund.limit", name, "before", l.Amount.Decimal(), "after", most.Decimal()); err != nil {
				return "", err
			}
		}
		return "shop", nil
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/refund-limits", "saved")
	}
	return v.show(status, v.refundLimitPage(limits, f))
}
