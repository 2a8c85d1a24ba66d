package sourcing

import (
	"slices"
	"time"

	"korzo/offer/inventory"
	"korzo/value/geo"
)

// ID names a decision: "src_…".
type ID string

// Decision is a choice as it is kept: its JSON is stored.
type Decision struct {
	ID         ID          `json:"-"`
	Order      string      `json:"-"`
	Holder     string      `json:"-"`
	Country    string      `json:"-"`
	Chosen     []string    `json:"-"`
	At         time.Time   `json:"-"`
	Steps      []Step      `json:"steps"`
	Candidates []Candidate `json:"candidates"` // in the order they were left out, the chosen one first
	More       int         `json:"more"`       // candidates beyond those listed
}

// Step is what one rule did.
type Step struct {
	Rule string   `json:"rule"`
	Left int      `json:"left"` // candidates that were still in
	Why  string   `json:"why"`
	Say  []Reason `json:"say,omitempty"` // what it did, then the best it found
}

// Candidate is a set of locations that was looked at.
type Candidate struct {
	Locations []string `json:"locations"`
	Chosen    bool     `json:"chosen"`
	Why       string   `json:"why"`
	Rule      string   `json:"rule,omitempty"` // that left it out
	Say       []Reason `json:"say,omitempty"`  // of what a rule left out: its own, then the best there was
}

const (
	maxParts = 3   // locations of a split; beyond them inventory finds some
	maxNodes = 64  // locations looked at for a split, by priority
	maxKept  = 100 // candidates that a log lists
)

// decider is one decision in the making.
type decider struct {
	ask      Ask
	settings settings
	places   map[string]inventory.Location
	days     map[string]string // today on the clocks of the locations with a limit
	loads    map[string]int64  // parcels they were given today
	misses   map[string]int    // days by which the locations would miss what was promised; nil: nobody asks
	force    bool              // full locations may serve too

	made     []inventory.Allocation
	decision Decision
}

// node is a location that may give, with what the rules look at.
type node struct {
	id       string
	free     []int64 // by line
	km       int     // to the receiver; -1 is not known
	late     int     // days after what was promised; -1 is not known
	full     bool
	load     int64
	capacity int64
	cost     int64  // of a parcel; -1 is not known
	currency string // of the cost
}

// plan is a candidate: nodes that together have everything.
type plan struct {
	nodes []int
	units []int64 // that each node gives, in the order of nodes
	least int64   // units that stay of the line that gets scarcest
}

// choose is the inventory.Chooser: it decides, and notes why.
func (d *decider) choose(lines []inventory.Line, shelves []inventory.Shelf) []inventory.Allocation {
	d.decision = Decision{}
	nodes := d.nodes(lines, shelves)
	plans := d.plans(lines, nodes)
	if len(plans) == 0 {
		d.step("split", 0, Reason{Key: SayScatter})
		d.made = inventory.Fewest(lines, shelves)
		return d.made
	}
	chosen := d.rank(nodes, plans)
	d.made = draw(lines, nodes, chosen.nodes, nil)
	return d.made
}

func (d *decider) nodes(lines []inventory.Line, shelves []inventory.Shelf) []node {
	to, known := geo.Locate(d.ask.Country, d.ask.Code)
	if d.ask.Country == "" {
		known = false
	}
	room := make([]int64, len(lines)*len(shelves))
	nodes := make([]node, len(shelves))
	for i, s := range shelves {
		n := node{id: s.Location, free: room[i*len(lines) : (i+1)*len(lines)], km: -1, late: -1, capacity: Unlimited, cost: -1}
		for j, l := range lines {
			n.free[j] = s.Free[l.Variant]
		}
		at := d.places[s.Location]
		if from, there := geo.Locate(at.Country, at.Address.PostalCode); there && known {
			n.km = from.Km(to)
		}
		if days, asked := d.misses[s.Location]; asked {
			n.late = days
		}
		if l, set := d.settings.locations[s.Location]; set {
			n.capacity, n.load = l.Capacity, d.loads[s.Location]
			n.full = l.Capacity >= 0 && n.load >= l.Capacity
			cost := l.Home
			if at.Country != d.ask.Country {
				cost = l.Abroad
			}
			if cost.Currency != "" {
				n.cost, n.currency = cost.Minor, string(cost.Currency)
			}
		}
		nodes[i] = n
	}
	return nodes
}

// plans finds the candidates: locations with room before full ones, one before
// several. Where the shop ranks the fewest parcels as a rule of its own, what one
// has whole competes with two parcels: the rules before it may prefer those.
func (d *decider) plans(lines []inventory.Line, nodes []node) []plan {
	everyone := func(node) bool { return true }
	open := func(n node) bool { return !n.full }
	for _, may := range []func(node) bool{open, everyone} {
		if d.force {
			may = everyone
		}
		for parts := 1; parts <= maxParts; parts++ {
			if found := sets(lines, nodes, parts, may); len(found) > 0 {
				if parts == 1 && d.weighs() {
					found = append(found, apart(lines, nodes, may)...)
				}
				d.leftOut(lines, nodes, parts, found)
				return found
			}
		}
	}
	return nil
}

// weighs reports whether the shop ranks the fewest parcels against other rules.
func (d *decider) weighs() bool {
	return slices.ContainsFunc(d.settings.rules, func(r Rule) bool { return r.Kind == Fewest })
}

// apart returns every pair of nodes that only together have all lines: a second
// parcel beside a node that has everything would be for nothing.
func apart(lines []inventory.Line, nodes []node, may func(node) bool) []plan {
	return sets(lines, nodes, 2, func(n node) bool { return may(n) && !covers(lines, []node{n}, []int{0}) })
}

