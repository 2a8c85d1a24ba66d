package money_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	. "korzo/value/money"

	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name    string
		amount  int64
		step    int64
		weights []int64
		want    []int64
	}{
		{"even", 100, 1, []int64{1, 1}, []int64{50, 50}},
		{"a leftover cent goes to the first", 100, 1, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{"a refund splits as its charge did", -100, 1, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{"a free line gets nothing", 7, 1, []int64{0, 5}, []int64{0, 7}},
		{"the largest remainder comes first", 10, 1, []int64{1, 4, 4}, []int64{1, 5, 4}},
		{"nothing splits into nothings", 0, 1, []int64{3, 4}, []int64{0, 0}},
		{"the smallest number there is", math.MinInt64, 1, []int64{1}, []int64{math.MinInt64}},
		{"whole forints stay whole", 1000_00, 100, []int64{1, 1, 1}, []int64{334_00, 333_00, 333_00}},
		{"fillér beyond whole forints go with the heaviest", 10_50, 100, []int64{1, 3, 3}, []int64{2_00, 4_50, 4_00}},
		{"less than a step is not torn", 99, 100, []int64{1, 2}, []int64{0, 99}},
		{"no weight gets no fillér", 50, 100, []int64{0, 1}, []int64{0, 50}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []int64
			for _, share := range Of(tt.amount, "HUF").SplitStep(tt.step, tt.weights...) {
				got = append(got, share.Minor)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%d by %v in steps of %d = %v, want %v", tt.amount, tt.weights, tt.step, got, tt.want)
			}
		})
	}
}

func TestRounding(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  Amount
		want int64
	}{
		{"half goes away from zero", Of(50, "EUR").Share(50_000, 1), 3},
		{"half goes away from zero below it too", Of(-50, "EUR").Share(50_000, 1), -3},
		{"under half goes down", Of(49, "EUR").Share(50_000, 1), 2},
		{"a discount is a negative share", Of(1000, "EUR").Share(-100_000, 1), -100},
		{"27 % of 999 Ft in whole forints", Of(999_00, "HUF").Share(270_000, 100), 270_00},
		{"rounded once: 0.4995 does not climb to 1 by way of 0.50", Of(4995, "HUF").Share(10_000, 100), 0},
		{"cash in the shop: 2.88 kr", Of(288, "SEK").RoundTo(100), 300},
		{"five rappen", Of(1_03, "CHF").RoundTo(5), 1_05},
		{"half a step down there", Of(-2_50, "DKK").RoundTo(100), -3_00},
		{"tax inside 119.00", Of(119_00, "EUR").Ratio(190_000, Million+190_000, 1), 19_00},
		{"more than 64 bits on the way", Of(math.MaxInt64, "EUR").Share(Million, 1), math.MaxInt64},
		{"the smallest number there is", Of(math.MinInt64, "EUR").Share(Million, 1), math.MinInt64},
	} {
		if tt.got.Minor != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, tt.got.Minor, tt.want)
		}
	}
}

