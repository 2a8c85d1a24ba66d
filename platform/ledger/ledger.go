// Package ledger keeps balances by double entry: money, gift cards, credit,
// points, drawer cash, whatever must not appear or vanish.
//
// A transaction moves amounts between accounts and its entries sum to zero in
// every commodity (a currency, or points, "PTS"). An account is "kind:owner" and
// needs no opening; its balance is the sum of its entries. What comes in is
// positive, what goes out negative, so what an owner has is his balance.
// Entries are never changed or deleted: a correction is a reversal.
//
// Accounts of the guarded kinds belong to people who must not overdraw them.
// They are opened by Guard and carry a cached balance that a guarded update
// keeps at or above its floor. Other accounts have no row of their own, so the
// orders of a market never queue behind one another.
//
// A transaction has a key: posting it again changes nothing.
package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/value/money"
)

// Schema holds the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// MaxEntries is the most entries one transaction may have.
const MaxEntries = 5000

// GuardedKinds are the kinds of account that must be opened by Guard. The list
// stands in code so that an ordinary posting need not ask the database, and it
// only grows: a kind whose accounts have entries cannot become guarded.
var GuardedKinds = []string{"giftcard", "wallet", "points"}

var (
	// ErrUnbalanced reports entries that do not sum to zero in every commodity.
	ErrUnbalanced = fault.New(fault.Internal, "ledger.unbalanced", "the entries of a ledger transaction must sum to zero in every commodity")
	// ErrEntry reports an entry or transaction that lacks a part, or too many entries.
	ErrEntry = fault.New(fault.Internal, "ledger.entry", "a ledger transaction needs a kind and a key, an entry an account \"kind:owner\" and a commodity")
	// ErrOverflow reports amounts whose sum is too large to count.
	ErrOverflow = fault.New(fault.Internal, "ledger.overflow", "the amounts of a ledger transaction are too large to add up")
	// ErrTooLow reports a guarded account that has less than was to be taken; see TooLow.
	ErrTooLow = fault.New(fault.Conflict, "ledger.too_low", "the account's balance is too low; use a smaller amount or pay the rest another way")
	// ErrNotOpen reports a guarded account that Guard never opened.
	ErrNotOpen = fault.New(fault.NotFound, "ledger.not_open", "there is no such account; open it with Guard before posting to it")
	// ErrNotGuarded reports a Guard of an account whose kind is not in GuardedKinds.
	ErrNotGuarded = fault.New(fault.Internal, "ledger.not_guarded", "accounts of this kind are not guarded; add the kind to GuardedKinds")
	// ErrKeyReused reports another transaction under a key that was posted before.
	ErrKeyReused = fault.New(fault.Conflict, "ledger.key_reused", "another transaction was posted under this key; give each transaction a key of its own")
)

// TooLow says which account had too little; it wraps ErrTooLow.
type TooLow struct {
	Account string
	Taken   money.Amount // what was to be taken, positive
}

// Error names the account and the amount.
func (e *TooLow) Error() string {
	return fmt.Sprintf("take %d %s from %s: %v", e.Taken.Minor, e.Taken.Currency, e.Account, ErrTooLow)
}

// Unwrap returns ErrTooLow.
func (e *TooLow) Unwrap() error { return ErrTooLow }

// Entry adds Amount, positive or negative, to Account. Its currency is the
// commodity: an ISO code, or a word such as "PTS".
type Entry struct {
	Account string // "clearing:sandbox": kind, colon, owner
	Amount  money.Amount
}

// Transaction is a set of entries that happen together or not at all.
type Transaction struct {
	Kind    string // what happened, such as "order.placed"
	Ref     string // to what, such as an order's id
	Key     string // unique: the same key is posted once
	Entries []Entry
}

// Reversed is the transaction that takes t back.
func (t Transaction) Reversed(kind, key string) Transaction {
	back := Transaction{kind, t.Ref, key, slices.Clone(t.Entries)}
	for i, e := range back.Entries {
		back.Entries[i].Amount = e.Amount.Neg()
	}
	return back
}

// Post writes t, once per key: posting it again returns nil and changes
// nothing, also when two do it at once. Entries of one account are merged,
// those of zero left out; if none is left nothing is written.
//
// It is two statements, and one more for each guarded account, in sorted
// order. It returns ErrUnbalanced, ErrEntry or ErrOverflow for a bug of the
// caller, ErrKeyReused for another transaction under a known key, and ErrTooLow
// (as a *TooLow) or ErrNotOpen, wrapped, for a guarded account; then nothing
// of t is written even if the caller goes on.
func Post(ctx context.Context, tx *db.Tx, t Transaction) error {
	lines, err := t.lines()
	if err == nil && len(lines) > 0 {
		write := func() error { return post(ctx, tx, t, lines) }
		if slices.ContainsFunc(lines, func(e Entry) bool { return isGuarded(e.Account) }) {
			err = tx.Savepoint(ctx, write)
		} else {
			err = write()
		}
	}
	if err != nil {
		return fmt.Errorf("post %s of %s: %w", t.Kind, t.Ref, err)
	}
	return nil
}

