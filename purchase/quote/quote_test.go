package quote_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"korzo/purchase/promotion"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// worked is one case of testdata: what goes in, and what comes out. Where Note
// gives the arithmetic it was done by hand; where it does not, the figures are
// those of the oracle, which reckons with exact fractions and shares no code with
// Compute. With -update the oracle, never Compute, fills in what a case leaves out.
type worked struct {
	Name   string `json:"name"`
	Note   string `json:"note,omitempty"`
	Basket spec   `json:"basket"`
	Want   *sums  `json:"want"`
}

var update = flag.Bool("update", false, "let the oracle fill in what worked cases leave out")

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
		read := json.NewDecoder(bytes.NewReader(text))
		read.DisallowUnknownFields()
		if err := read.Decode(&some); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if *update {
			complete(t, name, some)
		}
		all = append(all, some...)
	}
	return all
}

// complete writes a file of cases with what the oracle says where nothing is stated.
func complete(t testing.TB, name string, some []worked) {
	t.Helper()
	var lines []string
	for i := range some {
		if some[i].Want == nil {
			want := reckon(some[i].Basket)
			some[i].Want = &want
		} else if some[i].Want.Promotions == nil {
			some[i].Want.Promotions = reckon(some[i].Basket).Promotions
		}
		var text bytes.Buffer
		write := json.NewEncoder(&text)
		write.SetEscapeHTML(false)
		if err := write.Encode(some[i]); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, "  "+strings.TrimSpace(text.String()))
	}
	if err := os.WriteFile(name, []byte("[\n"+strings.Join(lines, ",\n")+"\n]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWorkedCases(t *testing.T) {
	all := cases(t)
	if len(all) < 150 {
		t.Errorf("%d worked cases, want at least 150", len(all))
	}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			if c.Want == nil {
				t.Fatal("the case states nothing: reckon it by hand, or run the tests with -update")
			}
			b, q, got := priced(t, c.Basket)
			if diff := cmp.Diff(*c.Want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n%v", diff, q)
			}
			if diff := cmp.Diff(*c.Want, reckon(c.Basket), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("exact fractions say something else: %s", diff)
			}
			checkLaws(t, b, q)
		})
	}
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
		{"a budget in another currency", with(func(b *quote.Basket) {
			b.Discounts = discounts(t, percentOff(100_000))
			b.Discounts[0].Budget = money.Of(100, "HUF")
		}), quote.ErrCurrency},
		{"no units", with(func(b *quote.Basket) { b.Lines[0].Quantity = 0 }), quote.ErrQuantity},
		{"less than no units", with(func(b *quote.Basket) { b.Lines[0].Quantity = -1 }), quote.ErrQuantity},
		{"10,000 units", with(func(b *quote.Basket) { b.Lines[0].Quantity = 10_000 }), quote.ErrQuantity},
		{"a price below zero", with(func(b *quote.Basket) { b.Lines[0].UnitPrice.Minor = -1 }), quote.ErrPrice},
		{"a price above the largest", with(func(b *quote.Basket) { b.Lines[0].UnitPrice.Minor = money.MaxPrice + 1 }), quote.ErrPrice},
		{"shipping below zero", with(func(b *quote.Basket) { b.Shipping.Price = eur(-1) }), quote.ErrPrice},
		{"a discount without a benefit", with(func(b *quote.Basket) { b.Discounts = []promotion.Discount{{}} }), quote.ErrDiscount},
		{"a bundle with nothing of a part", with(func(b *quote.Basket) { b.Lines[0].Parts = []quote.Part{{Weight: 1}} }), quote.ErrQuantity},
		{"a part of less than no weight", with(func(b *quote.Basket) { b.Lines[0].Parts = []quote.Part{{Quantity: 1, Weight: -1}} }), quote.ErrPrice},
		{"a part with a rate above 100 %", with(func(b *quote.Basket) { b.Lines[0].Parts = []quote.Part{{Quantity: 1, Rates: rates(1_000_001)}} }), quote.ErrRate},
		{"a bundle of 101 parts", with(func(b *quote.Basket) { b.Lines[0].Parts = slices.Repeat([]quote.Part{{Quantity: 1}}, 101) }), quote.ErrTooLarge},
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
	}, Discounts: discounts(t, percentOff(1_000_000))}
	q, err := quote.Compute(b)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Total.IsZero() || q.Discount != money.Of(300_50, "HUF") {
		t.Errorf("100 %% off costs %v after a discount of %v", q.Total, q.Discount)
	}
}

func TestStringExplainsEveryPart(t *testing.T) {
	off := discounts(t, percentOff(100_000), amountOff(100, "EUR"), deal{Benefit: "shipping", Settings: json.RawMessage(`{"most": {"EUR": 90}}`)},
		deal{Benefit: "cheapest", Settings: json.RawMessage(`{"from": 9}`)})
	off[0].Code, off[1].Code, off[2].Code, off[3].Code = "SPRING", "", "HALFWAY", "NINE"
	q, err := quote.Compute(quote.Basket{
		Currency: "EUR", TaxIncluded: true,
		Lines: []quote.Line{
			{ID: "l1", SKU: "MUG-RED", Quantity: 2, UnitPrice: money.Of(1190, "EUR"), Rates: []tax.Rate{{Name: "MwSt", Country: "DE", PPM: 190_000}}},
			{ID: "l2", Quantity: 1, UnitPrice: money.Of(1070, "EUR"), Rates: []tax.Rate{{Name: "untaxed", Country: "BR", Reason: tax.ReasonNoCountry}}},
		},
		Discounts: off,
		Shipping:  quote.Shipping{Price: money.Of(490, "EUR"), Rates: []tax.Rate{{Name: "MwSt", Country: "DE", PPM: 72_500}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `MUG-RED                     2 ×       11.90          23.80
    SPRING                                           -2.38
    promo_1                                          -0.69
    MwSt 19 % of 17.42                                3.31
l2                          1 ×       10.70          10.70
    SPRING                                           -1.07
    promo_1                                          -0.31
    untaxed 0 % (no_rates_for_country) of 9.32           0.00
shipping                                              4.90
    HALFWAY                                          -0.90
    MwSt 7.25 % of 3.73                               0.27
without NINE                                nothing_to_discount
subtotal                                             34.50
discount                                             -4.45
shipping                                              4.00
tax, included                                         3.58
total EUR                                            34.05
`
	if got := q.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// discounts are deals in euros, as quote reckons with them.
func discounts(t fataler, deals ...deal) []promotion.Discount {
	t.Helper()
	all, _ := spec{Currency: "EUR", Promotions: deals}.discounts(t)
	return all
}

func BenchmarkCompute(b *testing.B) {
	vat := rates(190_000)
	basket := quote.Basket{Currency: "EUR", TaxIncluded: true, Shipping: quote.Shipping{Price: money.Of(490, "EUR"), Rates: vat}}
	for i := range 10 {
		basket.Lines = append(basket.Lines, quote.Line{ID: fmt.Sprint("line_", i), Quantity: int64(i + 1), UnitPrice: money.Of(1999+int64(i)*37, "EUR"), Rates: vat})
	}
	basket.Discounts = discounts(b, percentOff(100_000), amountOff(500, "EUR"))
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
