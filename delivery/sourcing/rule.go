package sourcing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/money"
)

// Rule is one of the ranked rules. Settings depend on the kind; absent ones are
// the kind's own.
type Rule struct {
	Kind     string          `json:"kind"`
	Settings json.RawMessage `json:"settings,omitempty"`
	set      set
}

// set are the settings of all kinds.
type set struct {
	ToleranceKm  *int   `json:"tolerance_km"`  // nearest: as near counts what is at most so much farther; 25
	LeastUnits   *int64 `json:"least_units"`   // split: every part of a split has so many; 2
	ToleranceMin *int64 `json:"tolerance"`     // margin: minor units that do not matter; 0
	Percent      *int64 `json:"percent"`       // capacity: below so much of its limit a location is not busy; 80
	Keep         *int64 `json:"keep_on_shelf"` // balance: a shelf with so much left is not scarce; 10
}

// The kinds of rules.
const (
	Promise  = "promise"  // who keeps the day that was promised
	Nearest  = "nearest"  // the fewest kilometres
	Fewest   = "fewest"   // the fewest parcels
	Balance  = "balance"  // where most is left of what gets scarcest
	Capacity = "capacity" // where there are hands today
	Margin   = "margin"   // what costs us least to send
	Split    = "split"    // of every part something worth a parcel
)

// kind is how a rule judges plans.
type kind struct {
	score   func(s set, nodes []node, p *plan) (score int64, ok bool) // the lower the better; false where a plan cannot be scored
	words   func(s set, nodes []node, p *plan) Reason
	slack   func(s set) int64 // what counts as equal
	unknown string            // the reason why it abstains where a plan cannot be scored
}

var kinds = map[string]kind{
	Promise: {promised, promisedWords, none, SayDayless},
	Nearest: {nearest, nearestWords, func(s set) int64 { return int64(or(s.ToleranceKm, 25)) },
		SayNowhere},
	Fewest:   {fewest, fewestWords, none, ""},
	Balance:  {balance, balanceWords, none, ""},
	Capacity: {capacity, capacityWords, none, ""},
	Margin: {margin, marginWords, func(s set) int64 { return or(s.ToleranceMin, 0) },
		SayCostless},
	Split: {worthwhile, worthwhileWords, none, ""},
}

func none(set) int64 { return 0 }

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func (r *Rule) words(nodes []node, p *plan) Reason { return kinds[r.Kind].words(r.set, nodes, p) }

// keep parts the plans a rule likes best from the others, and says what it did.
func (r *Rule) keep(nodes []node, plans []plan) (kept, out []plan, why []Reason) {
	k := kinds[r.Kind]
	scores := make([]int64, len(plans))
	best := int64(1) << 62
	for i := range plans {
		var ok bool
		if scores[i], ok = k.score(r.set, nodes, &plans[i]); !ok {
			return plans, nil, []Reason{{Key: k.unknown}}
		}
		best = min(best, scores[i])
	}
	best += k.slack(r.set)
	liked := 0
	for _, score := range scores {
		if score <= best {
			liked++
		}
	}
	if liked == len(plans) {
		return plans, nil, []Reason{{Key: SayEqual}, r.words(nodes, &plans[0])}
	}
	kept, out = make([]plan, 0, liked), make([]plan, 0, len(plans)-liked)
	for i, p := range plans {
		if scores[i] <= best {
			kept = append(kept, p)
		} else {
			out = append(out, p)
		}
	}
	return kept, out, []Reason{{Key: SayKeeps, A: int64(len(kept)), B: int64(len(plans))}, r.words(nodes, &kept[0])}
}

// promised scores a plan by the parcel that is latest.
func promised(_ set, nodes []node, p *plan) (days int64, ok bool) {
	for _, i := range p.nodes {
		if nodes[i].late < 0 {
			return 0, false
		}
		days = max(days, int64(nodes[i].late))
	}
	return days, true
}

func promisedWords(s set, nodes []node, p *plan) Reason {
	switch days, _ := promised(s, nodes, p); days {
	case 0:
		return Reason{Key: SayKept}
	case 1:
		return Reason{Key: SayDayLate}
	default:
		return Reason{Key: SayDaysLate, A: days}
	}
}

