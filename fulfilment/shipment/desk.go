package shipment

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/carriage"
	"korzo/delivery/carrier"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/job"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/value/address"
)

// The failures of labels.
var (
	ErrLabel   = fault.New(fault.Conflict, "shipment.label", "the parcel has a label, or one is being made; unpack it to begin anew")
	ErrWeight  = fault.New(fault.Invalid, "shipment.weight", "weigh the parcel: give 1 to 1,000,000 grams")
	ErrAddress = fault.New(fault.Conflict, "shipment.address", "the parcel has nowhere to go: the buyer's address was erased")
)

const (
	// pause is how long a silent carrier is left alone before it is asked again.
	pause = 30 * time.Second
	// every is how often a carrier is asked where a parcel is.
	every = 15 * time.Minute
)

// TroubleRefused is the exception of a parcel that its carrier does not take.
const TroubleRefused = "shipment.label_refused"

// Desk is where parcels are given to carriers: it books labels and asks where
// parcels are. Its calls run outside any transaction.
type Desk struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Carriers carrier.Fleet
}

// jobUnbook takes a booking back that nobody needs any more.
const jobUnbook = "shipment.unbook"

type unbooking struct {
	Carrier   string `json:"carrier"`
	Reference string `json:"reference"`
}

// Register makes a pool's jobs take bookings back.
func (k *Desk) Register(p *job.Pool) {
	job.Do(p, jobUnbook, func(ctx context.Context, u unbooking) error {
		c, err := k.Carriers.Find(u.Carrier)
		if err != nil {
			return err
		}
		if err = c.Cancel(ctx, u.Reference); carriage.Read(err) == carriage.No {
			return nil // it was never booked, or the carrier has it: then its bill tells
		}
		return err
	})
}

// Book has a carrier make the label of a parcel, under the parcel's reference.
// The parcel it returns may say that the carrier was asked and has not
// answered: Resume asks again and never pays twice. A refusal is no error: the
// parcel says why, and may be booked another way.
//
// Without a name it is booked with the carrier of the point it goes to, or else
// with the first of Proposed.
func (k *Desk) Book(ctx context.Context, id ParcelID, name, service string, weightGrams int64, _ By) (Parcel, error) {
	if _, err := k.Carriers.Find(name); err != nil && name != "" {
		return Parcel{}, err
	}
	err := k.DB.Write(ctx, func(tx *db.Tx) error {
		p, f, o, err := lockParcel(ctx, tx, id)
		if err == nil {
			name, service, err = k.bound(ctx, tx, f, name, service)
		}
		if err == nil && name == "" {
			name, err = k.proposed(ctx, tx, o)
		}
		switch {
		case err != nil:
			return err
		case p.State != ParcelPacked || p.Label != LabelNone && p.Label != LabelRefused:
			return ErrLabel
		case o.State != order.StatePlaced:
			return ErrOrder
		}
		if weightGrams > 0 {
			p.WeightGrams = weightGrams
		}
		if p.WeightGrams == 0 {
			if p.WeightGrams, err = weigh(ctx, tx, f, p); err != nil {
				return err
			}
		}
		if p.Collect, err = door(ctx, tx, o, f, p); err != nil {
			return err
		}
		p.Reference = following(p)
		p.Carrier, p.Service, p.Label, p.LabelText = name, service, LabelAsked, ""
		if err := updateParcel(ctx, tx, p); err != nil {
			return err
		}
		return updatePolled(ctx, tx, id)
	})
	if err != nil {
		return Parcel{}, fmt.Errorf("book parcel %s: %w", id, err)
	}
	return k.ask(context.WithoutCancel(ctx), id, false)
}

// following is the next reference of a parcel: one that was refused is not used
// again, because a carrier knows it with what it refused.
func following(p Parcel) string {
	if p.Reference == "" {
		return string(p.ID)
	}
	_, tries, _ := strings.Cut(p.Reference, "-")
	n, _ := strconv.Atoi(tries)
	return string(p.ID) + "-" + strconv.Itoa(max(n, 1)+1)
}

