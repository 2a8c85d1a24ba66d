package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"korzo/offer/taxonomy"
	"korzo/platform/db"
)

const (
	// MaxPage is the longest page List returns; DefaultPage the length of one
	// that names none.
	MaxPage     = 100
	DefaultPage = 50

	// chunk bounds the keys of one statement. A cart's 200 variants fit one.
	chunk = 1024
	// maxID is longer than any id is.
	maxID = 64
)

// Sort is the order of a list. SortNewest is the zero Sort.
type Sort string

// The orders of a list of products. Titles are those of the base language,
// without regard to case and accents.
const (
	SortNewest      Sort = ""
	SortOldest      Sort = "oldest"
	SortTitle       Sort = "title"
	SortTitleLast   Sort = "title_last" // from Z to A
	SortUpdated     Sort = "updated"    // the latest change first
	SortUpdatedLast Sort = "updated_last"
)

// Filter says which products List returns. The zero Filter is the first page
// of all.
type Filter struct {
	Status Status // "" for all
	Tag    string // "" for all
	// Channel leaves out what is not seen in it now; "" leaves out nothing.
	Channel    string
	Categories []taxonomy.CategoryID // any of them; none for all. At most 1,024 count
	Query      string                // words; a product has, for each, one that begins with it; at most four count
	Locale     string                // its texts, falling back; "" for the base
	Kind       string                // "" for all
	Sort       Sort
	After      string // the next of the page before, of the same Sort
	Limit      int    // 0 for DefaultPage; at most MaxPage
}

// Find returns a product whole, in its base language, with translations and
// all images, as staff edit it. It returns ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ProductID) (Product, error) {
	if !text(string(id), 1, maxID) {
		return Product{}, ErrNotFound
	}
	p, err := selectProduct(ctx, tx, id)
	if err != nil {
		return Product{}, fmt.Errorf("find product %s: %w", id, notFound(err))
	}
	if p.Variants, err = selectVariants(ctx, tx, []ProductID{id}); err != nil {
		return Product{}, fmt.Errorf("find variants of %s: %w", id, err)
	}
	if p.Images, err = selectImages(ctx, tx, id); err != nil {
		return Product{}, fmt.Errorf("find images of %s: %w", id, err)
	}
	var slugs []string
	if p.Translations, slugs, err = selectTexts(ctx, tx, id); err != nil {
		return Product{}, fmt.Errorf("find translations of %s: %w", id, err)
	}
	p.OldSlugs = p.former(slugs)
	return p, nil
}

// former are those of some slugs that the product does not bear now, sorted.
func (p *Product) former(slugs []string) []string {
	now := p.slugs()
	slugs = slices.DeleteFunc(slugs, func(s string) bool { return slices.Contains(now, s) })
	if len(slugs) == 0 {
		return nil
	}
	slices.Sort(slugs)
	return slices.Compact(slugs)
}

// slugs are those it bears now, in every language.
func (p *Product) slugs() []string {
	all := []string{p.Slug}
	for t := range maps.Values(p.Translations) {
		if t.Slug != "" {
			all = append(all, t.Slug)
		}
	}
	return all
}

// Slugs returns the slugs that a product bears now, by language; "" has the base
// language's, which holds where a language has none.
func Slugs(ctx context.Context, tx *db.Tx, id ProductID) (map[string]string, error) {
	all, err := selectSlugs(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("slugs of %s: %w", id, err)
	}
	return all, nil
}

// FindBySlug returns an active product as a shopper sees it in a channel and a
// locale; "" is a channel that sees all. Any slug the product has or had, in any language, finds it; when the returned
// Slug is another, that is the one to link to. It returns ErrNotFound for
// drafts and archived products too.
func FindBySlug(ctx context.Context, tx *db.Tx, slug, channel, locale string) (Product, error) {
	if !slugForm.MatchString(slug) {
		return Product{}, ErrNotFound
	}
	locale, language := chain(locale)
	p, err := selectBySlug(ctx, tx, slug, plain(channel), locale, language)
	if err != nil {
		return Product{}, fmt.Errorf("find product %q: %w", slug, notFound(err))
	}
	if p.Variants, err = selectVariants(ctx, tx, []ProductID{p.ID}); err != nil {
		return Product{}, fmt.Errorf("find variants of %s: %w", p.ID, err)
	}
	if p.Images, err = selectImages(ctx, tx, p.ID); err != nil {
		return Product{}, fmt.Errorf("find images of %s: %w", p.ID, err)
	}
	for i := range p.Images {
		p.Images[i] = p.Images[i].in(locale)
	}
	return p, nil
}

// List returns a page of products, in the filter's order, with their variants and first
// image, and the After of the next page: "" when this is the last. It takes
// two statements.
func List(ctx context.Context, tx *db.Tx, f Filter) (page []Product, next string, err error) {
	limit := DefaultPage
	if f.Limit > 0 {
		limit = min(f.Limit, MaxPage)
	}
	f = f.bounded()
	locale, language := chain(f.Locale)
	page, err = selectPage(ctx, tx, f, locale, language, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list products: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = string(page[limit-1].ID)
	}
	if len(page) == 0 {
		return nil, "", nil
	}
	return page, next, addVariants(ctx, tx, page, locale)
}

// ListIDs returns which products List would, and the After of the next page, in
// one statement: for a door that keeps what it showed of each.
func ListIDs(ctx context.Context, tx *db.Tx, f Filter) (page []ProductID, next string, err error) {
	limit := DefaultPage
	if f.Limit > 0 {
		limit = min(f.Limit, MaxPage)
	}
	f = f.bounded()
	page, err = selectPageIDs(ctx, tx, f, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list product ids: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = string(page[limit-1])
	}
	return page, next, nil
}

