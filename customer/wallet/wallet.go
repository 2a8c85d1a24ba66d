// Package wallet keeps store credit: money that the shop owes a customer and
// that only the shop takes back, one balance for each customer and currency.
//
// Credit comes in lots. A refund's lot is the customer's own money: it never
// expires and nobody can take it away. Goodwill and a bonus are gifts and can
// be revoked, a bonus can expire; what is spent of them is spent. Whoever pays
// spends what ends soonest first, and a refund gives back to the very lots that
// paid, with their expiry, or thirty days if that has passed.
//
// Points are a wallet of their own, counted in PTS. They are gifts like a bonus and
// pay what the merchant says they are worth in a currency, which the hold keeps:
// so what comes back later is what was spent, whatever points are worth then.
//
// The value is a guarded account of the ledger, wallet:<customer> or, for points,
// points:<customer>, and moves
// like a gift card's: Hold promises an amount to one holder, Claim makes it the
// payment of an order, Release gives it back, exactly one of them, once.
//
// When two customers turn out to be one, Merge moves everything. When one wants
// to be forgotten, Close revokes the gifts and says what is still owed: pay
// that out first. What is left stays under an id that names nobody, because a
// debt does not end by forgetting whose it is. No reason holds personal data.
//
// Never true: a balance below zero, one lot spent twice, more refunded than
// paid, a lot without the entries that explain it.
package wallet

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// Grace is the least life of a bonus that a refund comes back to.
const Grace = 30 * 24 * time.Hour

// The failures a caller can act on.
var (
	ErrNotFound  = fault.New(fault.NotFound, "wallet.not_found", "there is no such credit; take an id from the customer's wallet")
	ErrAmount    = fault.New(fault.Invalid, "wallet.amount", "give a positive amount in whole charge steps of a currency")
	ErrGrant     = fault.New(fault.Invalid, "wallet.grant", "credit needs a customer, a key and a source; only a bonus may expire, and not in the past; no points come from a refund")
	ErrReason    = fault.New(fault.Invalid, "wallet.reason", "say who does this and why, in 1 to 300 characters")
	ErrKeyReused = fault.New(fault.Conflict, "wallet.key_reused", "this key was used before for something else; give each grant and refund a key of its own")
	ErrFixed     = fault.New(fault.Conflict, "wallet.fixed", "credit from a refund is the customer's money and cannot be revoked; pay it out instead")
	ErrShort     = fault.New(fault.Conflict, "wallet.short", "there is less store credit than that; read the wallet and pay the rest another way")
	ErrHeld      = fault.New(fault.Conflict, "wallet.held", "this payment holds another amount of store credit; release it first")
	ErrNoHold    = fault.New(fault.Conflict, "wallet.no_hold", "the store credit that was held was given back; hold again")
	ErrClaimed   = fault.New(fault.Conflict, "wallet.claimed", "another order has claimed the store credit that was held")
	ErrTooMuch   = fault.New(fault.Conflict, "wallet.refund_too_much", "store credit gets back no more than it paid for this order; refund the rest to another tender")
	ErrMerge     = fault.New(fault.Invalid, "wallet.merge", "two different customers are needed to merge their wallets")
)

// LotID names a grant, HoldID a promise.
type (
	LotID  string
	HoldID string
)

// Source says why a customer has credit.
type Source string

// The sources.
const (
	SourceRefund   Source = "refund"   // instead of money back
	SourceGoodwill Source = "goodwill" // an apology
	SourceBonus    Source = "bonus"    // a reward, often with an expiry
)

// The accounts. A wallet belongs to its customer, so its balance is positive;
// it stands in the shop's own books a second time, as a debt, and both sides
// change together so that each sums to zero alone.
const (
	Holders   = "holders:wallets"   // minus what all customers have, held amounts included
	Liability = "liability:wallets" // minus what the shop owes for it: the same number
	Customers = "receivable:customers"
)

// rule is what a source's lots may do.
type rule struct {
	account            string // what the credit comes from and goes back to when it ends
	revocable, expires bool
}

var rules = map[Source]rule{
	SourceRefund:   {Customers, false, false},
	SourceGoodwill: {"expense:goodwill", true, false},
	SourceBonus:    {"expense:bonus", true, true},
}

// Lot is one grant and what is left of it.
type Lot struct {
	ID        LotID
	Customer  profile.CustomerID
	Source    Source
	Granted   money.Amount
	Remaining money.Amount
	Expires   time.Time // zero: never
	RevokedAt time.Time // zero: not
	Ref       string
	Actor     string
	Reason    string
	CreatedAt time.Time
}

// Live reports whether the lot can be spent at that time.
func (l Lot) Live(now time.Time) bool {
	return l.RevokedAt.IsZero() && (l.Expires.IsZero() || l.Expires.After(now))
}

// By says who did something and why.
type By struct{ Actor, Reason string }

const maxReason = 300

func (b By) check() error {
	if b.Actor == "" || strings.TrimSpace(b.Reason) == "" || len(b.Reason) > maxReason {
		return ErrReason
	}
	return nil
}

// Grant is credit to be given.
type Grant struct {
	Customer profile.CustomerID
	Amount   money.Amount
	Source   Source
	Expires  time.Time // of a bonus; zero: never
	Ref      string    // of what it is for: an order's, a return's id
	By       By
	Key      string // giving again under it changes nothing
}

