package quote_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"korzo/purchase/promotion"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// worked is one case of testdata: what goes in, and what was reckoned by hand
// or with exact fractions, never by Compute.
type worked struct {
	Name   string
	Basket struct {
		Currency    money.Currency
		TaxIncluded bool           `json:"tax_included"`
		TaxRounding quote.Rounding `json:"tax_rounding"`
		Lines       []struct {
			ID        string
			Quantity  int64
			UnitPrice int64 `json:"unit_price"`
			Rates     []int64
		}
		Discounts []struct {
			Kind        promotion.Kind
			PPM, Amount int64
		}
		Shipping struct {
			Price int64
			Rates []int64
		}
	}
	Want sums
}

// sums is what a case states of a quote, and what the oracle answers.
type sums struct {
	Lines       []lineSums
	Subtotal    int64
	Discount    int64
	Shipping    int64
	ShippingTax int64 `json:"shipping_tax"`
	Tax         int64
	Total       int64
}

type lineSums struct {
	Total, Discount, Tax int64
	Shares               []int64
}

func sumsOf(q quote.Quote) sums {
	s := sums{
		Subtotal: q.Subtotal.Minor, Discount: q.Discount.Minor, Shipping: q.ShippingTotal.Minor,
		ShippingTax: q.Shipping.Tax.Minor, Tax: q.Tax.Minor, Total: q.Total.Minor,
	}
	for _, l := range q.Lines {
		line := lineSums{Total: l.Total.Minor, Discount: l.Discount.Minor, Tax: l.Tax.Minor}
		for _, share := range l.Shares {
			line.Shares = append(line.Shares, share.Amount.Minor)
		}
		s.Lines = append(s.Lines, line)
	}
	return s
}

func (c worked) basket() quote.Basket {
	b := quote.Basket{Currency: c.Basket.Currency, TaxIncluded: c.Basket.TaxIncluded, TaxRounding: c.Basket.TaxRounding}
	for _, l := range c.Basket.Lines {
		b.Lines = append(b.Lines, quote.Line{
			ID: l.ID, SKU: "SKU-" + l.ID, Quantity: l.Quantity, UnitPrice: money.Of(l.UnitPrice, b.Currency), Rates: rates(l.Rates...),
		})
	}
	for i, d := range c.Basket.Discounts {
		b.Discounts = append(b.Discounts, promotion.Discount{
			Promotion: promotion.ID(fmt.Sprint("promo_", i)), Code: fmt.Sprint("CODE", i),
			Kind: d.Kind, PPM: d.PPM, Amount: money.Of(d.Amount, b.Currency),
		})
	}
	b.Shipping = quote.Shipping{Price: money.Of(c.Basket.Shipping.Price, b.Currency), Rates: rates(c.Basket.Shipping.Rates...)}
	return b
}

func rates(ppm ...int64) []tax.Rate {
	var all []tax.Rate
	for i, n := range ppm {
		all = append(all, tax.Rate{Name: []string{"VAT", "county", "city"}[i%3], Country: "DE", PPM: n})
	}
	return all
}

func cases(t testing.TB) []worked {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no worked cases: %v", err)
	}
	var all []worked
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var some []worked
		if err := json.Unmarshal(text, &some); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, some...)
	}
	return all
}

func TestWorkedCases(t *testing.T) {
	all := cases(t)
	if len(all) < 60 {
		t.Errorf("%d worked cases, want at least 60", len(all))
	}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			b := c.basket()
			q, err := quote.Compute(b)
			if err != nil {
				t.Fatal(err)
			}
			if got := sumsOf(q); !equal(got, c.Want) {
				t.Errorf("got  %+v\nwant %+v\n%v", got, c.Want, q)
			}
			if exact := reckon(b); !equal(exact, c.Want) {
				t.Errorf("exact fractions give %+v\nthe case states       %+v", exact, c.Want)
			}
			checkLaws(t, b, q)
		})
	}
}

func equal(a, b sums) bool {
	return a.Subtotal == b.Subtotal && a.Discount == b.Discount && a.Shipping == b.Shipping &&
		a.ShippingTax == b.ShippingTax && a.Tax == b.Tax && a.Total == b.Total &&
		slices.EqualFunc(a.Lines, b.Lines, func(a, b lineSums) bool {
			return a.Total == b.Total && a.Discount == b.Discount && a.Tax == b.Tax && slices.Equal(a.Shares, b.Shares)
		})
}

