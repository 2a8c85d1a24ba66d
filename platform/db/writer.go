package db

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// batchUnits bounds the units of work that share a commit.
	batchUnits = 64
	// batchTime bounds how long a batch takes in further units, so that the first does not wait long for its commit.
	batchTime = 10 * time.Millisecond
	// commitAttempts bounds how often a unit is run when the commits it was in failed.
	commitAttempts = 3
)

// writer lets one unit of work at a time use SQLite's writing connection, and
// lets the units that queue up share a commit.
//
// The turn is handed from caller to caller, so a unit runs in its caller's own
// goroutine: a panic or a t.Fatal in it ends that caller and nobody else. Who
// has the turn and finds nobody waiting, or the batch full or old, commits for
// all in the batch; while the disk syncs, the next batch queues up.
type writer struct {
	conn *conn
	age  time.Duration // batchTime, or what a test set

	mu    sync.Mutex
	taken bool      // somebody has the turn
	queue []*waiter // first come, first served

	// What follows belongs to who has the turn.
	batch   *batch
	inject  func(b *batch) error // tests: an error here makes the commit fail
	commits int
}

// waiter is a caller in the queue.
type waiter struct {
	turn  chan struct{}
	alone bool // wants a batch of its own
}

// batch is a shared transaction. err is read after done is closed.
type batch struct {
	units int
	began time.Time
	alone bool
	marks []string // set by its units; see Tx.Mark
	db    *DB      // whose marks they are
	// settle is told what became of the batch, in the order its units ran.
	settle []func(stays bool)
	done   chan struct{}
	err    error
}

// run runs fn as one unit of work and waits until its batch is committed, also
// when fn failed. When the shared commit fails the unit is run again, alone, so
// that units which cannot be committed do not spoil it for the others.
func (w *writer) run(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error) {
	var lost error
	for attempt := range commitAttempts {
		alone := attempt > 0
		if err := w.take(ctx, alone); err != nil {
			return nil, err
		}
		tx, b, err := w.unit(d, fn, alone)
		if b == nil {
			return tx, err // it did not begin
		}
		<-b.done // a refusal waits too: it may rest on what the batch has not committed yet
		if b.err == nil {
			return tx, err
		}
		lost = b.err
		if err != nil {
			lost = err
		}
	}
	return nil, fmt.Errorf("gave up after %d attempts to commit: %w", commitAttempts, lost)
}

// take waits for the turn. When ctx ends first nothing is run.
func (w *writer) take(ctx context.Context, alone bool) error {
	w.mu.Lock()
	if !w.taken {
		w.taken = true
		w.mu.Unlock()
		return nil
	}
	me := &waiter{turn: make(chan struct{}), alone: alone}
	w.queue = append(w.queue, me)
	w.mu.Unlock()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	var err error
	select {
	case <-me.turn:
		if err = ctx.Err(); err != nil {
			w.pass()
		}
		return err
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = ErrBusy
	}
	if !w.forget(me) { // the turn came in the same moment
		<-me.turn
		w.pass()
	}
	return err
}

// forget takes me out of the queue and reports whether I was still in it.
func (w *writer) forget(me *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.queue, me)
	if i < 0 {
		return false
	}
	w.queue = slices.Delete(w.queue, i, i+1)
	return true
}

