package route

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"korzo/platform/db"
)

// Bounds of a simulation.
const (
	page         = 500
	maxSimulated = 100_000 // decisions
)

// Report is what rules would have changed.
type Report struct {
	Decisions  int64 // first decisions looked at
	Changed    int64 // of them, those whose first gateway would be another
	ChangedPPM int64 // Changed as a share of Decisions
	Refused    int64 // of Changed, those that no gateway would have taken
	Moves      []Move
	Rules      []Taken
	Partial    bool // there were more than 100,000 decisions: the oldest were looked at

	// Approximate says that an outcome goes by rate. What the rates were is
	// not known any more, so its list was taken as it is written.
	Approximate bool
}

// Move counts the payments that would go from one gateway to another.
type Move struct {
	From, To string // To is "" when no gateway would have taken them
	Count    int64
	PPM      int64 // of Report.Decisions
}

// Taken counts the payments a rule would take; Rule is "" for those left to the
// flow's route or the default list.
type Taken struct {
	Rule  RuleID
	Count int64
	PPM   int64 // of Report.Decisions
}

// Simulate decides anew what was decided since, by these rules in place of the
// live ones: drafts need no ID. A gateway that was down then is down here.
// Settings and gateways are today's. It returns ErrInvalid for a rule that
// could not be saved.
func (r *Router) Simulate(ctx context.Context, tx *db.Tx, rules []Rule, since time.Time) (Report, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Report{}, fmt.Errorf("simulate routing: %w", err)
	}
	if len(rules) > maxRules {
		return Report{}, ErrInvalid.With(fmt.Sprintf("at most %d rules may be live: simulate fewer", maxRules))
	}
	rules = slices.Clone(rules)
	for i := range rules {
		if rules[i].ID == "" {
			rules[i].ID = RuleID(fmt.Sprintf("draft_%d", i+1))
		}
		if err := r.valid(rules[i]); err != nil {
			return Report{}, err
		}
	}
	s := simulation{r: r, b: &book{rules: compile(rules), settings: b.settings}, moves: map[[2]string]int64{}, taken: map[RuleID]int64{}}
	if err := s.run(ctx, tx, since); err != nil {
		return Report{}, fmt.Errorf("simulate routing: %w", err)
	}
	return s.result(), nil
}

// Drafts returns the live rules with every open draft in its rule's place: what
// would decide if all drafts were published.
func Drafts(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	rules, err := selectDraftsAndLive(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return rules, nil
}

// simulation counts while it runs.
type simulation struct {
	r      *Router
	b      *book
	report Report
	moves  map[[2]string]int64
	taken  map[RuleID]int64
}

func (s *simulation) run(ctx context.Context, tx *db.Tx, since time.Time) error {
	at, seq := db.Micros(since), int64(-1)
	for {
		rows, err := selectFirst(ctx, tx, at, seq, page)
		if err != nil {
			return err
		}
		for _, l := range rows {
			s.replay(l)
		}
		if len(rows) < page {
			return nil
		}
		if s.report.Decisions >= maxSimulated {
			s.report.Partial = true
			return nil
		}
		last := rows[len(rows)-1]
		at, seq = db.Micros(last.At), last.Seq
	}
}

// replay decides one payment anew.
func (s *simulation) replay(l Logged) {
	then := eyes{standing: func(gateway string) standing {
		if slices.Contains(l.Down, gateway) {
			return down
		}
		return up
	}}
	d := s.r.evaluate(s.b, l.Facts, then, false)
	s.report.Decisions++
	s.taken[d.Rule]++
	to := ""
	if len(d.Order) > 0 {
		to = d.Order[0]
	} else {
		s.report.Refused++
	}
	if to != l.Chosen {
		s.report.Changed++
		s.moves[[2]string{l.Chosen, to}]++
	}
}

func (s *simulation) result() Report {
	rep := s.report
	share := func(count int64) int64 { return count * 1_000_000 / max(rep.Decisions, 1) }
	rep.ChangedPPM = share(rep.Changed)
	for pair, count := range s.moves {
		rep.Moves = append(rep.Moves, Move{pair[0], pair[1], count, share(count)})
	}
	slices.SortFunc(rep.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for _, id := range slices.Sorted(maps.Keys(s.taken)) {
		rep.Rules = append(rep.Rules, Taken{id, s.taken[id], share(s.taken[id])})
	}
	byRate := func(c compiled) bool { return c.Outcome.ByRate }
	rep.Approximate = s.b.settings.Default.ByRate || slices.ContainsFunc(s.b.rules, byRate)
	return rep
}
