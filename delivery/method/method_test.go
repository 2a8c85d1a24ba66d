package method_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/price"
	"korzo/delivery/promise"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/value/calendar"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, market.Schema, inventory.Schema, promise.Schema, method.Schema}

func flat(amount string) json.RawMessage { return json.RawMessage(`{"amount":` + amount + `}`) }

var standard = method.Method{
	ID: "de_standard", Market: "DE", Kind: method.Ship, Name: map[string]string{"de": "Standardversand", "en": "Standard"},
	Rule: "flat", Settings: flat("490"), CutOff: 14 * 60, TransitMin: 1, TransitMax: 3,
	DeliveryWeek: calendar.MondayToSaturday, Position: 10, Active: true,
}

func with(change func(m *method.Method)) method.Method {
	m := standard
	change(&m)
	return m
}

// The methods of a shop in two markets, in no order.
func shop() []method.Method {
	return []method.Method{
		with(func(m *method.Method) {
			m.ID, m.Kind, m.Location, m.Position = "de_pickup", method.Pickup, "loc_berlin", 30
			m.Name, m.Settings = map[string]string{"de": "Abholen in Berlin"}, flat("0")
			m.CutOff, m.LeadDays, m.TransitMin, m.TransitMax, m.DeliveryWeek = 12*60, 0, 0, 0, 0
		}),
		with(func(m *method.Method) {
			m.ID, m.Position, m.Settings, m.TransitMax = "de_express", 20, flat("1290"), 1
			m.Countries, m.Name = []string{"DE"}, map[string]string{"en": "Express", "de-AT": "Express nach Österreich"}
		}),
		standard,
		with(func(m *method.Method) { m.ID, m.Active = "de_retired", false }),
		with(func(m *method.Method) {
			m.ID, m.Market, m.Settings, m.Location = "hu_standard", "HU", flat("149000"), "loc_budapest"
			m.Name = map[string]string{"hu": "Házhoz szállítás"}
		}),
		with(func(m *method.Method) { m.ID, m.Position = "de_also_tenth", 10 }),
	}
}

func open(t *testing.T, d *db.DB, methods ...method.Method) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_one", Name: "One GmbH"}); err != nil {
			return err
		}
		for _, m := range []market.Market{
			{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE", "AT"}, Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin", Entity: "ent_one"},
			{ID: "HU", Name: "Hungary", Currency: "HUF", Countries: []string{"HU"}, Country: "HU", Locale: "hu-HU", Zone: "Europe/Budapest", Entity: "ent_one"},
		} {
			if err := market.Save(t.Context(), tx, m); err != nil {
				return err
			}
		}
		for _, l := range []inventory.Location{
			{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Pickup: true},
			{ID: "loc_budapest", Name: "Budapest", Country: "HU", City: "Budapest", Zone: "Europe/Budapest", Ships: true},
		} {
			if err := inventory.SaveLocation(t.Context(), tx, l); err != nil {
				return err
			}
		}
		for _, m := range methods {
			if err := method.Save(t.Context(), tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func options(t *testing.T, d *db.DB, q method.Query) (got []method.Option) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		if q.Now.IsZero() {
			q.Now = tx.Now
		}
		got, err = method.Options(t.Context(), tx, q)
		return err
	})
	return got
}

func ids(options []method.Option) (all []string) {
	for _, o := range options {
		all = append(all, o.ID)
	}
	return all
}

func TestOptionsAreThoseThatFit(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		for _, c := range []struct {
			name  string
			query method.Query
			want  []string
		}{
			{"all of the market by position, then id", method.Query{Market: "DE", Country: "DE"}, []string{"de_also_tenth", "de_standard", "de_express", "de_pickup"}},
			{"a country that one method leaves out", method.Query{Market: "DE", Country: "AT"}, []string{"de_also_tenth", "de_standard", "de_pickup"}},
			{"a country the market does not deliver to may still collect", method.Query{Market: "DE", Country: "FR"}, []string{"de_pickup"}},
			{"no country yet", method.Query{Market: "DE"}, []string{"de_also_tenth", "de_standard", "de_express", "de_pickup"}},
			{"a flow that allows two", method.Query{Market: "DE", Country: "DE", Allowed: []string{"de_pickup", "de_standard"}}, []string{"de_standard", "de_pickup"}},
			{"a flow that allows none there is", method.Query{Market: "DE", Country: "DE", Allowed: []string{"gone"}}, nil},
			{"a flow cannot bring an inactive one back", method.Query{Market: "DE", Country: "DE", Allowed: []string{"de_retired"}}, nil},
			{"a flow cannot allow another market's", method.Query{Market: "DE", Country: "DE", Allowed: []string{"hu_standard"}}, nil},
			{"parcels only", method.Query{Market: "DE", Country: "DE", Kind: method.Ship}, []string{"de_also_tenth", "de_standard", "de_express"}},
			{"to collect only", method.Query{Market: "DE", Country: "DE", Kind: method.Pickup}, []string{"de_pickup"}},
			{"another market", method.Query{Market: "HU", Country: "HU"}, []string{"hu_standard"}},
		} {
			if got := ids(options(t, d, c.query)); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := method.Options(t.Context(), tx, method.Query{Market: "XX"})
			return err
		})
		if !errors.Is(err, market.ErrNotFound) {
			t.Errorf("an unknown market: %v, want market.ErrNotFound", err)
		}
	})
}

