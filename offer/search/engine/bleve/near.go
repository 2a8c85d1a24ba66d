package bleve

import (
	"slices"

	"korzo/offer/search"
	"korzo/offer/search/language"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Where one of several words is rare and another common, the common one is
// looked for only in the documents that have the rare one: what is found costs
// the rare word then, not the common one.

// bounds of looking around a rare word.
type bounds struct {
	few    uint64 // documents that may have a word that is rare
	common uint64 // times more that another must have
	large  int    // documents of an index in which asking who is rare is worth it
}

var bound = bounds{few: 1024, common: 8, large: 20_000}

// isRare reports whether the rarer of words that so many have is rare beside
// the other.
func (b bounds) isRare(least, most uint64) bool {
	return least <= b.few && most >= b.common*max(least, b.few/8)
}

// rarest is the term that fewest documents have, and whether it is so rare
// beside another that the others are better looked for around it.
func (f *find) rarest(terms []search.Term, words [][]language.Word) (rare int, is bool) {
	if len(terms) < 2 || f.docs < bound.large {
		return 0, false
	}
	least, most := uint64(0), uint64(0)
	for i, t := range terms {
		n := f.guess(t, words[i])
		if i == 0 || n < least {
			rare, least = i, n
		}
		most = max(most, n)
	}
	return rare, bound.isRare(least, most)
}

// guess is about how many documents have a term: those counted twice that have
// it in two places, those not that have it at the end of a compound.
func (f *find) guess(t search.Term, own []language.Word) uint64 {
	n := f.having(own)
	for _, or := range t.Or {
		n += f.having(language.Words(or))
	}
	if t.Prefix && len(own) == 1 {
		for zone := range zoneBody {
			for _, form := range own[0].Forms() {
				n += f.count(fieldOf(f.lang, zone), kindBegin, begun(form, longestBegin))
			}
		}
	}
	return n
}

// having is about how many documents have words that belong together: as many
// as have the rarest.
func (f *find) having(words []language.Word) (least uint64) {
	for i, w := range words {
		if n := f.counted(w); i == 0 || n < least {
			least = n
		}
	}
	return least
}

// counted is how many documents have a word, those twice that have it in two
// places.
func (f *find) counted(w language.Word) (n uint64) {
	f.exactly(w, 0, 0, func(field string, kind byte, s string, _ int32) { n += f.count(field, kind, s) })
	return n
}

// around finds what has every term by looking for the rare one first. It finds
// nothing where that one turns out not to be rare.
func (f *find) around(rare int, terms []search.Term, words [][]language.Word, found *search.Found) {
	f.met = make([][]uint32, len(f.view.parts))
	heard := f.hear(terms[rare], words, rare)
	near, n := f.met, 0
	for _, docs := range near {
		slices.Sort(docs)
		n += len(docs)
	}
	f.met = nil
	if n != len(f.touched) || uint64(n) > bound.few {
		for _, slot := range f.touched {
			f.best[slot] = 0
		}
		f.touched = f.touched[:0]
		return
	}
	have, at := f.advance(0, nil), uint8(1)
	f.near = near
	for i, t := range terms {
		if i != rare {
			found.Terms[i] = f.hear(t, words, i)
			have = f.advance(at, have)
			at++
		}
	}
	f.near = nil
	found.Terms[rare] = heard
	f.gather(have, len(terms), found)
}

// fewest are the documents that have the rarest of words that belong together;
// nil where none is rare, and then all are looked at.
func (f *find) fewest(words []language.Word) (near [][]uint32) {
	if f.docs < bound.large {
		return nil
	}
	rare, least, most := 0, uint64(0), uint64(0)
	for i, w := range words {
		n := f.counted(w)
		if i == 0 || n < least {
			rare, least = i, n
		}
		most = max(most, n)
	}
	if !bound.isRare(least, most) {
		return nil
	}
	near = make([][]uint32, len(f.view.parts))
	f.exactly(words[rare], 0, 0, func(field string, kind byte, s string, _ int32) {
		f.lists(f.parts, field, kind, s, func(i int, list segment.PostingsList) {
			f.visit(i, list, func(doc uint32) { near[i] = append(near[i], doc) })
		})
	})
	for i := range near {
		slices.Sort(near[i])
		near[i] = slices.Compact(near[i])
	}
	return near
}

// touch is take for the document of a part, which is gathered where it must be.
func (f *find) touch(part int, doc uint32, worth int32) {
	slot := f.view.parts[part].slots[doc]
	if f.met != nil && f.best[slot] == 0 && worth > 0 {
		f.met[part] = append(f.met[part], doc)
	}
	f.take(slot, worth)
}
