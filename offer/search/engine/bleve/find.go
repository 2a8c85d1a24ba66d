package bleve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"korzo/offer/search"
	"korzo/offer/search/language"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// What a match is worth before its zone is looked at.
const (
	worthWord    = 100 // the word itself
	worthStem    = 90
	worthJoined  = 88 // two words asked for are one there
	worthSplit   = 75 // one word asked for is two there
	worthTail    = 60 // the end of a compound
	worthBegin   = 55
	worthTypo    = 50
	worthTypos   = 35
	worthKey     = 250 // a whole SKU
	worthKeyHead = 60
)

// worthZone is what a match is worth in a zone, in percent.
var worthZone = [zones]int32{100, 70, 30}

// worthOr is what a synonym is worth, in percent.
const worthOr = 80

// find is one search under way.
type find struct {
	*scratch
	view  *view
	docs  int // in the index
	lang  string
	words *vocabulary
	dicts map[dictKey]segment.TermDictionary
	among []uint32   // in order; nil for all
	parts []bool     // beside the view's: who has one of among
	tails bool       // words end as the term at hand does
	near  [][]uint32 // by part: the only documents looked at, by number, in order; nil for all
	met   [][]uint32 // by part: the documents that read touched, where they are gathered; else nil
	err   error      // the first; later steps find nothing
}

type dictKey struct {
	part  int
	field string
}

// scratch is memory that searches use again. Between them every score is zero.
type scratch struct {
	best    []int32 // by slot: what the term at hand is worth there
	sum     []int32 // by slot: what the terms before it were
	pair    []int32 // by slot: the same as best for half of a compound
	touched []uint32
	paired  []uint32
	stage   []uint8 // by slot: how many terms it has
	buffer  [256]uint32
	term    []byte
	walk    segment.PostingsIterator
}

func (s *scratch) grow(n int) {
	if len(s.best) < n {
		n += n / 8
		s.best, s.sum, s.pair, s.stage = make([]int32, n), make([]int32, n), make([]int32, n), make([]uint8, n)
	}
}

// Find is part of search.Index.
func (x *Index) Find(_ context.Context, q search.Terms) (search.Found, error) {
	v := x.enter()
	defer v.leave()
	f := &find{scratch: x.scratch.Get().(*scratch), view: v, docs: x.slots.Len(), lang: q.Language, words: x.words.sorted()[q.Language], dicts: map[dictKey]segment.TermDictionary{}}
	defer x.scratch.Put(f.scratch)
	f.grow(f.docs)
	f.restrict(q.Among)
	found := f.all(q)
	if f.err != nil {
		return search.Found{}, fmt.Errorf("search the index: %w", f.err)
	}
	return found, nil
}

// restrict looks only into parts that hold one of some slots, so that who was
// put last is found as quickly in a large shop as in a small one.
func (f *find) restrict(among []uint32) {
	if among == nil {
		return
	}
	f.among, f.parts = among, make([]bool, len(f.view.parts))
	for i, p := range f.view.parts {
		f.parts[i] = slices.ContainsFunc(among, p.holds)
	}
}

func (f *find) isAmong(slot uint32) bool {
	_, is := slices.BinarySearch(f.among, slot)
	return is
}

// all finds the documents that have every term, one term after another: who
// lacks one is passed over by the next. A SKU is found by itself.
func (f *find) all(q search.Terms) search.Found {
	words := make([][]language.Word, len(q.Terms))
	for i, t := range q.Terms {
		words[i] = language.Words(t.Text)
	}
	found := search.Found{Terms: make([]search.Heard, len(q.Terms))}
	if q.Narrow && f.among == nil {
		if rare, is := f.rarest(q.Terms, words); is {
			f.around(rare, q.Terms, words, &found)
		}
	}
	if len(found.Slots) == 0 {
		var have []uint32
		for i, t := range q.Terms {
			found.Terms[i] = f.hear(t, words, i)
			have = f.advance(uint8(i), have)
		}
		f.gather(have, len(q.Terms), &found)
	}
	return f.withKey(q.Key, found)
}

// gather takes those of have who have every term, and forgets all of them.
func (f *find) gather(have []uint32, terms int, found *search.Found) {
	found.Slots, found.Scores = make([]uint32, 0, len(have)), make([]int32, 0, len(have))
	for _, slot := range have {
		if int(f.stage[slot]) == terms && terms > 0 && (f.among == nil || f.isAmong(slot)) {
			found.Slots = append(found.Slots, slot)
			found.Scores = append(found.Scores, f.sum[slot])
		}
	}
	f.forget(have)
}

// advance adds the term at hand to the sums of those who have all before it,
// and returns everyone whose sum is not zero.
func (f *find) advance(term uint8, have []uint32) []uint32 {
	for _, slot := range f.touched {
		if f.stage[slot] == term {
			if term == 0 {
				have = append(have, slot)
			}
			f.sum[slot] += f.best[slot]
			f.stage[slot]++
		}
		f.best[slot] = 0
	}
	f.touched = f.touched[:0]
	return have
}

func (f *find) forget(have []uint32) {
	for _, slot := range have {
		f.sum[slot], f.stage[slot] = 0, 0
	}
}

