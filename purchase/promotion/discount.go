package promotion

import (
	"encoding/json"
	"fmt"
	"time"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit"
	"korzo/purchase/promotion/condition"
	"korzo/value/money"
)

// ID names a promotion: "promo_01j…".
type ID string

// Spec is a benefit or a condition as it is stored: its kind, from the list of
// its seam, and its settings.
type Spec struct {
	Kind     string          `json:"kind"`
	Settings json.RawMessage `json:"settings"`
}

// PercentOff is a percentage, in parts per million, off the goods.
func PercentOff(ppm int64) Spec {
	text, _ := basket.Percent(ppm).MarshalJSON()
	return Spec{Kind: "percent", Settings: fmt.Appendf(nil, `{"percent":%s}`, text)}
}

// AmountOff is an amount off the order.
func AmountOff(a money.Amount) Spec {
	return Spec{Kind: "fixed", Settings: fmt.Appendf(nil, `{"amounts":{%q:%d}}`, a.Currency, a.Minor)}
}

// Percent is the percentage, in parts per million, of a promotion whose benefit
// is that and no more.
func (d *Draft) Percent() (ppm int64, ok bool) {
	var s struct {
		Percent basket.Percent `json:"percent"`
	}
	ok = d.Benefit.Kind == "percent" && basket.Read(d.Benefit.Settings, &s, "") == nil
	return int64(s.Percent), ok
}

// Amount is the amount of a promotion whose benefit is one amount off the order
// and no more.
func (d *Draft) Amount() (a money.Amount, ok bool) {
	var s struct {
		Amounts basket.Amounts `json:"amounts"`
	}
	if d.Benefit.Kind != "fixed" || basket.Read(d.Benefit.Settings, &s, "") != nil || len(s.Amounts) != 1 {
		return a, false
	}
	for c, minor := range s.Amounts {
		a = money.Of(minor, c)
	}
	return a, true
}

// Discount is a promotion that applies, as quote reckons with it. It stands
// alone: whoever has it needs no promotion any more.
type Discount struct {
	Promotion ID
	Code      string // as the merchant wrote it; "" for an automatic promotion
	Name      string
	Benefit   basket.Benefit
	Items     basket.Items // the goods it is for
	Priority  int64        // the higher comes first
	Exclusive bool         // combines with no other
	Budget    money.Amount // what is left of it; without a currency there is no limit
	Counted   Counted
}

// Counted says which counters a use is counted in, beside the promotion's own.
type Counted struct {
	Code      bool   // the code has a limit of its own
	Customers bool   // uses are limited for each customer
	Period    string // the period that is running, "" without
}

// terms are what a promotion asks for and gives, ready to be used.
type terms struct {
	benefit    basket.Benefit
	conditions []basket.Condition
	needs      basket.Needs
}

// parsed makes the terms from what is stored.
func (d *Draft) parsed() (t terms, err error) {
	if t.benefit, err = benefit.New(d.Benefit.Kind, d.Benefit.Settings); err != nil {
		return t, err
	}
	for _, spec := range d.Conditions {
		c, err := condition.New(spec.Kind, spec.Settings)
		if err != nil {
			return t, err
		}
		t.conditions = append(t.conditions, c)
		t.needs = t.needs.And(c.Needs())
	}
	return t, nil
}

// Segments reports whether conditions name a segment, and so what customers are
// now must be known. A draft that cannot be read names none.
func (d *Draft) Segments() bool {
	t, err := d.parsed()
	return err == nil && t.needs.Segments
}

// limitedTo is a benefit that is meant for some currencies only.
type limitedTo interface{ Currencies() basket.Amounts }

// refusal is why the draft does not apply to a visit, "" if it does: its time,
// its place, its currency, its conditions, in this order.
func (d *Draft) refusal(t *terms, v *basket.Visit) string {
	switch {
	case d.State == StateDraft:
		return ReasonUnknown
	case d.State == StateEnded, !d.Ends.IsZero() && !v.Now.Before(d.Ends):
		return ReasonEnded
	case d.State == StatePaused:
		return ReasonPaused
	case v.Now.Before(d.Starts):
		return ReasonNotStarted
	case d.Market != "" && d.Market != v.Market:
		return ReasonWrongMarket
	case d.Budget.Currency != "" && d.Budget.Currency != v.Currency:
		return ReasonWrongCurrency
	}
	if b, ok := t.benefit.(limitedTo); ok && len(b.Currencies()) > 0 {
		if _, ok := b.Currencies()[v.Currency]; !ok {
			return ReasonWrongCurrency
		}
	}
	for _, c := range t.conditions {
		if reason := c.Unmet(v); reason != "" {
			return reason
		}
	}
	return ""
}

// Period is how often the uses in a period are counted from zero.
type Period string

// The periods, each in the zone of the market.
const (
	PeriodDay   Period = "day"
	PeriodWeek  Period = "week" // of ISO 8601: from Monday
	PeriodMonth Period = "month"
)

// Name names the period that a moment is in, in a zone (nil is as the moment has it);
// "" for no period.
func (p Period) Name(now time.Time, zone *time.Location) string {
	if zone != nil {
		now = now.In(zone)
	}
	switch p {
	case PeriodDay:
		return now.Format(time.DateOnly)
	case PeriodWeek:
		year, week := now.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case PeriodMonth:
		return now.Format("2006-01")
	}
	return ""
}

// Try is what a draft would do for a visit, for simulators and previews: the
// discount, or the reason why it does not apply. Limits and codes are not asked;
// its state and time are taken to be right.
func (d Draft) Try(v basket.Visit) (Discount, string, error) {
	t, err := d.parsed()
	if err != nil {
		return Discount{}, "", err
	}
	d.State, d.Starts, d.Ends = StateActive, time.Time{}, time.Time{}
	if reason := d.refusal(&t, &v); reason != "" {
		return Discount{}, reason, nil
	}
	return Discount{Code: d.Code, Name: d.Name, Benefit: t.benefit, Items: d.Items, Priority: d.Priority, Exclusive: d.Exclusive}, "", nil
}