func TestWhatCannotBePriced(t *testing.T) {
	eur := func(minor int64) money.Amount { return money.Of(minor, "EUR") }
	mug := quote.Line{ID: "l1", Quantity: 1, UnitPrice: eur(1190)}
	with := func(change func(b *quote.Basket)) quote.Basket {
		b := quote.Basket{Currency: "EUR", Lines: []quote.Line{mug}}
		change(&b)
		return b
	}
	many := func(n int, l quote.Line) []quote.Line { return slices.Repeat([]quote.Line{l}, n) }
	for _, c := range []struct {
		name   string
		basket quote.Basket
		want   error
	}{
		{"a currency nobody knows", with(func(b *quote.Basket) { b.Currency = "XXQ" }), quote.ErrCurrency},
		{"a line in another currency", with(func(b *quote.Basket) { b.Lines[0].UnitPrice.Currency = "HUF" }), quote.ErrCurrency},
		{"a line without a currency", with(func(b *quote.Basket) { b.Lines[0].UnitPrice.Currency = "" }), quote.ErrCurrency},
		{"shipping in another currency", with(func(b *quote.Basket) { b.Shipping.Price = money.Of(1, "HUF") }), quote.ErrCurrency},
		{"a discount in another currency", with(func(b *quote.Basket) {
			b.Discounts = []promotion.Discount{{Kind: promotion.Fixed, Amount: money.Of(100, "HUF")}}
		}), quote.ErrCurrency},
		{"no units", with(func(b *quote.Basket) { b.Lines[0].Quantity = 0 }), quote.ErrQuantity},
		{"less than no units", with(func(b *quote.Basket) { b.Lines[0].Quantity = -1 }), quote.ErrQuantity},
		{"10,000 units", with(func(b *quote.Basket) { b.Lines[0].Quantity = 10_000 }), quote.ErrQuantity},
		{"a price below zero", with(func(b *quote.Basket) { b.Lines[0].UnitPrice.Minor = -1 }), quote.ErrPrice},
		{"a price above the largest", with(func(b *quote.Basket) { b.Lines[0].UnitPrice.Minor = money.MaxPrice + 1 }), quote.ErrPrice},
		{"shipping below zero", with(func(b *quote.Basket) { b.Shipping.Price = eur(-1) }), quote.ErrPrice},
		{"a discount of 101 %", with(func(b *quote.Basket) {
			b.Discounts = []promotion.Discount{{Kind: promotion.Percent, PPM: 1_010_000}}
		}), quote.ErrDiscount},
		{"a discount that adds", with(func(b *quote.Basket) {
			b.Discounts = []promotion.Discount{{Kind: promotion.Fixed, Amount: eur(-1)}}
		}), quote.ErrDiscount},
		{"a discount of no kind", with(func(b *quote.Basket) { b.Discounts = []promotion.Discount{{}} }), quote.ErrDiscount},
		{"a negative rate", with(func(b *quote.Basket) { b.Lines[0].Rates = rates(-1) }), quote.ErrRate},
		{"a rate above 100 %", with(func(b *quote.Basket) { b.Shipping.Rates = rates(1_000_001) }), quote.ErrRate},
		{"17 rates on a line", with(func(b *quote.Basket) { b.Lines[0].Rates = rates(make([]int64, 17)...) }), quote.ErrRate},
		{"a rounding nobody knows", with(func(b *quote.Basket) { b.TaxRounding = "never" }), quote.ErrRounding},
		{"201 lines", with(func(b *quote.Basket) { b.Lines = many(201, mug) }), quote.ErrTooLarge},
		{"all limits at once", with(func(b *quote.Basket) {
			b.Lines = many(200, quote.Line{Quantity: 9_999, UnitPrice: eur(money.MaxPrice), Rates: rates(1_000_000)})
		}), quote.ErrTooLarge},
		{"a total above the largest through tax alone", with(func(b *quote.Basket) {
			b.Lines = many(9, quote.Line{Quantity: 999, UnitPrice: eur(money.MaxPrice), Rates: rates(slices.Repeat([]int64{1_000_000}, 16)...)})
		}), quote.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := quote.Compute(c.basket)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if q.Lines != nil || !q.Total.IsZero() {
				t.Errorf("a refused basket has a price: %v", q)
			}
		})
	}
}

