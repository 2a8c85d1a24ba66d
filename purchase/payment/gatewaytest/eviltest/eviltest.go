// Package eviltest is a payment gateway at its worst, for tests: it charges and
// is silent, is silent and charges later, answers with nonsense, with another
// amount or about another payment, sends its notices before its answers, twice,
// never or long after, forgets keys after their window, and changes its mind.
//
// The one idea: its book is always true. What moved is what the book says,
// whatever was answered, so that a shop can be held against it when all is
// over. Which call meets which fault is a function of the seed, the reference
// and the number of the call, so that a run can be repeated however its calls
// interleave.
//
// Never true: a change of the book that no call asked for, apart from a bank
// that says yes after it said no; a wait on a real clock.
package eviltest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"korzo/purchase/payment"
	"korzo/value/money"
)

// Fault is what goes wrong with one call.
type Fault string

// The faults. None is an honest answer.
const (
	None          Fault = "none"
	TimeoutBefore Fault = "timeout_before" // silent, and nothing moves
	TimeoutAfter  Fault = "timeout_after"  // moved, and silent
	ErrorAfter    Fault = "error_after"    // moved, and answered with 500
	Garbage       Fault = "garbage"        // moved, and answered with nonsense
	Straggler     Fault = "straggler"      // silent, and the request is heard some seconds later
	WrongAmount   Fault = "wrong_amount"   // one minor unit less is held than was asked for
	WrongCurrency Fault = "wrong_currency" // it is held in another currency
	LyingAmount   Fault = "lying_amount"   // held as asked, told as another amount
	Stranger      Fault = "stranger"       // moved, and the answer is about another reference
	LateSuccess   Fault = "late_success"   // declined, and taken all the same some time later
	Refused       Fault = "refused"        // a wrong setting: known not to have reached the bank
)

// Chance is how often a fault befalls a call, in parts per million.
type Chance struct {
	Fault Fault
	PPM   int64
}

// Mix is the faults of the calls, and the fates of the notices.
type Mix struct {
	Authorize, Change, Look []Chance
	Notices                 []Fate
}

// Fate is what becomes of a notice, so often in a million.
type Fate struct {
	Name   string // before_reply, twice, never, forged, late, once
	PPM    int64
	Copies int
	After  time.Duration
}

// Hell is the mix that the shop is held against: about every second payment
// meets a fault.
func Hell() Mix {
	return Mix{
		Authorize: []Chance{{TimeoutBefore, 60_000}, {TimeoutAfter, 60_000}, {ErrorAfter, 40_000}, {Garbage, 40_000}, {Straggler, 40_000},
			{WrongAmount, 10_000}, {WrongCurrency, 10_000}, {LyingAmount, 15_000}, {Stranger, 15_000}, {LateSuccess, 30_000}, {Refused, 20_000}},
		Change: []Chance{{TimeoutBefore, 60_000}, {TimeoutAfter, 60_000}, {ErrorAfter, 40_000}, {Garbage, 40_000}, {Stranger, 20_000}, {Straggler, 40_000}},
		Look:   []Chance{{TimeoutBefore, 100_000}, {Garbage, 50_000}, {Stranger, 20_000}},
		Notices: []Fate{{"before_reply", 150_000, 1, 0}, {"twice", 150_000, 2, time.Second}, {"never", 200_000, 0, 0}, {"forged", 50_000, 1, time.Second},
			{"late", 150_000, 1, 40 * time.Minute}, {"once", 300_000, 1, time.Second}},
	}
}

// Entry is a reference in the book. Charges counts how often money was held or
// taken for it: more than once is what a forgotten key does.
type Entry struct {
	Reference string
	Status    payment.Status
	Amount    money.Amount
	Captured  money.Amount
	Refunded  money.Amount
	Charges   int
	Capture   bool
	Released  bool      // what was held beyond Captured was let go
	At        time.Time // of the first change
}

// Net is what the merchant still has of it.
func (e Entry) Net() money.Amount { return e.Captured.Minus(e.Refunded) }

// Held is what is promised and not taken.
func (e Entry) Held() money.Amount {
	if !e.Released && (e.Status == payment.StatusAuthorized || e.Status == payment.StatusCaptured) {
		return e.Amount.Minus(e.Captured)
	}
	return money.Of(0, e.Amount.Currency)
}