func TestAnOptionSaysWhatItCostsAndWhenItArrives(t *testing.T) {
	day := func(d int) calendar.Date { return calendar.On(2030, time.January, d) }
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		// Noon in UTC is 13:00 in Berlin and Budapest, on Wednesday 2 January.
		got := map[string]method.Option{}
		for _, o := range append(options(t, d, method.Query{Market: "DE", Country: "DE", Locale: "de-DE"}), options(t, d, method.Query{Market: "HU", Country: "HU"})...) {
			got[o.ID] = o
		}
		for _, c := range []struct {
			id, name string
			price    money.Amount
			from, to calendar.Date
		}{
			{"de_standard", "Standardversand", money.Of(490, "EUR"), day(3), day(5)},
			{"de_express", "Express", money.Of(1290, "EUR"), day(3), day(3)},
			{"de_pickup", "Abholen in Berlin", money.Of(0, "EUR"), day(3), day(3)}, // its cut-off was at 12:00
			{"hu_standard", "Házhoz szállítás", money.Of(149000, "HUF"), day(3), day(5)},
		} {
			o := got[c.id]
			if o.Name != c.name || o.Price != c.price || o.Promise.From != c.from || o.Promise.To != c.to {
				t.Errorf("%s: %+v, want %s, %v, %v to %v", c.id, o, c.name, c.price, c.from, c.to)
			}
		}
		if got["de_pickup"].Location != "loc_berlin" || got["de_pickup"].Kind != method.Pickup {
			t.Errorf("collecting happens at %q (%s)", got["de_pickup"].Location, got["de_pickup"].Kind)
		}
		// The evening before Epiphany's weekend: Friday 20:00 leaves on Monday.
		late := options(t, d, method.Query{Market: "DE", Country: "DE", Now: day(4).At(20*60, time.UTC), Allowed: []string{"de_standard"}})[0]
		if late.Promise.From != day(8) || late.Promise.To != day(10) {
			t.Errorf("ordered on Friday evening it arrives %v to %v", late.Promise.From, late.Promise.To)
		}
	})
}

// What has to come in first is promised from the day it comes, by the place's
// clock; a day that is past changes nothing.
func TestWhatWaitsForStockIsPromisedFromTheDayItComes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		for ready, want := range map[calendar.Date]calendar.Date{
			calendar.On(2029, time.December, 1): calendar.On(2030, time.January, 3),
			calendar.On(2030, time.February, 4): calendar.On(2030, time.February, 5), // a Monday
		} {
			o := options(t, d, method.Query{Market: "DE", Country: "DE", Ready: ready, Allowed: []string{"de_standard"}})[0]
			if o.Promise.From != want {
				t.Errorf("ready on %v it arrives from %v, want %v", ready, o.Promise.From, want)
			}
		}
	})
}

func TestTheBuyersHolidaysRuleDeliveryThePlacesRuleCollecting(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		at := calendar.On(2030, time.October, 2).At(8*60, time.UTC) // the day before German Unity Day
		for _, c := range []struct {
			id, country string
			want        int
		}{
			{"de_standard", "DE", 4}, // 3 October is none to deliver on
			{"de_standard", "AT", 3},
			{"de_pickup", "AT", 2},
		} {
			o := options(t, d, method.Query{Market: "DE", Country: c.country, Now: at, Allowed: []string{c.id}})[0]
			if o.Promise.From != calendar.On(2030, time.October, c.want) {
				t.Errorf("%s to %s arrives on %v, want the %dth", c.id, c.country, o.Promise.From, c.want)
			}
		}
	})
}

func TestANameIsFoundInTheNearestLanguage(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		for _, c := range []struct{ locale, id, want string }{
			{"de-AT", "de_express", "Express nach Österreich"},
			{"de-AT", "de_standard", "Standardversand"},
			{"en-GB", "de_standard", "Standard"},
			{"hu-HU", "de_standard", "Standardversand"}, // the market's language before English
			{"hu-HU", "de_express", "Express"},
			{"", "de_pickup", "Abholen in Berlin"},
			{"en", "de_pickup", "Abholen in Berlin"},
		} {
			o := options(t, d, method.Query{Market: "DE", Country: "DE", Locale: c.locale, Allowed: []string{c.id}})
			if len(o) != 1 || o[0].Name != c.want {
				t.Errorf("%s in %q: %v, want %q", c.id, c.locale, o, c.want)
			}
		}
	})
}

