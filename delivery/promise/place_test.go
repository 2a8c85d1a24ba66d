package promise_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"korzo/delivery/promise"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/value/calendar"
)

var schemas = []fs.FS{remember.Schema, inventory.Schema, promise.Schema}

func berlin(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return inventory.SaveLocation(t.Context(), tx, inventory.Location{ID: "loc_berlin", Name: "Berlin", Country: "DE", Zone: "Europe/Berlin", Ships: true})
	})
}

func known(t *testing.T, d *db.DB) (k promise.Known) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		k, err = promise.Knowledge(t.Context(), tx)
		return err
	})
	return k
}

func TestWhatWaitsIsWrittenOnlyWhenItMakesAnotherDay(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		berlin(t, d)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return promise.SavePlace(t.Context(), tx, promise.Place{Location: "loc_berlin", PickMinutes: 60, PerDay: 20, Waiting: 999})
		})
		for _, c := range []struct {
			waiting       int64
			changed, days int
		}{{19, 0, 0}, {20, 1, 1}, {39, 0, 1}, {61, 1, 3}, {0, 1, 0}} {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				n, err := promise.Count(t.Context(), tx, map[string]int64{"loc_berlin": c.waiting, "loc_unknown": 500})
				if n != c.changed {
					t.Errorf("%d wait: %d promises changed, want %d", c.waiting, n, c.changed)
				}
				return err
			})
			if p := known(t, d).Place("loc_berlin"); p.Backlog() != c.days || p.PickMinutes != 60 {
				t.Errorf("%d wait: %+v, a backlog of %d days, want %d", c.waiting, p, p.Backlog(), c.days)
			}
		}
		if p := known(t, d).Place("loc_unknown"); p.Backlog() != 0 || p.Location != "loc_unknown" {
			t.Errorf("a place that nobody described: %+v", p)
		}
	})
}

func TestAPlaceThatCannotBeIsRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		berlin(t, d)
		for _, p := range []promise.Place{{Location: "loc_berlin", PickMinutes: -1}, {Location: "loc_berlin", PickMinutes: 1441}, {Location: "loc_berlin", PerDay: -1},
			{Location: "loc_berlin", Closed: make([]calendar.Date, 401)}} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return promise.SavePlace(t.Context(), tx, p) }); !errors.Is(err, promise.ErrInvalid) {
				t.Errorf("%+v: %v, want ErrInvalid", p, err)
			}
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return promise.SavePlace(t.Context(), tx, promise.Place{Location: "loc_nowhere"})
		})
		if !errors.Is(err, inventory.ErrLocationNotFound) {
			t.Errorf("a place that is none: %v", err)
		}
	})
}

// arrive scores so many parcels that left on a Monday and took so many days.
func arrive(t *testing.T, d *db.DB, name string, days, parcels int) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		left := calendar.DateIn(tx.Now, time.UTC).AddDays(-40)
		for left.Weekday() != time.Monday {
			left = left.AddDays(1)
		}
		for i := range parcels {
			o := promise.Outcome{Ref: fmt.Sprint(name, i), Location: "loc_berlin", Lane: "DE-AT post", Method: "de_standard", From: "DE", To: "AT",
				Left: left, Arrived: left.AddDays(days), Promised: left.AddDays(2), Delivery: calendar.Business{Week: calendar.EveryDay}}
			if err := promise.Score(t.Context(), tx, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestALaneIsPromisedByWhatItsParcelsTook(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		learn := func(want int) {
			t.Helper()
			dbtest.Write(t, d, func(tx *db.Tx) error {
				n, err := promise.Learn(t.Context(), tx)
				if n != want {
					t.Errorf("%d lanes changed, want %d", n, want)
				}
				return err
			})
		}
		transit := func(p50, p90 int, arrivals int64, ok bool) {
			t.Helper()
			a, b, n, believed := known(t, d).Transit("DE", "AT", "de_standard")
			if a != p50 || b != p90 || n != arrivals || believed != ok {
				t.Errorf("%d to %d days of %d parcels (%v), want %d to %d of %d (%v)", a, b, n, believed, p50, p90, arrivals, ok)
			}
		}
		learn(0)
		arrive(t, d, "quick", 2, 15)
		arrive(t, d, "slow", 3, 12)
		learn(1)
		transit(0, 0, 0, false) // 27 are too few
		arrive(t, d, "late", 6, 3)
		learn(1)
		transit(2, 3, 30, true) // the 15th took 2 days, the 27th 3
		learn(0)
		arrive(t, d, "later", 7, 1)
		learn(1)
		transit(3, 6, 31, true) // the 16th and the 28th

		fix := promise.Lane{From: "DE", To: "AT", Method: "de_standard", Mode: promise.Fixed, P50: 1, P90: 9}
		dbtest.Write(t, d, func(tx *db.Tx) error { return promise.SaveLane(t.Context(), tx, fix) })
		arrive(t, d, "more", 5, 5)
		learn(1)
		transit(1, 9, 0, true)
		fix.Mode = promise.Off
		dbtest.Write(t, d, func(tx *db.Tx) error { return promise.SaveLane(t.Context(), tx, fix) })
		transit(0, 0, 0, false)
		fix.Mode = promise.Measured
		dbtest.Write(t, d, func(tx *db.Tx) error { return promise.SaveLane(t.Context(), tx, fix) })
		learn(1)
		transit(3, 6, 36, true)
	})
}

func TestALaneThatCannotBeIsRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for _, l := range []promise.Lane{{From: "D", To: "AT", Method: "m", Mode: promise.Off}, {From: "DE", To: "AT", Mode: promise.Off},
			{From: "DE", To: "AT", Method: "m", Mode: "sometimes"}, {From: "DE", To: "AT", Method: "m", Mode: promise.Fixed, P50: 3, P90: 2}} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return promise.SaveLane(t.Context(), tx, l) }); !errors.Is(err, promise.ErrInvalid) {
				t.Errorf("%+v: %v, want ErrInvalid", l, err)
			}
		}
		if all := known(t, d).Lanes(); len(all) != 0 {
			t.Errorf("a refused lane was written: %+v", all)
		}
	})
}
