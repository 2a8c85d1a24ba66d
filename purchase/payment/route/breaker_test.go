package route_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
)

// steady has no jitter: pauses are a quarter shorter than written.
func steady() *route.Router {
	return route.New(gateways, route.Config{Jitter: func(int64) int64 { return 0 }})
}

func stateOf(r *route.Router, gateway string, at time.Time) string {
	for _, b := range r.Breakers(at) {
		if b.Gateway == gateway && b.Method == "card" {
			return b.State
		}
	}
	return "closed"
}

func trip(r *route.Router, gateway string, at time.Time) {
	for range 5 {
		r.Observe(at, with(card, func(f *route.Facts) { f.Payment = "pay_trip" }), gateway, route.SeenSilence)
	}
}

func TestBreakerOpensWithinTenSecondsAtHalfErrors(t *testing.T) {
	for _, perSecond := range []int{1, 2, 50} {
		r, opened := steady(), time.Duration(-1)
		for i := range 10 * perSecond {
			at := dbtest.Noon.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
			seen := []route.Seen{route.SeenApproved, route.SeenError}[i%2]
			r.Observe(at, card, "a", seen)
			if opened < 0 && stateOf(r, "a", at) == "open" {
				opened = at.Sub(dbtest.Noon)
			}
		}
		t.Logf("%d calls a second: open after %s", perSecond, opened)
		if opened < 0 || opened > 10*time.Second {
			t.Errorf("%d calls a second, half of them errors: open after %s, want 10s at most", perSecond, opened)
		}
	}
}

func TestBreakerStaysClosed(t *testing.T) {
	cases := []struct {
		name  string
		every time.Duration
		seen  []route.Seen
	}{
		{"when issuers decline everything", 100 * time.Millisecond, []route.Seen{route.SeenDeclined}},
		{"at two errors in five", 100 * time.Millisecond, []route.Seen{route.SeenApproved, route.SeenError, route.SeenApproved, route.SeenApproved, route.SeenError}},
		{"at an error now and then in a quiet shop", time.Minute, []route.Seen{route.SeenApproved, route.SeenSilence}},
		{"at what tells nothing", time.Second, []route.Seen{route.SeenNothing}},
	}
	for _, c := range cases {
		r := steady()
		for i := range 200 {
			at := dbtest.Noon.Add(time.Duration(i) * c.every)
			r.Observe(at, card, "a", c.seen[i%len(c.seen)])
			if s := stateOf(r, "a", at); s != "closed" {
				t.Errorf("%s: %s after %d calls", c.name, s, i+1)
				break
			}
		}
	}
}

func TestAQuietShopsBreakerOpensAfterFiveInARow(t *testing.T) {
	r := steady()
	for i := range 5 {
		at := dbtest.Noon.Add(time.Duration(i) * time.Minute)
		r.Observe(at, card, "a", route.SeenSilence)
		if open := stateOf(r, "a", at) == "open"; open != (i == 4) {
			t.Errorf("after %d in a row: open is %v", i+1, open)
		}
	}
}

