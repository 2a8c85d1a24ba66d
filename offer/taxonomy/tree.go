package taxonomy

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"korzo/platform/db"
	"korzo/platform/remember"
)

const memory = "taxonomy"

var remembered = remember.New(memory, load)

// Tree is all categories and attributes of the shop at one moment. It is
// shared: change nothing that it hands out.
type Tree struct {
	byID       map[CategoryID]*node
	bySlug     map[string]CategoryID // those of old too
	top        []CategoryID
	attributes map[string]Attribute
	ordered    []Attribute
	locales    map[string]bool
}

type node struct {
	Category
	children []CategoryID
}

// Load returns the tree as tx sees it. It is remembered, so it costs no
// statement of its own unless something changed.
func Load(ctx context.Context, tx *db.Tx) (*Tree, error) { return remembered.Get(ctx, tx) }

func load(ctx context.Context, tx *db.Tx) (*Tree, error) {
	categories, err := selectCategories(ctx, tx)
	if err != nil {
		return nil, err
	}
	texts, err := selectTexts(ctx, tx)
	if err != nil {
		return nil, err
	}
	t := &Tree{byID: make(map[CategoryID]*node, len(categories)), attributes: map[string]Attribute{}}
	for _, c := range categories {
		c.Translations = texts[c.ID]
		t.byID[c.ID] = &node{Category: c}
	}
	for _, c := range categories {
		if c.Parent == "" {
			t.top = append(t.top, c.ID)
		} else if above, ok := t.byID[c.Parent]; ok {
			above.children = append(above.children, c.ID)
		}
	}
	if t.bySlug, err = selectSlugs(ctx, tx); err != nil {
		return nil, err
	}
	for slug, of := range t.bySlug {
		if n, ok := t.byID[of]; ok && !slices.Contains(n.slugs(), slug) {
			n.OldSlugs = append(n.OldSlugs, slug)
		}
	}
	for _, n := range t.byID {
		slices.Sort(n.OldSlugs)
	}
	t.ordered, err = selectAttributes(ctx, tx)
	for _, a := range t.ordered {
		t.attributes[a.Code] = a
	}
	t.listen()
	return t, err
}

// slugs are those a category bears now, in every language.
func (c Category) slugs() []string {
	all := []string{c.Slug}
	for _, t := range c.Translations {
		if t.Slug != "" {
			all = append(all, t.Slug)
		}
	}
	return all
}

// listen notes which locales anything is called something in.
func (t *Tree) listen() {
	t.locales = map[string]bool{}
	for _, n := range t.byID {
		for locale := range n.Translations {
			t.locales[locale] = true
		}
	}
	for _, a := range t.ordered {
		for locale := range a.Titles {
			t.locales[locale] = true
		}
		for _, o := range a.Options {
			for locale := range o.Titles {
				t.locales[locale] = true
			}
		}
	}
}

// Speaks reports whether anything is called something in a locale, or only in
// the language it falls back to.
func (t *Tree) Speaks(locale string) bool { return t.locales[locale] }

// Find returns a category.
func (t *Tree) Find(id CategoryID) (Category, bool) {
	n, ok := t.byID[id]
	if !ok {
		return Category{}, false
	}
	return n.Category, true
}

// Lookup returns the category that has or had a slug, in any language, or that
// has it for an id.
func (t *Tree) Lookup(slug string) (Category, bool) {
	if id, ok := t.bySlug[slug]; ok {
		return t.Find(id)
	}
	return t.Find(CategoryID(slug))
}

// Children returns what stands right below a category, "" for the top, in order.
func (t *Tree) Children(id CategoryID) []CategoryID {
	if id == "" {
		return t.top
	}
	if n, ok := t.byID[id]; ok {
		return n.children
	}
	return nil
}

// Len is how many categories there are.
func (t *Tree) Len() int { return len(t.byID) }

