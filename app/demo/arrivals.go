package demo

import (
	"context"
	"encoding/json"
	"math/rand/v2"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/calendar"
)

// handsAt is how many orders each place sends off on a day it works, and how long
// it picks one. The promises know the number; the peaks of the week are what
// they cannot know.
var handsAt = []promise.Place{
	{Location: "loc_berlin", PickMinutes: 45, PerDay: 66}, {Location: "loc_budapest", PickMinutes: 30, PerDay: 30}, {Location: "loc_newark", PickMinutes: 30, PerDay: 15},
	{Location: "loc_hamburg_store", PickMinutes: 60, PerDay: 15}, {Location: "loc_munich_store", PickMinutes: 60, PerDay: 15}, {Location: "loc_buda_store", PickMinutes: 60, PerDay: 15},
}

// roads is how many of a hundred parcels of a method are how many delivery days
// on their way, from no day on.
var roads = map[string][]int{
	"de_standard": {0, 18, 44, 29, 6, 2, 1}, "de_express": {0, 93, 6, 1},
	"hu_standard": {0, 52, 40, 6, 2}, "hu_express": {0, 95, 4, 1},
	"us_standard": {0, 2, 11, 28, 30, 18, 7, 3, 1}, "us_express": {0, 61, 34, 4, 1},
}

// arrivals plays what became of past orders: a place sends off what it has hands
// for, a parcel takes what its road takes, and the promise is scored by what came
// of it.
type arrivals struct {
	today calendar.Date
	dice  *rand.Rand
	sent  map[string]map[calendar.Date]int64 // orders that left, by location and day
}

func newArrivals(today calendar.Date) *arrivals {
	return &arrivals{today, rand.New(rand.NewPCG(6, seed)), map[string]map[calendar.Date]int64{}}
}

// play follows an order, in the order in which they were placed, to its doorstep.
func (a *arrivals) play(ctx context.Context, tx *db.Tx, o order.Order) error {
	if o.State != order.StateCompleted {
		return nil
	}
	for _, g := range o.Groups {
		out, ok, err := a.group(o, g)
		if err != nil || !ok {
			return err
		}
		if err := promise.Score(ctx, tx, out); err != nil {
			return err
		}
	}
	return nil
}

// group says when a group of an order arrived, false while it has not.
func (a *arrivals) group(o order.Order, g order.Group) (out promise.Outcome, ok bool, err error) {
	var kept promise.Inputs
	if err := json.Unmarshal(g.Promised, &kept); err != nil {
		return out, false, err
	}
	in, err := kept.Input()
	if err != nil {
		return out, false, err
	}
	out = promise.Outcome{Ref: string(g.ID), Order: string(o.ID), Method: g.Method, Location: g.Location, Lane: promise.Collected}
	if out.Promised, err = calendar.Parse(g.PromiseTo); err != nil {
		return out, false, err
	}
	left := a.leave(g.Location, in)
	out.Arrived = in.Delivery.Add(left, 0)
	if g.Kind == method.Ship {
		out.Lane = kept.From + "-" + kept.To + " sandbox"
		out.Left, out.From, out.To, out.Delivery = left, kept.From, kept.To, in.Delivery
		out.Arrived = in.Delivery.Add(left, a.road(g.Method))
	}
	return out, out.Arrived.Before(a.today), nil
}

// leave is the first day on or after that of the promise on which the place has
// a hand free.
func (a *arrivals) leave(location string, in promise.Input) calendar.Date {
	most := int64(1 << 30)
	for _, p := range handsAt {
		if p.Location == location {
			most = p.PerDay
		}
	}
	if a.sent[location] == nil {
		a.sent[location] = map[calendar.Date]int64{}
	}
	day := promise.Dispatch(in)
	for a.sent[location][day] >= most {
		day = in.Dispatch.Next(day)
	}
	a.sent[location][day]++
	return day
}

func (a *arrivals) road(by string) int {
	roll := a.dice.IntN(100)
	for days, share := range roads[by] {
		if roll -= share; roll < 0 {
			return days
		}
	}
	return 1
}
