package admin

import (
	"context"

	"korzo/backoffice/listing"
	"korzo/backoffice/transfer"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/live"
	"korzo/purchase/order"
)

// listen has what moves on told to who looks at it.
func (a *Admin) listen() {
	a.hub = live.NewHub()
	stir := func([]string) { a.hub.Publish(homeTopic, homeTopic, nil) }
	_ = a.DB.Read(context.Background(), func(tx *db.Tx) error { // it reads nothing: only a database that is gone fails, and then nobody looks
		for _, topic := range []string{transfer.Topic, listing.Topic} {
			live.Watch(tx, topic, func(keys []string) {
				for _, key := range keys {
					a.hub.Publish(key, "moved", nil)
				}
			})
		}
		for _, topic := range []string{order.Topic, exception.Topic, shipment.Topic} {
			live.Watch(tx, topic, stir)
		}
		return nil
	})
}

// homeTopic is told to whoever looks at the start page: something came or went.
const homeTopic = "home"

// streamHome streams that the start page would look different now.
func (a *Admin) streamHome(v *visit) error {
	a.hub.Serve(v.w, v.r, homeTopic)
	return nil
}

// streamOf streams that the thing named by a part of the address moved: what it
// became, the page looks up.
func (a *Admin) streamOf(part string) func(*visit) error {
	return func(v *visit) error {
		a.hub.Serve(v.w, v.r, v.r.PathValue(part))
		return nil
	}
}
