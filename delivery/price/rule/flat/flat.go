// Package flat is the delivery price that is the same for every basket: 4.90,
// or nothing at all.
//
// Its settings are {"amount": 490}, in minor units of the market's currency.
// There is no condition in it: who wants free delivery from a sum on, or a
// price by weight, takes another rule.
package flat

import (
	"encoding/json"

	"korzo/delivery/price"
	"korzo/value/money"
)

// Kind is the name of this rule in a delivery method.
const Kind = "flat"

// Rule is a price for all baskets.
type Rule struct{ amount money.Amount }

// New reads settings. It returns price.ErrSettings with the field at fault.
func New(settings json.RawMessage, c money.Currency) (price.Rule, error) {
	var s struct {
		Amount *int64 `json:"amount"`
	}
	if err := price.ReadSettings(settings, &s, `{"amount": 490}`); err != nil {
		return nil, err
	}
	amount, err := price.Amount("amount", s.Amount, c)
	if err != nil {
		return nil, err
	}
	return Rule{amount}, nil
}

// Price returns the same amount for every basket.
func (r Rule) Price(price.Basket) (money.Amount, bool) { return r.amount, true }
