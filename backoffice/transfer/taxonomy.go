package transfer

import (
	"context"
	"encoding/json"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/placement"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
)

// attributeFields are those of attributes, in the order of an export.
var attributeFields = []field[taxonomy.Attribute]{
	{column{name: "code", keep: true}, func(a *taxonomy.Attribute) any { return &a.Code }},
	{column{name: "type", keep: true}, func(a *taxonomy.Attribute) any { return &a.Type }},
	{column{name: "unit"}, func(a *taxonomy.Attribute) any { return &a.Unit }},
	{column{name: "facet", form: asTruth, keep: true}, func(a *taxonomy.Attribute) any { return &a.Facet }},
	{column{name: "private", form: asTruth, keep: true}, func(a *taxonomy.Attribute) any { return &a.Private }},
	{column{name: "everywhere", form: asTruth, keep: true}, func(a *taxonomy.Attribute) any { return &a.Everywhere }},
	{column{name: "several", form: asTruth, keep: true}, func(a *taxonomy.Attribute) any { return &a.Several }},
	{column{name: "titles", form: asJSON, keep: true}, func(a *taxonomy.Attribute) any { return &a.Titles }},
	{column{name: "options", form: asJSON, keep: true}, func(a *taxonomy.Attribute) any { return &a.Options }},
	{column{name: "position", form: asNumber, keep: true}, func(a *taxonomy.Attribute) any { return &a.Position }},
}

// categoryFields are those of categories; what a category stands under comes
// before it in a file.
var categoryFields = []field[taxonomy.Category]{
	{column{name: "id", keep: true}, func(c *taxonomy.Category) any { return &c.ID }},
	{column{name: "parent"}, func(c *taxonomy.Category) any { return &c.Parent }},
	{column{name: "slug", keep: true}, func(c *taxonomy.Category) any { return &c.Slug }},
	{column{name: "old_slugs", form: asList, keep: true}, func(c *taxonomy.Category) any { return oldSlugs(&c.OldSlugs) }},
	{column{name: "title", keep: true}, func(c *taxonomy.Category) any { return &c.Title }},
	{column{name: "description"}, func(c *taxonomy.Category) any { return &c.Description }},
	{column{name: "position", form: asNumber, keep: true}, func(c *taxonomy.Category) any { return &c.Position }},
	{column{name: "hidden", form: asTruth, keep: true}, func(c *taxonomy.Category) any { return &c.Hidden }},
	{column{name: "attributes", form: asList}, func(c *taxonomy.Category) any { return &c.Attributes }},
	{column{name: "rule"}, func(c *taxonomy.Category) any { return &c.Rule }},
	{column{name: "translations", form: asJSON}, categoryTextsOf},
}

func categoryTextsOf(c *taxonomy.Category) any {
	return &codec{func() any {
		all := map[string]translationRecord{}
		for l, t := range c.Translations {
			all[l] = translationRecord(t)
		}
		return all
	}, func(raw []byte) error {
		all := map[string]translationRecord{}
		err := strictly(raw, &all)
		c.Translations = map[string]taxonomy.Text{}
		for l, t := range all {
			c.Translations[l] = taxonomy.Text(t)
		}
		return err
	}}
}

func attributeText(a taxonomy.Attribute) json.RawMessage { return object(members(attributeFields, &a)) }

func categoryText(c taxonomy.Category) json.RawMessage { return object(members(categoryFields, &c)) }

// attributePage is all of them: there are at most 500.
func attributePage(ctx context.Context, tx *db.Tx, _ *Desk, _ string) (all []json.RawMessage, next string, err error) {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, "", err
	}
	for _, a := range t.Attributes() {
		all = append(all, attributeText(a))
	}
	return all, "", nil
}

// categoryPage is the tree from the top down: at most 5000.
func categoryPage(ctx context.Context, tx *db.Tx, _ *Desk, _ string) (all []json.RawMessage, next string, err error) {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, "", err
	}
	for c := range t.Below("") {
		all = append(all, categoryText(c))
	}
	return all, "", nil
}

// attribute applies an attribute of a file, known by its code.
func (e entry) attribute(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return same, err
	}
	subject := e.fields.text("code")
	base, found := t.Attribute(subject)
	a := base
	e.fields.into(places(attributeFields, &a), func(column, reason string) { r.say(LevelError, e.row, column, subject, reason) })
	if failed(r.rows) > 0 {
		return same, nil
	}
	switch {
	case !found:
		_, err = taxonomy.CreateAttribute(ctx, tx, a)
		return created, e.settled(r, err, "code", subject)
	case string(attributeText(base)) == string(attributeText(a)):
		return same, nil
	case a.Type != base.Type:
		r.say(LevelError, e.row, "type", subject, "an attribute's type never changes: give it another code, or the type it has")
		return same, nil
	}
	_, err = taxonomy.UpdateAttribute(ctx, tx, a)
	return changed, e.settled(r, err, "code", subject)
}

// category applies a category of a file, known by its id, else its slug.
func (e entry) category(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return same, err
	}
	subject := e.fields.text("slug")
	base, found := t.Find(taxonomy.CategoryID(e.fields.text("id")))
	if !found && e.fields.text("id") == "" {
		base, found = t.Lookup(subject)
	}
	c := base
	e.fields.into(places(categoryFields, &c), func(column, reason string) { r.say(LevelError, e.row, column, subject, reason) })
	if found {
		c.ID = base.ID
	}
	if above, ok := t.Lookup(string(c.Parent)); ok && c.Parent != "" { // files written by hand name it by its slug
		c.Parent = above.ID
	}
	c.Slug = orElse(c.Slug, catalog.Slug(c.Title))
	c.OldSlugs = slices.DeleteFunc(c.OldSlugs, func(s string) bool { return s == c.Slug })
	if err := placement.Check(ctx, tx, c.Rule); err != nil {
		if err = r.refused(err, e.row, "rule", subject); err != nil {
			return same, err
		}
	}
	if failed(r.rows) > 0 {
		return same, nil
	}
	switch {
	case !found:
		_, err = taxonomy.CreateCategory(ctx, tx, c)
		return created, e.settled(r, err, "slug", subject)
	case string(categoryText(base)) == string(categoryText(c)):
		return same, nil
	}
	_, err = taxonomy.UpdateCategory(ctx, tx, c)
	return changed, e.settled(r, err, "slug", subject)
}

// settled reports an error that the row can mend.
func (e entry) settled(r *reporter, err error, column, subject string) error {
	if err == nil {
		return nil
	}
	return r.refused(err, e.row, column, subject)
}
