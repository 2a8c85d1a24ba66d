package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/money"
)

const (
	// tries bounds how often Hold chooses when others are faster. Each time
	// they are, a location they emptied is not chosen again.
	tries = 8
	// maxLines is a cart's limit.
	maxLines = money.MaxLines
	// batch bounds the holders one Expire lets go.
	batch = 100
)

// Line asks for units of a variant: from any location that ships, or from one.
type Line struct {
	Variant catalog.VariantID
	Units   int64
	At      string // only from here, because here they are collected; "" from wherever they ship
}

// Chooser decides which shelves give the units that lie free: lines have each
// another variant, and the shelves together enough of each. Taking more than a
// shelf has, or other than what is asked for, is no choice: then, and for nil,
// it is as few locations as can be, those of higher priority first. It is
// asked again when another buyer was faster.
type Chooser func(lines []Line, shelves []Shelf) []Allocation

// Request is all that a hold may depend on.
type Request struct {
	Channel string // gets nothing of what is kept back from it; "" keeps nothing back
	Holder  string
	Lines   []Line
	Until   time.Time
	Choose  Chooser  // nil: by priority
	Avoid   []string // locations that do not give this time
	Lying   bool     // only what lies there counts, nothing that is to come
}

// Shortage is an ErrShort that says of what. Available is as it was read, and
// may have changed since; 0 when others were faster time and again.
type Shortage struct {
	Variant   catalog.VariantID
	Wanted    int64
	Available int64
	At        string // where it was to be collected; "" anywhere
}

// Error says what is short.
func (s Shortage) Error() string {
	return fmt.Sprintf("%d of %s wanted, %d available: %v", s.Wanted, s.Variant, s.Available, ErrShort)
}

// Unwrap returns ErrShort.
func (s Shortage) Unwrap() error { return ErrShort }

// errFaster reports inside Hold that another took what was chosen.
var errFaster = errors.New("another buyer was faster")

// Hold promises all lines to holder until a time, or none of them: then it
// returns a Shortage, which is an ErrShort. Lines of one variant are added up.
// A holder who holds, or has claimed, is given what he has, so Hold may be
// repeated. It takes four statements, however many lines; with what is kept
// back for channels it looks at nothing: see HoldIn.
func Hold(ctx context.Context, tx *db.Tx, holder string, lines []Line, until time.Time) ([]Allocation, error) {
	return HoldIn(ctx, tx, "", holder, lines, until)
}

// HoldIn is Hold for a buyer in a channel, who gets nothing of what is kept
// back from that channel.
func HoldIn(ctx context.Context, tx *db.Tx, channel, holder string, lines []Line, until time.Time) ([]Allocation, error) {
	return HoldWith(ctx, tx, Request{Channel: channel, Holder: holder, Lines: lines, Until: until})
}

// HoldWith is Hold with everything that may be said of it: from which channel,
// where single lines are collected, and who decides which locations give.
func HoldWith(ctx context.Context, tx *db.Tx, r Request) ([]Allocation, error) {
	holder := r.Holder
	lines, err := merge(holder, r.Lines)
	if err != nil {
		return nil, err
	}
	most, channel, err := kept(ctx, tx, r.Channel)
	if err != nil {
		return nil, err
	}
	for range tries {
		has, shelves, own, err := selectCandidates(ctx, tx, channel, holder, lines)
		if err != nil {
			return nil, fmt.Errorf("hold stock for %s: %w", holder, err)
		}
		if len(has) > 0 {
			return has, nil
		}
		shelves = slices.DeleteFunc(shelves, func(s Shelf) bool { return slices.Contains(r.Avoid, s.Location) })
		for i := range shelves {
			if r.Lying {
				shelves[i].beyond = nil
			}
		}
		keep := keeping(lines, most, own)
		picks, err := choose(lines, shelves, keep, r.Choose)
		if err != nil {
			return nil, err
		}
		// What was locked must be unlocked before other rows are chosen, or
		// the locks would not be in order any more: hence the savepoint.
		err = tx.Savepoint(ctx, func() error { return promise(ctx, tx, holder, witnesses(picks, shelves, keep), r.Until) })
		if err == nil {
			return allocations(picks), nil
		}
		if !errors.Is(err, errFaster) {
			return nil, fmt.Errorf("hold stock for %s: %w", holder, err)
		}
	}
	return nil, Shortage{Variant: lines[0].Variant, Wanted: lines[0].Units, At: lines[0].At}
}