func TestSumsAndComparisons(t *testing.T) {
	ten, two := Of(10_00, "EUR"), Of(2_00, "EUR")
	for name, pair := range map[string][2]any{
		"plus":                           {ten.Plus(two), Of(12_00, "EUR")},
		"minus":                          {two.Minus(ten), Of(-8_00, "EUR")},
		"times":                          {ten.Times(-3), Of(-30_00, "EUR")},
		"neg":                            {ten.Neg(), Of(-10_00, "EUR")},
		"nothing takes on a currency":    {Amount{}.Plus(two), two},
		"nothing changes nothing":        {two.Minus(Amount{}), two},
		"a sum of none has no currency":  {Sum(), Amount{}},
		"a sum":                          {Sum(ten, Amount{}, two), Of(12_00, "EUR")},
		"less":                           {two.Less(ten), true},
		"not less than itself":           {two.Less(two), false},
		"more than the zero Amount":      {two.Cmp(Amount{}), 1},
		"zero of a currency is zero":     {Of(0, "EUR").IsZero(), true},
		"the smallest minus itself":      {Of(math.MinInt64, "EUR").Minus(Of(math.MinInt64, "EUR")), Of(0, "EUR")},
		"the largest cart and its taxes": {Of(MaxPrice, "EUR").Times(MaxUnits).Times(MaxLines).Times(4).Minor > 0, true},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestBugsPanic(t *testing.T) {
	one, most, least := Of(1, "EUR"), Of(math.MaxInt64, "EUR"), Of(math.MinInt64, "EUR")
	for name, bug := range map[string]func(){
		"mixed currencies":                 func() { one.Plus(Of(1, "USD")) },
		"mixed currencies in a comparison": func() { one.Less(Of(1, "USD")) },
		"a bare number added to money":     func() { one.Plus(Of(1, "")) },
		"a sum too large":                  func() { most.Plus(one) },
		"a difference too small":           func() { least.Minus(one) },
		"nothing minus the smallest":       func() { Of(0, "EUR").Minus(least) },
		"the smallest turned round":        func() { least.Neg() },
		"a product too large":              func() { most.Times(2) },
		"a product far too large":          func() { most.Times(math.MaxInt64) },
		"a share too large":                func() { most.Share(Million+1, 1) },
		"a share far too large":            func() { most.Share(math.MaxInt64, 1) },
		"rounding up past the end":         func() { most.RoundTo(10) },
		"steps of nothing":                 func() { one.RoundTo(0) },
		"a negative whole":                 func() { one.Ratio(1, -1, 1) },
		"steps too wide to compute with":   func() { one.Ratio(1, math.MaxInt64, 2) },
		"no weights":                       func() { one.Split() },
		"weights of nothing":               func() { one.Split(0, 0) },
		"a negative weight":                func() { one.Split(2, -1) },
		"weights too heavy to add up":      func() { one.Split(math.MaxInt64, 1) },
		"weights that would wrap to small": func() { one.Split(math.MaxInt64, math.MaxInt64, 5) },
		"a split in steps of nothing":      func() { one.SplitStep(0, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			bug()
		}()
	}
}

// A split keeps every cent, whatever the amount and the weights, and each share
// lies within one step of its exact value.
func TestSplitKeepsEveryUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Of(rapid.Int64().Draw(t, "minor"), "EUR")
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/64), 1, 64).Draw(t, "weights")
		step := rapid.SampledFrom([]int64{1, 5, 100}).Draw(t, "step")
		weights[0]++
		total := new(big.Int)
		for _, w := range weights {
			total.Add(total, big.NewInt(w))
		}
		var sum Amount
		for i, share := range a.SplitStep(step, weights...) {
			sum = sum.Plus(share)
			exact := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(weights[i]))
			off := new(big.Int).Mul(big.NewInt(share.Minor), total)
			off.Sub(off, exact).Abs(off)
			limit := new(big.Int).Mul(total, big.NewInt(2*step-1)) // a step, and what lies beyond whole steps
			if off.Cmp(limit) >= 0 && off.Sign() != 0 {
				t.Fatalf("share %d of %v is %v, %v/%v away", i, a, share, off, total)
			}
			if weights[i] == 0 && !share.IsZero() {
				t.Fatalf("share %d weighs nothing but got %v", i, share)
			}
		}
		if sum != a {
			t.Fatalf("%v by %v sums to %v", a, weights, sum)
		}
	})
}

