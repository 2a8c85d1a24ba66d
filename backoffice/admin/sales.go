package admin

import (
	"context"
	"slices"
	"sync"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/calendar"
	"korzo/value/money"
)

const (
	salesDays  = 30
	salesLife  = 30 * time.Second // a Monday morning's figures need no more
	salesPages = 50               // of 100 orders: more are not read for a page
)

// sales remembers the figures of the start page for a moment.
type sales struct {
	mu    sync.Mutex
	at    time.Time
	shops []takings
	cut   bool
}

// takings is what one market sold in the last days, by the days of its own clock.
type takings struct {
	market.Market
	Days   []day // salesDays, today last
	Orders int64
	Total  money.Amount
	zone   *time.Location
}

// day is one bar of a chart.
type day struct {
	Date   calendar.Date
	Orders int64
	Total  money.Amount
}

// today is the last of the days.
func (t takings) today() day { return t.Days[len(t.Days)-1] }

// highest is the largest day's total, at least 1.
func (t takings) highest() int64 {
	return max(1, slices.MaxFunc(t.Days, func(a, b day) int { return int(max(-1, min(1, a.Total.Minor-b.Total.Minor))) }).Total.Minor)
}

// recent returns what each market sold; cut says that there were more orders
// than are read. Canceled and test orders do not count.
func (s *sales) recent(ctx context.Context, tx *db.Tx) ([]takings, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := tx.Now.Sub(s.at); s.shops != nil && age >= 0 && age < salesLife {
		return s.shops, s.cut, nil
	}
	markets, err := market.All(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	shops := make([]takings, len(markets))
	for i, m := range markets {
		shops[i] = takings{Market: m, Total: money.Of(0, m.Currency), Days: make([]day, salesDays), zone: zoneOf(m)}
		today := calendar.DateIn(tx.Now, shops[i].zone)
		for j := range shops[i].Days {
			shops[i].Days[j] = day{Date: today.AddDays(j + 1 - salesDays), Total: money.Of(0, m.Currency)}
		}
	}
	cut, err := addOrders(ctx, tx, shops)
	if err != nil {
		return nil, false, err
	}
	s.at, s.shops, s.cut = tx.Now, shops, cut
	return shops, cut, nil
}

func addOrders(ctx context.Context, tx *db.Tx, shops []takings) (cut bool, err error) {
	oldest := tx.Now.Add(-(salesDays + 1) * 24 * time.Hour)
	var after order.ID
	for range salesPages {
		page, next, err := order.List(ctx, tx, order.Filter{After: after, Limit: 100})
		if err != nil {
			return false, err
		}
		for _, o := range page {
			if o.PlacedAt.Before(oldest) {
				return false, nil
			}
			add(shops, o)
		}
		if next == "" {
			return false, nil
		}
		after = next
	}
	return true, nil
}

// demoSource is where the past of a demo's shop comes from: it is told as its own.
const demoSource = "demo"

// uncounted is why an order is no taking of its market; "" for one that is. What
// was sold elsewhere and imported is not this shop's.
func uncounted(o order.Order, m market.Market) string {
	switch {
	case o.State == order.StateCanceled:
		return "canceled"
	case o.IsTest:
		return "test"
	case o.Imported && o.Source != demoSource:
		return "elsewhere"
	case o.Total.Currency != m.Currency:
		return "currency"
	}
	return ""
}

// add counts an order on its day.
func add(shops []takings, o order.Order) {
	i := slices.IndexFunc(shops, func(t takings) bool { return t.ID == o.Market })
	if i < 0 || uncounted(o, shops[i].Market) != "" {
		return
	}
	t := &shops[i]
	at := salesDays - 1 - t.today().Date.DaysSince(calendar.DateIn(o.PlacedAt, t.zone))
	if at < 0 || at >= salesDays {
		return
	}
	d := &t.Days[at]
	d.Orders, d.Total = d.Orders+1, d.Total.Plus(o.Total)
	t.Orders, t.Total = t.Orders+1, t.Total.Plus(o.Total)
}
