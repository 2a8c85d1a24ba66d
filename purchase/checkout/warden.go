package checkout

import (
	"context"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/flow"
)

// errand is something that widgets are asked for, and how long all of them
// together may take: so many ticks that whoever waits has lived through. While
// the process itself stands still no tick is counted, so a busy machine makes no
// widget late, and no total changes by it.
type errand struct {
	name    string
	limit   time.Duration
	visitor string // for whom, where that is known
}

// of is an errand for a visitor.
func (e errand) of(visitor string) errand {
	e.visitor = visitor
	return e
}

// ticks is in how many parts an errand's limit is waited for.
const ticks = 10

// What widgets are asked for: to reckon within a transaction, to hear and to
// look something up beside it.
var (
	toCharge = errand{name: "charge", limit: 50 * time.Millisecond}
	toHear   = errand{name: "hear", limit: 300 * time.Millisecond}
	toLook   = errand{name: "look", limit: 300 * time.Millisecond}
)

// readers is how many widgets may read at a time, on all checkouts of the
// process: one that never ends must not take the connections that purchases need.
const readers = 2

// warden keeps widgets from harming what they stand in.
type warden struct {
	mu    sync.Mutex
	out   map[string]int // errands that have begun and not ended though they are late, by widget and errand
	slots chan struct{}
}

func newWarden() *warden { return &warden{out: map[string]int{}, slots: make(chan struct{}, readers)} }

// take waits for a slot to read.
func (w *warden) take(ctx context.Context) error {
	select {
	case w.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *warden) give() { <-w.slots }

// count adds to the late errands of a widget.
func (w *warden) count(of string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out[of] += n; w.out[of] <= 0 {
		delete(w.out, of)
	}
}

// away reports whether a widget is still on an errand that it was late for.
func (w *warden) away(of string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out[of] > 0
}

// asking is one widget on one errand.
type asking[T any] struct {
	answer chan T // closed when it has ended; nil: it was not asked
	of     string
}

// ask asks every widget at once and waits as long as the errand may take. What
// one that panics, errs or is late says is nothing; one that is still late from
// before is not asked again.
func ask[T any](c *Checkout, all []flow.Fitting, e errand, do func(f flow.Fitting) (T, error)) []T {
	asked := make([]asking[T], len(all))
	for i, f := range all {
		asked[i].of = f.Kind.Name + ":" + e.name
		if c.warden.away(asked[i].of) {
			continue
		}
		asked[i].answer = make(chan T, 1)
		c.running.Go(func() { send(c, f, e, asked[i].answer, do) })
	}
	tick := time.NewTicker(e.limit / ticks)
	defer tick.Stop()
	said, left := make([]T, len(all)), ticks
	for i, a := range asked {
		if a.answer == nil {
			continue
		}
		if said[i], left = wait(a.answer, tick.C, left); left > 0 {
			continue
		}
		select {
		case said[i] = <-a.answer:
		default:
			c.log.Error("a widget is late and is left out", "widget", all[i].Name, "kind", all[i].Kind.Name, "errand", e.name)
			c.broke(e.visitor, "widget")
			c.warden.count(a.of, 1)
			c.running.Go(func() {
				for range a.answer { // until it has ended
				}
				c.warden.count(a.of, -1)
			})
		}
	}
	return said
}

// wait waits for an answer as long as ticks are left, and tells how many then are.
func wait[T any](answer <-chan T, tick <-chan time.Time, left int) (said T, _ int) {
	for left > 0 {
		select {
		case said = <-answer:
			return said, left
		case <-tick:
			left--
		}
	}
	return said, 0
}

// send has a widget do an errand and closes answer, whatever becomes of it.
func send[T any](c *Checkout, f flow.Fitting, e errand, answer chan<- T, do func(f flow.Fitting) (T, error)) {
	defer close(answer)
	defer func() {
		if trouble := recover(); trouble != nil {
			c.log.Error("a widget panicked and is left out", "widget", f.Name, "kind", f.Kind.Name, "trouble", trouble)
			c.broke(e.visitor, "widget")
		}
	}()
	said, err := do(f)
	if err != nil {
		c.log.Error("a widget failed and is left out", "widget", f.Name, "kind", f.Kind.Name, "error", err)
		c.broke(e.visitor, "widget")
		return
	}
	answer <- said
}

// watch, deferred with what was recovered, lets whoever listens know that a checkout
// failed its visitor, where that was ours and nobody's mistake or silence. A panic
// goes on.
func (c *Checkout) watch(ctx context.Context, trouble any, err error, whose func(context.Context) (string, error)) {
	if c.Broke != nil && ctx.Err() == nil && (trouble != nil || err != nil && fault.KindOf(err) == fault.Internal) {
		if visitor, unknown := whose(ctx); unknown == nil {
			c.broke(visitor, "checkout")
		}
	}
	if trouble != nil {
		panic(trouble)
	}
}

// visitor returns whose a session is.
func (c *Checkout) visitor(id ID) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		var s Session
		err := c.DB.Read(ctx, func(tx *db.Tx) (err error) {
			s, err = selectSession(ctx, tx, id)
			return err
		})
		return s.Visitor, err
	}
}

// broke lets whoever listens know that something of ours failed a visitor.
func (c *Checkout) broke(visitor, what string) {
	if c.Broke != nil && visitor != "" {
		c.Broke(visitor, what)
	}
}
