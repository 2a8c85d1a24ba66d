package cart_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
	"korzo/purchase/promotion"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// stock opens the market with products "0" to "n-1" at 1.00, 2.00, … EUR, ten
// of each in stock, 19 % tax in Germany and 20 % in Austria, and returns their variants.
func stock(t *testing.T, d *db.DB, n int) []catalog.VariantID {
	t.Helper()
	open(t, d)
	variants := make([]catalog.VariantID, n)
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		for country, ppm := range map[string]int64{"DE": 190_000, "AT": 200_000} {
			err := tax.SaveRate(ctx, tx, tax.Entry{Country: country, Class: tax.Standard, Name: "VAT", PPM: ppm, From: calendar.On(2020, 1, 1)})
			if err != nil {
				return err
			}
		}
		return inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Ships: true})
	})
	for i := range variants {
		variants[i] = product(t, d, catalog.Draft{Slug: fmt.Sprint("p-", i), Title: fmt.Sprint("Product ", i), Tags: []string{"gift"},
			Variants: []catalog.Variant{{SKU: fmt.Sprint("SKU-", i), WeightGrams: 100}}}, int64(i+1)*100)
	}
	return variants
}

// product adds a product with its price and ten pieces in stock.
func product(t *testing.T, d *db.DB, draft catalog.Draft, price int64) (variant catalog.VariantID) {
	t.Helper()
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		p, err := catalog.Create(ctx, tx, draft)
		if err != nil {
			return err
		}
		variant = p.Variants[0].ID
		if price > 0 {
			if err := pricing.Set(ctx, tx, "DE", variant, money.Of(price, "EUR")); err != nil {
				return err
			}
		}
		if draft.Kind == catalog.KindDigital {
			return nil
		}
		_, err = inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: variant, Location: "loc_berlin", Delta: 10, Reason: "delivery", Actor: "test"})
		return err
	})
	return variant
}

func load(t *testing.T, d *db.DB, id cart.ID, o cart.Options) (v cart.View) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		v, err = cart.Load(t.Context(), tx, id, o)
		return err
	})
	return v
}

func TestAViewPricesWhatIsThere(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := stock(t, d, 3)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := promotion.Create(ctx, tx, promotion.Draft{Name: "Spring", Code: "SPRING", Benefit: promotion.PercentOff(100_000)})
			return err
		})
		c := create(t, d, "", v[1], v[2])
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			if _, err := cart.AddLine(ctx, tx, c.ID, guest, v[2], 2); err != nil {
				return err
			}
			if _, err := cart.AddCode(ctx, tx, c.ID, guest, "nonsense"); err != nil {
				return err
			}
			_, err := cart.AddCode(ctx, tx, c.ID, guest, "spring")
			return err
		})
		view := load(t, d, c.ID, cart.Options{Shipping: quote.Shipping{Price: money.Of(490, "EUR")}})
		q := view.Quote
		// 2.00 + 3 × 3.00 = 11.00, less 1.10, shipping 4.90: 14.80, of which tax 19/119.
		if q.Subtotal.Minor != 1100 || q.Discount.Minor != 110 || q.ShippingTotal.Minor != 490 || q.Total.Minor != 1480 {
			t.Errorf("subtotal %v, discount %v, shipping %v, total %v", q.Subtotal, q.Discount, q.ShippingTotal, q.Total)
		}
		if q.Tax.Minor != 236 || !q.TaxIncluded || q.Shipping.Tax.Minor != 78 {
			t.Errorf("tax %v, of shipping %v", q.Tax, q.Shipping.Tax)
		}
		if len(view.Codes) != 2 || view.Codes[0].Applied || view.Codes[0].Reason == "" || !view.Codes[1].Applied || view.Codes[1].Code != "spring" {
			t.Errorf("codes %+v", view.Codes)
		}
		if len(view.Problems) != 0 || view.Units != 4 || view.WeightGrams != 400 || view.Items[v[2]].SKU != "SKU-2" {
			t.Errorf("problems %v, %d pieces of %d g, item %+v", view.Problems, view.Units, view.WeightGrams, view.Items[v[2]])
		}
		pickup, err := view.Ship(quote.Shipping{})
		if err != nil || pickup.Quote.Total.Minor != 990 || view.Quote.Total.Minor != 1480 {
			t.Errorf("without shipping %v, %v; the first view now %v", pickup.Quote.Total, err, view.Quote.Total)
		}
		vienna := load(t, d, c.ID, cart.Options{Address: &address.Address{Country: "AT", PostalCode: "1010"}})
		if vienna.Quote.Total.Minor != 990 || vienna.Quote.Tax.Minor != 165 {
			t.Errorf("in Austria: total %v, tax %v", vienna.Quote.Total, vienna.Quote.Tax)
		}
	})
}

