package message

import (
	"context"
	"encoding/json"
	"fmt"
)

// GiftCard is what the mail says that brings somebody a gift card. It holds the
// code, so no row keeps it: it is written and sent in one go.
type GiftCard struct {
	Shop   string
	Name   string // the reader's
	From   string // who gives it; "" for one bought for oneself
	Text   string
	Amount string // formatted for the reader
	Code   string
	Until  string     // the last day it is good for; "" for ever
	URL    string     // of the shop
	Own    bool       // it comes to who bought it, to be printed and handed on
	Card   Attachment `json:"-"` // to print; none where it has no name
	Market string     `json:"-"` // whose letterhead it bears
}

var giftCardForm = mustForm("gift_card", func(data []byte, _ Addressee) (any, error) {
	var g GiftCard
	err := json.Unmarshal(data, &g)
	return g, err
}, func(data any) bool { _, ok := data.(GiftCard); return ok })

// SendGiftCard mails a gift card. The same id has the same Message-ID, by which
// servers and readers know a mail that comes twice. Call it outside any
// transaction; an error that is ErrRefused is a no for ever.
func (m *Mailer) SendGiftCard(ctx context.Context, id, email, locale string, g GiftCard) error {
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	mail, err := giftCardForm.write(locale, data, Addressee{})
	if err != nil {
		return fmt.Errorf("write gift card %s: %w", id, err)
	}
	mail.MessageID, mail.To, mail.ToName = id+"@"+m.domain, email, g.Name
	if g.Card.Name != "" {
		mail.Attached = []Attachment{g.Card}
	}
	if err := m.sendUnder(ctx, g.Market, locale, mail); err != nil {
		return fmt.Errorf("mail gift card %s: %w", id, err)
	}
	return nil
}
