package gatewaytest

import (
	"errors"
	"testing"

	"korzo/purchase/payment"
	"korzo/value/money"
)

// CodeBench is a gateway that takes the codes which phones show. What its Bench
// names are no instruments but what Show is to have a fresh code do, one that
// pays Amount at most.
type CodeBench struct {
	Bench
	Asks string // is for its owner to confirm
	Show func(t *testing.T, does string) (code string)

	// Say is what the owner of a code answers on their phone.
	Say func(t *testing.T, code string, yes bool)

	// Stale makes every code that was shown so far too old.
	Stale func(t *testing.T)
}

// ExerciseCodes runs the suite of what is paid by a code that a till has read.
// open must return a fresh CodeBench whose references are not known to the machine.
func ExerciseCodes(t *testing.T, open func(t *testing.T) CodeBench) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b *codeBench)
	}{
		{"a code pays at once and whole", codePays},
		{"the same reference moves no more money, however often it is sent", codeRepeats},
		{"a code that was shown before pays nobody else", codeOnce},
		{"a code that is too old, or nobody's, is a no", codeStale},
		{"more than its owner allowed, another currency, and too little are a no", codeRefuses},
		{"its owner is asked on the phone, and may refuse", codeAsks},
		{"what was given up while its owner was asked is not taken after all", codeGivenUp},
		{"after silence the book tells what happened, and asking again takes nothing", codeSilent},
		{"what was never heard is forbidden once it is given up", codeNever},
		{"what decides late is pending until then", codeLate},
		{"what was taken goes back in parts, and never more than that", codeRefunds},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			c.run(t, &codeBench{&bench{Bench: b.Bench, book: map[string]payment.Known{}, keys: map[string]payment.Known{}}, b})
		})
	}
}

// codeBench is a CodeBench with the shop's book beside it.
type codeBench struct {
	*bench
	code CodeBench
}

// show pays a reference with a fresh code.
func (b *codeBench) show(t *testing.T, reference, does string) (payment.Result, string) {
	t.Helper()
	code := b.code.Show(t, does)
	return b.try(t, reference, code, true), code
}

// no is a refusal for a reason that moved nothing.
func no(t *testing.T, r payment.Result, why string) {
	t.Helper()
	if r.Status != payment.StatusDeclined || r.DeclineCode != why || r.Captured.Minor != 0 {
		t.Errorf("%+v, want %s", r, why)
	}
}

func (b *codeBench) taken(t *testing.T, r payment.Result) {
	t.Helper()
	if r.Status != payment.StatusCaptured || r.Amount != b.Amount || r.Captured != b.Amount {
		t.Errorf("%+v, want all of it taken", r)
	}
}

func codePays(t *testing.T, b *codeBench) {
	r, _ := b.show(t, "att_1", b.Approve)
	b.taken(t, r)
	if r.Reference != "att_1" || r.GatewayID == "" || r.Account == "" || b.look(t, "att_1") != r {
		t.Errorf("%+v; the book says %+v", r, b.look(t, "att_1"))
	}
}

func codeRepeats(t *testing.T, b *codeBench) {
	first, code := b.show(t, "att_1", b.Approve)
	for range 3 {
		if again := b.try(t, "att_1", code, true); again != first {
			t.Errorf("again: %+v, first: %+v", again, first)
		}
	}
}

func codeOnce(t *testing.T, b *codeBench) {
	_, code := b.show(t, "att_1", b.Approve)
	no(t, b.try(t, "att_2", code, true), payment.DeclineCodeUsed)
	b.taken(t, b.look(t, "att_1"))
	_, code = b.show(t, "att_3", b.Decline)
	no(t, b.try(t, "att_4", code, true), payment.DeclineCodeUsed)
}

func codeStale(t *testing.T, b *codeBench) {
	code := b.code.Show(t, b.Approve)
	b.code.Stale(t)
	no(t, b.try(t, "att_1", code, true), payment.DeclineCodeStale)
	no(t, b.try(t, "att_2", "280000000000000000", true), payment.DeclineCodeStale)
}

