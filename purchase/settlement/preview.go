package settlement

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment"
	"korzo/purchase/settlement/statement"
	"korzo/value/money"
)

// A table that is nobody's known format is read once somebody has said which
// column is what. What was said is remembered for its source, so that the next
// table with those columns is read without a question; where its columns are
// others, it is asked again.

// lookedAt is how many rows a preview holds against the books, and firstRows how
// many it shows.
const (
	lookedAt  = 2_000
	firstRows = 10
)

// Preview is what reading a table would come to. Nothing of it is kept.
type Preview struct {
	Table       statement.Table
	Mapping     statement.Mapping // as it was given, remembered or guessed
	Remembered  bool              // it is the one that is remembered
	Rows        int64
	From, Until time.Time
	Looked      int64   // rows that were held against the books: the first ones
	Known       int64   // of these, rows that an earlier file had
	Counts      []Count // of these
	First       []Row
}

// Mapped says whether a format's columns are said by a mapping.
func Mapped(format string) bool { return format == "generic" || format == statement.Remittance }

// Remembered is the mapping that the source's last table of a format was read
// with; it is zero where there was none.
func Remembered(ctx context.Context, tx *db.Tx, source, format string) (statement.Mapping, error) {
	m, err := selectMapping(ctx, tx, source, format)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return m, fmt.Errorf("the mapping of %s: %w", source, err)
	}
	return m, nil
}

// settled has a table read by its own names, or by the mapping that is
// remembered. It is false where neither suits, and then it has to be asked.
func (s *Settlements) settled(ctx context.Context, u *Upload) (bool, error) {
	if !Mapped(u.Format) || !u.Mapping.IsZero() {
		return true, nil
	}
	var m statement.Mapping
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		m, err = Remembered(ctx, tx, u.Source, u.Format)
		return err
	})
	if err != nil {
		return false, err
	}
	t, err := look(*u, "")
	if err != nil {
		return false, err
	}
	if m.Suits(t.Columns) {
		if len(u.Mapping.Kinds) > 0 {
			m.Kinds = u.Mapping.Kinds
		}
		u.Mapping = m
		return true, nil
	}
	return plain(u.Format, t.Columns), nil
}

// plain says that the columns bear our own names.
func plain(format string, columns []string) bool {
	m := statement.Plain
	if format == statement.Remittance {
		m = statement.Remitted
	}
	return !slices.ContainsFunc(statement.Needs(format), func(field string) bool {
		return *m.Column(field) != "" && !slices.ContainsFunc(columns, func(name string) bool {
			return strings.EqualFold(strings.TrimSpace(name), *m.Column(field))
		})
	})
}

// Asks says that nobody can tell which column of a table is what: neither its
// names do, nor the mapping that is remembered for its source. It fails with
// ErrSource and statement.ErrFile.
func (s *Settlements) Asks(ctx context.Context, u Upload) (bool, error) {
	if err := s.knows(u); err != nil {
		return false, err
	}
	settled, err := s.settled(ctx, &u)
	return !settled, err
}

func look(u Upload, words string) (statement.Table, error) {
	if _, err := u.Text.Seek(0, io.SeekStart); err != nil {
		return statement.Table{}, fmt.Errorf("look at the statement %s: %w", u.Name, err)
	}
	return statement.Look(u.Text, words)
}

// Preview reads a table with a mapping, without one with the remembered or a
// guessed one, and keeps nothing. Where it fails with a *statement.Unfit, what
// could be seen of the table is returned all the same.
func (s *Settlements) Preview(ctx context.Context, u Upload) (p Preview, err error) {
	if err := s.knows(u); err != nil {
		return p, err
	}
	if p.Table, err = look(u, ""); err != nil {
		return p, err
	}
	if u.Mapping.IsZero() {
		if _, err := s.settled(ctx, &u); err != nil {
			return p, err
		}
		p.Remembered = !u.Mapping.IsZero()
	}
	if u.Mapping.IsZero() {
		u.Mapping = statement.Guess(p.Table)
	}
	p.Mapping = u.Mapping
	if p.Mapping.Kind != "" {
		if p.Table, err = look(u, p.Mapping.Kind); err != nil {
			return p, err
		}
	}
	return p, s.preview(ctx, u, &p)
}

