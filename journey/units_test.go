package journey_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
	"korzo/value/address"
)

// Whatever staff and buyers do with an order that is sent and collected, edits of
// every sort among it: its units are where they were, in one place each; the
// stock's axes agree with the movement log; and nothing is promised twice.
// KORZO_SEED repeats a run.
func TestUnitsAreConservedThroughEditsToo(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("KORZO_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	orders, steps := 4, 16
	if testing.Short() {
		orders, steps = 2, 12
	}
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		t.Logf("KORZO_SEED=%d", seed)
		withStore(w, map[string]int64{"POSTER": 60, "MUG-RED": 5})
		c := &course{World: w, dice: rand.New(rand.NewPCG(seed, 2))}
		for range orders {
			c.begin()
			for range steps {
				c.step()
				c.laws()
				if t.Failed() {
					t.Fatalf("after %s", strings.Join(c.told, "\n"))
				}
			}
		}
		w.Whole()
	})
}

// course is the way of one order, as the dice lead it.
type course struct {
	*apptest.World
	dice *rand.Rand
	id   order.ID
	keys int
	told []string
}

// begin places a mixed order whose goods are to be gathered.
func (c *course) begin() {
	c.T.Helper()
	at, ready := mixed(c.World, 2)
	c.keys++
	done := c.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", fmt.Sprint("units", c.keys))
	if done.Text("status") != "completed" {
		c.T.Fatalf("%d %s", done.Status, done.Bytes)
	}
	c.id, c.told = order.ID(done.Text("order", "id")), nil
	c.Until("it is paid and to be gathered", func() bool {
		return c.Call("GET", "/admin/v1/orders/"+string(c.id), nil).Int("payments", 0, "captured", "amount") > 0 && len(c.fulfilments()) > 1
	})
}

func (c *course) fulfilments() (all []shipment.Fulfilment) {
	c.T.Helper()
	dbtest.Read(c.T, c.App.DB, func(tx *db.Tx) (err error) {
		all, err = shipment.OfOrder(c.T.Context(), tx, c.id)
		return err
	})
	return all
}

func (c *course) order() (o order.Order) {
	c.T.Helper()
	dbtest.Read(c.T, c.App.DB, func(tx *db.Tx) (err error) {
		o, err = order.Find(c.T.Context(), tx, c.id)
		return err
	})
	return o
}

// step does one thing. What is refused is refused for a reason that people are told.
func (c *course) step() {
	c.T.Helper()
	c.keys++
	what, err := "edit", error(nil)
	if roll := c.dice.IntN(100); roll < 45 {
		err = c.edit(&what)
	} else {
		err = c.work(&what)
	}
	c.told = append(c.told, fmt.Sprintf("%s: %v", what, err))
	if err != nil && fault.KindOf(err) == fault.Internal {
		c.T.Errorf("%s: %v", what, err)
	}
}

// edit changes the order: fewer, more, another thing, elsewhere, or all at once.
// What is to be paid for it is paid, or the edit is dropped.
func (c *course) edit(what *string) error {
	o := c.order()
	change := amend.Change{Quantities: map[order.LineID]int64{}}
	l := o.Lines[c.dice.IntN(len(o.Lines))]
	roll := c.dice.IntN(6)
	if roll%3 == 0 {
		change.Quantities[l.ID] = int64(c.dice.IntN(4))
	}
	if roll == 1 || roll == 3 {
		change.Add = []amend.Addition{{Variant: c.Variant([]string{"MUG-BLUE", "MUG-RED", "POSTER"}[c.dice.IntN(3)]), Units: 1 + int64(c.dice.IntN(2)), Group: o.Groups[c.dice.IntN(2)].ID}}
	}
	if roll >= 4 {
		change.Address = &address.Address{Name: "Ada", Line1: fmt.Sprint("Elsewhere ", c.keys), PostalCode: "20095", City: "Hamburg", Country: "DE"}
	}
	*what = fmt.Sprintf("edit %v %v, moved %v", change.Quantities, change.Add, change.Address != nil)
	r := amend.Request{Order: c.id, Key: fmt.Sprint("edit", c.keys), Kind: amend.KindEdit, Reason: "test", Actor: "stf_test"}
	err := c.App.DB.Read(c.T.Context(), func(tx *db.Tx) (err error) {
		r, err = amend.Edit(c.T.Context(), tx, r, change)
		return err
	})
	if err != nil {
		return err
	}
	a, err := c.App.Amend.Propose(c.T.Context(), r)
	if err != nil || a.State != amend.StateAwaiting {
		return err
	}
	c.laws() // while it waits, too
	if c.dice.IntN(3) == 0 {
		*what += ", dropped"
		_, err = c.App.Amend.Drop(c.T.Context(), a.ID, "stf_test")
		return err
	}
	*what += ", paid"
	_, token, _ := strings.Cut(c.App.Links.URL(a.Link), "/pay/")
	if paid := c.Call("POST", "/store/v1/pay-links/"+token+"/pay", map[string]any{"method": "card", "instrument": "sandbox:approve"}); paid.Status >= 300 {
		c.T.Fatalf("%d %s", paid.Status, paid.Bytes)
	}
	c.Until("the edit is made", func() bool {
		now, err := c.App.Amend.Find(c.T.Context(), a.ID)
		return err == nil && now.State == amend.StateDone && c.order().State == order.StatePlaced && c.goesOn()
	})
	return nil
}

