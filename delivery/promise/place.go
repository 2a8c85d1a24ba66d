package promise

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/calendar"
)

// Place is how a location works. The zero Place needs no time to pick, keeps
// nobody waiting and is closed on holidays only.
type Place struct {
	Location    string
	PickMinutes int             // 0..1440, on the day an order leaves
	PerDay      int64           // orders it sends off on a dispatch day; 0 is not known
	Waiting     int64           // orders that waited there when they were last counted
	Closed      []calendar.Date // days off beside week and holidays, at most maxDates
	Open        []calendar.Date // days worked in spite of them; stronger than Closed
}

// Backlog is how many dispatch days the place needs for what waits there.
func (p Place) Backlog() int { return Input{Waiting: p.Waiting, PerDay: p.PerDay}.Backlog() }

// Known is what promises look at beside the method, remembered. Do not change it.
type Known struct {
	places map[string]Place
	lanes  map[laneKey]Lane
}

const memory = "promise"

var remembered = remember.New(memory, func(ctx context.Context, tx *db.Tx) (k Known, err error) {
	places, err := selectPlaces(ctx, tx)
	if err != nil {
		return k, fmt.Errorf("load places: %w", err)
	}
	lanes, err := selectLanes(ctx, tx)
	k.places, k.lanes = map[string]Place{}, map[laneKey]Lane{}
	for _, p := range places {
		k.places[p.Location] = p
	}
	for _, l := range lanes {
		k.lanes[l.key()] = l
	}
	return k, err
})

// Knowledge returns what is known of places and lanes. It costs no statement of
// its own.
func Knowledge(ctx context.Context, tx *db.Tx) (Known, error) { return remembered.Get(ctx, tx) }

// Place returns how a location works, the zero Place where nothing is known.
func (k Known) Place(location string) Place {
	p := k.places[location]
	p.Location = location
	return p
}

// Late is by how many days what was promised for a day would come after it, if
// it left from elsewhere, now: 0 is in time. The promise is what a method gave,
// with its inputs. It fails on what no version of this package wrote.
func (k Known) Late(in Inputs, method string, by calendar.Date, from inventory.Location, now time.Time) (int, error) {
	in = k.From(in, method, from, now)
	input, err := in.Input()
	if err != nil {
		return 0, err
	}
	return max(0, Compute(input).To.DaysSince(by)), nil
}

// From is what a promise of a method is computed from if it leaves from elsewhere,
// now.
func (k Known) From(in Inputs, method string, from inventory.Location, now time.Time) Inputs {
	in.Now, in.Zone, in.From, in.Location = now.UTC().Format(time.RFC3339), from.Zone, from.Country, from.ID
	in.Waiting, in.PerDay = 0, 0
	in.At(k.Place(from.ID))
	if p50, p90, _, ok := k.Transit(in.From, in.To, method); ok {
		in.TransitMin, in.TransitMax = p50, p90
	}
	return in
}

const (
	maxPick  = 24 * 60
	maxDates = 400
	maxDaily = 1_000_000
)

// SavePlace writes how a location works; what waits there is measured and not
// written. It returns ErrInvalid and inventory.ErrLocationNotFound, and may be
// repeated.
func SavePlace(ctx context.Context, tx *db.Tx, p Place) error {
	if _, err := inventory.FindLocation(ctx, tx, p.Location); err != nil {
		return err
	}
	switch {
	case p.PickMinutes < 0 || p.PickMinutes > maxPick:
		return ErrInvalid.With(fmt.Sprintf("pick_minutes: use 0 to %d", maxPick))
	case p.PerDay < 0 || p.PerDay > maxDaily:
		return ErrInvalid.With(fmt.Sprintf("per_day: use 0 (not known) to %d", maxDaily))
	case len(p.Closed) > maxDates || len(p.Open) > maxDates:
		return ErrInvalid.With(fmt.Sprintf("closed, open: give at most %d days each; take out those that are past", maxDates))
	}
	for _, days := range []*[]calendar.Date{&p.Closed, &p.Open} {
		*days = slices.Clone(*days)
		slices.SortFunc(*days, calendar.Date.Cmp)
		*days = slices.Compact(*days)
	}
	if err := upsertPlace(ctx, tx, p); err != nil {
		return fmt.Errorf("save how %s works: %w", p.Location, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Count notes how many orders wait at each location, and returns how many
// promises changed by it: only what makes another day of backlog is written.
// Places whose daily number is not known keep nobody waiting.
func Count(ctx context.Context, tx *db.Tx, waiting map[string]int64) (changed int, err error) {
	k, err := remembered.Get(ctx, tx)
	if err != nil {
		return 0, err
	}
	for location, p := range k.places {
		now := p
		now.Waiting = waiting[location]
		if now.Backlog() == p.Backlog() {
			continue
		}
		if err := updateWaiting(ctx, tx, location, now.Waiting); err != nil {
			return changed, fmt.Errorf("count what waits at %s: %w", location, err)
		}
		changed++
	}
	if changed == 0 {
		return 0, nil
	}
	return changed, remember.Touch(ctx, tx, memory)
}
