package pickup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"korzo/delivery/promise"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/order"
)

// Still is what a buyer may still change of an order, and how long: until
// somebody begins to gather it.
type Still struct {
	Open  bool
	Loose map[order.LineID]int64 // units of each line that nobody has begun to gather
	From  time.Time              // every place is closed and nobody begins before; zero: at any moment
	By    time.Time              // when it is planned that somebody has begun, still to come; zero: nobody planned, or it has passed
}

// Less is what has to be taken out of an order so that of some lines no more
// than that stays, in the order of the lines. Nothing is put in.
func (s Still) Less(stay map[order.LineID]int64) (all []shipment.Units) {
	for _, id := range slices.Sorted(maps.Keys(stay)) {
		if n := s.Loose[id] - stay[id]; n > 0 {
			all = append(all, shipment.Units{Line: id, Units: n})
		}
	}
	return all
}

// StillOpen says what may be changed of an order that stands in these
// fulfilments. What is on hold is begun by nobody, and says no time.
func StillOpen(ctx context.Context, tx *db.Tx, o order.Order, all []shipment.Fulfilment) (s Still, err error) {
	s.Open = o.State == order.StatePlaced && len(all) > 0 && !slices.ContainsFunc(all, func(f shipment.Fulfilment) bool { return f.Begun() && f.State != shipment.StateCanceled })
	if !s.Open {
		return s, nil
	}
	s.Loose = map[order.LineID]int64{}
	for _, f := range all {
		if !f.State.Open() {
			continue
		}
		for _, l := range f.Lines {
			s.Loose[l.Line] += l.Loose()
		}
		if f.State == shipment.StateOnHold {
			continue
		}
		place, zone, err := FindPlace(ctx, tx, f.Location)
		if err != nil {
			return s, err
		}
		s.From = sooner(s.From, place.Hours.After(tx.Now, zone, 0))
		by, err := planned(ctx, tx, o, f)
		if err != nil {
			return s, err
		}
		s.By = sooner(s.By, by)
	}
	if !s.From.After(tx.Now) {
		s.From = time.Time{}
	}
	if !s.By.After(tx.Now) {
		s.By = time.Time{}
	}
	return s, nil
}

// sooner is the earlier of two moments; one that is zero is no moment.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// planned is by when somebody is to have begun: a counter accepts by then, a
// parcel leaves then to keep what was promised. Zero: nobody said.
func planned(ctx context.Context, tx *db.Tx, o order.Order, f shipment.Fulfilment) (at time.Time, err error) {
	if f.Kind == shipment.KindPickup {
		t, err := Find(ctx, tx, f.ID)
		if errors.Is(err, ErrNotFound) {
			return at, nil
		}
		return t.AcceptBy, err
	}
	i := slices.IndexFunc(o.Groups, func(g order.Group) bool { return g.ID == f.Group })
	if i < 0 || o.Groups[i].Promised == nil {
		return at, nil
	}
	var kept promise.Inputs
	if err := json.Unmarshal(o.Groups[i].Promised, &kept); err != nil {
		return at, fmt.Errorf("promise of %s: %w", f.Label(), err)
	}
	in, err := kept.Input()
	if err != nil {
		return at, fmt.Errorf("promise of %s: %w", f.Label(), err)
	}
	return promise.Dispatch(in).At(in.CutOff, in.Zone), nil
}
