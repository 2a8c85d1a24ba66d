// Package zones is the delivery price of a parcel service: by where it goes,
// what it weighs, and what the goods are worth.
//
// Settings are zones, asked in order; the first that has the place counts. A
// zone is countries, and within them postal codes by how they begin ("10") or
// ranges of beginnings ("80-87"); it has prices by weight, each up to so many
// grams, and may be free from a value of goods on. A basket of less or more
// value than the method is for, too heavy, or bound for no zone is not
// delivered, and Why says which it is.
//
// What is large and light may be priced by its size: with volume_divisor, so
// many cubic centimetres count as a kilogram where that is more than what the
// basket weighs (5000 is usual). With max_side_mm nothing longer is taken. A
// zone may be for customer groups only: a zone of their own before that of
// everyone is how they pay less.
//
//	{"from_value": 0, "to_value": 500000, "zones": [
//	  {"name": "Islands", "countries": ["DE"], "codes": ["18565", "25849-25999"], "weights": [{"to_grams": 31500, "amount": 1490}]},
//	  {"name": "Germany", "countries": ["DE"], "free_from": 5000, "weights": [{"to_grams": 5000, "amount": 490}, {"to_grams": 31500, "amount": 890}]}]}
package zones

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"korzo/delivery/price"
	"korzo/value/money"
)

// Kind is the name of this rule in a delivery method.
const Kind = "zones"

const example = `{"zones": [{"name": "Germany", "countries": ["DE"], "weights": [{"to_grams": 5000, "amount": 490}]}]}`

const (
	maxZones   = 100
	maxCodes   = 500
	maxGroups  = 50
	maxWeights = 50
	maxGrams   = 1_000_000_000
)

type weight struct {
	ToGrams int64  `json:"to_grams"`
	Amount  *int64 `json:"amount"`
	price   money.Amount
}

type zone struct {
	Name      string   `json:"name"`
	Countries []string `json:"countries"` // empty: every country
	Groups    []string `json:"groups"`    // customer groups; empty: everyone
	Codes     []string `json:"codes"`     // empty: every postal code
	FreeFrom  *int64   `json:"free_from"`
	Weights   []weight `json:"weights"`
}

// Rule is a table of zones.
type Rule struct {
	zones    []zone
	from, to int64 // value of the goods; to is 0 for no limit
	divisor  int64 // cubic centimetres that count as a kilogram; 0 is none
	longest  int64 // side in millimetres; 0 for no limit
	currency money.Currency
}

// New reads settings. It returns price.ErrSettings with the field at fault.
func New(settings json.RawMessage, c money.Currency) (price.Rule, error) {
	var s struct {
		FromValue int64  `json:"from_value"`
		ToValue   int64  `json:"to_value"`
		Divisor   int64  `json:"volume_divisor"`
		Longest   int64  `json:"max_side_mm"`
		Zones     []zone `json:"zones"`
	}
	if err := price.ReadSettings(settings, &s, example); err != nil {
		return nil, err
	}
	if len(s.Zones) == 0 || len(s.Zones) > maxZones {
		return nil, price.ErrSettings.With(fmt.Sprintf("zones: give 1 to %d", maxZones))
	}
	if s.FromValue < 0 || s.ToValue < 0 || s.ToValue > 0 && s.ToValue < s.FromValue {
		return nil, price.ErrSettings.With("from_value, to_value: use 0 or more, the smaller first; 0 in to_value is no limit")
	}
	if s.Divisor < 0 || s.Divisor > 0 && s.Divisor < 1000 || s.Divisor > 100_000 || s.Longest < 0 || s.Longest > 100_000 {
		return nil, price.ErrSettings.With("volume_divisor, max_side_mm: use 1000 to 100000 cubic centimetres a kilogram and at most 100000 mm, or leave them out")
	}
	for i := range s.Zones {
		if err := s.Zones[i].read(i+1, c); err != nil {
			return nil, err
		}
	}
	return Rule{zones: s.Zones, from: s.FromValue, to: s.ToValue, divisor: s.Divisor, longest: s.Longest, currency: c}, nil
}

