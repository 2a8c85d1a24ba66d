// Package sourcing decides which locations give the goods of an order.
//
// The decision is made once, when stock is first held, and owns the location
// from then on. Candidates are single locations that have everything; only when
// there is none, sets of two or three; and beyond that whatever inventory finds.
// Ranked rules then choose: each keeps the candidates it likes best and hands
// them on, or abstains, saying why, when it cannot tell them apart. What is
// still equal at the end goes to the location of higher priority.
//
// A split is guarded both ways: what one location has whole is never split, and
// a split is not refused where nothing else can serve. Between splits those
// come first of which every part is worth a parcel (the split rule's least
// units). A shop that would rather send two parcels than break what it ranks
// higher, such as the promised day, says so by ranking the fewest parcels as a
// rule: then what one location has whole competes with two that have it together,
// until that rule is asked.
//
// Dates are promised from the place of the way of delivery, before anybody knows
// who will give. The promise rule keeps them: it asks what each location would
// promise now, and prefers those that are not later than what was shown.
//
// A location may take a number of parcels a day, which is how a shop sends from
// its shelves without drowning. The counter is exact under races; a full
// location is passed over, unless only full ones can serve, because a sale is
// never refused for want of hands.
//
// Every decision is kept with every candidate and a sentence why. It is kept
// only where there is something to decide: one location that ships leaves
// nothing to say and costs no statement.
//
// Never true: a decision that promises units; a second decision for one hold.
package sourcing

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/delivery/promise"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrInvalid reports rules or settings that break a rule; its text names the field.
var ErrInvalid = fault.New(fault.Invalid, "sourcing.invalid", "the sourcing settings are not valid: mend the fields named")

// Ask is a wish for goods.
type Ask struct {
	Order   string // the order to be: the decision is found by it
	Holder  string // who holds the stock
	Channel string
	Lines   []inventory.Line
	Until   time.Time
	Country string   // where what is sent goes; "" is not known
	Code    string   // its postal code
	Avoid   []string // locations that do not give: they have said that they cannot
	Lying   bool     // only what lies there counts, nothing that is to come

	Promised []Promised // what was promised of it; of the promise rule
}

// Promised is a day for which goods were promised.
type Promised struct {
	Method string
	By     calendar.Date // the last day that was shown
	Inputs promise.Inputs
}

// Location is what is known of one beside its address.
type Location struct {
	Location string
	Capacity int64        // parcels a day; -1: no limit
	Home     money.Amount // what a parcel within the country costs us; no currency: nobody knows
	Abroad   money.Amount
}

// Unlimited is the capacity of a location without a limit.
const Unlimited = -1

// settings are what every decision needs and what changes seldom.
type settings struct {
	rules     []Rule
	locations map[string]Location
}

const memory = "sourcing"

var remembered = remember.New(memory, loadSettings)

func loadSettings(ctx context.Context, tx *db.Tx) (s settings, err error) {
	if s.rules, err = selectRules(ctx, tx); err != nil {
		return s, fmt.Errorf("load sourcing rules: %w", err)
	}
	all, err := selectLocations(ctx, tx)
	s.locations = map[string]Location{}
	for _, l := range all {
		s.locations[l.Location] = l
	}
	return s, err
}