// Path returns a category with all it stands in, from the top down; nil for
// one that is not there.
func (t *Tree) Path(id CategoryID) (path []CategoryID) {
	for n, ok := t.byID[id]; ok && len(path) <= MaxDepth; n, ok = t.byID[n.Parent] {
		path = append(path, n.ID)
	}
	slices.Reverse(path)
	return path
}

// Below goes through a category and all that stands below it, "" for all there
// are, each before its children, with how deep it stands: 0 at the top.
func (t *Tree) Below(id CategoryID) iter.Seq2[Category, int] {
	return func(yield func(Category, int) bool) {
		if id == "" {
			for _, c := range t.top {
				if !t.walk(c, 0, yield) {
					return
				}
			}
			return
		}
		t.walk(id, max(0, len(t.Path(id))-1), yield)
	}
}

func (t *Tree) walk(id CategoryID, depth int, yield func(Category, int) bool) bool {
	n, ok := t.byID[id]
	if !ok || depth > MaxDepth {
		return true
	}
	if !yield(n.Category, depth) {
		return false
	}
	for _, c := range n.children {
		if !t.walk(c, depth+1, yield) {
			return false
		}
	}
	return true
}

// Within returns the ids of a category and all that stands below it.
func (t *Tree) Within(id CategoryID) (ids []CategoryID) {
	for c := range t.Below(id) {
		ids = append(ids, c.ID)
	}
	return ids
}

// Attribute returns the attribute that has a code.
func (t *Tree) Attribute(code string) (Attribute, bool) {
	a, ok := t.attributes[code]
	return a, ok
}

// Attributes returns all attributes, in order.
func (t *Tree) Attributes() []Attribute { return t.ordered }

// Of returns the attributes of goods in some categories, each once: what the
// categories name and inherit, from the top down, then what all goods have.
func (t *Tree) Of(categories ...CategoryID) (all []Attribute) {
	seen := map[string]bool{}
	add := func(code string) {
		if a, ok := t.attributes[code]; ok && !seen[code] {
			seen[code] = true
			all = append(all, a)
		}
	}
	for _, id := range categories {
		for _, above := range t.Path(id) {
			for _, code := range t.byID[above].Attributes {
				add(code)
			}
		}
	}
	for _, a := range t.ordered {
		if a.Everywhere {
			add(a.Code)
		}
	}
	return all
}

// In returns a category's texts as a reader of locale is shown them: each in
// the locale, its language, or the base, whichever is there first.
func (c Category) In(locale string) Text {
	language, _, _ := strings.Cut(locale, "-")
	a, b := c.Translations[locale], c.Translations[language]
	return Text{cmp.Or(a.Slug, b.Slug, c.Slug), cmp.Or(a.Title, b.Title, c.Title), cmp.Or(a.Description, b.Description, c.Description)}
}

// In returns the attribute's title in a locale, falling back as a category's does.
func (a Attribute) In(locale string) string { return titleIn(a.Titles, locale, a.Code) }

// In returns the option's title in a locale, falling back as a category's does.
func (o Option) In(locale string) string { return titleIn(o.Titles, locale, o.Code) }

func titleIn(titles map[string]string, locale, last string) string {
	language, _, _ := strings.Cut(locale, "-")
	return cmp.Or(titles[locale], titles[language], titles[""], last)
}

// Option returns the option that has a code.
func (a Attribute) Option(code string) (Option, bool) {
	if i := slices.IndexFunc(a.Options, func(o Option) bool { return o.Code == code }); i >= 0 {
		return a.Options[i], true
	}
	return Option{}, false
}

// Show writes a kept value as a reader of locale understands it: an option by
// its title, all else as it is kept. Doors write numbers and dates their way.
func (a Attribute) Show(value, locale string) string {
	if a.Type == TypeOption {
		if o, ok := a.Option(value); ok {
			return o.In(locale)
		}
	}
	return value
}

// Ruled are the categories that a rule fills, by id.
func (t *Tree) Ruled() (all []Category) {
	for _, n := range t.byID {
		if n.Rule != "" {
			all = append(all, n.Category)
		}
	}
	slices.SortFunc(all, func(a, b Category) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all
}
