package live_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"korzo/platform/live"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// drain returns the keys that wait in s.
func drain(s *live.Subscription) (keys []string) {
	for {
		select {
		case e, more := <-s.Events():
			if !more {
				return append(keys, "end")
			}
			keys = append(keys, e.Topic+"/"+e.Key)
		default:
			return keys
		}
	}
}

func want(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s got %v, want %v", name, got, want)
	}
}

func TestASubscriberHearsItsTopicsOnceAndNoOthers(t *testing.T) {
	h := live.NewHub()
	stock, both := h.Subscribe("stock"), h.Subscribe("stock", "orders", "stock")
	h.Publish("stock", "var_1", map[string]int{"available": 3})
	h.Publish("orders", "ord_1", nil)
	h.Publish("prices", "var_1", nil)
	want(t, "stock", drain(stock), "stock/var_1")
	want(t, "both", drain(both), "stock/var_1", "orders/ord_1")

	stock.Close()
	stock.Close()
	h.Publish("stock", "var_2", nil)
	want(t, "the closed one", drain(stock), "end")
	want(t, "the other", drain(both), "stock/var_2")
	if stock.Slow() {
		t.Error("a subscription that was closed says it was slow")
	}

	h.Close()
	h.Close()
	h.Publish("stock", "var_3", nil)
	want(t, "after the hub closed", drain(both), "end")
	want(t, "a late one", drain(h.Subscribe("stock")), "end")
}

func TestDataThatIsNoJSONIsNotPublished(t *testing.T) {
	h := live.NewHub()
	defer h.Close()
	s := h.Subscribe("stock")
	h.Publish("stock", "var_1", func() {})
	want(t, "the subscriber", drain(s))
}

func TestASlowSubscriberIsDroppedAndHoldsUpNobody(t *testing.T) {
	h := live.NewHub()
	slow, quick := h.Subscribe("stock", "orders"), h.Subscribe("stock")
	heard := 0
	for i := range 200 {
		h.Publish("stock", fmt.Sprint(i), nil)
		heard += len(drain(quick))
	}
	if heard != 200 || quick.Slow() {
		t.Errorf("the quick one heard %d of 200", heard)
	}
	keys := drain(slow)
	if len(keys) > 100 || keys[len(keys)-1] != "end" || !slow.Slow() {
		t.Errorf("the slow one still has %d events and was not dropped", len(keys))
	}
	h.Publish("orders", "ord_1", nil) // nobody listens any more; nothing breaks
}

// Many publish, subscribe and leave at once; who listens all the time and reads
// hears each topic's events in the order they were published.
func TestManyAtOnceHearEventsInOrder(t *testing.T) {
	h := live.NewHub()
	s := h.Subscribe("stock")
	var readers, writers sync.WaitGroup
	readers.Go(func() {
		before := -1
		for e := range s.Events() {
			var n int
			if _, err := fmt.Sscan(e.Key, &n); err != nil || n <= before {
				t.Errorf("%d after %d: %v", n, before, err)
			}
			before = n
		}
	})
	writers.Go(func() {
		for i := range 2000 {
			h.Publish("stock", fmt.Sprint(i), nil)
		}
	})
	for range 8 {
		writers.Go(func() {
			for range 200 {
				other := h.Subscribe("stock", "orders")
				h.Publish("orders", "ord_1", nil)
				other.Close()
			}
		})
	}
	writers.Wait()
	h.Close()
	readers.Wait()
}

// browser is one visit to a stream.
type browser struct {
	lines chan string
	leave context.CancelFunc
}

func visit(t *testing.T, url, lastID string) browser {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%s %s", resp.Status, got)
	}
	b := browser{make(chan string, 5000), cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(b.lines)
		defer resp.Body.Close()
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			if s.Text() != "" {
				b.lines <- s.Text()
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		http.DefaultClient.CloseIdleConnections()
	})
	return b
}

// next returns the id and data of the next event; name is "message" when it has none.
func (b browser) next(t *testing.T) (id, name, data string) {
	t.Helper()
	name = "message"
	for {
		select {
		case line, more := <-b.lines:
			if !more {
				return id, "end", ""
			}
			field, value, _ := strings.Cut(line, ": ")
			switch field {
			case "id":
				id = value
			case "event":
				name = value
			case "data":
				return id, name, value
			}
		case <-time.After(10 * time.Second):
			t.Fatal("no event for ten seconds")
		}
	}
}

func serve(t *testing.T, h *live.Hub, topics ...string) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.Serve(w, r, topics...) }))
	t.Cleanup(func() {
		h.Close()
		s.Close()
	})
	return s.URL
}

