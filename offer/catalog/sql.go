package catalog

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"korzo/platform/db"
)

const productColumns = `id, slug, title, description, status, tax_class, kind, tags, metadata,
	private_metadata, external_ids, source, is_test, version, created_at, updated_at,
	categories, attributes, options, safety, relations, publications`

func insertProduct(ctx context.Context, tx *db.Tx, p Product) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_products (`+productColumns+`, title_key) VALUES `+db.Values(1, 23, 1),
		p.ID, p.Slug, p.Title, p.Description, p.Status, p.TaxClass, p.Kind, list(p.Tags), object(p.Metadata),
		object(p.PrivateMetadata), object(p.ExternalIDs), p.Source, p.IsTest, p.Version,
		db.Micros(p.CreatedAt), db.Micros(p.UpdatedAt), texts(p.Categories), texts(p.Attributes), texts(p.Options), texts(p.Safety),
		texts(p.Relations), publicationsText(p.Publications), titleKey(p.Title))
	return err
}

// updateProduct changes nothing and returns 0 when the version is not p's.
func updateProduct(ctx context.Context, tx *db.Tx, p Product) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE catalog_products SET slug = $3, title = $4, description = $5, tax_class = $6, kind = $7, tags = $8,
			metadata = $9, private_metadata = $10, external_ids = $11, source = $12, is_test = $13,
			version = version + 1, updated_at = $14, categories = $15, attributes = $16, options = $17, safety = $18,
			relations = $19, publications = $20, title_key = $21
		WHERE id = $1 AND version = $2`,
		p.ID, p.Version, p.Slug, p.Title, p.Description, p.TaxClass, p.Kind, list(p.Tags),
		object(p.Metadata), object(p.PrivateMetadata), object(p.ExternalIDs), p.Source, p.IsTest, db.Micros(tx.Now),
		texts(p.Categories), texts(p.Attributes), texts(p.Options), texts(p.Safety), texts(p.Relations), publicationsText(p.Publications),
		titleKey(p.Title))
}

func selectStatus(ctx context.Context, tx *db.Tx, id ProductID) (Status, error) {
	return db.One(ctx, tx, func(row db.Row) (s Status, err error) { return s, row.Scan(&s) },
		`SELECT status FROM catalog_products WHERE id = $1`, id)
}

// updateStatus changes nothing and returns 0 when the status is not from.
func updateStatus(ctx context.Context, tx *db.Tx, id ProductID, from, to Status) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE catalog_products SET status = $3, version = version + 1, updated_at = $4
		WHERE id = $1 AND status = $2`, id, from, to, db.Micros(tx.Now))
}

// upsertSlugs leaves out of its count each slug that is another product's.
func upsertSlugs(ctx context.Context, tx *db.Tx, id ProductID, slugs []string) (int64, error) {
	var args []any
	for _, s := range slugs {
		args = append(args, s, id)
	}
	return tx.Exec(ctx, `INSERT INTO catalog_slugs (slug, product) VALUES `+db.Values(len(slugs), 2, 1)+`
		ON CONFLICT (slug) DO UPDATE SET product = excluded.product WHERE catalog_slugs.product = excluded.product`, args...)
}

// upsertVariants leaves out of its count each id that is another product's.
func upsertVariants(ctx context.Context, tx *db.Tx, variants []Variant) (int64, error) {
	var args []any
	for _, v := range variants {
		args = append(args, v.ID, v.Product, v.SKU, v.Title, object(v.Options), v.Barcode, v.WeightGrams,
			v.UnitCost.Minor, v.UnitCost.Currency, v.Position, 0, v.Content.Amount, v.Content.Unit, texts(v.Parts), v.PartsDiscountPPM, texts(v.File),
			v.Size.Length, v.Size.Width, v.Size.Height)
	}
	return tx.Exec(ctx, `
		INSERT INTO catalog_variants (id, product, sku, title, options, barcode, weight_grams,
			unit_cost, unit_cost_currency, position, retired, content, content_unit, parts, parts_discount, file,
			length_mm, width_mm, height_mm)
		VALUES `+db.Values(len(variants), 19, 1)+`
		ON CONFLICT (id) DO UPDATE SET sku = excluded.sku, title = excluded.title, options = excluded.options,
			barcode = excluded.barcode, weight_grams = excluded.weight_grams, unit_cost = excluded.unit_cost,
			unit_cost_currency = excluded.unit_cost_currency, position = excluded.position, retired = 0,
			content = excluded.content, content_unit = excluded.content_unit, parts = excluded.parts,
			parts_discount = excluded.parts_discount, file = excluded.file,
			length_mm = excluded.length_mm, width_mm = excluded.width_mm, height_mm = excluded.height_mm
		WHERE catalog_variants.product = excluded.product`, args...)
}

func insertImages(ctx context.Context, tx *db.Tx, p Product) error {
	if len(p.Images) == 0 {
		return nil
	}
	var args []any
	for i, m := range p.Images {
		args = append(args, p.ID, i, m.Blob, m.Alt, m.Width, m.Height, m.Variant, texts(m.Sizes), m.Video, object(m.Alts))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO catalog_images (product, position, blob, alt, width, height, variant, sizes, video, alts)
		VALUES `+db.Values(len(p.Images), 10, 1), args...)
	if err != nil {
		return err
	}
	return upsertPictures(ctx, tx, picturesOf(p.Images))
}

