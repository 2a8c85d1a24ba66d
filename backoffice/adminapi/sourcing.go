package adminapi

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/value/calendar"
	"korzo/value/money"
)

// deliveryMethodBody is a way of delivery with its price rule.
type deliveryMethodBody struct {
	ID        string            `json:"id"`
	Market    string            `json:"market"`
	Name      map[string]string `json:"name" doc:"By locale"`
	Kind      string            `json:"kind" enum:"ship,pickup"`
	Countries []string          `json:"countries" doc:"Where it goes; none: wherever the market delivers to"`
	Rule      string            `json:"rule" doc:"flat, free_from or zones" example:"zones"`
	Settings  json.RawMessage   `json:"settings" doc:"The rule's own: {\"zones\": [{\"countries\": [\"DE\"], \"codes\": [\"80-87\"], \"free_from\": 5000, \"weights\": [{\"to_grams\": 5000, \"amount\": 490}]}]}"`
	Location  string            `json:"location,omitempty" doc:"Where it leaves from, or is collected"`
	CutOff    string            `json:"cut_off" example:"14:00"`
	LeadDays  int               `json:"lead_days" minimum:"0"`
	Transit   [2]int            `json:"transit_days" doc:"At least and at most"`
	Dispatch  []string          `json:"dispatch_days" doc:"mon … sun; none: Monday to Friday"`
	Delivery  []string          `json:"delivery_days" doc:"mon … sun; none: Monday to Friday"`
	Groups    []string          `json:"customer_groups,omitempty" doc:"Who may choose it; none: everyone"`
	Points    string            `json:"points,omitempty" doc:"The carrier at one of whose lockers or shops it waits; the shopper chooses which"`
	ByParcel  bool              `json:"by_parcel,omitempty" doc:"Only what travels in it counts towards a free delivery; else the whole purchase"`
	Position  int               `json:"position" minimum:"0"`
	Active    bool              `json:"active"`
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func daysOf(w calendar.Week) (days []string) {
	days = []string{}
	for i, name := range weekdays {
		if w&(1<<i) != 0 {
			days = append(days, name)
		}
	}
	return days
}

func weekOf(days []string) (w calendar.Week, err error) {
	for _, d := range days {
		i := slices.Index(weekdays, strings.ToLower(d))
		if i < 0 {
			return 0, method.ErrInvalid.With("dispatch_days, delivery_days: use mon, tue, wed, thu, fri, sat and sun")
		}
		w |= 1 << i
	}
	return w, nil
}

func deliveryMethodOf(m method.Method) deliveryMethodBody {
	countries := m.Countries
	if countries == nil {
		countries = []string{}
	}
	return deliveryMethodBody{m.ID, m.Market, m.Name, m.Kind, countries, m.Rule, m.Settings, m.Location, m.CutOff.String(), m.LeadDays,
		[2]int{m.TransitMin, m.TransitMax}, daysOf(m.DispatchWeek), daysOf(m.DeliveryWeek), m.Groups, m.Points, m.ByParcel, m.Position, m.Active}
}

func (b deliveryMethodBody) method() (m method.Method, err error) {
	m = method.Method{ID: b.ID, Market: b.Market, Name: b.Name, Kind: b.Kind, Countries: b.Countries, Rule: b.Rule, Settings: b.Settings,
		Location: b.Location, LeadDays: b.LeadDays, TransitMin: b.Transit[0], TransitMax: b.Transit[1], Groups: b.Groups, Points: b.Points, ByParcel: b.ByParcel, Position: b.Position, Active: b.Active}
	if m.CutOff, err = calendar.ParseClock(b.CutOff); err != nil {
		return m, method.ErrInvalid.With("cut_off: write a time of day as 14:00")
	}
	if m.DispatchWeek, err = weekOf(b.Dispatch); err == nil {
		m.DeliveryWeek, err = weekOf(b.Delivery)
	}
	return m, err
}

func (a *API) listDeliveryMethods(ctx context.Context, in *struct {
	Market string `query:"market" doc:"Only this market's"`
}) (*list[deliveryMethodBody], error) {
	var bodies []deliveryMethodBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := method.All(ctx, tx)
		for _, m := range all {
			if in.Market == "" || m.Market == in.Market {
				bodies = append(bodies, deliveryMethodOf(m))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type deliveryMethodOutput struct {
	Body deliveryMethodBody
}

func (a *API) saveDeliveryMethod(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"60"`
	Body deliveryMethodBody
}) (*deliveryMethodOutput, error) {
	in.Body.ID = in.ID
	m, err := in.Body.method()
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := method.Save(ctx, tx, m); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "method.save", Subject: m.ID})
	})
	if err != nil {
		return nil, err
	}
	return &deliveryMethodOutput{deliveryMethodOf(m)}, nil
}

// sourcingRuleBody is one of the ranked rules.
type sourcingRuleBody struct {
	Kind     string          `json:"kind" enum:"promise,nearest,fewest,balance,capacity,margin,split"`
	Settings json.RawMessage `json:"settings,omitempty" doc:"tolerance_km (nearest), least_units (split), tolerance (margin), percent (capacity), keep_on_shelf (balance)"`
}

type sourcingBody struct {
	Rules     []sourcingRuleBody     `json:"rules" doc:"Asked in order; none: the first location by priority that has everything"`
	Locations []sourcingLocationBody `json:"locations" doc:"Those of which something is known"`
}

type sourcingLocationBody struct {
	Location string      `json:"location"`
	Capacity int64       `json:"parcels_a_day" minimum:"-1" doc:"-1: no limit"`
	Home     *amountBody `json:"parcel_home,omitempty" doc:"What a parcel within the country costs us"`
	Abroad   *amountBody `json:"parcel_abroad,omitempty"`
}

type sourcingOutput struct {
	Body sourcingBody
}

func (a *API) showSourcing(ctx context.Context, _ *struct{}) (out *sourcingOutput, err error) {
	out = &sourcingOutput{sourcingBody{Rules: []sourcingRuleBody{}, Locations: []sourcingLocationBody{}}}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		rules, err := sourcing.Rules(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rules {
			out.Body.Rules = append(out.Body.Rules, sourcingRuleBody{r.Kind, r.Settings})
		}
		all, err := sourcing.Locations(ctx, tx)
		for _, l := range all {
			out.Body.Locations = append(out.Body.Locations, sourcingLocationOf(l))
		}
		return err
	})
	slices.SortFunc(out.Body.Locations, func(a, b sourcingLocationBody) int { return strings.Compare(a.Location, b.Location) })
	return out, err
}

func sourcingLocationOf(l sourcing.Location) sourcingLocationBody {
	b := sourcingLocationBody{Location: l.Location, Capacity: l.Capacity}
	if l.Home.Currency != "" {
		home, abroad := amountOf(l.Home), amountOf(l.Abroad)
		b.Home, b.Abroad = &home, &abroad
	}
	return b
}

func (a *API) saveSourcingRules(ctx context.Context, in *struct {
	Body struct {
		Rules []sourcingRuleBody `json:"rules" maxItems:"7" doc:"promise, nearest, fewest, balance, capacity, margin, split: each at most once, the first is asked first"`
	}
}) (*sourcingOutput, error) {
	var rules []sourcing.Rule
	for _, r := range in.Body.Rules {
		rules = append(rules, sourcing.Rule{Kind: r.Kind, Settings: r.Settings})
	}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := sourcing.SaveRules(ctx, tx, rules); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "sourcing.rules", Subject: "sourcing"})
	})
	if err != nil {
		return nil, err
	}
	return a.showSourcing(ctx, nil)
}

func (a *API) saveSourcingLocation(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"60"`
	Body struct {
		Capacity int64       `json:"parcels_a_day" minimum:"-1" doc:"-1: no limit"`
		Home     *amountBody `json:"parcel_home,omitempty"`
		Abroad   *amountBody `json:"parcel_abroad,omitempty"`
	}
}) (*sourcingOutput, error) {
	l := sourcing.Location{Location: in.ID, Capacity: in.Body.Capacity}
	for at, b := range map[*money.Amount]*amountBody{&l.Home: in.Body.Home, &l.Abroad: in.Body.Abroad} {
		if b != nil {
			*at = b.money()
		}
	}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := sourcing.SaveLocation(ctx, tx, l); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "sourcing.location", Subject: in.ID})
	})
	if err != nil {
		return nil, err
	}
	return a.showSourcing(ctx, nil)
}

