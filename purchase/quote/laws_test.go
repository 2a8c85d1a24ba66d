package quote_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

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
	bases := checkShipping(t, b, q)
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
		if len(l.Split) == 0 {
			bases += checkTaxes(t, b, l.Total, l.Tax, l.Taxes)
		} else {
			bases += checkParts(t, b, l, charged)
		}
		subtotal, discount, taxes = subtotal.Plus(l.Gross), discount.Plus(l.Discount), taxes.Plus(l.Tax)
	}
	var byDiscount, byRate, byBase int64
	off := int64(0)
	for _, o := range q.Discounts {
		byDiscount += o.Goods.Minor
		off += o.Shipping.Minor
		if taken := o.Amount().Minor; taken < 0 || taken > 0 && o.Reason != "" {
			t.Errorf("%+v", o)
		}
	}
	if off != q.Shipping.Discount.Minor || q.Shipping.Gross.Minus(q.Shipping.Discount) != q.Shipping.Total {
		t.Errorf("the shipping: %v − %v (%d) is not %v", q.Shipping.Gross, q.Shipping.Discount, off, q.Shipping.Total)
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

// checkParts holds that the parts of a bundle make up its line. It returns the
// sum of the bases.
func checkParts(t fataler, b quote.Basket, l quote.Priced, charged func(string, money.Amount)) (bases int64) {
	t.Helper()
	gross, sum, tax := money.Of(0, b.Currency), money.Of(0, b.Currency), money.Of(0, b.Currency)
	for _, p := range l.Split {
		charged("a part", p.Total)
		charged("a part's discount", p.Discount)
		gross, sum, tax = gross.Plus(p.Gross), sum.Plus(p.Total), tax.Plus(p.Tax)
		bases += checkTaxes(t, b, p.Total, p.Tax, p.Taxes)
	}
	byRate := money.Of(0, b.Currency)
	for _, line := range l.Taxes {
		byRate = byRate.Plus(line.Amount)
	}
	if gross != l.Gross || sum != l.Total || tax != l.Tax || byRate != l.Tax {
		t.Errorf("parts make %v, %v, tax %v (by rate %v); the line has %v, %v, %v", gross, sum, tax, byRate, l.Gross, l.Total, l.Tax)
	}
	return bases
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

// checkShipping is checkTaxes for the shipping, which may be shared by the rates
// of goods: then the bases, of one rate each, and the taxes make up the price.
func checkShipping(t fataler, b quote.Basket, q quote.Quote) (bases int64) {
	t.Helper()
	if !b.Shipping.AsGoods {
		return checkTaxes(t, b, q.Shipping.Total, q.Shipping.Tax, q.Shipping.Taxes)
	}
	single, sum := true, int64(0)
	for _, l := range b.Lines {
		single = single && len(l.Rates) == 1 && len(l.Parts) == 0
	}
	for i, l := range q.Shipping.Taxes {
		sum, bases = sum+l.Amount.Minor, bases+l.Base.Minor
		if l.Amount.Minor < 0 || l.Base.Minor < 0 || l.Base.Minor > q.Shipping.Total.Minor {
			t.Errorf("a tax of %v on %v of a delivery of %v", l.Amount, l.Base, q.Shipping.Total)
		}
		if slices.ContainsFunc(q.Shipping.Taxes[:i], func(o quote.TaxLine) bool { return o.Rate == l.Rate }) {
			t.Errorf("two taxes of %v", l.Rate)
		}
	}
	whole := bases
	if b.TaxIncluded {
		whole += sum
	}
	if sum != q.Shipping.Tax.Minor || single && len(b.Shipping.Rates) == 1 && whole != q.Shipping.Total.Minor {
		t.Errorf("taxes %d on %d make no %v with a tax of %v", sum, bases, q.Shipping.Total, q.Shipping.Tax)
	}
	return bases
}

// A delivery taxed as the goods is taxed as one of a class of theirs, when all
// are of one class, and never beyond the rates that the goods bear.
func TestADeliverySharesTheGoodsRates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		for i := range s.Lines {
			s.Lines[i].Parts = nil
		}
		s.Shipping.AsGoods = true
		_, shared, _ := priced(t, s)
		for _, l := range shared.Shipping.Taxes {
			borne := len(l.Rate.Name) > 0 && slices.ContainsFunc(shared.Lines, func(p quote.Priced) bool {
				return p.Total.Minor > 0 && slices.Contains(p.Rates, l.Rate)
			})
			if !borne && shared.Subtotal != shared.Discount {
				t.Errorf("the delivery bears %v, which no goods do", l.Rate)
			}
		}
		if len(s.Lines) == 0 {
			return
		}
		for i := range s.Lines {
			s.Lines[i].Rates = s.Lines[0].Rates
		}
		s.Shipping.Rates = s.Lines[0].Rates
		_, alike, _ := priced(t, s)
		s.Shipping.AsGoods = false
		_, own, _ := priced(t, s)
		if alike.Total != own.Total || alike.Shipping.Tax != own.Shipping.Tax || alike.Tax != own.Tax {
			t.Errorf("one rate for all: %v of %v as the goods, %v of %v by its own", alike.Shipping.Tax, alike.Total, own.Shipping.Tax, own.Total)
		}
	})
}

