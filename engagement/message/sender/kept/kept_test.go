package kept_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"korzo/engagement/message"
	"korzo/engagement/message/sender/kept"
	"korzo/engagement/message/sendertest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/seal"
)

func open(t *testing.T, d *db.DB) *kept.Sender {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return kept.New(d, k)
}

func TestItIsASender(t *testing.T) {
	sendertest.Exercise(t, func(t *testing.T) sendertest.Rig {
		s := open(t, dbtest.SQLite(t, []fs.FS{kept.Schema}))
		return sendertest.Rig{Sender: s, Arrived: func() (all []sendertest.Received) {
			mails, err := s.List(t.Context(), 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range mails {
				m := k.Mail
				all = append(all, sendertest.Received{MessageID: m.MessageID, To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Attached: m.Attached})
			}
			return all
		}}
	})
}

func TestItIsATexter(t *testing.T) {
	sendertest.ExerciseText(t, func(t *testing.T) sendertest.TextRig {
		s := open(t, dbtest.SQLite(t, []fs.FS{kept.Schema}))
		return sendertest.TextRig{Texter: s, Arrived: func() (all []sendertest.Received) {
			mails, err := s.List(t.Context(), 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range mails {
				all = append(all, sendertest.Received{MessageID: k.Mail.MessageID, To: k.Mail.To, Text: k.Mail.Text})
			}
			return all
		}}
	})
}

func TestWhatIsKeptCanBeReadAndForgotten(t *testing.T) {
	dbtest.Each(t, []fs.FS{kept.Schema}, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), open(t, d)
		for _, m := range []message.Mail{
			{MessageID: "1@x", Contact: "cnt_ada", To: "ada@example.com", Subject: "first"},
			{MessageID: "2@x", Contact: "cnt_bob", To: "bob@example.com", Subject: "second"},
			{MessageID: "1@x", Contact: "cnt_ada", To: "ada@example.com", Subject: "again"},
		} {
			if _, err := s.Send(ctx, m); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Find(ctx, "1@x")
		if err != nil || got.Mail.Subject != "first" || !got.At.Equal(dbtest.Noon) {
			t.Errorf("%+v, %v", got, err)
		}
		if err := s.Forget(ctx, "cnt_ada"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Find(ctx, "1@x"); !errors.Is(err, message.ErrNotFound) {
			t.Errorf("after forgetting: %v", err)
		}
		left, err := s.List(ctx, 10)
		if err != nil || len(left) != 1 || left[0].Mail.To != "bob@example.com" {
			t.Errorf("left: %+v, %v", left, err)
		}
	})
}