// bounded is a filter without what a database refuses.
func (f Filter) bounded() Filter {
	f.Tag, f.After, f.Channel, f.Kind = plain(f.Tag), plain(f.After), plain(f.Channel), plain(f.Kind)
	f.Categories = f.Categories[:min(len(f.Categories), chunk)]
	return f
}

// Some returns these products with their variants and first image, in the order
// asked for; unknown ones are left out. It takes two statements.
func Some(ctx context.Context, tx *db.Tx, ids []ProductID, locale string) ([]Product, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	locale, language := chain(locale)
	found, err := selectSome(ctx, tx, ids, locale, language)
	if err != nil {
		return nil, fmt.Errorf("read %d products: %w", len(ids), err)
	}
	at := make(map[ProductID]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(found, func(a, b Product) int { return at[a.ID] - at[b.ID] })
	return found, addVariants(ctx, tx, found, locale)
}

// addVariants reads the variants of products, in one statement, and says of
// each picture what a reader of locale is told.
func addVariants(ctx context.Context, tx *db.Tx, page []Product, locale string) error {
	if len(page) == 0 {
		return nil
	}
	ids := make([]ProductID, len(page))
	at := make(map[ProductID]int, len(page))
	for i, p := range page {
		ids[i], at[p.ID] = p.ID, i
		for k := range p.Images {
			p.Images[k] = p.Images[k].in(locale)
		}
	}
	variants, err := selectVariants(ctx, tx, ids)
	if err != nil {
		return fmt.Errorf("list variants: %w", err)
	}
	for _, v := range variants {
		p := &page[at[v.Product]]
		p.Variants = append(p.Variants, v)
	}
	return nil
}

// FindVariant returns a variant, retired or not, or ErrVariantNotFound.
func FindVariant(ctx context.Context, tx *db.Tx, id VariantID) (Variant, error) {
	if !text(string(id), 1, maxID) {
		return Variant{}, ErrVariantNotFound
	}
	v, err := selectVariant(ctx, tx, id)
	if errors.Is(notFound(err), ErrNotFound) {
		err = ErrVariantNotFound
	}
	if err != nil {
		return Variant{}, fmt.Errorf("find variant %s: %w", id, err)
	}
	return v, nil
}

// FindSKU returns the variant that has a SKU, or ErrSKUNotFound.
func FindSKU(ctx context.Context, tx *db.Tx, sku string) (Variant, error) {
	found, err := SKUs(ctx, tx, []string{sku})
	if err != nil {
		return Variant{}, err
	}
	v, ok := found[sku]
	if !ok {
		return Variant{}, fmt.Errorf("find %q: %w", sku, ErrSKUNotFound)
	}
	return v, nil
}

// SKUs returns the variants that have these SKUs; unknown ones are left out.
// It takes one statement for up to 1,024.
func SKUs(ctx context.Context, tx *db.Tx, skus []string) (map[string]Variant, error) {
	all := make(map[string]Variant, len(skus))
	valid := slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return !validSKU(sku) })
	for some := range slices.Chunk(valid, chunk) {
		found, err := selectSKUs(ctx, tx, some)
		if err != nil {
			return nil, fmt.Errorf("find %d SKUs: %w", len(skus), err)
		}
		for _, v := range found {
			all[v.SKU] = v
		}
	}
	return all, nil
}

// Sellable returns what a cart needs to know of its variants, in the base
// language; unknown ones are left out. It takes at most one statement for up to 1,024.
func Sellable(ctx context.Context, tx *db.Tx, variants []VariantID) (map[VariantID]Item, error) {
	return SellableIn(ctx, tx, "", "", variants)
}

// SellableIn is Sellable with titles and slugs in a locale, where what is not
// seen in a channel now is not Active; "" is a channel that sees all. What it
// found before it remembers until a product changes: nobody changes what it
// returns.
func SellableIn(ctx context.Context, tx *db.Tx, channel, locale string, variants []VariantID) (map[VariantID]Item, error) {
	locale, err := Spoken(ctx, tx, locale)
	if err != nil {
		return nil, err
	}
	at := place{channel: plain(channel), locale: locale}
	keys := make([]place, len(variants))
	for i, v := range variants {
		at.variant = v
		keys[i] = at
	}
	all := make(map[VariantID]Item, len(variants))
	if len(keys) == 0 {
		return all, nil
	}
	found, err := keptItems.Get(ctx, tx, keys)
	if err != nil {
		return nil, fmt.Errorf("find %d variants: %w", len(variants), err)
	}
	for k, it := range found {
		all[k.variant] = it.Item
	}
	return all, nil
}

// plain is s without what PostgreSQL refuses in a text. Clients choose cursors,
// tags and locales; one that is nonsense finds nothing and breaks nothing.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// chain returns the locale and the language it falls back to: "de-AT", "de".
func chain(locale string) (exact, language string) {
	locale = plain(locale)
	language, _, _ = strings.Cut(locale, "-")
	return locale, language
}

// Related returns the products that p leads to and that shoppers see in a
// channel, in their order, with the kind of relation beside each. It takes two
// statements, none when there are no relations.
func Related(ctx context.Context, tx *db.Tx, p Product, channel, locale string) (kinds []string, found []Product, err error) {
	ids := make([]ProductID, 0, len(p.Relations))
	for _, r := range p.Relations {
		if !slices.Contains(ids, r.Product) {
			ids = append(ids, r.Product)
		}
	}
	all, err := Some(ctx, tx, ids, locale)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range p.Relations {
		i := slices.IndexFunc(all, func(p Product) bool { return p.ID == r.Product })
		if i >= 0 && all[i].Status == StatusActive && Published(all[i].Publications, channel, tx.Now) {
			kinds, found = append(kinds, r.Kind), append(found, all[i])
		}
	}
	return kinds, found, nil
}