// sourcedBody says where the goods of an order came from, and why.
type sourcedBody struct {
	ID         string             `json:"id"`
	At         string             `json:"at" format:"date-time"`
	Chosen     []string           `json:"chosen"`
	Steps      []sourcingStepBody `json:"steps"`
	Candidates []sourceBody       `json:"candidates" doc:"Every candidate, in the order they were left out, the chosen one first"`
	More       int                `json:"more" doc:"Candidates beyond those listed"`
}

type sourcingStepBody struct {
	Rule string `json:"rule"`
	Left int    `json:"left" doc:"Candidates that were still in"`
	Why  string `json:"why"`
}

type sourceBody struct {
	Locations []string `json:"locations"`
	Chosen    bool     `json:"chosen"`
	Why       string   `json:"why"`
}

func sourcedOf(d sourcing.Decision) sourcedBody {
	b := sourcedBody{ID: string(d.ID), At: d.At.Format(time.RFC3339), Chosen: d.Chosen, Steps: []sourcingStepBody{}, Candidates: []sourceBody{}, More: d.More}
	for _, s := range d.Steps {
		b.Steps = append(b.Steps, sourcingStepBody{s.Rule, s.Left, s.Why})
	}
	for _, c := range d.Candidates {
		b.Candidates = append(b.Candidates, sourceBody{c.Locations, c.Chosen, c.Why})
	}
	return b
}

func (a *API) listSourced(ctx context.Context, in *struct {
	ID string `path:"id"`
}) (*list[sourcedBody], error) {
	var bodies []sourcedBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := sourcing.Decisions(ctx, tx, in.ID)
		for _, d := range all {
			bodies = append(bodies, sourcedOf(d))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

// keptBody is how many promises were kept.
type keptBody struct {
	Location string  `json:"location"`
	Lane     string  `json:"lane" doc:"From which country to which and by whom, or collected"`
	All      int64   `json:"all"`
	Kept     int64   `json:"kept"`
	Rate     percent `json:"kept_percent"`
	LateDays int64   `json:"late_days" doc:"Of those that were late, added up"`
}

func (a *API) listPromises(ctx context.Context, in *struct {
	From string `query:"from" doc:"The first day of arrival" example:"2030-01-01"`
	To   string `query:"to" doc:"The last, today when left out"`
}) (*list[keptBody], error) {
	var bodies []keptBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		to := calendar.DateIn(tx.Now, time.UTC)
		first := to.AddDays(-90)
		for text, at := range map[string]*calendar.Date{in.From: &first, in.To: &to} {
			if text == "" {
				continue
			}
			day, err := calendar.Parse(text)
			if err != nil {
				return errDay
			}
			*at = day
		}
		all, err := promise.Rates(ctx, tx, first, to)
		for _, k := range all {
			bodies = append(bodies, keptBody{k.Location, k.Lane, k.All, k.Kept, percent(k.RatePPM()), k.LateDays})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}
