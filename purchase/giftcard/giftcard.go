// Package giftcard keeps gift cards: value that was paid for before anything
// was chosen, spendable by whoever knows a code.
//
// A card's value is a guarded account of the ledger, giftcard:<id>, which never
// falls below zero. Paying with it takes three steps like everything a purchase
// needs: Hold moves an amount to giftcard:<id>:held for one holder, so that two
// carts cannot spend it twice; Claim makes it the payment of an order, Release
// gives it back, exactly one of them, once. Refund returns to the cards what
// they paid and never more.
//
// A code is shown once. The database has its keyed hash and four characters; a
// card that is to be mailed later carries its code sealed until it has gone.
// Whoever tries codes is counted, and a hit costs what a miss costs.
//
// VAT: a multi-purpose voucher is taxed when it is spent, as any money is; of a
// single-purpose one place and rate are known, so it is taxed when it is sold.
// The field Voucher says which; documents read it.
//
// Never true: a balance below zero, more refunded than paid, a card bought with
// a card where the market's policy does not say so, a code in clear text.
package giftcard

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
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// MaxCards is the most cards that pay for one cart.
const MaxCards = 10

// The failures a caller can act on.
var (
	ErrNotFound     = fault.New(fault.NotFound, "giftcard.not_found", "no gift card has this code; compare it with the card")
	ErrMistyped     = fault.New(fault.Invalid, "giftcard.mistyped", "this is not a gift card code: a character is missing or mistyped; compare it with the card")
	ErrLimited      = fault.New(fault.Limited, "giftcard.limited", "too many gift card codes were tried; try again in an hour")
	ErrUnusable     = fault.New(fault.Conflict, "giftcard.unusable", "this gift card cannot be used; pay another way, or ask the shop why")
	ErrShort        = fault.New(fault.Conflict, "giftcard.short", "the gift card has less on it than that; read its balance and pay the rest another way")
	ErrCurrency     = fault.New(fault.Invalid, "giftcard.currency", "the gift card is in another currency; use it where that currency is paid")
	ErrAmount       = fault.New(fault.Invalid, "giftcard.amount", "give a positive amount in whole charge steps of the market's currency, within the market's limits for gift cards")
	ErrState        = fault.New(fault.Conflict, "giftcard.state", "the gift card's state does not allow this; read it again")
	ErrReason       = fault.New(fault.Invalid, "giftcard.reason", "say who does this and why, in 1 to 300 characters")
	ErrDraft        = fault.New(fault.Invalid, "giftcard.draft", "a gift card needs a key, a source and, when it is imported, the old code of 8 to 64 letters and digits")
	ErrCodeTaken    = fault.New(fault.Conflict, "giftcard.code_taken", "another gift card has this code; import each code once")
	ErrKeyReused    = fault.New(fault.Conflict, "giftcard.key_reused", "this key was used before for something else; give each gift card, top-up and refund a key of its own")
	ErrHeld         = fault.New(fault.Conflict, "giftcard.held", "a payment with this gift card is under way; wait for it to end")
	ErrNoHold       = fault.New(fault.Conflict, "giftcard.no_hold", "what was held on the gift cards was given back; hold again")
	ErrClaimed      = fault.New(fault.Conflict, "giftcard.claimed", "another order has claimed what was held on these gift cards")
	ErrTooMany      = fault.New(fault.Invalid, "giftcard.too_many", "a cart takes ten gift cards at most; remove one first")
	ErrTooMuch      = fault.New(fault.Conflict, "giftcard.refund_too_much", "gift cards get back no more than they paid for this order; refund the rest to another tender")
	ErrDelivery     = fault.New(fault.Conflict, "giftcard.delivery", "this delivery is not waiting any more; read it again")
	ErrText         = fault.New(fault.Invalid, "giftcard.text", "a mailed card needs a recipient's e-mail address; a message has at most 500 characters, a sender's name 100")
	ErrRecipient    = fault.New(fault.Invalid, "giftcard.recipient", "the recipient's e-mail address is none; write it as name@example.com, or leave it empty to print the card yourself")
	ErrDay          = fault.New(fault.Invalid, "giftcard.day", "choose a day from today to a year from now, or none to send the card as soon as it is paid")
	ErrNotCard      = fault.New(fault.Invalid, "giftcard.not_a_card", "this product is no gift card, so it has no recipient; leave the gift out")
	ErrNoGift       = fault.New(fault.NotFound, "giftcard.no_gift", "the cart has no such gift; read the cart again")
	ErrTooManyGifts = fault.New(fault.Invalid, "giftcard.too_many_gifts", "a cart tells of at most 100 recipients; order these cards first")
	ErrSpent        = fault.New(fault.Conflict, "giftcard.spent", "a gift card that this order bought was spent from, so it cannot be taken back whole; cancel the card on its page and give back what was left on it as goodwill")
	ErrPolicy       = fault.New(fault.Invalid, "giftcard.policy", "a policy has 0 to 1200 months, 0 to 3660 days of grace, and limits that are not negative with the least below the most")
)

// ID names a card, HoldID a promise on cards, DeliveryID a card on its way.
type (
	ID         string
	HoldID     string
	DeliveryID string
)

// State is where a card is in its life.
type State string

// The states of a card.
const (
	StateActive    State = "active"
	StateBlocked   State = "blocked"   // by staff: lost, stolen, disputed
	StateExpired   State = "expired"   // its value became breakage
	StateCancelled State = "cancelled" // taken back from who bought it
)

