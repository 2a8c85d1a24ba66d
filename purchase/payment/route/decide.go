package route

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment"
)

// Decision is which gateways a payment is offered to, and why.
type Decision struct {
	Order   []string // the first is asked; the others stand behind it
	Rule    RuleID   // "" when the flow's route or the default list decided
	Version int64    // of the rule
	Down    []string // of Order: those whose breaker is open, which stand last
	Proof   payment.Proof
	Why     []Step
}

// Step is one thing that was weighed. Its JSON is logged: fields are added,
// never renamed.
type Step struct {
	Kind    string `json:"kind"`              // "rule", "gateway", "split", "rate", "explore", "proof", "guard" or "retry"
	Name    string `json:"name"`              // the rule's id, "default" or "flow"; or the gateway
	Version int64  `json:"version,omitempty"` // of the rule
	Taken   bool   `json:"taken,omitempty"`
	Text    string `json:"text"`
}

// Decide returns the gateways for a payment, or ErrNone. It writes nothing: log
// the decision with Record. Asked again it answers the same, unless rules or
// the gateways' state changed. Half-open, a gateway is offered first to one
// payment at a time.
func (r *Router) Decide(ctx context.Context, tx *db.Tx, f Facts) (Decision, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Decision{}, fmt.Errorf("decide route: %w", err)
	}
	return r.decide(b, f, tx.Now)
}

// Explain returns what Decide would, with every rule and why it was not taken.
// It takes up no probe.
func (r *Router) Explain(ctx context.Context, tx *db.Tx, f Facts) (Decision, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Decision{}, fmt.Errorf("explain route: %w", err)
	}
	d := r.evaluate(b, f, r.eyes(f, tx.Now), true)
	if len(d.Order) == 0 {
		return d, noneFor(f)
	}
	return d, nil
}

func (r *Router) decide(b *book, f Facts, now time.Time) (Decision, error) {
	for range len(r.order) + 1 { // each round another payment was given a probe in between
		d := r.evaluate(b, f, r.eyes(f, now), false)
		if len(d.Order) == 0 {
			return d, noneFor(f)
		}
		if slices.Contains(d.Down, d.Order[0]) || r.health.take(now, f.Payment, unit{d.Order[0], f.Method}) {
			return d, nil
		}
	}
	return r.evaluate(b, f, r.eyes(f, now), false), nil
}

func noneFor(f Facts) error {
	return fmt.Errorf("route %s by %s in %s: %w", f.Payment, f.Method, f.Currency, ErrNone)
}

// eyes are what a decision sees of the world beyond rules and facts.
type eyes struct {
	standing func(gateway string) standing
	scores   func(gateways []string) []int64 // ppm; nil: rates are not known
	explore  func(payment string) int64
}

// eyes of this node, now.
func (r *Router) eyes(f Facts, now time.Time) eyes {
	return eyes{
		standing: func(gateway string) standing { return r.health.standing(now, f.Payment, unit{gateway, f.Method}) },
		scores:   func(gateways []string) []int64 { return r.rates.scores(now, f, gateways) },
		explore:  r.explore,
	}
}

// askedBefore orders rules by priority, then by id.
func askedBefore(a, b compiled) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID, b.ID))
}

// evaluate is the decision. Order is empty when no gateway takes the payment.
// all adds the rules that were not taken to Why; it changes nothing else.
func (r *Router) evaluate(b *book, f Facts, e eyes, all bool) Decision {
	a := arranging{r: r, b: b, f: f, eyes: e}
	seen := f.seen()
	var d Decision
	var before []Step
	for _, c := range b.rules {
		if d.Rule != "" {
			if all {
				d.Why = append(d.Why, Step{Kind: "rule", Name: string(c.ID), Version: c.Version, Text: "not asked: another came before"})
			}
			continue
		}
		if !c.takes(seen) {
			if all {
				_, why := c.explain(seen)
				before = append(before, Step{Kind: "rule", Name: string(c.ID), Version: c.Version, Text: why})
			}
			continue
		}
		if !a.any(c.Outcome) {
			before = append(before, Step{Kind: "rule", Name: string(c.ID), Version: c.Version, Text: "passed over: none of its gateways takes this payment"})
			continue
		}
		taken := Step{Kind: "rule", Name: string(c.ID), Version: c.Version, Taken: true, Text: c.Name}
		d = a.arrange(c.Outcome, string(c.ID))
		d.Rule, d.Version, d.Why = c.ID, c.Version, slices.Concat(before, []Step{taken}, d.Why)
	}
	if d.Rule != "" {
		return d
	}
	fallback, name := a.fallback()
	d = a.arrange(fallback, name)
	d.Why = slices.Concat(before, []Step{{Kind: "rule", Name: name, Taken: true, Text: "no rule took the payment"}}, d.Why)
	return d
}

// arranging turns an outcome into an order.
type arranging struct {
	r *Router
	b *book
	f Facts
	eyes
}

// fallback is what serves without a rule, and by what name it is called.
func (a *arranging) fallback() (Outcome, string) {
	switch {
	case len(a.f.Route) > 0:
		return Outcome{Order: a.f.Route, Only: true}, "flow"
	case len(a.b.settings.Default.gateways()) > 0:
		return a.b.settings.Default, "default"
	}
	return Outcome{Order: a.r.order}, "default"
}