// unit runs fn as the first of a batch, or in a savepoint of the open one, and
// passes the turn on. The batch is nil when the unit could not begin.
//
// The first needs no savepoint, because undoing it undoes everything there is;
// and a page that is changed outside a savepoint need not be copied before.
func (w *writer) unit(d *DB, fn func(tx *Tx) error, alone bool) (tx *Tx, b *batch, err error) {
	defer w.pass()
	if err := w.join(); err != nil {
		return nil, nil, err
	}
	b = w.batch
	b.alone = alone
	tx = d.newTx(sqliteSession{w.conn}, false)
	finished := false
	defer func() {
		if !finished { // fn panicked or ended its goroutine: undo it alone and let that go on
			w.undo(b)
			settle(tx.settle, false)
		}
	}()
	err = tx.do(fn)
	finished = true
	if err == nil && tx.failed != nil {
		err = fmt.Errorf("%w: %w", ErrDropped, tx.failed)
	}
	if err != nil {
		w.undo(b)
		settle(tx.settle, false)
		return tx, b, err
	}
	b.settle = append(b.settle, tx.settle...)
	if b.units > 0 {
		if _, err := w.conn.exec(unitFinish, nil); err != nil {
			w.spoil(err)
			return tx, b, nil // run again with the rest of the batch
		}
	}
	b.units++
	if len(tx.marked) > 0 { // those behind it must know the marks: they begin after the commit
		b.marks, b.alone, b.db = append(b.marks, tx.marked...), true, d
	}
	return tx, b, nil
}

// join begins a shared transaction if none is open, else a savepoint in it.
func (w *writer) join() error {
	if w.batch == nil {
		if _, err := w.conn.exec(beginImmediate, nil); err != nil {
			return fmt.Errorf("begin: %w", named(err))
		}
		w.batch = &batch{began: time.Now(), done: make(chan struct{})}
		return nil
	}
	if _, err := w.conn.exec(unitBegin, nil); err != nil {
		w.spoil(err)
		return fmt.Errorf("begin: %w", named(err))
	}
	return nil
}

// undo rolls one unit back to its savepoint; with the first, which has none,
// the batch is over and has lost nothing. When SQLite has already rolled back
// everything (a full disk, say) the whole batch is lost.
func (w *writer) undo(b *batch) {
	if b.units == 0 {
		w.batch = nil
		_, _ = w.conn.exec(rollback, nil) // an error says that there is nothing left to roll back
		close(b.done)
		return
	}
	_, err := w.conn.exec(unitUndo, nil)
	if err == nil {
		_, err = w.conn.exec(unitFinish, nil)
	}
	if err != nil && w.batch == b {
		w.spoil(err)
	}
}

// spoil ends the batch as failed; each of its units is run again by its caller.
func (w *writer) spoil(err error) {
	b := w.batch
	w.batch = nil
	_, _ = w.conn.exec(rollback, nil) // an error says that there is nothing left to roll back
	settle(b.settle, false)
	b.err = fmt.Errorf("commit: %w", named(err))
	close(b.done)
}

func settle(all []func(stays bool), stays bool) {
	for _, fn := range all {
		fn(stays)
	}
}

// flush commits the open batch, if there is one. Who has the turn calls it.
func (w *writer) flush() {
	b := w.batch
	if b == nil {
		return
	}
	if w.inject != nil {
		if err := w.inject(b); err != nil {
			w.spoil(err)
			return
		}
	}
	if _, err := w.conn.exec(commit, nil); err != nil {
		w.spoil(err)
		return
	}
	w.commits++
	if len(b.marks) > 0 {
		b.db.mark(b.marks)
	}
	settle(b.settle, true)
	w.batch = nil
	close(b.done)
}

// pass hands the turn to the next in the queue, within the same batch if that
// has room, or commits first.
func (w *writer) pass() {
	if next := w.next(true); next != nil {
		close(next.turn)
		return
	}
	w.flush()
	if next := w.next(false); next != nil {
		close(next.turn)
	}
}

// next takes the first waiter out of the queue. With shared it returns nil
// when that one cannot join the open batch; without, the turn is free when
// nobody waits.
func (w *writer) next(shared bool) *waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		if !shared {
			w.taken = false
		}
		return nil
	}
	first := w.queue[0]
	if b := w.batch; shared && b != nil && (b.alone || first.alone || b.units >= batchUnits || time.Since(b.began) > w.age) {
		return nil
	}
	w.queue = slices.Delete(w.queue, 0, 1)
	return first
}
