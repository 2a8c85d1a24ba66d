// Package gatewaytest is what every payment gateway must pass: declined,
// silent, late and twice.
//
// A gateway's own test opens it against a machine that it can be told what to
// do (a sandbox, a stand-in of the provider) and calls Exercise. What a gateway
// cannot be made to do is left empty in the Bench and not asked; what its
// Traits promise is. The suite keeps the book that the shop would keep, and
// asks with what it knows.
//
// A gateway without a machine (Traits.Offline) cannot be silent. It is asked
// instead to answer by our book alone, the same again for the same book.
//
// Never true: a suite that passes because nothing was asked. Approve, Decline
// and Lookup are required; so is silence of whatever is not offline.
package gatewaytest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/purchase/payment"
	"korzo/value/money"
)

// Bench is a gateway and the instruments that make its machine behave.
type Bench struct {
	Gateway payment.Gateway
	Kind    string // of the method
	Amount  money.Amount

	Approve   string // holds at once, or after Act
	Decline   string
	Silent    string // moves money and does not answer
	Never     string // does not answer and moves nothing
	Garbage   string // moves money and answers nonsense
	Late      string // decides after a while
	Challenge string // asks the shopper

	// Soft is refused until who pays has proven who they are. Proof is a proof
	// that its bank believes for Amount, given at another gateway. Both are
	// required of whoever's Traits have Proofs, unless Act is set.
	Soft  string
	Proof payment.Authentication

	// DeclineAmount is asked for instead of Amount where a no depends on it.
	DeclineAmount money.Amount

	// Act does what the shopper is asked; nil where Approve asks nothing.
	Act func(t *testing.T, r payment.Result)

	// Break lets the machine do what the next call asks, and lose the answer.
	Break func(t *testing.T)

	// Gone is the same gateway with nobody at its address.
	Gone payment.Gateway

	// At is when attempts are written. A gateway that measures its key window
	// needs it.
	At time.Time

	// Secrets must not stand in any error.
	Secrets []string

	// Notice is a genuine webhook about a reference; nil when there are none.
	Notice func(t *testing.T, reference string) (http.Header, []byte)
}

// Exercise runs the suite. open must return a fresh Bench whose references are
// not known to the machine.
func Exercise(t *testing.T, open func(t *testing.T) Bench) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b *bench)
	}{
		{"what can be asked is asked", complete},
		{"money is held, and the answer is about our reference", approves},
		{"a repeated reference moves no more money", repeats},
		{"money can be taken at once", takes},
		{"a no is an answer, and moves nothing", declines},
		{"after silence the book tells what happened", silent},
		{"nonsense is silence", garbage},
		{"a reference that never arrived is unknown, and stays forbidden once voided", never},
		{"what decides late is pending until then", late},
		{"a challenge tells where to go", challenge},
		{"proof given at another gateway is not asked for again", carried},
		{"a capture is made once per key and never exceeds the hold", captures},
		{"a part may be taken", parts},
		{"a refund is made once per key and never exceeds what was taken", refunds},
		{"a change whose answer was lost is made once", lost},
		{"a voided hold cannot be taken, and is not claimed again", voids},
		{"money that was taken is not voided away", voidsTaken},
		{"a card that is kept pays until it is forgotten", keeps},
		{"a card that cannot pay is not kept, and proof is asked for", keepsNone},
		{"a gateway that cannot be reached is a known failure", gone},
		{"a notice is believed only with its signature", notices},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run(t, &bench{Bench: open(t), book: map[string]payment.Known{}, keys: map[string]payment.Known{}})
		})
	}
}

// bench is a Bench with the shop's book beside it.
type bench struct {
	Bench
	book map[string]payment.Known // by reference
	keys map[string]payment.Known // what was known when a key was first used
}

// write enters a reference in the book, as the shop does before it asks.
func (b *bench) write(reference, instrument string, capture bool) payment.Request {
	r := payment.Request{Reference: reference, Amount: b.Amount, Kind: b.Kind, Instrument: instrument, ReturnURL: "http://127.0.0.1/back", Capture: capture}
	zero := money.Of(0, b.Amount.Currency)
	b.book[reference] = payment.Known{Request: r, State: payment.StateWritten, Captured: zero, Refunded: zero, At: b.At}
	return r
}

