package pickup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/value/calendar"
	"korzo/value/money"
)

var schemas = []fs.FS{event.Schema, job.Schema, remember.Schema, exception.Schema, market.Schema, taxonomy.Schema, catalog.Schema, inventory.Schema,
	order.Schema, sourcing.Schema, promise.Schema, method.Schema, shipment.Schema, pickup.Schema}

var by = shipment.By{Actor: "stf_ada", Reason: "knows her"}

const place = "loc_mitte"

// counter is a place with one variant, whose facts are counted.
type counter struct {
	testing.TB
	d       *db.DB
	keeper  *seal.Keeper
	v       catalog.VariantID
	numbers order.Numbers
	bus     event.Bus
	facts   map[string]int
	n       int
}

func open(t testing.TB, d *db.DB) *counter {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{TB: t, d: d, keeper: k, facts: map[string]int{}}
	event.On(&c.bus, "await", func(ctx context.Context, tx *db.Tx, e shipment.Moved) error {
		if !e.To.Open() {
			return pickup.Over(ctx, tx, e.Fulfilment)
		}
		return pickup.Await(ctx, tx, e.Fulfilment)
	})
	count(c, "ready", pickup.ReadyToCollect{})
	count(c, "reminded", pickup.Reminded{})
	count(c, "expired", pickup.Expired{})
	count(c, "handed", pickup.HandedOver{})
	count(c, "canceled", shipment.Canceled{})
	c.write(func(ctx context.Context, tx *db.Tx) error {
		if err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: place, Name: "Mitte", Country: "DE", Zone: "Europe/Berlin", Pickup: true}); err != nil {
			return err
		}
		p, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "mug", Title: "Mug", Variants: []catalog.Variant{{SKU: "MUG"}}})
		if err != nil {
			return err
		}
		c.v = p.Variants[0].ID
		_, err = inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: c.v, Location: place, Delta: 100, Cause: inventory.CauseReceived, Actor: "test", Reason: "new"})
		return err
	})
	return c
}

func count[E event.Event](c *counter, name string, _ E) {
	event.On(&c.bus, name, func(context.Context, *db.Tx, E) error {
		c.facts[name]++
		return nil
	})
}

func (c *counter) write(do func(ctx context.Context, tx *db.Tx) error) {
	c.Helper()
	if err := c.try(do); err != nil {
		c.Fatal(err)
	}
}

func (c *counter) try(do func(ctx context.Context, tx *db.Tx) error) error {
	return c.d.Write(context.Background(), func(tx *db.Tx) error { return do(context.Background(), tx) })
}

func (c *counter) deliver() {
	c.Helper()
	if _, err := c.bus.Deliver(context.Background(), c.d); err != nil {
		c.Fatal(err)
	}
}

// buy places an order of units that are collected, and returns its fulfilment.
func (c *counter) buy(units int64) shipment.ID {
	c.Helper()
	c.n++
	id, zero := order.NewID(c.d.Now()), money.Of(0, "EUR")
	var of shipment.ID
	c.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := c.numbers.Place(ctx, tx, id, order.Draft{Cart: fmt.Sprint("crt_", c.n), Market: "DE", Channel: "web", Subtotal: zero, Discount: zero, Shipping: zero, Tax: zero, Total: zero,
			Groups: []order.Group{{ID: order.GroupID(fmt.Sprint("grp_", c.n)), Kind: "pickup", Location: place, Price: zero, Discount: zero, Tax: zero}},
			Lines: []order.Line{{ID: order.LineID(fmt.Sprint("oli_", c.n)), Group: order.GroupID(fmt.Sprint("grp_", c.n)), Kind: catalog.KindGoods, Variant: string(c.v), SKU: "MUG", Title: "Mug", Quantity: units,
				UnitPrice: zero, UnitCost: zero, Subtotal: zero, Discount: zero, Tax: zero, Total: zero, Refunded: zero}}}, "")
		if err != nil {
			return err
		}
		if err := inventory.ClaimAt(ctx, tx, string(id), place, []inventory.Line{{Variant: c.v, Units: units}}); err != nil {
			return err
		}
		if err := shipment.Make(ctx, tx, id); err != nil {
			return err
		}
		all, err := shipment.OfOrder(ctx, tx, id)
		of = all[0].ID
		return err
	})
	c.deliver()
	return of
}

