package paymethod

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/money"
)

// Setting is what a merchant decided about a method in a market. Amounts are
// minor units of the market's currency. A method without a setting is offered
// where a checkout flow names it, within its scheme's limits and free of charge.
type Setting struct {
	Market, Method string
	Enabled        bool
	Position       int64 // methods are shown in this order, then as the catalogue has them
	Min, Max       int64 // 0: the scheme's own; Max is the merchant's ceiling
	Fee            int64 // added to what the shopper pays, 0..money.MaxPrice
	FeePPM         int64 // and of the sum, 0..100,000 parts per million
	Capture        When  // when held money is taken; "" is Now
}

const maxFeePPM = 100_000 // a tenth: more is no fee

const memory = "paymethod"

var remembered = remember.New(memory, load)

// load returns the settings by market, in the order shown.
func load(ctx context.Context, tx *db.Tx) (map[string][]Setting, error) {
	all, err := selectSettings(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load payment methods: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(place(a.Method), place(b.Method)))
	})
	by := map[string][]Setting{}
	for _, s := range all {
		by[s.Market] = append(by[s.Market], s)
	}
	return by, nil
}

func place(id string) int {
	return slices.IndexFunc(catalogue, func(m Method) bool { return m.ID == id })
}

// Save keeps a merchant's word about a method in a market, or returns
// ErrInvalid, naming each field, or market.ErrNotFound.
func Save(ctx context.Context, tx *db.Tx, s Setting) error {
	m, err := market.Find(ctx, tx, s.Market)
	if err == nil {
		err = s.check(m.Currency)
	}
	if err == nil {
		err = remember.Touch(ctx, tx, memory)
	}
	if err == nil {
		err = upsertSetting(ctx, tx, s)
	}
	if err != nil {
		return fmt.Errorf("save payment method %s of %s: %w", s.Method, s.Market, err)
	}
	return nil
}

// check names what is wrong with a setting in a currency.
func (s Setting) check(c money.Currency) error {
	var wrong []string
	add := func(bad bool, text string) {
		if bad {
			wrong = append(wrong, text)
		}
	}
	m, known := Find(s.Method)
	add(!known, fmt.Sprintf("method: there is no payment method %q; choose one of the list", s.Method))
	add(known && s.Enabled && !m.Pays(c),
		fmt.Sprintf("method: %s is not paid in %s; leave it out in this market", s.Method, c))
	add(s.Position < 0 || s.Position > 1000, "position: 0 to 1000")
	add(s.Min < 0 || s.Min > money.MaxPrice, "min: no negative amount")
	add(s.Max < 0 || s.Max > money.MaxPrice || s.Max > 0 && s.Max < s.Min, "max: at least min, or 0 for no limit of your own")
	add(s.Fee < 0 || s.Fee > money.MaxPrice, "fee: no negative amount")
	add(s.FeePPM < 0 || s.FeePPM > maxFeePPM, "fee_ppm: 0 to 100000, which is a tenth of the sum")
	add(!slices.Contains([]When{"", Now, OnShipment, ByHand}, s.Capture), "capture: now, shipment or hand")
	add(known && m.Capture.When != OnShipment && s.Capture != "" && s.Capture != m.Capture.When,
		fmt.Sprintf("capture: %s knows no other time than its own; leave it empty", s.Method))
	for _, r := range m.Ranges {
		if r.Currency == c {
			add(s.Max > 0 && r.Max > 0 && s.Max > r.Max, fmt.Sprintf("max: the scheme takes at most %s", money.Of(r.Max, c).Decimal()))
			add(s.Max > 0 && s.Max < r.Min, fmt.Sprintf("max: the scheme takes at least %s", money.Of(r.Min, c).Decimal()))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return ErrInvalid.With(strings.Join(wrong, "; "))
}

// Settings returns what was decided in a market, in the order shown. Do not
// change what it returns.
func Settings(ctx context.Context, tx *db.Tx, market string) ([]Setting, error) {
	by, err := remembered.Get(ctx, tx)
	return by[market], err
}

// CaptureOf is when and how the money of a method is taken in a market. A
// scheme that knows no hold, or whose money comes by hand, is not asked.
func CaptureOf(ctx context.Context, tx *db.Tx, market, method string) (Capture, error) {
	settings, err := Settings(ctx, tx, market)
	m, ok := Find(method)
	if err != nil || !ok {
		return Capture{When: Now}, err
	}
	c := m.Capture
	c.When = settingOf(settings, market, method).Takes(m)
	return c, nil
}

// Takes is when the money of m is taken under the setting.
func (s Setting) Takes(m Method) When {
	if m.Capture.When != OnShipment {
		return m.Capture.When
	}
	return cmp.Or(s.Capture, Now)
}

// Query asks which methods are on offer.
type Query struct {
	Market    string
	Country   string       // of the buyer; "" while unknown
	Total     money.Amount // before any fee
	Named     []string     // by the checkout flow, in its order; empty: the market's own, in the merchant's order
	InStore   bool         // at a till: its methods too
	Collected bool         // all of it is collected where money is taken: what is paid there too

	// Takes reports whether some gateway takes a method; nil: all are taken.
	Takes func(m Method) bool
}

// Offer is a method on offer, with what was decided about it here.
type Offer struct {
	Method
	Setting
	Charge money.Amount // what paying this way costs on top of the query's total
}

// Offered returns the methods on offer, in the order shown. None is no error.
// It costs no statement of its own.
func Offered(ctx context.Context, tx *db.Tx, q Query) ([]Offer, error) {
	settings, err := Settings(ctx, tx, q.Market)
	if err != nil {
		return nil, err
	}
	named := q.Named
	if len(named) == 0 {
		for _, s := range settings {
			named = append(named, s.Method)
		}
	}
	var all []Offer
	for _, id := range named {
		m, ok := Find(id)
		s := settingOf(settings, q.Market, id)
		if ok && s.offers(m, q) {
			all = append(all, Offer{m, s, s.FeeOf(q.Total)})
		}
	}
	return all, nil
}

func settingOf(settings []Setting, market, id string) Setting {
	for _, s := range settings {
		if s.Method == id {
			return s
		}
	}
	return Setting{Market: market, Method: id, Enabled: true}
}

// offers reports whether a method is on offer under a setting.
func (s Setting) offers(m Method, q Query) bool {
	return s.Enabled && (q.InStore || !m.InStore) && (q.Collected || len(m.Tills) == 0) && m.Takes(q.Country, q.Total) &&
		q.Total.Minor >= s.Min && (s.Max == 0 || q.Total.Minor <= s.Max) && (q.Takes == nil || q.Takes(m))
}

// FeeOf is what paying this way costs on top of a sum, in steps that the
// currency can charge.
func (s Setting) FeeOf(sum money.Amount) money.Amount {
	info, _ := money.Find(sum.Currency)
	step := max(info.ChargeStep, 1)
	return sum.Share(s.FeePPM, step).Plus(money.Of(s.Fee, sum.Currency).RoundTo(step))
}
