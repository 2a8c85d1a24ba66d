package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// How patient we are. The gateway's own Timeout bounds one call.
const (
	graceWritten = 15 * time.Second // before a written attempt is taken for one a crash left behind
	graceSilence = 12 * time.Second // before a reference nobody has heard of is given up
	actionLife   = 15 * time.Minute // for the shopper to prove who they are, where a method has no time of its own
	actionGrace  = time.Minute      // after a method's time: what was done at its last moment is still under way
	shortestLook = time.Second
	longestLook  = 5 * time.Minute
	stale        = 24 * time.Hour
	concern      = 7 * 24 * time.Hour // how long a silent gateway is asked about an attempt that has ended
	batch        = 64                 // attempts one Resume takes up
)

// Pay asks the gateway of a written attempt and acts on its answer. It must
// run outside any transaction, and may be repeated: what is decided stays so.
// The attempt it returns is undecided when the gateway is silent; Resume goes
// on from there.
func (p *Payments) Pay(ctx context.Context, a Attempt) (Attempt, error) {
	end := p.running.Begin()
	defer end()
	g, err := p.Gateway(a.Gateway)
	if err != nil {
		return a, err
	}
	ask := a.request()
	if ask.Payer, err = p.payerOf(ctx, a); err != nil {
		return a, err
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := g.Authorize(call, ask)
	switch {
	case err == nil:
		a, err = p.settle(ctx, a.ID, r)
	case IsSilence(err):
		a, err = p.silence(ctx, a.ID)
	default:
		p.log.ErrorContext(ctx, "gateway refused the call", "gateway", a.Gateway, "attempt", a.ID, "error", err)
		a, err = p.settle(ctx, a.ID, Result{Status: StatusDeclined, Reference: string(a.ID), DeclineCode: DeclineGateway})
	}
	if err == nil {
		p.seen(a)
	}
	return a, err
}

// payerOf is who pays, where the method's lender must know them.
func (p *Payments) payerOf(ctx context.Context, a Attempt) (who Payer, err error) {
	if m, ok := paymethod.Find(a.Method); !ok || !m.Wants(paymethod.NeedBirthDate) || p.payer == nil {
		return who, nil
	}
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		who, err = p.payer(ctx, tx, a)
		return err
	})
	return who, err
}

// silence notes that a gateway did not answer: the poller asks soon.
func (p *Payments) silence(ctx context.Context, id AttemptID) (a Attempt, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		if a, err = selectAttempt(ctx, tx, id, tx.ForUpdate()); err != nil || a.State != StateWritten {
			return err
		}
		a.State = StateUnknown
		_, err = updateAttempt(ctx, tx, a, StateWritten, tx.Now.Add(shortestLook))
		return err
	})
	return a, err
}

