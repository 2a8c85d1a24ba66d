package profile

import (
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// maxPage is the most customers of a page, maxNotes the most notes of a person.
const (
	maxPage  = 100
	maxNotes = 100
)

// Filter chooses customers. The zero Filter is the newest of all.
type Filter struct {
	Market string
	IDs    []CustomerID // only these, at most 1,000; nil: any
	After  CustomerID   // the last one of the page before
	Limit  int          // 1 to 100; 0 is 100
}

// Newest returns a page of customers, the latest registered first, and the id to
// go on after, "" at the end. Those who were erased are left out.
func Newest(ctx context.Context, tx *db.Tx, k *seal.Keeper, f Filter) ([]Customer, CustomerID, error) {
	if f.Limit < 1 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	if f.IDs != nil && len(f.IDs) == 0 {
		return nil, "", nil
	}
	rows, err := selectNewest(ctx, tx, f)
	if err != nil {
		return nil, "", fmt.Errorf("list customers: %w", err)
	}
	next := CustomerID("")
	if len(rows) > f.Limit {
		rows, next = rows[:f.Limit], rows[f.Limit-1].ID
	}
	page := make([]Customer, len(rows))
	for i, row := range rows {
		if page[i], err = openCustomer(k, row, nil); err != nil {
			return nil, "", err
		}
	}
	return page, next, nil
}

// Note is what staff wrote down about a person. Its text is sealed under the
// person's key, and goes when they are erased.
type Note struct {
	ID    string
	Actor string // who wrote it
	Text  string
	At    time.Time
}

// ErrNote reports a note without a text, or a long one.
var ErrNote = fault.New(fault.Invalid, "profile.note", "a note has 1 to 2,000 characters: write some, or shorten it")

// AddNote writes a note about a person: 1 to 2,000 characters. It returns ErrNote,
// or ErrErased.
func AddNote(ctx context.Context, tx *db.Tx, k *seal.Keeper, person PersonID, actor, text string) error {
	if text == "" || len([]rune(text)) > 2000 {
		return ErrNote
	}
	wrapped, err := selectKey(ctx, tx, person, tx.ForUpdate())
	if err != nil {
		return fmt.Errorf("write a note: %w", notFound(err))
	}
	sealed, err := sealUp(k, wrapped, text)
	if err != nil {
		return fmt.Errorf("write a note: %w", err)
	}
	return insertNote(ctx, tx, id.New[string]("not", tx.Now), person, actor, sealed)
}

// Notes returns the notes about a person, newest first, 100 at most. Those of an
// erased person are ErrErased.
func Notes(ctx context.Context, tx *db.Tx, k *seal.Keeper, person PersonID) ([]Note, error) {
	rows, err := selectNotes(ctx, tx, person, maxNotes)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	notes := make([]Note, len(rows))
	for i, row := range rows {
		notes[i] = row.Note
		if notes[i].Text, err = open[string](k, row.wrapped, row.sealed); err != nil {
			return nil, fmt.Errorf("read notes: %w", err)
		}
	}
	return notes, nil
}
