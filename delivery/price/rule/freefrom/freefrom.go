// Package freefrom is the delivery price that a basket outgrows: 4.90, and
// nothing from 50.00 of goods on.
//
// Its settings are {"amount": 490, "from": 5000}, in minor units of the
// market's currency. From counts the goods of the whole purchase after
// discounts, as the market shows prices, so a code that takes a basket below From makes its delivery cost
// again: the shopper sees that before paying.
package freefrom

import (
	"encoding/json"

	"korzo/delivery/price"
	"korzo/value/money"
)

// Kind is the name of this rule in a delivery method.
const Kind = "free_from"

// Rule is a price for baskets below a sum.
type Rule struct{ amount, from money.Amount }

// New reads settings. It returns price.ErrSettings with the field at fault.
func New(settings json.RawMessage, c money.Currency) (price.Rule, error) {
	var s struct {
		Amount *int64 `json:"amount"`
		From   *int64 `json:"from"`
	}
	if err := price.ReadSettings(settings, &s, `{"amount": 490, "from": 5000}`); err != nil {
		return nil, err
	}
	amount, err := price.Amount("amount", s.Amount, c)
	if err != nil {
		return nil, err
	}
	from, err := price.Amount("from", s.From, c)
	if err != nil {
		return nil, err
	}
	return Rule{amount, from}, nil
}

// Price returns the amount, or nothing when the goods reach the sum.
func (r Rule) Price(b price.Basket) (money.Amount, bool) {
	if b.Reached().Minor >= r.from.Minor {
		return money.Of(0, r.amount.Currency), true
	}
	return r.amount, true
}
