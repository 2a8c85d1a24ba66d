package ledger

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// maxProblems bounds the problems of one sort that Check names.
const maxProblems = 100

// Report says whether the ledger is true.
type Report struct {
	Balanced    bool // nothing is wrong: no problem, and every sum is zero
	Postings    int64
	ByCommodity []Total
	Problems    []string // what is wrong, in words; at most 100 of a sort
}

// Total is all that was posted of one commodity; its Sum is zero.
type Total struct {
	Commodity    string
	Sum, Entries int64
}

// Check reads the whole ledger and finds: a commodity or a transaction that
// does not sum to zero, a transaction without entries, and a guarded account
// whose cached balance is missing, below its floor, or not the sum of its
// entries. Call it in a Read, which sees one moment.
func Check(ctx context.Context, tx *db.Tx) (Report, error) {
	var r Report
	for _, step := range []func(ctx context.Context, tx *db.Tx, r *Report) error{
		checkTotals, checkTransactions, checkBalances, checkOpen,
	} {
		if err := step(ctx, tx, &r); err != nil {
			return Report{}, fmt.Errorf("check ledger: %w", err)
		}
	}
	r.Balanced = len(r.Problems) == 0
	return r, nil
}

func checkTotals(ctx context.Context, tx *db.Tx, r *Report) (err error) {
	if r.Postings, err = countTransactions(ctx, tx); err != nil {
		return err
	}
	r.ByCommodity, err = selectTotals(ctx, tx)
	for _, c := range r.ByCommodity {
		if c.Sum != 0 {
			r.add("all entries in %s sum to %d, not to zero", c.Commodity, c.Sum)
		}
	}
	return err
}

func checkTransactions(ctx context.Context, tx *db.Tx, r *Report) error {
	unbalanced, err := selectUnbalanced(ctx, tx, maxProblems)
	if err != nil {
		return err
	}
	for _, u := range unbalanced {
		r.add("transaction %s sums to %d %s, not to zero", u.name, u.sum, u.commodity)
	}
	empty, err := selectEmpty(ctx, tx, maxProblems)
	for _, e := range empty {
		r.add("transaction %s has no entries", e)
	}
	return err
}

func checkBalances(ctx context.Context, tx *db.Tx, r *Report) error {
	wrong, err := selectWrongBalances(ctx, tx, maxProblems)
	for _, w := range wrong {
		r.add("account %s has a balance of %d %s with a floor of %d, its entries sum to %d", w.name, w.balance, w.commodity, w.floor, w.sum)
	}
	return err
}

func checkOpen(ctx context.Context, tx *db.Tx, r *Report) error {
	for _, kind := range GuardedKinds {
		missing, err := selectUnopened(ctx, tx, kind+":", maxProblems)
		if err != nil {
			return err
		}
		for _, m := range missing {
			r.add("account %s has entries in %s and no balance", m.name, m.commodity)
		}
	}
	return nil
}

func (r *Report) add(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// Sums returns what the transactions with these keys posted to account, in
// minor units, by key; one that was never posted is missing. Whoever posts
// proves with it that the ledger still tells what happened.
func Sums(ctx context.Context, tx *db.Tx, account string, keys []string) (map[string]int64, error) {
	sums := make(map[string]int64, len(keys))
	if len(keys) == 0 {
		return sums, nil
	}
	rows, err := selectSums(ctx, tx, account, keys)
	if err != nil {
		return nil, fmt.Errorf("sums of %d transactions: %w", len(keys), err)
	}
	for _, r := range rows {
		sums[r.name] = r.sum
	}
	return sums, nil
}
