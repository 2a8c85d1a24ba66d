package event_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
)

func TestWhoListensToAllIsGivenWhatIsWantedOnceBesideTheOthers(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		b, broken := &event.Bus{Log: discard}, true
		event.On(b, "own", func(ctx context.Context, tx *db.Tx, e placed) error { return note(ctx, tx, "own", e.Order, e.N) })
		event.All(b, "all", func(_ context.Context, _ *db.Tx, kind string) (bool, error) { return kind == "order.placed", nil },
			func(ctx context.Context, tx *db.Tx, f event.Fact) error {
				if broken {
					return errors.New("not now")
				}
				return note(ctx, tx, "all:"+f.Kind, f.Key, int(f.Seq))
			})
		publish(t, d, placed{"ord_1", 7}, seen{"/"})
		deliver(t, b, d, 1)
		if got := effects(t, d); !slices.Equal(got, []string{"own ord_1 7"}) {
			t.Errorf("%q", got)
		}
		broken = false
		dbtest.Clock(d).Advance(1e9)
		deliver(t, b, d, 1)
		if got := effects(t, d); !slices.Equal(got, []string{"own ord_1 7", "all:order.placed ord_1 1"}) {
			t.Errorf("the reaction that was through ran again, or the other did not: %q", got)
		}
	})
}
