package giftcard

import (
	"context"
	"errors"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// The accounts. The shop's books count what it has as positive and what it owes
// as negative; a card belongs to its holder, so its balance is positive. The
// value of all cards therefore stands twice: with the holders, against Holders,
// and in the shop's own books, as its debt. Both sides change together, so each
// sums to zero alone.
const (
	Holders   = "holders:giftcards"   // minus what all holders have, held amounts included
	Liability = "liability:giftcards" // minus what the shop owes for it: the same number
	Sold      = "giftcards:sold"      // an order's posting credits its gift card lines here instead of revenue, Issue and TopUp debit it
	Goodwill  = "expense:goodwill"    // what staff gave away
	Opening   = "opening:giftcards"   // what another shop had sold
	Breakage  = "breakage:giftcards"  // what expired
	Customers = "receivable:customers"
)

// Account is where the ledger keeps what is on a card.
func Account(id ID) string { return account(id) }

func account(id ID) string     { return "giftcard:" + string(id) }
func heldAccount(id ID) string { return account(id) + ":held" }

// paidBy is the account that a source's value comes from and goes back to.
var paidBy = map[Source]string{
	SourcePurchase: Sold,
	SourceStaff:    Goodwill,
	SourceImport:   Opening,
}

// given are the entries by which a card account gains an amount out of an
// account of the shop; a negative amount goes back there.
func given(cardAccount string, a money.Amount, from string) []ledger.Entry {
	return []ledger.Entry{
		{Account: cardAccount, Amount: a}, {Account: Holders, Amount: a.Neg()},
		{Account: Liability, Amount: a.Neg()}, {Account: from, Amount: a},
	}
}

// post is ledger.Post in this package's words.
func post(ctx context.Context, tx *db.Tx, kind, ref, key string, entries []ledger.Entry) error {
	err := ledger.Post(ctx, tx, ledger.Transaction{Kind: kind, Ref: ref, Key: key, Entries: entries})
	if errors.Is(err, ledger.ErrKeyReused) {
		return ErrKeyReused
	}
	return err
}