// upsertPictures has those that were deleted there again, notes the film that
// each stands for, and leaves others as they are. Each is named once.
func upsertPictures(ctx context.Context, tx *db.Tx, all []Picture) error {
	var args []any
	for _, p := range all {
		args = append(args, p.Blob, p.File, p.Bytes, p.Alt, p.Width, p.Height, texts(p.Sizes), p.Video, object(p.Alts), p.words(), db.Micros(tx.Now), 0)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO catalog_pictures (blob, file, bytes, alt, width, height, sizes, video, alts, words, at, removed_at)
		VALUES `+db.Values(len(all), 12, 1)+`
		ON CONFLICT (blob) DO UPDATE SET removed_at = 0, video = COALESCE(NULLIF(excluded.video, ''), catalog_pictures.video)
		WHERE catalog_pictures.removed_at > 0 OR excluded.video NOT IN ('', catalog_pictures.video)`, args...)
	return err
}

const pictureColumns = `p.seq, p.blob, p.file, p.bytes, p.alt, p.width, p.height, p.sizes, p.alts, p.at,
	(SELECT COUNT(DISTINCT i.product) FROM catalog_images i WHERE i.blob = p.blob)`

func scanPicture(row db.Row) (p Picture, err error) {
	var sizes, alts string
	var at int64
	if err := row.Scan(&p.Position, &p.Blob, &p.File, &p.Bytes, &p.Alt, &p.Width, &p.Height, &sizes, &alts, &at, &p.Uses); err != nil {
		return p, err
	}
	p.At = db.Time(at)
	return p, parse(sizes, &p.Sizes, alts, &p.Alts)
}

func selectPicture(ctx context.Context, tx *db.Tx, blob string) (Picture, error) {
	return db.One(ctx, tx, scanPicture, `SELECT `+pictureColumns+` FROM catalog_pictures p WHERE p.blob = $1 AND p.removed_at = 0`, blob)
}

func selectPictures(ctx context.Context, tx *db.Tx, f PictureFilter) ([]Picture, error) {
	after := f.After
	if after == 0 {
		after = math.MaxInt64
	}
	where := ``
	switch f.Usage {
	case UsageUsed:
		where = ` AND EXISTS (SELECT 1 FROM catalog_images i WHERE i.blob = p.blob)`
	case UsageNone:
		where = ` AND NOT EXISTS (SELECT 1 FROM catalog_images i WHERE i.blob = p.blob)`
	}
	looked := strings.Join(fold(f.Query), " ") // letters and digits only
	return db.All(ctx, tx, scanPicture, `
		SELECT `+pictureColumns+` FROM catalog_pictures p
		WHERE p.seq < $1 AND p.removed_at = 0 AND p.words LIKE $2`+where+`
		ORDER BY p.seq DESC LIMIT $3`, after, "%"+looked+"%", f.Limit)
}

func selectShowing(ctx context.Context, tx *db.Tx, blob string) ([]Product, error) {
	return db.All(ctx, tx, func(row db.Row) (p Product, err error) {
		return p, row.Scan(&p.ID, &p.Slug, &p.Title, &p.Status)
	}, `SELECT p.id, p.slug, p.title, p.status FROM catalog_products p
		WHERE p.id IN (SELECT product FROM catalog_images WHERE blob = $1) ORDER BY p.id LIMIT $2`, blob, MaxPage)
}

func updatePictureWords(ctx context.Context, tx *db.Tx, p Picture) (int64, error) {
	return tx.Exec(ctx, `UPDATE catalog_pictures SET alt = $2, alts = $3, words = $4 WHERE blob = $1 AND removed_at = 0`,
		p.Blob, p.Alt, object(p.Alts), p.words())
}

// markPictureRemoved changes nothing where a product shows the picture.
func markPictureRemoved(ctx context.Context, tx *db.Tx, blob string) (int64, error) {
	return tx.Exec(ctx, `UPDATE catalog_pictures SET removed_at = $2 WHERE blob = $1 AND removed_at = 0
		AND NOT EXISTS (SELECT 1 FROM catalog_images i WHERE i.blob = $1)`, blob, db.Micros(tx.Now))
}

func unmarkPictureRemoved(ctx context.Context, tx *db.Tx, blob string) (int64, error) {
	return tx.Exec(ctx, `UPDATE catalog_pictures SET removed_at = 0 WHERE blob = $1`, blob)
}

// restoreUsedPictures has those there again that a product took up while they
// were deleted.
func restoreUsedPictures(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE catalog_pictures SET removed_at = 0
		WHERE removed_at > 0 AND EXISTS (SELECT 1 FROM catalog_images i WHERE i.blob = catalog_pictures.blob)`)
	return err
}

