package measure_test

import (
	"testing"

	"korzo/value/measure"
	"korzo/value/money"

	"pgregory.net/rapid"
)

func TestPricesAreToldPerTheUnitTheLawAsksFor(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    measure.Measure
		cost int64
		want int64
		per  string
	}{
		{"a bottle of wine per litre", measure.Measure{Amount: 750, Unit: measure.Millilitre}, 899, 1199, "l"},
		{"a bag of coffee per kilogram", measure.Measure{Amount: 250, Unit: measure.Gram}, 799, 3196, "kg"},
		{"three tonnes per kilogram", measure.Measure{Amount: 3_000_000, Unit: measure.Gram}, 100, 0, "kg"},
		{"half a cent is rounded up", measure.Measure{Amount: 2, Unit: measure.Piece}, 99, 50, "piece"},
		{"a carpet per square metre", measure.Measure{Amount: 24_000, Unit: measure.SquareCentimetre}, 12000, 5000, "m2"},
		{"what is not measured has none", measure.Measure{}, 100, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, per := tt.m.Price(money.Of(tt.cost, "EUR"))
			if got.Minor != tt.want || per != tt.per {
				t.Errorf("%v per %q, want %d per %q", got, per, tt.want, tt.per)
			}
		})
	}
}

func TestWhatIsNoMeasureIsRefused(t *testing.T) {
	for _, m := range []measure.Measure{{Amount: 1, Unit: "stone"}, {Amount: 0, Unit: measure.Gram}, {Amount: -5, Unit: measure.Gram}, {Amount: measure.Max + 1, Unit: measure.Gram}, {Amount: 3}} {
		if m.Valid() {
			t.Errorf("%v is taken for a measure", m)
		}
	}
}

// The unit price of an amount is never more than a minor unit's half away from exact.
func TestAUnitPriceIsAsNearAsMinorUnitsGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := measure.Measure{Amount: rapid.Int64Range(1, measure.Max).Draw(t, "amount"), Unit: measure.Gram}
		cost := rapid.Int64Range(0, money.MaxPrice).Draw(t, "cost")
		got, _ := m.Price(money.Of(cost, "EUR"))
		// |got × amount − cost × 1000| ≤ amount / 2, in whole numbers: both sides stay below 2^63 for these bounds.
		if off := got.Minor*m.Amount - cost*1000; 2*max(off, -off) > m.Amount && got.Minor < 1<<40 {
			t.Errorf("%d per %d g: %v is off by %d", cost, m.Amount, got, off)
		}
	})
}
