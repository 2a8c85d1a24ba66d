package search_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"

	"github.com/google/go-cmp/cmp"
)

func TestTheMerchantsRulesReachEveryNode(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h, a := furnished(t, d)
		b := h.node(t, "")
		h.settle(t, a, b)
		en := search.Query{Text: "rucksack", Locale: "en"}
		wants(t, b, en, "")
		var both, way search.Synonym
		h.write(t, func(tx *db.Tx) (err error) {
			if both, err = search.SaveSynonym(ctx, tx, search.Synonym{Language: "en", Words: []string{"Rucksack", "backpack"}}); err != nil {
				return err
			}
			way, err = search.SaveSynonym(ctx, tx, search.Synonym{OneWay: true, Words: []string{"seat", "wooden table", "floor lamp"}})
			return errors.Join(err, search.SaveRedirect(ctx, tx, search.Redirect{Query: "Opening  HOURS", Target: "/p/hours"}))
		})
		h.settle(t, a, b)
		for _, s := range []*search.Search{a, b} {
			wants(t, s, en, "ruck")
			wants(t, s, search.Query{Text: "backpack", Locale: "en"}, "ruck")
			wants(t, s, search.Query{Text: "rucksacks", Locale: "hu", Market: "HU"}, "") // another language
			wants(t, s, search.Query{Text: "seat", Locale: "en"}, "holz steh")
			wants(t, s, search.Query{Text: "floor lamp", Locale: "en"}, "steh") // not the other way
			if got := find(t, s, search.Query{Text: "opening hours"}); got.Redirect != "/p/hours" {
				t.Errorf("redirect %q", got.Redirect)
			}
			if got := find(t, s, search.Query{Text: "opening"}); got.Redirect != "" {
				t.Errorf("redirect %q of half the query", got.Redirect)
			}
		}
		h.write(t, func(tx *db.Tx) error {
			return errors.Join(search.DeleteSynonym(ctx, tx, both.ID), search.DeleteSynonym(ctx, tx, way.ID), search.DeleteRedirect(ctx, tx, "", "opening hours"))
		})
		h.settle(t, b)
		wants(t, b, en, "")
		wants(t, a, en, "ruck") // not told yet
		if got := find(t, b, search.Query{Text: "opening hours"}); got.Redirect != "" {
			t.Errorf("redirect %q", got.Redirect)
		}
	})
}

func TestAMerchantMovesProductsForOneQuery(t *testing.T) {
	h, s := furnished(t, dbtest.SQLite(t, schemas))
	lamp := search.Query{Text: "lamp ", Locale: "en"}
	wants(t, s, lamp, "decke steh tisch")
	h.write(t, func(tx *db.Tx) error {
		return errors.Join(
			search.SaveRanking(ctx, tx, search.Ranking{Query: "Lamp", Product: "prd_decke", Boost: 20}),
			search.SaveRanking(ctx, tx, search.Ranking{Query: "lamp", Product: "prd_ruck", Position: 2}),
			search.SaveRanking(ctx, tx, search.Ranking{Query: "lamp", Product: "prd_steh", Position: 1}))
	})
	h.settle(t, s)
	wants(t, s, lamp, "steh ruck decke tisch")
	wants(t, s, search.Query{Text: "lamps ", Locale: "en"}, "decke steh tisch") // another query
	lamp.Facets = map[string][]string{"colour": {"blue"}}
	wants(t, s, lamp, "decke") // what is pinned is filtered too
	h.write(t, func(tx *db.Tx) error { return search.DeleteRanking(ctx, tx, "", "lamp", "prd_ruck") })
	h.settle(t, s)
	lamp.Facets = nil
	wants(t, s, lamp, "steh decke tisch")
}

