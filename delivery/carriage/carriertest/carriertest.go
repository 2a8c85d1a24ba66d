// Package carriertest holds every carrier to the promises of its seam.
//
// A carrier's own test calls Exercise with how to make it and what it can be
// made to do. The suite books, repeats, asks, tracks, cancels and is met with
// silence, and reads the barcode of each label back with a scanner that is not
// ours. What a carrier's Traits deny must be denied in deed.
package carriertest

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"

	"korzo/delivery/carriage"
	"korzo/value/address"
	"korzo/value/money"
)

// Suite is what Exercise needs to know of a carrier.
type Suite struct {
	New func(t *testing.T) carriage.Carrier // fresh, with an empty book

	// Far is a booking of the first service that is refused; zero: none is.
	Far carriage.Booking
}

// Parcel is a booking that every carrier takes.
func Parcel(reference string) carriage.Booking {
	return carriage.Booking{
		Reference: reference,
		From:      address.Address{Name: "Korzo GmbH", Line1: "Torstraße 1", City: "Berlin", PostalCode: "10119", Country: "DE"},
		To:        address.Address{Name: "Ada Lovelace", Line1: "Sögestraße 5", City: "Bremen", PostalCode: "28195", Country: "DE"},
		Parcel:    carriage.Parcel{WeightGrams: 1200, LengthMM: 300, WidthMM: 200, HeightMM: 150},
		Contains:  "order 1042, parcel 1 of 2", Value: money.Of(4900, "EUR"),
	}
}

// Exercise runs the suite.
func Exercise(t *testing.T, s Suite) {
	t.Helper()
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, c carriage.Carrier)
	}{
		{"it says who it is and what it can do", introduces},
		{"a parcel is booked once, however often it is asked", repeats},
		{"the barcode of a label says its code", scans},
		{"another parcel under the same reference is refused, where there is a book", conflicts},
		{"what is no parcel is refused, with the field", refuses},
		{"rates are cheapest first, and of services it has", rates},
		{"a parcel tells its story from the beginning", tracks},
		{"where it has points it names them, and brings parcels there", points},
		{"what is cancelled stays cancelled", cancels},
		{"many may book at once", together},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, s.New(t)) })
	}
	t.Run("where it does not carry, it says no", func(t *testing.T) {
		if s.Far.Reference == "" {
			return
		}
		if _, err := s.New(t).Book(t.Context(), s.Far); carriage.Read(err) != carriage.No {
			t.Errorf("booked: %v, want a no", err)
		}
	})
	if p, can := s.New(t).(carriage.Puppet); can {
		puppets(t, p)
	}
}

func book(t *testing.T, c carriage.Carrier, b carriage.Booking) carriage.Label {
	t.Helper()
	l, err := c.Book(t.Context(), b)
	if err != nil {
		t.Fatalf("book %s: %v", b.Reference, err)
	}
	return l
}

func introduces(t *testing.T, c carriage.Carrier) {
	traits := c.Traits()
	if c.Name() == "" || traits.Timeout <= 0 || len(traits.Services) == 0 {
		t.Errorf("%q: %+v", c.Name(), traits)
	}
	for _, s := range traits.Services {
		if s.Code == "" || s.Name == "" {
			t.Errorf("a service without code or name: %+v", s)
		}
	}
}

func repeats(t *testing.T, c carriage.Carrier) {
	first := book(t, c, Parcel("prc_1"))
	again := book(t, c, Parcel("prc_1"))
	if first.Booked != again.Booked || !bytes.Equal(first.PDF, again.PDF) {
		t.Errorf("again it is %+v, first %+v; the same page: %v", again.Booked, first.Booked, bytes.Equal(first.PDF, again.PDF))
	}
	if first.Reference != "prc_1" || first.Code == "" || (first.Number != "") != c.Traits().Numbers {
		t.Errorf("booked as %+v", first.Booked)
	}
	found, err := c.Find(t.Context(), "prc_1")
	if err != nil || found.Code != first.Code || found.Number != first.Number || found.Cancelled {
		t.Errorf("the book says %+v, %v", found, err)
	}
	if other := book(t, c, Parcel("prc_2")); other.Code == first.Code {
		t.Errorf("two parcels have the code %s", other.Code)
	}
}

func conflicts(t *testing.T, c carriage.Carrier) {
	book(t, c, Parcel("prc_1"))
	b := Parcel("prc_1")
	b.Parcel.WeightGrams++
	if _, err := c.Book(t.Context(), b); c.Traits().Numbers && carriage.Read(err) != carriage.No {
		t.Errorf("heavier under the same reference: %v, want a no", err)
	}
}

