package bleve_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/search/engine/bleve"
	"korzo/offer/search/searchtest"

	"pgregory.net/rapid"
)

func open(t testing.TB, folder string, slots *search.Slots) search.Index {
	t.Helper()
	x, err := bleve.Open(folder, slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return x
}

func TestBleveInMemoryIsAnIndex(t *testing.T) {
	searchtest.Exercise(t, func(t *testing.T, slots *search.Slots) search.Index { return open(t, "", slots) })
}

func TestBleveInFilesIsAnIndex(t *testing.T) {
	searchtest.Exercise(t, func(t *testing.T, slots *search.Slots) search.Index { return open(t, t.TempDir(), slots) })
}

// In a shop of any size, with what is found around the rarest word.
func TestBleveLookingAroundTheRarestWordIsAnIndex(t *testing.T) {
	bleve.Around(t)
	searchtest.Exercise(t, func(t *testing.T, slots *search.Slots) search.Index { return open(t, "", slots) })
}

// Whatever is asked, what is found around the rarest word is what is found among all.
func TestTheRarestWordLeadsToWhatAllWordsDo(t *testing.T) {
	bleve.Around(t)
	words := strings.Fields("lamp lamps lampe tisch tischlampe tischlampen wooden wood 500 500ml ml red t-shirt shirt t küche küchentisch")
	rapid.Check(t, func(r *rapid.T) {
		slots := new(search.Slots)
		x, err := bleve.Open("", slots)
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = x.Close() }()
		some := func(name string, most int) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, most).Draw(r, name), " ")
		}
		lang := rapid.SampledFrom([]string{"en", "de", "hu"}).Draw(r, "language")
		for i := range rapid.IntRange(1, 4).Draw(r, "batches") {
			var put []search.Document
			for j := range rapid.IntRange(1, 6).Draw(r, "documents") {
				put = append(put, search.Document{ID: catalog.ProductID(fmt.Sprint("prd_", (i*4+j)%9)), Keys: []string{rapid.SampledFrom([]string{"500", "RED-1"}).Draw(r, "sku")},
					Texts: map[string]search.Text{lang: {Title: some("title", 3), Terms: []string{some("term", 1)}, Body: some("body", 4)}}})
			}
			if err := x.Apply(t.Context(), search.Changes{Put: put}); err != nil {
				r.Fatal(err)
			}
		}
		for range 5 {
			q := searchtest.Ask(lang, some("text", 4)+rapid.SampledFrom([]string{"", " "}).Draw(r, "end"))
			if len(q.Terms) > 0 && rapid.Bool().Draw(r, "synonym") {
				q.Terms[0].Or = []string{some("or", 2)}
			}
			want := scores(t, x, q)
			q.Narrow = true
			if got := scores(t, x, q); !maps.Equal(got, want) {
				r.Fatalf("%+v finds %v, want %v", q, got, want)
			}
		}
	})
}

// scores are what is found and what it is worth.
func scores(t *testing.T, x search.Index, q search.Terms) map[uint32]int32 {
	t.Helper()
	found, err := x.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	all := map[uint32]int32{}
	for i, slot := range found.Slots {
		all[slot] = found.Scores[i]
	}
	return all
}

var five = search.Mark{Number: 5, Stamp: "made so"}

// mug is a document of a mug.
func mug(id string) search.Document {
	return search.Document{ID: catalog.ProductID(id), Keys: []string{id}, Texts: map[string]search.Text{"de": {Title: "Kaffeebecher " + id}, "en": {Title: "Coffee mug " + id}}}
}

func count(t *testing.T, x search.Index, lang, text string) int {
	t.Helper()
	found, err := x.Find(t.Context(), searchtest.Ask(lang, text))
	if err != nil {
		t.Fatal(err)
	}
	return len(found.Slots)
}

func apply(t *testing.T, x search.Index, c search.Changes) {
	t.Helper()
	if err := x.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsInFilesIsThereWhenOpenedAgain(t *testing.T) {
	folder := t.TempDir()
	var slots search.Slots
	x, err := bleve.Open(folder, &slots)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, x, search.Changes{Put: []search.Document{mug("one"), mug("two")}})
	apply(t, x, search.Changes{Put: []search.Document{mug("three")}, Mark: five, Complete: true})
	apply(t, x, search.Changes{}) // merges
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	var others search.Slots
	others.Of("somebody else") // numbers are another process's own
	again := open(t, folder, &others)
	if m, complete := again.Mark(); m != five || !complete {
		t.Fatalf("mark %v %v", m, complete)
	}
	if n := count(t, again, "en", "mugs "); n != 3 {
		t.Errorf("%d mugs, want 3", n)
	}
	found, err := again.Find(t.Context(), searchtest.Ask("de", "kafeebecher two"))
	if err != nil || len(found.Slots) != 1 || others.ID(found.Slots[0]) != "two" || found.Terms[0].Corrected != "kaffeebecher" {
		t.Errorf("the vocabulary was not read again: %+v, %v", found, err)
	}
}

func TestAnIndexThatIsDamagedIsBuiltAgain(t *testing.T) {
	folder := t.TempDir()
	var slots search.Slots
	x, err := bleve.Open(folder, &slots)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, x, search.Changes{Put: []search.Document{mug("one")}, Mark: five, Complete: true})
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	roots, err := filepath.Glob(filepath.Join(folder, "*", "root.bolt"))
	if err != nil || len(roots) != 1 {
		t.Fatalf("%v, %v", roots, err)
	}
	if err := os.WriteFile(roots[0], []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := open(t, folder, &slots)
	if m, complete := again.Mark(); m.Number != 0 || complete {
		t.Errorf("mark %v %v, want an empty index", m, complete)
	}
	apply(t, again, search.Changes{Put: []search.Document{mug("one")}, Mark: search.Mark{Number: 6}, Complete: true})
	if n := count(t, again, "en", "mug "); n != 1 {
		t.Errorf("%d mugs, want 1", n)
	}
}

func TestAnIndexInUseIsLeftAlone(t *testing.T) {
	folder := t.TempDir()
	var slots search.Slots
	x := open(t, folder, &slots)
	apply(t, x, search.Changes{Put: []search.Document{mug("one")}, Mark: five, Complete: true})
	if other, err := bleve.Open(folder, &slots); err == nil {
		other.Close()
		t.Fatal("two indexes share a folder")
	}
	if n := count(t, x, "en", "mug "); n != 1 {
		t.Errorf("%d mugs, want 1", n)
	}
}

func TestTermsOfAnyLengthAreHarmless(t *testing.T) {
	var slots search.Slots
	x := open(t, "", &slots)
	apply(t, x, search.Changes{Put: []search.Document{mug("one")}})
	for _, text := range []string{strings.Repeat("ä", 500), strings.Repeat("mug ", 50), "\x00", "\xff\xfe", "...", "'", "日本語 のマグ", "0", strings.Repeat("9", 300), "m", "é"} {
		for _, lang := range []string{"en", "de", "hu", "", "ja"} {
			if _, err := x.Find(t.Context(), searchtest.Ask(lang, text)); err != nil {
				t.Errorf("%q in %q: %v", text, lang, err)
			}
		}
	}
}
