package journey_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/remember"
	"korzo/purchase/payment/bank"
)

// statements is what each command may cost, whatever the number of lines: a
// command that asks once a line is found here before a customer finds it. Who
// makes a number smaller lowers it; who makes one larger says why.
// The first number is SQLite's, where what a command before it has read or
// written is remembered; PostgreSQL's other nodes may have changed it.
var statements = []struct {
	command string
	sqlite  int
	want    int
}{
	{"create a cart", 2, 3}, {"show a cart", 0, 2}, {"add a line", 2, 4}, {"set a quantity", 2, 4}, {"remove a line", 2, 4},
	{"add a code", 3, 5}, {"remove a code", 2, 4}, {"start a checkout", 3, 5}, {"show a checkout", 2, 5}, {"update a checkout", 4, 8},
	{"complete: prepare", 14, 18}, {"complete: finalise", 21, 23}, {"show the placed checkout", 4, 7}, {"complete again", 2, 2}, {"show an order", 1, 8},
	{"list orders", 1, 1}, {"list products", 3, 4}, {"list products again", 0, 0}, {"show a product", 3, 4},
}

func TestEachCommandCostsItsStatementsWhateverItsLines(t *testing.T) {
	calm(t)
	late := bank.Config{NoticeAfter: time.Minute} // or the notice may finalise what the answer would
	remember.Doubt(false)                         // it would read what is counted
	t.Cleanup(func() { remember.Doubt(true) })
	eachAlone(t, late, func(t *testing.T, w *apptest.World) {
		w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Spring", "code": "SPRING", "percent": 10})
		goods := products(w, 41)
		reduced(w, goods)    // prior prices are remembered as prices are
		counted(w, goods, 0) // what is read once is read now
		few, many := counted(w, goods[:3], 1), counted(w, goods, 2)
		var table strings.Builder
		for _, s := range statements {
			if !w.App.DB.Postgres() {
				s.want = s.sqlite
			}
			fmt.Fprintf(&table, "\n%-26s %3d %3d", s.command, few[s.command], many[s.command])
			if few[s.command] != s.want || many[s.command] != s.want {
				t.Errorf("%s takes %d statements for 2 lines and %d for 40, want %d", s.command, few[s.command], many[s.command], s.want)
			}
		}
		t.Logf("statements for 2 and for 40 lines:%s", table.String())
	})
}

// products makes n products and returns their SKUs.
func products(w *apptest.World, n int) (skus []string) {
	w.T.Helper()
	for i := range n {
		sku := fmt.Sprint("THING-", i)
		w.Call("POST", "/admin/v1/products", map[string]any{"title": sku, "slug": strings.ToLower(sku), "variants": []any{map[string]any{"sku": sku,
			"prices": []any{map[string]any{"market": "DE", "amount": 500, "currency": "EUR"}}}}})
		w.Call("POST", "/admin/v1/stock/adjustments", map[string]any{"sku": sku, "location": "loc_berlin", "delta": 100, "reason": "new"}, "Idempotency-Key", sku)
		skus = append(skus, sku)
	}
	return skus
}

// reduced puts goods on sale.
func reduced(w *apptest.World, skus []string) {
	w.T.Helper()
	list := w.Call("POST", "/admin/v1/price-lists", map[string]any{"name": "Autumn", "market": "DE", "kind": "sale"})
	var prices []any
	for _, sku := range skus {
		prices = append(prices, map[string]any{"sku": sku, "amount": 400, "currency": "EUR"})
	}
	if a := w.Call("PUT", "/admin/v1/price-lists/"+list.Text("id")+"/prices", map[string]any{"prices": prices}); a.Status/100 != 2 {
		w.T.Fatalf("%d %s", a.Status, a.Bytes)
	}
}

// counter counts the statements of one request after the other. The work of
// the background has another context and is left out; so is the look at the
// caller's key, which is remembered for some seconds, and on PostgreSQL the
// look at what is remembered, one a transaction, which SQLite does not need.
type counter struct {
	*apptest.World
	mu      sync.Mutex
	command string
	counts  map[string]int
	seen    map[string]bool // every statement
}

