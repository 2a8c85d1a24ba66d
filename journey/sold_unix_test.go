//go:build unix

package journey_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// Two shops, one that has sold a thousand times and one that has sold as often
// as KORZO_LONG says in thousands, are asked the same in turns, as in
// TestNothingAShopperDoesBecomesDearerWithTheShop. What was sold before is
// copied from one real purchase, row by row, with ids of its own.
func TestNothingBecomesDearerWithWhatWasSold(t *testing.T) {
	sizes := []int{1000, long(t) * 1000}
	for _, kind := range kinds() {
		t.Run(kind.name, func(t *testing.T) {
			shops := make([]*apptest.World, len(sizes))
			for i, n := range sizes {
				shops[i] = apptest.Open(t, kind.open(t, app.Schemas()), bank.Config{NoticeAfter: time.Minute})
				shops[i].Stock("MUG-RED", 1_000_000)
				sell(shops[i], n)
			}
			for _, a := range askedOfMany {
				comparison{a.name, a.rounds, 1, sizes}.inTurns(t, func(i int) *db.DB { return shops[i].App.DB }, func(i, at int) { a.do(shops[i], at) })
			}
		})
	}
}

// askedOfMany is what must not become dearer with the number of orders.
var askedOfMany = []struct {
	name   string
	rounds int
	do     func(w *apptest.World, at int)
}{
	{"a whole purchase", 100, func(w *apptest.World, at int) { wholePurchase(w, fmt.Sprintf("buyer%d@example.com", at)) }},
	{"the list of orders", 60, func(w *apptest.World, _ int) { w.Call("GET", "/admin/v1/orders", nil) }},
	{"the start", 21, func(w *apptest.World, at int) { // and the end: or the nodes before it would be counted, too
		w.T.Run(fmt.Sprint("node ", at), func(t *testing.T) { w.BesideIn(t, w.App.DB).Call("GET", "/store/v1/products", nil) })
	}},
}

// wholePurchase is one whole purchase with everything that comes after the answer.
func wholePurchase(w *apptest.World, email string) { purchaseOf(w, email, line("MUG-RED", 1)) }

func purchaseOf(w *apptest.World, email string, lines ...any) {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": lines})
	checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
	at := "/store/v1/checkouts/" + checkout.Text("id")
	ready := w.Call("PATCH", at, map[string]any{"email": email, "shipping_address": berlin, "shipping_option": "de_standard",
		"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
	done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", checkout.Text("id"))
	if done.Text("status") != "completed" {
		w.T.Fatalf("%s", done.Bytes)
	}
	for {
		facts, err := w.App.Bus.Deliver(w.T.Context(), w.App.DB)
		if err != nil {
			w.T.Fatal(err)
		}
		jobs, err := w.App.Jobs.RunOnce(w.T.Context())
		if err != nil {
			w.T.Fatal(err)
		}
		if facts+jobs == 0 {
			return
		}
	}
}

// soldRows are the rows that one purchase wrote into a table.
type soldRows struct {
	table   string
	columns []string
	rows    [][]any
}

// sell makes it look as if the shop had sold n times.
func sell(w *apptest.World, n int) {
	w.T.Helper()
	wholePurchase(w, "ada@example.com")
	w.Until("the first purchase is settled", func() bool { return unchanging(w) })
	before := everyRow(w)
	wholePurchase(w, "bea@example.com")
	w.Until("the second purchase is settled", func() bool { return unchanging(w) })
	seen := map[string]bool{}
	had := map[string][][]any{}
	for _, s := range before {
		had[s.table] = s.rows
		for _, row := range s.rows {
			seen[fmt.Sprint(row)] = true
			for _, v := range row {
				seen[fmt.Sprintf("%T %v", v, v)] = true
			}
		}
	}
	var tables []soldRows
	for _, s := range everyRow(w) {
		grown := len(s.rows) - len(had[s.table])
		s.rows = slices.DeleteFunc(s.rows, func(row []any) bool { return seen[fmt.Sprint(row)] })
		if grown > 0 && grown == len(s.rows) && !strings.HasPrefix(s.table, "document_") { // invoices are numbered without gaps, one after the other
			tables = append(tables, s)
		}
	}
	copied(w, tables, seen, n)
}

// unchanging reports whether nothing is left to be done.
func unchanging(w *apptest.World) bool {
	facts, err := w.App.Bus.Deliver(w.T.Context(), w.App.DB)
	if err != nil {
		w.T.Fatal(err)
	}
	first := fmt.Sprint(everyRow(w))
	time.Sleep(50 * time.Millisecond)
	return facts == 0 && first == fmt.Sprint(everyRow(w))
}

// everyRow is all the shop has written, but for columns that number themselves.
func everyRow(w *apptest.World) (all []soldRows) {
	w.T.Helper()
	ctx := w.T.Context()
	text := func(row db.Row) (s string, err error) { return s, row.Scan(&s) }
	tables, columns := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%' ORDER BY name`,
		`SELECT name FROM pragma_table_info($1) WHERE NOT (pk = 1 AND type = 'INTEGER' AND name = 'seq') ORDER BY cid`
	if w.App.DB.Postgres() {
		tables = `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'search_%' ORDER BY tablename`
		columns = `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND is_identity = 'NO' ORDER BY ordinal_position`
	}
	dbtest.Read(w.T, w.App.DB, func(tx *db.Tx) error {
		names, err := db.All(ctx, tx, text, tables)
		if err != nil {
			return err
		}
		for _, name := range names {
			s := soldRows{table: name}
			if s.columns, err = db.All(ctx, tx, text, columns, name); err != nil {
				return err
			}
			s.rows, err = db.All(ctx, tx, func(row db.Row) ([]any, error) {
				values, to := make([]any, len(s.columns)), make([]any, len(s.columns))
				for i := range values {
					to[i] = &values[i]
				}
				return values, row.Scan(to...)
			}, "SELECT "+strings.Join(s.columns, ", ")+" FROM "+name+" LIMIT 10000")
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, s)
		}
		return nil
	})
	return all
}

// copied writes n copies of the rows.
func copied(w *apptest.World, tables []soldRows, seen map[string]bool, n int) {
	w.T.Helper()
	tables = inOrder(w, tables, seen)
	const step = 5_000
	for from := 1; from < n; from += step {
		for _, s := range tables {
			dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
				return errors.Join(unhurried(w.T.Context(), tx), s.copy(w, tx, seen, from, min(from+step, n)))
			})
		}
	}
	for _, s := range tables {
		analyze(w.T, w.App.DB, s.table)
	}
}

