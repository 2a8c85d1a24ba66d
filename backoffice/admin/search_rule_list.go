package admin

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// searchRule is one of the merchant's rules of search, of whichever kind. Just
// one of the three is set.
type searchRule struct {
	Synonym  *search.Synonym  `json:"synonym,omitempty"`
	Redirect *search.Redirect `json:"redirect,omitempty"`
	Ranking  *search.Ranking  `json:"ranking,omitempty"`
	product  string           // what a ranked one is called
}

// kind, language and query say what a rule is, and for whom.
func (r searchRule) kind() string {
	switch {
	case r.Synonym != nil:
		return "synonym"
	case r.Redirect != nil:
		return "redirect"
	}
	return "ranking"
}

func (r searchRule) language() string {
	switch {
	case r.Synonym != nil:
		return r.Synonym.Language
	case r.Redirect != nil:
		return r.Redirect.Language
	}
	return r.Ranking.Language
}

func (r searchRule) query() string {
	switch {
	case r.Synonym != nil:
		return r.Synonym.Words[0]
	case r.Redirect != nil:
		return r.Redirect.Query
	}
	return r.Ranking.Query
}

// key names a rule among all: synonyms have an id, the others are of their words.
func (r searchRule) key() string {
	q := url.Values{"kind": {r.kind()}, "language": {r.language()}, "query": {r.query()}}
	switch {
	case r.Synonym != nil:
		q = url.Values{"kind": {"synonym"}, "id": {r.Synonym.ID}}
	case r.Ranking != nil:
		q.Set("id", string(r.Ranking.Product))
	}
	return q.Encode()
}

// says is a rule in a line: "becher → /c/cups".
func (v *visit) ruleSays(r searchRule) string {
	switch {
	case r.Redirect != nil:
		return r.Redirect.Query + " → " + r.Redirect.Target
	case r.Ranking != nil:
		return r.Ranking.Query + ": " + r.product + " " + v.ranked(*r.Ranking)
	case r.Synonym.OneWay:
		return r.Synonym.Words[0] + " → " + strings.Join(r.Synonym.Words[1:], ", ")
	}
	return strings.Join(r.Synonym.Words, " = ")
}

// searchRuleList describes the list of all rules of search.
func (a *Admin) searchRuleList() list[searchRule] {
	columns := []column[searchRule]{
		{name: "rule", title: "admin.search.rule", fixed: true, sorts: true, cell: func(v *visit, r searchRule) templ.Component { return v.ruleCell(r) },
			text: func(v *visit, r searchRule) string { return v.ruleSays(r) }},
		plainColumn("kind", "admin.field.kind", func(v *visit, r searchRule) string { return v.T("admin.search." + r.kind() + "s") }),
		plainColumn("language", "admin.search.for", func(v *visit, r searchRule) string { return v.languageName(r.language()) }),
	}
	return list[searchRule]{
		name: "search_rules", in: "search", path: Prefix + "/search/rules", read: "catalog.read", lead: "admin.search.rules_lead",
		columns: columns, tabs: "kind", changes: []listChange{{verb: unruleVerb, action: "catalog.write", label: "admin.search.delete_many",
			tell: telling(func(v *visit, state json.RawMessage) string {
				if r := said[searchRule](state); r != (searchRule{}) {
					r.product = r.rankedID()
					return v.ruleSays(r)
				}
				return v.T("admin.search.deleted")
			})}},
		filters: []listFilter{
			{name: "q", label: "admin.list.search", kind: "search"},
			{name: "kind", label: "admin.field.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return []ui.Option{{Label: v.T("admin.all")}, {Value: "synonym", Label: v.T("admin.search.synonyms")}, {Value: "redirect", Label: v.T("admin.search.redirects")},
					{Value: "ranking", Label: v.T("admin.search.rankings")}}, nil
			}},
			{name: "language", label: "admin.search.for", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.languageOptions(), nil }},
		},
		page: whole[searchRule]{all: searchRules, keep: map[string]func(*visit, searchRule, string) bool{
			"kind":     func(_ *visit, r searchRule, kind string) bool { return r.kind() == kind },
			"language": func(_ *visit, r searchRule, tag string) bool { return r.language() == tag },
		}}.page(columns),
		key:   searchRule.key,
		label: searchRule.query,
		none:  "admin.search.no_rule",
		note:  func(v *visit) templ.Component { return v.rulesNote() },
	}
}

func (r searchRule) rankedID() string {
	if r.Ranking == nil {
		return ""
	}
	return string(r.Ranking.Product)
}

// everyRule are all rules, those of a kind beside each other.
func everyRule(ctx context.Context, tx *db.Tx) (all []searchRule, err error) {
	synonyms, err := search.Synonyms(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, s := range synonyms {
		all = append(all, searchRule{Synonym: &s})
	}
	redirects, err := search.Redirects(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, r := range redirects {
		all = append(all, searchRule{Redirect: &r})
	}
	rankings, err := search.Rankings(ctx, tx)
	for _, r := range rankings {
		all = append(all, searchRule{Ranking: &r})
	}
	return all, err
}

func searchRules(v *visit, tx *db.Tx) ([]searchRule, error) {
	all, err := everyRule(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	var ids []catalog.ProductID
	for _, r := range all {
		if r.Ranking != nil {
			ids = append(ids, r.Ranking.Product)
		}
	}
	products, err := productsByID(v, tx, ids)
	for i, r := range all {
		if r.Ranking != nil {
			all[i].product = productTitle(products, r.Ranking.Product)
		}
	}
	return all, err
}

// unruleVerb deletes rules, and writes them again when that is undone.
var unruleVerb = listing.Verb{Name: "search.unrule",
	Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
		all, err := everyRule(ctx, tx)
		if err != nil {
			return o, err
		}
		i := slices.IndexFunc(all, func(r searchRule) bool { return r.key() == subject })
		if i < 0 {
			return o, search.ErrNotFound
		}
		r := all[i]
		o = listing.Outcome{Title: r.query(), Old: keep(r), New: keep(searchRule{})}
		switch {
		case r.Synonym != nil:
			return o, search.DeleteSynonym(ctx, tx, r.Synonym.ID)
		case r.Redirect != nil:
			return o, search.DeleteRedirect(ctx, tx, r.Redirect.Language, r.Redirect.Query)
		}
		return o, search.DeleteRanking(ctx, tx, r.Ranking.Language, r.Ranking.Query, r.Ranking.Product)
	},
	Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
		all, err := everyRule(ctx, tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(r searchRule) bool { return r.key() == subject }) {
			return listing.ErrMoved // somebody wrote one anew
		}
		switch r := said[searchRule](o.Old); {
		case r.Synonym != nil:
			_, err = search.SaveSynonym(ctx, tx, *r.Synonym)
		case r.Redirect != nil:
			err = search.SaveRedirect(ctx, tx, *r.Redirect)
		default:
			err = search.SaveRanking(ctx, tx, *r.Ranking)
		}
		return err
	}}
