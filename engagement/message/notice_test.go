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
	textual := []message.Kind{message.KindShipped, message.KindOutForDelivery, message.KindAvailable, message.KindLate, message.KindFailed, message.KindReturning, message.KindReady, message.KindReminder, message.KindSentInstead}
	for _, kind := range message.Notices {
		english := ""
		for _, locale := range []string{"en", "de", "hu"} {
			m, text, err := message.Sample(kind, locale, message.Wording{})
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
			for _, part := range []string{m.Subject, m.Text, text} {
				if strings.Contains(strings.ReplaceAll(part, "...", ""), "..") {
					t.Errorf("%s in %s ends a sentence twice: %q", kind, locale, part)
				}
			}
			if code := strings.Contains(m.Text, "482 913"); (kind == message.KindReady || kind == message.KindAvailable) && !code {
				t.Errorf("%s in %s names no code:\n%s", kind, locale, m.Text)
			}
		}
	}
}

// What waits at a counter of ours brings its code to be scanned, in cells of a
// table: 21 modules and four white ones on each side. A carrier's locker has none.
func TestWhatWaitsAtACounterBringsACodeToScan(t *testing.T) {
	for kind, rows := range map[message.Kind]int{message.KindReady: 29, message.KindReminder: 29, message.KindAvailable: 0, message.KindShipped: 0} {
		m, _, err := message.Sample(kind, "en", message.Wording{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(m.HTML, `<tr><td width="6"`); got != rows {
			t.Errorf("%s has %d rows of a code, want %d", kind, got, rows)
		}
		if len(m.HTML) > 60_000 {
			t.Errorf("%s has %d bytes: mail programs cut what is longer than 100,000", kind, len(m.HTML))
		}
	}
}
