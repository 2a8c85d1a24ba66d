package sandbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"korzo/delivery/carriage"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/geo"
)

// keepDays is how long a parcel waits in a box.
const keepDays = 7

var everyDay = calendar.Days(time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday)

// stand is a point as there is one near every postal code.
type stand struct {
	kind, name, street string
	metres             int
	maxGrams, longest  int64
	free               int
	hours              []calendar.Opening
}

var allDay = []calendar.Opening{{Week: everyDay}}

var stands = []stand{
	{carriage.PointLocker, "Locker 1, station", "Station 1", 240, 20_000, 600, 14, allDay},
	{carriage.PointShop, "Parcel shop, corner", "Market 7", 410, 10_000, 500, -1, []calendar.Opening{
		{Week: calendar.MondayToFriday, Open: 8 * 60, Close: 18*60 + 30}, {Week: calendar.Days(time.Saturday), Open: 9 * 60, Close: 13 * 60}}},
	{carriage.PointLocker, "Locker 2, supermarket", "Ring 22", 650, 20_000, 600, 3, []calendar.Opening{{Week: calendar.MondayToSaturday, Open: 7 * 60, Close: 22 * 60}}},
	{carriage.PointLocker, "Locker 3, town hall", "Square 1", 900, 20_000, 600, 0, allDay}, // it is full
	{carriage.PointLocker, "Locker 4, small boxes", "Mill Lane 9", 1300, 2_000, 300, 6, allDay},
	{carriage.PointLocker, "Locker 5, park and ride", "Ring 190", 2700, 31_500, 1200, 20, allDay},
}

// Points are the same ones for a postal code each time, and none in a country
// that nobody can find on a map.
func (c *Carrier) Points(ctx context.Context, q carriage.PointQuery) (all []carriage.Point, err error) {
	err = c.play(ctx, "points", func() error {
		at := point(q.Country, q.PostalCode, q.City, 0).Address
		at.Name = "Receiver"
		if _, known := geo.Locate(q.Country, ""); !known || len(at.Check()) > 0 {
			return nil // no parcel would arrive there
		}
		most := min(cmp.Or(q.Most, 10), carriage.MaxPoints, len(stands))
		for i := range most {
			all = append(all, point(at.Country, at.PostalCode, at.City, i))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// point is the i-th one near a postal code.
func point(country, postalCode, city string, i int) carriage.Point {
	s := stands[i]
	return carriage.Point{Code: pointCode(country, postalCode, i), Kind: s.kind, Name: s.name, Metres: s.metres, MaxGrams: s.maxGrams, LongestMM: s.longest,
		Free: s.free, Hours: s.hours, KeepDays: keepDays,
		Address: address.Address{Line1: s.street, PostalCode: postalCode, City: cmp.Or(city, "Sandbox "+postalCode), Country: country}.Clean()}
}

// pointCode names a point by where it is: S-DE-10115-1.
func pointCode(country, postalCode string, i int) string {
	return "S-" + country + "-" + strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, postalCode) + "-" + strconv.Itoa(i+1)
}

// reachable refuses a booking to a point that there is not, or that is too
// small. A box that is full gets the parcel once another was collected.
func reachable(b carriage.Booking) error {
	if b.Point == "" {
		return nil
	}
	for i, s := range stands {
		if pointCode(b.To.Country, b.To.PostalCode, i) != b.Point {
			continue
		}
		if b.Parcel.WeightGrams > s.maxGrams || max(b.Parcel.LengthMM, b.Parcel.WidthMM, b.Parcel.HeightMM) > s.longest {
			return carriage.Refused(fmt.Sprintf("point: %s takes at most %d g and %d mm", s.name, s.maxGrams, s.longest))
		}
		return nil
	}
	return carriage.Refused("point: there is none of this code at this postal code")
}

// box gives what waits to be collected a code and an end, where it was sent to a
// point and the teller does not say.
func (p parcel) box(e *carriage.Event) {
	toPoint := false
	for _, s := range services {
		toPoint = toPoint || s.Code == p.service && s.Points
	}
	if e.Status != carriage.StatusAvailable || !toPoint {
		return
	}
	sum := sha256.Sum256([]byte("box " + p.number))
	e.Pin = cmp.Or(e.Pin, fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:])%1_000_000))
	if e.Until.IsZero() {
		e.Until = e.At.AddDate(0, 0, keepDays)
	}
}
