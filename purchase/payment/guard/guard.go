// Package guard keeps card testers out: people who try stolen card numbers in a
// shop to learn which of them work.
//
// Everyone who pays leaves traces: the cart, the network and the browser they
// come from, the address they send to, the card's token, who they say they are.
// A Trace is a keyed hash, so the shop can count what it cannot read. Each kind
// of trace has a Limit: after so many declines in a window the cardholder must
// prove who they are (3-D Secure), after more of them no gateway is asked. When
// the cards of the whole shop are declined too often, a breaker has everybody
// prove who they are for a while.
//
// The one idea: a challenge costs an honest buyer half a minute and a tester
// everything, for what is learned of a card without its holder is nothing. So
// limits challenge early, stop late, and what is stopped reads like any other
// decline.
//
// Counting costs no statement while payments succeed. A node counts in memory; a
// decline is a row in the transaction that learns of it, which the other nodes
// read within seconds and a new process reads when it starts.
//
// Never true: a trace that can be read back into a person; a payment refused
// because of what a gateway did wrong; a text that tells a tester more than that
// it did not work.
package guard

import (
	"context"
	"embed"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/seal"
	"korzo/purchase/payment"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Kind is what a trace is of.
type Kind string

// The kinds of traces.
const (
	Cart     Kind = "cart"
	Network  Kind = "network"  // an IPv4 address, or the 64 bits of IPv6 that one line is given
	Device   Kind = "device"   // a browser's name within its neighbourhood of networks
	Address  Kind = "address"  // where the goods go
	Card     Kind = "card"     // the card's token at its gateway
	Customer Kind = "customer" // an account, or a guest's e-mail address
)

// Kinds are all kinds, as people read them.
var Kinds = []Kind{Cart, Network, Device, Address, Card, Customer}

// Who is known of somebody who pays. Empty fields leave no trace.
type Who struct {
	Cart     string
	IP       string
	Agent    string // the browser's own name
	Address  string // in one line
	Card     string
	Customer string
}

// Traces are what somebody left, as words of "kind:hash". They are kept with a
// payment's attempts.
type Traces string

// Of returns the traces of who. An address inside the house or the machine
// itself tells nothing: behind a proxy that does not tell whom it speaks for, it
// would be everybody's.
func Of(k *seal.Keeper, who Who) Traces {
	network, near := networks(who.IP)
	device := ""
	if near != "" && who.Agent != "" {
		device = near + " " + who.Agent
	}
	var all []string
	for _, t := range []struct {
		kind Kind
		text string
	}{{Cart, who.Cart}, {Network, network}, {Device, device}, {Address, fold(who.Address)}, {Card, who.Card}, {Customer, fold(who.Customer)}} {
		if t.text != "" {
			all = append(all, string(t.kind)+":"+k.Hash("guard:"+string(t.kind), t.text)[:hashLength])
		}
	}
	return Traces(strings.Join(all, " "))
}

// hashLength is 80 bits in base 32.
const hashLength = 16

// fold makes texts equal that differ in case and spaces.
func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// networks are an address's own network and its neighbourhood.
func networks(ip string) (own, near string) {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "", ""
	}
	addr = addr.Unmap()
	if addr.IsPrivate() || addr.IsLoopback() || addr.IsUnspecified() || addr.IsLinkLocalUnicast() {
		return "", ""
	}
	bits, wide := 32, 24
	if addr.Is6() {
		bits, wide = 64, 48
	}
	return netip.PrefixFrom(addr, bits).Masked().String(), netip.PrefixFrom(addr, wide).Masked().String()
}

// each yields the traces one by one.
func (t Traces) each(do func(kind Kind, trace string)) {
	for trace := range strings.FieldsSeq(string(t)) {
		if kind, _, ok := strings.Cut(trace, ":"); ok {
			do(Kind(kind), trace)
		}
	}
}

// Action is what is to be done with a payment.
type Action string