func codeRefuses(t *testing.T, b *codeBench) {
	all := b.Amount
	r, _ := b.show(t, "att_1", b.Decline)
	no(t, r, payment.DeclineFunds)
	b.Amount = all.Plus(money.Of(1, all.Currency))
	r, _ = b.show(t, "att_2", b.Approve)
	no(t, r, payment.DeclineLimit)
	b.Amount = money.Of(all.Minor, "CHF")
	r, _ = b.show(t, "att_3", b.Approve)
	no(t, r, payment.DeclineUnsupported)
}

func codeAsks(t *testing.T, b *codeBench) {
	for reference, yes := range map[string]bool{"att_1": true, "att_2": false} {
		r, code := b.show(t, reference, b.code.Asks)
		if r.Status != payment.StatusActionRequired || r.Captured.Minor != 0 {
			t.Fatalf("asked: %+v", r)
		}
		b.code.Say(t, code, yes)
		b.code.Say(t, code, !yes) // what is decided stays so
		if r = b.look(t, reference); yes {
			b.taken(t, r)
		} else {
			no(t, r, payment.DeclineCancelled)
		}
	}
}

func codeGivenUp(t *testing.T, b *codeBench) {
	_, code := b.show(t, "att_1", b.code.Asks)
	if r := b.void(t, "att_1"); r.Status != payment.StatusVoided {
		t.Fatalf("given up: %+v", r)
	}
	b.code.Say(t, code, true)
	if r := b.look(t, "att_1"); r.Captured.Minor != 0 {
		t.Errorf("taken after all: %+v", r)
	}
	no(t, b.try(t, "att_2", code, true), payment.DeclineCodeUsed)
}

func codeSilent(t *testing.T, b *codeBench) {
	code := b.code.Show(t, b.Silent)
	hushed(t, b.bench, code)
	b.taken(t, b.look(t, "att_1"))
	if _, err := b.Gateway.Authorize(t.Context(), b.book["att_1"].Request); err != nil && !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("asked again: %v", err)
	}
	b.taken(t, b.look(t, "att_1"))
}

func codeNever(t *testing.T, b *codeBench) {
	hushed(t, b.bench, b.code.Show(t, b.Never))
	if r := b.look(t, "att_1"); r.Status != payment.StatusNone {
		t.Errorf("the book says %+v of what never arrived", r)
	}
	b.void(t, "att_1")
	if r, err := b.Gateway.Authorize(t.Context(), b.book["att_1"].Request); err == nil && r.Captured.Minor != 0 {
		t.Errorf("a forbidden reference was paid: %+v", r)
	}
	if r := b.look(t, "att_1"); r.Captured.Minor != 0 {
		t.Errorf("a forbidden reference was paid: %+v", r)
	}
}

func codeLate(t *testing.T, b *codeBench) {
	if r, _ := b.show(t, "att_1", b.Late); r.Status != payment.StatusPending {
		t.Fatalf("late: %+v", r)
	}
	b.taken(t, b.until(t, "att_1", payment.StatusCaptured))
}

func codeRefunds(t *testing.T, b *codeBench) {
	b.show(t, "att_1", b.Approve)
	for range 2 {
		if r, err := b.change(t, b.Gateway.Refund, "ref_1", b.share(6)); err != nil || r.Refunded != b.share(6) {
			t.Fatalf("refund: %+v, %v", r, err)
		}
	}
	if r, err := b.change(t, b.Gateway.Refund, "ref_2", b.share(6)); err == nil && r.Status != payment.StatusDeclined {
		t.Errorf("refunded more than was taken: %+v", r)
	}
	if r := b.look(t, "att_1"); r.Refunded != b.share(6) {
		t.Errorf("refunded %v, want %v", r.Refunded, b.share(6))
	}
}
