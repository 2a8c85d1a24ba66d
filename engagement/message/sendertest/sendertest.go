// Package sendertest is what every mail sender must do. An implementation runs
// Exercise in its own tests, against whatever receives its mails.
//
// A sender hands a mail over whole or says that it did not; a no for ever is
// told from a no for now, because only the second is tried again; and the same
// mail sent twice bears the same Message-ID, so that the reader's server can
// drop the second.
package sendertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"korzo/engagement/message"
)

// Received is a mail as it arrived, decoded.
type Received struct {
	MessageID string
	To        string
	Subject   string
	Text      string
	HTML      string
	Attached  []message.Attachment
}

// Rig is a sender and the place its mails arrive at.
type Rig struct {
	Sender  message.Sender
	Arrived func() []Received
}

// mail is one that is hard to carry: three scripts, long lines, a dot alone.
func mail(n int) message.Mail {
	return message.Mail{
		MessageID: fmt.Sprintf("msg_%d@shop.example", n),
		Contact:   "cnt_1",
		From:      "Kürtős & Söhne <orders@shop.example>",
		To:        fmt.Sprintf("ada%d@example.com", n),
		ToName:    "Ada Łovelace, “Countess”",
		Locale:    "hu",
		Subject:   "Köszönjük a rendelését – 注文 " + strings.Repeat("hosszú tárgy ", 10),
		Text:      "Ada!\n.\n..\nFrom here on: 12,90 € × 2\n" + strings.Repeat("árvíztűrő tükörfúrógép ", 100),
		HTML:      "<p style=\"color:#1c1c1a\">12,90 € = €12.90</p>\n.\n<p>" + strings.Repeat("árvíztűrő ", 300) + "</p>",
	}
}

// Exercise checks a sender that open makes anew for each part.
func Exercise(t *testing.T, open func(t *testing.T) Rig) {
	t.Run("a mail arrives whole", func(t *testing.T) { arrives(t, open(t)) })
	t.Run("what is attached arrives byte for byte", func(t *testing.T) { attaches(t, open(t)) })
	t.Run("a mail sent twice is known by its Message-ID", func(t *testing.T) { twice(t, open(t)) })
	t.Run("an address that is none is refused for good", func(t *testing.T) { refuses(t, open(t)) })
	t.Run("a caller who has left sends nothing", func(t *testing.T) { leaves(t, open(t)) })
	t.Run("many send at once", func(t *testing.T) { many(t, open(t)) })
}

func arrives(t *testing.T, r Rig) {
	m := mail(1)
	id, err := r.Sender.Send(t.Context(), m)
	if err != nil || id == "" {
		t.Fatalf("id %q, %v", id, err)
	}
	got := r.Arrived()
	if len(got) != 1 {
		t.Fatalf("%d mails arrived", len(got))
	}
	want := Received{MessageID: m.MessageID, To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML}
	for _, part := range []struct{ name, got, want string }{
		{"Message-ID", got[0].MessageID, want.MessageID},
		{"To", got[0].To, want.To},
		{"Subject", got[0].Subject, strings.TrimSpace(want.Subject)},
		{"Text", lines(got[0].Text), lines(want.Text)},
		{"HTML", lines(got[0].HTML), lines(want.HTML)},
	} {
		if strings.TrimSpace(part.got) != strings.TrimSpace(part.want) {
			t.Errorf("%s:\n got %q\nwant %q", part.name, part.got, part.want)
		}
	}
}

func attaches(t *testing.T, r Rig) {
	m := mail(1)
	m.Attached = []message.Attachment{{Name: "gift-card.pdf", Type: "application/pdf", Body: []byte("%PDF-1.3\r\n.\r\n\x00\xff" + strings.Repeat("binary\x80\n", 200))}}
	if _, err := r.Sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := r.Arrived()
	if len(got) != 1 || len(got[0].Attached) != 1 {
		t.Fatalf("%d mails arrived: %+v", len(got), got)
	}
	a, want := got[0].Attached[0], m.Attached[0]
	if a.Name != want.Name || !strings.HasPrefix(a.Type, want.Type) || !bytes.Equal(a.Body, want.Body) {
		t.Errorf("attached is %q, %q, %d bytes; want %d", a.Name, a.Type, len(a.Body), len(want.Body))
	}
	if strings.TrimSpace(lines(got[0].Text)) != strings.TrimSpace(lines(m.Text)) || strings.TrimSpace(lines(got[0].HTML)) != strings.TrimSpace(lines(m.HTML)) {
		t.Error("beside it the mail's own words changed")
	}
}

// lines are the same however they end.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func twice(t *testing.T, r Rig) {
	for range 2 {
		if _, err := r.Sender.Send(t.Context(), mail(1)); err != nil {
			t.Fatal(err)
		}
	}
	ids := map[string]bool{}
	for _, m := range r.Arrived() {
		ids[m.MessageID] = true
	}
	if len(ids) != 1 {
		t.Errorf("two tries are two mails: %v", ids)
	}
}

func refuses(t *testing.T, r Rig) {
	for _, address := range []string{"", "ada", "ada@", "Ada <ada@example.com>", "ada@example.com\r\nBcc: all@example.com", "a@b.example, c@d.example"} {
		m := mail(1)
		m.To = address
		if _, err := r.Sender.Send(t.Context(), m); !errors.Is(err, message.ErrRefused) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if got := r.Arrived(); len(got) != 0 {
		t.Errorf("%d mails arrived", len(got))
	}
}

func leaves(t *testing.T, r Rig) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Sender.Send(ctx, mail(1)); err == nil || errors.Is(err, message.ErrRefused) {
		t.Errorf("got %v, want an error that may pass", err)
	}
	if got := r.Arrived(); len(got) != 0 {
		t.Errorf("%d mails arrived", len(got))
	}
}

func many(t *testing.T, r Rig) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := r.Sender.Send(t.Context(), mail(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	seen := map[string]string{}
	for _, m := range r.Arrived() {
		seen[m.MessageID] = m.To
	}
	for i := range 8 {
		if m := mail(i); seen[m.MessageID] != m.To {
			t.Errorf("%s went to %q", m.MessageID, seen[m.MessageID])
		}
	}
}
