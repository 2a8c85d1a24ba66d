package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/platform/rule"
	"korzo/value/calendar"
)

// Visit is what is known of a visitor when a checkout begins. What is unknown stays zero.
type Visit struct {
	Market        string
	Channel       string
	Locale        string
	Device        string    // "phone", "tablet", "desktop", "till", "agent"
	Campaign      string    // utm_campaign of the visit
	CartTotal     int64     // minor units of the market's currency, before shipping
	CartItems     int64     // units in the cart
	CartTags      []string  // tags of the products in the cart
	CustomerKnown bool      // signed in
	Orders        int64     // orders the customer has placed before
	At            time.Time // in the zone that hours are read in; zero: now, by the market's clock
}

// facts is everything a trigger may speak of.
var facts = []rule.Fact{
	{Name: "device.kind", Type: "string", Doc: "what the visitor holds: phone, tablet, desktop, till or agent", Example: `device.kind == "phone"`},
	{Name: "channel", Type: "string", Doc: "the id of the channel they came through", Example: `channel == "web"`},
	{Name: "market", Type: "string", Doc: "the id of the market they buy in", Example: `market in ["DE", "HU"]`},
	{Name: "locale", Type: "string", Doc: "the language and region shown", Example: `locale.startsWith("de")`},
	{Name: "campaign", Type: "string", Doc: "the campaign that brought them; empty when none did", Example: `campaign == "spring"`},
	{Name: "cart.total", Type: "int", Doc: "the cart's total before shipping, in the smallest unit of the market's currency (cents, fillér)", Example: `cart.total >= 5000`},
	{Name: "cart.items", Type: "int", Doc: "how many pieces are in the cart", Example: `cart.items == 1`},
	{Name: "cart.tags", Type: "list<string>", Doc: "the tags of the products in the cart", Example: `"gift" in cart.tags`},
	{Name: "customer.known", Type: "bool", Doc: "whether they are signed in", Example: `customer.known`},
	{Name: "customer.orders", Type: "int", Doc: "how many orders they have placed before; 0 for guests", Example: `customer.orders > 2`},
	{Name: "time.hour", Type: "int", Doc: "the hour by the market's clock, 0 to 23", Example: `time.hour >= 18`},
	{Name: "time.weekday", Type: "int", Doc: "the day by the market's clock: 1 is Monday, 7 is Sunday", Example: `time.weekday in [6, 7]`},
}

// space compiles triggers. The table above is checked when the program starts
// and by every test, so a mistake in it cannot reach a shop.
var space = func() *rule.Space {
	s, err := rule.NewSpace(facts)
	if err != nil {
		panic(err)
	}
	return s
}()

// Facts returns everything a trigger may speak of, for editors and documentation.
func Facts() []rule.Fact { return space.Facts() }

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
			f := b.flows[w*64+bits.TrailingZeros64(word)]
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
	verdicts := make([]Verdict, len(b.flows))
	chosen := false
	for i, f := range b.flows {
		matched, clause := f.explain(seen)
		verdicts[i] = Verdict{Flow: f.Flow, Version: f.Version.Version, Name: f.Document.Name, Matched: matched, Chosen: matched && !chosen, Clause: clause}
		chosen = chosen || matched
	}
	return verdicts, nil
}

// prepare returns the published flows and the visit as facts.
func prepare(ctx context.Context, tx *db.Tx, v Visit) (*book, map[string]any, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	if v.At.IsZero() {
		if v.At, err = marketTime(ctx, tx, v.Market); err != nil {
			return nil, nil, err
		}
	}
	return b, v.facts(), nil
}

func (v Visit) facts() map[string]any {
	return map[string]any{
		"device.kind": v.Device, "channel": v.Channel, "market": v.Market, "locale": v.Locale, "campaign": v.Campaign,
		"cart.total": v.CartTotal, "cart.items": v.CartItems, "cart.tags": v.CartTags,
		"customer.known": v.CustomerKnown, "customer.orders": v.Orders,
		"time.hour": int64(v.At.Hour()), "time.weekday": int64((v.At.Weekday()+6)%7 + 1),
	}
}

// marketTime is now by the clock of a market, or UTC in one we do not know.
func marketTime(ctx context.Context, tx *db.Tx, id string) (time.Time, error) {
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
	flows  []published
	index  []factIndex
	all    set
	pinned sync.Map     // pin → Version: versions looked up since, live or archived
	room   atomic.Int64 // how many more may be kept
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

func (p published) takes(seen map[string]any) bool {
	if p.trigger == nil {
		return p.broken == ""
	}
	ok, err := p.trigger.True(seen)
	return ok && err == nil
}

func (p published) explain(seen map[string]any) (matched bool, clause string) {
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
	slices.SortFunc(versions, func(a, b Version) int {
		return cmp.Or(cmp.Compare(b.Document.Priority, a.Document.Priority), cmp.Compare(a.Flow, b.Flow))
	})
	b := &book{}
	b.room.Store(maxPinned)
	for _, v := range versions {
		p := published{Version: v}
		if v.Document.Trigger != "" {
			if p.trigger, err = space.Compile(v.Document.Trigger); err != nil {
				p.broken = "the trigger cannot be used: " + err.Error()
			}
		}
		b.flows = append(b.flows, p)
	}
	b.buildIndex()
	return b, nil
}
