package admin

import (
	"context"

	"korzo/backoffice/listing"
	"korzo/backoffice/transfer"
	"korzo/platform/db"
	"korzo/platform/live"
)

// listen has what moves on told to who looks at it.
func (a *Admin) listen() {
	a.hub = live.NewHub()
	_ = a.DB.Read(context.Background(), func(tx *db.Tx) error { // it reads nothing: only a database that is gone fails, and then nobody looks
		for _, topic := range []string{transfer.Topic, listing.Topic} {
			live.Watch(tx, topic, func(keys []string) {
				for _, key := range keys {
					a.hub.Publish(key, "moved", nil)
				}
			})
		}
		return nil
	})
}

// streamOf streams that the thing named by a part of the address moved: what it
// became, the page looks up.
func (a *Admin) streamOf(part string) func(*visit) error {
	return func(v *visit) error {
		a.hub.Serve(v.w, v.r, v.r.PathValue(part))
		return nil
	}
}
