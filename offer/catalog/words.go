package catalog

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	maxWords      = 400 // indexed per product
	maxWordBytes  = 40
	maxQueryWords = 4
)

// words returns the folded words that Filter.Query finds a product by: those
// of its titles in all languages and of its SKUs.
func words(p Product) []string {
	all := fold(p.Title)
	for _, t := range p.Translations {
		all = append(all, fold(t.Title)...)
	}
	for _, v := range p.Variants {
		all = append(all, fold(v.SKU)...)
		all = append(all, fold(v.Title)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), maxWords)]
}

// fold splits s into words and strips case and accents: "Große Öse" is
// "grosse", "ose".
func fold(s string) []string {
	s = strings.ReplaceAll(strings.ToLower(s), "ß", "ss")
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r): // an accent
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	found := strings.Fields(b.String())
	for i, w := range found {
		found[i] = w[:min(len(w), maxWordBytes)]
	}
	return found
}

// titleKey is what products are sorted by: bytes, which both databases compare alike.
func titleKey(title string) []byte { return []byte(strings.Join(fold(title), " ")) }

// letters that do not come apart into a plain one and an accent.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "œ", "oe", "đ", "d", "ł", "l")

// Slug makes a slug of words: a–z, 0–9 and hyphens, at most 120; "" of words
// that have none of these.
func Slug(words string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(letters.Replace(strings.ToLower(words))) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 120 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// after returns the first byte string beyond all that begin with prefix.
func after(prefix string) []byte {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return b[:i+1]
		}
	}
	return nil // UTF-8 has no 0xff: never reached for a word
}
