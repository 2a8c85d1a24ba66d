package journey_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/purchase/payment/bank"
)

// small are the beginnings of tables that stay small however much is sold: what
// staff write by hand, which is remembered whole or read page by page. Every
// other table grows, and nothing on a shopper's way may walk through one.
var small = []string{"remember_", "market_", "method_", "tax_", "flow_", "promotion_promotions", "promotion_codes", "inventory_locations",
	"inventory_safety", "paymethod_", "route_", "catalog_locales", "pricing_lists", "auth_", "taxonomy_", "payment_routes", "event_subscribers", "sourcing_rules", "sourcing_locations"}

// What a shopper asks costs the same in a shop of ten products and of a million:
// every statement on the way from the list to the order finds its rows by an
// index, on both databases.
func TestNoStatementOfAShoppersWayWalksThroughAGrowingTable(t *testing.T) {
	calm(t)
	each(t, bank.Config{NoticeAfter: time.Minute}, func(t *testing.T, w *apptest.World) {
		w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "Spring", "code": "SPRING", "percent": 10})
		goods := products(w, 4)
		reduced(w, goods)
		seen := walked(w, goods, 1).seen
		if len(seen) < 40 {
			t.Fatalf("only %d statements were seen", len(seen))
		}
		if bad := "SELECT slug FROM catalog_products p WHERE p.title = $1"; len(walks(t, w.App.DB, bad)) != 1 {
			t.Fatal("a walk through all products is not noticed")
		}
		t.Logf("%d statements", len(seen))
		for query := range seen {
			for _, wrong := range walks(t, w.App.DB, query) {
				t.Errorf("%s\nin %s", wrong, query)
			}
		}
	})
}

var (
	placeholder = regexp.MustCompile(`\$(\d+)`)
	named       = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|UPDATE|INTO)\s+([a-z]+_[a-z_]+)(?:\s+(?:AS\s+)?([a-z]+))?`)
	sqliteWalk  = regexp.MustCompile(`^SCAN (\w+)`)
	postgresRow = regexp.MustCompile(`(?:Seq Scan|Full) on (\w+)`)
)

// walks says which growing tables a statement would walk through.
func walks(t *testing.T, d *db.DB, query string) (wrong []string) {
	t.Helper()
	if !strings.Contains(query, "FROM") && !strings.Contains(query, "UPDATE") {
		return nil
	}
	tables := map[string]string{}
	for _, m := range named.FindAllStringSubmatch(query, -1) {
		tables[m[1]] = m[1]
		if m[2] != "" {
			tables[m[2]] = m[1]
		}
	}
	steps, walk := planOf(t, d, query)
	for _, step := range steps {
		m := walk.FindStringSubmatch(step)
		if m == nil || strings.Contains(step, "USING") && strings.Contains(query, "LIMIT") { // an index read as far as the limit
			continue
		}
		table, known := tables[m[1]]
		if known && !slices.ContainsFunc(small, func(s string) bool { return strings.HasPrefix(table, s) }) {
			wrong = append(wrong, table+": "+step)
		}
	}
	return wrong
}

// planOf asks a database how it would run a statement whose values it does not
// know. PostgreSQL is told to prefer any index, for it rightly walks through
// tables as small as a test's.
func planOf(t *testing.T, d *db.DB, query string) (steps []string, walk *regexp.Regexp) {
	t.Helper()
	most := 0
	for _, m := range placeholder.FindAllStringSubmatch(query, -1) {
		n := 0
		_, _ = fmt.Sscan(m[1], &n)
		most = max(most, n)
	}
	text := func(row db.Row) (s string, err error) { return s, row.Scan(&s) }
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		if tx.ForUpdate() == "" { // SQLite
			walk = sqliteWalk
			steps, err = db.All(t.Context(), tx, func(row db.Row) (detail string, err error) {
				var id, parent, unused int64
				return detail, row.Scan(&id, &parent, &unused, &detail)
			}, "EXPLAIN QUERY PLAN "+query, make([]any, most)...)
			return err
		}
		walk = postgresRow
		for _, setting := range []string{"SET LOCAL enable_seqscan = off", "SET LOCAL plan_cache_mode = force_generic_plan", "PREPARE plan_of AS " + query} {
			if _, err := tx.Exec(t.Context(), setting); err != nil {
				return err
			}
		}
		nulls := strings.TrimSuffix(strings.Repeat("NULL,", most), ",")
		if most > 0 {
			nulls = "(" + nulls + ")"
		}
		if steps, err = db.All(t.Context(), tx, text, "EXPLAIN EXECUTE plan_of"+nulls); err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), "DEALLOCATE plan_of")
		return err
	})
	if err != nil {
		t.Fatalf("%v\nin %s", err, query)
	}
	return steps, walk
}
