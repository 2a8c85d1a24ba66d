package adminapi

import (
	"context"
	"time"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
)

// giftCardBody is a gift card as the API promises it. Its code is told once.
type giftCardBody struct {
	ID        string      `json:"id"`
	Status    string      `json:"status" doc:"active, blocked, expired, cancelled"`
	Market    string      `json:"market"`
	Last4     string      `json:"last4"`
	Source    string      `json:"source" doc:"purchase, staff, import"`
	Ref       string      `json:"ref,omitempty" doc:"What it was issued for, such as an order"`
	Initial   amountBody  `json:"initial"`
	Balance   *amountBody `json:"balance,omitempty"`
	Held      *amountBody `json:"held,omitempty" doc:"Promised to payments under way"`
	ExpiresAt string      `json:"expires_at,omitempty"`
	CreatedAt string      `json:"created_at" format:"date-time"`
	Code      string      `json:"code,omitempty" doc:"When it was issued just now, and never again"`
	Story     []storyBody `json:"story,omitempty"`
}

type storyBody struct {
	What   string `json:"what"`
	Actor  string `json:"actor"`
	Reason string `json:"reason"`
	At     string `json:"at" format:"date-time"`
}

func giftCardOf(c giftcard.Card) giftCardBody {
	return giftCardBody{ID: string(c.ID), Status: string(c.State), Market: c.Market, Last4: c.Last4, Source: string(c.Source), Ref: c.Ref,
		Initial: amountOf(c.Initial), ExpiresAt: rfc3339(c.Expires), CreatedAt: rfc3339(c.CreatedAt)}
}

type giftCardOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         giftCardBody
}

type listGiftCardsInput struct {
	PageInput
	Status string `query:"status" enum:"active,blocked,expired,cancelled"`
	Last4  string `query:"last4" maxLength:"4"`
	Ref    string `query:"ref" maxLength:"100"`
}

