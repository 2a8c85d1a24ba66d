package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"korzo/customer/visitor"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/platform/rule"
	"korzo/value/calendar"
)

// Visit is what is known of a visitor when a checkout begins.
type Visit = visitor.Visit

// Facts returns everything a trigger may speak of, for editors and documentation.
func Facts() []rule.Fact { return visitor.Facts() }

// Needs reports whether some published flow's trigger, or the condition of one of
// its widgets, speaks of a fact that begins with prefix ("customer."), so that what nobody asks is not read.
func Needs(ctx context.Context, tx *db.Tx, prefix string) (bool, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return false, err
	}
	speaks := func(name string) bool { return strings.HasPrefix(name, prefix) }
	return slices.ContainsFunc(b.asked, speaks) || slices.ContainsFunc(b.fitting, speaks), nil
}

// Choice is the flow a visitor is given: pin Flow and Version on the session.
// Do not change its Document, which is shared.
type Choice struct {
	Flow     ID
	Version  int64
	Document Document
}

// Verdict says why a visitor was given a flow or not.
type Verdict struct {
	Flow    ID
	Version int64
	Name    string
	Matched bool
	Chosen  bool   // the first that matched
	Clause  string // the first part of the trigger that is false; empty when Matched
}

// Choose returns the flow for a visit: of those whose trigger is true the one
// with the highest priority, the lowest id among equals. It returns ErrNone
// when there is none. A trigger that fails (it divides by zero) is not true.
func Choose(ctx context.Context, tx *db.Tx, v Visit) (Choice, error) {
	b, seen, err := prepare(ctx, tx, v)
	if err != nil {
		return Choice{}, fmt.Errorf("choose flow: %w", err)
	}
	candidates := b.candidates(seen)
	for w, word := range candidates {
		for ; word != 0; word &= word - 1 {
			f := &b.flows[w*64+bits.TrailingZeros64(word)]
			if f.takes(seen) {
				return Choice{f.Flow, f.Version.Version, f.Document}, nil
			}
		}
	}
	return Choice{}, ErrNone
}

// Explain says for every published flow, in the order Choose asks them,
// whether it matched, and if not the clause that did not.
func Explain(ctx context.Context, tx *db.Tx, v Visit) ([]Verdict, error) {
	b, seen, err := prepare(ctx, tx, v)
	if err != nil {
		return nil, fmt.Errorf("explain flows: %w", err)
	}
	return b.explain(seen), nil
}

// ExplainWith is Explain as it would be were doc published as the flow id; an
// empty id is a new flow, told as Placeholder. It writes nothing, and returns
// ErrInvalid for a trigger that cannot be used.
func ExplainWith(ctx context.Context, tx *db.Tx, id ID, doc Document, v Visit) ([]Verdict, error) {
	_, then, err := with(ctx, tx, id, doc)
	if err != nil {
		return nil, fmt.Errorf("explain flows: %w", err)
	}
	if v.At.IsZero() {
		if v.At, err = MarketTime(ctx, tx, v.Market); err != nil {
			return nil, fmt.Errorf("explain flows: %w", err)
		}
	}
	return then.explain(v.Tell(then.asked)), nil
}

// explain asks every flow of the book about a visit as facts.
func (b *book) explain(seen map[string]any) []Verdict {
	verdicts := make([]Verdict, len(b.flows))
	chosen := false
	for i := range b.flows {
		f := &b.flows[i]
		matched, clause := f.explain(seen)
		verdicts[i] = Verdict{Flow: f.Flow, Version: f.Version.Version, Name: f.Document.Name, Matched: matched, Chosen: matched && !chosen, Clause: clause}
		chosen = chosen || matched
	}
	return verdicts
}

// prepare returns the published flows and the visit as facts.
func prepare(ctx context.Context, tx *db.Tx, v Visit) (*book, map[string]any, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	if v.At.IsZero() && b.timed {
		if v.At, err = MarketTime(ctx, tx, v.Market); err != nil {
			return nil, nil, err
		}
	}
	return b, v.Tell(b.asked), nil
}

// MarketTime is now by the clock of a market, or UTC in one we do not know.
func MarketTime(ctx context.Context, tx *db.Tx, id string) (time.Time, error) {
	m, err := market.Find(ctx, tx, id)
	if errors.Is(err, market.ErrNotFound) {
		return tx.Now, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("clock of market %s: %w", id, err)
	}
	return tx.Now.In(zone), nil
}

// book is the published flows, compiled, in the order they are asked, with an
// index over the equalities in their triggers.
type book struct {
	flows   []published
	index   []factIndex
	all     set
	asked   []string     // the facts that some trigger speaks of
	fitting []string     // and those that some widget's condition does
	timed   bool         // some of them are told by a clock
	pinned  sync.Map     // pin → Version: versions looked up since, live or archived
	room    atomic.Int64 // how many more may be kept
}

// pin names what a session pinned.
type pin struct {
	flow    ID
	version int64
}

// maxPinned bounds the versions kept in memory between two publications.
const maxPinned = 1000

// published is a live version with its trigger.
type published struct {
	Version
	trigger *rule.Program // nil: takes everyone, unless broken
	broken  string        // why the trigger cannot be used any more
}

func (p *published) takes(seen map[string]any) bool {
	if p.trigger == nil {
		return p.broken == ""
	}
	ok, err := p.trigger.True(seen)
	return ok && err == nil
}

func (p *published) explain(seen map[string]any) (matched bool, clause string) {
	if p.trigger == nil {
		return p.broken == "", p.broken
	}
	ok, failed, err := p.trigger.Explain(seen)
	if err != nil {
		return false, "the trigger could not be decided: " + err.Error()
	}
	return ok, failed
}

var remembered = remember.New(memory, load)

// load compiles the published flows. One whose trigger no longer compiles (a
// later release took a fact away) takes nobody and says so in Explain: one bad
// flow must not close the shop.
func load(ctx context.Context, tx *db.Tx) (*book, error) {
	versions, err := selectPublished(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load flows: %w", err)
	}
	return compile(versions), nil
}

// compile makes a book of versions.
func compile(versions []Version) *book {
	slices.SortFunc(versions, func(a, b Version) int {
		return cmp.Or(cmp.Compare(b.Document.Priority, a.Document.Priority), cmp.Compare(a.Flow, b.Flow))
	})
	b := &book{}
	b.room.Store(maxPinned)
	for _, v := range versions {
		p := published{Version: v}
		if v.Document.Trigger != "" {
			var err error
			if p.trigger, err = visitor.Compile(v.Document.Trigger); err != nil {
				p.broken = "the trigger cannot be used: " + err.Error()
			} else {
				b.asked = append(b.asked, p.trigger.Facts()...)
			}
		}
		for _, w := range v.Document.Widgets {
			if when, err := visitor.Compile(w.When); w.When != "" && err == nil {
				b.fitting = append(b.fitting, when.Facts()...)
			}
		}
		b.flows = append(b.flows, p)
	}
	slices.Sort(b.asked)
	b.asked = slices.Compact(b.asked)
	b.timed = slices.ContainsFunc(b.asked, visitor.Timed)
	b.buildIndex()
	return b
}

// Live returns the published versions in the order Choose asks them. Do not
// change what it returns.
func Live(ctx context.Context, tx *db.Tx) ([]Version, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list published flows: %w", err)
	}
	all := make([]Version, len(b.flows))
	for i, f := range b.flows {
		all[i] = f.Version
	}
	return all, nil
}