// goesOn reports whether nothing is held any more for the sake of the order.
func (c *course) goesOn() bool {
	return !slices.ContainsFunc(c.fulfilments(), func(f shipment.Fulfilment) bool {
		return f.State == shipment.StateOnHold && f.Reason == shipment.HoldOrder
	})
}

// work does something with what is prepared of the order. What is not found blocks
// the shelf for the orders after it, and is left to the fulfilments' own property.
func (c *course) work(what *string) error {
	all := c.fulfilments()
	f := all[c.dice.IntN(len(all))]
	var some []shipment.Units
	if loose := f.Loose(); len(loose) > 0 {
		u := loose[c.dice.IntN(len(loose))]
		u.Units = 1 + int64(c.dice.IntN(int(u.Units)))
		some = []shipment.Units{u}
	}
	by := shipment.By{Actor: "stf_test", Reason: "test"}
	verbs := map[string]func(ctx context.Context, tx *db.Tx) error{
		"accept":  func(ctx context.Context, tx *db.Tx) error { return shipment.Accept(ctx, tx, f.ID, by) },
		"hold":    func(ctx context.Context, tx *db.Tx) error { return shipment.Hold(ctx, tx, f.ID, by) },
		"release": func(ctx context.Context, tx *db.Tx) error { return shipment.Release(ctx, tx, f.ID, by) },
		"split": func(ctx context.Context, tx *db.Tx) error {
			_, err := shipment.Split(ctx, tx, f.ID, some, by)
			return err
		},
		"reject": func(ctx context.Context, tx *db.Tx) error {
			return shipment.Reject(ctx, tx, f.ID, some, []string{shipment.RejectDamaged, shipment.RejectCapacity, shipment.RejectOther}[c.dice.IntN(3)], by)
		},
		"ship": func(ctx context.Context, tx *db.Tx) error {
			p, err := shipment.Pack(ctx, tx, f.ID, some, 400, by)
			return errors.Join(err, shipment.Ship(ctx, tx, p.ID, by))
		},
		"set aside": func(ctx context.Context, tx *db.Tx) error {
			_, err := shipment.Pick(ctx, tx, f.ID, some, by)
			if err == nil {
				_, _, err = shipment.SetAside(ctx, tx, f.ID, by)
			}
			return err
		},
		"hand over": func(ctx context.Context, tx *db.Tx) error {
			_, err := shipment.HandOver(ctx, tx, f.ID, nil, by)
			return err
		},
		"put back": func(ctx context.Context, tx *db.Tx) error { return shipment.PutBack(ctx, tx, f.ID, by) },
		"cancel":   func(ctx context.Context, tx *db.Tx) error { return shipment.Cancel(ctx, tx, f.ID, some, true, by) },
	}
	names := []string{"accept", "hold", "release", "release", "split", "split", "reject", "reject", "ship", "set aside", "hand over", "put back", "cancel"}
	*what = names[c.dice.IntN(len(names))]
	err := c.App.DB.Write(c.T.Context(), func(tx *db.Tx) error { return verbs[*what](c.T.Context(), tx) })
	*what += " " + f.Label()
	return err
}

// laws checks, on one snapshot, that every unit of the order is in one place, and
// that the stock's books agree.
func (c *course) laws() {
	c.T.Helper()
	dbtest.Read(c.T, c.App.DB, func(tx *db.Tx) error {
		ctx := c.T.Context()
		o, err := order.Find(ctx, tx, c.id)
		if err != nil {
			return err
		}
		all, err := shipment.OfOrder(ctx, tx, c.id)
		if err != nil {
			return err
		}
		for _, l := range o.Lines {
			var whole, shipped int64
			for _, f := range all {
				for _, fl := range f.Lines {
					if fl.Line == l.ID {
						whole, shipped = whole+fl.Units+fl.Canceled, shipped+fl.Shipped
					}
				}
			}
			if whole != l.Quantity || shipped != l.Shipped {
				c.T.Errorf("of %s %d were bought and %d shipped, and its fulfilments have %d and %d", l.SKU, l.Quantity, l.Shipped, whole, shipped)
			}
		}
		a, err := shipment.Verify(ctx, tx)
		b, err2 := inventory.Verify(ctx, tx)
		for _, wrong := range append(a, b...) {
			c.T.Error(wrong)
		}
		return errors.Join(err, err2, c.promisedOnce(ctx, tx))
	})
}

// promisedOnce checks that no location has promised more than it has.
func (c *course) promisedOnce(ctx context.Context, tx *db.Tx) error {
	for _, sku := range []string{"MUG-RED", "MUG-BLUE", "POSTER"} {
		levels, err := inventory.Levels(ctx, tx, c.Variant(sku))
		if err != nil {
			return err
		}
		for _, l := range levels {
			if l.Reserved > l.OnHand || l.Reserved < 0 {
				c.T.Errorf("at %s %d of %s are promised and %d lie there", l.Location, l.Reserved, sku, l.OnHand)
			}
		}
	}
	return nil
}
