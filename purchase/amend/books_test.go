package amend_test

import (
	"maps"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/ledger"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/purchase/payment/gatewaytest/eviltest"
)

// posted is what an amendment posted to an account under its own keys, in cents.
func (w *desk) posted(a amend.Amendment, account string) (cents int64) {
	w.Helper()
	dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
		sums, err := ledger.Sums(w.Context(), tx, account, []string{"donation:" + string(a.ID), "unpaid:" + string(a.ID)})
		for sum := range maps.Values(sums) {
			cents += sum
		}
		return err
	})
	return cents
}

// give places an order of three units at 33.33 and a donation of 5.00.
func (w *desk) give(taken bool) (donation order.LineID) {
	w.Helper()
	zero := eur(0)
	w.place(taken, order.Draft{Cart: "giving", Market: "DE", Channel: "web", TaxIncluded: true,
		Subtotal: eur(104_99), Discount: zero, Shipping: zero, Tax: zero, Total: eur(104_99), Groups: []order.Group{{ID: "given", Kind: "ship", Price: zero, Discount: zero, Tax: zero}},
		Lines: []order.Line{
			{ID: "oli_goods", Group: "given", Kind: "goods", Quantity: 3, UnitPrice: eur(33_33), UnitCost: zero, Subtotal: eur(99_99), Discount: zero, Tax: zero, Total: eur(99_99), Refunded: zero},
			{ID: "oli_given", Group: "given", Kind: "donation", Properties: map[string]string{order.ByWidget: "round_up"}, Quantity: 1, UnitPrice: eur(5_00), UnitCost: zero, Subtotal: eur(5_00), Discount: zero, Tax: zero, Total: eur(5_00), Refunded: zero},
		}})
	return "oli_given"
}

// A donation was never ours: given back, it is owed on no more, and it is no
// refund of what the market sold.
func TestADonationGivenBackIsNoLongerOwedOn(t *testing.T) {
	each(t, eviltest.Mix{}, true, func(w *desk) {
		donation := w.give(true)
		goods := amend.Request{Order: w.order, Key: "goods", Kind: amend.KindRefund, Lines: []amend.Line{{Line: "oli_goods", Units: 1}}, Reason: "broken", Actor: "stf_ada"}
		given := goods
		given.Key, given.Lines = "given", []amend.Line{{Line: donation, Units: 1}}
		for want, r := range map[int64]amend.Request{0: goods, 5_00: given} {
			for range 2 {
				a, err := w.amend.Propose(w.Context(), r)
				if err != nil || a.State != amend.StateDone {
					w.Fatalf("%+v, %v", a, err)
				}
				if owed, refunds := w.posted(a, order.DonationsOwed), w.posted(a, "refunds:DE"); owed != want || refunds != -want {
					w.Errorf("%s: %d off what is owed on and %d off the refunds, want %d", r.Key, owed, refunds, want)
				}
			}
		}
		cancel := amend.Request{Order: w.order, Key: "all", Kind: amend.KindCancel, Reason: "changed their mind", Actor: "stf_ada"}
		a, err := w.amend.Propose(w.Context(), cancel)
		if err != nil || a.State != amend.StateDone {
			w.Fatalf("%+v, %v", a, err)
		}
		if owed := w.posted(a, order.DonationsOwed); owed != 0 {
			w.Errorf("%d of a donation that had gone back already", owed)
		}
	})
}

// What a cancelled order was not paid is owed no more; what it was paid is a
// matter of the payment's own postings.
func TestACancelledOrderIsOwedNothing(t *testing.T) {
	for name, taken := range map[string]bool{"its money was held": false, "its money was taken": true} {
		t.Run(name, func(t *testing.T) {
			each(t, eviltest.Mix{}, taken, func(w *desk) {
				w.give(taken)
				unpaid := int64(104_99)
				if taken {
					unpaid = 0
				}
				for range 2 {
					a, err := w.amend.Propose(w.Context(), amend.Request{Order: w.order, Key: "k", Kind: amend.KindCancel, Reason: "changed their mind", Actor: "stf_ada"})
					if err != nil || a.State != amend.StateDone {
						w.Fatalf("%+v, %v", a, err)
					}
					if got := w.posted(a, "receivable:customers"); got != -unpaid {
						w.Errorf("%d off what customers owe, want %d", -got, unpaid)
					}
					if got := w.posted(a, order.DonationsOwed); got != 5_00 {
						w.Errorf("%d off what is owed on, want 500", got)
					}
					if got := w.posted(a, "refunds:DE"); got != unpaid-5_00 {
						w.Errorf("%d to the refunds, want %d", got, unpaid-5_00)
					}
				}
			})
		})
	}
}
