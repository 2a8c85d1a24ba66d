package storefront

import (
	"context"
	"net/http"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/giftcard"
	"korzo/purchase/payment"
	"korzo/purchase/payment/vault"
)

type walletPage struct {
	member
	credit  []credit
	points  credit // no history where there never were any
	cards   []vault.Card
	now     time.Time      // when an expiry is held against
	fields  payment.Fields // to add a card with; zero where none is kept
	card    string         // what came of the last change of a card
	gift    giftcard.Card  // whose balance was asked for
	code    string         // that was typed and is not known
	problem string         // about it
}

// credit is store credit in one currency, with its last lines.
type credit struct {
	wallet.Balance
	history []wallet.Change
}

// creditLines are shown of each currency's history.
const creditLines = 20

// creditOf reads a customer's store credit.
func creditOf(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (all []credit, err error) {
	balances, err := wallet.Balances(ctx, tx, customer)
	for _, b := range balances {
		if err == nil {
			var lines []wallet.Change
			lines, err = wallet.History(ctx, tx, customer, b.Available.Currency, 0, creditLines)
			all = append(all, credit{b, lines})
		}
	}
	return all, err
}

// pointsOf reads a customer's points.
func pointsOf(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (p credit, err error) {
	if p.Balance, err = wallet.PointsOf(ctx, tx, customer); err == nil {
		p.history, err = wallet.History(ctx, tx, customer, wallet.Points, 0, creditLines)
	}
	return p, err
}

// wallet shows what a customer can pay with: kept cards, points, store credit, gift cards.
func (s *Shop) wallet(w http.ResponseWriter, r *http.Request) error {
	p, done, err := s.loadWallet(w, r)
	if done {
		return err
	}
	return write(w, r, http.StatusOK, walletTemplate(p))
}

func (s *Shop) loadWallet(w http.ResponseWriter, r *http.Request) (p walletPage, done bool, err error) {
	p.member, done, err = s.asMember(w, r, "/account/wallet", "shop.account.wallet", func(ctx context.Context, tx *db.Tx, m *member) (err error) {
		if p.credit, err = creditOf(ctx, tx, m.who.ID); err == nil {
			p.points, err = pointsOf(ctx, tx, m.who.ID)
		}
		if err == nil {
			p.now = tx.Now
			p.cards, err = vault.List(ctx, tx, m.customer)
		}
		return err
	})
	p.fields, _ = s.keepable()
	p.card = r.URL.Query().Get("card")
	return p, done, err
}

// balance tells what is on a gift card. Looks are counted, hits like misses.
func (s *Shop) balance(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	p, done, err := s.loadWallet(w, r)
	if done {
		return err
	}
	found, err := giftcard.Look(r.Context(), s.DB, s.Keeper, in.Get("code"), web.ClientIP(r))
	if err != nil {
		text, ok := p.sayError(err)
		if !ok {
			text = p.T("shop.say.giftcard.not_found")
		}
		p.code, p.problem = in.Get("code"), text
		return write(w, r, http.StatusUnprocessableEntity, walletTemplate(p))
	}
	p.gift = found
	return write(w, r, http.StatusOK, walletTemplate(p))
}

// giftText says what is on a gift card, and until when.
func (p walletPage) giftText() string {
	switch {
	case !p.gift.Usable(p.shop.DB.Now()):
		return p.T("shop.wallet.gift_over", "Last", p.gift.Last4)
	case p.gift.Expires.IsZero():
		return p.T("shop.wallet.gift_has", "Last", p.gift.Last4, "Amount", p.Money(p.gift.Balance))
	}
	return p.T("shop.wallet.gift_until", "Last", p.gift.Last4, "Amount", p.Money(p.gift.Balance), "Day", p.Date(p.gift.Expires.Add(-time.Minute), p.zone))
}
