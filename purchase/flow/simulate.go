package flow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/customer/visitor"
	"korzo/platform/db"
)

// Simulation is what a document would do to visits, were it published as a flow
// in place of what the flow is now. All flows but it are those of today.
type Simulation struct {
	Visits int
	Got    int    // by the document, afterwards
	Nobody int    // that no flow would take afterwards
	Fates  []Fate // of every flow, the document among them, in the order asked afterwards
	Moves  []Move // the largest first
	Asked  []string
}

// Fate is what becomes of one flow.
type Fate struct {
	Flow     ID
	Name     string
	Priority int64
	Draft    bool // it is the document
	Before   int  // visits it gets today
	After    int  // and afterwards
	Matched  int  // visits its trigger is true for, whoever gets them
	Reach    Reach
	By       string // the name of the flow that takes its visits
}

// Reach is whether a flow ever gets anybody.
type Reach string

// The reaches. The zero Reach is of a flow that gets visits.
const (
	ReachSilent   Reach = "silent"      // its trigger is true for none of the visits
	ReachShadowed Reach = "shadowed"    // it is true for some, and all of them go to others
	ReachNever    Reach = "unreachable" // a flow for everyone is asked before it, so it can never get anybody
)

// Move is visits that would be given another flow, or another document of the
// same.
type Move struct {
	From, To Share
	Visits   int
	First    int      // the index of one of them
	Changes  []Change // what they would see differently
}

// Share names a flow in a Move. The zero Share is no flow at all.
type Share struct {
	Flow ID
	Name string
}

// Placeholder is the id of a document that is no flow yet: of equal priority it
// is asked last, as the newest flow is.
const Placeholder ID = "flw_~"

// Simulate says what would become of visits if doc were published as the flow
// id; an empty id is a new flow. It writes nothing. Visits are taken as they
// are, At included, which must be by their market's clock. It returns
// ErrInvalid for a trigger that cannot be used.
func Simulate(ctx context.Context, tx *db.Tx, id ID, doc Document, visits []Visit) (Simulation, error) {
	now, then, err := with(ctx, tx, id, doc)
	if err != nil {
		return Simulation{}, fmt.Errorf("simulate flow: %w", err)
	}
	s := simulation{now: now, then: then, moves: map[[2]ID]*Move{}}
	id = cmp.Or(id, Placeholder)
	s.begin(id)
	for i := range visits {
		s.replay(i, &visits[i])
	}
	return s.done(id)
}

// with returns the published flows as they are, and as they would be were doc
// published as the flow id; an empty id is Placeholder. It returns ErrInvalid
// for a trigger that cannot be used.
func with(ctx context.Context, tx *db.Tx, id ID, doc Document) (now, then *book, err error) {
	if now, err = remembered.Get(ctx, tx); err != nil {
		return nil, nil, err
	}
	if doc.Trigger != "" {
		if _, err := visitor.Compile(doc.Trigger); err != nil {
			var c checker
			c.unclear("trigger", err)
			return nil, nil, &Invalid{c.problems}
		}
	}
	id = cmp.Or(id, Placeholder)
	versions := []Version{{Flow: id, State: StateDraft, Document: doc}}
	for _, f := range now.flows {
		if f.Flow != id {
			versions = append(versions, f.Version)
		}
	}
	return now, compile(versions), nil
}

// simulation counts.
type simulation struct {
	now, then *book
	out       Simulation
	before    map[ID]int // index into out.Fates
	takers    []map[ID]int
	moves     map[[2]ID]*Move
}

func (s *simulation) begin(id ID) {
	s.before = map[ID]int{}
	for i, f := range s.then.flows {
		s.out.Fates = append(s.out.Fates, Fate{Flow: f.Flow, Name: f.Document.Name, Priority: f.Document.Priority, Draft: f.Flow == id})
		s.before[f.Flow] = i
		s.takers = append(s.takers, map[ID]int{})
		if f.Flow == id && f.trigger != nil {
			s.out.Asked = f.trigger.Facts()
		}
	}
}

// replay asks all flows about one visit, as they are and as they would be.
func (s *simulation) replay(i int, v *Visit) {
	s.out.Visits++
	old := s.now.first(v.Tell(s.now.asked))
	seen := v.Tell(s.then.asked)
	var given *published
	for n := range s.then.flows {
		f := &s.then.flows[n]
		if !f.takes(seen) {
			continue
		}
		if given == nil {
			given = f
			s.out.Fates[n].After++
		}
		s.out.Fates[n].Matched++
		s.takers[n][given.Flow]++
	}
	if given == nil {
		s.out.Nobody++
	}
	if old != nil {
		if n, ok := s.before[old.Flow]; ok {
			s.out.Fates[n].Before++
		}
	}
	s.move(i, old, given)
}

// move notes who is given something else than before.
func (s *simulation) move(i int, from, to *published) {
	var key [2]ID
	var m Move
	if from != nil {
		key[0], m.From = from.Flow, Share{from.Flow, from.Document.Name}
	}
	if to != nil {
		key[1], m.To = to.Flow, Share{to.Flow, to.Document.Name}
	}
	if known, ok := s.moves[key]; ok {
		known.Visits++
		return
	}
	if from != nil && to != nil {
		m.Changes, _ = Diff(from.Document, to.Document) // both are documents: they can be written
		m.Changes = slices.DeleteFunc(m.Changes, func(c Change) bool { return c.Field == "name" || c.Field == "trigger" || c.Field == "priority" })
	}
	m.Visits, m.First = 1, i
	s.moves[key] = &m
}

func (s *simulation) done(id ID) (Simulation, error) {
	for n := range s.out.Fates {
		s.reach(n)
		if s.out.Fates[n].Draft {
			s.out.Got = s.out.Fates[n].After
		}
	}
	for key, m := range s.moves {
		if key[0] != key[1] || key[1] == id && len(m.Changes) > 0 {
			s.out.Moves = append(s.out.Moves, *m)
		}
	}
	slices.SortFunc(s.out.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), strings.Compare(string(a.From.Flow+a.To.Flow), string(b.From.Flow+b.To.Flow)))
	})
	return s.out, nil
}

// reach says of a flow that gets nobody why.
func (s *simulation) reach(n int) {
	f := &s.out.Fates[n]
	for _, above := range s.then.flows[:n] {
		if above.trigger == nil && above.broken == "" {
			f.Reach, f.By = ReachNever, above.Document.Name
			return
		}
	}
	switch {
	case f.After > 0 || s.out.Visits == 0:
	case f.Matched == 0:
		f.Reach = ReachSilent
	default:
		most := 0
		for id, visits := range s.takers[n] {
			if by := s.then.flows[s.before[id]].Document.Name; visits > most || visits == most && by < f.By {
				most, f.By = visits, by
			}
		}
		f.Reach = ReachShadowed
	}
}

// first is the flow that takes a visit; nil where none does.
func (b *book) first(seen map[string]any) *published {
	for i := range b.flows {
		if b.flows[i].takes(seen) {
			return &b.flows[i]
		}
	}
	return nil
}

// Clock is a time by the clock of a market, as a visit's At must be.
func Clock(ctx context.Context, tx *db.Tx, market string, t time.Time) (time.Time, error) {
	now, err := MarketTime(ctx, tx, market)
	if err != nil {
		return time.Time{}, err
	}
	return t.In(now.Location()), nil
}
