// Package pickup is the counter: what a buyer collects is taken in hand, made
// ready, announced with a code, handed over for it, and put back on the shelf
// when nobody comes.
//
// The goods are a fulfilment of package shipment, which moves their units. A
// Task stands beside it and keeps what only a counter has: the code, and its
// timers. They run by the hours of the place, not by the wall: a task that
// comes in before closing is not overdue in the morning, and the last day to
// collect ends when the place closes.
//
// The one idea: the code is made from the task under the shop's key, so it is
// never stored. Its hash finds the task, once among those that are ready at a
// place. Who has the code may collect, the buyer or somebody they sent, all of
// it or a part.
//
// What is paid when it is collected is paid first: in cash or with a card, once.
//
// Never true: goods handed over without a code or a person of staff who says
// why, or unpaid that were to be paid; goods on the shelf again, or money back, twice.
package pickup

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/delivery/promise"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/value/calendar"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "pickup.not_found", "nothing waits here under this code; check the digits, and whether it was handed over already")
	ErrReason   = fault.New(fault.Invalid, "pickup.reason", "say how you know the buyer, in 1 to 200 characters, when you hand over without the code")
	ErrPlace    = fault.New(fault.Invalid, "pickup.place", "say store or locker, a note of at most 300 characters, opening hours with each weekday once (00:00 to 00:00 for all day), 1 to 10000 minutes to accept, 1 to 365 days to collect, and reminders before the last of them; nobody takes money at a locker")
)

// TroubleOverdue is the exception of goods that nobody at the place has taken
// in hand in time.
const TroubleOverdue = "pickup.overdue"

// State is how far a task is, beside its fulfilment's state.
type State string

// The states: waiting → ready → over. A task is over when its fulfilment is.
const (
	StateWaiting State = "waiting"
	StateReady   State = "ready"
	StateOver    State = "over"
)

// Task is what a counter knows of a fulfilment that is collected.
type Task struct {
	Fulfilment shipment.ID
	Order      order.ID
	Location   string
	State      State
	AcceptBy   time.Time
	Overdue    bool
	ReadyAt    time.Time // zero: not yet
	Reminded   int64
	DueAt      time.Time // of the next reminder, or the end
	ExpireAt   time.Time // when it goes back on the shelf
	CreatedAt  time.Time

	salt int64
	hash string
}

// The kinds of place.
const (
	Store  = "store"  // people hand out
	Locker = "locker" // boxes open for the code; it may be open all day
)

// Place is when a location hands out, and how long it waits.
type Place struct {
	Location      string
	Kind          string         // Store or Locker
	Note          string         // how to find it, at most 300 characters
	Hours         calendar.Hours // its holidays are those of the location's country, its own closed days those of its promises
	AcceptMinutes int64          // of opening hours
	RemindDays    []int          // after it was ready, ascending
	ExpireDays    int
}

// usual is a place that nobody has described.
func usual(l inventory.Location) Place {
	return Place{Location: l.ID, Kind: Store, Hours: calendar.Hours{Days: calendar.Daily(calendar.MondayToSaturday, 10*60, 19*60)},
		AcceptMinutes: 30, RemindDays: []int{2, 5}, ExpireDays: 7}
}

// FindPlace returns how a location hands out, and its clock.
func FindPlace(ctx context.Context, tx *db.Tx, location string) (Place, *time.Location, error) {
	l, err := inventory.FindLocation(ctx, tx, location)
	if err != nil {
		return Place{}, nil, err
	}
	zone, err := calendar.Zone(l.Zone)
	if err != nil {
		zone = time.UTC
	}
	p, err := selectPlace(ctx, tx, location)
	if errors.Is(err, db.ErrNoRow) {
		p, err = usual(l), nil
	}
	if err != nil {
		return p, zone, err
	}
	p, err = p.inYear(ctx, tx, l)
	return p, zone, err
}

// inYear adds the days of the year on which the place is closed or open beside
// its week.
func (p Place) inYear(ctx context.Context, tx *db.Tx, l inventory.Location) (Place, error) {
	known, err := promise.Knowledge(ctx, tx)
	days := known.Place(l.ID)
	p.Hours.Country, p.Hours.Closed, p.Hours.Extra = l.Country, days.Closed, days.Open
	return p, err
}

// SavePlace describes how a location hands out, from now on: what is ready
// already keeps its times. It returns ErrPlace and inventory.ErrLocationNotFound.
func SavePlace(ctx context.Context, tx *db.Tx, p Place) error {
	l, err := inventory.FindLocation(ctx, tx, p.Location)
	if err != nil {
		return err
	}
	if p.Kind == "" {
		p.Kind = Store
	}
	p.Note = strings.TrimSpace(p.Note)
	ok := (p.Kind == Store || p.Kind == Locker) && len([]rune(p.Note)) <= 300 && p.AcceptMinutes >= 1 && p.AcceptMinutes <= 10000 && p.ExpireDays >= 1 && p.ExpireDays <= 365 && p.Hours.Valid() && len(p.RemindDays) <= 10
	last := 0
	for _, d := range p.RemindDays {
		ok, last = ok && d > last && d < p.ExpireDays, d
	}
	if !ok || p.Kind == Locker && l.Till {
		return ErrPlace
	}
	if err := upsertPlace(ctx, tx, p); err != nil {
		return fmt.Errorf("save the counter of %s: %w", p.Location, err)
	}
	return nil
}