func selectDeletedPictures(ctx context.Context, tx *db.Tx, before time.Time) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (blob string, err error) { return blob, row.Scan(&blob) }, `SELECT blob FROM catalog_pictures WHERE removed_at > 0 AND removed_at < $1
		AND NOT EXISTS (SELECT 1 FROM catalog_images i WHERE i.blob = catalog_pictures.blob) ORDER BY removed_at, blob LIMIT 200`, db.Micros(before))
}

// postponePicture has a deleted picture told of again a day later.
func postponePicture(ctx context.Context, tx *db.Tx, blob string) error {
	_, err := tx.Exec(ctx, `UPDATE catalog_pictures SET removed_at = $2 WHERE blob = $1 AND removed_at > 0`, blob, db.Micros(tx.Now))
	return err
}

func deletePicture(ctx context.Context, tx *db.Tx, blob string, before time.Time) (Image, error) {
	return db.One(ctx, tx, func(row db.Row) (m Image, err error) {
		var sizes string
		if err := row.Scan(&m.Blob, &sizes, &m.Video); err != nil {
			return m, err
		}
		return m, parse(sizes, &m.Sizes)
	}, `DELETE FROM catalog_pictures WHERE blob = $1 AND removed_at > 0 AND removed_at < $2 RETURNING blob, sizes, video`, blob, db.Micros(before))
}

// countPicturesWith counts the pictures that a file belongs to, as itself, as
// one of its sizes or as its film.
func countPicturesWith(ctx context.Context, tx *db.Tx, file string) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COUNT(*) FROM catalog_pictures WHERE blob = $1 OR video = $1 OR sizes LIKE $2`, file, `%"`+file+`"%`)
}

func insertTags(ctx context.Context, tx *db.Tx, p Product) error {
	if len(p.Tags) == 0 {
		return nil
	}
	var args []any
	for _, t := range p.Tags {
		args = append(args, t, p.ID)
	}
	_, err := tx.Exec(ctx, `INSERT INTO catalog_tags (tag, product) VALUES `+db.Values(len(p.Tags), 2, 1), args...)
	return err
}

func insertTranslations(ctx context.Context, tx *db.Tx, p Product) error {
	if len(p.Translations) == 0 {
		return nil
	}
	var args []any
	for locale, t := range p.Translations {
		args = append(args, p.ID, locale, t.Slug, t.Title, t.Description)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO catalog_translations (product, locale, slug, title, description)
		VALUES `+db.Values(len(p.Translations), 5, 1), args...)
	return err
}

func insertWords(ctx context.Context, tx *db.Tx, id ProductID, words []string) error {
	if len(words) == 0 {
		return nil
	}
	var args []any
	for _, w := range words {
		args = append(args, []byte(w), id)
	}
	_, err := tx.Exec(ctx, `INSERT INTO catalog_words (word, product) VALUES `+db.Values(len(words), 2, 1), args...)
	return err
}

