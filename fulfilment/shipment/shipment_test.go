package shipment_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/delivery/carriage"
	"korzo/delivery/sourcing"
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
	"korzo/purchase/order"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var schemas = []fs.FS{event.Schema, job.Schema, remember.Schema, exception.Schema, market.Schema, taxonomy.Schema, catalog.Schema, inventory.Schema, order.Schema, sourcing.Schema, shipment.Schema}

var by = shipment.By{Actor: "stf_ada", Reason: "test"}

// house is a shop with three locations, the last of which sends nothing, and
// two variants.
type house struct {
	testing.TB
	d       *db.DB
	vs      []catalog.VariantID
	numbers order.Numbers
	carts   atomic.Int64
	contact string // of who buys
}

func open(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := &house{TB: t, d: d}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		for i, id := range []string{"loc_hub", "loc_mitte", "loc_kiosk"} {
			if err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: id, Name: id, Country: "DE", Zone: "Europe/Berlin", Priority: int64(i + 1),
				Ships: id != "loc_kiosk", Pickup: id != "loc_hub"}); err != nil {
				return err
			}
		}
		p, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "mug", Title: "Mug", Variants: []catalog.Variant{{SKU: "MUG-RED"}, {SKU: "MUG-BLUE"}}})
		h.vs = nil
		for _, v := range p.Variants {
			h.vs = append(h.vs, v.ID)
		}
		return err
	})
	return h
}

func (h *house) write(do func(ctx context.Context, tx *db.Tx) error) {
	h.Helper()
	if err := h.try(do); err != nil {
		h.Fatal(err)
	}
}

func (h *house) try(do func(ctx context.Context, tx *db.Tx) error) error {
	return h.d.Write(h.Context(), func(tx *db.Tx) error { return do(h.Context(), tx) })
}

func (h *house) stock(location string, units ...int64) {
	h.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		for i, n := range units {
			if n != 0 {
				if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: h.vs[i], Location: location, Delta: n, Cause: inventory.CauseReceived, Actor: "test", Reason: "new"}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// want is units of the two variants in a delivery group.
type want struct {
	kind, location string
	units          [2]int64
}

// buy places an order whose goods are claimed where they lie, and makes its
// fulfilments.
func (h *house) buy(wants ...want) order.ID {
	h.Helper()
	id := order.NewID(h.d.Now())
	zero := money.Of(0, "EUR")
	draft := order.Draft{Cart: fmt.Sprint("crt_", h.carts.Add(1), id), Market: "DE", Channel: "web", Contact: h.contact, Subtotal: zero, Discount: zero, Shipping: zero, Tax: zero, Total: zero}
	var lines []inventory.Line
	for g, w := range wants {
		group := order.GroupID(fmt.Sprint("grp_", g, id))
		draft.Groups = append(draft.Groups, order.Group{ID: group, Kind: w.kind, Method: "m", Name: "Standard", Location: w.location, Price: zero, Discount: zero, Tax: zero,
			PromiseFrom: "2030-01-04", PromiseTo: "2030-01-05"})
		for v, n := range w.units {
			if n > 0 {
				draft.Lines = append(draft.Lines, order.Line{ID: order.LineID(fmt.Sprint("oli_", g, v, id)), Group: group, Kind: catalog.KindGoods, Variant: string(h.vs[v]),
					SKU: []string{"MUG-RED", "MUG-BLUE"}[v], Title: "Mug", Quantity: n, UnitPrice: zero, UnitCost: zero, Subtotal: zero, Discount: zero, Tax: zero, Total: zero, Refunded: zero})
				if w.kind == shipment.KindShip {
					lines = append(lines, inventory.Line{Variant: h.vs[v], Units: n})
				}
			}
		}
	}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := h.numbers.Place(ctx, tx, id, draft, ""); err != nil {
			return err
		}
		if len(lines) > 0 {
			if _, err := inventory.Hold(ctx, tx, "plc_"+string(id), lines, tx.Now.Add(time.Hour)); err == nil {
				if _, err = inventory.Claim(ctx, tx, "plc_"+string(id), string(id)); err != nil {
					return err
				}
			}
		}
		for _, w := range wants {
			for v, n := range w.units {
				if w.kind == shipment.KindPickup && n > 0 {
					if err := inventory.ClaimAt(ctx, tx, string(id), w.location, []inventory.Line{{Variant: h.vs[v], Units: n}}); err != nil && !errors.Is(err, inventory.ErrShort) {
						return err
					}
				}
			}
		}
		return shipment.Make(ctx, tx, id)
	})
	return id
}

