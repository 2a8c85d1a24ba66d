package giftcard

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// A hold is open, then released or claimed. A holder has one that is not
// released at most.
const (
	holdOpen     = "held"
	holdReleased = "released"
	holdClaimed  = "claimed"
)

// Part is what one card pays.
type Part struct {
	Card   ID
	Amount money.Amount
}

// Shortage says which card had too little; it wraps ErrShort. Its text tells
// the shopper what is left.
type Shortage struct {
	Part
	Available money.Amount
}

// Error names the card and the amounts.
func (s *Shortage) Error() string {
	return fmt.Sprintf("hold %v on gift card %s, which has %v: %v", s.Amount, s.Card, s.Available, ErrShort)
}

// Unwrap returns ErrShort.
func (s *Shortage) Unwrap() error { return ErrShort }

// holding is a hold with its parts, in the order they were taken.
type holding struct {
	id       HoldID
	state    string
	order    string
	currency money.Currency
	parts    []Part
}

// Hold promises an amount of each card to holder, all or none: after an error
// the transaction must be undone. It returns ErrNotFound, ErrUnusable or
// ErrCurrency, wrapped with the card, a *Shortage (ErrShort), ErrTooMany or
// ErrAmount. Holding the same again changes nothing; something else while a
// hold is open or claimed is ErrHeld. After a Release holder may hold again.
//
// It is five statements, and two for each card; none for no parts.
func Hold(ctx context.Context, tx *db.Tx, holder string, parts []Part) error {
	if len(parts) == 0 {
		return nil
	}
	if err := hold(ctx, tx, holder, parts); err != nil {
		return fmt.Errorf("hold gift cards for %s: %w", holder, err)
	}
	return nil
}

func hold(ctx context.Context, tx *db.Tx, holder string, parts []Part) error {
	if err := checkParts(parts); err != nil {
		return err
	}
	h := holding{id: id.New[HoldID]("gfh", tx.Now), currency: parts[0].Amount.Currency, parts: parts}
	n, err := insertHold(ctx, tx, h, holder)
	if err != nil {
		return err
	}
	if n == 0 {
		return sameHold(ctx, tx, holder, parts)
	}
	if err := usable(ctx, tx, parts); err != nil {
		return err
	}
	if err := insertParts(ctx, tx, h.id, parts); err != nil {
		return err
	}
	err = post(ctx, tx, "giftcard.held", holder, "giftcard.hold:"+string(h.id), between(parts, account, heldAccount))
	return shortage(ctx, tx, err, parts)
}

func checkParts(parts []Part) error {
	if len(parts) > MaxCards {
		return ErrTooMany
	}
	for i, p := range parts {
		twice := slices.ContainsFunc(parts[:i], func(q Part) bool { return q.Card == p.Card })
		if p.Amount.Minor <= 0 || p.Amount.Minor > money.MaxPrice || twice {
			return fmt.Errorf("card %s: %w", p.Card, ErrAmount)
		}
		if p.Amount.Currency != parts[0].Amount.Currency {
			return fmt.Errorf("card %s: %w", p.Card, ErrCurrency)
		}
	}
	return nil
}

// sameHold returns nil if what holder has already are these parts.
func sameHold(ctx context.Context, tx *db.Tx, holder string, parts []Part) error {
	h, err := lockHold(ctx, tx, holder)
	if err == nil && !slices.Equal(h.parts, parts) {
		err = ErrHeld
	}
	return err
}

// usable locks the cards of parts and returns ErrNotFound, ErrUnusable or
// ErrCurrency for the first that cannot pay.
func usable(ctx context.Context, tx *db.Tx, parts []Part) error {
	cards, err := lockCards(ctx, tx, cardsOf(parts))
	if err != nil {
		return err
	}
	for _, p := range parts {
		i := slices.IndexFunc(cards, func(c Card) bool { return c.ID == p.Card })
		switch {
		case i < 0:
			return fmt.Errorf("card %s: %w", p.Card, ErrNotFound)
		case !cards[i].Usable(tx.Now):
			return fmt.Errorf("card %s: %w", p.Card, ErrUnusable)
		case cards[i].Currency != p.Amount.Currency:
			return fmt.Errorf("card %s: %w", p.Card, ErrCurrency)
		}
	}
	return nil
}

