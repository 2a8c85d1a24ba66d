package adminapi

import (
	"context"

	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/value/money"
)

var errNobody = fault.New(fault.Conflict, "adminapi.nobody_pays", "nobody stands at a terminal for this; take the money first")

// owedBody is what is to be paid before something is handed over.
type owedBody struct {
	Amount amountBody `json:"amount"`
	Cash   amountBody `json:"cash" doc:"As coins and notes can pay it"`
	Ways   []string   `json:"ways" doc:"Methods of a till that take it"`
	Link   string     `json:"link,omitempty" doc:"Of the pay link that can pay it, or is being paid: wait for it before taking money"`
	Last   *tillBody  `json:"last,omitempty" doc:"The last that was tried beside the promise"`
}

// tillBody is money that was given at a counter, or is being given.
type tillBody struct {
	Attempt     string      `json:"attempt"`
	Method      string      `json:"method"`
	Status      string      `json:"status" doc:"captured; declined: try another card, or cash; pending and action_required: the customer stands at the terminal, or is asked on their phone; unknown: there was no answer, look again"`
	Amount      amountBody  `json:"amount"`
	Change      *amountBody `json:"change,omitempty" doc:"To be given back of what was given in cash"`
	DeclineCode string      `json:"decline_code,omitempty"`
}

func tillOf(a payment.Attempt, change money.Amount) tillBody {
	b := tillBody{Attempt: string(a.ID), Method: a.Method, Status: string(a.State), Amount: amountOf(a.Amount), DeclineCode: a.DeclineCode}
	if change.Minor > 0 {
		c := amountOf(change)
		b.Change = &c
	}
	return b
}

// owes is what is to be paid for a fulfilment before it is handed over; nil for
// nothing.
func (a *API) owes(ctx context.Context, tx *db.Tx, f shipment.Fulfilment) (*owedBody, error) {
	if f.Kind != shipment.KindPickup {
		return nil, nil
	}
	owed, err := pickup.Owes(ctx, tx, a.Payments, f.ID)
	if err != nil || !owed.Wants() {
		return nil, err
	}
	b := &owedBody{Amount: amountOf(owed.Amount), Cash: amountOf(owed.Cash), Ways: append([]string{}, owed.Ways...), Link: string(owed.Link.ID)}
	if owed.Last.ID != "" {
		last := tillOf(owed.Last, money.Amount{})
		b.Last = &last
	}
	return b, nil
}

type tillInput struct {
	ID      shipment.ID `path:"id"`
	Key     string      `header:"Idempotency-Key" doc:"Required: the same key and body takes money once and is answered with the same bytes"`
	RawBody []byte
	Body    struct {
		Method     string      `json:"method" enum:"cash,terminal,phone_code"`
		Given      *amountBody `json:"given,omitempty" doc:"In cash; left out: just what is to be paid"`
		Instrument string      `json:"instrument,omitempty" maxLength:"200" example:"terminal:tap" doc:"What is presented: the code that a phone shows; what a simulated terminal is shown"`
	}
}

// takePayment takes the money of what is ready to be collected.
func (a *API) takePayment(ctx context.Context, in *tillInput) (*bytesOutput, error) {
	actor := string(from(ctx).ID)
	return a.keyed(ctx, "fulfilment.pay", string(in.ID), in.Key, in.RawBody, func(key string) (any, error) {
		t := pickup.Taking{Of: in.ID, Method: in.Body.Method, Instrument: in.Body.Instrument, Key: key, By: payment.By{Actor: actor}}
		if in.Body.Given != nil {
			t.Given = in.Body.Given.money()
		}
		taken, err := pickup.Take(ctx, a.DB, a.Payments, t)
		return tillOf(taken.Attempt, taken.Change), err
	})
}

type attendInput struct {
	ID   shipment.ID `path:"id"`
	Step string      `path:"step" enum:"look,accept,refuse,leave" doc:"look: ask the terminal, or the wallet; accept, refuse: the signature; leave: the customer goes"`
}

type tillOutput struct{ Body tillBody }

// attendPayment goes on with a card that is at the terminal. It may be repeated.
func (a *API) attendPayment(ctx context.Context, in *attendInput) (*tillOutput, error) {
	var owed pickup.Owed
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if owed, err = pickup.Owes(ctx, tx, a.Payments, in.ID); err != nil {
			return err
		}
		if owed.Last.ID == "" {
			return errNobody
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "fulfilment.pay_" + in.Step, Subject: string(in.ID)})
	})
	if err != nil {
		return nil, err
	}
	at := owed.Last
	switch in.Step {
	case "look":
		at, err = a.Payments.Sync(ctx, at.ID)
	case "accept", "refuse":
		at, err = a.Payments.Answer(ctx, at.ID, in.Step == "accept")
	default:
		at, err = a.Payments.Abandon(ctx, at.ID)
	}
	if err != nil {
		return nil, err
	}
	return &tillOutput{tillOf(at, money.Amount{})}, nil
}

type askInput struct {
	ID   shipment.ID `path:"id"`
	Body struct {
		Send bool `json:"send,omitempty" doc:"Mail it to the buyer, for three days; left out, it is shown at the counter and can be paid for an hour"`
	}
}

// askPayment makes a link for what is to be paid for a collection. Asked again it
// answers with the one that can be paid.
func (a *API) askPayment(ctx context.Context, in *askInput) (*payLinkOutput, error) {
	out := &payLinkOutput{CacheControl: "private, no-store"}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		actor := string(from(ctx).ID)
		l, err := pickup.AskByLink(ctx, tx, a.Payments, a.Links, in.ID, in.Body.Send, actor)
		if err != nil {
			return err
		}
		out.Body = a.payLinkOf(l, tx.Now)
		return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "fulfilment.pay_link", Subject: string(in.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
