package inventory

import (
	"slices"

	"korzo/offer/catalog"
)

// Bundled returns what may be bought of a bundle, from what may be bought of
// its parts: as many as the scarcest allows, sent when the last of them is
// there, said with the words of the part that stands worst. Parts that are
// missing in of are out.
func Bundled(parts []catalog.Part, of map[catalog.VariantID]Availability) Availability {
	units, free := make(map[catalog.VariantID]int64, len(parts)), make(map[catalog.VariantID]int64, len(parts))
	b := Availability{Status: InStock}
	for _, p := range parts {
		a, ok := of[p.Variant]
		if !ok {
			a.Status = OutOfStock
		}
		units[p.Variant], free[p.Variant] = a.Units, a.Free
		if slices.Index(worsening, a.Status) > slices.Index(worsening, b.Status) {
			b.Status = a.Status
		}
		if b.Expected.Before(a.Expected) {
			b.Expected = a.Expected
		}
	}
	b.Units, b.Free = catalog.BundleAvailable(parts, units), catalog.BundleAvailable(parts, free)
	if b.Units == 0 {
		b.Status = OutOfStock
	}
	return b
}

// worsening are the statuses, the best first.
var worsening = []Status{InStock, Low, OnBackorder, OnPreorder, OutOfStock}
