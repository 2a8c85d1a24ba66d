package admin_test

import (
	"strings"
	"testing"
	"time"

	"korzo/customer/wishlist"
	"korzo/engagement/restock"
	"korzo/fulfilment/withdrawal"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/dispute"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/vault"
	"korzo/value/money"
)

func TestWhatACustomerWishesKeepsAndTakesBackIsOnTheirPage(t *testing.T) {
	each(t, func(w *world) {
		w.buyer = w.customer()
		page := "/admin/customers/" + string(w.buyer)
		if text := w.get(page).text; strings.Contains(text, "Wishes") || strings.Contains(text, "Taken back") || strings.Contains(text, "Gift cards bought") {
			t.Errorf("there is nothing, and it is shown: %s", text)
		}
		id := w.order("approve", "")
		w.wishes(id)
		all := []string{"Wishes", "Wish list 1 thing", "Saved for later 2 × Mug", "Waits for Mug, red asked", "Gift cards bought •••• ", "€25.00", "Withdrawn, the whole order", "Dispute over €25.80"}
		w.is(w.get(page), 200, all...)
		statements := func() int {
			since := dbtest.Count(w.d)
			w.get(page)
			return since()
		}
		few := statements()
		w.wishes(w.order("approve", ""))
		if more := statements(); more != few {
			t.Errorf("of one order %d statements, of two %d", few, more)
		}
		w.as(auth.RoleSupport)
		w.is(w.get(page), 200, "Wishes")
	})
}

// wishes has the buyer of an order wish, wait, keep, take back and complain.
func (w *world) wishes(id order.ID) {
	w.t.Helper()
	ctx, mug := w.t.Context(), w.mug
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		o, err := order.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		_, attempts, err := payment.Find(ctx, tx, payment.ID(o.Payment))
		if err != nil {
			return err
		}
		for _, verb := range []func() error{
			func() error { return wishlist.Add(ctx, tx, wishlist.Of(w.buyer), mug.ID) },
			func() error {
				return wishlist.Save(ctx, tx, wishlist.Of(w.buyer), wishlist.Saved{Variant: mug.Variants[0].ID, Quantity: 2})
			},
			func() error {
				return restock.Ask(ctx, tx, w.keeper, restock.Wish{Variant: mug.Variants[0].ID, Channel: "web", Market: "DE", Title: "Mug, red", Customer: w.buyer, Words: "Tell me", Locale: "en"}, "ada@example.com")
			},
			func() error {
				_, err := vault.Ask(ctx, tx, vault.Wish{Customer: string(w.buyer), Gateway: "sandbox", Method: "card", Instrument: "sandbox:approve", Attempt: attempts[0].ID})
				return err
			},
			func() error {
				_, err := giftcard.Issue(ctx, tx, w.keeper, giftcard.Draft{Market: "DE", Amount: money.Of(2500, "EUR"), Source: giftcard.SourcePurchase, Ref: string(id), By: giftcard.By{Actor: "system", Reason: "bought"}, Key: giftcard.KeyOf(string(id), "line", 0)})
				return err
			},
			func() error {
				_, err := withdrawal.Declare(ctx, tx, w.keeper, withdrawal.Statement{ID: withdrawal.NewID(tx.Now), Order: id, Number: o.Number, Name: "Ada", Email: "ada@example.com", Locale: "en"})
				return err
			},
			func() error {
				return dispute.Hear(ctx, tx, "sandbox", payment.Disputed{ID: "dp_" + string(id), Reference: string(attempts[0].ID), State: "open", Reason: "fraudulent", Amount: o.Total, DueAt: tx.Now.Add(48 * time.Hour)})
			},
		} {
			if err := verb(); err != nil {
				return err
			}
		}
		return nil
	})
}