// anySpec draws baskets whose prices are multiples of the charge step.
func anySpec(t *rapid.T) spec {
	s := spec{
		Currency:    rapid.SampledFrom([]money.Currency{"EUR", "HUF", "JPY", "KWD"}).Draw(t, "currency"),
		TaxIncluded: rapid.Bool().Draw(t, "included"),
		TaxRounding: rapid.SampledFrom([]quote.Rounding{"", quote.RoundLine, quote.RoundTotal}).Draw(t, "rounding"),
	}
	info, _ := money.Find(s.Currency)
	price := func(name string) int64 {
		top := rapid.SampledFrom([]int64{0, 5, 300, 20_000, 1_000_000}).Draw(t, name+" up to")
		return rapid.Int64Range(0, top).Draw(t, name) * info.ChargeStep
	}
	ppms := func(name string) []int64 {
		return rapid.SliceOfN(rapid.SampledFrom([]int64{0, 11_250, 50_000, 190_000, 270_000, 333_333, 1_000_000}), 0, 3).Draw(t, name)
	}
	for i := range rapid.IntRange(0, 7).Draw(t, "lines") {
		l := specLine{ID: fmt.Sprint("l", i), Quantity: rapid.Int64Range(1, 12).Draw(t, "quantity"), UnitPrice: price("price"), Rates: ppms("rates"),
			Tags: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b"}), 0, 2, rapid.ID[string]).Draw(t, "tags")}
		for range rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(t, "parts") {
			l.Parts = append(l.Parts, specPart{Weight: price("weight"), Rates: ppms("part's rates")})
		}
		s.Lines = append(s.Lines, l)
	}
	for range rapid.IntRange(0, 4).Draw(t, "promotions") {
		s.Promotions = append(s.Promotions, anyDeal(t, s.Currency, info.ChargeStep))
	}
	s.Shipping = specShipping{Price: price("shipping"), Rates: ppms("shipping rates"), AsGoods: rapid.Bool().Draw(t, "as goods")}
	return s
}

// kinds are settings of every benefit: P is a percentage, C the currency, A and
// S amounts, N and M numbers of units.
var kinds = map[string][]string{
	"percent":  {`{"percent": P}`, `{"percent": P, "most": {"C": A}}`},
	"fixed":    {`{"amounts": {"C": A}}`, `{"amounts": {"C": A}, "per": "item"}`, `{"amounts": {"USD": 5}}`},
	"shipping": {`{}`, `{"percent": P}`, `{"most": {"C": A}}`},
	"buyxgety": {`{"buy": N, "get": M}`, `{"buy": N, "get": M, "percent": P, "times": M}`, `{"buy": N, "get": M, "of": {"tags": ["b"]}}`},
	"cheapest": {`{"from": N}`, `{"from": 4, "count": N, "percent": P}`},
	"tiered": {`{"tiers": [{"units": N, "percent": 5}, {"units": 9, "percent": 12.5}]}`,
		`{"tiers": [{"amount": {"C": A}, "off": {"C": S}}]}`, `{"tiers": [{"amount": {"C": A}, "percent": P}]}`},
	"minimum": {`{"amounts": {"C": A}}`, `{"percent": P}`},
}

// anyDeal draws a promotion of any kind.
func anyDeal(t *rapid.T, c money.Currency, step int64) deal {
	kind := rapid.SampledFrom(slices.Sorted(maps.Keys(kinds))).Draw(t, "kind")
	amount := rapid.SampledFrom([]int64{1, 7, 100, 5000, 300_000}).Draw(t, "amount") * step
	fill := strings.NewReplacer("P", rapid.SampledFrom([]string{"10", "33.3333", "50", "100", "0.0001"}).Draw(t, "percent"),
		`"C"`, fmt.Sprintf("%q", c), "A", fmt.Sprint(amount), "S", fmt.Sprint(step), `"USD"`, `"USD"`,
		"N", fmt.Sprint(rapid.Int64Range(1, 4).Draw(t, "n")), "M", fmt.Sprint(rapid.Int64Range(1, 3).Draw(t, "m")))
	d := deal{Benefit: kind, Settings: json.RawMessage(fill.Replace(rapid.SampledFrom(kinds[kind]).Draw(t, "settings"))),
		Exclusive: rapid.SampledFrom([]bool{false, false, true}).Draw(t, "exclusive"),
		Priority:  rapid.Int64Range(0, 2).Draw(t, "priority"), Budget: rapid.SampledFrom([]int64{0, 0, 0, 500 * step}).Draw(t, "budget")}
	if rapid.Bool().Draw(t, "some goods") {
		d.Items.Tags = []string{"a"}
	}
	if rapid.IntRange(0, 4).Draw(t, "condition") == 0 {
		d.Conditions = []promotion.Spec{{Kind: "total", Settings: fmt.Appendf(nil, `{"min": {%q: %d}}`, c, amount)}}
	}
	return d
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
		s := anySpec(t)
		b, q, got := priced(t, s)
		checkLaws(t, b, q)
		if diff := cmp.Diff(reckon(s), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s\n%v", diff, q)
		}
	})
}

