package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/fulfilment/pickup"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// placeView is a location with all that is known of how it works.
type placeView struct {
	at     inventory.Location
	place  pickup.Place
	pace   promise.Place
	costs  sourcing.Location
	taking string // the currency of its costs
	fresh  bool
	form   *form
}

// newPlace is the id in the address of a place that is not there yet.
const newPlace = "new"

func findPlace(v *visit, tx *db.Tx, id string) (p placeView, err error) {
	if p.at, err = inventory.FindLocation(v.ctx(), tx, id); err != nil {
		return p, err
	}
	if p.place, _, err = pickup.FindPlace(v.ctx(), tx, id); err != nil {
		return p, err
	}
	known, err := promise.Knowledge(v.ctx(), tx)
	if err != nil {
		return p, err
	}
	p.pace = known.Place(id)
	p.costs = sourcing.Location{Location: id, Capacity: sourcing.Unlimited}
	all, err := sourcing.Locations(v.ctx(), tx)
	for _, l := range all {
		if l.Location == id {
			p.costs = l
		}
	}
	return p, err
}

func (a *Admin) showPlace(v *visit) error {
	id := v.r.PathValue("id")
	p := placeView{fresh: id == newPlace, form: v.newForm()}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.fresh {
			p.at = inventory.Location{Zone: v.zone.String(), Ships: true, Priority: 100}
			p.place = pickup.Place{Kind: pickup.Store, AcceptMinutes: 30, RemindDays: []int{2, 5}, ExpireDays: 7}
			p.place.Hours.Days = calendar.Daily(calendar.MondayToSaturday, 10*60, 19*60)
			p.costs.Capacity = sourcing.Unlimited
		} else if p, err = findPlace(v, tx, id); err != nil {
			return err
		}
		p.form = v.newForm()
		p.taking, err = a.currencyOf(v, tx, p)
		return err
	})
	if err != nil {
		return err
	}
	p.fill()
	return v.show(http.StatusOK, v.placePage(p))
}

// currencyOf is that of a place's costs: its own, or the first market's.
func (a *Admin) currencyOf(v *visit, tx *db.Tx, p placeView) (string, error) {
	if c := p.costs.Home.Currency; c != "" {
		return string(c), nil
	}
	all, err := market.All(v.ctx(), tx)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return string(all[0].Currency), nil
}

// fill writes a place into its form.
func (p *placeView) fill() {
	f, l := p.form, p.at
	for name, value := range map[string]string{"id": l.ID, "name": l.Name, "line1": l.Address.Line1, "postal_code": l.Address.PostalCode, "city": l.City,
		"country": l.Country, "zone": l.Zone, "place_kind": p.place.Kind, "place_note": p.place.Note} {
		f.set(name, value)
	}
	for name, on := range map[string]bool{"ships": l.Ships, "pickup": l.Pickup, "till": l.Till, "retired": l.Closed} {
		if on {
			f.set(name, "1")
		}
	}
	remind := make([]string, len(p.place.RemindDays))
	for i, d := range p.place.RemindDays {
		remind[i] = strconv.Itoa(d)
	}
	f.set("remind_days", strings.Join(remind, ", "))
	f.setNumber("priority", l.Priority)
	f.setNumber("accept_minutes", p.place.AcceptMinutes)
	f.setNumber("expire_days", int64(p.place.ExpireDays))
	f.setNumber("pick_minutes", int64(p.pace.PickMinutes))
	f.setNumber("per_day", p.pace.PerDay)
	if p.costs.Capacity >= 0 {
		f.setNumber("parcels_a_day", p.costs.Capacity)
	}
	if p.costs.Home.Currency != "" {
		f.setAmount("parcel_home", p.costs.Home)
		f.setAmount("parcel_abroad", p.costs.Abroad)
	}
	f.setHours(p.place.Hours.Days)
	f.setDays("closed_days", p.pace.Closed)
	f.setDays("extra_days", p.pace.Open)
}

// read takes what was typed; what is wrong stands in the form.
func (p *placeView) read(f *form) {
	l := &p.at
	l.Name, l.City, l.Country, l.Zone, l.Priority = f.get("name"), f.get("city"), strings.ToUpper(f.get("country")), f.get("zone"), f.whole("priority")
	l.Ships, l.Pickup, l.Till, l.Closed = f.has("ships"), f.has("pickup"), f.has("till"), f.has("retired")
	l.Address = address.Address{Name: l.Name, Line1: f.get("line1"), City: l.City, PostalCode: f.get("postal_code"), Country: l.Country, Region: l.Address.Region}
	if l.Address.Line1 == "" && l.Address.PostalCode == "" {
		l.Address = address.Address{}
	}
	p.place.Kind, p.place.Note = f.get("place_kind"), f.get("place_note")
	p.place.Hours.Days = f.hours()
	p.place.AcceptMinutes, p.place.ExpireDays, p.place.RemindDays = f.whole("accept_minutes"), int(f.whole("expire_days")), nil
	for _, text := range strings.FieldsFunc(f.get("remind_days"), func(r rune) bool { return strings.ContainsRune(" ,;", r) }) {
		n, err := strconv.Atoi(text)
		if err != nil {
			f.blame("remind_days", "admin.problem.whole")
		}
		p.place.RemindDays = append(p.place.RemindDays, n)
	}
	p.pace.PickMinutes, p.pace.PerDay = int(f.whole("pick_minutes")), f.whole("per_day")
	p.pace.Closed, p.pace.Open = f.days("closed_days"), f.days("extra_days")
	p.costs.Capacity = sourcing.Unlimited
	if f.has("parcels_a_day") {
		p.costs.Capacity = f.whole("parcels_a_day")
	}
	p.costs.Home, _ = f.amount("parcel_home", money.Currency(p.taking))
	p.costs.Abroad, _ = f.amount("parcel_abroad", money.Currency(p.taking))
	if p.costs.Home.Currency != "" && p.costs.Abroad.Currency == "" {
		p.costs.Abroad = p.costs.Home
	}
}

// savePlace writes a location and how it works, all of it or nothing.
func (a *Admin) savePlace(v *visit) error {
	id, f := v.r.PathValue("id"), v.form()
	p := placeView{fresh: id == newPlace}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		if p.fresh {
			id = f.get("id")
			p.at.ID = id
			if _, err = inventory.FindLocation(v.ctx(), tx, id); err == nil {
				f.blame("id", "admin.problem.taken")
				return errStays
			}
		} else if p, err = findPlace(v, tx, id); err != nil {
			return err
		}
		if p.taking, err = a.currencyOf(v, tx, p); err != nil {
			return err
		}
		p.form = f
		if p.read(f); !f.ok() {
			return errStays
		}
		p.place.Location, p.pace.Location, p.costs.Location = id, id, id
		for _, save := range []func() error{
			func() error { return inventory.SaveLocation(v.ctx(), tx, p.at) }, func() error { return pickup.SavePlace(v.ctx(), tx, p.place) },
			func() error { return promise.SavePlace(v.ctx(), tx, p.pace) }, func() error { return sourcing.SaveLocation(v.ctx(), tx, p.costs) },
			func() error { return v.record(tx, "place.save", id) },
		} {
			if err := save(); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return v.done(Prefix+"/places/"+id, "place")
	}
	p.form = f
	if errors.Is(err, errStays) {
		return v.show(http.StatusUnprocessableEntity, v.placePage(p))
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return v.show(status, v.placePage(p))
}

// errStays ends a transaction whose form must be mended: it is shown again.
var errStays = errors.New("the form must be mended")
