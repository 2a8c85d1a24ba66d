// Package flat is the delivery price that is the same for every basket: 4.90,
// or nothing at all.
//
// Its settings are {"amount": 490}, in minor units of the market's currency.
// There is no condition in it: who wants free delivery from a sum on, or a
// price by weight, takes another rule.
package flat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

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
	read := json.NewDecoder(bytes.NewReader(settings))
	read.DisallowUnknownFields()
	err := read.Decode(&s)
	if err == nil {
		if _, end := read.Token(); end != io.EOF {
			err = fmt.Errorf("something follows the settings")
		}
	}
	info, known := money.Find(c)
	switch {
	case err != nil:
		return nil, price.ErrSettings.With(fmt.Sprintf("flat: the settings are {\"amount\": 490}, in minor units: %v", err))
	case !known:
		return nil, price.ErrSettings.With(fmt.Sprintf("flat: %q is no currency", c))
	case s.Amount == nil:
		return nil, price.ErrSettings.With("amount: give the price in minor units, such as 490 for 4.90 EUR, or 0")
	case *s.Amount < 0 || *s.Amount > money.MaxPrice:
		return nil, price.ErrSettings.With("amount: must be 0 or more and no larger than the largest price")
	case *s.Amount%info.ChargeStep != 0:
		return nil, price.ErrSettings.With(fmt.Sprintf("amount: %s is charged in steps of %d minor units", c, info.ChargeStep))
	}
	return Rule{money.Of(*s.Amount, c)}, nil
}

// Price returns the same amount for every basket.
func (r Rule) Price(price.Basket) (money.Amount, bool) { return r.amount, true }
