package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/live"
	"korzo/value/money"
)

const (
	// stepEntities and stepBytes bound one step, and so the time that its
	// transaction keeps other writers waiting.
	stepEntities = 32
	stepBytes    = 1 << 20
	maxReason    = 1000
	maxSubject   = 200
)

// outcome is what became of an entity.
type outcome int

const (
	same outcome = iota
	changed
	created
)

// item is one entity of a file.
type item struct {
	row     int64 // its first
	rows    int64 // of the file that it takes
	end     int64 // the byte after it
	reports []Row // found while reading; with an error among them it is not applied
	entry   entry // of an own file, for what it was worth if it is not taken
	apply   func(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error)

	keep func(ctx context.Context) (outcome, error) // of a file in an archive
}

// reporter collects what is to be said of an entity.
type reporter struct {
	desk     *Desk
	run      Run
	market   market.Market // the run's; zero for none
	currency money.Currency
	rows     []Row
	tallies  tallies
}

func (r *reporter) say(level string, row int64, column, subject, reason string) {
	r.rows = append(r.rows, Row{Level: level, Row: row, Column: column, Subject: subject, Reason: reason})
}

// failed counts the errors.
func failed(rows []Row) (n int64) {
	for _, r := range rows {
		if r.Level == LevelError {
			n++
		}
	}
	return n
}

// errRefused says that an entity was not taken; the reports say why.
var errRefused = errors.New("refused")

// errDry undoes what a dry run did.
var errDry = errors.New("dry run")

// Step imports the next few entities of a run, in one transaction, and returns
// the run as it is then. A run that has ended stays as it is. It returns
// ErrNotFound, ErrFile, ErrChanged or, when another process steps the same run,
// ErrBusy.
func (d *Desk) Step(ctx context.Context, of RunID) (Run, error) {
	run, err := d.Find(ctx, of)
	if err != nil || run.State != StateRunning {
		return run, err
	}
	items, end, err := d.readSome(ctx, run)
	if err != nil {
		return Run{}, err
	}
	err = d.db.Write(ctx, func(tx *db.Tx) error { return d.step(ctx, tx, run, items, end) })
	if err != nil {
		return Run{}, fmt.Errorf("import %s from byte %d: %w", run.File, run.At, err)
	}
	return d.Find(ctx, of)
}

// readSome reads the entities of a step and the state that the run has after
// it. Files of an archive are kept as they are read.
func (d *Desk) readSome(ctx context.Context, run Run) (items []item, end State, err error) {
	if err := unchanged(run); err != nil {
		return nil, "", err
	}
	s, err := d.open(run)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for len(items) < stepEntities {
		it, err := s.next()
		if errors.Is(err, io.EOF) {
			return items, StateDone, nil
		}
		if errors.Is(err, ErrLongRow) {
			it = item{end: run.Size, reports: []Row{{Level: LevelError, Row: s.row(), Reason: fault.TextOf(err)}}}
			return append(items, it), StateFailed, nil
		}
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrFile, err)
		}
		if err := it.unpack(ctx); err != nil {
			return nil, "", fmt.Errorf("import %s from byte %d: %w", run.File, run.At, err)
		}
		if items = append(items, it); it.end-run.At > stepBytes {
			break
		}
	}
	return items, StateRunning, nil
}

// step applies items and moves the run. It may run more than once.
func (d *Desk) step(ctx context.Context, tx *db.Tx, run Run, items []item, end State) error {
	sums := tallies{}
	from, kept := run.At, run.Failed+run.Warnings
	var reports []Row
	for _, it := range items {
		run.At, run.Rows = it.end, run.Rows+it.rows
		said, what, err := d.one(ctx, tx, run, it, sums)
		if err != nil {
			return err
		}
		switch n := failed(said); {
		case n > 0:
			run.Failed++
		case what == created:
			run.Created++
		case what == changed:
			run.Changed++
		default:
			run.Same++
		}
		for _, r := range said {
			if r.Level != LevelError {
				run.Warnings++
			}
		}
		reports = append(reports, said...)
	}
	if run.State = end; end != StateRunning {
		run.At, run.EndedAt = run.Size, tx.Now
	}
	n, err := advance(ctx, tx, run, from)
	if err == nil && n == 0 {
		err = ErrBusy
	}
	live.Changed(tx, Topic, string(run.ID))
	if err == nil {
		err = addTallies(ctx, tx, run.ID, sums)
	}
	if err != nil {
		return err
	}
	return insertRows(ctx, tx, run.ID, reports[:min(int64(len(reports)), max(0, MaxRows-kept))])
}

// one applies one entity whole or not at all, and adds what it came to to sums.
func (d *Desk) one(ctx context.Context, tx *db.Tx, run Run, it item, sums tallies) ([]Row, outcome, error) {
	r := &reporter{desk: d, run: run}
	if run.Market != "" {
		m, err := market.Find(ctx, tx, run.Market) // remembered
		if err != nil {
			return nil, same, err
		}
		r.market, r.currency = m, m.Currency
	}
	if failed(it.reports) > 0 || it.apply == nil {
		sums.add(it.entry.worth(r, tallyRefused))
		return it.reports, same, nil
	}
	var what outcome
	err := tx.Savepoint(ctx, func() (err error) {
		r.rows, r.tallies = nil, tallies{}
		what, err = it.apply(ctx, tx, r)
		if err == nil && failed(r.rows) > 0 {
			err = errRefused
		}
		if err == nil && run.Dry {
			err = errDry
		}
		return err
	})
	switch {
	case err == nil, errors.Is(err, errDry), errors.Is(err, errRefused):
	case db.LostRace(err) || fault.KindOf(err) == fault.Internal || fault.Retryable(err):
		return nil, same, err
	default:
		r.say(LevelError, it.row, "", "", fault.TextOf(err))
	}
	if failed(r.rows) > 0 {
		r.tallies = it.entry.worth(r, tallyRefused)
	}
	sums.add(r.tallies)
	return append(it.reports, r.rows...), what, nil
}