// preview reads the file to its end and holds its first rows against the books.
func (s *Settlements) preview(ctx context.Context, u Upload, p *Preview) error {
	if _, err := u.Text.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("look at the statement %s: %w", u.Name, err)
	}
	var rows []statement.Row
	content, err := statement.Read(u.Format, u.Text, u.Mapping, statement.Each{Row: func(r statement.Row) error {
		if p.From.IsZero() || r.At.Before(p.From) {
			p.From = r.At
		}
		if r.At.After(p.Until) {
			p.Until = r.At
		}
		if len(rows) < lookedAt {
			rows = append(rows, r)
		}
		return nil
	}})
	if err != nil {
		return err
	}
	p.Rows, p.Looked = content.Count, int64(len(rows))
	return s.db.Read(ctx, func(tx *db.Tx) error { return p.judge(ctx, tx, u, rows) })
}

// judge says what each row would be found to be, had only this file been read.
func (p *Preview) judge(ctx context.Context, tx *db.Tx, u Upload, rows []statement.Row) error {
	var attempts []payment.Attempt
	known := map[string]bool{}
	for part := range slices.Chunk(rows, chunk) {
		found, err := attemptsOf(ctx, tx, u.Source, part)
		if err == nil && u.Format == statement.Remittance {
			err = byNumber(ctx, tx, u.Source, part, found)
		}
		if err == nil {
			err = selectKnown(ctx, tx, u.Source, part, known)
		}
		if err != nil {
			return err
		}
		attempts = append(attempts, found...)
	}
	sums := map[payment.AttemptID]*told{}
	for i, r := range rows {
		if customers(r.Kind) && attempts[i].ID != "" {
			tell(sums, attempts[i].ID, r)
		}
		if known[string(r.Kind)+"\x00"+r.ID] {
			p.Known++
		}
	}
	for i, r := range rows {
		one := Row{Row: r, Source: u.Source, Attempt: attempts[i].ID}
		switch {
		case !customers(r.Kind):
		case one.Attempt == "":
			one.Verdict = Unknown
		case u.Format == statement.Remittance:
			one.Verdict = collectable(*sums[one.Attempt], attempts[i])
		default:
			one.Verdict, _ = verdict(*sums[one.Attempt], attempts[i], tx.Now)
		}
		p.count(one)
	}
	return nil
}

// collectable is what a remittance's row would be found to be once it is taken.
func collectable(t told, a payment.Attempt) Verdict {
	switch {
	case a.State.Failed():
		return Ended
	case t.currency != a.Amount.Currency:
		return Currency
	case t.charged > a.Amount.Minor:
		return More
	case t.charged < a.Amount.Minor:
		return Short
	}
	return Matched
}

// customers says that a kind of row is a customer's money.
func customers(k statement.Kind) bool {
	switch k {
	case statement.Charge, statement.Refund, statement.RefundBack:
		return true
	}
	return false
}

func tell(sums map[payment.AttemptID]*told, id payment.AttemptID, r statement.Row) {
	t, ok := sums[id]
	if !ok {
		t = &told{attempt: id, currencies: 1, currency: r.Amount.Currency}
		sums[id] = t
	}
	if t.currency != r.Amount.Currency {
		t.currencies = 2
	}
	if r.Kind == statement.Charge {
		t.charges++
		t.charged += r.Amount.Minor
	} else {
		t.refunded -= r.Amount.Minor
	}
	if r.At.After(t.last) {
		t.last = r.At
	}
}

func (p *Preview) count(r Row) {
	if len(p.First) < firstRows {
		p.First = append(p.First, r)
	}
	i := slices.IndexFunc(p.Counts, func(c Count) bool { return c.Verdict == r.Verdict && c.Gross.Currency == r.Gross.Currency })
	if i < 0 {
		i = len(p.Counts)
		zero := money.Of(0, r.Gross.Currency)
		p.Counts = append(p.Counts, Count{Verdict: r.Verdict, Gross: zero, Fee: zero})
	}
	c := &p.Counts[i]
	c.Rows, c.Gross, c.Fee = c.Rows+1, c.Gross.Plus(r.Gross), c.Fee.Plus(r.Fee)
}
