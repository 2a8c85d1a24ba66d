package inventory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/live"
)

func TestStatementsOfAHoldAreFew(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		for _, v := range vs {
			stock(t, d, v, "loc_berlin", 10)
		}
		lines := []inventory.Line{line(vs[0], 1), line(vs[1], 1), line(vs[0], 1)}
		for _, c := range []struct {
			name string
			do   func() error
			want int
		}{
			{"hold two variants", func() error { _, err := hold(d, "a", lines...); return err }, 4},
			{"hold them again", func() error { _, err := hold(d, "a", lines...); return err }, 1},
			{"claim", func() error { return claim(d, "a", "ord") }, 2},
			{"hold, to be released", func() error { _, err := hold(d, "b", lines...); return err }, 4},
			{"release", func() error { return release(d, "b") }, 3},
			{"refuse", func() error { _, err := hold(d, "c", line(vs[0], 99)); return notShort(err) }, 1},
			{"hold, to expire", func() error { _, err := hold(d, "e", lines...); dbtest.Clock(d).Advance(time.Hour); return err }, 4},
			{"expire", func() error { _, err := expire(d); return err }, 4},
			{"expire nothing", func() error { _, err := expire(d); return err }, 1},
		} {
			count := dbtest.Count(d)
			if err := c.do(); err != nil || count() != c.want {
				t.Errorf("%s: %d statements, %v; want %d", c.name, count(), err, c.want)
			}
		}
		count := dbtest.Count(d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			_, err := inventory.Available(ctx, tx, slices.Repeat(vs, 100))
			return err
		})
		if n := count(); n != 1 {
			t.Errorf("availability of 200: %d statements", n)
		}
	})
}

func notShort(err error) error {
	if errors.Is(err, inventory.ErrShort) {
		return nil
	}
	return fmt.Errorf("not short: %w", err)
}

func TestWatchersHearOfCommitsOnly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		other := dbtest.SQLite(t, schemas)
		vs := open(t, d, 2)
		stock(t, d, vs[0], "loc_berlin", 5)
		stock(t, d, vs[1], "loc_berlin", 5)
		var heard []string
		name := map[catalog.VariantID]string{vs[0]: "a", vs[1]: "b"}
		var stop func()
		dbtest.Read(t, d, func(tx *db.Tx) error {
			stop = live.Watch(tx, inventory.Topic, func(changed []string) {
				for _, v := range changed {
					heard = append(heard, name[catalog.VariantID(v)])
				}
			})
			return nil
		})
		stock(t, other, open(t, other, 1)[0], "loc_berlin", 5) // another database is not heard

		expect := func(step, want string) {
			t.Helper()
			if got := strings.Join(heard, ""); got != want {
				t.Errorf("%s: heard %q, want %q", step, got, want)
			}
			heard = nil
		}
		hold(d, "h", line(vs[1], 1), line(vs[0], 1))
		expect("hold", "ab")
		hold(d, "h", line(vs[1], 1), line(vs[0], 1))
		expect("hold again", "")
		hold(d, "x", line(vs[0], 99))
		expect("a hold refused", "")
		release(d, "h")
		expect("release", "ab")
		d.Write(ctx, func(tx *db.Tx) error {
			inventory.Hold(ctx, tx, "r", []inventory.Line{line(vs[0], 1)}, tx.Now)
			return errors.New("rolled back")
		})
		expect("a hold rolled back", "")
		adjust(d, vs[0], "loc_york", 1)
		expect("adjust", "a")
		hold(d, "c", line(vs[1], 1))
		claim(d, "c", "ord")
		expect("hold and claim, which changes nothing", "b")
		stop()
		release(d, "h")
		adjust(d, vs[0], "loc_york", 1)
		expect("after stop", "")
	})
}
