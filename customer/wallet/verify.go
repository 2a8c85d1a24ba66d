package wallet

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// maxWrong bounds the sentences of one sort that Verify returns.
const maxWrong = 100

// Verify compares the wallets with the ledger and with each other and returns a
// sentence for each thing that is wrong, none when the truth is whole: a
// wallet's account is what its lots have left, what is held is what its open
// holds promise, a lot has what its entries sum to, a hold's refunds are its
// entries', and all wallets together are what the shop owes. It reads
// everything.
func Verify(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	totals := map[money.Currency]int64{}
	for after := (auditRow{}); ; {
		const page = 500
		rows, err := selectAudit(ctx, tx, after, page)
		if err != nil {
			return nil, fmt.Errorf("verify wallets: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			complaints, err := verifyWallet(ctx, tx, r)
			if err != nil {
				return nil, fmt.Errorf("verify wallets: %w", err)
			}
			totals[r.currency] += r.remaining + r.held
			if len(wrong) < maxWrong {
				wrong = append(wrong, complaints...)
			}
		}
		after = rows[len(rows)-1]
	}
	for _, check := range []func(ctx context.Context, tx *db.Tx, limit int) ([]string, error){selectWrongLots, selectWrongHolds, selectWrongPoints} {
		more, err := check(ctx, tx, maxWrong)
		if err != nil {
			return nil, fmt.Errorf("verify wallets: %w", err)
		}
		wrong = append(wrong, more...)
	}
	for _, c := range slices.Sorted(maps.Keys(totals)) {
		for _, a := range books(c) {
			n, err := ledger.Balance(ctx, tx, a, string(c))
			if err != nil {
				return nil, fmt.Errorf("verify wallets: %w", err)
			}
			if n != -totals[c] {
				wrong = append(wrong, fmt.Sprintf("account %s has %d %s, all wallets together have %d", a, n, c, totals[c]))
			}
		}
	}
	return wrong, nil
}

// books are the accounts that tell what all wallets of a currency have.
func books(c money.Currency) []string {
	if c == Points {
		return []string{PointHolders}
	}
	return []string{Holders, Liability}
}

func verifyWallet(ctx context.Context, tx *db.Tx, r auditRow) (wrong []string, err error) {
	for _, x := range []struct {
		account string
		want    int64
	}{{account(r.customer, r.currency), r.remaining}, {heldAccount(r.customer, r.currency), r.held}} {
		n, err := ledger.Balance(ctx, tx, x.account, string(r.currency))
		if err != nil {
			return nil, err
		}
		if n != x.want {
			wrong = append(wrong, fmt.Sprintf("account %s has %d %s, its lots and holds say %d", x.account, n, r.currency, x.want))
		}
	}
	return wrong, nil
}
