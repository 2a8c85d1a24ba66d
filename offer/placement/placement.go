// Package placement keeps products in the categories whose rule they fulfil.
//
// A category with a rule is filled by it and by nobody else: who fulfils the rule
// stands in it, who no longer does goes, and who was put in by hand is taken out
// again. A rule is CEL over facts of the product (its tags, attributes, prices,
// age); of categories it sees only those that are filled by hand, so no rule
// waits for another and filling always comes to an end.
//
// Places are kept where they always are, with the product: pages, filters,
// promotions and the search know no difference. They follow a change by a fact,
// some moments later. What time alone changes (the age) is looked at every hour.
//
// Never true: a category filled half by rule and half by hand; a rule that cannot
// be read taking anything out.
package placement

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/rule"
)

// ErrRule reports a rule that cannot be used.
var ErrRule = fault.New(fault.Invalid, "placement.rule", "the category's rule cannot be used as written")

// TroubleRule is the exception of a category whose rule cannot be read any more,
// because an attribute or a market that it speaks of is gone. Its Ref is the
// category.
const TroubleRule = "category.rule_broken"

// standing is a category's rule, ready to be asked.
type standing struct {
	category taxonomy.CategoryID
	program  *rule.Program // nil for one that cannot be read
	problem  string
}

func (s standing) speaksOf(prefix string) bool {
	return s.program != nil && slices.ContainsFunc(s.program.Facts(), func(f string) bool { return strings.HasPrefix(f, prefix) })
}

// rules are all that stand in a shop at one moment.
type rules struct {
	tree    *taxonomy.Tree
	markets []market.Market
	space   *rule.Space
	all     []standing
}

// latest names the rules that were asked for last among what a database's
// transactions share: they are the same until the tree or the markets are others.
type latest struct{}

// load returns the rules as tx sees them. Without any it asks for no market.
func load(ctx context.Context, tx *db.Tx) (*rules, error) {
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(tree.Ruled()) == 0 {
		return &rules{tree: tree}, nil
	}
	return loadFor(ctx, tx, tree)
}

func loadFor(ctx context.Context, tx *db.Tx, tree *taxonomy.Tree) (*rules, error) {
	markets, err := market.All(ctx, tx)
	if err != nil {
		return nil, err
	}
	same := func(a, b market.Market) bool { return a.ID == b.ID }
	if v, ok := tx.Shared().Load(latest{}); ok {
		if had := v.(*rules); had.tree == tree && slices.EqualFunc(had.markets, markets, same) {
			return had, nil
		}
	}
	r := &rules{tree: tree, markets: markets}
	if r.space, err = rule.NewSpace(facts(tree, markets)); err != nil {
		return nil, fmt.Errorf("facts of categories' rules: %w", err)
	}
	for _, c := range tree.Ruled() {
		s := standing{category: c.ID}
		if s.program, err = r.space.Compile(c.Rule); err != nil {
			s.problem = err.Error()
		}
		r.all = append(r.all, s)
	}
	tx.Shared().Store(latest{}, r)
	return r, nil
}

// Facts returns what a rule may speak of in this shop: of every product, of the
// attributes there are, and of its price in each market.
func Facts(ctx context.Context, tx *db.Tx) ([]rule.Fact, error) {
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	r, err := loadFor(ctx, tx, tree)
	if err != nil {
		return nil, err
	}
	return r.space.Facts(), nil
}

// Check tells whether a category may have a rule; "" is one. It returns ErrRule
// with what to change.
func Check(ctx context.Context, tx *db.Tx, source string) error {
	if source == "" {
		return nil
	}
	_, _, err := compile(ctx, tx, source)
	return err
}

func compile(ctx context.Context, tx *db.Tx, source string) (*rules, *rule.Program, error) {
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	r, err := loadFor(ctx, tx, tree)
	if err != nil {
		return nil, nil, err
	}
	p, err := r.space.Compile(source)
	if err != nil {
		return nil, nil, ErrRule.With("rule: " + err.Error())
	}
	return r, p, nil
}