func TestOptionsCostNoStatementOfTheirOwn(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		q := method.Query{Market: "DE", Country: "DE", Basket: price.Basket{Goods: money.Of(5000, "EUR"), Units: 2}}
		options(t, d, q)
		count := dbtest.Count(d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for range 3 {
				if _, err := method.Options(t.Context(), tx, q); err != nil {
					return err
				}
				if _, _, err := method.Find(t.Context(), tx, "de_standard"); err != nil {
					return err
				}
			}
			return nil
		})
		if n := count(); n != 0 {
			t.Errorf("%d statements, want none: they are remembered", n)
		}
	})
}

func TestWhatIsSavedIsFound(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		changed := with(func(m *method.Method) {
			m.Settings, m.Active, m.LeadDays, m.DispatchWeek = flat("0"), false, 2, calendar.EveryDay
		})
		dbtest.Write(t, d, func(tx *db.Tx) error { return method.Save(t.Context(), tx, changed) })
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, ok, err := method.Find(t.Context(), tx, changed.ID)
			if !ok || !reflect.DeepEqual(got, changed) {
				t.Errorf("got %+v, want %+v", got, changed)
			}
			if _, ok, _ := method.Find(t.Context(), tx, "none"); ok {
				t.Error("a method that is not was found")
			}
			all, aerr := method.All(t.Context(), tx)
			if len(all) != len(shop()) || all[0].ID != "de_also_tenth" {
				t.Errorf("%d methods, the first %s", len(all), all[0].ID)
			}
			return errors.Join(err, aerr)
		})
		if got := ids(options(t, d, method.Query{Market: "DE", Country: "DE"})); slices.Contains(got, "de_standard") {
			t.Errorf("an inactive method is on offer: %v", got)
		}
	})
}

func TestAnInvalidMethodIsRefusedWithTheFieldNamed(t *testing.T) {
	cases := []struct {
		field  string
		change func(m *method.Method)
	}{
		{"id", func(m *method.Method) { m.ID = "DE Standard" }},
		{"market", func(m *method.Method) { m.Market = "XX" }},
		{"kind", func(m *method.Method) { m.Kind = "pigeon" }},
		{"name", func(m *method.Method) { m.Name = nil }},
		{"name", func(m *method.Method) { m.Name = map[string]string{"de": " "} }},
		{"name", func(m *method.Method) { m.Name = map[string]string{"not a locale!": "x"} }},
		{"countries", func(m *method.Method) { m.Countries = []string{"Germany"} }},
		{"countries", func(m *method.Method) { m.Countries = []string{"FR"} }},
		{"rule", func(m *method.Method) { m.Rule = "magic" }},
		{"rule", func(m *method.Method) { m.Settings = flat("-1") }},
		{"rule", func(m *method.Method) { m.Settings = nil }},
		{"rule: amount", func(m *method.Method) { m.Market, m.Settings = "HU", flat("149050") }},
		{"cut_off", func(m *method.Method) { m.CutOff = 24 * 60 }},
		{"lead_days", func(m *method.Method) { m.LeadDays = -1 }},
		{"transit", func(m *method.Method) { m.TransitMin = 4 }},
		{"transit", func(m *method.Method) { m.TransitMax = 366 }},
		{"position", func(m *method.Method) { m.Position = -1 }},
		{"location", func(m *method.Method) { m.Kind = method.Pickup }},
		{"location", func(m *method.Method) { m.Location = "loc_nowhere" }},
		{"location", func(m *method.Method) { m.Location = "loc_berlin" }}, // sends no parcels
		{"location", func(m *method.Method) { m.Kind, m.Location = method.Pickup, "loc_budapest" }},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		for _, c := range cases {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return method.Save(t.Context(), tx, with(c.change)) })
			if !errors.Is(err, method.ErrInvalid) || !strings.Contains(err.Error(), c.field) {
				t.Errorf("%v, want ErrInvalid naming %s", err, c.field)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := method.All(t.Context(), tx)
			if len(all) != 0 {
				t.Errorf("refused methods were written: %v", all)
			}
			return err
		})
	})
}

// A rule that is not in the list any more takes its method off the offer and
// nothing else with it.
func TestAMethodWithoutItsRuleIsNotOffered(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `UPDATE method_methods SET rule = 'by_moon' WHERE id = 'de_express'`); err != nil {
				return err
			}
			return remember.Touch(t.Context(), tx, "method")
		})
		want := []string{"de_also_tenth", "de_standard", "de_pickup"}
		if got := ids(options(t, d, method.Query{Market: "DE", Country: "DE"})); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// What a place needs and what its lane took count, beside the method's own days,
