package language

import (
	"slices"
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/german"
)

// Stems returns the folded stems of a word, each once, at most six. Two words are
// forms of one when they share a stem.
func (w Word) Stems(language string) []string {
	if w.HasDigit() {
		return []string{w.Folded}
	}
	switch language {
	case English:
		return []string{snowball(w.Raw, english.Stem)}
	case German:
		return germanStems(w)
	case Hungarian:
		return hungarianStems(w.Folded)
	}
	return []string{w.Folded}
}

func snowball(raw string, stem func(*snowballstem.Env) bool) string {
	env := snowballstem.NewEnv(raw)
	stem(env)
	return Fold(env.Current())
}

// germanStems also stems the word as it is typed without its umlauts: the
// plural's umlaut is a vowel change that typing "ue" must not undo.
func germanStems(w Word) []string {
	stems := []string{snowball(w.Raw, german.Stem)}
	for _, form := range w.Forms() {
		if s := snowball(form, german.Stem); !slices.Contains(stems, s) {
			stems = append(stems, s)
		}
	}
	return stems
}

// Endings of Hungarian nouns, folded: case, then possession and plural.
var (
	hungarianCases = strings.Fields("ban ben bol nak nek val vel hoz hez kent ert tol rol kor " +
		"kal kel ba be ra re on en ig nal nel ot et at t i")
	hungarianOwned = strings.Fields("ok ek ak k aim eim aink eink unk juk jaik jeik jai jei ja je om em am od ed ad")
)

// maxStems bounds the stems of a word.
const maxStems = 6

// hungarianStems returns every word that a Hungarian one may be a form of,
// itself first: "hatizsakokat" may be of "hatizsakok" and of "hatizsak". Two
// words are forms of one when they share a stem. Which ending is one cannot be
// told from the letters alone, so none is taken for certain.
func hungarianStems(folded string) []string {
	all := append([]string{folded}, stripped(folded, hungarianCases)...)
	for _, s := range slices.Clone(all) {
		for _, shorter := range stripped(s, hungarianOwned) {
			if !slices.Contains(all, shorter) {
				all = append(all, shorter)
			}
		}
	}
	for _, s := range slices.Clone(all[1:]) {
		all = append(all, opened(s)...)
	}
	return all[:min(len(all), maxStems)]
}

// stripped returns s without each of the endings it has. Four letters must
// stay; three when the ending begins with the vowel that only joins it. A bare
// k is a plural after a vowel only.
func stripped(s string, endings []string) (all []string) {
	for _, e := range endings {
		rest, had := strings.CutSuffix(s, e)
		least := 4
		if strings.ContainsAny(e[:1], "aeo") && len(e) == 2 && e != "at" {
			least = 3
		}
		if e == "k" && had && rest != "" && !strings.ContainsAny(rest[len(rest)-1:], "aeiou") {
			continue
		}
		if had && len(rest) >= least && strings.ContainsAny(rest, "aeiou") {
			all = append(all, rest)
		}
	}
	return all
}

// opened gives back the vowel that an ending drove out: "tukr" was "tukor".
func opened(s string) []string {
	n := len(s)
	if n < 3 || !strings.ContainsAny(s[n-1:], "rlm") || strings.ContainsAny(s[n-2:n-1], "aeiou") || s[n-2] == s[n-1] {
		return nil
	}
	return []string{s[:n-1] + "o" + s[n-1:], s[:n-1] + "e" + s[n-1:]}
}

// Inflected are the endings of a German noun, after its stem. Nobody changes it.
var Inflected = []string{"", "e", "n", "s", "en", "er", "es", "ern", "se", "sen"}
