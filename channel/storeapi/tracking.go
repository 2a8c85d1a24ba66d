package storeapi

import (
	"context"

	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/order"
)

// trackingBody is how an order gets to its buyer.
type trackingBody struct {
	Parcels     []trackedBody    `json:"parcels"`
	Collections []collectionBody `json:"collections"`
	Preparing   []itemBody       `json:"preparing" doc:"What is neither packed nor gone"`
	Changes     changesBody      `json:"changes"`
}

// changesBody is whether an order may still be canceled or sent elsewhere.
type changesBody struct {
	Open bool   `json:"open" doc:"Nobody has begun to gather it: it may be canceled and sent elsewhere"`
	From string `json:"begins_at,omitempty" format:"date-time" doc:"Every place is closed: nobody begins before. Left out: at any moment"`
	By   string `json:"planned_by,omitempty" format:"date-time" doc:"By when it is planned that somebody has begun"`
}

type trackedBody struct {
	Until   string      `json:"collect_until,omitempty" doc:"While it waits in a locker or shop; what opens the box is in the message and on the order's page"`
	Status  string      `json:"status" enum:"packed,shipped,delivered"`
	Carrier string      `json:"carrier,omitempty"`
	Number  string      `json:"number,omitempty"`
	URL     string      `json:"url,omitempty"`
	Promise promiseBody `json:"promise"`
	Late    bool        `json:"late"`
	Items   []itemBody  `json:"items"`
	History []eventBody `json:"history" doc:"What the carrier told, newest first"`
}

type collectionBody struct {
	Status   string     `json:"status" enum:"preparing,ready,collected,expired"`
	Location string     `json:"location"`
	Code     string     `json:"code,omitempty" doc:"Shown at the counter, while it is ready"`
	Until    string     `json:"until,omitempty" format:"date-time"`
	Items    []itemBody `json:"items"`
}

type itemBody struct {
	SKU      string `json:"sku"`
	Title    string `json:"title"`
	Quantity int64  `json:"quantity"`
}

type eventBody struct {
	At     string `json:"at" format:"date-time"`
	Status string `json:"status"`
	Text   string `json:"text,omitempty"`
	Place  string `json:"place,omitempty"`
}

type trackingOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         trackingBody
}

// showTracking tells where an order is to who has its token, or is its customer.
func (a *API) showTracking(ctx context.Context, in *OrderInput) (*trackingOutput, error) {
	out := &trackingOutput{CacheControl: "private, no-store", Body: trackingBody{Parcels: []trackedBody{}, Collections: []collectionBody{}, Preparing: []itemBody{}}}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		o, err := a.openOrder(ctx, tx, in)
		if err != nil {
			return err
		}
		all, err := shipment.OfOrder(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		for _, f := range all {
			if err := a.trackFulfilment(ctx, tx, f, &out.Body); err != nil {
				return err
			}
		}
		still, err := pickup.StillOpen(ctx, tx, o, all)
		if err != nil {
			return err
		}
		out.Body.Changes = changesBody{still.Open, rfc3339(still.From), rfc3339(still.By)}
		return trackParcels(ctx, tx, o, &out.Body)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// trackFulfilment adds what of a fulfilment is in no parcel.
func (a *API) trackFulfilment(ctx context.Context, tx *db.Tx, f shipment.Fulfilment, to *trackingBody) error {
	var items []itemBody
	for _, l := range f.Lines {
		units := l.Loose()
		if f.Kind == shipment.KindPickup {
			units = l.Units
		}
		if units > 0 {
			items = append(items, itemBody{l.SKU, l.Title, units})
		}
	}
	if len(items) == 0 {
		return nil
	}
	if f.Kind == shipment.KindShip {
		to.Preparing = append(to.Preparing, items...)
		return nil
	}
	c := collectionBody{Status: "preparing", Location: f.Location, Items: items}
	switch f.State {
	case shipment.StateReady:
		t, err := pickup.Find(ctx, tx, f.ID)
		if err != nil {
			return err
		}
		c.Status, c.Code, c.Until = "ready", t.Code(a.Keeper), rfc3339(t.ExpireAt)
	case shipment.StateDelivered:
		c.Status = "collected"
	case shipment.StateExpired:
		c.Status = "expired"
	}
	to.Collections = append(to.Collections, c)
	return nil
}

func trackParcels(ctx context.Context, tx *db.Tx, o order.Order, to *trackingBody) error {
	parcels, err := shipment.Parcels(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	titles := map[order.LineID]itemBody{}
	for _, l := range o.Lines {
		titles[l.ID] = itemBody{SKU: l.SKU, Title: l.Title}
	}
	for _, p := range parcels {
		if p.State == shipment.ParcelCanceled {
			continue
		}
		b := trackedBody{Status: string(p.State), Carrier: p.Carrier, Number: p.Number, URL: p.URL, Promise: promiseBody{"", p.PromiseTo},
			Late: !p.LateAt.IsZero() && p.State == shipment.ParcelShipped, Items: []itemBody{}, History: []eventBody{}}
		for _, u := range p.Lines {
			item := titles[u.Line]
			item.Quantity = u.Units
			b.Items = append(b.Items, item)
		}
		story, err := shipment.Story(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if e, waits := shipment.Box(story); waits && p.State == shipment.ParcelShipped && !e.Until.IsZero() {
			b.Until = rfc3339(e.Until)
		}
		for i := len(story) - 1; i >= 0; i-- {
			b.History = append(b.History, eventBody{rfc3339(story[i].At), string(story[i].Status), story[i].Text, story[i].Place})
		}
		to.Parcels = append(to.Parcels, b)
	}
	return nil
}
