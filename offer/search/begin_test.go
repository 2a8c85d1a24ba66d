package search_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// counted is an index that counts how often it is asked about all products,
// and how often about a few.
type counted struct {
	search.Index
	all, few atomic.Int64
}

func (c *counted) Find(ctx context.Context, q search.Terms) (search.Found, error) {
	if q.Among == nil {
		c.all.Add(1)
	} else {
		c.few.Add(1)
	}
	return c.Index.Find(ctx, q)
}

// asked returns the counts since the last time.
func (c *counted) asked() (all, few int64) { return c.all.Swap(0), c.few.Swap(0) }

// suggester is a search of documents that thinks a beginning worth keeping
// that some products have.
func suggester(t testing.TB, documents []search.Document, heavy int) (*search.Search, *counted) {
	t.Helper()
	c := new(counted)
	s, err := search.Fill(t.Context(), func(slots *search.Slots) (_ search.Index, err error) {
		c.Index, err = opener("")(slots)
		return c, err
	}, slices.Values(documents))
	if err != nil {
		t.Fatal(err)
	}
	s.Heavy(heavy)
	if err := s.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func closed(t testing.TB, s *search.Search) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func suggested(t testing.TB, s *search.Search, lang, market, text string) []catalog.ProductID {
	t.Helper()
	found, err := s.Suggest(t.Context(), search.Query{Text: text, Market: market, Locale: lang, Limit: 8})
	if err != nil {
		t.Fatal(err)
	}
	return found.Products
}

func TestAChangeMovesTheProductAndLeavesAllOtherBeginningsAsTheyAre(t *testing.T) {
	documents := generated(1000)
	s, index := suggester(t, documents, 50)
	defer closed(t, s)
	if s.Begun() < 20 {
		t.Fatalf("only %d beginnings are kept", s.Begun())
	}
	before := suggested(t, s, "en", "DE", "cha")
	index.asked()

	changed := documents[900]
	changed.Texts = map[string]search.Text{"en": {Title: "Lamp"}}
	if err := s.Follow(t.Context(), []search.Document{changed}); err != nil {
		t.Fatal(err)
	}
	if all, few := index.asked(); all > int64(16) || few == 0 {
		t.Errorf("the change looked %d beginnings up anew, and its product in %d", all, few)
	}
	for _, text := range []string{"l", "la", "lam"} {
		if got := suggested(t, s, "en", "DE", text); len(got) == 0 || got[0] != changed.ID {
			t.Errorf("%q suggests %v first, want what is called nothing else now: %s", text, got, changed.ID)
		}
	}
	if got := suggested(t, s, "en", "DE", "cha"); !slices.Equal(got, before) {
		t.Errorf("another word suggests %v, before %v", got, before)
	}
	if all, _ := index.asked(); all != 0 {
		t.Errorf("who typed after the change looked %d beginnings up", all)
	}
	if err := s.Follow(t.Context(), nil, changed.ID); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"l", "la", "lam"} {
		if got := suggested(t, s, "en", "DE", text); len(got) != 8 || slices.Contains(got, changed.ID) {
			t.Errorf("%q suggests %v after it was taken off", text, got)
		}
	}
}

func TestAPriceIsNoChangeOfWhatAFewLettersBegin(t *testing.T) {
	documents := generated(500)
	s, index := suggester(t, documents, 50)
	defer closed(t, s)
	first := suggested(t, s, "en", "DE", "l")[0]
	at := slices.IndexFunc(documents, func(d search.Document) bool { return d.ID == first })
	if err := s.Follow(t.Context(), documents[at:at+1]); err != nil { // now its words are known
		t.Fatal(err)
	}
	index.asked()
	unsold := documents[at]
	unsold.Prices = map[string]money.Amount{"HU": money.Of(100, "HUF")}
	if err := s.Follow(t.Context(), []search.Document{unsold}); err != nil {
		t.Fatal(err)
	}
	if got := suggested(t, s, "en", "DE", "l"); len(got) != 8 || slices.Contains(got, first) {
		t.Errorf("suggested where it is not sold any more: %v", got)
	}
	if got := suggested(t, s, "en", "HU", "l"); !slices.Contains(got, first) {
		t.Errorf("not suggested where it is sold: %v", got)
	}
	if all, few := index.asked(); all+few != 0 {
		t.Errorf("a price asked the index %d times", all+few)
	}
}

// Whatever changes, and whatever is kept, a few letters suggest what they
// would if nothing were kept.
func TestWhatIsKeptIsWhatWouldBeFound(t *testing.T) {
	words := []string{"Lampe", "Lamm", "Hut", "Strohhut", "Stroh", "Handtuch", "Hand", "Tuch", "Öl", "Olive", "Ölkanne", "rot", "roter Hut", "la", "L", "Tee", "teekanne", "lam"}
	begins := []string{"l", "la", "lam", "h", "hu", "hut", "tuc", "tuch", "s", "str", "ö", "öl", "ol", "o", "t", "tee", "r", "ro", "la "}
	rapid.Check(t, func(r *rapid.T) {
		document := func(i int) search.Document {
			title := rapid.SampledFrom(words).Draw(r, "title") + " " + rapid.SampledFrom(words).Draw(r, "title")
			text := search.Text{Title: title, Terms: []string{rapid.SampledFrom(words).Draw(r, "term")}, Body: rapid.SampledFrom(words).Draw(r, "body")}
			d := search.Document{ID: catalog.ProductID(fmt.Sprintf("prd_%02d", i)), Keys: []string{rapid.SampledFrom([]string{"lam", "A1", "HUT"}).Draw(r, "sku")},
				Texts: map[string]search.Text{"de": text, "en": text}, Prices: map[string]money.Amount{}}
			for _, m := range []string{"DE", "AT"} {
				if rapid.Bool().Draw(r, m) {
					d.Prices[m] = money.Of(100, "EUR")
				}
			}
			return d
		}
		var documents []search.Document
		for i := range 20 {
			documents = append(documents, document(i))
		}
		kept, _ := suggester(t, documents, 1)
		plain, _ := suggester(t, documents, 1<<30)
		defer closed(t, kept)
		defer closed(t, plain)
		for range 6 {
			var put []search.Document
			var gone []catalog.ProductID
			for range rapid.IntRange(1, 3).Draw(r, "changes") {
				i := rapid.IntRange(0, 24).Draw(r, "which")
				if id := catalog.ProductID(fmt.Sprintf("prd_%02d", i)); rapid.IntRange(0, 3).Draw(r, "gone") == 0 {
					put = slices.DeleteFunc(put, func(d search.Document) bool { return d.ID == id })
					gone = append(gone, id)
				} else if !slices.Contains(gone, id) {
					put = append(slices.DeleteFunc(put, func(d search.Document) bool { return d.ID == id }), document(i))
				}
			}
			for _, s := range []*search.Search{kept, plain} {
				if err := s.Follow(t.Context(), put, gone...); err != nil {
					r.Fatal(err)
				}
			}
			for _, lang := range []string{"de", "en"} {
				for _, text := range begins {
					for _, market := range []string{"DE", "AT", "XX"} {
						if diff := cmp.Diff(suggested(t, plain, lang, market, text), suggested(t, kept, lang, market, text)); diff != "" {
							r.Fatalf("%q in %s for %s (-found +kept):\n%s", text, lang, market, diff)
						}
					}
				}
			}
		}
	})
}
