package gateway_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"korzo/engagement/message"
	"korzo/engagement/message/sender/gateway"
	"korzo/engagement/message/sendertest"
)

// tower is an SMS gateway that keeps what it gets.
type tower struct {
	mu     sync.Mutex
	texts  []sendertest.Received
	answer int
	key    string
}

func (w *tower) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var body struct{ ID, To, Text string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Header.Get("Authorization") != "Bearer secret" {
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.key = r.Header.Get("Idempotency-Key")
	if w.answer != 0 {
		rw.WriteHeader(w.answer)
		return
	}
	w.texts = append(w.texts, sendertest.Received{MessageID: body.ID, To: body.To, Text: body.Text})
	_, _ = rw.Write([]byte(`{"id":"tower-1"}`))
}

func open(t *testing.T, w *tower) *gateway.Sender {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/messages?from=Shop")
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("", "secret")
	s, err := gateway.Open(u, true)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestItIsATexter(t *testing.T) {
	sendertest.ExerciseText(t, func(t *testing.T) sendertest.TextRig {
		w := &tower{}
		return sendertest.TextRig{Texter: open(t, w), Arrived: func() []sendertest.Received {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.texts
		}}
	})
}

func TestANoForEverIsToldFromANoForNow(t *testing.T) {
	for status, final := range map[int]bool{400: true, 401: true, 404: true, 408: false, 429: false, 500: false, 503: false} {
		w := &tower{answer: status}
		_, err := open(t, w).SendText(t.Context(), message.Text{MessageID: "msg_1", To: "+4930123456", Body: "x"})
		if err == nil || errors.Is(err, message.ErrRefused) != final || w.key != "msg_1" {
			t.Errorf("%d: %v, under the key %q", status, err, w.key)
		}
	}
}
