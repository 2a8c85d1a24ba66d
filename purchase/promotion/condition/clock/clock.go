// Package clock asks for the day of the week and the hour, in the market's zone.
//
// Its settings are {"weekdays": ["saturday", "sunday"]}, {"from": "18:00", "to":
// "22:00"}, or both. From is the first minute that counts and to the first that
// does not; a window may pass midnight, as "22:00" to "02:00" does, and its last
// hours are then those of the next weekday. The dates from which and until which
// a promotion runs at all are its own.
package clock

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"korzo/purchase/promotion/basket"
)

// Kind is the name of this condition in a promotion.
const Kind = "clock"

// Condition wants certain days and hours.
type Condition struct {
	Weekdays []string `json:"weekdays,omitempty"` // in English: "monday"
	From     string   `json:"from,omitempty"`     // "18:00"
	To       string   `json:"to,omitempty"`

	from, to int // minutes of the day
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Condition, error) {
	var c Condition
	if err := basket.Read(settings, &c, `{"weekdays": ["saturday"], "from": "18:00", "to": "22:00"}`); err != nil {
		return nil, err
	}
	for _, day := range c.Weekdays {
		if !slices.Contains(weekdays, day) {
			return nil, basket.Wrong("weekdays", "use %s", strings.Join(weekdays, ", "))
		}
	}
	if (c.From == "") != (c.To == "") || c.From == "" && len(c.Weekdays) == 0 {
		return nil, basket.Wrong("from", "give weekdays, or both from and to")
	}
	if c.From == "" {
		return &c, nil
	}
	from, first := time.Parse("15:04", c.From)
	to, second := time.Parse("15:04", c.To)
	if first != nil || second != nil || from.Equal(to) {
		return nil, basket.Wrong("from", "give from and to as two times of day, such as 18:00 and 22:00")
	}
	c.from, c.to = from.Hour()*60+from.Minute(), to.Hour()*60+to.Minute()
	return &c, nil
}

var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// Unmet returns basket.ReasonTime.
func (c *Condition) Unmet(v *basket.Visit) string {
	now := v.Now.UTC()
	if v.Zone != nil {
		now = v.Now.In(v.Zone)
	}
	if len(c.Weekdays) > 0 && !slices.Contains(c.Weekdays, strings.ToLower(now.Weekday().String())) {
		return basket.ReasonTime
	}
	minute := now.Hour()*60 + now.Minute()
	inside := minute >= c.from && minute < c.to
	if c.from > c.to {
		inside = minute >= c.from || minute < c.to
	}
	if c.From != "" && !inside {
		return basket.ReasonTime
	}
	return ""
}

// Needs is nothing.
func (c *Condition) Needs() basket.Needs { return basket.Needs{} }
