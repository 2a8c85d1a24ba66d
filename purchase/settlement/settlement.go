// Package settlement holds what gateways and banks say was settled against our
// own books.
//
// A report is read once (package statement), kept row by row under the
// gateway's own ids, and matched three ways: the file, our payments and ledger,
// and the gateway's book as Lookup tells it. What all three agree on is done
// and its fee is learned; where they differ the gateway's book is asked, our
// side is brought to it by the payments' own funnel, and what is left is an
// exception with a kind, an age and somebody to take care of it.
//
// The one idea: a row is posted when it is first read and never again, and a
// match is computed from all rows of an attempt, in whichever file they came.
// So a file may be given twice, in parts, late or in any order, and matching may
// be run as often as one likes.
//
// In the ledger, clearing:GATEWAY is what a gateway has of ours. Fees leave it
// for fees:GATEWAY, payouts for transit:GATEWAY until the bank has them, and
// what nobody here asked for stands on suspense:GATEWAY until a person says
// what it is. Sums settled in another currency pass exchange:GATEWAY.
//
// Never true: a row counted twice; a difference nobody is told of; money moved
// at a gateway because a file said so.
package settlement

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/job"
	"korzo/purchase/payment"
	"korzo/purchase/settlement/statement"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "settlement.not_found", "there is no such statement; take an id from the list")
	ErrSource   = fault.New(fault.Invalid, "settlement.source", "say which of the shop's gateways the report is of, or bank for a camt.053; a remittance is of the one that is paid at the door")
)

// Bank is the source of a bank's statements.
const Bank = "bank"

// ID names a file.
type ID string

// File is a statement that was read.
type File struct {
	ID          ID
	Source      string // a gateway's name, or Bank
	Format      string
	Name        string
	Checksum    string // SHA-256 of its bytes
	Rows        int64
	Known       int64 // rows that an earlier file had
	From, Until time.Time
	State       string // StateReading, StateRead or StateMatched
	Actor       string
	ReadAt      time.Time
	MatchedAt   time.Time // zero until it is matched
}

// The states of a file.
const (
	StateReading = "reading" // some rows may be missing: give it again
	StateRead    = "read"    // its rows are kept and posted
	StateMatched = "matched" // and have been held against the books
)

// Settlements reads and matches statements.
type Settlements struct {
	db       *db.DB
	payments *payment.Payments
}

// New returns Settlements of these payments. It does no I/O.
func New(d *db.DB, p *payment.Payments) *Settlements { return &Settlements{d, p} }

// match is the job that matches a file.
type match struct {
	File ID `json:"file"`
}

// jobMatch is its kind.
const jobMatch = "settlement.match"

// Register has files matched in the background after they are read.
func (s *Settlements) Register(jobs *job.Pool) {
	job.Do(jobs, jobMatch, func(ctx context.Context, m match) error {
		_, err := s.Match(ctx, m.File)
		return err
	})
}

// Upload is a statement as somebody gives it to us.
type Upload struct {
	Source  string // a gateway's name, or Bank
	Format  string // one of statement.Formats
	Name    string
	Text    io.ReadSeeker     // read twice from its beginning, and never held whole
	Mapping statement.Mapping // of "generic" and statement.Remittance
	Actor   string
}

// Read keeps a statement's rows, posts those that are new and has the file
// matched in the background. A file that was read before is returned as it is,
// and again is true. It fails with ErrSource, statement.ErrFormat or
// statement.ErrFile, and then keeps nothing. A mapping that it was read with is
// remembered for its source; without one the remembered is taken.
func (s *Settlements) Read(ctx context.Context, u Upload) (f File, again bool, err error) {
	if err := s.knows(u); err != nil {
		return File{}, false, err
	}
	said := !u.Mapping.IsZero()
	if _, err := s.settled(ctx, &u); err != nil {
		return File{}, false, err
	}
	if f, err = believe(u); err != nil {
		return File{}, false, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if said && Mapped(u.Format) {
			if err := upsertMapping(ctx, tx, u); err != nil {
				return err
			}
		}
		found, err := selectByChecksum(ctx, tx, f.Source, f.Checksum)
		if !errors.Is(err, db.ErrNoRow) {
			f, again = found, true
			return err
		}
		again = false
		f.ID, f.ReadAt = id.New[ID]("stl", tx.Now), tx.Now
		return insertFile(ctx, tx, f)
	})
	if err == nil && f.State == StateReading {
		err = s.keep(ctx, &f, u)
	}
	if err != nil {
		return File{}, false, fmt.Errorf("read the statement %s: %w", f.Name, err)
	}
	return f, again, nil
}

