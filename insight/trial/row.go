package trial

import (
	"context"
	"time"

	"korzo/customer/experiment"
	"korzo/platform/db"
)

// Row is a visitor as an experiment counts them: from such rows every number of
// a Result can be computed again. Amounts are in minor units of its currency.
type Row struct {
	Visitor      string
	Arm          string
	At           time.Time // of the exposure
	Device       string
	Market       string
	New          bool
	Known        bool // the customer was known at the exposure
	Orders       int64
	Revenue      float64
	Contribution float64 // before it is set to the cap
	Before       float64 // what they had left in the 90 days before
	Foreseen     float64 // what was to be expected of them from before
	Matured      bool
}

// Rows returns the visitors of an experiment's current phase, by visitor. It
// reads all of them: call it for a download, not for a page.
func Rows(ctx context.Context, tx *db.Tx, id experiment.ID) ([]Row, error) {
	e, err := experiment.Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	c, err := gather(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	c.measures(e, tx.Now)
	rows := make([]Row, 0, len(c.order))
	for _, visitor := range c.order {
		u := c.units[visitor]
		rows = append(rows, Row{Visitor: visitor, Arm: u.Arm, At: u.At, Device: u.Device, Market: u.Market, New: u.New, Known: u.Known, Orders: u.orders,
			Revenue: u.revenue, Contribution: u.contribution, Before: u.before, Foreseen: u.foreseen, Matured: tx.Now.Sub(u.At) >= c.mature})
	}
	return rows, nil
}
