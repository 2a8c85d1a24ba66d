package storefront

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"korzo/fulfilment/pickup"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// counters are the places of the market where one collects, the nearest first.
// The visit keeps until when each is open.
func (v *visit) counters(ctx context.Context, tx *db.Tx) ([]pickup.Point, error) {
	all, err := pickup.Points(ctx, tx, pickup.Near{Market: v.market.ID, Country: v.spot.country, Code: v.spot.postalCode})
	v.openNow = map[string]string{}
	for _, p := range all {
		v.openNow[p.At.ID] = v.until(p.Place.Hours, tx.Now, p.Zone)
	}
	return all, err
}

// until says until when a place is open, or that it is closed.
func (v *visit) until(h calendar.Hours, now time.Time, zone *time.Location) string {
	closes, open := h.Until(now, zone)
	if !open {
		return v.T("shop.places.closed")
	}
	if o, _ := h.On(calendar.DateIn(now, zone)); o.AllDay() {
		return v.T("shop.places.open")
	}
	return v.T("shop.places.until", "Time", closes.In(zone).Format("15:04"))
}

// openUntil is until, at this moment.
func (p page) openUntil(h calendar.Hours, zone *time.Location) string {
	return p.until(h, p.shop.DB.Now(), zone)
}

type storesPage struct {
	page
	places []pickup.Point
}

// stores shows where one collects, when each place is open, and how far it is.
func (s *Shop) stores(w http.ResponseWriter, r *http.Request) error {
	var p storesPage
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p.page = s.page(v, v.T("shop.places.title"))
		p.places, err = v.counters(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	p.meta.path = "/stores"
	for _, one := range p.places {
		p.meta.data = append(p.meta.data, p.store(one))
	}
	return write(w, r, http.StatusOK, storesTemplate(p))
}

// lines are where a place stands.
func (p storesPage) lines(one pickup.Point) []string {
	a := one.At.Address
	a.Name = ""
	return streetLines(a)
}

// store tells machines where a place stands and when it is open.
func (p storesPage) store(one pickup.Point) ld {
	a := one.At.Address
	data := ld{"@context": "https://schema.org", "@type": "Store", "name": one.At.Name, "url": p.absolute("/stores") + "#" + one.At.ID,
		"address": ld{"@type": "PostalAddress", "streetAddress": a.Line1, "postalCode": a.PostalCode, "addressLocality": one.At.City, "addressCountry": one.At.Country}}
	var hours []ld
	for _, o := range one.Place.Hours.Days {
		var days []string
		for d := range time.Weekday(7) {
			if o.Week.Has(d) {
				days = append(days, "https://schema.org/"+d.String())
			}
		}
		closes := o.Close.String()
		if o.AllDay() {
			closes = "23:59"
		}
		hours = append(hours, ld{"@type": "OpeningHoursSpecification", "dayOfWeek": days, "opens": o.Open.String(), "closes": closes})
	}
	data["openingHoursSpecification"] = hours
	return data
}

// away is how far a place is; "" where nobody knows.
func (p storesPage) away(one pickup.Point) string {
	switch {
	case one.Km < 0:
		return ""
	case one.Km == 0:
		return p.T("shop.point.here")
	}
	return p.T("shop.point.km", "Km", strconv.Itoa(one.Km))
}
