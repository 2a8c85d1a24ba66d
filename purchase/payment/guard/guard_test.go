package guard_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"pgregory.net/rapid"
)

var schemas = []fs.FS{remember.Schema, exception.Schema, guard.Schema}

func keeper(t testing.TB) *seal.Keeper {
	t.Helper()
	k, err := seal.Open([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func write(t testing.TB, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func assess(t testing.TB, d *db.DB, g *guard.Guard, traces guard.Traces) (v guard.Verdict) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		v, err = g.Assess(ctx, tx, "card", traces)
		return err
	})
	return v
}

func decline(t testing.TB, d *db.DB, g *guard.Guard, traces guard.Traces, code string, proof bool) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return g.Failed(ctx, tx, payment.Attempt{Kind: "card", DeclineCode: code, Traces: string(traces), Proof: payment.Proof{Challenge: proof}})
	})
}

func approve(t testing.TB, d *db.DB, g *guard.Guard, times int) {
	t.Helper()
	write(t, d, func(_ context.Context, tx *db.Tx) error {
		for range times {
			g.Approved(tx, "card")
		}
		return nil
	})
}

func sync(t testing.TB, g *guard.Guard) {
	t.Helper()
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTracesTellOnlyWhatIsOnePersons(t *testing.T) {
	k := keeper(t)
	kinds := func(who guard.Who) string {
		var names []string
		for trace := range strings.FieldsSeq(string(guard.Of(k, who))) {
			kind, _, _ := strings.Cut(trace, ":")
			names = append(names, kind)
		}
		return strings.Join(names, " ")
	}
	for _, c := range []struct {
		name string
		who  guard.Who
		want string
	}{
		{"nothing is known", guard.Who{}, ""},
		{"the machine itself is nobody's address", guard.Who{IP: "127.0.0.1", Agent: "curl", Cart: "crt_1"}, "cart"},
		{"a proxy in the house is nobody's address", guard.Who{IP: "10.0.0.7", Agent: "curl"}, ""},
		{"an address without a browser's name", guard.Who{IP: "203.0.113.9"}, "network"},
		{"all", guard.Who{Cart: "c", IP: "203.0.113.9", Agent: "Firefox", Address: "Weg 1", Card: "tok", Customer: "a@b.c"}, "cart network device address card customer"},
		{"no address at all", guard.Who{IP: "somewhere", Agent: "Firefox"}, ""},
	} {
		if got := kinds(c.who); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	same := [][2]guard.Who{
		{{IP: "2001:db8:1:2:3::1"}, {IP: "2001:db8:1:2:ffff::9"}},
		{{Address: "Weg  1 10115"}, {Address: "weg 1 10115 "}},
		{{IP: "::ffff:203.0.113.9"}, {IP: "203.0.113.9"}},
	}
	for _, pair := range same {
		if guard.Of(k, pair[0]) != guard.Of(k, pair[1]) {
			t.Errorf("%v and %v are told apart", pair[0], pair[1])
		}
	}
	if guard.Of(k, guard.Who{IP: "2001:db8:1:2::1"}) == guard.Of(k, guard.Who{IP: "2001:db8:1:3::1"}) {
		t.Error("two lines are one")
	}
	if got := string(guard.Of(k, guard.Who{Customer: "ada@example.com", IP: "203.0.113.9"})); strings.Contains(got, "ada") || strings.Contains(got, "203") {
		t.Errorf("a trace can be read: %s", got)
	}
}

func TestDeclinesAreChallengedThenStoppedAndForgottenInTime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		g, k := guard.New(d), keeper(t)
		now := dbtest.Noon
		d.Now = func() time.Time { return now }
		who := guard.Of(k, guard.Who{Cart: "crt_1"})
		other := guard.Of(k, guard.Who{Cart: "crt_2"})
		for i := 1; i <= 8; i++ {
			decline(t, d, g, who, payment.DeclineFunds, false)
			want := guard.Pass
			if i >= 3 {
				want = guard.Challenge
			}
			if i >= 8 {
				want = guard.Stop
			}
			if v := assess(t, d, g, who); v.Action != want {
				t.Errorf("after %d declines: %+v, want %q", i, v, want)
			}
		}
		if v := assess(t, d, g, other); v.Action != guard.Pass {
			t.Errorf("another cart pays for it: %+v", v)
		}
		now = now.Add(time.Hour + time.Second)
		if v := assess(t, d, g, who); v.Action != guard.Pass {
			t.Errorf("an hour later: %+v", v)
		}
		for _, code := range []string{payment.DeclineGateway, payment.DeclineCancelled, payment.DeclineUnheard, payment.DeclineRetry, payment.DeclineUnsupported} {
			for range 9 {
				decline(t, d, g, who, code, false)
			}
		}
		for range 9 {
			decline(t, d, g, who, payment.DeclineLeft, false)
		}
		if v := assess(t, d, g, who); v.Action != guard.Pass {
			t.Errorf("what a gateway did is held against the buyer: %+v", v)
		}
		for range 3 {
			decline(t, d, g, who, payment.DeclineLeft, true)
		}
		if v := assess(t, d, g, who); v.Action != guard.Challenge {
			t.Errorf("proof that was never given: %+v", v)
		}
	})
}

