// Package searchtest holds what every search.Index must do, whatever it is
// made of.
//
// Exercise runs a table of more than sixty queries in three languages against
// a shop of some forty products: plurals, cases, compounds, accents, typing
// mistakes, unfinished words, sizes and SKUs, each with everything it should
// find and so with nothing it should not. Then it looks at what is not
// language: order, replacing and removing, marks, and that two indexes which
// were told the same in another order say the same. Nothing in it knows an
// implementation; the package's own test passes it with a page of brute force.
package searchtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/search/language"
)

// Open returns an empty index; the test's end closes it.
type Open func(t *testing.T, slots *search.Slots) search.Index

// Exercise runs the suite.
func Exercise(t *testing.T, open Open) {
	t.Run("finds what it should and nothing else", func(t *testing.T) { finds(t, open) })
	t.Run("puts the better match first", func(t *testing.T) { orders(t, open) })
	t.Run("says what became of each word", func(t *testing.T) { hears(t, open) })
	t.Run("takes synonyms a little less exactly", func(t *testing.T) { alike(t, open) })
	t.Run("forgets what was replaced or removed", func(t *testing.T) { replaces(t, open) })
	t.Run("knows how far it has read", func(t *testing.T) { counts(t, open) })
	t.Run("says the same in whatever order it was told", func(t *testing.T) { agrees(t, open) })
	t.Run("looks among some as among all", func(t *testing.T) { restricts(t, open) })
	t.Run("finds the same around its rarest word", func(t *testing.T) { narrows(t, open) })
	t.Run("answers while it is changed", func(t *testing.T) { concurs(t, open) })
}

// shelf is an index with what it was told.
type shelf struct {
	search.Index
	slots *search.Slots
}

func stock(t *testing.T, open Open, documents []search.Document) shelf {
	t.Helper()
	s := shelf{slots: new(search.Slots)}
	s.Index = open(t, s.slots)
	s.put(t, documents...)
	return s
}

func (s shelf) put(t *testing.T, documents ...search.Document) {
	t.Helper()
	if err := s.Apply(context.Background(), search.Changes{Put: documents}); err != nil {
		t.Fatal(err)
	}
}

// Ask makes terms of a text as a search does that has no rules.
func Ask(lang, text string) search.Terms {
	q := search.Terms{Language: lang, Key: language.Key(text)}
	for _, w := range language.Words(text) {
		if !language.Small(lang, w.Folded) {
			q.Terms = append(q.Terms, search.Term{Text: w.Raw})
		}
	}
	if n := len(q.Terms); n > 0 && !strings.HasSuffix(text, " ") {
		q.Terms[n-1].Prefix = true
	}
	return q
}

// hit is a document found, and how well.
type hit struct {
	id    string
	score int32
}

// ask returns what is found, the best first.
func (s shelf) ask(t *testing.T, q search.Terms) (hits []hit, found search.Found) {
	t.Helper()
	found, err := s.Find(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	for i, slot := range found.Slots {
		hits = append(hits, hit{string(s.slots.ID(slot)), found.Scores[i]})
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if a.score != b.score {
			return int(b.score - a.score)
		}
		return strings.Compare(a.id, b.id)
	})
	return hits, found
}

func (s shelf) names(t *testing.T, lang, text string) (ids []string) {
	t.Helper()
	hits, _ := s.ask(t, Ask(lang, text))
	for _, h := range hits {
		ids = append(ids, h.id)
	}
	return ids
}

func finds(t *testing.T, open Open) {
	s := stock(t, open, Shop())
	for _, c := range Cases {
		got := s.names(t, c.Language, c.Text)
		slices.Sort(got)
		want := strings.Fields(c.Want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s %q (%s) finds %v, want %v", c.Language, c.Text, c.Why, got, want)
		}
	}
	if len(Cases) < 60 {
		t.Errorf("only %d cases", len(Cases))
	}
}

// plain is a document in one language.
func plain(id, title string, terms []string, body string) search.Document {
	return search.Document{ID: catalog.ProductID(id), Texts: map[string]search.Text{"en": {Title: title, Terms: terms, Body: body}}}
}

