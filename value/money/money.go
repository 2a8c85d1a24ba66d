// Package money does exact arithmetic on amounts of money.
//
// An Amount is a whole number of minor units (cents, öre, fillér) of one
// currency, so sums are exact and equality means equality. There is no float.
// Rates (tax, discount, commission) are parts per million. Products are formed
// in 128 bits and rounded once, half away from zero, to a step the caller
// names. What is split adds up again.
//
// Mixing currencies and overflowing are bugs in the caller, never bad input,
// so they panic: check foreign data against the limits at the door, then
// compute without fear. The limits leave room for the largest cart there is.
package money

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Limits every door enforces before an amount reaches arithmetic.
const (
	MaxPrice    = 1_000_000_000_000 // minor units of one unit's price
	MaxQuantity = 100_000           // units in one movement, parcel, promise
	MaxLines    = 200               // lines in one cart
	MaxUnits    = 9_999             // units on one line of a cart
)

// A product of any price and quantity fits, and so does a whole cart, four
// times over for tax, discount and shipping: this stops compiling if someone
// raises a limit too far.
const (
	_ = uint64(math.MaxInt64/MaxQuantity - MaxPrice)
	_ = uint64(math.MaxInt64/(4*MaxLines*MaxUnits) - MaxPrice)
	_ = uint64(MaxQuantity - MaxUnits)
)

// Million is the whole in parts per million: 190_000 of it is 19 %.
const Million = 1_000_000

// Currency is an ISO 4217 code in capitals, such as "SEK". Ledgers also count
// what is no currency ("points"), which has no decimals and no entry in the table.
type Currency string

// Amount is Minor minor units of Currency: {12900, "SEK"} is 129.00 kr.
// The zero Amount has no currency and may be added to any amount.
type Amount struct {
	Minor    int64
	Currency Currency
}

// Of returns minor units of c.
func Of(minor int64, c Currency) Amount { return Amount{minor, c} }

// Sum adds up amounts under Plus's rules. The sum of none is the zero Amount.
func Sum(amounts ...Amount) Amount {
	var sum Amount
	for _, a := range amounts {
		sum = sum.Plus(a)
	}
	return sum
}

// Plus returns a + b. It panics if their currencies differ, unless one is the
// zero Amount, and on overflow.
func (a Amount) Plus(b Amount) Amount {
	c := a.same(b)
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) {
		panic(fmt.Sprintf("money: overflow: %v + %v", a, b))
	}
	return Amount{sum, c}
}

// Minus returns a − b, under Plus's rules.
func (a Amount) Minus(b Amount) Amount {
	c := a.same(b)
	rest := a.Minor - b.Minor
	if (rest < a.Minor) != (b.Minor > 0) {
		panic(fmt.Sprintf("money: overflow: %v - %v", a, b))
	}
	return Amount{rest, c}
}

// Neg returns −a.
func (a Amount) Neg() Amount {
	if a.Minor == math.MinInt64 {
		panic(fmt.Sprintf("money: overflow: -(%v)", a))
	}
	return Amount{-a.Minor, a.Currency}
}

// Times returns n of a. It panics on overflow, which the limits rule out for
// any line of any cart.
func (a Amount) Times(n int64) Amount {
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(n))
	if hi != 0 {
		panic(fmt.Sprintf("money: overflow: %v × %d", a, n))
	}
	return Amount{signed(lo, (a.Minor < 0) != (n < 0)), a.Currency}
}

// Share returns a × ppm / 1 000 000, rounded once, half away from zero, to a
// multiple of step minor units (Info.ChargeStep, Info.CashStep, or 1).
func (a Amount) Share(ppm, step int64) Amount { return a.Ratio(ppm, Million, step) }