func TestHalfOpenOnePaymentProbes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r, clock := steady(), dbtest.Clock(d)
		trip(r, "a", clock.Now())
		pay := func(id string) route.Facts { return with(card, func(f *route.Facts) { f.Payment = id }) }
		if got := decide(t, d, r, pay("pay_1")); !slices.Equal(got.Order, []string{"b", "c", "a"}) || !slices.Equal(got.Down, []string{"a"}) {
			t.Errorf("%v with %v down, want a last", got.Order, got.Down)
		}
		clock.Advance(8 * time.Second)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			_, err := r.Explain(t.Context(), tx, pay("pay_curious"))
			return err
		})
		if got := decide(t, d, r, pay("pay_1")); got.Order[0] != "a" {
			t.Errorf("%v, want a probed: explaining takes no probe", got.Order)
		}
		for i := range 20 {
			if got := decide(t, d, r, pay(fmt.Sprint("pay_other", i))); got.Order[0] == "a" {
				t.Fatalf("payment %d probes too", i)
			}
		}
		if got := decide(t, d, r, pay("pay_1")); got.Order[0] != "a" {
			t.Errorf("%v, want the probe asked again to stay the probe", got.Order)
		}
		r.Observe(clock.Now(), pay("pay_other1"), "a", route.SeenApproved) // a call from before
		if s := stateOf(r, "a", clock.Now()); s != "half_open" {
			t.Errorf("%s after a late answer, want half_open", s)
		}
		r.Observe(clock.Now(), pay("pay_1"), "a", route.SeenError)
		clock.Advance(8 * time.Second)
		if s := stateOf(r, "a", clock.Now()); s != "open" {
			t.Errorf("%s 8s after a failed probe, want it open for twice as long", s)
		}
		clock.Advance(8 * time.Second)
		if got := decide(t, d, r, pay("pay_2")); got.Order[0] != "a" {
			t.Errorf("%v, want a probed again", got.Order)
		}
		clock.Advance(31 * time.Second)
		if got := decide(t, d, r, pay("pay_3")); got.Order[0] != "a" {
			t.Errorf("%v, want another probe when the first never came back", got.Order)
		}
		r.Observe(clock.Now(), pay("pay_3"), "a", route.SeenDeclined)
		if s := stateOf(r, "a", clock.Now()); s != "closed" {
			t.Errorf("%s after a good probe, want closed", s)
		}
	})
}

func TestAllDownTheLastResortIsAsked(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := steady()
		for _, name := range []string{"a", "b", "c"} {
			trip(r, name, dbtest.Noon)
		}
		if got := decide(t, d, r, card); !slices.Equal(got.Order, []string{"a", "b", "c"}) || len(got.Down) != 3 {
			t.Errorf("%v with %v down, want all in order", got.Order, got.Down)
		}
	})
}

func TestABreakerIsOfOneMethod(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := steady()
		trip(r, "a", dbtest.Noon)
		other := with(card, func(f *route.Facts) { f.Method = "card_by_phone" })
		if got := decide(t, d, r, other); got.Order[0] != "a" {
			t.Errorf("%v, want a up for another method", got.Order)
		}
	})
}

// Nodes whose breakers open together do not probe together.
func TestProbesAreSpread(t *testing.T) {
	seconds := map[int64]int{}
	for range 500 {
		r := newRouter()
		trip(r, "a", dbtest.Noon)
		until := r.Breakers(dbtest.Noon)[0].Until.Sub(dbtest.Noon)
		if until < 7500*time.Millisecond || until > 12500*time.Millisecond {
			t.Fatalf("open for %s, want 10s and a quarter more or less", until)
		}
		seconds[until.Milliseconds()/500]++
	}
	for half, n := range seconds {
		if n > 150 {
			t.Errorf("%d of 500 probe in the half second %d", n, half)
		}
	}
	if len(seconds) < 8 {
		t.Errorf("probes fall into %d half seconds, want 8 or more of 10", len(seconds))
	}
}

func TestSeen(t *testing.T) {
	cases := []struct {
		state payment.State
		code  string
		want  route.Seen
	}{
		{payment.StateAuthorized, "", route.SeenApproved}, {payment.StateCaptured, "", route.SeenApproved},
		{payment.StateDeclined, payment.DeclineFunds, route.SeenDeclined}, {payment.StateDeclined, payment.DeclineGateway, route.SeenError},
		{payment.StateDeclined, payment.DeclineCancelled, route.SeenUndecided}, {payment.StateUnknown, "", route.SeenSilence},
		{payment.StatePending, "", route.SeenUndecided}, {payment.StateAction, "", route.SeenUndecided},
		{payment.StateWritten, "", route.SeenNothing}, {payment.StateAbandoned, "", route.SeenNothing}, {payment.StateVoided, "", route.SeenNothing},
	}
	for _, c := range cases {
		if got := route.SeenOf(c.state, c.code); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.state, c.code, got, c.want)
		}
	}
}
