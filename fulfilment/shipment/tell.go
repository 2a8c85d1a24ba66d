package shipment

import (
	"context"
	"fmt"

	"korzo/delivery/carriage"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// ErrNoPuppet reports a parcel whose carrier has vans of its own.
var ErrNoPuppet = fault.New(fault.Conflict, "shipment.no_puppet", "only a sandbox carrier does as it is told, with a parcel that has its number")

// Offer is what a carrier asks for a parcel.
type Offer struct {
	Carrier string
	carriage.Rate
}

// Rates are what the carriers that answer ask for a parcel that has no label, as
// the shop has them, each by its price. One that refuses it, or is silent, makes
// no offer. It may be repeated.
func (k *Desk) Rates(ctx context.Context, id ParcelID) (all []Offer, err error) {
	p, b, err := k.booking(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.State != ParcelPacked {
		return nil, ErrLabel
	}
	if b.Parcel.WeightGrams == 0 {
		err = k.DB.Read(ctx, func(tx *db.Tx) error {
			f, err := Find(ctx, tx, p.Fulfilment)
			if err == nil {
				b.Parcel.WeightGrams, err = weigh(ctx, tx, f, p)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("weigh parcel %s: %w", id, err)
		}
	}
	for _, c := range k.Carriers {
		if !c.Traits().Rates {
			continue
		}
		rates, err := c.Rates(ctx, carriage.Query{From: b.From, To: b.To, Parcels: []carriage.Parcel{b.Parcel}, Value: b.Value})
		if err != nil {
			continue
		}
		for _, r := range rates {
			all = append(all, Offer{c.Name(), r})
		}
	}
	return all, nil
}

// Tell makes something happen to a parcel of a carrier without vans, and looks at
// it: for whoever tries the shop out. It returns ErrNoPuppet.
func (k *Desk) Tell(ctx context.Context, id ParcelID, status carriage.Status) error {
	var p Parcel
	err := k.DB.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = FindParcel(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	puppet, ok := k.Puppet(p)
	if !ok {
		return ErrNoPuppet
	}
	if _, _, err := puppet.Tell(ctx, p.Number, carriage.Event{Status: status}); err != nil {
		return fmt.Errorf("tell what happens to parcel %s: %w", id, err)
	}
	return k.Look(ctx, id)
}

// Puppet is the carrier of a parcel that was booked with one without vans.
func (k *Desk) Puppet(p Parcel) (carriage.Puppet, bool) {
	c, err := k.Carriers.Find(p.Carrier)
	if err != nil || p.Number == "" || p.State != ParcelShipped {
		return nil, false
	}
	puppet, ok := c.(carriage.Puppet)
	return puppet, ok
}
