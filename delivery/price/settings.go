package price

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"korzo/value/money"
)

// ReadSettings reads a rule's settings strictly into a struct: a field that the
// rule does not know is a mistake. example is what right ones look like. It
// returns ErrSettings.
func ReadSettings(settings json.RawMessage, into any, example string) error {
	read := json.NewDecoder(bytes.NewReader(settings))
	read.DisallowUnknownFields()
	err := read.Decode(into)
	if err == nil {
		if _, end := read.Token(); end != io.EOF {
			err = fmt.Errorf("something follows the settings")
		}
	}
	if err != nil {
		return ErrSettings.With(fmt.Sprintf("the settings are %s, in minor units: %v", example, err))
	}
	return nil
}

// Amount checks a field of the settings that is a price in c: 0 or more, and a
// multiple of the step c is charged in. It returns ErrSettings, naming the field.
func Amount(field string, n *int64, c money.Currency) (money.Amount, error) {
	info, known := money.Find(c)
	switch {
	case !known:
		return money.Amount{}, ErrSettings.With(fmt.Sprintf("%q is no currency", c))
	case n == nil:
		return money.Amount{}, ErrSettings.With(field + ": give it in minor units, such as 490 for 4.90 EUR, or 0")
	case *n < 0 || *n > money.MaxPrice:
		return money.Amount{}, ErrSettings.With(field + ": must be 0 or more and no larger than the largest price")
	case *n%info.ChargeStep != 0:
		return money.Amount{}, ErrSettings.With(fmt.Sprintf("%s: %s is charged in steps of %d minor units", field, c, info.ChargeStep))
	}
	return money.Of(*n, c), nil
}