func TestABrowserThatComesBackGetsWhatItMissed(t *testing.T) {
	h := live.NewHub()
	url := serve(t, h, "stock", "orders")
	b := visit(t, url, "")
	h.Publish("stock", "var_1", map[string]int{"available": 3})
	id, name, data := b.next(t)
	if name != "message" || data != `{"topic":"stock","key":"var_1","data":{"available":3}}` {
		t.Errorf("%s %s", name, data)
	}
	b.leave()
	h.Publish("orders", "ord_1", "a\nb")
	h.Publish("prices", "var_1", nil)
	h.Publish("stock", "var_2", nil)

	b = visit(t, url, id)
	for _, want := range []string{`{"topic":"orders","key":"ord_1","data":"a\nb"}`, `{"topic":"stock","key":"var_2","data":null}`} {
		if _, name, data = b.next(t); name != "message" || data != want {
			t.Errorf("%s %s, want %s", name, data, want)
		}
	}
	h.Publish("stock", "var_3", nil)
	if _, _, data := b.next(t); !strings.Contains(data, "var_3") {
		t.Errorf("%s, want var_3: what came after", data)
	}
	h.Close()
	if _, name, _ := b.next(t); name != "end" {
		t.Errorf("%s after the hub closed, want the end", name)
	}
}

func TestABrowserThatMissedTooMuchLoadsAfresh(t *testing.T) {
	h := live.NewHub()
	url := serve(t, h, "stock")
	b := visit(t, url, "")
	h.Publish("stock", "first", nil)
	first, _, _ := b.next(t)
	h.Publish("stock", "second", nil)
	second, _, _ := b.next(t)
	b.leave()
	for i := range 1000 {
		h.Publish("stock", fmt.Sprint(i), nil)
	}
	for _, c := range []struct{ name, last, want string }{
		{"just what is kept", second, "message"},
		{"one event more than is kept", first, "reset"},
		{"an earlier run", "run_0123-5", "reset"},
		{"a future event", strings.Split(second, "-")[0] + "-99999", "reset"},
		{"nonsense", "\"><script>", "reset"},
	} {
		b := visit(t, url, c.last)
		id, got, _ := b.next(t)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got == "reset" { // with the reset's id it can go on
			b.leave()
			h.Publish("stock", "later", nil)
			if _, got, data := visit(t, url, id).next(t); got != "message" || !strings.Contains(data, "later") {
				t.Errorf("%s, after the reset: %s %s", c.name, got, data)
			}
		}
	}
}

func TestTopicsNobodyPublishesToAreForgottenFirst(t *testing.T) {
	h := live.NewHub()
	quiet, busy := serve(t, h, "quiet"), serve(t, h, "busy")
	q, b := visit(t, quiet, ""), visit(t, busy, "")
	h.Publish("quiet", "before", nil)
	h.Publish("busy", "before", nil)
	seenQuiet, _, _ := q.next(t)
	seenBusy, _, _ := b.next(t)
	q.leave()
	b.leave()
	h.Publish("quiet", "missed", nil)
	for i := range 60_000 {
		h.Publish(fmt.Sprint("topic ", i), "key", nil)
		if i%10_000 == 0 {
			h.Publish("busy", "missed", nil)
		}
	}
	if _, name, _ := visit(t, quiet, seenQuiet).next(t); name != "reset" {
		t.Errorf("the forgotten topic: %s, want reset", name)
	}
	if _, name, data := visit(t, busy, seenBusy).next(t); name != "message" || !strings.Contains(data, "missed") {
		t.Errorf("the busy topic: %s %s, want what was missed", name, data)
	}
}

// recorder is a browser's end of the line that notes when each write came.
type recorder struct {
	mu     sync.Mutex
	header http.Header
	text   strings.Builder
	stuck  chan struct{} // when not nil, writes wait for it
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(int)     {}
func (r *recorder) Flush()              {}
func (r *recorder) Write(b []byte) (int, error) {
	if r.stuck != nil && strings.HasPrefix(string(b), "id:") {
		<-r.stuck
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *recorder) read() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func TestAQuietStreamBeatsEvery15Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.NewHub()
		ctx, leave := context.WithCancel(t.Context())
		w := &recorder{header: http.Header{}}
		var wg sync.WaitGroup
		wg.Go(func() { h.Serve(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), "stock") })
		time.Sleep(46 * time.Second)
		synctest.Wait()
		if n := strings.Count(w.read(), ": still here\n\n"); n != 3 {
			t.Errorf("%d beats in 46 seconds, want 3", n)
		}
		if !strings.HasPrefix(w.read(), "retry: 2000\n\n") {
			t.Errorf("the stream begins %q", w.read())
		}
		leave()
		wg.Wait()
	})
}

func TestABrowserThatIsTooSlowIsToldToReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.NewHub()
		w := &recorder{header: http.Header{}, stuck: make(chan struct{})}
		var wg sync.WaitGroup
		wg.Go(func() { h.Serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), "stock") })
		synctest.Wait()
		for i := range 100 {
			h.Publish("stock", fmt.Sprint(i), nil)
		}
		close(w.stuck)
		wg.Wait() // the stream ends by itself
		if !strings.HasSuffix(w.read(), "event: reconnect\ndata: {}\n\n") {
			t.Errorf("the stream ends %q", w.read()[max(0, len(w.read())-80):])
		}
	})
}

func TestAClosedHubTurnsBrowsersAway(t *testing.T) {
	h := live.NewHub()
	url := serve(t, h, "stock")
	h.Close()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s %s, want 503 with Retry-After", resp.Status, text)
	}
}
