package message_test

import (
	"errors"
	"testing"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestTheLetterheadThatFitsBestIsTaken(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		save := func(h message.Letterhead) error {
			return r.d.Write(t.Context(), func(tx *db.Tx) error { return message.SaveLetterhead(t.Context(), tx, h) })
		}
		from := func() string {
			t.Helper()
			r.post.mails = nil
			if err := r.mail.SendGiftCard(t.Context(), "gft_1", "ada@example.com", "de-AT", message.GiftCard{Amount: "5 €", Code: "X", Market: "AT"}); err != nil {
				t.Fatal(err)
			}
			return r.post.mails[0].From + " " + r.post.mails[0].ReplyTo
		}
		for _, step := range []struct {
			head message.Letterhead
			want string
		}{
			{message.Letterhead{Market: "DE", Name: "Deutschland", Email: "de@shop.example"}, "Korzo <orders@shop.example> "},
			{message.Letterhead{Name: "Everybody", Email: "all@shop.example"}, "Everybody <all@shop.example> "},
			{message.Letterhead{Locale: "de", Name: "Auf Deutsch", Email: "deutsch@shop.example"}, "Auf Deutsch <deutsch@shop.example> "},
			{message.Letterhead{Market: "AT", Name: "Wien, Graben", Email: "wien@shop.example", ReplyTo: "frage@shop.example"}, `"Wien, Graben" <wien@shop.example> frage@shop.example`},
			{message.Letterhead{Market: "AT", Locale: "de", Name: "Servus", Email: "servus@shop.example"}, "Servus <servus@shop.example> "},
		} {
			if err := save(step.head); err != nil {
				t.Fatal(err)
			}
			if got := from(); got != step.want {
				t.Errorf("%q, want %q", got, step.want)
			}
		}
		for _, wrong := range []struct {
			head message.Letterhead
			want error
		}{
			{message.Letterhead{Name: "A", Email: "nobody"}, message.ErrHeadEmail}, {message.Letterhead{Name: "A", Email: "A <a@b.example>"}, message.ErrHeadEmail},
			{message.Letterhead{Name: "A\r\nBcc: x@y.example", Email: "a@b.example"}, message.ErrHeadName}, {message.Letterhead{Email: "a@b.example"}, message.ErrHeadName},
			{message.Letterhead{Name: "A", Email: "a@b.example", Text: "A name too long"}, message.ErrHeadText}, {message.Letterhead{Name: "A", Email: "a@b.example", ReplyTo: "?"}, message.ErrHeadEmail},
		} {
			if err := save(wrong.head); !errors.Is(err, wrong.want) {
				t.Errorf("%+v: %v", wrong.head, err)
			}
		}
	})
}