// merge adds up the lines of each variant and place and checks them. What comes
// out is in order of variant.
func merge(holder string, lines []Line) ([]Line, error) {
	if holder == "" || !short(holder, 100) {
		return nil, ErrInvalid.With("holder: name who holds in 1 to 100 characters")
	}
	if len(lines) == 0 || len(lines) > maxLines {
		return nil, ErrInvalid.With(fmt.Sprintf("lines: give 1 to %d", maxLines))
	}
	sums := map[Line]int64{} // of no units
	for _, l := range lines {
		if l.Units < 1 || l.Units > money.MaxQuantity {
			return nil, ErrInvalid.With(fmt.Sprintf("lines: %d units: ask for 1 to %d", l.Units, money.MaxQuantity))
		}
		sums[Line{Variant: l.Variant, At: l.At}] += l.Units
	}
	merged := make([]Line, 0, len(sums))
	for l, units := range sums {
		merged = append(merged, Line{l.Variant, units, l.At})
	}
	slices.SortFunc(merged, func(a, b Line) int { return cmp.Or(cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.At, b.At)) })
	return merged, nil
}

// promise reserves what was chosen, rows locked in order. It returns errFaster
// when a row has too little left, or the same holder was here meanwhile.
func promise(ctx context.Context, tx *db.Tx, holder string, picks []pick, until time.Time) error {
	chosen := allocations(picks)
	n, err := addReserved(ctx, tx, picks)
	if err == nil && n < int64(len(picks)) {
		err = errFaster
	}
	if err == nil {
		n, err = insertHolds(ctx, tx, holder, chosen, until)
	}
	if err == nil && n < int64(len(chosen)) {
		err = errFaster
	}
	if err != nil {
		return err
	}
	return logged(ctx, tx, holds(holder, chosen), CauseHeld, 1)
}

// held is one live row: what a holder has of a variant at a location.
type held struct {
	holder string
	order  string
	Allocation
}

func holds(holder string, all []Allocation) []held {
	rows := make([]held, len(all))
	for i, a := range all {
		rows[i] = held{holder: holder, Allocation: a}
	}
	return rows
}

// logged writes a movement per row, whose reserved changes by sign × units,
// and tells the watchers if it does.
func logged(ctx context.Context, tx *db.Tx, rows []held, cause string, sign int64) error {
	moves := make([]Movement, len(rows))
	variants := make([]catalog.VariantID, len(rows))
	for i, r := range rows {
		moves[i] = Movement{
			Variant: r.Variant, Location: r.Location, Cause: cause, Reserved: sign * r.Units,
			Ref: cmp.Or(r.order, r.holder), Actor: r.holder,
		}
		variants[i] = r.Variant
	}
	if sign != 0 {
		slices.Sort(variants)
		changed(tx, slices.Compact(variants)...)
	}
	return insertMovements(ctx, tx, moves)
}

// Release gives back what holder holds. Releasing nothing, or what was
// claimed, changes nothing, so it may be repeated.
func Release(ctx context.Context, tx *db.Tx, holder string) error {
	rows, err := deleteHeld(ctx, tx, holder)
	if err == nil {
		err = giveBack(ctx, tx, rows, CauseReleased)
	}
	if err != nil {
		return fmt.Errorf("release stock of %s: %w", holder, err)
	}
	return nil
}