type counting struct{}

func (c *counter) statement(ctx context.Context, query string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Value(counting{}) == nil || strings.Contains(query, "FROM auth_keys") || strings.Contains(query, "FROM remember_generations") {
		return
	}
	if c.command == "complete: prepare" && (strings.Contains(query, "FROM payment_attempts") || strings.Contains(query, "UPDATE payment_attempts")) {
		c.command = "complete: finalise" // the bank has answered
	}
	c.counts[c.command]++
	c.seen[query] = true
}

// do makes a request and counts it as a command.
func (c *counter) do(command, method, path string, body any, header ...string) apptest.Answer {
	c.T.Helper()
	c.mu.Lock()
	c.command = command
	c.mu.Unlock()
	key := c.Store
	if strings.HasPrefix(path, "/admin") {
		key = c.Admin
	}
	a, err := askIn(context.WithValue(c.T.Context(), counting{}, true), c.App, key, method, path, body, header...)
	if err != nil || a.Status/100 != 2 {
		c.T.Fatalf("%s: %v %d %s", command, err, a.Status, a.Bytes)
	}
	return a
}

// counted walks through a purchase of all goods but the last, which is put in
// and taken out again, and returns what each command took. Each round lists
// another page, because pages are remembered.
func counted(w *apptest.World, goods []string, round int) map[string]int {
	w.T.Helper()
	return walked(w, goods, round).counts
}

// walked is counted with the statements themselves.
func walked(w *apptest.World, goods []string, round int) *counter {
	w.T.Helper()
	c := &counter{World: w, counts: map[string]int{}, seen: map[string]bool{}}
	previous := w.App.DB.OnStatement(c.statement)
	defer func() { w.App.DB.OnStatement(previous) }()
	do, n := c.do, len(goods)-1
	var lines []any
	for _, sku := range goods[:n] {
		lines = append(lines, line(sku, 1))
	}
	cart := do("create a cart", "POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": lines})
	at := "/store/v1/carts/" + cart.Text("id")
	do("show a cart", "GET", at, nil)
	added := do("add a line", "POST", at+"/lines", line(goods[n], 1))
	if a := added.At("lines", n, "prior_price"); fmt.Sprint(a) != "map[amount:500 currency:EUR]" {
		w.T.Errorf("the line of a reduced price says %v of the one before", a)
	}
	last := at + "/lines/" + added.Text("lines", n, "id")
	do("set a quantity", "PATCH", last, map[string]any{"quantity": 3})
	do("remove a line", "DELETE", last, nil)
	do("add a code", "POST", at+"/codes", map[string]any{"code": "SPRING"})
	do("remove a code", "DELETE", at+"/codes/SPRING", nil)
	do("", "POST", at+"/codes", map[string]any{"code": "SPRING"})
	checkout := do("start a checkout", "POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
	at = "/store/v1/checkouts/" + checkout.Text("id")
	patch := map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
		"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}
	do("", "PATCH", at, patch)
	updated := do("update a checkout", "PATCH", at, patch)
	do("show a checkout", "GET", at, nil)
	total := map[string]any{"expected_total": updated.At("totals", "total")}
	placed := do("complete: prepare", "POST", at+"/complete", total, "Idempotency-Key", "k")
	if placed.Text("status") != "completed" {
		w.T.Fatalf("%s", placed.Bytes)
	}
	do("complete again", "POST", at+"/complete", total, "Idempotency-Key", "k")
	do("show the placed checkout", "GET", at, nil)
	w.Until("what follows an order has changed the rows that are remembered", func() bool {
		return number(w.T, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
	})
	do("show an order", "GET", "/store/v1/orders/"+placed.Text("order", "id"), nil, "Order-Token", placed.Text("order", "token"))
	do("list orders", "GET", "/admin/v1/orders", nil)
	do("list products", "GET", fmt.Sprint("/store/v1/products?limit=", 50+round), nil)
	do("list products again", "GET", fmt.Sprint("/store/v1/products?limit=", 50+round), nil)
	do("show a product", "GET", "/store/v1/products/"+strings.ToLower(goods[round]), nil)
	return c
}
