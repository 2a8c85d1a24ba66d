package payment

import (
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Book asks what a gateway's own book says of an attempt, and acts on nothing.
// It must run outside any transaction. Silence is ErrUnknown.
func (p *Payments) Book(ctx context.Context, id AttemptID) (Result, error) {
	end := p.running.Begin()
	defer end()
	a, err := p.attempt(ctx, id)
	if err != nil {
		return Result{}, err
	}
	g, err := p.Gateway(a.Gateway)
	if err != nil {
		return Result{}, err
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := Lookup(call, g, a.known())
	if err != nil {
		return Result{}, fmt.Errorf("ask %s for its book of %s: %w", a.Gateway, id, err)
	}
	return r, nil
}

// Fees returns what gateways kept, by payment, in minor units of the payment's
// currency, of those of which something is known; at most 500 payments.
func Fees(ctx context.Context, tx *db.Tx, payments []string) (map[string]int64, error) {
	if len(payments) == 0 {
		return nil, nil
	}
	fees, err := selectFees(ctx, tx, payments)
	if err != nil {
		return nil, fmt.Errorf("fees of %d payments: %w", len(payments), err)
	}
	return fees, nil
}

// LearnFee notes what a gateway kept for an attempt and posts it. A negative
// fee was returned. The same key is learned once.
func LearnFee(ctx context.Context, tx *db.Tx, a Attempt, key string, fee money.Amount) error {
	if fee.Minor == 0 {
		return nil
	}
	fresh, err := insertFee(ctx, tx, a.ID, key, fee)
	if err == nil && fresh {
		err = ledger.Post(ctx, tx, ledger.Transaction{Kind: "payment.fee", Ref: string(a.ID), Key: postingKey(a.ID, "fee:"+key), Entries: []ledger.Entry{
			{Account: "fees:" + a.Gateway, Amount: fee}, {Account: "clearing:" + a.Gateway, Amount: fee.Neg()}}})
	}
	if err != nil {
		return fmt.Errorf("learn the fee of %s: %w", a.ID, err)
	}
	return nil
}

// maxAsked is the most attempts that are looked for at once.
const maxAsked = 1000

// FindAttempts returns those of the attempts that there are, at most 1,000.
func FindAttempts(ctx context.Context, tx *db.Tx, ids []AttemptID) ([]Attempt, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := selectAttemptsByID(ctx, tx, ids[:min(len(ids), maxAsked)])
	if err != nil {
		return nil, fmt.Errorf("find %d attempts: %w", len(ids), err)
	}
	return found, nil
}

// FindByGatewayID returns a gateway's attempts by its own names for them, at
// most 1,000.
func FindByGatewayID(ctx context.Context, tx *db.Tx, gateway string, names []string) ([]Attempt, error) {
	if len(names) == 0 {
		return nil, nil
	}
	found, err := selectByGatewayID(ctx, tx, gateway, names[:min(len(names), maxAsked)])
	if err != nil {
		return nil, fmt.Errorf("find %d attempts of %s: %w", len(names), gateway, err)
	}
	return found, nil
}

// waits is how long after an attempt was written its money may be taken at the
// latest to be found by TakenAt.
const waits = 90 * 24 * time.Hour

// Between is a span of time, From included.
type Between struct{ From, Until time.Time }

// TakenAt returns the attempts of a gateway whose money was taken in a span of
// time, in the order of their ids after one, at most limit.
func TakenAt(ctx context.Context, tx *db.Tx, gateway string, b Between, after AttemptID, limit int) ([]Attempt, error) {
	if low := id.Floor[AttemptID]("att", b.From.Add(-waits)); after < low {
		after = low
	}
	found, err := selectTaken(ctx, tx, gateway, b, after, limit)
	if err != nil {
		return nil, fmt.Errorf("attempts of %s that were taken: %w", gateway, err)
	}
	return found, nil
}
