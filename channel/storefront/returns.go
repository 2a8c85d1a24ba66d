package storefront

import (
	"cmp"
	"slices"

	"korzo/fulfilment/withdrawal"
	"korzo/offer/market"
)

// returnDays are those that a market of the channel gives.
func (v *visit) returnDays(id string) int64 {
	if i := slices.IndexFunc(v.markets, func(m market.Market) bool { return m.ID == id }); i >= 0 {
		return v.markets[i].Returns.Days
	}
	return 0
}

// returns are the terms on which what is sent to a country (to the visitor's, while
// none is said) comes back: how long, how, who pays. None where neither law nor market lets it come back.
func (p page) returns(country string) []string {
	terms := p.market.Returns
	days := withdrawal.Days(terms.Days, cmp.Or(country, p.spot.country))
	if days == 0 {
		return nil
	}
	return []string{p.plural("shop.returns.days", days), p.T("shop.returns.how." + terms.How), p.T("shop.returns.paid." + terms.PaidBy)}
}
