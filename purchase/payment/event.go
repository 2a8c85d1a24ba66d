package payment

import (
	"context"

	"korzo/platform/db"
	"korzo/platform/live"
	"korzo/value/money"
)

// Topic is what live.Watch is asked for to be told, after a commit, which
// payments (the keys) began or moved.
const Topic = "payment"

// note writes down what happened to an attempt, and tells the watchers.
func note(ctx context.Context, tx *db.Tx, a Attempt, kind, key string, moved money.Amount) error {
	live.Changed(tx, Topic, string(a.Payment))
	return insertEvent(ctx, tx, a, kind, key, moved)
}

// Captured says that money was taken: Amount of it just now.
type Captured struct {
	Payment  ID        `json:"payment"`
	Attempt  AttemptID `json:"attempt"`
	Owner    string    `json:"owner"` // "checkout"
	OwnerID  string    `json:"owner_id"`
	Amount   int64     `json:"amount"` // minor units of Currency
	Currency string    `json:"currency"`
}

// Kind names the fact.
func (Captured) Kind() string { return "payment.captured" }

// Key is the payment: its facts are delivered in order.
func (e Captured) Key() string { return string(e.Payment) }

// Lapsed says that a gateway let go of what it held before it was taken, and
// nobody here had asked it to.
type Lapsed struct {
	Payment ID        `json:"payment"`
	Attempt AttemptID `json:"attempt"`
}

// Kind names the fact.
func (Lapsed) Kind() string { return "payment.lapsed" }

// Key is the payment: its facts are delivered in order.
func (e Lapsed) Key() string { return string(e.Payment) }

// Refunded says that money was given back: Amount of it just now.
type Refunded struct {
	Payment  ID         `json:"payment"`
	Attempt  AttemptID  `json:"attempt"`
	Refund   MovementID `json:"refund"`
	Asked    string     `json:"asked"` // the key it was asked for under
	Owner    string     `json:"owner"`
	OwnerID  string     `json:"owner_id"`
	Amount   int64      `json:"amount"` // minor units of Currency
	Currency string     `json:"currency"`
}

// Kind names the fact.
func (Refunded) Kind() string { return "payment.refunded" }

// Key is the payment: its facts are delivered in order.
func (e Refunded) Key() string { return string(e.Payment) }

func capturedOf(pay Payment, a Attempt, taken money.Amount) Captured {
	return Captured{pay.ID, a.ID, pay.Owner.Kind, pay.Owner.ID, taken.Minor, string(taken.Currency)}
}

func refundedOf(pay Payment, m Movement) Refunded {
	return Refunded{pay.ID, m.Attempt, m.ID, m.Key, pay.Owner.Kind, pay.Owner.ID, m.Amount.Minor, string(m.Amount.Currency)}
}