func TestARuleThatIsNoneIsRefused(t *testing.T) {
	h, _ := furnished(t, dbtest.SQLite(t, schemas))
	for name, c := range map[string]struct {
		want error
		do   func(tx *db.Tx) error
	}{
		"words:": {search.ErrInvalid, func(tx *db.Tx) error {
			_, err := search.SaveSynonym(ctx, tx, search.Synonym{Words: []string{"one", " ", "!"}})
			return err
		}},
		"target:": {search.ErrInvalid, func(tx *db.Tx) error {
			return search.SaveRedirect(ctx, tx, search.Redirect{Query: "x", Target: "//evil.example"})
		}},
		"target: ": {search.ErrInvalid, func(tx *db.Tx) error {
			return search.SaveRedirect(ctx, tx, search.Redirect{Query: "x", Target: "javascript:alert(1)"})
		}},
		"query:": {search.ErrInvalid, func(tx *db.Tx) error {
			return search.SaveRedirect(ctx, tx, search.Redirect{Query: "!", Target: "/x"})
		}},
		"boost:": {search.ErrInvalid, func(tx *db.Tx) error {
			return search.SaveRanking(ctx, tx, search.Ranking{Query: "x", Product: "prd_ruck", Boost: 901})
		}},
		"product": {catalog.ErrNotFound, func(tx *db.Tx) error {
			return search.SaveRanking(ctx, tx, search.Ranking{Query: "x", Product: "prd_none"})
		}},
		"no such rule": {search.ErrNotFound, func(tx *db.Tx) error { return search.DeleteSynonym(ctx, tx, "syn_none") }},
	} {
		err := h.Write(ctx, c.do)
		if !errors.Is(err, c.want) || !strings.Contains(fault.TextOf(err), strings.TrimSpace(name)) {
			t.Errorf("%s %v", name, err)
		}
	}
	h.Read(ctx, func(tx *db.Tx) error {
		synonyms, _ := search.Synonyms(ctx, tx)
		redirects, _ := search.Redirects(ctx, tx)
		rankings, _ := search.Rankings(ctx, tx)
		if len(synonyms)+len(redirects)+len(rankings) != 0 {
			t.Error("a rule that was refused is kept")
		}
		return nil
	})
}

func TestWhoFindsNothingIsHelped(t *testing.T) {
	h, s := furnished(t, dbtest.SQLite(t, schemas))
	h.add(t, item{slug: "hover", en: "Hovering lamp"}) // nobody can buy it here
	h.settle(t, s)
	for _, c := range []struct {
		text, want, meant string
		relaxed           []string
	}{
		{"lamp", "decke steh tisch", "", nil},
		{"flor lamp", "steh", "floor lamp", nil},
		{"bckpack", "ruck", "backpack", nil},
		{"soaring lamp ", "decke steh tisch", "", []string{"soaring"}},
		{"wooden lamp ", "holz", "", []string{"lamp"}},                   // no lamp is of wood: the word that says less goes
		{"hovering lamp ", "decke steh tisch", "", []string{"hovering"}}, // there is one, but not here
		{"soaring xylophones", "", "", []string{"soaring"}},
		{"soaring flor", "steh", "floor", []string{"soaring"}},
	} {
		got := find(t, s, search.Query{Text: c.text, Locale: "en"})
		if slugs(got) != c.want || got.DidYouMean != c.meant || !slices.Equal(got.Relaxed, c.relaxed) {
			t.Errorf("%q: %q, meant %q, without %v", c.text, slugs(got), got.DidYouMean, got.Relaxed)
		}
	}
}

func TestWhatIsLookedForIsCounted(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h, s := furnished(t, d)
		count := dbtest.Count(d)
		for range 3 {
			found := find(t, s, search.Query{Text: " Lamp ", Locale: "en", Limit: 1})
			find(t, s, search.Query{Text: " Lamp ", Locale: "en", Limit: 1, After: found.Next}) // a second page is no second search
		}
		find(t, s, search.Query{Text: "xylophone", Locale: "en"})
		find(t, s, search.Query{Text: "ada@example.com", Locale: "en"})
		find(t, s, search.Query{Text: "call 0170 123 4567", Locale: "en"})
		find(t, s, search.Query{})
		s.Clicked("DE", "en", "LAMP", "prd_tisch")
		s.Clicked("DE", "en", "LAMP", "prd_nowhere")
		s.Clicked("DE", "en", "ada@example.com", "prd_tisch")
		if n := count(); n != 0 {
			t.Errorf("%d statements before it is written down", n)
		}
		if err := s.Flush(ctx); err != nil || count() != 2 {
			t.Errorf("flush: %d statements, %v", count(), err)
		}
		dbtest.Clock(d).Advance(25 * time.Hour)
		find(t, s, search.Query{Text: "lamp", Locale: "en"})
		if err := errors.Join(s.Flush(ctx), s.Flush(ctx)); err != nil {
			t.Fatal(err)
		}
		tallies := func(days int, zero bool) (all []search.Tally) {
			dbtest.Read(t, h.DB, func(tx *db.Tx) (err error) {
				all, err = search.Tallies(ctx, tx, days, zero, 10)
				return err
			})
			return all
		}
		want := []search.Tally{
			{Market: "DE", Language: "en", Query: "lamp", Searches: 4, Clicks: 1, Results: 3},
			{Market: "DE", Language: "en", Query: "xylophone", Searches: 1, Zero: 1},
		}
		if diff := cmp.Diff(want, tallies(7, false)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want[1:], tallies(7, true)); diff != "" {
			t.Error(diff)
		}
		if got := tallies(0, false); len(got) != 1 || got[0].Searches != 1 {
			t.Errorf("today: %+v", got)
		}
	})
}

