package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"korzo/platform/db"
)

const (
	maxSeen    = 10_000 // queries that wait to be written; further ones are not counted
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

// queries counts what is looked for until it is written down.
type queries struct {
	mu     sync.Mutex
	counts map[seen]*tally
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

func (q *queries) clicked(s seen) { q.count(s, func(t *tally) { t.Clicks++ }) }

func (q *queries) take() []tally {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make([]tally, 0, len(q.counts))
	for _, t := range q.counts {
		all = append(all, *t)
	}
	q.counts = nil
	slices.SortFunc(all, func(a, b tally) int { // one order for all nodes: no deadlock
		return strings.Compare(a.Market+"\n"+a.Language+"\n"+a.Query, b.Market+"\n"+b.Language+"\n"+b.Query)
	})
	return all
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
	all := s.queries.take()
	if len(all) == 0 {
		return nil
	}
	err := s.config.DB.Write(ctx, func(tx *db.Tx) error {
		for some := range slices.Chunk(all, tallyChunk) {
			if err := addTallies(ctx, tx, tx.Now.Format(dayForm), some); err != nil {
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

func since(tx *db.Tx, days int) string {
	return tx.Now.Add(-time.Duration(days) * 24 * time.Hour).Format(dayForm)
}