// and stand in what is kept of the promise.
func TestAPromiseKnowsThePlaceAndTheLane(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, shop()...)
		m := with(func(m *method.Method) { m.Location, m.CutOff = "loc_hamburg", 14*60 })
		dbtest.Write(t, d, func(tx *db.Tx) error {
			at := inventory.Location{ID: "loc_hamburg", Name: "Hamburg", Country: "DE", Zone: "Europe/Berlin", Ships: true}
			if err := inventory.SaveLocation(t.Context(), tx, at); err != nil {
				return err
			}
			if err := method.Save(t.Context(), tx, m); err != nil {
				return err
			}
			if err := promise.SavePlace(t.Context(), tx, promise.Place{Location: at.ID, PickMinutes: 60, PerDay: 10, Closed: []calendar.Date{calendar.On(2030, time.January, 15)}}); err != nil {
				return err
			}
			if _, err := promise.Count(t.Context(), tx, map[string]int64{at.ID: 11}); err != nil {
				return err
			}
			return promise.SaveLane(t.Context(), tx, promise.Lane{From: "DE", To: "DE", Method: m.ID, Mode: promise.Fixed, P50: 2, P90: 4})
		})
		// Monday 13:00 is too late to pick by 14:00; Tuesday is closed; a day of
		// orders waits: it leaves on Thursday and is two to four days away.
		o := options(t, d, method.Query{Market: "DE", Country: "DE", Now: calendar.On(2030, time.January, 14).At(13*60, berlin(t)), Allowed: []string{m.ID}})[0]
		if got := o.Promise.From.String() + " " + o.Promise.To.String(); got != "2030-01-19 2030-01-22" {
			t.Errorf("it arrives %s", got)
		}
		if in := o.Inputs; in.Version != 2 || in.PickMinutes != 60 || in.Waiting != 11 || in.PerDay != 10 || len(in.Closed) != 1 || in.TransitMin != 2 || in.TransitMax != 4 {
			t.Errorf("kept: %+v", in)
		}
	})
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := calendar.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// What is free from a sum on counts the whole purchase, unless the method counts
// by parcel; either is said where it makes a difference, and only there.
func TestWhatCountsTowardsAFreeDeliveryIsSaid(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		by := func(id string, parcel bool) method.Method {
			return with(func(m *method.Method) {
				m.ID, m.Rule, m.Settings, m.ByParcel = id, "free_from", json.RawMessage(`{"amount":490,"from":5000}`), parcel
			})
		}
		open(t, d, by("whole", false), by("parcel", true))
		eur := func(n int64) money.Amount { return money.Of(n, "EUR") }
		for _, c := range []struct {
			name          string
			part, whole   money.Amount
			price, counts [2]string
		}{
			{"nothing travels apart", eur(3000), money.Amount{}, [2]string{"4.90", "4.90"}, [2]string{"", ""}},
			{"the whole reaches it, the part does not", eur(3000), eur(6000), [2]string{"0.00", "4.90"}, [2]string{"whole", "parcel"}},
			{"both reach it", eur(5000), eur(6000), [2]string{"0.00", "0.00"}, [2]string{"", ""}},
			{"neither does", eur(3000), eur(4000), [2]string{"4.90", "4.90"}, [2]string{"", ""}},
		} {
			for i, id := range []string{"whole", "parcel"} {
				o := options(t, d, method.Query{Market: "DE", Country: "DE", Allowed: []string{id}, Basket: price.Basket{Goods: c.part, Whole: c.whole}})[0]
				if o.Price.Decimal() != c.price[i] || string(o.Counts) != c.counts[i] {
					t.Errorf("%s: %s costs %v (%q), want %s (%q)", c.name, id, o.Price, o.Counts, c.price[i], c.counts[i])
				}
			}
		}
	})
}

func TestAMethodMayBeForSomeCustomersOnly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, with(func(m *method.Method) {}), with(func(m *method.Method) { m.ID, m.Groups = "trade", []string{"grp_trade"} }))
		for _, c := range []struct {
			groups []string
			want   int
			why    string
		}{{nil, 1, "it is for some customers only"}, {[]string{"grp_other"}, 1, "it is for some customers only"}, {[]string{"grp_trade"}, 2, ""}} {
			q := method.Query{Market: "DE", Country: "DE", Groups: c.groups}
			if got := options(t, d, q); len(got) != c.want {
				t.Errorf("%v are offered %v", c.groups, ids(got))
			}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				why, err := method.Why(t.Context(), tx, q, "trade")
				if why != c.why {
					t.Errorf("%v: %q, want %q", c.groups, why, c.why)
				}
				asked, err2 := method.Groups(t.Context(), tx, "DE")
				if !slices.Contains(asked, "grp_trade") {
					t.Errorf("asked for are %v", asked)
				}
				return errors.Join(err, err2)
			})
		}
	})
}
