package live

import (
	"cmp"
	"slices"
)

// keep adds e to its topic's ring and forgets the quietest topics when there is too much.
func (h *Hub) keep(e Event) {
	at, ok := h.topics[e.Topic]
	if !ok {
		at = h.recent.PushBack(&topic{name: e.Topic, missed: h.forgotten})
		h.topics[e.Topic] = at
	}
	h.recent.MoveToBack(at)
	if at.Value.(*topic).add(e) {
		h.kept++
	}
	for h.kept > keptInAll {
		quiet := h.recent.Remove(h.recent.Front()).(*topic)
		delete(h.topics, quiet.name)
		h.kept -= len(quiet.ring)
		h.forgotten = max(h.forgotten, quiet.latest())
	}
}

// add reports whether the ring grew.
func (t *topic) add(e Event) bool {
	if len(t.ring) < keptPerTopic {
		t.ring = append(t.ring, e)
		return true
	}
	t.missed = t.ring[t.start].number
	t.ring[t.start] = e
	t.start = (t.start + 1) % keptPerTopic
	return false
}

// latest is the number of the newest event; a kept topic has one.
func (t *topic) latest() uint64 {
	return t.ring[(t.start+len(t.ring)-1)%len(t.ring)].number
}

// since returns the kept events of topics after the one with the id last, in
// their order, and whether none is missing. No id means nothing was missed.
func (h *Hub) since(last string, topics []string) (missed []Event, complete bool) {
	if last == "" {
		return nil, true
	}
	number, ok := h.numberOf(last)
	if !ok {
		return nil, false
	}
	for _, name := range unique(topics) {
		at, ok := h.topics[name]
		if !ok {
			if number < h.forgotten {
				return nil, false
			}
			continue
		}
		t := at.Value.(*topic)
		if number < t.missed {
			return nil, false
		}
		for i := range t.ring {
			if e := t.ring[(t.start+i)%len(t.ring)]; e.number > number {
				missed = append(missed, e)
			}
		}
	}
	slices.SortFunc(missed, func(a, b Event) int { return cmp.Compare(a.number, b.number) })
	return missed, true
}

func unique(topics []string) []string {
	sorted := slices.Clone(topics)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
