package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/checkout"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/vault"
)

// keepable is what the account page needs to add a card: the fields of the
// first gateway that has some to show and keeps cards. Without one no card is added.
func (s *Shop) keepable() (payment.Fields, bool) {
	for _, name := range s.Checkout.Payments().Names() {
		g, _ := s.Checkout.Payments().Gateway(name)
		_, saves := g.(payment.Saver)
		if h, hosts := g.(payment.Hosting); saves && hosts && h.Fields().URL != "" {
			return h.Fields(), true
		}
	}
	return payment.Fields{}, false
}

// savedOf are a customer's kept cards that a way to pay can use.
func savedOf(c checkout.View, m paymethod.Method) (all []vault.Card) {
	for _, card := range c.SavedCards {
		if card.Method == m.ID {
			all = append(all, card)
		}
	}
	return all
}

// chooseCard adds to a patch which kept card pays, and whether another is kept.
func chooseCard(p *checkout.Patch, in url.Values) {
	if in.Has("keep") {
		p.Keep = new(in["keep"][len(in["keep"])-1] == "yes")
	}
	if !in.Has("saved") {
		return
	}
	saved := in.Get("saved")
	p.Saved = &saved
	if saved != "" {
		p.Token, p.Method = nil, nil
	}
}

// addCard keeps a card that was typed on the account page. Its bank may want
// proof first.
func (s *Shop) addCard(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil || v.customer == "" {
		return signInFirst(w, r, err)
	}
	if in.Get("agree") != "yes" {
		return see(w, r, "/account/wallet?card=agree#cards")
	}
	c, err := s.Vault.Add(r.Context(), vault.Wish{Customer: v.customer, Method: "card", Instrument: in.Get("instrument"), ReturnURL: s.BaseURL + "/account/cards/{card}"})
	if err != nil {
		if _, ok := v.sayError(err); ok {
			return see(w, r, "/account/wallet?card="+url.QueryEscape(fault.CodeOf(err))+"#cards")
		}
		return err
	}
	return see(w, r, "/account/cards/"+string(c.ID)+"?go=bank")
}

func signInFirst(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	return see(w, r, "/sign-in?next=/account/wallet")
}

type proofPage struct {
	page
	card vault.Card
}

// keptCard leads to the bank that wants proof before it keeps a card, and from
// there back to the account.
func (s *Shop) keptCard(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil || v.customer == "" {
		return signInFirst(w, r, err)
	}
	var c vault.Card
	err = s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = vault.Find(r.Context(), tx, v.customer, vault.ID(r.PathValue("card")))
		return err
	})
	if err == nil && c.State == vault.StateAsked && r.URL.Query().Get("go") != "bank" {
		if now, err := s.Vault.Keep(r.Context(), c.ID); err == nil {
			c = now
		}
	}
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return see(w, r, "/account/wallet#cards")
	case err != nil:
		return err
	case c.State == vault.StateAsked && c.ActionURL != "" && r.URL.Query().Get("go") == "bank":
		p := proofPage{page: s.page(v, v.T("shop.cards.proof")).own(), card: c}
		p.bare, p.leave = true, c.ActionURL
		return write(w, r, http.StatusOK, proofTemplate(p))
	}
	return see(w, r, "/account/wallet?card="+string(c.State)+"#cards")
}

// changeCard has a kept card offered first, or its customer's consent to being
// charged while away taken back.
func (s *Shop) changeCard(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	ch := vault.Change{}
	switch in.Get("intent") {
	case "favourite":
		ch.Favourite = new(true)
	case "stay":
		ch.OffSession = new(false)
	}
	return s.ofCard(w, r, func(ctx context.Context, tx *db.Tx, customer string, id vault.ID) error {
		_, err := vault.Update(ctx, tx, customer, id, ch)
		return err
	}, "/account/wallet#cards")
}

func (s *Shop) removeCard(w http.ResponseWriter, r *http.Request) error {
	return s.ofCard(w, r, vault.Remove, "/account/wallet?card=removed#cards")
}

// ofCard runs a verb on a card of whoever is signed in.
func (s *Shop) ofCard(w http.ResponseWriter, r *http.Request, verb func(context.Context, *db.Tx, string, vault.ID) error, then string) error {
	signedIn := false
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil || v.customer == "" {
			return err
		}
		signedIn = true
		return verb(r.Context(), tx, v.customer, vault.ID(r.PathValue("card")))
	})
	if errors.Is(err, vault.ErrNotFound) {
		err, then = nil, "/account/wallet#cards"
	}
	if err != nil || !signedIn {
		return signInFirst(w, r, err)
	}
	return see(w, r, then)
}

// toldOfCard is what the account page says after a card was changed; "" for nothing.
func (p walletPage) toldOfCard() (text string, bad bool) {
	switch p.card {
	case "":
		return "", false
	case "kept", "removed", "asked":
		return p.T("shop.cards.told." + p.card), false
	case "refused", "agree":
		return p.T("shop.cards.told." + p.card), true
	case fault.CodeOf(vault.ErrFull):
		return p.T("shop.cards.told.full"), true
	}
	return p.T("shop.cards.told.refused"), true
}
