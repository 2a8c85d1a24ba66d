package admin

import (
	"net/http"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// book is the check of the ledger, and the entries of one account when asked.
type book struct {
	ledger.Report
	Account string
	Entries []ledger.Posted
}

func (a *Admin) showLedger(v *visit) error {
	b := book{Account: v.query("account")}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if b.Report, err = ledger.Check(v.ctx(), tx); err != nil || b.Account == "" {
			return err
		}
		b.Entries, err = ledger.Entries(v.ctx(), tx, b.Account, nil, 100)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.ledgerPage(b))
}

// commodity is a sum of a currency or of points, for the reader.
func (v *visit) commodity(n int64, commodity string) string {
	return v.Money(money.Of(n, money.Currency(commodity)))
}
