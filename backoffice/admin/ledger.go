package admin

import (
	"net/http"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

func (a *Admin) showLedger(v *visit) error {
	var b ledger.Report
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		b, err = ledger.Check(v.ctx(), tx)
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
