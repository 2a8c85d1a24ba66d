package inventory

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/address"
)

// Location is a place where stock lies: a warehouse, a shop.
type Location struct {
	ID       string // "loc_berlin"
	Name     string
	Country  string // ISO 3166-1 alpha-2
	City     string
	Zone     string // IANA: cut-off times are by this clock
	Priority int64  // the lowest is asked first
	Ships    bool   // sends parcels: only then Hold takes from it
	Pickup   bool   // customers may collect here
	Till     bool   // and pay here what they collect
	Closed   bool   // not used any more: neither ships nor is collected from
	Address  address.Address
}

const memory = "inventory"

var remembered = remember.New(memory, selectLocations)

// Locations returns all locations, by priority. They are remembered. What it
// returns is shared: do not change it.
func Locations(ctx context.Context, tx *db.Tx) ([]Location, error) { return remembered.Get(ctx, tx) }

// FindLocation returns a location, or ErrLocationNotFound. It is remembered.
func FindLocation(ctx context.Context, tx *db.Tx, id string) (Location, error) {
	all, err := remembered.Get(ctx, tx)
	if err != nil {
		return Location{}, err
	}
	i := slices.IndexFunc(all, func(l Location) bool { return l.ID == id })
	if i < 0 {
		return Location{}, ErrLocationNotFound
	}
	return all[i], nil
}

// SaveLocation writes a location, new or changed. It returns ErrInvalid and
// may be repeated.
func SaveLocation(ctx context.Context, tx *db.Tx, l Location) error {
	if err := l.check(); err != nil {
		return err
	}
	if l.Closed {
		l.Ships, l.Pickup = false, false
	}
	l.Till = l.Till && l.Pickup
	if err := upsertLocation(ctx, tx, l); err != nil {
		return fmt.Errorf("save location %s: %w", l.ID, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// CloseLocation takes a location out of use. It is not deleted, because
// movements name it; saving it again without Closed opens it. It returns
// ErrLocationNotFound, or ErrLocationUsed while something lies there, is
// promised from there or is on the way. Closing it again changes nothing.
func CloseLocation(ctx context.Context, tx *db.Tx, id string) error {
	l, err := FindLocation(ctx, tx, id)
	if err != nil || l.Closed {
		return err
	}
	v, err := selectUsed(ctx, tx, id)
	if err == nil {
		return ErrLocationUsed.With("the location is in use, by " + string(v) + " first: move its stock away and end its transfers and backorders, then close it")
	}
	if !errors.Is(err, db.ErrNoRow) {
		return fmt.Errorf("close location %s: %w", id, err)
	}
	l.Closed = true
	return SaveLocation(ctx, tx, l)
}

var (
	locationID = regexp.MustCompile(`^loc_[a-z0-9_-]{1,40}$`)
	country    = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (l Location) check() error {
	var wrong []string
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(locationID.MatchString(l.ID), "id: use loc_ and small letters, digits, hyphens, such as loc_berlin")
	unless(strings.TrimSpace(l.Name) != "" && len(l.Name) <= 200, "name: give a name of at most 200 characters")
	unless(country.MatchString(l.Country), "country: use two capital letters such as DE")
	unless(len(l.City) <= 200, "city: use at most 200 characters")
	_, err := time.LoadLocation(l.Zone)
	unless(err == nil && l.Zone != "" && l.Zone != "Local", "zone: use an IANA zone such as Europe/Berlin")
	unless(l.Priority >= 0 && l.Priority <= 1000, "priority: use 0 to 1000")
	if len(wrong) > 0 {
		return ErrInvalid.With(strings.Join(wrong, "; "))
	}
	return nil
}
