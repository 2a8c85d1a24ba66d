package payment

import "korzo/value/money"

// Surcharging is a Gateway whose kinds of payment cost the customer something,
// such as cash on delivery. It is quoted before the order, never added after.
type Surcharging interface {
	Gateway

	// Surcharge is for a payment of so much, zero of the same currency if none.
	Surcharge(kind string, of money.Amount) money.Amount
}
