package bank

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"korzo/platform/db"
)

// keepKind is the kind of a wish to keep a card for later. It stands in the
// book as a payment of nothing: authorized is kept, voided is forgotten. It is
// the merchant's reference that it is repeated by, and it tells nobody of it.
const keepKind = "keep"

// Each bank's kept tokens begin with its own word, because what one keeps the
// other knows nothing of: "sandbox:kept.WISH.REST", where REST is the token.
const (
	keptHere  = "kept."
	keptThere = "kept2."
)

func (b *Bank) keptWord() string {
	if b.config.Second {
		return keptThere
	}
	return keptHere
}

// KeptBy tells which bank kept what an instrument stands for: "first",
// "second", or "" when nobody did and both take it.
func KeptBy(instrument string) string {
	switch name := strings.TrimPrefix(instrument, prefix); {
	case strings.HasPrefix(name, keptHere):
		return "first"
	case strings.HasPrefix(name, keptThere):
		return "second"
	}
	return ""
}

// unkept parts a kept token into the wish it was kept by and what it stands for.
func unkept(instrument string) (wish, rest string) {
	name := strings.TrimPrefix(instrument, prefix)
	if KeptBy(instrument) == "" {
		return "", name
	}
	_, name, _ = strings.Cut(name, ".")
	wish, rest, _ = strings.Cut(name, ".")
	return wish, rest
}

// token is what a kept card is paid with from now on; "" while it is not kept.
func (b *Bank) kept(p Payment) string {
	if p.kind != keepKind || p.State != "authorized" {
		return ""
	}
	_, rest := unkept(p.instrument)
	return prefix + b.keptWord() + p.ID + "." + rest
}

// riding has a wish to keep a card ride on the payment that was just made with
// it: the card is that payment's, and its cardholder's proof counts.
func riding(ctx context.Context, tx *db.Tx, o order) (order, error) {
	if o.Kind != keepKind || o.Paid == "" {
		return o, nil
	}
	p, err := selectPayment(ctx, tx, o.Paid)
	if errors.Is(err, db.ErrNoRow) {
		return o, nil
	}
	if err == nil && slices.Contains([]string{"authorized", "captured"}, p.State) {
		o.Instrument, o.rides = p.instrument, true
	}
	return o, err
}

// remembered turns a kept token that the bank does not have, or has forgotten,
// into a no. Without its cardholder only a kept card pays, and then it is not
// asked for proof: that was given when it was kept.
func (b *Bank) remembered(ctx context.Context, tx *db.Tx, m manner, o order) (manner, error) {
	if m.kept == "" {
		if o.OffSession && slices.Contains(asking, m.name) {
			m.name = SoftDecline
		}
		return m, nil
	}
	p, err := selectByID(ctx, tx, m.kept)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return m, err
	}
	switch {
	case err != nil || b.kept(p) == "" || !strings.HasPrefix(ageless(o.Instrument), ageless(b.kept(p))):
		m.name = unsupported
	case o.OffSession && slices.Contains(asking, m.name):
		m.name = Approve
	}
	return m, nil
}

// asking are the outcomes that need the cardholder.
var asking = []string{Challenge, SoftDecline, ChallengeDecline}

// forget makes a kept token useless.
func (b *Bank) forget(ctx context.Context, wish string) error {
	return b.db.Write(ctx, func(tx *db.Tx) error {
		p, err := selectByID(ctx, tx, wish)
		if errors.Is(err, db.ErrNoRow) || err == nil && p.kind != keepKind {
			return nil
		}
		if err == nil {
			_, err = voidHeld(ctx, tx, p.Reference)
		}
		return err
	})
}

func (b *Bank) serveForget(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Instrument string `json:"instrument"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || KeptBy(in.Instrument) == "" {
		return errAmount
	}
	wish, _ := unkept(in.Instrument)
	if err := b.forget(r.Context(), wish); err != nil {
		return err
	}
	return answer(w, map[string]bool{"forgotten": true})
}

// Kept counts the cards that the bank keeps: the truth that a shop is checked against.
func (b *Bank) Kept(ctx context.Context) (n int64, err error) {
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		n, err = countKept(ctx, tx)
		return err
	})
	return n, err
}