func TestOtherNodesAndLaterProcessesKnowWhoWasDeclined(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		a, b, k := guard.New(d), guard.New(d), keeper(t)
		now := dbtest.Noon
		d.Now = func() time.Time { return now }
		who := guard.Of(k, guard.Who{Card: "tok_1"})
		sync(t, b)
		for range 9 {
			decline(t, d, a, who, payment.DeclineCard, false)
			now = now.Add(time.Second)
			sync(t, a)
			sync(t, b)
			sync(t, b)
		}
		for name, g := range map[string]*guard.Guard{"the node itself": a, "another node": b} {
			if v := assess(t, d, g, who); v.Action != guard.Challenge || !strings.Contains(v.Why, "9 declines") {
				t.Errorf("%s: %+v", name, v)
			}
		}
		later := guard.New(d)
		sync(t, later)
		if v := assess(t, d, later, who); v.Action != guard.Challenge || !strings.Contains(v.Why, "9 declines") {
			t.Errorf("a later process: %+v", v)
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return a.Pardon(ctx, tx, string(who)) })
		now = now.Add(time.Second)
		sync(t, b)
		again := guard.New(d)
		sync(t, again)
		for name, g := range map[string]*guard.Guard{"here": a, "there": b, "later": again} {
			if v := assess(t, d, g, who); v.Action != guard.Pass {
				t.Errorf("pardoned, %s: %+v", name, v)
			}
		}
		now = now.Add(25 * time.Hour)
		write(t, d, guard.Expire)
		if n := dbtestCount(t, d); n != 0 {
			t.Errorf("%d signals are kept for more than a day", n)
		}
	})
}

func dbtestCount(t testing.TB, d *db.DB) (n int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		n, err = db.One(t.Context(), tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `SELECT COUNT(*) FROM guard_signals`)
		return err
	})
	return n
}

func TestTheShopAsksEverybodyWhileCardsAreTested(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		g, k := guard.New(d), keeper(t)
		now := dbtest.Noon
		d.Now = func() time.Time { return now }
		tester := func(i int) guard.Traces {
			return guard.Of(k, guard.Who{Cart: fmt.Sprint(i), IP: fmt.Sprintf("203.0.%d.9", i), Agent: fmt.Sprint(i), Card: fmt.Sprint(i)})
		}
		honest := guard.Of(k, guard.Who{Cart: "honest", IP: "198.51.100.1", Agent: "Firefox"})
		approve(t, d, g, 30)
		for i := range 29 {
			decline(t, d, g, tester(i), payment.DeclineNumber, false)
		}
		if v := assess(t, d, g, honest); v.Action != guard.Pass {
			t.Errorf("a bad day is no attack: %+v", v)
		}
		decline(t, d, g, tester(29), payment.DeclineNumber, false)
		for name, who := range map[string]guard.Traces{"honest": honest, "a tester": tester(30)} {
			if v := assess(t, d, g, who); v.Action != guard.Challenge {
				t.Errorf("%s is not asked: %+v", name, v)
			}
		}
		sync(t, g)
		sync(t, g)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := exception.About(t.Context(), tx, "shop")
			if len(all) != 1 || all[0].Count != 1 || all[0].Kind != guard.TroubleTesting {
				t.Errorf("exceptions: %+v", all)
			}
			return err
		})
		now = now.Add(14 * time.Minute)
		if v := assess(t, d, g, honest); v.Action != guard.Challenge {
			t.Errorf("it ends early: %+v", v)
		}
		now = now.Add(2 * time.Minute)
		if v := assess(t, d, g, honest); v.Action != guard.Pass {
			t.Errorf("it goes on for ever: %+v", v)
		}
		for i := range 20 {
			decline(t, d, g, tester(100+i), payment.DeclineNumber, false)
		}
		if v := assess(t, d, g, honest); v.Action != guard.Challenge {
			t.Errorf("the next wave: %+v", v)
		}
		write(t, d, g.Calm)
		if v := assess(t, d, g, honest); v.Action != guard.Pass {
			t.Errorf("ended by hand: %+v", v)
		}
	})
}

