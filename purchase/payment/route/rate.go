package route

import (
	"sync"
	"time"
)

// How rates are counted: a gateway's score in a segment is
//
//	(approved × 1,000,000 + weight × prior) ÷ (decided + weight)
//
// over the last hours, where prior is the rate of all the gateways weighed
// together. A gateway that few payments went to is thus taken for an average
// one, and one refusal does not condemn it.
const (
	hours       = 24
	weight      = 20
	maxSegments = 20_000
)

// rates counts what was decided, by segment and gateway.
type rates struct {
	mu     sync.Mutex
	counts map[segment]*counts
}

// segment is where gateways are comparable: an issuer's country and brand make
// most of the difference.
type segment struct{ gateway, method, currency, country, brand string }

type counts [hours]struct{ at, approved, decided int64 }

func newRates() *rates { return &rates{counts: map[segment]*counts{}} }

func segmentOf(f Facts, gateway string) segment {
	return segment{gateway, f.Method, string(f.Currency), f.CardCountry, f.CardBrand}
}

func (r *rates) observe(at time.Time, f Facts, gateway string, approved bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, hour := segmentOf(f, gateway), at.Unix()/3600
	c := r.counts[key]
	if c == nil {
		if len(r.counts) >= maxSegments && !r.sweep(hour) {
			return // unknown counts as average
		}
		c = &counts{}
		r.counts[key] = c
	}
	slot := &c[hour%hours]
	if slot.at != hour {
		*slot = struct{ at, approved, decided int64 }{at: hour}
	}
	slot.decided++
	if approved {
		slot.approved++
	}
}

// sweep forgets segments that nobody paid in lately, and reports whether there
// is room now.
func (r *rates) sweep(hour int64) bool {
	for key, c := range r.counts {
		if _, decided := c.sum(hour); decided == 0 {
			delete(r.counts, key)
		}
	}
	return len(r.counts) < maxSegments
}

func (c *counts) sum(hour int64) (approved, decided int64) {
	if c == nil {
		return 0, 0
	}
	for _, slot := range c {
		if age := hour - slot.at; age >= 0 && age < hours {
			approved += slot.approved
			decided += slot.decided
		}
	}
	return approved, decided
}

// scores are parts per million, by the formula above.
func (r *rates) scores(at time.Time, f Facts, gateways []string) []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	approved, decided := make([]int64, len(gateways)), make([]int64, len(gateways))
	var allApproved, allDecided int64
	for i, name := range gateways {
		approved[i], decided[i] = r.counts[segmentOf(f, name)].sum(at.Unix() / 3600)
		allApproved += approved[i]
		allDecided += decided[i]
	}
	var prior int64
	if allDecided > 0 {
		prior = allApproved * 1_000_000 / allDecided
	}
	scores := make([]int64, len(gateways))
	for i := range gateways {
		scores[i] = (approved[i]*1_000_000 + weight*prior) / (decided[i] + weight)
	}
	return scores
}
