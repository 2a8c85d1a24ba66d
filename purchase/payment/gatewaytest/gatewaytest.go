// Package gatewaytest is what every payment gateway must pass: declined,
// silent, late and twice.
//
// A gateway's own test opens it against a machine that it can be told what to
// do (a sandbox, a stand-in of the provider) and calls Exercise. What a gateway
// cannot be made to do is left empty in the Bench and not asked; what its
// Traits promise is.
//
// Never true: a suite that passes because nothing was asked. Approve, Decline
// and Lookup are required.
package gatewaytest

import (
	"context"
	"errors"
	"net/http"
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

	Approve   string // holds at once
	Decline   string
	Silent    string // moves money and does not answer
	Never     string // does not answer and moves nothing
	Late      string // decides after a while
	Challenge string // asks the shopper

	// Notice is a genuine webhook about a reference; nil when there are none.
	Notice func(t *testing.T, reference string) (http.Header, []byte)
}

// Exercise runs the suite. open must return a fresh Bench whose references are
// not known to the machine.
func Exercise(t *testing.T, open func(t *testing.T) Bench) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b Bench)
	}{
		{"money is held, and the answer is about our reference", approves},
		{"a repeated reference moves no more money", repeats},
		{"a no is an answer, and moves nothing", declines},
		{"after silence the book tells what happened", silent},
		{"a reference that never arrived is unknown, and stays forbidden once voided", never},
		{"what decides late is pending until then", late},
		{"a challenge tells where to go", challenge},
		{"a capture is made once per key and never exceeds the hold", captures},
		{"a refund is made once per key and never exceeds what was taken", refunds},
		{"a voided hold cannot be taken", voids},
		{"a notice is believed only with its signature", notices},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func (b Bench) request(reference, instrument string) payment.Request {
	return payment.Request{Reference: reference, Amount: b.Amount, Kind: b.Kind, Instrument: instrument, ReturnURL: "http://127.0.0.1/back"}
}

func (b Bench) authorize(t *testing.T, reference, instrument string) payment.Result {
	t.Helper()
	r, err := b.Gateway.Authorize(t.Context(), b.request(reference, instrument))
	if err != nil {
		t.Fatalf("authorize: %v", err)
	}
	return r
}

func (b Bench) look(t *testing.T, reference string) payment.Result {
	t.Helper()
	r, err := b.Gateway.Lookup(t.Context(), reference)
	if err != nil {
		t.Fatalf("look up: %v", err)
	}
	return r
}

func approves(t *testing.T, b Bench) {
	r := b.authorize(t, "att_1", b.Approve)
	if r.Status != payment.StatusAuthorized || r.Amount != b.Amount || r.Reference != "att_1" || r.Captured.Minor != 0 || r.GatewayID == "" || r.Account == "" {
		t.Errorf("authorized: %+v", r)
	}
	if got := b.look(t, "att_1"); got != r {
		t.Errorf("the book says %+v, the answer was %+v", got, r)
	}
}

func repeats(t *testing.T, b Bench) {
	first := b.authorize(t, "att_1", b.Approve)
	if again := b.authorize(t, "att_1", b.Approve); again != first {
		t.Errorf("again: %+v, first: %+v", again, first)
	}
}

func declines(t *testing.T, b Bench) {
	r := b.authorize(t, "att_1", b.Decline)
	if r.Status != payment.StatusDeclined || r.DeclineCode == "" || r.Captured.Minor != 0 {
		t.Errorf("declined: %+v", r)
	}
	if again := b.authorize(t, "att_1", b.Decline); again.Status != payment.StatusDeclined {
		t.Errorf("declined again: %+v", again)
	}
}

// hushed expects silence.
func hushed(t *testing.T, b Bench, instrument string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if r, err := b.Gateway.Authorize(ctx, b.request("att_1", instrument)); !errors.Is(err, payment.ErrUnknown) {
		t.Fatalf("%+v, %v; want silence", r, err)
	}
}

func silent(t *testing.T, b Bench) {
	if b.Silent == "" {
		return
	}
	hushed(t, b, b.Silent)
	if r := b.look(t, "att_1"); r.Status != payment.StatusAuthorized || r.Amount != b.Amount {
		t.Errorf("the book says %+v", r)
	}
}

func never(t *testing.T, b Bench) {
	if b.Never == "" {
		return
	}
	hushed(t, b, b.Never)
	if r := b.look(t, "att_1"); r.Status != payment.StatusNone {
		t.Errorf("the book says %+v of what never arrived", r)
	}
	if _, err := b.Gateway.Void(t.Context(), "att_1"); err != nil {
		t.Fatal(err)
	}
	if r := b.authorize(t, "att_1", b.Approve); r.Status != payment.StatusVoided {
		t.Errorf("a forbidden reference was taken: %+v", r)
	}
}

func late(t *testing.T, b Bench) {
	if b.Late == "" {
		return
	}
	if r := b.authorize(t, "att_1", b.Late); r.Status != payment.StatusPending {
		t.Fatalf("late: %+v", r)
	}
	for range 100 {
		if r := b.look(t, "att_1"); r.Status == payment.StatusAuthorized {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("never decided")
}

func challenge(t *testing.T, b Bench) {
	if b.Challenge == "" {
		return
	}
	r := b.authorize(t, "att_1", b.Challenge)
	if r.Status != payment.StatusActionRequired || r.ActionURL == "" || r.Captured.Minor != 0 {
		t.Errorf("challenge: %+v", r)
	}
}

func captures(t *testing.T, b Bench) {
	b.authorize(t, "att_1", b.Approve)
	for range 2 {
		r, err := b.Gateway.Capture(t.Context(), payment.Change{Reference: "att_1", Key: "cap_1", Amount: b.Amount})
		if err != nil || r.Status != payment.StatusCaptured || r.Captured != b.Amount {
			t.Fatalf("capture: %+v, %v", r, err)
		}
	}
	r, err := b.Gateway.Capture(t.Context(), payment.Change{Reference: "att_1", Key: "cap_2", Amount: money.Of(1, b.Amount.Currency)})
	if err == nil && r.Status != payment.StatusDeclined {
		t.Errorf("captured more than was held: %+v", r)
	}
	if got := b.look(t, "att_1").Captured; got != b.Amount {
		t.Errorf("captured %v of %v", got, b.Amount)
	}
}

func refunds(t *testing.T, b Bench) {
	b.authorize(t, "att_1", b.Approve)
	if _, err := b.Gateway.Capture(t.Context(), payment.Change{Reference: "att_1", Key: "cap_1", Amount: b.Amount}); err != nil {
		t.Fatal(err)
	}
	most := money.Of(b.Amount.Minor*6/10, b.Amount.Currency)
	for range 2 {
		r, err := b.Gateway.Refund(t.Context(), payment.Change{Reference: "att_1", Key: "ref_1", Amount: most})
		if err != nil || r.Refunded != most {
			t.Fatalf("refund: %+v, %v", r, err)
		}
	}
	r, err := b.Gateway.Refund(t.Context(), payment.Change{Reference: "att_1", Key: "ref_2", Amount: most})
	if err == nil && r.Status != payment.StatusDeclined {
		t.Errorf("refunded more than was taken: %+v", r)
	}
	if got := b.look(t, "att_1").Refunded; got != most {
		t.Errorf("refunded %v, want %v", got, most)
	}
}

func voids(t *testing.T, b Bench) {
	b.authorize(t, "att_1", b.Approve)
	for range 2 {
		if r, err := b.Gateway.Void(t.Context(), "att_1"); err != nil || r.Status != payment.StatusVoided {
			t.Fatalf("void: %+v, %v", r, err)
		}
	}
	r, err := b.Gateway.Capture(t.Context(), payment.Change{Reference: "att_1", Key: "cap_1", Amount: b.Amount})
	if err == nil && r.Captured.Minor != 0 {
		t.Errorf("a voided hold was taken: %+v", r)
	}
}

func notices(t *testing.T, b Bench) {
	if b.Notice == nil {
		return
	}
	header, body := b.Notice(t, "att_1")
	n, err := b.Gateway.VerifyWebhook(header, body)
	if err != nil || n.Reference != "att_1" || n.ID == "" {
		t.Fatalf("a genuine notice: %+v, %v", n, err)
	}
	for name, forged := range map[string][]byte{"another body": append([]byte(" "), body...), "no body": nil} {
		if _, err := b.Gateway.VerifyWebhook(header, forged); !errors.Is(err, payment.ErrNotice) {
			t.Errorf("%s: %v, want ErrNotice", name, err)
		}
	}
	if _, err := b.Gateway.VerifyWebhook(http.Header{}, body); !errors.Is(err, payment.ErrNotice) {
		t.Errorf("unsigned: %v, want ErrNotice", err)
	}
}