func refuses(t *testing.T, c carriage.Carrier) {
	for name, change := range map[string]func(b *carriage.Booking){
		"no reference":         func(b *carriage.Booking) { b.Reference = "" },
		"a reference of marks": func(b *carriage.Booking) { b.Reference = "a b/c" },
		"no weight":            func(b *carriage.Booking) { b.Parcel.WeightGrams = 0 },
		"a side below nothing": func(b *carriage.Booking) { b.Parcel.WidthMM = -1 },
		"a service of others":  func(b *carriage.Booking) { b.Service = "teleport" },
		"no street":            func(b *carriage.Booking) { b.To.Line1 = "" },
		"a code of elsewhere":  func(b *carriage.Booking) { b.To.PostalCode = "1" },
	} {
		b := Parcel("prc_1")
		change(&b)
		if l, err := c.Book(t.Context(), b); !errors.Is(err, carriage.ErrRefused) || l.PDF != nil {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
}

func rates(t *testing.T, c carriage.Carrier) {
	b := Parcel("prc_1")
	q := carriage.Query{From: b.From, To: b.To, Parcels: []carriage.Parcel{b.Parcel}, Value: b.Value}
	all, err := c.Rates(t.Context(), q)
	if err != nil || (len(all) > 0) != c.Traits().Rates {
		t.Fatalf("%d rates, %v; traits say %v", len(all), err, c.Traits().Rates)
	}
	for i, r := range all {
		known := slices.ContainsFunc(c.Traits().Services, func(s carriage.Service) bool { return s.Code == r.Service })
		if !known || r.Cost.Minor < 0 || r.Cost.Currency != q.Value.Currency || r.TransitMax < r.TransitMin {
			t.Errorf("rate %+v", r)
		}
		if i > 0 && all[i-1].Cost.Minor > r.Cost.Minor {
			t.Errorf("%v comes before %v", all[i-1].Cost, r.Cost)
		}
	}
	q.Parcels = append(q.Parcels, b.Parcel)
	two, err := c.Rates(t.Context(), q)
	if err != nil || len(all) > 0 && (len(two) == 0 || two[0].Cost.Minor < all[0].Cost.Minor) {
		t.Errorf("two parcels: %+v, %v; one: %+v", two, err, all)
	}
}

func tracks(t *testing.T, c carriage.Carrier) {
	l := book(t, c, Parcel("prc_1"))
	events, err := c.Track(t.Context(), l.Number)
	if err != nil || (len(events) > 0) != c.Traits().Tracks {
		t.Fatalf("%d events, %v; traits say %v", len(events), err, c.Traits().Tracks)
	}
	if c.Traits().Tracks {
		if _, err := c.Track(t.Context(), "NOSUCH"); !errors.Is(err, carriage.ErrUnbooked) {
			t.Errorf("a number of nobody: %v, want ErrUnbooked", err)
		}
	}
}

func cancels(t *testing.T, c carriage.Carrier) {
	book(t, c, Parcel("prc_1"))
	for range 2 {
		if err := c.Cancel(t.Context(), "prc_1"); err != nil {
			t.Fatal(err)
		}
	}
	if !c.Traits().Numbers {
		return // it keeps no book
	}
	if found, err := c.Find(t.Context(), "prc_1"); err != nil || !found.Cancelled {
		t.Errorf("the book says %+v, %v", found, err)
	}
	if _, err := c.Book(t.Context(), Parcel("prc_1")); carriage.Read(err) != carriage.No {
		t.Errorf("booked again: %v, want a no", err)
	}
	for _, ask := range []error{c.Cancel(t.Context(), "prc_none"), second(c.Find(t.Context(), "prc_none"))} {
		if !errors.Is(ask, carriage.ErrUnbooked) {
			t.Errorf("a reference of nobody: %v, want ErrUnbooked", ask)
		}
	}
}

func second(_ carriage.Booked, err error) error { return err }

func together(t *testing.T, c carriage.Carrier) {
	codes := make([]string, 8)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() {
			l, err := c.Book(t.Context(), Parcel("prc_1"))
			if err != nil {
				t.Error(err)
			}
			codes[i] = l.Code
		})
	}
	all.Wait()
	if slices.Sort(codes); codes[0] != codes[len(codes)-1] {
		t.Errorf("one reference has the codes %q", slices.Compact(codes))
	}
}

