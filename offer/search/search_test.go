package search_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/search"
	"korzo/offer/search/engine"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/remember"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{event.Schema, remember.Schema, market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema, inventory.Schema, search.Schema}

var ctx = context.Background()

const depot = "loc_depot"

// house is a shop with two markets and one location.
type house struct {
	*db.DB
	bus *event.Bus
}

// build opens the shop. Its bus has the reactions that app gives the search.
func build(t testing.TB, d *db.DB) house {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		errs := []error{market.SaveEntity(ctx, tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH"})}
		for _, m := range []market.Market{{ID: "DE", Currency: "EUR", Locale: "de-DE"}, {ID: "HU", Currency: "HUF", Locale: "hu-HU"}} {
			m.Name, m.Countries, m.Country, m.Zone, m.Entity = m.ID, []string{m.ID}, m.ID, "Europe/Berlin", "ent_gmbh"
			errs = append(errs, market.Save(ctx, tx, m))
		}
		return errors.Join(append(errs, inventory.SaveLocation(ctx, tx, inventory.Location{
			ID: depot, Name: "Depot", Country: "DE", Zone: "Europe/Berlin", Priority: 1, Ships: true,
		}))...)
	})
	for _, slug := range []string{"kitchen", "lamps", "home"} {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			tree, err := taxonomy.Load(ctx, tx)
			if err != nil {
				return err
			}
			if _, there := tree.Lookup(slug); there {
				return nil
			}
			_, err = taxonomy.CreateCategory(ctx, tx, taxonomy.Category{ID: taxonomy.CategoryID(slug), Slug: slug, Title: slug})
			return err
		})
	}
	return house{d, busOf()}
}

func busOf() *event.Bus {
	b := new(event.Bus)
	event.On(b, "search.created", func(ctx context.Context, tx *db.Tx, e catalog.Created) error { return search.Touch(ctx, tx, e.Product) })
	event.On(b, "search.updated", func(ctx context.Context, tx *db.Tx, e catalog.Updated) error { return search.Touch(ctx, tx, e.Product) })
	event.On(b, "search.archived", func(ctx context.Context, tx *db.Tx, e catalog.Archived) error {
		return search.Touch(ctx, tx, e.Product)
	})
	event.On(b, "search.priced", func(ctx context.Context, tx *db.Tx, e pricing.Changed) error {
		return search.TouchVariant(ctx, tx, e.Variant)
	})
	return b
}

// item is a product to be: its slug, titles by language, tags and euro price.
type item struct {
	slug, en, de, hu string
	tags             string
	cents            int64
	stock            int64
}

func (h house) add(t testing.TB, it item) (p catalog.Product) {
	t.Helper()
	dbtest.Write(t, h.DB, func(tx *db.Tx) (err error) {
		draft := catalog.Draft{ID: catalog.ProductID("prd_" + it.slug), Slug: it.slug, Title: it.en, Tags: strings.Fields(it.tags),
			Variants:     []catalog.Variant{{ID: catalog.VariantID("var_" + it.slug), SKU: strings.ToUpper(it.slug) + "-1"}},
			Translations: map[string]catalog.Translation{}}
		for _, tag := range draft.Tags {
			if slices.Contains([]string{"kitchen", "lamps", "home"}, tag) {
				draft.Categories = append(draft.Categories, taxonomy.CategoryID(tag))
			}
		}
		for lang, title := range map[string]string{"de": it.de, "hu": it.hu} {
			if title != "" {
				draft.Translations[lang] = catalog.Translation{Title: title}
			}
		}
		if p, err = catalog.Create(ctx, tx, draft); err != nil {
			return err
		}
		if it.cents > 0 {
			err = errors.Join(pricing.Set(ctx, tx, "DE", p.Variants[0].ID, money.Of(it.cents, "EUR")),
				pricing.Set(ctx, tx, "HU", p.Variants[0].ID, money.Of(it.cents*400, "HUF")))
		}
		if it.stock > 0 {
			err = errors.Join(err, adjust(tx, p.Variants[0].ID, it.stock))
		}
		return err
	})
	return p
}

