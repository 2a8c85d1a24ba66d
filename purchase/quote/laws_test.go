package quote_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"korzo/purchase/promotion"
	"korzo/purchase/quote"
	"korzo/value/money"

	"pgregory.net/rapid"
)

// reckon prices a basket with exact fractions, the slow and obvious way. It
// shares no code with Compute and is what Compute is held against.
func reckon(b quote.Basket) sums {
	info, _ := money.Find(b.Currency)
	step := info.ChargeStep
	n := len(b.Lines)
	want := sums{Lines: make([]lineSums, n)}
	left, keys := make([]int64, n), make([]string, n+1)
	for i, l := range b.Lines {
		left[i] = l.Quantity * l.UnitPrice.Minor
		keys[i] = l.ID
		want.Subtotal += left[i]
	}
	keys[n] = "\xff" // shipping is served last
	for _, kind := range []promotion.Kind{promotion.Percent, promotion.Fixed} {
		for _, d := range b.Discounts {
			if d.Kind != kind {
				continue
			}
			goods := total(left)
			off := d.Amount.Minor
			if kind == promotion.Percent {
				off = half(big.NewRat(goods, 1), d.PPM, 1_000_000, step)
			}
			off = min(off, goods)
			for i, part := range parts(off, step, left, keys) {
				left[i] -= part
				want.Discount += part
				want.Lines[i].Discount += part
				if part != 0 {
					want.Lines[i].Shares = append(want.Lines[i].Shares, part)
				}
			}
		}
	}
	want.Shipping = half(big.NewRat(b.Shipping.Price.Minor, 1), 1, 1, step)
	taxes := reckonTax(b, append(slices.Clone(left), want.Shipping), keys, step)
	for i := range want.Lines {
		want.Lines[i].Total, want.Lines[i].Tax = left[i], taxes[i]
	}
	want.ShippingTax = taxes[n]
	want.Tax = total(taxes)
	want.Total = want.Subtotal - want.Discount + want.Shipping
	if !b.TaxIncluded {
		want.Total += want.Tax
	}
	return want
}

func reckonTax(b quote.Basket, totals []int64, keys []string, step int64) []int64 {
	rate, set := make([]int64, len(totals)), make([]string, len(totals))
	for i := range totals {
		rates := b.Shipping.Rates
		if i < len(b.Lines) {
			rates = b.Lines[i].Rates
		}
		for _, r := range rates {
			rate[i] += r.PPM
		}
		set[i] = fmt.Sprint(rates)
	}
	due := func(sum, ppm int64) int64 {
		if b.TaxIncluded {
			return half(big.NewRat(sum, 1), ppm, 1_000_000+ppm, 1)
		}
		return half(big.NewRat(sum, 1), ppm, 1_000_000, step)
	}
	taxes := make([]int64, len(totals))
	if b.TaxRounding != quote.RoundTotal {
		for i := range totals {
			taxes[i] = due(totals[i], rate[i])
		}
		return taxes
	}
	if b.TaxIncluded {
		step = 1
	}
	for first := range totals {
		if slices.Index(set, set[first]) != first {
			continue
		}
		weights := make([]int64, len(totals))
		for i := range totals {
			if set[i] == set[first] {
				weights[i] = totals[i]
			}
		}
		for i, part := range parts(due(total(weights), rate[first]), step, weights, keys) {
			taxes[i] += part
		}
	}
	return taxes
}

// half is x × n ÷ d to the nearest multiple of step, halves going up.
func half(x *big.Rat, n, d, step int64) int64 {
	y := new(big.Rat).Mul(x, big.NewRat(n, d))
	y.Quo(y, big.NewRat(step, 1))
	y.Add(y, big.NewRat(1, 2))
	return new(big.Int).Div(y.Num(), y.Denom()).Int64() * step
}

