package route

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"korzo/purchase/payment"
)

// A breaker opens when half of a gateway's calls in the last ten seconds went
// wrong, or, in a quiet shop, five in a row. It stays open for firstPause,
// twice as long after each failed probe up to longestPause, each ± 25 %.
const (
	slots        = 10 // of a second each: the sliding window
	fewest       = 5  // calls in the window that prove something
	inARow       = 5
	firstPause   = 10 * time.Second
	longestPause = 2 * time.Minute
	probeLife    = 30 * time.Second // then another payment may probe
	maxUnits     = 1000
)

// Seen is what a call to a gateway came to.
type Seen string

// What a call can come to. Errors and silence count against the gateway; an
// issuer's no does not: it says that the gateway works.
const (
	SeenApproved  Seen = "approved"
	SeenDeclined  Seen = "declined"
	SeenUndecided Seen = "undecided" // it answered, and the shopper or the bank has yet to decide
	SeenError     Seen = "error"
	SeenSilence   Seen = "silence"
	SeenNothing   Seen = "" // tells nothing of the gateway
)

// bad reports whether the gateway itself failed.
func (s Seen) bad() bool { return s == SeenError || s == SeenSilence }

// SeenOf is what an attempt's state, right after the call, says of its gateway.
func SeenOf(state payment.State, code string) Seen {
	switch {
	case state.Paid():
		return SeenApproved
	case state == payment.StateDeclined && code == payment.DeclineGateway:
		return SeenError
	case state == payment.StateDeclined && (code == payment.DeclineCancelled || code == payment.DeclineAmount):
		return SeenUndecided
	case state == payment.StateDeclined:
		return SeenDeclined
	case state == payment.StatePending || state == payment.StateAction:
		return SeenUndecided
	case state == payment.StateUnknown:
		return SeenSilence
	}
	return SeenNothing
}

// Observe notes what a call to a gateway came to. Call it once for each call,
// and again when what was undecided is decided. It needs no transaction.
func (r *Router) Observe(at time.Time, f Facts, gateway string, seen Seen) {
	if _, ok := r.gateways[gateway]; !ok || seen == SeenNothing {
		return
	}
	r.health.observe(at, f.Payment, unit{gateway, f.Method}, seen.bad())
	if seen != SeenUndecided {
		r.rates.observe(at, f, gateway, seen == SeenApproved)
	}
}

// Breaker is the state of a gateway's breaker for one method.
type Breaker struct {
	Gateway string
	Method  string
	State   string    // "closed", "open" or "half_open"
	Calls   int64     // in the last ten seconds
	Errors  int64     // of Calls
	Since   time.Time // when it last opened; zero: never
	Until   time.Time // when a probe is let through; zero when closed
	Opened  int64     // how often, since the process began
}

// Breakers lists this node's breakers at a time, by gateway and method.
func (r *Router) Breakers(at time.Time) []Breaker { return r.health.list(at) }

// unit is what breaks as one: a gateway may take cards and hang on wallets.
type unit struct{ gateway, method string }

// standing is what a breaker says to one payment.
type standing int

const (
	up standing = iota
	probing
	down
)

// health keeps the breakers of a node.
type health struct {
	mu       sync.Mutex
	breakers map[unit]*breaker
	jitter   func(n int64) int64
}

func newHealth(jitter func(n int64) int64) *health {
	return &health{breakers: map[unit]*breaker{}, jitter: jitter}
}

func (h *health) standing(now time.Time, payment string, u unit) standing {
	h.mu.Lock()
	defer h.mu.Unlock()
	if b := h.breakers[u]; b != nil {
		return b.standing(now, payment)
	}
	return up
}

// take reports whether the payment may go through the gateway now. Half-open,
// it gives this payment the probe.
func (h *health) take(now time.Time, payment string, u unit) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.breakers[u]
	if b == nil {
		return true
	}
	switch b.standing(now, payment) {
	case down:
		return false
	case probing:
		if b.probe != payment || !now.Before(b.probeEnd) {
			b.probe, b.probeEnd = payment, now.Add(probeLife)
		}
	}
	return true
}

func (h *health) observe(at time.Time, payment string, u unit, bad bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.breakers[u]
	if b == nil {
		if len(h.breakers) >= maxUnits {
			return
		}
		b = &breaker{}
		h.breakers[u] = b
	}
	b.observe(at, payment, bad, h.jitter)
}

func (h *health) list(at time.Time) []Breaker {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]Breaker, 0, len(h.breakers))
	for u, b := range h.breakers {
		line := Breaker{Gateway: u.gateway, Method: u.method, State: "closed", Since: b.since, Opened: b.opened}
		line.Calls, line.Errors = b.window(at)
		if b.open {
			line.State, line.Until = "open", b.until
			if !at.Before(b.until) {
				line.State = "half_open"
			}
		}
		all = append(all, line)
	}
	slices.SortFunc(all, func(a, b Breaker) int {
		return cmp.Or(cmp.Compare(a.Gateway, b.Gateway), cmp.Compare(a.Method, b.Method))
	})
	return all
}

// breaker is one unit's. Open and past until it is half-open: the payment that
// holds the probe decides what becomes of it.
type breaker struct {
	seconds  [slots]second
	row      int64 // errors since the last good call
	open     bool
	pause    time.Duration // without its jitter
	since    time.Time
	until    time.Time
	probe    string // the payment let through
	probeEnd time.Time
	opened   int64
}

// second counts the calls that ended in one second.
type second struct{ at, calls, errors int64 }

func (b *breaker) standing(now time.Time, payment string) standing {
	switch {
	case !b.open:
		return up
	case now.Before(b.until) || payment == "":
		return down
	case b.probe == "" || b.probe == payment || !now.Before(b.probeEnd):
		return probing
	}
	return down
}

func (b *breaker) observe(at time.Time, payment string, bad bool, jitter func(int64) int64) {
	s := &b.seconds[at.Unix()%slots]
	if s.at != at.Unix() {
		*s = second{at: at.Unix()}
	}
	s.calls++
	b.row++
	if bad {
		s.errors++
	} else {
		b.row = 0
	}
	if b.open {
		b.probed(at, payment, bad, jitter)
		return
	}
	calls, errors := b.window(at)
	if bad && (b.row >= inARow || calls >= fewest && 2*errors >= calls) {
		b.trip(at, firstPause, jitter)
	}
}

// probed ends a probe. Other results are of calls from before it opened and
// change nothing.
func (b *breaker) probed(at time.Time, payment string, bad bool, jitter func(int64) int64) {
	if payment == "" || payment != b.probe {
		return
	}
	if bad {
		b.trip(at, min(2*b.pause, longestPause), jitter)
		return
	}
	*b = breaker{since: b.since, opened: b.opened}
}

// trip opens the breaker for pause, a quarter more or less.
func (b *breaker) trip(at time.Time, pause time.Duration, jitter func(int64) int64) {
	if !b.open {
		b.since = at
		b.opened++
	}
	b.open, b.pause, b.probe = true, pause, ""
	b.until = at.Add(pause*3/4 + time.Duration(jitter(int64(pause/2)+1)))
}

// window sums the last ten seconds.
func (b *breaker) window(at time.Time) (calls, errors int64) {
	for _, s := range b.seconds {
		if age := at.Unix() - s.at; age >= 0 && age < slots {
			calls += s.calls
			errors += s.errors
		}
	}
	return calls, errors
}
