package bleve

import (
	"slices"
	"strings"

	"korzo/offer/search"
	"korzo/offer/search/language"
)

// Bounds of what is tried for one word.
const (
	mostCompounds = 64
	mostTypos     = 8
	shortestPart  = 3 // letters of a part of a compound
)

// linking are the letters that join the parts of a German compound.
var linking = []string{"", "s", "n", "en", "es", "er", "e"}

// hear finds what has a term: as it is written, by its synonyms, and when
// nobody has it, as its nearest neighbours.
func (f *find) hear(t search.Term, words [][]language.Word, at int) search.Heard {
	own := words[at]
	switch {
	case len(own) == 1:
		f.word(own[0], t.Prefix, 100)
		f.joined(words, at, t.Prefix)
	case len(own) > 1:
		f.together(own, 100)
	}
	for _, or := range t.Or {
		if like := language.Words(or); len(like) == 1 {
			f.word(like[0], false, worthOr)
		} else if len(like) > 1 {
			f.together(like, worthOr)
		}
	}
	heard := search.Heard{Count: len(f.touched), Compounds: f.tails}
	f.tails = false
	if len(f.touched) == 0 && len(own) == 1 && f.among == nil && f.near == nil {
		heard.Corrected = f.mistyped(own[0], t.Prefix)
	}
	return heard
}

// word finds one word in all its forms; scale is in percent.
func (f *find) word(w language.Word, prefix bool, scale int32) {
	f.exactly(w, worthWord*scale/100, worthStem*scale/100, f.read)
	if f.lang == language.German {
		f.compounds(w, worthTail*scale/100)
		f.split(w, worthSplit*scale/100)
	} else if w.HasDigit() || f.unheard(w) {
		f.split(w, worthSplit*scale/100)
	}
	if prefix {
		f.begins(w, worthBegin*scale/100)
	}
}

// unheard reports whether nobody has a word, among all.
func (f *find) unheard(w language.Word) bool {
	if f.among == nil && f.near == nil || len(f.touched) > 0 {
		return len(f.touched) == 0
	}
	n := uint64(0)
	f.exactly(w, 0, 0, func(field string, kind byte, s string, _ int32) { n += f.count(field, kind, s) })
	return n == 0
}

// exactly finds a word and what shares its stem, in every zone.
func (f *find) exactly(w language.Word, worth, stem int32, read func(field string, kind byte, s string, worth int32)) {
	for zone := range zones {
		field := fieldOf(f.lang, zone)
		for _, form := range w.Forms() {
			read(field, kindWord, form, worth*worthZone[zone]/100)
		}
		for _, s := range w.Stems(f.lang) {
			read(field, kindStem, s, stem*worthZone[zone]/100)
		}
	}
}

func (f *find) begins(w language.Word, worth int32) {
	for zone := range zoneBody {
		for _, form := range w.Forms() {
			f.read(fieldOf(f.lang, zone), kindBegin, begun(form, longestBegin), worth*worthZone[zone]/100)
		}
	}
}

// together finds documents that have every one of some words.
func (f *find) together(words []language.Word, scale int32) {
	if f.near == nil {
		f.near = f.fewest(words)
		defer func() { f.near = nil }()
	}
	f.exactly(words[0], worthWord*scale/100, worthStem*scale/100, f.readPair)
	for _, w := range words[1:] {
		f.narrow(w)
	}
	for _, slot := range f.paired {
		if f.pair[slot] > 0 {
			f.take(slot, f.pair[slot])
		}
	}
	f.unpair()
}

// meet gives what has a word too the worth of the pair.
func (f *find) meet(w language.Word, worth int32) {
	f.exactly(w, worth, worth*9/10, func(field string, kind byte, s string, worth int32) {
		f.scan(field, kind, s, func(slot uint32) {
			if half := f.pair[slot]; half > 0 {
				f.take(slot, min(half, worth))
			}
		})
	})
}

// narrow leaves in the pair only what has a word too.
func (f *find) narrow(w language.Word) {
	has := map[uint32]bool{}
	f.exactly(w, worthWord, worthStem, func(field string, kind byte, s string, _ int32) {
		f.scan(field, kind, s, func(slot uint32) { has[slot] = f.pair[slot] > 0 })
	})
	for _, slot := range f.paired {
		if !has[slot] {
			f.pair[slot] = 0
		}
	}
}

// take is read for one slot.
func (f *find) take(slot uint32, worth int32) {
	if had := f.best[slot]; worth > had {
		if had == 0 {
			f.touched = append(f.touched, slot)
		}
		f.best[slot] = worth
	}
}

func (f *find) unpair() {
	for _, slot := range f.paired {
		f.pair[slot] = 0
	}
	f.paired = f.paired[:0]
}

