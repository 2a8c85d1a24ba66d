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

// storing makes what bleve keeps of the documents of one batch. Most words come
// again and again, so what is stored of one is worked out once.
type storing struct {
	learnt lexicon
	forms  map[formKey][]string
}

type formKey struct {
	lang, raw string
	whole     bool
}

// stored is a document as bleve keeps it; the words in its titles and terms are learnt.
func (s *storing) stored(d search.Document) *document.Document {
	out := document.NewDocument(string(d.ID))
	for lang, t := range d.Texts {
		var terms []language.Word
		for _, text := range t.Terms {
			terms = append(terms, language.Words(text)...)
		}
		title := language.Words(t.Title)
		s.learnt.add(lang, title)
		s.learnt.add(lang, terms)
		out.AddField(&field{fieldOf(lang, zoneTitle), s.tokens(lang, head(title, titleWords), true)})
		out.AddField(&field{fieldOf(lang, zoneTerms), s.tokens(lang, head(terms, termWords), true)})
		out.AddField(&field{fieldOf(lang, zoneBody), s.tokens(lang, head(language.Words(t.Body), bodyWords), false)})
	}
	out.AddField(&field{fieldKeys, keyTokens(d.Keys)})
	return out
}

func head[T any](all []T, n int) []T { return all[:min(len(all), n)] }

// tokens returns what is stored of words; of whole ones their beginnings too.
func (s *storing) tokens(lang string, words []language.Word, whole bool) index.TokenFrequencies {
	all := make(index.TokenFrequencies, 4*len(words))
	for _, w := range words {
		key := formKey{lang, w.Raw, whole}
		terms, ok := s.forms[key]
		if !ok {
			terms = formsOf(lang, w, whole)
			s.forms[key] = terms
		}
		for _, t := range terms {
			keep(all, t)
		}
	}
	return all
}

func formsOf(lang string, w language.Word, whole bool) (all []string) {
	for _, form := range w.Forms() {
		all = append(all, term(kindWord, form))
		if whole {
			all = begins(all, form, 1, longestBegin)
		}
	}
	for _, stem := range w.Stems(lang) {
		all = append(all, term(kindStem, stem))
	}
	if whole && spelt(w) {
		all = append(all, term(kindSpelt, w.Raw))
	}
	return all
}

func keyTokens(keys []string) index.TokenFrequencies {
	all := index.TokenFrequencies{}
	for _, k := range keys {
		key := language.Key(k)
		for _, t := range begins([]string{term(kindKey, key)}, key, shortestKey, longestKey) {
			keep(all, t)
		}
	}
	return all
}

// begins adds the first least to most letters of s.
func begins(all []string, s string, least, most int) []string {
	n := 0
	for i := range s {
		if n >= least {
			all = append(all, term(kindBegin, s[:i]))
		}
		if n++; n > most {
			return all
		}
	}
	if n >= least {
		all = append(all, term(kindBegin, s))
	}
	return all
}

func keep(all index.TokenFrequencies, t string) {
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