// Give adds a lot to a customer's wallet, which is opened if it is the first.
// It returns ErrGrant, ErrReason, ErrAmount or ErrKeyReused, and may be
// repeated under its key.
func Give(ctx context.Context, tx *db.Tx, g Grant) (LotID, error) {
	lot, err := give(ctx, tx, g)
	if err != nil {
		return "", fmt.Errorf("give store credit to %s: %w", g.Customer, err)
	}
	return lot, nil
}

func give(ctx context.Context, tx *db.Tx, g Grant) (LotID, error) {
	if err := g.check(tx.Now); err != nil {
		return "", err
	}
	if err := openWallet(ctx, tx, g.Customer, g.Amount.Currency); err != nil {
		return "", err
	}
	l := Lot{ID: id.New[LotID]("lot", tx.Now), Customer: g.Customer, Source: g.Source, Granted: g.Amount, Remaining: g.Amount,
		Expires: g.Expires, Ref: g.Ref, Actor: g.By.Actor, Reason: g.By.Reason}
	n, err := insertLot(ctx, tx, l, g.Key)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return given(ctx, tx, g)
	}
	e := entry{lot: l.ID, kind: kindGranted, amount: g.Amount.Minor, ref: g.Ref, by: g.By}
	if err := insertEntries(ctx, tx, g.Customer, g.Amount.Currency, []entry{e}); err != nil {
		return "", err
	}
	if err := tell(ctx, tx, g.Customer, g.Amount, kindGranted, g.Ref); err != nil {
		return "", err
	}
	return l.ID, post(ctx, tx, "wallet.granted", string(l.ID), "wallet.grant:"+string(l.ID),
		moved(account(g.Customer, g.Amount.Currency), g.Amount, rules[g.Source].account))
}

func (g Grant) check(now time.Time) error {
	if err := g.By.check(); err != nil {
		return err
	}
	r, known := rules[g.Source]
	if !known || g.Customer == "" || g.Key == "" || g.Source == SourceRefund && g.Amount.Currency == Points || !g.Expires.IsZero() && (!r.expires || !g.Expires.After(now)) {
		return ErrGrant
	}
	return checkAmount(g.Amount)
}

func checkAmount(a money.Amount) error {
	info, known := money.Find(a.Currency)
	if a.Currency == Points {
		info.ChargeStep, known = 1, true
	}
	if !known || a.Minor <= 0 || a.Minor > money.MaxPrice || a.Minor%info.ChargeStep != 0 {
		return ErrAmount
	}
	return nil
}

// given returns the lot granted before under g's key, if that was g.
func given(ctx context.Context, tx *db.Tx, g Grant) (LotID, error) {
	l, err := selectByKey(ctx, tx, g.Key)
	if err == nil && (l.Granted != g.Amount || l.Source != g.Source || l.Ref != g.Ref) {
		err = ErrKeyReused
	}
	return l.ID, err
}

// openWallet opens a wallet that is not there yet, and locks it.
func openWallet(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency) error {
	n, err := insertWallet(ctx, tx, customer, c)
	if err != nil {
		return err
	}
	if n == 0 {
		return lockWallet(ctx, tx, customer, c)
	}
	if err := ledger.Guard(ctx, tx, account(customer, c), string(c), 0); err != nil {
		return err
	}
	return ledger.Guard(ctx, tx, heldAccount(customer, c), string(c), 0)
}

// account is where the ledger keeps what a customer has.
func account(customer profile.CustomerID, c money.Currency) string {
	if c == Points {
		return "points:" + string(customer)
	}
	return "wallet:" + string(customer)
}

func heldAccount(customer profile.CustomerID, c money.Currency) string {
	return account(customer, c) + ":held"
}

// moved are the entries by which a wallet's account gains an amount out of an
// account of the shop; a negative amount goes back there. Points come out of
// nothing that the shop has.
func moved(walletAccount string, a money.Amount, from string) []ledger.Entry {
	if a.Currency == Points {
		return []ledger.Entry{{Account: walletAccount, Amount: a}, {Account: PointHolders, Amount: a.Neg()}}
	}
	return []ledger.Entry{
		{Account: walletAccount, Amount: a}, {Account: Holders, Amount: a.Neg()},
		{Account: Liability, Amount: a.Neg()}, {Account: from, Amount: a},
	}
}

// tendered are the entries by which a wallet's account gets back what it paid for
// an order; with negative amounts, by which it pays. Worth is what points pay.
func tendered(walletAccount string, a, worth money.Amount) []ledger.Entry {
	if a.Currency != Points {
		return moved(walletAccount, a, Customers)
	}
	return append(moved(walletAccount, a, ""), ledger.Entry{Account: Customers, Amount: worth}, ledger.Entry{Account: PointsSpent, Amount: worth.Neg()})
}

// post is ledger.Post in this package's words.
func post(ctx context.Context, tx *db.Tx, kind, ref, key string, entries []ledger.Entry) error {
	err := ledger.Post(ctx, tx, ledger.Transaction{Kind: kind, Ref: ref, Key: key, Entries: entries})
	if errors.Is(err, ledger.ErrKeyReused) {
		return ErrKeyReused
	}
	return err
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}
