package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/id"
)

// Create adds a product with its variants and publishes Created. Statuses,
// kinds and tax classes left empty are active, goods and standard. It returns
// ErrInvalid with every bad field named, ErrSlugTaken or ErrSKUTaken. It takes
// at most fourteen statements, however many variants and images there are.
func Create(ctx context.Context, tx *db.Tx, d Draft) (Product, error) {
	p := complete(d, tx.Now)
	if err := whole(ctx, tx, &p); err != nil {
		return Product{}, err
	}
	if err := insertProduct(ctx, tx, p); err != nil {
		return Product{}, fmt.Errorf("create product %s: %w", p.Slug, err)
	}
	if err := writeParts(ctx, tx, p); err != nil {
		return Product{}, fmt.Errorf("create product %s: %w", p.Slug, err)
	}
	if err := changed(ctx, tx, p.ID); err != nil {
		return Product{}, err
	}
	return p, event.Publish(ctx, tx, Created{p.ID})
}

// complete fills in what a draft may leave out.
func complete(d Draft, now time.Time) Product {
	p := Product(d)
	if p.ID == "" {
		p.ID = id.New[ProductID]("prd", now)
	}
	if p.Status == "" {
		p.Status = StatusActive
	}
	if p.TaxClass == "" {
		p.TaxClass = TaxStandard
	}
	if p.Kind == "" {
		p.Kind = KindGoods
	}
	p.Variants = numbered(p.ID, p.Variants, now)
	p.CreatedAt, p.UpdatedAt, p.Version = now, now, 1
	return p
}

// whole checks a product against itself, the taxonomy and its parts, and brings
// it into the form it is kept in.
func whole(ctx context.Context, tx *db.Tx, p *Product) error {
	p.Options = withOptions(p.Options, p.Variants)
	found := problems(Check(Draft(*p)))
	if len(p.Categories) > 0 || len(p.Attributes) > 0 {
		t, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return err
		}
		found.taxonomy(t, p)
	}
	if err := invalid(found); err != nil {
		return err
	}
	return checkParts(ctx, tx, p.Variants)
}

// numbered returns the variants with ids, owner and positions set.
func numbered(owner ProductID, variants []Variant, now time.Time) []Variant {
	variants = slices.Clone(variants)
	for i := range variants {
		if variants[i].ID == "" {
			variants[i].ID = id.New[VariantID]("var", now)
		}
		variants[i].Product, variants[i].Position = owner, i
		variants[i].Size = variants[i].Size.sorted()
	}
	return variants
}

// Update writes a product that was read with Find and then changed: all of it,
// but not its status, which Move
// changes. Variants without an ID are added, those left out are retired. It
// returns ErrVersion if someone else changed the product since it was read,
// and otherwise what Create returns.
func Update(ctx context.Context, tx *db.Tx, p Product) (Product, error) {
	p.Variants = numbered(p.ID, p.Variants, tx.Now)
	if err := whole(ctx, tx, &p); err != nil {
		return Product{}, err
	}
	n, err := updateProduct(ctx, tx, p)
	if err == nil && n == 0 {
		_, err = selectStatus(ctx, tx, p.ID)
		if err == nil {
			err = ErrVersion
		}
	}
	if err != nil {
		return Product{}, fmt.Errorf("update product %s: %w", p.ID, notFound(err))
	}
	if err := deleteParts(ctx, tx, p); err != nil {
		return Product{}, fmt.Errorf("update product %s: %w", p.ID, err)
	}
	if err := writeParts(ctx, tx, p); err != nil {
		return Product{}, fmt.Errorf("update product %s: %w", p.ID, err)
	}
	p.UpdatedAt, p.Version = tx.Now, p.Version+1
	if err := changed(ctx, tx, p.ID); err != nil {
		return Product{}, err
	}
	return p, event.Publish(ctx, tx, Updated{p.ID})
}

// writeParts writes all that a product's row does not hold, one statement per
// kind of part.
func writeParts(ctx context.Context, tx *db.Tx, p Product) error {
	if err := claimSlugs(ctx, tx, p); err != nil {
		return err
	}
	if err := writeVariants(ctx, tx, p); err != nil {
		return err
	}
	if err := insertImages(ctx, tx, p); err != nil {
		return fmt.Errorf("write images: %w", err)
	}
	if err := insertTags(ctx, tx, p); err != nil {
		return fmt.Errorf("write tags: %w", err)
	}
	if err := insertPlaces(ctx, tx, p); err != nil {
		return fmt.Errorf("write categories, publications and parts: %w", err)
	}
	if err := speak(ctx, tx, said(p)); err != nil {
		return err
	}
	if err := insertTranslations(ctx, tx, p); err != nil {
		return fmt.Errorf("write translations: %w", err)
	}
	if err := insertWords(ctx, tx, p.ID, words(p)); err != nil {
		return fmt.Errorf("write words: %w", err)
	}
	return nil
}