// Unclaim gives back what was claimed for an order that will not be shipped.
// Giving back nothing changes nothing, so it may be repeated.
func Unclaim(ctx context.Context, tx *db.Tx, order string) error {
	rows, err := deleteClaimed(ctx, tx, order)
	if err == nil {
		err = giveBack(ctx, tx, rows, CauseReleased)
	}
	if err != nil {
		return fmt.Errorf("give back the stock of order %s: %w", order, err)
	}
	return nil
}

// Expire releases the holds whose time is over at now, those of up to a
// hundred holders, and names the holders. Call it again until it names none.
// A hold that is claimed at the same moment is either claimed or expired.
func Expire(ctx context.Context, tx *db.Tx, now time.Time) (holders []string, err error) {
	due, err := selectDue(ctx, tx, now, batch)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	rows, err := deleteDue(ctx, tx, now, due)
	if err == nil {
		err = giveBack(ctx, tx, rows, CauseExpired)
	}
	if err != nil {
		return nil, fmt.Errorf("expire holds: %w", err)
	}
	for _, r := range rows {
		holders = append(holders, r.holder)
	}
	slices.Sort(holders)
	return slices.Compact(holders), nil
}

// giveBack frees the units of rows that were deleted, level rows in the order
// everyone uses, whoever held them.
func giveBack(ctx context.Context, tx *db.Tx, rows []held, cause string) error {
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b held) int {
		return cmp.Or(byRow(a.Allocation, b.Allocation), cmp.Compare(a.holder, b.holder))
	})
	var sums []change
	for _, r := range rows {
		if n := len(sums); n == 0 || sums[n-1].location != r.Location || sums[n-1].variant != r.Variant {
			sums = append(sums, change{location: r.Location, variant: r.Variant})
		}
		sums[len(sums)-1].reserved -= r.Units
	}
	n, err := updateLevels(ctx, tx, sums)
	if err != nil {
		return err
	}
	if n < int64(len(sums)) {
		return fmt.Errorf("%s: some of %d units of %s are held but not reserved: run korzo verify", cause, -sums[0].reserved, sums[0].variant)
	}
	return logged(ctx, tx, rows, cause, -1)
}

// Claim makes a hold an order's own: it cannot expire or be released any more.
// It returns what is claimed and from where, in order of location and variant.
// Claiming for the same order again changes nothing. It returns ErrNoHold when
// the hold is gone or another order's.
func Claim(ctx context.Context, tx *db.Tx, holder, order string) ([]Allocation, error) {
	if order == "" || !short(order, 100) {
		return nil, ErrInvalid.With("order: name the order in 1 to 100 characters")
	}
	rows, err := updateClaimed(ctx, tx, holder, order)
	if err == nil && len(rows) > 0 {
		return claimed(rows), logged(ctx, tx, rows, CauseClaimed, 0)
	}
	if err == nil {
		rows, err = selectState(ctx, tx, holder, "claimed")
	}
	if err == nil && (len(rows) == 0 || rows[0].order != order) {
		err = ErrNoHold
	}
	if err != nil {
		return nil, fmt.Errorf("claim stock of %s: %w", holder, err)
	}
	return claimed(rows), nil
}

func claimed(rows []held) []Allocation {
	all := make([]Allocation, len(rows))
	for i, r := range rows {
		all[i] = r.Allocation
	}
	slices.SortFunc(all, byRow)
	return all
}

// ClaimAgain claims for an order whose money has moved, whether the hold is
// still there or has to be made again. It returns ErrShort when the goods are
// gone, and may be repeated.
func ClaimAgain(ctx context.Context, tx *db.Tx, holder, order string, lines []Line) ([]Allocation, error) {
	all, err := Claim(ctx, tx, holder, order)
	if !errors.Is(err, ErrNoHold) {
		return all, err
	}
	if _, err := Hold(ctx, tx, holder, lines, tx.Now); err != nil {
		return nil, err
	}
	return Claim(ctx, tx, holder, order)
}
