package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/id"
	"korzo/value/calendar"
)

// TransferID names a transfer: "trf_…".
type TransferID string

// TransferState is where a transfer stands.
type TransferState string

// The states of a transfer.
const (
	TransferDraft     TransferState = "draft"      // being put together: nothing has moved
	TransferInTransit TransferState = "in_transit" // it left: its units are incoming at the target
	TransferReceived  TransferState = "received"   // all has come, or was given up as missing
	TransferCancelled TransferState = "cancelled"  // it never left
)

var transferMoves = map[TransferState][]TransferState{
	TransferDraft:     {TransferInTransit, TransferCancelled},
	TransferInTransit: {TransferReceived},
}

// Transfer is stock that goes from one location to another.
type Transfer struct {
	ID        TransferID
	From, To  string // locations
	State     TransferState
	Expected  calendar.Date // zero: nobody knows
	Note      string
	Actor     string // who made it
	CreatedAt time.Time
	SentAt    time.Time // zero before
	ClosedAt  time.Time // zero before
	Lines     []TransferLine
}

// TransferLine is one variant of a transfer, in units.
type TransferLine struct {
	Variant  catalog.VariantID
	Units    int64 // sent, or to be sent
	Received int64
	Missing  int64 // sent and given up
}

// Left is what is still on the way.
func (l TransferLine) Left() int64 { return l.Units - l.Received - l.Missing }

// TransferPlan is what a transfer is made of.
type TransferPlan struct {
	From, To string
	Lines    []Line        // 1 to 200, of one variant each
	Expected calendar.Date // zero: nobody knows
	Note     string        // at most 200 characters
	Actor    string
}

// TransferMoved says that a transfer was sent, received in part or whole, or cancelled.
type TransferMoved struct {
	Transfer TransferID    `json:"transfer"`
	State    TransferState `json:"state"`
}

// Kind names the fact.
func (TransferMoved) Kind() string { return "stock.transfer_moved" }

// Key orders the facts of one transfer.
func (f TransferMoved) Key() string { return string(f.Transfer) }

// CreateTransfer writes a draft. It returns ErrInvalid, ErrLocationNotFound
// and catalog.ErrVariantNotFound.
func CreateTransfer(ctx context.Context, tx *db.Tx, p TransferPlan) (Transfer, error) {
	lines, err := p.check(ctx, tx)
	if err != nil {
		return Transfer{}, err
	}
	t := Transfer{ID: id.New[TransferID]("trf", tx.Now), From: p.From, To: p.To, State: TransferDraft, Expected: p.Expected,
		Note: p.Note, Actor: p.Actor, CreatedAt: tx.Now}
	for _, l := range lines {
		t.Lines = append(t.Lines, TransferLine{Variant: l.Variant, Units: l.Units})
	}
	if err := insertTransfer(ctx, tx, t); err != nil {
		return Transfer{}, fmt.Errorf("create transfer: %w", err)
	}
	if err := insertTransferLines(ctx, tx, t.ID, t.Lines); err != nil {
		return Transfer{}, fmt.Errorf("create transfer: %w", err)
	}
	return t, nil
}

// ChangeTransfer writes a draft anew. It returns what CreateTransfer does, and
// ErrTransferNotFound, or ErrTransferState when it has left.
func ChangeTransfer(ctx context.Context, tx *db.Tx, id TransferID, p TransferPlan) (Transfer, error) {
	t, err := lockTransfer(ctx, tx, id, TransferDraft)
	if err != nil {
		return Transfer{}, err
	}
	lines, err := p.check(ctx, tx)
	if err != nil {
		return Transfer{}, err
	}
	t.From, t.To, t.Expected, t.Note, t.Lines = p.From, p.To, p.Expected, p.Note, nil
	for _, l := range lines {
		t.Lines = append(t.Lines, TransferLine{Variant: l.Variant, Units: l.Units})
	}
	if err := updateTransfer(ctx, tx, t); err != nil {
		return Transfer{}, fmt.Errorf("change transfer %s: %w", id, err)
	}
	if err := deleteTransferLines(ctx, tx, id); err != nil {
		return Transfer{}, fmt.Errorf("change transfer %s: %w", id, err)
	}
	return t, insertTransferLines(ctx, tx, id, t.Lines)
}

