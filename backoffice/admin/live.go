package admin

import (
	"context"

	"korzo/backoffice/listing"
	"korzo/backoffice/transfer"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/live"
	"korzo/purchase/order"
	"korzo/purchase/payment"
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
		for _, topic := range []string{order.Topic, shipment.Topic, payment.Topic, exception.Topic, inventory.Topic} {
			live.Watch(tx, topic, func([]string) { a.hub.Publish(topic, topic, nil) })
		}
		for _, topic := range []string{order.Topic, shipment.Topic} { // of both the keys are orders
			live.Watch(tx, topic, func(orders []string) {
				for _, id := range orders {
					a.hub.Publish(id, topic, nil)
				}
			})
		}
		return nil
	})
}

// homeTopic is told to whoever looks at the start page: something came or went.
const homeTopic = "home"

// streamList streams that a list would look different now: what it is of moved.
func (a *Admin) streamList(topic string) func(*visit) error {
	return func(v *visit) error {
		a.hub.Serve(v.w, v.r, topic)
		return nil
	}
}

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
