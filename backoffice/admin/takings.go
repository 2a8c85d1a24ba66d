package admin

import (
	"net/http"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/calendar"
	"korzo/value/money"
)

// mostTakings is how many orders of a day are listed; more are counted all the same.
const mostTakings = 500

// why is what a day's takings of a market were counted from.
type why struct {
	Market market.Market
	Day    calendar.Date
	Takings
	Counted []sale
	Left    []leftOut // what was not counted, and why
	Cut     bool
}

// Takings are orders and what they came to.
type Takings struct {
	Orders int64
	Total  money.Amount
}

// leftOut is an order that is no taking.
type leftOut struct {
	sale
	Reason string
}

// showTakings opens a figure of the start page: the days of a market, or the
// orders of one of them, counted by the very rule of the figure.
func (a *Admin) showTakings(v *visit) error {
	var m market.Market
	var t *takings
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if m, err = market.Find(v.ctx(), tx, v.r.PathValue("market")); err != nil {
			return err
		}
		shops, _, err := a.sales.recent(v.ctx(), tx)
		for i := range shops {
			if shops[i].ID == m.ID {
				t = &shops[i]
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if t == nil {
		return market.ErrNotFound
	}
	day, err := calendar.Parse(v.query("day"))
	if err != nil {
		return v.show(http.StatusOK, v.takingsPage(*t))
	}
	w, err := a.whyOf(v, m, day)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.whyPage(w))
}

// whyOf reads the orders of a day by the market's clock.
func (a *Admin) whyOf(v *visit, m market.Market, day calendar.Date) (why, error) {
	w := why{Market: m, Day: day, Takings: Takings{Total: money.Of(0, m.Currency)}}
	zone := zoneOf(m)
	f := order.Filter{Market: m.ID, From: day.At(0, zone), Until: day.AddDays(1).At(0, zone), Limit: 100}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		for range salesPages {
			page, next, err := order.List(v.ctx(), tx, f)
			if err != nil {
				return err
			}
			rows, err := a.withBuyers(v, tx, page)
			if err != nil {
				return err
			}
			for _, s := range rows {
				w.add(s)
			}
			if f.After = next; next == "" {
				return nil
			}
		}
		w.Cut = true
		return nil
	})
	return w, err
}

func (w *why) add(s sale) {
	if reason := uncounted(s.Order, w.Market); reason != "" {
		if len(w.Left) < mostTakings {
			w.Left = append(w.Left, leftOut{s, reason})
		}
		return
	}
	w.Orders, w.Total = w.Orders+1, w.Total.Plus(s.Total)
	if len(w.Counted) < mostTakings {
		w.Counted = append(w.Counted, s)
		return
	}
	w.Cut = true
}
