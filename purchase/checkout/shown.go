package checkout

import (
	"context"
	"errors"
	"slices"
	"time"

	"korzo/delivery/promise"
	"korzo/platform/db"
)

// shown is a date that a shopper was shown, by way and destination, and what it
// was computed from. Every answer of a session shows the dates of its moment;
// they are kept with it, and what is agreed to is the date that was seen, though
// the next cut-off passes before the button is pressed.
type shown struct {
	Method string         `json:"method"`
	Window promise.Window `json:"window"`
	Inputs promise.Inputs `json:"inputs"`
}

// same reports whether two dates are of the same thing: brought the same way to
// the same place, of goods that are there on the same day.
func (s shown) same(as shown) bool {
	return s.Method == as.Method && s.Inputs.To == as.Inputs.To && s.Inputs.Location == as.Inputs.Location && s.Inputs.Ready == as.Inputs.Ready
}

// maxShown bounds the dates that are kept with a session, and shownFor how long
// one binds: a page that stood open for longer is answered with the dates of the
// day on which it is paid.
const (
	maxShown = 50
	shownFor = 24 * time.Hour
)

// dates are what a view shows.
func (v View) dates() (all []shown) {
	for _, d := range v.Deliveries {
		if d.Electronic {
			continue
		}
		for _, o := range d.Options {
			s := shown{o.ID, o.Promise, o.Inputs}
			if len(all) < maxShown && !slices.ContainsFunc(all, s.same) {
				all = append(all, s)
			}
		}
	}
	return all
}

// unseen reports whether a view shows a date that is not kept with its session.
func (v View) unseen() bool {
	return v.State == StateOpen && slices.ContainsFunc(v.dates(), func(s shown) bool {
		return !slices.ContainsFunc(v.Session.shown, func(kept shown) bool { return kept.same(s) && kept.Window == s.Window })
	})
}

// asShown promises what is chosen for the dates that its shopper saw last.
func (v *View) asShown(now time.Time) {
	for i := range v.Deliveries {
		for j, o := range v.Deliveries[i].Options {
			fresh := shown{o.ID, o.Promise, o.Inputs}
			at := slices.IndexFunc(v.Session.shown, fresh.same)
			if at < 0 {
				continue
			}
			seen := v.Session.shown[at]
			if when, err := time.Parse(time.RFC3339, seen.Inputs.Now); err == nil && now.Sub(when) < shownFor {
				v.Deliveries[i].Options[j].Promise, v.Deliveries[i].Options[j].Inputs = seen.Window, seen.Inputs
			}
		}
	}
}

// see keeps the dates of a view that was only read, where they are others than
// those kept: a cut-off has passed since. A session that is being paid meanwhile
// keeps what it has.
func (c *Checkout) see(ctx context.Context, v View) error {
	if !v.unseen() {
		return nil
	}
	id, revision, dates := v.Session.ID, v.Revision, v.dates()
	err := c.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := selectSessionLocked(ctx, tx, id)
		if err != nil || s.State != StateOpen || s.Revision != revision {
			return err
		}
		s.shown = dates
		return updateShown(ctx, tx, s)
	})
	if errors.Is(err, ErrPaying) {
		return nil
	}
	return err
}
