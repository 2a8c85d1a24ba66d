package point_test

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"sync"
	"testing"
	"time"

	"korzo/delivery/carriage"
	"korzo/delivery/carrier"
	"korzo/delivery/carrier/sandbox"
	"korzo/delivery/point"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

var bremen = carriage.PointQuery{Country: "de", PostalCode: " 28195", City: "Bremen"}

// counting counts how often a carrier is asked for points.
type counting struct {
	*sandbox.Carrier
	mu    sync.Mutex
	asked int
}

func (c *counting) Points(ctx context.Context, q carriage.PointQuery) ([]carriage.Point, error) {
	c.mu.Lock()
	c.asked++
	c.mu.Unlock()
	return c.Carrier.Points(ctx, q)
}

func each(t *testing.T, run func(t *testing.T, d *point.Directory, c *counting, clock *dbtest.Manual)) {
	dbtest.Each(t, []fs.FS{sandbox.Schema, point.Schema}, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		opened, err := sandbox.Open(&url.URL{Scheme: "sandbox"}, d)
		if err != nil {
			t.Fatal(err)
		}
		c := &counting{Carrier: opened.(*sandbox.Carrier)}
		run(t, &point.Directory{DB: d, Carriers: carrier.Fleet{c}}, c, clock)
	})
}

func TestACarrierIsAskedOncePerHourAndWhatItToldCanBeChosen(t *testing.T) {
	each(t, func(t *testing.T, d *point.Directory, c *counting, clock *dbtest.Manual) {
		first, err := d.Near(t.Context(), "sandbox", bremen)
		if err != nil || len(first.Points) == 0 || first.Silent || first.Points[0].Carrier != "sandbox" {
			t.Fatalf("%+v, %v", first, err)
		}
		clock.Advance(59 * time.Minute)
		again, err := d.Near(t.Context(), "sandbox", bremen)
		if err != nil || c.asked != 1 || len(again.Points) != len(first.Points) || again.Points[0].Code != first.Points[0].Code {
			t.Errorf("asked %d times, %+v, %v", c.asked, again, err)
		}
		clock.Advance(time.Minute)
		if _, err := d.Near(t.Context(), "sandbox", bremen); err != nil || c.asked != 2 {
			t.Errorf("after an hour it was asked %d times, %v", c.asked, err)
		}
		dbtest.Read(t, d.DB, func(tx *db.Tx) error {
			p, err := point.Find(t.Context(), tx, "sandbox", first.Points[1].Code)
			if err != nil || p.Name != first.Points[1].Name || p.Address.PostalCode != "28195" {
				t.Errorf("%+v, %v", p, err)
			}
			if _, err := point.Find(t.Context(), tx, "sandbox", "NOSUCH"); !errors.Is(err, point.ErrUnknown) {
				t.Errorf("a code of nobody: %v", err)
			}
			return nil
		})
	})
}

func TestWhatWasToldBeforeStandsInForASilentCarrier(t *testing.T) {
	each(t, func(t *testing.T, d *point.Directory, c *counting, clock *dbtest.Manual) {
		told, err := d.Near(t.Context(), "sandbox", bremen)
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(2 * time.Hour)
		c.Fail("points", carriage.Silence)
		for range 3 { // it is left alone for half a minute
			f, err := d.Near(t.Context(), "sandbox", bremen)
			if err != nil || !f.Silent || len(f.Points) != len(told.Points) {
				t.Errorf("%+v, %v", f, err)
			}
		}
		if c.asked != 2 {
			t.Errorf("a silent carrier was asked %d times", c.asked-1)
		}
		clock.Advance(30 * time.Second)
		if f, err := d.Near(t.Context(), "sandbox", bremen); err != nil || f.Silent || c.asked != 3 {
			t.Errorf("%+v, %v, asked %d times", f, err, c.asked)
		}
	})
}

func TestWhatNobodyAskedForInAMonthIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, d *point.Directory, _ *counting, clock *dbtest.Manual) {
		f, err := d.Near(t.Context(), "sandbox", bremen)
		if err != nil {
			t.Fatal(err)
		}
		forget := func() (n int64) {
			dbtest.Write(t, d.DB, func(tx *db.Tx) (err error) {
				n, err = point.Forget(t.Context(), tx, 100)
				return err
			})
			return n
		}
		clock.Advance(29 * 24 * time.Hour)
		early := forget()
		clock.Advance(2 * 24 * time.Hour)
		if late := forget(); early != 0 || late != int64(len(f.Points))+1 {
			t.Errorf("forgotten early %d, late %d", early, late)
		}
	})
}

func TestManyAskAtOnceAndAllAreAnswered(t *testing.T) {
	each(t, func(t *testing.T, d *point.Directory, _ *counting, _ *dbtest.Manual) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if f, err := d.Near(t.Context(), "sandbox", bremen); err != nil || len(f.Points) == 0 {
					t.Errorf("%+v, %v", f, err)
				}
			})
		}
		all.Wait()
	})
}