// claimSlugs makes the slugs of all locales, and those of old, the product's own.
func claimSlugs(ctx context.Context, tx *db.Tx, p Product) error {
	slugs := append(p.slugs(), p.OldSlugs...)
	slices.Sort(slugs) // one order for all writers: no deadlock
	slugs = slices.Compact(slugs)
	n, err := upsertSlugs(ctx, tx, p.ID, slugs)
	if err == nil && n < int64(len(slugs)) {
		err = ErrSlugTaken
		if len(slugs) == 1 {
			err = ErrSlugTaken.With(fmt.Sprintf("the slug %q belongs to another product: choose another", slugs[0]))
		}
	}
	return err
}

func writeVariants(ctx context.Context, tx *db.Tx, p Product) error {
	n, err := upsertVariants(ctx, tx, p.Variants)
	switch {
	case errors.Is(err, db.ErrUnique) && len(p.Variants) == 1:
		return ErrSKUTaken.With(fmt.Sprintf("the SKU %q belongs to another variant: choose another", p.Variants[0].SKU))
	case errors.Is(err, db.ErrUnique):
		return ErrSKUTaken
	case err == nil && n < int64(len(p.Variants)):
		return ErrVariantNotFound.With("variants: one of the ids is not a variant of this product: leave the id empty to add a variant")
	}
	return err
}

// Move changes a product's status and publishes Archived or Updated. Moving to
// the status it has changes nothing. It returns ErrNotFound or ErrMove.
func Move(ctx context.Context, tx *db.Tx, product ProductID, to Status) error {
	from, err := selectStatus(ctx, tx, product)
	if err != nil {
		return fmt.Errorf("move product %s: %w", product, notFound(err))
	}
	if from == to {
		return nil
	}
	if !slices.Contains(next[from], to) {
		return ErrMove.With(fmt.Sprintf("a product that is %s cannot become %q", from, to))
	}
	n, err := updateStatus(ctx, tx, product, from, to)
	if err == nil && n == 0 {
		err = ErrVersion
	}
	if err != nil {
		return fmt.Errorf("move product %s: %w", product, err)
	}
	if err := changed(ctx, tx, product); err != nil {
		return err
	}
	if to == StatusArchived {
		return event.Publish(ctx, tx, Archived{product})
	}
	return event.Publish(ctx, tx, Updated{product})
}

// Uncategorize takes every product out of a category, for whoever is about to
// delete it, and publishes Updated for each: up to 1,000 a call. more tells
// that there are others.
func Uncategorize(ctx context.Context, tx *db.Tx, id taxonomy.CategoryID) (more bool, err error) {
	ids, err := selectPageIDs(ctx, tx, Filter{Categories: []taxonomy.CategoryID{id}}, maxUncategorized+1)
	if err != nil {
		return false, fmt.Errorf("products of category %s: %w", id, err)
	}
	more = len(ids) > maxUncategorized
	for _, product := range ids[:min(len(ids), maxUncategorized)] {
		p, err := Find(ctx, tx, product)
		if err != nil {
			return false, err
		}
		p.Categories = slices.DeleteFunc(p.Categories, func(c taxonomy.CategoryID) bool { return c == id })
		if _, err := Update(ctx, tx, p); err != nil {
			return false, err
		}
	}
	return more, nil
}

// Categorize puts a product into some categories and takes it out of others, and
// publishes Updated. The product's version stays, so that nobody who is editing it
// is disturbed. It reports whether that changed anything, and may be repeated. It
// returns ErrNotFound or ErrVersion.
func Categorize(ctx context.Context, tx *db.Tx, product ProductID, in, out []taxonomy.CategoryID) (bool, error) {
	p, err := Find(ctx, tx, product)
	if err != nil {
		return false, err
	}
	want := slices.DeleteFunc(slices.Clone(p.Categories), func(c taxonomy.CategoryID) bool { return slices.Contains(out, c) })
	for _, c := range in {
		if !slices.Contains(want, c) {
			want = append(want, c)
		}
	}
	if slices.Equal(want, p.Categories) {
		return false, nil
	}
	p.Categories = want
	n, err := updateCategories(ctx, tx, p)
	if err == nil && n == 0 {
		err = ErrVersion
	}
	if err != nil {
		return false, fmt.Errorf("place product %s: %w", product, err)
	}
	if err := changed(ctx, tx, p.ID); err != nil {
		return false, err
	}
	return true, event.Publish(ctx, tx, Updated{p.ID})
}

const maxUncategorized = 1000

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}