// The zero Amount costs nothing in any currency.
func TestAFreeGiftNeedsNoCurrency(t *testing.T) {
	q, err := quote.Compute(quote.Basket{Currency: "EUR", Lines: []quote.Line{{ID: "gift", Quantity: 1}}})
	if err != nil || q.Total != money.Of(0, "EUR") {
		t.Errorf("total %v, %v, want 0.00 EUR", q.Total, err)
	}
}

// An old price off the charge step is charged as it is, not refused: the shop
// goes on selling, and parts still make up the whole.
func TestAPriceOffTheStep(t *testing.T) {
	b := quote.Basket{Currency: "HUF", TaxIncluded: true, Lines: []quote.Line{
		{ID: "a", Quantity: 1, UnitPrice: money.Of(100_50, "HUF"), Rates: rates(270_000)},
		{ID: "b", Quantity: 1, UnitPrice: money.Of(200_00, "HUF"), Rates: rates(270_000)},
	}, Discounts: []promotion.Discount{{Kind: promotion.Percent, PPM: 1_000_000}}}
	q, err := quote.Compute(b)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Total.IsZero() || q.Discount != money.Of(300_50, "HUF") {
		t.Errorf("100 %% off costs %v after a discount of %v", q.Total, q.Discount)
	}
}

func TestStringExplainsEveryPart(t *testing.T) {
	q, err := quote.Compute(quote.Basket{
		Currency: "EUR", TaxIncluded: true,
		Lines: []quote.Line{
			{ID: "l1", SKU: "MUG-RED", Quantity: 2, UnitPrice: money.Of(1190, "EUR"), Rates: []tax.Rate{{Name: "MwSt", Country: "DE", PPM: 190_000}}},
			{ID: "l2", Quantity: 1, UnitPrice: money.Of(1070, "EUR"), Rates: []tax.Rate{{Name: "untaxed", Country: "BR", Reason: tax.ReasonNoCountry}}},
		},
		Discounts: []promotion.Discount{{Promotion: "promo_1", Code: "SPRING", Kind: promotion.Percent, PPM: 100_000}, {Promotion: "promo_2", Kind: promotion.Fixed, Amount: money.Of(100, "EUR")}},
		Shipping:  quote.Shipping{Price: money.Of(490, "EUR"), Rates: []tax.Rate{{Name: "MwSt", Country: "DE", PPM: 72_500}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `MUG-RED                     2 ×       11.90          23.80
    SPRING                                           -2.38
    promo_2                                          -0.69
    MwSt 19 % of 17.42                                3.31
l2                          1 ×       10.70          10.70
    SPRING                                           -1.07
    promo_2                                          -0.31
    untaxed 0 % (no_rates_for_country) of 9.32           0.00
shipping                                              4.90
    MwSt 7.25 % of 4.57                               0.33
subtotal                                             34.50
discount                                             -4.45
shipping                                              4.90
tax, included                                         3.64
total EUR                                            34.95
`
	if got := q.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func BenchmarkCompute(b *testing.B) {
	vat := rates(190_000)
	basket := quote.Basket{Currency: "EUR", TaxIncluded: true, Shipping: quote.Shipping{Price: money.Of(490, "EUR"), Rates: vat}}
	for i := range 10 {
		basket.Lines = append(basket.Lines, quote.Line{ID: fmt.Sprint("line_", i), Quantity: int64(i + 1), UnitPrice: money.Of(1999+int64(i)*37, "EUR"), Rates: vat})
	}
	basket.Discounts = []promotion.Discount{
		{Promotion: "promo_1", Kind: promotion.Percent, PPM: 100_000},
		{Promotion: "promo_2", Kind: promotion.Fixed, Amount: money.Of(500, "EUR")},
	}
	for _, rounding := range []quote.Rounding{quote.RoundLine, quote.RoundTotal} {
		b.Run(string(rounding), func(b *testing.B) {
			basket.TaxRounding = rounding
			b.ReportAllocs()
			for b.Loop() {
				if _, err := quote.Compute(basket); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
