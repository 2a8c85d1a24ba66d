// Package customer asks who buys.
//
// Its settings are {"groups": ["grp_1"]} for customers of one of these groups or segments,
// {"signed_in": true} for any customer, and {"first_order": true} for whoever
// never ordered here, as a customer or under the same e-mail address. A guest is
// taken to be new until their e-mail address is known: the checkout asks again.
package customer

import (
	"encoding/json"
	"slices"

	"korzo/customer/segment"
	"korzo/purchase/promotion/basket"
)

// Kind is the name of this condition in a promotion.
const Kind = "customer"

// Condition wants certain customers.
type Condition struct {
	Groups     []string `json:"groups,omitempty"`
	SignedIn   bool     `json:"signed_in,omitempty"`
	FirstOrder bool     `json:"first_order,omitempty"`
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Condition, error) {
	var c Condition
	if err := basket.Read(settings, &c, `{"first_order": true}`); err != nil {
		return nil, err
	}
	if len(c.Groups) == 0 && !c.SignedIn && !c.FirstOrder {
		return nil, basket.Wrong("groups", "name groups, or set signed_in or first_order")
	}
	if len(c.Groups) > basket.MaxNames || slices.Contains(c.Groups, "") {
		return nil, basket.Wrong("groups", "name 1 to %d groups by their ids", basket.MaxNames)
	}
	return &c, nil
}

// Unmet returns basket.ReasonCustomer or basket.ReasonFirstOrder.
func (c *Condition) Unmet(v *basket.Visit) string {
	who := &v.Customer
	switch {
	case c.SignedIn && who.ID == "":
		return basket.ReasonCustomer
	case len(c.Groups) > 0 && !slices.ContainsFunc(c.Groups, func(g string) bool { return slices.Contains(who.Groups, g) }):
		return basket.ReasonCustomer
	case c.FirstOrder && who.Before:
		return basket.ReasonFirstOrder
	}
	return ""
}

// Needs is the groups and the orders, where they are asked for.
func (c *Condition) Needs() basket.Needs {
	return basket.Needs{Groups: len(c.Groups) > 0, Segments: slices.ContainsFunc(c.Groups, segment.Named), Before: c.FirstOrder, Once: c.FirstOrder}
}
