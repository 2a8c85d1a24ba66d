package order

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/value/money"
)

// The failures of bringing in orders from elsewhere.
var (
	ErrNumber   = fault.New(fault.Conflict, "order.number", "this number is of the shop's own series and was given or will be: give the imported order another, such as one with a prefix")
	ErrTaken    = fault.New(fault.Conflict, "order.taken", "an order with this number, id or cart is here already: an order is a record and is not replaced")
	ErrReturned = fault.New(fault.Conflict, "order.returned", "fewer units or less money are left on this line than would come back")
)

// Past is an order that was placed elsewhere or before.
type Past struct {
	ID         ID     // "" for a new one
	Number     string // as it is known; "" for the next of the shop's series
	State      State
	HoldReason string
	PlacedAt   time.Time
	Draft      // what was shipped, returned and refunded counts; Payment is empty
	Returns    []Return
}

// Return says that units of a line came back, and for how much. Ref and
// Position name where it was told: the document and the row in it, so that it
// is told once.
type Return struct {
	Ref      string
	Position int64
	Line     LineID
	Quantity int64 // in the line's steps
	Amount   money.Amount
	At       time.Time
}

// Import writes an order that was placed elsewhere or before, under its own
// time, and publishes Imported and nothing else: no mail, no stock, no ledger
// follows. A number of digits that is beyond the shop's own series moves the
// series on, so that no number is given twice. It returns ErrNumber or ErrTaken.
func (n *Numbers) Import(ctx context.Context, tx *db.Tx, p Past) (Order, error) {
	var err error
	if p.Number == "" {
		p.Number, err = n.next(ctx, tx)
	} else {
		err = claimNumber(ctx, tx, p.Number)
	}
	if err != nil {
		return Order{}, fmt.Errorf("number imported order %.60q: %w", p.Number, err)
	}
	if p.ID == "" {
		p.ID = id.New[ID]("ord", p.PlacedAt)
	}
	p.Payment = ""
	o := Order{ID: p.ID, Number: p.Number, State: p.State, HoldReason: p.HoldReason, PlacedAt: p.PlacedAt, Version: 1, Imported: true, Draft: p.Draft}
	err = insertOrder(ctx, tx, o)
	if err == nil && len(p.Returns) > 0 {
		err = insertReturns(ctx, tx, o.ID, p.Returns)
	}
	if errors.Is(err, db.ErrUnique) {
		err = ErrTaken
	}
	if err != nil {
		return Order{}, fmt.Errorf("import order %s: %w", p.Number, err)
	}
	return o, event.Publish(ctx, tx, Imported{Order: o.ID, Number: o.Number, Source: o.Source, Market: o.Market, Channel: o.Channel,
		Customer: o.Customer, Total: o.Total.Minor, Currency: string(o.Currency()), PlacedAt: o.PlacedAt})
}

// Extend adds lines to an imported order, for what its source tells of it later.
// It publishes nothing. It returns ErrTaken for an order of the shop's own.
func Extend(ctx context.Context, tx *db.Tx, of ID, lines []Line) error {
	o, err := Find(ctx, tx, of)
	if err == nil && len(lines) > 0 {
		err = addLines(ctx, tx, o, lines)
	}
	if err != nil {
		return fmt.Errorf("extend order %s: %w", of, err)
	}
	return nil
}

const (
	seriesStart  = 10_000 // the shop's own series begins after it
	seriesDigits = 15     // and never has a number longer than that
)

// claimNumber takes a number for an imported order. One that the shop's own
// series could give is taken only from beyond what any node holds.
func claimNumber(ctx context.Context, tx *db.Tx, number string) error {
	own, err := strconv.ParseInt(number, 10, 64)
	if err != nil || len(number) > seriesDigits || own <= seriesStart || strings.HasPrefix(number, "0") || strings.HasPrefix(number, "+") {
		return nil // never given by the series
	}
	last, err := selectLast(ctx, tx)
	if err != nil {
		return err
	}
	if own > last {
		return skipTo(ctx, tx, last, own)
	}
	skipped, err := countSkipped(ctx, tx, own)
	if err == nil && skipped == 0 {
		err = ErrNumber
	}
	return err
}

// FindByCart returns the order of a cart whole, or ErrNotFound. An imported
// order's cart is what its source calls it.
func FindByCart(ctx context.Context, tx *db.Tx, cart string) (Order, error) {
	return findBy(ctx, tx, selectByCart, cart)
}

// FindByNumber returns the order with a number whole, or ErrNotFound.
func FindByNumber(ctx context.Context, tx *db.Tx, number string) (Order, error) {
	return findBy(ctx, tx, selectByNumber, number)
}

func findBy(ctx context.Context, tx *db.Tx, by func(context.Context, *db.Tx, string) (Order, error), value string) (Order, error) {
	o, err := by(ctx, tx, value)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err == nil {
		err = loadParts(ctx, tx, &o)
	}
	if err != nil {
		return Order{}, fmt.Errorf("find order %.60q: %w", value, err)
	}
	return o, nil
}

// Bought is a line of an imported order of which something may come back.
type Bought struct {
	Order     ID
	Line      LineID
	SKU       string
	PlacedAt  time.Time
	UnitPrice money.Amount
	Left      int64        // units that were shipped and have not come back
	Value     money.Amount // what was paid for the line and not given back
}

// BoughtBy returns the lines of imported orders on which a customer bought one
// of the SKUs until a time and of which units are left, the latest first, of those
// of one moment the higher number; at most 1,000.
func BoughtBy(ctx context.Context, tx *db.Tx, customer string, skus []string, until time.Time) ([]Bought, error) {
	if customer == "" || len(skus) == 0 {
		return nil, nil
	}
	all, err := selectBought(ctx, tx, customer, skus, until)
	if err != nil {
		return nil, fmt.Errorf("what %s bought: %w", customer, err)
	}
	return all, nil
}

// ImportReturn writes that units of an imported order's line came back. It
// publishes nothing. It returns ErrReturned when fewer units or less money are
// left on the line, or the order was not imported; telling what was told already
// changes nothing, and told is false.
func ImportReturn(ctx context.Context, tx *db.Tx, of ID, r Return) (told bool, err error) {
	known, err := countReturns(ctx, tx, r)
	if err != nil || known > 0 {
		return false, err
	}
	n, err := addReturned(ctx, tx, of, r)
	if err == nil && n == 0 {
		err = ErrReturned
	}
	if err == nil {
		err = insertReturns(ctx, tx, of, []Return{r})
	}
	if err != nil {
		return false, fmt.Errorf("import return %s of line %s: %w", r.Ref, r.Line, err)
	}
	return true, nil
}

// ReturnedAs returns the positions of a document of returns that were told.
func ReturnedAs(ctx context.Context, tx *db.Tx, ref string) (map[int64]bool, error) {
	all, err := selectPositions(ctx, tx, ref)
	if err != nil {
		return nil, fmt.Errorf("returns of %.60q: %w", ref, err)
	}
	told := map[int64]bool{}
	for _, p := range all {
		told[p] = true
	}
	return told, nil
}

// Returns lists what came back of an imported order, in the order it was told.
func Returns(ctx context.Context, tx *db.Tx, of ID) ([]Return, error) {
	all, err := selectReturns(ctx, tx, of)
	if err != nil {
		return nil, fmt.Errorf("returns of %s: %w", of, err)
	}
	return all, nil
}