// ready picks units of a fulfilment, all with -1, and makes it ready.
func (c *counter) ready(of shipment.ID, units int64) (code string) {
	c.Helper()
	c.write(func(ctx context.Context, tx *db.Tx) error {
		f, err := shipment.Find(ctx, tx, of)
		if err != nil {
			return err
		}
		if units < 0 {
			units = f.Lines[0].Units
		}
		if _, err := shipment.Pick(ctx, tx, of, []shipment.Units{{Line: f.Lines[0].Line, Units: units}}, by); err != nil {
			return err
		}
		t, err := pickup.Ready(ctx, tx, c.keeper, of, by)
		code = t.Code(c.keeper)
		return err
	})
	c.deliver()
	return code
}

func (c *counter) hand(h pickup.Hand) error {
	h.Location, h.By = place, shipment.By{Actor: by.Actor, Reason: h.By.Reason}
	err := c.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := pickup.HandOver(ctx, tx, c.keeper, h)
		return err
	})
	c.deliver()
	return err
}

// shelf is what lies at the place and what of it is promised.
func (c *counter) shelf() (onHand, reserved int64) {
	c.Helper()
	c.read(func(ctx context.Context, tx *db.Tx) error {
		levels, err := inventory.Levels(ctx, tx, c.v)
		onHand, reserved = levels[0].OnHand, levels[0].Reserved
		return err
	})
	return onHand, reserved
}

func (c *counter) read(do func(ctx context.Context, tx *db.Tx) error) {
	c.Helper()
	if err := c.d.Read(context.Background(), func(tx *db.Tx) error { return do(context.Background(), tx) }); err != nil {
		c.Fatal(err)
	}
}

func (c *counter) sound() {
	c.Helper()
	c.read(func(ctx context.Context, tx *db.Tx) error {
		a, err := shipment.Verify(ctx, tx)
		b, err2 := inventory.Verify(ctx, tx)
		for _, text := range append(a, b...) {
			c.Error(text)
		}
		return errors.Join(err, err2)
	})
}

func TestGoodsAreHandedOverForTheirCodeAndOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		first, second := c.buy(3), c.buy(1)
		code, other := c.ready(first, -1), c.ready(second, -1)
		if len(code) != 6 || code == other {
			t.Fatalf("codes %q and %q", code, other)
		}
		line := order.LineID("oli_1")
		for _, step := range []struct {
			name           string
			h              pickup.Hand
			want           error
			onHand, rest   int64
			handed, before int
		}{
			{"a wrong code", pickup.Hand{Code: "000000"}, pickup.ErrNotFound, 100, 4, 0, 0},
			{"a part", pickup.Hand{Code: code[:3] + " " + code[3:], Units: []shipment.Units{{Line: line, Units: 2}}}, nil, 98, 2, 1, 0},
			{"more than is left", pickup.Hand{Code: code, Units: []shipment.Units{{Line: line, Units: 2}}}, shipment.ErrUnits, 98, 2, 1, 0},
			{"the rest, by somebody else", pickup.Hand{Code: code, Proxy: true}, nil, 97, 1, 2, 0},
			{"again", pickup.Hand{Code: code}, pickup.ErrNotFound, 97, 1, 2, 0},
			{"without a code or a reason", pickup.Hand{Task: second}, pickup.ErrReason, 97, 1, 2, 0},
			{"without a code, by who knows her", pickup.Hand{Task: second, By: by}, nil, 96, 0, 3, 0},
		} {
			if err := c.hand(step.h); !errors.Is(err, step.want) || step.want == nil && err != nil {
				t.Errorf("%s: %v, want %v", step.name, err, step.want)
			}
			if on, reserved := c.shelf(); on != step.onHand || reserved != step.rest || c.facts["handed"] != step.handed {
				t.Errorf("%s: %d on hand, %d promised, %d told", step.name, on, reserved, c.facts["handed"])
			}
		}
		c.sound()
	})
}

