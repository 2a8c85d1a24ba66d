package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var schemas = []fs.FS{audit.Schema}

func record(ctx context.Context, d *db.DB, entries ...audit.Entry) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		for _, e := range entries {
			if err := audit.Record(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func entries(n int) []audit.Entry {
	all := make([]audit.Entry, n)
	for i := range all {
		all[i] = audit.Entry{Actor: "stf_ada", Action: "order.refund", Subject: fmt.Sprint("ord_", i), Detail: map[string]string{"amount": "1000 EUR", "reason": "broken"}}
	}
	return all
}

func verify(t *testing.T, d *db.DB) (broken int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		broken, err = audit.Verify(t.Context(), tx)
		return err
	})
	return broken
}

func list(t *testing.T, d *db.DB, f audit.Filter) (page []audit.Recorded) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		page, err = audit.List(t.Context(), tx, f)
		return err
	})
	return page
}

func TestWhatIsRecordedIsFoundNewestFirst(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		if b := verify(t, d); b != 0 {
			t.Errorf("an empty chain is broken at %d", b)
		}
		refund := audit.Entry{Actor: "stf_ada", Action: "order.refund", Subject: "ord_1", Detail: map[string]string{"amount": "10,00 € „viel“", "zero": "\x00"}}
		sign := audit.Entry{Actor: "stf_bob", Action: "staff.sign_in", Detail: map[string]string{}}
		if err := record(t.Context(), d, refund, sign, audit.Entry{Actor: "system", Action: "key.revoke", Subject: "ord_1"}); err != nil {
			t.Fatal(err)
		}
		all := list(t, d, audit.Filter{})
		want := []audit.Recorded{
			{Entry: audit.Entry{Actor: "system", Action: "key.revoke", Subject: "ord_1", Detail: map[string]string{}}, Seq: 3, At: dbtest.Noon},
			{Entry: sign, Seq: 2, At: dbtest.Noon},
			{Entry: refund, Seq: 1, At: dbtest.Noon},
		}
		if diff := cmp.Diff(want, all, cmpopts.IgnoreFields(audit.Recorded{}, "Hash")); diff != "" {
			t.Error(diff)
		}
		for name, c := range map[string]struct {
			filter audit.Filter
			want   string
		}{
			"one subject":     {audit.Filter{Subject: "ord_1"}, "3 1"},
			"one actor":       {audit.Filter{Actor: "stf_bob"}, "2"},
			"one action":      {audit.Filter{Action: "order.refund"}, "1"},
			"the first page":  {audit.Filter{Limit: 2}, "3 2"},
			"the second page": {audit.Filter{Limit: 2, Before: 2}, "1"},
			"nobody's":        {audit.Filter{Actor: "stf_eve"}, ""},
		} {
			var got []string
			for _, r := range list(t, d, c.filter) {
				got = append(got, fmt.Sprint(r.Seq))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s: %q, want %q", name, s, c.want)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			seq, hash, err := audit.Head(t.Context(), tx)
			if seq != 3 || !bytes.Equal(hash, all[0].Hash) {
				t.Errorf("head %d %x, want the last entry's", seq, hash)
			}
			return err
		})
	})
}

func TestAnEntrySaysWhoDidWhat(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for _, e := range []audit.Entry{{}, {Actor: "stf_ada"}, {Action: "order.refund"}} {
			if err := record(t.Context(), d, e); !errors.Is(err, audit.ErrEntry) {
				t.Errorf("%+v: %v, want ErrEntry", e, err)
			}
		}
		undo := errors.New("undo")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return errors.Join(audit.Record(t.Context(), tx, entries(1)[0]), undo)
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		if all := list(t, d, audit.Filter{}); len(all) != 0 {
			t.Errorf("recorded %+v, want nothing", all)
		}
		if b := verify(t, d); b != 0 {
			t.Errorf("broken at %d", b)
		}
	})
}

func TestTheDatabaseForbidsToChangeAnEntry(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		if err := record(t.Context(), d, entries(3)...); err != nil {
			t.Fatal(err)
		}
		for _, attack := range []string{`UPDATE audit_entries SET actor = 'stf_eve'`, `DELETE FROM audit_entries WHERE seq = 2`} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), attack)
				return err
			})
			if err == nil {
				t.Errorf("the database allows: %s", attack)
			}
		}
		if b := verify(t, d); b != 0 {
			t.Errorf("broken at %d", b)
		}
	})
}

