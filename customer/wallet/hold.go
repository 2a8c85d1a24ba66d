package wallet

import (
	"context"
	"errors"
	"fmt"

	"korzo/customer/profile"
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

// Why a lot changed.
const (
	kindGranted  = "granted"
	kindHeld     = "held"
	kindReleased = "released"
	kindRefunded = "refunded"
	kindExpired  = "expired"
	kindRevoked  = "revoked"
	kindMoved    = "moved"
)

// entry is one change of a lot.
type entry struct {
	lot    LotID
	kind   string
	amount int64 // signed
	hold   HoldID
	ref    string
	by     By
}

// holdRow is a hold as stored.
type holdRow struct {
	id        HoldID
	customer  profile.CustomerID
	amount    money.Amount
	refunded  int64
	worth     money.Amount // that held points pay; zero for credit
	worthBack int64
	state     string
	order     string
}

// Shortage says how much there was; it wraps ErrShort.
type Shortage struct{ Wanted, Available money.Amount }

// Error names the amounts.
func (s *Shortage) Error() string {
	return fmt.Sprintf("hold %v of %v: %v", s.Wanted, s.Available, ErrShort)
}

// Unwrap returns ErrShort.
func (s *Shortage) Unwrap() error { return ErrShort }

// Hold promises an amount of a customer's credit to holder: after an error the
// transaction must be undone. It takes what ends soonest, then what is oldest.
// It returns a *Shortage (ErrShort) or ErrAmount. Holding the same again
// changes nothing; another amount while a hold is open or claimed is ErrHeld.
// After a Release holder may hold again. Nothing is held for a zero amount.
//
// It is eight statements, and one for each lot it takes from.
func Hold(ctx context.Context, tx *db.Tx, holder string, customer profile.CustomerID, amount money.Amount) error {
	if amount.Minor == 0 {
		return nil
	}
	var err error = ErrAmount
	if amount.Currency != Points {
		err = hold(ctx, tx, holder, customer, amount, money.Amount{})
	}
	if err != nil {
		return fmt.Errorf("hold store credit for %s: %w", holder, err)
	}
	return nil
}

func hold(ctx context.Context, tx *db.Tx, holder string, customer profile.CustomerID, amount, worth money.Amount) error {
	if err := checkAmount(amount); err != nil {
		return err
	}
	// The wallet first: a hold refers to it, and a reference is a lock that
	// sixteen holds could share and none make stronger.
	err := lockWallet(ctx, tx, customer, amount.Currency)
	if errors.Is(err, db.ErrNoRow) {
		return &Shortage{amount, money.Of(0, amount.Currency)}
	}
	if err != nil {
		return err
	}
	h := holdRow{id: id.New[HoldID]("wlh", tx.Now), customer: customer, amount: amount, worth: worth}
	n, err := insertHold(ctx, tx, h, holder)
	if err != nil {
		return err
	}
	if n == 0 {
		return sameHold(ctx, tx, holder, h)
	}
	lots, err := selectLive(ctx, tx, customer, amount.Currency)
	if err != nil {
		return err
	}
	entries, err := take(lots, amount)
	if err != nil {
		return err
	}
	for i := range entries {
		entries[i].hold, entries[i].ref = h.id, holder
	}
	if err := change(ctx, tx, customer, amount.Currency, entries); err != nil {
		return err
	}
	return post(ctx, tx, "wallet.held", holder, "wallet.hold:"+string(h.id), []ledger.Entry{
		{Account: account(customer, amount.Currency), Amount: amount.Neg()}, {Account: heldAccount(customer, amount.Currency), Amount: amount},
	})
}

// sameHold returns nil if what holder has already is this.
func sameHold(ctx context.Context, tx *db.Tx, holder string, want holdRow) error {
	h, err := selectHold(ctx, tx, holder)
	switch {
	case err != nil:
		return err
	case h.state == holdReleased || h.customer != want.customer || h.amount != want.amount || h.worth != want.worth:
		return ErrHeld
	}
	return nil
}

// take says what of each lot makes up an amount.
func take(lots []Lot, amount money.Amount) (entries []entry, err error) {
	rest := amount.Minor
	for _, l := range lots {
		if n := min(l.Remaining.Minor, rest); n > 0 {
			entries = append(entries, entry{lot: l.ID, kind: kindHeld, amount: -n})
			rest -= n
		}
	}
	if rest > 0 {
		return nil, &Shortage{amount, money.Of(amount.Minor-rest, amount.Currency)}
	}
	return entries, nil
}

// change adds entries to lots of a locked wallet and writes them down.
func change(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency, entries []entry) error {
	for _, e := range entries {
		n, err := addRemaining(ctx, tx, e.lot, e.amount)
		if err == nil && n == 0 {
			err = errors.New("the lot changed under its lock")
		}
		if err != nil {
			return fmt.Errorf("change lot %s by %d: %w", e.lot, e.amount, err)
		}
	}
	return insertEntries(ctx, tx, customer, c, entries)
}

// Release gives back to the lots what is held for holder; what an order has
// claimed stays. What has expired or was revoked meanwhile goes back too, and
// the next sweep takes it. It may be repeated, and releasing nothing is no
// error. One statement if nothing is held.
func Release(ctx context.Context, tx *db.Tx, holder string) error {
	h, err := lockHold(ctx, tx, holder)
	if err == nil && h.state == holdOpen {
		err = release(ctx, tx, h, holder)
	}
	if err != nil {
		return fmt.Errorf("release store credit of %s: %w", holder, err)
	}
	return nil
}

func release(ctx context.Context, tx *db.Tx, h holdRow, holder string) error {
	if err := settle(ctx, tx, h, holdReleased, ""); err != nil {
		return err
	}
	back, err := selectTaken(ctx, tx, h.id)
	if err != nil {
		return err
	}
	for i := range back {
		back[i].kind, back[i].ref = kindReleased, holder
	}
	if err := change(ctx, tx, h.customer, h.amount.Currency, back); err != nil {
		return err
	}
	return post(ctx, tx, "wallet.released", holder, "wallet.release:"+string(h.id), []ledger.Entry{
		{Account: heldAccount(h.customer, h.amount.Currency), Amount: h.amount.Neg()}, {Account: account(h.customer, h.amount.Currency), Amount: h.amount},
	})
}

// Claim makes what is held for holder the payment of an order: it can no longer
// be released, and the order's customer owes that much less. A holder without
// a hold claims nothing. It returns ErrNoHold, having changed nothing, if the
// hold was released: Hold again, then Claim. It may be repeated for the same
// order; for another it returns ErrClaimed. Seven statements; one if nothing is
// held.
func Claim(ctx context.Context, tx *db.Tx, holder, order string) error {
	h, err := lockHold(ctx, tx, holder)
	if err == nil {
		err = claim(ctx, tx, h, order)
	}
	if err != nil {
		return fmt.Errorf("claim store credit of %s for %s: %w", holder, order, err)
	}
	return nil
}

func claim(ctx context.Context, tx *db.Tx, h holdRow, order string) error {
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
	if err := tell(ctx, tx, h.customer, h.amount.Neg(), "spent", order); err != nil {
		return err
	}
	return post(ctx, tx, "wallet.claimed", order, "wallet.claim:"+string(h.id), tendered(heldAccount(h.customer, h.amount.Currency), h.amount.Neg(), h.worth.Neg()))
}

// settle ends an open hold whose wallet is locked.
func settle(ctx context.Context, tx *db.Tx, h holdRow, state, order string) error {
	n, err := updateHold(ctx, tx, h.id, state, order)
	if err == nil && n == 0 {
		err = errors.New("the hold changed under its lock")
	}
	return err
}

// lockHold returns a holder's last hold, whatever its state, or the zero one. An
// open one's wallet is locked before it is read: Merge, too, takes a wallet
// before its holds.
func lockHold(ctx context.Context, tx *db.Tx, holder string) (holdRow, error) {
	h, err := selectHold(ctx, tx, holder)
	for err == nil && h.state == holdOpen {
		owner := h.customer
		if err = lockWallet(ctx, tx, owner, h.amount.Currency); err != nil {
			break
		}
		if h, err = selectHold(ctx, tx, holder); h.customer == owner { // or it was merged meanwhile
			break
		}
	}
	if errors.Is(err, db.ErrNoRow) {
		return holdRow{}, nil
	}
	return h, err
}
