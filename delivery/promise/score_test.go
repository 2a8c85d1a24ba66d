package promise_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/calendar"
)

func TestPromisesAreScoredOnceByLocationAndLane(t *testing.T) {
	dbtest.Each(t, []fs.FS{promise.Schema}, func(t *testing.T, d *db.DB) {
		day := func(n int) calendar.Date { return calendar.On(2030, 1, n) }
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for _, o := range []promise.Outcome{
				{Ref: "a", Location: "loc_berlin", Lane: "DE-DE", Promised: day(10), Arrived: day(10)},
				{Ref: "a", Location: "loc_berlin", Lane: "DE-DE", Promised: day(10), Arrived: day(20)}, // told twice
				{Ref: "b", Location: "loc_berlin", Lane: "DE-DE", Promised: day(10), Arrived: day(9)},
				{Ref: "c", Location: "loc_berlin", Lane: "DE-DE", Promised: day(10), Arrived: day(13)},
				{Ref: "d", Location: "loc_berlin", Lane: "DE-AT", Promised: day(10), Arrived: day(11)},
				{Ref: "e", Location: "loc_berlin", Lane: "DE-AT", Arrived: day(11)},                    // nothing was promised
				{Ref: "f", Location: "loc_berlin", Lane: "DE-AT", Promised: day(28), Arrived: day(28)}, // another time
			} {
				if err := promise.Score(t.Context(), tx, o); err != nil {
					return err
				}
			}
			return nil
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := promise.Rates(t.Context(), tx, day(1), day(20))
			want := []promise.Kept{{Location: "loc_berlin", Lane: "DE-AT", All: 1, Kept: 0, LateDays: 1}, {Location: "loc_berlin", Lane: "DE-DE", All: 3, Kept: 2, LateDays: 3}}
			if !slices.Equal(got, want) || got[1].RatePPM() != 666_666 {
				t.Errorf("%+v, want %+v", got, want)
			}
			if _, err := promise.Rates(t.Context(), tx, day(20), day(1)); !errors.Is(err, promise.ErrInvalid) {
				t.Errorf("days the wrong way: %v", err)
			}
			return err
		})
	})
}
