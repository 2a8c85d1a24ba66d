package shipment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/delivery/carriage"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/value/calendar"
)

// The exceptions of parcels.
const (
	TroubleLate = "shipment.late"   // it will not arrive by the day it was promised for
	TroubleLost = "shipment.failed" // the carrier lost it, broke it or brings it back
)

// noon is when a parcel that should arrive today must be on the van.
const noon = calendar.Clock(12 * 60)

// Observe keeps what a carrier told of a parcel. The newest event is the
// parcel's status; what came before is known by its id and changes nothing, in
// whatever order it comes. A parcel of which the carrier says that it was
// delivered is delivered.
func Observe(ctx context.Context, tx *db.Tx, id ParcelID, events []carriage.Event) error {
	p, f, _, err := lockParcel(ctx, tx, id)
	if err != nil {
		return err
	}
	fresh, err := insertEvents(ctx, tx, id, events)
	if err != nil || fresh == 0 {
		return err
	}
	story, err := Story(ctx, tx, id)
	if err != nil {
		return err
	}
	newest := story[len(story)-1]
	told := newest.Status != p.Status
	p.Status, p.StatusAt = newest.Status, newest.At
	if err := updateParcel(ctx, tx, p); err != nil {
		return fmt.Errorf("track parcel %s: %w", id, err)
	}
	changed(tx, p.Order)
	if told {
		if err := tell(ctx, tx, p, f); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(story, func(e carriage.Event) bool { return e.Status == carriage.StatusDelivered })
	if i >= 0 && p.State == ParcelShipped {
		return deliver(ctx, tx, p, f, story[i].At)
	}
	return nil
}

// tell publishes a parcel's new status, and raises those that are trouble.
func tell(ctx context.Context, tx *db.Tx, p Parcel, f Fulfilment) error {
	if err := event.Publish(ctx, tx, Tracked{Order: p.Order, Parcel: p.ID, Status: p.Status}); err != nil {
		return err
	}
	if p.Status != carriage.StatusFailure && p.Status != carriage.StatusReturn {
		return nil
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleLost, Ref: string(p.ID),
		Text: fmt.Sprintf("the carrier says %q of parcel %s of order %s: write to the buyer, then send the goods again or give the money back", p.Status, cmp.Or(p.Number, string(p.ID)), f.Number)})
}

// Story is what the carrier told of a parcel, oldest first.
func Story(ctx context.Context, tx *db.Tx, id ParcelID) ([]carriage.Event, error) {
	return selectEvents(ctx, tx, id)
}

// FindLate looks for what will not arrive by the day it was promised for,
// before that day is over: what has not left when the day begins, and what is
// not on the van at its noon. Each is
// told once: Late is published, and an exception raised. It returns how many it
// found among at most limit candidates of each sort.
func FindLate(ctx context.Context, tx *db.Tx, limit int) (found int, err error) {
	// a day more than it is anywhere, so that no zone's morning is missed
	until := calendar.DateIn(tx.Now, time.UTC).AddDays(2).String()
	waiting, err := selectLateFulfilments(ctx, tx, until, limit)
	if err != nil {
		return 0, fmt.Errorf("find what is late: %w", err)
	}
	for _, f := range waiting {
		at, zone := calendar.Clock(0), zoneAt(ctx, tx, f.Location)
		if calendar.DateIn(f.CreatedAt, zone).String() == f.PromiseTo {
			at = noon // it was promised for the day it was bought
		}
		if !dueAt(f.PromiseTo, at, zone).After(tx.Now) {
			if err := late(ctx, tx, f.ID, ""); err != nil {
				return found, err
			}
			found++
		}
	}
	away, err := selectLateParcels(ctx, tx, until, limit)
	if err != nil {
		return found, fmt.Errorf("find what is late: %w", err)
	}
	for _, p := range away {
		if !dueAt(p.parcel.PromiseTo, noon, zoneAt(ctx, tx, p.location)).After(tx.Now) {
			if err := late(ctx, tx, p.parcel.Fulfilment, p.parcel.ID); err != nil {
				return found, err
			}
			found++
		}
	}
	return found, nil
}

// dueAt is the moment of a civil date at which a clock in zone shows at; for
// what is no date, never.
func dueAt(date string, at calendar.Clock, zone *time.Location) time.Time {
	d, err := calendar.Parse(date)
	if err != nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return d.At(at, zone)
}

func late(ctx context.Context, tx *db.Tx, of ID, parcel ParcelID) error {
	f, _, err := lock(ctx, tx, of)
	if err != nil {
		return err
	}
	fact := Late{Order: f.Order, Fulfilment: f.ID, Parcel: parcel, Promised: f.PromiseTo}
	ref, text := string(of), fmt.Sprintf("order %s is promised for %s and has not left %s: send it today, or write to the buyer", f.Number, f.PromiseTo, f.Location)
	if parcel == "" {
		f.LateAt = tx.Now
		if err := save(ctx, tx, &f); err != nil {
			return err
		}
	} else {
		p, err := FindParcel(ctx, tx, parcel)
		if err != nil {
			return err
		}
		p.LateAt, fact.Promised = tx.Now, p.PromiseTo
		if err := updateParcel(ctx, tx, p); err != nil {
			return err
		}
		ref, text = string(parcel), fmt.Sprintf("parcel %s of order %s is promised for %s and is not on the way to the door: ask the carrier, or write to the buyer",
			cmp.Or(p.Number, string(parcel)), f.Number, p.PromiseTo)
		changed(tx, f.Order)
	}
	if err := exception.Raise(ctx, tx, exception.Problem{Kind: TroubleLate, Ref: ref, Text: text}); err != nil {
		return err
	}
	return event.Publish(ctx, tx, fact)
}

// clearLate ends what was said of a parcel that has arrived.
func clearLate(ctx context.Context, tx *db.Tx, f Fulfilment, p Parcel) error {
	if f.LateAt.IsZero() && p.LateAt.IsZero() && p.Status != carriage.StatusFailure {
		return nil
	}
	return exception.ClearAll(ctx, tx, []string{TroubleLate, TroubleLost}, []string{string(f.ID), string(p.ID)}, "it has arrived")
}
