package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// What Parse refuses. Doors turn these into problems of their own.
var (
	ErrFormat   = errors.New("not an amount: write digits with a point before the decimals, such as 12.90")
	ErrDecimals = errors.New("more decimals than the currency has")
	ErrRange    = errors.New("an amount too large to count")
	ErrCurrency = errors.New("not a currency: use an ISO 4217 code in capitals, such as EUR")
)

// longest is the length of the smallest int64 with a sign and a point.
const longest = len("-9223372036854775808.")

// Parse reads what Decimal writes: an optional minus, digits without leading
// zeros, and a point with at most as many decimals as c has. Nothing else is
// read: no spaces, no plus, no thousands separators, no exponent. It returns
// ErrCurrency, ErrFormat, ErrDecimals or ErrRange, wrapped.
func Parse(text string, c Currency) (Amount, error) {
	info, ok := Find(c)
	if !ok {
		return Amount{}, fmt.Errorf("currency %.10q: %w", string(c), ErrCurrency)
	}
	if len(text) > longest {
		return Amount{}, fmt.Errorf("%d characters: %w", len(text), ErrRange)
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, decimals, point := strings.Cut(digits, ".")
	if !isNumber(whole) || len(whole) > 1 && whole[0] == '0' || point && !isNumber(decimals) {
		return Amount{}, fmt.Errorf("%q: %w", text, ErrFormat)
	}
	if len(decimals) > info.Exponent {
		return Amount{}, fmt.Errorf("%q in %s: %w", text, c, ErrDecimals)
	}
	padded := whole + decimals + "0000"[:info.Exponent-len(decimals)]
	n, err := strconv.ParseUint(padded, 10, 64)
	if err != nil || n > math.MaxInt64 && !(negative && n == 1<<63) {
		return Amount{}, fmt.Errorf("%q: %w", text, ErrRange)
	}
	return Amount{signed(n, negative), c}, nil
}

func isNumber(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// Decimal returns the amount in major units with all decimals of its currency
// and a point: "12.90", "-0.05", "1200". People see amounts through i18n.
func (a Amount) Decimal() string {
	var room [24]byte
	return string(a.appendDecimal(room[:0]))
}

// String is for logs and tests: "12.90 EUR".
func (a Amount) String() string {
	var room [32]byte
	text := a.appendDecimal(room[:0])
	if a.Currency == "" {
		return string(text)
	}
	return string(append(append(text, ' '), a.Currency...))
}

func (a Amount) appendDecimal(text []byte) []byte {
	info, _ := Find(a.Currency)
	n, unit := magnitude(a.Minor), uint64(info.MinorPerUnit())
	if a.Minor < 0 {
		text = append(text, '-')
	}
	text = strconv.AppendUint(text, n/unit, 10)
	if info.Exponent == 0 {
		return text
	}
	text = append(text, '.')
	for unit /= 10; unit > 0; unit /= 10 {
		text = append(text, '0'+byte(n/unit%10))
	}
	return text
}
