package sender_test

import (
	"strings"
	"testing"

	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/platform/db/dbtest"
	"korzo/platform/seal"
)

func TestURLsChooseTheSender(t *testing.T) {
	keeper, err := seal.Open(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	means := sender.Means{DB: dbtest.SQLite(t, schemas), Keeper: keeper}
	for _, c := range []struct {
		url   string
		inbox bool
		fails string
	}{
		{"kept:", true, ""},
		{"smtp://ada:secret@mail.example:587?tls=required", false, ""},
		{"smtps://mail.example", false, ""},
		{"pigeon://loft", false, "smtp://"},
		{"", false, "smtp://"},
		{"smtp://ada:secret@mail.example:port", false, "smtp://"},
	} {
		s, err := sender.Open(c.url, means)
		if (err != nil) != (c.fails != "") {
			t.Fatalf("%s: %v", c.url, err)
		}
		if err != nil {
			if !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", c.url, err)
			}
			continue
		}
		if _, ok := s.(message.Inbox); ok != c.inbox {
			t.Errorf("%s: keeps its mails: %v", c.url, ok)
		}
	}
}
