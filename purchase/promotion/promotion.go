// Package promotion keeps who may buy for less, by how much, and how often.
//
// A promotion is a benefit (what it takes off) for some goods or all, under
// conditions that must all hold; both are seams with lists of their own. It
// applies by itself or by code: by one, by many, or by codes generated for one
// customer each. It lives from draft through active, and paused if need be, to
// ended. Check tells for each code that a cart carries whether it applies, or the
// one reason why it does not; what it costs then, and which of several promotions
// combine, is quote's to reckon. docs/promotions.md lists the reasons.
//
// A use is held by a holder (an attempt to place an order) before money moves and
// is either released or claimed by the order. Limits are counted where they are
// guarded: uses in all and money spent in the promotion's own row, uses of a code
// in the code's, uses by a customer or in a period in a row of that name. Each
// guard stands in the statement that counts up and again as a CHECK. The uses
// stand one by one in promotion_redemptions, and every counter is always the sum
// of those held or claimed: Verify proves it. A holder has at most one use of a
// promotion, so every verb here may be repeated.
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
	"korzo/platform/remember"
	"korzo/purchase/promotion/basket"
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
	ErrState = fault.New(fault.Conflict, "promotion.state", "a promotion goes from draft to active, may be paused, and once ended stays so: create a new one")
	// ErrExhausted reports that no use is left: of the promotion, of the code, for the customer or in the period.
	ErrExhausted = fault.New(fault.Conflict, "promotion.exhausted", "the promotion has been used as often as it may be: take its code off the cart")
	// ErrBudget reports that what is left of the budget does not pay for the discount.
	ErrBudget = fault.New(fault.Conflict, "promotion.budget", "the promotion's budget is spent: take its code off the cart")
	// ErrNotActive reports that the promotion is a draft, paused, ended, or outside its time.
	ErrNotActive = fault.New(fault.Conflict, "promotion.not_active", "the promotion does not run now: take its code off the cart")
	// ErrNoHold reports that a holder's uses were released before they were claimed.
	ErrNoHold = fault.New(fault.Conflict, "promotion.no_hold", "the promotion's use was given back meanwhile: redeem it again")
	// ErrClaimed reports that a holder's uses belong to another order.
	ErrClaimed = fault.New(fault.Conflict, "promotion.claimed", "the promotion's use belongs to another order: use a holder of its own for each attempt")
	// ErrCodes reports more codes than one cart may carry.
	ErrCodes = fault.New(fault.Invalid, "promotion.codes", "a cart carries at most 20 codes: take some off")
	// ErrNoCode reports that there is no such code.
	ErrNoCode = fault.New(fault.NotFound, "promotion.no_code", "there is no such code: look it up in the list of codes")
	// ErrCodeUsed reports a code that was used, or used more often than a new limit allows.
	ErrCodeUsed = fault.New(fault.Conflict, "promotion.code_used", "the code has been used already: limit it to its uses instead of taking it back")
	// ErrAutomatic reports codes for a promotion that applies by itself.
	ErrAutomatic = fault.New(fault.Conflict, "promotion.automatic", "the promotion applies by itself and takes no codes: create one that applies by code")
)

// Refused reports whether an error of Redeem means that the promotion is not to
// be had any more: the shopper should see the new total.
func Refused(err error) bool {
	return errors.Is(err, ErrExhausted) || errors.Is(err, ErrBudget) || errors.Is(err, ErrNotActive)
}

// State is where a promotion is in its life.
type State string

// The states of a promotion.
const (
	StateDraft  State = "draft"  // nobody outside knows of it
	StateActive State = "active" // applies within its time
	StatePaused State = "paused" // does not apply for now
	StateEnded  State = "ended"  // for ever
)

var next = map[State][]State{
	StateDraft:  {StateActive, StateEnded},
	StateActive: {StatePaused, StateEnded},
	StatePaused: {StateActive, StateEnded},
}

// Moves returns the states that may follow one.
func Moves(from State) []State { return next[from] }

// Draft is all that a merchant decides about a promotion.
type Draft struct {
	Name       string
	Code       string       // as written; with it the promotion applies by code
	ByCode     bool         // applies by code, also before there is one: see AddCodes and Generate
	Benefit    Spec         // what it takes off
	Items      basket.Items // the goods the benefit is for; zero: all
	Conditions []Spec       // at most MaxConditions; all must hold
	Market     string       // "" for all markets
	Priority   int64        // the higher comes first, -1000..1000
	Exclusive  bool         // combines with no other promotion

	UsageLimit  int64        // in all; 0 is without limit, as below
	PerCustomer int64        // for each customer; a guest is known by the e-mail address. For first orders it is at least 1
	Period      Period       // with PerPeriod
	PerPeriod   int64        // uses in each period
	Budget      money.Amount // what it may take off in all; zero is without limit

	Starts time.Time // zero: at once
	Ends   time.Time // the moment it stops; zero: never
	State  State     // "" is StateActive
}

// Promotion is a draft that was created, and what became of it.
type Promotion struct {
	ID ID
	Draft
	Used      int64 // uses held or claimed
	Spent     int64 // what they took off, in minor units of the budget's currency; 0 without a budget
	CreatedAt time.Time
}

// memory is the name under which the automatic promotions are remembered.
const memory = "promotion"

// Create writes a promotion. It returns ErrInvalid or ErrCodeTaken.
func Create(ctx context.Context, tx *db.Tx, d Draft) (Promotion, error) {
	d, err := checked(ctx, tx, d)
	if err != nil {
		return Promotion{}, err
	}
	p := Promotion{ID: id.New[ID]("promo", tx.Now), Draft: d, CreatedAt: tx.Now}
	if err = insertPromotion(ctx, tx, &p); err == nil && p.Code != "" {
		err = addCodes(ctx, tx, p.ID, []string{p.Code}, 0)
	}
	if err == nil {
		err = remember.Touch(ctx, tx, memory)
	}
	if err != nil {
		return Promotion{}, fmt.Errorf("create promotion %q: %w", p.Name, err)
	}
	return p, nil
}

// Update changes all of a promotion but its state, its code, and whether it
// applies by code. It returns ErrNotFound, ErrInvalid (also for a limit or budget
// below what was used already), or ErrState for one that has ended.
func Update(ctx context.Context, tx *db.Tx, id ID, d Draft) (Promotion, error) {
	p, err := found(lockPromotion(ctx, tx, id))
	if err != nil {
		return p, err
	}
	if p.State == StateEnded {
		return p, ErrState
	}
	state := p.State
	d.Code, d.ByCode, d.State = p.Code, p.ByCode, StateActive
	if d, err = checked(ctx, tx, d); err != nil {
		return p, err
	}
	if p.Spent, err = selectSpent(ctx, tx, id, d.Budget.Currency); err != nil {
		return p, fmt.Errorf("update promotion %s: %w", id, err)
	}
	p.Draft = d
	p.State = state
	n, err := updatePromotion(ctx, tx, &p)
	if err == nil && n == 0 {
		err = ErrInvalid.With("usage_limit: must not be less than the uses there are; budget: must not be less than was spent")
	}
	if err == nil {
		err = remember.Touch(ctx, tx, memory)
	}
	if err != nil {
		return p, fmt.Errorf("update promotion %s: %w", id, err)
	}
	return p, nil
}

// Find returns a promotion, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Promotion, error) {
	return found(selectPromotion(ctx, tx, id))
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
	if err == nil {
		err = remember.Touch(ctx, tx, memory)
	}
	if err != nil {
		return fmt.Errorf("set promotion %s %s: %w", id, to, err)
	}
	return nil
}