// The actions.
const (
	Pass      Action = ""
	Challenge Action = "challenge" // the cardholder proves who they are
	Stop      Action = "stop"      // no gateway is asked; the shopper is told what a decline tells
)

// Verdict is an Action with its reason, for staff.
type Verdict struct {
	Action Action
	Why    string
}

// Guard counts. It is safe for concurrent use.
type Guard struct {
	db *db.DB

	mu      sync.Mutex
	tallies tallies
	shop    shop
	read    map[int64]time.Time // signals that were counted, by when they were
	from    time.Time           // signals before it are read
	fresh   int64               // payments that went well and no row tells of
	figures Figures
}

// Figures count since the process began.
type Figures struct{ Tries, Challenged, Stopped int64 }

// New returns a Guard that remembers nothing yet: see Sync.
func New(d *db.DB) *Guard {
	return &Guard{db: d, tallies: newTallies(), read: map[int64]time.Time{}}
}

// Assess says what to do with a payment of these traces, and counts it as a try.
// Only cards are tested, so only they are challenged or stopped.
func (g *Guard) Assess(ctx context.Context, tx *db.Tx, kind string, traces Traces) (Verdict, error) {
	if kind != cards {
		return Verdict{}, nil
	}
	limits, err := remembered.Get(ctx, tx)
	if err != nil {
		return Verdict{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.verdict(limits, traces, tx.Now)
	g.figures.Tries++
	switch v.Action {
	case Challenge:
		g.figures.Challenged++
	case Stop:
		g.figures.Stopped++
		return v, nil // nothing was tried
	}
	traces.each(func(_ Kind, trace string) { g.tallies.at(trace).tries.note(tx.Now) })
	return v, nil
}

// cards is the kind of payment methods that testers try.
const cards = "card"

// verdict is the sternest that any trace deserves.
func (g *Guard) verdict(s Settings, traces Traces, now time.Time) (v Verdict) {
	if g.shop.until.After(now) {
		v = Verdict{Challenge, "cards of the whole shop are declined too often"}
	}
	traces.each(func(kind Kind, trace string) {
		t, ok := g.tallies.find(trace)
		limit := s.limit(kind)
		if !ok || v.Action == Stop {
			return
		}
		if found := limit.says(t, now); found.Action == Stop || found.Action == Challenge && v.Action == Pass {
			v = found
		}
	})
	return v
}

// Approved counts a payment that went well, once tx is committed.
func (g *Guard) Approved(tx *db.Tx, kind string) {
	if kind != cards {
		return
	}
	now := tx.Now
	tx.After(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.fresh++
		g.shop.note(now, 1, 0)
	})
}

// Failed counts a payment that ended without money, where that speaks of the
// card or its holder.
func (g *Guard) Failed(ctx context.Context, tx *db.Tx, a payment.Attempt) error {
	if a.Kind != cards || !suspicious(a) {
		return nil
	}
	s, err := remembered.Get(ctx, tx)
	if err != nil {
		return err
	}
	seq, err := insertSignal(ctx, tx, signal{act: actDeclined, count: 1, traces: Traces(a.Traces)})
	if err != nil {
		return err
	}
	now := tx.Now
	tx.After(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.apply(s, signal{seq: seq, act: actDeclined, count: 1, traces: Traces(a.Traces), at: now})
	})
	return nil
}

// speaking are the declines that speak of the card or its holder, and not of a
// gateway, a bank's bad day or a change of mind.
var speaking = []string{payment.DeclineCard, payment.DeclineFunds, payment.DeclineExpired, payment.DeclineNumber, payment.DeclineSecret,
	payment.DeclineAuthentication, payment.DeclineStepUp, payment.DeclineLimit, payment.DeclineLost, payment.DeclineFraud}

// suspicious reports whether an attempt ended as a tester's would: declined, or
// left by somebody who was asked for proof.
func suspicious(a payment.Attempt) bool {
	return slices.Contains(speaking, a.DeclineCode) || a.DeclineCode == payment.DeclineLeft && a.Proof.Challenge
}
