package adminapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/purchase/amend"
	"korzo/purchase/payment"
)

// refundBody is a refund as the API promises it; a capture and a void look the same.
type refundBody struct {
	ID          string     `json:"id"`
	Status      string     `json:"status" doc:"written, unknown: the gateway has not answered and is asked again; done; failed: declined, its amount is free again"`
	Amount      amountBody `json:"amount"`
	Reason      string     `json:"reason,omitempty"`
	DeclineCode string     `json:"decline_code,omitempty"`
	At          string     `json:"at" format:"date-time"`
}

func refundOf(m payment.Movement) refundBody {
	return refundBody{string(m.ID), string(m.State), amountOf(m.Amount), m.By.Reason, m.DeclineCode, rfc3339(m.CreatedAt)}
}

// moveInput asks for money to move: a refund, a capture.
type moveInput struct {
	ID      payment.ID `path:"id"`
	Key     string     `header:"Idempotency-Key" doc:"Required: the same key and body moves money once and is answered with the same bytes"`
	RawBody []byte
	Body    struct {
		Amount amountBody `json:"amount"`
		Reason string     `json:"reason,omitempty" maxLength:"500"`
	}
}

type refundInput struct {
	ID      payment.ID `path:"id"`
	Key     string     `header:"Idempotency-Key" doc:"Required: the same key and body refunds once and is answered with the same bytes"`
	RawBody []byte
	Body    struct {
		Amount amountBody `json:"amount"`
		Reason string     `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for whoever asks later"`
	}
}

type voidInput struct {
	ID  payment.ID `path:"id"`
	Key string     `header:"Idempotency-Key" doc:"Required: the same key voids once and is answered with the same bytes"`
}

// refundPayment gives back a payment that paid no order.
func (a *API) refundPayment(ctx context.Context, in *refundInput) (*bytesOutput, error) {
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p, _, err := payment.Find(ctx, tx, in.ID)
		if err == nil {
			err = amend.Direct(ctx, tx, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.moveOnce(ctx, "refund", in.ID, in.Key, in.RawBody, func(key string) (payment.Movement, error) {
		return a.Payments.Refund(ctx, in.ID, in.Body.Amount.money(), key, payment.By{Actor: string(from(ctx).ID), Reason: in.Body.Reason})
	})
}

func (a *API) captureAmount(ctx context.Context, in *moveInput) (*bytesOutput, error) {
	return a.moveOnce(ctx, "capture", in.ID, in.Key, in.RawBody, func(key string) (payment.Movement, error) {
		return a.Payments.Capture(ctx, in.ID, in.Body.Amount.money(), key, payment.By{Actor: string(from(ctx).ID), Reason: in.Body.Reason})
	})
}

func (a *API) voidPayment(ctx context.Context, in *voidInput) (*bytesOutput, error) {
	return a.moveOnce(ctx, "void", in.ID, in.Key, nil, func(key string) (payment.Movement, error) {
		return a.Payments.Void(ctx, in.ID, key, payment.By{Actor: string(from(ctx).ID)})
	})
}

// moveOnce moves money once per key. The movement has a key of its own that
// does not expire, so whoever finds the request in flight, or left behind by a
// crash, may ask for it again; the first answer is everybody's.
func (a *API) moveOnce(ctx context.Context, what string, id payment.ID, header string, raw []byte, move func(key string) (payment.Movement, error)) (*bytesOutput, error) {
	return a.keyed(ctx, "payment."+what, string(id), header, raw, func(key string) (any, error) {
		m, err := move(key)
		return refundOf(m), err
	})
}

// keyed is moveOnce for whatever moves money under a key of its own.
func (a *API) keyed(ctx context.Context, what, id, header string, raw []byte, move func(key string) (any, error)) (*bytesOutput, error) {
	hash := sha256.Sum256(raw)
	actor := string(from(ctx).ID)
	key := idempotency.Key{Principal: actor, Route: what + " " + id, Key: header}
	var kept idempotency.Reply
	var state idempotency.State
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		kept, state, err = idempotency.Open(ctx, tx, key, hex.EncodeToString(hash[:]))
		if err != nil || state != idempotency.New {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: what, Subject: id})
	})
	if err != nil {
		return nil, err
	}
	if state == idempotency.Done {
		return &bytesOutput{kept.Status, "true", "application/json", kept.Body}, nil
	}
	made, err := move(actor + ":" + header)
	if err != nil {
		return nil, a.forget(ctx, key, err)
	}
	body, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := idempotency.Close(ctx, tx, key, idempotency.Reply{Status: http.StatusCreated, Body: append(body, '\n')}); err != nil {
			return err
		}
		kept, _, err = idempotency.Look(ctx, tx, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &bytesOutput{Status: kept.Status, ContentType: "application/json", Body: kept.Body}, nil
}

// forget lets a key be sent again after a refusal that moved nothing.
func (a *API) forget(ctx context.Context, key idempotency.Key, refusal error) error {
	if err := a.DB.Write(ctx, func(tx *db.Tx) error { return idempotency.Drop(ctx, tx, key) }); err != nil {
		return err
	}
	return refusal
}