func orders(t *testing.T, open Open) {
	s := stock(t, open, []search.Document{
		plain("body", "Something", nil, "It holds a lantern."),
		plain("terms", "Something", []string{"lantern"}, ""),
		plain("begins", "Lanternfish", nil, ""),
		plain("plural", "Lanterns", nil, ""),
		plain("exact", "Lantern", nil, ""),
		plain("other", "Latern", nil, "near, but nobody asked for it"),
	})
	if got := s.names(t, "en", "lantern"); !slices.Equal(got, []string{"exact", "plural", "terms", "begins", "body"}) {
		t.Errorf("best first: %v", got)
	}
	if got := s.names(t, "en", "lantern "); slices.Contains(got, "begins") {
		t.Errorf("a finished word finds a longer one: %v", got)
	}
	keyed := plain("keyed", "Thing", nil, "")
	keyed.Keys = []string{"LAN-TERN"}
	s.put(t, keyed)
	if got := s.names(t, "en", "lantern"); len(got) != 6 || got[0] != "keyed" {
		t.Errorf("a whole SKU comes first: %v", got)
	}
}

func hears(t *testing.T, open Open) {
	s := stock(t, open, Shop())
	_, found := s.ask(t, Ask("de", "küchentsich xylophon lampe"))
	want := []search.Heard{{Count: 1, Corrected: "küchentisch"}, {}, {}}
	if len(found.Terms) != 3 || len(found.Slots) != 0 {
		t.Fatalf("found %+v", found)
	}
	if found.Terms[0].Corrected != want[0].Corrected || found.Terms[1] != want[1] || found.Terms[2].Count == 0 || found.Terms[2].Corrected != "" {
		t.Errorf("heard %+v", found.Terms)
	}
	if _, none := s.ask(t, search.Terms{Language: "de"}); len(none.Slots) != 0 {
		t.Errorf("nothing asked for finds %d", len(none.Slots))
	}
	if _, none := s.ask(t, Ask("zz", "lampe")); len(none.Slots) != 0 {
		t.Errorf("a language nobody speaks finds %d", len(none.Slots))
	}
}

func alike(t *testing.T, open Open) {
	s := stock(t, open, []search.Document{
		plain("sofa", "Sofa", nil, ""), plain("couch", "Couch", nil, ""), plain("bed", "Sofa bed", nil, ""), plain("shirt", "T-shirt", nil, ""),
	})
	hits, _ := s.ask(t, search.Terms{Language: "en", Terms: []search.Term{{Text: "couch", Or: []string{"sofa"}}}})
	if len(hits) != 3 || hits[0].id != "couch" || hits[0].score <= hits[1].score {
		t.Errorf("couch or sofa: %v", hits)
	}
	if hits, _ := s.ask(t, search.Terms{Language: "en", Terms: []search.Term{{Text: "couch", Or: []string{"sofa bed"}}}}); len(hits) != 2 {
		t.Errorf("couch or sofa bed: %v", hits)
	}
	if hits, _ := s.ask(t, search.Terms{Language: "en", Terms: []search.Term{{Text: "t shirt", Or: []string{"tee"}}}}); len(hits) != 1 || hits[0].id != "shirt" {
		t.Errorf("words that belong together: %v", hits)
	}
}

