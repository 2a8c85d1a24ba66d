package bench

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func get(_ context.Context, l *line) error {
	_, err := l.do(call{method: "GET", path: "/"})
	return err
}

func measured(t *testing.T, h http.HandlerFunc, n int, d time.Duration, rate float64) Load {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	none := func() (time.Duration, time.Duration) { return 0, 0 }
	l, err := target{addr: strings.TrimPrefix(s.URL, "http://"), cpu: none}.run(t.Context(), func() operation { return get }, n, d, rate)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Law: in the open loop a stall is paid by everyone who would have begun
// meanwhile, not by one operation alone.
func TestAStallIsPaidByAllWhoArriveMeanwhile(t *testing.T) {
	var n atomic.Int64
	stalls := func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 20 {
			time.Sleep(400 * time.Millisecond)
		}
	}
	l := measured(t, stalls, 1, time.Second, 100)
	if l.Operations != 100 || l.Errors != 0 {
		t.Fatalf("%d operations and %d errors, want 100 and 0", l.Operations, l.Errors)
	}
	if l.Max < 395 || l.P90 < 200 { // about forty of a hundred arrived in the stall
		t.Errorf("max %.0f ms and p90 %.0f ms: the stall was hidden", l.Max, l.P90)
	}
}

func TestWhatFailsIsNoOperation(t *testing.T) {
	var n atomic.Int64
	l := measured(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%2 == 0 {
			http.Error(w, "no", http.StatusConflict)
		}
	}, 2, time.Second, 100)
	if l.Operations != 50 || l.Errors != 50 || !strings.Contains(l.FirstError, "409") {
		t.Errorf("%d operations, %d errors, the first %q: want 50, 50 and a 409", l.Operations, l.Errors, l.FirstError)
	}
}

func TestAPlanNamesWhatAPurchaseCosts(t *testing.T) {
	one, two := Statement{}, []Statement{{}, {}}
	p := Plan{Requests: 2, Answered: cost([]Transaction{{Statements: two}, {Reads: true, Statements: []Statement{one}}}),
		Later: cost([]Transaction{{Statements: []Statement{one}}})}
	const want = "2 requests with 3 statements in 1 commits and 1 reads, and after the answer 1 statements in 1 commits and 0 reads"
	if p.String() != want {
		t.Errorf("%s\nwant %s", p, want)
	}
}

// Law: a ratio compares what was measured in the same round, so a machine that
// gets slower from round to round does not change it.
func TestARatioIsOfOneRound(t *testing.T) {
	var shop, limits []Load
	for _, slow := range []float64{1, 2, 4, 8, 3} {
		shop, limits = append(shop, Load{ServerCPU: 6 * slow}), append(limits, Load{ServerCPU: 2 * slow})
	}
	if got := ratio(shop, limits, Load.cpu); got != (Spread{3, 3, 3}) {
		t.Errorf("%+v, want 3 throughout", got)
	}
	if got := merged(shop).ServerCPU; got != 18 {
		t.Errorf("the median of the rounds is %v, want 18", got)
	}
	if got := ratio(shop, make([]Load, len(shop)), Load.cpu); got != (Spread{}) {
		t.Errorf("beside nothing: %+v, want no ratio", got)
	}
}
