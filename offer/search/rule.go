package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/search/language"
	"korzo/platform/db"
	"korzo/platform/id"
)

// Limits of the merchant's rules, which every node keeps in memory.
const (
	maxRules    = 5000 // of each kind
	maxSynonyms = 20   // words of one
	maxTarget   = 500
	maxBoost    = 900
)

// Synonym says that words mean the same in this shop.
type Synonym struct {
	ID       string
	Language string   // "" for all
	OneWay   bool     // the first also finds the others, not they the first
	Words    []string // 2 to 20, each of one word or several
}

// Redirect sends who looks for something to a page.
type Redirect struct {
	Language string // "" for all
	Query    string // kept normalised
	Target   string // a path of the shop or an https address
}

// Ranking moves a product among what one query finds.
type Ranking struct {
	Language string // "" for all
	Query    string // kept normalised
	Product  catalog.ProductID
	Position int64 // 1 is on top, whether the words find it or not; 0: not pinned
	Boost    int64 // percent added to its score, -100 to 900
}

type ranking struct{ Position, Boost int64 }

// SaveSynonym writes a synonym, a new one when it has no ID, and returns it.
func SaveSynonym(ctx context.Context, tx *db.Tx, s Synonym) (Synonym, error) {
	s.Words = slices.DeleteFunc(slices.Clone(s.Words), func(w string) bool { return language.Normal(w) == "" })
	if len(s.Words) < 2 || len(s.Words) > maxSynonyms {
		return s, ErrInvalid.With(fmt.Sprintf("words: give 2 to %d", maxSynonyms))
	}
	for _, w := range s.Words {
		if len(w) > maxText {
			return s, ErrInvalid.With(fmt.Sprintf("words: write at most %d characters each", maxText))
		}
	}
	if s.ID == "" {
		s.ID = id.New[string]("syn", tx.Now)
	}
	if err := upsertSynonym(ctx, tx, s); err != nil {
		return s, fmt.Errorf("save synonym %s: %w", s.ID, err)
	}
	return s, touch(ctx, tx, rulesSubject)
}

// DeleteSynonym takes a synonym away. It returns ErrNotFound.
func DeleteSynonym(ctx context.Context, tx *db.Tx, id string) error {
	return gone(ctx, tx, func() (int64, error) { return deleteSynonym(ctx, tx, id) })
}

// Synonyms returns all synonyms in order of id.
func Synonyms(ctx context.Context, tx *db.Tx) ([]Synonym, error) { return selectSynonyms(ctx, tx) }

