package widget

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/value/calendar"
)

// deliveryDate lets the shopper wish for a day. A wish is no promise: what was
// promised stays, and staff see the day on the order.
var deliveryDate = Kind{Name: "delivery_date", Title: "Delivery date", Doc: "Lets the shopper wish for a day on which the parcel comes, none before it can be there.",
	Places: []string{PlaceDelivery},
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"days": {"type": "integer", "minimum": 1, "maximum": 60, "description": "How many days there are to choose from; left out: 14."},
		"weekdays": {"type": "array", "minItems": 1, "maxItems": 7, "items": {"type": "integer", "minimum": 1, "maximum": 7}, "description": "On which weekdays, 1 is Monday; left out: Monday to Saturday."}}}`),
	Example: json.RawMessage(`{"days": 14, "weekdays": [1, 2, 3, 4, 5, 6]}`),
	Answers: []Answer{{Name: "date", Doc: "One of dates, \"2030-01-31\"; \"\" for none"}},
	make: func(s json.RawMessage) (Widget, error) {
		d, err := read[dateField](s)
		if d.Days == 0 {
			d.Days = 14
		}
		if len(d.Weekdays) == 0 {
			d.Weekdays = []int{1, 2, 3, 4, 5, 6}
		}
		return d, err
	}}

type dateField struct {
	silent
	Days     int   `json:"days"`
	Weekdays []int `json:"weekdays"`
}

// DateData is what a door draws of the wish.
type DateData struct {
	Dates  []string `json:"dates"` // that may be wished for, the earliest first
	Chosen string   `json:"chosen,omitempty"`
}

// days are those that may be wished for: from the day on which the chosen
// delivery can have arrived; none where it is collected.
func (d dateField) days(s Scene) (all []string) {
	for _, o := range s.Options {
		if o.ID != s.Option || o.Pickup || o.To.IsZero() {
			continue
		}
		for i := range max(d.Days*7, 7) {
			day := o.To.AddDays(i)
			if len(all) == d.Days {
				break
			}
			if _, holiday := calendar.Holiday(s.Country, day); !holiday && slices.Contains(d.Weekdays, weekday(day)) {
				all = append(all, day.String())
			}
		}
	}
	return all
}

// weekday counts from Monday, 1, to Sunday, 7.
func weekday(d calendar.Date) int {
	if d.Weekday() == time.Sunday {
		return 7
	}
	return int(d.Weekday())
}

func (d dateField) Hear(said Answers, s Scene) (Answers, Act, error) {
	date := said["date"]
	if date == "" {
		return nil, Act{}, nil
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return nil, Act{}, ErrAnswer.With("choose one of the days")
	}
	if days := d.days(s); len(days) > 0 && !slices.Contains(days, date) {
		return nil, Act{}, ErrAnswer.With("it cannot come on that day: choose one of the days")
	}
	return Answers{"date": date}, Act{}, nil
}

func (d dateField) Look(_ context.Context, _ *db.Tx, kept Answers, s Scene) (any, error) {
	days := d.days(s)
	if len(days) == 0 {
		return nil, nil
	}
	chosen := kept["date"]
	if !slices.Contains(days, chosen) {
		chosen = "" // it has gone by, or another delivery was chosen
	}
	return DateData{days, chosen}, nil
}