// sets returns every set of so many nodes that together has all lines.
func sets(lines []inventory.Line, nodes []node, parts int, may func(node) bool) (found []plan) {
	var in, room []int
	for i := range nodes {
		if may(nodes[i]) && len(in) < maxNodes {
			in = append(in, i)
		}
	}
	picked := make([]int, 0, parts)
	var grow func(from int)
	grow = func(from int) {
		if len(picked) == parts {
			if covers(lines, nodes, picked) {
				room = append(room, picked...)
			}
			return
		}
		for i := from; i < len(in); i++ {
			picked = append(picked, in[i])
			grow(i + 1)
			picked = picked[:len(picked)-1]
		}
	}
	grow(0)
	found = make([]plan, len(room)/parts)
	units := make([]int64, len(room))
	for i := range found {
		at, end := i*parts, (i+1)*parts
		p := plan{nodes: room[at:end:end], units: units[at:end:end], least: 1 << 62}
		draw(lines, nodes, p.nodes, &p)
		found[i] = p
	}
	return found
}

func covers(lines []inventory.Line, nodes []node, set []int) bool {
	for j := range lines {
		var free int64
		for _, i := range set {
			free += nodes[i].free[j]
		}
		if free < lines[j].Units {
			return false
		}
	}
	return true
}

// draw takes each line whole from the node of the set that keeps most of it,
// where one has it whole, else from one after the other. With a plan it only
// measures what that would be, and takes nothing.
func draw(lines []inventory.Line, nodes []node, set []int, p *plan) (picks []inventory.Allocation) {
	give := func(at, j int, units int64) {
		n := &nodes[set[at]]
		if p == nil {
			picks = append(picks, inventory.Allocation{Location: n.id, Variant: lines[j].Variant, Units: units})
			return
		}
		p.units[at] += units
		p.least = min(p.least, n.free[j]-units)
	}
	for j := range lines {
		whole, left := -1, lines[j].Units
		for at, i := range set {
			if nodes[i].free[j] >= left && (whole < 0 || nodes[i].free[j] > nodes[set[whole]].free[j]) {
				whole = at
			}
		}
		if whole >= 0 {
			give(whole, j, left)
			continue
		}
		for at, i := range set {
			if units := min(left, nodes[i].free[j]); units > 0 {
				give(at, j, units)
				left -= units
			}
		}
	}
	return picks
}

// leftOut says of every location that is in no candidate why.
func (d *decider) leftOut(lines []inventory.Line, nodes []node, parts int, found []plan) {
	in := make([]bool, len(nodes))
	for _, p := range found {
		for _, i := range p.nodes {
			in[i] = true
		}
	}
	for i, n := range nodes {
		if in[i] {
			continue
		}
		has := 0
		for j, l := range lines {
			if n.free[j] >= l.Units {
				has++
			}
		}
		why := []Reason{{Key: SayLines, A: int64(has), B: int64(len(lines))}}
		if n.full {
			why = []Reason{{Key: SayFull, A: n.load, B: n.capacity}}
		} else if parts > 1 {
			why = append(why, Reason{Key: SayNoSplit})
		}
		d.note(Candidate{Locations: []string{n.id}, Why: said(why, "; "), Say: why})
	}
	if parts > 1 {
		d.step("split", len(found), Reason{Key: SaySplit, A: int64(parts)})
	}
}

// note logs a candidate that was left out.
func (d *decider) note(c Candidate) { d.decision.Candidates = append(d.decision.Candidates, c) }

// step logs what a rule did.
func (d *decider) step(rule string, left int, say ...Reason) {
	d.decision.Steps = append(d.decision.Steps, Step{Rule: rule, Left: left, Why: said(say, ": "), Say: say})
}

// rank lets each rule keep the plans it likes best. The shelves come in order
// of priority, so the first that is left is the one of highest priority.
func (d *decider) rank(nodes []node, alive []plan) plan {
	var reasons []Reason
	for i := range d.settings.rules {
		r := &d.settings.rules[i]
		if len(alive) == 1 {
			break
		}
		kept, out, why := r.keep(nodes, alive)
		d.step(r.Kind, len(kept), why...)
		if len(out) == 0 {
			continue
		}
		best := r.words(nodes, &kept[0])
		instead := ", where " + best.String() + " is to be had"
		reasons = append(reasons, best)
		d.drop(nodes, out, func(p *plan) Candidate {
			own := r.words(nodes, p)
			return Candidate{Rule: r.Kind, Why: r.Kind + ": " + own.String() + instead, Say: []Reason{own, best}}
		})
		alive = kept
	}
	lower := Reason{Key: SayLower}
	d.drop(nodes, alive[1:], func(*plan) Candidate { return Candidate{Why: lower.String(), Say: []Reason{lower}} })
	switch {
	case len(reasons) == 0 && len(alive) > 1:
		reasons = []Reason{{Key: SayHighest}}
	case len(reasons) == 0:
		reasons = []Reason{{Key: SayOnly}}
	}
	d.decision.Candidates = slices.Insert(d.decision.Candidates, 0, Candidate{Locations: names(nodes, &alive[0]), Chosen: true, Why: said(reasons, ", "), Say: reasons})
	return alive[0]
}

// drop logs plans that were left out, as far as the log goes.
func (d *decider) drop(nodes []node, out []plan, why func(*plan) Candidate) {
	for i := range out {
		if len(d.decision.Candidates) >= maxKept {
			d.decision.More += len(out) - i
			return
		}
		c := why(&out[i])
		c.Locations = names(nodes, &out[i])
		d.note(c)
	}
}

func names(nodes []node, p *plan) []string {
	ids := make([]string, len(p.nodes))
	for i, n := range p.nodes {
		ids[i] = nodes[n].id
	}
	return ids
}