func TestWhatIsNotPickedWaitsOnByItself(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		of := c.buy(3)
		c.ready(of, 2)
		c.read(func(ctx context.Context, tx *db.Tx) error {
			f, err := shipment.Find(ctx, tx, of)
			if err != nil {
				return err
			}
			tasks, err := pickup.OfOrder(ctx, tx, f.Order)
			if len(tasks) != 2 || f.Lines[0].Units != 2 || f.State != shipment.StateReady {
				t.Errorf("%d tasks, %+v", len(tasks), f)
			}
			return err
		})
		c.sound()
	})
}

func TestWhatNobodyAcceptsIsRaisedInOpeningHours(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		dbtest.Clock(d).Set(time.Date(2030, 1, 3, 17, 50, 0, 0, time.UTC)) // 18:50 in Berlin, ten minutes before closing
		of := c.buy(1)
		for _, step := range []struct {
			at   time.Time
			open int64
		}{{time.Date(2030, 1, 4, 9, 19, 0, 0, time.UTC), 0}, {time.Date(2030, 1, 4, 9, 20, 0, 0, time.UTC), 1}, {time.Date(2030, 1, 4, 9, 50, 0, 0, time.UTC), 1}} {
			dbtest.Clock(d).Set(step.at)
			c.write(func(ctx context.Context, tx *db.Tx) error { _, err := pickup.Sweep(ctx, tx, 10); return err })
			c.read(func(ctx context.Context, tx *db.Tx) error {
				all, err := exception.About(ctx, tx, string(of))
				if int64(len(all)) != step.open {
					t.Errorf("at %v: %d exceptions", step.at, len(all))
				}
				return err
			})
		}
		c.ready(of, -1)
		c.read(func(ctx context.Context, tx *db.Tx) error {
			all, err := exception.About(ctx, tx, string(of))
			if len(all) != 1 || all[0].IsOpen() {
				t.Errorf("once it is ready: %+v", all)
			}
			return err
		})
	})
}

// The counter's clock runs for three weeks of simulated time: reminders come on
// days 2 and 5 when the place opens, and on day 7 when it closes what nobody
// collected is on the shelf again, once, and its money is asked back once.
func TestNobodyComesForThreeWeeks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := db.OpenWith(t.Context(), db.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "shop.db")})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Migrate(t.Context(), schemas...); err != nil {
			t.Fatal(err)
		}
		c := open(t, d)
		of := c.buy(2)
		collected := c.buy(1)
		code := c.ready(of, -1)
		second := c.ready(collected, -1)
		began := time.Now()
		told := map[string]time.Duration{}
		for range 3 * 7 * 24 * 4 {
			time.Sleep(15 * time.Minute)
			for range 2 { // two nodes sweep
				c.write(func(ctx context.Context, tx *db.Tx) error { _, err := pickup.Sweep(ctx, tx, 10); return err })
			}
			c.deliver()
			for name, n := range c.facts {
				if key := fmt.Sprint(name, n); told[key] == 0 {
					told[key] = time.Since(began)
				}
			}
			if time.Since(began) == 3*24*time.Hour {
				if err := c.hand(pickup.Hand{Code: second}); err != nil {
					t.Error(err)
				}
			}
		}
		want := map[string]int{"ready": 2, "reminded": 3, "expired": 1, "handed": 1, "canceled": 1}
		for name, n := range want {
			if c.facts[name] != n {
				t.Errorf("%s: told %d times, want %d", name, c.facts[name], n)
			}
		}
		zone, err := calendar.Zone("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			key  string
			day  int
			hour int
		}{{"reminded2", 3, 10}, {"reminded3", 6, 10}, {"expired1", 8, 19}} {
			// the bubble begins at midnight UTC on Saturday 1 January 2000, New Year's Day: Sundays are 2 and 9
			at := began.Add(told[step.key]).In(zone)
			if at.Day() != step.day || at.Hour() != step.hour {
				t.Errorf("%s came on %v, want day %d at %d", step.key, at, step.day, step.hour)
			}
		}
		if err := c.hand(pickup.Hand{Code: code}); !errors.Is(err, pickup.ErrNotFound) {
			t.Errorf("the code after three weeks: %v", err)
		}
		if on, reserved := c.shelf(); on != 99 || reserved != 0 {
			t.Errorf("%d on hand, %d promised", on, reserved)
		}
		c.sound()
	})
}
