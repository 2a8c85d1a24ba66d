package giftcard

import (
	"context"

	"korzo/platform/db"
)

// LookWith is Look with another hash, so that a test can count.
func LookWith(ctx context.Context, d *db.DB, hash func(string) string, code, ip string) (Card, error) {
	return look(ctx, d, hash, code, ip)
}

// NewCode draws a code in groups.
func NewCode() string { return grouped(newCode()) }

// Parse folds a code.
func Parse(text string) (string, error) { return parse(text) }

// Alphabet is what codes are made of.
const Alphabet = alphabet
