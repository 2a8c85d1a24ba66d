// Package benefit is the list of the ways in which a promotion can make a
// purchase cheaper.
//
// It alone imports the implementations: a new one is its folder and its line
// here, and nothing else changes. A promotion names a benefit by its kind and
// brings the settings, as they are stored; New checks them, so what it returns
// can be reckoned with for every basket. A kind stays in the list for as long as
// a promotion names it.
package benefit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"korzo/platform/fault"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/buyxgety"
	"korzo/purchase/promotion/benefit/cheapest"
	"korzo/purchase/promotion/benefit/fixed"
	"korzo/purchase/promotion/benefit/minimum"
	"korzo/purchase/promotion/benefit/percent"
	"korzo/purchase/promotion/benefit/shipping"
	"korzo/purchase/promotion/benefit/tiered"
)

// ErrKind reports a kind that is not in the list.
var ErrKind = fault.New(fault.Invalid, "promotion.benefit", "no such benefit: use a kind from the list, such as percent or fixed")

// list is every benefit there is, by kind.
var list = map[string]func(settings json.RawMessage) (basket.Benefit, error){
	percent.Kind:  percent.New,
	fixed.Kind:    fixed.New,
	shipping.Kind: shipping.New,
	buyxgety.Kind: buyxgety.New,
	cheapest.Kind: cheapest.New,
	tiered.Kind:   tiered.New,
	minimum.Kind:  minimum.New,
}

// New makes the benefit of a kind from its settings. It returns ErrKind or
// basket.ErrSettings.
func New(kind string, settings json.RawMessage) (basket.Benefit, error) {
	build, ok := list[kind]
	if !ok {
		return nil, fmt.Errorf("benefit %q: %w", kind, ErrKind)
	}
	return build(settings)
}

// Kinds returns every kind, in alphabetical order.
func Kinds() []string { return slices.Sorted(maps.Keys(list)) }
