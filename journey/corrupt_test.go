package journey_test

import (
	"io/fs"
	"slices"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// Whatever somebody does to the books behind the shop's back, verify says in
// which part it was, and says nothing of the parts that are whole.
func TestVerifyFindsEachCorruption(t *testing.T) {
	calm(t)
	t.Parallel()
	for _, server := range []struct {
		name string
		url  func(t testing.TB, schemas []fs.FS) string
	}{{"sqlite", dbtest.SQLiteURL}, {"postgres", dbtest.PostgresURL}} {
		if server.name == "postgres" && !hasPostgres() {
			continue
		}
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			url := server.url(t, app.Schemas())
			if !t.Run("three orders are sold", func(t *testing.T) {
				w := apptest.Open(t, dbtest.Open(t, url), bank.Config{})
				sellThree(w)
				w.Whole()
			}) {
				return
			}
			for _, c := range corruptions {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					d := dbtest.Open(t, dbtest.Copy(t, url))
					d.Now = time.Now
					corrupt(t, d, c.do)
					if found := wrong(t, d); !slices.Equal(found, c.parts) {
						t.Errorf("wrong are %q, want %q", found, c.parts)
					}
				})
			}
		})
	}
}

// corruptions are what is done to a shop that has sold three orders.
var corruptions = []struct {
	name  string
	parts []string // that must be found wrong
	do    []string
}{
	{"nothing is done", nil, nil},
	{"entries of the ledger are raised", []string{"ledger"}, []string{
		`UPDATE ledger_entries SET amount = amount + 1 WHERE account = 'revenue:DE'`}},
	{"entries of the ledger are deleted", []string{"ledger"}, []string{
		`DELETE FROM ledger_entries WHERE account = 'tax:DE'`}},
	{"what an order posted is deleted whole", []string{"checkouts"}, []string{
		`DELETE FROM ledger_entries WHERE transaction_id = (SELECT MIN(id) FROM ledger_transactions WHERE kind = 'order.placed')`,
		`DELETE FROM ledger_transactions WHERE id = (SELECT MIN(id) FROM ledger_transactions WHERE kind = 'order.placed')`}},
	{"what a capture posted is deleted whole", []string{"payments"}, []string{
		`DELETE FROM ledger_entries WHERE transaction_id = (SELECT MIN(id) FROM ledger_transactions WHERE kind = 'payment.captured')`,
		`DELETE FROM ledger_transactions WHERE id = (SELECT MIN(id) FROM ledger_transactions WHERE kind = 'payment.captured')`}},
	{"what an order posted is lowered on both sides", []string{"checkouts"}, []string{
		`UPDATE ledger_entries SET amount = CASE WHEN amount > 0 THEN 1 ELSE -1 END WHERE line <= 2
				AND transaction_id = (SELECT MIN(id) FROM ledger_transactions WHERE kind = 'order.placed')`,
		`DELETE FROM ledger_entries WHERE line > 2 AND transaction_id = (SELECT MIN(id) FROM ledger_transactions WHERE kind = 'order.placed')`}},
	{"a stock level is raised", []string{"stock"}, []string{
		`UPDATE inventory_levels SET on_hand = on_hand + 1 WHERE variant = (SELECT MIN(variant) FROM inventory_holds)`}},
	{"a hold is deleted", []string{"fulfilments", "stock"}, []string{
		`DELETE FROM inventory_holds WHERE holder = (SELECT MIN(holder) FROM inventory_holds)`}},
	{"a hold and what was reserved for it are deleted", []string{"fulfilments", "stock"}, []string{
		`DELETE FROM inventory_holds`, `UPDATE inventory_levels SET reserved = 0`}},
	{"a movement is deleted", []string{"stock"}, []string{
		`DELETE FROM inventory_movements WHERE seq = (SELECT MAX(seq) FROM inventory_movements WHERE reserved <> 0)`}},
	{"a promotion's counter is lowered", []string{"promotions"}, []string{`UPDATE promotion_promotions SET used = used - 1`}},
	{"a promotion's spent budget is lowered", []string{"promotions"}, []string{`UPDATE promotion_promotions SET spent = spent - 1`}},
	{"what a use took off is raised", []string{"promotions"}, []string{`UPDATE promotion_redemptions SET amount = amount + 1`}},
	{"a code's counter is lowered", []string{"promotions"}, []string{`UPDATE promotion_codes SET used = used - 1`}},
	{"a customer's counter is lowered", []string{"promotions"}, []string{`UPDATE promotion_counters SET used = used - 1 WHERE scope = 'customer'`}},
	{"a customer's counter without a use", []string{"promotions"}, []string{
		`INSERT INTO promotion_counters (promotion, scope, name, used, most) SELECT id, 'customer', 'cus_x', 1, 5 FROM promotion_promotions`}},
	{"a period's counter is deleted", []string{"promotions"}, []string{`DELETE FROM promotion_counters WHERE scope = 'period'`}},
	{"a use of a promotion is deleted", []string{"promotions"}, []string{
		`DELETE FROM promotion_redemptions WHERE holder = (SELECT MIN(holder) FROM promotion_redemptions)`}},
	{"an order line is made dearer", []string{"orders"}, []string{
		`UPDATE order_lines SET subtotal = subtotal + 100, total = total + 100 WHERE id = (SELECT MIN(id) FROM order_lines)`}},
	{"an order line is deleted", []string{"orders"}, []string{
		`DELETE FROM order_shares WHERE line_id = (SELECT MIN(id) FROM order_lines)`,
		`DELETE FROM order_taxes WHERE owner_id = (SELECT MIN(id) FROM order_lines)`,
		`DELETE FROM order_lines WHERE id = (SELECT MIN(id) FROM order_lines)`}},
	{"a discount's share is raised", []string{"orders"}, []string{`UPDATE order_shares SET amount = amount + 1`}},
	{"a line's tax is lowered", []string{"orders"}, []string{
		`UPDATE order_taxes SET amount = amount - 1 WHERE owner_id = (SELECT MIN(id) FROM order_lines)`}},
	{"a payment is said to have taken more", []string{"payments"}, []string{
		`UPDATE payment_payments SET amount = amount + 1, authorized = authorized + 1, captured = captured + 1
				WHERE id = (SELECT MIN(id) FROM payment_payments)`}},
	{"a payment's event is deleted", []string{"payments"}, []string{`DELETE FROM payment_events WHERE seq = (SELECT MAX(seq) FROM payment_events)`}},
	{"an attempt that took money is said to be declined", []string{"payments"}, []string{
		`UPDATE payment_attempts SET state = 'declined' WHERE id = (SELECT MIN(id) FROM payment_attempts)`}},
	{"a payment covers less than its order", []string{"orders paid", "payments"}, []string{
		`UPDATE payment_payments SET captured = captured - 1, authorized = authorized - 1 WHERE id = (SELECT MIN(id) FROM payment_payments)`}},
	{"an order names a payment that is none", []string{"orders paid"}, []string{
		`UPDATE order_orders SET payment_id = 'pay_none' WHERE id = (SELECT MIN(id) FROM order_orders)`}},
	{"a placed checkout names another order", []string{"checkouts"}, []string{
		`UPDATE checkout_sessions SET order_id = 'ord_other' WHERE id = (SELECT MIN(id) FROM checkout_sessions)`}},
	{"a placed checkout is opened again", []string{"checkouts"}, []string{
		`UPDATE checkout_sessions SET state = 'open' WHERE id = (SELECT MIN(id) FROM checkout_sessions)`}},
	{"a fact is suspended", []string{"outbox"}, []string{
		`UPDATE event_facts SET done_at = NULL, suspended_at = 1, attempts = 12 WHERE seq = (SELECT MAX(seq) FROM event_facts)`}},
	{"a job is given up", []string{"jobs"}, []string{
		`INSERT INTO job_jobs (kind, key, body, at, run_at, lease, attempts, dead_at, last_error) VALUES ('payment.capture', 'x', '{}', 1, 1, '', 20, 1, '')`}},
	{"an entry of the audit chain is changed", []string{"audit chain"}, []string{
		`UPDATE audit_entries SET subject = 'somebody else' WHERE seq = 1`}},
	{"the last entry of the audit chain is deleted", []string{"audit chain"}, []string{
		`DELETE FROM audit_entries WHERE seq = (SELECT MAX(seq) FROM audit_entries)`}},
}

