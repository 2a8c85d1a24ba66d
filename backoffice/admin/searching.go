package admin

import (
	"net/http"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/ui"
)

const choicesShown = 20

// searchDays are the spans of time that are looked back over.
var searchDays = []string{"7", "30", "90"}

// searchTable is the pages of what shoppers look for, and of what the merchant
// would have them find.
func (a *Admin) searchTable() []page {
	return slices.Concat(listPages(a, a.queryList()), listPages(a, a.searchRuleList()), []page{
		{"GET /admin/search/query", "catalog.read", "search", func(v *visit) error { return a.answerQuery(v, v.queryForm(), http.StatusOK) }},
		{"POST /admin/search/query", "catalog.write", "search", a.ruleQuery},
		{"POST /admin/search/delete", "catalog.write", "search", a.deleteRule},
	})
}

// shareOf is a share in parts per million, 0 of nothing.
func shareOf(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return min(part, whole) * 1_000_000 / whole
}

// lookedFor is all that is known of one query, and the rules that are about it.
type lookedFor struct {
	search.Asked
	Tally    search.Tally
	Choices  []search.Choice
	Redirect *search.Redirect
	Synonyms []search.Synonym
	Rankings []search.Ranking
	Products map[catalog.ProductID]catalog.Product
}

// queryForm is the form of the page of a query, which its address names.
func (v *visit) queryForm() *form {
	f := v.newForm()
	for _, name := range []string{"q", "market", "language"} {
		f.set(name, v.query(name))
	}
	return f
}

func queryPath(q, market, language string) string {
	return link(Prefix+"/search/query", "q", q, "market", market, "language", language)
}

func (a *Admin) answerQuery(v *visit, f *form, status int) error {
	q := lookedFor{Asked: search.Asked{Market: f.get("market"), Language: f.get("language"), Text: f.get("q")}}
	if q.Text == "" {
		http.Redirect(v.w, v.r, Prefix+"/search", http.StatusSeeOther)
		return nil
	}
	if err := a.DB.Read(v.ctx(), func(tx *db.Tx) error { return q.load(v, tx) }); err != nil {
		return err
	}
	return v.show(status, v.queryPage(q, f))
}

