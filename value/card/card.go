// Package card knows what a payment card's number looks like, so that none is
// ever taken, kept or logged.
//
// A number is a run of 12 to 19 digits, alone or in groups parted by one space,
// dot or dash each, that begins as a scheme's cards do, has a length of that
// scheme and passes the Luhn check (ISO/IEC 7812-1). It is found inside a longer
// text too. Digits that belong to a longer run are no card number: tracking
// numbers and tokens may be long.
//
// Never true: a number returned, or named in an error; a barcode or a telephone
// number in its own field judged here (those have checks of their own).
package card

import "strings"

// scheme is how the numbers of an issuer network begin and how long they are.
type scheme struct {
	from, to string // of the first digits, inclusive
	least    int
	most     int
}

// schemes are the ranges in use. Visa's thirteen digits are not issued any more,
// and would be mistaken for barcodes.
var schemes = []scheme{
	{"4", "4", 16, 19},       // Visa
	{"51", "55", 16, 16},     // Mastercard
	{"2221", "2720", 16, 16}, // Mastercard
	{"34", "34", 15, 15},     // American Express
	{"37", "37", 15, 15},     // American Express
	{"300", "305", 14, 14},   // Diners Club
	{"36", "36", 14, 19},     // Diners Club
	{"38", "39", 14, 19},     // Diners Club
	{"3528", "3589", 16, 19}, // JCB
	{"6011", "6011", 16, 19}, // Discover
	{"644", "649", 16, 19},   // Discover
	{"65", "65", 16, 19},     // Discover, RuPay
	{"62", "62", 16, 19},     // UnionPay
	{"81", "82", 16, 19},     // UnionPay, RuPay
	{"50", "50", 16, 19},     // Maestro
	{"56", "58", 16, 19},     // Maestro
	{"63", "63", 16, 19},     // Maestro
	{"67", "67", 16, 19},     // Maestro
	{"60", "60", 16, 16},     // RuPay
	{"2200", "2204", 16, 19}, // Mir
	{"9792", "9792", 16, 16}, // Troy
}

// most is how many digits the longest number has.
const most = 19

// Has reports whether text holds a card number.
func Has(text string) bool {
	_, _, ok := find(text, 0)
	return ok
}

// Mask replaces the digits of every card number in text by asterisks, all but
// the last four.
func Mask(text string) string {
	from, to, ok := find(text, 0)
	if !ok {
		return text
	}
	b := []byte(text)
	for ; ok; from, to, ok = find(text, to) {
		left := 4
		for i := to - 1; i >= from; i-- {
			if !isDigit(b[i]) {
				continue
			}
			if left > 0 {
				left--
				continue
			}
			b[i] = '*'
		}
	}
	return string(b)
}

// group is a run of digits without anything between them.
type group struct{ from, to int }

// find returns where the first card number at or after a place stands.
func find(text string, after int) (from, to int, ok bool) {
	for i := after; i < len(text); i++ {
		if !isDigit(text[i]) {
			continue
		}
		var row []group // parted by one sign each
		row, i = groups(text, i)
		if from, to, ok = among(text, row); ok {
			return from, to, true
		}
	}
	return 0, 0, false
}

// groups reads the groups of digits that begin at i, and where they end.
func groups(text string, i int) (row []group, end int) {
	for {
		g := group{i, i}
		for g.to < len(text) && isDigit(text[g.to]) {
			g.to++
		}
		row = append(row, g)
		next := g.to + parting(text[g.to:])
		if next == g.to || next >= len(text) || !isDigit(text[next]) {
			return row, g.to
		}
		i = next
	}
}

// parting is the length of the one sign that may part groups; 0 for none.
func parting(text string) int {
	for _, sign := range []string{" ", "-", ".", "\u00a0", "\u2011"} {
		if strings.HasPrefix(text, sign) {
			return len(sign)
		}
	}
	return 0
}

// among finds consecutive groups that are a card number together.
func among(text string, row []group) (from, to int, ok bool) {
	for i := range row {
		digits := make([]byte, 0, most)
		for j := i; j < len(row); j++ {
			if row[j].to-row[j].from+len(digits) > most {
				break
			}
			digits = append(digits, text[row[j].from:row[j].to]...)
			if isNumber(digits) {
				return row[i].from, row[j].to, true
			}
		}
	}
	return 0, 0, false
}

func isNumber(digits []byte) bool {
	if len(digits) < 12 || !luhn(digits) {
		return false
	}
	for _, s := range schemes {
		if begin := string(digits[:len(s.from)]); begin >= s.from && begin <= s.to && len(digits) >= s.least && len(digits) <= s.most {
			return true
		}
	}
	return false
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
