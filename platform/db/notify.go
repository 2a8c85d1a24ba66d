package db

import "sync"

// listeners wakes goroutines of this process that wait for a commit. It is a
// hint that saves polling, never the truth: other processes are not told.
type listeners struct {
	mu     sync.Mutex
	topics map[string]map[chan struct{}]bool
}

// Listen returns a channel that receives after each commit whose transaction
// called Notify with topic; several commits may be told of once. Call stop
// when nobody receives any more.
func (d *DB) Listen(topic string) (woken <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	l := &d.listen
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.topics == nil {
		l.topics = map[string]map[chan struct{}]bool{}
	}
	if l.topics[topic] == nil {
		l.topics[topic] = map[chan struct{}]bool{}
	}
	l.topics[topic][c] = true
	return c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.topics[topic], c)
	}
}

func (l *listeners) wake(topic string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.topics[topic] {
		select {
		case c <- struct{}{}:
		default: // told already
		}
	}
}