// sellThree sells three orders, one with a code, and waits until all that
// follows is done.
func sellThree(w *apptest.World) {
	w.T.Helper()
	p := w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Spring", "by_code": true, "percent": 10, "usage_limit": 9, "per_customer": 5,
		"period": "week", "per_period": 7, "budget": map[string]any{"amount": 100_00, "currency": "EUR"}})
	w.Call("POST", "/admin/v1/promotions/"+p.Text("id")+"/codes", map[string]any{"codes": []any{"SPRING"}, "usage_limit": 3})
	w.Call("POST", "/admin/v1/stock/adjustments", map[string]any{"sku": "POSTER", "location": "loc_berlin", "delta": 5, "reason": "found"}, "Idempotency-Key", "a")
	for i := range 3 {
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", i+1), line("POSTER", 1)}})
		if i == 0 {
			w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/codes", map[string]any{"code": "SPRING"})
		}
		id, _, total := readyCart(w, c.Text("id"), "sandbox:approve")
		if a := complete(w, id, "k", total); a.Text("status") != "completed" {
			w.T.Fatalf("%s", a.Bytes)
		}
	}
	w.Until("all is done", func() bool {
		return number(w.T, w.App.DB, `SELECT COUNT(*) FROM payment_attempts WHERE state = 'captured'`) == 3 &&
			number(w.T, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
	})
}

// corrupt runs statements that no shop would, with the guards of the tables
// that only grow taken down.
func corrupt(t *testing.T, d *db.DB, statements []string) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		for _, table := range []string{"ledger_entries", "ledger_transactions", "inventory_movements", "payment_events", "audit_entries"} {
			down := []string{`DROP TRIGGER IF EXISTS ` + table + `_no_update`, `DROP TRIGGER IF EXISTS ` + table + `_no_delete`}
			if d.Postgres() {
				down = []string{`ALTER TABLE ` + table + ` DISABLE TRIGGER USER`}
			}
			for _, s := range down {
				if _, err := tx.Exec(t.Context(), s); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, s := range statements {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			n, err := tx.Exec(t.Context(), s)
			if err == nil && n == 0 {
				t.Errorf("nothing was changed by %s", s)
			}
			return err
		})
	}
}

// wrong returns the parts that verify finds wrong, sorted.
func wrong(t *testing.T, d *db.DB) (parts []string) {
	t.Helper()
	findings, err := app.Verify(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if len(f.Wrong) > 0 {
			parts = append(parts, f.Part)
			t.Logf("%s: %s", f.Part, f.Wrong[0])
		}
	}
	slices.Sort(parts)
	return parts
}
