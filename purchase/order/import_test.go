package order_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/purchase/order"
)

var longAgo = time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC)

// past is the draft's order as another system kept it: shipped, for a customer.
func past(cart, number string) order.Past {
	d := draft(cart)
	d.Customer, d.Source = "cus_1", "elsewhere"
	d.Lines[0].Shipped = 2
	return order.Past{Number: number, State: order.StateCompleted, PlacedAt: longAgo, Draft: d}
}

func write(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) error {
	t.Helper()
	return d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) })
}

func TestAnImportedOrderIsARecordOfItsTimeAndPublishesOnlyThat(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var o order.Order
		err := write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			o, err = new(order.Numbers).Import(ctx, tx, past("elsewhere:1", "536365"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			facts, err := event.Facts(t.Context(), tx, "", 0, 10)
			if len(facts) != 1 || facts[0].Kind != "order.imported" || facts[0].Key != string(o.ID) {
				t.Errorf("facts: %+v", facts)
			}
			byCart, err1 := order.FindByCart(t.Context(), tx, "elsewhere:1")
			byNumber, err2 := order.FindByNumber(t.Context(), tx, "536365")
			if byCart.ID != o.ID || byNumber.ID != o.ID || !byCart.Imported || !byCart.PlacedAt.Equal(longAgo) || byCart.Payment != "" || len(byCart.Lines) != 1 {
				t.Errorf("%+v", byCart)
			}
			page, _, err3 := order.List(t.Context(), tx, order.Filter{Imported: true})
			paid, err4 := order.PaidAfter(t.Context(), tx, "", 10)
			wrong, err5 := order.Verify(t.Context(), tx)
			if len(page) != 1 || len(paid) != 0 || len(wrong) != 0 {
				t.Errorf("%d imported, %d paid for, %v", len(page), len(paid), wrong)
			}
			return errors.Join(err, err1, err2, err3, err4, err5)
		})
	})
}

// The shop's series goes on after imported numbers and never gives one of them,
// whatever a node holds already.
func TestImportedNumbersAndTheShopsOwnNeverMeet(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		n := new(order.Numbers)
		given := map[string]bool{}
		sell := func(i int) {
			o, err := place(t, d, n, draft(fmt.Sprintf("cart_%d", i)), "")
			if err != nil || given[o.Number] {
				t.Fatalf("%s, given before: %v, %v", o.Number, given[o.Number], err)
			}
			given[o.Number] = true
		}
		sell(1) // this node holds 10001 to 10100 now
		for _, c := range []struct {
			number string
			want   error
		}{
			{"10002", order.ErrNumber}, // held by the node
			{"9", nil},                 // before the series began
			{"10150", nil}, {"10149", nil}, {"10149", order.ErrTaken}, {"10160", nil}, {"C10", nil}, {"007", nil}, {"1234567890123456", nil},
		} {
			err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := n.Import(ctx, tx, past("elsewhere:"+c.number+fmt.Sprint(len(given)), c.number))
				return err
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.number, err, c.want)
			}
			given[c.number] = given[c.number] || err == nil
		}
		for i := range 120 {
			sell(i + 2)
		}
		if !given["10161"] || !given["10100"] {
			t.Error("the series does not go on where it was and then after the imported numbers")
		}
	})
}

func TestAReturnIsToldOnceAndNeverMoreThanIsLeft(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var o, own order.Order
		var err error
		if own, err = place(t, d, new(order.Numbers), draft("cart_own"), ""); err != nil {
			t.Fatal(err)
		}
		if err := write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			o, err = new(order.Numbers).Import(ctx, tx, past("elsewhere:1", "A-1"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		at := longAgo.Add(time.Hour)
		for _, c := range []struct {
			name     string
			of       order.ID
			r        order.Return
			told     bool
			want     error
			returned int64
		}{
			{"one of two comes back", o.ID, order.Return{Ref: "C-1", Line: o.Lines[0].ID, Quantity: 1, Amount: eur(9_00), At: at}, true, nil, 1},
			{"told again, nothing changes", o.ID, order.Return{Ref: "C-1", Line: o.Lines[0].ID, Quantity: 1, Amount: eur(9_00), At: at}, false, nil, 1},
			{"more than is left is refused", o.ID, order.Return{Ref: "C-2", Line: o.Lines[0].ID, Quantity: 2, Amount: eur(9_00), At: at}, false, order.ErrReturned, 1},
			{"more money than is left is refused", o.ID, order.Return{Ref: "C-2", Line: o.Lines[0].ID, Quantity: 1, Amount: eur(9_01), At: at}, false, order.ErrReturned, 1},
			{"an order of the shop's own is not touched", own.ID, order.Return{Ref: "C-3", Line: own.Lines[0].ID, Quantity: 1, Amount: eur(1), At: at}, false, order.ErrReturned, 1},
			{"the rest comes back", o.ID, order.Return{Ref: "C-2", Line: o.Lines[0].ID, Quantity: 1, Amount: eur(9_00), At: at}, true, nil, 2},
		} {
			var told bool
			err := write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
				told, err = order.ImportReturn(ctx, tx, c.of, c.r)
				return err
			})
			if told != c.told || !errors.Is(err, c.want) {
				t.Errorf("%s: %v %v", c.name, told, err)
			}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				got, err := order.Find(t.Context(), tx, o.ID)
				all, err2 := order.Returns(t.Context(), tx, o.ID)
				facts, err3 := event.Facts(t.Context(), tx, "", 0, 10)
				if got.Lines[0].Returned != c.returned || int64(len(all)) != c.returned || len(facts) != 2 {
					t.Errorf("%s: %d returned in %d returns, %d facts", c.name, got.Lines[0].Returned, len(all), len(facts))
				}
				return errors.Join(err, err2, err3)
			})
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			left, err := order.BoughtBy(t.Context(), tx, "cus_1", []string{"MUG"}, at)
			told, err2 := order.ReturnedAs(t.Context(), tx, "C-2")
			if len(left) != 0 || !told[0] {
				t.Errorf("%+v is left, %v told", left, told)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestWhatWasBoughtIsFoundByCustomerSKUAndTime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		if err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := new(order.Numbers).Import(ctx, tx, past("elsewhere:1", "A-1"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, customer, sku string
			until               time.Time
			want                int
		}{
			{"at the time of the order", "cus_1", "MUG", longAgo, 1},
			{"before it", "cus_1", "MUG", longAgo.Add(-time.Second), 0},
			{"of somebody else", "cus_2", "MUG", longAgo, 0},
			{"of nobody", "", "MUG", longAgo, 0},
			{"another SKU", "cus_1", "POSTER", longAgo, 0},
		} {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				all, err := order.BoughtBy(t.Context(), tx, c.customer, []string{c.sku}, c.until)
				if len(all) != c.want || c.want == 1 && (all[0].Left != 2 || all[0].Value != eur(18_00) || all[0].UnitPrice != eur(10_00)) {
					t.Errorf("%s: %+v", c.name, all)
				}
				return err
			})
		}
	})
}
