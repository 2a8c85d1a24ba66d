package journey_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// A shop that is killed at any statement or call of a purchase, and started
// again, has in the end one order, one payment beside what a gift card paid,
// what it needs in stock, and one use of the coupon; and the buyer who sends the same request again gets
// an answer that is true.
//
// A transaction that is killed leaves what was before it, wherever it was
// (platform/db shows that), so each is killed at its first and at its last
// statement, and so is every call; KORZO_LONG kills at all the others too.
func TestKilledAtEveryStepOfAPurchase(t *testing.T) {
	calm(t)
	for _, c := range []struct {
		database string
		url      func(t *testing.T) string
		every    int // of the points of placing the order
	}{
		{"sqlite", func(t *testing.T) string { return dbtest.SQLiteURL(t, app.Schemas()) }, 1},
		{"postgres", func(t *testing.T) string { return dbtest.PostgresURL(t, app.Schemas()) }, 3},
	} {
		if c.database == "postgres" && !hasPostgres() {
			continue
		}
		if everyPoint() {
			c.every = 1
		}
		t.Run(c.database, func(t *testing.T) {
			t.Parallel()
			for _, instrument := range []string{"sandbox:approve", "sandbox:challenge"} {
				every := c.every
				if instrument != "sandbox:approve" && !everyPoint() {
					every *= 4
				}
				t.Run(instrument, func(t *testing.T) { killEverywhere(t, c.url, instrument, every) })
			}
		})
	}
}

func hasPostgres() bool { return os.Getenv("KORZO_TEST_POSTGRES") != "" }

func everyPoint() bool { return os.Getenv("KORZO_LONG") != "" }

// killEverywhere lists the points of a purchase and kills a shop at each of
// those at which the order is placed, and at some before and after.
func killEverywhere(t *testing.T, url func(t *testing.T) string, instrument string, every int) {
	first := newCrash(t, url(t), instrument)
	points := first.another(t).live()
	phases, killed := map[string]int{}, 0
	for i, p := range points {
		phases[p.Phase]++
		step := map[string]int{"before": 4 * every, "complete": every, "after": 6 * every}[p.Phase]
		if strings.Contains(p.What, "to the bank") {
			step = min(step, 2)
		}
		if !everyPoint() && !edge(points, i) {
			continue
		}
		if killed++; killed%step != 0 {
			continue
		}
		atOnce := killed/step%2 == 0
		t.Run(fmt.Sprintf("%s %03d", p.Phase, i+1), func(t *testing.T) {
			t.Parallel()
			c := first.another(t)
			c.kill(int64(i + 1))
			c.recover(atOnce)
			c.check()
			if t.Failed() {
				t.Logf("killed before: %s", strings.Join(strings.Fields(p.What), " "))
			}
		})
	}
	t.Logf("%d points, %d of them at an edge: %v", len(points), killed, phases)
	if phases["complete"] < 30 || phases["after"] < 10 {
		t.Errorf("too few points to prove anything: %v", phases)
	}
}

// edge reports whether a point is the first or the last of its transaction, or
// beside one.
func edge(points []point, i int) bool {
	t := points[i].Transaction
	return i == 0 || i == len(points)-1 || points[i-1].Transaction != t || points[i+1].Transaction != t || isCall(points[i].What)
}

// isCall tells a point at the bank or the buyer from a statement.
func isCall(what string) bool { return what == "answered" || strings.Contains(what, "to the bank") }

// crash is one database, killed and opened again.
type crash struct {
	*testing.T
	plan
	admin string
	bank  *bank.Bank
	app   *app.App
	ahead atomic.Int64 // how far the shop's clock was moved
	buyer buyer
}

// newCrash prepares a shop that nobody has open, and its bank.
func newCrash(t *testing.T, url, instrument string) *crash {
	t.Helper()
	c := &crash{T: t, plan: plan{Data: t.TempDir(), Database: url, Instrument: instrument}}
	c.Key, c.admin = apptest.Prepare(t, url)
	c.bank, c.Bank = apptest.Bank(t, bank.Config{ChallengeAfter: 50 * time.Millisecond})
	c.open()
	made, err := ask(c.app, c.admin, "POST", "/admin/v1/promotions", map[string]any{"name": "Spring", "code": "SPRING", "percent": 10, "usage_limit": 1})
	if err != nil || made.Status != 201 {
		t.Fatalf("%v %d %s", err, made.Status, made.Bytes)
	}
	issued, err := ask(c.app, c.admin, "POST", "/admin/v1/gift-cards", map[string]any{"market": "DE", "amount": eur(giftValue), "reason": "test"}, "Idempotency-Key", "g")
	if c.Gift = issued.Text("code"); err != nil || c.Gift == "" {
		t.Fatalf("%v %d %s", err, issued.Status, issued.Bytes)
	}
	c.close()
	return c
}

