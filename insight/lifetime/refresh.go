package lifetime

import (
	"context"
	"fmt"
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

// purchase is a day's buying of a customer.
type purchase struct {
	at    time.Time
	worth int64
}

// Refresh fits the shop's customers and keeps what each is expected to leave.
// It returns how many were; 0 with too few repeat buyers, and then keeps
// nothing. Only orders in the currency of most count. It may be repeated.
func Refresh(ctx context.Context, d *db.DB) (int, error) {
	customers, err := read(ctx, d)
	if err != nil {
		return 0, fmt.Errorf("expect customers' worth: %w", err)
	}
	now := d.Now()
	ids, buyers, repeaters := make([]string, 0, len(customers)), make([]Buyer, 0, len(customers)), 0
	for id, purchases := range customers {
		b := buyerOf(purchases, now)
		if b.X > 0 && b.Mean > 0 {
			repeaters++
		}
		ids, buyers = append(ids, id), append(buyers, b)
	}
	if repeaters < MinRepeaters {
		return 0, nil
	}
	f, s := FitFrequency(buyers), FitSpend(buyers)
	all := make([]standing.Prediction, len(ids))
	for i, b := range buyers {
		all[i] = standing.Prediction{Customer: ids[i], Predicted: int64(max(0, Value(f, s, b))), AlivePPM: int64(1e6 * f.Alive(b))}
	}
	for page := range slices.Chunk(all, 500) {
		if err := d.Write(ctx, func(tx *db.Tx) error { return standing.Predict(ctx, tx, page) }); err != nil {
			return 0, fmt.Errorf("keep customers' expected worth: %w", err)
		}
	}
	return len(all), nil
}

// read returns the purchases of every known customer in the currency of most.
func read(ctx context.Context, d *db.DB) (map[string][]purchase, error) {
	by := map[money.Currency]map[string][]purchase{}
	count := map[money.Currency]int{}
	err := d.Read(ctx, func(tx *db.Tx) error {
		return metric.Each(ctx, tx, tx.Now.Add(-watched), func(v metric.Value) {
			if v.Customer == "" || v.Canceled {
				return
			}
			if by[v.Currency] == nil {
				by[v.Currency] = map[string][]purchase{}
			}
			by[v.Currency][v.Customer] = append(by[v.Currency][v.Customer], purchase{v.PlacedAt, v.Contribution()})
			count[v.Currency]++
		})
	})
	var most money.Currency
	for c, n := range count {
		if n > count[most] || n == count[most] && c < most {
			most = c
		}
	}
	return by[most], err
}

// buyerOf sums a customer up; what was bought on one day is one purchase.
func buyerOf(all []purchase, now time.Time) Buyer {
	slices.SortFunc(all, func(a, b purchase) int { return a.at.Compare(b.at) })
	days := all[:1:1]
	for _, p := range all[1:] {
		if last := &days[len(days)-1]; p.at.Sub(last.at) < 24*time.Hour {
			last.worth += p.worth
			continue
		}
		days = append(days, p)
	}
	first := days[0].at
	b := Buyer{X: float64(len(days) - 1), Age: float64(now.Sub(first)) / float64(week)}
	if b.X == 0 {
		return b
	}
	b.Recency = float64(days[len(days)-1].at.Sub(first)) / float64(week)
	for _, p := range days[1:] {
		b.Mean += float64(p.worth) / b.X
	}
	return b
}