// parts spreads sum by largest remainder, one step after the other going to
// whoever is furthest below its exact share.
func parts(sum, step int64, weights []int64, keys []string) []int64 {
	all := total(weights)
	got := make([]int64, len(weights))
	if all == 0 || sum == 0 {
		return got
	}
	exact := make([]*big.Rat, len(weights))
	given := int64(0)
	order := make([]int, len(weights))
	for i, w := range weights {
		order[i] = i
		exact[i] = new(big.Rat).Mul(big.NewRat(sum/step, 1), big.NewRat(w, all))
		floor := new(big.Int).Div(exact[i].Num(), exact[i].Denom()).Int64()
		got[i] = floor * step
		given += floor
		exact[i].Sub(exact[i], big.NewRat(floor, 1))
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(exact[j].Cmp(exact[i]), cmp.Compare(keys[i], keys[j]))
	})
	for _, i := range order[:sum/step-given] {
		got[i] += step
	}
	return got
}

func total(minors []int64) (sum int64) {
	for _, n := range minors {
		sum += n
	}
	return sum
}

// fataler is what a test and a rapid check have in common.
type fataler interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkLaws holds what is true of every quote.
func checkLaws(t fataler, b quote.Basket, q quote.Quote) {
	t.Helper()
	info, _ := money.Find(b.Currency)
	charged := func(what string, a money.Amount) {
		t.Helper()
		if a.Minor < 0 || a.Minor%info.ChargeStep != 0 || a.Currency != b.Currency {
			t.Errorf("%s is %v: no amount of %s that can be charged", what, a, b.Currency)
		}
	}
	subtotal, discount, taxes := money.Of(0, b.Currency), money.Of(0, b.Currency), q.Shipping.Tax
	bases := checkTaxes(t, b, q.Shipping.Total, q.Shipping.Tax, q.Shipping.Taxes)
	for i, l := range q.Lines {
		shares := money.Of(0, b.Currency)
		for _, s := range l.Shares {
			charged("a share", s.Amount)
			shares = shares.Plus(s.Amount)
		}
		if shares != l.Discount || l.Gross.Minus(l.Discount) != l.Total || l.Gross != l.UnitPrice.Times(l.Quantity).Plus(money.Of(0, b.Currency)) {
			t.Errorf("line %d: %v − %v (shares %v) is not %v", i, l.Gross, l.Discount, shares, l.Total)
		}
		if l.Total.IsZero() && !l.Tax.IsZero() {
			t.Errorf("line %d costs nothing and bears a tax of %v", i, l.Tax)
		}
		charged("a line", l.Total)
		bases += checkTaxes(t, b, l.Total, l.Tax, l.Taxes)
		subtotal, discount, taxes = subtotal.Plus(l.Gross), discount.Plus(l.Discount), taxes.Plus(l.Tax)
	}
	var byDiscount, byRate, byBase int64
	for _, s := range q.Discounts {
		byDiscount += s.Amount.Minor
	}
	for _, l := range q.Taxes {
		byRate += l.Amount.Minor
		byBase += l.Base.Minor
	}
	if subtotal != q.Subtotal || discount != q.Discount || taxes != q.Tax || byDiscount != q.Discount.Minor || byRate != q.Tax.Minor || byBase != bases {
		t.Errorf("parts make %v, %v, %v (%d, %d, base %d of %d), the quote says\n%v", subtotal, discount, taxes, byDiscount, byRate, byBase, bases, q)
	}
	whole := q.Subtotal.Minus(q.Discount).Plus(q.ShippingTotal)
	if !b.TaxIncluded {
		whole = whole.Plus(q.Tax)
	}
	charged("the total", q.Total)
	charged("the discount", q.Discount)
	charged("shipping", q.ShippingTotal)
	if whole != q.Total || q.ShippingTotal != q.Shipping.Total {
		t.Errorf("the parts make %v, the total is %v", whole, q.Total)
	}
}