func TestWhatKeepsACartFromBeingBought(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := stock(t, d, 2)
		priceless := product(t, d, catalog.Draft{Slug: "priceless", Title: "Priceless", Variants: []catalog.Variant{{SKU: "PRICELESS"}}}, 0)
		file := product(t, d, catalog.Draft{Slug: "file", Title: "File", Kind: catalog.KindDigital, Variants: []catalog.Variant{{SKU: "FILE"}}}, 500)
		gone := catalog.Draft{Slug: "gone", Title: "Gone", Variants: []catalog.Variant{{SKU: "GONE"}}}
		retired := product(t, d, gone, 700)
		c := create(t, d, "", v[0], v[1], priceless, file, retired, "var_nobody")
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			it, err := catalog.Sellable(ctx, tx, []catalog.VariantID{retired})
			if err == nil {
				err = catalog.Move(ctx, tx, it[retired].ProductID, catalog.StatusArchived)
			}
			if err == nil {
				_, err = cart.SetQuantity(ctx, tx, c.ID, guest, c.Lines[1].ID, 11)
			}
			return err
		})
		view := load(t, d, c.ID, cart.Options{})
		want := map[cart.LineID]string{
			c.Lines[1].ID: cart.ProblemShort, c.Lines[2].ID: cart.ProblemNoPrice,
			c.Lines[4].ID: cart.ProblemNotSellable, c.Lines[5].ID: cart.ProblemNotSellable,
		}
		for _, p := range view.Problems {
			if want[p.Line] != p.Code || p.Text == "" || (p.Code == cart.ProblemShort) != (p.Available == 10) {
				t.Errorf("problem %+v, want %s", p, want[p.Line])
			}
			delete(want, p.Line)
		}
		if len(want) != 0 || len(view.Cart.Lines) != 6 {
			t.Errorf("not said: %v; %d lines kept", want, len(view.Cart.Lines))
		}
		// Only what can be sold is priced: 1.00, 11 × 2.00 and the file at 5.00.
		if len(view.Quote.Lines) != 3 || view.Quote.Total.Minor != 100+2200+500 {
			t.Errorf("%d lines priced, total %v", len(view.Quote.Lines), view.Quote.Total)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error { // somebody else holds eight
			_, err := inventory.Hold(ctx, tx, "plc_other", []inventory.Line{{Variant: v[0], Units: 10}, {Variant: v[1], Units: 8}}, tx.Now.AddDate(0, 0, 1))
			return err
		})
		view = load(t, d, c.ID, cart.Options{})
		for i, available := range []int64{0, 2} {
			if p := view.Problems[i]; p.Code != cart.ProblemShort || p.Available != available || p.Line != c.Lines[i].ID {
				t.Errorf("problem %d: %+v, want %d available", i, p, available)
			}
		}
	})
}

func TestACartTooLargeToBePricedIsStillShown(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		stock(t, d, 0)
		dear := product(t, d, catalog.Draft{Slug: "dear", Title: "Dear", Variants: []catalog.Variant{{SKU: "DEAR"}}}, money.MaxPrice)
		c := create(t, d, "", dear)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := cart.SetQuantity(ctx, tx, c.ID, guest, c.Lines[0].ID, 9999)
			return err
		})
		view := load(t, d, c.ID, cart.Options{})
		if n := len(view.Problems); n != 2 || view.Problems[1].Code != cart.ProblemTooLarge || len(view.Quote.Lines) != 0 {
			t.Errorf("problems %+v, %d lines priced", view.Problems, len(view.Quote.Lines))
		}
	})
}

func TestAnEmptyCartIsWorthNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		stock(t, d, 0)
		view := load(t, d, create(t, d, "").ID, cart.Options{})
		if view.Quote.Total != money.Of(0, "EUR") || len(view.Problems) != 0 {
			t.Errorf("total %v, problems %v", view.Quote.Total, view.Problems)
		}
	})
}

