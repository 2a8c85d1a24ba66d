package quote

import (
	"fmt"
	"strconv"
	"strings"
)

// String lays a quote out for people who ask why a price is what it is.
func (q Quote) String() string {
	var t strings.Builder
	for i := range q.Lines {
		l := &q.Lines[i]
		fmt.Fprintf(&t, "%-24.24s %4d × %11s %14s\n", l.name(), l.Quantity, l.UnitPrice.Decimal(), l.Gross.Decimal())
		for _, s := range l.Shares {
			fmt.Fprintf(&t, "    %-39s %14s\n", s.name(), s.Amount.Neg().Decimal())
		}
		layTaxes(&t, l.Taxes)
	}
	fmt.Fprintf(&t, "%-43s %14s\n", "shipping", q.Shipping.Gross.Decimal())
	for _, s := range q.Shipping.Shares {
		fmt.Fprintf(&t, "    %-39s %14s\n", s.name(), s.Amount.Neg().Decimal())
	}
	layTaxes(&t, q.Shipping.Taxes)
	for i := range q.Discounts {
		if o := &q.Discounts[i]; o.Reason != "" {
			fmt.Fprintf(&t, "%-43s %14s\n", "without "+Share{o.Promotion, o.Code, o.Goods}.name(), o.Reason)
		}
	}

	how := "on top"
	if q.TaxIncluded {
		how = "included"
	}
	for _, sum := range []struct{ name, amount string }{
		{"subtotal", q.Subtotal.Decimal()},
		{"discount", q.Discount.Neg().Decimal()},
		{"shipping", q.ShippingTotal.Decimal()},
		{"tax, " + how, q.Tax.Decimal()},
		{"total " + string(q.Currency), q.Total.Decimal()},
	} {
		fmt.Fprintf(&t, "%-43s %14s\n", sum.name, sum.amount)
	}
	return t.String()
}

func layTaxes(t *strings.Builder, lines []TaxLine) {
	for _, l := range lines {
		name := l.Rate.Name + " " + percent(l.Rate.PPM)
		if l.Rate.Reason != "" {
			name += " (" + l.Rate.Reason + ")"
		}
		fmt.Fprintf(t, "    %-39s %14s\n", name+" of "+l.Base.Decimal(), l.Amount.Decimal())
	}
}

func (l *Priced) name() string {
	if l.SKU != "" {
		return l.SKU
	}
	return l.ID
}

func (s Share) name() string {
	if s.Code != "" {
		return s.Code
	}
	return string(s.Promotion)
}

// percent writes parts per million as people read rates: 72_500 is "7.25 %".
func percent(ppm int64) string {
	whole, rest := ppm/10_000, ppm%10_000
	text := strconv.FormatInt(whole, 10)
	if rest != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%04d", rest), "0")
	}
	return text + " %"
}
