// Package cash is paid in notes and coins: over the counter, or to the carrier
// at the door.
//
// Its address is cash://DRAWER?currencies=EUR,HUF, and where parcels are paid
// at the door, &ceiling=EUR:500.00,HUF:150000.00 too.
//
// At the counter (kind cash) a sale that is to be captured at once has its
// money in the drawer before anyone asks us; what is reserved to be paid when
// it is fetched is a promise until then. On delivery (kind cod) money is always
// a promise: the carrier collects it, keeps it for days and remits it, and only
// the remittance is money (see package settlement). Above the ceiling of a
// currency no door is paid at, because carriers do not carry more; a currency
// without a ceiling is not paid at the door at all. What it costs the customer
// is the method's setting in a market (see package paymethod).
//
// The one idea is that of package offline: no book but ours.
//
// Never true: money on delivery that no carrier has remitted.
package cash

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/offline"
	"korzo/value/money"
)

var errAddress = fault.New(fault.Invalid, "cash.address", "write the address as cash://DRAWER?currencies=EUR&ceiling=EUR:500.00")

const (
	counter  = "cash"
	delivery = "cod"
)

// Gateway is a drawer, and the terms at the door. It holds nothing that changes.
type Gateway struct {
	offline.Book
	currencies []money.Currency
	ceilings   map[money.Currency]money.Amount
}

var _ payment.Informed = (*Gateway)(nil)

// Open makes a gateway of an address.
func Open(u *url.URL) (payment.Gateway, error) {
	q := u.Query()
	g := &Gateway{}
	var err error
	if g.ceilings, err = amounts(q.Get("ceiling")); err != nil {
		return nil, err
	}
	if q.Has("fee") {
		return nil, errAddress.With("the fee of paying at the door is set by market, among the payment methods: leave it out of the address")
	}
	for code := range strings.SplitSeq(q.Get("currencies"), ",") {
		c := money.Currency(strings.ToUpper(code))
		if _, ok := money.Find(c); !ok {
			return nil, errAddress
		}
		g.currencies = append(g.currencies, c)
	}
	if u.Host == "" {
		return nil, errAddress
	}
	g.Book = offline.Book{Account: u.Host, ID: func(reference string) string { return u.Host + ":" + reference }, Refuse: g.refuse,
		Hand: func(r payment.Request) bool { return r.Kind == counter && r.Capture }}
	return g, nil
}

// amounts reads EUR:500.00,HUF:150000.00.
func amounts(list string) (map[money.Currency]money.Amount, error) {
	all := map[money.Currency]money.Amount{}
	for part := range strings.SplitSeq(list, ",") {
		if part == "" {
			continue
		}
		code, text, _ := strings.Cut(part, ":")
		a, err := money.Parse(text, money.Currency(code))
		if err != nil || a.Minor <= 0 || a.Minor > money.MaxPrice {
			return nil, errAddress.With("the amount " + part + " cannot be read; write it as EUR:500.00")
		}
		all[a.Currency] = a
	}
	return all, nil
}

// Name is the folder's name.
func (g *Gateway) Name() string { return "cash" }

// Traits says that nothing is behind it. A reference may be repeated for ever.
func (g *Gateway) Traits() payment.Traits {
	kinds := []string{counter}
	if len(g.ceilings) > 0 {
		kinds = append(kinds, delivery)
	}
	return payment.Traits{KeyWindow: 100 * 365 * 24 * time.Hour, Timeout: time.Second, Kinds: kinds, Offline: true, Parts: true}
}

// refuse declines what the drawer does not hold and the carrier does not carry.
func (g *Gateway) refuse(r payment.Request) string {
	if r.Kind == delivery {
		ceiling, ok := g.ceilings[r.Amount.Currency]
		switch {
		case !ok:
			return payment.DeclineUnsupported
		case r.Amount.Minor > ceiling.Minor:
			return payment.DeclineLimit
		}
		return ""
	}
	if r.Kind != counter || !slices.Contains(g.currencies, r.Amount.Currency) {
		return payment.DeclineUnsupported
	}
	return ""
}
