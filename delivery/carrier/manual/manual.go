// Package manual is the carrier that is no machine: somebody takes the parcel
// to the post, or a neighbour's van does.
//
// It draws an address label with our own reference in its barcode, so that the
// parcel can be scanned when it leaves. It knows no prices and tells no story;
// whoever posts the parcel may write the post's number beside it, and that is
// fulfilment's to keep. Every booking is known to it, because it keeps none: a
// reference is booked when we say so.
package manual

import (
	"context"
	"net/url"
	"time"

	"korzo/delivery/carriage"
	"korzo/delivery/carriage/label"
)

// Carrier draws labels.
type Carrier struct{ name string }

// Open reads manual: or manual:?name=Hauspost, which is how people know it.
func Open(u *url.URL) (carriage.Carrier, error) {
	c := Carrier{"Post"}
	if name := u.Query().Get("name"); name != "" {
		c.name = name
	}
	return c, nil
}

var services = []carriage.Service{{Code: "parcel", Name: "Parcel"}, {Code: "letter", Name: "Letter"}}

// Name is the folder's name.
func (Carrier) Name() string { return "manual" }

// Traits says that it only draws.
func (Carrier) Traits() carriage.Traits {
	return carriage.Traits{Collects: true, Services: services, Timeout: time.Second}
}

// Rates knows none.
func (Carrier) Rates(context.Context, carriage.Query) ([]carriage.Rate, error) { return nil, nil }

// Book draws the label.
func (c Carrier) Book(ctx context.Context, b carriage.Booking) (carriage.Label, error) {
	if err := ctx.Err(); err != nil {
		return carriage.Label{}, err
	}
	if err := b.Check(services); err != nil {
		return carriage.Label{}, err
	}
	s := carriage.Choose(services, b.Service)
	pdf, err := label.Draw(label.Content{Carrier: c.name, Service: s.Name, Code: b.Reference, Booking: b})
	return carriage.Label{Booked: booked(b.Reference, s.Code), PDF: pdf}, err
}

func booked(reference, service string) carriage.Booked {
	return carriage.Booked{Reference: reference, Service: service, Code: reference}
}

// Find believes whoever asks.
func (Carrier) Find(_ context.Context, reference string) (carriage.Booked, error) {
	return booked(reference, services[0].Code), nil
}

// Track has no story to tell.
func (Carrier) Track(context.Context, string) ([]carriage.Event, error) { return nil, nil }

// Cancel has nobody to tell.
func (Carrier) Cancel(context.Context, string) error { return nil }
