package ledger_test

import (
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestNothingCanChangeOrDeleteAnEntry(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		mustPost(t, d, sale("order:ord_1"))
		for _, attack := range []string{
			`UPDATE ledger_entries SET amount = amount + 1`,
			`UPDATE ledger_entries SET account = 'revenue:mine' WHERE line = 1`,
			`DELETE FROM ledger_entries`,
			`DELETE FROM ledger_entries WHERE amount > 0`,
			`UPDATE ledger_transactions SET key = 'another'`,
			`DELETE FROM ledger_transactions`,
			`INSERT INTO ledger_entries (transaction_id, line, account, commodity, amount) VALUES ('ltx_none', 1, 'a:a', 'EUR', 1)`,
			`INSERT INTO ledger_entries (transaction_id, line, account, commodity, amount) SELECT id, 99, 'a:a', 'EUR', 0 FROM ledger_transactions`,
		} {
			if err := raw(t.Context(), d, attack); err == nil {
				t.Errorf("the database allows: %s", attack)
			}
		}
		if r := check(t, d); !r.Balanced || r.ByCommodity[0].Entries != 4 {
			t.Errorf("%+v, want what was posted", r)
		}
	})
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	const insert = `INSERT INTO ledger_entries (transaction_id, line, account, commodity, amount) `
	for name, c := range map[string]struct {
		attack []string
		want   string
	}{
		"two unbalanced transactions whose total is zero": {[]string{
			insert + `SELECT id, 99, 'a:a', 'EUR', 5 FROM ledger_transactions WHERE key = 'order:ord_1'`,
			insert + `SELECT id, 99, 'a:a', 'EUR', -5 FROM ledger_transactions WHERE key = 'in'`}, "sums to"},
		"money from nowhere":            {[]string{insert + `SELECT id, 99, 'a:a', 'EUR', 5 FROM ledger_transactions WHERE key = 'in'`}, "all entries in EUR sum to 5"},
		"a cached balance too high":     {[]string{`UPDATE ledger_balances SET balance = balance + 1`}, "account giftcard:g1 has a balance of 51"},
		"a cached balance below floor":  {[]string{`UPDATE ledger_balances SET floor = -100`, `UPDATE ledger_balances SET balance = -1`}, "account giftcard:g1"},
		"a cached balance that is gone": {[]string{`DELETE FROM ledger_balances`}, "no balance"},
		"a transaction without entries": {[]string{`INSERT INTO ledger_transactions (id, kind, ref, key, at) VALUES ('ltx_x', 'k', 'r', 'x', 1)`}, "transaction ltx_x has no entries"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				guard(t, d, "giftcard:g1", "EUR", 0)
				mustPost(t, d, move("in", "clearing:sandbox", "giftcard:g1", 50, "EUR"))
				mustPost(t, d, sale("order:ord_1"))
				if r := check(t, d); !r.Balanced || len(r.Problems) != 0 {
					t.Fatalf("before: %+v", r)
				}
				for _, a := range c.attack {
					if err := raw(t.Context(), d, a); err != nil {
						t.Fatal(err)
					}
				}
				r := check(t, d)
				if r.Balanced || !strings.Contains(strings.Join(r.Problems, "\n"), c.want) {
					t.Errorf("%+v, want a problem with %q", r, c.want)
				}
			})
		})
	}
}
