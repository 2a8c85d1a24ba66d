package storeapi

import (
	"time"

	"korzo/delivery/point"
)

// dropBody is a carrier's point, where a parcel is collected.
type dropBody struct {
	Carrier string        `json:"carrier"`
	Code    string        `json:"code" doc:"What a checkout chooses it by"`
	Kind    string        `json:"kind" doc:"locker or shop"`
	Name    string        `json:"name"`
	Address *addressBody  `json:"address"`
	Note    string        `json:"note,omitempty" doc:"How to find it"`
	Metres  *int          `json:"distance_m,omitempty"`
	Hours   []openingBody `json:"hours"`
	Full    bool          `json:"full,omitempty" doc:"Nothing fits in now: it may be chosen, and the carrier waits for a box"`
	Grams   int64         `json:"max_weight_g,omitempty"`
	Longest int64         `json:"max_length_mm,omitempty"`
	Keeps   int           `json:"kept_days,omitempty" doc:"How long a parcel waits"`
}

type openingBody struct {
	Days   []string `json:"days" example:"mon,tue"`
	Opens  string   `json:"opens,omitempty" example:"08:00"`
	Closes string   `json:"closes,omitempty"`
	AllDay bool     `json:"all_day,omitempty"`
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func dropOf(p point.Point) dropBody {
	b := dropBody{Carrier: p.Carrier, Code: p.Code, Kind: p.Kind, Name: p.Name, Address: addressOf(p.Address), Note: p.Note, Full: p.Free == 0,
		Grams: p.MaxGrams, Longest: p.LongestMM, Keeps: p.KeepDays, Hours: []openingBody{}}
	if p.Metres >= 0 {
		b.Metres = &p.Metres
	}
	for _, o := range p.Hours {
		h := openingBody{Days: []string{}, AllDay: o.AllDay()}
		for i, name := range dayNames {
			if o.Week.Has(time.Weekday(i)) {
				h.Days = append(h.Days, name)
			}
		}
		if !h.AllDay {
			h.Opens, h.Closes = o.Open.String(), o.Close.String()
		}
		b.Hours = append(b.Hours, h)
	}
	return b
}
