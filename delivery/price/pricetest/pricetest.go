// Package pricetest holds every delivery price rule to the promises of its seam.
//
// A rule's own test calls Exercise with how to make the rule and what it
// declares. The suite draws baskets, from nothing to the limits and from every
// kind of currency, and fails on an answer that is not the same twice, below
// zero, in another currency, not chargeable, or that falls where the rule
// declared that it only grows.
package pricetest

import (
	"encoding/json"
	"sync"
	"testing"

	"korzo/delivery/price"
	"korzo/value/money"

	"pgregory.net/rapid"
)

// Axis is something of a basket that may grow.
type Axis string

// What a rule may declare that its price never falls with.
const (
	Weight Axis = "weight"
	Volume Axis = "volume"
	Units  Axis = "units"
	Goods  Axis = "goods"
)

// Suite is what Exercise needs to know of a rule.
type Suite struct {
	New func(settings json.RawMessage, c money.Currency) (price.Rule, error)

	// Settings are valid ones for a currency with this charge step.
	Settings func(step int64) json.RawMessage

	// Grows lists the axes along which the price never falls, and along which a
	// basket that is delivered stays delivered or stops, but never comes back.
	Grows []Axis
}

// JSON writes settings; it panics on what is no JSON.
func JSON(settings any) json.RawMessage {
	text, err := json.Marshal(settings)
	if err != nil {
		panic(err)
	}
	return text
}

// Exercise runs the suite.
func Exercise(t *testing.T, s Suite) {
	t.Helper()
	for _, c := range []money.Currency{"EUR", "HUF", "JPY", "KWD"} {
		t.Run(string(c), func(t *testing.T) {
			info, _ := money.Find(c)
			r, err := s.New(s.Settings(info.ChargeStep), c)
			if err != nil {
				t.Fatalf("the suite's own settings are refused: %v", err)
			}
			t.Run("every price can be charged, and is the same twice", func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) { chargeable(t, r, basket(t, c), c, info.ChargeStep) })
			})
			t.Run("an empty basket has an answer", func(t *testing.T) {
				if a, ok := r.Price(price.Basket{}); ok && (a.Minor < 0 || a.Currency != c) {
					t.Errorf("an empty basket costs %v", a)
				}
			})
			for _, axis := range s.Grows {
				t.Run("the price never falls with "+string(axis), func(t *testing.T) {
					rapid.Check(t, func(t *rapid.T) { grows(t, r, basket(t, c), axis) })
				})
			}
			t.Run("many may ask at once", func(t *testing.T) { together(t, r, c) })
		})
	}
}

func basket(t *rapid.T, c money.Currency) price.Basket {
	upTo := func(limit int64, name string) int64 {
		top := rapid.SampledFrom([]int64{0, 1, 100, 30_000, limit}).Draw(t, name+" up to")
		return rapid.Int64Range(0, min(top, limit)).Draw(t, name)
	}
	return price.Basket{
		Goods:       money.Of(upTo(money.MaxPrice, "goods"), c),
		WeightGrams: upTo(100_000_000, "grams"),
		VolumeCM3:   upTo(1_000_000_000, "cubic centimetres"),
		LongestMM:   upTo(100_000, "longest side"),
		Groups:      rapid.SampledFrom([][]string{nil, {"trade"}}).Draw(t, "groups"),
		Units:       upTo(money.MaxLines*money.MaxUnits, "units"),
		Country:     rapid.SampledFrom([]string{"", "DE", "HU", "US", "BR"}).Draw(t, "country"),
		PostalCode:  rapid.SampledFrom([]string{"", "10115", "H-1051", "90012-1234", "SW1A 1AA"}).Draw(t, "code"),
	}
}

func chargeable(t *rapid.T, r price.Rule, b price.Basket, c money.Currency, step int64) {
	first, ok := r.Price(b)
	if second, again := r.Price(b); second != first || again != ok {
		t.Errorf("%+v costs %v (%v), then %v (%v)", b, first, ok, second, again)
	}
	if !ok {
		return
	}
	if first.Minor < 0 || first.Minor > money.MaxPrice || first.Currency != c || first.Minor%step != 0 {
		t.Errorf("%+v costs %v: not an amount of %s that can be charged", b, first, c)
	}
}

func grows(t *rapid.T, r price.Rule, b price.Basket, axis Axis) {
	more := b
	by := rapid.Int64Range(1, 50_000).Draw(t, "more")
	switch axis {
	case Weight:
		more.WeightGrams += by
	case Volume:
		more.VolumeCM3 += by
	case Units:
		more.Units += by
	case Goods:
		more.Goods.Minor += by
	default:
		t.Fatalf("no such axis: %q", axis)
	}
	less, before := r.Price(b)
	now, after := r.Price(more)
	if after && !before {
		t.Errorf("%+v is not delivered, but %+v is", b, more)
	}
	if before && after && now.Minor < less.Minor {
		t.Errorf("%+v costs %v, %+v less: %v", b, less, more, now)
	}
}

func together(t *testing.T, r price.Rule, c money.Currency) {
	b := price.Basket{Goods: money.Of(5000, c), WeightGrams: 1200, Units: 2, Country: "DE", PostalCode: "10115"}
	want, ok := r.Price(b)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if got, delivered := r.Price(b); got != want || delivered != ok {
					t.Errorf("asked by many it costs %v, alone %v", got, want)
					return
				}
			}
		})
	}
	all.Wait()
}