// Ratio returns a × n / d, rounded once, half away from zero, to a multiple of
// step. The tax inside a gross price is Ratio(ppm, Million+ppm, step). It
// panics unless d and step are positive and their product fits an int64.
func (a Amount) Ratio(n, d, step int64) Amount {
	if d < 1 || step < 1 || d > math.MaxInt64/step {
		panic(fmt.Sprintf("money: %v × %d / %d in steps of %d", a, n, d, step))
	}
	whole := uint64(d) * uint64(step)
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(n))
	if hi >= whole {
		panic(fmt.Sprintf("money: overflow: %v × %d / %d", a, n, d))
	}
	steps, rest := bits.Div64(hi, lo, whole)
	over, minor := bits.Mul64(steps+(rest+rest)/whole, uint64(step))
	if over != 0 || steps > 1<<63 {
		panic(fmt.Sprintf("money: overflow: %v × %d / %d", a, n, d))
	}
	return Amount{signed(minor, (a.Minor < 0) != (n < 0)), a.Currency}
}

// RoundTo returns the multiple of step nearest to a, half away from zero.
func (a Amount) RoundTo(step int64) Amount { return a.Ratio(1, 1, step) }

// Split divides a in proportion to weights, losing and inventing nothing: the
// shares sum to a, and no share is a whole minor unit away from its exact
// value. Leftover units go to the largest remainders, earlier shares first.
// It panics unless the weights are non-negative with a positive sum that fits
// an int64.
func (a Amount) Split(weights ...int64) []Amount { return a.SplitStep(1, weights...) }

// SplitStep is Split in whole steps, for currencies charged in more than one
// minor unit. What a has beyond whole steps goes with the heaviest share.
func (a Amount) SplitStep(step int64, weights ...int64) []Amount {
	total := sumOf(weights)
	if step < 1 {
		panic(fmt.Sprintf("money: steps of %d", step))
	}
	steps := magnitude(a.Minor) / uint64(step)
	beyond := magnitude(a.Minor) % uint64(step)

	parts := make([]part, len(weights))
	left, heaviest := steps, 0
	for i, w := range weights {
		hi, lo := bits.Mul64(steps, uint64(w))
		quotient, rest := bits.Div64(hi, lo, total)
		parts[i] = part{index: i, steps: quotient, rest: rest}
		left -= quotient
		if w > weights[heaviest] {
			heaviest = i
		}
	}
	if left > 0 {
		slices.SortStableFunc(parts, func(x, y part) int { return cmp.Compare(y.rest, x.rest) })
	}
	shares := make([]Amount, len(weights))
	for rank, p := range parts {
		if uint64(rank) < left {
			p.steps++
		}
		minor := p.steps * uint64(step)
		if p.index == heaviest {
			minor += beyond
		}
		shares[p.index] = Amount{signed(minor, a.Minor < 0), a.Currency}
	}
	return shares
}

type part struct {
	index int
	steps uint64 // whole steps of this share
	rest  uint64 // what division left over, in steps × the sum of weights
}

func sumOf(weights []int64) uint64 {
	var total uint64
	for _, w := range weights {
		if w < 0 {
			panic("money: negative weight")
		}
		if total += uint64(w); total > math.MaxInt64 {
			panic("money: weights too heavy to add up")
		}
	}
	if total == 0 {
		panic("money: no weight to split by")
	}
	return total
}

// IsZero says that a is nothing, of whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Cmp returns −1, 0 or 1 as a is less than, equal to or more than b. It panics
// if their currencies differ, unless one is the zero Amount.
func (a Amount) Cmp(b Amount) int {
	a.same(b)
	return cmp.Compare(a.Minor, b.Minor)
}

// Less says that a < b, under Cmp's rules.
func (a Amount) Less(b Amount) bool { return a.Cmp(b) < 0 }

func (a Amount) same(b Amount) Currency {
	switch {
	case a.Currency == b.Currency, b == Amount{}:
		return a.Currency
	case a == Amount{}:
		return b.Currency
	}
	panic(fmt.Sprintf("money: %v mixed with %v", a, b))
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// signed is magnitude's inverse. It panics when no int64 holds the result.
func signed(n uint64, negative bool) int64 {
	if n > math.MaxInt64 && !(negative && n == 1<<63) {
		panic(fmt.Sprintf("money: overflow: %d", n))
	}
	if negative {
		return -int64(n)
	}
	return int64(n)
}