func puppets(t *testing.T, p carriage.Puppet) {
	t.Run("silence is no answer, and the book knows", func(t *testing.T) {
		p.Fail("book", carriage.Silence)
		if _, err := p.Book(t.Context(), Parcel("prc_s")); carriage.Read(err) != carriage.Silence {
			t.Fatalf("%v, want silence", err)
		}
		found, err := p.Find(t.Context(), "prc_s")
		if l := book(t, p, Parcel("prc_s")); err != nil || found != l.Booked {
			t.Errorf("the book says %+v, %v; booked again it is %+v", found, err, l.Booked)
		}
	})
	t.Run("what never arrived is not booked", func(t *testing.T) {
		p.Fail("book", carriage.Lost)
		_, err := p.Book(t.Context(), Parcel("prc_l"))
		if _, unknown := p.Find(t.Context(), "prc_l"); carriage.Read(err) != carriage.Silence || !errors.Is(unknown, carriage.ErrUnbooked) {
			t.Errorf("%v, and the book says %v", err, unknown)
		}
	})
	verbs := []string{"rates", "book", "find", "track", "cancel"}
	if _, has := p.(carriage.Network); has {
		verbs = append([]string{"points"}, verbs...)
	}
	for _, verb := range verbs {
		t.Run("it can be told to refuse and to be silent: "+verb, func(t *testing.T) { fails(t, p, verb) })
	}
	t.Run("it tells what it is told, once, and signs it", func(t *testing.T) { tells(t, p) })
}

func fails(t *testing.T, p carriage.Puppet, verb string) {
	b := Parcel("prc_f")
	l := book(t, p, b)
	call := map[string]func() error{
		"rates": func() error {
			_, err := p.Rates(t.Context(), carriage.Query{From: b.From, To: b.To, Parcels: []carriage.Parcel{b.Parcel}, Value: b.Value})
			return err
		},
		"book":   func() error { _, err := p.Book(t.Context(), b); return err },
		"find":   func() error { return second(p.Find(t.Context(), b.Reference)) },
		"track":  func() error { _, err := p.Track(t.Context(), l.Number); return err },
		"cancel": func() error { return p.Cancel(t.Context(), b.Reference) },
		"points": func() error { return noPoints(p.(carriage.Network).Points(t.Context(), near())) },
	}[verb]
	for told, want := range map[carriage.Answer]carriage.Answer{carriage.No: carriage.No, carriage.Lost: carriage.Silence} {
		p.Fail(verb, told)
		if got := carriage.Read(call()); got != want {
			t.Errorf("told %s it answers %s", told, got)
		}
	}
	if err := call(); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func tells(t *testing.T, p carriage.Puppet) {
	l := book(t, p, Parcel("prc_t"))
	for _, s := range carriage.Statuses {
		header, body, err := p.Tell(t.Context(), l.Number, carriage.Event{Status: s})
		if err != nil {
			t.Fatal(err)
		}
		notices, err := p.Read(header, body)
		if err != nil || len(notices) != 1 || notices[0].Number != l.Number || len(notices[0].Events) != 1 || notices[0].Events[0].Status != s {
			t.Errorf("%s: %+v, %v", s, notices, err)
		}
		if _, err := p.Read(http.Header{}, body); !errors.Is(err, carriage.ErrForged) {
			t.Errorf("without a signature: %v, want ErrForged", err)
		}
		if _, err := p.Read(header, append(body, ' ')); !errors.Is(err, carriage.ErrForged) {
			t.Errorf("changed on the way: %v, want ErrForged", err)
		}
	}
	events, err := p.Track(t.Context(), l.Number)
	ids := map[string]bool{}
	for _, e := range events {
		ids[e.ID] = true
		if e.At.IsZero() || e.Text == "" || e.Code == "" {
			t.Errorf("event %+v", e)
		}
	}
	if err != nil || len(events) != len(carriage.Statuses)+1 || len(ids) != len(events) {
		t.Errorf("%d events with %d ids, %v", len(events), len(ids), err)
	}
	if err := p.Cancel(t.Context(), "prc_t"); carriage.Read(err) != carriage.No {
		t.Errorf("cancelled on its way: %v, want a no", err)
	}
	if _, _, err := p.Tell(t.Context(), "NOSUCH", carriage.Event{}); !errors.Is(err, carriage.ErrUnbooked) {
		t.Errorf("news of nobody's parcel: %v, want ErrUnbooked", err)
	}
}