func TestTheLoserOfAPriceIsNotSoldAtAnother(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := stock(t, d, 1)
		c := create(t, d, "", v[0])
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return pricing.Remove(ctx, tx, "DE", v[0]) })
		view := load(t, d, c.ID, cart.Options{})
		if len(view.Problems) != 1 || view.Problems[0].Code != cart.ProblemNoPrice || !view.Quote.Total.IsZero() {
			t.Errorf("problems %+v, total %v", view.Problems, view.Quote.Total)
		}
	})
}

// Statements per command are fixed, small and independent of the number of lines.
func TestStatementsPerCommand(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := stock(t, d, 30)
		big := create(t, d, "", v...)
		small := create(t, d, "", v[:2]...)
		merging, into := create(t, d, "", v[:3]...), create(t, d, "cus_ada", v[1:5]...)
		for _, tt := range []struct {
			name string
			max  int
			verb func(ctx context.Context, tx *db.Tx, c cart.Cart) error
		}{
			{"create", 2, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.Create(ctx, tx, cart.Draft{Market: "DE", Lines: c.Lines})
				return err
			}},
			{"find", 1, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.Find(ctx, tx, c.ID, guest)
				return err
			}},
			{"add", 3, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.AddLine(ctx, tx, c.ID, guest, v[0], 1)
				return err
			}},
			{"set", 3, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.SetQuantity(ctx, tx, c.ID, guest, c.Lines[0].ID, 3)
				return err
			}},
			{"code", 3, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.AddCode(ctx, tx, c.ID, guest, "SPRING")
				return err
			}},
			{"load", 3, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.Load(ctx, tx, c.ID, cart.Options{})
				return err
			}},
			{"add and show", 5, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				c, err := cart.AddLine(ctx, tx, c.ID, guest, v[0], 1)
				if err == nil {
					_, err = cart.Show(ctx, tx, c, cart.Options{})
				}
				return err
			}},
			{"no code", 3, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.RemoveCode(ctx, tx, c.ID, guest, "SPRING")
				return err
			}},
			{"remove", 3, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				_, err := cart.RemoveLine(ctx, tx, c.ID, guest, c.Lines[0].ID)
				return err
			}},
			{"lock", 1, func(ctx context.Context, tx *db.Tx, c cart.Cart) error { return cart.Lock(ctx, tx, c.ID, 0, "plc") }},
			{"unlock", 1, func(ctx context.Context, tx *db.Tx, c cart.Cart) error { return cart.Unlock(ctx, tx, c.ID, "plc") }},
			{"lock again", 1, func(ctx context.Context, tx *db.Tx, c cart.Cart) error { return cart.Lock(ctx, tx, c.ID, 0, "plc") }},
			{"order", 1, func(ctx context.Context, tx *db.Tx, c cart.Cart) error {
				return cart.MarkOrdered(ctx, tx, c.ID, "plc", "ord_"+string(c.ID))
			}},
		} {
			var counts []int
			for _, c := range []cart.Cart{big, small} {
				do(t, d, func(ctx context.Context, tx *db.Tx) error { return nil }) // nobody else writes while we count
				load(t, d, c.ID, cart.Options{})                                    // what is remembered is in memory
				count := dbtest.Count(d)
				do(t, d, func(ctx context.Context, tx *db.Tx) error { return tt.verb(ctx, tx, c) })
				counts = append(counts, count())
			}
			if counts[0] != counts[1] || counts[0] > tt.max { // on SQLite what is remembered is looked up without a statement
				t.Errorf("%s: %v statements for 30 and 2 lines, want %d", tt.name, counts, tt.max)
			}
		}
		count := dbtest.Count(d)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := cart.Merge(ctx, tx, merging.ID, "cus_ada")
			return err
		})
		if n := count(); n > 8 || contents(find(t, d, into.ID, cart.Caller{Customer: "cus_ada"})) == "" {
			t.Errorf("merge: %d statements, want 8 at most", n)
		}
	})
}

// A reason that nobody can look up is none.
func TestEveryReasonIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/promotions.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, reason := range cart.Reasons() {
		if !strings.Contains(string(text), "`"+reason+"`") {
			t.Errorf("docs/promotions.md does not tell of %s", reason)
		}
		if seen[reason] {
			t.Errorf("%s is there twice", reason)
		}
		seen[reason] = true
	}
}
