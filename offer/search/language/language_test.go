package language_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"korzo/offer/search/language"
)

func TestWordsAreFolded(t *testing.T) {
	for text, want := range map[string]string{
		"Große Öse":              "grosse ose",
		"Hátizsák, piros":        "hatizsak piros",
		"T-Shirt (500ml)":        "t shirt 500ml",
		"men's rock'n'roll":      "men rocknroll",
		"3.5 mm jack, U.S.A.":    "3.5 mm jack u s a",
		"Ærø œuvre Łódź ıÞ":      "aero oeuvre lodz ith",
		"":                       "",
		" . ' – ":                "",
		"Árvíztűrő tükörfúrógép": "arvizturo tukorfurogep",
	} {
		if got := language.Normal(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestAnUmlautMayBeWrittenOut(t *testing.T) {
	for raw, want := range map[string]string{"küche": "kuche kueche", "straße": "strasse", "haus": "haus", "smørrebrød": "smorrebrod smoerrebroed"} {
		if got := strings.Join(language.Words(raw)[0].Forms(), " "); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

// Two words are forms of one when they share a stem.
func TestFormsOfOneWordShareAStem(t *testing.T) {
	for _, c := range []struct {
		lang, a, b string
		same       bool
	}{
		{"en", "lamps", "lamp", true}, {"en", "boxes", "box", true}, {"en", "lamp", "lamb", false}, {"en", "running", "run", true},
		{"de", "Stühle", "Stuhl", true}, {"de", "Gläser", "Glas", true}, {"de", "Lampen", "Lampe", true}, {"de", "Tasse", "Tasche", false},
		{"de", "Schraenke", "Schränke", true}, {"de", "praktisch", "Tisch", false},
		{"hu", "hátizsákok", "hátizsák", true}, {"hu", "hátizsákot", "hátizsákokkal", true}, {"hu", "lámpák", "lámpa", true},
		{"hu", "bögrét", "bögrék", true}, {"hu", "tükrök", "tükör", true}, {"hu", "bokrok", "bokor", true}, {"hu", "poharat", "pohár", true},
		{"hu", "székekben", "szék", true}, {"hu", "ingek", "ing", true}, {"hu", "kerti", "kert", true}, {"hu", "szék", "szó", false},
		{"hu", "táska", "tál", false}, {"hu", "bár", "barát", false}, {"hu", "lámpa", "lant", false}, {"hu", "asztal", "asztma", false},
		{"fr", "lampes", "lampe", false}, // its endings are not known
	} {
		a, b := language.Words(c.a)[0].Stems(c.lang), language.Words(c.b)[0].Stems(c.lang)
		if same := slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) }); same != c.same {
			t.Errorf("%s %s %v and %s %v: %v, want %v", c.lang, c.a, a, c.b, b, same, c.same)
		}
	}
}

func TestMistakesAreCounted(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"lamp", "lamp", 0}, {"lamp", "lmap", 1}, {"lamp", "lamps", 1}, {"lamp", "lam", 1}, {"lamp", "limp", 1},
		{"backpack", "bakcpakc", 2}, {"lamp", "table", 3}, {"", "ab", 2}, {"", "abcd", 3},
	} {
		if got := language.Distance(c.a, c.b, 2); got != c.want || language.Distance(c.b, c.a, 2) != c.want {
			t.Errorf("%s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	for word, want := range map[string]int{"ing": 0, "lamp": 1, "lampion": 1, "backpack": 2} {
		if got := language.Typos(word); got != want {
			t.Errorf("%s may have %d, want %d", word, got, want)
		}
	}
}

func TestASKUIsItsLettersAndDigits(t *testing.T) {
	for _, s := range []string{"MUG-RED", "mug red", "mugred", " Mug.Red "} {
		if got := language.Key(s); got != "mugred" {
			t.Errorf("%q: %q", s, got)
		}
	}
}

// Whatever is typed makes words that are valid text, folded for good, with
// stems; and a word is no distance from itself.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"Küchentisch", "hátizsákokkal", "the lamp's 3.5 mm", "日本語", "\xff\x00", "ﬁ ǆ İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range language.Words(text) {
			if w.Folded == "" || !utf8.ValidString(w.Raw) && utf8.ValidString(text) || strings.ContainsAny(w.Folded, " ") {
				t.Errorf("%q has the word %q", text, w)
			}
			for _, lang := range []string{"en", "de", "hu", "xx"} {
				if len(w.Stems(lang)) == 0 || len(w.Forms()) == 0 {
					t.Errorf("%q has no stem in %s", w, lang)
				}
			}
			if d := language.Distance(w.Folded, w.Folded, 2); d != 0 && len(w.Folded) <= 160 {
				t.Errorf("%q is %d from itself", w.Folded, d)
			}
		}
	})
}