// withKey adds those whose SKU is the whole text, or begins with it.
func (f *find) withKey(key string, found search.Found) search.Found {
	if len(key) < shortestKey {
		return found
	}
	if strings.ContainsAny(key, "0123456789") { // letters alone are a word, not the half of a SKU
		f.read(fieldKeys, kindBegin, begun(key, longestKey), worthKeyHead)
	}
	f.read(fieldKeys, kindKey, key, worthKey)
	if len(f.touched) == 0 {
		return found
	}
	n := int32(max(1, len(found.Terms)))
	for i, slot := range found.Slots {
		found.Scores[i] = max(found.Scores[i], n*f.best[slot])
		f.best[slot] = 0
	}
	for _, slot := range f.touched {
		if f.best[slot] > 0 && (f.among == nil || f.isAmong(slot)) {
			found.Slots = append(found.Slots, slot)
			found.Scores = append(found.Scores, n*f.best[slot])
		}
		f.best[slot] = 0
	}
	f.touched = f.touched[:0]
	return found
}

// read gives every document that has what is stored of a word its worth,
// unless it has more already. It is scan written out: most of a search is here.
func (f *find) read(field string, kind byte, s string, worth int32) {
	best := f.best
	f.lists(f.parts, field, kind, s, func(i int, list segment.PostingsList) {
		if f.near != nil || f.met != nil {
			f.visit(i, list, func(doc uint32) { f.touch(i, doc, worth) })
			return
		}
		f.walk = list.Iterator(false, false, false, f.walk)
		quick, ok := f.walk.(segment.OptimizablePostingsIterator)
		if !ok || quick.ActualBitmap() == nil {
			f.crawl(func(doc uint32) { f.touch(i, doc, worth) })
			return
		}
		many, slots, touched := quick.ActualBitmap().ManyIterator(), f.view.parts[i].slots, f.touched
		for n := many.NextMany(f.buffer[:]); n > 0; n = many.NextMany(f.buffer[:]) {
			for _, doc := range f.buffer[:n] {
				slot := slots[doc]
				if had := best[slot]; had < worth {
					if had == 0 {
						touched = append(touched, slot)
					}
					best[slot] = worth
				}
			}
		}
		f.touched = touched
	})
}

// readPair is read for the first half of a compound.
func (f *find) readPair(field string, kind byte, s string, worth int32) {
	f.scan(field, kind, s, func(slot uint32) {
		if had := f.pair[slot]; had < worth {
			if had == 0 {
				f.paired = append(f.paired, slot)
			}
			f.pair[slot] = worth
		}
	})
}

// count returns how many documents have what is stored of a word.
func (f *find) count(field string, kind byte, s string) (n uint64) {
	f.lists(nil, field, kind, s, func(_ int, list segment.PostingsList) { n += list.Count() })
	return n
}

// scan hands out the slots of the documents that have what is stored of a word.
func (f *find) scan(field string, kind byte, s string, hand func(slot uint32)) {
	f.lists(f.parts, field, kind, s, func(i int, list segment.PostingsList) {
		slots := f.view.parts[i].slots
		f.visit(i, list, func(doc uint32) { hand(slots[doc]) })
	})
}

// visit hands out the documents of a part that are listed, by their numbers: of
// those that are looked at.
func (f *find) visit(i int, list segment.PostingsList, hand func(doc uint32)) {
	f.walk = list.Iterator(false, false, false, f.walk)
	quick, ok := f.walk.(segment.OptimizablePostingsIterator)
	if f.near == nil || !ok || quick.ActualBitmap() == nil {
		f.crawl(hand)
		return
	}
	listed := quick.ActualBitmap()
	for _, doc := range f.near[i] {
		if listed.Contains(doc) {
			hand(doc)
		}
	}
}

// crawl hands out the documents that the iterator at hand walks over.
func (f *find) crawl(hand func(doc uint32)) {
	for {
		next, err := f.walk.Next()
		if err != nil {
			f.err = err
		}
		if next == nil || err != nil {
			return
		}
		hand(uint32(next.Number()))
	}
}

// lists hands out the postings of each part that has some, of those chosen or
// of all.
func (f *find) lists(chosen []bool, field string, kind byte, s string, hand func(part int, list segment.PostingsList)) {
	f.scratch.term = append(append(f.scratch.term[:0], kind), s...)
	for i := range f.view.parts {
		if f.err != nil {
			return
		}
		if len(chosen) > 0 && !chosen[i] {
			continue
		}
		p := &f.view.parts[i]
		dict := f.dict(i, field)
		if dict == nil {
			continue
		}
		list, err := dict.PostingsList(f.scratch.term, p.deleted, nil)
		if err != nil {
			f.err = err
			return
		}
		if list.Count() > 0 {
			hand(i, list)
		}
	}
}

func (f *find) dict(part int, field string) segment.TermDictionary {
	key := dictKey{part, field}
	dict, ok := f.dicts[key]
	if !ok {
		var err error
		if dict, err = f.view.parts[part].segment.Dictionary(field); err != nil {
			f.err = err
			return nil
		}
		f.dicts[key] = dict
	}
	return dict
}