// believe reads a statement to its end and keeps nothing of it.
func believe(u Upload) (File, error) {
	f := File{Source: u.Source, Format: u.Format, Name: clip(u.Name), State: StateReading, Actor: u.Actor}
	widen := func(at time.Time) {
		if f.From.IsZero() || at.Before(f.From) {
			f.From = at
		}
		if at.After(f.Until) {
			f.Until = at
		}
	}
	if _, err := u.Text.Seek(0, io.SeekStart); err != nil {
		return File{}, fmt.Errorf("read the statement %s: %w", f.Name, err)
	}
	sum := sha256.New()
	content, err := statement.Read(u.Format, io.TeeReader(u.Text, sum), u.Mapping, statement.Each{
		Row: func(r statement.Row) error {
			if r.Kind == statement.Charge {
				widen(r.At)
			}
			return nil
		},
		Entry: func(e statement.Entry) error {
			widen(e.At)
			return nil
		}})
	f.Rows, f.Checksum = content.Count, hex.EncodeToString(sum.Sum(nil))
	return f, err
}

// knows refuses a source that is not the shop's.
func (s *Settlements) knows(u Upload) error {
	if (u.Format == "camt053") != (u.Source == Bank) {
		return ErrSource
	}
	if u.Source == Bank {
		return nil
	}
	g, err := s.payments.Gateway(u.Source)
	if err != nil || u.Format == statement.Remittance && !slices.Contains(g.Traits().Kinds, atTheDoor) {
		return ErrSource
	}
	return nil
}

// keep writes the rows that are new, with their postings, a part at a time so
// that nobody waits long for the database. Half a file that a crash left behind
// is completed when it is given again.
func (s *Settlements) keep(ctx context.Context, f *File, u Upload) error {
	if _, err := u.Text.Seek(0, io.SeekStart); err != nil {
		return err
	}
	rows := parts[statement.Row]{write: func(part []statement.Row) error {
		return s.db.Write(ctx, func(tx *db.Tx) error { return s.keepRows(ctx, tx, *f, part) })
	}}
	entries := parts[statement.Entry]{write: func(part []statement.Entry) error {
		return s.db.Write(ctx, func(tx *db.Tx) error { return keepEntries(ctx, tx, *f, part) })
	}}
	if _, err := statement.Read(u.Format, u.Text, u.Mapping, statement.Each{Row: rows.add, Entry: entries.add}); err != nil {
		return err
	}
	if err := errors.Join(rows.flush(), entries.flush()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		fresh, err := countRows(ctx, tx, f.ID)
		if err != nil {
			return err
		}
		f.Known, f.State = f.Rows-fresh, StateRead
		if err := updateRead(ctx, tx, *f); err != nil {
			return err
		}
		return job.Enqueue(ctx, tx, job.Job{Kind: jobMatch, Key: string(f.ID), Body: match{f.ID}})
	})
}

// parts gathers what is written a part at a time.
type parts[T any] struct {
	part  []T
	write func([]T) error
}

func (p *parts[T]) add(v T) error {
	if p.part = append(p.part, v); len(p.part) < chunk {
		return nil
	}
	return p.flush()
}

func (p *parts[T]) flush() error {
	if len(p.part) == 0 {
		return nil
	}
	err := p.write(p.part)
	p.part = p.part[:0]
	return err
}

func (s *Settlements) keepRows(ctx context.Context, tx *db.Tx, f File, rows []statement.Row) error {
	attempts, err := attemptsOf(ctx, tx, f.Source, rows)
	if err == nil && f.Format == statement.Remittance {
		err = byNumber(ctx, tx, f.Source, rows, attempts)
	}
	if err != nil {
		return err
	}
	for i, r := range rows {
		if err := s.keepRow(ctx, tx, f, r, attempts[i]); err != nil {
			return fmt.Errorf("line %d: %w", r.Line, err)
		}
	}
	return nil
}

