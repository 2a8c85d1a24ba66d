package catalog_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// pictured is a shop with pictures: cup.png and new.png are shown by a mug,
// jug.png by nobody.
type pictured struct {
	*testing.T
	d   *db.DB
	jug catalog.Image
	mug catalog.Product
}

func withPictures(t *testing.T, d *db.DB) pictured {
	t.Helper()
	shared := catalog.ImageSize{Blob: "small.png", Width: 160}
	cup := catalog.Image{Blob: "cup.png", Width: 800, Height: 600, Sizes: []catalog.ImageSize{shared}}
	p := pictured{T: t, d: d, jug: catalog.Image{Blob: "jug.png", Width: 800, Height: 600, Sizes: []catalog.ImageSize{shared, {Blob: "jug-480.png", Width: 480}}}}
	p.do(func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(catalog.KeepPicture(ctx, tx, cup, "Küche_100%.PNG", 1234), catalog.KeepPicture(ctx, tx, p.jug, "jug.png", 0))
	})
	p.do(func(ctx context.Context, tx *db.Tx) (err error) {
		p.mug, err = catalog.Create(ctx, tx, catalog.Draft{Slug: "mug", Title: "Mug", Variants: []catalog.Variant{{SKU: "MUG"}},
			Images: []catalog.Image{cup, {Blob: "new.png", Alt: "A mug on a table", Width: 10, Height: 10}, cup}})
		return err
	})
	return p
}

func (p pictured) try(fn func(ctx context.Context, tx *db.Tx) error) error {
	return p.d.Write(p.Context(), func(tx *db.Tx) error { return fn(p.Context(), tx) })
}

func (p pictured) do(fn func(ctx context.Context, tx *db.Tx) error) {
	p.Helper()
	if err := p.try(fn); err != nil {
		p.Fatal(err)
	}
}

func (p pictured) names(f catalog.PictureFilter) (blobs []string) {
	p.Helper()
	dbtest.Read(p, p.d, func(tx *db.Tx) error {
		all, err := catalog.Pictures(p.Context(), tx, f)
		blobs = nil
		for _, one := range all {
			blobs = append(blobs, one.Blob)
		}
		return err
	})
	return blobs
}

func TestPicturesAreFoundByTheirFileTheirWordsAndTheirUse(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := withPictures(t, d)
		for _, c := range []struct {
			what string
			f    catalog.PictureFilter
			want []string
		}{
			{"all, the newest first", catalog.PictureFilter{}, []string{"new.png", "jug.png", "cup.png"}},
			{"shown", catalog.PictureFilter{Usage: catalog.UsageUsed}, []string{"new.png", "cup.png"}},
			{"not shown", catalog.PictureFilter{Usage: catalog.UsageNone}, []string{"jug.png"}},
			{"by the file's name, without its accent", catalog.PictureFilter{Query: "kuche"}, []string{"cup.png"}},
			{"by what is seen", catalog.PictureFilter{Query: "TABLE"}, []string{"new.png"}},
			{"by signs that mean something to the database", catalog.PictureFilter{Query: "c%p"}, nil},
			{"a page of one", catalog.PictureFilter{Limit: 1}, []string{"new.png"}},
		} {
			if got := p.names(c.f); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.what, got, c.want)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			found, err := catalog.FindPicture(t.Context(), tx, "cup.png")
			if found.Uses != 1 || found.Bytes != 1234 || found.File != "Küche_100%.PNG" || len(found.Sizes) != 1 {
				t.Errorf("%+v", found)
			}
			shown, err2 := catalog.ShownBy(t.Context(), tx, "cup.png")
			if len(shown) != 1 || shown[0].Title != "Mug" {
				t.Errorf("shown by %+v", shown)
			}
			return errors.Join(err, err2)
		})

		p.do(func(ctx context.Context, tx *db.Tx) error {
			return catalog.DescribePicture(ctx, tx, "new.png", "A cup", map[string]string{"de": "Ein Becher"})
		})
		if got := p.names(catalog.PictureFilter{Query: "becher"}); !slices.Equal(got, []string{"new.png"}) {
			t.Errorf("found by its new words: %v", got)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			same, err := catalog.Find(t.Context(), tx, p.mug.ID)
			if same.Images[1].Alt != "A mug on a table" {
				t.Errorf("a product's own words became %q", same.Images[1].Alt)
			}
			return err
		})
	})
}

func TestAPictureIsDeletedOnlyWhenNobodyShowsItAndItsFilesADayLater(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := withPictures(t, d)
		remove := func(blob string) error {
			return p.try(func(ctx context.Context, tx *db.Tx) error { return catalog.RemovePicture(ctx, tx, blob) })
		}
		if err := remove("cup.png"); !errors.Is(err, catalog.ErrPictureUsed) {
			t.Errorf("deleting what is shown: %v", err)
		}
		if err := remove("nobody.png"); !errors.Is(err, catalog.ErrPicture) {
			t.Errorf("deleting nothing: %v", err)
		}
		if err := remove("jug.png"); err != nil {
			t.Fatal(err)
		}
		discard := func(held ...string) (files []string) {
			t.Helper()
			p.do(func(ctx context.Context, tx *db.Tx) error {
				deleted, err := catalog.Deleted(ctx, tx)
				if err == nil {
					files, err = catalog.Discard(ctx, tx, deleted, held)
				}
				return err
			})
			return files
		}
		if files := discard(); files != nil || slices.Contains(p.names(catalog.PictureFilter{}), "jug.png") {
			t.Errorf("deleted just now: %v are thrown away", files)
		}
		p.do(func(ctx context.Context, tx *db.Tx) error { return catalog.KeepPicture(ctx, tx, p.jug, "", 0) })
		dbtest.Clock(d).Advance(25 * time.Hour)
		if files := discard(); files != nil || !slices.Contains(p.names(catalog.PictureFilter{}), "jug.png") {
			t.Errorf("sent again: %v are thrown away", files)
		}
		if err := remove("jug.png"); err != nil {
			t.Fatal(err)
		}
		dbtest.Clock(d).Advance(25 * time.Hour)
		if files := discard("jug.png"); files != nil || discard() != nil {
			t.Errorf("sold with: %v are thrown away", files)
		}
		dbtest.Clock(d).Advance(25 * time.Hour)
		if files := discard(); !slices.Equal(files, []string{"jug.png", "jug-480.png"}) {
			t.Errorf("thrown away %v, want what no other picture has", files)
		}
	})
}
