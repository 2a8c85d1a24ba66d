package taxonomy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/id"
	"korzo/platform/live"
	"korzo/platform/remember"
)

// Topic is what live.Watch is asked for to be told after a commit that the tree
// is another.
const Topic = "taxonomy"

// begin has writers wait for each other and returns the tree as it is now: two
// moves that are right each by itself could make a circle together.
func begin(ctx context.Context, tx *db.Tx) (*Tree, error) {
	if err := remember.Touch(ctx, tx, memory); err != nil {
		return nil, err
	}
	return Load(ctx, tx)
}

func end(ctx context.Context, tx *db.Tx, c Changed) error {
	live.Changed(tx, Topic)
	return event.Publish(ctx, tx, c)
}

// CreateCategory adds a category and publishes Changed. An ID is given only by
// who must have the same ids again. It returns ErrInvalid, ErrNotFound for a
// parent that is not there, ErrAttribute, ErrDepth, ErrSlugTaken or ErrMany.
func CreateCategory(ctx context.Context, tx *db.Tx, c Category) (Category, error) {
	if c.ID == "" {
		c.ID = id.New[CategoryID]("cat", tx.Now)
	}
	c.Version, c.UpdatedAt = 1, tx.Now
	t, err := begin(ctx, tx)
	if err == nil && t.Len() >= MaxCategories {
		err = ErrMany
	}
	if err == nil {
		err = t.fits(c)
	}
	if err == nil {
		err = insertCategory(ctx, tx, c)
	}
	if err == nil {
		err = writeTexts(ctx, tx, c)
	}
	if err != nil {
		return Category{}, fmt.Errorf("create category %s: %w", c.Slug, err)
	}
	return c, end(ctx, tx, Changed{Category: c.ID})
}

// UpdateCategory writes a category that was read and then changed, its place
// in the tree too, and publishes Changed. It returns ErrVersion if someone else
// changed it since it was read, ErrCircle, or what CreateCategory returns.
func UpdateCategory(ctx context.Context, tx *db.Tx, c Category) (Category, error) {
	t, err := begin(ctx, tx)
	if err != nil {
		return Category{}, err
	}
	was, ok := t.Find(c.ID)
	switch {
	case !ok:
		err = ErrNotFound
	case was.Version != c.Version:
		err = ErrVersion
	default:
		err = t.fits(c)
	}
	if err == nil {
		c.Version, c.UpdatedAt = c.Version+1, tx.Now
		err = updateCategory(ctx, tx, c)
	}
	if err == nil {
		err = deleteTexts(ctx, tx, c.ID)
	}
	if err == nil {
		err = writeTexts(ctx, tx, c)
	}
	if err != nil {
		return Category{}, fmt.Errorf("update category %s: %w", c.ID, err)
	}
	return c, end(ctx, tx, Changed{Category: c.ID})
}

// DeleteCategory takes a category away, with its slugs, and publishes Changed.
// Whoever calls it takes the products out first: catalog.Uncategorize. It
// returns ErrNotFound, or ErrParent while others stand under it.
func DeleteCategory(ctx context.Context, tx *db.Tx, id CategoryID) error {
	t, err := begin(ctx, tx)
	if err != nil {
		return err
	}
	if _, ok := t.Find(id); !ok {
		return ErrNotFound
	}
	if len(t.Children(id)) > 0 {
		return ErrParent
	}
	if err := deleteCategory(ctx, tx, id); err != nil {
		return fmt.Errorf("delete category %s: %w", id, err)
	}
	return end(ctx, tx, Changed{Category: id})
}

// fits reports what keeps a category from its place in the tree.
func (t *Tree) fits(c Category) error {
	if err := problems(CheckCategory(c)).err(); err != nil {
		return err
	}
	for _, code := range c.Attributes {
		if _, ok := t.attributes[code]; !ok {
			return ErrAttribute.With(fmt.Sprintf("there is no attribute %q: create it first", code))
		}
	}
	if c.Parent == "" {
		return nil
	}
	above := t.Path(c.Parent)
	switch {
	case above == nil:
		return ErrNotFound.With("parent: there is no such category: use the id of one that exists")
	case slices.Contains(above, c.ID) || c.Parent == c.ID:
		return ErrCircle
	case len(above)+t.height(c.ID) > MaxDepth:
		return ErrDepth
	}
	return nil
}

