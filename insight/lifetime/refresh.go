package lifetime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"korzo/customer/standing"
	"korzo/insight/metric"
	"korzo/platform/db"
	"korzo/value/money"
)

// MinRepeaters is how many customers must have come back before a fit is
// believed.
const MinRepeaters = 500

// watched is how far back orders are read.
const watched = 3 * 365 * 24 * time.Hour

const week = 7 * 24 * time.Hour

// Purchase is an order of a customer, and what it left in minor units.
type Purchase struct {
	At    time.Time
	Worth int64
}

// Report is what was fitted at a time.
type Report struct {
	At        time.Time      `json:"at"`
	Currency  money.Currency `json:"currency"` // of the amounts: that of most orders
	Customers int64          `json:"customers"`
	Repeaters int64          `json:"repeaters"` // of them; below MinRepeaters nothing was fitted
	Expected  int64          `json:"expected"`  // of all of them within twelve months
	Frequency Frequency      `json:"frequency"`
	Spend     Spend          `json:"spend"`
	Score     *Score         `json:"score,omitempty"` // of an earlier fit; nil: there was too little to go by
}

// Last returns the newest report; the zero Report where there is none.
func Last(ctx context.Context, tx *db.Tx) (Report, error) {
	r, err := selectReport(ctx, tx)
	if errors.Is(err, db.ErrNoRow) {
		return Report{}, nil
	}
	return r, err
}

// scored is how long a score is shown before it is computed anew.
const scored = 6 * 24 * time.Hour

// Refresh fits the shop's customers, keeps what each is expected to leave, and
// reports. It returns how many were; 0 with too few repeat buyers, and then
// expects nothing. Only orders in the currency of most count. It may be repeated.
func Refresh(ctx context.Context, d *db.DB) (int, error) {
	customers, currency, last, err := read(ctx, d)
	if err != nil {
		return 0, fmt.Errorf("expect customers' worth: %w", err)
	}
	ids := slices.Sorted(maps.Keys(customers))
	r := Report{At: d.Now(), Currency: currency, Customers: int64(len(ids)), Score: last.Score}
	purchases, buyers := make([][]Purchase, len(ids)), make([]Buyer, len(ids))
	for i, id := range ids {
		purchases[i], buyers[i] = customers[id], buyerOf(customers[id], r.At)
		if buyers[i].X > 0 && buyers[i].Mean > 0 {
			r.Repeaters++
		}
	}
	n := 0
	if r.Repeaters >= MinRepeaters {
		n = len(ids)
		r.Frequency, r.Spend = FitFrequency(buyers), FitSpend(buyers)
		if err := expect(ctx, d, &r, ids, buyers); err != nil {
			return 0, err
		}
		if r.Score == nil || r.At.Sub(r.Score.Until) >= scored {
			r.Score = lately(purchases, r.At)
		}
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return Keep(ctx, tx, r) }); err != nil {
		return 0, fmt.Errorf("report customers' worth: %w", err)
	}
	return n, nil
}

// Keep makes a report the newest; one of the same moment is replaced.
func Keep(ctx context.Context, tx *db.Tx, r Report) error { return insertReport(ctx, tx, r) }

// expect keeps what each customer is expected to leave.
func expect(ctx context.Context, d *db.DB, r *Report, ids []string, buyers []Buyer) error {
	all := make([]standing.Prediction, len(ids))
	for i, b := range buyers {
		all[i] = standing.Prediction{Customer: ids[i], Predicted: int64(max(0, Value(r.Frequency, r.Spend, b))), AlivePPM: int64(1e6 * r.Frequency.Alive(b))}
		r.Expected += all[i].Predicted
	}
	for page := range slices.Chunk(all, 500) {
		if err := d.Write(ctx, func(tx *db.Tx) error { return standing.Predict(ctx, tx, page) }); err != nil {
			return fmt.Errorf("keep customers' expected worth: %w", err)
		}
	}
	return nil
}

// Half a year is what a fit is scored over; of a young shop, half of its life,
// but not less than two months.
const (
	scoredOver = 26 * week
	scoredMin  = 8 * week
)

// lately is how a fit of some time ago came true; nil where that cannot be said.
func lately(customers [][]Purchase, now time.Time) *Score {
	first := now
	for _, all := range customers {
		for _, p := range all {
			if p.At.Before(first) {
				first = p.At
			}
		}
	}
	over := min(scoredOver, now.Sub(first)/2)
	if over < scoredMin {
		return nil
	}
	if s, ok := ScoreOf(customers, now.Add(-over), now); ok {
		return &s
	}
	return nil
}

// read returns the purchases of every known customer in the currency of most,
// and the report before.
func read(ctx context.Context, d *db.DB) (of map[string][]Purchase, most money.Currency, last Report, err error) {
	by := map[money.Currency]map[string][]Purchase{}
	count := map[money.Currency]int{}
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		if last, err = Last(ctx, tx); err != nil {
			return err
		}
		return metric.Each(ctx, tx, tx.Now.Add(-watched), func(v metric.Value) {
			if v.Customer == "" || v.Canceled {
				return
			}
			if by[v.Currency] == nil {
				by[v.Currency] = map[string][]Purchase{}
			}
			by[v.Currency][v.Customer] = append(by[v.Currency][v.Customer], Purchase{v.PlacedAt, v.Contribution()})
			count[v.Currency]++
		})
	})
	for c, n := range count {
		if n > count[most] || n == count[most] && c < most {
			most = c
		}
	}
	return by[most], most, last, err
}

// days are purchases in their order, those of one day as one.
func days(all []Purchase) (days []Purchase) {
	all = slices.SortedStableFunc(slices.Values(all), func(a, b Purchase) int { return a.At.Compare(b.At) })
	for _, p := range all {
		if n := len(days); n > 0 && p.At.Sub(days[n-1].At) < 24*time.Hour {
			days[n-1].Worth += p.Worth
			continue
		}
		days = append(days, p)
	}
	return days
}

// buyerOf sums a customer up; what was bought on one day is one purchase.
func buyerOf(all []Purchase, now time.Time) Buyer {
	days := days(all)
	first := days[0].At
	b := Buyer{X: float64(len(days) - 1), Age: float64(now.Sub(first)) / float64(week)}
	if b.X == 0 {
		return b
	}
	b.Recency = float64(days[len(days)-1].At.Sub(first)) / float64(week)
	for _, p := range days[1:] {
		b.Mean += float64(p.Worth) / b.X
	}
	return b
}