func TestOnlyCardsAreCounted(t *testing.T) {
	d, k := dbtest.SQLite(t, schemas), keeper(t)
	g, who := guard.New(d), guard.Of(k, guard.Who{Cart: "c"})
	for range 20 {
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return g.Failed(ctx, tx, payment.Attempt{Kind: "paypal", DeclineCode: payment.DeclineCard, Traces: string(who)})
		})
	}
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		if v, err := g.Assess(ctx, tx, "paypal", who); err != nil || v.Action != guard.Pass {
			t.Errorf("%+v, %v", v, err)
		}
		return nil
	})
	if n := dbtestCount(t, d); n != 0 {
		t.Errorf("%d signals", n)
	}
}

func TestLimitsAreEditedWithinReason(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		g, k := guard.New(d), keeper(t)
		ok := guard.Limit{Kind: guard.Cart, Window: time.Hour, Challenge: 1, Stop: 2}
		for name, change := range map[string]func(*guard.Limit){
			"no such kind":         func(l *guard.Limit) { l.Kind = "shoe_size" },
			"no window":            func(l *guard.Limit) { l.Window = 0 },
			"two days":             func(l *guard.Limit) { l.Window = 48 * time.Hour },
			"less than none":       func(l *guard.Limit) { l.Tries = -1 },
			"more than is counted": func(l *guard.Limit) { l.Stop = 51 },
			"stop before proof":    func(l *guard.Limit) { l.Challenge, l.Stop = 5, 3 },
		} {
			l := ok
			change(&l)
			write(t, d, func(ctx context.Context, tx *db.Tx) error {
				if err := guard.SaveLimit(ctx, tx, l); !errors.Is(err, guard.ErrInvalid) {
					t.Errorf("%s: %v", name, err)
				}
				return nil
			})
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			if err := guard.SaveBreaker(ctx, tx, guard.Breaker{Window: time.Minute, Fewest: 0, RatePPM: 1, Hold: time.Minute}); !errors.Is(err, guard.ErrInvalid) {
				t.Errorf("a breaker without declines: %v", err)
			}
			if err := guard.SaveBreaker(ctx, tx, guard.Breaker{Window: time.Minute, Fewest: 1000, RatePPM: 900_000, Hold: time.Minute}); err != nil {
				return err
			}
			return guard.SaveLimit(ctx, tx, ok)
		})
		who := guard.Of(k, guard.Who{Cart: "crt_1"})
		decline(t, d, g, who, payment.DeclineFunds, false)
		if v := assess(t, d, g, who); v.Action != guard.Challenge {
			t.Errorf("the limit that was set: %+v", v)
		}
		write(t, d, guard.Reset)
		if v := assess(t, d, g, who); v.Action != guard.Pass {
			t.Errorf("the limit that was taken back: %+v", v)
		}
	})
}

// A limit's verdict depends on the declines within its window and on nothing
// else: not on their order of arrival, not on what was before.
func TestAVerdictIsTheCountOfItsWindow(t *testing.T) {
	d, k := dbtest.SQLite(t, schemas), keeper(t)
	rapid.Check(t, func(r *rapid.T) {
		g := guard.New(d)
		cart := guard.Of(k, guard.Who{Cart: rapid.StringMatching(`[a-z]{12}`).Draw(r, "cart")})
		ages := rapid.SliceOfN(rapid.IntRange(0, 120), 0, 20).Draw(r, "minutes ago")
		within := 0
		for _, age := range ages {
			at := dbtest.Noon.Add(-time.Duration(age) * time.Minute)
			d.Now = func() time.Time { return at }
			decline(t, d, g, cart, payment.DeclineCard, false)
			if age < 60 {
				within++
			}
		}
		d.Now = func() time.Time { return dbtest.Noon }
		write(t, d, g.Calm)
		want := guard.Pass
		if within >= 3 {
			want = guard.Challenge
		}
		if within >= 8 {
			want = guard.Stop
		}
		if v := assess(t, d, g, cart); v.Action != want {
			r.Fatalf("%d of %v in the hour: %+v, want %q", within, ages, v, want)
		}
	})
}