func TestWhatWasChosenIsKnownForNinetyDays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h, s := furnished(t, d)
		chosen := func(text string, days int) (all []search.Choice) {
			dbtest.Read(t, h.DB, func(tx *db.Tx) (err error) {
				all, err = search.Choices(ctx, tx, search.Asked{Market: "DE", Language: "en", Text: text}, days, 10)
				return err
			})
			return all
		}
		s.Clicked("DE", "en", "lamp", "prd_tisch")
		s.Clicked("DE", "de", "lamp", "prd_steh") // another language is another query
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		dbtest.Clock(d).Advance(48 * time.Hour)
		for _, p := range []catalog.ProductID{"prd_steh", "prd_steh", "prd_tisch", "prd_steh"} {
			s.Clicked("DE", "en", "Lamp", p)
		}
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]search.Choice{{Product: "prd_steh", Clicks: 3}, {Product: "prd_tisch", Clicks: 2}}, chosen("LAMP", 7)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]search.Choice{{Product: "prd_steh", Clicks: 3}, {Product: "prd_tisch", Clicks: 1}}, chosen("lamp", 1)); diff != "" {
			t.Error(diff)
		}
		dbtest.Clock(d).Advance((search.KeepDays - 1) * 24 * time.Hour)
		h.write(t, func(tx *db.Tx) error { return search.Forget(ctx, tx) })
		if diff := cmp.Diff([]search.Choice{{Product: "prd_steh", Clicks: 3}, {Product: "prd_tisch", Clicks: 1}}, chosen("lamp", 1000)); diff != "" {
			t.Errorf("what is older than %d days is gone, and nothing else: %s", search.KeepDays, diff)
		}
		dbtest.Clock(d).Advance(7 * 24 * time.Hour)
		h.write(t, func(tx *db.Tx) error { return search.Forget(ctx, tx) })
		if got := chosen("lamp", 1000); len(got) != 0 {
			t.Errorf("kept for ever: %+v", got)
		}
	})
}

func TestSuggestionsAreProductsCategoriesAndWhatOthersAsked(t *testing.T) {
	h, s := furnished(t, dbtest.SQLite(t, schemas))
	for range 2 {
		find(t, s, search.Query{Text: "lamp red", Locale: "en"})
		find(t, s, search.Query{Text: "lacking everything", Locale: "en", Category: "none"})
	}
	find(t, s, search.Query{Text: "lamp of Ada Lovelace", Locale: "en"}) // once only: perhaps a person
	if err := errors.Join(s.Flush(ctx), s.Remember(ctx)); err != nil {
		t.Fatal(err)
	}
	suggest := func(text, market string) search.Suggestions {
		t.Helper()
		got, err := s.Suggest(ctx, search.Query{Text: text, Market: market, Locale: "en", Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := search.Suggestions{
		Products:   []catalog.ProductID{"prd_decke", "prd_steh"},
		Categories: []search.Value{{Value: "lamps", Count: 3}},
		Queries:    []string{"lamp red"},
	}
	if diff := cmp.Diff(want, suggest("La", "DE")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(search.Suggestions{Queries: []string{"lamp red"}}, suggest("", "DE")); diff != "" {
		t.Error(diff)
	}
	if got := suggest("la", "XX"); len(got.Products)+len(got.Categories)+len(got.Queries) != 0 {
		t.Errorf("a market that is none: %+v", got)
	}
	h.write(t, func(tx *db.Tx) error {
		_, err := search.SaveSynonym(ctx, tx, search.Synonym{Words: []string{"lu", "backpack"}})
		return errors.Join(err, catalog.Move(ctx, tx, "prd_tisch", catalog.StatusArchived))
	})
	if got := suggest("lu", "DE"); len(got.Products) != 0 {
		t.Errorf("a synonym not told of yet: %+v", got)
	}
	h.settle(t, s)
	if got := suggest("lu", "DE"); len(got.Products) != 1 {
		t.Errorf("what was kept outlives a new synonym: %+v", got)
	}
	if got := suggest("la", "DE"); got.Categories[0].Count != 2 || slices.Contains(got.Products, "prd_tisch") {
		t.Errorf("what was archived is suggested: %+v", got)
	}
}