// deleteParts takes away what writeParts writes again, and retires all
// variants: those that stay are brought back by writeParts.
func deleteParts(ctx context.Context, tx *db.Tx, p Product) error {
	for _, statement := range []string{
		`UPDATE catalog_variants SET retired = 1 WHERE product = $1`,
		`DELETE FROM catalog_images WHERE product = $1`,
		`DELETE FROM catalog_tags WHERE product = $1`,
		`DELETE FROM catalog_translations WHERE product = $1`,
		`DELETE FROM catalog_words WHERE product = $1`,
		`DELETE FROM catalog_categories WHERE product = $1`,
		`DELETE FROM catalog_publications WHERE product = $1`,
		`DELETE FROM catalog_parts WHERE bundle IN (SELECT id FROM catalog_variants WHERE product = $1)`,
	} {
		if _, err := tx.Exec(ctx, statement, p.ID); err != nil {
			return err
		}
	}
	return nil
}

func selectProduct(ctx context.Context, tx *db.Tx, id ProductID) (Product, error) {
	return db.One(ctx, tx, func(row db.Row) (p Product, err error) {
		var tags, metadata, private, external string
		var created, updated int64
		var more more
		if err := row.Scan(append([]any{&p.ID, &p.Slug, &p.Title, &p.Description, &p.Status, &p.TaxClass, &p.Kind, &tags, &metadata,
			&private, &external, &p.Source, &p.IsTest, &p.Version, &created, &updated}, more.columns()...)...); err != nil {
			return p, err
		}
		p.CreatedAt, p.UpdatedAt = db.Time(created), db.Time(updated)
		if err := more.fill(&p); err != nil {
			return p, err
		}
		return p, parse(tags, &p.Tags, metadata, &p.Metadata, private, &p.PrivateMetadata, external, &p.ExternalIDs)
	}, `SELECT `+productColumns+` FROM catalog_products WHERE id = $1`, id)
}

// localized joins to products p the texts of a locale ($1) or its language
// ($2) and the first image. Each join adds at most one row.
const localized = `
	LEFT JOIN catalog_translations a ON a.product = p.id AND a.locale = $1
	LEFT JOIN catalog_translations b ON b.product = p.id AND b.locale = $2
	LEFT JOIN catalog_images i ON i.product = p.id AND i.position = 0`

const localTitle = `COALESCE(NULLIF(a.title, ''), NULLIF(b.title, ''), p.title)`
const localSlug = `COALESCE(NULLIF(a.slug, ''), NULLIF(b.slug, ''), p.slug)`
const firstImage = `COALESCE(i.blob, ''), COALESCE(i.alt, ''), COALESCE(i.width, 0), COALESCE(i.height, 0),
	COALESCE(i.variant, ''), COALESCE(i.sizes, '[]'), COALESCE(i.alts, '{}')`

// seenIn is true of products p that are seen in a channel at a time; an empty
// channel sees all.
func seenIn(channel, now string) string {
	return `(` + channel + ` = '' OR p.publications = '[]' OR EXISTS (SELECT 1 FROM catalog_publications u
		WHERE u.product = p.id AND u.channel = ` + channel + ` AND u.starts <= ` + now + ` AND (u.ends = 0 OR u.ends > ` + now + `)))`
}

// shown are the columns of a product as a shopper sees it.
const shown = `p.id, ` + localSlug + `, ` + localTitle + `,
	COALESCE(NULLIF(a.description, ''), NULLIF(b.description, ''), p.description),
	p.status, p.tax_class, p.kind, p.tags, p.metadata, p.source, p.is_test, p.version, p.created_at, p.updated_at,
	p.categories, p.attributes, p.options, p.safety, p.relations, p.publications, ` + firstImage