// A share is what arithmetic without bounds says, rounded half away from zero,
// and lies between nothing and the whole.
func TestShareIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Of(rapid.Int64Range(-MaxPrice*MaxUnits*MaxLines, MaxPrice*MaxUnits*MaxLines).Draw(t, "minor"), "EUR")
		ppm := rapid.Int64Range(0, Million).Draw(t, "ppm")
		step := rapid.SampledFrom([]int64{1, 5, 20, 100, 250_000}).Draw(t, "step")
		got := a.Share(ppm, step)

		whole := big.NewInt(Million * step)
		double := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(2*ppm))
		double.Abs(double).Add(double, whole)
		steps := double.Quo(double, new(big.Int).Lsh(whole, 1)) // floor(|x| + 1/2)
		want := steps.Int64() * step
		if a.Minor < 0 {
			want = -want
		}
		if got.Minor != want {
			t.Fatalf("%v × %d ppm in steps of %d = %v, want %d", a, ppm, step, got, want)
		}
		if got.Minor != 0 && (got.Minor < 0) != (a.Minor < 0) {
			t.Fatalf("%v × %d ppm changed its sign: %v", a, ppm, got)
		}
		if step == 1 && magnitude(got) > magnitude(a) {
			t.Fatalf("%v × %d ppm is more than the whole: %v", a, ppm, got)
		}
	})
}

func magnitude(a Amount) int64 { return max(a.Minor, -a.Minor) }

// A split keeps every cent, whatever the amount and the weights.
func FuzzSplit(f *testing.F) {
	f.Add(int64(100), uint32(1), uint32(1), uint32(1))
	f.Add(int64(-1), uint32(0), uint32(7), uint32(0))
	f.Add(int64(math.MaxInt64), uint32(math.MaxUint32), uint32(1), uint32(3))
	f.Fuzz(func(t *testing.T, minor int64, w1, w2, w3 uint32) {
		if w1|w2|w3 == 0 {
			t.Skip("nothing to split by")
		}
		var sum Amount
		for _, share := range Of(minor, "SEK").Split(int64(w1), int64(w2), int64(w3)) {
			sum = sum.Plus(share)
		}
		if sum != Of(minor, "SEK") {
			t.Errorf("%d by %d:%d:%d sums to %v", minor, w1, w2, w3, sum)
		}
	})
}