// weigh sums up what the goods of a parcel weigh, as the catalog knows it.
func weigh(ctx context.Context, tx *db.Tx, f Fulfilment, p Parcel) (grams int64, err error) {
	for _, u := range p.Lines {
		l := f.line(u.Line)
		v, err := catalog.FindVariant(ctx, tx, l.Variant)
		if err != nil {
			return 0, err
		}
		steps := int64(1)
		for range l.Scale {
			steps *= 10
		}
		grams += v.WeightGrams * u.Units / steps
	}
	if grams < 1 {
		return 0, ErrWeight
	}
	return grams, nil
}

// ask asks a carrier for the label of a parcel that waits for it, and writes the
// answer. Again looks first what became of it: a parcel that was booked stays
// booked, even where its address was changed since and no label can be drawn.
func (k *Desk) ask(ctx context.Context, id ParcelID, again bool) (Parcel, error) {
	p, b, err := k.booking(ctx, id)
	if err != nil || p.Label != LabelAsked {
		return p, err
	}
	c, err := k.Carriers.Find(p.Carrier)
	if err != nil {
		return p, err
	}
	var booked carriage.Booked
	if again {
		if booked, err = c.Find(ctx, b.Reference); carriage.Read(err) == carriage.Silence {
			return p, nil
		}
	}
	label, err := book(ctx, c, b)
	if carriage.Read(err) == carriage.No && booked.Reference != "" && !booked.Cancelled {
		label, err = carriage.Label{Booked: booked}, nil
	}
	switch carriage.Read(err) {
	case carriage.Yes:
		err = k.answer(ctx, id, func(ctx context.Context, tx *db.Tx, p *Parcel) error {
			p.Label, p.Number, p.URL, p.Service = LabelMade, label.Number, label.URL, label.Service
			if len(label.PDF) == 0 {
				return nil
			}
			return insertLabel(ctx, tx, p.ID, label.PDF)
		})
	case carriage.No:
		err = k.answer(ctx, id, func(ctx context.Context, tx *db.Tx, p *Parcel) error {
			p.Label, p.LabelText = LabelRefused, err.Error()
			return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleRefused, Ref: string(p.ID),
				Text: "the carrier refuses the parcel: book it by another service or carrier (" + p.LabelText + ")"})
		})
	default:
		return p, nil // Resume goes on
	}
	if err != nil {
		return p, fmt.Errorf("label parcel %s: %w", id, err)
	}
	p, _, err = k.booking(ctx, id)
	return p, err
}

// book books a parcel with a carrier that does all it asks for.
func book(ctx context.Context, c carriage.Carrier, b carriage.Booking) (carriage.Label, error) {
	if b.Collect.Minor > 0 && !c.Traits().Collects {
		return carriage.Label{}, carriage.Refused("it collects no money at the door: choose one that does")
	}
	return c.Book(ctx, b)
}

// booking reads what a carrier must know of a parcel.
func (k *Desk) booking(ctx context.Context, id ParcelID) (p Parcel, b carriage.Booking, err error) {
	err = k.DB.Read(ctx, func(tx *db.Tx) error {
		if p, err = FindParcel(ctx, tx, id); err != nil {
			return err
		}
		f, err := Find(ctx, tx, p.Fulfilment)
		if err != nil {
			return err
		}
		o, err := order.Find(ctx, tx, f.Order)
		if err != nil {
			return err
		}
		from, err := inventory.FindLocation(ctx, tx, f.Location)
		if err != nil {
			return err
		}
		b = carriage.Booking{Reference: p.Reference, Service: p.Service, From: sender(from), Parcel: carriage.Parcel{WeightGrams: p.WeightGrams},
			Contains: "order " + f.Label(), Value: f.worth(o, p), Collect: p.Collect}
		contact, err := profile.FindContact(ctx, tx, k.Keeper, profile.ContactID(o.Contact))
		if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
			err = ErrAddress
		}
		k.address(&b, PointOf(o, f), p.Carrier, contact.Shipping)
		return err
	})
	return p, b, err
}