func nearest(_ set, nodes []node, p *plan) (km int64, ok bool) {
	for _, i := range p.nodes {
		if nodes[i].km < 0 {
			return 0, false
		}
		km += int64(nodes[i].km)
	}
	return km, true
}

func nearestWords(s set, nodes []node, p *plan) Reason {
	km, _ := nearest(s, nodes, p)
	return Reason{Key: SayKm, A: km}
}

func fewest(_ set, _ []node, p *plan) (int64, bool) { return int64(len(p.nodes)), true }

func fewestWords(_ set, _ []node, p *plan) Reason {
	if len(p.nodes) == 1 {
		return Reason{Key: SayOne}
	}
	return Reason{Key: SayParcels, A: int64(len(p.nodes))}
}

func balance(s set, _ []node, p *plan) (int64, bool) { return -min(p.least, or(s.Keep, 10)), true }

func balanceWords(_ set, _ []node, p *plan) Reason {
	return Reason{Key: SayLeft, A: p.least}
}

// busiest is the node of a plan that is nearest to its limit, and by how many
// parcels it is beyond it; false where nobody is busy.
func busiest(s set, nodes []node, p *plan) (at node, beyond int64, busy bool) {
	for _, i := range p.nodes {
		n := nodes[i]
		if n.capacity < 0 || (n.load+1)*100 <= n.capacity*or(s.Percent, 80) {
			continue
		}
		if over := n.load - n.capacity; !busy || over > beyond {
			at, beyond, busy = n, over, true
		}
	}
	return at, beyond, busy
}

// capacity scores who is busy by how busy, and all who are not the same.
func capacity(s set, nodes []node, p *plan) (int64, bool) {
	_, beyond, busy := busiest(s, nodes, p)
	if !busy {
		return 0, true
	}
	return 1<<40 + beyond, true
}

func capacityWords(s set, nodes []node, p *plan) Reason {
	n, _, busy := busiest(s, nodes, p)
	if !busy {
		return Reason{Key: SayIdle}
	}
	return Reason{Key: SayBusy, A: n.load, B: n.capacity}
}

func margin(_ set, nodes []node, p *plan) (sum int64, ok bool) {
	for _, i := range p.nodes {
		if nodes[i].cost < 0 || nodes[i].currency != nodes[p.nodes[0]].currency {
			return 0, false
		}
		sum += nodes[i].cost
	}
	return sum, true
}

func marginWords(s set, nodes []node, p *plan) Reason {
	sum, _ := margin(s, nodes, p)
	return Reason{Key: SayCosts, A: sum, Currency: money.Currency(nodes[p.nodes[0]].currency)}
}

func worthwhile(s set, _ []node, p *plan) (int64, bool) {
	if len(p.nodes) > 1 && slices.Min(p.units) < or(s.LeastUnits, 2) {
		return 1, true
	}
	return 0, true
}

func worthwhileWords(s set, nodes []node, p *plan) Reason {
	score, _ := worthwhile(s, nodes, p)
	switch {
	case len(p.nodes) == 1:
		return Reason{Key: SayWhole}
	case score == 0:
		return Reason{Key: SayWorth}
	}
	return Reason{Key: SaySmall, A: slices.Min(p.units)}
}

// read checks a rule and makes its settings ready.
func (r *Rule) read() error {
	if _, known := kinds[r.Kind]; !known {
		return ErrInvalid.With(fmt.Sprintf("kind: %.30q is no rule: use promise, nearest, fewest, balance, capacity, margin or split", r.Kind))
	}
	if len(r.Settings) == 0 {
		return nil
	}
	read := json.NewDecoder(bytes.NewReader(r.Settings))
	read.DisallowUnknownFields()
	err := read.Decode(&r.set)
	if _, end := read.Token(); err == nil && end != io.EOF {
		err = fmt.Errorf("something follows them")
	}
	if err != nil {
		return ErrInvalid.With(fmt.Sprintf(`settings of %s: write them as {"tolerance_km": 25}: %v`, r.Kind, err))
	}
	for _, n := range []int64{int64(or(r.set.ToleranceKm, 0)), or(r.set.LeastUnits, 0), or(r.set.ToleranceMin, 0), or(r.set.Percent, 0), or(r.set.Keep, 0)} {
		if n < 0 || n > 1_000_000 {
			return ErrInvalid.With(fmt.Sprintf("settings of %s: use 0 to 1,000,000", r.Kind))
		}
	}
	return nil
}

