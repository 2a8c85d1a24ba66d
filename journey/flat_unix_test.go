//go:build unix

package journey_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// flat is how many times dearer anything may become from the small shop to the
// large one, where that is more than noticed: what a tree's further level costs
// a read of some microseconds is a small part of any request.
const (
	flat    = 1.3
	noticed = 100 * time.Microsecond
)

// long is KORZO_LONG, how large the large shop is, in thousands; without it the
// test is skipped, because it takes minutes.
func long(t *testing.T) int {
	t.Helper()
	large, err := strconv.Atoi(os.Getenv("KORZO_LONG"))
	if err != nil || large < 10 {
		t.Skip("a long run: KORZO_LONG=1000 compares a million with a small shop")
	}
	return large
}

// kind is a way to open a database.
type kind struct {
	name string
	open func(testing.TB, []fs.FS) *db.DB
}

func kinds() []kind {
	all := []kind{{"sqlite", dbtest.SQLite}}
	if os.Getenv("KORZO_TEST_POSTGRES") != "" {
		all = append(all, kind{"postgres", dbtest.Postgres})
	}
	return all
}

// Two shops, of ten thousand products and of a hundred times as many, are asked
// the same in turns, so that what else the machine does falls on both. What is
// compared is the processor time of the process and of PostgreSQL's beside it,
// of the middle of many rounds: a figure that neighbours move little.
func TestNothingAShopperDoesBecomesDearerWithTheShop(t *testing.T) {
	sizes := []int{10_000, long(t) * 1000}
	for _, kind := range kinds() {
		t.Run(kind.name, func(t *testing.T) {
			shops := make([]*db.DB, len(sizes))
			for i, n := range sizes {
				shops[i] = kind.open(t, app.Schemas())
				emptyShop(t, shops[i])
				grow(t, shops[i], 0, n)
			}
			for _, a := range asked {
				comparison{a.name, 41, 100, sizes}.inTurns(t, func(i int) *db.DB { return shops[i] }, func(i, at int) {
					turn := shops[i].Read
					if a.write {
						turn = shops[i].Write
					}
					if err := turn(t.Context(), func(tx *db.Tx) error { return a.do(t.Context(), tx, at, sizes[i]) }); err != nil {
						t.Fatal(err)
					}
				})
			}
		})
	}
}

// askedOver is what a client of the store API does, for the at-th time, with
// the i-th product in a shop of n; no product is asked for in a language twice,
// so that no answer was prepared.
var askedOver = []struct {
	name   string
	rounds int
	times  int
	do     func(w *apptest.World, at, n int)
}{
	{"list over the API", 41, 20, func(w *apptest.World, at, n int) {
		a := w.Call("GET", fmt.Sprintf("/store/v1/products?market=DE&limit=20&after=prd_%s&locale=x-%d", thing(at, n), at), nil)
		if len(a.At("data").([]any)) == 0 {
			w.T.Fatalf("an empty page after %s", thing(at, n))
		}
	}},
	{"detail over the API", 41, 50, func(w *apptest.World, at, n int) {
		w.Call("GET", fmt.Sprintf("/store/v1/products/thing-%s?market=DE&locale=x-%d", thing(at, n), at), nil)
	}},
	{"a whole purchase", 61, 1, func(w *apptest.World, at, n int) {
		purchaseOf(w, fmt.Sprintf("buyer%d@example.com", at), line("THING-"+thing(at, n), 1), line("THING-"+thing(at+1, n), 2))
	}},
}

// As TestNothingAShopperDoesBecomesDearerWithTheShop, with all that a client
// waits for: a request, its answer, and what a purchase leaves to be done.
func TestNothingAskedOverTheAPIBecomesDearerWithTheShop(t *testing.T) {
	sizes := []int{10_000, long(t) * 1000}
	for _, kind := range kinds() {
		t.Run(kind.name, func(t *testing.T) {
			shops := make([]*apptest.World, len(sizes))
			for i, n := range sizes {
				shops[i] = apptest.Open(t, kind.open(t, app.Schemas()), bank.Config{NoticeAfter: time.Minute})
				grow(t, shops[i].App.DB, 0, n)
			}
			for _, a := range askedOver {
				comparison{a.name, a.rounds, a.times, sizes}.inTurns(t, func(i int) *db.DB { return shops[i].App.DB }, func(i, at int) { a.do(shops[i], at, sizes[i]) })
			}
		})
	}
}

// comparison is what a small shop and a large one are asked in turns: so many
// rounds, the first of which warms what is remembered, of so many times each.
type comparison struct {
	name          string
	rounds, times int
	sizes         []int
}

// inTurns has both shops do the same, round by round, and compares what the
// middle rounds took of the processor.
func (c comparison) inTurns(t *testing.T, base func(i int) *db.DB, do func(i, at int)) {
	t.Helper()
	cost := [2][]time.Duration{}
	at := 0
	for round := range c.rounds {
		for i := range c.sizes {
			spent := processor(t, base(i), func() {
				for range c.times {
					at++
					do(i, at)
				}
			})
			if round > 0 {
				cost[i] = append(cost[i], spent/time.Duration(c.times))
			}
		}
	}
	for i := range cost {
		slices.Sort(cost[i])
	}
	small, big := cost[0][len(cost[0])/2], cost[1][len(cost[1])/2]
	ratio := float64(big) / float64(max(small, 1))
	text := fmt.Sprintf("%-24s %8v of %d, %8v of %d: × %.2f (the least × %.2f)", c.name, small, c.sizes[0], big, c.sizes[1], ratio,
		float64(cost[1][0])/float64(max(cost[0][0], 1)))
	if t.Log(text); ratio > flat && big-small > noticed {
		t.Errorf("%s is more than × %.1f", text, flat)
	}
}

// processor is the processor time that do takes in this process, the system's
// on its behalf too, and in the backends of a PostgreSQL database.
func processor(t *testing.T, d *db.DB, do func()) time.Duration {
	t.Helper()
	base := ""
	if d.Postgres() {
		dbtest.Read(t, d, func(tx *db.Tx) (err error) {
			base, err = db.One(t.Context(), tx, func(row db.Row) (s string, err error) { return s, row.Scan(&s) }, "SELECT current_database()")
			return err
		})
	}
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano()+u.Stime.Nano()) + ofBackends(base)
	}
	before := spent()
	do()
	return spent() - before
}

// ofBackends is the processor time of PostgreSQL's processes that serve a
// database of this machine, by what the scheduler counted; 0 elsewhere.
func ofBackends(base string) (sum time.Duration) {
	if base == "" {
		return 0
	}
	titles, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0
	}
	for _, title := range titles {
		if b, err := os.ReadFile(title); err != nil || !strings.HasPrefix(string(b), "postgres:") || !strings.Contains(string(b), " "+base+" ") || strings.Contains(string(b), "autovacuum") {
			continue // what is swept after the shop was filled is not what was asked
		}
		b, err := os.ReadFile(filepath.Join(filepath.Dir(title), "schedstat"))
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(b), " ")
		n, _ := strconv.ParseInt(first, 10, 64)
		sum += time.Duration(n)
	}
	return sum
}
