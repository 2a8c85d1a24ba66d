// Package consent keeps what customers allowed, and the proof of it.
//
// An answer is a row that is never changed: which purpose, yes or no, the very
// words that were agreed to, where and when. What holds now is the last answer
// of each purpose; who was never asked has not agreed. Taking consent back is an
// answer like giving it, and as easy.
//
// Never true: a consent without the words it was given to; a purpose that is
// allowed because nobody said no.
package consent

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// Purpose is what something may be done for.
type Purpose string

// The purposes there are.
const (
	Offers  Purpose = "offers"  // mail about what is new and reduced
	Reviews Purpose = "reviews" // mail that asks how a purchase was
	Figures Purpose = "figures" // visits are followed from page to page
)

// Purposes lists all purposes, in the order they are shown.
var Purposes = []Purpose{Offers, Reviews, Figures}

// The failures a caller can act on.
var (
	ErrPurpose = fault.New(fault.Invalid, "consent.purpose", "there is no such purpose; take offers, reviews or figures")
	ErrWords   = fault.New(fault.Invalid, "consent.words", "send the words that the customer read, at most 1,000 characters")
)

const (
	maxWords   = 4000 // bytes
	maxHistory = 200
)

// Answer is what a customer said once.
type Answer struct {
	Purpose Purpose
	Given   bool
	Words   string // what they were asked
	Locale  string
	Source  string
	SaidAt  time.Time // set by Say
}

// Say writes an answer down. Saying what was said last changes nothing.
func Say(ctx context.Context, tx *db.Tx, customer profile.CustomerID, a Answer) error {
	switch {
	case !slices.Contains(Purposes, a.Purpose):
		return ErrPurpose
	case strings.TrimSpace(a.Words) == "" || len(a.Words) > maxWords:
		return ErrWords
	}
	now, err := Now(ctx, tx, customer)
	if err != nil {
		return err
	}
	if last, ok := now[a.Purpose]; ok && last.Given == a.Given {
		return nil
	}
	if err := insertAnswer(ctx, tx, id.New[string]("cns", tx.Now), customer, a); err != nil {
		return fmt.Errorf("write consent to %s down: %w", a.Purpose, err)
	}
	return nil
}

// Now returns the last answer of each purpose; one that was never asked for is
// missing.
func Now(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (map[Purpose]Answer, error) {
	all, err := History(ctx, tx, customer)
	if err != nil {
		return nil, err
	}
	now := map[Purpose]Answer{}
	for _, a := range all {
		if _, ok := now[a.Purpose]; !ok {
			now[a.Purpose] = a
		}
	}
	return now, nil
}

// Allows reports whether a customer allows a purpose now.
func Allows(ctx context.Context, tx *db.Tx, customer profile.CustomerID, p Purpose) (bool, error) {
	now, err := Now(ctx, tx, customer)
	return now[p].Given, err
}

// History returns what a customer said, the latest first, 200 answers at most.
func History(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Answer, error) {
	all, err := selectAnswers(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("list consents: %w", err)
	}
	return all, nil
}

// Tally says how many customers answered a purpose with yes, and how many with
// no, by their last answer.
type Tally struct {
	Purpose Purpose
	Yes, No int64
}

// Tallies counts what holds now, a purpose each, in the order they are shown.
func Tallies(ctx context.Context, tx *db.Tx) ([]Tally, error) {
	some, err := countGiven(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("count consents: %w", err)
	}
	all := make([]Tally, len(Purposes))
	for i, p := range Purposes {
		all[i].Purpose = p
		for _, t := range some {
			if t.Purpose == p {
				all[i] = t
			}
		}
	}
	return all, nil
}

// Forget deletes the answers of a customer who is erased: there is nobody left
// to prove them of.
func Forget(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	return deleteAnswers(ctx, tx, customer)
}
