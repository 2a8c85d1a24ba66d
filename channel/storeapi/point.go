package storeapi

import (
	"context"
	"strings"

	"korzo/fulfilment/pickup"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// pointBody is a place where goods are collected.
type pointBody struct {
	ID       string       `json:"id"`
	Option   string       `json:"shipping_option" doc:"What a checkout chooses to collect there"`
	Kind     string       `json:"kind" doc:"store or locker"`
	Name     string       `json:"name"`
	Address  *addressBody `json:"address"`
	Note     string       `json:"note,omitempty" doc:"How to find it"`
	Km       *int         `json:"distance_km,omitempty" doc:"From the postal code asked for, where both are known"`
	Zone     string       `json:"zone" example:"Europe/Berlin"`
	KeptDays int          `json:"kept_days" doc:"How long what is ready waits"`
	Hours    []hoursBody  `json:"hours" doc:"Of the next seven days, by the place's clock"`
}

type hoursBody struct {
	Date   string `json:"date" format:"date"`
	Opens  string `json:"opens,omitempty" example:"10:00"`
	Closes string `json:"closes,omitempty"`
	AllDay bool   `json:"all_day,omitempty"`
	Closed bool   `json:"closed,omitempty"`
}

// PointsInput says from where places are looked for.
type PointsInput struct {
	Market     string `query:"market" doc:"Left out: the channel's own"`
	Country    string `query:"country" maxLength:"2" example:"DE"`
	PostalCode string `query:"postal_code" maxLength:"12"`
}

type pointsOutput struct {
	Body struct {
		Data     []pointBody   `json:"data" doc:"The shop's own places"`
		Carriers []carrierBody `json:"carriers" doc:"Lockers and shops of carriers, by way of delivery; none without a postal code"`
	}
}

// carrierBody is a way of delivery that ends at a carrier's point.
type carrierBody struct {
	Option string     `json:"shipping_option" doc:"What a checkout chooses, with the code of a point as its pickup_point"`
	Points []dropBody `json:"points" doc:"The nearest first. A checkout leaves out those that its goods do not fit"`
	Silent bool       `json:"silent,omitempty" doc:"The carrier does not answer: what it told before is shown"`
}

// carrierPoints asks the carriers for their points, outside of any transaction.
func (a *API) carrierPoints(ctx context.Context, market string, in *PointsInput) ([]carrierBody, error) {
	all := []carrierBody{}
	if strings.TrimSpace(in.PostalCode) == "" {
		return all, nil
	}
	ways, err := a.Checkout.PointsNear(ctx, market, strings.ToUpper(in.Country), in.PostalCode)
	for _, w := range ways {
		b := carrierBody{Option: w.Method, Points: []dropBody{}, Silent: w.Silent}
		for _, p := range w.Points {
			b.Points = append(b.Points, dropOf(p))
		}
		all = append(all, b)
	}
	return all, err
}

func (a *API) listPoints(ctx context.Context, in *PointsInput) (*pointsOutput, error) {
	out := new(pointsOutput)
	out.Body.Data = []pointBody{}
	market := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		market, err = from(ctx).market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		all, err := pickup.Points(ctx, tx, pickup.Near{Market: market, Country: strings.ToUpper(in.Country), Code: in.PostalCode})
		for _, p := range all {
			out.Body.Data = append(out.Body.Data, pointOf(p, calendar.DateIn(tx.Now, p.Zone)))
		}
		return err
	})
	if err == nil {
		out.Body.Carriers, err = a.carrierPoints(ctx, market, in)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func pointOf(p pickup.Point, today calendar.Date) pointBody {
	at := p.At.Address
	at.Country = p.At.Country
	if at.City == "" {
		at.City = p.At.City
	}
	b := pointBody{ID: p.At.ID, Option: p.Method, Kind: p.Place.Kind, Name: p.At.Name, Note: p.Place.Note, Zone: p.Zone.String(), KeptDays: p.Place.ExpireDays,
		Address: addressOf(at)}
	if p.Km >= 0 {
		b.Km = &p.Km
	}
	for i := range 7 {
		day := today.AddDays(i)
		h := hoursBody{Date: day.String()}
		switch o, open := p.Place.Hours.On(day); {
		case !open:
			h.Closed = true
		case o.AllDay():
			h.AllDay = true
		default:
			h.Opens, h.Closes = o.Open.String(), o.Close.String()
		}
		b.Hours = append(b.Hours, h)
	}
	return b
}
