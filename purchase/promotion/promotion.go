// Package promotion keeps who may buy for less: percentages and fixed amounts
// off the goods, given to everyone or to those who know a code.
//
// A promotion lives from draft through active to ended, in a window of time, in
// one market or in all, for as many uses as its limit allows. Check tells for
// each code that a cart carries whether it applies, or the reason why it does
// not; what it costs then is quote's to reckon.
//
// A use is held by a holder (an attempt to place an order) before money moves
// and is either released or claimed by the order. Uses are counted in the
// promotion's own row, guarded there by its limit, and stand one by one in
// promotion_redemptions: Used is always the number of uses held or claimed, and
// never above the limit. A holder has at most one use of a promotion, so every
// verb here may be repeated.
package promotion

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	// ErrNotFound reports that there is no such promotion.
	ErrNotFound = fault.New(fault.NotFound, "promotion.not_found", "no such promotion: use an id from the list of promotions")
	// ErrInvalid reports a promotion that breaks a rule; its text names each bad field.
	ErrInvalid = fault.New(fault.Invalid, "promotion.invalid", "the promotion is not valid: mend the fields named")
	// ErrCodeTaken reports that another promotion has the code.
	ErrCodeTaken = fault.New(fault.Conflict, "promotion.code_taken", "another promotion has this code, whatever its capitals: choose another code")
	// ErrState reports a move that a promotion's life does not allow.
	ErrState = fault.New(fault.Conflict, "promotion.state", "a promotion goes from draft to active to ended and never back: create a new one")
	// ErrExhausted reports that no use is left.
	ErrExhausted = fault.New(fault.Conflict, "promotion.exhausted", "the promotion has been used as often as it may be: take its code off the cart")
	// ErrNotActive reports that the promotion is a draft, ended, or outside its time.
	ErrNotActive = fault.New(fault.Conflict, "promotion.not_active", "the promotion does not run now: take its code off the cart")
	// ErrNoHold reports that a holder's uses were released before they were claimed.
	ErrNoHold = fault.New(fault.Conflict, "promotion.no_hold", "the promotion's use was given back meanwhile: redeem it again")
	// ErrClaimed reports that a holder's uses belong to another order.
	ErrClaimed = fault.New(fault.Conflict, "promotion.claimed", "the promotion's use belongs to another order: use a holder of its own for each attempt")
	// ErrCodes reports more codes than one cart may carry.
	ErrCodes = fault.New(fault.Invalid, "promotion.codes", "a cart carries at most 20 codes: take some off")
)

// State is where a promotion is in its life.
type State string

// The states of a promotion.
const (
	StateDraft  State = "draft"  // nobody outside knows of it
	StateActive State = "active" // applies within its time
	StateEnded  State = "ended"  // for ever
)

var next = map[State][]State{
	StateDraft:  {StateActive, StateEnded},
	StateActive: {StateEnded},
}

// Promotion takes something off the goods.
type Promotion struct {
	ID         ID
	Name       string
	Code       string // as the merchant wrote it; "" applies by itself
	Kind       Kind
	PPM        int64        // of a Percent: parts per million, 1..1_000_000
	Amount     money.Amount // of a Fixed: a multiple of the currency's charge step
	Market     string       // "" for all markets; a Fixed applies where its currency is the market's
	UsageLimit int64        // 0 is without limit
	Used       int64        // uses held or claimed
	Starts     time.Time    // zero: at once
	Ends       time.Time    // the moment it stops; zero: never
	State      State
	CreatedAt  time.Time
}

// Draft is a promotion to be created. The zero State is StateActive.
type Draft struct {
	Name         string
	Code         string
	Kind         Kind
	PPM          int64
	Amount       money.Amount
	Market       string
	UsageLimit   int64
	Starts, Ends time.Time
	State        State
}

// Create writes a promotion. It returns ErrInvalid or ErrCodeTaken.
func Create(ctx context.Context, tx *db.Tx, d Draft) (Promotion, error) {
	d, err := checked(ctx, tx, d)
	if err != nil {
		return Promotion{}, err
	}
	p := Promotion{
		ID: id.New[ID]("promo", tx.Now), Name: d.Name, Code: d.Code, Kind: d.Kind, PPM: d.PPM, Amount: d.Amount,
		Market: d.Market, UsageLimit: d.UsageLimit, Starts: d.Starts, Ends: d.Ends, State: d.State, CreatedAt: tx.Now,
	}
	n, err := insertPromotion(ctx, tx, p)
	if err == nil && n == 0 {
		err = ErrCodeTaken
	}
	if err != nil {
		return Promotion{}, fmt.Errorf("create promotion %q: %w", p.Name, err)
	}
	return p, nil
}

// Find returns a promotion, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Promotion, error) {
	return found(selectPromotion(ctx, tx, id))
}

// FindCode returns the promotion of a code, whatever its capitals, or ErrNotFound.
func FindCode(ctx context.Context, tx *db.Tx, code string) (Promotion, error) {
	key := fold(code)
	if key == "" {
		return Promotion{}, ErrNotFound
	}
	return found(selectByCode(ctx, tx, key))
}

func found(p Promotion, err error) (Promotion, error) {
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return p, err
}

// Filter chooses a page of promotions.
type Filter struct {
	State State // "" for all
	After ID    // the last one already seen
	Limit int   // 1..100; 0 is 50
}

// List returns a page of promotions, the oldest first, and the After of the
// next page, "" at the end.
func List(ctx context.Context, tx *db.Tx, f Filter) (page []Promotion, after ID, err error) {
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 50
	}
	page, err = listPromotions(ctx, tx, f, f.Limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list promotions: %w", err)
	}
	if len(page) > f.Limit {
		page = page[:f.Limit]
		after = page[f.Limit-1].ID
	}
	return page, after, nil
}

// SetState moves a promotion on in its life. Moving it to where it is changes
// nothing. It returns ErrNotFound or ErrState.
func SetState(ctx context.Context, tx *db.Tx, id ID, to State) error {
	p, err := Find(ctx, tx, id)
	if err != nil {
		return err
	}
	if p.State == to {
		return nil
	}
	if !slices.Contains(next[p.State], to) {
		return ErrState
	}
	n, err := updateState(ctx, tx, id, p.State, to)
	if err == nil && n == 0 {
		err = ErrState // someone else was faster
	}
	if err != nil {
		return fmt.Errorf("set promotion %s %s: %w", id, to, err)
	}
	return nil
}
