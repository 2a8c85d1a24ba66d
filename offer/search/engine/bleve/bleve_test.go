package bleve_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/search/engine/bleve"
	"korzo/offer/search/searchtest"
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