func replaces(t *testing.T, open Open) {
	s := stock(t, open, []search.Document{plain("a", "Red mug", nil, ""), plain("b", "Red cup", nil, "")})
	s.put(t, plain("a", "Blue bowl", nil, ""))
	if got := s.names(t, "en", "red"); !slices.Equal(got, []string{"b"}) {
		t.Errorf("red: %v", got)
	}
	if got := s.names(t, "en", "bowl"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("bowl: %v", got)
	}
	if _, found := s.ask(t, Ask("en", "mgu")); len(found.Slots) != 0 || found.Terms[0].Corrected != "" {
		t.Errorf("a word that is gone is still proposed: %+v", found)
	}
	if err := s.Apply(t.Context(), search.Changes{Remove: []catalog.ProductID{"b", "never"}}); err != nil {
		t.Fatal(err)
	}
	if got := s.names(t, "en", "red"); len(got) != 0 {
		t.Errorf("red, removed: %v", got)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.names(t, "en", "bowl"); len(got) != 0 {
		t.Errorf("bowl, cleared: %v", got)
	}
	s.put(t, plain("c", "Bowl", nil, ""))
	if got := s.names(t, "en", "bowl"); !slices.Equal(got, []string{"c"}) {
		t.Errorf("bowl, after it was cleared: %v", got)
	}
}

func counts(t *testing.T, open Open) {
	s := stock(t, open, []search.Document{plain("a", "Mug", nil, "")})
	if m, complete := s.Mark(); m != (search.Mark{}) || complete {
		t.Errorf("while it is filled: %v %v", m, complete)
	}
	nine := search.Mark{Number: 9, Stamp: "b"}
	for _, want := range []search.Mark{{Number: 7, Stamp: "a"}, nine} {
		if err := s.Apply(t.Context(), search.Changes{Put: []search.Document{plain("b", "Cup", nil, "")}, Mark: want, Complete: true}); err != nil {
			t.Fatal(err)
		}
		if m, complete := s.Mark(); m != want || !complete {
			t.Errorf("mark %v %v, want %v", m, complete, want)
		}
	}
	if err := s.Apply(t.Context(), search.Changes{}); err != nil {
		t.Fatal(err)
	}
	if m, complete := s.Mark(); m != nine || !complete {
		t.Errorf("after no change: %v %v", m, complete)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m, complete := s.Mark(); m != (search.Mark{}) || complete {
		t.Errorf("cleared: %v %v", m, complete)
	}
}

func agrees(t *testing.T, open Open) {
	documents := Shop()
	forward := stock(t, open, documents)
	backward := stock(t, open, []search.Document{plain("gone", "Lampe Tisch Buch Handtuch", nil, "")})
	old := documents[3]
	old.Texts = map[string]search.Text{"de": {Title: "Prakt"}, "en": {Title: "Lamb"}, "hu": {Title: "Hátizs"}}
	backward.put(t, old)
	for _, d := range slices.Backward(documents) {
		backward.put(t, d)
	}
	if err := backward.Apply(t.Context(), search.Changes{Remove: []catalog.ProductID{"gone"}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range Cases {
		a, foundA := forward.ask(t, Ask(c.Language, c.Text))
		b, foundB := backward.ask(t, Ask(c.Language, c.Text))
		if !slices.Equal(a, b) || !slices.Equal(foundA.Terms, foundB.Terms) {
			t.Errorf("%s %q: %v %+v and %v %+v", c.Language, c.Text, a, foundA.Terms, b, foundB.Terms)
		}
	}
}

func restricts(t *testing.T, open Open) {
	documents := Shop()
	s := stock(t, open, documents[:len(documents)/2])
	for _, d := range documents { // the first half once more: replaced
		s.put(t, d)
	}
	compared := 0
	for _, c := range append(slices.Clone(Cases), Case{Language: "de", Text: "la"}, Case{Language: "en", Text: "l"}, Case{Language: "hu", Text: "hát"}) {
		q := Ask(c.Language, c.Text)
		all, heard := s.ask(t, q)
		if slices.ContainsFunc(heard.Terms, func(h search.Heard) bool { return h.Corrected != "" }) {
			continue
		}
		for some := range 3 {
			q.Among = []uint32{}
			for slot := range uint32(len(documents)) {
				if int(slot)%3 == some {
					q.Among = append(q.Among, slot)
				}
			}
			want := slices.DeleteFunc(slices.Clone(all), func(h hit) bool { return int(s.slots.Of(catalog.ProductID(h.id)))%3 != some })
			if got, _ := s.ask(t, q); !slices.Equal(got, want) {
				t.Errorf("%s %q among a third: %v, want %v", c.Language, c.Text, got, want)
			}
			compared += len(want)
		}
	}
	if compared < 50 {
		t.Errorf("only %d hits were compared", compared)
	}
}

// narrows asks every case once more, as a search does.
func narrows(t *testing.T, open Open) {
	s := stock(t, open, Shop())
	for _, c := range Cases {
		q := Ask(c.Language, c.Text)
		want, heard := s.ask(t, q)
		q.Narrow = true
		got, found := s.ask(t, q)
		if !slices.Equal(got, want) {
			t.Errorf("%s %q narrowed: %v, want %v", c.Language, c.Text, got, want)
		}
		for i, h := range found.Terms {
			if h.Corrected != heard.Terms[i].Corrected || len(got) == 0 && h != heard.Terms[i] {
				t.Errorf("%s %q narrowed hears %+v, want %+v", c.Language, c.Text, found.Terms, heard.Terms)
			}
		}
	}
}

func concurs(t *testing.T, open Open) {
	s := stock(t, open, Shop())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 50 {
				found, err := s.Find(t.Context(), Ask("en", "steady"))
				if err != nil || len(found.Slots) > 1 {
					t.Errorf("%d found, %v", len(found.Slots), err)
					return
				}
			}
		})
	}
	for i := range 30 {
		s.put(t, plain("steady", fmt.Sprintf("Steady %d", i), nil, ""))
	}
	readers.Wait()
	if got := s.names(t, "en", "steady 29"); !slices.Equal(got, []string{"steady"}) {
		t.Errorf("at the end: %v", got)
	}
}