// Speaking returns the categories whose rule speaks of a fact, or of one that
// begins with prefix: "product.age_days", "price.".
func Speaking(ctx context.Context, tx *db.Tx, prefix string) (all []taxonomy.CategoryID, err error) {
	r, err := load(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, s := range r.all {
		if s.speaksOf(prefix) {
			all = append(all, s.category)
		}
	}
	return all, nil
}

// Place puts a product where the rules want it now, and takes it out of where
// they do not. One that is gone or archived stays as it is. It may be repeated.
func Place(ctx context.Context, tx *db.Tx, id catalog.ProductID) error {
	r, err := load(ctx, tx)
	if err != nil || len(r.all) == 0 {
		return err
	}
	all, err := catalog.Some(ctx, tx, []catalog.ProductID{id}, "")
	if err != nil {
		return fmt.Errorf("place %s: %w", id, err)
	}
	return r.place(ctx, tx, all, "")
}

// place puts products where the rules want them: all rules, or that of one
// category.
func (r *rules) place(ctx context.Context, tx *db.Tx, products []catalog.Product, only taxonomy.CategoryID) error {
	seen, err := r.look(ctx, tx, products)
	if err != nil {
		return err
	}
	for _, p := range products {
		if p.Status == catalog.StatusArchived {
			continue
		}
		var in, out []taxonomy.CategoryID
		for _, s := range r.all {
			if only != "" && s.category != only {
				continue
			}
			is, problem := s.catches(seen(p))
			if problem != "" {
				if err := exception.Raise(ctx, tx, exception.Problem{Kind: TroubleRule, Ref: string(s.category),
					Text: "the rule of this category cannot be used any more, so its products stay as they are: " + problem}); err != nil {
					return err
				}
				continue
			}
			if is {
				in = append(in, s.category)
			} else {
				out = append(out, s.category)
			}
		}
		if err := settle(ctx, tx, p, in, out); err != nil {
			return err
		}
	}
	return nil
}

// settle writes a product only when it stands elsewhere.
func settle(ctx context.Context, tx *db.Tx, p catalog.Product, in, out []taxonomy.CategoryID) error {
	stands := func(c taxonomy.CategoryID) bool { return slices.Contains(p.Categories, c) }
	if !slices.ContainsFunc(out, stands) && !slices.ContainsFunc(in, func(c taxonomy.CategoryID) bool { return !stands(c) }) {
		return nil
	}
	_, err := catalog.Categorize(ctx, tx, p.ID, in, out)
	return err
}

// catches decides; problem says why it cannot.
func (s standing) catches(facts map[string]any) (is bool, problem string) {
	if s.program == nil {
		return false, s.problem
	}
	is, err := s.program.True(facts)
	if err != nil {
		return false, err.Error()
	}
	return is, ""
}

// Refill asks a category's rule about every product, a page in a transaction.
// Broken off, it begins again, which does no harm. A category without a rule
// stays as it is.
func Refill(ctx context.Context, d *db.DB, category taxonomy.CategoryID) error {
	for after := ""; ; {
		next := ""
		err := d.Write(ctx, func(tx *db.Tx) error {
			next = ""
			r, err := load(ctx, tx)
			if err != nil {
				return err
			}
			if c, ok := r.tree.Find(category); !ok || c.Rule == "" {
				return nil
			}
			var page []catalog.Product
			if page, next, err = catalog.List(ctx, tx, catalog.Filter{After: after, Limit: catalog.MaxPage}); err != nil {
				return err
			}
			return r.place(ctx, tx, page, category)
		})
		if err != nil {
			return fmt.Errorf("fill category %s: %w", category, err)
		}
		if after = next; after == "" {
			return nil
		}
	}
}

var factName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reserved are words that CEL keeps for itself.
var reserved = map[string]bool{"as": true, "break": true, "const": true, "continue": true, "else": true, "false": true, "for": true, "function": true,
	"if": true, "import": true, "in": true, "let": true, "loop": true, "package": true, "namespace": true, "null": true, "return": true, "true": true,
	"var": true, "void": true, "while": true}

// named is what a rule calls a code: "dark-red" is dark_red; "" for one that no
// rule can name.
func named(code string) string {
	name := strings.ReplaceAll(strings.ToLower(code), "-", "_")
	if !factName.MatchString(name) || reserved[name] {
		return ""
	}
	return name
}

// lists are sorted, so that a fact is the same however it was kept.
func lists(m map[string]string, between string) []string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, k+between+m[k])
	}
	return all
}
