package trial

import (
	"korzo/customer/experiment"
	"korzo/value/money"
)

// Crowd is visitors for a test of what is pure.
type Crowd map[string]*came

// Add puts a visitor into the crowd.
func (c Crowd) Add(unit, currency string, bought bool, left float64) {
	c[unit] = &came{currency: money.Currency(currency), bought: bought, left: left}
}

// Together is what the crowd says of a layer.
func (c Crowd) Together(l experiment.Layer) Together { return together(l, c) }
