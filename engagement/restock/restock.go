// Package restock tells people that a variant can be bought again: once, because
// they asked, and then it forgets them.
//
// A wish is a variant and an address, with the words that were agreed to. A round
// of Tell looks which of the wished variants can be bought now, queues a mail for
// every wish and marks it told; a wish that is told never tells again. A guest's
// address is a person of its own, erased a week after the mail.
//
// Never true: two mails for one wish; a mail about something that could not be
// bought when it was written; a guest's address kept for anything else.
package restock

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "restock.not_found", "there is no such wish, or it was told already")
	ErrWords    = fault.New(fault.Invalid, "restock.words", "send the words that were agreed to, at most 1,000 characters")
)

const (
	maxWords = 4000 // bytes
	variants = 200  // looked at in one round
	mails    = 200  // queued in one round
	keep     = 7 * 24 * time.Hour
)

// ID names a wish.
type ID string

// Wish is somebody who waits for a variant.
type Wish struct {
	ID       ID
	Variant  catalog.VariantID
	Channel  string
	Market   string
	Title    string             // of what is meant, in the reader's language
	Customer profile.CustomerID // "" for a guest
	Words    string             // what they agreed to
	Locale   string
	AskedAt  time.Time
	ToldAt   time.Time // zero: not yet

	contact profile.ContactID
	own     bool
}

// Ask notes a wish under an address; a customer's own address needs no new
// contact. Wishing again while one waits changes nothing. It returns
// profile.ErrEmail or ErrWords.
func Ask(ctx context.Context, tx *db.Tx, k *seal.Keeper, w Wish, email string) error {
	if ok, text := profile.CheckEmail(email); !ok {
		return profile.ErrEmail.With(text)
	}
	if strings.TrimSpace(w.Words) == "" || len(w.Words) > maxWords {
		return ErrWords
	}
	reader := profile.HashEmail(k, email)
	waits, err := countWaiting(ctx, tx, w.Variant, reader)
	if err != nil || waits > 0 {
		return err
	}
	if w.Customer != "" {
		c, err := profile.Find(ctx, tx, k, w.Customer)
		if err != nil {
			return err
		}
		w.own = profile.HashEmail(k, c.Email) == reader
		w.contact = c.Contact
	}
	if !w.own {
		if w.contact, err = profile.SaveContact(ctx, tx, k, profile.Contact{Email: email}); err != nil {
			return err
		}
	}
	w.ID, w.AskedAt = id.New[ID]("rst", tx.Now), tx.Now
	if err := insertWish(ctx, tx, w, reader); err != nil {
		return fmt.Errorf("wish to be told: %w", err)
	}
	return nil
}

// List returns what a customer waits for, the latest first.
func List(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Wish, error) {
	all, err := selectWishes(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("list wishes to be told: %w", err)
	}
	return all, nil
}

// Remove ends a customer's wish. One that is not theirs, or told, is ErrNotFound.
func Remove(ctx context.Context, tx *db.Tx, customer profile.CustomerID, wish ID) error {
	n, err := deleteWish(ctx, tx, customer, wish)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Find returns a wish, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, wish ID) (Wish, error) {
	w, err := selectWish(ctx, tx, wish)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return w, err
}

// Tell queues the mails that are due, 200 at most, and returns how many. What
// the shop is called in them is shop's.
func Tell(ctx context.Context, tx *db.Tx, shop func(ctx context.Context, tx *db.Tx, channel string) (string, error)) (told int, err error) {
	wanted, err := selectWanted(ctx, tx, variants)
	if err != nil {
		return 0, fmt.Errorf("look who waits: %w", err)
	}
	for channel, ids := range wanted {
		back, err := buyable(ctx, tx, channel, ids)
		if err != nil {
			return told, err
		}
		if len(back) == 0 {
			continue
		}
		name, err := shop(ctx, tx, channel)
		if err != nil {
			return told, err
		}
		for _, v := range back {
			n, err := tell(ctx, tx, channel, name, v, mails-told)
			if err != nil {
				return told, err
			}
			told += n
		}
	}
	return told, nil
}

// buyable are those of some variants that can be sent today; of a bundle, all its
// parts.
func buyable(ctx context.Context, tx *db.Tx, channel string, ids []catalog.VariantID) (back []catalog.VariantID, err error) {
	items, err := catalog.SellableIn(ctx, tx, channel, "", ids)
	if err != nil {
		return nil, err
	}
	counted := slices.Clone(ids)
	for _, v := range ids {
		counted = append(counted, catalog.PartIDs(items[v].Parts)...)
	}
	there, err := inventory.AvailableIn(ctx, tx, channel, counted)
	for _, v := range ids {
		stock := there[v]
		if parts := items[v].Parts; len(parts) > 0 {
			stock = inventory.Bundled(parts, there)
		}
		if items[v].Active && stock.Free > 0 {
			back = append(back, v)
		}
	}
	return back, err
}

func tell(ctx context.Context, tx *db.Tx, channel, shop string, v catalog.VariantID, most int) (int, error) {
	if most <= 0 {
		return 0, nil
	}
	all, err := updateTold(ctx, tx, channel, v, most)
	if err != nil {
		return 0, fmt.Errorf("tell of %s: %w", v, err)
	}
	for _, w := range all {
		if err := message.Queue(ctx, tx, message.Message{Kind: message.KindBack, Locale: w.Locale, Contact: string(w.contact), Ref: string(w.ID),
			Data: message.Letter{Shop: shop, About: w.Title}}); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// Expire forgets who was told a week ago, 200 at most: the address of a guest
// with them.
func Expire(ctx context.Context, tx *db.Tx) error {
	all, err := deleteTold(ctx, tx, tx.Now.Add(-keep), mails)
	if err != nil {
		return fmt.Errorf("forget who was told: %w", err)
	}
	for _, w := range all {
		if w.own {
			continue
		}
		if err := profile.EraseContact(ctx, tx, w.contact); err != nil {
			return fmt.Errorf("forget who was told: %w", err)
		}
	}
	return nil
}

// Forget ends the wishes of a customer who is erased.
func Forget(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	return deleteWishes(ctx, tx, customer)
}
