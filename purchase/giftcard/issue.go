package giftcard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/platform/seal"
	"korzo/value/money"
)

// Draft is a card to be issued.
type Draft struct {
	Market  string
	Amount  money.Amount // in the market's currency
	Source  Source
	Ref     string // what it is issued for: an order's id, the old shop's number
	By      By
	Voucher Voucher   // "" is VoucherMulti
	Expires time.Time // zero: as the market's policy says
	Code    string    // of an imported card; empty otherwise
	Key     string    // issuing again under it changes nothing: "ord_…:line:1"
}

// Issued is a new card. Code is told here and never again; it is empty when
// the card had been issued before.
type Issued struct {
	Card
	Code string
}

// Issue makes a card worth its amount, which comes from the source's account:
// what an order was paid for it, the shop's goodwill, the old shop's books. It
// returns ErrDraft, ErrReason, ErrAmount, ErrCodeTaken, ErrMistyped for an
// imported code, or ErrKeyReused; and may be repeated under its key.
func Issue(ctx context.Context, tx *db.Tx, k *seal.Keeper, d Draft) (Issued, error) {
	c, folded, err := prepare(ctx, tx, d)
	if err != nil {
		return Issued{}, fmt.Errorf("issue gift card: %w", err)
	}
	n, err := insertCard(ctx, tx, c, d.Key, hash(k, folded))
	if err == nil && n == 0 {
		return again(ctx, tx, d)
	}
	for _, a := range []string{account(c.ID), heldAccount(c.ID)} {
		if err == nil {
			err = ledger.Guard(ctx, tx, a, string(c.Currency), 0)
		}
	}
	if err == nil {
		err = post(ctx, tx, "giftcard.issued", string(c.ID), "giftcard.issue:"+string(c.ID), given(account(c.ID), c.Initial, paidBy[c.Source]))
	}
	if err == nil {
		err = insertMove(ctx, tx, c.ID, "issued", d.By)
	}
	if err != nil {
		return Issued{}, fmt.Errorf("issue gift card: %w", err)
	}
	c.Balance = c.Initial
	return Issued{c, grouped(folded)}, nil
}

// prepare checks a draft and returns the card and its folded code.
func prepare(ctx context.Context, tx *db.Tx, d Draft) (c Card, folded string, err error) {
	if err := d.By.check(); err != nil {
		return c, "", err
	}
	if d.Voucher == "" {
		d.Voucher = VoucherMulti
	}
	imported := d.Source == SourceImport
	if paidBy[d.Source] == "" || d.Key == "" || (d.Code != "") != imported || d.Voucher != VoucherMulti && d.Voucher != VoucherSingle {
		return c, "", ErrDraft
	}
	if !d.Expires.IsZero() && !d.Expires.After(tx.Now) {
		return c, "", ErrDraft.With("the day on which the gift card ends is past; take a later one, or leave it out")
	}
	folded = newCode()
	if imported {
		if folded, err = parse(d.Code); err != nil {
			return c, "", err
		}
	}
	m, err := market.Find(ctx, tx, d.Market)
	if err != nil {
		return c, "", err
	}
	p, err := PolicyOf(ctx, tx, m.ID)
	if err != nil {
		return c, "", err
	}
	if err := p.allows(d.Amount, m, d.Source); err != nil {
		return c, "", err
	}
	if d.Expires.IsZero() {
		if d.Expires, err = p.expiry(tx.Now, m); err != nil {
			return c, "", err
		}
	}
	none := money.Of(0, m.Currency)
	return Card{
		ID: id.New[ID]("gft", tx.Now), Market: m.ID, Currency: m.Currency, State: StateActive, Last4: last4(folded),
		Voucher: d.Voucher, Source: d.Source, Ref: d.Ref, Initial: d.Amount, Balance: none, Held: none, Broken: none,
		Expires: d.Expires, CreatedAt: tx.Now,
	}, folded, nil
}

// allows returns ErrAmount for what no card of the market may be given.
func (p Policy) allows(a money.Amount, m market.Market, s Source) error {
	info, known := money.Find(a.Currency)
	switch {
	case !known, a.Currency != m.Currency, a.Minor <= 0, a.Minor > money.MaxPrice, a.Minor%info.ChargeStep != 0:
		return ErrAmount
	case s == SourcePurchase && (a.Minor < p.Least || p.Most > 0 && a.Minor > p.Most):
		return ErrAmount
	}
	return nil
}

// again returns the card issued before under a draft's key, without its code.
func again(ctx context.Context, tx *db.Tx, d Draft) (Issued, error) {
	c, err := selectByKey(ctx, tx, d.Key)
	switch {
	case errors.Is(err, db.ErrNoRow):
		err = ErrCodeTaken
	case err == nil && (c.Market != d.Market || c.Initial != d.Amount || c.Source != d.Source || c.Ref != d.Ref):
		err = ErrKeyReused
	}
	if err == nil {
		c, err = withBalance(ctx, tx, c)
	}
	if err != nil {
		return Issued{}, fmt.Errorf("issue gift card: %w", err)
	}
	return Issued{Card: c}, nil
}

