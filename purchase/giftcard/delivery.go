package giftcard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// JobSend names the periodic work that mails cards: for each of Due read its
// Letter, mail it outside any transaction under the delivery's id as key, then
// write Sent.
const JobSend = "giftcard.send"

// Way is how a card reaches somebody.
type Way string

// The ways.
const (
	WayMail  Way = "mail"
	WayPrint Way = "print"
)

// Delivery is a card to be given to somebody. Its code is the one that Issue
// or Recode told in the same transaction.
type Delivery struct {
	Card   ID
	Code   string
	Way    Way
	Name   string // the recipient's
	Email  string // required for WayMail
	From   string // the giver, as the card shows them
	Text   string
	For    string // whom the card itself names, when that is not who gets the mail
	Own    bool   // who gets it bought it, and hands it on: From and Text are the card's, not the mail's
	Locale string
	At     time.Time // not before; zero: now
}

const (
	maxText = 500 // characters
	maxFrom = 100
)

// sealed is what of a delivery nobody may read in the database. Its names are
// stored: fields are added, never renamed.
type sealed struct {
	Code string `json:"code"`
	From string `json:"from,omitempty"`
	Text string `json:"text,omitempty"`
	For  string `json:"for,omitempty"`
	Own  bool   `json:"own,omitempty"`
}

// Deliver keeps a card until it is due. Recipient, message and code are sealed.
// It returns ErrText, ErrMistyped for a code that is not the card's, profile's
// errors for an address that cannot be one, or ErrNotFound.
func Deliver(ctx context.Context, tx *db.Tx, k *seal.Keeper, v Delivery) (DeliveryID, error) {
	delivery, err := deliver(ctx, tx, k, v)
	if err != nil {
		return "", fmt.Errorf("deliver gift card %s: %w", v.Card, notFound(err))
	}
	return delivery, nil
}

func deliver(ctx context.Context, tx *db.Tx, k *seal.Keeper, v Delivery) (DeliveryID, error) {
	v.Text, v.From, v.Email = strings.TrimSpace(v.Text), strings.TrimSpace(v.From), strings.TrimSpace(v.Email)
	if v.Way == WayMail && v.Email == "" || v.Way != WayMail && v.Way != WayPrint ||
		utf8.RuneCountInString(v.Text) > maxText || utf8.RuneCountInString(v.From) > maxFrom {
		return "", ErrText
	}
	folded, err := parse(v.Code)
	if err != nil {
		return "", err
	}
	if c, err := selectByHash(ctx, tx, hash(k, folded)); err != nil || c.ID != v.Card {
		return "", errors.Join(err, ErrMistyped)
	}
	row := deliveryRow{id: id.New[DeliveryID]("gfd", tx.Now), card: v.Card, way: v.Way, locale: v.Locale, wrapped: k.NewKey(), sendAt: v.At}
	if row.sendAt.Before(tx.Now) {
		row.sendAt = tx.Now
	}
	if v.Email != "" || v.Name != "" {
		if row.contact, row.person, err = saveRecipient(ctx, tx, k, v); err != nil {
			return "", err
		}
	}
	plain, err := json.Marshal(sealed{grouped(folded), v.From, v.Text, v.For, v.Own})
	if err != nil {
		return "", err
	}
	if row.sealed, err = k.Seal(row.wrapped, plain); err != nil {
		return "", err
	}
	return row.id, insertDelivery(ctx, tx, row)
}

func saveRecipient(ctx context.Context, tx *db.Tx, k *seal.Keeper, v Delivery) (profile.ContactID, profile.PersonID, error) {
	if v.Email != "" {
		if ok, text := profile.CheckEmail(v.Email); !ok {
			return "", "", ErrText.With(text)
		}
	}
	contact, err := profile.SaveContact(ctx, tx, k, profile.Contact{Name: v.Name, Email: v.Email})
	if err != nil {
		return "", "", err
	}
	saved, err := profile.FindContact(ctx, tx, k, contact)
	return contact, saved.Person, err
}

// Due returns mails whose time has come, the one that has waited longest first,
// at most limit. Those of cards that are not active wait on.
func Due(ctx context.Context, tx *db.Tx, limit int) ([]DeliveryID, error) {
	due, err := selectDue(ctx, tx, tx.Now, limit)
	if err != nil {
		return nil, fmt.Errorf("read gift cards to send: %w", err)
	}
	return due, nil
}

// Letter is a delivery opened: what a mail or a printed card says.
type Letter struct {
	ID         DeliveryID
	Way        Way
	Locale     string
	Card       Card // with its balance
	Code       string
	Name       string
	Email      string
	From, Text string
	For        string
	Own        bool
}

// Open reads a delivery that waits. It returns ErrDelivery for one that does
// not, or whose card is not active.
func Open(ctx context.Context, tx *db.Tx, k *seal.Keeper, delivery DeliveryID) (Letter, error) {
	l, err := openLetter(ctx, tx, k, delivery)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrDelivery
	}
	if err != nil {
		return Letter{}, fmt.Errorf("open delivery %s: %w", delivery, err)
	}
	return l, nil
}

func openLetter(ctx context.Context, tx *db.Tx, k *seal.Keeper, delivery DeliveryID) (l Letter, err error) {
	row, err := selectDelivery(ctx, tx, delivery)
	if err != nil {
		return l, err
	}
	c, err := selectCard(ctx, tx, row.card, "")
	if err != nil {
		return l, err
	}
	if c.State != StateActive {
		return l, ErrDelivery
	}
	if c, err = withBalance(ctx, tx, c); err != nil {
		return l, err
	}
	plain, err := k.Open(row.wrapped, row.sealed)
	if err != nil {
		return l, err
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return l, err
	}
	l = Letter{ID: delivery, Way: row.way, Locale: row.locale, Card: c, Code: s.Code, From: s.From, Text: s.Text, For: s.For, Own: s.Own}
	if row.contact != "" {
		to, err := profile.FindContact(ctx, tx, k, row.contact)
		if err != nil {
			return l, err
		}
		l.Name, l.Email = to.Name, to.Email
	}
	return l, nil
}

// Sent says that a delivery has gone, and destroys its code and message. It may
// be repeated; it returns ErrDelivery for one that was cancelled.
func Sent(ctx context.Context, tx *db.Tx, delivery DeliveryID) error {
	n, err := closeDelivery(ctx, tx, delivery)
	if err == nil && n == 0 {
		err = ErrDelivery
	}
	if err != nil {
		return fmt.Errorf("close delivery %s: %w", delivery, err)
	}
	return nil
}

// Withdraw cancels what waits to be delivered of a card: its code is lost with
// it, and Recode makes another. It may be repeated.
func Withdraw(ctx context.Context, tx *db.Tx, id ID) error {
	if err := cancelDeliveries(ctx, tx, id); err != nil {
		return fmt.Errorf("withdraw deliveries of gift card %s: %w", id, err)
	}
	return nil
}

// Forget cancels what waits to be delivered to a person who was erased. Call it
// for profile.Erased; what was sent left nothing to forget but the contact.
func Forget(ctx context.Context, tx *db.Tx, person profile.PersonID) error {
	if err := forgetPerson(ctx, tx, person); err != nil {
		return fmt.Errorf("forget deliveries to %s: %w", person, err)
	}
	return nil
}