// next is a card's whole life. What is held stays claimable in every state,
// because money moves with it. A refund opens an expired or cancelled card
// again, as does Reinstate an expired one.
var next = map[State][]State{
	StateActive:    {StateBlocked, StateExpired, StateCancelled},
	StateBlocked:   {StateActive, StateExpired, StateCancelled},
	StateExpired:   {StateActive},
	StateCancelled: {StateActive},
}

// Source says where a card's value came from.
type Source string

// The sources: sold by an order, given by staff, brought from another shop.
const (
	SourcePurchase Source = "purchase"
	SourceStaff    Source = "staff"
	SourceImport   Source = "import"
)

// Voucher says when a card is taxed.
type Voucher string

// The vouchers of the VAT directive.
const (
	VoucherMulti  Voucher = "multi"  // taxed when spent
	VoucherSingle Voucher = "single" // taxed when sold
)

// By says who did something and why. Reasons hold no person's data.
type By struct{ Actor, Reason string }

const maxReason = 300

func (b By) check() error {
	if b.Actor == "" || strings.TrimSpace(b.Reason) == "" || len(b.Reason) > maxReason {
		return ErrReason
	}
	return nil
}

// Card is a gift card. Balance and Held are read where a verb says so.
type Card struct {
	ID        ID
	Market    string // where it was issued; it is good wherever its currency is
	Currency  money.Currency
	State     State
	Last4     string
	Voucher   Voucher
	Source    Source
	Ref       string // of the source: an order's id, the old shop's number
	Initial   money.Amount
	Balance   money.Amount // what may be spent
	Held      money.Amount // promised to payments under way
	Broken    money.Amount // became breakage
	Expires   time.Time    // zero: never
	CreatedAt time.Time
}

// Usable reports whether the card pays at that time.
func (c Card) Usable(now time.Time) bool {
	return c.State == StateActive && (c.Expires.IsZero() || c.Expires.After(now))
}

// Find returns a card with what is on it, or ErrNotFound. Three statements.
func Find(ctx context.Context, tx *db.Tx, id ID) (Card, error) {
	c, err := selectCard(ctx, tx, id, "")
	if err == nil {
		c, err = withBalance(ctx, tx, c)
	}
	if err == nil {
		c.Held.Minor, err = ledger.Balance(ctx, tx, heldAccount(c.ID), string(c.Currency))
	}
	if err != nil {
		return Card{}, fmt.Errorf("find gift card %s: %w", id, notFound(err))
	}
	return c, nil
}

func withBalance(ctx context.Context, tx *db.Tx, c Card) (Card, error) {
	n, err := ledger.Balance(ctx, tx, account(c.ID), string(c.Currency))
	c.Balance.Minor = n
	return c, err
}

// Filter chooses cards for List; zero fields choose all.
type Filter struct {
	State State
	Last4 string
	Ref   string
	After ID
	Limit int // at most 100
}

// List returns a page of cards in order of id, without balances, and the id to
// go on after, "" at the end.
func List(ctx context.Context, tx *db.Tx, f Filter) (page []Card, after ID, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	f.Last4 = strings.ToUpper(f.Last4)
	page, err = selectCards(ctx, tx, f)
	if err != nil {
		return nil, "", fmt.Errorf("list gift cards: %w", err)
	}
	if len(page) > f.Limit {
		page = page[:f.Limit]
		after = page[f.Limit-1].ID
	}
	return page, after, nil
}

// BoughtIn returns the cards that were bought in any of the orders, at most 1,000
// of them, without balances: the newest first, at most 100.
func BoughtIn(ctx context.Context, tx *db.Tx, orders []string) ([]Card, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	all, err := selectBoughtIn(ctx, tx, orders)
	if err != nil {
		return nil, fmt.Errorf("gift cards bought in %d orders: %w", len(orders), err)
	}
	return all, nil
}

// Block stops a card from being used, until Unblock. What is held already can
// still be claimed. It returns ErrState, ErrReason or ErrNotFound.
func Block(ctx context.Context, tx *db.Tx, id ID, by By) error {
	return command(ctx, tx, id, StateBlocked, []State{StateActive}, by)
}

// Unblock lets a blocked card be used again; otherwise as Block.
func Unblock(ctx context.Context, tx *db.Tx, id ID, by By) error {
	return command(ctx, tx, id, StateActive, []State{StateBlocked}, by)
}

// command moves a card from one of some states for a reason.
func command(ctx context.Context, tx *db.Tx, id ID, to State, from []State, by By) error {
	err := by.check()
	var c Card
	if err == nil {
		c, err = selectCard(ctx, tx, id, tx.ForUpdate())
	}
	if err == nil && !slices.Contains(from, c.State) {
		err = ErrState
	}
	if err == nil {
		err = move(ctx, tx, c, to, by)
	}
	if err != nil {
		return fmt.Errorf("make gift card %s %s: %w", id, to, notFound(err))
	}
	return nil
}

// move writes a locked card's new state and why.
func move(ctx context.Context, tx *db.Tx, c Card, to State, by By) error {
	if !slices.Contains(next[c.State], to) {
		return ErrState
	}
	n, err := updateState(ctx, tx, c.ID, c.State, to, c.Expires, c.Broken.Minor)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return err
	}
	return insertMove(ctx, tx, c.ID, string(to), by)
}

// Move is one line of a card's story: a state it came to, or "recoded",
// "issued", "topped_up".
type Move struct {
	What string
	By
	At time.Time
}

// Story returns why a card is as it is, oldest first, at most 1,000 lines. What
// moved on it is in the ledger's entries of Account.
func Story(ctx context.Context, tx *db.Tx, id ID) ([]Move, error) {
	return selectMoves(ctx, tx, id)
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}