// Top is value to be added to a card.
type Top struct {
	Card   ID
	Amount money.Amount
	Source Source // SourcePurchase or SourceStaff
	Ref    string
	By     By
	Key    string // adding again under it changes nothing
}

// TopUp adds to an active card. It returns ErrNotFound, ErrUnusable for a card
// that cannot be used, ErrAmount, ErrCurrency, ErrReason, ErrDraft or
// ErrKeyReused.
func TopUp(ctx context.Context, tx *db.Tx, t Top) error {
	if err := topUp(ctx, tx, t); err != nil {
		return fmt.Errorf("top up gift card %s: %w", t.Card, notFound(err))
	}
	return nil
}

func topUp(ctx context.Context, tx *db.Tx, t Top) error {
	if err := t.By.check(); err != nil {
		return err
	}
	if t.Key == "" || t.Source == SourceImport || paidBy[t.Source] == "" {
		return ErrDraft
	}
	c, err := selectCard(ctx, tx, t.Card, tx.ForUpdate())
	if err != nil {
		return err
	}
	if c.Currency != t.Amount.Currency {
		return ErrCurrency
	}
	m, err := market.Find(ctx, tx, c.Market)
	if err != nil {
		return err
	}
	p, err := PolicyOf(ctx, tx, c.Market)
	if err == nil {
		err = p.allows(t.Amount, m, t.Source)
	}
	if err != nil {
		return err
	}
	if !c.Usable(tx.Now) {
		return ErrUnusable
	}
	before, err := ledger.Balance(ctx, tx, account(c.ID), string(c.Currency))
	if err != nil {
		return err
	}
	if err := post(ctx, tx, "giftcard.topped_up", string(c.ID), "giftcard.topup:"+t.Key, given(account(c.ID), t.Amount, paidBy[t.Source])); err != nil {
		return err
	}
	after, err := ledger.Balance(ctx, tx, account(c.ID), string(c.Currency))
	if err != nil || after == before { // posted before
		return err
	}
	return insertMove(ctx, tx, c.ID, "topped_up", t.By)
}

// Cancel takes back what is left on an active or blocked card, because its
// purchase is undone or it was issued by mistake, and returns how much that
// was: no more than this is refunded for it. It goes back to the account that
// it came from. It returns ErrState, ErrHeld while a payment with the card is
// under way, ErrReason or ErrNotFound.
func Cancel(ctx context.Context, tx *db.Tx, id ID, by By) (money.Amount, error) {
	c, err := takeBack(ctx, tx, id, by)
	if err != nil {
		return money.Amount{}, fmt.Errorf("cancel gift card %s: %w", id, notFound(err))
	}
	return c.Balance, nil
}

func takeBack(ctx context.Context, tx *db.Tx, id ID, by By) (c Card, err error) {
	if err = by.check(); err != nil {
		return c, err
	}
	if c, err = selectCard(ctx, tx, id, tx.ForUpdate()); err != nil {
		return c, err
	}
	if err = move(ctx, tx, c, StateCancelled, by); err != nil {
		return c, err
	}
	held, err := selectHeldCards(ctx, tx, []ID{id})
	if err == nil && len(held) > 0 {
		err = ErrHeld
	}
	if err == nil {
		err = cancelDeliveries(ctx, tx, id)
	}
	if err == nil {
		c, err = withBalance(ctx, tx, c)
	}
	if err != nil {
		return c, err
	}
	moves, err := countMoves(ctx, tx, id) // a card that a refund opened again may be cancelled again
	if err != nil {
		return c, err
	}
	return c, post(ctx, tx, "giftcard.cancelled", string(id), fmt.Sprintf("giftcard.cancel:%s:%d", id, moves),
		given(account(id), c.Balance.Neg(), paidBy[c.Source]))
}

// Recode gives a card a new code, told here and never again; the old one is
// worth nothing from now on, and a delivery that still waits is cancelled.
// What is on the card stays. It returns ErrState for an expired or cancelled
// card, ErrReason or ErrNotFound.
func Recode(ctx context.Context, tx *db.Tx, k *seal.Keeper, id ID, by By) (code string, err error) {
	folded := newCode()
	if err = by.check(); err == nil {
		var n int64
		if n, err = updateCode(ctx, tx, id, hash(k, folded), last4(folded)); err == nil && n == 0 {
			if _, err = selectCard(ctx, tx, id, ""); err == nil {
				err = ErrState
			}
		}
	}
	if err == nil {
		err = cancelDeliveries(ctx, tx, id)
	}
	if err == nil {
		err = insertMove(ctx, tx, id, "recoded", by)
	}
	if err != nil {
		return "", fmt.Errorf("recode gift card %s: %w", id, notFound(err))
	}
	return grouped(folded), nil
}