// checkTaxes holds that the rates' taxes make up tax, and base and tax the
// price. It returns the sum of the bases.
func checkTaxes(t fataler, b quote.Basket, price, tax money.Amount, lines []quote.TaxLine) (bases int64) {
	t.Helper()
	sum := int64(0)
	for _, l := range lines {
		sum += l.Amount.Minor
		bases += l.Base.Minor
		whole := l.Base
		if b.TaxIncluded {
			whole = whole.Plus(tax)
		}
		if whole != price || l.Amount.Minor < 0 {
			t.Errorf("base %v and tax %v do not make %v", l.Base, tax, price)
		}
	}
	if sum != tax.Minor || tax.Minor < 0 {
		t.Errorf("the rates' taxes make %d, the tax is %v", sum, tax)
	}
	return bases
}

// anyBasket draws baskets whose prices are multiples of the charge step.
func anyBasket(t *rapid.T) quote.Basket {
	b := quote.Basket{
		Currency:    rapid.SampledFrom([]money.Currency{"EUR", "HUF", "JPY", "KWD"}).Draw(t, "currency"),
		TaxIncluded: rapid.Bool().Draw(t, "included"),
		TaxRounding: rapid.SampledFrom([]quote.Rounding{"", quote.RoundLine, quote.RoundTotal}).Draw(t, "rounding"),
	}
	info, _ := money.Find(b.Currency)
	price := func(name string) money.Amount {
		top := rapid.SampledFrom([]int64{0, 5, 300, 20_000, 1_000_000}).Draw(t, name+" up to")
		return money.Of(rapid.Int64Range(0, top).Draw(t, name)*info.ChargeStep, b.Currency)
	}
	ppms := func(name string) []int64 {
		return rapid.SliceOfN(rapid.SampledFrom([]int64{0, 11_250, 50_000, 190_000, 270_000, 333_333, 1_000_000}), 0, 3).Draw(t, name)
	}
	for i := range rapid.IntRange(0, 7).Draw(t, "lines") {
		b.Lines = append(b.Lines, quote.Line{
			ID: fmt.Sprint("l", i), Quantity: rapid.Int64Range(1, 12).Draw(t, "quantity"), UnitPrice: price("price"), Rates: rates(ppms("rates")...),
		})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "discounts") {
		d := promotion.Discount{Promotion: promotion.ID(fmt.Sprint("promo_", i)), Kind: promotion.Percent}
		if rapid.Bool().Draw(t, "fixed") {
			d.Kind, d.Amount = promotion.Fixed, price("off")
		} else {
			d.PPM = rapid.OneOf(rapid.Int64Range(0, 1_000_000), rapid.Just(int64(1_000_000))).Draw(t, "ppm")
		}
		b.Discounts = append(b.Discounts, d)
	}
	b.Shipping = quote.Shipping{Price: price("shipping"), Rates: rates(ppms("shipping rates")...)}
	return b
}

func compute(t interface{ Fatal(args ...any) }, b quote.Basket) quote.Quote {
	q, err := quote.Compute(b)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// Parts make up wholes, nothing is negative, what is charged can be charged,
// and every amount is the one that exact fractions give.
func TestEveryQuoteIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBasket(t)
		q := compute(t, b)
		checkLaws(t, b, q)
		if got, want := sumsOf(q), reckon(b); !equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

// The order of the lines changes no amount, of no line.
func TestOrderOfLinesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBasket(t)
		first := compute(t, b)
		b.Lines = rapid.Permutation(b.Lines).Draw(t, "order")
		second := compute(t, b)
		if first.Total != second.Total || first.Tax != second.Tax || first.Discount != second.Discount || !slices.Equal(first.Taxes, second.Taxes) {
			t.Errorf("first\n%v\nsecond\n%v", first, second)
		}
		for _, l := range first.Lines {
			i := slices.IndexFunc(second.Lines, func(m quote.Priced) bool { return m.ID == l.ID })
			if m := second.Lines[i]; m.Total != l.Total || m.Tax != l.Tax {
				t.Errorf("line %s: %v (tax %v), then %v (tax %v)", l.ID, l.Total, l.Tax, m.Total, m.Tax)
			}
		}
	})
}

