package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat keeps proxies from closing a quiet stream, and finds out that nobody reads it.
	heartbeat = 15 * time.Second
	// retry is how long a browser waits before it comes back.
	retry = 2 * time.Second
	// writeTime bounds one write, so that a browser that stopped reading is let go.
	writeTime = 10 * time.Second
)

// Serve streams the events of topics to a browser (server-sent events) until
// it leaves or the hub is closed. Each message is {"topic", "key", "data"}; a
// browser that comes back with Last-Event-ID first gets what it missed. Two
// messages have a name of their own: "reset" says that events were missed and
// the page should load afresh, "reconnect" that the browser was too slow.
//
// The caller has checked who may hear these topics.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, topics ...string) {
	h.mu.Lock()
	s, missed, complete := h.subscribe(r.Header.Get("Last-Event-ID"), topics)
	open, now := s.open, h.idOf(h.last)
	h.mu.Unlock()
	defer s.Close()
	if !open {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many live listeners; come back in a few seconds", http.StatusServiceUnavailable)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	out := stream{w, http.NewResponseController(w)}
	hello := fmt.Sprintf("retry: %d\n\n", retry.Milliseconds())
	if !complete {
		hello += message(now, "reset", []byte("{}"))
	}
	if out.send(hello) != nil {
		return
	}
	for _, e := range missed {
		if out.event(e) != nil {
			return
		}
	}
	out.run(r, s)
}

// run sends events until the browser leaves, does not read, or is dropped.
func (o stream) run(r *http.Request, s *Subscription) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			err = o.send(": still here\n\n")
		case e, more := <-s.Events():
			if !more {
				if s.Slow() {
					_ = o.send(message("", "reconnect", []byte("{}"))) // the connection ends either way
				}
				return
			}
			err = o.event(e)
		}
		if err != nil {
			return // the browser has gone
		}
	}
}

// stream writes server-sent events and sends each off at once.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (o stream) event(e Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return o.send(message(e.ID, "", text))
}

func (o stream) send(text string) error {
	err := o.control.SetWriteDeadline(time.Now().Add(writeTime))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	return o.control.Flush()
}

// message is one server-sent event. data is JSON and so has no line break.
func message(id, name string, data []byte) string {
	text := "data: " + string(data) + "\n\n"
	if name != "" {
		text = "event: " + name + "\n" + text
	}
	if id != "" {
		text = "id: " + id + "\n" + text
	}
	return text
}
