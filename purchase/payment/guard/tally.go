package guard

import (
	"cmp"
	"slices"
	"time"
)

// times are when something happened, the last most of them, oldest first.
type times []int64

func (t *times) note(at time.Time) {
	micros := at.UnixMicro()
	i := len(*t)
	for i > 0 && (*t)[i-1] > micros {
		i--
	}
	*t = slices.Insert(*t, i, micros)
	if len(*t) > most {
		*t = slices.Delete(*t, 0, len(*t)-most)
	}
}

// since counts those after from.
func (t times) since(from time.Time) int64 {
	i, _ := slices.BinarySearch(t, from.UnixMicro()+1)
	return int64(len(t) - i)
}

// tally is what one trace is known for.
type tally struct{ tries, declines times }

// tallies holds at most twice maxTallies: when the young ones are as many, the
// old ones are forgotten, which nobody was seen of since.
type tallies struct{ young, old map[string]*tally }

const maxTallies = 40_000

func newTallies() tallies { return tallies{young: map[string]*tally{}} }

func (t *tallies) find(trace string) (*tally, bool) {
	if found, ok := t.young[trace]; ok {
		return found, true
	}
	found, ok := t.old[trace]
	return found, ok
}

// at returns the tally of a trace, a new one where there was none.
func (t *tallies) at(trace string) *tally {
	found, ok := t.find(trace)
	if !ok {
		found = &tally{}
	}
	if len(t.young) >= maxTallies {
		t.young, t.old = map[string]*tally{}, t.young
	}
	t.young[trace] = found
	return found
}

func (t *tallies) forget(trace string) {
	delete(t.young, trace)
	delete(t.old, trace)
}

// shop counts what cards came to in the whole shop, in slots of ten seconds, and
// knows until when everybody proves who they are.
type shop struct {
	slots [maxSlots]struct{ at, approved, declined int64 }
	since time.Time // when it last began to ask
	until time.Time
	told  bool // an exception tells of it
}

const (
	slotSeconds = 10
	maxSlots    = 360 // an hour
)

func (s *shop) note(at time.Time, approved, declined int64) {
	n := at.Unix() / slotSeconds
	slot := &s.slots[n%maxSlots]
	switch {
	case slot.at > n:
		return // an hour late
	case slot.at < n:
		slot.at, slot.approved, slot.declined = n, 0, 0
	}
	slot.approved += approved
	slot.declined += declined
}

// window sums the slots of the last d.
func (s *shop) window(now time.Time, d time.Duration) (approved, declined int64) {
	last := now.Unix() / slotSeconds
	for _, slot := range s.slots {
		if age := last - slot.at; age >= 0 && age*slotSeconds < int64(d/time.Second) {
			approved += slot.approved
			declined += slot.declined
		}
	}
	return approved, declined
}

// judge begins or prolongs asking when the breaker's condition holds.
func (s *shop) judge(b Breaker, now time.Time) {
	approved, declined := s.window(now, b.Window)
	if declined < b.Fewest || declined*1_000_000 < b.RatePPM*(approved+declined) {
		return
	}
	if !s.until.After(now) {
		s.since, s.told = now, false
	}
	if until := now.Add(b.Hold); until.After(s.until) {
		s.until = until
	}
}

// calm stops asking and forgets what led to it.
func (s *shop) calm() { *s = shop{} }

// Seen is one trace that is over a limit.
type Seen struct {
	Kind     Kind
	Trace    string // for Pardon
	Action   Action
	Declines int64
	Tries    int64
	Last     time.Time
	Until    time.Time // when it is free again if nothing more happens
}

// State is what a Guard knows at a time.
type State struct {
	Figures  Figures
	Asking   bool // the whole shop asks for proof
	Since    time.Time
	Until    time.Time
	Approved int64 // in the breaker's window
	Declined int64
	Seen     []Seen // the last first, at most 100
}

// State returns what this node knows.
func (g *Guard) State(s Settings, now time.Time) State {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := State{Figures: g.figures, Asking: g.shop.until.After(now), Since: g.shop.since, Until: g.shop.until}
	st.Approved, st.Declined = g.shop.window(now, s.Breaker.Window)
	seen := map[string]bool{}
	for _, generation := range []map[string]*tally{g.tallies.young, g.tallies.old} {
		for trace, t := range generation {
			if one, over := s.over(trace, t, now); over && !seen[trace] {
				seen[trace] = true
				st.Seen = append(st.Seen, one)
			}
		}
	}
	slices.SortFunc(st.Seen, func(a, b Seen) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Trace, b.Trace)) })
	st.Seen = st.Seen[:min(len(st.Seen), 100)]
	return st
}

// over tells of a trace that is over its limit.
func (s Settings) over(trace string, t *tally, now time.Time) (one Seen, over bool) {
	Traces(trace).each(func(kind Kind, trace string) {
		l := s.limit(kind)
		v := l.says(t, now)
		if v.Action == Pass {
			return
		}
		over = true
		from := now.Add(-l.Window)
		one = Seen{Kind: kind, Trace: trace, Action: v.Action, Declines: t.declines.since(from), Tries: t.tries.since(from)}
		events := t.declines
		if one.Declines < l.Challenge || l.Challenge == 0 {
			events = t.tries
		}
		if n := len(events); n > 0 {
			one.Last = time.UnixMicro(events[n-1]).UTC()
			one.Until = one.Last.Add(l.Window)
		}
	})
	return one, over
}
