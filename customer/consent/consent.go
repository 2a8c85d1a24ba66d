// Package consent keeps what people allowed, and the proof of it.
//
// An answer is a row that is never changed: which purpose, yes or no, the very
// words that were agreed to, where and when. What holds now is the last answer
// of each purpose; who was never asked has not agreed. Taking consent back is an
// answer like giving it, and easier.
//
// A yes to mail is a Wish until the mailbox confirms it (Ask, Confirm): anybody
// can type anybody's address. A guest may allow mail as well; what they said
// becomes the customer's who registers with the address (Adopt). Every mail that
// needed a yes bears a link that ends it without signing in (Link, End).
//
// Never true: a consent without the words it was given to; a purpose that is
// allowed because nobody said no; mail allowed by who does not read it; an
// address kept of somebody who never confirmed.
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
	"korzo/platform/event"
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

// Purposes lists all purposes, in the order they are shown; ByMail those that
// are mail, which only its mailbox allows.
var (
	Purposes = []Purpose{Offers, Reviews, Figures}
	ByMail   = []Purpose{Offers, Reviews}
)

// The failures a caller can act on.
var (
	ErrPurpose = fault.New(fault.Invalid, "consent.purpose", "there is no such purpose; take offers, reviews or figures")
	ErrWords   = fault.New(fault.Invalid, "consent.words", "send the words that the customer read, at most 1,000 characters")
	ErrProof   = fault.New(fault.Invalid, "consent.proof", "mail is allowed by its mailbox alone: ask for it, and the mail that follows is confirmed by its reader")
	ErrLink    = fault.New(fault.NotFound, "consent.link", "this link is none, or its week is over; ask for the mail again")
)

const (
	maxWords   = 4000 // bytes
	maxHistory = 200
)

// Answer is what somebody said once.
type Answer struct {
	Purpose Purpose
	Given   bool
	Words   string // what they were asked
	Version string // what names these words; "" for none
	Locale  string
	Source  string    // where they said it: "account", "checkout"
	Ref     string    // what it stood on, such as an order; "" for nothing
	AskedAt time.Time // the box was ticked; as SaidAt where no mail had to confirm it
	SaidAt  time.Time // set by Say and Confirm

	customer profile.CustomerID
	contact  profile.ContactID
	address  string
	wish     ID
}

func (a Answer) check() error {
	switch {
	case !slices.Contains(Purposes, a.Purpose):
		return ErrPurpose
	case strings.TrimSpace(a.Words) == "" || len(a.Words) > maxWords:
		return ErrWords
	}
	return nil
}

// Say writes a customer's answer down and publishes Said. Saying what was said
// last changes nothing. It returns ErrPurpose, ErrWords, and ErrProof for a yes
// to mail: that is for Ask.
func Say(ctx context.Context, tx *db.Tx, customer profile.CustomerID, a Answer) error {
	if err := a.check(); err != nil {
		return err
	}
	now, err := Now(ctx, tx, customer)
	if err != nil {
		return err
	}
	last, ok := now[a.Purpose]
	switch {
	case ok && last.Given == a.Given:
		return nil
	case a.Given && slices.Contains(ByMail, a.Purpose):
		return ErrProof
	}
	a.customer, a.contact, a.address = customer, last.contact, last.address
	return write(ctx, tx, a)
}

// write adds an answer that changes what holds.
func write(ctx context.Context, tx *db.Tx, a Answer) error {
	if a.AskedAt.IsZero() {
		a.AskedAt = tx.Now
	}
	if err := insertAnswer(ctx, tx, id.New[string]("cns", tx.Now), a); err != nil {
		return fmt.Errorf("write consent to %s down: %w", a.Purpose, err)
	}
	return event.Publish(ctx, tx, Said{Customer: a.customer, Contact: a.contact, Purpose: a.Purpose, Given: a.Given, Source: a.Source, Ref: a.Ref, Version: a.Version, Wish: a.wish})
}

// Now returns the last answer of each purpose; one that was never asked for is
// missing.
func Now(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (map[Purpose]Answer, error) {
	all, err := History(ctx, tx, customer)
	if err != nil {
		return nil, err
	}
	return last(all), nil
}

// last is what holds of some answers, the latest first.
func last(all []Answer) map[Purpose]Answer {
	now := map[Purpose]Answer{}
	for _, a := range all {
		if _, ok := now[a.Purpose]; !ok {
			now[a.Purpose] = a
		}
	}
	return now
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

// Tally says how many people answered a purpose with yes, and how many with
// no, by their last answer.
type Tally struct {
	Purpose Purpose
	Yes, No int64
}

// Tallies counts what holds now, of customers and guests, a purpose each, in the
// order they are shown.
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

// Forget deletes what is kept of a customer who is erased: there is nobody left
// to prove it of.
func Forget(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	return deleteOf(ctx, tx, customer)
}

// ForgetContacts deletes what guests said whose contacts are erased.
func ForgetContacts(ctx context.Context, tx *db.Tx, contacts []profile.ContactID) error {
	return deleteAt(ctx, tx, contacts)
}
