package journey_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// Whatever shoppers, staff and the clock do in whatever order, two at a time:
// after every step the books agree, and in the end the bank has what was
// placed. KORZO_SEED repeats a run.
func TestARandomDayKeepsTheBooks(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("KORZO_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	steps := 250
	if testing.Short() {
		steps = 60
	}
	both(t, bank.Config{ChallengeAfter: 300 * time.Millisecond, LateAfter: time.Second}, func(t *testing.T, w *apptest.World) {
		t.Logf("KORZO_SEED=%d", seed)
		w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Few", "code": "FEW", "percent": 15, "usage_limit": 3})
		w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Many", "code": "MANY", "amount": map[string]any{"amount": 150, "currency": "EUR"}})
		w.Stock("MUG-RED", 25)
		w.Stock("MUG-BLUE", 10)
		d := &day{World: w, dice: rand.New(rand.NewPCG(seed, 1))}
		for range steps {
			var both sync.WaitGroup
			for range 1 + d.dice.IntN(3)/2 {
				both.Go(d.verb())
			}
			both.Wait()
			d.hold()
			if t.Failed() {
				t.Fatalf("after %s", strings.Join(d.told[max(0, len(d.told)-12):], "\n"))
			}
		}
		d.evening()
	})
}

// day is what the world has seen so far.
type day struct {
	*apptest.World
	dice  *rand.Rand
	carts []*cartOfDay
	keys  int

	mu   sync.Mutex
	told []string
}

type cartOfDay struct {
	mu                   sync.Mutex
	id, checkout, oldKey string
	lines                []string
	total, oldTotal      any
}

// tell makes a request; an answer that is our fault ends the day.
func (d *day) tell(method, path string, body any, header ...string) apptest.Answer {
	a, err := d.Try(method, path, body, header...)
	d.mu.Lock()
	d.told = append(d.told, fmt.Sprintf("%s %s %v: %d %.120s", method, path, body, a.Status, a.Bytes))
	d.mu.Unlock()
	if err != nil || a.Status >= 500 {
		d.T.Errorf("%s %s %v: %v %d %s", method, path, body, err, a.Status, a.Bytes)
	}
	return a
}

// verb draws what happens next. The dice are thrown now, so that a seed
// repeats the same verbs.
func (d *day) verb() func() {
	sku := []string{"MUG-RED", "MUG-BLUE", "POSTER"}[d.dice.IntN(3)]
	n, roll := 1+d.dice.IntN(3), d.dice.IntN(100)
	instrument := "sandbox:" + []string{"approve", "approve", "approve", "decline", "challenge", "late", "duplicate", "garbage", "error_after"}[d.dice.IntN(9)]
	if len(d.carts) < 2 || roll < 12 {
		c := new(cartOfDay)
		d.carts = append(d.carts, c)
		c.mu.Lock()
		return func() {
			defer c.mu.Unlock()
			c.look(d.tell("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line(sku, n), line("POSTER", 1)}}))
		}
	}
	d.keys++
	c, key := d.carts[max(0, len(d.carts)-1-d.dice.IntN(min(6, len(d.carts))))], fmt.Sprint("key", d.keys)
	switch {
	case roll < 70:
		return func() { d.shop(c, roll, sku, n, instrument, key) }
	case roll < 80:
		return func() {
			d.tell("POST", "/admin/v1/stock/adjustments", map[string]any{"sku": sku, "location": "loc_berlin", "delta": 2*n - 3, "reason": "counted"}, "Idempotency-Key", key)
		}
	case roll < 87:
		return d.expire
	}
	return func() {
		if _, err := d.App.Payments.Resume(d.T.Context()); err != nil {
			d.T.Error(err)
		}
	}
}

// expire lets every hold go that is not claimed yet.
func (d *day) expire() {
	err := d.App.DB.Write(d.T.Context(), func(tx *db.Tx) error {
		_, err := inventory.Expire(d.T.Context(), tx, tx.Now.Add(time.Hour))
		return err
	})
	if err != nil {
		d.T.Error(err)
	}
}

// look remembers what a cart's answer shows.
func (c *cartOfDay) look(a apptest.Answer) {
	if a.Status/100 != 2 {
		return
	}
	c.id, c.lines = a.Text("id"), nil
	for i := 0; a.Text("lines", i, "id") != ""; i++ {
		c.lines = append(c.lines, a.Text("lines", i, "id"))
	}
}

// shop does something with a cart or its checkout. Two of these may meet at
// one cart: only what is remembered of it is guarded.
func (d *day) shop(c *cartOfDay, roll int, sku string, n int, instrument, key string) {
	c.mu.Lock()
	at, checkout, total, lines := "/store/v1/carts/"+c.id, "/store/v1/checkouts/"+c.checkout, c.total, c.lines
	oldKey, oldTotal, started := c.oldKey, c.oldTotal, c.checkout != ""
	c.mu.Unlock()
	var a apptest.Answer
	switch {
	case roll < 18:
		a = d.tell("POST", at+"/lines", line(sku, n))
	case roll < 22 && len(lines) > 0:
		a = d.tell("PATCH", at+"/lines/"+lines[0], map[string]any{"quantity": n})
	case roll < 25 && len(lines) > 1:
		a = d.tell("DELETE", at+"/lines/"+lines[len(lines)-1], nil)
	case roll < 31:
		a = d.tell("POST", at+"/codes", map[string]any{"code": []string{"few", "many", "none"}[n-1]})
	case !started || roll < 36:
		d.start(c, at)
		return
	case roll < 45:
		d.remember(c, d.tell("PATCH", checkout, map[string]any{"payment": map[string]any{"method": "card", "instrument": instrument}}))
		return
	case roll < 60 && total != nil:
		d.complete(c, checkout, total, key)
		return
	case roll < 63 && oldKey != "":
		d.complete(c, checkout, oldTotal, oldKey)
		return
	case roll < 66:
		d.tell("POST", checkout+"/cancel", nil)
		return
	default:
		d.remember(c, d.tell("GET", checkout, nil))
		return
	}
	c.mu.Lock()
	c.look(a)
	c.mu.Unlock()
}

func (d *day) start(c *cartOfDay, cart string) {
	k := d.tell("POST", "/store/v1/checkouts", map[string]any{"cart": strings.TrimPrefix(cart, "/store/v1/carts/")})
	if k.Status != 201 {
		return
	}
	p := d.tell("PATCH", "/store/v1/checkouts/"+k.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": berlin,
		"shipping_option": "de_standard", "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
	c.mu.Lock()
	c.checkout = k.Text("id")
	c.mu.Unlock()
	d.remember(c, p)
}

func (d *day) remember(c *cartOfDay, a apptest.Answer) {
	if total := a.At("totals", "total"); total != nil {
		c.mu.Lock()
		c.total = total
		c.mu.Unlock()
	}
}

func (d *day) complete(c *cartOfDay, checkout string, total any, key string) {
	d.tell("POST", checkout+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", key)
	c.mu.Lock()
	c.oldKey, c.oldTotal = key, total
	c.mu.Unlock()
}

// laws are questions that have the answer 0 at every moment.
var laws = map[string]string{
	"orders that cost something else than their payment": `SELECT COUNT(*) FROM order_orders o LEFT JOIN payment_payments p ON p.id = o.payment_id
		WHERE o.payment_id <> '' AND (p.id IS NULL OR p.amount <> o.total OR p.authorized <> o.total)`,
	"payments with two attempts that took money": `SELECT COUNT(*) FROM (SELECT payment_id FROM payment_attempts
		WHERE state IN ('authorized', 'captured') GROUP BY payment_id HAVING COUNT(*) > 1) twice`,
	"money that no order stands for": `SELECT COUNT(*) FROM payment_payments p WHERE p.authorized > 0
		AND NOT EXISTS (SELECT 1 FROM order_orders o WHERE o.payment_id = p.id)`,
	"units held for a placing that has ended": `SELECT COUNT(*) FROM inventory_holds h WHERE h.state = 'held'
		AND NOT EXISTS (SELECT 1 FROM checkout_placings p WHERE p.id = h.holder AND p.state = 'open')`,
	"uses of a code held for a placing that has ended": `SELECT COUNT(*) FROM promotion_redemptions r WHERE r.state = 'held'
		AND NOT EXISTS (SELECT 1 FROM checkout_placings p WHERE p.id = r.holder AND p.state = 'open')`,
	"promotions used beyond their limit": `SELECT COUNT(*) FROM promotion_promotions WHERE usage_limit > 0 AND used > usage_limit`,
	"placed orders without the goods": `SELECT COUNT(*) FROM order_orders o WHERE o.state = 'placed'
		AND (SELECT SUM(quantity) FROM order_lines l WHERE l.order_id = o.id)
			<> (SELECT COALESCE(SUM(units), 0) FROM inventory_holds h WHERE h.order_id = o.id AND h.state = 'claimed')`,
	"carts that are locked by nobody": `SELECT COUNT(*) FROM cart_carts c WHERE c.state = 'locked'
		AND NOT EXISTS (SELECT 1 FROM checkout_placings p WHERE p.cart_id = c.id AND p.state = 'open')`,
	"placed carts with another order": `SELECT COUNT(*) FROM cart_carts c WHERE c.state = 'ordered'
		AND NOT EXISTS (SELECT 1 FROM order_orders o WHERE o.cart_id = c.id AND o.id = c.order_id)`,
}

// hold checks every law, on one snapshot each.
func (d *day) hold() {
	d.T.Helper()
	d.Whole()
	dbtest.Read(d.T, d.App.DB, func(tx *db.Tx) error {
		for what, query := range laws {
			n, err := db.One(d.T.Context(), tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, query)
			if err != nil {
				return err
			}
			if n != 0 {
				d.T.Errorf("%d %s", n, what)
			}
		}
		return nil
	})
}

// evening waits until nothing is undecided and compares with the bank.
func (d *day) evening() {
	d.T.Helper()
	asked := map[string]bool{}
	d.Until("nothing is undecided", func() bool {
		// After some declined cards the shop has everybody prove who they are.
		for _, page := range texts(d.T, d.App.DB, `SELECT action_url FROM checkout_placings WHERE state = 'open' AND action_url <> ''`) {
			if !asked[page] {
				asked[page] = true
				payer{w: d.World}.prove(page)
			}
		}
		return number(d.T, d.App.DB, `SELECT COUNT(*) FROM checkout_placings WHERE state = 'open'`) == 0
	})
	placed := number(d.T, d.App.DB, `SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM order_orders`)
	d.Until(fmt.Sprintf("the bank has the %d that were placed", placed), func() bool {
		book, err := d.Bank.Book(d.T.Context())
		if err != nil {
			d.T.Fatal(err)
		}
		held := int64(0)
		for _, p := range book {
			if p.State == "authorized" || p.State == "captured" {
				held += p.Amount - p.Refunded
			}
		}
		return held == placed
	})
	d.hold()
	d.T.Logf("%d carts, %d orders of %d", len(d.carts), number(d.T, d.App.DB, `SELECT COUNT(*) FROM order_orders`), placed)
}