func (h *house) of(id order.ID) (all []shipment.Fulfilment) {
	h.Helper()
	dbtest.Read(h, h.d, func(tx *db.Tx) (err error) {
		all, err = shipment.OfOrder(h.Context(), tx, id)
		return err
	})
	return all
}

// brief is fulfilments as one word each: "open@hub 2+1".
func brief(all []shipment.Fulfilment) (words []string) {
	for _, f := range all {
		var units []string
		for _, l := range f.Lines {
			units = append(units, fmt.Sprint(l.Units))
		}
		words = append(words, fmt.Sprintf("%s@%s %s", f.State, strings.TrimPrefix(f.Location, "loc_"), strings.Join(units, "+")))
	}
	return words
}

func (h *house) is(id order.ID, words ...string) {
	h.Helper()
	if diff := cmp.Diff(words, brief(h.of(id))); diff != "" {
		h.Error(diff)
	}
}

// sound fails the test unless the books agree.
func (h *house) sound() {
	h.Helper()
	dbtest.Read(h, h.d, func(tx *db.Tx) error {
		a, err := shipment.Verify(h.Context(), tx)
		b, err2 := inventory.Verify(h.Context(), tx)
		for _, text := range append(a, b...) {
			h.Error(text)
		}
		return errors.Join(err, err2)
	})
}

func each(t *testing.T, test func(h *house)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		test(h)
		h.sound()
	})
}

func (h *house) state(id order.ID) order.State {
	h.Helper()
	var o order.Order
	dbtest.Read(h, h.d, func(tx *db.Tx) (err error) {
		o, err = order.Head(h.Context(), tx, id)
		return err
	})
	return o.State
}

func TestAnOrderIsDividedByGroupAndLocation(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 0)
		h.stock("loc_mitte", 4, 3)
		id := h.buy(want{"ship", "", [2]int64{2, 1}}, want{"pickup", "loc_mitte", [2]int64{1, 0}})
		h.is(id, "open@mitte 1", "open@mitte 2+1") // claimed where everything lies together
		h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Make(ctx, tx, id) })
		if n := len(h.of(id)); n != 2 {
			h.Errorf("made again there are %d", n)
		}
	})
}

func TestGoodsClaimedElsewhereAreSoughtWhereTheyAreCollected(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 0)
		h.stock("loc_kiosk", 1, 0)
		id := h.buy(want{"ship", "", [2]int64{3, 0}})
		other := h.buy(want{"pickup", "loc_kiosk", [2]int64{1, 0}}, want{"pickup", "loc_mitte", [2]int64{1, 0}})
		h.is(id, "open@hub 3")
		h.is(other, "open@kiosk 1", "on_hold@mitte 1")
		h.stock("loc_mitte", 2, 0)
		waiting := h.of(other)[1].ID
		h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Release(ctx, tx, waiting, by) })
		h.is(other, "open@kiosk 1", "open@mitte 1")
	})
}

func TestAParcelLeavesTheStockAndTheOrder(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 5)
		id := h.buy(want{"ship", "", [2]int64{2, 1}})
		f := h.of(id)[0]
		var p shipment.Parcel
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			p, err = shipment.Pack(ctx, tx, f.ID, []shipment.Units{{Line: f.Lines[0].Line, Units: 1}}, 400, by)
			return errors.Join(err, shipment.Ship(ctx, tx, p.ID, by), shipment.Ship(ctx, tx, p.ID, by)) // again changes nothing
		})
		h.is(id, "picking@hub 2+1")
		if got := h.state(id); got != order.StatePlaced {
			h.Errorf("with two units left the order is %s", got)
		}
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			p, err = shipment.Pack(ctx, tx, f.ID, nil, 0, by)
			return errors.Join(err, shipment.Ship(ctx, tx, p.ID, by))
		})
		h.is(id, "shipped@hub 2+1")
		if got := h.state(id); got != order.StateCompleted {
			h.Errorf("when all has left the order is %s", got)
		}
		dbtest.Read(h, h.d, func(tx *db.Tx) error {
			levels, err := inventory.Levels(h.Context(), tx, h.vs[0])
			if levels[0].OnHand != 3 || levels[0].Reserved != 0 {
				h.Errorf("on the shelf: %+v", levels[0])
			}
			return err
		})
	})
}