// capped are the locations with a limit, in order.
func (s settings) capped() (ids []string) {
	for id, l := range s.locations {
		if l.Capacity >= 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// tries bounds how often Hold decides again because a location filled up.
const tries = 4

// beyond is more parcels than a day has: who is counted against it always fits.
const beyond = 1 << 40

// errFull reports inside Hold that a location filled up meanwhile.
type errFull struct{ location string }

func (errFull) Error() string { return "another order took the location's last parcel of the day" }

// Hold decides where the goods of an ask come from and holds them there. A
// holder who holds is given what he has. It returns what inventory.Hold does.
// With neither rules nor limits it takes no statement more than that.
func Hold(ctx context.Context, tx *db.Tx, a Ask) ([]inventory.Allocation, error) {
	s, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	d := decider{ask: a, settings: s}
	if len(s.rules) == 0 && len(s.capped()) == 0 {
		return inventory.HoldWith(ctx, tx, a.request(nil))
	}
	if err := d.prepare(ctx, tx); err != nil {
		return nil, err
	}
	for try := range tries {
		var all []inventory.Allocation
		d.made, d.force = nil, try == tries-1
		err = tx.Savepoint(ctx, func() (err error) {
			if all, err = inventory.HoldWith(ctx, tx, a.request(d.choose)); err == nil && d.made != nil {
				err = d.load(ctx, tx)
			}
			return err
		})
		var full errFull
		if errors.As(err, &full) {
			d.loads[full.location] = d.settings.locations[full.location].Capacity
			continue
		}
		if err != nil {
			return nil, err
		}
		return all, d.keep(ctx, tx)
	}
	return nil, err
}

// HoldEarly holds the goods of an ask where Hold would take them from, before it
// is known whether there will be an order: nothing is written down of it, and no
// parcel is counted, because Hold decides anew. It returns what inventory.Hold does.
func HoldEarly(ctx context.Context, tx *db.Tx, a Ask) ([]inventory.Allocation, error) {
	s, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	d := decider{ask: a, settings: s}
	if len(s.rules) == 0 && len(s.capped()) == 0 {
		return inventory.HoldWith(ctx, tx, a.request(nil))
	}
	if err := d.prepare(ctx, tx); err != nil {
		return nil, err
	}
	return inventory.HoldWith(ctx, tx, a.request(d.choose))
}

func (a Ask) request(choose inventory.Chooser) inventory.Request {
	return inventory.Request{Channel: a.Channel, Holder: a.Holder, Lines: a.Lines, Until: a.Until, Choose: choose, Avoid: a.Avoid, Lying: a.Lying}
}

// prepare reads what the rules look at: the locations, which are remembered,
// and how busy those with a limit are.
func (d *decider) prepare(ctx context.Context, tx *db.Tx) error {
	all, err := inventory.Locations(ctx, tx)
	if err != nil {
		return err
	}
	d.places, d.days, d.loads = map[string]inventory.Location{}, map[string]string{}, map[string]int64{}
	for _, l := range all {
		d.places[l.ID] = l
	}
	if err := d.late(ctx, tx, all); err != nil {
		return err
	}
	capped := d.settings.capped()
	if len(capped) == 0 {
		return nil
	}
	for _, id := range capped {
		zone, err := calendar.Zone(d.places[id].Zone)
		if err != nil {
			return fmt.Errorf("today at %s: %w", id, err)
		}
		d.days[id] = calendar.DateIn(tx.Now, zone).String()
	}
	d.loads, err = selectParcels(ctx, tx, d.days)
	return err
}

// late reckons by how many days each location would miss what was promised,
// where a rule asks for it.
func (d *decider) late(ctx context.Context, tx *db.Tx, all []inventory.Location) error {
	if len(d.ask.Promised) == 0 || !slices.ContainsFunc(d.settings.rules, func(r Rule) bool { return r.Kind == Promise }) {
		return nil
	}
	known, err := promise.Knowledge(ctx, tx)
	if err != nil {
		return err
	}
	d.misses = map[string]int{}
	for _, l := range all {
		for _, p := range d.ask.Promised {
			days, err := known.Late(p.Inputs, p.Method, p.By, l, tx.Now)
			if err != nil {
				return fmt.Errorf("what %s can promise: %w", l.ID, err)
			}
			d.misses[l.ID] = max(d.misses[l.ID], days)
		}
	}
	return nil
}

// load counts a parcel for each limited location that sends something. What is
// collected there is no parcel.
func (d *decider) load(ctx context.Context, tx *db.Tx) error {
	for _, id := range givers(d.made) {
		l, limited := d.settings.locations[id]
		if !limited || l.Capacity < 0 {
			continue
		}
		most := l.Capacity
		if d.force {
			most = beyond
		}
		n, err := addParcel(ctx, tx, id, d.days[id], most)
		if err == nil && n == 0 {
			return errFull{id}
		}
		if err == nil {
			err = insertLoad(ctx, tx, d.ask.Holder, d.ask.Order, id, d.days[id])
		}
		if err != nil {
			return fmt.Errorf("count a parcel of %s: %w", id, err)
		}
	}
	return nil
}

// givers are the locations that send something, in order.
func givers(made []inventory.Allocation) (ids []string) {
	for _, a := range made {
		ids = append(ids, a.Location)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// keep writes the decision down when there was one.
func (d *decider) keep(ctx context.Context, tx *db.Tx) error {
	if d.made == nil || len(d.decision.Candidates) < 2 {
		return nil
	}
	d.decision.ID, d.decision.Order, d.decision.Holder = id.New[ID]("src", tx.Now), d.ask.Order, d.ask.Holder
	d.decision.Country, d.decision.At = d.ask.Country, tx.Now
	d.decision.Chosen = givers(d.made)
	if err := insertDecision(ctx, tx, d.decision); err != nil {
		return fmt.Errorf("keep where order %s comes from: %w", d.ask.Order, err)
	}
	return nil
}

// Again decides anew for an order whose goods a location could not give: among
// those that have not said no, by the same rules and with the same log, of what
// lies there now. What it returns is claimed for the order. It returns what
// inventory.Hold does, and is not for repeating: the holder is named by it.
func Again(ctx context.Context, tx *db.Tx, a Ask) ([]inventory.Allocation, error) {
	a.Holder, a.Until, a.Lying = id.New[string]("rsc", tx.Now), tx.Now.Add(time.Hour), true
	var all []inventory.Allocation
	err := tx.Savepoint(ctx, func() (err error) {
		if _, err = Hold(ctx, tx, a); err != nil {
			return err
		}
		all, err = inventory.Claim(ctx, tx, a.Holder, a.Order)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("source order %s again: %w", a.Order, err)
	}
	return all, nil
}

// Release gives back the parcels that were counted for a holder whose order
// came to nothing. Where no location has a limit it does nothing and costs no
// statement. It may be repeated.
func Release(ctx context.Context, tx *db.Tx, holder string) error {
	s, err := remembered.Get(ctx, tx)
	if err != nil || len(s.capped()) == 0 {
		return err
	}
	loads, err := deleteLoads(ctx, tx, holder)
	if err == nil {
		err = unload(ctx, tx, loads)
	}
	if err != nil {
		return fmt.Errorf("give back the parcels of %s: %w", holder, err)
	}
	return nil
}

// GiveBack is Release for the parcels of an order that was placed: those of one
// location that will send none of it, or of all when none is named.
func GiveBack(ctx context.Context, tx *db.Tx, order, location string) error {
	s, err := remembered.Get(ctx, tx)
	if err != nil || len(s.capped()) == 0 {
		return err
	}
	loads, err := deleteLoadsOf(ctx, tx, order, location)
	if err == nil {
		err = unload(ctx, tx, loads)
	}
	if err != nil {
		return fmt.Errorf("give back the parcels of order %s: %w", order, err)
	}
	return nil
}

// Count counts a parcel that a person has a location send of an order, whether or
// not it has room. A location that sends of it already sends one parcel.
func Count(ctx context.Context, tx *db.Tx, order, location string) error {
	s, err := remembered.Get(ctx, tx)
	if err != nil || !slices.Contains(s.capped(), location) {
		return err
	}
	if n, err := selectLoads(ctx, tx, order, location); err != nil || n > 0 {
		return err
	}
	l, err := inventory.FindLocation(ctx, tx, location)
	if err != nil {
		return err
	}
	zone, err := calendar.Zone(l.Zone)
	if err != nil {
		return fmt.Errorf("today at %s: %w", location, err)
	}
	day := calendar.DateIn(tx.Now, zone).String()
	_, err = addParcel(ctx, tx, location, day, beyond)
	if err == nil {
		err = insertLoad(ctx, tx, order, order, location, day)
	}
	if err != nil {
		return fmt.Errorf("count a parcel of %s: %w", location, err)
	}
	return nil
}

// unload takes parcels off their days.
func unload(ctx context.Context, tx *db.Tx, loads []load) error {
	for _, l := range loads {
		if err := subParcel(ctx, tx, l.location, l.day); err != nil {
			return err
		}
	}
	return nil
}