// height is how many levels a category and what stands below it take: 1 for
// one that is new.
func (t *Tree) height(id CategoryID) int {
	most := 1
	base := len(t.Path(id)) - 1
	for _, depth := range t.Below(id) {
		most = max(most, depth-base+1)
	}
	return most
}

// writeTexts claims the slugs of a category and writes its translations.
func writeTexts(ctx context.Context, tx *db.Tx, c Category) error {
	slugs := append(c.slugs(), c.OldSlugs...)
	slices.Sort(slugs)
	slugs = slices.Compact(slugs)
	n, err := upsertSlugs(ctx, tx, c.ID, slugs)
	if err == nil && n < int64(len(slugs)) {
		err = ErrSlugTaken
	}
	if err != nil {
		return err
	}
	return insertTexts(ctx, tx, c)
}

// CreateAttribute adds an attribute and publishes Changed. It returns
// ErrInvalid, ErrCodeTaken or ErrMany.
func CreateAttribute(ctx context.Context, tx *db.Tx, a Attribute) (Attribute, error) {
	a.Version = 1
	if err := problems(CheckAttribute(a)).err(); err != nil {
		return Attribute{}, err
	}
	t, err := begin(ctx, tx)
	if err == nil && len(t.ordered) >= MaxAttributes {
		err = ErrMany
	}
	if err == nil {
		if err = insertAttribute(ctx, tx, a); errors.Is(err, db.ErrUnique) {
			err = ErrCodeTaken
		}
	}
	if err != nil {
		return Attribute{}, fmt.Errorf("create attribute %s: %w", a.Code, err)
	}
	return a, end(ctx, tx, Changed{Attribute: a.Code})
}

// UpdateAttribute writes an attribute that was read and then changed, and
// publishes Changed. Its type stays, and so do the options it has: products
// have their values. It returns ErrAttribute, ErrVersion or ErrInvalid.
func UpdateAttribute(ctx context.Context, tx *db.Tx, a Attribute) (Attribute, error) {
	t, err := begin(ctx, tx)
	if err != nil {
		return Attribute{}, err
	}
	was, ok := t.attributes[a.Code]
	switch {
	case !ok:
		return Attribute{}, ErrAttribute
	case was.Version != a.Version:
		return Attribute{}, ErrVersion
	}
	p := problems(CheckAttribute(a))
	p.unless(a.Type == was.Type, "type", "cannot change, for goods have values of it: create another attribute")
	for _, o := range was.Options {
		_, there := a.Option(o.Code)
		p.unless(there, "options", fmt.Sprintf("%q may be a product's: it can be renamed, not removed", o.Code))
	}
	if err := p.err(); err != nil {
		return Attribute{}, err
	}
	a.Version++
	if err := updateAttribute(ctx, tx, a); err != nil {
		return Attribute{}, fmt.Errorf("update attribute %s: %w", a.Code, err)
	}
	return a, end(ctx, tx, Changed{Attribute: a.Code})
}

// DeleteAttribute takes an attribute away and publishes Changed. Values that
// products have of it are no longer shown, and go when the product is next
// saved. It returns ErrAttribute, or ErrUsed while a category names it.
func DeleteAttribute(ctx context.Context, tx *db.Tx, code string) error {
	t, err := begin(ctx, tx)
	if err != nil {
		return err
	}
	if _, ok := t.attributes[code]; !ok {
		return ErrAttribute
	}
	for c := range t.Below("") {
		if slices.Contains(c.Attributes, code) {
			return ErrUsed.With(fmt.Sprintf("the category %q names this attribute: take it out of it first", c.Title))
		}
	}
	if err := deleteAttribute(ctx, tx, code); err != nil {
		return fmt.Errorf("delete attribute %s: %w", code, err)
	}
	return end(ctx, tx, Changed{Attribute: code})
}