// Await keeps a task for a fulfilment that is to be collected. Keeping it again
// changes nothing.
func Await(ctx context.Context, tx *db.Tx, of shipment.ID) error {
	f, err := shipment.Find(ctx, tx, of)
	if err != nil || f.Kind != shipment.KindPickup || f.State != shipment.StateOpen {
		return err
	}
	p, zone, err := FindPlace(ctx, tx, f.Location)
	if err != nil {
		return err
	}
	t := Task{Fulfilment: f.ID, Order: f.Order, Location: f.Location, State: StateWaiting, CreatedAt: tx.Now,
		AcceptBy: p.Hours.After(tx.Now, zone, time.Duration(p.AcceptMinutes)*time.Minute)}
	if err := insertTask(ctx, tx, t); err != nil {
		return fmt.Errorf("await the collection of %s: %w", of, err)
	}
	return nil
}

// Find returns the task of a fulfilment, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, of shipment.ID) (Task, error) {
	t, err := selectTask(ctx, tx, of)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return t, err
}

// OfOrder returns the tasks of an order.
func OfOrder(ctx context.Context, tx *db.Tx, of order.ID) ([]Task, error) {
	return selectTasks(ctx, tx, of)
}

// codeDigits is how long a code is. Staff look it up among what is ready at one
// place, and nobody else can try.
const codeDigits = 6

// Code is what the buyer says at the counter: six digits, "" while nothing is
// ready.
func (t Task) Code(k *seal.Keeper) string {
	if t.State != StateReady {
		return ""
	}
	return code(k, t)
}

// Spaced writes a code as it is read out: in two halves, where it has six signs.
func Spaced(code string) string {
	if len(code) == 6 {
		return code[:3] + " " + code[3:]
	}
	return code
}

func code(k *seal.Keeper, t Task) string {
	n := 0
	for _, b := range []byte(k.Token("pickup.code", fmt.Sprintf("%s:%d", t.Fulfilment, t.salt))) {
		n = (n*257 + int(b)) % 1_000_000
	}
	return fmt.Sprintf("%0*d", codeDigits, n)
}

func hashOf(k *seal.Keeper, location, code string) string {
	return k.Hash("pickup.code", location+":"+strings.Join(strings.Fields(code), ""))
}

// Ready says that what is picked of a fulfilment waits for its buyer, and from
// then on it is collected for a code. What is not picked waits on as a
// fulfilment of its own. Saying it again changes nothing.
func Ready(ctx context.Context, tx *db.Tx, k *seal.Keeper, of shipment.ID, by shipment.By) (Task, error) {
	t, err := Find(ctx, tx, of)
	if err != nil || t.State == StateReady {
		return t, err
	}
	f, _, err := shipment.SetAside(ctx, tx, of, by)
	if err != nil {
		return t, err
	}
	p, zone, err := FindPlace(ctx, tx, t.Location)
	if err != nil {
		return t, err
	}
	today := calendar.DateIn(tx.Now, zone)
	t.State, t.ReadyAt, t.ExpireAt = StateReady, tx.Now, p.Hours.Closing(today.AddDays(p.ExpireDays), zone)
	t.DueAt = t.next(p, zone)
	for { // until no other task here has the code
		t.hash = hashOf(k, t.Location, code(k, t))
		if _, err = selectByHash(ctx, tx, t.Location, t.hash); errors.Is(err, db.ErrNoRow) {
			break
		}
		if err != nil {
			return t, err
		}
		t.salt++
	}
	if err := updateTask(ctx, tx, t); err != nil {
		return t, fmt.Errorf("make %s ready: %w", of, err)
	}
	if err := exception.Clear(ctx, tx, TroubleOverdue, string(of), "it is ready"); err != nil {
		return t, err
	}
	return t, event.Publish(ctx, tx, ReadyToCollect{Order: f.Order, Fulfilment: of, Location: t.Location})
}

// next is when the next reminder is due, or the end.
func (t Task) next(p Place, zone *time.Location) time.Time {
	if int(t.Reminded) >= len(p.RemindDays) {
		return t.ExpireAt
	}
	at := p.Hours.Opening(calendar.DateIn(t.ReadyAt, zone).AddDays(p.RemindDays[t.Reminded]), zone)
	if at.After(t.ExpireAt) {
		return t.ExpireAt
	}
	return at
}

