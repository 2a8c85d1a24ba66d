// Package cart keeps what shoppers mean to buy.
//
// A cart holds variants and quantities, never prices: Load computes those
// afresh each time it is looked at, with everything that keeps the cart from
// being bought. Stock is held with the payment, or before where a checkout says
// so (Hold): once, till a time, and never for what is no longer in the cart.
//
// Every change is one guarded step: the row of the cart takes the next version
// only while it is open, and stays locked until the transaction ends. So
// changes of one cart happen one after the other, and a cart that a checkout
// has locked cannot change: what is charged is what is placed. Only the holder
// of the lock unlocks the cart or turns it into an order, once.
//
// Whose cart it is: a guest's cart belongs to whoever knows its id, which
// nobody can guess and no log shows. A customer's cart is theirs alone; to
// others it does not exist.
package cart

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/value/money"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "cart.not_found", "there is no such cart: create one, or sign in as the customer whose it is")
	ErrLocked   = fault.New(fault.Conflict, "cart.locked", "the cart is being paid and cannot change: wait for its checkout to end, or cancel that")
	ErrOrdered  = fault.New(fault.Conflict, "cart.ordered", "the cart was ordered and cannot change: create a new one")
	ErrMerged   = fault.New(fault.Conflict, "cart.merged", "the cart went into the cart of the customer who signed in: use that one")
	ErrVersion  = fault.New(fault.Conflict, "cart.version", "the cart changed since you read it: read it again and repeat your change")
	ErrOpen     = fault.New(fault.Conflict, "cart.open", "the cart is not locked by this checkout: lock it first")
	ErrQuantity = fault.New(fault.Invalid, "cart.quantity", "a line holds 1 to 9999 pieces: change the quantity, or remove the line")
	ErrLines    = fault.New(fault.Invalid, "cart.lines", "a cart holds at most 200 lines: remove one, or order these first")
	ErrNoLine   = fault.New(fault.NotFound, "cart.line_not_found", "there is no such line in this cart: read the cart again")
	ErrCode     = fault.New(fault.Invalid, "cart.code", "a code has 1 to 64 characters: check it")
	ErrCodes    = fault.New(fault.Invalid, "cart.codes", "a cart holds at most 10 codes: remove one first")
	ErrNoCode   = fault.New(fault.NotFound, "cart.code_not_found", "this code is not in the cart: read the cart again")
)

const (
	// MaxCodes is how many discount codes a cart holds.
	MaxCodes = 10
	// maxCode is the longest code in characters.
	maxCode = 64
)

// ID names a cart. A guest's is a capability: keep it out of logs and lists.
type ID string

// LineID names a line.
type LineID string

// State is where a cart is in its life.
type State string

// The states of a cart, each with those that may follow. The statements that
// move a cart say in their WHERE from where.
const (
	StateOpen    State = "open"    // may change; then locked, merged
	StateLocked  State = "locked"  // being paid, may not change; then open, ordered
	StateOrdered State = "ordered" // became Cart.Order, for ever
	StateMerged  State = "merged"  // went into Cart.MergedInto, for ever
)