// refusal says why a gateway cannot take the payment; "" when it can.
func (a *arranging) refusal(name string) string {
	g, ok := a.r.gateways[name]
	if !ok {
		return "is not set up"
	}
	return g.refuses(a.f)
}

// any reports whether a gateway of the outcome's own can take the payment.
func (a *arranging) any(o Outcome) bool {
	takes := func(name string) bool { return a.refusal(name) == "" }
	return slices.ContainsFunc(o.Order, takes) || slices.ContainsFunc(o.Split, func(s Share) bool { return takes(s.Gateway) })
}

// arrange returns the gateways of an outcome that can take the payment, those
// of the default list behind them, and at the very end those that are down.
func (a *arranging) arrange(o Outcome, name string) Decision {
	var d Decision
	own := o.Order
	if len(o.Split) > 0 {
		own = permute(a.f.Payment, name, o.Split)
		d.Why = append(d.Why, Step{Kind: "split", Name: own[0], Taken: true, Text: "its share of the split, by the payment's id"})
	}
	own = a.eligible(&d, own, nil)
	if o.ByRate {
		own = a.byRate(&d, own)
	}
	if fallback, other := a.fallback(); !o.Only && other != name {
		behind := fallback.Order
		if len(fallback.Split) > 0 {
			behind = permute(a.f.Payment, other, fallback.Split)
		}
		own = append(own, a.eligible(&d, behind, own)...)
	}
	for _, gateway := range own {
		switch a.standing(gateway) {
		case down:
			d.Down = append(d.Down, gateway)
			d.Why = append(d.Why, Step{Kind: "gateway", Name: gateway, Text: "is down: asked last"})
		case probing:
			d.Why = append(d.Why, Step{Kind: "gateway", Name: gateway, Text: "was down: this payment may find out whether it is up"})
			fallthrough
		case up:
			d.Order = append(d.Order, gateway)
		}
	}
	d.Order = append(d.Order, d.Down...)
	if d.Proof = o.asked(); o.Proof != "" {
		d.Why = append(d.Why, Step{Kind: "proof", Name: o.Proof, Taken: true, Text: "is asked of the bank"})
		for _, gateway := range d.Order {
			if !a.r.gateways[gateway].asks(o.Proof) {
				d.Why = append(d.Why, Step{Kind: "proof", Name: gateway, Text: "has no field for " + o.Proof + ": decides by itself"})
			}
		}
	}
	return d
}

// eligible leaves out who cannot take the payment, with the reason, and who is
// in the order already.
func (a *arranging) eligible(d *Decision, names, already []string) []string {
	left := make([]string, 0, len(names)+len(a.r.order))
	for _, name := range names {
		if slices.Contains(already, name) {
			continue
		}
		if why := a.refusal(name); why != "" {
			d.Why = append(d.Why, Step{Kind: "gateway", Name: name, Text: why})
			continue
		}
		left = append(left, name)
	}
	return left
}

// byRate puts the gateways with the better rate first; equals keep their
// places. A payment whose draw is under ExplorePPM gives each the same chance
// to be first.
func (a *arranging) byRate(d *Decision, own []string) []string {
	if a.scores == nil || len(own) < 2 {
		return own
	}
	if draw, share := a.explore(a.f.Payment), a.b.settings.ExplorePPM; draw < share {
		i := int(draw * int64(len(own)) / share)
		d.Why = append(d.Why, Step{Kind: "explore", Name: own[i], Taken: true, Text: "drawn to learn how it does"})
		return slices.Concat(own[i:i+1], own[:i], own[i+1:])
	}
	scores := a.scores(own)
	places := make([]int, len(own))
	for i := range own {
		places[i] = i
		d.Why = append(d.Why, Step{Kind: "rate", Name: own[i], Text: strconv.FormatInt(scores[i], 10) + " of a million approved"})
	}
	slices.SortStableFunc(places, func(i, j int) int { return cmp.Compare(scores[j], scores[i]) })
	ordered := make([]string, len(own))
	for i, place := range places {
		ordered[i] = own[place]
	}
	return ordered
}

// permute draws the gateways of a split without putting back: each is first in
// its share of payments, and when it cannot be, the others share its payments
// as they share the rest. The draw is a hash, so it is the payment's for ever.
func permute(payment, salt string, shares []Share) []string {
	left := slices.Clone(shares)
	names := make([]string, 0, len(shares))
	for len(left) > 0 {
		var sum int64
		for _, s := range left {
			sum += s.Percent
		}
		draw := int64(hashOf(payment, salt, strconv.Itoa(len(names))) % uint64(max(sum, 1)))
		i := 0
		for i < len(left)-1 && draw >= left[i].Percent {
			draw -= left[i].Percent
			i++
		}
		names = append(names, left[i].Gateway)
		left = slices.Delete(left, i, i+1)
	}
	return names
}

func exploreByHash(payment string) int64 { return int64(hashOf(payment, "explore") % 1_000_000) }

// hashOf is the same on every node and in every release.
func hashOf(parts ...string) uint64 {
	var room [128]byte
	text := room[:0]
	for _, p := range parts {
		text = append(append(text, p...), 0)
	}
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:8])
}
