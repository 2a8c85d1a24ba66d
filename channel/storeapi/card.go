package storeapi

import (
	"context"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/payment/vault"
)

// cardBody is a card that a customer keeps. Its number is with the gateway, and
// its token is nobody's business.
type cardBody struct {
	ID         string      `json:"id"`
	Method     string      `json:"method"`
	Brand      string      `json:"brand,omitempty" example:"visa"`
	Last       string      `json:"last,omitempty" example:"4242" doc:"The last four digits"`
	Expires    string      `json:"expires,omitempty" example:"2027-04" doc:"The last month in which it is good, as far as the gateway tells; an expired one is not offered at a checkout"`
	State      string      `json:"state" enum:"asked,kept,refused,leaving" doc:"Only a kept one can be paid with"`
	Favourite  bool        `json:"favourite" doc:"Offered first"`
	OffSession bool        `json:"off_session" doc:"The customer agreed that it is charged while they are away, as a subscription does"`
	AgreedAt   string      `json:"agreed_at" format:"date-time"`
	NextAction *actionBody `json:"next_action,omitempty" doc:"Where the customer proves who they are before it is kept"`
}

func cardOf(c vault.Card) cardBody {
	return cardBody{ID: string(c.ID), Method: c.Method, Brand: c.Brand, Last: c.Last, Expires: c.Expires.ISO(), State: string(c.State), Favourite: c.Favourite,
		OffSession: c.OffSession, AgreedAt: rfc3339(c.AgreedAt), NextAction: actionOf(c.ActionURL)}
}

func cardsOf(all []vault.Card) []cardBody {
	bodies := make([]cardBody, len(all))
	for i, c := range all {
		bodies[i] = cardOf(c)
	}
	return bodies
}

type cardOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         cardBody
}

func cardAnswer(c vault.Card, err error) (*cardOutput, error) {
	if err != nil {
		return nil, err
	}
	return &cardOutput{"private, no-store", cardOf(c)}, nil
}

type cardsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []cardBody `json:"data"`
	}
}

// myCards are the cards that the signed-in customer keeps.
func (a *API) myCards(ctx context.Context, _ *struct{}) (*cardsOutput, error) {
	who := from(ctx).Customer
	if who == "" {
		return nil, errNotSignedIn
	}
	out := &cardsOutput{CacheControl: "private, no-store"}
	return out, a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := vault.List(ctx, tx, who)
		out.Body.Data = cardsOf(all)
		return err
	})
}

var errConsent = fault.New(fault.Invalid, "storeapi.consent", "send consent: true once the customer has agreed that the card is kept")

type keepInput struct {
	Body struct {
		Instrument string `json:"instrument" maxLength:"200" doc:"The gateway's token from its own fields; never a card number"`
		Method     string `json:"method,omitempty" default:"card"`
		Consent    bool   `json:"consent" doc:"That the customer agreed to it"`
		OffSession bool   `json:"off_session,omitempty" doc:"That they agreed to be charged while they are away"`
	}
}

// keepCard keeps a card without a payment. Its bank may want proof first.
func (a *API) keepCard(ctx context.Context, in *keepInput) (*cardOutput, error) {
	who := from(ctx).Customer
	switch {
	case who == "":
		return nil, errNotSignedIn
	case !in.Body.Consent:
		return nil, errConsent
	}
	return cardAnswer(a.Vault.Add(ctx, vault.Wish{Customer: who, Method: in.Body.Method, Instrument: in.Body.Instrument,
		OffSession: in.Body.OffSession, ReturnURL: a.BaseURL + "/account/cards/{card}"}))
}

// CardInput names a kept card in the path.
type CardInput struct {
	ID vault.ID `path:"id"`
}

// showCard tells how far a wish is: it asks the bank of one that is not decided.
func (a *API) showCard(ctx context.Context, in *CardInput) (*cardOutput, error) {
	var c vault.Card
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = vault.Find(ctx, tx, from(ctx).Customer, in.ID)
		return err
	})
	if err == nil && c.State == vault.StateAsked {
		c, err = a.Vault.Keep(ctx, c.ID)
	}
	return cardAnswer(c, err)
}

type changeCardInput struct {
	CardInput
	Body struct {
		Favourite  *bool `json:"favourite,omitempty"`
		OffSession *bool `json:"off_session,omitempty"`
	}
}

func (a *API) changeCard(ctx context.Context, in *changeCardInput) (*cardOutput, error) {
	var c vault.Card
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		c, err = vault.Update(ctx, tx, from(ctx).Customer, in.ID, vault.Change{Favourite: in.Body.Favourite, OffSession: in.Body.OffSession})
		return err
	})
	return cardAnswer(c, err)
}

func (a *API) removeCard(ctx context.Context, in *CardInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error { return vault.Remove(ctx, tx, from(ctx).Customer, in.ID) })
}
