package order_test

import (
	"fmt"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/purchase/order"

	"pgregory.net/rapid"
)

// Whatever was claimed is in exactly one line: units are conserved, and what is
// collected is where it waits.
func TestEveryClaimedUnitIsOfOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		places := []string{"loc_a", "loc_b", "loc_c"}
		d := order.Draft{Groups: []order.Group{{ID: "g_ship", Kind: "ship"}, {ID: "g_b", Kind: "pickup", Location: "loc_b"}}}
		claimed := map[string]int64{} // "variant@place"
		for i := range rapid.IntRange(1, 8).Draw(t, "lines") {
			l := order.Line{ID: order.LineID(fmt.Sprint(i)), Kind: catalog.KindGoods, Group: "g_ship",
				Variant: rapid.SampledFrom([]string{"v1", "v2"}).Draw(t, "variant"), Quantity: rapid.Int64Range(1, 5).Draw(t, "units")}
			if rapid.Bool().Draw(t, "collected") {
				l.Group = "g_b"
				claimed[l.Variant+"@loc_b"] += l.Quantity
			} else {
				for range l.Quantity {
					claimed[l.Variant+"@"+rapid.SampledFrom(places).Draw(t, "place")]++
				}
			}
			d.Lines = append(d.Lines, l)
		}
		var all []inventory.Allocation
		for _, v := range []string{"v1", "v2"} {
			for _, p := range places {
				if n := claimed[v+"@"+p]; n > 0 {
					all = append(all, inventory.Allocation{Location: p, Variant: catalog.VariantID(v), Units: n})
				}
			}
		}
		d.Locate(all)
		for _, l := range d.Lines {
			var units int64
			for _, s := range l.Sources {
				units += s.Units
				claimed[l.Variant+"@"+s.Location] -= s.Units
				if l.Group == "g_b" && s.Location != "loc_b" {
					t.Errorf("line %s is collected at loc_b and comes from %s", l.ID, s.Location)
				}
			}
			if units != l.Quantity {
				t.Errorf("line %s has sources for %d of %d units", l.ID, units, l.Quantity)
			}
		}
		for at, n := range claimed {
			if n != 0 {
				t.Errorf("%d units more were claimed of %s than lines have", n, at)
			}
		}
	})
}

func TestALineOfWhatNobodyClaimedHasNoSource(t *testing.T) {
	d := order.Draft{Lines: []order.Line{{Kind: catalog.KindGoods, Variant: "v1", Quantity: 2}, {Kind: catalog.KindGiftCard, Variant: "v1", Quantity: 1}}}
	d.Locate([]inventory.Allocation{{Location: "loc_a", Variant: "v1", Units: 1}})
	if got := d.Lines[0].Sources; len(got) != 1 || got[0] != (order.Source{Location: "loc_a", Units: 1}) || d.Lines[1].Sources != nil {
		t.Errorf("%+v", d.Lines)
	}
}