// Whatever is done to any one entry, the chain breaks there. The table is small
// and is attacked, judged and restored in transactions that are undone.
func TestEveryTamperingIsFoundAndNamed(t *testing.T) {
	const n = 25
	attacks := []struct {
		name   string
		do     func(seq int64) []string // nil: not this one
		broken func(seq int64) int64    // where it shows
	}{
		{"flip the actor", set(`actor = 'stf_eve'`), same},
		{"flip the action", set(`action = 'order.view'`), same},
		{"flip the subject", set(`subject = 'ord_x'`), same},
		{"flip the detail", set(`detail = replace(detail, '1000', '9000')`), same},
		{"flip the time", set(`at = at + 1`), same},
		{"flip the hash", set(`hash = (SELECT hash FROM audit_entries WHERE seq = (%[1]d %% 25) + 1)`), same},
		{"move a letter between fields", set(`actor = actor || substr(action, 1, 1), action = substr(action, 2)`), same},
		{"delete", func(seq int64) []string {
			return []string{fmt.Sprintf(`DELETE FROM audit_entries WHERE seq = %d`, seq)}
		}, same},
		{"delete and close the gap", func(seq int64) []string {
			return []string{fmt.Sprintf(`DELETE FROM audit_entries WHERE seq = %d`, seq),
				fmt.Sprintf(`UPDATE audit_entries SET seq = seq + 1000 WHERE seq > %d`, seq), `UPDATE audit_entries SET seq = seq - 1001 WHERE seq > 1000`}
		}, same},
		{"swap with the next", func(seq int64) []string {
			if seq == n {
				return nil
			}
			return []string{fmt.Sprintf(`UPDATE audit_entries SET seq = seq + 1000 WHERE seq IN (%d, %d)`, seq, seq+1),
				fmt.Sprintf(`UPDATE audit_entries SET seq = %d - seq WHERE seq > 1000`, 2*seq+1001)}
		}, same},
		{"cut off the end", func(seq int64) []string {
			return []string{fmt.Sprintf(`DELETE FROM audit_entries WHERE seq >= %d`, seq)}
		}, same},
		{"add one at the end", func(seq int64) []string {
			return []string{fmt.Sprintf(`INSERT INTO audit_entries (seq, at, actor, action, subject, detail, hash)
				SELECT 26, at, actor, action, subject, detail, hash FROM audit_entries WHERE seq = %d`, seq)}
		}, func(int64) int64 { return n + 1 }},
		{"set the head back", func(seq int64) []string {
			return []string{fmt.Sprintf(`UPDATE audit_head SET seq = %d`, seq-1)}
		}, same},
		{"delete the head", func(seq int64) []string { return []string{`DELETE FROM audit_head`} }, func(int64) int64 { return n + 1 }},
		{"flip the head's hash", func(seq int64) []string {
			if seq == n {
				return nil
			}
			return []string{fmt.Sprintf(`UPDATE audit_head SET hash = (SELECT hash FROM audit_entries WHERE seq = %d)`, seq)}
		}, func(int64) int64 { return n }},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		if err := record(t.Context(), d, entries(n)...); err != nil {
			t.Fatal(err)
		}
		disarm(t, d)
		undo := errors.New("undo")
		for _, a := range attacks {
			for seq := int64(1); seq <= n; seq++ {
				statements := a.do(seq)
				if statements == nil {
					continue
				}
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					for _, s := range statements {
						if _, err := tx.Exec(t.Context(), s); err != nil {
							return err
						}
					}
					if broken, err := audit.Verify(t.Context(), tx); err != nil || broken != a.broken(seq) {
						t.Errorf("%s %d: broken at %d, %v; want %d", a.name, seq, broken, err, a.broken(seq))
					}
					return undo
				})
				if !errors.Is(err, undo) {
					t.Fatalf("%s %d: %v", a.name, seq, err)
				}
			}
		}
		if b := verify(t, d); b != 0 {
			t.Errorf("after all was undone: broken at %d", b)
		}
	})
}

func same(seq int64) int64 { return seq }

// set returns an attack that sets columns of one entry; %[1]d in it is the entry's number.
func set(columns string) func(seq int64) []string {
	return func(seq int64) []string {
		return []string{fmt.Sprintf(`UPDATE audit_entries SET `+columns+` WHERE seq = %[1]d`, seq)}
	}
}

// disarm drops the triggers that forbid changes, as an attacker with all rights would.
func disarm(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		if d.Postgres() {
			_, err := tx.Exec(t.Context(), `ALTER TABLE audit_entries DISABLE TRIGGER USER`)
			return err
		}
		names, err := db.All(t.Context(), tx, func(row db.Row) (s string, err error) { return s, row.Scan(&s) },
			`SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'`)
		for _, name := range names {
			if _, dropErr := tx.Exec(t.Context(), `DROP TRIGGER `+name); dropErr != nil {
				err = dropErr
			}
		}
		return err
	})
}

// A chain longer than one page is walked to its end.
func TestALongChainIsWalkedInPages(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		if err := record(t.Context(), d, entries(2500)...); err != nil {
			t.Fatal(err)
		}
		if b := verify(t, d); b != 0 {
			t.Errorf("broken at %d", b)
		}
		disarm(t, d)
		for _, seq := range []int64{2500, 2001, 2000, 1001, 1000, 999} {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE audit_entries SET subject = 'ord_x' WHERE seq = $1`, seq)
				return err
			})
			if b := verify(t, d); b != seq {
				t.Errorf("broken at %d, want %d", b, seq)
			}
		}
	})
}

// Those who record at once make one chain without gaps.
func TestManyRecordAtOnceAndMakeOneChain(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 5 {
					if err := record(t.Context(), d, entries(2)...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if b := verify(t, d); b != 0 {
			t.Errorf("broken at %d", b)
		}
		if all := list(t, d, audit.Filter{Limit: 1}); len(all) != 1 || all[0].Seq != 160 {
			t.Errorf("last is %+v, want number 160", all)
		}
	})
}