func scanShown(row db.Row) (p Product, err error) {
	var tags, metadata, sizes, alts string
	var created, updated int64
	var m Image
	var more more
	into := append([]any{&p.ID, &p.Slug, &p.Title, &p.Description, &p.Status, &p.TaxClass, &p.Kind, &tags, &metadata,
		&p.Source, &p.IsTest, &p.Version, &created, &updated}, more.columns()...)
	if err := row.Scan(append(into, &m.Blob, &m.Alt, &m.Width, &m.Height, &m.Variant, &sizes, &alts)...); err != nil {
		return p, err
	}
	if err := errors.Join(parse(sizes, &m.Sizes, alts, &m.Alts), more.fill(&p)); err != nil {
		return p, err
	}
	if m.Blob != "" {
		p.Images = []Image{m}
	}
	p.CreatedAt, p.UpdatedAt = db.Time(created), db.Time(updated)
	return p, parse(tags, &p.Tags, metadata, &p.Metadata)
}

// selectBySlug finds an active product that is seen in a channel by any of its slugs.
func selectBySlug(ctx context.Context, tx *db.Tx, slug, channel, locale, language string) (Product, error) {
	return db.One(ctx, tx, scanShown, `
		SELECT `+shown+`
		FROM catalog_slugs s JOIN catalog_products p ON p.id = s.product`+localized+`
		WHERE s.slug = $3 AND p.status = 'active' AND `+seenIn(`$4`, `$5`), locale, language, slug, channel, db.Micros(tx.Now))
}

// selectPage returns up to limit products, newest first. Each kind of filter
// walks an index of its own in the order of the page, so that the cost is that
// of the page and not of the catalog.
func selectPage(ctx context.Context, tx *db.Tx, f Filter, locale, language string, limit int) ([]Product, error) {
	query, args := pageQuery(f, tx.Now, shown, localized, []any{locale, language}, limit)
	return db.All(ctx, tx, scanShown, query, args...)
}

// selectPageIDs is selectPage for who needs only which products there are.
func selectPageIDs(ctx context.Context, tx *db.Tx, f Filter, limit int) ([]ProductID, error) {
	query, args := pageQuery(f, tx.Now, `p.id`, ``, nil, limit)
	return db.All(ctx, tx, func(row db.Row) (id ProductID, err error) { return id, row.Scan(&id) }, query, args...)
}

func selectSome(ctx context.Context, tx *db.Tx, ids []ProductID, locale, language string) ([]Product, error) {
	in, args := OneOf(3, ids)
	return db.All(ctx, tx, scanShown, `SELECT `+shown+` FROM catalog_products p`+localized+`
		WHERE p.id IN (`+in+`)`, append([]any{locale, language}, args...)...)
}

// pageQuery selects columns of a page; joins may use args, which come first.
func pageQuery(f Filter, now time.Time, columns, joins string, args []any, limit int) (string, []any) {
	arg := func(v any) string {
		args = append(args, v)
		return `$` + strconv.Itoa(len(args))
	}
	from, key := `FROM catalog_products p`, `p.id`
	var where []string
	switch words := fold(f.Query); {
	case len(words) > 0:
		from = `FROM (SELECT DISTINCT w.product FROM catalog_words w WHERE ` + wordRange(words[0], arg)
		for _, w := range words[1:min(len(words), maxQueryWords)] {
			from += ` AND EXISTS (SELECT 1 FROM catalog_words w2 WHERE w2.product = w.product AND ` +
				strings.ReplaceAll(wordRange(w, arg), `w.word`, `w2.word`) + `)`
		}
		from, key = from+`) q JOIN catalog_products p ON p.id = q.product`, `q.product`
		if f.Tag != "" {
			where = append(where, `EXISTS (SELECT 1 FROM catalog_tags g WHERE g.product = q.product AND g.tag = `+arg(f.Tag)+`)`)
		}
	case f.Tag != "":
		// CROSS has SQLite begin with the tag, as PostgreSQL's statistics do.
		from, key = `FROM catalog_tags g CROSS JOIN catalog_products p`, `g.product`
		where = append(where, `p.id = g.product AND g.tag = `+arg(f.Tag))
	}
	if f.Status != "" {
		where = append(where, `p.status = `+arg(f.Status))
	}
	if f.Channel != "" {
		where = append(where, seenIn(arg(f.Channel), arg(db.Micros(now))))
	}
	if len(f.Categories) > 0 {
		in, ids := OneOf(len(args)+1, f.Categories)
		args = append(args, ids...)
		where = append(where, `EXISTS (SELECT 1 FROM catalog_categories c WHERE c.product = `+key+` AND c.category IN (`+in+`))`)
	}
	if f.Kind != "" {
		where = append(where, `p.kind = `+arg(f.Kind))
	}
	order := pageOrder(f, key, arg, &where)
	return `SELECT ` + columns + ` ` + from + joins + `

		` + condition(where) + ` ORDER BY ` + order + ` LIMIT ` + arg(limit), args
}

