package bleve

import (
	"slices"
	"unicode/utf8"

	"korzo/offer/search"
	"korzo/offer/search/language"

	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// Kinds of what is stored of a word, as its first byte.
const (
	kindWord  = 'w' // folded
	kindStem  = 's'
	kindBegin = 'b' // its first letters
	kindSpelt = 'r' // as the merchant writes it, for the vocabulary
	kindKey   = 'k' // a whole SKU
)

// Fields of a language, and the one of SKUs that all share.
const (
	zoneTitle = iota
	zoneTerms
	zoneBody
	zones
)

var zoneNames = [zones]string{"t", "g", "d"}

const fieldKeys = "k"

func fieldOf(lang string, zone int) string { return lang + "." + zoneNames[zone] }

const (
	longestBegin = 15  // letters of a word's beginning that are stored; longer ones are compared by it
	longestKey   = 24  // the same of a SKU
	shortestKey  = 3   // letters of a SKU that find it
	bodyWords    = 300 // of a description
	titleWords   = 60
	termWords    = 200
)

// stored is a document as bleve keeps it; the words in its titles and terms are learnt.
func stored(d search.Document, learnt lexicon) *document.Document {
	out := document.NewDocument(string(d.ID))
	for lang, t := range d.Texts {
		var terms []language.Word
		for _, s := range t.Terms {
			terms = append(terms, language.Words(s)...)
		}
		title := language.Words(t.Title)
		learnt.add(lang, title)
		learnt.add(lang, terms)
		out.AddField(newField(fieldOf(lang, zoneTitle), tokens(lang, head(title, titleWords), true)))
		out.AddField(newField(fieldOf(lang, zoneTerms), tokens(lang, head(terms, termWords), true)))
		out.AddField(newField(fieldOf(lang, zoneBody), tokens(lang, head(language.Words(t.Body), bodyWords), false)))
	}
	out.AddField(newField(fieldKeys, keyTokens(d.Keys)))
	return out
}

func head[T any](all []T, n int) []T { return all[:min(len(all), n)] }

// tokens returns what is stored of words.
func tokens(lang string, words []language.Word, whole bool) index.TokenFrequencies {
	all := make(index.TokenFrequencies, 4*len(words))
	for _, w := range words {
		for _, form := range w.Forms() {
			keep(all, kindWord, form)
			if whole {
				begins(all, form, 1, longestBegin)
			}
		}
		for _, stem := range w.Stems(lang) {
			keep(all, kindStem, stem)
		}
		if whole && spelt(w) {
			keep(all, kindSpelt, w.Raw)
		}
	}
	return all
}

func keyTokens(keys []string) index.TokenFrequencies {
	all := index.TokenFrequencies{}
	for _, k := range keys {
		key := language.Key(k)
		keep(all, kindKey, key)
		begins(all, key, shortestKey, longestKey)
	}
	return all
}

// begins keeps the first least to most letters of s.
func begins(all index.TokenFrequencies, s string, least, most int) {
	n := 0
	for i := range s {
		if n >= least {
			keep(all, kindBegin, s[:i])
		}
		if n++; n > most {
			return
		}
	}
	if n >= least {
		keep(all, kindBegin, s)
	}
}

func keep(all index.TokenFrequencies, kind byte, s string) {
	t := term(kind, s)
	if _, had := all[t]; !had {
		all[t] = &index.TokenFreq{Term: []byte(t)}
	}
}

func term(kind byte, s string) string { return string(rune(kind)) + s }

// spelt says whether a word belongs into the vocabulary: figures do not.
func spelt(w language.Word) bool { return len(w.Folded) >= 3 && !w.HasDigit() }

// field is a field whose tokens are known already.
type field struct {
	name   string
	tokens index.TokenFrequencies
}

func newField(name string, tokens index.TokenFrequencies) *field { return &field{name, tokens} }

// Name is part of index.Field, as are the methods below.
func (f *field) Name() string                                     { return f.name }
func (f *field) Value() []byte                                    { return nil }
func (f *field) ArrayPositions() []uint64                         { return nil }
func (f *field) EncodedFieldType() byte                           { return 't' }
func (f *field) Analyze()                                         {}
func (f *field) Options() index.FieldIndexingOptions              { return index.IndexField | index.SkipFreqNorm }
func (f *field) AnalyzedLength() int                              { return len(f.tokens) }
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.tokens }
func (f *field) NumPlainTextBytes() uint64                        { return 0 }
func (f *field) Size() int                                        { return 0 }

// begun returns the stored beginning that stands for a prefix, if there is one.
func begun(prefix string, longest int) string {
	if utf8.RuneCountInString(prefix) <= longest {
		return prefix
	}
	n := 0
	for i := range prefix {
		if n == longest {
			return prefix[:i]
		}
		n++
	}
	return prefix
}

// lexicon is words met, as they are spelt, by language.
type lexicon map[string]map[string]bool

func (l lexicon) add(lang string, words []language.Word) {
	if l[lang] == nil {
		l[lang] = map[string]bool{}
	}
	for _, w := range words {
		if spelt(w) {
			l[lang][w.Raw] = true
		}
	}
}

func (l lexicon) sorted(lang string) []string {
	all := make([]string, 0, len(l[lang]))
	for raw := range l[lang] {
		all = append(all, raw)
	}
	slices.Sort(all)
	return all
}