// compounds finds the words that end in w: a "Tischlampe" is a "Lampe".
func (f *find) compounds(w language.Word, worth int32) {
	if w.HasDigit() {
		return
	}
	tried := 0
	seen := map[string]bool{}
	for _, stem := range w.Stems(f.lang) {
		if len(stem) < shortestPart {
			continue
		}
		for _, ending := range language.Inflected {
			for _, whole := range f.words.ending(stem+ending, mostCompounds) {
				f.tails = true
				front := strings.TrimSuffix(whole, stem+ending)
				if tried == mostCompounds || seen[whole] || !f.isCompound(front, stem) {
					continue
				}
				tried++
				seen[whole] = true
				for zone := range zoneBody {
					f.read(fieldOf(f.lang, zone), kindWord, whole, worth*worthZone[zone]/100)
				}
			}
		}
	}
}

// isCompound says whether front is a word of the shop, or two, and the linking
// letters after it.
func (f *find) isCompound(front, stem string) bool {
	if stem == "tisch" && (strings.HasSuffix(front, "an") || strings.HasSuffix(front, "is")) {
		return false // "romantisch", "artistisch": an adjective's ending
	}
	return slices.ContainsFunc(linking, func(link string) bool {
		part, had := strings.CutSuffix(front, link)
		return had && len(part) >= shortestPart && f.known(part)
	})
}

// known says whether a title or a term has a word or its stem. The vocabulary
// is asked first, because it answers no at once.
func (f *find) known(folded string) bool {
	if f.words.hasWord(folded) && f.inUse(kindWord, folded) {
		return true
	}
	return slices.ContainsFunc(language.Word{Raw: folded, Folded: folded}.Stems(f.lang), func(s string) bool {
		return len(s) >= shortestPart && f.words.hasStem(s) && f.inUse(kindStem, s)
	})
}

// inUse says whether a title or a term has what is stored of a word.
func (f *find) inUse(kind byte, s string) bool {
	return f.count(fieldOf(f.lang, zoneTitle), kind, s) > 0 || f.count(fieldOf(f.lang, zoneTerms), kind, s) > 0
}

// split finds the parts of a compound in one document: a "Lampe für den Tisch"
// is a "Tischlampe", and "500 ml" is "500ml".
func (f *find) split(w language.Word, worth int32) {
	s := w.Folded
	if w.HasDigit() {
		if i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); i > 0 {
			f.halves(s[:i], s[i:], worth)
		}
		return
	}
	for i := shortestPart; i <= len(s)-shortestPart; i++ {
		back := s[i:]
		if !f.known(back) {
			continue
		}
		for _, link := range linking {
			front, had := strings.CutSuffix(s[:i], link)
			if link != "" && f.lang != language.German {
				break
			}
			if had && len(front) >= shortestPart && f.known(front) {
				f.halves(front, back, worth)
				break
			}
		}
	}
}

func (f *find) halves(front, back string, worth int32) {
	f.exactly(language.Word{Raw: front, Folded: front}, worth, worth*9/10, f.readPair)
	f.meet(language.Word{Raw: back, Folded: back}, worth)
	f.unpair()
}

// joined finds two neighbouring words of the query as one: "tisch lampe" is
// "Tischlampe". It counts for both words.
func (f *find) joined(words [][]language.Word, at int, prefix bool) {
	for _, first := range []int{at - 1, at} {
		if first < 0 || first+1 >= len(words) || len(words[first]) != 1 || len(words[first+1]) != 1 {
			continue
		}
		a, b := words[first][0], words[first+1][0]
		links := linking[:1]
		if f.lang == language.German {
			links = linking
		}
		for _, link := range links {
			whole := language.Word{Raw: a.Raw + link + b.Raw, Folded: a.Folded + link + b.Folded}
			f.exactly(whole, worthJoined, worthJoined*9/10, f.read)
			if prefix || first < at && len(b.Folded) >= shortestPart {
				f.begins(whole, worthBegin)
			}
		}
	}
}

// mistyped finds the nearest words of the vocabulary, and returns the first as
// the merchant spells it.
func (f *find) mistyped(w language.Word, prefix bool) (taken string) {
	if w.HasDigit() {
		return ""
	}
	nearest, used := 0, 0
	for _, form := range w.Forms() {
		for _, n := range f.words.neighbours(form, language.Typos(form), prefix) {
			if used == mostTypos || nearest > 0 && n.typos > nearest {
				break
			}
			if !f.inUse(kindSpelt, n.raw) {
				continue
			}
			before := len(f.touched)
			worth := int32(worthTypo)
			if n.typos > 1 {
				worth = worthTypos
			}
			f.exactly(language.Word{Raw: n.raw, Folded: n.folded}, worth, worth*9/10, f.read)
			if len(f.touched) > before {
				used, nearest = used+1, n.typos
				if taken == "" {
					taken = n.raw
				}
			}
		}
	}
	return taken
}
