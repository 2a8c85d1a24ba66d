package basket

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"korzo/value/money"
)

// MaxNames is how many goods, tags or categories one selection may name.
const MaxNames = 1000

// maxCurrencies bounds the amounts of one setting.
const maxCurrencies = 50

// Read reads settings strictly into a struct: a field that is not known is a
// mistake. example is what right ones look like. It returns ErrSettings.
func Read(settings json.RawMessage, into any, example string) error {
	read := json.NewDecoder(bytes.NewReader(settings))
	read.DisallowUnknownFields()
	err := read.Decode(into)
	if err == nil {
		if _, end := read.Token(); end != io.EOF {
			err = fmt.Errorf("something follows the settings")
		}
	}
	if err != nil {
		return Wrong("settings", "write them like %s: %v", example, err)
	}
	return nil
}

// Wrong returns ErrSettings that says what is wrong with a field.
func Wrong(field, format string, args ...any) error {
	return ErrSettings.With(field + ": " + fmt.Sprintf(format, args...))
}

// Amounts is a sum in each currency it is meant for, in minor units. A
// promotion does not apply in other currencies.
type Amounts map[money.Currency]int64

// Check returns ErrSettings unless every amount can be charged in its currency
// and is above zero.
func (a Amounts) Check(field string) error {
	if len(a) > maxCurrencies {
		return Wrong(field, "use at most %d currencies", maxCurrencies)
	}
	for _, c := range slices.Sorted(maps.Keys(a)) {
		info, known := money.Find(c)
		switch n := a[c]; {
		case !known:
			return Wrong(field, "%q is no currency: use ISO 4217, such as EUR", c)
		case n <= 0 || n > money.MaxPrice:
			return Wrong(field, "use more than 0 and at most the largest price, in minor units, such as {\"EUR\": 500} for 5.00 EUR")
		case n%info.ChargeStep != 0:
			return Wrong(field, "%s is charged in steps of %d minor units", c, info.ChargeStep)
		}
	}
	return nil
}

// Percent is a part of something in parts per million, written as people read
// it: 12.5 is 125_000.
type Percent int64

// Hundred is all of it.
const Hundred Percent = 1_000_000

// UnmarshalJSON reads a number from 0 to 100 with at most four decimals, by its
// digits: no float is made of them.
func (p *Percent) UnmarshalJSON(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	if len(part) > 4 || len(whole) == 0 || len(whole) > 3 {
		return fmt.Errorf("%.20q is no percentage: write a number such as 12.5, with at most four decimals", text)
	}
	var n int64
	for _, r := range whole + part + strings.Repeat("0", 4-len(part)) {
		if r < '0' || r > '9' {
			return fmt.Errorf("%.20q is no percentage: write a number such as 12.5", text)
		}
		n = n*10 + int64(r-'0')
	}
	*p = Percent(n)
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (p Percent) MarshalJSON() ([]byte, error) {
	whole, rest := int64(p)/10_000, int64(p)%10_000
	text := strconv.FormatInt(whole, 10)
	if rest != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%04d", rest), "0")
	}
	return []byte(text), nil
}

// Check returns ErrSettings unless it is more than 0 and at most 100 %.
func (p Percent) Check(field string) error {
	if p <= 0 || p > Hundred {
		return Wrong(field, "use more than 0 and at most 100")
	}
	return nil
}

// Of is the part of an amount, at the step.
func (p Percent) Of(minor, step int64) int64 {
	return money.Amount{Minor: minor}.Share(int64(p), step).Minor
}

// Check returns ErrSettings when too much is named, or something without a name.
func (s Items) Check(field string) error {
	for _, names := range [][]string{s.Products, s.Variants, s.Tags, s.Categories, s.Except.Products, s.Except.Variants, s.Except.Tags, s.Except.Categories} {
		if len(names) > MaxNames {
			return Wrong(field, "name at most %d: use a tag or a category for more", MaxNames)
		}
		for _, name := range names {
			if name == "" || len(name) > 200 {
				return Wrong(field, "a name has 1 to 200 characters")
			}
		}
	}
	return nil
}
