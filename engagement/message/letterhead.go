package message

import (
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"
)

// What is wrong with a letterhead.
var (
	ErrHeadName  = fault.New(fault.Invalid, "message.head_name", "name: write who the shop is to its readers, at most 80 characters on one line")
	ErrHeadEmail = fault.New(fault.Invalid, "message.head_email", "email: this is no e-mail address; write it as shop@example.com")
	ErrHeadText  = fault.New(fault.Invalid, "message.head_text", "text: phones take at most 11 letters and digits, or a number such as +4930123456")
)

// Letterhead is who writes: what readers of a market and a language see as the
// sender. The one that fits best is taken: market and language, then the market's,
// then the language's, then the shop's.
type Letterhead struct {
	Market  string // "": any
	Locale  string // a language such as "de"; "": any
	Name    string // "Korzo Deutschland"
	Email   string // "post@example.com"
	ReplyTo string // "": answers go to Email
	Text    string // whom a phone names; "": the gateway's own
}

// plainName needs no quotes before an address.
var plainName = regexp.MustCompile(`^[A-Za-z0-9 ]+$`)

// from is how a mail names its sender.
func (h Letterhead) from() string {
	if plainName.MatchString(h.Name) {
		return h.Name + " <" + h.Email + ">"
	}
	return (&mail.Address{Name: h.Name, Address: h.Email}).String()
}

const headMemory = "message_letterheads"

// heads are what Letterheads returns, because every message asks for it.
var heads = remember.New(headMemory, selectLetterheads)

// Letterheads are all that the merchant set, by market and language.
func Letterheads(ctx context.Context, tx *db.Tx) ([]Letterhead, error) {
	all, err := heads.Get(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list letterheads: %w", err)
	}
	return all, nil
}

var phoneName = regexp.MustCompile(`^([A-Za-z0-9 ]{1,11}|\+[1-9][0-9]{6,14})$`)

// SaveLetterhead sets who writes to readers of a market and a language. It holds
// for the next message. It returns ErrHeadName, ErrHeadEmail or ErrHeadText.
func SaveLetterhead(ctx context.Context, tx *db.Tx, h Letterhead) error {
	for _, at := range []string{h.Email, h.ReplyTo} {
		a, err := mail.ParseAddress(at)
		if at == "" && h.Email != "" {
			continue
		}
		if err != nil || a.Address != at || a.Name != "" {
			return ErrHeadEmail
		}
	}
	switch {
	case h.Name == "" || len([]rune(h.Name)) > 80 || strings.ContainsAny(h.Name, "\r\n"):
		return ErrHeadName
	case h.Text != "" && !phoneName.MatchString(h.Text):
		return ErrHeadText
	}
	if err := upsertLetterhead(ctx, tx, h); err != nil {
		return fmt.Errorf("save letterhead: %w", err)
	}
	return remember.Touch(ctx, tx, headMemory)
}

// DeleteLetterhead leaves a market and a language to the next that fits.
func DeleteLetterhead(ctx context.Context, tx *db.Tx, market, locale string) error {
	if err := deleteLetterhead(ctx, tx, market, locale); err != nil {
		return fmt.Errorf("delete letterhead: %w", err)
	}
	return remember.Touch(ctx, tx, headMemory)
}

// Own is the letterhead where the merchant set none: the operator's.
func (m *Mailer) Own() Letterhead { return m.own }

// head is the letterhead of a market and a language.
func (m *Mailer) head(all []Letterhead, market, locale string) Letterhead {
	language, _, _ := strings.Cut(locale, "-")
	for _, want := range [][2]string{{market, language}, {market, ""}, {"", language}, {"", ""}} {
		for _, h := range all {
			if h.Market == want[0] && h.Locale == want[1] {
				return h
			}
		}
	}
	return m.own
}

// sendUnder sends a mail under the letterhead of a market and a language.
func (m *Mailer) sendUnder(ctx context.Context, market, locale string, written Mail) error {
	var all []Letterhead
	err := m.db.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = Letterheads(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	head := m.head(all, market, locale)
	written.From, written.ReplyTo = head.from(), head.ReplyTo
	_, err = m.sender.Send(ctx, written)
	return err
}

// Try sends a made-up mail, or a text where phone is given, under a letterhead,
// as the next message would go. The error is what the server said. Call it outside
// any transaction.
func (m *Mailer) Try(ctx context.Context, id, market, locale, email, phone string) error {
	sample, text, err := Sample(KindShipped, locale, Wording{})
	if err != nil {
		return err
	}
	if phone == "" {
		sample.MessageID, sample.To = id+"@"+m.domain, email
		return m.sendUnder(ctx, market, locale, sample)
	}
	var all []Letterhead
	if err := m.db.Read(ctx, func(tx *db.Tx) (err error) { all, err = Letterheads(ctx, tx); return err }); err != nil {
		return err
	}
	_, err = m.hand(ctx, ByText, Mail{MessageID: id, From: m.head(all, market, locale).Text, To: phone, Locale: locale, Text: text})
	return err
}