// Cart is what someone means to buy.
type Cart struct {
	ID         ID
	Market     string
	Channel    string
	Currency   money.Currency // the market's
	Locale     string
	Customer   string // empty for a guest's
	State      State
	Version    int64 // counted from 1
	Lines      []Line
	Codes      []string  // as written, in the order they were added
	GiftCards  int64     // how many are to pay for it; which, giftcard.Applied knows
	Collect    string    // the location where its shopper would collect; "" none: see CollectAt
	Order      string    // with StateOrdered
	MergedInto ID        // with StateMerged
	HeldUntil  time.Time // till when stock is held for it before it is paid (Hold); zero: it never was
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Line is a variant and how many of it, 1 to 9,999. A cart has one line per variant.
type Line struct {
	ID       LineID
	Variant  catalog.VariantID
	Quantity int64

	position int64
}

// Caller says who asks and what they believe.
type Caller struct {
	Customer string // signed in as; empty for a guest
	Channel  string // whose key they have: no other channel's guests are theirs; empty for whoever serves all channels
	Version  int64  // the version the caller saw; 0 to change whatever is there now
}

// Draft is a cart to be. Lines need a Variant and a Quantity; those of one variant are added up.
type Draft struct {
	Market   string
	Channel  string
	Locale   string // empty: the market's
	Customer string
	Lines    []Line
}

// Create makes a cart. It returns market.ErrNotFound, ErrQuantity or ErrLines.
func Create(ctx context.Context, tx *db.Tx, d Draft) (Cart, error) {
	m, err := market.Find(ctx, tx, d.Market)
	if err != nil {
		return Cart{}, fmt.Errorf("create cart: %w", err)
	}
	c := Cart{
		ID: id.New[ID]("cart", tx.Now), Market: m.ID, Channel: d.Channel, Currency: m.Currency, Locale: d.Locale,
		Customer: d.Customer, State: StateOpen, Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}
	if c.Locale == "" {
		c.Locale = m.Locale
	}
	for _, l := range d.Lines {
		if _, err := c.add(tx, l.Variant, l.Quantity); err != nil {
			return Cart{}, err
		}
	}
	if err := insertCart(ctx, tx, c); err != nil {
		return Cart{}, fmt.Errorf("create cart: %w", err)
	}
	if err := upsertLines(ctx, tx, c.ID, c.Lines); err != nil {
		return Cart{}, fmt.Errorf("create cart: %w", err)
	}
	kept.Keep(tx, c.ID, c)
	return c, nil
}

// Latest returns the newest carts that are open, without their lines: whoever
// calls it shows nobody their ids.
func Latest(ctx context.Context, tx *db.Tx, limit int) ([]Cart, error) {
	all, err := selectLatest(ctx, tx, limit)
	if err != nil {
		return nil, fmt.Errorf("list open carts: %w", err)
	}
	return all, nil
}

// Find returns a cart in any state, or ErrNotFound, also for a cart of somebody else.
func Find(ctx context.Context, tx *db.Tx, id ID, caller Caller) (Cart, error) {
	c, err := kept.Find(tx, id, func() (Cart, error) { return selectWhole(ctx, tx, id) })
	if err == nil && !c.shownTo(caller) || errors.Is(err, db.ErrNoRow) {
		return Cart{}, ErrNotFound
	}
	if err != nil {
		return Cart{}, fmt.Errorf("find cart: %w", err)
	}
	return c, nil
}

// AddLine puts more of a variant into a cart: onto its line, or onto a new
// last one. It returns ErrQuantity when the line would hold more than 9,999,
// ErrLines when there is no room, and what every change may return:
// ErrNotFound, ErrLocked, ErrOrdered, ErrMerged, ErrVersion. Repeating it adds again.
func AddLine(ctx context.Context, tx *db.Tx, id ID, caller Caller, variant catalog.VariantID, quantity int64) (Cart, error) {
	return change(ctx, tx, id, caller, func(c *Cart) error {
		i, err := c.add(tx, variant, quantity)
		if err != nil {
			return err
		}
		return upsertLines(ctx, tx, c.ID, c.Lines[i:i+1])
	})
}

// SetQuantity changes how many a line holds. It returns ErrQuantity, ErrNoLine
// or what every change may return, and may be repeated.
func SetQuantity(ctx context.Context, tx *db.Tx, id ID, caller Caller, line LineID, quantity int64) (Cart, error) {
	return change(ctx, tx, id, caller, func(c *Cart) error {
		i := c.line(line)
		if i < 0 {
			return ErrNoLine
		}
		if quantity < 1 || quantity > money.MaxUnits {
			return ErrQuantity
		}
		c.Lines[i].Quantity = quantity
		return upsertLines(ctx, tx, c.ID, c.Lines[i:i+1])
	})
}

// RemoveLine takes a line out. It returns ErrNoLine, also when it is repeated,
// or what every change may return.
func RemoveLine(ctx context.Context, tx *db.Tx, id ID, caller Caller, line LineID) (Cart, error) {
	return change(ctx, tx, id, caller, func(c *Cart) error {
		i := c.line(line)
		if i < 0 {
			return ErrNoLine
		}
		c.Lines = slices.Delete(c.Lines, i, i+1)
		return deleteLine(ctx, tx, c.ID, line)
	})
}

// AddCode puts a discount code into a cart. Whether it takes anything off is
// seen in the View: a code may begin to apply later. It returns ErrCode,
// ErrCodes or what every change may return. Adding a code twice, in whatever
// case, adds it once.
func AddCode(ctx context.Context, tx *db.Tx, id ID, caller Caller, code string) (Cart, error) {
	code = strings.TrimSpace(code)
	if n := utf8.RuneCountInString(code); n == 0 || n > maxCode || !utf8.ValidString(code) || strings.ContainsRune(code, 0) {
		return Cart{}, ErrCode
	}
	return change(ctx, tx, id, caller, func(c *Cart) error {
		if c.code(code) >= 0 {
			return nil
		}
		if len(c.Codes) >= MaxCodes {
			return ErrCodes
		}
		c.Codes = append(c.Codes, code)
		return insertCodes(ctx, tx, c.ID, c.Codes[len(c.Codes)-1:])
	})
}

// RemoveCode takes a code out, in whatever case it is written. It returns
// ErrNoCode, also when it is repeated, or what every change may return.
func RemoveCode(ctx context.Context, tx *db.Tx, id ID, caller Caller, code string) (Cart, error) {
	return change(ctx, tx, id, caller, func(c *Cart) error {
		i := c.code(code)
		if i < 0 {
			return ErrNoCode
		}
		c.Codes = slices.Delete(c.Codes, i, i+1)
		return deleteCode(ctx, tx, c.ID, fold(code))
	})
}

// SetGiftCards lets alter change which gift cards are to pay for a cart and note
// how many they are then, so that whoever looks at a cart without any asks for
// none. It returns what every change may return, and what alter returns.
func SetGiftCards(ctx context.Context, tx *db.Tx, id ID, caller Caller, alter func(c Cart) (int64, error)) (Cart, error) {
	return change(ctx, tx, id, caller, func(c *Cart) (err error) {
		if c.GiftCards, err = alter(*c); err != nil {
			return err
		}
		return updateGiftCards(ctx, tx, c.ID, c.GiftCards)
	})
}

// Note lets alter change what others keep about a cart's contents, which so
// changes with them or not at all. It returns what every change may return, and
// what alter returns.
func Note(ctx context.Context, tx *db.Tx, id ID, caller Caller, alter func(c Cart) error) (Cart, error) {
	return change(ctx, tx, id, caller, func(c *Cart) error { return alter(*c) })
}

// CountGiftCards notes how many gift cards are to pay for a cart that took over
// those of another.
func CountGiftCards(ctx context.Context, tx *db.Tx, id ID, n int64) error {
	if err := updateGiftCards(ctx, tx, id, n); err != nil {
		return fmt.Errorf("count gift cards of a cart: %w", err)
	}
	return nil
}

// change takes the next version of an open cart, which locks its row, reads
// its contents and lets alter change and write them: three statements, or two
// where the contents are remembered.
func change(ctx context.Context, tx *db.Tx, id ID, caller Caller, alter func(c *Cart) error) (Cart, error) {
	before, known := kept.Get(tx, id)
	c, err := step(ctx, tx, id, caller)
	if err != nil {
		return Cart{}, err
	}
	if known {
		c.Lines, c.Codes = before.Lines, before.Codes
	} else if err := readContents(ctx, tx, &c); err != nil {
		return Cart{}, fmt.Errorf("change cart: %w", err)
	}
	if err := alter(&c); err != nil {
		return Cart{}, err
	}
	kept.Keep(tx, c.ID, c)
	if !c.HeldUntil.IsZero() {
		err = c.holdChanged(ctx, tx)
	}
	return c, err
}

// step takes the next version of an open cart, or says why it cannot.
func step(ctx context.Context, tx *db.Tx, id ID, caller Caller) (Cart, error) {
	c, err := advance(ctx, tx, id, caller)
	if !errors.Is(err, db.ErrNoRow) {
		return c, err
	}
	c, err = selectCart(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		return Cart{}, ErrNotFound
	}
	if err != nil {
		return Cart{}, fmt.Errorf("change cart: %w", err)
	}
	return Cart{}, c.refusal(caller)
}

// refusal says why a cart would not change for caller.
func (c *Cart) refusal(caller Caller) error {
	switch {
	case !c.shownTo(caller):
		return ErrNotFound
	case c.State == StateLocked:
		return ErrLocked
	case c.State == StateOrdered:
		return ErrOrdered
	case c.State == StateMerged:
		return ErrMerged
	}
	return ErrVersion
}

// shownTo reports whether caller may know of the cart.
// A customer's is theirs on every channel.
func (c *Cart) shownTo(caller Caller) bool {
	if c.Customer != "" {
		return c.Customer == caller.Customer
	}
	return caller.Channel == "" || caller.Channel == c.Channel
}

// add puts units of a variant on its line, or on a new last one, and returns
// the line's index.
func (c *Cart) add(tx *db.Tx, variant catalog.VariantID, quantity int64) (int, error) {
	i := slices.IndexFunc(c.Lines, func(l Line) bool { return l.Variant == variant })
	switch {
	case quantity < 1 || quantity > money.MaxUnits:
		return 0, ErrQuantity
	case i >= 0 && c.Lines[i].Quantity+quantity > money.MaxUnits:
		return 0, ErrQuantity.With(fmt.Sprintf("the cart holds %d of this already and a line at most %d: add fewer", c.Lines[i].Quantity, money.MaxUnits))
	case i >= 0:
		c.Lines[i].Quantity += quantity
		return i, nil
	case len(c.Lines) >= money.MaxLines:
		return 0, ErrLines
	}
	last := int64(0)
	if len(c.Lines) > 0 {
		last = c.Lines[len(c.Lines)-1].position
	}
	c.Lines = append(c.Lines, Line{ID: id.New[LineID]("li", tx.Now), Variant: variant, Quantity: quantity, position: last + 1})
	return len(c.Lines) - 1, nil
}

func (c *Cart) line(id LineID) int {
	return slices.IndexFunc(c.Lines, func(l Line) bool { return l.ID == id })
}

// Units is how many of a variant are in the cart.
func (c *Cart) Units(variant catalog.VariantID) (n int64) {
	for _, l := range c.Lines {
		if l.Variant == variant {
			n = l.Quantity
		}
	}
	return n
}

func (c *Cart) code(code string) int {
	code = fold(code)
	return slices.IndexFunc(c.Codes, func(have string) bool { return fold(have) == code })
}

// fold is how codes are compared, as promotion compares them.
func fold(code string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(code)))
}
