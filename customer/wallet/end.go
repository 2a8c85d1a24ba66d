package wallet

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Expire takes what is left of lots that have expired, or that were revoked
// while some of them was held: at most limit lots, each once a day. Day is
// today by the merchant's clock. What a payment gives back to such a lot later
// that day waits, unspendable, for tomorrow's sweep. It returns how many lots
// it took from, and may be repeated; call it until it returns none.
func Expire(ctx context.Context, tx *db.Tx, day calendar.Date, limit int) (taken int, err error) {
	due, err := selectEnded(ctx, tx, tx.Now, day, limit)
	slices.SortFunc(due, func(a, b Lot) int { // wallets are locked in order
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Granted.Currency, b.Granted.Currency), cmp.Compare(a.ID, b.ID))
	})
	for _, l := range due {
		var n int64
		if err == nil {
			n, err = sweep(ctx, tx, l, day)
		}
		if n > 0 {
			taken++
		}
	}
	if err != nil {
		return 0, fmt.Errorf("expire store credit: %w", err)
	}
	return taken, nil
}

// sweep ends one lot, if that is still to be done once its wallet is locked.
func sweep(ctx context.Context, tx *db.Tx, l Lot, day calendar.Date) (int64, error) {
	l, err := lockLot(ctx, tx, l.ID)
	if err != nil || l.Live(tx.Now) || l.Remaining.IsZero() {
		return 0, err
	}
	n, err := insertSweep(ctx, tx, l.ID, day)
	if err != nil || n == 0 {
		return 0, err
	}
	kind, by := kindExpired, By{"system", "its time has passed"}
	if !l.RevokedAt.IsZero() {
		kind, by = kindRevoked, By{"system", "it was revoked"}
	}
	return n, takeRest(ctx, tx, l, kind, fmt.Sprintf("wallet.expire:%s:%s", l.ID, day), by)
}

// lockLot locks a lot's wallet and returns the lot as it is then.
func lockLot(ctx context.Context, tx *db.Tx, lot LotID) (Lot, error) {
	l, err := selectLot(ctx, tx, lot)
	for err == nil {
		owner := l.Customer
		if err = lockWallet(ctx, tx, owner, l.Granted.Currency); err != nil {
			break
		}
		if l, err = selectLot(ctx, tx, lot); l.Customer == owner { // or it was merged meanwhile
			break
		}
	}
	return l, err
}

// takeRest takes all that remains of a locked lot back to where it came from.
func takeRest(ctx context.Context, tx *db.Tx, l Lot, kind, key string, by By) error {
	if l.Remaining.IsZero() {
		return nil
	}
	e := entry{lot: l.ID, kind: kind, amount: -l.Remaining.Minor, ref: l.Ref, by: by}
	if err := change(ctx, tx, l.Customer, l.Granted.Currency, []entry{e}); err != nil {
		return err
	}
	if err := tell(ctx, tx, l.Customer, l.Remaining.Neg(), kind, l.Ref); err != nil {
		return err
	}
	return post(ctx, tx, "wallet."+kind, string(l.ID), key, moved(account(l.Customer, l.Granted.Currency), l.Remaining.Neg(), rules[l.Source].account))
}

// Revoke takes back what is left of goodwill or a bonus and returns how much
// that was; what is held for a payment can still be claimed, and is taken by
// the sweep if it comes back. It returns ErrFixed for a refund's credit,
// ErrReason or ErrNotFound. Revoking again takes nothing.
func Revoke(ctx context.Context, tx *db.Tx, lot LotID, by By) (money.Amount, error) {
	err := by.check()
	var l Lot
	if err == nil {
		l, err = lockLot(ctx, tx, lot)
	}
	var taken money.Amount
	if err == nil {
		taken, err = revoke(ctx, tx, l, by)
	}
	if err != nil {
		return money.Amount{}, fmt.Errorf("revoke store credit %s: %w", lot, notFound(err))
	}
	return taken, nil
}

