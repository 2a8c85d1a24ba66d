// Package method keeps the ways an order can reach its buyer: which exist in a
// market, what they cost and when they arrive.
//
// A method ships parcels or lets people collect at a location. What it costs is
// asked of a price rule, named by kind with settings of its own; when it arrives
// is computed from its cut-off, lead and transit days. Options answers both for
// a basket and an address: it is what a checkout shows, and what it may choose.
//
// Methods are read by every checkout and change seldom, so they are remembered,
// their rules made ready: asking for options costs no statement of its own. A
// method is never deleted, because orders name it; it is made inactive.
package method

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"korzo/delivery/price"
	"korzo/delivery/price/rule"
	"korzo/delivery/promise"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/calendar"
	"korzo/value/geo"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrInvalid reports a method that breaks a rule; its text names each bad field.
var ErrInvalid = fault.New(fault.Invalid, "method.invalid", "the delivery method is not valid: mend the fields named")

// The kinds of method.
const (
	Ship   = "ship"   // goods travel to an address
	Pickup = "pickup" // goods wait at a location
)

// Method is a way of delivery in one market.
type Method struct {
	ID        string // unique in the shop: "de_standard"
	Market    string
	Name      map[string]string // by locale, "de" or "de-AT"; at least one
	Kind      string            // Ship or Pickup
	Countries []string          // where it goes; empty: wherever the market delivers to
	Rule      string            // the kind of its price rule: "flat"
	Settings  json.RawMessage   // the rule's own, such as {"amount":490}

	// Location is where it leaves from or is collected: its clock and holidays
	// rule the dispatch. A Ship may have none; then the market's do.
	Location string

	// Points is the carrier at whose points the goods wait, "sandbox": a locker or
	// a shop that the shopper chooses near an address. "" brings them to the door.
	Points string

	CutOff       calendar.Clock // orders at this time or later wait for the next dispatch day
	LeadDays     int            // dispatch days needed to make it ready, 0..365
	TransitMin   int            // delivery days on the way, 0..365
	TransitMax   int
	DispatchWeek calendar.Week // zero: Monday to Friday
	DeliveryWeek calendar.Week // zero: Monday to Friday

	// Groups are the customer groups and segments that may choose it; empty: everyone.
	Groups []string
	// ByParcel counts towards a free delivery only what travels in it. Without,
	// the whole purchase counts, what is collected too.
	ByParcel bool

	Position int // options are shown in this order, then by ID
	Active   bool
}

// Query asks what is on offer for a basket.
type Query struct {
	Market     string
	Country    string // "" while unknown: then no method is left out for it
	PostalCode string
	Basket     price.Basket // its place and groups are filled in from the query
	Groups     []string     // the customer groups and segments of who buys
	Locale     string
	Now        time.Time
	Ready      calendar.Date // the day on which the last of the goods has come in; zero: all lie there
	Allowed    []string      // method ids, as a checkout flow lists them; empty: all
	Kind       string        // "" for both
}

// Option is a method on offer, with what it costs and promises this time.
type Option struct {
	ID       string
	Name     string
	Kind     string
	Price    money.Amount
	Promise  promise.Window
	Counts   Counts         // what counted towards a free delivery, where that makes a difference
	Km       int            // to where it is collected; -1 is not known, as for what is sent
	Location string         // where it is collected, or leaves from when the method says so
	Points   string         // the carrier of whose points one is to be chosen; "" for none
	Inputs   promise.Inputs // what the promise was computed from
}

// Counts says what counted towards a free delivery of a part of a purchase.
type Counts string

// What counts.
const (
	CountsWhole  Counts = "whole"  // the whole purchase did, and so it costs less
	CountsParcel Counts = "parcel" // only what travels in it did, and so it costs more
)

// ready is a method with its rule made.
type ready struct {
	Method
	price price.Rule // nil when the rule's kind is not in the list any more
}

const memory = "method"

var remembered = remember.New(memory, load)

