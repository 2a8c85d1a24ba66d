package carriage

import (
	"context"
	"slices"

	"korzo/value/address"
	"korzo/value/calendar"
)

// Network is a carrier with points of its own, where receivers collect: lockers
// and shops. Its Traits say so, and at least one of its services goes there.
type Network interface {
	Carrier

	// Points returns the points near a place, the nearest first, at most q.Most.
	// None is an answer. A point that is full, or too small for q.Parcel, is
	// returned too and says so by Free and by its limits.
	Points(ctx context.Context, q PointQuery) ([]Point, error)
}

// PointQuery asks for points. Country and PostalCode suffice.
type PointQuery struct {
	Country    string
	PostalCode string
	Line1      string // the street, where it is known
	City       string
	Most       int // 1 to MaxPoints; 0 is 10
}

// MaxPoints is how many points one answer has at most.
const MaxPoints = 50

// The kinds of point.
const (
	PointLocker = "locker" // a box opens for a code
	PointShop   = "shop"   // somebody hands the parcel out
)

// Point is where a carrier keeps a parcel until its receiver collects it. Its
// JSON is stored: fields are added, never renamed.
type Point struct {
	Code      string             `json:"code"` // the carrier's, unique with it
	Kind      string             `json:"kind"` // PointLocker or PointShop
	Name      string             `json:"name"`
	Address   address.Address    `json:"address"`
	Note      string             `json:"note,omitempty"` // how to find it
	Hours     []calendar.Opening `json:"hours"`          // when one gets in; empty is not known
	Metres    int                `json:"metres"`         // from where it was asked for; -1 is not known
	MaxGrams  int64              `json:"max_grams"`      // of a parcel; 0 is no limit
	LongestMM int64              `json:"longest_mm"`     // of a parcel's sides; 0 is no limit
	Free      int                `json:"free"`           // boxes that are free; 0 is full, -1 is not known
	KeepDays  int                `json:"keep_days"`      // how long a parcel waits; 0 is not known
}

// Takes reports whether a parcel fits into the point now; a weight or length of
// 0 is not known and fits.
func (p Point) Takes(grams, longestMM int64) bool {
	return p.Free != 0 && (p.MaxGrams == 0 || grams <= p.MaxGrams) && (p.LongestMM == 0 || longestMM <= p.LongestMM)
}

// ToPoints returns the first service that goes to points, and whether there is one.
func ToPoints(services []Service) (Service, bool) {
	i := slices.IndexFunc(services, func(s Service) bool { return s.Points })
	if i < 0 {
		return Service{}, false
	}
	return services[i], true
}

// At is the address that a label bears for a receiver who collects at the point.
func (p Point) At(receiver address.Address) address.Address {
	a := p.Address
	a.Name, a.Phone, a.Line2 = receiver.Name, receiver.Phone, p.Name
	return a
}