// ByCode returns the task that is ready at a location under a code, or
// ErrNotFound.
func ByCode(ctx context.Context, tx *db.Tx, k *seal.Keeper, location, code string) (Task, error) {
	t, err := selectByHash(ctx, tx, location, hashOf(k, location, code))
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return t, err
}

// Hand is how something is handed over: for its code, or without one when a
// person of staff says how they know the buyer.
type Hand struct {
	Location string
	Code     string
	Task     shipment.ID // without a code
	Units    []shipment.Units
	Proxy    bool // somebody else came for the buyer
	By       shipment.By
}

// HandOver gives units to who collects them, all that are left when none are
// named.
func HandOver(ctx context.Context, tx *db.Tx, k *seal.Keeper, h Hand) (shipment.Fulfilment, error) {
	t, err := find(ctx, tx, k, h)
	if err != nil {
		return shipment.Fulfilment{}, err
	}
	f, err := shipment.HandOver(ctx, tx, t.Fulfilment, h.Units, h.By)
	if err != nil {
		return f, err
	}
	if err := insertHandover(ctx, tx, id.New[string]("hnd", tx.Now), t, h); err != nil {
		return f, fmt.Errorf("note what was handed over of %s: %w", t.Fulfilment, err)
	}
	return f, event.Publish(ctx, tx, HandedOver{Order: f.Order, Fulfilment: f.ID, Location: f.Location, All: f.State == shipment.StateDelivered})
}

func find(ctx context.Context, tx *db.Tx, k *seal.Keeper, h Hand) (Task, error) {
	if h.Code != "" {
		return ByCode(ctx, tx, k, h.Location, h.Code)
	}
	if reason := strings.TrimSpace(h.By.Reason); reason == "" || len([]rune(reason)) > 200 {
		return Task{}, ErrReason
	}
	return Find(ctx, tx, h.Task)
}

// Over says that a task's fulfilment is over, whatever ended it.
func Over(ctx context.Context, tx *db.Tx, of shipment.ID) error {
	if err := closeTask(ctx, tx, of); err != nil {
		return fmt.Errorf("end the collection of %s: %w", of, err)
	}
	return exception.Clear(ctx, tx, TroubleOverdue, string(of), "it is over")
}

// Sweep does what is due, at most so many of each sort: it raises what nobody
// has taken in hand, reminds who has not come, and puts back what nobody
// collected. It returns how many it did.
func Sweep(ctx context.Context, tx *db.Tx, limit int) (done int, err error) {
	overdue, err := selectOverdue(ctx, tx, limit)
	if err != nil {
		return 0, fmt.Errorf("sweep the counters: %w", err)
	}
	for _, t := range overdue {
		if err := t.nag(ctx, tx); err != nil {
			return done, err
		}
		done++
	}
	due, err := selectDue(ctx, tx, limit)
	if err != nil {
		return done, fmt.Errorf("sweep the counters: %w", err)
	}
	for _, t := range due {
		if err := t.step(ctx, tx); err != nil {
			return done, fmt.Errorf("collection of %s: %w", t.Fulfilment, err)
		}
		done++
	}
	return done, nil
}

// nag raises a task that nobody has begun.
func (t Task) nag(ctx context.Context, tx *db.Tx) error {
	f, err := shipment.Find(ctx, tx, t.Fulfilment)
	if err != nil {
		return err
	}
	t.Overdue = true
	if err := updateTask(ctx, tx, t); err != nil || f.State != shipment.StateOpen {
		return err
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleOverdue, Ref: string(t.Fulfilment),
		Text: fmt.Sprintf("order %s waits at %s and nobody has accepted it: call the shop, or send it from elsewhere", f.Label(), t.Location)})
}

// step reminds, or ends what nobody collected.
func (t Task) step(ctx context.Context, tx *db.Tx) error {
	if !t.ExpireAt.After(tx.Now) {
		err := shipment.PutBack(ctx, tx, t.Fulfilment, shipment.By{Actor: "pickup", Reason: "nobody collected it"})
		if errors.Is(err, shipment.ErrState) {
			return nil // it was handed over at this very moment
		}
		if err != nil {
			return err
		}
		t.State, t.DueAt = StateOver, time.Time{}
		if err := updateTask(ctx, tx, t); err != nil {
			return err
		}
		return event.Publish(ctx, tx, Expired{Order: t.Order, Fulfilment: t.Fulfilment, Location: t.Location})
	}
	p, zone, err := FindPlace(ctx, tx, t.Location)
	if err != nil {
		return err
	}
	t.Reminded++
	t.DueAt = t.next(p, zone)
	if err := updateTask(ctx, tx, t); err != nil {
		return err
	}
	return event.Publish(ctx, tx, Reminded{Order: t.Order, Fulfilment: t.Fulfilment, Location: t.Location, Times: t.Reminded})
}