func revoke(ctx context.Context, tx *db.Tx, l Lot, by By) (money.Amount, error) {
	if !rules[l.Source].revocable {
		return money.Amount{}, ErrFixed
	}
	n, err := updateRevoked(ctx, tx, l.ID)
	if err != nil || n == 0 { // 0: revoked before
		return money.Of(0, l.Granted.Currency), err
	}
	return l.Remaining, takeRest(ctx, tx, l, kindRevoked, "wallet.revoke:"+string(l.ID), by)
}

// Close revokes a customer's gifts, because the customer wants to be forgotten,
// and returns what is still owed by currency: the customer's own money, to be
// paid out before the erasure. It may be repeated.
func Close(ctx context.Context, tx *db.Tx, customer profile.CustomerID, by By) (owed []money.Amount, err error) {
	if err = by.check(); err == nil {
		err = closeWallet(ctx, tx, customer, by)
	}
	if err == nil {
		owed, err = selectOwed(ctx, tx, customer)
	}
	if err != nil {
		return nil, fmt.Errorf("close wallet of %s: %w", customer, err)
	}
	return owed, nil
}

func closeWallet(ctx context.Context, tx *db.Tx, customer profile.CustomerID, by By) error {
	currencies, err := selectCurrencies(ctx, tx, customer)
	if err != nil {
		return err
	}
	for _, c := range currencies {
		if err := lockWallet(ctx, tx, customer, c); err != nil {
			return err
		}
		gifts, err := selectGifts(ctx, tx, customer, c)
		if err != nil {
			return err
		}
		for _, l := range gifts {
			if _, err := revoke(ctx, tx, l, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// Merge moves everything one customer has, lots, holds and what may be
// refunded, to another, because both are one person. It returns ErrMerge or
// ErrReason. Merging what is empty changes nothing.
func Merge(ctx context.Context, tx *db.Tx, from, to profile.CustomerID, by By) error {
	err := by.check()
	if err == nil && (from == to || from == "" || to == "") {
		err = ErrMerge
	}
	var currencies []money.Currency
	if err == nil {
		currencies, err = selectCurrencies(ctx, tx, from)
	}
	for _, c := range currencies {
		if err == nil {
			err = merge(ctx, tx, from, to, c, by)
		}
	}
	if err != nil {
		return fmt.Errorf("merge wallet of %s into %s: %w", from, to, err)
	}
	return nil
}

func merge(ctx context.Context, tx *db.Tx, from, to profile.CustomerID, c money.Currency, by By) error {
	for _, customer := range []profile.CustomerID{min(from, to), max(from, to)} {
		if err := openWallet(ctx, tx, customer, c); err != nil {
			return err
		}
	}
	lots, err := selectRemaining(ctx, tx, from, c)
	if err != nil {
		return err
	}
	out, in := make([]entry, len(lots)), make([]entry, len(lots))
	for i, l := range lots {
		out[i] = entry{lot: l.ID, kind: kindMoved, amount: -l.Remaining.Minor, ref: string(to), by: by}
		in[i] = entry{lot: l.ID, kind: kindMoved, amount: l.Remaining.Minor, ref: string(from), by: by}
	}
	if len(lots) > 0 {
		if err := insertEntries(ctx, tx, from, c, out); err != nil {
			return err
		}
		if err := insertEntries(ctx, tx, to, c, in); err != nil {
			return err
		}
	}
	if err := moveRows(ctx, tx, from, to, c); err != nil {
		return err
	}
	var entries []ledger.Entry
	for _, name := range []func(profile.CustomerID, money.Currency) string{account, heldAccount} {
		n, err := ledger.Balance(ctx, tx, name(from, c), string(c))
		if err != nil {
			return err
		}
		entries = append(entries, ledger.Entry{Account: name(from, c), Amount: money.Of(-n, c)}, ledger.Entry{Account: name(to, c), Amount: money.Of(n, c)})
	}
	return post(ctx, tx, "wallet.merged", string(to), "wallet.merge:"+id.New[string]("wlm", tx.Now), entries)
}
