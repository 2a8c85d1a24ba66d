// Package language turns what people write into what can be compared: words
// without case and accents, their stems, and how far two words are apart.
//
// A word is kept in forms. Its folded form has neither case nor accent ("Küche"
// is "kuche"); a word with an umlaut has a second one as it is typed without
// the key ("kueche"), so both ways of writing meet. Its stems take endings
// away: Snowball's for English and German; for Hungarian our own, because the
// former leaves plurals and cases standing.
//
// Everything here is a pure function of its words. It never looks at what the
// shop sells, so two machines always agree; what depends on the shop's own
// vocabulary, such as where a compound is joined, is an index's to find.
package language

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The languages whose endings are known. Text in another is compared by its
// folded forms.
const (
	English   = "en"
	German    = "de"
	Hungarian = "hu"
)

// maxLetters bounds a word; what is longer is cut.
const maxLetters = 40

// Of returns the language of a locale: "de" for "de-AT".
func Of(locale string) string {
	before, _, _ := strings.Cut(locale, "-")
	return strings.ToLower(before)
}

// Word is one word of a text.
type Word struct {
	Raw    string // in small letters, accents kept
	Folded string // without accents
}

// Words returns the words of a text in order. Letters and digits make words;
// all else parts them, but for an apostrophe or a full stop inside one.
func Words(text string) []Word {
	var all []Word
	text = norm.NFC.String(strings.ToLower(text))
	for _, raw := range strings.FieldsFunc(text, func(r rune) bool { return !inWord(r) }) {
		raw = strings.Trim(raw, ".'’")
		if trimmed, had := strings.CutSuffix(raw, "'s"); had {
			raw = trimmed
		}
		if strings.ContainsFunc(raw, unicode.IsLetter) { // a stop parts words, but not figures
			for _, part := range strings.Split(raw, ".") {
				all = add(all, part)
			}
			continue
		}
		all = add(all, raw)
	}
	return all
}

func add(all []Word, raw string) []Word {
	raw = cut(raw, maxLetters)
	folded := strings.ReplaceAll(Fold(raw), " ", "") // some marks decompose into a space and themselves
	if folded == "" {
		return all
	}
	return append(all, Word{raw, folded})
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == '.'
}

// cut returns the first n letters of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// letters that no accent makes of another.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "'", "", "’", "")

// Fold returns s without case and accents: "Große Öse" is "grosse ose".
func Fold(s string) string {
	s = strings.ToLower(s)
	if ascii(s) {
		return strings.ReplaceAll(s, "'", "")
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(letters.Replace(s)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// umlauts as they are typed without the key.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe")

// Forms returns how a word may be typed: folded, and with its umlauts written
// out when it has some.
func (w Word) Forms() []string {
	if out := umlauts.Replace(w.Raw); out != w.Raw {
		if written := Fold(out); written != w.Folded {
			return []string{w.Folded, written}
		}
	}
	return []string{w.Folded}
}

// HasDigit reports whether a word is a number, a size or a model, in which
// each letter counts.
func (w Word) HasDigit() bool { return strings.ContainsFunc(w.Folded, unicode.IsDigit) }

// Normal returns a query as it is counted and looked up: its folded words with
// one space between them.
func Normal(query string) string {
	words := Words(query)
	folded := make([]string, len(words))
	for i, w := range words {
		folded[i] = w.Folded
	}
	return strings.Join(folded, " ")
}

// Key returns a SKU or a barcode as it is compared: letters and digits only,
// so that "MUG-RED", "mug red" and "mugred" are one.
func Key(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Fold(s))
}

// Small reports words that say nothing of a product, such as articles. A query
// of nothing else keeps them.
func Small(language, folded string) bool { return small[language][folded] }

var small = map[string]map[string]bool{
	English:   set("a an and the of for with in on to from by or at my your is are"),
	German:    set("der die das den dem des ein eine einen einem einer eines und oder fur fuer mit im in am an auf aus von vom zu zum zur bei ist"),
	Hungarian: set("a az egy es vagy hogy is nak nek"),
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}
