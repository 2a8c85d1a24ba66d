package storefront

import (
	"slices"
	"strings"

	"korzo/delivery/method"
	"korzo/fulfilment/shipment"
	"korzo/offer/catalog"
	"korzo/purchase/order"
)

// kind says whether a stage is sent or collected.
func (st stage) kind() string {
	if st.pickup {
		return method.Pickup
	}
	return method.Ship
}

// tangible reports whether goods travel in a group: what is digital does not.
func (p orderPage) tangible(g order.GroupID) bool {
	return slices.ContainsFunc(p.Lines, func(l order.Line) bool { return l.Group == g && l.Kind == catalog.KindGoods })
}

// sends reports whether something of the order goes to an address, as it was
// bought or because it is sent instead of being collected.
func (p orderPage) sends() bool { return p.goes(method.Ship) }

// collects reports whether something of the order is collected.
func (p orderPage) collects() bool { return p.goes(method.Pickup) }

func (p orderPage) goes(kind string) bool {
	if p.begun(kind) {
		return true
	}
	return len(p.way.stages) == 0 && slices.ContainsFunc(p.Groups, func(g order.Group) bool { return g.Kind == kind && p.tangible(g.ID) })
}

// begun reports whether there are parcels or counters of a kind.
func (p orderPage) begun(kind string) bool {
	return slices.ContainsFunc(p.way.stages, func(st stage) bool { return st.kind() == kind })
}

// travels reports whether something was sent that has not arrived.
func (p orderPage) travels() bool {
	return slices.ContainsFunc(p.way.stages, func(st stage) bool { return st.parcel.State == shipment.ParcelShipped })
}

// groupTitles names the goods of a group.
func (p orderPage) groupTitles(g order.GroupID) string {
	var all []string
	for _, l := range p.Lines {
		if l.Group == g {
			all = append(all, l.Title)
		}
	}
	return strings.Join(all, ", ")
}

// deliveryTitle is what the part of the page about parcels and counters is called.
func (p orderPage) deliveryTitle() string {
	if !p.sends() {
		return p.T("shop.way.part." + shipment.KindPickup)
	}
	return p.T("shop.step.delivery")
}