func TestNothingLeavesOfAnOrderOnHoldOrCanceled(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 5)
		id := h.buy(want{"ship", "", [2]int64{1, 0}})
		f := h.of(id)[0]
		var p shipment.Parcel
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			p, err = shipment.Pack(ctx, tx, f.ID, nil, 0, by)
			return errors.Join(err, order.Move(ctx, tx, id, order.StateOnHold, "fraud"), shipment.HoldAll(ctx, tx, id))
		})
		if err := h.try(func(ctx context.Context, tx *db.Tx) error { return shipment.Ship(ctx, tx, p.ID, by) }); !errors.Is(err, shipment.ErrOrder) {
			h.Errorf("on hold: %v", err)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(order.Move(ctx, tx, id, order.StatePlaced, ""), shipment.Make(ctx, tx, id))
		})
		h.is(id, "packed@hub 1")
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(order.Move(ctx, tx, id, order.StateCanceled, ""), inventory.Unclaim(ctx, tx, string(id)))
		})
		if err := h.try(func(ctx context.Context, tx *db.Tx) error { return shipment.Ship(ctx, tx, p.ID, by) }); !errors.Is(err, shipment.ErrOrder) {
			h.Errorf("canceled: %v", err)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.CancelAll(ctx, tx, id, by) })
		h.is(id, "canceled@hub 0")
	})
}

func TestARejectedPickFindsAnotherLocation(t *testing.T) {
	for _, c := range []struct {
		why          string
		hub, reserve int64 // left at the hub, where 5 were
	}{{shipment.RejectMissing, 0, 0}, {shipment.RejectDamaged, 3, 0}, {shipment.RejectCapacity, 5, 0}} {
		t.Run(c.why, func(t *testing.T) {
			each(t, func(h *house) {
				h.stock("loc_hub", 5, 0)
				h.stock("loc_mitte", 2, 0)
				id := h.buy(want{"ship", "", [2]int64{2, 0}})
				f := h.of(id)[0]
				h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Reject(ctx, tx, f.ID, nil, c.why, by) })
				h.is(id, "rejected@hub 0", "open@mitte 2")
				dbtest.Read(h, h.d, func(tx *db.Tx) error {
					levels, err := inventory.Levels(h.Context(), tx, h.vs[0])
					if levels[0].OnHand != c.hub || levels[0].Reserved != c.reserve || levels[1].Reserved != 2 {
						h.Errorf("%+v", levels)
					}
					return err
				})
				second := h.of(id)[1]
				h.write(func(ctx context.Context, tx *db.Tx) error {
					return shipment.Reject(ctx, tx, second.ID, nil, shipment.RejectMissing, by)
				})
				h.is(id, "rejected@hub 0", "rejected@mitte 0", "on_hold@mitte 2") // and never back to the first
			})
		})
	}
}

func TestWhatItsPlaceRejectedIsSentFromElsewhereOrCollectedAfterAll(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 0)
		h.stock("loc_kiosk", 2, 0)
		rejected := func() (order.ID, shipment.Fulfilment) {
			id := h.buy(want{"pickup", "loc_kiosk", [2]int64{1, 0}})
			f := h.of(id)[0]
			h.write(func(ctx context.Context, tx *db.Tx) error {
				return shipment.Reject(ctx, tx, f.ID, nil, shipment.RejectCapacity, by)
			})
			h.is(id, "rejected@kiosk 0", "on_hold@kiosk 1")
			return id, h.of(id)[1]
		}
		id, f := rejected()
		h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.SendInstead(ctx, tx, f.ID, by) })
		h.is(id, "rejected@kiosk 0", "moved@kiosk 0", "open@hub 1")
		if got := h.of(id)[2]; got.Kind != shipment.KindShip || !got.Sourced {
			h.Errorf("%+v", got)
		}
		id, f = rejected()
		h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Release(ctx, tx, f.ID, by) })
		h.is(id, "rejected@kiosk 0", "open@kiosk 1")
		if got := h.of(id)[1]; got.Kind != shipment.KindPickup || !got.Sourced {
			h.Errorf("%+v", got)
		}
		dbtest.Read(h, h.d, func(tx *db.Tx) error {
			open, err := exception.List(h.Context(), tx, exception.Filter{Open: true, Kind: shipment.TroubleNowhere, Limit: 10})
			if len(open) > 0 {
				h.Errorf("troubles are left: %+v", open)
			}
			return err
		})
	})
}

