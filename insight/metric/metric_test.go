package metric_test

import (
	"fmt"
	"io/fs"
	"testing"

	"korzo/insight/metric"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/value/money"
)

// An order's contribution is what its goods brought without tax, less their
// cost, less the delivery that was given away, less what the gateway kept, less
// what went back without its tax. Each is learned when it is known, and once.
func TestContributionIsLessWhatDeliveryAndPaymentCost(t *testing.T) {
	dbtest.Each(t, []fs.FS{metric.Schema}, func(t *testing.T, d *db.DB) {
		eur := func(minor int64) money.Amount { return money.Of(minor, "EUR") }
		o := order.Order{ID: "ord_1", PlacedAt: d.Now(), Draft: order.Draft{TaxIncluded: true, Payment: "pay_1", Total: eur(5950), Tax: eur(950),
			Lines:  []order.Line{{Kind: "goods", Quantity: 2, UnitCost: eur(1500), Total: eur(5950), Tax: eur(950)}},
			Groups: []order.Group{{Price: eur(490), Discount: eur(490)}}}}
		gift := order.Order{ID: "ord_2", PlacedAt: d.Now(), Draft: order.Draft{Payment: "pay_2", Total: eur(5000), Lines: []order.Line{{Kind: "gift_card", Quantity: 1, Total: eur(5000)}}}}
		unknown := order.Order{ID: "ord_3", PlacedAt: d.Now(), Draft: order.Draft{Payment: "pay_3", Total: eur(1000), Lines: []order.Line{{Kind: "goods", Quantity: 1, Total: eur(1000)}}}}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for _, one := range []order.Order{o, gift, unknown, o} {
				if err := metric.Booked(t.Context(), tx, one, "vis_1"); err != nil {
					return err
				}
			}
			return nil
		})
		read := func() map[order.ID]metric.Value {
			t.Helper()
			all := map[order.ID]metric.Value{}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				return metric.Each(t.Context(), tx, o.PlacedAt.Add(-1), func(v metric.Value) { all[v.Order] = v })
			})
			return all
		}
		is := func(when string, want map[order.ID]int64) {
			t.Helper()
			got := map[order.ID]int64{}
			for id, v := range read() {
				got[id] = v.Contribution()
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		is("when placed", map[order.ID]int64{"ord_1": 5000 - 3000 - 490, "ord_2": 0, "ord_3": 1000})
		if v := read(); v["ord_1"].Subsidy != 490 || v["ord_1"].Uncosted || !v["ord_3"].Uncosted {
			t.Errorf("%+v", v)
		}
		do := func(fn func(tx *db.Tx) error) { t.Helper(); dbtest.Write(t, d, fn) }
		for range 2 { // fees are told again with every settlement
			do(func(tx *db.Tx) error {
				return metric.Learn(t.Context(), tx, map[string]int64{"pay_1": 87, "pay_3": 30, "": 999, "pay_other": 5})
			})
		}
		is("with fees", map[order.ID]int64{"ord_1": 1510 - 87, "ord_2": 0, "ord_3": 970})
		for range 2 {
			do(func(tx *db.Tx) error { return metric.Refunded(t.Context(), tx, "ord_1", "ref_1", 2975) })
		}
		is("half went back", map[order.ID]int64{"ord_1": 1423 - 2500, "ord_2": 0, "ord_3": 970})
		do(func(tx *db.Tx) error { return metric.Spent(t.Context(), tx, "ord_1", 400) })
		is("points paid a part", map[order.ID]int64{"ord_1": 1423 - 2500 - 400, "ord_2": 0, "ord_3": 970})
		do(func(tx *db.Tx) error { return metric.Spent(t.Context(), tx, "ord_1", 0) })
		do(func(tx *db.Tx) error { return metric.Canceled(t.Context(), tx, "ord_3") })
		is("a canceled order cost its fee", map[order.ID]int64{"ord_1": -1077, "ord_2": 0, "ord_3": -30})
	})
}
