package widget

import (
	"fmt"
	"strconv"
	"strings"

	"korzo/value/money"
)

// Sum is an amount as doors are given it: minor units of a currency.
type Sum struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

func sumOf(a money.Amount) Sum { return Sum{a.Minor, string(a.Currency)} }

// Money is the sum as the house reckons.
func (s Sum) Money() money.Amount { return money.Of(s.Amount, money.Currency(s.Currency)) }

// prices are amounts by currency, in minor units.
type prices map[money.Currency]int64

// in is the price in a currency; false where there is none, for then the widget
// is not offered.
func (p prices) in(c money.Currency) (money.Amount, bool) {
	minor, ok := p[c]
	return money.Of(minor, c), ok
}

// typed reads an amount as people write it: "2,50", "2.50", "2".
func typed(text string, c money.Currency) (int64, error) {
	a, err := money.Parse(strings.ReplaceAll(strings.TrimSpace(text), ",", "."), c)
	if err != nil {
		return 0, ErrAnswer.With(fmt.Sprintf("%q is no amount: write a number such as %s", text, money.Of(500, c).Decimal()))
	}
	return a.Minor, nil
}

// counted reads an amount in minor units.
func counted(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, ErrAnswer.With(fmt.Sprintf("%q is no amount: give minor units", text))
	}
	return n, nil
}