// What Decimal writes Parse reads, and whatever Parse reads it writes the same
// but for decimals left out.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"12.90", "-0.05", "0", "007", "1e3", "-9223372036854775808", "92233720368547758.07"} {
		f.Add(text, int64(1290), "EUR")
	}
	f.Fuzz(func(t *testing.T, text string, minor int64, code string) {
		c := Currency(code)
		if _, known := Find(c); known {
			if back, err := Parse(Of(minor, c).Decimal(), c); err != nil || back != Of(minor, c) {
				t.Errorf("%d %s becomes %v, %v", minor, c, back, err)
			}
		}
		a, err := Parse(text, c)
		if err != nil {
			if a != (Amount{}) {
				t.Errorf("%q is refused but gives %v", text, a)
			}
			return
		}
		if back, err := Parse(a.Decimal(), c); err != nil || back != a {
			t.Errorf("%q reads as %v, which reads as %v, %v", text, a, back, err)
		}
	})
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		text string
		c    Currency
		want int64
		err  error
	}{
		{"12.90", "EUR", 12_90, nil},
		{"12.9", "EUR", 12_90, nil},
		{"12", "EUR", 12_00, nil},
		{"0.05", "EUR", 5, nil},
		{"-0.05", "EUR", -5, nil},
		{"1200", "JPY", 1200, nil},
		{"1.234", "KWD", 1_234, nil},
		{"12990", "HUF", 12_990_00, nil},
		{"-92233720368547758.08", "EUR", math.MinInt64, nil},
		{"92233720368547758.08", "EUR", 0, ErrRange},
		{"99999999999999999999", "EUR", 0, ErrRange},
		{"000000000000000000000000000001", "EUR", 0, ErrRange},
		{"12.905", "EUR", 0, ErrDecimals},
		{"1200.0", "JPY", 0, ErrDecimals},
		{"", "EUR", 0, ErrFormat},
		{"-", "EUR", 0, ErrFormat},
		{".5", "EUR", 0, ErrFormat},
		{"5.", "EUR", 0, ErrFormat},
		{"+5", "EUR", 0, ErrFormat},
		{"--5", "EUR", 0, ErrFormat},
		{"05", "EUR", 0, ErrFormat},
		{" 5", "EUR", 0, ErrFormat},
		{"1,50", "EUR", 0, ErrFormat},
		{"1.2.3", "EUR", 0, ErrFormat},
		{"1e3", "EUR", 0, ErrFormat},
		{"0x10", "EUR", 0, ErrFormat},
		{"1_000", "EUR", 0, ErrFormat},
		{"١٢", "EUR", 0, ErrFormat},
		{"NaN", "EUR", 0, ErrFormat},
		{"5", "eur", 0, ErrCurrency},
		{"5", "", 0, ErrCurrency},
		{"5", "XAU", 0, ErrCurrency},
		{"5", "points", 0, ErrCurrency},
	} {
		got, err := Parse(tt.text, tt.c)
		if !errors.Is(err, tt.err) || got.Minor != tt.want {
			t.Errorf("Parse(%q, %s) = %v, %v; want %d, %v", tt.text, tt.c, got, err, tt.want, tt.err)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, tt := range []struct {
		a    Amount
		want string
	}{
		{Of(12_90, "EUR"), "12.90 EUR"},
		{Of(-5, "EUR"), "-0.05 EUR"},
		{Of(1200, "JPY"), "1200 JPY"},
		{Of(7, "KWD"), "0.007 KWD"},
		{Of(math.MinInt64, "USD"), "-92233720368547758.08 USD"},
		{Of(350, "points"), "350 points"},
		{Amount{}, "0"},
	} {
		if got := tt.a.String(); got != tt.want {
			t.Errorf("%d %s reads %q, want %q", tt.a.Minor, tt.a.Currency, got, tt.want)
		}
	}
	if got := Of(12_90, "EUR").Decimal(); got != "12.90" {
		t.Errorf("Decimal is %q", got)
	}
}

func TestTable(t *testing.T) {
	for _, want := range []Info{
		{"EUR", 2, 1, 1, "Euro"},
		{"HUF", 2, 100, 500, "Hungarian forint"},
		{"ISK", 0, 1, 1, "Icelandic króna"},
		{"JPY", 0, 1, 1, "Japanese yen"},
		{"KRW", 0, 1, 10, "South Korean won"},
		{"KWD", 3, 1, 5, "Kuwaiti dinar"},
		{"CHF", 2, 1, 5, "Swiss franc"},
		{"SEK", 2, 1, 100, "Swedish krona"},
		{"CZK", 2, 1, 100, "Czech koruna"},
	} {
		if got, ok := Find(want.Code); !ok || got != want {
			t.Errorf("%s: %+v, want %+v", want.Code, got, want)
		}
	}
	for _, code := range []string{"", "eur", "EURO", "XAU", "XXX", "HRK", "ANG", "BGN", "CLF", "AAA", "ZZZ"} {
		if got, ok := Find(code); ok {
			t.Errorf("%q is found: %+v", code, got)
		}
	}
	var last Currency
	count := 0
	for row := range Currencies() {
		count++
		if row.Code <= last {
			t.Errorf("%s stands after %s", row.Code, last)
		}
		if row.ChargeStep < 1 || row.CashStep%row.ChargeStep != 0 || row.Name == "" || row.Exponent < 0 || row.Exponent > 4 {
			t.Errorf("%+v is not whole", row)
		}
		last = row.Code
	}
	if count != 155 {
		t.Errorf("%d currencies, want 155", count)
	}
}

func BenchmarkSplit(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Of(1000, "EUR").Split(10, 20, 30)
	}
}

func BenchmarkString(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = Of(1234_50, "EUR").Decimal()
	}
}
