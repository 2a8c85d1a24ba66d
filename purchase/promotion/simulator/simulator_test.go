package simulator_test

import (
	"io/fs"
	"testing"
	"time"

	"korzo/customer/group"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/remember"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/simulator"
	"korzo/purchase/tax"
	"korzo/value/money"
)

var schemas = []fs.FS{event.Schema, remember.Schema, market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema, group.Schema, inventory.Schema,
	promotion.Schema, order.Schema, tax.Schema, cart.Schema}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// sold writes three orders of one mug each, the second with 2.00 off it.
func sold(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_one", Name: "One GmbH"}); err != nil {
			return err
		}
		if err := market.Save(t.Context(), tx, market.Market{ID: "DE", Name: "DE", Currency: "EUR", Countries: []string{"DE"}, Country: "DE", Locale: "de-DE",
			Zone: "Europe/Berlin", Entity: "ent_one", TaxIncluded: true}); err != nil {
			return err
		}
		p, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "mug", Title: "Mug", Tags: []string{"mugs"}, Variants: []catalog.Variant{{SKU: "MUG"}}})
		if err != nil {
			return err
		}
		var numbers order.Numbers
		for i, price := range []int64{1000, 3000, 6000} {
			off := eur(0)
			var shares []order.Share
			if i == 1 {
				off, shares = eur(200), []order.Share{{Promotion: "promo_old", Code: "OLD", Amount: eur(200)}}
			}
			cart := string(rune('a' + i))
			o := order.Draft{Cart: cart, Market: "DE", Customer: "cus_ada", Contact: "con_ada", Entity: "ent_one", TaxIncluded: true,
				Subtotal: eur(price), Discount: off, Shipping: eur(490), Tax: eur(0), Total: eur(price - off.Minor + 490), Source: "test",
				Groups: []order.Group{{ID: order.GroupID("grp_" + cart), Kind: "ship", Method: "m", Name: "M", Price: eur(490), Discount: eur(0), Tax: eur(0)}},
				Lines: []order.Line{{ID: order.LineID("oli_" + cart), Group: order.GroupID("grp_" + cart), Kind: catalog.KindGoods, Product: string(p.ID),
					Variant: string(p.Variants[0].ID), SKU: "MUG", Title: "Mug", Quantity: 1, UnitPrice: eur(price), UnitCost: eur(0), Subtotal: eur(price), Discount: off, Tax: eur(0),
					Total: eur(price - off.Minor), Refunded: eur(0), Shares: shares}}}
			if _, err := numbers.Import(t.Context(), tx, order.Past{Draft: o, PlacedAt: dbtest.Noon.Add(time.Duration(i-3) * time.Hour), State: order.StateCompleted}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestADraftIsReplayedAgainstTheLatestOrders(t *testing.T) {
	spec := func(kind, settings string) promotion.Spec {
		return promotion.Spec{Kind: kind, Settings: []byte(settings)}
	}
	over := []promotion.Spec{spec("total", `{"min": {"EUR": 3000}}`)}
	for _, c := range []struct {
		name   string
		draft  promotion.Draft
		orders int
		got    int
		off    int64
		reason string
	}{
		{"ten per cent on all", promotion.Draft{Benefit: promotion.PercentOff(100_000)}, 10, 3, 100 + 280 + 600, ""},
		{"the latest two", promotion.Draft{Benefit: promotion.PercentOff(100_000)}, 2, 2, 280 + 600, ""},
		{"from 30.00", promotion.Draft{Benefit: promotion.PercentOff(100_000), Conditions: over}, 10, 2, 280 + 600, "cart_total"},
		{"free delivery", promotion.Draft{Benefit: spec("shipping", `{}`)}, 10, 3, 3 * 490, ""},
		{"first orders", promotion.Draft{Benefit: promotion.PercentOff(100_000), Conditions: []promotion.Spec{spec("customer", `{"first_order": true}`)}}, 10, 1, 100, "first_order"},
		{"one use", promotion.Draft{Benefit: promotion.PercentOff(100_000), UsageLimit: 1}, 10, 1, 100, "exhausted"},
		{"one a customer", promotion.Draft{Benefit: promotion.PercentOff(100_000), PerCustomer: 1}, 10, 1, 100, "customer_limit"},
		{"two a day", promotion.Draft{Benefit: promotion.PercentOff(100_000), Period: promotion.PeriodDay, PerPeriod: 2}, 10, 2, 380, "period_limit"},
		{"a budget of 4.00", promotion.Draft{Benefit: promotion.PercentOff(100_000), Budget: eur(400)}, 10, 2, 380, "budget_spent"},
		{"exclusive, less than what was had", promotion.Draft{Benefit: promotion.AmountOff(eur(100)), Exclusive: true}, 10, 2, 200, "not_combinable"},
		{"for tea", promotion.Draft{Benefit: promotion.PercentOff(100_000), Conditions: []promotion.Spec{spec("items", `{"of": {"tags": ["tea"]}}`)}}, 10, 0, 0, "items"},
		{"for mugs", promotion.Draft{Benefit: promotion.PercentOff(100_000), Conditions: []promotion.Spec{spec("items", `{"of": {"tags": ["mugs"]}}`)}}, 10, 3, 980, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				sold(t, d)
				c.draft.Name = "a draft"
				dbtest.Read(t, d, func(tx *db.Tx) error {
					r, err := simulator.Replay(t.Context(), tx, c.draft, c.orders)
					if err != nil {
						return err
					}
					var off int64
					for _, s := range r.Sums {
						off += s.Off.Minor
						if s.Before.Minus(s.After) != s.Off {
							t.Errorf("%v before, %v after, %v off", s.Before, s.After, s.Off)
						}
					}
					if r.Got != c.got || off != c.off || r.Orders != min(c.orders, 3) || c.reason != "" && r.Reasons[c.reason] != r.Orders-r.Got {
						t.Errorf("%+v, want %d orders and %d off", r, c.got, c.off)
					}
					return nil
				})
			})
		})
	}
}