// Move is one change of the merchant's balance: a charge is positive, a refund
// negative.
type Move struct {
	ID, Kind, Reference string
	Amount              money.Amount
	At                  time.Time
}

// moved notes what a change did to the balance; the caller holds the lock.
func (g *Gateway) moved(e *Entry, kind string, minor int64) {
	g.moves = append(g.moves, Move{fmt.Sprint(g.name, "_", len(g.moves)), kind, e.Reference, money.Of(minor, e.Amount.Currency), g.now()})
}

// Report is the gateway's settlement report of all that moved, as a table that
// package statement reads as generic.
func (g *Gateway) Report() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out bytes.Buffer
	out.WriteString("id,kind,reference,amount,fee,currency,at\n")
	for _, m := range g.moves {
		fee := money.Of(0, m.Amount.Currency)
		if m.Kind == "charge" {
			fee.Minor = m.Amount.Minor/100 + 25
		}
		fmt.Fprintf(&out, "%s,%s,%s,%s,%s,%s,%s\n", m.ID, m.Kind, m.Reference, m.Amount.Decimal(), fee.Decimal(), m.Amount.Currency, m.At.Format(time.RFC3339))
	}
	return out.Bytes()
}

// Alter changes an entry of the book, as a person does in the gateway's own
// pages. Nobody is told of it.
func (g *Gateway) Alter(reference string, change func(e *Entry)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.book[reference]
	if !ok {
		e = &Entry{Reference: reference, At: g.now()}
		g.book[reference] = e
	}
	before := *e
	change(e)
	if d := e.Captured.Minor - before.Captured.Minor; d != 0 {
		g.moved(e, "charge", d)
	}
	if d := e.Refunded.Minor - before.Refunded.Minor; d != 0 {
		g.moved(e, "refund", -d)
	}
}

// Deliver takes a notice to the shop, as the network would.
type Deliver func(gateway string, header http.Header, body []byte)

// Gateway is an evil payment.Gateway. It is safe for concurrent use.
type Gateway struct {
	name    string
	seed    uint64
	mix     Mix
	now     func() time.Time
	deliver Deliver

	mu      sync.Mutex
	book    map[string]*Entry
	keys    map[string]time.Time // of changes, by when they were first heard
	calls   map[string]int
	due     []later
	notices int
	moves   []Move
	met     map[string]int // how often each fault was met
}

// later is something that happens some time after the call that caused it.
type later struct {
	at time.Time
	do func()
}

var _ payment.Gateway = (*Gateway)(nil)

// New returns a gateway with an empty book. now is the clock it lives by.
func New(name string, seed uint64, mix Mix, now func() time.Time, deliver Deliver) *Gateway {
	return &Gateway{name: name, seed: seed, mix: mix, now: now, deliver: deliver, book: map[string]*Entry{}, keys: map[string]time.Time{},
		calls: map[string]int{}, met: map[string]int{}}
}

// Name is the gateway's.
func (g *Gateway) Name() string { return g.name }

// keyWindow is how long the gateway remembers a key.
const keyWindow = 10 * time.Minute

// Traits say that keys are remembered for ten minutes and holds taken in parts.
func (g *Gateway) Traits() payment.Traits {
	return payment.Traits{KeyWindow: keyWindow, Timeout: 8 * time.Second, Kinds: []string{"card"}, Parts: true}
}

// Book is the whole book, by reference.
func (g *Gateway) Book() []Entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Entry
	for _, e := range g.book {
		all = append(all, *e)
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Reference, b.Reference) })
	return all
}

// Met is how often each fault and each fate was met.
func (g *Gateway) Met() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	met := map[string]int{}
	for k, n := range g.met {
		met[k] = n
	}
	return met
}

// Tick does what has come due by the clock: notices, stragglers, changes of
// mind. It returns how much it did.
func (g *Gateway) Tick() int {
	g.mu.Lock()
	now := g.now()
	var ready []later
	g.due = slices.DeleteFunc(g.due, func(l later) bool {
		if l.at.After(now) {
			return false
		}
		ready = append(ready, l)
		return true
	})
	g.mu.Unlock()
	for _, l := range ready {
		l.do()
	}
	return len(ready)
}

