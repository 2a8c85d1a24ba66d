package taxonomy

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

func selectCategories(ctx context.Context, tx *db.Tx) ([]Category, error) {
	return db.All(ctx, tx, func(row db.Row) (c Category, err error) {
		var attributes string
		var updated int64
		if err := row.Scan(&c.ID, &c.Parent, &c.Slug, &c.Title, &c.Description, &c.Position, &c.Hidden, &attributes, &c.Rule, &c.Version, &updated); err != nil {
			return c, err
		}
		c.UpdatedAt = db.Time(updated)
		return c, json.Unmarshal([]byte(attributes), &c.Attributes)
	}, `
		SELECT id, COALESCE(parent, ''), slug, title, description, position, hidden, attributes, rule, version, updated_at
		FROM taxonomy_categories ORDER BY position, title, id LIMIT $1`, MaxCategories)
}

func selectTexts(ctx context.Context, tx *db.Tx) (map[CategoryID]map[string]Text, error) {
	all := map[CategoryID]map[string]Text{}
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var id CategoryID
		var locale string
		var t Text
		err = row.Scan(&id, &locale, &t.Slug, &t.Title, &t.Description)
		if all[id] == nil {
			all[id] = map[string]Text{}
		}
		all[id][locale] = t
		return none, err
	}, `SELECT category, locale, slug, title, description FROM taxonomy_translations`)
	return all, err
}

func selectSlugs(ctx context.Context, tx *db.Tx) (map[string]CategoryID, error) {
	all := map[string]CategoryID{}
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var slug string
		var id CategoryID
		err = row.Scan(&slug, &id)
		all[slug] = id
		return none, err
	}, `SELECT slug, category FROM taxonomy_slugs`)
	return all, err
}

func selectAttributes(ctx context.Context, tx *db.Tx) ([]Attribute, error) {
	return db.All(ctx, tx, func(row db.Row) (a Attribute, err error) {
		var titles, options string
		if err := row.Scan(&a.Code, &a.Type, &a.Unit, &a.Facet, &a.Private, &a.Everywhere, &a.Several, &titles, &options, &a.Position, &a.Version); err != nil {
			return a, err
		}
		if err := json.Unmarshal([]byte(titles), &a.Titles); err != nil {
			return a, err
		}
		return a, json.Unmarshal([]byte(options), &a.Options)
	}, `
		SELECT code, type, unit, facet, private, everywhere, several, titles, options, position, version
		FROM taxonomy_attributes ORDER BY position, code LIMIT $1`, MaxAttributes)
}

func insertCategory(ctx context.Context, tx *db.Tx, c Category) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO taxonomy_categories (id, parent, slug, title, description, position, hidden, attributes, version, updated_at, rule)
		VALUES ($1, NULLIF($2, ''), $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, c.Parent, c.Slug, c.Title, c.Description, c.Position, c.Hidden, encode(c.Attributes), c.Version, db.Micros(c.UpdatedAt), c.Rule)
	return err
}

func updateCategory(ctx context.Context, tx *db.Tx, c Category) error {
	_, err := tx.Exec(ctx, `
		UPDATE taxonomy_categories SET parent = NULLIF($2, ''), slug = $3, title = $4, description = $5, position = $6,
			hidden = $7, attributes = $8, version = $9, updated_at = $10, rule = $11
		WHERE id = $1`,
		c.ID, c.Parent, c.Slug, c.Title, c.Description, c.Position, c.Hidden, encode(c.Attributes), c.Version, db.Micros(c.UpdatedAt), c.Rule)
	return err
}

func deleteCategory(ctx context.Context, tx *db.Tx, id CategoryID) error {
	for _, statement := range []string{
		`DELETE FROM taxonomy_translations WHERE category = $1`,
		`DELETE FROM taxonomy_slugs WHERE category = $1`,
		`DELETE FROM taxonomy_categories WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}

// upsertSlugs leaves out of its count each slug that is another category's.
func upsertSlugs(ctx context.Context, tx *db.Tx, id CategoryID, slugs []string) (int64, error) {
	var args []any
	for _, s := range slugs {
		args = append(args, s, id)
	}
	return tx.Exec(ctx, `INSERT INTO taxonomy_slugs (slug, category) VALUES `+db.Values(len(slugs), 2, 1)+`
		ON CONFLICT (slug) DO UPDATE SET category = excluded.category WHERE taxonomy_slugs.category = excluded.category`, args...)
}

func deleteTexts(ctx context.Context, tx *db.Tx, id CategoryID) error {
	_, err := tx.Exec(ctx, `DELETE FROM taxonomy_translations WHERE category = $1`, id)
	return err
}

func insertTexts(ctx context.Context, tx *db.Tx, c Category) error {
	if len(c.Translations) == 0 {
		return nil
	}
	var args []any
	for locale, t := range c.Translations {
		args = append(args, c.ID, locale, t.Slug, t.Title, t.Description)
	}
	_, err := tx.Exec(ctx, `INSERT INTO taxonomy_translations (category, locale, slug, title, description)
		VALUES `+db.Values(len(c.Translations), 5, 1), args...)
	return err
}

func insertAttribute(ctx context.Context, tx *db.Tx, a Attribute) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO taxonomy_attributes (code, type, unit, facet, private, everywhere, several, titles, options, position, version)
		VALUES `+db.Values(1, 11, 1),
		a.Code, a.Type, a.Unit, a.Facet, a.Private, a.Everywhere, a.Several, encode(a.Titles), encode(a.Options), a.Position, a.Version)
	return err
}

func updateAttribute(ctx context.Context, tx *db.Tx, a Attribute) error {
	_, err := tx.Exec(ctx, `
		UPDATE taxonomy_attributes SET unit = $2, facet = $3, private = $4, everywhere = $5, several = $6, titles = $7,
			options = $8, position = $9, version = $10
		WHERE code = $1`,
		a.Code, a.Unit, a.Facet, a.Private, a.Everywhere, a.Several, encode(a.Titles), encode(a.Options), a.Position, a.Version)
	return err
}

func deleteAttribute(ctx context.Context, tx *db.Tx, code string) error {
	_, err := tx.Exec(ctx, `DELETE FROM taxonomy_attributes WHERE code = $1`, code)
	return err
}

// encode writes JSON; nil is an empty list.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, lists and maps of them always marshal
	}
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}
