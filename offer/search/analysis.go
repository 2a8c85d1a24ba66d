package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"korzo/offer/catalog"
	"korzo/offer/search/language"
	"korzo/platform/db"
)

// KeepDays is how long it is kept what was looked for and chosen.
const KeepDays = 90

const (
	maxSeen    = 10_000 // queries, and choices, that wait to be written; further ones are not counted
	tallyChunk = 500    // rows of one statement
	phone      = 7      // digits that may be a telephone number
	dayForm    = "2006-01-02"
)

// seen is a query as it is counted.
type seen struct {
	Market, Language, Query string
}

// Tally is how often something was looked for.
type Tally struct {
	Market, Language string
	Query            string // normalised
	Searches         int64
	Zero             int64 // of them found nothing
	Clicks           int64 // on what was found
	Results          int64 // the most that was found
}

type tally = Tally

// Choice is how often a product was chosen among what a query found.
type Choice struct {
	Product catalog.ProductID
	Clicks  int64
}

// chosenFor is a product as it is counted for a query.
type chosenFor struct {
	seen
	product catalog.ProductID
}

// queries counts what is looked for until it is written down.
type queries struct {
	mu      sync.Mutex
	counts  map[seen]*tally
	choices map[chosenFor]int64
}

func (q *queries) count(s seen, add func(t *tally)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.counts == nil {
		q.counts = map[seen]*tally{}
	}
	t, ok := q.counts[s]
	if !ok {
		if len(q.counts) >= maxSeen {
			return
		}
		t = &tally{Market: s.Market, Language: s.Language, Query: s.Query}
		q.counts[s] = t
	}
	add(t)
}

func (q *queries) searched(s seen, results int) {
	q.count(s, func(t *tally) {
		t.Searches++
		t.Results = int64(results)
		if results == 0 {
			t.Zero++
		}
	})
}

func (q *queries) clicked(s seen, product catalog.ProductID) {
	q.count(s, func(t *tally) {
		t.Clicks++
		c := chosenFor{s, product}
		if _, ok := q.choices[c]; !ok && len(q.choices) >= maxSeen {
			return
		}
		if q.choices == nil {
			q.choices = map[chosenFor]int64{}
		}
		q.choices[c]++
	})
}

// take returns what was counted, in one order for all nodes: no deadlock.
func (q *queries) take() ([]tally, []pick) {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make([]tally, 0, len(q.counts))
	for _, t := range q.counts {
		all = append(all, *t)
	}
	picks := make([]pick, 0, len(q.choices))
	for c, n := range q.choices {
		picks = append(picks, pick{c, n})
	}
	q.counts, q.choices = nil, nil
	slices.SortFunc(all, func(a, b tally) int {
		return seen{a.Market, a.Language, a.Query}.compare(seen{b.Market, b.Language, b.Query})
	})
	slices.SortFunc(picks, func(a, b pick) int {
		return cmp.Or(a.seen.compare(b.seen), strings.Compare(string(a.product), string(b.product)))
	})
	return all, picks
}

// pick is a product and how often it was chosen for a query.
type pick struct {
	chosenFor
	clicks int64
}

func (s seen) compare(o seen) int {
	return cmp.Or(strings.Compare(s.Market, o.Market), strings.Compare(s.Language, o.Language), strings.Compare(s.Query, o.Query))
}

// personal says whether a text may name a person: such are not written down.
func personal(text string) bool {
	digits := 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits >= phone || strings.Contains(text, "@")
}

// Flush writes down what was looked for since the last time. Run does it; call
// it before closing. What cannot be written is lost: it is statistics.
func (s *Search) Flush(ctx context.Context) error {
	all, picks := s.queries.take()
	if len(all) == 0 {
		return nil
	}
	err := s.config.DB.Write(ctx, func(tx *db.Tx) error {
		for some := range slices.Chunk(all, tallyChunk) {
			if err := addTallies(ctx, tx, tx.Now.Format(dayForm), some); err != nil {
				return err
			}
		}
		for some := range slices.Chunk(picks, tallyChunk) {
			if err := addChoices(ctx, tx, tx.Now.Format(dayForm), some); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write down %d queries: %w", len(all), err)
	}
	return nil
}

// Tallies returns what was looked for most in the last days; only what found
// nothing when zeroOnly.
func Tallies(ctx context.Context, tx *db.Tx, days int, zeroOnly bool, limit int) ([]Tally, error) {
	return selectTallies(ctx, tx, since(tx, days), zeroOnly, min(limit, maxRules))
}

// Choices returns what was chosen most in the last days among what a text found
// in a market and language, at most limit.
func Choices(ctx context.Context, tx *db.Tx, s Asked, days, limit int) ([]Choice, error) {
	return selectChoices(ctx, tx, since(tx, days), seen{s.Market, language.Of(s.Language), language.Normal(s.Text)}, min(limit, maxRules))
}

// Asked is a text somebody looked for, in a market and a language.
type Asked struct {
	Market, Language string
	Text             string
}

// Forget drops what was looked for and chosen longer ago than KeepDays.
func Forget(ctx context.Context, tx *db.Tx) error {
	day := since(tx, KeepDays)
	if err := deleteTallies(ctx, tx, day); err != nil {
		return fmt.Errorf("forget what was looked for before %s: %w", day, err)
	}
	return nil
}

func since(tx *db.Tx, days int) string {
	return tx.Now.Add(-time.Duration(days) * 24 * time.Hour).Format(dayForm)
}