func (a *API) listGiftCards(ctx context.Context, in *listGiftCardsInput) (*list[giftCardBody], error) {
	if err := in.behind("gft"); err != nil {
		return nil, err
	}
	var bodies []giftCardBody
	next, err := reading(ctx, a, func(tx *db.Tx) (giftcard.ID, error) {
		page, after, err := giftcard.List(ctx, tx, giftcard.Filter{State: giftcard.State(in.Status), Last4: in.Last4, Ref: in.Ref,
			After: giftcard.ID(in.After), Limit: in.Limit})
		for _, c := range page {
			bodies = append(bodies, giftCardOf(c))
		}
		return after, err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

// GiftCardInput names a gift card in the path.
type GiftCardInput struct {
	ID giftcard.ID `path:"id"`
}

func (a *API) showGiftCard(ctx context.Context, in *GiftCardInput) (*giftCardOutput, error) {
	body, err := reading(ctx, a, func(tx *db.Tx) (b giftCardBody, err error) {
		c, err := giftcard.Find(ctx, tx, in.ID)
		if err != nil {
			return b, err
		}
		story, err := giftcard.Story(ctx, tx, in.ID)
		b = giftCardOf(c)
		balance, held := amountOf(c.Balance), amountOf(c.Held)
		b.Balance, b.Held = &balance, &held
		for _, m := range story {
			b.Story = append(b.Story, storyBody{m.What, m.Actor, m.Reason, rfc3339(m.At)})
		}
		return b, err
	})
	if err != nil {
		return nil, err
	}
	return &giftCardOutput{"private, no-store", body}, nil
}

// recipientBody is to whom a card goes, and what it says.
type recipientBody struct {
	Name   string `json:"name,omitempty" maxLength:"200"`
	Email  string `json:"email" maxLength:"254"`
	From   string `json:"from,omitempty" maxLength:"100"`
	Text   string `json:"text,omitempty" maxLength:"2000"`
	Locale string `json:"locale,omitempty" maxLength:"20"`
	SendAt string `json:"send_at,omitempty" format:"date-time" doc:"Not before; at once when left out"`
}

type issueInput struct {
	Key  string `header:"Idempotency-Key" doc:"Required: one key issues one card; a repeat shows it without its code"`
	Body struct {
		Market    string         `json:"market" example:"DE"`
		Amount    amountBody     `json:"amount"`
		Reason    string         `json:"reason" minLength:"1" maxLength:"300"`
		ExpiresAt string         `json:"expires_at,omitempty" format:"date-time" doc:"As the market's policy says when left out"`
		Import    string         `json:"import_code,omitempty" maxLength:"64" doc:"The code of a card that another shop sold"`
		Recipient *recipientBody `json:"recipient,omitempty" doc:"To have it mailed; else hand the code over yourself"`
	}
}

// issueGiftCard gives a card away, or takes over one that another shop sold.
// Its key keeps a repeat from making a second; the code is not kept for it.
func (a *API) issueGiftCard(ctx context.Context, in *issueInput) (*giftCardOutput, error) {
	actor := string(from(ctx).ID)
	key, err := keyOf(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	d := giftcard.Draft{Key: key, Market: in.Body.Market, Amount: in.Body.Amount.money(), Source: giftcard.SourceStaff, Code: in.Body.Import,
		By: giftcard.By{Actor: actor, Reason: in.Body.Reason}, Expires: timeOf(in.Body.ExpiresAt)}
	if d.Code != "" {
		d.Source = giftcard.SourceImport
	}
	out := &giftCardOutput{CacheControl: "private, no-store"}
	return out, a.audited(ctx, "giftcard.issue", func(tx *db.Tx) (string, error) {
		issued, err := giftcard.Issue(ctx, tx, a.Keeper, d)
		if err != nil {
			return "", err
		}
		out.Body = giftCardOf(issued.Card)
		out.Body.Code = issued.Code
		r := in.Body.Recipient
		if r == nil || issued.Code == "" {
			return string(issued.Card.ID), nil
		}
		_, err = giftcard.Deliver(ctx, tx, a.Keeper, giftcard.Delivery{Card: issued.Card.ID, Code: issued.Code, Way: giftcard.WayMail,
			Name: r.Name, Email: r.Email, From: r.From, Text: r.Text, Locale: r.Locale, At: timeOf(r.SendAt)})
		return string(issued.Card.ID), err
	})
}

// timeOf is a time whose form was checked before; zero for "".
func timeOf(text string) time.Time {
	at, _ := time.Parse(time.RFC3339, text)
	return at
}

type lookInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"100"`
	}
}

// lookUpGiftCard finds the card of a code that a customer reads out. Looks of
// one key are counted like those of one address.
func (a *API) lookUpGiftCard(ctx context.Context, in *lookInput) (*giftCardOutput, error) {
	c, err := giftcard.Look(ctx, a.DB, a.Keeper, in.Body.Code, string(from(ctx).ID))
	if err != nil {
		return nil, err
	}
	if err := a.audited(ctx, "giftcard.look", func(*db.Tx) (string, error) { return string(c.ID), nil }); err != nil {
		return nil, err
	}
	return a.showGiftCard(ctx, &GiftCardInput{c.ID})
}

type reasonInput struct {
	GiftCardInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"300" doc:"Why, for whoever asks later; no person's data"`
	}
}

func (a *API) blockGiftCard(ctx context.Context, in *reasonInput) (*giftCardOutput, error) {
	return a.moveGiftCard(ctx, in, "giftcard.block", giftcard.Block)
}

func (a *API) unblockGiftCard(ctx context.Context, in *reasonInput) (*giftCardOutput, error) {
	return a.moveGiftCard(ctx, in, "giftcard.unblock", giftcard.Unblock)
}

func (a *API) moveGiftCard(ctx context.Context, in *reasonInput, action string,
	move func(context.Context, *db.Tx, giftcard.ID, giftcard.By) error) (*giftCardOutput, error) {
	err := a.audited(ctx, action, func(tx *db.Tx) (string, error) {
		return string(in.ID), move(ctx, tx, in.ID, giftcard.By{Actor: string(from(ctx).ID), Reason: in.Body.Reason})
	})
	if err != nil {
		return nil, err
	}
	return a.showGiftCard(ctx, &in.GiftCardInput)
}

type topUpInput struct {
	GiftCardInput
	Key  string `header:"Idempotency-Key" doc:"Required: one key adds once"`
	Body struct {
		Amount amountBody `json:"amount"`
		Reason string     `json:"reason" minLength:"1" maxLength:"300"`
	}
}

func (a *API) topUpGiftCard(ctx context.Context, in *topUpInput) (*giftCardOutput, error) {
	actor := string(from(ctx).ID)
	key, err := keyOf(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	t := giftcard.Top{Key: key, Card: in.ID, Amount: in.Body.Amount.money(), Source: giftcard.SourceStaff, By: giftcard.By{Actor: actor, Reason: in.Body.Reason}}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := giftcard.TopUp(ctx, tx, t); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "giftcard.top_up", Subject: string(in.ID)})
	})
	if err != nil {
		return nil, err
	}
	return a.showGiftCard(ctx, &in.GiftCardInput)
}
