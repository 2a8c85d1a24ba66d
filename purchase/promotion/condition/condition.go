// Package condition is the list of what a promotion can depend on.
//
// It alone imports the implementations: a new one is its folder and its line
// here, and nothing else changes. A promotion names conditions by their kind and
// brings their settings, as they are stored; New checks them, so what it returns
// can judge every visit. All conditions of a promotion must hold. A kind stays in
// the list for as long as a promotion names it.
package condition

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"korzo/platform/fault"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/clock"
	"korzo/purchase/promotion/condition/customer"
	"korzo/purchase/promotion/condition/expression"
	"korzo/purchase/promotion/condition/items"
	"korzo/purchase/promotion/condition/quantity"
	"korzo/purchase/promotion/condition/total"
	"korzo/purchase/promotion/condition/where"
)

// ErrKind reports a kind that is not in the list.
var ErrKind = fault.New(fault.Invalid, "promotion.condition", "no such condition: use a kind from the list, such as total")

// list is every condition there is, by kind.
var list = map[string]func(settings json.RawMessage) (basket.Condition, error){
	total.Kind:      total.New,
	quantity.Kind:   quantity.New,
	items.Kind:      items.New,
	customer.Kind:   customer.New,
	where.Kind:      where.New,
	clock.Kind:      clock.New,
	expression.Kind: expression.New,
}

// New makes the condition of a kind from its settings. It returns ErrKind,
// basket.ErrSettings or, for an expression, rule.ErrInvalid.
func New(kind string, settings json.RawMessage) (basket.Condition, error) {
	build, ok := list[kind]
	if !ok {
		return nil, fmt.Errorf("condition %q: %w", kind, ErrKind)
	}
	return build(settings)
}

// Kinds returns every kind, in alphabetical order.
func Kinds() []string { return slices.Sorted(maps.Keys(list)) }