// inOrder writes the first copy and returns the tables in an order in which
// each comes after those it refers to: what is refused is tried again when
// others are in.
func inOrder(w *apptest.World, tables []soldRows, seen map[string]bool) (ordered []soldRows) {
	w.T.Helper()
	for left := tables; len(left) > 0; {
		var refused []soldRows
		var why []error
		for _, s := range left {
			if err := w.App.DB.Write(w.T.Context(), func(tx *db.Tx) error { return s.copy(w, tx, seen, 0, 1) }); err != nil {
				refused, why = append(refused, s), append(why, fmt.Errorf("%s: %w", s.table, err))
				continue
			}
			ordered = append(ordered, s)
		}
		if len(refused) == len(left) {
			w.T.Fatal(why)
		}
		left = refused
	}
	return ordered
}

func (s soldRows) copy(w *apptest.World, tx *db.Tx, seen map[string]bool, from, to int) error {
	for _, row := range s.rows {
		values := make([]string, len(row))
		for i, v := range row {
			values[i] = literal(w.App.DB, s.columns[i], v, seen)
		}
		_, err := tx.Exec(w.T.Context(), fmt.Sprintf(`WITH RECURSIVE i (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM i WHERE i < %d), n (id) AS (SELECT CAST(i AS TEXT) FROM i)
			INSERT INTO %s (%s) SELECT %s FROM n`, from, to-1, s.table, strings.Join(s.columns, ", "), strings.Join(values, ", ")))
		if err != nil {
			return err
		}
	}
	return nil
}

// literal is a value as SQL has it; what no purchase before had is this one's
// own, an id or a number, and each copy has another.
func literal(d *db.DB, column string, v any, seen map[string]bool) string {
	fresh := !seen[fmt.Sprintf("%T %v", v, v)]
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		quoted := "'" + strings.ReplaceAll(v, "'", "''") + "'"
		if fresh && strings.ContainsAny(v, "0123456789") && v[0] != '{' && v[0] != '[' {
			quoted += " || '-' || n.id"
		}
		return quoted
	case []byte:
		fresh = fresh && strings.Contains(column, "hash")
		switch text := hex.EncodeToString(v); {
		case d.Postgres() && fresh:
			return `'\x` + text + `'::bytea || convert_to(n.id, 'UTF8')`
		case d.Postgres():
			return `'\x` + text + `'::bytea`
		case fresh:
			return "CAST(x'" + text + "' || n.id AS BLOB)"
		default:
			return "x'" + text + "'"
		}
	}
	return fmt.Sprint(v)
}