// Carts are replayed as they stand: what is in them is priced again, with the
// promotions that there are; nothing of them changes, and no sample opens one.
func TestADraftIsReplayedAgainstOpenCarts(t *testing.T) {
	spec := func(kind, settings string) promotion.Spec {
		return promotion.Spec{Kind: kind, Settings: []byte(settings)}
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		sold(t, d)
		var mug catalog.VariantID
		dbtest.Write(t, d, func(tx *db.Tx) error {
			v, err := catalog.FindSKU(t.Context(), tx, "MUG")
			if err == nil {
				err = pricing.Set(t.Context(), tx, "DE", v.ID, eur(1000))
			}
			if err == nil {
				err = inventory.SaveLocation(t.Context(), tx, inventory.Location{ID: "loc_b", Name: "B", Country: "DE", Zone: "Europe/Berlin", Ships: true})
			}
			if err == nil {
				_, err = inventory.Adjust(t.Context(), tx, inventory.Adjustment{Variant: v.ID, Location: "loc_b", Delta: 100, Reason: "x"})
			}
			if err == nil {
				_, err = promotion.Create(t.Context(), tx, promotion.Draft{Name: "Half", Benefit: promotion.PercentOff(500_000)})
			}
			mug = v.ID
			return err
		})
		for i := range 4 { // of one, two and three mugs, the second Ada's, who has ordered before; the last is empty
			dbtest.Clock(d).Advance(time.Second)
			dbtest.Write(t, d, func(tx *db.Tx) error {
				draft := cart.Draft{Market: "DE", Customer: []string{"", "cus_ada", "", ""}[i]}
				if i < 3 {
					draft.Lines = []cart.Line{{Variant: mug, Quantity: int64(i + 1)}}
				}
				_, err := cart.Create(t.Context(), tx, draft)
				return err
			})
		}
		for _, c := range []struct {
			name  string
			draft promotion.Draft
			carts int
			got   int
			off   int64
		}{
			{"ten per cent of what half off leaves", promotion.Draft{Benefit: promotion.PercentOff(100_000)}, 10, 3, 50 + 100 + 150},
			{"the latest two, of which one is empty", promotion.Draft{Benefit: promotion.PercentOff(100_000)}, 2, 1, 150},
			{"of two mugs and more", promotion.Draft{Benefit: promotion.PercentOff(100_000), Conditions: []promotion.Spec{spec("total", `{"min": {"EUR": 2000}}`)}}, 10, 2, 100 + 150},
			{"first orders", promotion.Draft{Benefit: promotion.PercentOff(100_000), Conditions: []promotion.Spec{spec("customer", `{"first_order": true}`)}}, 10, 2, 50 + 150},
			{"one use: the oldest cart's", promotion.Draft{Benefit: promotion.PercentOff(100_000), UsageLimit: 1}, 10, 1, 50},
			{"exclusive, less than what there is", promotion.Draft{Benefit: promotion.AmountOff(eur(100)), Exclusive: true}, 10, 0, 0},
		} {
			c.draft.Name = "a draft"
			dbtest.Read(t, d, func(tx *db.Tx) error {
				r, err := simulator.ReplayCarts(t.Context(), tx, c.draft, c.carts)
				if err != nil {
					return err
				}
				var off int64
				for _, s := range r.Sums {
					off += s.Off.Minor
				}
				if r.Got != c.got || off != c.off {
					t.Errorf("%s: %+v, want %d carts and %d off", c.name, r, c.got, c.off)
				}
				for _, s := range r.Samples {
					if s.Order != "" || s.Number != "" || s.Before.Minor == 0 {
						t.Errorf("%s: %+v", c.name, s)
					}
				}
				return nil
			})
		}
	})
}