// sender is a location's address, with what a location without one has.
func sender(l inventory.Location) address.Address {
	a := l.Address
	if a.Country == "" {
		a.Country, a.City = l.Country, l.City
	}
	if a.Name == "" {
		a.Name = l.Name
	}
	return a
}

// answer writes what a carrier said of a parcel that waits for it.
func (k *Desk) answer(ctx context.Context, id ParcelID, change func(ctx context.Context, tx *db.Tx, p *Parcel) error) error {
	return k.DB.Write(ctx, func(tx *db.Tx) error {
		p, _, _, err := lockParcel(ctx, tx, id)
		if err != nil || p.Label != LabelAsked {
			return err
		}
		if err := change(ctx, tx, &p); err != nil {
			return err
		}
		if p.Label == LabelMade {
			if err := exception.Clear(ctx, tx, TroubleRefused, string(id), "another label was made"); err != nil {
				return err
			}
		}
		changed(tx, p.Order)
		return updateParcel(ctx, tx, p)
	})
}

// Resume asks carriers again that were silent about a label, and returns how
// many parcels it took up.
func (k *Desk) Resume(ctx context.Context) (int, error) {
	due, err := k.lease(ctx, `label = 'asked'`, pause, 50)
	for _, id := range due {
		_, err2 := k.ask(ctx, id, true)
		err = errors.Join(err, err2)
	}
	return len(due), err
}

// Poll asks carriers where parcels are that are away, each every quarter of an
// hour, and returns how many it asked about.
func (k *Desk) Poll(ctx context.Context) (int, error) {
	due, err := k.lease(ctx, `state = 'shipped' AND number <> ''`, every, 50)
	for _, id := range due {
		err = errors.Join(err, k.Look(ctx, id))
	}
	return len(due), err
}

func (k *Desk) lease(ctx context.Context, which string, since time.Duration, limit int) (due []ParcelID, err error) {
	err = k.DB.Write(ctx, func(tx *db.Tx) error {
		due, err = leaseParcels(ctx, tx, which, tx.Now.Add(-since), limit)
		return err
	})
	return due, err
}

// Look asks the carrier of one parcel where it is.
func (k *Desk) Look(ctx context.Context, id ParcelID) error {
	var p Parcel
	err := k.DB.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = FindParcel(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	c, err := k.Carriers.Find(p.Carrier)
	if err != nil || !c.Traits().Tracks || p.Number == "" {
		return nil // nobody can be asked
	}
	events, err := c.Track(ctx, p.Number)
	if err != nil {
		if carriage.Read(err) == carriage.No {
			return nil // the carrier does not know it yet
		}
		return fmt.Errorf("track parcel %s: %w", id, err)
	}
	if len(events) == 0 {
		return nil
	}
	return k.DB.Write(ctx, func(tx *db.Tx) error { return k.observe(ctx, tx, id, events) })
}

// Told looks at the parcels of a carrier that it called in about. Numbers that
// are not ours are nobody's business here.
func (k *Desk) Told(ctx context.Context, name string, numbers []string) error {
	for _, number := range numbers {
		var ids []ParcelID
		err := k.DB.Read(ctx, func(tx *db.Tx) (err error) {
			ids, err = selectByNumber(ctx, tx, name, number)
			return err
		})
		for _, id := range ids {
			err = errors.Join(err, k.Look(ctx, id))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// LabelPDF returns the label of a parcel, or ErrParcel when it has none.
func LabelPDF(ctx context.Context, tx *db.Tx, id ParcelID) ([]byte, error) {
	pdf, err := selectLabel(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrParcel
	}
	return pdf, err
}
