package carriertest

import (
	"slices"
	"testing"

	"korzo/delivery/carriage"
)

// near asks for points near the receiver of Parcel.
func near() carriage.PointQuery {
	to := Parcel("prc_1").To
	return carriage.PointQuery{Country: to.Country, PostalCode: to.PostalCode, City: to.City}
}

func noPoints(_ []carriage.Point, err error) error { return err }

// points holds a carrier to what its Traits say of points: who has none says so,
// and carries to none.
func points(t *testing.T, c carriage.Carrier) {
	n, has := c.(carriage.Network)
	service, goes := carriage.ToPoints(c.Traits().Services)
	if has != c.Traits().Points || has != goes {
		t.Fatalf("it is a network: %v, its traits say %v, and a service goes to points: %v", has, c.Traits().Points, goes)
	}
	if !has {
		b := Parcel("prc_p")
		b.Point = "P-1"
		if _, err := c.Book(t.Context(), b); carriage.Read(err) != carriage.No {
			t.Errorf("to a point of nobody: %v, want a no", err)
		}
		return
	}
	all, err := n.Points(t.Context(), near())
	if err != nil || len(all) == 0 {
		t.Fatalf("%d points, %v", len(all), err)
	}
	again, err := n.Points(t.Context(), near())
	if err != nil || len(again) != len(all) || again[0].Code != all[0].Code {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	lists(t, n, all)
	i := slices.IndexFunc(all, func(p carriage.Point) bool { return p.Takes(Parcel("").Parcel.WeightGrams, Parcel("").Parcel.LengthMM) })
	if i < 0 {
		t.Fatal("no point takes a parcel of 1200 g")
	}
	b := toPoint(service, all[i])
	if l := book(t, c, b); l.Service != service.Code || l.Code == "" {
		t.Errorf("booked to %s as %+v", all[i].Code, l.Booked)
	}
	for name, change := range map[string]func(b *carriage.Booking){
		"a point of nobody":            func(b *carriage.Booking) { b.Point = "NOSUCH" },
		"no point":                     func(b *carriage.Booking) { b.Point = "" },
		"a service that goes to doors": func(b *carriage.Booking) { b.Service = c.Traits().Services[0].Code },
	} {
		b := toPoint(service, all[i])
		b.Reference = "prc_wrong"
		change(&b)
		if _, err := c.Book(t.Context(), b); carriage.Read(err) != carriage.No {
			t.Errorf("%s: %v, want a no", name, err)
		}
	}
}

func toPoint(s carriage.Service, p carriage.Point) carriage.Booking {
	b := Parcel("prc_p")
	b.Service, b.Point, b.To = s.Code, p.Code, p.At(b.To)
	return b
}

// lists holds an answer to its form: codes that are unique, the nearest first,
// an address that a label can bear, no more than were asked for.
func lists(t *testing.T, n carriage.Network, all []carriage.Point) {
	codes := map[string]bool{}
	for i, p := range all {
		if p.Code == "" || p.Name == "" || codes[p.Code] || p.Kind != carriage.PointLocker && p.Kind != carriage.PointShop || len(p.At(Parcel("").To).Check()) > 0 {
			t.Errorf("point %+v", p)
		}
		codes[p.Code] = true
		if i > 0 && p.Metres >= 0 && all[i-1].Metres > p.Metres {
			t.Errorf("%s stands before %s, and is farther", all[i-1].Code, p.Code)
		}
		for _, o := range p.Hours {
			if o.Week == 0 || o.Open < 0 || o.Close < 0 || o.Open >= 24*60 || o.Close >= 24*60 {
				t.Errorf("%s is open %+v", p.Code, o)
			}
		}
	}
	q := near()
	q.Most = 1
	if one, err := n.Points(t.Context(), q); err != nil || len(one) != 1 || one[0].Code != all[0].Code {
		t.Errorf("asked for one: %+v, %v", one, err)
	}
	q.Country, q.PostalCode = "XX", "1"
	if none, err := n.Points(t.Context(), q); err != nil && carriage.Read(err) != carriage.No || len(none) > 0 {
		t.Errorf("in no country: %+v, %v", none, err)
	}
}