// pageOrder is the order of a page. Where it goes on after a product, it begins
// behind the place that product has now.
func pageOrder(f Filter, key string, arg func(any) string, where *[]string) string {
	column := map[Sort]string{SortTitle: `p.title_key`, SortTitleLast: `p.title_key`, SortUpdated: `p.updated_at`, SortUpdatedLast: `p.updated_at`}[f.Sort]
	sign, way := ` > `, ``
	if f.Sort == SortNewest || f.Sort == SortTitleLast || f.Sort == SortUpdated {
		sign, way = ` < `, ` DESC`
	}
	if column == `` {
		if f.After != "" {
			*where = append(*where, key+sign+arg(f.After))
		}
		return key + way
	}
	if f.After != "" {
		at := arg(f.After)
		*where = append(*where, `(`+column+`, p.id)`+sign+`((SELECT `+column+` FROM catalog_products p WHERE p.id = `+at+`), `+at+`)`)
	}
	return column + way + `, p.id` + way
}

func condition(all []string) string {
	if len(all) == 0 {
		return ``
	}
	return `WHERE ` + strings.Join(all, ` AND `)
}

func wordRange(word string, arg func(any) string) string {
	return `w.word >= ` + arg([]byte(word)) + ` AND w.word < ` + arg(after(word))
}

const variantColumns = `v.id, v.product, v.sku, v.title, v.options, v.barcode, v.weight_grams,
	v.unit_cost, v.unit_cost_currency, v.position, v.content, v.content_unit, v.parts, v.parts_discount, v.file,
	v.length_mm, v.width_mm, v.height_mm`

func scanVariant(row db.Row) (v Variant, err error) {
	var options, parts, file string
	if err := row.Scan(&v.ID, &v.Product, &v.SKU, &v.Title, &options, &v.Barcode, &v.WeightGrams,
		&v.UnitCost.Minor, &v.UnitCost.Currency, &v.Position, &v.Content.Amount, &v.Content.Unit, &parts, &v.PartsDiscountPPM, &file,
		&v.Size.Length, &v.Size.Width, &v.Size.Height); err != nil {
		return v, err
	}
	return v, parse(options, &v.Options, parts, &v.Parts, file, &v.File)
}

func selectByID(ctx context.Context, tx *db.Tx, ids []VariantID) ([]Variant, error) {
	in, args := OneOf(1, ids)
	return db.All(ctx, tx, scanVariant, `SELECT `+variantColumns+` FROM catalog_variants v WHERE v.id IN (`+in+`) AND v.retired = 0`, args...)
}

func selectVariant(ctx context.Context, tx *db.Tx, id VariantID) (Variant, error) {
	return db.One(ctx, tx, scanVariant, `SELECT `+variantColumns+` FROM catalog_variants v WHERE v.id = $1`, id)
}

func selectSKUs(ctx context.Context, tx *db.Tx, skus []string) ([]Variant, error) {
	in, args := OneOf(1, skus)
	return db.All(ctx, tx, scanVariant, `
		SELECT `+variantColumns+` FROM catalog_variants v WHERE v.sku IN (`+in+`) AND v.retired = 0`, args...)
}

func selectVariants(ctx context.Context, tx *db.Tx, products []ProductID) ([]Variant, error) {
	in, args := OneOf(1, products)
	return db.All(ctx, tx, scanVariant, `
		SELECT `+variantColumns+` FROM catalog_variants v
		WHERE v.product IN (`+in+`) AND v.retired = 0 ORDER BY v.product, v.position`, args...)
}

func selectImages(ctx context.Context, tx *db.Tx, id ProductID) ([]Image, error) {
	return db.All(ctx, tx, func(row db.Row) (m Image, err error) {
		var sizes, alts string
		if err := row.Scan(&m.Blob, &m.Alt, &m.Width, &m.Height, &m.Variant, &sizes, &m.Video, &alts); err != nil {
			return m, err
		}
		return m, parse(sizes, &m.Sizes, alts, &m.Alts)
	}, `SELECT blob, alt, width, height, variant, sizes, video, alts FROM catalog_images WHERE product = $1 ORDER BY position`, id)
}

