// Package standing keeps what the rest of the house has worked out about a
// customer, where whoever greets them can read it: what they are expected to be
// worth, their tier, their tags. What follows from a rule (package segment) is not
// kept.
//
// None of it is decided here. Each field has one author on a higher floor, who
// replaces it as a whole; the lower floors read one row and import nobody. What
// was never written is zero: a customer about whom nothing is known has no row.
//
// Never true: a fact here that the shop's money depends on. A standing may be a
// day old, and losing it loses nothing that cannot be worked out again.
package standing

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/fault"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrTag  = fault.New(fault.Invalid, "standing.tag", "give at most 50 tags of 1 to 60 characters")
	ErrTier = fault.New(fault.Invalid, "standing.tier", "name a tier in at most 60 characters, or leave it empty")
)

const (
	maxTags = 50
	maxTag  = 60
	maxTier = 60
)

// Standing is what is known about a customer.
type Standing struct {
	Predicted int64    // net contribution expected within a year, in minor units of the shop's currency
	AlivePPM  int64    // the chance that they will ever buy again, in parts per million
	Tier      string   // as the shop names its own, given by staff or programs; "" for none
	Tags      []string // given by staff or programs
}

// Prediction is what a model expects of a customer.
type Prediction struct {
	Customer  string
	Predicted int64 // as Standing
	AlivePPM  int64
}

// Of returns a customer's standing; zero for a guest ("") and for whom nothing
// is known. One statement.
func Of(ctx context.Context, tx *db.Tx, customer string) (Standing, error) {
	if customer == "" {
		return Standing{}, nil
	}
	s, err := selectStanding(ctx, tx, customer)
	if errors.Is(err, db.ErrNoRow) {
		return Standing{}, nil
	}
	if err != nil {
		return Standing{}, fmt.Errorf("standing of %s: %w", customer, err)
	}
	return s, nil
}

// someSize is how many customers one statement asks for.
const someSize = 500

// Some returns the standings of customers, by customer; those about whom nothing
// is known are left out. One statement for each 500.
func Some(ctx context.Context, tx *db.Tx, customers []string) (map[string]Standing, error) {
	all := map[string]Standing{}
	asked := slices.Compact(slices.Sorted(slices.Values(customers)))
	for some := range slices.Chunk(asked, someSize) {
		if err := selectStandings(ctx, tx, some, all); err != nil {
			return nil, fmt.Errorf("standings of %d customers: %w", len(customers), err)
		}
	}
	return all, nil
}

// Predict replaces what is expected of customers; it may be repeated.
func Predict(ctx context.Context, tx *db.Tx, all []Prediction) error {
	for _, p := range all {
		if err := upsertPrediction(ctx, tx, p); err != nil {
			return fmt.Errorf("predict worth of %s: %w", p.Customer, err)
		}
	}
	return nil
}

// SetTier replaces a customer's tier; "" takes it away. It returns ErrTier.
func SetTier(ctx context.Context, tx *db.Tx, customer, tier string) error {
	if len(tier) > maxTier {
		return ErrTier
	}
	return wrap(customer, upsertTier(ctx, tx, customer, tier))
}

// SetTags replaces a customer's tags. It returns ErrTag.
func SetTags(ctx context.Context, tx *db.Tx, customer string, tags []string) error {
	tags = sorted(tags)
	if len(tags) > maxTags || slices.ContainsFunc(tags, func(t string) bool { return t == "" || len(t) > maxTag }) {
		return ErrTag
	}
	return wrap(customer, upsertTags(ctx, tx, customer, tags))
}

func wrap(customer string, err error) error {
	if err != nil {
		return fmt.Errorf("set standing of %s: %w", customer, err)
	}
	return nil
}

func sorted(words []string) []string {
	all := slices.Clone(words)
	slices.Sort(all)
	return slices.Compact(all)
}