// Sync asks the gateway's book about an attempt and acts on what it says. A
// webhook, the shopper's return, the poller and a person all come through here,
// at once if they like.
func (p *Payments) Sync(ctx context.Context, id AttemptID) (Attempt, error) {
	end := p.running.Begin()
	defer end()
	a, err := p.attempt(ctx, id)
	if err != nil {
		return a, err
	}
	g, err := p.Gateway(a.Gateway)
	if err != nil {
		return a, err
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := Lookup(call, g, a.known())
	if _, readable := of[r.Status]; err == nil && !readable && r.Status != StatusNone {
		err = ErrUnknown
	}
	if err != nil {
		return a, errors.Join(fmt.Errorf("look up %s: %w", id, err), p.lookLater(ctx, id))
	}
	if why := p.hopeless(a, r); why != "" {
		p.log.InfoContext(ctx, "attempt given up", "attempt", id, "why", why)
		return p.abandon(ctx, id, why)
	}
	if a.State.Failed() && of[r.Status].Paid() {
		return p.undo(ctx, g, a)
	}
	after, err := p.settle(ctx, id, r)
	if err == nil && a.State.Open() && !after.State.Open() {
		p.seen(after)
	}
	return after, err
}

// hopeless says why an undecided attempt will not come to anything; "" while
// it may.
func (p *Payments) hopeless(a Attempt, r Result) string {
	age := p.db.Now().Sub(a.CreatedAt)
	switch {
	case !a.State.Open():
		return ""
	case r.Status == StatusNone && age > graceSilence:
		return DeclineUnheard
	case r.Status == StatusActionRequired && age > a.life():
		return DeclineLeft
	}
	return ""
}

// life is how long a shopper has to do their part: what their method says.
func (a Attempt) life() time.Duration {
	if m, ok := paymethod.Find(a.Method); ok && m.Session > 0 {
		return m.Session + actionGrace
	}
	return actionLife
}

// Abandon gives up an undecided attempt: the gateway is told to forbid it, and
// only when it has, the owner may be paid another way. If the money moved
// meanwhile it is let go.
func (p *Payments) Abandon(ctx context.Context, id AttemptID) (Attempt, error) {
	end := p.running.Begin()
	defer end()
	return p.abandon(ctx, id, "")
}

func (p *Payments) abandon(ctx context.Context, id AttemptID, why string) (Attempt, error) {
	a, err := p.attempt(ctx, id)
	if err != nil || !a.State.Open() {
		return a, err
	}
	g, err := p.Gateway(a.Gateway)
	if err != nil {
		return a, err
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := Void(call, g, a.known())
	if err == nil && r.Status == StatusCaptured && r.Reference == string(id) && mismatch(a, r, StateCaptured) != "" {
		r, err = giveBack(call, g, a, r)
	}
	if err != nil {
		return a, errors.Join(fmt.Errorf("abandon %s: %w", id, err), p.lookLater(ctx, id))
	}
	if r.Status == StatusNone {
		r.Status, r.Reference = StatusVoided, string(id)
	}
	if r.Status == StatusVoided {
		r.DeclineCode = why
	}
	return p.settle(ctx, id, r)
}

// giveBack refunds all that a gateway took under a reference and we cannot
// keep: another amount than was asked for, or after the attempt's end. When all
// is given back the result says voided, for nothing is left of it.
func giveBack(ctx context.Context, g Gateway, a Attempt, r Result) (Result, error) {
	if left := r.Captured.Minor - r.Refunded.Minor; left > 0 {
		known := undone(a, r)
		var err error
		if r, err = g.Refund(ctx, Change{Reference: string(a.ID), Key: string(a.ID) + ":undo", Amount: money.Of(left, r.Captured.Currency), Known: known}); err != nil {
			return r, err
		}
		if r.Status == StatusDeclined || r.Reference != string(a.ID) || r.Refunded != r.Captured {
			return r, fmt.Errorf("give back what %s took: %w", a.ID, ErrUnknown)
		}
	}
	return Result{Status: StatusVoided, Reference: r.Reference, Account: r.Account, GatewayID: r.GatewayID}, nil
}

// undo lets go of money that moved after its attempt had ended.
func (p *Payments) undo(ctx context.Context, g Gateway, a Attempt) (Attempt, error) {
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := Void(call, g, a.known())
	if err == nil && r.Status == StatusCaptured && r.Reference == string(a.ID) {
		r, err = giveBack(call, g, a, r)
	}
	if gone := r.Status == StatusVoided && r.Reference == string(a.ID) || r.Status == StatusNone; err == nil && !gone {
		err = ErrUnknown // it says something else than that the money is back
	}
	if err != nil {
		return a, errors.Join(fmt.Errorf("undo %s: %w", a.ID, err), p.lookLater(ctx, a.ID))
	}
	return a, p.db.Write(ctx, func(tx *db.Tx) error {
		err := p.report(ctx, tx, TroubleLate, a, fmt.Sprintf("the attempt was %s, then the money moved; it was let go again", a.State))
		return errors.Join(err, updateLook(ctx, tx, a, time.Time{}))
	})
}

// Resume asks about the attempts and movements that stand still, such as those
// a crash or a silent gateway left behind, and returns how many it took up. One
// that fails does not stop the others; several nodes may resume at once.
func (p *Payments) Resume(ctx context.Context) (int, error) {
	var due []AttemptID
	var movements []Movement
	err := p.db.Write(ctx, func(tx *db.Tx) (err error) {
		if due, err = leaseDue(ctx, tx, tx.Now.Add(graceWritten), batch); err == nil {
			movements, err = leaseMovements(ctx, tx, tx.Now.Add(graceWritten), batch)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("resume payments: %w", err)
	}
	n := len(due) + len(movements)
	errs := make([]error, n)
	slots := make(chan struct{}, 8)
	for i := range n {
		slots <- struct{}{}
		p.running.Go(func() {
			defer func() { <-slots }()
			if i < len(due) {
				_, errs[i] = p.Sync(ctx, due[i])
			} else {
				_, errs[i] = p.again(ctx, movements[i-len(due)])
			}
		})
	}
	for range cap(slots) {
		slots <- struct{}{}
	}
	return n, errors.Join(errs...)
}

// Notified records a gateway's notice and asks the gateway's book. A notice
// received before, or of what is on disk already, asks nothing.
func (p *Payments) Notified(ctx context.Context, gateway string, n Notice) error {
	a, err := p.attempt(ctx, AttemptID(n.Reference))
	if err == nil && a.Gateway != gateway {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("notice %s: %w", n.ID, err)
	}
	if of[n.Status] == a.State && !a.State.Open() && (a.State != StateCaptured || a.Captured == a.Amount) {
		return nil
	}
	fresh := false
	err = p.db.Write(ctx, func(tx *db.Tx) (err error) {
		fresh, err = insertNotice(ctx, tx, gateway, n)
		return err
	})
	if err != nil || !fresh {
		return err
	}
	_, err = p.Sync(ctx, a.ID)
	return err
}

func (p *Payments) attempt(ctx context.Context, id AttemptID) (a Attempt, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		a, err = FindAttempt(ctx, tx, id)
		return err
	})
	return a, err
}

// lookLater puts off the next look at an attempt that could not be asked about.
func (p *Payments) lookLater(ctx context.Context, id AttemptID) error {
	return p.db.Write(ctx, func(tx *db.Tx) error {
		a, err := selectAttempt(ctx, tx, id, tx.ForUpdate())
		if err != nil {
			return err
		}
		if a.State.Open() && tx.Now.Sub(a.CreatedAt) > stale {
			err = p.report(ctx, tx, TroubleStale, a, "undecided for more than a day: ask the gateway by telephone")
		}
		look := nextLook(tx.Now, a)
		if a.State.Failed() && tx.Now.Sub(a.CreatedAt) < concern {
			look = tx.Now.Add(longestLook)
		}
		return errors.Join(err, updateLook(ctx, tx, a, look))
	})
}

// nextLook lets a quarter of the attempt's age pass, within bounds. A shopper
// who is proving who they are is looked for every few seconds; whoever takes
// hours for it, less often.
func nextLook(now time.Time, a Attempt) time.Time {
	if a.State == StateDeclined && a.DeclineCode != DeclineGateway {
		return afterNo(now, a)
	}
	if !a.State.Open() {
		return time.Time{}
	}
	pause := min(max(now.Sub(a.CreatedAt)/4, shortestLook), longestLook)
	if a.State == StateAction && now.Sub(a.CreatedAt) < actionLife {
		pause = min(pause, 3*time.Second)
	}
	return now.Add(pause)
}

// afterNo is when a bank that said no is asked whether it stayed with it: what
// is only held appears in no report, so nothing else would tell.
func afterNo(now time.Time, a Attempt) time.Time {
	for _, age := range []time.Duration{15 * time.Minute, 3 * time.Hour, stale} {
		if at := a.CreatedAt.Add(age); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// withAttempt puts the attempt's id into a return address.
func withAttempt(url string, id AttemptID) string {
	return strings.ReplaceAll(url, "{attempt}", string(id))
}
