package bench

import (
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"korzo/app"
	"korzo/platform/db"
	"korzo/purchase/payment/bank"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Law: a replay does to a copy of the database what the purchases did to the
// database itself, so that it costs what their statements cost: the same rows of
// every table, and a shop whose books are right.
func TestAReplayLeavesWhatThePurchasesLeft(t *testing.T) {
	for name, where := range map[string]string{"sqlite": "sqlite", "postgres": os.Getenv("KORZO_TEST_POSTGRES")} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" && (where == "" || os.Getenv("KORZO_LONG") == "") {
				t.Skip("a demo shop on PostgreSQL takes a minute to fill: set KORZO_LONG, and KORZO_TEST_POSTGRES")
			}
			s := recorded(t, where)
			on := s.copies[3]
			trace, err := readTrace(on.trace)
			if err != nil {
				t.Fatal(err)
			}
			d := opened(t, on.url)
			before := rows(t, d)
			p := replayer{db: d, queries: trace.Queries, times: hdrhistogram.New(1, longest.Microseconds(), 3)}
			if err := p.groups(t.Context(), trace.Groups); err != nil {
				t.Fatal(err)
			}
			if n := p.times.TotalCount(); n != 6 {
				t.Errorf("%d purchases were run again, want 6", n)
			}
			after, want := rows(t, d), rows(t, opened(t, s.database))
			if !maps.Equal(after, want) {
				for table, n := range want {
					if after[table] != n {
						t.Errorf("%s: %d rows, and the purchases left %d", table, after[table], n)
					}
				}
			}
			if after["order_orders"] != before["order_orders"]+6 {
				t.Errorf("%d orders became %d, want 6 more", before["order_orders"], after["order_orders"])
			}
			parts, err := app.Verify(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range parts {
				if len(part.Wrong) > 0 {
					t.Errorf("%s: %v", part.Part, part.Wrong)
				}
			}
		})
	}
}

// recorded is a shop on which two groups of three purchases were written down.
func recorded(t *testing.T, where string) *stand {
	t.Helper()
	s := &stand{dir: t.TempDir(), copies: map[int]copied{}, drop: func() error { return nil }}
	if err := s.makeDatabase(t.Context(), where); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.drop(); err != nil {
			t.Error(err)
		}
	})
	book := opened(t, "sqlite:"+filepath.Join(s.dir, "bank.db"))
	if err := book.Migrate(t.Context(), bank.Schema); err != nil {
		t.Fatal(err)
	}
	var counter *httptest.Server
	b := bank.New(book, func() string { return counter.URL }, bank.Config{Secret: "s"})
	counter = httptest.NewServer(b.Handler())
	t.Cleanup(counter.Close)
	s.gateway = "sandbox://demo:s@" + strings.TrimPrefix(counter.URL, "http://")
	if err := s.prepare(t.Context(), Config{}); err != nil {
		t.Fatal(err)
	}
	if err := s.trace(t.Context(), 3, 2); err != nil {
		t.Fatal(err)
	}
	return s
}

func opened(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(context.WithoutCancel(t.Context()), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// rows are how many every table has, as the database itself counts them.
func rows(t *testing.T, d *db.DB) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `ANALYZE`); err != nil {
			return err
		}
		query := `SELECT tbl, CAST(stat AS INTEGER) FROM sqlite_stat1 GROUP BY tbl`
		if d.Postgres() {
			query = `SELECT relname, CAST(reltuples AS BIGINT) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`
		}
		_, err := db.All(t.Context(), tx, func(r db.Row) (_ struct{}, err error) {
			var table string
			var n int64
			err = r.Scan(&table, &n)
			all[table] = n
			return struct{}{}, err
		}, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
