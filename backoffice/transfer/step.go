package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
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
	apply   func(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error)
}

// reporter collects what is to be said of an entity.
type reporter struct {
	run      Run
	currency money.Currency // of the run's market
	rows     []Row
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
func Step(ctx context.Context, d *db.DB, of RunID) (Run, error) {
	run, err := Find(ctx, d, of)
	if err != nil || run.State != StateRunning {
		return run, err
	}
	items, end, err := readSome(run)
	if err != nil {
		return Run{}, err
	}
	err = d.Write(ctx, func(tx *db.Tx) error { return step(ctx, tx, run, items, end) })
	if err != nil {
		return Run{}, fmt.Errorf("import %s from byte %d: %w", run.File, run.At, err)
	}
	return Find(ctx, d, of)
}

// readSome reads the entities of a step and the state that the run has after it.
func readSome(run Run) (items []item, end State, err error) {
	if err := unchanged(run); err != nil {
		return nil, "", err
	}
	s, err := open(run)
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
		if items = append(items, it); it.end-run.At > stepBytes {
			break
		}
	}
	return items, StateRunning, nil
}

// step applies items and moves the run. It may run more than once.
func step(ctx context.Context, tx *db.Tx, run Run, items []item, end State) error {
	from, kept := run.At, run.Failed+run.Warnings
	var reports []Row
	for _, it := range items {
		run.At, run.Rows = it.end, run.Rows+it.rows
		said, what, err := one(ctx, tx, run, it)
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
	if err != nil {
		return err
	}
	return insertRows(ctx, tx, run.ID, reports[:min(int64(len(reports)), max(0, MaxRows-kept))])
}

// one applies one entity whole or not at all.
func one(ctx context.Context, tx *db.Tx, run Run, it item) ([]Row, outcome, error) {
	if failed(it.reports) > 0 || it.apply == nil {
		return it.reports, same, nil
	}
	r := &reporter{run: run}
	if run.Market != "" {
		m, err := market.Find(ctx, tx, run.Market) // remembered
		if err != nil {
			return nil, same, err
		}
		r.currency = m.Currency
	}
	var what outcome
	err := tx.Savepoint(ctx, func() (err error) {
		r.rows = nil
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
	return append(it.reports, r.rows...), what, nil
}
