package guard

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
)

// TroubleTesting is the exception of a shop whose cards are declined too often.
const TroubleTesting = "payment.card_testing"

// What a signal tells.
const (
	actDeclined = "declined"
	actApproved = "approved"
	actPardoned = "pardoned"
	actCalmed   = "calmed"
)

// signal is a row that nodes tell each other.
type signal struct {
	seq    int64
	act    string
	count  int64
	traces Traces
	at     time.Time
}

// How signals are read.
const (
	pause    = 2 * time.Second
	overlap  = 30 * time.Second // a row may become visible after later ones
	mostRows = 20_000           // rows of one Sync
)

// apply counts a signal, once.
func (g *Guard) apply(s Settings, sig signal) {
	if _, before := g.read[sig.seq]; before {
		return
	}
	g.read[sig.seq] = sig.at
	switch sig.act {
	case actApproved:
		g.shop.note(sig.at, sig.count, 0)
	case actDeclined:
		sig.traces.each(func(_ Kind, trace string) { g.tallies.at(trace).declines.note(sig.at) })
		g.shop.note(sig.at, 0, sig.count)
		g.shop.judge(s.Breaker, sig.at)
	case actPardoned:
		g.tallies.forget(string(sig.traces))
	case actCalmed:
		g.shop.calm()
	}
}

// Sync tells the other nodes what went well here and reads what they saw; the
// first one reads what was before the process began. A shop that asks everybody
// for proof raises an exception, once.
func (g *Guard) Sync(ctx context.Context) error {
	var rows []signal
	var s Settings
	now := g.db.Now()
	g.mu.Lock()
	from := g.from
	if from.IsZero() {
		from = now.Add(-longest)
	}
	g.mu.Unlock()
	err := g.db.Read(ctx, func(tx *db.Tx) (err error) {
		if s, err = remembered.Get(ctx, tx); err == nil {
			rows, err = selectSignals(ctx, tx, from, mostRows)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read what other nodes saw of cards: %w", err)
	}
	fresh, tell := g.take(s, rows, now)
	if fresh == 0 && tell == "" {
		return nil
	}
	err = g.db.Write(ctx, func(tx *db.Tx) error {
		if tell != "" {
			if err := exception.Raise(ctx, tx, exception.Problem{Kind: TroubleTesting, Ref: "shop", Text: tell}); err != nil {
				return err
			}
		}
		if fresh == 0 {
			return nil
		}
		seq, err := insertSignal(ctx, tx, signal{act: actApproved, count: fresh})
		if err == nil {
			at := tx.Now
			tx.After(func() { g.own(seq, at) })
		}
		return err
	})
	if err != nil {
		g.mu.Lock()
		g.fresh += fresh
		g.shop.told = g.shop.told && tell == ""
		g.mu.Unlock()
		return fmt.Errorf("tell other nodes of cards: %w", err)
	}
	return nil
}

// own marks a signal of this node as counted.
func (g *Guard) own(seq int64, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.read[seq] = at
}

// take counts what was read, and hands out what is to be told.
func (g *Guard) take(s Settings, rows []signal, now time.Time) (fresh int64, tell string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range rows {
		g.apply(s, r)
	}
	g.from = now.Add(-overlap)
	if len(rows) == mostRows {
		g.from = rows[len(rows)-1].at
	}
	maps.DeleteFunc(g.read, func(_ int64, at time.Time) bool { return at.Before(g.from) })
	if g.shop.until.After(now) && !g.shop.told {
		g.shop.told = true
		_, declined := g.shop.window(now, s.Breaker.Window)
		tell = fmt.Sprintf("%d cards were declined within %s: somebody may be testing stolen cards. Everyone who pays by card proves who they are until it ends; "+
			"look at the payments of the last hour, and tell the gateways", declined, s.Breaker.Window)
	}
	fresh, g.fresh = g.fresh, 0
	return fresh, tell
}

// Run keeps a node's counts up to date until ctx ends.
func (g *Guard) Run(ctx context.Context) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := g.Sync(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "cards are counted by this node alone", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Pardon forgets what a trace is known for, on every node: staff know the buyer.
func (g *Guard) Pardon(ctx context.Context, tx *db.Tx, trace string) error {
	if kind, hash, ok := strings.Cut(trace, ":"); !ok || kind == "" || len(hash) != hashLength || strings.ContainsRune(trace, ' ') {
		return ErrInvalid.With("choose one of the list")
	}
	return g.say(ctx, tx, signal{act: actPardoned, count: 1, traces: Traces(trace)})
}

// Calm has nobody asked for proof because of the whole shop, until cards are
// declined anew.
func (g *Guard) Calm(ctx context.Context, tx *db.Tx) error {
	return g.say(ctx, tx, signal{act: actCalmed, count: 1})
}

// say tells all nodes, this one at once.
func (g *Guard) say(ctx context.Context, tx *db.Tx, sig signal) (err error) {
	if sig.seq, err = insertSignal(ctx, tx, sig); err != nil {
		return err
	}
	sig.at = tx.Now
	tx.After(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.apply(Settings{}, sig)
	})
	return nil
}

// Expire forgets what no window reaches any more.
func Expire(ctx context.Context, tx *db.Tx) error { return deleteBefore(ctx, tx, tx.Now.Add(-longest)) }
