package paper_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"korzo/platform/i18n"
	"korzo/purchase/giftcard/paper"
)

var made = time.Date(2030, time.January, 2, 12, 0, 0, 0, time.UTC)

func sample() paper.Card {
	return paper.Card{Shop: "Korzo Home", Amount: "50,00 €", Code: "KZ7M-2QWX-9HTF-4RPD", For: "Őri Erzsébet", From: "Charles",
		Text: "Alles Gute zum Geburtstag!\nKauf dir etwas Schönes, am besten etwas, das du nicht brauchst.", Until: "31.12.2033", URL: "https://shop.example", Made: made}
}

func words(t *testing.T) *i18n.Catalog {
	t.Helper()
	c := i18n.Load()
	if err := c.Add(paper.Messages()); err != nil {
		t.Fatal(err)
	}
	if missing := c.Missing(); len(missing) > 0 {
		t.Error(missing)
	}
	c.OnMissing = func(language, id string) { t.Errorf("%s is missing in %s", id, language) }
	return c
}

// KORZO_KEEP_PDF names a folder in which what is drawn is kept, to be looked at.
func keep(t *testing.T, name string, b []byte) {
	t.Helper()
	if folder := os.Getenv("KORZO_KEEP_PDF"); folder != "" {
		if err := os.WriteFile(folder+"/"+name+".pdf", b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACardIsDrawnInEveryLanguageAndAlwaysTheSame(t *testing.T) {
	all := words(t)
	for _, locale := range []string{"en", "de-DE", "hu"} {
		first, err := paper.Render(sample(), all.Locale(locale))
		if err != nil || !bytes.HasPrefix(first, []byte("%PDF-")) {
			t.Fatalf("%s: %v", locale, err)
		}
		again, err := paper.Render(sample(), all.Locale(locale))
		if err != nil || !bytes.Equal(first, again) {
			t.Errorf("%s: the same card is other bytes, %v", locale, err)
		}
		keep(t, "gift-card."+locale, first)
	}
}

func TestACardIsOnePageWhateverIsWrittenOnIt(t *testing.T) {
	l := words(t).Locale("en")
	bare := paper.Card{Shop: "Korzo", Amount: "€5.00", Code: "KZ7M-2QWX-9HTF-4RPD", URL: "https://shop.example", Made: made}
	long := sample()
	long.For, long.From, long.Shop = strings.Repeat("Ada ", 25), strings.Repeat("Ő", 100), strings.Repeat("Haus und Tisch ", 20)
	long.Text, long.Amount = strings.Repeat("🎁 ünnep\x07 ", 50), "123 456 789 012,00 Ft"
	rows := sample()
	rows.Text = strings.Repeat("\n", 499)
	for name, c := range map[string]paper.Card{"bare": bare, "long": long, "rows": rows} {
		b, err := paper.Render(c, l)
		if err != nil || bytes.Count(b, []byte("/Type /Page\n")) != 1 {
			t.Errorf("%s: %d pages, %v", name, bytes.Count(b, []byte("/Type /Page\n")), err)
		}
		keep(t, "gift-card."+name, b)
	}
}
