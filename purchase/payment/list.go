package payment

import (
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/value/money"
)

// ErrFilter reports a filter that there is none of.
var ErrFilter = fault.New(fault.Invalid, "payment.filter", "there is no such filter; choose one of the lists' own values")

// Statuses are the words a list can be narrowed to, in the order of a life.
var Statuses = []string{"open", "failed", "authorized", "partially_paid", "paid", "partially_refunded", "refunded"}

// Filter chooses a page of payments, newest first. Empty fields are any.
type Filter struct {
	Status   string // one of Statuses
	Gateway  string // of any attempt
	Method   string
	Market   string
	Channel  string
	Order    string         // an order's id
	Text     string         // the id of the payment, of an attempt, or the gateway's own; whole
	Minor    int64          // the amount in minor units; 0 is any
	Currency money.Currency // of the amount; "" is any
	During   Between
	After    ID // the last id of the page before
	Limit    int
}

// Listed is a payment in a list, with what its attempts came to.
type Listed struct {
	Payment
	Gateway  string // of the last attempt
	State    State  // of the last attempt
	Attempts int64
	Decline  string // of the last attempt
}

// Status is the payment in one word: like Payment's, and what is not paid is
// open or failed.
func (l Listed) Status() string {
	if s := l.Payment.Status(); s != "none" {
		return s
	}
	if l.State.Open() {
		return "open"
	}
	return "failed"
}

// List returns a page of payments and the id to go on after ("" at the end).
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Listed, ID, error) {
	if _, ok := ofStatus[f.Status]; !ok {
		return nil, "", ErrFilter
	}
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 100
	}
	page, err := selectListed(ctx, tx, f)
	if err != nil {
		return nil, "", fmt.Errorf("list payments: %w", err)
	}
	if len(page) <= f.Limit {
		return page, "", nil
	}
	return page[:f.Limit], page[f.Limit-1].ID, nil
}

// Signal is one thing that we did or heard about a payment.
type Signal struct {
	At      time.Time
	Attempt AttemptID
	Kind    string // "asked", a kind of event, "notice", or a movement's kind
	Amount  money.Amount
	State   string // of a movement
	Detail  string // a decline code, a notice's kind, a movement's reason
	Actor   string
}

// Signals returns all signals of a payment, oldest first, at most 500.
func Signals(ctx context.Context, tx *db.Tx, id ID) ([]Signal, error) {
	all, err := selectSignals(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("signals of %s: %w", id, err)
	}
	return all, nil
}

// Dimensions are what figures can be told by.
var Dimensions = []string{"gateway", "method", "market", "channel", "brand"}

// Figure is what the attempts of a time came to, of one gateway, method,
// market, channel or brand of cards and one currency.
type Figure struct {
	By       string // which gateway, method …
	Currency money.Currency
	Attempts int64
	Approved int64 // held or taken at least once
	Declined int64 // known to have failed
	Open     int64
	Captured money.Amount
	Refunded money.Amount
	Cost     money.Amount // the fees that are known, in this currency
	Known    int64        // attempts whose fee is known
	Priced   money.Amount // what those attempts took
	Saved    int64        // approved after another gateway of the same payment had failed
	SavedSum money.Amount // what those attempts were for
}

// ApprovedPPM is the authorisation rate in parts per million of what was
// decided; ok is false when nothing was.
func (f Figure) ApprovedPPM() (ppm int64, ok bool) {
	if decided := f.Approved + f.Declined; decided > 0 {
		return f.Approved * money.Million / decided, true
	}
	return 0, false
}

// CostPPM is what was kept of what was taken, in parts per million, by the
// attempts whose fee is known.
func (f Figure) CostPPM() (ppm int64, ok bool) {
	if f.Priced.Minor > 0 {
		return f.Cost.Ratio(money.Million, f.Priced.Minor, 1).Minor, true
	}
	return 0, false
}

// Figures sums what was tried in a span of time, by a dimension and currency,
// over every attempt of it.
func Figures(ctx context.Context, tx *db.Tx, by string, during Between) ([]Figure, error) {
	column, ok := figureColumns[by]
	if !ok {
		return nil, ErrFilter
	}
	all, err := selectFigures(ctx, tx, column, during)
	if err != nil {
		return nil, fmt.Errorf("figures by %s: %w", by, err)
	}
	return all, nil
}

// floors are the ids a span of time begins and ends with; "" for no end.
func floors[T ~string](prefix string, b Between) (from, until T) {
	if !b.From.IsZero() {
		from = id.Floor[T](prefix, b.From)
	}
	if !b.Until.IsZero() {
		until = id.Floor[T](prefix, b.Until)
	}
	return from, until
}
