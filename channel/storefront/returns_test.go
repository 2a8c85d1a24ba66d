package storefront_test

import (
	"testing"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// gives sets on which terms a market takes goods back.
func (w *world) gives(id string, terms market.Returns) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		m, err := market.Find(w.t.Context(), tx, id)
		if err != nil {
			return err
		}
		m.Returns = terms
		return market.Save(w.t.Context(), tx, m)
	})
}

func TestTheTermsOfTheMarketStandByTheButtonInTheCartAndInTheCheckout(t *testing.T) {
	each(t, func(w *world) {
		b := w.browser("en")
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
		for _, at := range []string{"/products/mug", "/cart", "/checkout"} {
			b.open(at).says("withdraw within 14 days", "a carrier of your choice", "You pay the way back")
		}
		w.gives("DE", market.Returns{Days: 30, PaidBy: market.PaidByShop, How: market.ByLabel})
		for _, at := range []string{"/products/mug", "/cart", "/checkout"} {
			b.open(at).says("withdraw within 30 days", "We mail you a label", "The way back is free").silent("14 days")
		}
		w.gives("DE", market.Returns{Days: 7, How: market.ByHand})
		b.open("/products/mug").says("withdraw within 14 days", "Bring it to one of our shops")
	})
}

func TestAnOrdersPeriodIsTheMarkets(t *testing.T) {
	each(t, func(w *world) {
		w.gives("DE", market.Returns{Days: 30})
		b, _, page := w.bought()
		b.open(page).says("Withdraw from the contract here", "30 days after everything has arrived")
		b.open("/withdrawal").says("within 30 days of delivery")
	})
}