// dice is a number below a million, the same for the same words in every run.
func (g *Gateway) dice(words ...string) int64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, g.seed, g.name)
	for _, w := range words {
		_, _ = h.Write([]byte(w + "\x00"))
	}
	x := h.Sum64()
	x ^= x >> 31 // the last words would move the low bits only
	x *= 0x9e3779b97f4a7c15
	return int64((x >> 20) % 1_000_000)
}

// fault is what befalls this call; each call of a reference rolls anew.
func (g *Gateway) fault(call, reference string, chances []Chance) Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls[call+reference]++
	roll := g.dice(call, reference, fmt.Sprint(g.calls[call+reference]))
	for _, c := range chances {
		if roll -= c.PPM; roll < 0 {
			g.met[call+" "+string(c.Fault)]++
			return c.Fault
		}
	}
	g.met[call+" honest"]++
	return None
}

// after has do done when so much time has passed.
func (g *Gateway) after(d time.Duration, do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.due = append(g.due, later{g.now().Add(d), do})
}

// answer is the honest answer to a question about e.
func (e *Entry) answer(gateway string) payment.Result {
	r := payment.Result{Status: e.Status, Reference: e.Reference, Account: gateway, GatewayID: "evil_" + e.Reference,
		Amount: e.Amount, Captured: e.Captured, Refunded: e.Refunded}
	if e.Status == payment.StatusDeclined {
		r.DeclineCode = payment.DeclineCard
	}
	return r
}

// garble is what the shop gets of an honest answer.
func (g *Gateway) garble(f Fault, r payment.Result) (payment.Result, error) {
	switch f {
	case TimeoutAfter, TimeoutBefore, ErrorAfter, Straggler:
		return payment.Result{}, payment.ErrUnknown
	case Garbage:
		if g.dice("garbage", r.Reference) < 500_000 {
			return payment.Result{}, payment.ErrUnknown // cannot be parsed
		}
		return payment.Result{Status: "§$%&", Reference: r.Reference}, nil
	case LyingAmount:
		r.Amount.Minor += 100
	case Stranger:
		r.Reference = "att_somebody_else"
	}
	return r, nil
}

// Lookup tells what the book says, if it tells anything.
func (g *Gateway) Lookup(_ context.Context, reference string) (payment.Result, error) {
	f := g.fault("look", reference, g.mix.Look)
	g.mu.Lock()
	e, ok := g.book[reference]
	r := payment.Result{Status: payment.StatusNone}
	if ok {
		r = e.answer(g.name)
	}
	g.mu.Unlock()
	if !ok && f != None {
		return payment.Result{}, payment.ErrUnknown
	}
	return g.garble(f, r)
}

// VerifyWebhook believes what is signed.
func (g *Gateway) VerifyWebhook(header http.Header, body []byte) (payment.Notice, error) {
	var n payment.Notice
	if !hmac.Equal([]byte(header.Get("Evil-Signature")), []byte(g.sign(body))) || json.Unmarshal(body, &n) != nil {
		return payment.Notice{}, payment.ErrNotice
	}
	return n, nil
}

func (g *Gateway) sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte("secret of "+g.name))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// notify tells the shop of a change, as its fate has it.
func (g *Gateway) notify(reference string, status payment.Status) {
	g.mu.Lock()
	g.notices++
	id := fmt.Sprint(g.name, "_", g.notices)
	roll := g.dice("notice", id)
	var fate Fate
	for _, f := range g.mix.Notices {
		if roll -= f.PPM; roll < 0 {
			fate = f
			break
		}
	}
	g.met["notice "+fate.Name]++
	g.mu.Unlock()
	body, _ := json.Marshal(payment.Notice{ID: id, Reference: reference, Kind: "payment." + string(status), Status: status})
	header := http.Header{"Evil-Signature": {g.sign(body)}}
	if fate.Name == "forged" {
		body, _ = json.Marshal(payment.Notice{ID: id, Reference: reference, Kind: "payment.captured", Status: payment.StatusCaptured})
		header = http.Header{"Evil-Signature": {g.sign([]byte("something else"))}}
	}
	if fate.After == 0 && fate.Copies > 0 {
		g.deliver(g.name, header, body)
		return
	}
	for range fate.Copies {
		g.after(fate.After, func() { g.deliver(g.name, header, body) })
	}
}
