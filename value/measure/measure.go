// Package measure says how much is in a thing: 300 ml, 1.2 kg, six pieces. It
// is kept in the smallest unit anyone writes on a pack, as a whole number, and
// a price is told per the unit that the law asks for: per litre, kilogram,
// metre, square metre or piece.
//
// Never true: a float; a unit price that is summed or charged. It is only said.
package measure

import "korzo/value/money"

// Unit is what an amount counts.
type Unit string

// The units amounts are kept in.
const (
	Gram             Unit = "g"
	Millilitre       Unit = "ml"
	Millimetre       Unit = "mm"
	SquareCentimetre Unit = "cm2"
	Piece            Unit = "piece"
)

// Max is the largest amount: ten tonnes in grams.
const Max = 10_000_000

// Measure is Amount of Unit: {750, Millilitre} is a bottle of wine. The zero
// Measure is one that is not known.
type Measure struct {
	Amount int64 // 1..Max
	Unit   Unit
}

// reference is what prices are told per, and how many units are in it.
type reference struct {
	name string
	of   int64
}

var references = map[Unit]reference{
	Gram: {"kg", 1000}, Millilitre: {"l", 1000}, Millimetre: {"m", 1000}, SquareCentimetre: {"m2", 10_000}, Piece: {"piece", 1},
}

// Units are all there are, in the order a form offers them.
var Units = []Unit{Gram, Millilitre, Millimetre, SquareCentimetre, Piece}

// Valid reports whether m is a measure, or none.
func (m Measure) Valid() bool {
	_, known := references[m.Unit]
	return m == Measure{} || known && m.Amount > 0 && m.Amount <= Max
}

// Price returns what one reference unit ("kg", "l", "m", "m2", "piece") costs
// when m costs price, half a minor unit rounded up. per is "" when m is not
// known.
func (m Measure) Price(price money.Amount) (unit money.Amount, per string) {
	r, known := references[m.Unit]
	if !known || m.Amount <= 0 {
		return money.Amount{}, ""
	}
	return price.Ratio(r.of, m.Amount, 1), r.name
}