// another is the same shop once more, with a bank of its own. Nobody may have
// opened the first.
func (c *crash) another(t *testing.T) *crash {
	t.Helper()
	other := &crash{T: t, plan: c.plan, admin: c.admin}
	other.Data, other.Database = t.TempDir(), dbtest.Copy(t, c.Database)
	key, err := os.ReadFile(filepath.Join(c.Data, "shop.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(other.Data, "shop.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	other.bank, other.Bank = apptest.Bank(t, bank.Config{ChallengeAfter: 50 * time.Millisecond})
	return other
}

// giftValue is what the buyer's gift card has: less than she buys for.
const giftValue = 10_00

// run makes the purchase in a process of its own and returns what it printed.
func (c *crash) run() (out []byte, err error) {
	c.Helper()
	text, err := json.Marshal(c.plan)
	if err != nil {
		c.Fatal(err)
	}
	ctx, stop := context.WithTimeout(c.Context(), time.Minute)
	defer stop()
	p := exec.CommandContext(ctx, os.Args[0])
	p.Env = append(os.Environ(), victimOf+"="+string(text))
	var trouble bytes.Buffer
	p.Stderr = &trouble
	out, err = p.Output()
	if trouble.Len() > 0 {
		c.Fatalf("the shop said: %s", trouble.Bytes())
	}
	return out, err
}

// live makes the purchase without a kill and returns its points.
func (c *crash) live() (points []point) {
	c.Helper()
	out, err := c.run()
	if err != nil {
		c.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if text, ok := bytes.CutPrefix(lines.Bytes(), []byte("point ")); ok {
			var p point
			if err := json.Unmarshal(text, &p); err != nil {
				c.Fatal(err)
			}
			points = append(points, p)
		}
	}
	return points
}

// kill makes the purchase up to a point, and remembers what the buyer saw.
func (c *crash) kill(point int64) {
	c.Helper()
	c.Point = point
	out, err := c.run()
	var died *exec.ExitError
	fewer := err == nil && c.Instrument == "sandbox:challenge" // that bank decides by its own clock: there was less to do this time, and it is done
	if !fewer && !errors.As(err, &died) {
		c.Fatalf("the shop was not killed: %v", err)
	}
	for text := range strings.Lines(string(out)) {
		if answer, ok := strings.CutPrefix(text, "answered "); ok {
			if err := json.Unmarshal([]byte(answer), &c.buyer.seen); err != nil {
				c.Fatal(err)
			}
		}
	}
}

// open starts the shop as it is started after a crash.
func (c *crash) open() {
	c.Helper()
	a, err := app.New(c.Context(), app.Config{Data: c.Data, Database: c.Database, Gateways: []string{c.Bank}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.Fatal(err)
	}
	a.DB.Now = func() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
	c.app = a
}

func (c *crash) close() {
	c.Helper()
	if err := c.app.Close(); err != nil {
		c.Error(err)
	}
}

// recover opens the shop again. Either the buyer comes back at once, while it
// recovers, or first a minute passes, after which nothing may be undecided.
func (c *crash) recover(atOnce bool) {
	c.Helper()
	c.open()
	c.Cleanup(c.close)
	c.ahead.Store(int64(follows))
	if !atOnce {
		if c.Instrument == "sandbox:challenge" {
			time.Sleep(decides)
		}
		for range 12 {
			c.pass(5 * time.Second)
		}
		if n := c.count(`SELECT COUNT(*) FROM checkout_placings WHERE state = 'open'`); n != 0 {
			c.Errorf("after a minute %d placings are undecided", n)
		}
		if book := c.held(); book != c.placed() {
			c.Errorf("after a minute the bank holds %d for orders of %d", book, c.placed())
		}
	}
	bought := make(chan error, 1)
	go func() { bought <- c.buy() }()
	for range 120 {
		select {
		case err := <-bought:
			if err != nil {
				c.Fatal(err)
			}
			for range 5 { // captures and mails follow, and leases of the dead end
				c.pass(time.Minute)
			}
			return
		case <-time.After(10 * time.Millisecond):
			c.pass(2 * time.Second)
		}
	}
	c.Fatalf("after four minutes the buyer is still at %q", c.buyer.Next)
}

// pass lets time pass for the shop, and does what is due.
func (c *crash) pass(d time.Duration) {
	c.Helper()
	c.ahead.Add(int64(d))
	if _, err := c.app.Jobs.RunOnce(c.Context()); err != nil {
		c.Error(err)
	}
	if _, err := c.app.Bus.Deliver(c.Context(), c.app.DB); err != nil {
		c.Error(err)
	}
}

// buy goes on from what the buyer has seen until she has her order. Whatever
// was completed once is completed again, and must get the same answer.
func (c *crash) buy() error {
	b := &c.buyer
	b.Instrument, b.Gift = c.Instrument, c.Gift
	b.call = func(method, path string, body any, header ...string) (apptest.Answer, error) {
		return ask(c.app, c.Key, method, path, body, header...)
	}
	if b.Next == "settle" {
		b.Next = "complete"
	}
	for range 4000 {
		a, err := b.step()
		switch {
		case a.Text("code") == "checkout.in_flight":
			continue
		case err != nil:
			return err
		case b.Next == "settle" && a.Text("status") == "completed":
			return c.again()
		case b.Next == "settle":
			time.Sleep(5 * time.Millisecond)
		}
	}
	return fmt.Errorf("the buyer has not bought: %+v", b.seen)
}

// again sends the last request twice more.
func (c *crash) again() error {
	c.buyer.Next = "complete"
	first, err := c.buyer.step()
	if err != nil {
		return err
	}
	c.buyer.Next = "complete"
	second, err := c.buyer.step()
	if err == nil && !bytes.Equal(first.Bytes, second.Bytes) {
		err = fmt.Errorf("two answers to one request: %s%s", first.Bytes, second.Bytes)
	}
	return err
}

// check compares the shop, the bank and the stock.
func (c *crash) check() {
	c.Helper()
	for _, fact := range []struct {
		what, query string
		want        int64
	}{
		{"orders", `SELECT COUNT(*) FROM order_orders`, 1},
		{"orders on hold", `SELECT COUNT(*) FROM order_orders WHERE state <> 'placed'`, 0},
		{"discounted orders", `SELECT COUNT(*) FROM order_orders WHERE discount > 0`, 1},
		{"placings that were placed", `SELECT COUNT(*) FROM checkout_placings WHERE state = 'placed'`, 1},
		{"placings undecided", `SELECT COUNT(*) FROM checkout_placings WHERE state = 'open'`, 0},
		{"units promised to the order", `SELECT CAST(SUM(units) AS BIGINT) FROM inventory_holds WHERE order_id = (SELECT id FROM order_orders)`, 3},
		{"units promised to nobody", `SELECT COUNT(*) FROM inventory_holds WHERE state = 'held'`, 0},
		{"units reserved", `SELECT CAST(SUM(reserved) AS BIGINT) FROM inventory_levels`, 3},
		{"gift cards that paid", `SELECT COUNT(*) FROM giftcard_holds WHERE state = 'claimed'`, 1},
		{"gift cards held", `SELECT COUNT(*) FROM giftcard_holds WHERE state NOT IN ('claimed', 'released')`, 0},
		{"what the gift card paid", `SELECT total - due FROM order_orders`, giftValue},
		{"uses of the coupon", `SELECT used FROM promotion_promotions`, 1},
		{"uses claimed", `SELECT COUNT(*) FROM promotion_redemptions WHERE state = 'claimed'`, 1},
		{"uses held", `SELECT COUNT(*) FROM promotion_redemptions WHERE state = 'held'`, 0},
		{"attempts undecided", `SELECT COUNT(*) FROM payment_attempts WHERE state IN ('written', 'unknown', 'pending', 'action_required')`, 0},
		{"attempts that took money", `SELECT COUNT(*) FROM payment_attempts WHERE state = 'captured'`, 1},
		{"facts of the order", `SELECT COUNT(*) FROM event_facts WHERE kind = 'order.placed'`, 1},
		{"facts not delivered", `SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL`, 0},
		{"mails", `SELECT COUNT(*) FROM message_messages WHERE state = 'sent'`, 1},
		{"mails kept", `SELECT COUNT(*) FROM kept_mails`, 1},
		{"exceptions", `SELECT COUNT(*) FROM exception_problems`, 0},
	} {
		if got := c.count(fact.query); got != fact.want {
			c.Errorf("%s: %d, want %d", fact.what, got, fact.want)
		}
	}
	if held := c.held(); held != c.placed() {
		c.Errorf("the bank holds %d for orders of %d", held, c.placed())
	}
	findings, err := app.Verify(c.Context(), c.app.DB)
	if err != nil {
		c.Fatal(err)
	}
	for _, f := range findings {
		for _, wrong := range f.Wrong {
			c.Errorf("%s: %s", f.Part, wrong)
		}
	}
}

// held is what the bank holds or took, of all that it was ever asked for.
func (c *crash) held() (sum int64) {
	c.Helper()
	book, err := c.bank.Book(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	for _, p := range book {
		if p.State == "authorized" || p.State == "captured" {
			sum += p.Amount
		}
	}
	return sum
}

func (c *crash) placed() int64 {
	c.Helper()
	return c.count(`SELECT CAST(COALESCE(SUM(due), 0) AS BIGINT) FROM order_orders`)
}

func (c *crash) count(query string) int64 {
	c.Helper()
	return number(c.T, c.app.DB, query)
}

// number is the one number that a query gives.
func number(t *testing.T, d *db.DB, query string, args ...any) (n int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		n, err = db.One(t.Context(), tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, query, args...)
		return err
	})
	return n
}