func TestTheCarriersStoryIsDataInWhateverOrder(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 0)
		id := h.buy(want{"ship", "", [2]int64{1, 0}})
		f, at := h.of(id)[0], h.d.Now()
		var p shipment.Parcel
		tell := func(events ...carriage.Event) {
			h.Helper()
			h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Observe(ctx, tx, p.ID, events) })
		}
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			p, err = shipment.Pack(ctx, tx, f.ID, nil, 0, by)
			return errors.Join(err, shipment.SetLabel(ctx, tx, p.ID, shipment.Label{Carrier: "manual", Number: "00340"}, by), shipment.Ship(ctx, tx, p.ID, by))
		})
		tell(carriage.Event{ID: "2", At: at.Add(2 * time.Hour), Status: carriage.StatusOutForDelivery})
		tell(carriage.Event{ID: "1", At: at.Add(time.Hour), Status: carriage.StatusInTransit}) // late, and older
		tell(carriage.Event{ID: "2", At: at.Add(2 * time.Hour), Status: carriage.StatusOutForDelivery})
		dbtest.Read(h, h.d, func(tx *db.Tx) error {
			got, err := shipment.FindParcel(h.Context(), tx, p.ID)
			story, err2 := shipment.Story(h.Context(), tx, p.ID)
			if got.Status != carriage.StatusOutForDelivery || got.State != shipment.ParcelShipped || len(story) != 2 {
				h.Errorf("%+v, %d events", got, len(story))
			}
			return errors.Join(err, err2)
		})
		tell(carriage.Event{ID: "3", At: at.Add(3 * time.Hour), Status: carriage.StatusDelivered})
		h.is(id, "delivered@hub 1")
		tell(carriage.Event{ID: "4", At: at.Add(4 * time.Hour), Status: "something new"})
		h.is(id, "delivered@hub 1") // the story goes on, the parcel stays delivered
	})
}

func TestWhatIsLateIsToldOnceAndBeforeItsDayIsOver(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 0)
		id := h.buy(want{"ship", "", [2]int64{2, 0}}) // promised for 5 January
		f := h.of(id)[0]
		var p shipment.Parcel
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			p, err = shipment.Pack(ctx, tx, f.ID, []shipment.Units{{Line: f.Lines[0].Line, Units: 1}}, 0, by)
			return errors.Join(err, shipment.Ship(ctx, tx, p.ID, by))
		})
		for _, step := range []struct {
			at   time.Time
			want int
		}{
			{time.Date(2030, 1, 4, 22, 59, 0, 0, time.UTC), 0}, // 23:59 in Berlin, the day before
			{time.Date(2030, 1, 4, 23, 0, 0, 0, time.UTC), 1},  // what has not left
			{time.Date(2030, 1, 5, 10, 59, 0, 0, time.UTC), 0},
			{time.Date(2030, 1, 5, 11, 0, 0, 0, time.UTC), 1}, // noon: what is not on the van
			{time.Date(2030, 1, 6, 11, 0, 0, 0, time.UTC), 0},
		} {
			dbtest.Clock(h.d).Set(step.at)
			h.write(func(ctx context.Context, tx *db.Tx) error {
				n, err := shipment.FindLate(ctx, tx, 100)
				if n != step.want {
					h.Errorf("at %v found %d, want %d", step.at, n, step.want)
				}
				return err
			})
		}
	})
}

func TestOneOfTwoWhoShipAndCancelIsRefused(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 50, 0)
		for range 5 {
			id := h.buy(want{"ship", "", [2]int64{1, 0}})
			f := h.of(id)[0]
			var p shipment.Parcel
			h.write(func(ctx context.Context, tx *db.Tx) (err error) {
				p, err = shipment.Pack(ctx, tx, f.ID, nil, 0, by)
				return err
			})
			errs := make(chan error, 2)
			go func() {
				errs <- h.try(func(ctx context.Context, tx *db.Tx) error { return shipment.Ship(ctx, tx, p.ID, by) })
			}()
			go func() {
				errs <- h.try(func(ctx context.Context, tx *db.Tx) error {
					if err := order.Move(ctx, tx, id, order.StateCanceled, ""); err != nil {
						return err
					}
					return inventory.Unclaim(ctx, tx, string(id))
				})
			}()
			if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
				h.Errorf("both or neither: %v, %v", a, b)
			}
			if h.state(id) == order.StateCanceled {
				h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.CancelAll(ctx, tx, id, by) })
			}
		}
	})
}