// The order of the lines changes no amount, of no line.
func TestOrderOfLinesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anySpec(t).basket(t)
		first := compute(t, b)
		b.Lines = rapid.Permutation(b.Lines).Draw(t, "order")
		second := compute(t, b)
		if first.Total != second.Total || first.Tax != second.Tax || first.Discount != second.Discount || !slices.Equal(first.Taxes, second.Taxes) ||
			!slices.Equal(first.Discounts, second.Discounts) {
			t.Errorf("first\n%v\nsecond\n%v", first, second)
		}
		for _, l := range first.Lines {
			i := slices.IndexFunc(second.Lines, func(m quote.Priced) bool { return m.ID == l.ID })
			if m := second.Lines[i]; m.Total != l.Total || m.Tax != l.Tax || !slices.Equal(m.Shares, l.Shares) {
				t.Errorf("line %s: %v (tax %v), then %v (tax %v)", l.ID, l.Total, l.Tax, m.Total, m.Tax)
			}
		}
	})
}

// Lines that carry no IDs may also stand in any order.
func TestOrderOfNamelessLinesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anySpec(t).basket(t)
		for i := range b.Lines {
			b.Lines[i].ID, b.Lines[i].Variant, b.Lines[i].SKU, b.Lines[i].Parts = "", "", "", nil
		}
		first := compute(t, b)
		b.Lines = rapid.Permutation(b.Lines).Draw(t, "order")
		if second := compute(t, b); first.Total != second.Total || first.Tax != second.Tax {
			t.Errorf("first\n%v\nsecond\n%v", first, second)
		}
	})
}

