package catalog

import (
	"fmt"
	"time"
)

// Publication is a time in which a product is seen in a channel: from From
// until, but not at, Until. A zero time has no bound.
type Publication struct {
	Channel string
	From    time.Time
	Until   time.Time
}

// holds reports whether now lies in the publication.
func (u Publication) holds(now time.Time) bool {
	return !now.Before(u.From) && (u.Until.IsZero() || now.Before(u.Until))
}

// Published reports whether publications let a product be seen in a channel
// now. Without any it is seen everywhere; "" is a channel that sees everything.
func Published(all []Publication, channel string, now time.Time) bool {
	if len(all) == 0 || channel == "" {
		return true
	}
	for _, u := range all {
		if u.Channel == channel && u.holds(now) {
			return true
		}
	}
	return false
}

// Turns returns when what Published says may next change, the zero time for
// never: what is kept of a product is good until then.
func Turns(all []Publication, now time.Time) (next time.Time) {
	for _, u := range all {
		for _, at := range []time.Time{u.From, u.Until} {
			if at.After(now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}

func (p *problems) publications(all []Publication) {
	p.unless(len(all) <= MaxPublications, "publications", fmt.Sprintf("give at most %d", MaxPublications))
	for i, u := range all {
		field := fmt.Sprintf("publications[%d]", i)
		p.unless(text(u.Channel, 1, 40), field+".channel", "name a channel")
		p.unless(u.Until.IsZero() || u.Until.After(u.From), field+".until", "must be later than from")
		for _, o := range all[:i] {
			p.unless(o.Channel != u.Channel || !overlap(o, u), field, "overlaps another time in the same channel: make them one")
		}
	}
}

func overlap(a, b Publication) bool {
	return (a.Until.IsZero() || a.Until.After(b.From)) && (b.Until.IsZero() || b.Until.After(a.From))
}
