package eviltest

import (
	"context"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/value/money"
)

var errSetting = fault.New(fault.Invalid, "eviltest.setting", "the account's key is wrong")

// Authorize decides by the reference: most are approved, some declined, some
// are decided later.
func (g *Gateway) Authorize(_ context.Context, r payment.Request) (payment.Result, error) {
	f := g.fault("authorize", r.Reference, g.mix.Authorize)
	switch f {
	case TimeoutBefore:
		return payment.Result{}, payment.ErrUnknown
	case Refused:
		return payment.Result{}, errSetting
	case Straggler:
		wait := time.Duration(1+g.dice("straggler", r.Reference)%40) * time.Second
		g.after(wait, func() { g.enter(r, f) })
		return payment.Result{}, payment.ErrUnknown
	}
	answer := g.enter(r, f)
	return g.garble(f, answer)
}

// enter writes a request into the book, or finds it there. A key that is older
// than its window is forgotten, and the same request charges again.
func (g *Gateway) enter(r payment.Request, f Fault) payment.Result {
	g.mu.Lock()
	e, known := g.book[r.Reference]
	if known && (e.Status == payment.StatusVoided || g.now().Sub(e.At) < keyWindow) {
		defer g.mu.Unlock()
		return e.answer(g.name)
	}
	if !known {
		e = &Entry{Reference: r.Reference, Amount: r.Amount, Capture: r.Capture, At: g.now()}
		g.book[r.Reference] = e
	}
	e.Captured, e.Refunded = money.Of(0, r.Amount.Currency), money.Of(0, r.Amount.Currency)
	g.decide(e, f)
	answer, status := e.answer(g.name), e.Status
	g.mu.Unlock()
	if f == LateSuccess {
		g.after(time.Duration(1+g.dice("mind", r.Reference)%7200)*time.Second, func() { g.relent(r.Reference) })
	}
	if status == payment.StatusPending || status == payment.StatusActionRequired {
		g.after(time.Duration(1+g.dice("later", r.Reference)%1800)*time.Second, func() { g.resolve(r.Reference) })
	}
	g.notify(r.Reference, status)
	return answer
}

// decide is the bank's first word on a reference.
func (g *Gateway) decide(e *Entry, f Fault) {
	switch f {
	case WrongAmount:
		e.Amount.Minor--
	case WrongCurrency:
		e.Amount.Currency = "USD"
		e.Captured.Currency, e.Refunded.Currency = "USD", "USD"
	}
	roll := g.dice("bank", e.Reference)
	switch {
	case f == LateSuccess, roll < 150_000:
		e.Status = payment.StatusDeclined
	case roll < 200_000:
		e.Status = payment.StatusPending
	case roll < 250_000:
		e.Status = payment.StatusActionRequired
	default:
		g.approve(e)
	}
}

func (g *Gateway) approve(e *Entry) {
	e.Status = payment.StatusAuthorized
	e.Charges++
	if e.Capture {
		e.Status, e.Captured = payment.StatusCaptured, e.Amount
		g.moved(e, "charge", e.Amount.Minor)
	}
}

// relent charges what was declined before.
func (g *Gateway) relent(reference string) {
	g.mu.Lock()
	e := g.book[reference]
	if e.Status != payment.StatusDeclined {
		g.mu.Unlock()
		return
	}
	g.approve(e)
	status := e.Status
	g.mu.Unlock()
	g.notify(reference, status)
}

// resolve decides what was open; every fifth shopper never came back.
func (g *Gateway) resolve(reference string) {
	g.mu.Lock()
	e := g.book[reference]
	roll := g.dice("resolve", reference)
	if e.Status != payment.StatusPending && e.Status != payment.StatusActionRequired ||
		e.Status == payment.StatusActionRequired && roll < 200_000 {
		g.mu.Unlock()
		return
	}
	e.Status = payment.StatusDeclined
	if roll < 800_000 {
		g.approve(e)
	}
	status := e.Status
	g.mu.Unlock()
	g.notify(reference, status)
}

// Capture takes a part of what is held.
func (g *Gateway) Capture(_ context.Context, r payment.Change) (payment.Result, error) {
	return g.change("capture", r, func(e *Entry) bool {
		if e.Status != payment.StatusAuthorized && e.Status != payment.StatusCaptured || e.Released || e.Captured.Minor+r.Amount.Minor > e.Amount.Minor {
			return false
		}
		e.Status, e.Captured.Minor = payment.StatusCaptured, e.Captured.Minor+r.Amount.Minor
		g.moved(e, "charge", r.Amount.Minor)
		return true
	})
}

// Refund gives a part of what was taken back.
func (g *Gateway) Refund(_ context.Context, r payment.Change) (payment.Result, error) {
	return g.change("refund", r, func(e *Entry) bool {
		if e.Refunded.Minor+r.Amount.Minor > e.Captured.Minor {
			return false
		}
		e.Refunded.Minor += r.Amount.Minor
		g.moved(e, "refund", -r.Amount.Minor)
		return true
	})
}

// change moves money once per key, as long as the key is remembered.
func (g *Gateway) change(call string, r payment.Change, move func(*Entry) bool) (payment.Result, error) {
	f := g.fault(call, r.Key, g.mix.Change)
	switch f {
	case TimeoutBefore:
		return payment.Result{}, payment.ErrUnknown
	case Straggler:
		g.after(time.Duration(1+g.dice("straggler", r.Key)%20)*time.Second, func() { _, _ = g.apply(call, r, move) })
		return payment.Result{}, payment.ErrUnknown
	}
	answer, err := g.apply(call, r, move)
	if err != nil {
		return answer, err
	}
	return g.garble(f, answer)
}

func (g *Gateway) apply(call string, r payment.Change, move func(*Entry) bool) (payment.Result, error) {
	g.mu.Lock()
	e, ok := g.book[r.Reference]
	heard, again := g.keys[r.Key]
	switch {
	case !ok:
		g.mu.Unlock()
		return payment.Result{Status: payment.StatusNone}, nil
	case again && g.now().Sub(heard) < keyWindow:
		defer g.mu.Unlock()
		return e.answer(g.name), nil
	}
	if !move(e) {
		defer g.mu.Unlock()
		return payment.Result{Status: payment.StatusDeclined, Reference: r.Reference, Account: g.name, DeclineCode: payment.DeclineAmount}, nil
	}
	if !again {
		g.keys[r.Key] = g.now()
	} else {
		g.met[call+" made twice"]++
	}
	answer, status := e.answer(g.name), e.Status
	g.mu.Unlock()
	g.notify(r.Reference, status)
	return answer, nil
}

// Void lets go of what is held, or forbids a reference nobody has heard of.
func (g *Gateway) Void(_ context.Context, reference string) (payment.Result, error) {
	f := g.fault("void", reference, g.mix.Change)
	if f == TimeoutBefore || f == Straggler {
		return payment.Result{}, payment.ErrUnknown
	}
	g.mu.Lock()
	e, ok := g.book[reference]
	if !ok {
		e = &Entry{Reference: reference, Status: payment.StatusVoided, At: g.now()}
		g.book[reference] = e
	}
	e.Released = true
	if e.Captured.Minor == 0 && e.Status != payment.StatusDeclined {
		e.Status = payment.StatusVoided
	}
	answer := e.answer(g.name)
	g.mu.Unlock()
	return g.garble(f, answer)
}