// Kind is a kind of rule, with what it may be told.
type Kind struct {
	Name     string
	Setting  string // "" for none
	Standard int64  // its value where a rule says nothing
}

// Kinds are all there are, in an order that is usual.
func Kinds() []Kind {
	return []Kind{{Promise, "", 0}, {Split, "least_units", 2}, {Capacity, "percent", 80}, {Nearest, "tolerance_km", 25}, {Fewest, "", 0}, {Margin, "tolerance", 0}, {Balance, "keep_on_shelf", 10}}
}

// Rules returns the ranked rules, the first to be asked first.
func Rules(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	s, err := remembered.Get(ctx, tx)
	return s.rules, err
}

// SaveRules replaces the ranked rules. With none, goods come from the first
// location by priority. It returns ErrInvalid and may be repeated.
func SaveRules(ctx context.Context, tx *db.Tx, rules []Rule) error {
	if len(rules) > len(kinds) {
		return ErrInvalid.With("rules: name each kind at most once")
	}
	seen := map[string]bool{}
	for i := range rules {
		if err := rules[i].read(); err != nil {
			return err
		}
		if seen[rules[i].Kind] {
			return ErrInvalid.With("rules: name each kind at most once")
		}
		seen[rules[i].Kind] = true
	}
	if err := replaceRules(ctx, tx, rules); err != nil {
		return fmt.Errorf("save sourcing rules: %w", err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Locations returns what is known of those locations of which something is.
func Locations(ctx context.Context, tx *db.Tx) (map[string]Location, error) {
	s, err := remembered.Get(ctx, tx)
	return s.locations, err
}

// SaveLocation sets how many parcels a location takes a day and what one costs
// us. It returns ErrInvalid and inventory.ErrLocationNotFound and may be
// repeated.
func SaveLocation(ctx context.Context, tx *db.Tx, l Location) error {
	if _, err := inventory.FindLocation(ctx, tx, l.Location); err != nil {
		return err
	}
	var wrong []string
	if l.Capacity < Unlimited || l.Capacity > 1_000_000 {
		wrong = append(wrong, "capacity: use 0 to 1,000,000 parcels a day, or -1 for no limit")
	}
	if _, known := money.Find(l.Home.Currency); l.Home.Currency != l.Abroad.Currency || l.Home.Currency != "" && !known {
		wrong = append(wrong, "home, abroad: give both in one currency")
	}
	if l.Home.Minor < 0 || l.Abroad.Minor < 0 || max(l.Home.Minor, l.Abroad.Minor) > money.MaxPrice {
		wrong = append(wrong, "home, abroad: a parcel costs 0 or more")
	}
	if len(wrong) > 0 {
		return ErrInvalid.With(strings.Join(wrong, "; "))
	}
	if err := upsertLocation(ctx, tx, l); err != nil {
		return fmt.Errorf("save sourcing of %s: %w", l.Location, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Recent returns the latest decisions of all orders, the latest first.
func Recent(ctx context.Context, tx *db.Tx, limit int) ([]Decision, error) {
	all, err := selectRecent(ctx, tx, limit)
	if err != nil {
		return nil, fmt.Errorf("the latest decisions: %w", err)
	}
	return all, nil
}

// Decisions returns how the goods of an order were sourced, the first choice
// first: where stock was held anew there are several.
func Decisions(ctx context.Context, tx *db.Tx, order string) ([]Decision, error) {
	all, err := selectDecisions(ctx, tx, order)
	if err != nil {
		return nil, fmt.Errorf("sourcing of order %s: %w", order, err)
	}
	return all, nil
}
