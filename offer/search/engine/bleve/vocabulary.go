package bleve

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"korzo/offer/search/language"

	"github.com/blevesearch/vellum"
)

// vocabularies are the words of titles and terms by language. They are never
// changed, only replaced, and may hold words whose last document is gone: what
// they propose is looked up before it counts.
type vocabularies map[string]*vocabulary

type vocabulary struct {
	words []entry  // by folded form, then by spelling
	stems []string // in order, each once
	tails []string // folded forms backwards, in order, each once
}

type entry struct {
	folded, raw string
	letters     uint32 // a bit for each letter in it
}

func entryOf(raw string) entry {
	folded := language.Fold(raw)
	return entry{folded, raw, lettersOf(folded)}
}

// lettersOf tells quickly that two words are far apart: a mistake changes at
// most two bits.
func lettersOf(s string) (set uint32) {
	for i := range len(s) {
		set |= 1 << (s[i] & 31)
	}
	return set
}

func (e entry) compare(o entry) int {
	return cmp.Or(strings.Compare(e.folded, o.folded), strings.Compare(e.raw, o.raw))
}

// wordbook is the vocabularies of an index. What is learnt is put into their
// order when somebody asks, or a filling is over: they are long, and a filling
// learns a little a thousand times.
type wordbook struct {
	mu     sync.Mutex
	known  vocabularies
	learnt lexicon
}

// forget begins anew.
func (b *wordbook) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known, b.learnt = vocabularies{}, lexicon{}
}

func (b *wordbook) learn(learnt lexicon) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for lang, words := range learnt {
		if b.learnt[lang] == nil {
			b.learnt[lang] = words
			continue
		}
		maps.Copy(b.learnt[lang], words)
	}
}

// sorted puts what was learnt in order.
func (b *wordbook) sorted() vocabularies {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.learnt) > 0 {
		b.known, b.learnt = b.known.with(b.learnt), lexicon{}
	}
	return b.known
}

// with returns vs and what was learnt.
func (vs vocabularies) with(learnt lexicon) vocabularies {
	all := maps.Clone(vs)
	for lang := range learnt {
		if more := all[lang].unknown(learnt.sorted(lang)); len(more) > 0 {
			all[lang] = all[lang].grown(lang, more)
		}
	}
	return all
}

// unknown returns the words that v does not have.
func (v *vocabulary) unknown(raws []string) (more []entry) {
	for _, raw := range raws {
		e := entryOf(raw)
		if v != nil {
			if _, has := slices.BinarySearchFunc(v.words, e, entry.compare); has {
				continue
			}
		}
		more = append(more, e)
	}
	return more
}

func (v *vocabulary) grown(lang string, more []entry) *vocabulary {
	if v == nil {
		v = &vocabulary{}
	}
	var tails, stems []string
	for _, e := range more {
		tails = append(tails, backwards(e.folded))
		stems = append(stems, language.Word{Raw: e.raw, Folded: e.folded}.Stems(lang)...)
	}
	slices.SortFunc(more, entry.compare)
	slices.Sort(tails)
	slices.Sort(stems)
	return &vocabulary{
		words: merged(v.words, more, entry.compare),
		stems: slices.Compact(merged(v.stems, stems, strings.Compare)),
		tails: slices.Compact(merged(v.tails, tails, strings.Compare)),
	}
}

// hasWord reports whether a folded form may be a word of the shop.
func (v *vocabulary) hasWord(folded string) bool {
	if v == nil {
		return false
	}
	_, has := slices.BinarySearchFunc(v.words, folded, func(e entry, s string) int { return strings.Compare(e.folded, s) })
	return has
}

// hasStem reports whether a stem may be that of a word of the shop.
func (v *vocabulary) hasStem(stem string) bool {
	if v == nil {
		return false
	}
	_, has := slices.BinarySearch(v.stems, stem)
	return has
}

// merged returns a new ordered list of what two hold.
func merged[T any](a, b []T, compare func(x, y T) int) []T {
	all := make([]T, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compare(a[0], b[0]) <= 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// backwards returns a word read from its end. Folded words of other scripts
// are turned by bytes, which is as good for comparing.
func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// ending returns the words that end in tail and have more before it.
func (v *vocabulary) ending(tail string, most int) (found []string) {
	if v == nil {
		return nil
	}
	back := backwards(tail)
	at, _ := slices.BinarySearch(v.tails, back)
	for _, t := range v.tails[at:] {
		if !strings.HasPrefix(t, back) || len(found) == most {
			break
		}
		if len(t) > len(back) {
			found = append(found, backwards(t))
		}
	}
	return found
}

// near is a word of the vocabulary and how many typing mistakes away it is.
type near struct {
	entry
	typos int
}

// neighbours returns the words within limit mistakes of a word, the nearest
// first. The first letter is always right. Where the word may be unfinished, a
// beginning of the same length that is near counts too.
func (v *vocabulary) neighbours(word string, limit int, unfinished bool) (found []near) {
	if v == nil || word == "" || limit == 0 {
		return nil
	}
	letters := lettersOf(word)
	at, _ := slices.BinarySearchFunc(v.words, word[:1], func(e entry, s string) int { return strings.Compare(e.folded, s) })
	for _, e := range v.words[at:] {
		if e.folded[0] != word[0] {
			break
		}
		d := limit + 1
		if bits.OnesCount32(letters^e.letters) <= 2*limit {
			d = language.Distance(word, e.folded, limit)
		}
		if unfinished && len(word) >= 5 && d > limit && len(e.folded) > len(word) && bits.OnesCount32(letters&^e.letters) <= 1 {
			d = language.Distance(word, e.folded[:len(word)], 1)
		}
		if d <= limit && d > 0 {
			found = append(found, near{e, d})
		}
	}
	slices.SortFunc(found, func(a, b near) int { return cmp.Or(cmp.Compare(a.typos, b.typos), a.compare(b.entry)) })
	return found
}

// learn reads the vocabulary that is stored into an empty book.
func (v *view) learn(book *wordbook) error {
	learnt := lexicon{}
	for _, p := range v.parts {
		for _, f := range p.segment.Fields() {
			lang, zone, _ := strings.Cut(f, ".")
			if zone != zoneNames[zoneTitle] && zone != zoneNames[zoneTerms] {
				continue
			}
			dict, err := p.segment.Dictionary(f)
			if err != nil {
				return err
			}
			if learnt[lang] == nil {
				learnt[lang] = map[string]bool{}
			}
			terms := dict.AutomatonIterator(new(vellum.AlwaysMatch), []byte{kindSpelt}, []byte{kindSpelt + 1})
			for t, err := terms.Next(); t != nil || err != nil; t, err = terms.Next() {
				if err != nil {
					return err
				}
				learnt[lang][t.Term[1:]] = true
			}
		}
	}
	book.forget()
	book.learn(learnt)
	book.sorted()
	return nil
}
