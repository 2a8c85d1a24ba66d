package taxonomy_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/remember"

	"pgregory.net/rapid"
)

var schemas = []fs.FS{event.Schema, remember.Schema, taxonomy.Schema}

var ctx = context.Background()

func try(d *db.DB, fn func(tx *db.Tx) error) error { return d.Write(ctx, fn) }

func create(t testing.TB, d *db.DB, c taxonomy.Category) taxonomy.Category {
	t.Helper()
	if c.Title == "" {
		c.Title = c.Slug
	}
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		c, err = taxonomy.CreateCategory(ctx, tx, c)
		return err
	})
	return c
}

func tree(t testing.TB, d *db.DB) (all *taxonomy.Tree) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = taxonomy.Load(ctx, tx)
		return err
	})
	return all
}

func TestWhatACategoryMayBe(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    taxonomy.Category
		want error
	}{
		{"a place at the top", taxonomy.Category{Slug: "bags", Title: "Bags"}, nil},
		{"a place below another", taxonomy.Category{Slug: "mugs", Title: "Mugs", Parent: "cat_cups"}, nil},
		{"without a title", taxonomy.Category{Slug: "bags"}, taxonomy.ErrInvalid},
		{"with a slug that is none", taxonomy.Category{Slug: "Bags!", Title: "Bags"}, taxonomy.ErrInvalid},
		{"with another's slug", taxonomy.Category{Slug: "cups", Title: "Bags"}, taxonomy.ErrSlugTaken},
		{"with another's slug in another language", taxonomy.Category{Slug: "tassen", Title: "Bags"}, taxonomy.ErrSlugTaken},
		{"under one that is not there", taxonomy.Category{Slug: "bags", Title: "Bags", Parent: "cat_nowhere"}, taxonomy.ErrNotFound},
		{"with an attribute that is not there", taxonomy.Category{Slug: "bags", Title: "Bags", Attributes: []string{"glaze"}}, taxonomy.ErrAttribute},
		{"in a language that is none", taxonomy.Category{Slug: "bags", Title: "Bags", Translations: map[string]taxonomy.Text{"xx-!": {}}}, taxonomy.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				create(t, d, taxonomy.Category{ID: "cat_cups", Slug: "cups", Translations: map[string]taxonomy.Text{"de": {Slug: "tassen", Title: "Tassen"}}})
				err := try(d, func(tx *db.Tx) error {
					_, err := taxonomy.CreateCategory(ctx, tx, tt.c)
					return err
				})
				want := 1
				if tt.want == nil {
					want = 2
				}
				if !errors.Is(err, tt.want) || tree(t, d).Len() != want {
					t.Errorf("%v with %d categories, want %v with %d", err, tree(t, d).Len(), tt.want, want)
				}
			})
		})
	}
}

func TestAnOldSlugLeadsOnAndIsGivenBackWithItsCategory(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		c := create(t, d, taxonomy.Category{Slug: "cups"})
		c.Slug = "mugs"
		for _, want := range []error{nil, taxonomy.ErrVersion} { // the second has the version of before
			err := try(d, func(tx *db.Tx) error {
				_, err := taxonomy.UpdateCategory(ctx, tx, c)
				return err
			})
			if !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		for _, slug := range []string{"cups", "mugs", string(c.ID)} {
			if got, ok := tree(t, d).Lookup(slug); !ok || got.Slug != "mugs" {
				t.Errorf("%s leads to %+v", slug, got)
			}
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return taxonomy.DeleteCategory(ctx, tx, c.ID) })
		if _, ok := tree(t, d).Lookup("cups"); ok {
			t.Error("the slug of a deleted category still leads to it")
		}
		create(t, d, taxonomy.Category{Slug: "cups"})
	})
}

// However categories are moved, one after the other, the tree has no circle,
// none is lost, each stands at most eight deep, and what was refused changed
// nothing.
func TestATreeHasNoCircle(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(r *rapid.T) {
			prefix := fmt.Sprint("c", rapid.Uint64().Draw(r, "prefix"))
			var ids []taxonomy.CategoryID
			for i := range 7 {
				ids = append(ids, create(t, d, taxonomy.Category{Slug: fmt.Sprint(prefix, "-", i)}).ID)
			}
			for range rapid.IntRange(1, 12).Draw(r, "moves") {
				what, to := rapid.SampledFrom(ids).Draw(r, "what"), rapid.SampledFrom(append(ids, "")).Draw(r, "to")
				before := tree(t, d)
				c, _ := before.Find(what)
				c.Parent = to
				err := try(d, func(tx *db.Tx) error {
					_, err := taxonomy.UpdateCategory(ctx, tx, c)
					return err
				})
				circle := to != "" && slices.Contains(before.Path(to), what)
				if circle != errors.Is(err, taxonomy.ErrCircle) || err != nil && !circle && !errors.Is(err, taxonomy.ErrDepth) {
					r.Fatalf("%s under %s: %v", what, to, err)
				}
				after := tree(t, d)
				seen := 0
				for c, depth := range after.Below("") {
					if depth >= taxonomy.MaxDepth || len(after.Path(c.ID)) != depth+1 {
						r.Fatalf("%s stands %d deep", c.ID, depth)
					}
					seen++
				}
				if seen != after.Len() {
					r.Fatalf("%d of %d categories can be reached", seen, after.Len())
				}
				if was, _ := before.Find(what); err != nil && len(after.Path(what)) != len(before.Path(what)) {
					r.Fatalf("a refused move took %s from %s", what, was.Parent)
				}
			}
			for i := len(ids) - 1; i >= 0; i-- { // the next round begins with an empty tree
				dbtest.Write(t, d, func(tx *db.Tx) error {
					all, err := taxonomy.Load(ctx, tx)
					if err != nil {
						return err
					}
					c, _ := all.Find(ids[i])
					c.Parent = ""
					_, err = taxonomy.UpdateCategory(ctx, tx, c)
					return err
				})
			}
			for _, id := range ids {
				dbtest.Write(t, d, func(tx *db.Tx) error { return taxonomy.DeleteCategory(ctx, tx, id) })
			}
		})
	})
}

