package message_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"korzo/engagement/message"
)

// Every kind is written in every language, by mail and, where it has one, as a
// text of at most three parts; none falls back to English or names no order.
func TestEveryNoticeIsWrittenInEveryLanguage(t *testing.T) {
	textual := []message.Kind{message.KindShipped, message.KindOutForDelivery, message.KindAvailable, message.KindLate, message.KindReady, message.KindReminder}
	for _, kind := range message.Notices {
		english := ""
		for _, locale := range []string{"en", "de", "hu"} {
			m, text, err := message.Sample(kind, locale)
			if err != nil {
				t.Fatalf("%s in %s: %v", kind, locale, err)
			}
			if locale == "en" {
				english = m.Subject
			} else if m.Subject == english || m.Locale != locale {
				t.Errorf("%s in %s is %q in %s", kind, locale, m.Subject, m.Locale)
			}
			for _, part := range []string{m.Subject, m.Text, m.HTML} {
				if part == "" || strings.Contains(part, "{{") || strings.Contains(part, "no value") {
					t.Errorf("%s in %s: %q", kind, locale, part)
				}
			}
			if (text != "") != slices.Contains(textual, kind) || utf8.RuneCountInString(text) > 459 || text != "" && !strings.Contains(text, "10042") {
				t.Errorf("%s in %s as a text: %q", kind, locale, text)
			}
			if code := strings.Contains(m.Text, "482 913"); (kind == message.KindReady || kind == message.KindAvailable) && !code {
				t.Errorf("%s in %s names no code:\n%s", kind, locale, m.Text)
			}
		}
	}
}
