package smtp_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"korzo/engagement/message"
	"korzo/engagement/message/sender/smtp"
	"korzo/engagement/message/sendertest"
)

func letterTo(to string) message.Mail {
	return message.Mail{
		MessageID: "msg_1@shop.example", From: "Korzo <orders@shop.example>", To: to, ToName: "Ada", Locale: "en",
		Subject: "Hello", Text: "Hello", HTML: "<p>Hello</p>",
	}
}

func TestItIsASender(t *testing.T) {
	sendertest.Exercise(t, func(t *testing.T) sendertest.Rig {
		s := start(t, settings{tls: true, auth: true})
		return sendertest.Rig{Sender: s.sender(t, "smtp://ada:secret@%s"), Arrived: s.arrived}
	})
}

// A no to this mail is final. Everything else may pass, silence too.
func TestAnswersOfTheServer(t *testing.T) {
	for _, c := range []struct {
		name, to string
		sent     bool
		refused  bool
		arrived  int
	}{
		{"yes", "ada@example.com", true, false, 1},
		{"no such user", "unknown@example.com", false, true, 0},
		{"no such mail", "spam@example.com", false, true, 0},
		{"not now", "greylisted@example.com", false, false, 0},
		{"not now, after the mail", "full@example.com", false, false, 0},
		{"silence, but it was taken", "silence@example.com", false, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, settings{})
			id, err := s.sender(t, "smtp://%s").Send(t.Context(), letterTo(c.to))
			if (err == nil) != c.sent || (id != "") != c.sent || errors.Is(err, message.ErrRefused) != c.refused {
				t.Errorf("id %q, %v", id, err)
			}
			if got := len(s.arrived()); got != c.arrived {
				t.Errorf("%d arrived", got)
			}
		})
	}
}

func TestEncryptionAndPasswords(t *testing.T) {
	for _, c := range []struct {
		name      string
		server    settings
		url       string
		sent      bool
		encrypted bool
	}{
		{"taken when offered", settings{tls: true}, "smtp://%s", true, true},
		{"done without when not", settings{}, "smtp://%s", true, false},
		{"required and offered", settings{tls: true}, "smtp://%s?tls=required", true, true},
		{"required and not offered", settings{}, "smtp://%s?tls=required", false, false},
		{"not wanted", settings{tls: true}, "smtp://%s?tls=none", true, false},
		{"from the first byte", settings{tls: true, implicit: true}, "smtps://%s", true, true},
		{"a certificate nobody vouches for", settings{tls: true}, "smtp://%s?distrust", false, false},
		{"the right password", settings{tls: true, auth: true}, "smtp://ada:secret@%s", true, true},
		{"a wrong password", settings{tls: true, auth: true}, "smtp://ada:wrong@%s", false, false},
		{"no password", settings{tls: true, auth: true}, "smtp://%s", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, c.server)
			_, err := s.sender(t, c.url).Send(t.Context(), letterTo("ada@example.com"))
			if (err == nil) != c.sent {
				t.Fatalf("%v", err)
			}
			if errors.Is(err, message.ErrRefused) {
				t.Errorf("the operator's trouble was taken for the mail's: %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the password: %v", err)
			}
			for _, encrypted := range s.encrypted {
				if encrypted != c.encrypted {
					t.Errorf("encrypted: %v", encrypted)
				}
			}
			if got := len(s.arrived()); (got == 1) != c.sent {
				t.Errorf("%d arrived", got)
			}
		})
	}
}

func TestWhatAMachineSendsSaysSo(t *testing.T) {
	s := start(t, settings{})
	if _, err := s.sender(t, "smtp://%s").Send(t.Context(), letterTo("ada@example.com")); err != nil {
		t.Fatal(err)
	}
	h := s.letters[0].header
	if h.Get("Auto-Submitted") != "auto-generated" || h.Get("Content-Language") != "en" || h.Get("From") != `"Korzo" <orders@shop.example>` {
		t.Errorf("%v", h)
	}
}

func TestAMailThatNeedsConsentBearsItsEnd(t *testing.T) {
	s := start(t, settings{})
	m := letterTo("ada@example.com")
	m.End = "https://shop.example/letters/end/ctc_1.abc"
	for _, m := range []message.Mail{m, letterTo("bob@example.com")} {
		if _, err := s.sender(t, "smtp://%s").Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if h := s.letters[0].header; h.Get("List-Unsubscribe") != "<https://shop.example/letters/end/ctc_1.abc>" || h.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("%v", h)
	}
	if h := s.letters[1].header; h.Get("List-Unsubscribe") != "" || h.Get("List-Unsubscribe-Post") != "" {
		t.Errorf("a mail about an order bears %v", h)
	}
}

func TestURLsThatNameNoServer(t *testing.T) {
	for _, bad := range []string{"smtp://", "smtp://host?tls=maybe", "smtp://host?ca=/nowhere", "smtp:host"} {
		u, err := url.Parse(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := smtp.Open(u, true); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	u, _ := url.Parse("smtp://127.0.0.1:1")
	s, err := smtp.Open(u, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), letterTo("ada@example.com")); err == nil || errors.Is(err, message.ErrRefused) {
		t.Errorf("got %v, want an error that may pass", err)
	}
}