// learn enters an answer.
func (b *bench) learn(reference string, r payment.Result) payment.Result {
	k := b.book[reference]
	if r.GatewayID != "" {
		k.GatewayID = r.GatewayID
	}
	states := map[payment.Status]payment.State{
		payment.StatusPending: payment.StatePending, payment.StatusActionRequired: payment.StateAction, payment.StatusAuthorized: payment.StateAuthorized,
		payment.StatusCaptured: payment.StateCaptured, payment.StatusVoided: payment.StateVoided,
	}
	switch state, ok := states[r.Status]; {
	case ok:
		k.State = state
	case r.Status == payment.StatusDeclined && k.State.Open():
		k.State = payment.StateDeclined
	}
	if r.Status == payment.StatusCaptured {
		k.Captured, k.Refunded = r.Captured, r.Refunded
	}
	b.book[reference] = k
	return r
}

func (b *bench) try(t *testing.T, reference, instrument string, capture bool) payment.Result {
	t.Helper()
	request, ok := b.book[reference]
	if !ok {
		request.Request = b.write(reference, instrument, capture)
	}
	request.Instrument = instrument
	r, err := b.Gateway.Authorize(t.Context(), request.Request)
	if err != nil {
		t.Fatalf("authorize: %v", err)
	}
	return b.learn(reference, r)
}

// authorize has att_1 approved, with the shopper's help where it is needed.
func (b *bench) authorize(t *testing.T, capture bool) payment.Result {
	t.Helper()
	r := b.try(t, "att_1", b.Approve, capture)
	if r.Status == payment.StatusActionRequired && b.Act != nil {
		b.Act(t, r)
		return b.look(t, "att_1")
	}
	return r
}

func (b *bench) look(t *testing.T, reference string) payment.Result {
	t.Helper()
	r, err := payment.Lookup(t.Context(), b.Gateway, b.book[reference])
	if err != nil {
		t.Fatalf("look up: %v", err)
	}
	return b.learn(reference, r)
}

func (b *bench) void(t *testing.T, reference string) payment.Result {
	t.Helper()
	r, err := payment.Void(t.Context(), b.Gateway, b.book[reference])
	if err != nil {
		t.Fatalf("void: %v", err)
	}
	if r.Status == payment.StatusNone {
		r.Status = payment.StatusVoided
	}
	return b.learn(reference, r)
}

// change asks for a movement of att_1. A key that is used again comes with
// what was known the first time, as from a shop that crashed in between.
func (b *bench) change(t *testing.T, move func(context.Context, payment.Change) (payment.Result, error), key string, a money.Amount) (payment.Result, error) {
	t.Helper()
	if _, again := b.keys[key]; !again {
		b.keys[key] = b.book["att_1"]
	}
	r, err := move(t.Context(), payment.Change{Reference: "att_1", Key: key, Amount: a, Known: b.keys[key]})
	if err == nil {
		b.learn("att_1", r)
	}
	return r, err
}

// capture expects att_1 to be taken in part or whole.
func (b *bench) capture(t *testing.T, key string, a, want money.Amount) {
	t.Helper()
	r, err := b.change(t, b.Gateway.Capture, key, a)
	if err != nil || r.Status != payment.StatusCaptured || r.Captured != want || r.Reference != "att_1" {
		t.Fatalf("capture %v: %+v, %v; want %v taken", a, r, err, want)
	}
}

// share is so many tenths of the amount.
func (b *bench) share(tenths int64) money.Amount {
	return money.Of(b.Amount.Minor*tenths/10, b.Amount.Currency)
}

// quiet fails the test when an error tells a secret.
func (b *bench) quiet(t *testing.T, err error) {
	t.Helper()
	for _, s := range b.Secrets {
		if strings.Contains(err.Error(), s) {
			t.Errorf("an error tells the secret: %v", err)
		}
	}
}

// hushed expects silence.
func hushed(t *testing.T, b *bench, instrument string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	r, err := b.Gateway.Authorize(ctx, b.write("att_1", instrument, false))
	if !errors.Is(err, payment.ErrUnknown) {
		t.Fatalf("%+v, %v; want silence", r, err)
	}
	b.quiet(t, err)
}