func keepEntries(ctx context.Context, tx *db.Tx, f File, entries []statement.Entry) error {
	for _, e := range entries {
		if _, err := insertEntry(ctx, tx, f.ID, e); err != nil {
			return fmt.Errorf("entry %d: %w", e.Line, err)
		}
	}
	return nil
}

// chunk is how many rows are looked up at once.
const chunk = 500

// keepRow writes one row with all that follows from it at once. A row that was
// read before is compared with what it said then.
func (s *Settlements) keepRow(ctx context.Context, tx *db.Tx, f File, r statement.Row, a payment.Attempt) error {
	fresh, err := insertRow(ctx, tx, f, r, a.ID)
	if err != nil {
		return err
	}
	if !fresh {
		return s.changed(ctx, tx, f, r)
	}
	if a.ID != "" && r.Fee.Minor != 0 {
		if err := payment.LearnFee(ctx, tx, a, postingKey(f.Source, r), r.Fee); err != nil {
			return err
		}
	}
	if r.Kind == statement.Payout || r.Kind == statement.PayoutBack {
		if err := upsertPayout(ctx, tx, f, r); err != nil {
			return err
		}
	}
	return post(ctx, tx, f.Source, r, a)
}

// attemptsOf finds whose rows these are, by our reference, else by the
// gateway's own name.
func attemptsOf(ctx context.Context, tx *db.Tx, source string, rows []statement.Row) ([]payment.Attempt, error) {
	var ids []payment.AttemptID
	var names []string
	for _, r := range rows {
		if r.Reference != "" {
			ids = append(ids, payment.AttemptID(r.Reference))
		}
		if r.GatewayID != "" {
			names = append(names, r.GatewayID)
		}
	}
	byID, byName := map[string]payment.Attempt{}, map[string]payment.Attempt{}
	found, err := payment.FindAttempts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for _, a := range found {
		if a.Gateway == source {
			byID[string(a.ID)] = a
		}
	}
	if found, err = payment.FindByGatewayID(ctx, tx, source, names); err != nil {
		return nil, err
	}
	for _, a := range found {
		byName[a.GatewayID] = a
	}
	all := make([]payment.Attempt, len(rows))
	for i, r := range rows {
		a, ok := byID[r.Reference]
		if !ok && r.GatewayID != "" {
			a = byName[r.GatewayID]
		}
		all[i] = a
	}
	return all, nil
}

func clip(name string) string {
	if len(name) > 200 {
		name = name[:200]
	}
	return name
}

// Find returns a file, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (File, error) {
	f, err := selectFile(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return File{}, fmt.Errorf("find statement %s: %w", id, err)
	}
	return f, nil
}

// List returns a page of files, newest first, and the id to go on after.
func List(ctx context.Context, tx *db.Tx, after ID, limit int) ([]File, ID, error) {
	if limit < 1 || limit > 100 {
		limit = 100
	}
	files, err := selectFiles(ctx, tx, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list statements: %w", err)
	}
	if len(files) <= limit {
		return files, "", nil
	}
	return files[:limit], files[limit-1].ID, nil
}

// Row is a row of a file with what it turned out to be.
type Row struct {
	statement.Row
	Source  string
	File    ID
	Attempt payment.AttemptID // "" when it is none of ours
	Verdict Verdict           // "" until it is matched
}

// Rows returns a page of a file's rows after a line, only those of a verdict
// if one is given.
func Rows(ctx context.Context, tx *db.Tx, id ID, verdict Verdict, after, limit int) ([]Row, error) {
	rows, err := selectRows(ctx, tx, id, verdict, after, limit)
	if err != nil {
		return nil, fmt.Errorf("rows of statement %s: %w", id, err)
	}
	return rows, nil
}

// RowsOf returns all that statements tell of an attempt, at most 100.
func RowsOf(ctx context.Context, tx *db.Tx, id payment.AttemptID) ([]Row, error) {
	rows, err := selectRowsOf(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("rows of attempt %s: %w", id, err)
	}
	return rows, nil
}

// Count is how many rows of a file have a verdict, and what they sum to.
type Count struct {
	Verdict Verdict
	Rows    int64
	Gross   money.Amount
	Fee     money.Amount
}

// Counts returns what became of a file's rows, by verdict and currency.
func Counts(ctx context.Context, tx *db.Tx, id ID) ([]Count, error) {
	all, err := selectCounts(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("counts of statement %s: %w", id, err)
	}
	return all, nil
}
