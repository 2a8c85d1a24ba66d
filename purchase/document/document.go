// Package document issues what the tax office asks for: invoices and credit
// notes.
//
// A document is a copy, not a view. When it is issued it freezes seller, buyer,
// lines, taxes and what was paid, and no later change of the shop reaches it: what
// was wrong is taken back by a credit note. Its number comes from the series of
// its seller and kind, whose row is locked until the commit, so that numbers
// have no gap, are given once and stand in the order of issue. That lock is why
// nothing is issued while a customer waits: Due notes what is owed in the
// transaction that causes it, and Issue works the notes off, many in a commit.
//
// The law keeps an invoice longer than a person may be kept, so its content is
// sealed under a key of the seller and the year, not of the person; Forget
// destroys the key when the years are over, and numbers and sums remain.
//
// Never true: a gap or a repeat in a series; two invoices of one thing; a credit
// beyond what its invoice charged; a document whose parts are not its sums.
package document

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/seal"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound  = fault.New(fault.NotFound, "document.not_found", "there is no such document: list those of the order")
	ErrForgotten = fault.New(fault.NotFound, "document.forgotten", "the time this document had to be kept is over and its content was destroyed; its number and its sums remain")
	ErrTooMuch   = fault.New(fault.Conflict, "document.too_much", "this would credit more than the invoice charged: credit at most what is left")
)

// ID names a document to machines; Number names it to people.
type ID string

// Kind is what a document is.
type Kind string

// The kinds of documents.
const (
	Invoice    Kind = "invoice"
	CreditNote Kind = "credit_note" // takes back an invoice, or a part of it
)

// Document is what a list needs of one. Total = Net + Tax; a credit note's sums
// are positive, and are given back.
type Document struct {
	ID       ID
	Number   string // "DE-000001", "DE-C-000001"
	Kind     Kind
	Entity   string
	Order    string
	Corrects ID // the invoice of a credit note
	Net      money.Amount
	Tax      money.Amount
	Total    money.Amount
	IssuedAt time.Time

	seq  int64
	year int
	ref  string
}

// Find returns a document with its content. It returns ErrNotFound, or the
// document and ErrForgotten when only its number and sums are left.
func Find(ctx context.Context, tx *db.Tx, k *seal.Keeper, id ID) (Document, Content, error) {
	d, sealed, err := selectDocument(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Document{}, Content{}, fmt.Errorf("find document %s: %w", id, err)
	}
	c, err := open(ctx, tx, k, d, sealed)
	return d, c, err
}

func open(ctx context.Context, tx *db.Tx, k *seal.Keeper, d Document, sealed []byte) (c Content, err error) {
	wrapped, err := selectKey(ctx, tx, d.Entity, d.year)
	if err != nil {
		return c, fmt.Errorf("find the key of %s: %w", d.Number, err)
	}
	plain, err := k.Open(wrapped, sealed)
	if errors.Is(err, seal.ErrDestroyed) {
		return c, ErrForgotten
	}
	if err != nil {
		return c, fmt.Errorf("open %s: %w", d.Number, err)
	}
	return c, json.Unmarshal(plain, &c)
}

// OfOrder returns an order's documents, its invoice first, in the order of issue.
func OfOrder(ctx context.Context, tx *db.Tx, order string) ([]Document, error) {
	return selectOfOrder(ctx, tx, order)
}

// Filter chooses a page of documents, newest first. The zero Filter is the first
// page of all.
type Filter struct {
	Kind   Kind
	Entity string
	After  ID  // the last id of the page before
	Limit  int // at most 200; 0 is 50
}

// List returns a page of documents and the id to go on after ("" at the end).
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Document, ID, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	all, err := selectPage(ctx, tx, f)
	if err != nil || len(all) <= f.Limit {
		return all, "", err
	}
	return all[:f.Limit], all[f.Limit-1].ID, nil
}

// Forget destroys the keys of the documents issued before a year. What they told
// of people can never be read again.
func Forget(ctx context.Context, tx *db.Tx, before int) error {
	return destroyKeys(ctx, tx, before)
}
