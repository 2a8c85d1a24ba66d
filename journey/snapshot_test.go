package journey_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
)

// restless are the tables that may change when nothing does: when work recurs,
// when a key was used last, how often somebody guessed a password; and what
// became of checkouts, which cards were declined and how customers are expected
// to return, which are written down some seconds later.
var restless = []string{"job_periods", "auth_keys", "auth_tries", "funnel_visits", "funnel_tries", "guard_signals", "lifetime_reports"}

// lately are columns that tell when somebody was there last, noted once a minute,
// and when the bank was asked again about a payment that is open, by the clock.
var lately = []string{"auth_sessions.seen_at", "auth_sessions.idle_at", "payment_attempts.looks", "payment_attempts.look_at", "payment_attempts.updated_at"}

// snapshot is every row of every table, as a sum per table.
func snapshot(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	settled(t, d)
	sums := map[string]string{}
	for table, columns := range tables(t, d) {
		if slices.Contains(restless, table) {
			continue
		}
		var parts []string
		for _, c := range columns {
			if slices.Contains(lately, table+"."+c) {
				continue
			}
			parts = append(parts, `COALESCE(CAST(`+c+` AS TEXT), '-')`)
		}
		rows := texts(t, d, `SELECT `+strings.Join(parts, ` || '|' || `)+` FROM `+table)
		slices.Sort(rows)
		sums[table] = fmt.Sprintf("%d rows, %x", len(rows), sha256.Sum256([]byte(strings.Join(rows, "\n"))))
	}
	return sums
}

// settled waits until every fact is delivered and every document that is due is
// issued: what follows from a fact may be written a moment after it.
func settled(t *testing.T, d *db.DB) {
	t.Helper()
	for range 500 {
		var age time.Duration
		dbtest.Read(t, d, func(tx *db.Tx) (err error) {
			age, err = event.Age(t.Context(), tx)
			return err
		})
		if age <= 0 && number(t, d, `SELECT COUNT(*) FROM document_due`) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("facts are not delivered")
}

// changed names the tables in which two snapshots differ.
func changed(before, after map[string]string) (names []string) {
	for table, sum := range after {
		if before[table] != sum {
			names = append(names, table)
		}
	}
	slices.Sort(names)
	return names
}

// tables lists every table with its columns.
func tables(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	query := `SELECT m.name || ' ' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	if d.Postgres() {
		query = `SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE table_schema = 'public'`
	}
	all := map[string][]string{}
	for _, row := range texts(t, d, query) {
		table, column, _ := strings.Cut(row, " ")
		all[table] = append(all[table], column)
	}
	if len(all) < 20 {
		t.Fatalf("only %d tables were found", len(all))
	}
	return all
}

func texts(t *testing.T, d *db.DB, query string) (all []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = db.All(t.Context(), tx, func(row db.Row) (text string, err error) { return text, row.Scan(&text) }, query)
		return err
	})
	return all
}