// Two moves that are right each by itself could make a circle together.
func TestMovesAtTheSameTimeMakeNoCircle(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		a, b := create(t, d, taxonomy.Category{Slug: "a"}), create(t, d, taxonomy.Category{Slug: "b"})
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, move := range []taxonomy.Category{{ID: a.ID, Slug: "a", Title: "a", Parent: b.ID, Version: 1}, {ID: b.ID, Slug: "b", Title: "b", Parent: a.ID, Version: 1}} {
			wg.Go(func() {
				errs[i] = try(d, func(tx *db.Tx) error {
					_, err := taxonomy.UpdateCategory(ctx, tx, move)
					return err
				})
			})
		}
		wg.Wait()
		if errs[0] == nil == (errs[1] == nil) || !errors.Is(errors.Join(errs...), taxonomy.ErrCircle) {
			t.Errorf("%v and %v, want one of them refused as a circle", errs[0], errs[1])
		}
		n := 0
		for range tree(t, d).Below("") {
			n++
		}
		if n != 2 {
			t.Errorf("%d of 2 categories can be reached", n)
		}
	})
}

func TestAValueIsBroughtIntoOneForm(t *testing.T) {
	option := taxonomy.Attribute{Type: taxonomy.TypeOption, Options: []taxonomy.Option{{Code: "red"}, {Code: "blue"}}}
	for _, tt := range []struct {
		a          taxonomy.Attribute
		text, want string // "" is refused
	}{
		{taxonomy.Attribute{Type: taxonomy.TypeText}, "  hand made ", "hand made"},
		{taxonomy.Attribute{Type: taxonomy.TypeText}, "  ", ""},
		{taxonomy.Attribute{Type: taxonomy.TypeText}, "a\x00b", ""},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "12,50", "12.5"},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "007", "7"},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "-0.0", "0"},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "-3.10", "-3.1"},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "1.2345678", ""},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "1e5", ""},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "1.", ""},
		{taxonomy.Attribute{Type: taxonomy.TypeNumber}, "1234567890123", ""},
		{taxonomy.Attribute{Type: taxonomy.TypeBool}, "true", "true"},
		{taxonomy.Attribute{Type: taxonomy.TypeBool}, "yes", ""},
		{taxonomy.Attribute{Type: taxonomy.TypeDate}, "2030-02-28", "2030-02-28"},
		{taxonomy.Attribute{Type: taxonomy.TypeDate}, "2030-02-30", ""},
		{option, "red", "red"},
		{option, "Red", ""},
	} {
		got, problem := tt.a.Parse(tt.text)
		if got != tt.want || (problem == "") != (tt.want != "") {
			t.Errorf("%s %q: %q, %q; want %q", tt.a.Type, tt.text, got, problem, tt.want)
		}
		if again, _ := tt.a.Parse(got); got != "" && again != got {
			t.Errorf("%q is kept as %q, and that as %q", tt.text, got, again)
		}
	}
}

func TestAttributesAreInheritedDownTheTree(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for _, a := range []taxonomy.Attribute{
				{Code: "material", Type: taxonomy.TypeOption, Facet: true, Options: []taxonomy.Option{{Code: "clay", Titles: map[string]string{"": "Clay", "de": "Ton"}}}},
				{Code: "capacity", Type: taxonomy.TypeNumber, Unit: "ml", Facet: true}, {Code: "supplier", Type: taxonomy.TypeText, Private: true, Everywhere: true},
			} {
				a.Titles = map[string]string{"": a.Code}
				if _, err := taxonomy.CreateAttribute(ctx, tx, a); err != nil {
					return err
				}
			}
			return nil
		})
		above := create(t, d, taxonomy.Category{Slug: "home", Attributes: []string{"material"}})
		below := create(t, d, taxonomy.Category{Slug: "cups", Parent: above.ID, Attributes: []string{"capacity", "material"}})
		var codes []string
		all := tree(t, d)
		for _, a := range all.Of(below.ID) {
			codes = append(codes, a.Code)
		}
		if !slices.Equal(codes, []string{"material", "capacity", "supplier"}) {
			t.Errorf("cups have %v", codes)
		}
		material, _ := all.Attribute("material")
		if got := material.Show("clay", "de-AT"); got != "Ton" {
			t.Errorf("clay in Austria is %q", got)
		}
		err := try(d, func(tx *db.Tx) error {
			material.Options = []taxonomy.Option{{Code: "wood", Titles: map[string]string{"": "Wood"}}}
			_, err := taxonomy.UpdateAttribute(ctx, tx, material)
			return err
		})
		if !errors.Is(err, taxonomy.ErrInvalid) {
			t.Errorf("an option that goods may have was taken away: %v", err)
		}
		err = try(d, func(tx *db.Tx) error { return taxonomy.DeleteAttribute(ctx, tx, "material") })
		if !errors.Is(err, taxonomy.ErrUsed) {
			t.Errorf("an attribute that categories name was deleted: %v", err)
		}
	})
}
