package quote_test

import (
	"testing"

	"korzo/purchase/quote"
	"korzo/value/money"

	"pgregory.net/rapid"
)

// A charge beside the goods costs itself and its tax: no discount touches it,
// and neither the goods nor the delivery cost, or bear in tax, anything else
// because of it.
func TestAChargeBesideTheGoodsChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		b, _, _ := priced(t, s)
		b.TaxRounding = quote.RoundLine // on the total, one rate's tax is rounded once for all
		plain := compute(t, b)
		info, _ := money.Find(b.Currency)
		extra := quote.Line{ID: "widget:wrap", Quantity: 1, UnitPrice: money.Of(rapid.Int64Range(0, 100).Draw(t, "price")*info.ChargeStep, b.Currency), Aside: true}
		if rapid.Bool().Draw(t, "taxed") && len(b.Lines) > 0 {
			extra.Rates = b.Lines[0].Rates
		}
		at := rapid.IntRange(0, len(b.Lines)).Draw(t, "at")
		more := b
		more.Lines = append(append(append([]quote.Line{}, b.Lines[:at]...), extra), b.Lines[at:]...)
		q := compute(t, more)
		checkLaws(t, more, q)
		charge := q.Lines[at]
		if !charge.Discount.IsZero() || charge.Total != extra.UnitPrice || q.Discount != plain.Discount || q.ShippingTotal != plain.ShippingTotal || q.Shipping.Tax != plain.Shipping.Tax {
			t.Fatalf("with %+v: discount %v, before %v; delivery %v + %v, before %v + %v", charge, q.Discount, plain.Discount, q.ShippingTotal, q.Shipping.Tax, plain.ShippingTotal, plain.Shipping.Tax)
		}
		if grown := q.Total.Minus(plain.Total); b.TaxIncluded && grown != charge.Total || !b.TaxIncluded && grown != charge.Total.Plus(charge.Tax) {
			t.Fatalf("%v costs %v more", charge.Total, grown)
		}
	})
}
