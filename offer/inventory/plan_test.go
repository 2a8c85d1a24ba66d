package inventory_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// What a buyer causes costs the same however much stock, and however many
// holds and movements there are: nothing but the few locations is scanned.
func TestNoVerbScansTheStock(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	v := open(t, d, 1)[0]
	var seen []string
	d.OnStatement(func(_ context.Context, query string) { seen = append(seen, query) })
	stock(t, d, v, "loc_berlin", 5)
	stock(t, d, v, "loc_berlin", -1)
	figures(t, d, v)
	available(t, d, v)
	log(t, d, v)
	hold(d, "a", line(v, 1))
	claim(d, "a", "ord")
	claim(d, "a", "ord")
	hold(d, "b", line(v, 1))
	release(d, "b")
	expire(d)
	standing(t, d, "web", v)
	c := started(t, d, "loc_berlin")
	counted(d, c.ID, v, 3)
	posted(d, c.ID, "count")
	sent, _ := shipped(d, line(v, 1))
	received(d, sent.ID, line(v, 1))
	d.OnStatement(nil)
	for _, query := range seen {
		if slices.ContainsFunc([]string{"remember_", "event_", "FROM inventory_locations ORDER", "FROM catalog_locales", "FROM taxonomy_"},
			func(small string) bool { return strings.Contains(query, small) }) {
			continue // read once and remembered, or the outbox
		}
		for _, step := range explain(t, d, query) {
			locations, constant := strings.HasPrefix(step, "SCAN o"), strings.Contains(step, "CONSTANT") || strings.Contains(step, "VALUES CLAUSE")
			wanted := step == "SCAN w" || step == "SCAN t" || step == "SCAN k" || step == "SCAN want" // the lines themselves
			if strings.HasPrefix(step, "SCAN") && !locations && !constant && !wanted || strings.Contains(step, "(state=?)") {
				t.Errorf("%s in%s", step, query)
			}
		}
	}
}

// explain returns the steps of SQLite's plan. Placeholders are bound to nothing.
func explain(t *testing.T, d *db.DB, query string) (steps []string) {
	t.Helper()
	var args []any
	for n := 1; strings.Contains(query, fmt.Sprintf("$%d", n)); n++ {
		args = append(args, nil)
	}
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		steps, err = db.All(t.Context(), tx, func(row db.Row) (detail string, err error) {
			var id, parent, unused int64
			return detail, row.Scan(&id, &parent, &unused, &detail)
		}, "EXPLAIN QUERY PLAN "+query, args...)
		return err
	})
	return steps
}