// load makes every rule once. A method whose rule cannot be made, as after a
// return to an older version, is kept and not offered: the others still are.
func load(ctx context.Context, tx *db.Tx) ([]ready, error) {
	rows, err := selectMethods(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load delivery methods: %w", err)
	}
	all := make([]ready, len(rows))
	for i, r := range rows {
		all[i].Method = r.Method
		if p, err := rule.New(r.Rule, r.Settings, r.currency); err == nil {
			all[i].price = p
		}
	}
	slices.SortFunc(all, func(a, b ready) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// Options returns the methods on offer, in order of position. None is no
// error. It costs no statement of its own and returns market.ErrNotFound.
func Options(ctx context.Context, tx *db.Tx, q Query) ([]Option, error) {
	m, err := market.Find(ctx, tx, q.Market)
	if err != nil {
		return nil, fmt.Errorf("delivery options in market %q: %w", q.Market, err)
	}
	all, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	q.fill()
	var options []Option
	for i := range all {
		r := &all[i]
		if !r.offered(q, m) {
			continue
		}
		cost, counts, ok := r.cost(q.Basket)
		if !ok {
			continue
		}
		window, inputs, err := r.promise(ctx, tx, q, m)
		if err != nil {
			return nil, fmt.Errorf("promise of %s: %w", r.ID, err)
		}
		km, err := r.km(ctx, tx, q)
		if err != nil {
			return nil, err
		}
		options = append(options, Option{
			Km: km,
			ID: r.ID, Name: r.name(q.Locale, m.Locale), Kind: r.Kind, Price: cost, Counts: counts, Promise: window, Location: r.Location, Points: r.Points, Inputs: inputs,
		})
	}
	return options, nil
}

// Promise says when what a method brings arrives where q says, if it left now,
// whether or not the method is on offer there; ok is false where there is no
// such method. It costs no statement of its own and returns market.ErrNotFound.
func Promise(ctx context.Context, tx *db.Tx, id string, q Query) (w promise.Window, in promise.Inputs, ok bool, err error) {
	m, err := market.Find(ctx, tx, q.Market)
	if err != nil {
		return w, in, false, fmt.Errorf("promise of %s in market %q: %w", id, q.Market, err)
	}
	all, err := remembered.Get(ctx, tx)
	i := slices.IndexFunc(all, func(r ready) bool { return r.ID == id })
	if err != nil || i < 0 {
		return w, in, false, err
	}
	w, in, err = all[i].promise(ctx, tx, q, m)
	return w, in, err == nil, err
}

// km is how far the place of collection is from where the query's buyer is; -1
// is not known.
func (r *ready) km(ctx context.Context, tx *db.Tx, q Query) (int, error) {
	if r.Kind != Pickup || q.Country == "" || q.PostalCode == "" {
		return -1, nil
	}
	l, err := inventory.FindLocation(ctx, tx, r.Location)
	if err != nil || l.Address.PostalCode == "" {
		return -1, err
	}
	to, there := geo.Locate(l.Country, l.Address.PostalCode)
	from, known := geo.Locate(q.Country, q.PostalCode)
	if !there || !known {
		return -1, nil
	}
	return from.Km(to), nil
}

// fill gives the basket what the query knows of place and buyer.
func (q *Query) fill() {
	q.Basket.Country, q.Basket.PostalCode, q.Basket.Groups = q.Country, q.PostalCode, q.Groups
}

// cost asks the rule for a price, with what counts towards a free delivery.
func (r *ready) cost(b price.Basket) (money.Amount, Counts, bool) {
	alone, whole := b, b
	alone.Whole = money.Amount{}
	cost, ok := r.price.Price(alone)
	if b.Whole.Currency == "" {
		return cost, "", ok
	}
	other, also := r.price.Price(whole)
	differs := ok && also && other.Minor < cost.Minor
	switch {
	case r.ByParcel && differs:
		return cost, CountsParcel, ok
	case r.ByParcel:
		return cost, "", ok
	case differs:
		return other, CountsWhole, also
	}
	return other, "", also
}

// Groups are those that methods of a market are for, or price by: groups and
// segments of customers by id. None: nobody need be asked who is in which.
func Groups(ctx context.Context, tx *db.Tx, market string) (asked []string, err error) {
	all, err := remembered.Get(ctx, tx)
	for _, r := range all {
		if r.Market != market || !r.Active {
			continue
		}
		asked = append(asked, r.Groups...)
		if grouped, ok := r.price.(price.Grouped); ok {
			asked = append(asked, grouped.ForGroups()...)
		}
	}
	return asked, err
}

// Why says in plain English why a method is not on offer, as it follows on its
// name; "" when it is, and where there is no such method. It costs no statement
// of its own and returns market.ErrNotFound.
func Why(ctx context.Context, tx *db.Tx, q Query, id string) (string, error) {
	m, err := market.Find(ctx, tx, q.Market)
	if err != nil {
		return "", fmt.Errorf("why no %s in market %q: %w", id, q.Market, err)
	}
	all, err := remembered.Get(ctx, tx)
	i := slices.IndexFunc(all, func(r ready) bool { return r.ID == id })
	if err != nil || i < 0 {
		return "", err
	}
	r := &all[i]
	q.fill()
	switch explainer, ok := r.price.(price.Explainer); {
	case !r.Active, r.price == nil, r.Market != m.ID:
		return "it is not offered any more", nil
	case !r.forGroup(q.Groups):
		return "it is for some customers only", nil
	case !r.offered(q, m):
		return "it does not go to " + q.Country, nil
	case ok:
		return explainer.Why(q.Basket), nil
	}
	return "", nil
}

func (r *ready) forGroup(groups []string) bool {
	return len(r.Groups) == 0 || slices.ContainsFunc(r.Groups, func(g string) bool { return slices.Contains(groups, g) })
}

func (r *ready) offered(q Query, m market.Market) bool {
	switch {
	case !r.Active, r.price == nil, r.Market != m.ID:
		return false
	case q.Kind != "" && q.Kind != r.Kind:
		return false
	case !r.forGroup(q.Groups):
		return false
	case len(q.Allowed) > 0 && !slices.Contains(q.Allowed, r.ID):
		return false
	case q.Country == "":
		return true
	case len(r.Countries) > 0:
		return slices.Contains(r.Countries, q.Country)
	}
	return r.Kind == Pickup || m.Serves(q.Country)
}

// AtPoints returns the methods of a market whose goods wait at a carrier's point
// in a country ("" for the market's own), those for single customer groups left
// out, in order of position. It costs no statement of its own and returns
// market.ErrNotFound.
func AtPoints(ctx context.Context, tx *db.Tx, in, country string) ([]Method, error) {
	m, err := market.Find(ctx, tx, in)
	if err != nil {
		return nil, fmt.Errorf("methods with points in market %q: %w", in, err)
	}
	all, err := remembered.Get(ctx, tx)
	var some []Method
	for i := range all {
		if r := &all[i]; r.Points != "" && r.offered(Query{Country: cmp.Or(country, m.Country)}, m) {
			some = append(some, r.Method)
		}
	}
	return some, err
}

// promise computes the days of arrival. What is collected arrives where it is
// kept, so that place's days count and not those of the buyer.
func (r *ready) promise(ctx context.Context, tx *db.Tx, q Query, m market.Market) (promise.Window, promise.Inputs, error) {
	in := promise.Inputs{Version: promise.Version, Now: q.Now.UTC().Format(time.RFC3339), Zone: m.Zone, CutOff: r.CutOff.String(), LeadDays: r.LeadDays,
		TransitMin: r.TransitMin, TransitMax: r.TransitMax, DispatchWeek: int(r.DispatchWeek), DeliveryWeek: int(r.DeliveryWeek),
		From: m.Country, Location: r.Location, Ready: q.Ready.String(), Collected: r.Kind == Pickup}
	known, err := promise.Knowledge(ctx, tx)
	if err != nil {
		return promise.Window{}, in, err
	}
	if r.Location != "" {
		l, err := inventory.FindLocation(ctx, tx, r.Location)
		if err != nil {
			return promise.Window{}, in, err
		}
		in.Zone, in.From = l.Zone, l.Country
		in.At(known.Place(r.Location))
	}
	in.To = cmp.Or(q.Country, m.Country)
	if in.Collected {
		in.To = in.From
	} else if p50, p90, arrivals, ok := known.Transit(in.From, in.To, r.ID); ok {
		in.TransitMin, in.TransitMax, in.Arrivals = p50, p90, arrivals
	}
	input, err := in.Input()
	return promise.Compute(input), in, err
}

// name returns the name in the first of these that there is: the locale asked
// for, its language, the market's locale, its language, English, any.
func (m *Method) name(asked, fallback string) string {
	for _, locale := range []string{asked, fallback, "en"} {
		if name, ok := m.Name[locale]; ok {
			return name
		}
		language, _, _ := strings.Cut(locale, "-")
		if name, ok := m.Name[language]; ok {
			return name
		}
	}
	for _, locale := range slices.Sorted(maps.Keys(m.Name)) {
		return m.Name[locale]
	}
	return m.ID
}

// Find returns a method, active or not, and whether there is one. What it
// returns is shared: do not change it.
func Find(ctx context.Context, tx *db.Tx, id string) (Method, bool, error) {
	all, err := remembered.Get(ctx, tx)
	if err != nil {
		return Method{}, false, err
	}
	i := slices.IndexFunc(all, func(r ready) bool { return r.ID == id })
	if i < 0 {
		return Method{}, false, nil
	}
	return all[i].Method, true, nil
}

// All returns every method, active or not, in order of position and then of
// id. What it returns is shared: do not change it.
func All(ctx context.Context, tx *db.Tx) ([]Method, error) {
	all, err := remembered.Get(ctx, tx)
	methods := make([]Method, len(all))
	for i, r := range all {
		methods[i] = r.Method
	}
	return methods, err
}