func (q *lookedFor) load(v *visit, tx *db.Tx) error {
	tallies, err := search.Tallies(v.ctx(), tx, search.KeepDays, false, mostQueries)
	if err != nil {
		return err
	}
	for _, t := range tallies {
		if t.Query == q.Text && (q.Market == "" || t.Market == q.Market) && (q.Language == "" || t.Language == q.Language) {
			q.Tally.Searches, q.Tally.Zero, q.Tally.Clicks = q.Tally.Searches+t.Searches, q.Tally.Zero+t.Zero, q.Tally.Clicks+t.Clicks
			q.Tally.Results = max(q.Tally.Results, t.Results)
		}
	}
	if q.Choices, err = search.Choices(v.ctx(), tx, q.Asked, search.KeepDays, choicesShown); err != nil {
		return err
	}
	redirects, err := search.Redirects(v.ctx(), tx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(redirects, func(r search.Redirect) bool {
		return r.Query == q.Text && (r.Language == "" || r.Language == q.Language)
	}); i >= 0 {
		q.Redirect = &redirects[i]
	}
	synonyms, err := search.Synonyms(v.ctx(), tx)
	if err != nil {
		return err
	}
	for _, s := range synonyms {
		if slices.ContainsFunc(s.Words, func(w string) bool { return strings.EqualFold(w, q.Text) }) {
			q.Synonyms = append(q.Synonyms, s)
		}
	}
	rankings, err := search.Rankings(v.ctx(), tx)
	if err != nil {
		return err
	}
	for _, r := range rankings {
		if r.Query == q.Text {
			q.Rankings = append(q.Rankings, r)
		}
	}
	q.Products, err = q.products(v, tx)
	return err
}

// products are those that are chosen or ranked.
func (q *lookedFor) products(v *visit, tx *db.Tx) (map[catalog.ProductID]catalog.Product, error) {
	var ids []catalog.ProductID
	for _, c := range q.Choices {
		ids = append(ids, c.Product)
	}
	for _, r := range q.Rankings {
		ids = append(ids, r.Product)
	}
	return productsByID(v, tx, ids)
}

func productsByID(v *visit, tx *db.Tx, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error) {
	slices.Sort(ids)
	found, err := catalog.Some(v.ctx(), tx, slices.Compact(ids), v.Tag())
	all := make(map[catalog.ProductID]catalog.Product, len(found))
	for _, p := range found {
		all[p.ID] = p
	}
	return all, err
}

// ruleQuery makes a redirect, a synonym or a ranking of what somebody looked for.
func (a *Admin) ruleQuery(v *visit) error {
	f := v.form()
	_, status, err := a.put(v, f, "search.rule", func(tx *db.Tx) (string, error) {
		lang := f.get("for")
		switch f.get("make") {
		case "redirect":
			return f.get("q"), search.SaveRedirect(v.ctx(), tx, search.Redirect{Language: lang, Query: f.get("q"), Target: f.get("target")})
		case "synonym":
			s, err := search.SaveSynonym(v.ctx(), tx, search.Synonym{Language: lang, OneWay: f.has("one_way"), Words: append([]string{f.get("q")}, commas(f.get("words"))...)})
			return s.ID, err
		case "ranking":
			return v.rank(tx, f, lang)
		}
		return "", errForm
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(queryPath(f.get("q"), f.get("market"), f.get("language")), "search_rule")
	}
	return a.answerQuery(v, f, status)
}

func (v *visit) rank(tx *db.Tx, f *form, lang string) (string, error) {
	r := search.Ranking{Language: lang, Query: f.get("q"), Position: f.whole("position"), Boost: f.whole("boost")}
	if r.Position == 0 && r.Boost == 0 {
		f.blame("position", "admin.problem.rank")
	}
	id, err := findProduct(v, tx, f.get("product"))
	if err != nil {
		return "", err
	}
	if id == "" {
		f.wrong("product", v.T("admin.problem.no_product", "Name", f.get("product")))
	}
	if !f.ok() {
		return "", errMend
	}
	r.Product = id
	return string(id), search.SaveRanking(v.ctx(), tx, r)
}

// commas are the words of a list with commas between them.
func commas(text string) (all []string) {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}

// deleteRule takes a rule away and goes back to where that was asked.
func (a *Admin) deleteRule(v *visit) error {
	f := v.form()
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		subject := f.get("rule_query")
		switch f.get("what") {
		case "synonym":
			subject = f.get("id")
			err = search.DeleteSynonym(v.ctx(), tx, subject)
		case "redirect":
			err = search.DeleteRedirect(v.ctx(), tx, f.get("rule_language"), subject)
		case "ranking":
			err = search.DeleteRanking(v.ctx(), tx, f.get("rule_language"), subject, catalog.ProductID(f.get("id")))
		default:
			return errForm
		}
		if err != nil {
			return err
		}
		return v.record(tx, "search.unrule", subject)
	})
	if err != nil {
		return err
	}
	return v.done(local(f.get("back")), "search_unrule")
}

// languageOptions are the languages a rule may be for; first all.
func (v *visit) languageOptions() []ui.Option {
	all := []ui.Option{{Label: v.T("admin.search.all_languages")}}
	for _, l := range []string{"en", "de", "hu"} {
		all = append(all, ui.Option{Value: l, Label: v.T("admin.language." + l)})
	}
	return all
}

func (v *visit) languageName(tag string) string {
	if key := "admin.language." + tag; v.Has(key) {
		return v.T(key)
	}
	if tag == "" {
		return v.T("admin.search.all_languages")
	}
	return tag
}