func cardsOf(parts []Part) []ID {
	ids := make([]ID, len(parts))
	for i, p := range parts {
		ids[i] = p.Card
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// between are the entries that move parts from one account of their card to another.
func between(parts []Part, from, to func(ID) string) (entries []ledger.Entry) {
	for _, p := range parts {
		entries = append(entries,
			ledger.Entry{Account: from(p.Card), Amount: p.Amount.Neg()},
			ledger.Entry{Account: to(p.Card), Amount: p.Amount})
	}
	return entries
}

// shortage puts the ledger's refusal into a shopper's words.
func shortage(ctx context.Context, tx *db.Tx, err error, parts []Part) error {
	low, ok := errors.AsType[*ledger.TooLow](err)
	if !ok {
		return err
	}
	for _, p := range parts {
		if account(p.Card) != low.Account {
			continue
		}
		left, err := ledger.Balance(ctx, tx, low.Account, string(p.Amount.Currency))
		if err != nil {
			return err
		}
		return &Shortage{p, money.Of(left, p.Amount.Currency)}
	}
	return err
}

// Release gives back to the cards what is held for holder; what an order has
// claimed stays. It may be repeated, and releasing nothing is no error. One
// statement if nothing is held.
func Release(ctx context.Context, tx *db.Tx, holder string) error {
	h, err := lockHold(ctx, tx, holder)
	if err == nil && h.state == holdOpen {
		err = settle(ctx, tx, h, holdReleased, "")
		if err == nil {
			err = post(ctx, tx, "giftcard.released", holder, "giftcard.release:"+string(h.id), between(h.parts, heldAccount, account))
		}
	}
	if err != nil {
		return fmt.Errorf("release gift cards of %s: %w", holder, err)
	}
	return nil
}

// Claim makes what is held for holder the payment of an order: it can no longer
// be released, and the order's customer owes that much less. A holder without
// a hold claims nothing. It returns ErrNoHold, having changed nothing, if the
// hold was released: Hold again, then Claim. It may be repeated for the same
// order; for another it returns ErrClaimed.
//
// It is four statements, and one for each card; one if nothing is held.
func Claim(ctx context.Context, tx *db.Tx, holder, order string) error {
	h, err := lockHold(ctx, tx, holder)
	if err == nil {
		err = claim(ctx, tx, h, order)
	}
	if err != nil {
		return fmt.Errorf("claim gift cards of %s for %s: %w", holder, order, err)
	}
	return nil
}

func claim(ctx context.Context, tx *db.Tx, h holding, order string) error {
	switch {
	case h.id == "":
		return nil
	case h.state == holdReleased:
		return ErrNoHold
	case h.state == holdClaimed && h.order == order:
		return nil
	case h.state == holdClaimed:
		return ErrClaimed
	}
	if err := settle(ctx, tx, h, holdClaimed, order); err != nil {
		return err
	}
	var entries []ledger.Entry
	for _, p := range h.parts {
		entries = append(entries, given(heldAccount(p.Card), p.Amount.Neg(), Customers)...)
	}
	return post(ctx, tx, "giftcard.claimed", order, "giftcard.claim:"+string(h.id), entries)
}

// settle ends an open hold that is locked.
func settle(ctx context.Context, tx *db.Tx, h holding, state, order string) error {
	n, err := updateHold(ctx, tx, h.id, state, order)
	if err == nil && n == 0 {
		err = errors.New("the hold changed under its lock")
	}
	return err
}

// Held returns what is promised to a holder or claimed by its order, in the
// order it was taken; nothing after a release.
func Held(ctx context.Context, tx *db.Tx, holder string) ([]Part, error) {
	h, err := lastHold(ctx, tx, holder, "")
	if err != nil {
		return nil, fmt.Errorf("read gift cards held for %s: %w", holder, err)
	}
	if h.state == holdReleased {
		return nil, nil
	}
	return h.parts, nil
}

// lockHold returns a holder's last hold, whatever its state, or the zero one.
func lockHold(ctx context.Context, tx *db.Tx, holder string) (holding, error) {
	return lastHold(ctx, tx, holder, tx.ForUpdate())
}

func lastHold(ctx context.Context, tx *db.Tx, holder, lock string) (holding, error) {
	rows, err := selectHold(ctx, tx, holder, lock)
	if err != nil || len(rows) == 0 {
		return holding{}, err
	}
	return holdings(rows)[0], nil
}

// holdings gathers rows, one for each part, into holds.
func holdings(rows []partRow) (all []holding) {
	for _, r := range rows {
		if n := len(all); n == 0 || all[n-1].id != r.hold {
			all = append(all, holding{id: r.hold, state: r.state, order: r.order, currency: r.currency})
		}
		h := &all[len(all)-1]
		h.parts = append(h.parts, Part{r.card, money.Of(r.amount, r.currency)})
	}
	return all
}

// Share says which cards pay what of total: each in turn what it has, as far
// as it is needed. Cards that do not pay at that time or in that currency are
// left out. It is pure; Hold decides.
func Share(total money.Amount, cards []Card, usable func(Card) bool) (parts []Part) {
	rest := total
	for _, c := range cards {
		if c.Currency != total.Currency || !usable(c) || len(parts) == MaxCards {
			continue
		}
		if n := min(c.Balance.Minor, rest.Minor); n > 0 {
			parts = append(parts, Part{c.ID, money.Of(n, total.Currency)})
			rest.Minor -= n
		}
	}
	return parts
}