func adjust(tx *db.Tx, v catalog.VariantID, delta int64) error {
	_, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v, Location: depot, Delta: delta, Reason: "test", Actor: "test"})
	return err
}

func (h house) write(t testing.TB, fn func(tx *db.Tx) error) {
	t.Helper()
	dbtest.Write(t, h.DB, fn)
}

// node is a search of its own; it has not read anything yet. Folder "" keeps
// its index in memory.
func (h house) node(t testing.TB, folder string) *search.Search {
	t.Helper()
	s, err := search.Open(ctx, search.Config{DB: h.DB, Open: opener(folder)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func opener(folder string) func(slots *search.Slots) (search.Index, error) {
	return func(slots *search.Slots) (search.Index, error) { return engine.Open("", folder, slots) }
}

// settle delivers all facts and brings nodes up to date.
func (h house) settle(t testing.TB, nodes ...*search.Search) {
	t.Helper()
	if _, err := h.bus.Deliver(ctx, h.DB); err != nil {
		t.Fatal(err)
	}
	for _, s := range nodes {
		if err := s.CatchUp(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func find(t testing.TB, s *search.Search, q search.Query) search.Result {
	t.Helper()
	if q.Market == "" {
		q.Market = "DE"
	}
	found, err := s.Search(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// slugs are the products found, in order.
func slugs(found search.Result) string {
	var all []string
	for _, id := range found.IDs {
		all = append(all, strings.TrimPrefix(string(id), "prd_"))
	}
	return strings.Join(all, " ")
}

func wants(t testing.TB, s *search.Search, q search.Query, want string) {
	t.Helper()
	if got := slugs(find(t, s, q)); got != want {
		t.Errorf("%+v finds %q, want %q", q, got, want)
	}
}

var lamps = []item{
	{"tisch", "Table lamp", "Tischlampe", "Asztali lámpa", "lamps colour:red colour:white", 4900, 3},
	{"steh", "Floor lamp", "Stehlampe", "Álló lámpa", "lamps colour:red", 9900, 0},
	{"decke", "Ceiling lamp", "Deckenlampe", "Mennyezeti lámpa", "lamps colour:blue", 14900, 5},
	{"wand", "Wall light", "Wandlampe", "Fali lámpa", "lights colour:blue", 2900, 1},
	{"holz", "Wooden table", "Tisch aus Holz", "Fa asztal", "tables material:oak", 29900, 2},
	{"ruck", "Backpack", "Rucksack", "Hátizsák", "bags colour:red", 7900, 9},
	{"kiste", "Box to stand", "Decke mit Steh Wand", "Doboz", "tables", 0, 1}, // has no price: not sold
}

func furnished(t testing.TB, d *db.DB) (house, *search.Search) {
	t.Helper()
	h := build(t, d)
	for _, it := range lamps {
		h.add(t, it)
		dbtest.Clock(d).Advance(time.Minute)
	}
	s := h.node(t, "")
	h.settle(t, s)
	return h, s
}

func TestAShopIsFoundInItsLanguages(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		_, s := furnished(t, d)
		wants(t, s, search.Query{Text: "hátizsákot", Locale: "hu-HU", Market: "HU"}, "ruck")
		wants(t, s, search.Query{Text: "rucksäcke", Locale: "de-DE"}, "ruck")
		wants(t, s, search.Query{Text: "backpacks", Locale: "en"}, "ruck")
		wants(t, s, search.Query{Text: "backpacks", Locale: "fr"}, "ruck") // nobody speaks it: the base
		wants(t, s, search.Query{Text: "RUCK-1", Locale: "de-AT"}, "ruck")
		wants(t, s, search.Query{Text: "oak table", Locale: "en"}, "holz")
		wants(t, s, search.Query{Text: "table oka ", Locale: "en"}, "holz tisch") // nothing near "oka": left out
		wants(t, s, search.Query{}, "ruck holz wand decke steh tisch")            // newest first; what has no price is not sold
		wants(t, s, search.Query{Text: "lampe ", Locale: "de", Sort: search.SortTitle}, "decke steh tisch wand")
		count := dbtest.Count(d)
		find(t, s, search.Query{Text: "lamp"})
		if n := count(); n != 0 {
			t.Errorf("a search took %d statements", n)
		}
	})
}

func TestAFacetSaysTheValuesOfOptionsInTheReadersLanguage(t *testing.T) {
	h := build(t, dbtest.SQLite(t, schemas))
	h.write(t, func(tx *db.Tx) error {
		p, err := catalog.Create(ctx, tx, catalog.Draft{ID: "prd_cup", Slug: "cup", Title: "Cup",
			Options: []catalog.Option{{Name: "Colour", Values: []catalog.OptionValue{
				{Value: "Amber", Titles: map[string]string{"de": "Bernstein", "hu": "Borostyán"}}, {Value: "Aqua"}}}},
			Variants: []catalog.Variant{{SKU: "CUP-1", Options: map[string]string{"Colour": "Amber"}}, {SKU: "CUP-2", Options: map[string]string{"Colour": "Aqua"}}}})
		if err == nil {
			err = pricing.Set(ctx, tx, "DE", p.Variants[0].ID, money.Of(900, "EUR"))
		}
		return err
	})
	s := h.node(t, "")
	h.settle(t, s)
	var got []string
	for _, f := range find(t, s, search.Query{Market: "DE"}).Facets {
		for _, v := range f.Values {
			got = append(got, f.Name+": "+v.In("de-AT")+", "+v.In("hu")+", "+v.In("fr"))
		}
	}
	if want := []string{"colour: Bernstein, Borostyán, Amber", "colour: Aqua, Aqua, Aqua"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// What one product calls a value is shown as long as a product calls it so, and
// no longer: a translation that was deleted does not come back.
func TestAFacetForgetsWhatNoProductCallsItsValueAnyMore(t *testing.T) {
	h := build(t, dbtest.SQLite(t, schemas))
	s := h.node(t, "")
	kept := map[string]catalog.Product{}
	save := func(name string, titles map[string]string) {
		h.write(t, func(tx *db.Tx) error {
			options := []catalog.Option{{Name: "Colour", Values: []catalog.OptionValue{{Value: "Amber", Titles: titles}}}}
			p, known := kept[name]
			var err error
			if p.Options = options; known {
				p, err = catalog.Update(ctx, tx, p)
			} else {
				p, err = catalog.Create(ctx, tx, catalog.Draft{ID: catalog.ProductID("prd_" + name), Slug: name, Title: name, Options: options,
					Variants: []catalog.Variant{{SKU: name, Options: map[string]string{"Colour": "Amber"}}}})
			}
			if err == nil {
				err = pricing.Set(ctx, tx, "DE", p.Variants[0].ID, money.Of(900, "EUR"))
			}
			kept[name] = p
			return err
		})
		h.settle(t, s)
	}
	called := func(want string) {
		t.Helper()
		if got := find(t, s, search.Query{Market: "DE"}).Facets[0].Values[0].In("de"); got != want {
			t.Errorf("the value is called %q, want %q", got, want)
		}
	}
	german := func(title string) map[string]string { return map[string]string{"de": title} }
	save("cup", german("Bernstein"))
	save("jar", nil)
	called("Bernstein")
	save("pot", german("Bernstein"))
	save("cup", nil)
	called("Bernstein")
	save("cup", german("Bernsteingelb"))
	called("Bernsteingelb")
	save("cup", nil)
	called("Bernstein")
	save("pot", nil)
	called("Amber")
}

func TestNobodyWaitsForAnIndex(t *testing.T) {
	h := build(t, dbtest.SQLite(t, schemas))
	s := h.node(t, "")
	if _, err := s.Search(ctx, search.Query{Market: "DE"}); !errors.Is(err, search.ErrNotReady) || s.Ready() {
		t.Errorf("search: %v", err)
	}
	if _, err := s.Suggest(ctx, search.Query{Text: "a", Market: "DE", Locale: "de", Limit: 5}); !errors.Is(err, search.ErrNotReady) {
		t.Errorf("suggest: %v", err)
	}
	h.settle(t, s)
	if got := find(t, s, search.Query{Text: "lamp"}); got.Total != 0 || !s.Ready() {
		t.Errorf("an empty shop: %+v", got)
	}
}

func TestAFactBringsTheSearchUpToDate(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		s := h.node(t, "")
		h.settle(t, s)
		p := h.add(t, item{slug: "mug", en: "Mug", cents: 900})
		wants(t, s, search.Query{Text: "mug"}, "")
		h.settle(t, s)
		wants(t, s, search.Query{Text: "mug"}, "mug")
		wants(t, s, search.Query{Text: "mug", InStock: true}, "")
		h.write(t, func(tx *db.Tx) error { return adjust(tx, p.Variants[0].ID, 2) })
		h.settle(t, s)
		wants(t, s, search.Query{Text: "mug", InStock: true}, "mug")
		h.write(t, func(tx *db.Tx) error { return adjust(tx, p.Variants[0].ID, -2) })
		h.settle(t, s)
		wants(t, s, search.Query{Text: "mug", InStock: true}, "")

		h.write(t, func(tx *db.Tx) error { return pricing.Set(ctx, tx, "DE", p.Variants[0].ID, money.Of(1100, "EUR")) })
		h.settle(t, s)
		wants(t, s, search.Query{Text: "mug", PriceTo: 1000}, "")
		wants(t, s, search.Query{Text: "mug", PriceFrom: 1100, PriceTo: 1100}, "mug")
		h.write(t, func(tx *db.Tx) error { return pricing.Remove(ctx, tx, "DE", p.Variants[0].ID) })
		h.settle(t, s)
		wants(t, s, search.Query{Text: "mug"}, "")
		wants(t, s, search.Query{Text: "mug", Market: "HU"}, "mug")

		h.write(t, func(tx *db.Tx) error {
			now, err := catalog.Find(ctx, tx, p.ID)
			now.Title = "Beaker"
			now.Tags, now.Categories = []string{"kitchen"}, []taxonomy.CategoryID{"kitchen"}
			if err == nil {
				_, err = catalog.Update(ctx, tx, now)
			}
			return err
		})
		h.settle(t, s)
		wants(t, s, search.Query{Text: "beaker", Market: "HU"}, "mug")
		wants(t, s, search.Query{Market: "HU", Category: "kitchen"}, "mug")
		if got := find(t, s, search.Query{Text: "becher", Market: "HU"}); got.Total != 0 {
			t.Errorf("%+v", got)
		}
		h.write(t, func(tx *db.Tx) error { return catalog.Move(ctx, tx, p.ID, catalog.StatusArchived) })
		h.settle(t, s)
		wants(t, s, search.Query{Market: "HU"}, "")
		wants(t, s, search.Query{Text: "beaker", Market: "HU"}, "")
		h.write(t, func(tx *db.Tx) error { return catalog.Move(ctx, tx, p.ID, catalog.StatusActive) })
		h.settle(t, s)
		wants(t, s, search.Query{Text: "beaker", Market: "HU"}, "mug")
	})
}

func TestAFacetIsCountedAsIfItsOwnChoiceWereNotMade(t *testing.T) {
	_, s := furnished(t, dbtest.SQLite(t, schemas))
	lamp := search.Query{Text: "lamp", Locale: "en"}
	want := func(q search.Query, total int, facets ...search.Facet) {
		t.Helper()
		got := find(t, s, q)
		if diff := cmp.Diff(facets, got.Facets); diff != "" || got.Total != total {
			t.Errorf("%+v: %d in all; %s", q, got.Total, diff)
		}
	}
	category := search.Facet{Name: "category", Values: []search.Value{{Value: "lamps", Count: 3}}}
	want(lamp, 3, category, search.Facet{Name: "colour", Values: []search.Value{{Value: "red", Count: 2}, {Value: "blue", Count: 1}, {Value: "white", Count: 1}}})
	lamp.Facets = map[string][]string{"colour": {"white"}}
	want(lamp, 1, search.Facet{Name: "category", Values: []search.Value{{Value: "lamps", Count: 1}}},
		search.Facet{Name: "colour", Values: []search.Value{{Value: "red", Count: 2}, {Value: "blue", Count: 1}, {Value: "white", Count: 1}}})
	lamp.Facets["colour"] = []string{"white", "blue"} // any of a facet
	want(lamp, 2, search.Facet{Name: "category", Values: []search.Value{{Value: "lamps", Count: 2}}},
		search.Facet{Name: "colour", Values: []search.Value{{Value: "red", Count: 2}, {Value: "blue", Count: 1}, {Value: "white", Count: 1}}})
	lamp.InStock = true // steh is sold out: others' choices and filters do count
	want(lamp, 2, search.Facet{Name: "category", Values: []search.Value{{Value: "lamps", Count: 2}}},
		search.Facet{Name: "colour", Values: []search.Value{{Value: "blue", Count: 1}, {Value: "red", Count: 1}, {Value: "white", Count: 1}}})
	lamp.Facets["material"] = []string{"gold"} // nobody has it
	want(lamp, 0)
	wants(t, s, search.Query{Category: "lamps", Facets: map[string][]string{"colour": {"blue"}}}, "decke")
	wants(t, s, search.Query{Category: "nowhere"}, "")
}

func TestPagesHoldEachProductOnceInEveryOrder(t *testing.T) {
	s := filled(t, 500)
	for _, sort := range []search.Sort{search.SortRelevance, search.SortNewest, search.SortPriceUp, search.SortPriceDown, search.SortTitle, ""} {
		for _, text := range []string{"", "lamp", "wooden"} {
			q := search.Query{Text: text, Market: "DE", Locale: "en", Sort: sort, Limit: 100}
			whole := find(t, s, q)
			seen := map[catalog.ProductID]bool{}
			var paged []catalog.ProductID
			for q.Limit = 7; ; {
				page := find(t, s, q)
				if page.Total != whole.Total {
					t.Fatalf("%s %q: total %d on one page, %d on another", sort, text, page.Total, whole.Total)
				}
				for _, id := range page.IDs {
					if seen[id] {
						t.Fatalf("%s %q: %s comes twice", sort, text, id)
					}
					seen[id] = true
				}
				paged = append(paged, page.IDs...)
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if len(paged) != whole.Total || !slices.Equal(paged[:len(whole.IDs)], whole.IDs) {
				t.Errorf("%s %q: %d in pages, %d in all", sort, text, len(paged), whole.Total)
			}
		}
	}
}

func TestAQueryThatIsNoneIsRefusedByName(t *testing.T) {
	s := filled(t, 10)
	for field, q := range map[string]search.Query{
		"q:":     {Text: strings.Repeat("x", 300)},
		"sort:":  {Sort: "best"},
		"after:": {After: "nonsense"},
		"facet:": {Facets: map[string][]string{"colour": make([]string, 200)}},
	} {
		if _, err := s.Search(ctx, q); !errors.Is(err, search.ErrInvalid) || !strings.Contains(fmt.Sprint(err), field) {
			t.Errorf("%s %v", field, err)
		}
	}
	next := find(t, s, search.Query{Limit: 2}).Next
	if _, err := s.Search(ctx, search.Query{Sort: search.SortTitle, After: next}); !errors.Is(err, search.ErrInvalid) {
		t.Errorf("a cursor of another order: %v", err)
	}
	if got := find(t, s, search.Query{Text: "lamp", Market: "XX"}); got.Total != 0 {
		t.Errorf("an unknown market sells %d", got.Total)
	}
}

// filled returns a search of generated products, its index in files.
func filled(t testing.TB, n int) *search.Search {
	t.Helper()
	folder := t.TempDir()
	began := time.Now()
	s, err := search.Fill(t.Context(), opener(folder), generate(n))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d products indexed in %v", n, time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
