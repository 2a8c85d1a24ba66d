package pickup_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/fulfilment/pickup"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/address"
	"korzo/value/calendar"
)

// towns opens a place in each of three towns, and one that is not used any more.
func towns(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent", Name: "Towns", Series: "T"}); err != nil {
			return err
		}
		err := market.Save(t.Context(), tx, market.Market{ID: "TW", Name: "Towns", Currency: "EUR", Countries: []string{"DE"}, Country: "DE", Locale: "de-DE",
			Zone: "Europe/Berlin", TaxIncluded: true, TaxRounding: market.RoundLine, Entity: "ent"})
		for _, l := range []struct{ id, code string }{{"munich", "80331"}, {"hamburg", "20095"}, {"berlin", "10115"}, {"gone", "20095"}, {"nowhere", ""}} {
			if err != nil {
				return err
			}
			at := inventory.Location{ID: "loc_" + l.id, Name: l.id, Country: "DE", City: l.id, Zone: "Europe/Berlin", Pickup: true, Ships: true,
				Address: address.Address{Name: l.id, Line1: "Street 1", City: l.id, PostalCode: l.code, Country: "DE"}}
			if l.code == "" {
				at.Address = address.Address{}
			}
			if err = inventory.SaveLocation(t.Context(), tx, at); err != nil {
				return err
			}
			err = method.Save(t.Context(), tx, method.Method{ID: "tw_" + l.id, Market: "TW", Name: map[string]string{"en": l.id}, Kind: method.Pickup, Rule: "flat",
				Settings: json.RawMessage(`{"amount":0}`), Location: at.ID, CutOff: 720, Active: l.id != "gone"})
		}
		return err
	})
}

func near(t *testing.T, d *db.DB, n pickup.Near) (all []pickup.Point) {
	t.Helper()
	n.Market = "TW"
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = pickup.Points(t.Context(), tx, n)
		return err
	})
	return all
}

func TestPlacesComeTheNearestFirst(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		towns(t, d)
		for _, c := range []struct{ country, code, want string }{
			{"DE", "20457", "hamburg berlin munich nowhere"}, {"DE", "85356", "munich berlin hamburg nowhere"}, {"", "", "berlin hamburg munich nowhere"}, {"DE", "", "berlin hamburg munich nowhere"},
		} {
			var got []string
			for _, p := range near(t, d, pickup.Near{Country: c.country, Code: c.code}) {
				got = append(got, p.At.Name)
				if (p.Km >= 0) != (c.code != "" && p.At.Name != "nowhere") {
					t.Errorf("from %q to %s it is %d km", c.code, p.At.Name, p.Km)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("from %q: %v, want %s", c.code, got, c.want)
			}
		}
		if some := near(t, d, pickup.Near{Methods: []string{"tw_munich"}}); len(some) != 1 || some[0].Method != "tw_munich" {
			t.Errorf("of one method: %+v", some)
		}
	})
}

func TestALockerIsOpenAllDayButOnItsClosedDays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		towns(t, d)
		day := calendar.On(2030, time.March, 13)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			p := pickup.Place{Location: "loc_hamburg", Kind: pickup.Locker, Note: " by the bakery ", AcceptMinutes: 30, ExpireDays: 3, RemindDays: []int{1}}
			p.Hours.Days = calendar.Daily(calendar.EveryDay, 0, 0)
			err := promise.SavePlace(t.Context(), tx, promise.Place{Location: "loc_hamburg", Closed: []calendar.Date{day}})
			return errors.Join(err, pickup.SavePlace(t.Context(), tx, p))
		})
		all := near(t, d, pickup.Near{})
		p := all[slices.IndexFunc(all, func(p pickup.Point) bool { return p.At.Name == "hamburg" })]
		if p.Place.Kind != pickup.Locker || p.Place.Note != "by the bakery" || !p.Place.Hours.Days[0].AllDay() {
			t.Errorf("%+v", p.Place)
		}
		if _, open := p.Place.Hours.On(day); open {
			t.Error("it is open on a day it is closed")
		}
		if _, open := p.Place.Hours.On(day.AddDays(1)); !open {
			t.Error("it is closed on the next day")
		}
		bad := pickup.Place{Location: "loc_hamburg", Kind: "tower", AcceptMinutes: 30, ExpireDays: 3}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return pickup.SavePlace(t.Context(), tx, bad) }); !errors.Is(err, pickup.ErrPlace) {
			t.Errorf("a tower: %v", err)
		}
	})
}
