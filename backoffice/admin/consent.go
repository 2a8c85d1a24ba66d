package admin

import (
	"net/http"

	"korzo/customer/consent"
	"korzo/platform/db"
)

// showConsent says what customers are asked for, and what they answered.
func (a *Admin) showConsent(v *visit) error {
	var all []consent.Tally
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		all, err = consent.Tallies(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.consentPage(all))
}
