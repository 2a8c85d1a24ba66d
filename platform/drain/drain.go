// Package drain lets work that is under way end before what it stands on is
// closed.
//
// It keeps a number: how much work has begun and not ended. Its one idea: work
// may begin at any time, also while somebody waits for all of it to end, as jobs
// do while the doors of a shop are closing. A sync.WaitGroup forbids just that.
//
// Never true: Wait has returned while work is under way that began before Wait
// was called.
package drain

import "sync"

// Group counts work. The zero Group is ready; it is safe for concurrent use.
type Group struct {
	mu    sync.Mutex
	n     int           // pieces of work under way
	ended chan struct{} // closed when nothing is under way any more; nil while nobody waits
}

// Begin counts a piece of work in, and returns what counts it out again: call it
// once.
func (g *Group) Begin() (end func()) {
	g.mu.Lock()
	g.n++
	g.mu.Unlock()
	return g.end
}

func (g *Group) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.ended != nil {
		close(g.ended)
		g.ended = nil
	}
}

// Go does work in a goroutine of its own, counted.
func (g *Group) Go(work func()) {
	end := g.Begin()
	go func() {
		defer end()
		work()
	}()
}

// Wait returns at a moment when nothing is under way. Work that begins while it
// waits is waited for too; what begins afterwards is not.
func (g *Group) Wait() {
	g.mu.Lock()
	if g.n == 0 {
		g.mu.Unlock()
		return
	}
	if g.ended == nil {
		g.ended = make(chan struct{})
	}
	ended := g.ended
	g.mu.Unlock()
	<-ended
}
