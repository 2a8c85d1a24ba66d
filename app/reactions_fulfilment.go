package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/job"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/settlement"
	"korzo/value/calendar"
	"korzo/value/money"
)

// shopkeeper is who does what follows by itself.
const shopkeeper = "shop"

// jobGiveBack gives money back for units that will not leave.
const jobGiveBack = "fulfilment.refund"

// reactFulfilment says what is sent for an order, and what follows when a part
// of it is not.
func (a *App) reactFulfilment() {
	event.On(a.Bus, "shipment.make", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		if e.OnHold {
			return nil // once a person has let it go on
		}
		if waits, err := awaited(ctx, tx, payment.ID(e.Payment)); waits || err != nil {
			return err
		}
		return shipment.Make(ctx, tx, e.Order)
	})
	event.On(a.Bus, "shipment.order_moved", func(ctx context.Context, tx *db.Tx, e order.Moved) error {
		switch order.State(e.To) {
		case order.StatePlaced:
			o, err := order.Head(ctx, tx, e.Order)
			if err != nil {
				return err
			}
			if waits, err := awaited(ctx, tx, payment.ID(o.Payment)); waits || err != nil {
				return err
			}
			return shipment.Make(ctx, tx, e.Order)
		case order.StateOnHold:
			return shipment.HoldAll(ctx, tx, e.Order)
		case order.StateCanceled:
			if err := sourcing.GiveBack(ctx, tx, string(e.Order), ""); err != nil {
				return err
			}
			return shipment.CancelAll(ctx, tx, e.Order, shipment.By{Actor: shopkeeper, Reason: "the order was canceled"})
		}
		return nil
	})
	event.On(a.Bus, "promise.score", func(ctx context.Context, tx *db.Tx, e shipment.Delivered) error {
		if e.Parcel == "" {
			return nil // it was collected: its promise came true when it was ready, whenever its buyer came
		}
		return scorePromise(ctx, tx, e)
	})
	event.On(a.Bus, "settlement.collected", collected)
	event.On(a.Bus, "locality.learn", a.learnPlace)
	event.On(a.Bus, "promise.score_ready", func(ctx context.Context, tx *db.Tx, e pickup.ReadyToCollect) error {
		f, err := shipment.Find(ctx, tx, e.Fulfilment)
		if err != nil {
			return err
		}
		_, zone, err := pickup.FindPlace(ctx, tx, e.Location)
		if err != nil {
			return err
		}
		return scorePromise(ctx, tx, shipment.Delivered{Order: e.Order, Fulfilment: f.ID, Group: f.Group, Location: e.Location,
			On: calendar.DateIn(tx.Now, zone).String(), Promised: f.PromiseTo})
	})
	event.On(a.Bus, "shipment.give_back", func(ctx context.Context, tx *db.Tx, e shipment.Canceled) error {
		if !e.Refund {
			return nil
		}
		return job.Enqueue(ctx, tx, job.Job{Kind: jobGiveBack, Key: e.Ref, Body: e})
	})
	event.On(a.Bus, "pickup.follow", func(ctx context.Context, tx *db.Tx, e shipment.Moved) error {
		switch {
		case !e.Pickup:
			return nil
		case !e.To.Open():
			return pickup.Over(ctx, tx, e.Fulfilment)
		}
		return pickup.Await(ctx, tx, e.Fulfilment)
	})
	job.Do(a.Jobs, jobGiveBack, a.giveBack)
	a.Dispatch.Register(a.Jobs)
}

// collected has what was paid at the door awaited from the carrier.
func collected(ctx context.Context, tx *db.Tx, e shipment.Delivered) error {
	o, err := order.Head(ctx, tx, e.Order)
	if err != nil || o.Payment == "" {
		return err
	}
	number := ""
	if e.Parcel != "" {
		p, err := shipment.FindParcel(ctx, tx, e.Parcel)
		if err != nil {
			return err
		}
		number = p.Number
	}
	return settlement.Collected(ctx, tx, payment.ID(o.Payment), number)
}

