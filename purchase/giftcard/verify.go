package giftcard

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"korzo/platform/db"
	"korzo/platform/ledger"
)

// maxWrong bounds the sentences of one sort that Verify returns.
const maxWrong = 100

// Verify compares the cards with the ledger and with each other and returns a
// sentence for each thing that is wrong, none when the truth is whole: what is
// held is what open holds promise, all cards together are what the shop owes,
// what expired is the breakage, what was refunded is what the parts say and no
// more than they paid. It reads every card.
func Verify(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	totals := map[string]*total{}
	for after := ID(""); ; {
		const page = 500
		rows, err := selectAudit(ctx, tx, after, page)
		if err != nil {
			return nil, fmt.Errorf("verify gift cards: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			complaint, err := verifyCard(ctx, tx, r, totals)
			if err != nil {
				return nil, fmt.Errorf("verify gift cards: %w", err)
			}
			if complaint != "" && len(wrong) < maxWrong {
				wrong = append(wrong, complaint)
			}
		}
		after = rows[len(rows)-1].card
	}
	for _, currency := range slices.Sorted(maps.Keys(totals)) {
		more, err := verifyTotal(ctx, tx, currency, *totals[currency])
		if err != nil {
			return nil, fmt.Errorf("verify gift cards: %w", err)
		}
		wrong = append(wrong, more...)
	}
	more, err := selectWrongRefunds(ctx, tx, maxWrong)
	if err != nil {
		return nil, fmt.Errorf("verify gift cards: %w", err)
	}
	for _, r := range more {
		wrong = append(wrong, fmt.Sprintf("gift card %s says that %d of %d were refunded on hold %s, its refunds sum to %d", r.card, r.refunded, r.amount, r.hold, r.sum))
	}
	return wrong, nil
}

// total is what all cards of a currency add up to.
type total struct{ owned, broken int64 }

func verifyCard(ctx context.Context, tx *db.Tx, r auditRow, totals map[string]*total) (string, error) {
	balance, err := ledger.Balance(ctx, tx, account(r.card), r.currency)
	if err != nil {
		return "", err
	}
	held, err := ledger.Balance(ctx, tx, heldAccount(r.card), r.currency)
	if err != nil {
		return "", err
	}
	t := totals[r.currency]
	if t == nil {
		t = &total{}
		totals[r.currency] = t
	}
	t.owned += balance + held
	t.broken += r.broken
	switch {
	case held != r.held:
		return fmt.Sprintf("gift card %s has %d %s held in the ledger, its open holds sum to %d", r.card, held, r.currency, r.held), nil
	case balance != 0 && (r.state == StateExpired || r.state == StateCancelled):
		return fmt.Sprintf("gift card %s is %s and still has %d %s", r.card, r.state, balance, r.currency), nil
	}
	return "", nil
}

func verifyTotal(ctx context.Context, tx *db.Tx, currency string, t total) (wrong []string, err error) {
	for _, a := range []string{Holders, Liability} {
		n, err := ledger.Balance(ctx, tx, a, currency)
		if err != nil {
			return nil, err
		}
		if n != -t.owned {
			wrong = append(wrong, fmt.Sprintf("account %s has %d %s, all gift cards together have %d", a, n, currency, t.owned))
		}
	}
	broken, err := checkBreakage(ctx, tx, currency, t.broken)
	return append(wrong, broken...), err
}