func post(ctx context.Context, tx *db.Tx, t Transaction, lines []Entry) error {
	transaction := id.New[string]("ltx", tx.Now)
	n, err := insertTransaction(ctx, tx, transaction, t)
	if err != nil {
		return err
	}
	if n == 0 {
		return samePosting(ctx, tx, t, lines)
	}
	if err := insertEntries(ctx, tx, transaction, lines); err != nil {
		return err
	}
	for _, e := range lines {
		if !isGuarded(e.Account) {
			continue
		}
		if err := addBalance(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// samePosting returns nil if what was posted under t's key is t.
func samePosting(ctx context.Context, tx *db.Tx, t Transaction, lines []Entry) error {
	before, err := selectPosting(ctx, tx, t.Key)
	if err != nil {
		return err
	}
	if before.Kind != t.Kind || before.Ref != t.Ref || !slices.Equal(before.Entries, lines) {
		return ErrKeyReused
	}
	return nil
}

// addBalance moves the cached balance of a guarded account.
func addBalance(ctx context.Context, tx *db.Tx, e Entry) error {
	n, err := updateBalance(ctx, tx, e)
	if err != nil || n == 1 {
		return err
	}
	if _, err := selectBalance(ctx, tx, e.Account, string(e.Amount.Currency)); errors.Is(err, db.ErrNoRow) {
		return fmt.Errorf("%s in %s: %w", e.Account, e.Amount.Currency, ErrNotOpen)
	} else if err != nil {
		return err
	}
	return &TooLow{e.Account, e.Amount.Neg()}
}

// Guard opens an account of a guarded kind with a balance of zero, or moves the
// floor of one that is open. The floor is 0 or below: what may be owed. It
// returns ErrNotGuarded for another kind, and ErrTooLow if the balance is
// below the new floor. It may be repeated.
func Guard(ctx context.Context, tx *db.Tx, account, commodity string, floor int64) error {
	err := checkGuard(account, commodity, floor)
	if err == nil {
		var n int64
		if n, err = upsertFloor(ctx, tx, account, commodity, floor); err == nil && n == 0 {
			err = ErrTooLow
		}
	}
	if err != nil {
		return fmt.Errorf("guard %s in %s: %w", account, commodity, err)
	}
	return nil
}

func checkGuard(account, commodity string, floor int64) error {
	switch {
	case !isGuarded(account):
		return ErrNotGuarded
	case !isAccount(account) || commodity == "" || floor > 0:
		return ErrEntry
	}
	return nil
}

// Balance is what account has of commodity; 0 if it never had any. It is one
// row for a guarded account; for another it sums all its entries.
func Balance(ctx context.Context, tx *db.Tx, account, commodity string) (int64, error) {
	read := sumEntries
	if isGuarded(account) {
		read = selectBalance
	}
	n, err := read(ctx, tx, account, commodity)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return 0, fmt.Errorf("balance of %s: %w", account, err)
	}
	return n, nil
}

// Posted is an entry with the transaction that made it.
type Posted struct {
	Transaction, Kind, Ref string
	Line                   int64
	Amount                 money.Amount
	At                     time.Time
}

// Entries returns a page of an account's entries, newest first: up to limit (at
// most 100) of those before the entry given, or the first page for nil.
func Entries(ctx context.Context, tx *db.Tx, account string, before *Posted, limit int) ([]Posted, error) {
	if before == nil {
		before = &Posted{}
	}
	page, err := selectEntries(ctx, tx, account, *before, min(max(limit, 1), 100))
	if err != nil {
		return nil, fmt.Errorf("entries of %s: %w", account, err)
	}
	return page, nil
}

// lines checks t and returns its entries merged by account and commodity, in
// that order, without those of zero.
func (t Transaction) lines() ([]Entry, error) {
	if t.Kind == "" || t.Key == "" || len(t.Entries) > MaxEntries {
		return nil, ErrEntry
	}
	lines := make([]Entry, 0, len(t.Entries))
	for _, e := range t.Entries {
		if e.Amount.Minor == 0 {
			continue
		}
		if !isAccount(e.Account) || e.Amount.Currency == "" {
			return nil, fmt.Errorf("account %q, commodity %q: %w", e.Account, e.Amount.Currency, ErrEntry)
		}
		lines = append(lines, e)
	}
	slices.SortStableFunc(lines, func(a, b Entry) int {
		if c := strings.Compare(a.Account, b.Account); c != 0 {
			return c
		}
		return strings.Compare(string(a.Amount.Currency), string(b.Amount.Currency))
	})
	lines, err := merge(lines)
	if err != nil {
		return nil, err
	}
	return lines, balanced(lines)
}

// merge adds up neighbours of one account and commodity.
func merge(sorted []Entry) ([]Entry, error) {
	merged := sorted[:0]
	for _, e := range sorted {
		last := len(merged) - 1
		if last < 0 || merged[last].Account != e.Account || merged[last].Amount.Currency != e.Amount.Currency {
			merged = append(merged, e)
			continue
		}
		sum, err := add(merged[last].Amount.Minor, e.Amount.Minor)
		if err != nil {
			return nil, err
		}
		merged[last].Amount.Minor = sum
	}
	return slices.DeleteFunc(merged, func(e Entry) bool { return e.Amount.Minor == 0 }), nil
}

// balanced returns ErrUnbalanced unless each commodity sums to zero.
func balanced(lines []Entry) error {
	sums := map[money.Currency]int64{}
	for _, e := range lines {
		sum, err := add(sums[e.Amount.Currency], e.Amount.Minor)
		if err != nil {
			return err
		}
		sums[e.Amount.Currency] = sum
	}
	for c, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("%d %s too much: %w", sum, c, ErrUnbalanced)
		}
	}
	return nil
}

func add(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return sum, nil
}

// isAccount reports whether s is "kind:owner".
func isAccount(s string) bool {
	kind, owner, ok := strings.Cut(s, ":")
	return ok && kind != "" && owner != ""
}

func isGuarded(account string) bool {
	kind, _, _ := strings.Cut(account, ":")
	return slices.Contains(GuardedKinds, kind)
}
