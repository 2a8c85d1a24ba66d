package wallet

import (
	"context"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/value/money"
)

// PointsChanged says that a customer has more points, or fewer. What is only
// held for a payment under way is not told.
type PointsChanged struct {
	Customer profile.CustomerID `json:"customer"`
	Points   int64              `json:"points"`        // more, or fewer where negative
	Why      string             `json:"why"`           // granted, spent, refunded, expired, revoked
	Ref      string             `json:"ref,omitempty"` // the order that was paid, or got back; else what the points were given for
}

// Kind names the fact.
func (PointsChanged) Kind() string { return "points.changed" }

// Key orders the facts of one customer.
func (e PointsChanged) Key() string { return string(e.Customer) }

// tell tells that points changed; of credit nothing is told.
func tell(ctx context.Context, tx *db.Tx, customer profile.CustomerID, a money.Amount, why, ref string) error {
	if a.Currency != Points {
		return nil
	}
	return event.Publish(ctx, tx, PointsChanged{customer, a.Minor, why, ref})
}
