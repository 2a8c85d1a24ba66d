package shipment_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/carriage"
	"korzo/delivery/carrier"
	"korzo/delivery/carrier/sandbox"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/job"
	"korzo/platform/seal"
	"korzo/value/address"
)

// desk is a house whose parcels go by the sandbox, and a parcel of it.
type desk struct {
	*house
	*shipment.Desk
	van    carriage.Puppet
	jobs   *job.Pool
	parcel shipment.ParcelID
}

func openDesk(t *testing.T, test func(k *desk)) {
	dbtest.Each(t, append(slices.Clone(schemas), profile.Schema, sandbox.Schema), func(t *testing.T, d *db.DB) {
		keeper, err := seal.Open(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		c, err := sandbox.Open(&url.URL{Scheme: "sandbox"}, d)
		if err != nil {
			t.Fatal(err)
		}
		k := &desk{house: open(t, d), van: c.(carriage.Puppet), jobs: job.NewPool(d), Desk: &shipment.Desk{DB: d, Keeper: keeper, Carriers: carrier.Fleet{c}}}
		k.Register(k.jobs)
		k.write(func(ctx context.Context, tx *db.Tx) error {
			id, err := profile.SaveContact(ctx, tx, keeper, profile.Contact{Email: "ada@example.com", Shipping: address.Address{Name: "Ada Lovelace", Line1: "Hauptstraße 1",
				City: "Berlin", PostalCode: "10115", Country: "DE"}})
			k.contact = string(id)
			return err
		})
		k.stock("loc_hub", 9, 0)
		f := k.of(k.buy(want{"ship", "", [2]int64{1, 0}}))[0]
		k.write(func(ctx context.Context, tx *db.Tx) error {
			p, err := shipment.Pack(ctx, tx, f.ID, nil, 500, by)
			k.parcel = p.ID
			return err
		})
		test(k)
		k.sound()
	})
}

func (k *desk) find() (p shipment.Parcel) {
	k.Helper()
	dbtest.Read(k, k.d, func(tx *db.Tx) (err error) {
		p, err = shipment.FindParcel(k.Context(), tx, k.parcel)
		return err
	})
	return p
}

func TestALabelIsBookedOnceWhateverTheCarrierAnswers(t *testing.T) {
	for _, c := range []struct {
		how   carriage.Answer
		first shipment.LabelState // after the first call
		then  shipment.LabelState // after Resume
	}{
		{carriage.Yes, shipment.LabelMade, shipment.LabelMade},
		{carriage.No, shipment.LabelRefused, shipment.LabelRefused},
		{carriage.Silence, shipment.LabelAsked, shipment.LabelMade}, // it was booked: its label is fetched
		{carriage.Lost, shipment.LabelAsked, shipment.LabelMade},    // it was not: it is booked now
	} {
		t.Run(string(c.how), func(t *testing.T) {
			openDesk(t, func(k *desk) {
				k.van.Fail("book", c.how)
				p, err := k.Book(t.Context(), k.parcel, "sandbox", "standard", 0, by)
				if err != nil || p.Label != c.first {
					t.Fatalf("%s, %v, want %s", p.Label, err, c.first)
				}
				if c.first == shipment.LabelAsked {
					if err := k.try(func(ctx context.Context, tx *db.Tx) error { return shipment.Ship(ctx, tx, k.parcel, by) }); !errors.Is(err, shipment.ErrState) {
						t.Errorf("shipped while its label is asked for: %v", err)
					}
				}
				dbtest.Clock(k.d).Advance(time.Minute)
				if _, err := k.Resume(t.Context()); err != nil {
					t.Fatal(err)
				}
				if p = k.find(); p.Label != c.then || (p.Number != "") != (c.then == shipment.LabelMade) {
					t.Errorf("then %s, number %q, want %s", p.Label, p.Number, c.then)
				}
				if c.then != shipment.LabelMade {
					if p, err = k.Book(t.Context(), k.parcel, "sandbox", "express", 0, by); err != nil || p.Label != shipment.LabelMade {
						t.Errorf("another service after a refusal: %s, %v", p.Label, err)
					}
				}
				dbtest.Read(t, k.d, func(tx *db.Tx) error {
					pdf, err := shipment.LabelPDF(t.Context(), tx, k.parcel)
					if !bytes.HasPrefix(pdf, []byte("%PDF")) {
						t.Errorf("no label: %d bytes", len(pdf))
					}
					return err
				})
			})
		})
	}
}

func TestAParcelIsFollowedByAskingAndByNotice(t *testing.T) {
	openDesk(t, func(k *desk) {
		p, err := k.Book(t.Context(), k.parcel, "sandbox", "", 0, by)
		if err != nil {
			t.Fatal(err)
		}
		k.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Ship(ctx, tx, k.parcel, by) })
		tell := func(id string, s carriage.Status) {
			t.Helper()
			if _, _, err := k.van.Tell(t.Context(), p.Number, carriage.Event{ID: id, At: k.d.Now(), Status: s, Text: string(s)}); err != nil {
				t.Fatal(err)
			}
		}
		tell("a", carriage.StatusInTransit)
		dbtest.Clock(k.d).Advance(time.Hour)
		if n, err := k.Poll(t.Context()); n != 1 || err != nil || k.find().Status != carriage.StatusInTransit {
			t.Errorf("asked about %d, %v: %s", n, err, k.find().Status)
		}
		if n, err := k.Poll(t.Context()); n != 0 || err != nil {
			t.Errorf("asked again at once about %d, %v", n, err)
		}
		tell("b", carriage.StatusDelivered)
		if err := k.Told(t.Context(), "sandbox", []string{p.Number, "XX000000000XX"}); err != nil || k.find().State != shipment.ParcelDelivered {
			t.Errorf("%v: %s", err, k.find().State)
		}
	})
}

func TestWhatIsUnpackedIsNotCarried(t *testing.T) {
	openDesk(t, func(k *desk) {
		p, err := k.Book(t.Context(), k.parcel, "sandbox", "", 0, by)
		if err != nil {
			t.Fatal(err)
		}
		k.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Unpack(ctx, tx, k.parcel, by) })
		if _, err := k.jobs.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if booked, err := k.van.Find(t.Context(), p.Reference); err != nil || !booked.Cancelled {
			t.Errorf("%+v, %v", booked, err)
		}
	})
}