// SaveRedirect writes the redirect of a query in a language.
func SaveRedirect(ctx context.Context, tx *db.Tx, r Redirect) error {
	r.Query = language.Normal(r.Query)
	local := strings.HasPrefix(r.Target, "/") && !strings.HasPrefix(r.Target, "//") && !strings.Contains(r.Target, `\`)
	switch {
	case r.Query == "" || len(r.Query) > maxText:
		return ErrInvalid.With(fmt.Sprintf("query: write 1 to %d characters", maxText))
	case len(r.Target) > maxTarget || !local && !strings.HasPrefix(r.Target, "https://"):
		return ErrInvalid.With("target: use a path of the shop such as /c/lamps, or an https address")
	}
	if err := upsertRedirect(ctx, tx, r); err != nil {
		return fmt.Errorf("save redirect of %q: %w", r.Query, err)
	}
	return touch(ctx, tx, rulesSubject)
}

// DeleteRedirect takes the redirect of a query away. It returns ErrNotFound.
func DeleteRedirect(ctx context.Context, tx *db.Tx, lang, query string) error {
	return gone(ctx, tx, func() (int64, error) { return deleteRedirect(ctx, tx, lang, language.Normal(query)) })
}

// Redirects returns all redirects in order of query.
func Redirects(ctx context.Context, tx *db.Tx) ([]Redirect, error) { return selectRedirects(ctx, tx) }

// SaveRanking writes where a product stands for a query in a language.
func SaveRanking(ctx context.Context, tx *db.Tx, r Ranking) error {
	r.Query = language.Normal(r.Query)
	switch {
	case r.Query == "" || len(r.Query) > maxText:
		return ErrInvalid.With(fmt.Sprintf("query: write 1 to %d characters", maxText))
	case r.Position < 0 || r.Position > MaxPage:
		return ErrInvalid.With(fmt.Sprintf("position: must be 0 to %d", MaxPage))
	case r.Boost < -100 || r.Boost > maxBoost:
		return ErrInvalid.With(fmt.Sprintf("boost: must be -100 to %d percent", maxBoost))
	}
	if _, err := catalog.Find(ctx, tx, r.Product); err != nil {
		return fmt.Errorf("rank product: %w", err)
	}
	if err := upsertRanking(ctx, tx, r); err != nil {
		return fmt.Errorf("rank %s for %q: %w", r.Product, r.Query, err)
	}
	return touch(ctx, tx, rulesSubject)
}

// DeleteRanking takes a ranking away. It returns ErrNotFound.
func DeleteRanking(ctx context.Context, tx *db.Tx, lang, query string, product catalog.ProductID) error {
	return gone(ctx, tx, func() (int64, error) { return deleteRanking(ctx, tx, lang, language.Normal(query), product) })
}

// Rankings returns all rankings in order of query, position and product.
func Rankings(ctx context.Context, tx *db.Tx) ([]Ranking, error) { return selectRankings(ctx, tx) }

func gone(ctx context.Context, tx *db.Tx, remove func() (int64, error)) error {
	n, err := remove()
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return errors.Join(err, touch(ctx, tx, rulesSubject))
}

// rules are all of them as a search needs them. They are never changed, only replaced.
type rules struct {
	synonyms  map[string][]string // language and normal words → what means the same
	longest   int                 // words of the longest key
	redirects map[string]string   // language and query → target
	rankings  map[string]map[catalog.ProductID]ranking
}

func ruleKey(lang, normal string) string { return lang + "\n" + normal }

func loadRules(ctx context.Context, tx *db.Tx) (*rules, error) {
	r := &rules{synonyms: map[string][]string{}, redirects: map[string]string{}, rankings: map[string]map[catalog.ProductID]ranking{}}
	synonyms, err := selectSynonyms(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load synonyms: %w", err)
	}
	for _, s := range synonyms {
		r.addSynonym(s)
	}
	redirects, err := selectRedirects(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load redirects: %w", err)
	}
	for _, one := range redirects {
		r.redirects[ruleKey(one.Language, one.Query)] = one.Target
	}
	rankings, err := selectRankings(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load rankings: %w", err)
	}
	for _, one := range rankings {
		key := ruleKey(one.Language, one.Query)
		if r.rankings[key] == nil {
			r.rankings[key] = map[catalog.ProductID]ranking{}
		}
		r.rankings[key][one.Product] = ranking{one.Position, one.Boost}
	}
	return r, nil
}

func (r *rules) addSynonym(s Synonym) {
	for i, from := range s.Words {
		if i > 0 && s.OneWay {
			return
		}
		key := ruleKey(s.Language, language.Normal(from))
		for j, to := range s.Words {
			if i != j {
				r.synonyms[key] = append(r.synonyms[key], to)
			}
		}
		r.longest = max(r.longest, len(language.Words(from)))
	}
}

// terms makes terms of words, the longest synonyms first.
func (r *rules) terms(lang string, words []language.Word) (all []Term) {
	for i := 0; i < len(words); {
		n := min(r.longest, len(words)-i)
		for ; n > 0; n-- {
			if or := r.like(lang, words[i:i+n]); or != nil {
				all = append(all, Term{Text: joined(words[i : i+n]), Or: or})
				break
			}
		}
		if n <= 0 {
			all = append(all, Term{Text: words[i].Raw})
			n = 1
		}
		i += n
	}
	return all
}

func (r *rules) like(lang string, words []language.Word) []string {
	folded := make([]string, len(words))
	for i, w := range words {
		folded[i] = w.Folded
	}
	normal := strings.Join(folded, " ")
	own, common := r.synonyms[ruleKey(lang, normal)], r.synonyms[ruleKey("", normal)]
	return slices.Concat(own, common)
}

func joined(words []language.Word) string {
	raw := make([]string, len(words))
	for i, w := range words {
		raw[i] = w.Raw
	}
	return strings.Join(raw, " ")
}

// redirect returns where a query leads, the language's own rule first.
func (r *rules) redirect(lang, normal string) string {
	if to, ok := r.redirects[ruleKey(lang, normal)]; ok {
		return to
	}
	return r.redirects[ruleKey("", normal)]
}

// ranked returns the rankings of a query, the language's own before those of all.
func (r *rules) ranked(lang, normal string) map[catalog.ProductID]ranking {
	if own, ok := r.rankings[ruleKey(lang, normal)]; ok {
		return own
	}
	return r.rankings[ruleKey("", normal)]
}
