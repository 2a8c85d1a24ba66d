package checkout

import (
	"context"
	"fmt"

	"korzo/delivery/method"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/purchase/payment/paymethod"
)

// charge adds what paying the chosen way costs, such as the fee of cash on
// delivery. It is counted with the delivery, as an ancillary cost of it, so it
// bears the delivery's tax and stands in every total from the first look on.
// Where stored value leaves nothing to be paid, nothing is charged.
func (v *View) charge(ctx context.Context, tx *db.Tx) (err error) {
	way, ok := v.method()
	if !ok || !v.settled() || way.Charge.IsZero() || v.Due.IsZero() || v.State != StateOpen {
		return nil
	}
	if err := v.ship(way.Charge); err != nil {
		return err
	}
	v.Tenders = nil
	return v.tender(ctx, tx)
}

// payable are the ways to pay a session: those its flow names, or all of its
// market, that a gateway of its route takes. What is paid at a counter is among
// them where every delivery is collected at one that takes money.
func (c *Checkout) payable(ctx context.Context, tx *db.Tx, v View) ([]paymethod.Offer, error) {
	tills := len(v.Deliveries) > 0
	for _, d := range v.Deliveries {
		o, _ := d.Chosen()
		if tills = tills && !d.Electronic && o.Kind == method.Pickup; !tills {
			break
		}
		l, err := inventory.FindLocation(ctx, tx, o.Location)
		if err != nil {
			return nil, fmt.Errorf("where %s is collected: %w", o.ID, err)
		}
		tills = l.Till
	}
	gateways := v.Flow.Gateways(v.Session.Market)
	return paymethod.Offered(ctx, tx, paymethod.Query{Market: v.Session.Market, Country: v.Contact.Billing.Country, Total: v.Due, Collected: tills,
		Named: v.Flow.PaymentMethods(v.Session.Market), Takes: func(m paymethod.Method) bool {
			_, err := c.Payments().Choose(m, gateways)
			return err == nil
		}})
}