// check returns the lines by variant, those of one variant added up.
func (p TransferPlan) check(ctx context.Context, tx *db.Tx) ([]Line, error) {
	if p.From == p.To {
		return nil, ErrInvalid.With("to: choose another location than from")
	}
	if !short(p.Note, maxReason) || !short(p.Actor, 100) {
		return nil, ErrInvalid.With(fmt.Sprintf("note: use at most %d characters", maxReason))
	}
	for _, at := range []string{p.From, p.To} {
		l, err := FindLocation(ctx, tx, at)
		if err == nil && l.Closed {
			err = ErrInvalid.With("location " + at + " is closed: open it again or choose another")
		}
		if err != nil {
			return nil, fmt.Errorf("transfer: %w", err)
		}
	}
	lines, err := merge("transfer", p.Lines)
	if err != nil {
		return nil, err
	}
	return lines, known(ctx, tx, lines)
}

// known asks that every variant exists.
func known(ctx context.Context, tx *db.Tx, lines []Line) error {
	ids := make([]catalog.VariantID, len(lines))
	for i, l := range lines {
		ids[i] = l.Variant
	}
	items, err := catalog.Sellable(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, v := range ids {
		if _, ok := items[v]; !ok {
			return fmt.Errorf("variant %s: %w", v, catalog.ErrVariantNotFound)
		}
	}
	return nil
}

// FindTransfer returns a transfer with its lines, or ErrTransferNotFound.
func FindTransfer(ctx context.Context, tx *db.Tx, id TransferID) (Transfer, error) {
	return readTransfer(ctx, tx, id, "")
}

func readTransfer(ctx context.Context, tx *db.Tx, id TransferID, lock string) (Transfer, error) {
	t, err := selectTransfer(ctx, tx, id, lock)
	if errors.Is(err, db.ErrNoRow) {
		return Transfer{}, ErrTransferNotFound
	}
	if err == nil {
		t.Lines, err = selectTransferLines(ctx, tx, id)
	}
	if err != nil {
		return Transfer{}, fmt.Errorf("transfer %s: %w", id, err)
	}
	return t, nil
}

// lockTransfer reads a transfer for a change that its state must allow.
func lockTransfer(ctx context.Context, tx *db.Tx, id TransferID, want TransferState) (Transfer, error) {
	t, err := readTransfer(ctx, tx, id, tx.ForUpdate())
	if err == nil && t.State != want {
		err = ErrTransferState.With(fmt.Sprintf("the transfer is %s and not %s: read it again", t.State, want))
	}
	return t, err
}

// TransferFilter chooses a page of transfers, newest first.
type TransferFilter struct {
	State    TransferState // "" is any
	Location string        // where it leaves or comes to; "" is any
	After    TransferID    // the last one of the page before
	Limit    int           // 1 to 100; 0 is 100
}

// Transfers returns a page without lines.
func Transfers(ctx context.Context, tx *db.Tx, f TransferFilter) ([]Transfer, error) {
	f.Limit = page(f.Limit)
	all, err := selectTransfers(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("list transfers: %w", err)
	}
	return all, nil
}

// page is a limit between 1 and 100.
func page(limit int) int {
	if limit < 1 || limit > 100 {
		return 100
	}
	return limit
}

// move changes a transfer's state, and tells.
func (t *Transfer) move(ctx context.Context, tx *db.Tx, to TransferState) error {
	if !slices.Contains(transferMoves[t.State], to) {
		return ErrTransferState.With(fmt.Sprintf("a transfer that is %s cannot become %s", t.State, to))
	}
	t.State = to
	if to == TransferInTransit {
		t.SentAt = tx.Now
	} else {
		t.ClosedAt = tx.Now
	}
	if err := updateTransfer(ctx, tx, *t); err != nil {
		return err
	}
	return event.Publish(ctx, tx, TransferMoved{t.ID, to})
}

// SendTransfer takes the units off the source and makes them incoming at the
// target. It returns ErrTransferNotFound, ErrTransferState, and a Shortage, which
// is an ErrShort, when the source has not enough that is promised to nobody.
func SendTransfer(ctx context.Context, tx *db.Tx, id TransferID, actor string) (Transfer, error) {
	t, err := lockTransfer(ctx, tx, id, TransferDraft)
	if err != nil {
		return Transfer{}, err
	}
	if err := t.move(ctx, tx, TransferInTransit); err != nil {
		return Transfer{}, fmt.Errorf("send transfer %s: %w", id, err)
	}
	var out, in []change
	for _, l := range t.Lines {
		out = append(out, change{location: t.From, variant: l.Variant, onHand: -l.Units})
		in = append(in, change{location: t.To, variant: l.Variant, incoming: l.Units})
	}
	n, err := apply(ctx, tx, append(out, in...), note{CauseSent, string(id), actor, t.Note})
	if err == nil && n < int64(2*len(t.Lines)) {
		err = t.lacking(ctx, tx)
	}
	if err != nil {
		return Transfer{}, fmt.Errorf("send transfer %s: %w", id, err)
	}
	return t, nil
}

// lacking says of which line the source has too little.
func (t *Transfer) lacking(ctx context.Context, tx *db.Tx) error {
	for _, l := range t.Lines {
		level, err := selectLevel(ctx, tx, l.Variant, t.From)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		if free := max(level.Available(), 0); free < l.Units {
			return Shortage{Variant: l.Variant, Wanted: l.Units, Available: free}
		}
	}
	return Shortage{Variant: t.Lines[0].Variant, Wanted: t.Lines[0].Units}
}

// ReceiveTransfer books what has come, in part or whole; when nothing is left
// on the way the transfer is received. It is not for repeating. It returns
// ErrTransferNotFound, ErrTransferState, ErrInvalid, and ErrTransferUnits when
// more came than is on the way.
func ReceiveTransfer(ctx context.Context, tx *db.Tx, id TransferID, came []Line, actor string) (Transfer, error) {
	came, err := merge("transfer", came)
	if err != nil {
		return Transfer{}, err
	}
	return arrive(ctx, tx, id, came, note{CauseArrived, string(id), actor, ""}, func(l *TransferLine, units int64) change {
		l.Received += units
		return change{onHand: units, incoming: -units}
	})
}

// CloseTransfer gives up what is still on the way as missing, with a reason.
// It returns ErrTransferNotFound, ErrTransferState and ErrInvalid.
func CloseTransfer(ctx context.Context, tx *db.Tx, id TransferID, actor, reason string) (Transfer, error) {
	if strings.TrimSpace(reason) == "" || !short(reason, maxReason) {
		return Transfer{}, ErrInvalid.With(fmt.Sprintf("reason: say in 1 to %d characters what became of it", maxReason))
	}
	t, err := lockTransfer(ctx, tx, id, TransferInTransit)
	if err != nil {
		return Transfer{}, err
	}
	var left []Line
	for _, l := range t.Lines {
		if l.Left() > 0 {
			left = append(left, Line{Variant: l.Variant, Units: l.Left()})
		}
	}
	return arrive(ctx, tx, id, left, note{CauseMissing, string(id), actor, reason}, func(l *TransferLine, units int64) change {
		l.Missing += units
		return change{incoming: -units}
	})
}

// arrive takes units of a transfer off the way, as book says.
func arrive(ctx context.Context, tx *db.Tx, id TransferID, came []Line, n note, book func(*TransferLine, int64) change) (Transfer, error) {
	t, err := lockTransfer(ctx, tx, id, TransferInTransit)
	if err != nil {
		return Transfer{}, err
	}
	var all []change
	for _, c := range came {
		i := slices.IndexFunc(t.Lines, func(l TransferLine) bool { return l.Variant == c.Variant })
		if i < 0 || t.Lines[i].Left() < c.Units {
			return Transfer{}, fmt.Errorf("receive %d of %s: %w", c.Units, c.Variant, ErrTransferUnits)
		}
		booked := book(&t.Lines[i], c.Units)
		booked.location, booked.variant = t.To, c.Variant
		all = append(all, booked)
		if err := updateTransferLine(ctx, tx, id, t.Lines[i]); err != nil {
			return Transfer{}, fmt.Errorf("receive transfer %s: %w", id, err)
		}
	}
	if !slices.ContainsFunc(t.Lines, func(l TransferLine) bool { return l.Left() > 0 }) {
		if err := t.move(ctx, tx, TransferReceived); err != nil {
			return Transfer{}, fmt.Errorf("receive transfer %s: %w", id, err)
		}
	}
	done, err := apply(ctx, tx, all, n)
	if err == nil && done < int64(len(all)) {
		err = fmt.Errorf("units of %s are on the way but not incoming: run korzo verify", id)
	}
	if err != nil {
		return Transfer{}, fmt.Errorf("receive transfer %s: %w", id, err)
	}
	return t, nil
}

// CancelTransfer drops a draft. Cancelling it again changes nothing. It returns
// ErrTransferNotFound, or ErrTransferState when it has left: receive it then.
func CancelTransfer(ctx context.Context, tx *db.Tx, id TransferID) error {
	t, err := readTransfer(ctx, tx, id, tx.ForUpdate())
	if err != nil || t.State == TransferCancelled {
		return err
	}
	if err := t.move(ctx, tx, TransferCancelled); err != nil {
		return fmt.Errorf("cancel transfer %s: %w", id, err)
	}
	return nil
}

// byLevel is the order in which everyone locks rows.
func byLevel(a, b change) int {
	return cmp.Or(cmp.Compare(a.location, b.location), cmp.Compare(a.variant, b.variant))
}