// selectTexts reads a product's translations, and every slug it has or had.
func selectTexts(ctx context.Context, tx *db.Tx, id ProductID) (all map[string]Translation, slugs []string, err error) {
	all = map[string]Translation{}
	_, err = db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var locale string
		var t Translation
		if err = row.Scan(&locale, &t.Slug, &t.Title, &t.Description); locale == "" {
			slugs = append(slugs, t.Slug)
			return none, err
		}
		all[locale] = t
		return none, err
	}, `SELECT locale, slug, title, description FROM catalog_translations WHERE product = $1
		UNION ALL SELECT '', slug, '', '' FROM catalog_slugs WHERE product = $1`, id)
	return all, slugs, err
}

// selectSlugs reads the slugs that a product bears now, by language: "" is the base's.
func selectSlugs(ctx context.Context, tx *db.Tx, id ProductID) (map[string]string, error) {
	all := map[string]string{}
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var locale, slug string
		err = row.Scan(&locale, &slug)
		all[locale] = slug
		return none, err
	}, `SELECT '', slug FROM catalog_products WHERE id = $1
		UNION ALL SELECT locale, slug FROM catalog_translations WHERE product = $1 AND slug <> ''`, id)
	return all, err
}

func selectItems(ctx context.Context, tx *db.Tx, channel, locale, language string, variants []VariantID) ([]keptItem, error) {
	in, args := OneOf(5, variants)
	return db.All(ctx, tx, func(row db.Row) (it keptItem, err error) {
		var tags, categories, parts, sizes, alts, chosen, options string
		var until int64
		var v Variant
		var p Product
		if err := row.Scan(&it.VariantID, &it.ProductID, &it.SKU, &v.Title, &chosen, &options, &it.WeightGrams, &it.Size.Length, &it.Size.Width, &it.Size.Height,
			&it.UnitCost.Minor, &it.UnitCost.Currency, &parts, &it.PartsDiscountPPM, &it.Retired, &it.ProductTitle, &it.Slug, &it.Kind, &it.TaxClass,
			&tags, &categories, &it.Active, &it.Image.Blob, &it.Image.Alt, &it.Image.Width, &it.Image.Height, &it.Image.Variant, &sizes, &alts, &until); err != nil {
			return it, err
		}
		it.until = db.Time(until)
		err = parse(tags, &it.Tags, categories, &it.Categories, parts, &it.Parts, sizes, &it.Image.Sizes, alts, &it.Image.Alts,
			chosen, &v.Options, options, &p.Options)
		it.Image, it.VariantTitle = it.Image.in(locale), p.VariantIn(v, locale)
		return it, err
	}, `
		SELECT v.id, v.product, v.sku, v.title, v.options, p.options, v.weight_grams, v.length_mm, v.width_mm, v.height_mm, v.unit_cost, v.unit_cost_currency, v.parts, v.parts_discount, v.retired,
			`+localTitle+`, `+localSlug+`, p.kind, p.tax_class, p.tags, p.categories,
			CASE WHEN p.status = 'active' AND v.retired = 0 AND `+seenIn(`$3`, `$4`)+` THEN 1 ELSE 0 END, `+firstImage+`,
			COALESCE((SELECT MIN(CASE WHEN u.starts > $4 THEN u.starts WHEN u.ends > $4 THEN u.ends END)
				FROM catalog_publications u WHERE u.product = p.id AND u.channel = $3 AND p.publications <> '[]'), 0)
		FROM catalog_variants v JOIN catalog_products p ON p.id = v.product`+localized+`
		WHERE v.id IN (`+in+`)`, append([]any{locale, language, channel, db.Micros(tx.Now)}, args...)...)
}

// OneOf returns what stands inside IN (…) for keys, its placeholders numbered
// from first, and the arguments for them. The list is padded to a power of two
// by repeating the last key: a database prepares a statement per text, and so
// sees nine texts for lists of 1 to 200 keys instead of 200, and keeps their
// plans. Pricing and inventory, who keep rows by variant, use it too. There
// must be at least one key.
func OneOf[K ~string](first int, keys []K) (list string, args []any) {
	size := 1
	for size < len(keys) {
		size *= 2
	}
	args = make([]any, size)
	for i := range args {
		args[i] = string(keys[min(i, len(keys)-1)])
	}
	return `VALUES ` + db.Values(size, 1, first), args
}