// scorePromise keeps what became of the dates that an order was shown, and what
// its lane may learn from it. A lane is from which country to which, and by whom.
func scorePromise(ctx context.Context, tx *db.Tx, e shipment.Delivered) error {
	o, err := order.Find(ctx, tx, e.Order)
	if err != nil {
		return err
	}
	out := promise.Outcome{Ref: string(e.Fulfilment) + " " + string(e.Parcel), Order: string(e.Order), Location: e.Location, Lane: promise.Collected}
	i := slices.IndexFunc(o.Groups, func(g order.Group) bool { return g.ID == e.Group })
	if i < 0 {
		return nil
	}
	f, err := shipment.Find(ctx, tx, e.Fulfilment)
	if err != nil {
		return err
	}
	out.Method = o.Groups[i].Method
	if f.Promised != nil {
		out.Method = f.Method // it came another way than it was bought
	}
	var in promise.Inputs
	if kept := f.Inputs(o); kept != nil && json.Unmarshal(kept, &in) == nil && f.Kind == shipment.KindShip {
		from, err := inventory.FindLocation(ctx, tx, e.Location)
		if err != nil {
			return err
		}
		out.From, out.To, out.Lane = from.Country, in.To, from.Country+"-"+in.To+" "+e.Carrier
		out.Delivery = calendar.Business{Week: calendar.Week(in.DeliveryWeek), Country: in.To}
		out.Left, _ = calendar.Parse(e.Left) // what left unseen teaches nothing
	}
	promised, errPromised := calendar.Parse(e.Promised)
	arrived, errArrived := calendar.Parse(e.On)
	if errPromised != nil || errArrived != nil {
		return nil // no date was shown
	}
	out.Promised, out.Arrived = promised, arrived
	return promise.Score(ctx, tx, out)
}

// taken proves that a buyer has a right to the money of units that they have
// taken out of their order: nobody had begun, or it could not be done.
func taken(context.Context, *db.Tx) error { return nil }

// giveBack has the money of units go back that will not leave: the order is
// canceled when nothing of it left or will, else its lines are refunded. Its
// reference is the key, so it goes back once.
func (a *App) giveBack(ctx context.Context, e shipment.Canceled) error {
	done := false
	r := amend.Request{Order: e.Order, Key: e.Ref, Kind: amend.KindRefund, Reason: e.Reason, Actor: shopkeeper}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		o, err := order.Head(ctx, tx, e.Order)
		if err != nil {
			return err
		}
		r.Shipping = money.Of(0, o.Currency())
		if e.Actor == shipment.Buyer {
			r.Proof = taken
		}
		if o.State == order.StateCanceled {
			done = true // it gave back all there was
			return nil
		}
		rest, shipped, err := shipment.Left(ctx, tx, e.Order)
		if rest+shipped == 0 && o.State == order.StatePlaced {
			r.Kind = amend.KindCancel
		}
		return err
	})
	if err != nil || done {
		return err
	}
	if r.Kind == amend.KindRefund {
		for _, l := range e.Lines {
			r.Lines = append(r.Lines, amend.Line{Line: l.Line, Units: l.Units})
		}
	}
	_, err = a.Amend.Propose(ctx, r)
	if err != nil && !errors.Is(err, amend.ErrNothing) { // nothing: it cost nothing
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error { return a.captureLater(ctx, tx, e.Order) })
}

// scheduleFulfilment is what recurs between promise and doorstep.
func (a *App) scheduleFulfilment() {
	a.Jobs.Every("shipment.labels", 10*time.Second, func(ctx context.Context) error {
		_, err := a.Dispatch.Resume(ctx)
		return err
	})
	a.Jobs.Every("shipment.tracking", time.Minute, func(ctx context.Context) error {
		_, err := a.Dispatch.Poll(ctx)
		return err
	})
	a.Jobs.Every("pickup.sweep", time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := pickup.Sweep(ctx, tx, sweep)
		return err
	}))
	a.Jobs.Every("promise.count", time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		waiting, err := shipment.Waiting(ctx, tx)
		if err == nil {
			_, err = promise.Count(ctx, tx, waiting)
		}
		return err
	}))
	a.Jobs.Every("promise.learn", time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := promise.Learn(ctx, tx)
		return err
	}))
	a.Jobs.Every("shipment.late", 5*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := shipment.FindLate(ctx, tx, sweep)
		return err
	}))
}
