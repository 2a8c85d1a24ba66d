package adminapi

import (
	"context"
	"strings"

	"korzo/delivery/promise"
	"korzo/fulfilment/pickup"
	"korzo/offer/inventory"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// PlaceFields are how a location works: when it hands out, and how fast.
type PlaceFields struct {
	Kind          string          `json:"kind" enum:"store,locker"`
	Note          string          `json:"note,omitempty" maxLength:"300" doc:"How to find it"`
	Hours         []HoursFields   `json:"hours" maxItems:"7" doc:"A weekday stands in one of them at most, and is closed in none. None at all: Monday to Friday, all day"`
	AcceptMinutes int64           `json:"accept_minutes" minimum:"1" doc:"Of opening hours, to take an order in hand"`
	RemindDays    []int           `json:"remind_days" maxItems:"10" doc:"After it was ready, ascending"`
	ExpireDays    int             `json:"expire_days" minimum:"1" doc:"How long what is ready waits"`
	PickMinutes   int             `json:"pick_minutes,omitempty" minimum:"0" doc:"Before the cut-off, to leave the same day"`
	PerDay        int64           `json:"orders_a_day,omitempty" minimum:"0" doc:"Sent off on a dispatch day; what waits beyond is promised later. 0: not known"`
	Closed        []calendar.Date `json:"closed_days,omitempty" maxItems:"400"`
	Open          []calendar.Date `json:"extra_days,omitempty" maxItems:"400" doc:"Worked in spite of week and holidays"`
}

// HoursFields are opening hours of some weekdays.
type HoursFields struct {
	Days   []string `json:"days" minItems:"1" maxItems:"7" doc:"mon … sun"`
	Opens  string   `json:"opens" example:"10:00" doc:"00:00 to 00:00 is all day"`
	Closes string   `json:"closes" example:"19:00"`
}

func hoursOf(all []calendar.Opening) []HoursFields {
	hours := make([]HoursFields, len(all))
	for i, o := range all {
		hours[i] = HoursFields{daysOf(o.Week), o.Open.String(), o.Close.String()}
	}
	return hours
}

func openingsOf(hours []HoursFields) (all []calendar.Opening, err error) {
	for _, h := range hours {
		var o calendar.Opening
		if o.Week, err = weekOf(h.Days); err != nil {
			return nil, pickup.ErrPlace.With("hours: use mon, tue, wed, thu, fri, sat and sun")
		}
		var late error
		o.Open, err = calendar.ParseClock(h.Opens)
		if o.Close, late = calendar.ParseClock(h.Closes); err != nil || late != nil {
			return nil, pickup.ErrPlace.With("hours: write a time of day as 14:00")
		}
		all = append(all, o)
	}
	return all, nil
}

type placeBody struct {
	Location string `json:"location"`
	PlaceFields
	Waiting int64 `json:"waiting" doc:"Orders there, as they were last counted"`
	Backlog int   `json:"backlog_days"`
}

func placeOf(p pickup.Place, pace promise.Place) placeBody {
	b := placeBody{Location: p.Location, Waiting: pace.Waiting, Backlog: pace.Backlog()}
	b.PlaceFields = PlaceFields{p.Kind, p.Note, hoursOf(p.Hours.Days), p.AcceptMinutes, p.RemindDays, p.ExpireDays,
		pace.PickMinutes, pace.PerDay, pace.Closed, pace.Open}
	if b.RemindDays == nil {
		b.RemindDays = []int{}
	}
	return b
}

func (a *API) listPlaces(ctx context.Context, _ *struct{}) (*list[placeBody], error) {
	var bodies []placeBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := inventory.Locations(ctx, tx)
		for _, l := range all {
			var b placeBody
			if err == nil {
				b, err = findPlace(ctx, tx, l.ID)
			}
			bodies = append(bodies, b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

func findPlace(ctx context.Context, tx *db.Tx, id string) (placeBody, error) {
	p, _, err := pickup.FindPlace(ctx, tx, id)
	if err != nil {
		return placeBody{}, err
	}
	known, err := promise.Knowledge(ctx, tx)
	return placeOf(p, known.Place(id)), err
}

type placeOutput struct{ Body placeBody }

func (a *API) savePlace(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"60"`
	Body PlaceFields
}) (out *placeOutput, err error) {
	b := in.Body
	p := pickup.Place{Location: in.ID, Kind: b.Kind, Note: b.Note, AcceptMinutes: b.AcceptMinutes, RemindDays: b.RemindDays, ExpireDays: b.ExpireDays}
	if p.Hours.Days, err = openingsOf(b.Hours); err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := pickup.SavePlace(ctx, tx, p); err != nil {
			return err
		}
		pace := promise.Place{Location: in.ID, PickMinutes: b.PickMinutes, PerDay: b.PerDay, Closed: b.Closed, Open: b.Open}
		if err := promise.SavePlace(ctx, tx, pace); err != nil {
			return err
		}
		made, err := findPlace(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out = &placeOutput{made}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "place.save", Subject: in.ID})
	})
	return out, err
}

// laneBody is how long parcels take, in delivery days.
type laneBody struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Method     string `json:"method"`
	Mode       string `json:"mode" enum:"measured,fixed,off" doc:"measured: by what parcels took, once 30 have arrived in 90 days; fixed: by these days; off: by the method's own"`
	P50        int    `json:"p50_days" doc:"Half of them arrived within"`
	P90        int    `json:"p90_days" doc:"Nine in ten did"`
	Arrivals   int64  `json:"arrivals"`
	MeasuredOn string `json:"measured_on,omitempty" format:"date"`
	Believed   bool   `json:"believed" doc:"Promises use these days"`
}

func laneOf(l promise.Lane) laneBody {
	return laneBody{l.From, l.To, l.Method, l.Mode, l.P50, l.P90, l.Arrivals, l.MeasuredOn.String(), l.Believed()}
}

func (a *API) listLanes(ctx context.Context, _ *struct{}) (*list[laneBody], error) {
	var bodies []laneBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		known, err := promise.Knowledge(ctx, tx)
		for _, l := range known.Lanes() {
			bodies = append(bodies, laneOf(l))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

func (a *API) saveLane(ctx context.Context, in *struct {
	From   string `path:"from" maxLength:"2"`
	To     string `path:"to" maxLength:"2"`
	Method string `path:"method" maxLength:"60"`
	Body   struct {
		Mode string `json:"mode" enum:"measured,fixed,off"`
		P50  int    `json:"p50_days,omitempty" minimum:"0" doc:"Of fixed days"`
		P90  int    `json:"p90_days,omitempty" minimum:"0"`
	}
}) (*list[laneBody], error) {
	l := promise.Lane{From: strings.ToUpper(in.From), To: strings.ToUpper(in.To), Method: in.Method, Mode: in.Body.Mode, P50: in.Body.P50, P90: in.Body.P90}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := promise.SaveLane(ctx, tx, l); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "promise.lane", Subject: l.From + "-" + l.To + " " + l.Method})
	})
	if err != nil {
		return nil, err
	}
	return a.listLanes(ctx, nil)
}