// more is what a product's row keeps as JSON.
type more struct {
	categories, attributes, options, safety, relations, publications string
}

func (m *more) columns() []any {
	return []any{&m.categories, &m.attributes, &m.options, &m.safety, &m.relations, &m.publications}
}

func (m *more) fill(p *Product) error {
	var times []published
	if err := parse(m.categories, &p.Categories, m.attributes, &p.Attributes, m.options, &p.Options, m.safety, &p.Safety,
		m.relations, &p.Relations, m.publications, &times); err != nil {
		return err
	}
	for _, t := range times {
		p.Publications = append(p.Publications, Publication{t.Channel, db.Time(t.From), db.Time(t.Until)})
	}
	return nil
}

// published is a publication as it is kept: microseconds since 1970.
type published struct {
	Channel string `json:"channel"`
	From    int64  `json:"from"`
	Until   int64  `json:"until"`
}

func publicationsText(all []Publication) string {
	times := make([]published, len(all))
	for i, u := range all {
		times[i] = published{u.Channel, db.Micros(u.From), db.Micros(u.Until)}
	}
	return texts(times)
}

// texts writes JSON; what is nil or zero is an empty list or object.
func texts(v any) string {
	switch text := encode(v); {
	case text == `null`:
		if reflect.TypeOf(v).Kind() == reflect.Map {
			return `{}`
		}
		return `[]`
	case reflect.ValueOf(v).IsZero():
		return `{}`
	default:
		return text
	}
}

// updateCategories writes where a product stands, and changes nothing when it is
// another by now.
func updateCategories(ctx context.Context, tx *db.Tx, p Product) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE catalog_products SET categories = $2, updated_at = $3 WHERE id = $1 AND version = $4`,
		p.ID, texts(p.Categories), db.Micros(tx.Now), p.Version)
	if err != nil || n == 0 {
		return n, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM catalog_categories WHERE product = $1`, p.ID); err != nil {
		return 0, err
	}
	for _, c := range p.Categories {
		if _, err := tx.Exec(ctx, `INSERT INTO catalog_categories (category, product) VALUES ($1, $2)`, c, p.ID); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// insertPlaces writes the rows over a product's categories and publications,
// and its variants' parts.
func insertPlaces(ctx context.Context, tx *db.Tx, p Product) error {
	var categories, publications, parts []any
	for _, c := range p.Categories {
		categories = append(categories, c, p.ID)
	}
	for _, u := range p.Publications {
		publications = append(publications, p.ID, u.Channel, db.Micros(u.From), db.Micros(u.Until))
	}
	for _, v := range p.Variants {
		for _, part := range v.Parts {
			parts = append(parts, part.Variant, v.ID)
		}
	}
	for _, rows := range []struct {
		into    string
		columns int
		args    []any
	}{
		{`INSERT INTO catalog_categories (category, product) VALUES `, 2, categories},
		{`INSERT INTO catalog_publications (product, channel, starts, ends) VALUES `, 4, publications},
		{`INSERT INTO catalog_parts (part, bundle) VALUES `, 2, parts},
	} {
		if len(rows.args) == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, rows.into+db.Values(len(rows.args)/rows.columns, rows.columns, 1), rows.args...); err != nil {
			return err
		}
	}
	return nil
}

// selectBundles returns the bundles on sale that have one of parts.
func selectBundles(ctx context.Context, tx *db.Tx, parts []VariantID) ([]VariantID, error) {
	in, args := OneOf(1, parts)
	return db.All(ctx, tx, func(row db.Row) (id VariantID, err error) { return id, row.Scan(&id) }, `
		SELECT DISTINCT b.bundle FROM catalog_parts b JOIN catalog_variants v ON v.id = b.bundle AND v.retired = 0
		WHERE b.part IN (`+in+`) ORDER BY b.bundle`, args...)
}

func selectLocales(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (l string, err error) { return l, row.Scan(&l) }, `SELECT locale FROM catalog_locales ORDER BY locale`)
}

func insertLocale(ctx context.Context, tx *db.Tx, locale string) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_locales (locale) VALUES ($1) ON CONFLICT DO NOTHING`, locale)
	return err
}