// A line that costs nothing, and that no promotion means, changes nothing.
func TestAFreeLineChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		for i := range s.Promotions { // goods that are free count as units
			s.Promotions[i].Items.Except.Products = []string{"prd_free"}
		}
		b := s.basket(t)
		before := compute(t, b)
		free := quote.Line{ID: "a free one", Product: "prd_free", Quantity: 1, UnitPrice: money.Of(0, b.Currency), Rates: rates(190_000)}
		b.Lines = slices.Insert(slices.Clone(b.Lines), rapid.IntRange(0, len(b.Lines)).Draw(t, "at"), free)
		after := compute(t, b)
		if before.Total != after.Total || before.Tax != after.Tax || before.Discount != after.Discount || !slices.Equal(before.Taxes, after.Taxes) {
			t.Errorf("before\n%v\nafter\n%v", before, after)
		}
	})
}

// A promotion for goods that are not there changes nothing.
func TestAPromotionForOtherGoodsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		_, before, _ := priced(t, s)
		info, _ := money.Find(s.Currency)
		other := anyDeal(t, s.Currency, info.ChargeStep)
		other.Items.Names = basket.Names{Products: []string{"prd_other"}}
		if other.Benefit == "shipping" {
			return
		}
		s.Promotions = append(s.Promotions, other)
		_, after, _ := priced(t, s)
		if before.Total != after.Total || before.Tax != after.Tax || before.Discount != after.Discount {
			t.Errorf("before\n%v\nafter\n%v", before, after)
		}
	})
}

// No promotion makes a line cheaper than its minimum price, unless it was.
func TestNothingGoesUnderAMinimumPrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		info, _ := money.Find(s.Currency)
		least := rapid.SampledFrom([]int64{1, 100, 5000}).Draw(t, "least") * info.ChargeStep
		s.Promotions = append(s.Promotions, deal{Benefit: "minimum", Settings: fmt.Appendf(nil, `{"amounts": {%q: %d}}`, s.Currency, least)})
		_, q, _ := priced(t, s)
		for _, l := range q.Lines {
			if floor := min(l.Gross.Minor, l.Quantity*least); l.Total.Minor < floor {
				t.Errorf("line %s costs %v, less than %d", l.ID, l.Total, floor)
			}
		}
	})
}

// After 100 % off every line is 0 with tax 0, and shipping is untouched.
func TestAllOffLeavesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		s.Promotions = []deal{percentOff(1_000_000)}
		_, q, _ := priced(t, s)
		for _, l := range q.Lines {
			if !l.Total.IsZero() || !l.Tax.IsZero() {
				t.Errorf("after 100 %% off line %s costs %v with tax %v", l.ID, l.Total, l.Tax)
			}
		}
		if q.Subtotal != q.Discount || !q.Shipping.Discount.IsZero() {
			t.Errorf("%v off %v", q.Discount, q.Subtotal)
		}
	})
}

// Refunding each line by its frozen shares, and the shipping, gives back all
// that was paid and no more.
func TestRefundsOfAllLinesAreTheTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, q, got := priced(t, anySpec(t))
		back := q.ShippingTotal.Minor
		if !q.TaxIncluded {
			back += q.Shipping.Tax.Minor
		}
		for _, l := range got.Lines {
			back += l.Paid
		}
		if back != q.Total.Minor {
			t.Errorf("%d back of %v", back, q.Total)
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
		at := func(minor int64) int64 { return minor / step * step }
		s := spec{Currency: c, TaxIncluded: how&4 != 0, TaxRounding: []quote.Rounding{quote.RoundLine, quote.RoundTotal}[how/8%2],
			Lines: []specLine{
				{ID: "a", Quantity: n1, UnitPrice: at(price1), Rates: []int64{ppm}},
				{ID: "b", Quantity: n2, UnitPrice: at(price2), Rates: []int64{ppm, 11_250}},
				{ID: "c", Quantity: n2, UnitPrice: at(price1), Rates: []int64{ppm}},
			},
			Shipping: specShipping{Price: at(shipping), Rates: []int64{ppm}},
		}
		if fixed = at(fixed); fixed > 0 && fixed <= money.MaxPrice {
			s.Promotions = append(s.Promotions, amountOff(fixed, c))
		}
		if percent > 0 && percent <= money.Million {
			s.Promotions = append(s.Promotions, percentOff(percent))
		}
		b := s.basket(t)
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
		if diff := cmp.Diff(reckon(s), sumsOf(s, q, nil), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
