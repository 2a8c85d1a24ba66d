package order

import (
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/value/money"
)

// narrow says that a filter asks for more than one index answers.
func (f Filter) narrow() bool {
	return f.Market != "" || f.Channel != "" || f.Contacts != nil || !f.From.IsZero() || !f.Until.IsZero() || f.State != "" && (f.Customer != "" || f.Number != "")
}

// Total is what one customer bought in one currency: orders that were not
// canceled and are no tests.
type Total struct {
	Customer string
	Orders   int64
	Sum      money.Amount
	Last     time.Time
}

// Totals returns what customers bought, at most 500 of them, in one statement.
// Who bought nothing is missing.
func Totals(ctx context.Context, tx *db.Tx, customers []string) (map[string][]Total, error) {
	byCustomer := map[string][]Total{}
	if len(customers) == 0 {
		return byCustomer, nil
	}
	all, err := selectTotals(ctx, tx, customers[:min(len(customers), 500)])
	if err != nil {
		return nil, fmt.Errorf("sum what customers bought: %w", err)
	}
	for _, t := range all {
		byCustomer[t.Customer] = append(byCustomer[t.Customer], t)
	}
	return byCustomer, nil
}

// NumbersOf returns the numbers of those of the ids, at most 1,000, that are
// orders.
func NumbersOf(ctx context.Context, tx *db.Tx, ids []ID) (map[ID]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	numbers, err := selectNumbers(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("numbers of orders: %w", err)
	}
	return numbers, nil
}

// Pictured returns those of some pictures that a line of an order shows.
func Pictured(ctx context.Context, tx *db.Tx, pictures []string) ([]string, error) {
	if len(pictures) == 0 {
		return nil, nil
	}
	all, err := selectPictured(ctx, tx, pictures)
	if err != nil {
		return nil, fmt.Errorf("pictures of orders: %w", err)
	}
	return all, nil
}
