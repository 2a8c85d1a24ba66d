package widget

import (
	"context"
	"encoding/json"
	"strings"

	"korzo/delivery/point"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// pickupPoint shows where the goods can be collected, with addresses, and
// chooses the delivery of that place.
var pickupPoint = Kind{Name: "pickup_point", Title: "Pick-up point", Doc: "The places where all of it can be collected, and carriers' lockers and shops, with address and day; the nearest by postal code first.",
	Places: []string{PlaceDelivery, PlaceTop}, Reads: true,
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"most": {"type": "integer", "minimum": 1, "maximum": 20, "description": "How many places are shown; left out: 5."}}}`),
	Example: json.RawMessage(`{"most": 5}`),
	Answers: []Answer{{Name: "option", Doc: "The option of a place; with @ and the code of a carrier's point, where it has one"}},
	make: func(s json.RawMessage) (Widget, error) {
		p, err := read[pointField](s)
		if p.Most == 0 {
			p.Most = 5
		}
		return p, err
	}}

type pointField struct {
	silent
	Most int `json:"most"`
}

// PointData is what a door draws of the places.
type PointData struct {
	Points []Point `json:"points"`
}

// Point is a place where the goods can be collected.
type Point struct {
	Option   string        `json:"option"`
	Location string        `json:"location"`
	Name     string        `json:"name"`
	Line     string        `json:"address"` // street, postal code and town
	From     calendar.Date `json:"from"`
	To       calendar.Date `json:"to"`
	Price    Sum           `json:"price"`
	Chosen   bool          `json:"chosen"`
	Code     string        `json:"code,omitempty"`   // the carrier's, of a point of its own; Location is then ""
	Metres   int           `json:"metres,omitempty"` // to that point; 0 or less is not known
	Full     bool          `json:"full,omitempty"`   // nothing fits in now
	near     int           // how many characters of the postal code are the shopper's
}

func (pointField) Hear(said Answers, _ Scene) (Answers, Act, error) {
	option, code, _ := SplitPoint(said["option"])
	return nil, Act{Option: option, Point: code}, nil
}

func (p pointField) Look(ctx context.Context, tx *db.Tx, _ Answers, s Scene) (any, error) {
	var d PointData
	for _, o := range s.Options {
		for _, at := range o.Points {
			d.Points = append(d.Points, carriers(o, at, s))
		}
		if !o.Pickup || o.Location == "" {
			continue
		}
		l, err := inventory.FindLocation(ctx, tx, o.Location)
		if err != nil {
			return nil, err
		}
		line := l.Address.Line1
		if line != "" {
			line += ", "
		}
		d.Points = append(d.Points, Point{Option: o.ID, Location: o.Location, Name: o.Name, Line: line + l.Address.PostalCode + " " + l.City, From: o.From, To: o.To,
			Price: sumOf(o.Price), Chosen: o.ID == s.Option, near: alike(l.Address.PostalCode, s.PostalCode)})
	}
	if len(d.Points) == 0 {
		return nil, nil
	}
	nearest(d.Points)
	d.Points = d.Points[:min(len(d.Points), p.Most)]
	return d, nil
}

// carriers is a point of a carrier as a choice.
func carriers(o Option, at point.Point, s Scene) Point {
	return Point{Option: JoinPoint(o.ID, at.Code), Code: at.Code, Name: at.Name, Line: at.Address.Line1 + ", " + at.Address.PostalCode + " " + at.Address.City,
		From: o.From, To: o.To, Price: sumOf(o.Price), Chosen: o.ID == s.Option && at.Code == s.Point, Metres: at.Metres, Full: at.Free == 0,
		near: alike(at.Address.PostalCode, s.PostalCode)}
}

// JoinPoint names an option and a carrier's point in one word, and SplitPoint
// takes it apart again; false where there is no point.
func JoinPoint(option, code string) string { return option + "@" + code }

// SplitPoint is the other half of JoinPoint.
func SplitPoint(word string) (option, code string, ok bool) { return strings.Cut(word, "@") }
