// Package rule is the list of the ways in which a delivery can be priced.
//
// It alone imports the implementations: a new one is its folder and its line
// here, and nothing else changes. A delivery method names a rule by its kind and
// brings the settings, as they are stored; New checks them, so what it returns
// can price every basket. A kind stays in the list for as long as a method
// names it.
package rule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"korzo/delivery/price"
	"korzo/delivery/price/rule/flat"
	"korzo/delivery/price/rule/freefrom"
	"korzo/delivery/price/rule/zones"
	"korzo/platform/fault"
	"korzo/value/money"
)

// ErrKind reports a kind that is not in the list.
var ErrKind = fault.New(fault.Invalid, "price.kind", "no such way to price a delivery: use a kind from the list, such as flat")

// list is every rule there is, by kind.
var list = map[string]func(settings json.RawMessage, c money.Currency) (price.Rule, error){
	flat.Kind:     flat.New,
	freefrom.Kind: freefrom.New,
	zones.Kind:    zones.New,
}

// New makes the rule of a kind from its settings, for prices in c. It returns
// ErrKind or price.ErrSettings.
func New(kind string, settings json.RawMessage, c money.Currency) (price.Rule, error) {
	build, ok := list[kind]
	if !ok {
		return nil, fmt.Errorf("delivery price %q: %w", kind, ErrKind)
	}
	return build(settings, c)
}

// Kinds returns every kind, in alphabetical order.
func Kinds() []string { return slices.Sorted(maps.Keys(list)) }