// Lines that carry no IDs may also stand in any order.
func TestOrderOfNamelessLinesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBasket(t)
		for i := range b.Lines {
			b.Lines[i].ID = ""
		}
		first := compute(t, b)
		b.Lines = rapid.Permutation(b.Lines).Draw(t, "order")
		if second := compute(t, b); first.Total != second.Total || first.Tax != second.Tax {
			t.Errorf("first\n%v\nsecond\n%v", first, second)
		}
	})
}

// A line that costs nothing changes nothing.
func TestAFreeLineChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBasket(t)
		before := compute(t, b)
		free := quote.Line{ID: "a free one", Quantity: 1, UnitPrice: money.Of(0, b.Currency), Rates: rates(190_000)}
		b.Lines = slices.Insert(slices.Clone(b.Lines), rapid.IntRange(0, len(b.Lines)).Draw(t, "at"), free)
		after := compute(t, b)
		if before.Total != after.Total || before.Tax != after.Tax || before.Discount != after.Discount || !slices.Equal(before.Taxes, after.Taxes) {
			t.Errorf("before\n%v\nafter\n%v", before, after)
		}
	})
}

// After 100 % off every line is 0 with tax 0, and shipping is untouched.
func TestAllOffLeavesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBasket(t)
		b.Discounts = append(b.Discounts, promotion.Discount{Kind: promotion.Percent, PPM: 1_000_000})
		q := compute(t, b)
		for _, l := range q.Lines {
			if !l.Total.IsZero() || !l.Tax.IsZero() {
				t.Errorf("after 100 %% off line %s costs %v with tax %v", l.ID, l.Total, l.Tax)
			}
		}
		if q.Subtotal != q.Discount {
			t.Errorf("%v off %v", q.Discount, q.Subtotal)
		}
	})
}

// Whatever comes in, Compute answers with a lawful quote or a named refusal.
func FuzzCompute(f *testing.F) {
	f.Add(uint8(0), int64(2), int64(119_00), int64(1), int64(199_00), int64(250_000), int64(100_000), int64(43_70), int64(49_00))
	f.Add(uint8(7), int64(9_999), int64(money.MaxPrice), int64(9_999), int64(money.MaxPrice), int64(1_000_000), int64(1_000_000), int64(1), int64(0))
	f.Add(uint8(5), int64(-1), int64(0), int64(1), int64(-5), int64(7), int64(1_000_001), int64(-1), int64(-1))
	f.Fuzz(func(t *testing.T, how uint8, n1, price1, n2, price2, ppm, percent, fixed, shipping int64) {
		c := []money.Currency{"EUR", "HUF", "JPY", "KWD"}[how%4]
		info, _ := money.Find(c)
		step := info.ChargeStep
		at := func(minor int64) money.Amount { return money.Of(minor/step*step, c) }
		b := quote.Basket{
			Currency: c, TaxIncluded: how&4 != 0, TaxRounding: []quote.Rounding{quote.RoundLine, quote.RoundTotal}[how/8%2],
			Lines: []quote.Line{
				{ID: "a", Quantity: n1, UnitPrice: at(price1), Rates: rates(ppm)},
				{ID: "b", Quantity: n2, UnitPrice: at(price2), Rates: rates(ppm, 11_250)},
				{ID: "c", Quantity: n2, UnitPrice: at(price1), Rates: rates(ppm)},
			},
			Discounts: []promotion.Discount{{Kind: promotion.Fixed, Amount: at(fixed)}, {Kind: promotion.Percent, PPM: percent}},
			Shipping:  quote.Shipping{Price: at(shipping), Rates: rates(ppm)},
		}
		q, err := quote.Compute(b)
		for _, named := range []error{quote.ErrQuantity, quote.ErrPrice, quote.ErrRate, quote.ErrDiscount, quote.ErrTooLarge} {
			if errors.Is(err, named) {
				return
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		checkLaws(t, b, q)
		if got, want := sumsOf(q), reckon(b); !equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}
