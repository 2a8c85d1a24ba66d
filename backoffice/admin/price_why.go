package admin

import (
	"net/http"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
)

// showPrices is the why of a price: what it was, and when.
func (a *Admin) showPrices(v *visit) error {
	var m market.Market
	var variant catalog.Variant
	var history []pricing.Applied
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if m, err = market.Find(v.ctx(), tx, v.query("market")); err != nil {
			return err
		}
		if variant, err = catalog.FindSKU(v.ctx(), tx, v.query("sku")); err != nil {
			return err
		}
		history, err = pricing.History(v.ctx(), tx, m.ID, variant.ID, 100)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.pricesPage(m, variant, history))
}
