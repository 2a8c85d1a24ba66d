// Package live tells browsers and other listeners of this process that
// something changed, as it happens.
//
// A Hub has topics. Publish, called from a transaction's After, hands an event
// to everyone who subscribed to its topic and returns at once: nobody who
// listens can hold up a commit. A subscriber who does not keep up is dropped
// and told to come back. Each topic keeps its last thousand events, so a
// browser that was away for a moment gets what it missed; one that was away
// too long, or that knows an earlier run of the process, is told to load afresh.
//
// An event is a hint to look again, never the truth: it may be missed, and what
// it says may be old by the time it is read.
package live

import (
	"container/list"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"korzo/platform/id"
)

const (
	// keptPerTopic and keptInAll bound the events kept for those who come back.
	// Beyond the second, the topics published to longest ago are forgotten.
	keptPerTopic = 1000
	keptInAll    = 50_000
	// buffer is how many events a subscriber may be behind before it is dropped.
	buffer = 64
	// maxSubscribers bounds the memory and the work of one Publish.
	maxSubscribers = 10_000
)

// Event says that the thing Key of Topic changed.
type Event struct {
	ID    string          `json:"-"` // of this event; a later one of the same hub resumes after it
	Topic string          `json:"topic"`
	Key   string          `json:"key"`
	Data  json.RawMessage `json:"data"`

	number uint64
}

// Hub hands events to subscribers. Make one with NewHub; it is safe for concurrent use.
type Hub struct {
	run string // names this run of the process in event ids

	mu          sync.Mutex
	closed      bool
	last        uint64 // number of the latest event
	kept        int
	forgotten   uint64                   // events up to this number may be of forgotten topics
	topics      map[string]*list.Element // of *topic in recent
	recent      *list.List               // topics, published to longest ago first
	listeners   map[string]map[*Subscription]bool
	subscribers int
}

// topic keeps the latest events of one topic.
type topic struct {
	name   string
	ring   []Event // oldest at start once it is full
	start  int
	missed uint64 // number of the latest event that fell out
}

// NewHub returns an empty hub.
func NewHub() *Hub {
	return &Hub{
		run:       id.New[string]("run", time.Now()),
		topics:    map[string]*list.Element{},
		recent:    list.New(),
		listeners: map[string]map[*Subscription]bool{},
	}
}

// Publish hands an event to all who subscribed to topic now. data becomes JSON;
// data that cannot is a bug, which is logged, for a commit cannot be taken back.
func (h *Hub) Publish(topic, key string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		slog.Error("live event not published", "topic", topic, "key", key, "error", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.last++
	e := Event{h.idOf(h.last), topic, key, text, h.last}
	h.keep(e)
	for s := range h.listeners[topic] {
		select {
		case s.events <- e:
		default:
			s.slow = true
			h.remove(s)
		}
	}
}

// Close ends all subscriptions and streams, so that a server can shut down.
// Later subscriptions end at once. Closing twice does nothing.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, all := range h.listeners {
		for s := range all {
			h.remove(s)
		}
	}
}

// Subscription receives the events of some topics.
type Subscription struct {
	hub    *Hub
	topics []string
	events chan Event
	open   bool // guarded by hub.mu, as is slow
	slow   bool
}

// Subscribe returns a subscription to topics from now on. Close it when done.
// A hub that is closed, or has ten thousand subscribers, returns one that has
// ended already.
func (h *Hub) Subscribe(topics ...string) *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, _, _ := h.subscribe("", topics)
	return s
}

// subscribe also returns what the subscriber missed since the event last, and
// whether that is all of it.
func (h *Hub) subscribe(last string, topics []string) (s *Subscription, missed []Event, complete bool) {
	s = &Subscription{hub: h, topics: topics, events: make(chan Event, buffer)}
	if h.closed || h.subscribers >= maxSubscribers {
		close(s.events)
		return s, nil, true
	}
	s.open = true
	h.subscribers++
	for _, name := range topics {
		if h.listeners[name] == nil {
			h.listeners[name] = map[*Subscription]bool{}
		}
		h.listeners[name][s] = true
	}
	missed, complete = h.since(last, topics)
	return s, missed, complete
}

// Events is closed when the subscription ends.
func (s *Subscription) Events() <-chan Event { return s.events }

// Slow reports, once Events is closed, whether the subscriber was dropped for
// not keeping up. It should look at everything afresh and subscribe again.
func (s *Subscription) Slow() bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.slow
}

// Close ends the subscription. Closing twice does nothing.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.remove(s)
}

func (h *Hub) remove(s *Subscription) {
	if !s.open {
		return
	}
	s.open = false
	h.subscribers--
	for _, name := range s.topics {
		delete(h.listeners[name], s)
		if len(h.listeners[name]) == 0 {
			delete(h.listeners, name)
		}
	}
	close(s.events)
}

func (h *Hub) idOf(number uint64) string { return h.run + "-" + strconv.FormatUint(number, 10) }

// numberOf returns the number in an event's id, if it is one of this run.
func (h *Hub) numberOf(eventID string) (number uint64, ok bool) {
	run, digits, _ := strings.Cut(eventID, "-")
	number, err := strconv.ParseUint(digits, 10, 64)
	return number, err == nil && run == h.run && number <= h.last
}
