package quote_test

import (
	"testing"

	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The legs of a delivery make up its price, its discount, its tax and its total,
// and each bears its own rates; the whole quote keeps its laws.
func TestLegsMakeUpTheDelivery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"EUR", "HUF", "JPY"}).Draw(t, "currency")
		info, _ := money.Find(c)
		rates := [][]tax.Rate{nil, {{Name: "DE", Country: "DE", PPM: 190_000}}, {{Name: "AT", Country: "AT", PPM: 200_000}},
			{{Name: "NY", Country: "US", PPM: 40_000}, {Name: "NYC", Country: "US", PPM: 45_000}}}
		b := quote.Basket{Currency: c, TaxIncluded: rapid.Bool().Draw(t, "included"),
			TaxRounding: rapid.SampledFrom([]quote.Rounding{quote.RoundLine, quote.RoundTotal}).Draw(t, "rounding"),
			Lines:       []quote.Line{{ID: "l1", Variant: "v", Quantity: rapid.Int64Range(1, 9).Draw(t, "units"), UnitPrice: money.Of(1190*info.ChargeStep, c), Rates: rates[1]}}}
		for range rapid.IntRange(1, 4).Draw(t, "legs") {
			b.Shipping.Legs = append(b.Shipping.Legs, quote.Leg{Price: money.Of(info.ChargeStep*rapid.Int64Range(0, 900).Draw(t, "price"), c), Rates: rapid.SampledFrom(rates).Draw(t, "rates")})
		}
		b.Shipping.Price = money.Of(0, c)
		q, err := quote.Compute(b)
		if err != nil {
			t.Fatal(err)
		}
		checkLegs(t, b, q)
	})
}

func checkLegs(t *rapid.T, b quote.Basket, q quote.Quote) {
	gross, off, total, due := money.Of(0, b.Currency), money.Of(0, b.Currency), money.Of(0, b.Currency), money.Of(0, b.Currency)
	for i, l := range q.Shipping.Split {
		gross, off, total, due = gross.Plus(l.Gross), off.Plus(l.Discount), total.Plus(l.Total), due.Plus(l.Tax)
		sum := money.Of(0, b.Currency)
		for j, line := range l.Taxes {
			sum = sum.Plus(line.Amount)
			if line.Rate != b.Shipping.Legs[i].Rates[j] {
				t.Errorf("leg %d bears %v, not its own rates", i, line.Rate)
			}
		}
		if sum != l.Tax || l.Gross.Minus(l.Discount) != l.Total {
			t.Errorf("leg %d: %+v", i, l)
		}
	}
	s := q.Shipping
	if gross != s.Gross || off != s.Discount || total != s.Total || due != s.Tax || len(s.Split) != len(b.Shipping.Legs) {
		t.Errorf("legs make %v − %v = %v and %v of tax; the delivery is %+v", gross, off, total, due, s)
	}
	whole := q.Subtotal.Minus(q.Discount).Plus(q.ShippingTotal)
	if !b.TaxIncluded {
		whole = whole.Plus(q.Tax)
	}
	if whole != q.Total {
		t.Errorf("the parts make %v, the total is %v", whole, q.Total)
	}
}

// One leg is the same delivery as none: the same totals and the same tax.
func TestOneLegIsTheDeliveryItself(t *testing.T) {
	rates := []tax.Rate{{Name: "DE", Country: "DE", PPM: 190_000}}
	b := quote.Basket{Currency: "EUR", TaxIncluded: true, Lines: []quote.Line{{ID: "l", Variant: "v", Quantity: 3, UnitPrice: money.Of(333, "EUR"), Rates: rates}},
		Shipping: quote.Shipping{Price: money.Of(490, "EUR"), Rates: rates}}
	plain, err := quote.Compute(b)
	if err != nil {
		t.Fatal(err)
	}
	b.Shipping = quote.Shipping{Price: money.Of(0, "EUR"), Legs: []quote.Leg{{Price: money.Of(490, "EUR"), Rates: rates}}}
	legged, err := quote.Compute(b)
	if err != nil {
		t.Fatal(err)
	}
	if legged.Total != plain.Total || legged.Tax != plain.Tax || !cmp.Equal(legged.Taxes, plain.Taxes) || !cmp.Equal(legged.Shipping.Taxes, plain.Shipping.Taxes) {
		t.Errorf("%+v\n%+v", legged, plain)
	}
}