// Units of a line are conserved, and the stock's axes agree with the log,
// through any sequence of what may be done with fulfilments.
func TestUnitsAreConserved(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.stock("loc_hub", 500, 500)
		h.stock("loc_mitte", 400, 400)
		rapid.Check(t, func(r *rapid.T) {
			h.stock("loc_hub", 20, 20) // what was not found is written off
			h.stock("loc_mitte", 20, 20)
			units := rapid.Int64Range(1, 4)
			id := h.buy(want{"ship", "", [2]int64{units.Draw(r, "a"), units.Draw(r, "b")}}, want{"pickup", "loc_mitte", [2]int64{units.Draw(r, "c"), 0}})
			for range rapid.IntRange(1, 14).Draw(r, "steps") {
				h.anything(r, id)
				h.conserved(r, id)
				h.agrees(r, id)
			}
		})
		h.sound()
	})
}

// anything does one thing with one fulfilment of an order. What is refused must
// have changed nothing.
func (h *house) anything(r *rapid.T, id order.ID) {
	all := h.of(id)
	f := rapid.SampledFrom(all).Draw(r, "fulfilment")
	var some []shipment.Units
	for _, l := range f.Lines {
		if n := rapid.Int64Range(0, 3).Draw(r, "units"); n > 0 {
			some = append(some, shipment.Units{Line: l.Line, Units: n})
		}
	}
	var parcels []shipment.Parcel
	dbtest.Read(h, h.d, func(tx *db.Tx) (err error) {
		parcels, err = shipment.Parcels(h.Context(), tx, id)
		return err
	})
	parcel := shipment.ParcelID("par_none")
	if len(parcels) > 0 {
		parcel = rapid.SampledFrom(parcels).Draw(r, "parcel").ID
	}
	why := rapid.SampledFrom(shipment.Rejections).Draw(r, "why")
	verbs := map[string]func(ctx context.Context, tx *db.Tx) error{
		"accept": func(ctx context.Context, tx *db.Tx) error { return shipment.Accept(ctx, tx, f.ID, by) },
		"pick": func(ctx context.Context, tx *db.Tx) error {
			_, err := shipment.Pick(ctx, tx, f.ID, some, by)
			return err
		},
		"pack": func(ctx context.Context, tx *db.Tx) error {
			_, err := shipment.Pack(ctx, tx, f.ID, some, 0, by)
			return err
		},
		"unpack": func(ctx context.Context, tx *db.Tx) error { return shipment.Unpack(ctx, tx, parcel, by) },
		"ship":   func(ctx context.Context, tx *db.Tx) error { return shipment.Ship(ctx, tx, parcel, by) },
		"deliver": func(ctx context.Context, tx *db.Tx) error {
			return shipment.Deliver(ctx, tx, parcel, tx.Now)
		},
		"split": func(ctx context.Context, tx *db.Tx) error {
			_, err := shipment.Split(ctx, tx, f.ID, some, by)
			return err
		},
		"merge": func(ctx context.Context, tx *db.Tx) error {
			return shipment.Merge(ctx, tx, f.ID, rapid.SampledFrom(all).Draw(r, "into").ID, by)
		},
		"relocate": func(ctx context.Context, tx *db.Tx) error {
			return shipment.Relocate(ctx, tx, f.ID, rapid.SampledFrom([]string{"loc_hub", "loc_mitte", "loc_kiosk"}).Draw(r, "to"), by)
		},
		"hold":             func(ctx context.Context, tx *db.Tx) error { return shipment.Hold(ctx, tx, f.ID, by) },
		"release":          func(ctx context.Context, tx *db.Tx) error { return shipment.Release(ctx, tx, f.ID, by) },
		"reject":           func(ctx context.Context, tx *db.Tx) error { return shipment.Reject(ctx, tx, f.ID, some, why, by) },
		"cancel":           func(ctx context.Context, tx *db.Tx) error { return shipment.Cancel(ctx, tx, f.ID, some, true, by) },
		"cancel the order": func(ctx context.Context, tx *db.Tx) error { return h.cancel(ctx, tx, id) },
		"cancel lines": func(ctx context.Context, tx *db.Tx) error {
			return shipment.CancelLines(ctx, tx, id, some, true, by)
		},
		"set aside": func(ctx context.Context, tx *db.Tx) error {
			_, _, err := shipment.SetAside(ctx, tx, f.ID, by)
			return err
		},
		"hand over": func(ctx context.Context, tx *db.Tx) error {
			_, err := shipment.HandOver(ctx, tx, f.ID, some, by)
			return err
		},
		"put back": func(ctx context.Context, tx *db.Tx) error { return shipment.PutBack(ctx, tx, f.ID, by) },
		"send instead": func(ctx context.Context, tx *db.Tx) error {
			return shipment.SendInstead(ctx, tx, f.ID, by)
		},
	}
	names := make([]string, 0, len(verbs))
	for name := range verbs {
		names = append(names, name)
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(r, "verb")
	before := h.of(id)
	if err := h.try(verbs[name]); err != nil {
		if diff := cmp.Diff(brief(before), brief(h.of(id))); diff != "" {
			r.Errorf("%s was refused (%v) and changed\n%s", name, err, diff)
		}
		return
	}
	if name == "reject" && why == shipment.RejectMissing && f.Sourced {
		h.blocked(r, f, some)
	}
}

// blocked holds that nothing is sold any more where goods were not found.
func (h *house) blocked(r *rapid.T, f shipment.Fulfilment, units []shipment.Units) {
	dbtest.Read(h, h.d, func(tx *db.Tx) error {
		for _, u := range units {
			i := slices.IndexFunc(f.Lines, func(l shipment.Line) bool { return l.Line == u.Line })
			levels, err := inventory.Levels(h.Context(), tx, f.Lines[i].Variant)
			if err != nil {
				return err
			}
			for _, l := range levels {
				if l.Location == f.Location && l.Available() > 0 {
					r.Errorf("%d are still sold at %s, where they were not found", l.Available(), f.Location)
				}
			}
		}
		return nil
	})
}

// cancel cancels an order whole, as its buyer or the shop does, in one go.
func (h *house) cancel(ctx context.Context, tx *db.Tx, id order.ID) error {
	if err := order.Move(ctx, tx, id, order.StateCanceled, ""); err != nil {
		return err
	}
	if err := inventory.Unclaim(ctx, tx, string(id)); err != nil {
		return err
	}
	return shipment.CancelAll(ctx, tx, id, by)
}

// agrees holds claims to fulfilments: at each location exactly what is open and
// sourced there is claimed for the order, and nothing once it is canceled.
func (h *house) agrees(r *rapid.T, id order.ID) {
	claimed := map[inventory.Line]int64{}
	dbtest.Read(h, h.d, func(tx *db.Tx) error {
		all, err := inventory.Claims(h.Context(), tx, string(id))
		for _, a := range all {
			claimed[inventory.Line{Variant: a.Variant, At: a.Location}] += a.Units
		}
		return err
	})
	for _, f := range h.of(id) {
		for _, l := range f.Lines {
			if f.Sourced && f.State.Open() {
				claimed[inventory.Line{Variant: l.Variant, At: f.Location}] -= l.Open()
			}
		}
	}
	for at, units := range claimed {
		if units != 0 {
			r.Fatalf("at %s %d more units are claimed than are to be sent: %v", at.At, units, brief(h.of(id)))
		}
	}
	if h.state(id) == order.StateCanceled && slices.ContainsFunc(h.of(id), func(f shipment.Fulfilment) bool { return f.State.Open() }) {
		r.Fatalf("there is work left of an order that was canceled: %v", brief(h.of(id)))
	}
}

func (h *house) conserved(r *rapid.T, id order.ID) {
	var o order.Order
	dbtest.Read(h, h.d, func(tx *db.Tx) (err error) {
		o, err = order.Find(h.Context(), tx, id)
		return err
	})
	for _, l := range o.Lines {
		var whole, shipped int64
		for _, f := range h.of(id) {
			for _, fl := range f.Lines {
				if fl.Line == l.ID {
					whole, shipped = whole+fl.Units+fl.Canceled, shipped+fl.Shipped
				}
			}
		}
		if whole != l.Quantity || shipped != l.Shipped {
			r.Fatalf("line of %d, %d shipped: its fulfilments have %d and %d", l.Quantity, l.Shipped, whole, shipped)
		}
	}
}
