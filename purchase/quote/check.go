package quote

import (
	"fmt"

	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// check finds what makes a basket impossible to price.
func check(b *Basket) error {
	switch b.TaxRounding {
	case "", RoundLine, RoundTotal:
	default:
		return fmt.Errorf("rounding %q: %w", b.TaxRounding, ErrRounding)
	}
	if len(b.Lines) > money.MaxLines {
		return fmt.Errorf("%d lines: %w", len(b.Lines), ErrTooLarge)
	}
	for i := range b.Lines {
		if err := checkLine(&b.Lines[i], b.Currency); err != nil {
			return fmt.Errorf("line %s: %w", b.Lines[i].ID, err)
		}
	}
	for i := range b.Discounts {
		if err := checkDiscount(&b.Discounts[i], b.Currency); err != nil {
			return fmt.Errorf("promotion %s: %w", b.Discounts[i].Promotion, err)
		}
	}
	return checkShipping(&b.Shipping, b.Currency)
}

func checkShipping(s *Shipping, c money.Currency) error {
	if len(s.Legs) > MaxParts {
		return fmt.Errorf("%d legs: %w", len(s.Legs), ErrTooLarge)
	}
	one := [1]Leg{{Price: s.Price, Rates: s.Rates}}
	legs := s.Legs
	if len(legs) == 0 {
		legs = one[:]
	}
	for i := range legs {
		err := checkPrice(legs[i].Price, c)
		if err == nil {
			err = checkRates(legs[i].Rates)
		}
		if err != nil {
			return fmt.Errorf("shipping: %w", err)
		}
	}
	return nil
}

func checkLine(l *Line, c money.Currency) error {
	if l.Quantity < 1 || l.Quantity > money.MaxUnits {
		return ErrQuantity
	}
	if err := checkPrice(l.UnitPrice, c); err != nil {
		return err
	}
	if len(l.Parts) > MaxParts {
		return ErrTooLarge
	}
	for i := range l.Parts {
		p := &l.Parts[i]
		if p.Quantity < 1 || p.Quantity > money.MaxUnits {
			return ErrQuantity
		}
		if p.Weight < 0 || p.Weight > money.MaxPrice {
			return ErrPrice
		}
		if err := checkRates(p.Rates); err != nil {
			return err
		}
	}
	return checkRates(l.Rates)
}

func checkPrice(a money.Amount, c money.Currency) error {
	if !spoken(a, c) {
		return ErrCurrency
	}
	if a.Minor < 0 || a.Minor > money.MaxPrice {
		return ErrPrice
	}
	return nil
}

func checkRates(rates []tax.Rate) error {
	if len(rates) > maxRates {
		return ErrRate
	}
	for i := range rates {
		if rates[i].PPM < 0 || rates[i].PPM > money.Million {
			return ErrRate
		}
	}
	return nil
}

func checkDiscount(d *promotion.Discount, c money.Currency) error {
	if d.Benefit == nil {
		return ErrDiscount
	}
	if !spoken(d.Budget, c) {
		return ErrCurrency
	}
	return nil
}

// spoken reports whether a is in c; the zero Amount is in every currency.
func spoken(a money.Amount, c money.Currency) bool {
	return a.Currency == c || a.Currency == "" && a.Minor == 0
}
