package checkout

import (
	"context"
	"fmt"
	"time"

	"korzo/purchase/flow"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
)

// planPatience is how long a shopper waits for the bank's plans.
const planPatience = 3 * time.Second

// Plans asks the bank of the session's card how what is due may be paid in
// instalments, and tells which plan is chosen, 0 for none. There are none
// without a card, for a method that knows none, and at a bank that lends
// nothing. It is a call: ask it outside any transaction.
func (c *Checkout) Plans(ctx context.Context, v View) (plans []payment.Plan, chosen int64, err error) {
	planner := c.planner(v.Flow, v.Session.Market, v.Method)
	if planner == nil {
		return nil, 0, nil
	}
	if card, _ := c.Payments().Read(v.Instrument); card == (payment.Card{}) {
		return nil, 0, nil
	}
	call, stop := context.WithTimeout(ctx, planPatience)
	defer stop()
	if plans, err = planner.Plans(call, v.Instrument, v.Due); err != nil {
		return nil, 0, fmt.Errorf("read the instalments of checkout %s: %w", v.Session.ID, err)
	}
	for _, p := range plans {
		if planner.WithPlan(v.Instrument, p.Count) == v.Instrument {
			chosen = p.Count
		}
	}
	return plans, chosen, nil
}

// spread has the session's card pay in so many instalments, where its method
// knows any. What the bank does not offer it declines.
func (c *Checkout) spread(s *Session, doc flow.Document, count *int64) {
	if count == nil || s.Instrument == "" {
		return
	}
	if planner := c.planner(doc, s.Market, s.Method); planner != nil {
		s.Instrument = planner.WithPlan(s.Instrument, *count)
	}
}

// planner is the gateway that is asked first for a method by instalments; nil
// for any other method.
func (c *Checkout) planner(doc flow.Document, market, method string) payment.Planner {
	m, ok := paymethod.Find(method)
	if !ok || !m.Wants(paymethod.NeedPlan) {
		return nil
	}
	name, err := c.Payments().Choose(m, doc.Gateways(market))
	if err != nil {
		return nil
	}
	g, _ := c.Payments().Gateway(name)
	planner, _ := g.(payment.Planner)
	return planner
}
