package order_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/purchase/order"
	"korzo/value/money"
)

var schemas = []fs.FS{event.Schema, order.Schema}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// draft is two mugs at 10.00 with 10 % off, 4.90 of delivery, taxes within.
func draft(cart string) order.Draft {
	return order.Draft{
		Cart: cart, Market: "DE", Channel: "web", Entity: "ent_test", Locale: "de", Contact: "ctc_1", Flow: "flw_1", FlowVersion: 3,
		Payment: "pay_1", TaxIncluded: true, Source: "checkout",
		Subtotal: eur(20_00), Discount: eur(2_00), Shipping: eur(4_90), Tax: eur(3_65), Total: eur(22_90),
		Groups: []order.Group{{ID: order.GroupID("grp_" + cart), Kind: "ship", Method: "de_standard", Name: "Standard", Price: eur(4_90), Discount: eur(0), Tax: eur(78),
			Taxes: []order.Tax{{Name: "USt", Country: "DE", PPM: 190_000, Base: eur(4_12), Amount: eur(78)}}, PromiseFrom: "2030-01-03", PromiseTo: "2030-01-05"}},
		Lines: []order.Line{{ID: order.LineID("oli_" + cart), Group: order.GroupID("grp_" + cart), Kind: "goods", Product: "prd_1", Variant: "var_1", SKU: "MUG", Title: "Mug",
			Properties: map[string]string{"engraving": "Ada"}, Quantity: 2, UnitPrice: eur(10_00), UnitCost: eur(4_00), TaxClass: "standard",
			Subtotal: eur(20_00), Discount: eur(2_00), Tax: eur(2_87), Total: eur(18_00), Refunded: eur(0),
			Shares: []order.Share{{Promotion: "promo_1", Code: "TEN", Amount: eur(2_00)}},
			Taxes:  []order.Tax{{Name: "USt", Country: "DE", PPM: 190_000, Base: eur(15_13), Amount: eur(2_87)}}}},
	}
}

func place(t *testing.T, d *db.DB, n *order.Numbers, dr order.Draft, hold string) (o order.Order, err error) {
	t.Helper()
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		o, err = n.Place(t.Context(), tx, order.NewID(tx.Now), dr, hold)
		return err
	})
	return o, err
}

func TestAnOrderIsReadBackAsItWasPlaced(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		placed, err := place(t, d, new(order.Numbers), draft("cart_1"), "")
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := order.Find(t.Context(), tx, placed.ID)
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", placed) {
				t.Errorf("read back\n%+v\nplaced\n%+v", got, placed)
			}
			wrong, verr := order.Verify(t.Context(), tx)
			if len(wrong) > 0 {
				t.Errorf("%v", wrong)
			}
			return errors.Join(err, verr)
		})
		if placed.State != order.StatePlaced || placed.Number != "10001" {
			t.Errorf("%s %s", placed.State, placed.Number)
		}
	})
}

// What was sold with a picture names it, so that nobody throws the picture away.
func TestOrdersTellWhichPicturesTheyShow(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for _, cart := range []string{"cart_1", "cart_2"} {
			dr := draft(cart)
			dr.Lines[0].Image = "mug.png"
			if _, err := place(t, d, new(order.Numbers), dr, ""); err != nil {
				t.Fatal(err)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			shown, err := order.Pictured(t.Context(), tx, []string{"jug.png", "mug.png"})
			if !slices.Equal(shown, []string{"mug.png"}) {
				t.Errorf("orders show %v", shown)
			}
			none, err2 := order.Pictured(t.Context(), tx, nil)
			if len(none) > 0 {
				t.Errorf("of none they show %v", none)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestACartIsOrderedOnceAndTheSecondTryPublishesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		n := new(order.Numbers)
		if _, err := place(t, d, n, draft("cart_1"), ""); err != nil {
			t.Fatal(err)
		}
		again := draft("cart_1")
		again.Lines[0].ID, again.Groups[0].ID, again.Lines[0].Group = "oli_2", "grp_2", "grp_2"
		if _, err := place(t, d, n, again, ""); !errors.Is(err, order.ErrPlaced) {
			t.Errorf("%v, want ErrPlaced", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			facts, err := event.Facts(t.Context(), tx, "", 0, 10)
			if len(facts) != 1 {
				t.Errorf("%d facts, want 1", len(facts))
			}
			return err
		})
	})
}

func TestTotalsThatAreNotTheSumOfTheirPartsCannotBeKept(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		wrong := draft("cart_1")
		wrong.Total = eur(1)
		if _, err := place(t, d, new(order.Numbers), wrong, ""); !errors.Is(err, db.ErrCheck) {
			t.Errorf("%v, want ErrCheck", err)
		}
	})
}

func TestTheLifeOfAnOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		hold  string
		moves []order.State
		want  error
		state order.State
	}{
		{"placed stays placed", "", nil, nil, order.StatePlaced},
		{"on hold, then released", "short", []order.State{order.StatePlaced}, nil, order.StatePlaced},
		{"cancelled twice is cancelled once", "", []order.State{order.StateCanceled, order.StateCanceled}, nil, order.StateCanceled},
		{"a cancelled order stays cancelled", "", []order.State{order.StateCanceled, order.StatePlaced}, order.ErrState, order.StateCanceled},
		{"an order on hold is not completed", "short", []order.State{order.StateCompleted}, order.ErrState, order.StateOnHold},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				o, err := place(t, d, new(order.Numbers), draft("cart_1"), c.hold)
				if err != nil {
					t.Fatal(err)
				}
				for _, to := range c.moves {
					err = d.Write(t.Context(), func(tx *db.Tx) error { return order.Move(t.Context(), tx, o.ID, to, "") })
				}
				if !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
				dbtest.Read(t, d, func(tx *db.Tx) error {
					got, err := order.Head(t.Context(), tx, o.ID)
					if got.State != c.state {
						t.Errorf("%s, want %s", got.State, c.state)
					}
					return err
				})
			})
		})
	}
}

// Whatever nodes and transactions do at once, and whatever is rolled back, no
// number is given twice; one transaction wastes none.
func TestANumberIsGivenOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		nodes := []*order.Numbers{new(order.Numbers), new(order.Numbers)}
		var mu sync.Mutex
		given := map[string]bool{}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				errUndone := errors.New("undone")
				var numbers []string
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					numbers = numbers[:0]
					for j := range 7 {
						o, err := nodes[i%2].Import(t.Context(), tx, order.Past{Draft: draft(fmt.Sprintf("cart_%d_%d", i, j)), PlacedAt: time.Unix(1, 0), State: order.StateCompleted})
						if err != nil {
							return err
						}
						numbers = append(numbers, o.Number)
					}
					if i%5 == 0 {
						return errUndone
					}
					return nil
				})
				if err != nil && !errors.Is(err, errUndone) {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, n := range numbers {
					if given[n] && err == nil {
						t.Errorf("%s was given twice", n)
					}
					given[n] = given[n] || err == nil
				}
			})
		}
		wg.Wait()
		dbtest.Read(t, d, func(tx *db.Tx) error {
			page, _, err := order.List(t.Context(), tx, order.Filter{Limit: 100})
			if len(page) != 100 || !slices.IsSortedFunc(page, func(a, b order.Order) int { return -cmp(a.ID, b.ID) }) {
				t.Errorf("a page of %d, or not newest first", len(page))
			}
			return err
		})
	})
}

func cmp(a, b order.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestAGuestsOrderIsAdoptedOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		o, err := place(t, d, new(order.Numbers), draft("cart_1"), "")
		if err != nil {
			t.Fatal(err)
		}
		adopt := func(customer string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return order.Adopt(t.Context(), tx, o.ID, customer) })
		}
		if err := adopt("cus_1"); err != nil {
			t.Fatal(err)
		}
		if err := adopt("cus_2"); !errors.Is(err, order.ErrState) {
			t.Errorf("another customer took the order: %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := order.Find(t.Context(), tx, o.ID)
			if got.Customer != "cus_1" || got.Version != o.Version+1 {
				t.Errorf("the order is %q's at version %d", got.Customer, got.Version)
			}
			facts, ferr := event.Facts(t.Context(), tx, "", 0, 10)
			if len(facts) != 2 || facts[1].Kind != "order.adopted" {
				t.Errorf("%d facts: %+v", len(facts), facts)
			}
			return errors.Join(err, ferr)
		})
	})
}