func (z *zone) read(n int, c money.Currency) (err error) {
	at := fmt.Sprintf("zones[%d]", n)
	if len(z.Codes) > maxCodes || len(z.Groups) > maxGroups || len(z.Weights) == 0 || len(z.Weights) > maxWeights {
		return price.ErrSettings.With(fmt.Sprintf("%s: give 1 to %d weights, at most %d codes and %d groups", at, maxWeights, maxCodes, maxGroups))
	}
	for _, code := range z.Codes {
		low, high, ranged := strings.Cut(code, "-")
		if low == "" || ranged && (len(low) != len(high) || low > high) {
			return price.ErrSettings.With(fmt.Sprintf("%s.codes: %.20q is no beginning of postal codes such as 10 or 80-87", at, code))
		}
	}
	if z.FreeFrom != nil {
		if _, err := price.Amount(at+".free_from", z.FreeFrom, c); err != nil {
			return err
		}
	}
	before := int64(0)
	for i := range z.Weights {
		w := &z.Weights[i]
		if w.ToGrams <= before || w.ToGrams > maxGrams {
			return price.ErrSettings.With(fmt.Sprintf("%s.weights: write to_grams in rising order, at most %d", at, maxGrams))
		}
		before = w.ToGrams
		if w.price, err = price.Amount(fmt.Sprintf("%s.weights[%d].amount", at, i+1), w.Amount, c); err != nil {
			return err
		}
		if i > 0 && w.price.Minor < z.Weights[i-1].price.Minor {
			return price.ErrSettings.With(at + ".weights: a heavier parcel must not cost less than a lighter one")
		}
	}
	return nil
}

// Price is that of the first zone that has the place.
func (r Rule) Price(b price.Basket) (money.Amount, bool) {
	a, why := r.judge(b)
	return a, why == ""
}

// Why says why a basket is not delivered; "" when it is.
func (r Rule) Why(b price.Basket) string {
	_, why := r.judge(b)
	return why
}

// ForGroups are the customer groups that zones are for.
func (r Rule) ForGroups() (all []string) {
	for _, z := range r.zones {
		all = append(all, z.Groups...)
	}
	return all
}

func (r Rule) judge(b price.Basket) (money.Amount, string) {
	if b.Goods.Minor < r.from {
		return money.Amount{}, "it is for goods of " + money.Of(r.from, r.currency).Decimal() + " " + string(r.currency) + " or more"
	}
	if r.to > 0 && b.Goods.Minor > r.to {
		return money.Amount{}, "it is for goods of at most " + money.Of(r.to, r.currency).Decimal() + " " + string(r.currency)
	}
	i := slices.IndexFunc(r.zones, func(z zone) bool { return z.has(b) })
	if i < 0 {
		return money.Amount{}, strings.TrimSpace("it does not go to " + b.PostalCode + " " + b.Country)
	}
	z, grams := r.zones[i], r.counted(b)
	j := slices.IndexFunc(z.Weights, func(w weight) bool { return grams <= w.ToGrams })
	switch {
	case r.longest > 0 && b.LongestMM > r.longest:
		return money.Amount{}, "it takes nothing longer than " + strconv.FormatFloat(float64(r.longest)/10, 'f', -1, 64) + " cm"
	case j < 0 && grams > b.WeightGrams:
		most := z.Weights[len(z.Weights)-1].ToGrams
		return money.Amount{}, "it takes at most " + strconv.FormatInt(most*r.divisor/1_000_000, 10) + " litres"
	case j < 0:
		most := z.Weights[len(z.Weights)-1].ToGrams
		return money.Amount{}, "it takes at most " + strconv.FormatFloat(float64(most)/1000, 'f', -1, 64) + " kg"
	case z.FreeFrom != nil && b.Reached().Minor >= *z.FreeFrom:
		return money.Of(0, r.currency), ""
	}
	return z.Weights[j].price, ""
}

// counted is what the basket counts as: its weight, or its room if that is more.
func (r Rule) counted(b price.Basket) int64 {
	if r.divisor == 0 || b.VolumeCM3 <= 0 {
		return b.WeightGrams
	}
	return max(b.WeightGrams, (min(b.VolumeCM3, maxGrams)*1000+r.divisor-1)/r.divisor)
}

// has reports whether a zone has the basket's place. While nobody has said
// where it goes, every zone does that is for all postal codes.
func (z zone) has(b price.Basket) bool {
	if len(z.Groups) > 0 && !slices.ContainsFunc(z.Groups, func(g string) bool { return slices.Contains(b.Groups, g) }) {
		return false
	}
	if b.Country != "" && len(z.Countries) > 0 && !slices.Contains(z.Countries, b.Country) {
		return false
	}
	return len(z.Codes) == 0 || slices.ContainsFunc(z.Codes, func(code string) bool { return begins(b.PostalCode, code) })
}

func begins(code, with string) bool {
	low, high, ranged := strings.Cut(with, "-")
	if !ranged {
		return strings.HasPrefix(code, low)
	}
	return len(code) >= len(low) && code[:len(low)] >= low && code[:len(low)] <= high
}
