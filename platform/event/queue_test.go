package event_test

import (
	"context"
	"fmt"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
)

// A queue that grew while nobody delivered, such as an import's, is worked off
// however little the database knows of its size.
func TestALongQueueIsWorkedOff(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		const long = 4000
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for i := range long {
				if err := event.Publish(t.Context(), tx, placed{fmt.Sprint("order ", i/2), i}); err != nil {
					return err
				}
			}
			return nil
		})
		var b event.Bus
		heard := 0
		b.Workers = 1
		event.On(&b, "ship", func(context.Context, *db.Tx, placed) error { heard++; return nil })
		deliver(t, &b, d, long)
		if heard != long {
			t.Errorf("%d facts were heard of, want %d", heard, long)
		}
	})
}
